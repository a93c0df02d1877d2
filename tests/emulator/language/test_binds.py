"""Bound values and IDENTIFIER() wherever a statement has a name, a text or a stage.

https://docs.snowflake.com/en/sql-reference/identifier-literal
https://docs.snowflake.com/en/sql-reference/bind-variables
"""

from decimal import Decimal
from pathlib import Path

import pytest
from snowflake.connector import SnowflakeConnection
from snowflake.connector.errors import ProgrammingError

from src.emulator.language import binds
from tests.emulator.conftest import Run

pytestmark = pytest.mark.emulator("module")


@pytest.fixture
def bound(connection: SnowflakeConnection, run: Run) -> Run:
    """Runs a statement with values bound by the server to its question marks."""
    run("CREATE TABLE T (A INT, B VARCHAR)")
    run("INSERT INTO T VALUES (1, 'one'), (2, 'two')")
    run("CREATE STAGE ST")
    run("CREATE SCHEMA IF NOT EXISTS BESIDE")
    run("USE SCHEMA PUBLIC")
    run("SET NAMED = 'T'")

    def execute(sql: str, *values: object) -> list[tuple[object, ...]]:
        return connection.cursor().execute(sql, values, _force_qmark_paramstyle=True).fetchall()  # type: ignore[call-overload,no-any-return]

    return execute


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT COUNT(*) FROM IDENTIFIER({})",
        "INSERT INTO IDENTIFIER({}) VALUES (3, 'three')",
        "UPDATE IDENTIFIER({}) SET A = 3 WHERE A = 1",
        "DELETE FROM IDENTIFIER({})",
        "TRUNCATE TABLE IDENTIFIER({})",
        "DESCRIBE TABLE IDENTIFIER({})",
        "ALTER TABLE IDENTIFIER({}) ADD COLUMN C INT",
        "ALTER TABLE IDENTIFIER({}) RENAME TO IDENTIFIER('U')",
        "COMMENT ON TABLE IDENTIFIER({}) IS 'said'",
        "SHOW PRIMARY KEYS IN TABLE IDENTIFIER({})",
        "CREATE OR REPLACE TABLE IDENTIFIER({}) (A INT)",
        "CREATE TEMPORARY TABLE IDENTIFIER({}) AS SELECT 1 AS A",
        "CREATE TEMP STAGE IDENTIFIER({}) FILE_FORMAT = (TYPE = PARQUET)",
        "CREATE TEMP FILE FORMAT IDENTIFIER({}) TYPE = PARQUET COMPRESSION = AUTO",
        "COPY INTO IDENTIFIER({}) FROM @ST",
        "DROP TABLE IF EXISTS IDENTIFIER({})",
        "MERGE INTO IDENTIFIER({}) USING (SELECT 1 AS N) S ON A = N WHEN MATCHED THEN DELETE",
    ],
)
@pytest.mark.parametrize("name", ["'T'", "'DEMO.PUBLIC.T'", "$NAMED", "?"])
def test_a_name_is_an_identifier_wherever_it_stands(bound: Run, sql: str, name: str) -> None:
    bound(sql.format(name), *['"DEMO"."PUBLIC"."T"'] * (name == "?"))


@pytest.mark.parametrize(
    ("words", "values", "name"),
    [
        ("'file://{}/a.csv' ? AUTO_COMPRESS = ? PARALLEL = ?", ["@ST/x", False, 2], "st/x/a.csv"),
        ("'file://{}/a.csv' @ST/x OVERWRITE = ? SOURCE_COMPRESSION = ?", [True, "NONE"], "st/x/a.csv.gz"),
        ("'file://{}/a.csv' ?", ["@ST/x"], "st/x/a.csv.gz"),
    ],
)
def test_a_put_takes_its_options_by_bound_values(
    bound: Run, tmp_path: Path, words: str, values: list[object], name: str
) -> None:
    """A client asks for the place of each file by the same words, and sends the values the first time only."""
    (tmp_path / "a.csv").write_text("1\n")
    assert bound(f"PUT {words.format(tmp_path)}", *values)[0][6] == "UPLOADED"
    assert [row[0] for row in bound("LIST ?", "@ST/x")] == [name]


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT B FROM IDENTIFIER(:1) WHERE A = :2", [("two",)]),
        ("SELECT IDENTIFIER(:3) FROM IDENTIFIER(:1) WHERE A IN (:2, :2)", [("two",)]),
        ("UPDATE IDENTIFIER(:1) SET B = :3 WHERE A = :2", [(1, 0)]),
    ],
)
def test_values_are_bound_by_their_numbers_beside_a_name(bound: Run, sql: str, rows: list[tuple[object, ...]]) -> None:
    assert bound(sql, "T", 2, "B") == rows


