"""A fresh emulator for each test, reached the way setup.py reaches it: through the real connector and Snowpark."""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from config import CONFIG
from src.config import DemoConfig
from src.deployment.command import Options, perform
from src.deployment.report import Report
from src.deployment.sending import Sender
from src.emulator.protocol.serving import Address, emulator
from src.emulator.protocol.serving import Options as Account
from src.utils.queries import Row
from src.utils.snowpark_session import open_session, resolve_target

Command = Callable[..., Report]
Sql = Callable[[str], list[Row]]


@pytest.fixture
def account() -> Account:
    """What kind of account the test needs; a test module or parametrize overrides it."""
    return Account()


@pytest.fixture
def state(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Where the account is kept: an empty one, or for a test that uses `built` one that full was run on."""
    folder = tmp_path / "state"
    if "built" in request.fixturenames:
        shutil.copytree(request.getfixturevalue("full_state"), folder)
    return folder


@pytest.fixture(scope="session")
def full_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An account that full was run on, to be copied."""
    folder = tmp_path_factory.mktemp("full") / "state"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATA_ENG_DEMO_STATE", str(folder))
        assert perform(Options("full", connection_name="local"), CONFIG).exit_code == 0
    return folder


@pytest.fixture
def address(state: Path, account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[Address]:
    monkeypatch.setenv("DATA_ENG_DEMO_STATE", str(state))
    with emulator(state, options=account) as served:
        yield served


@pytest.fixture
def built(address: Address) -> None:
    """The account is as full leaves it."""


@pytest.fixture
def sender(address: Address) -> Iterator[Sender]:
    """A session of the test's own."""
    with open_session(resolve_target("local"), query_tag="TEST") as opened, Sender.of(opened.session) as sender:
        yield sender


@pytest.fixture
def sql(sender: Sender) -> Sql:
    """Runs a statement and gives its rows; an error fails the test."""

    def run(text: str) -> list[Row]:
        answer = sender.send(text)
        assert answer.error is None, answer.message
        return answer.rows

    return run


@pytest.fixture
def command(address: Address) -> Command:
    """Runs setup.py's command on the emulator and returns its report."""

    def run(mode: str, config: DemoConfig = CONFIG, **options: Any) -> Report:
        return perform(Options(mode, **{"connection_name": "local"} | options), config)

    return run


@pytest.fixture
def as_an_account(address: Address, monkeypatch: pytest.MonkeyPatch) -> str:
    """A connection to the emulator that the command takes for a way through to a Snowflake account."""
    parameters = address.parameters | {"platform_detection_timeout_seconds": 0}
    monkeypatch.setenv("SNOWFLAKE_CONNECTIONS", connections_toml("presales", parameters))
    monkeypatch.setattr("src.utils.snowpark_session.serves_emulator", lambda connection: False)
    return "presales"


def connections_toml(name: str, parameters: Mapping[str, Any]) -> str:
    """One connection, as connections.toml has it."""
    return "\n".join([f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in parameters.items())])


def snapshot(sender: Sender) -> dict[str, list[str]]:
    """The names and comments of everything at the account's level, by kind: what a cleanup may not change or leave."""
    return {
        kind: sorted(f"{row['name']} {row['comment']}" for row in sender.send(f"SHOW {kind}").rows)
        for kind in ("DATABASES", "WAREHOUSES", "ROLES", "RESOURCE MONITORS")
    }
