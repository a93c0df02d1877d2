"""The Python connector: write_pandas, binds, several statements, answers in parts and of statements run beside.

https://docs.snowflake.com/en/developer-guide/python-connector/python-connector-api
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import snowflake.connector
from snowflake.connector.pandas_tools import write_pandas
from trials import EMULATOR, does, equal, main

VERSION = version("snowflake-connector-python")
QUIET = {"platform_detection_timeout_seconds": 0, "disable_ocsp_checks": True}
FRAME = pd.DataFrame({"ID": [1, 2, 3], "NAME": ["a", None, "c"], "PRICE": [1.5, 2.5, None]})

LONG = "SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 200000)) A, TABLE(GENERATOR(ROWCOUNT => 200000)) B"

connection = snowflake.connector.connect(**EMULATOR, **QUIET)


def ask(sql: str, *more: Any) -> list[tuple[Any, ...]]:
    return connection.cursor().execute(sql, *more).fetchall()


@does("execute, fetchone, fetchmany, fetchall, description, rowcount, sfqid")
def _() -> None:
    cursor = connection.cursor().execute("SELECT SEQ4() AS N FROM TABLE(GENERATOR(ROWCOUNT => 5)) ORDER BY N")
    equal([column.name for column in cursor.description], ["N"])
    equal((cursor.fetchone(), cursor.fetchmany(2), cursor.fetchall()), ((0,), [(1,), (2,)], [(3,), (4,)]))
    equal((cursor.rowcount, len(cursor.sfqid)), (5, 36))


@does("every type of a column, as Arrow and as JSON")
def _() -> None:
    sql = """SELECT 1, 1.50, 2.5::FLOAT, 'x', TRUE, '2020-01-02'::DATE, '10:11:12'::TIME,
        '2020-01-02 03:04:05.678'::TIMESTAMP_NTZ, TO_BINARY('AB'), NULL"""
    expected = (1, Decimal("1.50"), 2.5, "x", True, date(2020, 1, 2), datetime(2020, 1, 2, 10, 11, 12).time())
    expected += (datetime(2020, 1, 2, 3, 4, 5, 678000), b"\xab", None)
    equal(ask(sql), [expected])
    ask("ALTER SESSION SET PYTHON_CONNECTOR_QUERY_RESULT_FORMAT = 'JSON'")
    equal(ask(sql), [expected])
    ask("ALTER SESSION UNSET PYTHON_CONNECTOR_QUERY_RESULT_FORMAT")


@does("DictCursor")
def _() -> None:
    cursor = connection.cursor(snowflake.connector.DictCursor)
    equal(cursor.execute("SELECT 1 AS A, 'x' AS B").fetchall(), [{"A": 1, "B": "x"}])


@does("binds by pyformat")
def _() -> None:
    equal(ask("SELECT %(a)s, %(b)s", {"a": 1, "b": "it's"}), [(1, "it's")])
    equal(ask("SELECT %s IN (%s)", ("x", ["x", "y"])), [(True,)])


@does("binds by qmark, and executemany with them")
def _() -> None:
    with snowflake.connector.connect(**EMULATOR, **QUIET, paramstyle="qmark") as other:
        cursor = other.cursor()
        cursor.execute("CREATE OR REPLACE TABLE BOUND (A INT, B VARCHAR, C DATE, D TIMESTAMP_NTZ)")
        rows = [(n, f"n{n}", date(2020, 1, 1), datetime(2020, 1, 1, 2)) for n in range(3)]
        cursor.executemany("INSERT INTO BOUND VALUES (?, ?, ?, ?)", rows)
        equal(cursor.rowcount, 3)
        equal(cursor.execute("SELECT * FROM BOUND WHERE A >= ? ORDER BY A", (1,)).fetchall(), rows[1:])


@does("executemany by pyformat")
def _() -> None:
    ask("CREATE OR REPLACE TABLE MANY (A INT, B VARCHAR)")
    cursor = connection.cursor().executemany("INSERT INTO MANY VALUES (%s, %s)", [(1, "a"), (2, "b"), (3, None)])
    equal(cursor.rowcount, 3)
    equal(ask("SELECT * FROM MANY ORDER BY A"), [(1, "a"), (2, "b"), (3, None)])


@does("execute_string, execute_stream")
def _() -> None:
    text = "CREATE OR REPLACE TABLE S (A INT);\n-- one\nINSERT INTO S VALUES (1); SELECT * FROM S; -- end"
    cursors = connection.execute_string(text)
    equal([cursor.fetchall() for cursor in cursors][-1], [(1,)])
    cursors = connection.execute_stream(StringIO("SELECT 1;\n\nSELECT 2;\n"))
    equal([cursor.fetchall() for cursor in cursors], [[(1,)], [(2,)]])


@does("several statements with num_statements")
def _() -> None:
    cursor = connection.cursor().execute("SELECT 1; SELECT 2; -- end", num_statements=2)
    equal(cursor.fetchall(), [(1,)])
    cursor.nextset()
    equal(cursor.fetchall(), [(2,)])


@does("fetch_pandas_all, fetch_pandas_batches, fetch_arrow_all, get_result_batches")
def _() -> None:
    sql = "SELECT SEQ4() AS N, REPEAT('x', 80) AS X FROM TABLE(GENERATOR(ROWCOUNT => 90000))"
    cursor = connection.cursor()
    equal(len(cursor.execute(sql).fetch_pandas_all()), 90000)
    equal(sum(len(part) for part in cursor.execute(sql).fetch_pandas_batches()), 90000)
    equal(cursor.execute(sql).fetch_arrow_all().num_rows, 90000)
    equal(sum(1 for batch in cursor.execute(sql).get_result_batches() for _ in batch), 90000)


@does("execute_async, get_query_status, get_results_from_sfqid, also of another session")
def _() -> None:
    cursor = connection.cursor()
    query_id = cursor.execute_async("SELECT 7 AS A")["queryId"]
    cursor.get_results_from_sfqid(query_id)
    equal(cursor.fetchall(), [(7,)])
    equal(connection.get_query_status(query_id).name, "SUCCESS")
    with snowflake.connector.connect(**EMULATOR, **QUIET) as other:
        beside = other.cursor()
        beside.get_results_from_sfqid(query_id)
        equal(beside.fetchall(), [(7,)])


@does("a failed statement run beside, and an unknown one, end with an error")
def _() -> None:
    cursor = connection.cursor()
    for query_id in (cursor.execute_async("SELECT 1 / 0")["queryId"], "01b2c3d4-0000-0000-0000-000000000000"):
        try:
            cursor.get_results_from_sfqid(query_id)
            cursor.fetchall()
        except snowflake.connector.errors.DatabaseError:
            continue
        raise AssertionError(f"no error for {query_id}")


@does("abort_query, STATEMENT_TIMEOUT_IN_SECONDS")
def _() -> None:
    cursor = connection.cursor()
    query_id = cursor.execute_async(LONG)["queryId"]
    equal(cursor.abort_query(query_id), True)
    equal(_errno(lambda: [cursor.get_results_from_sfqid(query_id), cursor.fetchall()]), 604)
    ask("ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = 1")
    equal(_errno(lambda: ask(LONG)), 630)
    ask("ALTER SESSION UNSET STATEMENT_TIMEOUT_IN_SECONDS")


def _errno(act: Callable[[], object]) -> int | None:
    try:
        act()
    except snowflake.connector.errors.Error as error:
        return error.errno
    raise AssertionError("it was not ended")


if VERSION < "5":  # what is called timeout there is passed over by connector 5

    @does("execute with a timeout")
    def _() -> None:
        equal(_errno(lambda: connection.cursor().execute(LONG, timeout=1)), 604)


@does("describe")
def _() -> None:
    equal([column.name for column in connection.cursor().describe("SELECT 1 AS A, 'x' AS B")], ["A", "B"])


def _written(table: str, **options: Any) -> list[tuple[Any, ...]]:
    done, _, rows, _ = write_pandas(connection, FRAME, table, **options)
    equal((done, rows), (True, 3))
    place = ".".join(options[part] for part in ("database", "schema") if part in options)
    return ask(f"SELECT ID, NAME, PRICE FROM {place}{'.' if place else ''}{table} ORDER BY ID")


ROWS = [(1, "a", 1.5), (2, None, 2.5), (3, "c", None)]


@does("write_pandas into a table that is there")
def _() -> None:
    ask("CREATE OR REPLACE TABLE WRITTEN (ID INT, NAME VARCHAR, PRICE FLOAT)")
    equal(_written("WRITTEN"), ROWS)


@does("write_pandas with auto_create_table, overwrite, table_type")
def _() -> None:
    for type_ in ("", "transient", "temporary"):
        for _ in range(2):
            equal(_written(f"CREATED_{type_}".upper(), auto_create_table=True, overwrite=True, table_type=type_), ROWS)


@does("write_pandas with chunk_size, compression, parallel, on_error, quote_identifiers=False")
def _() -> None:
    ask("CREATE OR REPLACE TABLE CHUNKED (ID INT, NAME VARCHAR, PRICE FLOAT)")
    done, chunks, rows, _ = write_pandas(
        connection,
        FRAME,
        "chunked",
        chunk_size=1,
        compression="snappy",
        parallel=2,
        on_error="continue",
        quote_identifiers=False,
    )
    equal((done, chunks, rows), (True, 3, 3))


@does("write_pandas into a database and schema that are named, with use_logical_type")
def _() -> None:
    ask("CREATE SCHEMA IF NOT EXISTS DEMO.OTHER")
    ask("USE SCHEMA DEMO.PUBLIC")
    named = {"database": "DEMO", "schema": "OTHER"}
    equal(_written("NAMED", **named, auto_create_table=True, use_logical_type=True), ROWS)


@does(
    "write_pandas with bulk_upload_chunks",
    refused="the connectors send all chunks to one address, without the names that they are to have",
)
def _() -> None:
    ask("CREATE OR REPLACE TABLE CHUNKS (ID INT, NAME VARCHAR, PRICE FLOAT)")
    equal(_written("CHUNKS", bulk_upload_chunks=True), ROWS)


@does("write_pandas with use_vectorized_scanner")
def _() -> None:
    ask("CREATE OR REPLACE TABLE SCANNED (ID INT, NAME VARCHAR, PRICE FLOAT)")
    equal(_written("SCANNED", use_vectorized_scanner=True), ROWS)


@does("write_pandas of dates, timestamps, booleans, decimals")
def _() -> None:
    frame = pd.DataFrame(
        {
            "D": [date(2020, 1, 2)],
            "T": [datetime(2020, 1, 2, 3, 4, 5)],
            "B": [True],
            "N": [Decimal("1.50")],
        }
    )
    write_pandas(connection, frame, "TYPED", auto_create_table=True, overwrite=True, use_logical_type=True)
    equal(ask("SELECT * FROM TYPED"), [tuple(frame.iloc[0])])


@does("PUT and GET of a file, LIST, REMOVE")
def _() -> None:
    Path("sent.csv").write_text("1,a\n")
    ask("CREATE OR REPLACE STAGE FILES")
    equal(ask(f"PUT file://{Path.cwd()}/sent.csv @FILES AUTO_COMPRESS = FALSE")[0][6], "UPLOADED")
    equal([row[0] for row in ask("LIST @FILES")], ["files/sent.csv"])
    Path("got").mkdir()
    equal(ask(f"GET @FILES/sent.csv file://{Path.cwd()}/got/")[0][2], "DOWNLOADED")
    equal(ask("REMOVE @FILES")[0][1], "removed")


@does("user and table stages")
def _() -> None:
    Path("own.csv").write_text("1,a\n")
    ask("CREATE OR REPLACE TABLE STAGED (A INT, B VARCHAR)")
    for stage in ("@~/own", "@%STAGED"):
        equal(ask(f"PUT file://{Path.cwd()}/own.csv {stage}")[0][6], "UPLOADED")
        equal(len(ask(f"LIST {stage}")), 1)
    ask("COPY INTO STAGED FROM @%STAGED FILE_FORMAT = (TYPE = CSV)")
    equal(ask("SELECT * FROM STAGED"), [(1, "a")])


@does("autocommit, commit, rollback")
def _() -> None:
    ask("CREATE OR REPLACE TABLE COMMITTED (A INT)")
    connection.autocommit(False)
    for end, rows in ((connection.rollback, 0), (connection.commit, 1)):
        ask("INSERT INTO COMMITTED VALUES (1)")
        end()
        equal(ask("SELECT COUNT(*) FROM COMMITTED"), [(rows,)])
    connection.autocommit(True)


@does("session parameters at login and by ALTER SESSION, SHOW PARAMETERS")
def _() -> None:
    with snowflake.connector.connect(**EMULATOR, **QUIET, session_parameters={"QUERY_TAG": "tagged"}) as other:
        equal(other.cursor().execute("SHOW PARAMETERS LIKE 'QUERY_TAG'").fetchall()[0][1], "tagged")


@does("telemetry, keep-alive and is_valid")
def _() -> None:
    with snowflake.connector.connect(**EMULATOR, **QUIET, client_session_keep_alive=True) as other:
        equal(other.is_valid(), True)


main(VERSION)
connection.close()
