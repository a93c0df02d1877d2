"""Examples of Snowflake's documentation, with data of our own, come out as it says.

The page of each stands beside it."""

import textwrap
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from snowflake.connector import SnowflakeConnection
from snowflake.connector.errors import DatabaseError

from .conftest import run_on

PAGES = "https://docs.snowflake.com/en/"


@dataclass(frozen=True)
class Example:
    """A script, and what its last statement answers: rows, or the number of an error."""

    page: str
    shows: str
    script: str
    answer: list[tuple[Any, ...]] | int


MEMBERS = """
CREATE TABLE MEMBERS (ID INT, NAME VARCHAR, FEE INT)
CREATE STREAM CHANGES ON TABLE MEMBERS
INSERT INTO MEMBERS VALUES (1, 'Ada', 0), (2, 'Bert', 0), (3, 'Cleo', 0)
"""
LAKE = """
CREATE ICEBERG TABLE LAKE (ID INT, NAME STRING) CATALOG = 'SNOWFLAKE' EXTERNAL_VOLUME = 'SNOWFLAKE_MANAGED'
INSERT INTO LAKE VALUES (1, 'one'), (2, 'two')
DELETE FROM LAKE WHERE ID = 2
SET GONE = LAST_QUERY_ID()
"""
ORDERS = """
CREATE TABLE ORDERS (ID INT, D DATE, T TIME, NOTE VARCHAR) AS
  SELECT 1, '2026-01-28'::DATE, '18:05'::TIME, 'a' UNION ALL SELECT 2, '2026-01-28', '22:15', 'b'
  UNION ALL SELECT 3, NULL, '10:15', NULL
CREATE STAGE ST
"""

