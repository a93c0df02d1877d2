"""A fresh emulator for each test, talked to by the real connector over HTTP."""

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


@pytest.fixture
def options() -> Options:
    """What kind of account the test needs; a test module or parametrize overrides it."""
    return Options()


@pytest.fixture
def address(tmp_path: Path, options: Options) -> Iterator[Address]:
    with emulator(tmp_path / "state", options=options) as served:
        yield served


@pytest.fixture
def connect(address: Address) -> Iterator[Connect]:
    """Opens sessions on the emulator and closes them after the test."""
    opened: list[SnowflakeConnection] = []

    def open_one(**parameters: Any) -> SnowflakeConnection:
        connection = snowflake.connector.connect(
            **(address.parameters | {"platform_detection_timeout_seconds": 0, "disable_ocsp_checks": True} | parameters)
        )
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
def connection(bare: SnowflakeConnection) -> SnowflakeConnection:
    """A session with database DEMO, schema PUBLIC and warehouse WH current."""
    bare.cursor().execute("CREATE DATABASE DEMO")
    bare.cursor().execute("CREATE WAREHOUSE WH INITIALLY_SUSPENDED = TRUE")
    return bare


@pytest.fixture(scope="module")
def module_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """One emulator for all tests of a module."""
    with emulator(tmp_path_factory.mktemp("account") / "state") as served:
        yield served


@pytest.fixture(scope="module")
def module_account(module_address: Address) -> Iterator[SnowflakeConnection]:
    """A session like `connection`, shared by the cases of a module: for many small ones that do not meet."""
    quiet = {"platform_detection_timeout_seconds": 0, "disable_ocsp_checks": True}
    with snowflake.connector.connect(**(module_address.parameters | quiet)) as opened:
        opened.cursor().execute("CREATE DATABASE DEMO")
        opened.cursor().execute("CREATE WAREHOUSE WH INITIALLY_SUSPENDED = TRUE")
        yield opened


def run_on(connection: SnowflakeConnection, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = connection.cursor().execute(sql, parameters).fetchall()  # type: ignore[union-attr,assignment]
    return rows


@pytest.fixture
def run(connection: SnowflakeConnection) -> Run:
    return lambda sql, parameters=None: run_on(connection, sql, parameters)


@pytest.fixture
def rows(connection: SnowflakeConnection) -> Rows:
    def run_as_dicts(sql: str) -> list[dict[str, Any]]:
        cursor = connection.cursor(snowflake.connector.DictCursor)
        return list(cursor.execute(sql).fetchall())  # type: ignore[union-attr,arg-type]

    return run_as_dicts


@pytest.fixture
def fails(connection: SnowflakeConnection) -> Fails:
    def expect_failure(sql: str) -> DatabaseError:
        with pytest.raises(DatabaseError) as caught:
            connection.cursor().execute(sql)
        return caught.value

    return expect_failure
