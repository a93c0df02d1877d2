"""setup.py from the outside: its options, its output, its exit codes."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

import setup
from config import CONFIG
from src import __version__
from src.deployment.script import script
from src.deployment.steps import batches
from src.emulator.protocol.serving import emulator
from src.utils.errors import Refused
from src.utils.snowpark_session import open_session, resolve_target

from .commands import Done, as_process, python

ROOT = Path(__file__).resolve().parent.parent
OBJECTS = sum(map(len, batches(CONFIG)))

LOADED = """
import runpy, sys
sys.argv = ["setup.py", *{arguments!r}]
try:
    runpy.run_path("setup.py", run_name="__main__")
except SystemExit as stop:
    assert not stop.code, stop.code
print(*sys.modules, file=sys.stderr)
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A machine without any Snowflake configuration, and an emulator of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SNOWFLAKE_", "DATA_ENG_"))}
    return kept | {"HOME": str(tmp_path), "DATA_ENG_DEMO_STATE": str(tmp_path / "state"), "COLUMNS": "110"}


class Command:
    """Runs setup.py."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def __call__(self, *arguments: str, **environment: str) -> Done:
        return python(["setup.py", *arguments], ROOT, self.environment | environment)

    def modules_loaded(self, *arguments: str) -> set[str]:
        """The modules that a process of its own has loaded when setup.py ends."""
        done = as_process(["-c", LOADED.format(arguments=arguments)], ROOT, self.environment)
        assert done.returncode == 0, done.stderr
        return set(done.stderr.split())


@pytest.fixture
def command(environment: dict[str, str]) -> Command:
    return Command(environment)


HEAVY = {"snowflake.connector", "snowflake.snowpark", "duckdb", "fakesnow", "sqlglot", "pyarrow", "rich"}


def test_a_dry_run_loads_neither_snowpark_nor_duckdb(command: Command) -> None:
    assert command.modules_loaded("--dry-run") & HEAVY == set()


@pytest.mark.parametrize("mode", ["full", "quick", "validate", "cleanup"])
def test_a_dry_run_prints_the_script_and_leaves_no_trace(
    mode: str, command: Command, environment: dict[str, str]
) -> None:
    done = command("--mode", mode, "--dry-run")
    config = CONFIG.quick() if mode == "quick" else CONFIG
    assert (done.returncode, done.stdout, done.stderr) == (0, script(mode, config), "")
    assert not Path(environment["DATA_ENG_DEMO_STATE"]).exists()


def test_a_dry_run_with_a_prefix_names_nothing_without_it(command: Command) -> None:
    for done in (command("--dry-run", "--prefix", "alice"), command("--dry-run", DATA_ENG_DEMO_PREFIX="ALICE")):
        assert done.stdout == script("full", CONFIG.with_prefix("ALICE"))
        assert not re.search(r"(?<!ALICE_)\bDATA_ENG_", done.stdout.replace("ALICE_DATA_ENG", ""))


def test_the_version_is_the_packages(command: Command) -> None:
    assert command("--version").stdout == f"{__version__}\n"


USAGE = [
    (("--mode", "halff"), "Invalid value for '--mode'"),
    (("--moode", "full"), "No such option '--moode'"),
    (("--output", "xml"), "Invalid value for '--output'"),
    (("extra",), "Got unexpected extra argument (extra)"),
    (("--mode", "validate", "--adopt"), "--adopt goes with --mode full or quick, not validate. Leave it out."),
    (("--prefix", 'A"; DROP DATABASE X'), "prefix is 'A\"; DROP DATABASE X'. Allowed: "),
    (("--prefix", "SELECT"), "prefix is 'SELECT'. Allowed: "),
    (("--prefix", "P" * 300), "(302 characters). Allowed: "),
    (("--connection_name", "nowhere"), 'Connection "nowhere" (named by --connection_name) is not in '),
]


@pytest.mark.parametrize(("arguments", "message"), USAGE, ids=[message for _, message in USAGE])
def test_wrong_input_ends_with_2_and_says_what_is_wrong(
    arguments: tuple[str, ...], message: str, command: Command, environment: dict[str, str]
) -> None:
    done = command(*arguments)
    assert done.returncode == 2
    assert message.strip() in " ".join(done.stderr.split())  # folded at the width of the screen
    assert "Traceback" not in done.stderr
    assert not Path(environment["DATA_ENG_DEMO_STATE"]).exists()


def test_the_whole_life_of_a_demo(command: Command) -> None:
    first = command()
    assert first.returncode == 0, first.stderr
    lines = first.stdout.splitlines()
    assert lines[0] == "No Snowflake connection is configured: using the emulator (local)."
    assert "created   DATABASE DATA_ENG_DEMO" in lines
    summary = " ".join(first.stdout.split())  # folded at the width of the screen
    counted = re.search(
        rf"DATA_ENG_DEMO full: {OBJECTS} created, 0 changed, 0 unchanged "
        rf"\({OBJECTS} objects, (\d+) statements, \d+\.\d s\) "
        r"Of the (\d+) statements the emulator executed (\d+) and only recorded (\d+) .*; (\d+) asked",
        summary,
    )
    assert counted
    sent, total, *parts = map(int, counted.groups())
    assert sent == total == sum(parts)
    assert "  DATA_ENG_XFORM_WH      LARGE   1           8.00 (24.00)  480.00 (1,440.00)" in lines
    again = command("--verbose")
    assert f"0 created, 0 changed, {OBJECTS} unchanged" in again.stdout
    assert again.stdout.endswith(
        "16 statements in 1 waves; with opening and closing the session 18 requests, 3 round trips deep.\n"
    )
    assert "DATA_ENG_DEMO is as configured" in command("--mode", "validate").stdout
    assert "6 dropped; nothing of ours is left" in command("--mode", "cleanup").stdout
    after = command("--mode", "validate")
    assert after.returncode == 3
    assert re.search(
        r"^OBJECT +PROPERTY +EXPECTED +FOUND\nDATABASE DATA_ENG_DEMO +present +absent$", after.stdout, re.M
    )


def test_nothing_but_the_output_is_written(command: Command) -> None:
    assert command().stderr == ""


def test_verbose_shows_every_statement_with_its_outcome(command: Command) -> None:
    shown = command("--mode", "quick", "--verbose").stdout
    assert re.search(
        r"^created   SCHEMA DATA_ENG_DEMO\.CURATED \(\d\.\d\d s\)\n"
        r"    CREATE OR ALTER SCHEMA DATA_ENG_DEMO\.CURATED\n      WITH MANAGED ACCESS\n      COMMENT = '.*';$",
        shown,
        re.M,
    )


def json_of(done: Done) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(done.stdout)
    assert document["exit_code"] == done.returncode
    return document


def test_json_is_one_document_and_the_rest_goes_to_stderr(command: Command) -> None:
    done = command("--output", "json")
    document = json_of(done)
    assert (document["status"], document["counts"], document["connection"]) == ("done", {"created": OBJECTS}, "local")
    assert set(document["emulator"]) == {"executed", "recorded"}
    assert done.stderr.startswith("No Snowflake connection is configured")


def test_json_is_a_document_after_a_failure_too(command: Command) -> None:
    document = json_of(command("--output", "json", "--connection-name", "nowhere"))
    assert (document["status"], document["objects"]) == ("usage", [])
    assert document["error"].startswith('Connection "nowhere"')


def test_json_lists_the_drift(command: Command) -> None:
    document = json_of(command("--output", "json", "--mode", "validate"))
    assert document["status"] == "drift"
    assert document["differences"][0] == {
        "kind": "DATABASE",
        "name": "DATA_ENG_DEMO",
        "property": "",
        "expected": "present",
        "found": "absent",
    }


def test_a_broken_state_folder_is_a_message_and_verbose_shows_where(
    command: Command, environment: dict[str, str]
) -> None:
    folder = Path(environment["DATA_ENG_DEMO_STATE"])
    folder.mkdir()
    (folder / "holiday.jpg").write_text("not ours")
    plain, verbose = command(), command("--verbose")
    assert (plain.returncode, verbose.returncode) == (1, 1)
    assert "Traceback" not in plain.stderr
    assert "Traceback" in verbose.stderr
    assert [path.name for path in folder.iterdir() if path.suffix == ".jpg"] == ["holiday.jpg"]


@contextmanager
def slow_emulator(environment: dict[str, str]) -> Iterator[None]:
    """An emulator in a process of its own that takes its time over each statement."""
    serve = [sys.executable, "-m", "src.emulator", "serve", "--port", "0", "--latency-ms", "300"]
    with subprocess.Popen(serve, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any(line == "ready\n" for line in process.stdout)
        try:
            yield
        finally:
            process.terminate()


def wait_for(stream: IO[str], text: str) -> None:
    assert any(text in line for line in stream), f"{text!r} was not written"


def test_ctrl_c_stops_after_what_is_under_way_and_the_next_run_completes(
    command: Command, environment: dict[str, str]
) -> None:
    arguments = [sys.executable, "setup.py", "--output", "json"]
    with slow_emulator(environment):
        with subprocess.Popen(
            arguments, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            wait_for(process.stderr, "created")
            time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            document = json.loads(process.stdout.read())
        assert (process.returncode, document["status"], document["exit_code"]) == (130, "interrupted", 130)
        assert 0 < document["counts"]["created"] < OBJECTS
        created = {one["name"] for one in document["objects"]}
        assert "DATA_ENG_DEMO" in created
        completed = json_of(command("--output", "json"))
        assert completed["status"] == "done"
        assert completed["counts"]["unchanged"] >= document["counts"]["created"]
        assert command("--mode", "cleanup").returncode == 0


def on_a_terminal(environment: dict[str, str], *arguments: str) -> str:
    """What a person sees who runs setup.py in a terminal."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "setup.py", *arguments],
        cwd=ROOT,
        env=environment | {"TERM": "xterm-256color"},
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    seen = b""
    while chunk := read_terminal(leader):
        seen += chunk
    os.close(leader)
    assert process.wait(60) == 0
    return seen.decode()


