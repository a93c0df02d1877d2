"""ADBC's Go driver, and polars over it and over the Python connector: https://arrow.apache.org/adbc"""

import gzip
from importlib.metadata import version
from pathlib import Path

import adbc_driver_snowflake.dbapi as adbc
import polars as pl
import pyarrow as pa
from trials import EMULATOR, does, equal, main

OPTIONS = {
    "username": EMULATOR["user"],
    "password": EMULATOR["password"],
    "adbc.snowflake.sql.account": EMULATOR["account"],
    "adbc.snowflake.sql.uri.protocol": EMULATOR["protocol"],
    "adbc.snowflake.sql.uri.host": EMULATOR["host"],
    "adbc.snowflake.sql.uri.port": str(EMULATOR["port"]),
    "adbc.snowflake.sql.db": EMULATOR["database"],
    "adbc.snowflake.sql.schema": EMULATOR["schema"],
    "adbc.snowflake.sql.warehouse": EMULATOR["warehouse"],
    "adbc.snowflake.sql.client_option.tls_skip_verify": "true",
}
connection = adbc.connect(db_kwargs=OPTIONS, autocommit=True)
TABLE = pa.table({"ID": [1, 2, 3], "NAME": ["a", None, "c"]})


def ask(sql: str, *more: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, *more)
        return cursor.fetchall()


@does("select of every type, as Arrow")
def _() -> None:
    sql = "SELECT 1 AS A, 1.50 AS B, 2.5::FLOAT AS C, 'x' AS D, TRUE AS E, '2020-01-02'::DATE AS F, NULL AS G"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        equal(cursor.fetch_arrow_table().column_names, list("ABCDEFG"))


@does("create, insert, select, a large result")
def _() -> None:
    ask("CREATE OR REPLACE TABLE T (A INT, B VARCHAR)")
    ask("INSERT INTO T VALUES (1, 'a'), (2, 'b')")
    equal([row[1] for row in ask("SELECT * FROM T ORDER BY A")], ["a", "b"])
    equal(len(ask("SELECT REPEAT('x', 80) AS X FROM TABLE(GENERATOR(ROWCOUNT => 90000))")), 90000)


@does("binds, executemany")
def _() -> None:
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO T VALUES (?, ?)", [(3, "c"), (4, "d")])
        cursor.execute("SELECT B FROM T WHERE A = ?", (4,))
        equal(cursor.fetchall(), [("d",)])


@does("adbc_ingest: create, append, replace")
def _() -> None:
    for mode, rows in (("create", 3), ("append", 6), ("replace", 3)):
        with connection.cursor() as cursor:
            cursor.adbc_ingest("INGESTED", TABLE, mode=mode)
        equal(ask("SELECT COUNT(*) FROM INGESTED")[0][0], rows)


@does("adbc_get_objects at each depth")
def _() -> None:
    for depth in ("catalogs", "db_schemas", "tables", "all"):
        found = connection.adbc_get_objects(depth=depth, catalog_filter="DEMO").read_all().to_pylist()
        equal([one["catalog_name"] for one in found], ["DEMO"])


@does("adbc_get_table_schema, adbc_get_table_types, adbc_get_info")
def _() -> None:
    equal(connection.adbc_get_table_schema("T").names, ["A", "B"])
    equal("TABLE" in [one.upper() for one in connection.adbc_get_table_types()], True)
    connection.adbc_get_info()


@does("a transaction that is rolled back")
def _() -> None:
    with adbc.connect(db_kwargs=OPTIONS) as other, other.cursor() as cursor:
        cursor.execute("INSERT INTO T VALUES (9, 'z')")
        other.rollback()
        cursor.execute("SELECT COUNT(*) FROM T WHERE A = 9")
        equal([int(row[0]) for row in cursor.fetchall()], [0])


@does("PUT of files, packed and not")
def _() -> None:
    Path("plain.csv").write_text("1\n")
    Path("packed.csv.gz").write_bytes(gzip.compress(b"1\n"))
    ask("CREATE OR REPLACE STAGE SENT")
    for options in ("plain.csv' @SENT", "plain.csv' @SENT AUTO_COMPRESS = FALSE", "packed.csv.gz' @SENT"):
        ask(f"PUT 'file://{Path.cwd()}/{options}")
    equal([row[0] for row in ask("LIST @SENT")], ["sent/packed.csv.gz", "sent/plain.csv", "sent/plain.csv.gz"])


@does("polars.read_database over ADBC, with a query of parts")
def _() -> None:
    frame = pl.read_database("SELECT A, B FROM T ORDER BY A", connection)
    equal(frame.columns, ["A", "B"])


@does("polars.DataFrame.write_database over ADBC")
def _() -> None:
    pl.DataFrame({"N": [1, 2]}).write_database("WRITTEN", connection, if_table_exists="replace", engine="adbc")
    equal(ask("SELECT COUNT(*) FROM WRITTEN")[0][0], 2)


main(f"{version('adbc-driver-snowflake')}, polars {version('polars')}")
