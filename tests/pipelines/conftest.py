"""An emulator with the demo's infrastructure for each test module, reached as the commands reach it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from snowflake.snowpark import Session

from config import CONFIG
from src.deployment.command import set_up
from src.deployment.steps import EVERYTHING
from src.emulator.protocol.serving import emulator
from src.utils.snowpark_session import open_session, resolve_target


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The state of the emulator that runs as long as the module's tests; each test has tables and paths of its own."""
    folder = tmp_path_factory.mktemp("emulator") / "state"
    with pytest.MonkeyPatch.context() as patch, emulator(folder):
        patch.setenv("DATA_ENG_DEMO_STATE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def session(state: Path) -> Iterator[Session]:
    """A session on an account where setup.py has run, with the warehouse that loads."""
    with open_session(resolve_target("local"), query_tag=CONFIG.query_tag) as opened:
        set_up(opened.session, CONFIG.quick(), EVERYTHING)
        opened.session.sql("USE WAREHOUSE DATA_ENG_LOAD_WH").collect()
        yield opened.session
