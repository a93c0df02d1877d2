"""The views of the database SNOWFLAKE that the monitoring queries read.

https://docs.snowflake.com/en/sql-reference/account-usage
"""

import json

import pytest
from snowflake.connector import SnowflakeConnection

from tests.emulator.conftest import Fails, Rows, Run, run_on

pytestmark = pytest.mark.emulator("module")


@pytest.fixture
def connection(connection: SnowflakeConnection) -> SnowflakeConnection:
    """Each test begins with a schema USED of its own."""
    for sql in (
        "CREATE OR REPLACE SCHEMA DEMO.USED",
        "USE SCHEMA DEMO.USED",
        "CREATE TABLE t (a NUMBER(38,0))",
        "CREATE TABLE u (a NUMBER(38,0))",
        "CREATE VIEW v AS SELECT t.a FROM t JOIN demo.used.u ON u.a = t.a",
        "CREATE VIEW w AS SELECT * FROM v",
        "CREATE STREAM s ON TABLE t",
    ):
        run_on(connection, sql)
    return connection


def accessed(rows: Rows, column: str, tag: str) -> list[set[tuple[str, str]]]:
    found = rows(
        f"SELECT ACCESS.{column} AS OBJECTS FROM SNOWFLAKE.ACCOUNT_USAGE.ACCESS_HISTORY AS ACCESS"
        " JOIN SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY AS HISTORY ON HISTORY.QUERY_ID = ACCESS.QUERY_ID"
        f" WHERE HISTORY.QUERY_TAG = '{tag}' ORDER BY ACCESS.QUERY_START_TIME"
    )
    return [{(one["objectDomain"], one["objectName"]) for one in json.loads(row["OBJECTS"])} for row in found]


@pytest.mark.parametrize(
    ("sql", "direct", "base"),
    [
        ("SELECT * FROM t", {("Table", "DEMO.USED.T")}, {("Table", "DEMO.USED.T")}),
        (
            "WITH c AS (SELECT a FROM t) SELECT * FROM c WHERE a IN (SELECT a FROM u)",
            {("Table", "DEMO.USED.T"), ("Table", "DEMO.USED.U")},
            {("Table", "DEMO.USED.T"), ("Table", "DEMO.USED.U")},
        ),
        ("SELECT * FROM w", {("View", "DEMO.USED.W")}, {("Table", "DEMO.USED.T"), ("Table", "DEMO.USED.U")}),
        ("SELECT * FROM s", {("Stream", "DEMO.USED.S")}, {("Table", "DEMO.USED.T")}),
        ("INSERT INTO t SELECT a FROM u", {("Table", "DEMO.USED.U")}, {("Table", "DEMO.USED.U")}),
    ],
)
def test_what_a_statement_reads_is_known(
    run: Run, rows: Rows, sql: str, direct: set[tuple[str, str]], base: set[tuple[str, str]]
) -> None:
    tag = f"TAG {abs(hash(sql))}"
    run(f"ALTER SESSION SET QUERY_TAG = '{tag}'")
    run(sql)
    run("SELECT 1")
    run("ALTER SESSION SET QUERY_TAG = ''")
    assert accessed(rows, "DIRECT_OBJECTS_ACCESSED", tag) == [direct]
    assert accessed(rows, "BASE_OBJECTS_ACCESSED", tag) == [base]


def test_a_statement_that_fails_has_accessed_nothing(run: Run, rows: Rows, fails: Fails) -> None:
    run("ALTER SESSION SET QUERY_TAG = 'FAILS'")
    fails("SELECT no_such FROM t")
    run("ALTER SESSION SET QUERY_TAG = ''")
    assert accessed(rows, "BASE_OBJECTS_ACCESSED", "FAILS") == []


def test_the_history_of_queries_has_no_limit_of_its_own(run: Run) -> None:
    for _ in range(101):
        run("SELECT 1")
    [(count,)] = run("SELECT COUNT(*) FROM SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY WHERE EXECUTION_STATUS = 'SUCCESS'")
    assert count > 101


def test_no_listing_is_used(run: Run) -> None:
    assert run("SELECT LISTING_NAME, JOBS FROM snowflake.data_sharing_usage.listing_consumption_daily") == []


@pytest.mark.parametrize("name", ["ACCOUNT_USAGE.TABLES", "ORGANIZATION_USAGE.METERING_DAILY_HISTORY"])
def test_another_view_is_refused_by_name(fails: Fails, name: str) -> None:
    assert f"SNOWFLAKE.{name} is not emulated" in str(fails(f"SELECT * FROM SNOWFLAKE.{name}"))


def test_a_view_on_them_is_refused_by_name(fails: Fails) -> None:
    assert "CREATE VIEW on the database SNOWFLAKE" in str(
        fails("CREATE VIEW x AS SELECT * FROM SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY")
    )
