"""The product on the account that DATA_ENG_DEMO_LIVE_CONNECTION names: XSMALL warehouses, one day of Time Travel."""

import os
from collections.abc import Callable, Iterator

import pytest

from demos.factset_etf_iceberg.manifest import MANIFEST
from demos.factset_etf_iceberg.source import simulate
from src.demo_kit.cleanup import clean_up
from src.demo_kit.deployment import deploy
from src.demo_kit.deployment import run as run_pipelines
from src.demo_kit.session import Demo
from src.demo_kit.verification import verify
from src.deployment.command import Options, perform
from src.deployment.report import Report
from src.deployment.sending import Sender
from src.utils.snowpark_session import open_session, resolve_target

from .fidelity import cheap

CONNECTION = os.environ.get("DATA_ENG_DEMO_LIVE_CONNECTION")
PREFIX = f"LIVE{os.getpid()}"
CONFIG = cheap(PREFIX)
Command = Callable[[str], Report]

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(CONNECTION is None, reason="DATA_ENG_DEMO_LIVE_CONNECTION names no account"),
]


def run(mode: str) -> Report:
    return perform(Options(mode, connection_name=CONNECTION, yes=True), CONFIG)


@pytest.fixture
def command() -> Iterator[Command]:
    """Runs setup.py's modes, and cleans up whatever the test leaves."""
    yield run
    assert run("cleanup").exit_code == 0


@pytest.fixture
def sender() -> Iterator[Sender]:
    with (
        open_session(resolve_target(CONNECTION), query_tag="LIVE_TEST") as opened,
        Sender.of(opened.session) as sender,
    ):
        yield sender


def test_full_builds_everything_and_the_second_full_changes_nothing(command: Command) -> None:
    assert command("full").exit_code == 0
    again = command("full")
    assert (again.exit_code, again.counts.get("created", 0), again.counts.get("changed", 0)) == (0, 0, 0)
    assert command("validate").differences == []


def test_drift_is_found_and_repaired(command: Command, sender: Sender) -> None:
    command("full")
    sender.send(f"ALTER WAREHOUSE {PREFIX}_DATA_ENG_LOAD_WH SET AUTO_SUSPEND = 61")
    assert command("validate").exit_code == 3
    assert command("full").counts["changed"] == 1
    assert command("validate").exit_code == 0


def test_quick_and_full_converge_on_each_other(command: Command) -> None:
    for mode in ("quick", "full", "quick"):
        assert command(mode).exit_code == 0
        assert command("validate").exit_code == 0


def test_cleanup_leaves_nothing_and_may_be_repeated(command: Command) -> None:
    command("full")
    for _ in range(2):
        report = command("cleanup")
        assert (report.exit_code, report.left) == (0, [])


def test_both_pipelines_lose_nothing_and_the_demo_leaves_nothing(command: Command, sender: Sender) -> None:
    assert command("full").exit_code == 0
    demo = Demo(MANIFEST, sender, CONFIG)
    report = Report("cleanup", CONFIG.database.name, CONNECTION or "")
    try:
        source = deploy(demo, choice="simulated")
        run_pipelines(demo)
        simulate(demo, source, adds=3, updates=5, deletes=2, rekeys=1, seed=7)
        run_pipelines(demo)
        assert [proof.title for proof in verify(demo) if not proof.holds] == []
    finally:
        clean_up(demo, report)
    assert (report.exit_code, report.left) == (0, [])
