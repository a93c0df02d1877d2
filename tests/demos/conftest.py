"""A fresh emulator with the infrastructure that the demo stands on, and the demo on it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config import CONFIG
from demos.factset_etf_iceberg.session import Demo
from src.deployment.build import build
from src.deployment.report import Report
from src.deployment.sending import Row, Sender
from src.emulator.protocol.serving import Address, emulator
from src.infrastructure import databases, warehouses
from src.utils.snowpark_session import open_session, resolve_target

Sql = Callable[[str], list[Row]]

CONSTITUENTS = """
    FUND_ID VARCHAR, TICKER VARCHAR, CONSTITUENT_NAME VARCHAR, WEIGHT NUMBER(30, 6), SHARES NUMBER(18, 2),
    MARKET_VALUE NUMBER(18, 2), SECTOR VARCHAR, INDUSTRY VARCHAR, COUNTRY VARCHAR, AS_OF_DATE DATE,
    LOAD_TIMESTAMP TIMESTAMP_NTZ"""


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Address]:
    monkeypatch.setenv("DATA_ENG_DEMO_STATE", str(tmp_path / "state"))
    with emulator(tmp_path / "state") as served:
        yield served


@pytest.fixture
def account(address: Address) -> Iterator[Demo]:
    """The demo's session on an account without infrastructure."""
    with open_session(resolve_target("local"), query_tag="TEST") as opened, Sender.of(opened.session) as sender:
        yield Demo(sender, CONFIG)


@pytest.fixture
def demo(account: Demo) -> Demo:
    """The demo's session on an account with the database and the warehouses of setup.py; nothing is deployed."""
    set_up_infrastructure(account.sender)
    account.ask("USE WAREHOUSE DATA_ENG_XFORM_WH")
    return account


def set_up_infrastructure(sender: Sender) -> None:
    report = Report("quick")
    build(sender, CONFIG.quick(), report, steps=(databases.database, warehouses.warehouses))
    assert not report.failures


def make_provider(demo: Demo, *, tracked: bool = True) -> None:
    """An ETF_DATA that is not the demo's, with the constituents of a provider: wider numbers, one row."""
    demo.ask("CREATE DATABASE ETF_DATA COMMENT = 'A provider.'")
    demo.ask(f"CREATE TABLE ETF_DATA.PUBLIC.CONSTITUENTS ({CONSTITUENTS}) CHANGE_TRACKING = {str(tracked).upper()}")
    demo.ask("INSERT INTO ETF_DATA.PUBLIC.CONSTITUENTS (FUND_ID, TICKER, WEIGHT) SELECT 'F0', 'FIRST', 1")


def suspend_tasks(demo: Demo) -> None:
    """So that the tasks run only when a test says so; EXECUTE TASK works on a suspended task."""
    for row in demo.ask("SHOW TASKS IN SCHEMA DATA_ENG_DEMO.FACTSET"):
        demo.ask(f"ALTER TASK DATA_ENG_DEMO.FACTSET.{row['name']} SUSPEND")
