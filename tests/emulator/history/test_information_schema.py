"""The views of INFORMATION_SCHEMA tell the truth, or NULL. https://docs.snowflake.com/en/sql-reference/info-schema"""

from datetime import UTC, datetime, timedelta

import pytest

from tests.emulator.conftest import Fails, Rows, Run

pytestmark = pytest.mark.emulator("module")


@pytest.fixture
def table(run: Run) -> None:
    columns = "(A INT NOT NULL, B VARCHAR(10), N NUMBER(10, 2))"
    run(f"CREATE TABLE T {columns} COMMENT = 'mine' DATA_RETENTION_TIME_IN_DAYS = 3")
    run("INSERT INTO T VALUES (1, 'x', 0.5), (2, 'y', 1.5)")


@pytest.mark.usefixtures("table")
def test_a_table_has_its_rows_counted_and_its_own_properties(rows: Rows) -> None:
    [found] = rows("SELECT * FROM INFORMATION_SCHEMA.TABLES")
    expected = {
        "TABLE_CATALOG": "DEMO",
        "TABLE_SCHEMA": "PUBLIC",
        "TABLE_NAME": "T",
        "TABLE_OWNER": "ACCOUNTADMIN",
        "TABLE_TYPE": "BASE TABLE",
        "ROW_COUNT": 2,
        "RETENTION_TIME": 3,
        "COMMENT": "mine",
        "IS_ICEBERG": "NO",
        "LAST_ALTERED": None,
    }
    assert {name: found[name] for name in expected} == expected
    assert datetime.now(UTC) - found["CREATED"] < timedelta(minutes=5)


@pytest.mark.usefixtures("table")
def test_the_row_count_follows_the_table(run: Run) -> None:
    run("DELETE FROM T WHERE A = 1")
    assert run("SELECT ROW_COUNT FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME = 'T'") == [(1,)]


def test_bytes_are_null_until_they_can_be_measured(run: Run) -> None:
    run("CREATE TABLE SMALL AS SELECT 1 AS A")
    run("CREATE TABLE LARGE AS SELECT SEQ4() AS A, UUID_STRING() AS B FROM TABLE(GENERATOR(ROWCOUNT => 300000))")
    sizes: dict[str, int | None] = dict(run("SELECT TABLE_NAME, BYTES FROM INFORMATION_SCHEMA.TABLES"))
    assert sizes["SMALL"] is None
    assert (sizes["LARGE"] or 0) > 300000 * 16


@pytest.mark.usefixtures("table")
def test_columns_have_snowflakes_types_and_no_column_of_ours(run: Run) -> None:
    run("CREATE STREAM S ON TABLE T")
    found = run(
        "SELECT TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, DATA_TYPE, IS_NULLABLE, CHARACTER_MAXIMUM_LENGTH,"
        " NUMERIC_SCALE FROM INFORMATION_SCHEMA.COLUMNS ORDER BY TABLE_NAME, ORDINAL_POSITION"
    )
    assert found == [
        ("T", "A", 1, "NUMBER", "NO", None, 0),
        ("T", "B", 2, "TEXT", "YES", 10, None),
        ("T", "N", 3, "NUMBER", "YES", None, 2),
    ]


@pytest.mark.usefixtures("table")
def test_nothing_internal_is_shown(run: Run) -> None:
    run("CREATE STREAM S ON TABLE T")
    run("CREATE DATABASE OTHER")
    run("USE DATABASE DEMO")
    assert run("SELECT TABLE_SCHEMA, TABLE_NAME FROM INFORMATION_SCHEMA.TABLES") == [("PUBLIC", "T")]
    assert run("SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA") == [("INFORMATION_SCHEMA",), ("PUBLIC",)]
    assert run("SELECT DATABASE_NAME FROM INFORMATION_SCHEMA.DATABASES") == [("DEMO",), ("OTHER",)]


