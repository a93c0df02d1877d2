"""Streams on views, beside what tests/fidelity/streams.toml says of them: transactions, ownership, what is logged.

https://docs.snowflake.com/en/user-guide/streams-intro#streams-on-views
"""

import pytest
from snowflake.connector import SnowflakeConnection

from tests.emulator.conftest import Fails, Rows, Run, run_on

pytestmark = pytest.mark.emulator("module")

CHANGES = "SELECT ID, W, METADATA$ACTION, METADATA$ISUPDATE FROM S ORDER BY 1, 2, 3"


@pytest.fixture
def joined(run: Run) -> None:
    """Tables T and U, view V that joins them, and a stream S on it; one row of each is in V."""
    for sql in (
        "CREATE TABLE T (ID INT, F INT)",
        "CREATE TABLE U (ID INT, W VARCHAR)",
        "CREATE TABLE SINK (ID INT)",
        "INSERT INTO T VALUES (1, 1), (2, 0)",
        "INSERT INTO U VALUES (1, 'one'), (2, 'two')",
        "CREATE VIEW V AS SELECT T.ID, U.W FROM T JOIN U ON T.ID = U.ID WHERE T.F = 1",
        "CREATE STREAM S ON VIEW V",
    ):
        run(sql)


@pytest.mark.usefixtures("joined")
def test_a_transaction_sees_what_was_committed_before_it_and_its_commit_consumes_that(
    run: Run, other: SnowflakeConnection
) -> None:
    run("UPDATE T SET F = 1 WHERE ID = 2")
    run("BEGIN")
    run_on(other, "UPDATE U SET W = 'uno' WHERE ID = 1")
    seen = run(CHANGES)
    run("INSERT INTO SINK SELECT ID FROM S")
    run("DELETE FROM T")
    assert run(CHANGES) == seen == [(2, "two", "INSERT", False)]
    run("COMMIT")
    assert run(CHANGES) == [(1, "one", "DELETE", False), (2, "two", "DELETE", False)]
    assert run("SELECT * FROM SINK") == [(2,)]


@pytest.mark.usefixtures("joined")
def test_a_rollback_leaves_the_stream_where_it_was(run: Run) -> None:
    run("UPDATE U SET W = 'uno' WHERE ID = 1")
    before = run(CHANGES)
    for sql in ("BEGIN", "INSERT INTO SINK SELECT ID FROM S", "DELETE FROM U", "ROLLBACK"):
        run(sql)
    assert run(CHANGES) == before == [(1, "one", "DELETE", True), (1, "uno", "INSERT", True)]


@pytest.mark.usefixtures("joined")
def test_a_stream_begins_where_the_one_that_it_replaces_was(run: Run) -> None:
    run("UPDATE T SET F = 1 WHERE ID = 2")
    run("CREATE OR REPLACE STREAM S ON VIEW V AT (STREAM => 'S')")
    assert run(CHANGES) == [(2, "two", "INSERT", False)]
    run("CREATE OR REPLACE STREAM S ON VIEW V")
    assert run(CHANGES) == []


@pytest.mark.usefixtures("joined")
def test_a_table_cannot_be_swapped_while_a_view_s_stream_follows_it(run: Run, fails: Fails) -> None:
    run("CREATE TABLE T2 (ID INT, F INT)")
    assert "of a table that a stream follows" in str(fails("ALTER TABLE T SWAP WITH T2"))
    run("DROP STREAM S")
    run("ALTER TABLE T SWAP WITH T2")


@pytest.mark.usefixtures("joined")
def test_columns_that_are_added_below_a_view_do_not_show_in_its_stream(run: Run, rows: Rows) -> None:
    run("ALTER TABLE T ADD COLUMN EXTRA INT")
    run("UPDATE T SET EXTRA = 7, F = 1 WHERE ID = 2")
    [row] = rows("SELECT * FROM S")
    assert list(row) == ["ID", "W", "METADATA$ACTION", "METADATA$ISUPDATE", "METADATA$ROW_ID"]


def test_a_view_in_another_schema_reads_the_tables_of_its_own(run: Run) -> None:
    for sql in (
        "CREATE SCHEMA DEMO.FAR",
        "CREATE TABLE T (ID INT)",
        'CREATE VIEW "a view" (B, "c d") AS SELECT ID, ID + 1 FROM T',
        'CREATE VIEW V AS SELECT "c d" AS N FROM "a view" AS "AS (x) AS "',
        "USE SCHEMA DEMO.PUBLIC",
        "CREATE TABLE T (ID INT)",
        "CREATE STREAM S ON VIEW DEMO.FAR.V",
        "INSERT INTO T VALUES (1)",
        "INSERT INTO DEMO.FAR.T VALUES (2)",
    ):
        run(sql)
    assert run("SELECT N, METADATA$ACTION FROM S") == [(3, "INSERT")]
    run("DROP SCHEMA DEMO.FAR")


def test_a_view_of_an_iceberg_table_has_a_stream(run: Run) -> None:
    run("CREATE ICEBERG TABLE ICE (ID INT, NAME STRING)")
    run("CREATE VIEW V AS SELECT UPPER(NAME) AS N FROM ICE WHERE ID > 1")
    run("CREATE STREAM S ON VIEW V")
    run("INSERT INTO ICE VALUES (1, 'a'), (2, 'b')")
    assert run("SELECT N, METADATA$ACTION FROM S") == [("B", "INSERT")]


@pytest.mark.parametrize(
    ("view", "message"),
    [
        ("TEMPORARY VIEW V AS SELECT ID FROM T", "CREATE STREAM on a temporary view is not emulated"),
        ("VIEW V AS SELECT T.ID FROM T, OTHER.PUBLIC.U", "reads tables of several databases is not emulated"),
    ],
)
def test_a_view_that_the_emulator_cannot_follow_is_refused_by_name(
    run: Run, fails: Fails, view: str, message: str
) -> None:
    for sql in (
        "CREATE DATABASE OTHER",
        "CREATE TABLE U (ID INT)",
        "USE SCHEMA DEMO.PUBLIC",
        "CREATE TABLE T (ID INT)",
    ):
        run(sql)
    run(f"CREATE {view}")
    assert message in str(fails("CREATE STREAM S ON VIEW V").msg)
    run("DROP DATABASE OTHER")


def test_only_what_asks_for_a_view_s_change_tracking_turns_on_that_of_its_tables(run: Run, rows: Rows) -> None:
    run("CREATE TABLE T (ID INT)")
    run("CREATE VIEW V CHANGE_TRACKING = TRUE AS SELECT ID FROM T")
    run("ALTER TABLE T SET CHANGE_TRACKING = FALSE")
    for sql, tracked in (
        ("ALTER VIEW V SET COMMENT = 'x'", "OFF"),
        ("ALTER VIEW V SET SECURE", "OFF"),
        ("ALTER VIEW V SET CHANGE_TRACKING = TRUE", "ON"),
    ):
        run(sql)
        assert rows("SHOW TABLES")[0]["change_tracking"] == tracked
