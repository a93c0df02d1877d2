"""What commits together: https://docs.snowflake.com/en/sql-reference/transactions"""

import threading

import pytest
from snowflake.connector import SnowflakeConnection

from src.emulator.capture import savepoints
from src.emulator.session import locks
from tests.emulator.conftest import Fails, Run, run_on

pytestmark = pytest.mark.emulator("module")


@pytest.fixture
def t(run: Run) -> None:
    run("CREATE TABLE T (ID INT)")


def ids(run: Run) -> list[int]:
    return [row[0] for row in run("SELECT ID FROM T ORDER BY ID")]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize("start", ["BEGIN", "BEGIN TRANSACTION", "BEGIN WORK", "START TRANSACTION", "BEGIN NAME X"])
@pytest.mark.parametrize(
    ("end", "expected"), [("COMMIT", [1]), ("COMMIT WORK", [1]), ("ROLLBACK", []), ("ROLLBACK WORK", [])]
)
def test_a_transaction_is_kept_or_undone_as_a_whole(run: Run, start: str, end: str, expected: list[int]) -> None:
    run(start)
    run("INSERT INTO T VALUES (1)")
    run(end)
    assert ids(run) == expected


@pytest.mark.usefixtures("t")
def test_others_see_a_transaction_only_when_it_has_committed(run: Run, other: SnowflakeConnection) -> None:
    run("BEGIN")
    run("INSERT INTO T VALUES (1)")
    assert run_on(other, "SELECT COUNT(*) FROM T") == [(0,)]
    run("COMMIT")
    assert run_on(other, "SELECT COUNT(*) FROM T") == [(1,)]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize(
    "ddl",
    ["CREATE TABLE OTHER (ID INT)", "CREATE SCHEMA OTHER", "ALTER TABLE T ADD COLUMN X INT", "DROP TABLE IF EXISTS X"],
)
def test_ddl_commits_the_open_transaction(run: Run, ddl: str) -> None:
    run("BEGIN")
    run("INSERT INTO T VALUES (1)")
    run(ddl)
    run("ROLLBACK")
    assert run("SELECT ID FROM DEMO.PUBLIC.T") == [(1,)]


@pytest.mark.usefixtures("t")
def test_a_begin_inside_a_transaction_is_ignored(run: Run) -> None:
    run("BEGIN")
    run("INSERT INTO T VALUES (1)")
    run("BEGIN")
    run("ROLLBACK")
    assert ids(run) == []


@pytest.mark.parametrize("sql", ["COMMIT", "ROLLBACK"])
def test_ending_no_transaction_is_no_error(run: Run, sql: str) -> None:
    assert run(sql) == [("Statement executed successfully.",)]


@pytest.mark.usefixtures("t")
def test_without_autocommit_a_change_begins_a_transaction(run: Run, other: SnowflakeConnection) -> None:
    run("ALTER SESSION SET AUTOCOMMIT = FALSE")
    run("INSERT INTO T VALUES (1)")
    assert run_on(other, "SELECT COUNT(*) FROM T") == [(0,)]
    run("ROLLBACK")
    assert ids(run) == []


@pytest.mark.usefixtures("t")
def test_a_merge_is_all_or_nothing(run: Run, fails: Fails) -> None:
    run("CREATE TABLE STRICT (ID INT NOT NULL, N INT)")
    run("INSERT INTO STRICT VALUES (1, 0)")
    fails(
        "MERGE INTO STRICT USING (SELECT 1 AS ID UNION ALL SELECT NULL) S ON STRICT.ID = S.ID"
        " WHEN MATCHED THEN UPDATE SET N = 1 WHEN NOT MATCHED THEN INSERT (ID, N) VALUES (S.ID, 2)"
    )
    assert run("SELECT * FROM STRICT") == [(1, 0)]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize("failing", ["INSERT INTO T SELECT 'x'::INT", "SELECT 'x'::INT"])