def read_terminal(leader: int) -> bytes:
    """Linux ends a terminal with an error, other systems with nothing."""
    try:
        return os.read(leader, 65536)
    except OSError:
        return b""


def test_a_terminal_gets_a_live_bar_and_no_color_is_honoured(environment: dict[str, str]) -> None:
    coloured = on_a_terminal(environment)
    assert "━" in coloured
    assert "\x1b[38;5" in coloured
    assert "created   DATABASE" not in coloured
    plain = on_a_terminal(environment | {"NO_COLOR": "1"}, "--mode", "quick")
    assert "━" in plain
    assert not re.search(r"\x1b\[[0-9;]*[34]\d;?[0-9;]*m", plain)


def test_the_functions_of_setup_run_their_steps_in_an_open_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_ENG_DEMO_STATE", str(tmp_path / "state"))
    with open_session(resolve_target("local"), query_tag="TEST") as opened:
        kinds = [
            {outcome.kind for outcome in step(opened.session).outcomes}
            for step in (
                setup.setup_database_and_schemas,
                setup.setup_warehouses,
                setup.setup_pipeline_infrastructure,
            )
        ]
        assert kinds == [
            {"DATABASE", "SCHEMA"},
            {"WAREHOUSE", "QUERY ACCELERATION"},
            {"FILE FORMAT", "STAGE", "ROLE", "GRANT"},
        ]
        again = setup.setup_pipeline_infrastructure(opened.session, CONFIG)
        assert set(again.counts) == {"unchanged"}


def test_the_functions_of_setup_say_that_they_ran_on_the_emulator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_ENG_DEMO_STATE", str(tmp_path / "state"))
    with open_session(resolve_target("local"), query_tag="TEST") as opened:
        report = setup.setup_warehouses(opened.session)
        again = setup.setup_warehouses(opened.session)
    assert report.emulated
    assert report.recorded is not None
    assert report.recorded >= len(CONFIG.warehouses)
    assert f"only recorded {report.recorded} (docs/emulator.md says which)" in str(report)
    assert again.recorded is not None
    assert again.recorded < report.recorded  # what has been counted before is not counted again


def test_the_functions_of_setup_refuse_what_is_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_ENG_DEMO_STATE", str(tmp_path / "state"))
    with (
        emulator(tmp_path / "state"),
        open_session(resolve_target("local"), query_tag="TEST") as opened,
    ):
        opened.session.sql("CREATE DATABASE DATA_ENG_DEMO").collect()
        with pytest.raises(Refused, match=r"^DATABASE DATA_ENG_DEMO exists"):
            setup.setup_database_and_schemas(opened.session)