@pytest.mark.emulator("own")
def test_schemas_and_databases_have_their_retention_and_comment(run: Run) -> None:
    run("ALTER DATABASE DEMO SET DATA_RETENTION_TIME_IN_DAYS = 9 COMMENT = 'd'")
    run("CREATE SCHEMA S DATA_RETENTION_TIME_IN_DAYS = 4 COMMENT = 's'")
    run("CREATE TRANSIENT SCHEMA TR DATA_RETENTION_TIME_IN_DAYS = 0")
    schemas = run(
        "SELECT SCHEMA_NAME, RETENTION_TIME, COMMENT, IS_TRANSIENT FROM INFORMATION_SCHEMA.SCHEMATA"
        " WHERE SCHEMA_OWNER IS NOT NULL"
    )
    assert schemas == [("PUBLIC", 9, None, "NO"), ("S", 4, "s", "NO"), ("TR", 0, None, "YES")]
    databases = run("SELECT DATABASE_NAME, RETENTION_TIME, COMMENT, TYPE FROM INFORMATION_SCHEMA.DATABASES")
    assert databases == [("DEMO", 9, "d", "STANDARD")]


@pytest.mark.usefixtures("table")
def test_views_are_tables_of_their_own_type_and_say_whether_they_are_secure(run: Run) -> None:
    run("CREATE SECURE VIEW V COMMENT = 'safe' AS SELECT A FROM T")
    run("CREATE VIEW PLAIN AS SELECT A FROM T")
    shown = run("SELECT TABLE_NAME, IS_SECURE, COMMENT FROM INFORMATION_SCHEMA.VIEWS")
    assert shown == [("PLAIN", "NO", None), ("V", "YES", "safe")]
    types = run("SELECT TABLE_NAME, TABLE_TYPE, ROW_COUNT FROM INFORMATION_SCHEMA.TABLES ORDER BY 1")
    assert types == [("PLAIN", "VIEW", None), ("T", "BASE TABLE", 2), ("V", "VIEW", None)]


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    "query",
    [
        "SELECT TABLE_NAME FROM DEMO.INFORMATION_SCHEMA.TABLES",
        "SELECT T.TABLE_NAME FROM information_schema.tables AS T",
        "SELECT TABLES.TABLE_NAME FROM INFORMATION_SCHEMA.TABLES",
        "SELECT INFORMATION_SCHEMA.TABLES.TABLE_NAME FROM INFORMATION_SCHEMA.TABLES",
        "WITH X AS (SELECT * FROM INFORMATION_SCHEMA.TABLES) SELECT TABLE_NAME FROM X",
        "SELECT DISTINCT T.TABLE_NAME FROM INFORMATION_SCHEMA.TABLES T"
        " JOIN INFORMATION_SCHEMA.COLUMNS C USING (TABLE_NAME)",
        "SELECT TABLE_NAME FROM (SELECT * FROM INFORMATION_SCHEMA.TABLES) WHERE TABLE_SCHEMA IN"
        " (SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA)",
    ],
)
def test_a_view_may_be_read_like_any_other(run: Run, query: str) -> None:
    assert run(query) == [("T",)]


@pytest.mark.usefixtures("table")
def test_the_views_need_no_schema_where_theirs_is_current(run: Run) -> None:
    run("USE SCHEMA INFORMATION_SCHEMA")
    assert run("SELECT TABLE_NAME FROM TABLES") == [("T",)]
    assert run("WITH TABLES AS (SELECT 5 AS N) SELECT N FROM TABLES") == [(5,)]


@pytest.mark.parametrize(
    ("sql", "errno", "message"),
    [
        ("SELECT * FROM INFORMATION_SCHEMA.PACKAGES", 2, "INFORMATION_SCHEMA.PACKAGES is not emulated"),
        ("DESCRIBE VIEW INFORMATION_SCHEMA.TABLES", 2, "DESCRIBE INFORMATION_SCHEMA.TABLES is not emulated"),
        ("SELECT * FROM NOPE.INFORMATION_SCHEMA.TABLES", 2003, "Database 'NOPE' does not exist or not authorized."),
    ],
)
def test_what_is_not_there_is_refused_by_name(fails: Fails, sql: str, errno: int, message: str) -> None:
    error = fails(sql)
    assert error.errno == errno
    assert message in str(error.msg)
