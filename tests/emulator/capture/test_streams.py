"""Streams show net changes with true row identity: https://docs.snowflake.com/en/user-guide/streams-intro"""

import threading
from typing import Any

import pytest
from snowflake.connector import SnowflakeConnection

from tests.emulator.conftest import DEMO, Connect, Fails, Rows, Run, run_on

pytestmark = pytest.mark.emulator("module")

Change = tuple[Any, ...]


@pytest.fixture
def t(run: Run) -> None:
    """Table T with two rows, and a stream S on it."""
    run("CREATE TABLE T (ID INT, NAME VARCHAR)")
    run("INSERT INTO T VALUES (1, 'one'), (2, 'two')")
    run("CREATE STREAM S ON TABLE T")


def changes(run: Run, stream: str = "S") -> list[Change]:
    """The stream's rows without their row ids, in a stable order."""
    return run(f"SELECT ID, NAME, METADATA$ACTION, METADATA$ISUPDATE FROM {stream} ORDER BY 1, 2, 3")


NET_CHANGES = [
    ("nothing", [], []),
    ("an insert", ["INSERT INTO T VALUES (3, 'three')"], [(3, "three", "INSERT", False)]),
    (
        "an insert and an update of it are one insert",
        ["INSERT INTO T VALUES (3, 'three')", "UPDATE T SET NAME = 'drei' WHERE ID = 3"],
        [(3, "drei", "INSERT", False)],
    ),
    ("an insert and a delete of it are nothing", ["INSERT INTO T VALUES (3, 'x')", "DELETE FROM T WHERE ID = 3"], []),
    (
        "an update is a delete and an insert",
        ["UPDATE T SET NAME = 'uno' WHERE ID = 1"],
        [(1, "one", "DELETE", True), (1, "uno", "INSERT", True)],
    ),
    (
        "several updates collapse",
        ["UPDATE T SET NAME = 'uno' WHERE ID = 1", "UPDATE T SET NAME = 'eins' WHERE ID = 1"],
        [(1, "eins", "INSERT", True), (1, "one", "DELETE", True)],
    ),
    (
        "an update and a delete are one delete of the original",
        ["UPDATE T SET NAME = 'uno' WHERE ID = 1", "DELETE FROM T WHERE ID = 1"],
        [(1, "one", "DELETE", False)],
    ),
    (
        "a delete and a re-insert of the key are two rows",
        ["DELETE FROM T WHERE ID = 1", "INSERT INTO T VALUES (1, 'one')"],
        [(1, "one", "DELETE", False), (1, "one", "INSERT", False)],
    ),
    (
        "a changed key is an update of the row",
        ["UPDATE T SET ID = 10 WHERE ID = 1"],
        [(1, "one", "DELETE", True), (10, "one", "INSERT", True)],
    ),
    (
        "a truncate deletes every row",
        ["TRUNCATE TABLE T"],
        [(1, "one", "DELETE", False), (2, "two", "DELETE", False)],
    ),
    (
        "an insert overwrite deletes every row and inserts the new ones",
        ["INSERT OVERWRITE INTO T VALUES (5, 'five')"],
        [(1, "one", "DELETE", False), (2, "two", "DELETE", False), (5, "five", "INSERT", False)],
    ),
    (
        "a merge updates, deletes and inserts",
        [
            "MERGE INTO T USING (SELECT 1 AS ID, 'uno' AS NAME UNION ALL SELECT 2, 'x' UNION ALL SELECT 3, 'tres') N"
            " ON T.ID = N.ID WHEN MATCHED AND N.NAME = 'x' THEN DELETE"
            " WHEN MATCHED THEN UPDATE SET NAME = N.NAME WHEN NOT MATCHED THEN INSERT (ID, NAME) VALUES (N.ID, N.NAME)"
        ],
        [
            (1, "one", "DELETE", True),
            (1, "uno", "INSERT", True),
            (2, "two", "DELETE", False),
            (3, "tres", "INSERT", False),
        ],
    ),
    (
        "equal rows and NULLs are rows of their own",
        ["INSERT INTO T VALUES (NULL, NULL), (NULL, NULL)"],
        [(None, None, "INSERT", False), (None, None, "INSERT", False)],
    ),
]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize(("statements", "expected"), [c[1:] for c in NET_CHANGES], ids=[c[0] for c in NET_CHANGES])
def test_a_stream_shows_the_net_changes(run: Run, statements: list[str], expected: list[Change]) -> None:
    for statement in statements:
        run(statement)
    assert changes(run) == expected
    assert run("SELECT SYSTEM$STREAM_HAS_DATA('S')") == [(bool(expected),)]


