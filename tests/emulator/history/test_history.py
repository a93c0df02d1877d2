"""QUERY_HISTORY, QUERY_HISTORY_BY_SESSION and WAREHOUSE_METERING_HISTORY.

https://docs.snowflake.com/en/sql-reference/functions/query_history
"""

import time
from decimal import Decimal
from pathlib import Path

import pytest

from src.emulator.engine import Engine
from tests.emulator.conftest import Connect, Fails, Rows, Run, run_on


def test_a_statement_is_remembered_with_what_it_ran_as(run: Run, rows: Rows) -> None:
    run("ALTER SESSION SET QUERY_TAG = 'nightly'")
    run("CREATE TABLE T (A INT)")
    run("INSERT INTO T VALUES (1), (2)")
    [entry] = rows(
        "SELECT * FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY()) WHERE QUERY_TEXT LIKE 'INSERT%' ORDER BY START_TIME"
    )
    expected = {
        "QUERY_TEXT": "INSERT INTO T VALUES (1), (2)",
        "DATABASE_NAME": "DEMO",
        "SCHEMA_NAME": "PUBLIC",
        "QUERY_TYPE": "INSERT",
        "ROLE_NAME": "ACCOUNTADMIN",
        "WAREHOUSE_NAME": "WH",
        "QUERY_TAG": "nightly",
        "EXECUTION_STATUS": "SUCCESS",
        "ERROR_CODE": None,
        "ERROR_MESSAGE": None,
    }
    assert {name: entry[name] for name in expected} == expected
    assert entry["TOTAL_ELAPSED_TIME"] >= 0
    assert entry["START_TIME"] <= entry["END_TIME"]