@pytest.mark.parametrize("sql", ["USE SCHEMA IDENTIFIER(?)", "CREATE OR REPLACE SCHEMA IDENTIFIER(?)"])
def test_a_schema_is_named_by_a_bound_value(bound: Run, run: Run, sql: str) -> None:
    bound(sql, "BESIDE")
    assert run("SELECT CURRENT_SCHEMA()") == [("BESIDE",)]


def test_files_are_put_loaded_and_fetched_by_bound_values(bound: Run, run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("3,it's\n")
    assert bound(f"PUT 'file://{tmp_path}/a.csv' ? AUTO_COMPRESS = FALSE", '@"DEMO"."PUBLIC".ST/x')[0][6] == "UPLOADED"
    assert len(bound("LIST ?", "@ST/x")) == 1
    query = "SELECT COLUMN_NAME FROM TABLE(INFER_SCHEMA(LOCATION => ?, FILE_FORMAT => ?)) WHERE ORDER_ID < ?"
    run("CREATE TEMP FILE FORMAT F TYPE = CSV")
    assert bound(query, "@ST/x", "F", 1) == [("c1",)]
    bound("COPY INTO IDENTIFIER(?) FROM ? FILE_FORMAT = (TYPE = CSV) ON_ERROR = ?", "T", "@ST/x", "CONTINUE")
    assert run("SELECT B FROM T WHERE A = 3") == [("it's",)]
    (tmp_path / "fetched").mkdir()
    bound(f"GET ? 'file://{tmp_path}/fetched/'", "@ST/x")
    assert (tmp_path / "fetched" / "a.csv").read_text() == "3,it's\n"
    assert len(bound("REMOVE ?", "@ST")) == 1


def test_a_stage_may_stand_in_quotes(run: Run, bound: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("3,three\n")
    bound(f"PUT 'file://{tmp_path}/a.csv' '@ST/a folder' AUTO_COMPRESS = FALSE")
    assert run('SELECT $2 FROM \'@"DEMO"."PUBLIC"."ST"/a folder\'') == [("three",)]
    run("COPY INTO T FROM (SELECT $1, $2 FROM '@ST/a folder')")


def test_a_value_that_is_not_bound_is_missed(bound: Run) -> None:
    with pytest.raises(ProgrammingError, match="Bind variable \\? not set"):
        bound("LIST ? PATTERN = ?", "@ST")


@pytest.mark.parametrize(
    ("value", "literal"),
    [(None, "NULL"), (True, "TRUE"), (1.5, "1.5"), ("it's", "'it''s'"), ("a\\b", "'a\\\\b'"), ("?", "'?'")],
)
def test_a_bound_value_is_written_as_a_literal(value: object, literal: str) -> None:
    assert binds.inline("LIST ? -- ?", (value,)) == (f"LIST {literal} -- ?", ())


def test_a_client_with_one_url_for_several_files_sends_none(connection: SnowflakeConnection, run: Run) -> None:
    cursor = connection.cursor()
    run("CREATE STAGE ST")
    answer = cursor._execute_helper("PUT 'file:///tmp/*' @ST")
    assert answer["data"]["stageInfo"]["presignedUrl"].endswith("/emulator/nowhere")


def test_a_decimal_is_bound_with_all_its_digits(bound: Run, run: Run) -> None:
    """The connector binds it as FIXED, as it does whole numbers."""
    run("CREATE TABLE U (A NUMBER(10, 2), B INT)")
    bound("INSERT INTO U VALUES (?, ?)", Decimal("-1.25"), 12)
    assert run("SELECT * FROM U") == [(Decimal("-1.25"), 12)]


def test_a_bound_value_may_be_cast_where_it_stands(bound: Run) -> None:
    """`?::` is one token to sqlglot."""
    asked = bound("SELECT ?::INT + 1, ?, B FROM IDENTIFIER(?) WHERE A = ?::NUMBER", 2, "x", "T", 1)
    assert asked == [(3, "x", "one")]


def test_rows_of_bound_values_are_one_statement(
    bound: Run, run: Run, connection: SnowflakeConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_paramstyle", "qmark")
    cursor = connection.cursor().executemany("INSERT INTO T SELECT ?, UPPER(?)", [(3, "three"), (4, None), (5, "five")])
    assert cursor is not None
    assert cursor.rowcount == 3
    latest = "SELECT QUERY_TEXT FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY()) WHERE QUERY_TEXT LIKE 'INSERT INTO T S%'"
    assert run(latest) == [("INSERT INTO T SELECT ?, UPPER(?)",)]
    assert run("SELECT B FROM T WHERE A > 2 ORDER BY A") == [("THREE",), (None,), ("FIVE",)]


@pytest.mark.parametrize("around", [(), ("BEGIN", "INSERT INTO T VALUES (0, 'kept')")])
def test_a_row_of_bound_values_that_fails_leaves_none_of_them(
    bound: Run, run: Run, connection: SnowflakeConnection, monkeypatch: pytest.MonkeyPatch, around: tuple[str, ...]
) -> None:
    for statement in around:
        run(statement)
    before = run("SELECT COUNT(*) FROM T")
    monkeypatch.setattr(connection, "_paramstyle", "qmark")
    with pytest.raises(ProgrammingError, match="is not recognized"):
        connection.cursor().executemany("INSERT INTO T VALUES (?, ?)", [("7", "x"), ("eight", "y")])
    assert run("SELECT COUNT(*) FROM T") == before
    run("ROLLBACK")


@pytest.mark.parametrize(
    ("statement", "refused"),
    [
        ("INSERT OVERWRITE INTO T VALUES (?, ?)", "anything but an INSERT INTO"),
        (
            "MERGE INTO T USING (SELECT ? A, ? B) S ON T.A = S.A WHEN NOT MATCHED THEN INSERT VALUES (S.A, S.B)",
            "anything",
        ),
        ("UPDATE T SET B = ? WHERE A = ?", "anything but an INSERT INTO"),
        ("DELETE FROM T WHERE A = ? OR B = ?", "anything but an INSERT INTO"),
        ("INSERT INTO T SELECT ?, ? ->> SELECT * FROM $1", "anything but an INSERT INTO"),
        ("SELECT ?, ?", "anything but an INSERT INTO"),
        ("INSERT INTO IDENTIFIER(?) SELECT 1, ?", "a name or a function's argument"),
        ("INSERT INTO T VALUES (1, ?); INSERT INTO T VALUES (2, ?)", "several statements in one text"),
    ],
)
def test_rows_of_values_are_refused_for_what_would_take_the_first_alone(
    bound: Run, run: Run, connection: SnowflakeConnection, monkeypatch: pytest.MonkeyPatch, statement: str, refused: str
) -> None:
    before = run("SELECT * FROM T")
    monkeypatch.setattr(connection, "_paramstyle", "qmark")
    with pytest.raises(ProgrammingError, match=f"rows of values bound to {refused}"):
        connection.cursor().execute(statement, [["T", "T"], ["x", "y"]], num_statements=0)
    assert run("SELECT * FROM T") == before


def test_several_statements_take_the_bound_values_in_their_order(
    bound: Run, run: Run, connection: SnowflakeConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_paramstyle", "qmark")
    change = "UPDATE T SET B = ? /* why? */ WHERE A = ?"
    connection.cursor().executemany(change, [("uno", 1), ("due", 2)], num_statements=1)
    assert run("SELECT B FROM T ORDER BY A") == [("uno",), ("due",)]
    with pytest.raises(ProgrammingError, match="002049"):
        connection.cursor().execute(f"{change}; {change}", ("one", 1, "two"), num_statements=2)
    assert run("SELECT B FROM T ORDER BY A") == [("uno",), ("due",)]