@pytest.mark.usefixtures("t")
def test_the_images_of_an_update_have_one_row_id_and_re_inserted_rows_another(run: Run) -> None:
    run("UPDATE T SET NAME = 'uno' WHERE ID = 1")
    run("DELETE FROM T WHERE ID = 2")
    run("INSERT INTO T VALUES (2, 'two')")
    ids = run("SELECT ID, COUNT(DISTINCT METADATA$ROW_ID) FROM S GROUP BY ID ORDER BY ID")
    assert ids == [(1, 1), (2, 2)]


@pytest.mark.usefixtures("t")
def test_two_streams_are_independent_and_know_a_row_by_the_same_id(run: Run) -> None:
    run("CREATE STREAM S2 ON TABLE T")
    run("INSERT INTO T VALUES (3, 'three')")
    assert run("SELECT METADATA$ROW_ID FROM S") == run("SELECT METADATA$ROW_ID FROM S2")
    run("CREATE TABLE SINK AS SELECT ID FROM S")
    assert changes(run) == []
    assert changes(run, "S2") == [(3, "three", "INSERT", False)]


@pytest.mark.usefixtures("t")
def test_a_star_gives_the_columns_and_then_the_metadata(rows: Rows, run: Run) -> None:
    run("INSERT INTO T VALUES (3, 'three')")
    [row] = rows("SELECT * FROM S")
    assert list(row) == ["ID", "NAME", "METADATA$ACTION", "METADATA$ISUPDATE", "METADATA$ROW_ID"]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM T",
        "SELECT X.* FROM T X",
        "WITH Q AS (SELECT * FROM T) SELECT * FROM Q",
        "SELECT * FROM (SELECT * FROM DEMO.PUBLIC.T)",
        "SELECT A.* FROM T A JOIN T B USING (ID)",
    ],
)
def test_the_table_shows_no_extra_column(run: Run, sql: str) -> None:
    assert sorted(run(sql)) == [(1, "one"), (2, "two")]


@pytest.mark.usefixtures("t")
def test_no_catalogue_shows_the_hidden_column(run: Run) -> None:
    columns = [("ID",), ("NAME",)]
    assert [row[:1] for row in run("DESCRIBE TABLE T")] == columns
    assert run("SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'T' ORDER BY 1") == columns
    run("CREATE TABLE COPIED AS SELECT * FROM T")
    assert [row[:1] for row in run("DESCRIBE TABLE COPIED")] == columns


@pytest.mark.usefixtures("t")
def test_an_insert_without_a_column_list_names_the_visible_columns(run: Run, fails: Fails) -> None:
    run("INSERT INTO T SELECT 3, 'three'")
    fails("INSERT INTO T VALUES (4, 'four', 'more')")
    assert changes(run) == [(3, "three", "INSERT", False)]


CONSUMING = [
    "INSERT INTO SINK SELECT ID FROM S",
    "INSERT INTO SINK SELECT ID FROM S WHERE 1 = 0",
    "MERGE INTO SINK USING S ON SINK.ID = S.ID WHEN NOT MATCHED THEN INSERT (ID) VALUES (S.ID)",
    "UPDATE SINK SET ID = 0 WHERE ID IN (SELECT ID FROM S)",
    "DELETE FROM SINK WHERE ID IN (SELECT ID FROM S)",
    "CREATE TABLE OTHER AS SELECT ID FROM S",
]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize("sql", CONSUMING)
def test_a_committed_change_that_reads_the_stream_consumes_it(run: Run, sql: str) -> None:
    run("CREATE TABLE SINK (ID INT)")
    run("INSERT INTO T VALUES (3, 'three')")
    run(sql)
    assert changes(run) == []


@pytest.mark.usefixtures("t")
def test_a_query_consumes_nothing_inside_a_transaction_or_outside(run: Run) -> None:
    run("INSERT INTO T VALUES (3, 'three')")
    run("SELECT * FROM S")
    run("BEGIN")
    run("SELECT * FROM S")
    run("COMMIT")
    assert len(changes(run)) == 1


@pytest.mark.usefixtures("t")
def test_a_failed_change_consumes_nothing(run: Run, fails: Fails) -> None:
    run("CREATE TABLE SINK (ID INT NOT NULL)")
    run("INSERT INTO T VALUES (NULL, 'nobody')")
    assert fails("INSERT INTO SINK SELECT ID FROM S").errno == 100072
    assert len(changes(run)) == 1