EXAMPLES = [
    Example(
        "user-guide/streams-examples",
        "the rows of a stream, and what is left when they have been used",
        MEMBERS
        + """
        CREATE TABLE FEES (ID INT, FEE INT)
        INSERT INTO FEES SELECT ID, FEE + 90 FROM CHANGES WHERE METADATA$ACTION = 'INSERT' AND ID > 1
        SELECT (SELECT COUNT(*) FROM FEES), (SELECT COUNT(*) FROM CHANGES)
        """,
        [(2, 0)],
    ),
    Example(
        "user-guide/streams-examples",
        "several changes of a row as one",
        MEMBERS
        + """
        CREATE TABLE TAKEN AS SELECT ID FROM CHANGES
        UPDATE MEMBERS SET FEE = FEE + 15 WHERE ID = 1
        UPDATE MEMBERS SET NAME = 'Ada L.' WHERE ID = 1
        DELETE FROM MEMBERS WHERE ID = 2
        INSERT INTO MEMBERS VALUES (4, 'Dora', 0)
        DELETE FROM MEMBERS WHERE ID = 4
        SELECT ID, NAME, FEE, METADATA$ACTION, METADATA$ISUPDATE FROM CHANGES ORDER BY ID, METADATA$ACTION
        """,
        [(1, "Ada", 0, "DELETE", True), (1, "Ada L.", 15, "INSERT", True), (2, "Bert", 0, "DELETE", False)],
    ),
    Example(
        "user-guide/streams-examples",
        "an append-only stream beside a standard one after a deletion",
        """
        CREATE TABLE T (ID INT)
        CREATE STREAM NET ON TABLE T
        CREATE STREAM ADDED ON TABLE T APPEND_ONLY = TRUE
        INSERT INTO T VALUES (0), (1), (2)
        DELETE FROM T WHERE ID = 0
        SELECT (SELECT LISTAGG(ID) WITHIN GROUP (ORDER BY ID) FROM NET),
               (SELECT LISTAGG(ID) WITHIN GROUP (ORDER BY ID) FROM ADDED)
        """,
        [("12", "012")],
    ),
    Example(
        "user-guide/streams-examples",
        "the rows that were there, then the changes",
        """
        CREATE TABLE T (ID INT) AS SELECT 7
        CREATE STREAM S ON TABLE T SHOW_INITIAL_ROWS = TRUE
        CREATE TABLE USED AS SELECT ID FROM S
        INSERT INTO T VALUES (8)
        SELECT (SELECT MIN(ID) FROM USED), (SELECT MIN(ID) FROM S)
        """,
        [(7, 8)],
    ),
    Example(
        "user-guide/streams-intro",
        "a transaction reads the same rows of a stream throughout",
        MEMBERS
        + """
        CREATE TABLE USED (ID INT)
        BEGIN
        INSERT INTO USED SELECT ID FROM CHANGES
        INSERT INTO MEMBERS VALUES (9, 'Zoe', 0)
        INSERT INTO USED SELECT ID FROM CHANGES
        COMMIT
        SELECT (SELECT COUNT(*) FROM USED), (SELECT LISTAGG(ID) FROM CHANGES)
        """,
        [(6, "9")],
    ),
    Example(
        "sql-reference/sql/create-stream",
        "a stream that goes on where another one stands",
        MEMBERS
        + """
        CREATE OR REPLACE STREAM CHANGES ON TABLE MEMBERS AT (STREAM => 'CHANGES')
        SELECT COUNT(*) FROM CHANGES
        """,
        [(3,)],
    ),
    Example(
        "sql-reference/functions/system_stream_has_data",
        "whether a stream has rows",
        MEMBERS
        + """
        CREATE TABLE USED AS SELECT ID FROM CHANGES
        SELECT SYSTEM$STREAM_HAS_DATA('CHANGES')
        """,
        [(False,)],
    ),
    Example(
        "sql-reference/sql/create-task",
        "a task with a cron schedule, one with an interval, one for a stream",
        MEMBERS
        + """
        CREATE TASK HOURLY WAREHOUSE = WH SCHEDULE = 'USING CRON 0 9-17 * * SUN America/Los_Angeles' AS SELECT 1
        CREATE TASK OFTEN WAREHOUSE = WH SCHEDULE = '5 MINUTES' AS INSERT INTO MEMBERS VALUES (5, 'Emil', 0)
        CREATE TASK TRIGGERED WAREHOUSE = WH WHEN SYSTEM$STREAM_HAS_DATA('CHANGES') AS SELECT 1
        CREATE TASK CALLING WAREHOUSE = WH SCHEDULE = '60 MINUTES' AS CALL MY_PROCEDURE()
        CREATE TASK BLOCK WAREHOUSE = WH SCHEDULE = '2 MINUTES' AS EXECUTE IMMEDIATE $$ BEGIN SELECT 1; END $$
        SHOW TASKS ->> SELECT "name", "schedule", "state" FROM $1 ORDER BY 1
        """,
        [
            ("BLOCK", "2 MINUTES", "suspended"),
            ("CALLING", "60 MINUTES", "suspended"),
            ("HOURLY", "USING CRON 0 9-17 * * SUN America/Los_Angeles", "suspended"),
            ("OFTEN", "5 MINUTES", "suspended"),
            ("TRIGGERED", None, "suspended"),
        ],
    ),
    Example(
        "developer-guide/snowflake-scripting/blocks",
        "a block that computes",
        """
        EXECUTE IMMEDIATE $$ DECLARE radius FLOAT; area FLOAT;
        BEGIN radius := 3; area := ROUND(PI() * radius * radius, 3); RETURN area; END; $$
        """,
        [(28.274,)],
    ),
    Example(
        "developer-guide/snowflake-scripting/exceptions",
        "a handler of an exception of one's own",
        """
        EXECUTE IMMEDIATE $$ DECLARE mine EXCEPTION (-20002, 'Raised mine.');
        BEGIN
          LET counter := 0;
          LET raises := TRUE;
          IF (raises) THEN RAISE mine; END IF;
          RETURN counter;
        EXCEPTION
          WHEN STATEMENT_ERROR THEN RETURN 'a statement';
          WHEN mine THEN RETURN SQLCODE || ' ' || SQLERRM || ' ' || SQLSTATE;
          WHEN OTHER THEN RETURN 'another';
        END; $$
        """,
        [("-20002 Raised mine. P0001",)],
    ),
    Example(
        "developer-guide/snowflake-scripting/exceptions",
        "an exception that nobody handles",
        "EXECUTE IMMEDIATE $$ DECLARE mine EXCEPTION (-20002, 'Raised mine.'); BEGIN RAISE mine; END; $$",
        -20002,
    ),
    Example(
        "developer-guide/snowflake-scripting/dml-status",
        "the number of rows that a statement has changed",
        MEMBERS
        + """
        EXECUTE IMMEDIATE $$ BEGIN UPDATE MEMBERS SET FEE = 1 WHERE ID > 1; RETURN SQLROWCOUNT; END; $$
        """,
        [(2,)],
    ),
    Example(
        "sql-reference/transactions",
        "what a rolled back transaction leaves",
        """
        CREATE TABLE T (ID INT)
        BEGIN NAME FIRST
        INSERT INTO T VALUES (1)
        ROLLBACK
        START TRANSACTION
        INSERT INTO T VALUES (2)
        COMMIT WORK
        SELECT * FROM T
        """,
        [(2,)],
    ),
    Example(
        "sql-reference/transactions",
        "DDL commits what is open",
        """
        CREATE TABLE T (ID INT)
        BEGIN
        INSERT INTO T VALUES (1)
        CREATE TABLE OTHER (ID INT)
        ROLLBACK
        SELECT * FROM T
        """,
        [(1,)],
    ),
    Example(
        "sql-reference/sql/merge",
        "update, delete and insert in one statement",
        """
        CREATE TABLE T (ID INT, V INT) AS SELECT 10, 100 UNION ALL SELECT 11, 101 UNION ALL SELECT 12, 102
        CREATE TABLE S (ID INT, V INT, OLD BOOLEAN) AS SELECT 10, 1, TRUE UNION ALL SELECT 11, 2, FALSE
          UNION ALL SELECT 99, 3, FALSE
        MERGE INTO T USING S ON T.ID = S.ID WHEN MATCHED AND S.OLD THEN DELETE
          WHEN MATCHED THEN UPDATE SET V = S.V WHEN NOT MATCHED THEN INSERT (ID, V) VALUES (S.ID, S.V)
        SELECT * FROM T ORDER BY ID
        """,
        [(11, 2), (12, 102), (99, 3)],
    ),
    Example(
        "sql-reference/sql/merge",
        "several source rows for one target row",
        """
        CREATE TABLE T (K INT, V INT) AS SELECT 0, 10
        CREATE TABLE S (K INT, V INT) AS SELECT 0, 11 UNION ALL SELECT 0, 12
        MERGE INTO T USING S ON T.K = S.K WHEN MATCHED THEN UPDATE SET V = S.V
        """,
        100090,
    ),
    Example(
        "sql-reference/sql/copy-into-location",
        "partitions by date and hour, with a place for NULL",
        ORDERS
        + """
        COPY INTO @ST FROM (SELECT * FROM ORDERS)
          PARTITION BY ('date=' || TO_VARCHAR(D, 'YYYY-MM-DD') || '/hour=' || TO_VARCHAR(DATE_PART(HOUR, T)))
          FILE_FORMAT = (TYPE = PARQUET) MAX_FILE_SIZE = 32000000 HEADER = TRUE
        SELECT DISTINCT REGEXP_REPLACE(METADATA$FILENAME, '/data.*', '') FROM @ST (PATTERN => '.*parquet') ORDER BY 1
        """,
        [("__NULL__",), ("date=2026-01-28/hour=18",), ("date=2026-01-28/hour=22",)],
    ),
    Example(
        "sql-reference/sql/copy-into-location",
        "what would be unloaded",
        ORDERS
        + """
        COPY INTO @ST FROM (SELECT ID, NOTE FROM ORDERS ORDER BY ID LIMIT 2) VALIDATION_MODE = RETURN_ROWS
        """,
        [(1, "a"), (2, "b")],
    ),
    Example(
        "sql-reference/sql/copy-into-location",
        "a query id in the names, and never twice the same",
        ORDERS
        + """
        COPY INTO @ST/o FROM ORDERS FILE_FORMAT = (TYPE = PARQUET) INCLUDE_QUERY_ID = TRUE
        COPY INTO @ST/o FROM ORDERS FILE_FORMAT = (TYPE = PARQUET) INCLUDE_QUERY_ID = TRUE
        LIST @ST ->> SELECT COUNT(*) FROM $1
        """,
        [(2,)],
    ),
    Example(
        "sql-reference/sql/copy-into-location",
        "a query id and OVERWRITE exclude each other",
        ORDERS + "COPY INTO @ST FROM ORDERS INCLUDE_QUERY_ID = TRUE OVERWRITE = TRUE",
        3002,
    ),
    Example(
        "sql-reference/constructs/at-before",
        "the rows before a statement",
        LAKE + "SELECT ID FROM LAKE BEFORE(STATEMENT => $GONE) ORDER BY ID",
        [(1,), (2,)],
    ),
    Example(
        "sql-reference/constructs/at-before",
        "the difference that a statement has made",
        LAKE
        + """
        SELECT O.ID FROM LAKE BEFORE(STATEMENT => $GONE) AS O
          FULL OUTER JOIN LAKE AT(STATEMENT => $GONE) AS N ON O.ID = N.ID WHERE O.ID IS NULL OR N.ID IS NULL
        """,
        [(2,)],
    ),
    Example(
        "sql-reference/constructs/at-before",
        "a time before the table was there",
        LAKE + "SELECT * FROM LAKE AT(OFFSET => -60*5) AS T WHERE T.NAME = 'one'",
        707,
    ),
    Example(
        "sql-reference/sql/create-iceberg-table-snowflake",
        "a table with a directory of its own",
        """
        CREATE ICEBERG TABLE AMOUNTS (AMOUNT INT) CATALOG = 'SNOWFLAKE' EXTERNAL_VOLUME = 'SNOWFLAKE_MANAGED'
          BASE_LOCATION = 'amounts'
        SHOW ICEBERG TABLES ->> SELECT "name", "catalog_name", "base_location" FROM $1
        """,
        [("AMOUNTS", "SNOWFLAKE", "amounts")],
    ),
    Example(
        "user-guide/data-sharing-provider",
        "a share, from its making to what is in it",
        """
        CREATE TABLE AGG (ID INT)
        CREATE SECURE VIEW SHOWN AS SELECT ID FROM AGG
        CREATE SHARE SALES
        GRANT USAGE ON DATABASE DEMO TO SHARE SALES
        GRANT USAGE ON SCHEMA {schema} TO SHARE SALES
        GRANT SELECT ON TABLE AGG TO SHARE SALES
        GRANT SELECT ON VIEW SHOWN TO SHARE SALES
        SHOW GRANTS TO SHARE SALES ->> SELECT "privilege", "granted_on" FROM $1
        """,
        [("USAGE", "DATABASE"), ("USAGE", "SCHEMA"), ("SELECT", "TABLE"), ("SELECT", "VIEW")],
    ),
    Example(
        "sql-reference/functions/query_history",
        "the queries of the last hour",
        """
        SELECT 'seen in the history'
        SELECT COUNT(*) FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY(DATEADD('HOURS', -1, CURRENT_TIMESTAMP()),
          CURRENT_TIMESTAMP(), RESULT_LIMIT => 10000)) WHERE QUERY_TEXT = 'SELECT ''seen in the history'''
        """,
        [(1,)],
    ),
    Example(
        "sql-reference/functions/task_history",
        "the runs of one task in the last hour",
        """
        CREATE TASK NEVER WAREHOUSE = WH SCHEDULE = '60 MINUTES' AS SELECT 1
        SELECT COUNT(*) FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY(
          SCHEDULED_TIME_RANGE_START => DATEADD('HOUR', -1, CURRENT_TIMESTAMP()), RESULT_LIMIT => 10,
          TASK_NAME => 'NEVER'))
        """,
        [(0,)],
    ),
]