def test_after_a_failure_in_a_large_transaction_only_a_rollback_is_accepted(
    run: Run, fails: Fails, failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Snowflake would go on; DuckDB has given the transaction up, so the emulator says so instead of losing half."""
    monkeypatch.setattr(savepoints, "MOST", 0)
    run("BEGIN")
    run("INSERT INTO T VALUES (1)")
    fails(failing)
    for sql in ("COMMIT", "SELECT * FROM T", "INSERT INTO T VALUES (2)"):
        assert "is not emulated" in str(fails(sql).msg)
    run("ROLLBACK")
    assert ids(run) == []


FAILING = [
    "SELECT 'x'::INT",
    "INSERT INTO T SELECT 'x'::INT",
    "UPDATE T SET ID = ID / 0",
    "MERGE INTO T USING (SELECT 1 K UNION ALL SELECT 1) S ON T.ID = S.K WHEN MATCHED THEN UPDATE SET ID = 9",
]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize("failing", FAILING)
def test_a_failed_statement_undoes_itself_alone(
    run: Run, fails: Fails, other: SnowflakeConnection, failing: str
) -> None:
    run("CREATE STREAM S ON TABLE T")
    run("INSERT INTO T VALUES (5)")
    run("BEGIN")
    run("INSERT INTO T VALUES (1)")
    run("DELETE FROM T WHERE ID = 5")
    for _ in range(2):
        fails(failing)
    assert ids(run) == [1]
    run("INSERT INTO T VALUES (2)")
    assert run_on(other, "SELECT ID FROM T") == [(5,)]
    run("COMMIT")
    assert ids(run) == [1, 2]
    assert run("SELECT ID, METADATA$ACTION FROM S ORDER BY ID") == [(1, "INSERT"), (2, "INSERT")]


@pytest.mark.usefixtures("t")
def test_a_first_statement_that_fails_keeps_nobody_waiting(run: Run, fails: Fails, other: SnowflakeConnection) -> None:
    run("BEGIN")
    fails("INSERT INTO T SELECT 'x'::INT")
    run_on(other, "INSERT INTO T VALUES (7)")
    run("INSERT INTO T VALUES (8)")
    run("COMMIT")
    assert ids(run) == [7, 8]


@pytest.mark.usefixtures("t")
def test_a_stream_that_was_consumed_before_a_failure_is_consumed(run: Run, fails: Fails) -> None:
    run("CREATE STREAM S ON TABLE T")
    run("CREATE TABLE U (ID INT)")
    run("INSERT INTO T VALUES (1)")
    run("BEGIN")
    run("INSERT INTO U SELECT ID FROM S")
    fails("INSERT INTO U SELECT 'x'::INT")
    run("COMMIT")
    assert run("SELECT * FROM U") == [(1,)]
    assert run("SELECT ID FROM S") == []


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize(
    "failing",
    [
        "SELEC 1",
        "SELECT * FROM NOPE",
        "INSERT INTO NOPE VALUES (1)",
        "DROP WAREHOUSE_X Y",
        "SELECT NO_SUCH_FUNCTION_AT_ALL((1)",
    ],
)
def test_a_statement_refused_before_it_runs_leaves_the_transaction_open(run: Run, fails: Fails, failing: str) -> None:
    run("BEGIN")
    run("INSERT INTO T VALUES (1)")
    fails(failing)
    run("COMMIT")
    assert ids(run) == [1]


@pytest.mark.usefixtures("t")
def test_a_second_writer_waits_for_the_first_to_end(run: Run, other: SnowflakeConnection) -> None:
    run("BEGIN")
    run("INSERT INTO T VALUES (1)")
    waiting = threading.Thread(target=run_on, args=(other, "INSERT INTO T VALUES (2)"))
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    run("COMMIT")
    waiting.join(5)
    assert ids(run) == [1, 2]


@pytest.mark.usefixtures("t")
def test_a_writer_gives_up_after_lock_timeout(run: Run, other: SnowflakeConnection) -> None:
    run("BEGIN")
    run("INSERT INTO T VALUES (1)")
    run_on(other, "ALTER SESSION SET LOCK_TIMEOUT = 1")
    with pytest.raises(Exception, match="LOCK_TIMEOUT"):
        run_on(other, "INSERT INTO T VALUES (2)")


@pytest.mark.usefixtures("t")
def test_a_session_that_ends_undoes_its_transaction(run: Run, other: SnowflakeConnection) -> None:
    run_on(other, "BEGIN")
    run_on(other, "INSERT INTO T VALUES (1)")
    other.close()
    run("INSERT INTO T VALUES (2)")
    assert ids(run) == [2]


@pytest.mark.emulator("own")
@pytest.mark.usefixtures("t")
def test_a_transaction_over_two_databases_is_refused_by_name(run: Run, fails: Fails) -> None:
    run("CREATE DATABASE OTHER")
    run("CREATE TABLE OTHER.PUBLIC.T (ID INT)")
    run("BEGIN")
    run("INSERT INTO DEMO.PUBLIC.T VALUES (1)")
    assert "changes two databases (DEMO, OTHER) is not emulated" in str(
        fails("INSERT INTO OTHER.PUBLIC.T VALUES (1)").msg
    )
    run("ROLLBACK")


@pytest.mark.usefixtures("t")
def test_a_stream_whose_reader_fails_in_a_transaction_says_why_and_is_there_after_rollback(
    run: Run, fails: Fails
) -> None:
    run("CREATE STREAM S ON TABLE T")
    run("INSERT INTO T VALUES (1000)")
    run("CREATE TABLE NARROW (ID NUMBER(2,0))")
    for _ in range(2):
        run("BEGIN")
        run("INSERT INTO T SELECT COUNT(*) FROM S")
        assert fails("INSERT INTO NARROW SELECT ID FROM S").errno == 100046
        run("ROLLBACK")
    assert run("SELECT ID FROM S") == [(1000,)]


@pytest.mark.usefixtures("t")
def test_a_database_is_replaced_while_another_session_is_at_work(run: Run, other: SnowflakeConnection) -> None:
    """DuckDB lets go of a database's file when the last statement has ended that was under way as it was dropped."""
    replaced = threading.Event()

    def work() -> None:
        while not replaced.is_set():
            run_on(other, "BEGIN")
            run_on(other, "INSERT INTO T VALUES (1)")
            run_on(other, "COMMIT")

    working = threading.Thread(target=work)
    working.start()
    try:
        for number in range(10):
            run("CREATE OR REPLACE DATABASE REPLACED")
            run(f"CREATE TABLE REPLACED.PUBLIC.T AS SELECT {number} AS A")
    finally:
        replaced.set()
        working.join()
    assert run("SELECT A FROM REPLACED.PUBLIC.T") == [(9,)]


@pytest.mark.parametrize("query", ["SELECT NULL", "SELECT COLUMN1 FROM VALUES (1), (NULL)", "SELECT 1 / 0"])
def test_a_table_that_cannot_be_replaced_is_still_there(run: Run, fails: Fails, query: str) -> None:
    run("CREATE TABLE KEPT (A INT)")
    run("INSERT INTO KEPT VALUES (7)")
    fails(f"CREATE OR REPLACE TABLE KEPT (A INT NOT NULL) AS {query}")
    assert run("SELECT A FROM KEPT") == [(7,)]
    run("CREATE OR REPLACE TABLE KEPT (A INT NOT NULL) AS SELECT 8")
    assert run("SELECT A FROM KEPT") == [(8,)]
    assert fails("INSERT INTO KEPT VALUES (NULL)").errno == 100072


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize("kind", ["", "ICEBERG"])
@pytest.mark.parametrize("change", ["INSERT INTO C VALUES (2)", "DELETE FROM C"])
@pytest.mark.parametrize("drop", ["DROP TABLE C", "DROP SCHEMA ASIDE"])
def test_commit_is_refused_when_another_session_has_dropped_a_table_that_was_changed(
    kind: str,
    change: str,
    drop: str,
    run: Run,
    fails: Fails,
    other: SnowflakeConnection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(locks, "SECONDS_FOR_OTHERS", 0.0)
    for statement in ("CREATE SCHEMA ASIDE", f"CREATE {kind} TABLE C (ID INT)", "INSERT INTO C VALUES (1)", "BEGIN"):
        run(statement)
    run(change)
    run_on(other, "USE SCHEMA ASIDE")
    run_on(other, drop)
    error = fails("COMMIT")
    assert (error.errno, "has dropped or replaced a table that it had changed" in str(error)) == (625, True)
    run("CREATE OR REPLACE TABLE DEMO.PUBLIC.T (ID INT)")
    run("DROP SCHEMA IF EXISTS ASIDE")