@pytest.mark.usefixtures("t")
def test_a_transaction_sees_the_same_rows_throughout_and_not_its_own_changes(run: Run) -> None:
    run("CREATE TABLE SINK (ID INT)")
    run("INSERT INTO T VALUES (3, 'three')")
    run("BEGIN TRANSACTION")
    run("INSERT INTO SINK SELECT ID FROM S")
    run("INSERT INTO T VALUES (4, 'four')")
    assert changes(run) == [(3, "three", "INSERT", False)]
    run("COMMIT")
    assert changes(run) == [(4, "four", "INSERT", False)]


@pytest.mark.usefixtures("t")
def test_a_transaction_does_not_see_what_others_commit_meanwhile(run: Run, other: SnowflakeConnection) -> None:
    run("CREATE TABLE SINK (ID INT)")
    run("INSERT INTO T VALUES (3, 'three')")
    run("BEGIN TRANSACTION")
    run_on(other, "INSERT INTO T VALUES (4, 'four')")
    run("INSERT INTO SINK SELECT ID FROM S")
    run("COMMIT")
    assert run("SELECT ID FROM SINK") == [(3,)]
    assert changes(run) == [(4, "four", "INSERT", False)]


@pytest.mark.usefixtures("t")
def test_a_rollback_leaves_the_stream_where_it_was(run: Run) -> None:
    run("CREATE TABLE SINK (ID INT)")
    run("INSERT INTO T VALUES (3, 'three')")
    run("BEGIN")
    run("INSERT INTO SINK SELECT ID FROM S")
    run("ROLLBACK")
    assert changes(run) == [(3, "three", "INSERT", False)]


@pytest.mark.usefixtures("t")
def test_initial_rows_come_first_as_they_were_and_the_changes_since_after_them(run: Run) -> None:
    run("CREATE STREAM FIRST ON TABLE T SHOW_INITIAL_ROWS = TRUE")
    run("UPDATE T SET NAME = 'uno' WHERE ID = 1")
    run("DELETE FROM T WHERE ID = 2")
    run("INSERT INTO T VALUES (3, 'three')")
    assert changes(run, "FIRST") == [(1, "one", "INSERT", False), (2, "two", "INSERT", False)]
    run("CREATE TABLE SINK AS SELECT * FROM FIRST")
    assert changes(run, "FIRST") == changes(run)


@pytest.mark.usefixtures("t")
def test_an_append_only_stream_shows_inserts_whatever_became_of_them(run: Run) -> None:
    run("CREATE STREAM APPENDED ON TABLE T APPEND_ONLY = TRUE")
    run("INSERT INTO T VALUES (3, 'three'), (4, 'four')")
    run("DELETE FROM T WHERE ID IN (1, 3)")
    assert changes(run, "APPENDED") == [(3, "three", "INSERT", False), (4, "four", "INSERT", False)]


@pytest.mark.usefixtures("t")
def test_create_or_replace_moves_the_offset_to_now(run: Run) -> None:
    run("INSERT INTO T VALUES (3, 'three')")
    run("CREATE OR REPLACE STREAM S ON TABLE T")
    assert changes(run) == []


@pytest.mark.usefixtures("t")
def test_at_stream_keeps_the_offset_of_the_stream_that_is_replaced(run: Run) -> None:
    run("INSERT INTO T VALUES (3, 'three')")
    run("CREATE OR REPLACE STREAM S ON TABLE T AT (STREAM => 'S') COMMENT = 'kept'")
    assert changes(run) == [(3, "three", "INSERT", False)]


@pytest.mark.usefixtures("t")
def test_if_not_exists_changes_nothing(run: Run) -> None:
    run("INSERT INTO T VALUES (3, 'three')")
    assert run("CREATE STREAM IF NOT EXISTS S ON TABLE T") == [("S already exists, statement succeeded.",)]
    assert len(changes(run)) == 1


@pytest.mark.usefixtures("t")
def test_a_stream_may_live_in_another_database_than_its_table(run: Run) -> None:
    run("CREATE DATABASE OTHER")
    run("CREATE TABLE SINK (ID INT)")
    run("CREATE STREAM S2 ON TABLE DEMO.PUBLIC.T")
    run("INSERT INTO DEMO.PUBLIC.T VALUES (3, 'three')")
    run("INSERT INTO SINK SELECT ID FROM S2")
    assert changes(run, "S2") == []
    assert changes(run, "DEMO.PUBLIC.S") == [(3, "three", "INSERT", False)]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize("sql", ["CREATE OR REPLACE TABLE T (ID INT, NAME VARCHAR)", "DROP TABLE T"])