@pytest.mark.parametrize(
    ("sql", "query_type"),
    [
        ("WITH A AS (SELECT 1 AS X) SELECT X FROM A", "SELECT"),
        ("(SELECT 1) UNION (SELECT 2)", "SELECT"),
        ("SHOW WAREHOUSES", "SHOW"),
        ("DESC TABLE OLD", "DESCRIBE"),
        ("USE SCHEMA PUBLIC", "USE"),
        ("BEGIN", "BEGIN_TRANSACTION"),
        ("START TRANSACTION", "BEGIN_TRANSACTION"),
        ("ROLLBACK", "ROLLBACK"),
        ("LIST @S", "LIST_FILES"),
        ("LS @S", "LIST_FILES"),
        ("RM @S", "REMOVE_FILES"),
        ("COPY INTO @S FROM OLD", "UNLOAD"),
        ("COPY INTO OLD FROM @S", "COPY"),
        ("INSERT OVERWRITE INTO OLD SELECT 2, 3", "INSERT"),
        ("DELETE FROM OLD", "DELETE"),
        ("TRUNCATE TABLE OLD", "TRUNCATE_TABLE"),
        ("CREATE TABLE NEW (A INT)", "CREATE_TABLE"),
        ("CREATE OR REPLACE TABLE NEW AS SELECT 1 AS A", "CREATE_TABLE_AS_SELECT"),
        ("CREATE TABLE NEW CLONE OLD", "CREATE_TABLE"),
        ("CREATE VIEW NEW AS SELECT 1 AS A", "CREATE_VIEW"),
        ("CREATE SCHEMA NEW", "CREATE"),
        ("CREATE FILE FORMAT NEW TYPE = CSV", "CREATE"),
        ("DROP TABLE OLD", "DROP"),
        ("ALTER SESSION SET QUERY_TAG = 'A'", "ALTER_SESSION"),
        ("ALTER TABLE OLD ADD COLUMN B INT", "ALTER_TABLE_ADD_COLUMN"),
        ("ALTER TABLE IF EXISTS OLD ADD B INT", "ALTER_TABLE_ADD_COLUMN"),
        ("ALTER TABLE OLD DROP COLUMN C", "ALTER_TABLE_DROP_COLUMN"),
        ("ALTER TABLE OLD ALTER A SET NOT NULL", "ALTER_TABLE_MODIFY_COLUMN"),
        ("ALTER TABLE PUBLIC.OLD MODIFY COLUMN A COMMENT 'x'", "ALTER_TABLE_MODIFY_COLUMN"),
        ("ALTER TABLE OLD RENAME COLUMN A TO B", "RENAME_COLUMN"),
        ("ALTER TABLE OLD RENAME TO NEW", "RENAME_TABLE"),
        ("ALTER TABLE OLD ADD CONSTRAINT K UNIQUE (C)", "CREATE_CONSTRAINT"),
        ("ALTER TABLE OLD ADD PRIMARY KEY (A)", "CREATE_CONSTRAINT"),
        ("ALTER TABLE OLD DROP UNIQUE (A)", "DROP_CONSTRAINT"),
        ("ALTER TABLE OLD CLUSTER BY (A)", "ALTER_TABLE"),
        ("ALTER TABLE OLD SET COMMENT = 'x'", "ALTER_TABLE"),
        ("ALTER VIEW V SET COMMENT = 'x'", "ALTER"),
        ("ALTER WAREHOUSE WH SUSPEND", "ALTER_WAREHOUSE_SUSPEND"),
        ("ALTER WAREHOUSE IF EXISTS WH RESUME IF SUSPENDED", "ALTER_WAREHOUSE_RESUME"),
        ("ALTER WAREHOUSE WH SET AUTO_SUSPEND = 60", "ALTER"),
        ("ALTER TASK T SUSPEND", "ALTER"),
        ("ALTER USER U SET DEFAULT_ROLE = 'PUBLIC'", "ALTER_USER"),
        ("DROP USER U", "DROP_USER"),
        ("DROP ROLE IF EXISTS R", "DROP_ROLE"),
        ("SET A = 1", "SET"),
    ],
)
def test_the_history_names_each_kind_of_statement(run: Run, sql: str, query_type: str) -> None:
    run("CREATE STAGE S")
    run("CREATE TABLE OLD (A INT UNIQUE, C INT)")
    run("CREATE VIEW V AS SELECT A FROM OLD")
    run("CREATE TASK T WAREHOUSE = WH SCHEDULE = '60 MINUTE' AS SELECT 1")
    run("CREATE OR REPLACE USER U")
    run("ALTER WAREHOUSE WH RESUME IF SUSPENDED")
    run(sql)
    asked = "SELECT QUERY_TYPE FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY()) WHERE QUERY_TEXT = $$" + sql + "$$"
    assert run(asked) == [(query_type,)]


def test_a_failure_is_remembered_with_its_code_and_message(rows: Rows, fails: Fails) -> None:
    fails("USE SCHEMA NOPE")
    [entry] = rows("SELECT * FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY()) WHERE EXECUTION_STATUS <> 'SUCCESS'")
    assert (entry["EXECUTION_STATUS"], entry["ERROR_CODE"]) == ("FAILED_WITH_ERROR", "002043")
    assert "does not exist" in entry["ERROR_MESSAGE"]


def test_the_latest_hundred_are_returned_unless_a_limit_is_given(run: Run) -> None:
    for _ in range(105):
        run("SELECT 1")
    assert run("SELECT COUNT(*) FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY())") == [(100,)]
    assert run("SELECT COUNT(*) FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY(RESULT_LIMIT => 1000))")[0][0] > 105


def test_the_limit_applies_before_the_filter(run: Run) -> None:
    run("CREATE TABLE T (A INT)")
    for _ in range(3):
        run("SELECT 1")
    found = run(
        "SELECT QUERY_TEXT FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY(RESULT_LIMIT => 2))"
        " WHERE QUERY_TEXT LIKE 'CREATE TABLE%'"
    )
    assert found == []


def test_the_time_range_is_that_of_the_ends(run: Run) -> None:
    run("SELECT 1")
    count = "SELECT COUNT(*) FROM TABLE(DEMO.INFORMATION_SCHEMA.QUERY_HISTORY({}))"
    hour_ago = "DATEADD('hour', -1, CURRENT_TIMESTAMP())"
    assert run(count.format(f"END_TIME_RANGE_END => {hour_ago}")) == [(0,)]
    assert run(count.format(f"END_TIME_RANGE_START => {hour_ago}"))[0][0] >= 3
    assert run(count.format(f"{hour_ago}, CURRENT_TIMESTAMP()"))[0][0] >= 3


