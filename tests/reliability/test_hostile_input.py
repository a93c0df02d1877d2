"""Whatever is in config.py, a connection file or the command line: never a traceback, an unquoted name, or a secret."""

import gzip
import io
import json
import logging
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import fields, is_dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click import Command
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

import setup
from config import CONFIG
from demos.factset_etf_iceberg import __main__ as demo_command
from demos.factset_etf_iceberg.manifest import MANIFEST
from demos.factset_etf_iceberg.settings import FactsetDemo
from src.config import (
    ConfigError,
    Database,
    DemoConfig,
    FileFormat,
    Privilege,
    ResourceMonitor,
    Role,
    Schema,
    Stage,
    Warehouse,
)
from src.config.objects import FORMAT_OPTIONS, PRIVILEGES, SIZES, OptionValue
from src.demo_kit.rendering import values
from src.deployment.command import Options, perform
from src.deployment.report import Report, as_json, as_text
from src.deployment.script import script
from src.utils.errors import DemoError
from src.utils.snowpark_session import open_session, resolve_target

from ..lengths import length
from . import hostile
from .sql_reading import check, same_shape, statements_in

EXIT_CODES = {0, 1, 2, 3, 4, 130}
MODES = ("full", "quick", "validate", "cleanup")
many = settings(
    max_examples=length(50, 10_000),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


# config.py

Path_ = tuple[str | int, ...]


def paths(value: Any, before: Path_ = ()) -> Iterator[Path_]:
    """The way to every field of a configuration, and to every item of its tuples and mappings."""
    if before:
        yield before
    if is_dataclass(value):
        for field in fields(value):
            yield from paths(getattr(value, field.name), (*before, field.name))
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from paths(item, (*before, number))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from paths(item, (*before, key))


def with_value(whole: Any, path: Path_, value: Any) -> Any:
    """A copy with one value changed."""
    if not path:
        return value
    step, *rest = path
    if isinstance(whole, tuple):
        assert isinstance(step, int)
        return (*whole[:step], with_value(whole[step], tuple(rest), value), *whole[step + 1 :])
    if isinstance(whole, Mapping):
        return {**whole, step: with_value(whole[step], tuple(rest), value)}
    return replace(whole, **{str(step): with_value(getattr(whole, str(step)), tuple(rest), value)})


def stored(config: DemoConfig) -> tuple[Any, ...]:
    """Everything with a name and a comment."""
    return (config.database, *config.schemas, *config.warehouses, *config.file_formats, *config.stages, *config.roles)


def names_in(config: DemoConfig) -> set[str]:
    above = {role.granted_to for role in config.roles}
    return {object_.name for object_ in stored(config)} | above | {config.resource_monitor.name}


def texts_in(config: DemoConfig) -> set[str]:
    stamps = (config.stamp, replace(config.stamp, standard=True))
    comments = {stamp.on(object_.comment) for stamp in stamps for object_ in stored(config)}
    options = {text for one in config.file_formats for value in one.options.values() for text in option_texts(value)}
    return comments | options | {"SNOWFLAKE_SSE", "STATEMENT_TIMEOUT_IN_SECONDS"}


def option_texts(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()


def check_script(config: DemoConfig, mode: str) -> None:
    meant = config.quick() if mode == "quick" else config
    for sql in statements_in(script(mode, meant)):
        check(sql, names_in(meant), texts_in(meant))


PATHS = sorted(set(paths(CONFIG)), key=str)


@many
@given(st.sampled_from(PATHS), hostile.values, st.sampled_from(MODES))
def test_a_hostile_value_in_any_field_is_refused_by_name_or_stands_in_the_sql_as_itself(
    path: Path_, value: Any, mode: str
) -> None:
    try:
        config = with_value(CONFIG, path, value)
    except ConfigError:
        return
    check_script(config, mode)


DEMO_NAMES = (
    "source_database",
    "simulated_database",
    "source_schema",
    "source_table",
    "schema",
    "iceberg_schema",
    "stage",
)


@st.composite
def configurations(draw: st.DrawFn) -> DemoConfig:
    """Allowed, everything switched on, with hostile names in some places and a hostile text wherever one may stand."""
    places = [f"NAME_{number}" for number in range(16)]
    for hostile_name in draw(st.lists(hostile.plain_names, max_size=3, unique=True)):
        places[draw(st.integers(0, 15))] = hostile_name
    database, raw, curated, wh, format_, stage, role, above, monitor, *demo = places
    named: dict[str, Any] = dict(zip(DEMO_NAMES, demo, strict=True))
    text = draw(hostile.printable)
    type_ = draw(st.sampled_from(list(FORMAT_OPTIONS)))
    of = {"WAREHOUSE": wh, "STAGE": stage, "FILE FORMAT": format_, "SCHEMA": raw, "TABLES": raw, "VIEWS": curated}
    privileges = tuple(Privilege(held, on, (of[on],) if on in of else ()) for on, held in PRIVILEGES.items())  # type: ignore[arg-type]
    return replace(
        CONFIG,
        database=Database(database, 1, text),
        schemas=(Schema(raw, text), Schema(curated, text)),
        warehouses=(Warehouse(wh, draw(st.sampled_from(list(SIZES))), 60, comment=text),),
        resource_monitor=ResourceMonitor(monitor, draw(st.none() | st.integers(1, 1000))),
        file_formats=(FileFormat(format_, raw, type_, options(type_, text), text),),
        stages=(Stage(stage, curated, text),),
        roles=(Role(role, privileges, above, text),),
        query_tag=text,
        factset=FactsetDemo(**named, warehouse=wh, role=role),
    )


def options(type_: str, text: str) -> dict[str, OptionValue]:
    """Every option of a type of file format, with a hostile text where it is a text."""
    of: dict[type, OptionValue] = {str: text, bool: True, int: 0, tuple: (text, "")}
    return {name: of[kind] for name, kind in FORMAT_OPTIONS[type_].items()}


@many
@given(st.data(), st.sampled_from(MODES))
def test_allowed_names_and_texts_stand_in_the_sql_as_themselves(data: st.DataObject, mode: str) -> None:
    try:
        config = data.draw(configurations())
    except ConfigError:  # a name that is a reserved keyword, say
        return
    check_script(config, mode)


MODEL = {
    "database": "MODEL_DATABASE",
    "schema": "MODEL_SCHEMA",
    "iceberg_schema": "MODEL_ICEBERG",
    "stage": "MODEL_STAGE",
    "warehouse": "MODEL_WAREHOUSE",
    "external_volume": "MODEL_VOLUME",
    "source_database": "MODEL_SOURCE",
    "source_schema": "MODEL_SOURCE_SCHEMA",
    "source_table": "MODEL_SOURCE_TABLE",
    "simulated_database": "MODEL_SIMULATED",
    "followed_table": "MODEL_SOURCE.MODEL_SOURCE_SCHEMA.MODEL_SOURCE_TABLE",
    "shown_table": "MODEL_SOURCE.MODEL_SOURCE_SCHEMA.MODEL_SOURCE_TABLE",
    "stamp": "[MODEL_STAMP]",
}


@many
@given(st.data(), st.sampled_from(MANIFEST.sql.names))
def test_allowed_names_do_not_change_the_shape_of_the_demos_sql(data: st.DataObject, file: str) -> None:
    try:
        config = data.draw(configurations())
    except ConfigError:
        return
    given_values = values(MANIFEST, config, "simulated")
    for ours, model in zip(
        MANIFEST.sql.steps(file, given_values), MANIFEST.sql.steps(file, given_values | MODEL), strict=True
    ):
        assert same_shape(ours.sql, model.sql, ("MODEL_",)), ours.sql


# Connection files, with a secret in every field that may hold one

SECRET_FIELDS = (
    "password",
    "token",
    "passcode",
    "private_key",
    "private_key_file_pwd",
    "private_key_passphrase",
    "oauth_client_secret",
    "proxy_password",
    "session_token",
    "master_token",
)
OTHER_FIELDS = (
    "account",
    "user",
    "authenticator",
    "role",
    "warehouse",
    "database",
    "private_key_file",
    "token_file_path",
    "workload_identity_provider",
    "session_parameters",
    "client_session_keep_alive",
    "paramstyle",
    "timezone",
    "hostile field",
)
# None that opens a browser, and none that asks a server of the internet.
AUTHENTICATORS = ("snowflake", "oauth", "SNOWFLAKE_JWT", "username_password_mfa", "PROGRAMMATIC_ACCESS_TOKEN", "", "x")


class Echo(BaseHTTPRequestHandler):
    """A server that refuses every login, and repeats to the client whatever it was sent."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        heard = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        text = (gzip.decompress(heard) if self.headers.get("Content-Encoding") == "gzip" else heard).decode()
        login = json.loads(text or "{}").get("data") or {}
        said = " ".join(map(str, login.values())) + text + str(self.headers)
        body = json.dumps({"success": False, "code": "390100", "message": said, "data": {}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def echo() -> Iterator[int]:
    """The port of a server that repeats what it hears."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any configuration of Snowflake, and an empty folder for it, which is current too."""
    folder = tmp_path / "home" / "snowflake"
    folder.mkdir(parents=True)
    for name in list(os.environ):
        if name.startswith(("SNOWFLAKE_", "DATA_ENG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SNOWFLAKE_HOME", str(folder))
    monkeypatch.setenv("DATA_ENG_DEMO_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(folder)
    return folder


def toml(value: object) -> str:
    """The value as TOML writes it; what it has no word for becomes a text."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(name))} = {toml(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    return json.dumps(str(value).encode("utf-8", "replace").decode())


@st.composite
def connections(draw: st.DrawFn) -> tuple[dict[str, Any], list[str]]:
    """A connection with hostile values in some fields, and the secrets in those that hold one."""
    hidden = {name: draw(hostile.secrets) for name in draw(st.sets(st.sampled_from(SECRET_FIELDS), min_size=1))}
    fits = {"account": "acme", "user": "presenter", "authenticator": draw(st.sampled_from(AUTHENTICATORS))}
    changed = draw(st.dictionaries(st.sampled_from(OTHER_FIELDS), hostile.values, max_size=2))
    return fits | changed | hidden, list(hidden.values())


def as_section(name: str, connection: Mapping[str, Any], port: int) -> str:
    reached = {"host": "127.0.0.1", "port": port, "protocol": "http", "platform_detection_timeout_seconds": 0}
    lines = [f"{json.dumps(field)} = {toml(value)}" for field, value in {**connection, **reached}.items()]
    return "\n".join([f"[{name}]", *lines, ""])


class Heard:
    """Everything that a run says: what it prints, its reports, and what libraries log."""

    def __init__(self) -> None:
        self._out, self._err, self._log = io.StringIO(), io.StringIO(), io.StringIO()
        self.reports: list[Report] = []

    @contextmanager
    def listening(self) -> Iterator[None]:
        handler = logging.StreamHandler(self._log)
        logging.getLogger().addHandler(handler)
        try:
            with redirect_stdout(self._out), redirect_stderr(self._err):
                yield
        finally:
            logging.getLogger().removeHandler(handler)

    def run(self, options: Options) -> Report:
        with self.listening():
            report = perform(options, CONFIG)
        self.reports.append(report)
        assert report.exit_code in EXIT_CODES
        assert options.verbose or "Traceback" not in self._err.getvalue()
        return report

    @property
    def text(self) -> str:
        reports = [form(report) for report in self.reports for form in (as_text, as_json)]
        return "\n".join([self._out.getvalue(), self._err.getvalue(), self._log.getvalue(), *reports])

    def assert_hides(self, secrets: Iterable[str]) -> None:
        heard = self.text
        for secret in secrets:
            body = re.search(r"S3cr3t-\w+", secret)
            assert body is not None
            assert body[0] not in heard


@many
@given(connections(), st.booleans(), st.sampled_from(["full", "validate", "cleanup"]))
def test_no_secret_is_shown_though_the_server_repeats_it(
    home: Path, echo: int, connection: tuple[dict[str, Any], list[str]], verbose: bool, mode: str
) -> None:
    fields_, secrets = connection
    file = home / "connections.toml"
    file.write_text(as_section("target", fields_, echo), encoding="utf-8")
    file.chmod(0o600)
    heard = Heard()
    report = heard.run(Options(mode, connection_name="target", yes=True, verbose=verbose))
    assert report.exit_code in (1, 2)
    heard.assert_hides(secrets)
    with heard.listening(), pytest.raises(DemoError) as caught, open_session(resolve_target("target"), query_tag="T"):
        raise AssertionError("a server that refuses every login was logged in to")
    assert not any(secret in str(caught.value) for secret in secrets)


def regular(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    file.chmod(0o600)


def writable_by_others(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    file.chmod(0o666)


def folder(file: Path, content: bytes) -> None:
    file.mkdir()


def loop(file: Path, content: bytes) -> None:
    file.symlink_to(file)


def dangling(file: Path, content: bytes) -> None:
    file.symlink_to(file.with_name("nowhere"))


def linked(file: Path, content: bytes) -> None:
    regular(file.with_name("elsewhere"), content)
    file.symlink_to(file.with_name("elsewhere"))


def endless(file: Path, content: bytes) -> None:
    file.symlink_to("/dev/zero")


def pipe(file: Path, content: bytes) -> None:
    os.mkfifo(file)


def huge(file: Path, content: bytes) -> None:
    regular(file, content)
    os.truncate(file, 10**10)


def byte_order_mark(file: Path, content: bytes) -> None:
    regular(file, b"\xef\xbb\xbf" + content)


def deep(file: Path, content: bytes) -> None:
    regular(file, b"a = " + b"[" * 20_000 + b"]" * 20_000)


FORMS = (regular, writable_by_others, folder, loop, dangling, linked, endless, pipe, huge, byte_order_mark, deep)


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """Bytes; tables of hostile values; or a file that was right before a piece was cut out or put in."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=200))
    table = draw(
        st.dictionaries(st.sampled_from(["connections", "default_connection_name", "x", "", "a.b"]), hostile.values)
    )
    text = "".join(f"{json.dumps(name)} = {toml(value)}\n" for name, value in table.items())
    begin, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
    return (text[:begin] + draw(st.sampled_from(hostile.NASTY)) + text[end:]).encode("utf-8", "surrogatepass")


@many
@given(st.sampled_from(["connections.toml", "config.toml"]), st.sampled_from(FORMS), contents(), hostile.texts)
def test_a_hostile_connection_file_is_refused_with_a_message(
    home: Path, name: str, form: Callable[[Path, bytes], None], content: bytes, asked: str
) -> None:
    file = home / name
    for old in home.iterdir():
        old.rmdir() if old.is_dir() and not old.is_symlink() else old.unlink()
    form(file, content + b'\npassword = "S3cr3t-abcdefgh"\n')
    heard = Heard()
    heard.run(Options("full", connection_name=f"never {asked}"))
    heard.assert_hides(["S3cr3t-abcdefgh"])


# The command line


def invoke(command: Command, arguments: list[str]) -> Result:
    done = CliRunner().invoke(command, arguments)
    assert done.exit_code in EXIT_CODES
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert "--verbose" in arguments or "Traceback" not in done.output
    return done


@pytest.fixture
def unreachable(home: Path, echo: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No command without --connection_name reaches anything: the default connection refuses every login."""
    section = as_section("default", {"account": "acme", "user": "u", "password": "S3cr3t-abcdefgh"}, echo)
    monkeypatch.setenv("SNOWFLAKE_CONNECTIONS", section)


words = st.one_of(hostile.texts, st.sampled_from(["full", "cleanup", "json", "1,2", "auto", "1e400", "nan", "7"]))


def arguments_of(command: Command) -> st.SearchStrategy[list[str]]:
    """The command's own options with hostile values, and words that it does not know."""
    known = [name for one in command.params for name in one.opts if name not in ("--watch", "--directory")]
    option = st.tuples(st.sampled_from(known), words) | st.tuples(st.sampled_from(known)) | st.tuples(words)
    return st.lists(option, max_size=4).map(lambda several: [word for one in several for word in one])


@many
@given(arguments_of(setup.main))
@example(["--connection_name", "\ud800"])
@example(["--connection_name", "\ud800", "--output", "json"])
@example(["--prefix", "\ud800", "--output", "json"])
def test_hostile_arguments_of_setup_end_with_an_exit_code_of_the_interface(
    unreachable: None, arguments: list[str]
) -> None:
    assume("local" not in arguments or "--dry-run" in arguments)
    invoke(setup.main, arguments)


@many
@given(hostile.names)
def test_a_prefix_is_refused_or_stands_before_every_name_of_the_account(unreachable: None, prefix: str) -> None:
    done = invoke(setup.main, ["--dry-run", f"--prefix={prefix}"])
    if done.exit_code == 0:
        config = CONFIG.with_prefix(prefix) if prefix else CONFIG
        for sql in statements_in(done.stdout):
            check(sql, names_in(config), texts_in(config))
        assert config.database.name == (f"{prefix.upper()}_DATA_ENG_DEMO" if prefix else "DATA_ENG_DEMO")


# A rehearsal takes no options, and minutes.
DEMO_COMMANDS = {name: one for name, one in demo_command.main.commands.items() if name != "rehearse"}


@many
@given(st.data(), st.sampled_from(sorted(DEMO_COMMANDS)))
def test_hostile_arguments_of_the_demo_end_with_an_exit_code_of_the_interface(
    unreachable: None, data: st.DataObject, name: str
) -> None:
    arguments = data.draw(arguments_of(DEMO_COMMANDS[name]))
    assume("local" not in arguments)
    invoke(demo_command.main, [name, *arguments])


@pytest.mark.parametrize("directory", ["x" * 5000, "file/below", "/proc/nothing"])
def test_a_folder_that_cannot_be_written_is_a_message(home: Path, directory: str) -> None:
    (home / "file").write_text("x")
    done = invoke(demo_command.main, ["render", "--directory", directory])
    assert done.exit_code == 2


def test_seconds_that_are_no_number_are_refused(unreachable: None) -> None:
    for command, option in (("run", "--timeout"), ("status", "--every")):
        for value in ("nan", "inf"):
            assert invoke(demo_command.main, [command, option, value]).exit_code == 2