def test_a_table_replaced_or_dropped_leaves_its_stream_stale(run: Run, fails: Fails, rows: Rows, sql: str) -> None:
    run("INSERT INTO T VALUES (3, 'three')")
    run(sql)
    assert "Base table 'DEMO.PUBLIC.T' dropped" in str(fails("SELECT * FROM S").msg)
    assert rows("SHOW STREAMS")[0]["stale"] == "true"


@pytest.mark.usefixtures("t")
def test_a_new_table_of_the_name_has_a_log_of_its_own(run: Run) -> None:
    run("CREATE OR REPLACE TABLE T (OTHER DATE)")
    run("CREATE OR REPLACE STREAM S ON TABLE T")
    run("INSERT INTO T VALUES ('2026-01-01')")
    assert run("SELECT METADATA$ACTION FROM S") == [("INSERT",)]


@pytest.mark.usefixtures("t")
def test_a_stream_follows_columns_added_and_dropped(run: Run) -> None:
    run("ALTER TABLE T ADD COLUMN EXTRA INT")
    run("INSERT INTO T VALUES (3, 'three', 33)")
    assert run("SELECT ID, EXTRA FROM S") == [(3, 33)]
    run("ALTER TABLE T DROP COLUMN NAME")
    run("INSERT INTO T VALUES (4, 44)")
    assert run("SELECT ID, EXTRA FROM S ORDER BY 1") == [(3, 33), (4, 44)]


@pytest.mark.usefixtures("t")
def test_the_first_stream_turns_change_tracking_on(rows: Rows) -> None:
    assert rows("SHOW TABLES LIKE 'T'")[0]["change_tracking"] == "ON"


@pytest.mark.usefixtures("t")
def test_show_and_describe_stream_say_what_it_follows(rows: Rows) -> None:
    [shown] = rows("SHOW STREAMS LIKE 's' IN SCHEMA DEMO.PUBLIC")
    assert shown == rows("DESCRIBE STREAM S")[0]
    assert (shown["table_name"], shown["base_tables"], shown["mode"], shown["stale"]) == (
        "DEMO.PUBLIC.T",
        "DEMO.PUBLIC.T",
        "DEFAULT",
        "false",
    )


REFUSED = [
    ("CREATE STREAM X ON STAGE ST", "CREATE STREAM ... ON STAGE is not emulated"),
    ("CREATE STREAM X ON TABLE NOPE", "Table 'DEMO.PUBLIC.NOPE' does not exist or not authorized."),
    ("CREATE STREAM X ON TABLE T BEFORE (STREAM => 'S')", "CREATE STREAM ... BEFORE is not emulated"),
    ("CREATE STREAM X ON TABLE T AT (OFFSET => -1)", "CREATE STREAM ... AT (OFFSET => ...) is not emulated"),
    ("CREATE STREAM X ON TABLE T APPEND = TRUE", "invalid property 'APPEND' for 'STREAM'"),
    ("CREATE STREAM S ON TABLE T", "Object 'DEMO.PUBLIC.S' already exists."),
    ("INSERT INTO S VALUES (1, 'x')", "Object 'S' of type STREAM cannot be changed."),
    ("SELECT * FROM NO_STREAM", "Object 'NO_STREAM' does not exist or not authorized."),
    ("DROP STREAM NO_STREAM", "Stream 'DEMO.PUBLIC.NO_STREAM' does not exist or not authorized."),
]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize(("sql", "message"), REFUSED)
def test_what_cannot_be_done_is_refused_by_name(fails: Fails, sql: str, message: str) -> None:
    assert message in str(fails(sql).msg)


@pytest.mark.usefixtures("t")
def test_streams_and_their_offsets_survive_the_session(
    run: Run, connection: SnowflakeConnection, connect: Connect
) -> None:
    run("INSERT INTO T VALUES (3, 'three')")
    connection.close()
    again = connect(**DEMO)
    assert run_on(again, "SELECT ID FROM S") == [(3,)]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize("sql", ["CREATE STREAM LATER ON TABLE DEMO.PUBLIC.T", "DROP STREAM DEMO.PUBLIC.S"])
def test_a_stream_made_or_dropped_beside_an_open_transaction_waits_for_it(
    run: Run, other: SnowflakeConnection, sql: str
) -> None:
    run("BEGIN")
    run("INSERT INTO T VALUES (3, 'three')")
    waiting = threading.Thread(target=run_on, args=(other, sql))
    waiting.start()
    waiting.join(0.2)
    run("INSERT INTO T SELECT ID + 10, NAME FROM T")
    run("COMMIT")
    waiting.join(10)
    assert not waiting.is_alive()
    assert run("SELECT COUNT(*) FROM T") == [(6,)]