def test_history_by_session_is_the_current_sessions_unless_one_is_named(run: Run, connect: Connect) -> None:
    other = connect(database="DEMO")
    run_on(other, "SELECT 'other'")
    [(session_id,)] = run_on(other, "SELECT CURRENT_SESSION()")
    query = (
        "SELECT COUNT(*) FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY_BY_SESSION({}))"
        " WHERE QUERY_TEXT = 'SELECT ''other'''"
    )
    assert run(query.format("")) == [(0,)]
    assert run(query.format(f"SESSION_ID => {session_id}")) == [(1,)]
    assert run_on(other, query.format("SESSION_ID => CURRENT_SESSION()")) == [(1,)]


def test_metering_shows_the_hours_a_warehouse_was_used_at_no_credits(run: Run) -> None:
    run("SELECT 1")
    query = "SELECT WAREHOUSE_NAME, CREDITS_USED FROM TABLE(INFORMATION_SCHEMA.WAREHOUSE_METERING_HISTORY({}))"
    assert set(run(query.format("DATE_RANGE_START => CURRENT_DATE() - 1"))) == {("WH", Decimal(0))}
    assert run(query.format("CURRENT_DATE() - 1, CURRENT_DATE() + 1, 'OTHER'")) == []
    assert run(query.format("CURRENT_DATE() - 20, CURRENT_DATE() - 10")) == []


@pytest.mark.parametrize(
    ("call", "errno", "message"),
    [
        ("QUERY_HISTORY(RESULT_LIMIT => 0)", 1008, "invalid value [0] for parameter 'RESULT_LIMIT'"),
        ("QUERY_HISTORY(RESULT_LIMIT => 10001)", 1008, "invalid value [10001] for parameter 'RESULT_LIMIT'"),
        (
            "QUERY_HISTORY(END_TIME_RANGE_START => CURRENT_TIMESTAMP() - INTERVAL '8 days')",
            707,
            "Cannot retrieve data from more than 7 days ago.",
        ),
        (
            "QUERY_HISTORY(END_TIME_RANGE_START => 'noon')",
            1008,
            "invalid value [noon] for parameter 'END_TIME_RANGE_START'",
        ),
        (
            "WAREHOUSE_METERING_HISTORY(DATE_RANGE_START => CURRENT_DATE() - 200)",
            707,
            "Cannot retrieve data from more than 6 months ago.",
        ),
    ],
)
def test_a_value_out_of_range_is_refused(fails: Fails, call: str, errno: int, message: str) -> None:
    error = fails(f"SELECT * FROM TABLE(INFORMATION_SCHEMA.{call})")
    assert error.errno == errno
    assert message in str(error.msg)


def kept(engine: Engine) -> list[str]:
    """The statements in the account's file."""
    found = engine.duck_conn.execute("SELECT query_text FROM _fs_global.account.query_history ORDER BY start_time")
    return [text for (text,) in found.fetchall()]


def test_what_ran_is_in_the_file_after_the_process_has_ended(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "state")
    engine.open_session().cursor().execute("SHOW DATABASES")
    engine.close()
    engine = Engine(tmp_path / "state")
    assert kept(engine) == ["SHOW DATABASES"]
    engine.close()


def test_what_ran_is_in_the_file_soon_also_while_nobody_asks(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "state")
    engine.scheduler.start()
    engine.open_session().cursor().execute("SHOW DATABASES")
    deadline = time.monotonic() + 10
    while not kept(engine) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert kept(engine) == ["SHOW DATABASES"]
    engine.close()


def test_many_statements_are_written_without_waiting_for_that(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "state")
    session = engine.open_session()
    for _ in range(engine.history.AT_ONCE):
        session.cursor().execute("SHOW DATABASES")
    assert len(kept(engine)) == engine.history.AT_ONCE
    engine.close()
