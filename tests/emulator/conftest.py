"""A fresh emulator for each test, or one for a module of them, talked to by the real connector over HTTP.

A module whose tests leave nothing outside DEMO.PUBLIC says `pytestmark = pytest.mark.emulator("module")`: they begin
with a new schema on one emulator, which takes a quarter of the time. One that needs an account of its own is marked
`emulator("own")`.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import snowflake.connector
from snowflake.connector import SnowflakeConnection
from snowflake.connector.errors import DatabaseError

from src.emulator.protocol.serving import Address, Options, emulator

Run = Callable[..., list[tuple[Any, ...]]]
Rows = Callable[..., list[dict[str, Any]]]
Fails = Callable[[str], DatabaseError]
Connect = Callable[..., SnowflakeConnection]

DEMO = {"database": "DEMO", "schema": "PUBLIC", "warehouse": "WH"}
QUIET = {"platform_detection_timeout_seconds": 0, "disable_ocsp_checks": True}


@pytest.fixture(scope="session")
def empty_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an empty account, to be copied: that takes a tenth of the time of making one."""
    folder = tmp_path_factory.mktemp("empty") / "state"
    with emulator(folder):
        return folder


@pytest.fixture(scope="session")
def demo_state(empty_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an account with database DEMO and warehouse WH."""
    folder = shutil.copytree(empty_state, tmp_path_factory.mktemp("demo") / "state")
    with emulator(folder) as served, snowflake.connector.connect(**(served.parameters | QUIET)) as connection:
        connection.cursor().execute("CREATE DATABASE DEMO")
        connection.cursor().execute("CREATE WAREHOUSE WH INITIALLY_SUSPENDED = TRUE")
    return folder


@pytest.fixture
def options() -> Options:
    """What kind of account the test needs; a test module or parametrize overrides it."""
    return Options()


@pytest.fixture
def address(tmp_path: Path, options: Options, request: pytest.FixtureRequest) -> Iterator[Address]:
    marker = request.node.get_closest_marker("emulator")
    if marker and marker.args == ("module",) and options == Options():
        run_on(request.getfixturevalue("module_account"), "CREATE OR REPLACE SCHEMA DEMO.PUBLIC")
        yield request.getfixturevalue("module_address")
        return
    kept = request.getfixturevalue("demo_state" if "connection" in request.fixturenames else "empty_state")
    with emulator(shutil.copytree(kept, tmp_path / "state"), options=options) as served:
        yield served


@pytest.fixture
def connect(address: Address) -> Iterator[Connect]:
    """Opens sessions on the emulator and closes them after the test."""
    opened: list[SnowflakeConnection] = []

    def open_one(**parameters: Any) -> SnowflakeConnection:
        connection = snowflake.connector.connect(**(address.parameters | QUIET | parameters))
        opened.append(connection)
        return connection

    yield open_one
    for connection in opened:
        connection.close()


@pytest.fixture
def bare(connect: Connect) -> SnowflakeConnection:
    """A session on an empty account: no database, no warehouse."""
    return connect()


@pytest.fixture
def connection(connect: Connect) -> SnowflakeConnection:
    """A session with database DEMO, schema PUBLIC and warehouse WH current."""
    return connect(**DEMO)


@pytest.fixture
def other(connection: SnowflakeConnection, connect: Connect) -> SnowflakeConnection:
    """A second session like `connection`, beside it."""
    return connect(**DEMO)


def into_demo(connection: SnowflakeConnection) -> SnowflakeConnection:
    connection.cursor().execute("USE DATABASE DEMO")
    connection.cursor().execute("USE WAREHOUSE WH")
    return connection


@pytest.fixture(scope="module")
def module_address(demo_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """One emulator for all tests of a module."""
    with emulator(shutil.copytree(demo_state, tmp_path_factory.mktemp("account") / "state")) as served:
        yield served


@pytest.fixture(scope="module")
def module_account(module_address: Address) -> Iterator[SnowflakeConnection]:
    """A session like `connection`, shared by the cases of a module: for many small ones that do not meet."""
    with snowflake.connector.connect(**(module_address.parameters | QUIET | DEMO)) as opened:
        yield opened


def run_on(connection: SnowflakeConnection, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = connection.cursor().execute(sql, parameters).fetchall()  # type: ignore[union-attr]
    return rows


@pytest.fixture
def run(connection: SnowflakeConnection) -> Run:
    return lambda sql, parameters=None: run_on(connection, sql, parameters)


@pytest.fixture
def rows(connection: SnowflakeConnection) -> Rows:
    def run_as_dicts(sql: str) -> list[dict[str, Any]]:
        cursor = connection.cursor(snowflake.connector.DictCursor)
        return list(cursor.execute(sql).fetchall())  # type: ignore[union-attr]

    return run_as_dicts


@pytest.fixture
def fails(connection: SnowflakeConnection) -> Fails:
    def expect_failure(sql: str) -> DatabaseError:
        with pytest.raises(DatabaseError) as caught:
            connection.cursor().execute(sql)
        return caught.value

    return expect_failure
