"""A served emulator, reached by a connection of connections.toml: known as one by the answer to its login."""

import pytest

from config import CONFIG
from src.deployment.command import Options, perform
from src.deployment.report import as_text
from src.emulator.protocol.connection_file import block
from src.emulator.protocol.serving import Address
from src.utils.hints import typed

from .conftest import Command


@pytest.fixture
def served(address: Address, monkeypatch: pytest.MonkeyPatch) -> str:
    """The printed block, and nothing else, is configured."""
    monkeypatch.setenv("SNOWFLAKE_CONNECTIONS", block("emulator", address))
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    return "emulator"


@pytest.mark.usefixtures("built", "served")
def test_the_printed_block_alone_is_enough_and_nothing_is_asked() -> None:
    report = perform(Options("validate"), CONFIG)
    assert (report.exit_code, report.target, report.emulated) == (0, "emulator", True)
    report = perform(Options("cleanup"), CONFIG)
    assert (report.exit_code, report.counts) == (0, {"dropped": 6})
    assert [one.sql for one in report.undrops] == ["UNDROP DATABASE DATA_ENG_DEMO"]
    assert " statements the emulator executed " in as_text(report)


@pytest.mark.usefixtures("built")
def test_it_costs_no_request_more_than_the_emulator_of_this_process(served: str, command: Command) -> None:
    assert perform(Options("validate", served), CONFIG).requests == command("validate").requests


@pytest.mark.usefixtures("built")
def test_what_does_not_say_that_it_is_the_emulator_is_asked_about_as_an_account(as_an_account: str) -> None:
    report = perform(Options("cleanup", as_an_account), CONFIG)
    assert (report.exit_code, report.emulated, report.statements) == (4, False, 0)


@pytest.mark.usefixtures("address")
def test_nothing_that_listens_is_said_with_the_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOWFLAKE_CONNECTIONS", "[x]\naccount='emulator'\nhost='127.0.0.1'\nport=1\nprotocol='http'\n")
    report = perform(Options("validate"), CONFIG)
    assert (report.exit_code, report.error) == (
        1,
        'Nothing listens on port 1 of this machine, where connection "x" leads. If that is the emulator, start it: '
        f"{typed('python -m src.emulator serve --port 1')}; or pass --connection_name local.",
    )
