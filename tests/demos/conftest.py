"""A fresh emulator with the infrastructure that the demo stands on, and the demo on it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config import CONFIG
from demos.factset_etf_iceberg.manifest import MANIFEST
from src.demo_kit.deployment import deploy, run
from src.demo_kit.session import Demo
from src.deployment.build import build
from src.deployment.report import Report
from src.deployment.sending import Sender
from src.emulator.protocol.serving import Address, emulator
from src.infrastructure import databases, warehouses
from src.utils.queries import Row
from src.utils.snowpark_session import open_session, resolve_target

Sql = Callable[[str], list[Row]]

CONSTITUENTS = """
    FUND_ID VARCHAR, TICKER VARCHAR, CONSTITUENT_NAME VARCHAR, WEIGHT NUMBER(30, 6), SHARES NUMBER(18, 2),
    MARKET_VALUE NUMBER(18, 2), SECTOR VARCHAR, INDUSTRY VARCHAR, COUNTRY VARCHAR, AS_OF_DATE DATE,
    LOAD_TIMESTAMP TIMESTAMP_NTZ"""


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where each test finds its account: always the same folder, since an Iceberg table notes where its files are."""
    return tmp_path_factory.mktemp("demo") / "state"


@pytest.fixture(scope="session")
def kept(place: Path) -> dict[str, Path]:
    """Accounts to begin with: `built` has the database and the warehouses of setup.py, `loaded` the demo as well."""
    folders = {name: place.parent / name for name in ("built", "loaded")}
    with served(place), working() as demo:
        set_up_infrastructure(demo.sender)
    shutil.copytree(place, folders["built"])
    with served(place), working() as demo:
        deploy(demo)
        suspend_tasks(demo)
        run(demo)
    shutil.copytree(place, folders["loaded"])
    return folders


@pytest.fixture(scope="session")
def kept_proven(place: Path, kept: dict[str, Path]) -> Path:
    """The account `loaded` after one change that both pipelines have taken."""
    replace_by(kept["loaded"], place)
    with served(place), working() as demo:
        demo.ask("USE WAREHOUSE DATA_ENG_XFORM_WH")
        demo.ask("UPDATE ETF_DATA.PUBLIC.CONSTITUENTS SET SHARES = SHARES + 1 WHERE SECTOR = 'Cash'")
        run(demo)
    return Path(shutil.copytree(place, place.parent / "proven"))


def replace_by(kept: Path, place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(kept, place)


@pytest.fixture
def address(place: Path, request: pytest.FixtureRequest) -> Iterator[Address]:
    """The emulator on the account that the test asks for: `proven`, `loaded`, `demo` (built) or an empty one."""
    if "proven" in request.fixturenames:
        replace_by(request.getfixturevalue("kept_proven"), place)
    elif "loaded" in request.fixturenames:
        replace_by(request.getfixturevalue("kept")["loaded"], place)
    elif "demo" in request.fixturenames:
        replace_by(request.getfixturevalue("kept")["built"], place)
    else:
        shutil.rmtree(place, ignore_errors=True)
    with served(place) as found:
        yield found


@contextmanager
def served(folder: Path) -> Iterator[Address]:
    with pytest.MonkeyPatch.context() as patch, emulator(folder) as found:
        patch.setenv("DATA_ENG_DEMO_STATE", str(folder))
        yield found


@contextmanager
def working() -> Iterator[Demo]:
    with open_session(resolve_target("local"), query_tag="TEST") as opened, Sender.of(opened.session) as sender:
        yield Demo(MANIFEST, sender, CONFIG)


@pytest.fixture
def account(address: Address) -> Iterator[Demo]:
    """The demo's session on an account without infrastructure."""
    with working() as demo:
        yield demo


@pytest.fixture
def demo(account: Demo) -> Demo:
    """The demo's session on an account with the database and the warehouses of setup.py; nothing is deployed."""
    account.ask("USE WAREHOUSE DATA_ENG_XFORM_WH")
    return account


@pytest.fixture
def loaded(demo: Demo) -> Demo:
    """The same, with the demo deployed on 1,000 simulated rows, its tasks suspended, and nothing pending.

    The database that deploying leaves current is current.
    """
    demo.ask("USE DATABASE ETF_DATA")
    return demo


@pytest.fixture
def proven(loaded: Demo) -> Demo:
    """Loaded, changed once, and run; the proofs hold."""
    return loaded


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
