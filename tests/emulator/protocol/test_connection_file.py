"""The connection that serve prints or writes: it works as it stands, and nothing of a person's is lost."""

import json
from pathlib import Path

import pytest
import snowflake.connector
import tomli

from src.emulator.protocol import connection_file
from src.emulator.protocol.serving import Address, emulator
from src.emulator.store.storage import StateError
from tests.emulator.conftest import QUIET

ADDRESS = Address(8765, Path("/state"), own=True, token="s3cr3t")
VALUES = {
    "account": "emulator",
    "user": "PRESENTER",
    "password": "s3cr3t",
    "host": "127.0.0.1",
    "port": 8765,
    "protocol": "http",
    "warehouse": "DATA_ENG_ANALYTICS_WH",
    "role": "ACCOUNTADMIN",
}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the connector would look for its connections."""
    monkeypatch.delenv("SNOWFLAKE_CONNECTIONS", raising=False)
    monkeypatch.setattr("snowflake.connector.constants.CONNECTIONS_FILE", tmp_path / "home" / "connections.toml")
    monkeypatch.setattr("snowflake.connector.constants.CONFIG_FILE", tmp_path / "home" / "config.toml")
    return tmp_path / "home" / "connections.toml"


@pytest.mark.parametrize("name", ["emulator", "my emulator", 'a"b.c', "ä"])
def test_the_printed_block_is_the_connection(name: str) -> None:
    assert tomli.loads(connection_file.block(name, ADDRESS)) == {name: VALUES}


def test_a_client_works_with_the_block_as_it_stands(tmp_path: Path) -> None:
    with emulator(tmp_path / "state") as address:
        block = tomli.loads(connection_file.block("emulator", address))["emulator"]
        with snowflake.connector.connect(**block, **QUIET) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE WAREHOUSE DATA_ENG_ANALYTICS_WH")
        with snowflake.connector.connect(**block, **QUIET) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT CURRENT_WAREHOUSE(), CURRENT_ROLE()")
            row = cursor.fetchone()
    assert row == ("DATA_ENG_ANALYTICS_WH", "ACCOUNTADMIN")


def test_it_is_written_for_its_user_alone_beside_what_is_there_and_renewed(file: Path) -> None:
    file.parent.mkdir()
    file.write_text('# mine\n[prod] # careful\naccount = "acme"\n')
    file.chmod(0o640)
    connection_file.write("emulator", ADDRESS)
    text = file.read_text()
    file.write_text(text + 'database = "DATA_ENG_DEMO"\n')
    connection_file.write("emulator", Address(9000, Path("/state"), own=True, token="other"))
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text().startswith('# mine\n[prod] # careful\naccount = "acme"\n')
    renewed = VALUES | {"port": 9000, "password": "other", "database": "DATA_ENG_DEMO"}
    assert tomli.loads(file.read_text()) == {"prod": {"account": "acme"}, "emulator": renewed}


REFUSED = [
    ('[emulator]\naccount = "acme"\n', "emulator", 'has another connection "emulator", which stays'),
    (f"[emulator]\naccount = 'emulator'\nhost = {json.dumps('10.0.0.1')}\n", "emulator", "which stays"),
    ("[emulator]\n", "emulator", "which stays"),
    ("emulator = 0\n", "emulator", 'has another connection "emulator", which stays'),
    ("[x\n", "emulator", "cannot be read"),
    ("\ufeff[x]\n", "emulator", "cannot be read"),
    ("", "local", "local is the emulator without serve"),
    ("", " ", "Name another"),
]


@pytest.mark.parametrize(("text", "name", "message"), REFUSED)
def test_what_is_anothers_or_unreadable_stays_as_it_is(text: str, name: str, message: str, file: Path) -> None:
    file.parent.mkdir()
    file.write_text(text)
    with pytest.raises(StateError, match=message):
        connection_file.write(name, ADDRESS)
    assert file.read_text() == text


def test_a_file_that_would_hide_other_connections_is_not_made(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.parent.mkdir()
    (file.parent / "config.toml").write_text('[connections.prod]\naccount = "acme"\n')
    with pytest.raises(StateError, match="would hide them"):
        connection_file.write("emulator", ADDRESS)
    monkeypatch.setenv("SNOWFLAKE_CONNECTIONS", "[x]\n")
    with pytest.raises(StateError, match="Unset it"):
        connection_file.write("emulator", ADDRESS)
    assert not file.exists()
