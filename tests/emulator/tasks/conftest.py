"""An account whose tasks run by a clock that the test moves."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from src.emulator.engine import Engine
from src.emulator.protocol.listening import listening
from src.emulator.protocol.server import Server
from src.emulator.protocol.serving import Address
from tests.emulator.conftest import Run

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)  # a Monday
State = tuple[str, str]


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def prepared_state(demo_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an account with two tables and a stream in DEMO, made at START."""
    folder = shutil.copytree(demo_state, tmp_path_factory.mktemp("prepared") / "state")
    engine = Engine(folder)
    engine.account.clock = Clock()
    session = engine.open_session()
    for sql in (
        "USE DATABASE DEMO",
        "CREATE TABLE source (a INT)",
        "CREATE TABLE target (a INT)",
        "CREATE STREAM s ON TABLE source",
    ):
        session.cursor().execute(sql)
    engine.close()
    return folder


@pytest.fixture
def engine(prepared_state: Path, tmp_path: Path, clock: Clock) -> Iterator[Engine]:
    opened = Engine(shutil.copytree(prepared_state, tmp_path / "state"))
    opened.account.clock = clock
    yield opened
    opened.close()


@pytest.fixture
def ticking(engine: Engine, tmp_path: Path) -> Iterator[Address]:
    """The engine over HTTP, without its scheduler's thread: only the test makes it tick. A module's own `address`."""
    with listening(Server(engine, "token"), 0) as port:
        yield Address(port, tmp_path / "state", own=True, token="token")


@pytest.fixture
def tick(engine: Engine, clock: Clock) -> Callable[..., None]:
    """Lets time pass, then runs what is due."""

    def pass_time(**passed: int) -> None:
        clock.now += timedelta(**passed)
        engine.scheduler.tick()

    return pass_time


@pytest.fixture
def runs(run: Run) -> Callable[[], list[State]]:
    """State and origin of all runs that have begun, the oldest first."""
    return lambda: [
        (str(state), str(origin))
        for state, origin in run(
            "SELECT state, scheduled_from FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY())"
            " WHERE state <> 'SCHEDULED' ORDER BY graph_run_group_id"
        )
    ]


Tick = Callable[..., None]
RunStates = Callable[[], list[State]]