SCHEMAS = (f"E{number}" for number in count())


def statements(script: str) -> list[str]:
    """A statement begins at the start of a line; a line that is indented more, or stands in $$, goes on with it."""
    lines: list[str] = []
    for line in (line for part in script.split("\n\n") for line in textwrap.dedent(part).splitlines() if line):
        goes_on = bool(lines) and (line.startswith(" ") or lines[-1].count("$$") == 1)
        if goes_on:
            lines[-1] += f"\n{line}"
        else:
            lines.append(line)
    return lines


def answer(account: SnowflakeConnection, sql: str) -> list[tuple[Any, ...]]:
    """What a statement answers; after `->>` stands a query of its result, which it calls `$1`."""
    first, arrow, query = sql.partition(" ->> ")
    cursor = account.cursor()
    cursor.execute(first)
    return run_on(account, query.replace("$1", f"TABLE(RESULT_SCAN('{cursor.sfqid}'))")) if arrow else cursor.fetchall()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.page}: {example.shows}")
def test_an_example_of_the_documentation(module_account: SnowflakeConnection, example: Example) -> None:
    schema = next(SCHEMAS)
    run_on(module_account, f"CREATE SCHEMA DEMO.{schema}")
    *first, last = statements(example.script.replace("{schema}", f"DEMO.{schema}"))
    for sql in first:
        run_on(module_account, sql)
    if isinstance(example.answer, int):
        with pytest.raises(DatabaseError) as caught:
            run_on(module_account, last)
        assert caught.value.errno == example.answer
    else:
        assert answer(module_account, last) == example.answer
