"""Which connection is meant, by the connector's own rules."""

import os
from pathlib import Path

import pytest

from src.utils.connections import resolve_target
from src.utils.errors import InputError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty $SNOWFLAKE_HOME, and no variable that names a connection."""
    monkeypatch.setenv("SNOWFLAKE_HOME", str(tmp_path))
    for name in ("SNOWFLAKE_DEFAULT_CONNECTION_NAME", "SNOWFLAKE_CONNECTIONS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def write(home: Path, name: str, text: str, mode: int = 0o600) -> Path:
    file = home / name
    file.write_text(text)
    file.chmod(mode)
    return file


def test_with_nothing_configured_it_is_the_emulator_and_says_so() -> None:
    target = resolve_target(None)
    assert target.emulated
    assert target.reason == "No Snowflake connection is configured: using the emulator (local)."


def test_local_is_always_the_emulator(home: Path) -> None:
    write(home, "connections.toml", "[local]\naccount = 'x'\n[default]\naccount = 'y'\n")
    assert resolve_target("local").emulated


@pytest.mark.parametrize("where", ["variable", "config.toml"])
def test_local_is_the_emulator_also_as_the_default(where: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, "connections.toml", "[default]\naccount = 'y'\n")
    if where == "variable":
        monkeypatch.setenv("SNOWFLAKE_DEFAULT_CONNECTION_NAME", "local")
    else:
        write(home, "config.toml", "default_connection_name = 'local'\n")
    target = resolve_target(None)
    assert (target.emulated, target.reason) == (True, "Using the emulator (local, the default connection).")


SERVED = "account = 'emulator'\nhost = '127.0.0.1'\nport = 8765\n"


def test_the_only_connection_is_taken_where_it_leads_to_this_machine(home: Path) -> None:
    write(home, "connections.toml", f"[emulator]\n{SERVED}")
    target = resolve_target(None)
    assert (target.connection_name, target.emulated, target.port) == ("emulator", False, 8765)
    assert target.reason == 'Using the connection to port 8765 of this machine, "emulator" (the only connection).'
    for other in (f"[emulator]\n{SERVED}[dev]\n", "[emulator]\naccount = 'x'\n"):
        write(home, "connections.toml", other)
        with pytest.raises(InputError, match=r"^No default connection is set\. "):
            resolve_target(None)


@pytest.mark.parametrize(
    ("values", "port"),
    [
        ("host = 'localhost'", 443),
        ("host = '127.0.0.1'\nport = '8765'", 8765),
        ("host = '127.0.0.1'\nport = 0", None),
        ("host = '127.0.0.1'\nport = 70000", None),
        ("host = '127.0.0.1'\nport = 'x'", None),
        ("host = '127.0.0.1'\nport = [1]", None),
        ("host = '127.0.0.1'\nport = inf", None),
        ("host = ['127.0.0.1']\nport = 8765", None),
        ("host = 'acme.snowflakecomputing.com'\nport = 8765", None),
        ("account = 'x'", None),
    ],
)
def test_a_connection_to_this_machine_says_its_port(values: str, port: int | None, home: Path) -> None:
    write(home, "connections.toml", f"[x]\n{values}\n")
    assert resolve_target("x").port == port


PRECEDENCE = [
    ("the one named", "dev", {}, "", "dev"),
    ("the variable", None, {"SNOWFLAKE_DEFAULT_CONNECTION_NAME": "demo"}, "default_connection_name = 'dev'", "demo"),
    ("config.toml's default", None, {}, "default_connection_name = 'dev'", "dev"),
    ("the one called default", None, {}, "", "default"),
]


@pytest.mark.parametrize(
    ("name", "variables", "config", "expected"), [case[1:] for case in PRECEDENCE], ids=[case[0] for case in PRECEDENCE]
)
def test_the_connection_is_found_in_the_connectors_order(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str | None,
    variables: dict[str, str],
    config: str,
    expected: str,
) -> None:
    write(home, "connections.toml", "[default]\n[dev]\n[demo]\n")
    write(home, "config.toml", config)
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    target = resolve_target(name)
    assert (target.connection_name, target.emulated) == (expected, False)


def test_connections_toml_wins_over_config_toml_and_the_variable_over_both(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, "config.toml", "[connections.old]\naccount = 'x'\n")
    assert resolve_target("old").connection_name == "old"
    write(home, "connections.toml", "[new]\naccount = 'x'\n")
    with pytest.raises(InputError, match="Found: new"):
        resolve_target("old")
    monkeypatch.setenv("SNOWFLAKE_CONNECTIONS", "[newest]\naccount = 'x'\n")
    assert resolve_target("newest").connection_name == "newest"


def test_an_unknown_name_lists_the_names_found_and_never_falls_back(home: Path) -> None:
    write(home, "connections.toml", "[dev]\n[demo]\n")
    with pytest.raises(InputError) as caught:
        resolve_target("prod")
    assert str(caught.value) == (
        f'Connection "prod" (named by --connection_name) is not in {home / "connections.toml"}. Found: demo, dev. '
        'Pass one of them with --connection_name, or "local".'
    )


def test_connections_without_a_default_are_not_passed_over(home: Path) -> None:
    write(home, "connections.toml", "[dev]\n[demo]\n")
    with pytest.raises(InputError, match=r"No default connection is set\. Found: demo, dev"):
        resolve_target(None)


def test_a_default_that_does_not_exist_is_an_error(home: Path) -> None:
    write(home, "config.toml", "default_connection_name = 'gone'")
    with pytest.raises(InputError, match=r"Connection .gone. \(the default connection\) is not in"):
        resolve_target(None)


def test_a_broken_file_is_named_with_its_line(home: Path) -> None:
    file = write(home, "connections.toml", "[dev]\naccount = secret-without-quotes\n")
    with pytest.raises(InputError) as caught:
        resolve_target("dev")
    assert str(file) in str(caught.value)
    assert "line 2" in str(caught.value)
    assert "secret-without-quotes" not in str(caught.value)


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_a_file_that_others_may_write_is_refused_with_the_command_that_mends_it(home: Path) -> None:
    file = write(home, "connections.toml", "[dev]\n", mode=0o620)
    with pytest.raises(InputError) as caught:
        resolve_target("dev")
    assert str(caught.value) == (
        f'"{file}" can be written by others (permissions 620), and the connector refuses that. Run: chmod 0600 "{file}"'
    )


def test_a_file_that_is_no_text_is_named(home: Path) -> None:
    (home / "connections.toml").write_bytes(b"\xff\xfe\x00")
    (home / "connections.toml").chmod(0o600)
    with pytest.raises(InputError, match="it is not UTF-8 text"):
        resolve_target("dev")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may read anything")
def test_an_unreadable_file_is_named(home: Path) -> None:
    write(home, "connections.toml", "[dev]\n", mode=0o200)
    with pytest.raises(InputError, match="cannot be read: Permission denied"):
        resolve_target("dev")


@pytest.mark.parametrize("name", ["connections.toml", "config.toml"])
def test_a_link_that_leads_nowhere_is_named_and_not_taken_for_no_configuration(home: Path, name: str) -> None:
    (home / name).symlink_to(home / "gone.toml")
    with pytest.raises(InputError) as caught:
        resolve_target(None)
    assert str(caught.value) == (
        f'"{home / name}" is a link to "{home / "gone.toml"}", which does not exist. '
        "Put a file there, or remove the link."
    )


def test_links_that_lead_to_each_other_are_named(home: Path) -> None:
    (home / "connections.toml").symlink_to(home / "other.toml")
    (home / "other.toml").symlink_to(home / "connections.toml")
    with pytest.raises(InputError, match=r"connections\.toml. cannot be read: "):
        resolve_target(None)


UNREADABLE = [
    ("[dev]\nport = " + "9" * 5000 + "\n", "holds a value that cannot be read"),
    ("[dev]\nsince = 2026-02-30\n", "is not valid TOML"),
    ("\ufeff[dev]\naccount = 'x'\n", "begins with a byte order mark, which the connector cannot read"),
    ("default = 'x'\n", "holds default and no connection"),
    ("account = 'x'\nuser = 'y'\n", "holds account, user and no connection"),
]


@pytest.mark.parametrize(("text", "message"), UNREADABLE, ids=[message for _, message in UNREADABLE])
def test_what_cannot_be_read_is_named_with_its_file(home: Path, text: str, message: str) -> None:
    file = write(home, "connections.toml", text)
    for name in (None, "dev"):
        with pytest.raises(InputError, match=message) as caught:
            resolve_target(name)
        assert str(file) in str(caught.value)


@pytest.mark.parametrize("value", ["'x'", "5", "['x']", "[{account = 'x'}]"])
def test_a_connection_that_is_not_a_table_is_named_with_its_file(home: Path, value: str) -> None:
    file = write(home, "connections.toml", f"default = {value}\n[dev]\naccount = 'x'\n")
    with pytest.raises(InputError) as caught:
        resolve_target(None)
    assert str(caught.value) == (
        f'Connection "default" (the default connection) in {file} is not a table of values. Write [default], and below '
        "it account, user and so on."
    )
    assert resolve_target("dev").connection_name == "dev"


UNHURRIED = [
    ("", False),
    ("authenticator = 'SNOWFLAKE_JWT'", False),
    ("authenticator = 'PROGRAMMATIC_ACCESS_TOKEN'", False),
    ("authenticator = 'oauth'", False),
    ("authenticator = 'snowflake'", False),
    ("password = 'x'", True),
    ("authenticator = 'snowflake'\npassword = 'x'", True),
    ("authenticator = 'PROGRAMMATIC_ACCESS_TOKEN'\npassword = 'x'", False),
    ("login_timeout = 5", True),
    ("login_timeout = 300\nauthenticator = 'SNOWFLAKE_JWT'", True),
    ("authenticator = 'username_password_mfa'", True),
    ("authenticator = 'https://myorg.okta.com'", True),
    ("authenticator = 'HTTPS://myorg.okta.com/'", True),
    ("authenticator = 'externalbrowser'", True),
    ("authenticator = 'OAUTH_AUTHORIZATION_CODE'", True),
    ("passcode = '123456'", True),
    ("passcode_in_password = true", True),
]


@pytest.mark.parametrize(("values", "unhurried"), UNHURRIED)
def test_whoever_signs_in_in_person_or_has_a_limit_gets_none_of_ours(home: Path, values: str, unhurried: bool) -> None:
    write(home, "connections.toml", f"[dev]\naccount = 'x'\n{values}\n")
    assert resolve_target("dev").unhurried == unhurried


def test_in_snowflake_it_is_the_session_that_is_there_unless_one_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, "connections.toml", "[default]\naccount = 'x'\n")
    assert not resolve_target(None).active
    monkeypatch.setattr("platform.platform", lambda: "XP")
    target = resolve_target(None)
    assert (target.active, target.emulated, target.reason) == (
        True,
        False,
        "Using the session that Snowflake has opened here.",
    )
    assert not resolve_target("default").active
    assert resolve_target("local").emulated


def test_a_container_of_snowflakes_is_known_by_its_token(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("src.utils.connections._CONTAINER_TOKEN", home / "token")
    assert not resolve_target(None).active
    (home / "token").touch()
    assert resolve_target(None).active
