"""Forms that Snowpark's DataFrames write, each as a statement of its own."""

from typing import Any

import pytest
from snowflake.connector import SnowflakeConnection
from snowflake.connector.errors import ProgrammingError

from tests.emulator.conftest import Fails, Rows, Run

pytestmark = pytest.mark.emulator("module")


def test_a_source_of_merge_needs_no_name(run: Run) -> None:
    run("CREATE TABLE T (ID INT, NAME VARCHAR)")
    run("INSERT INTO T VALUES (1, 'old'), (2, 'old')")
    source = """( SELECT * FROM ( SELECT $1 AS "K", $2 AS "V" FROM VALUES (1 :: INT, 'new' :: STRING), (3, 'new')))"""
    whens = 'WHEN MATCHED THEN UPDATE SET "NAME" = "V" WHEN NOT MATCHED THEN INSERT ("ID", "NAME") VALUES ("K", "V")'
    assert run(f'MERGE INTO T USING {source} ON ("ID" = "K") {whens}') == [(1, 1)]
    assert run("SELECT * FROM T ORDER BY 1") == [(1, "new"), (2, "old"), (3, "new")]


@pytest.mark.parametrize("temporary", ["", "TEMPORARY "])
def test_if_not_exists_may_stand_behind_the_name(run: Run, temporary: str) -> None:
    run(f"CREATE {temporary}TABLE T IF NOT EXISTS (A INT)")
    assert run(f"CREATE {temporary}TABLE T IF NOT EXISTS (A INT)") == [("T already exists, statement succeeded.",)]


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE DEMO..U (A INT)",
        "SELECT * FROM DEMO..T",
        'INSERT INTO DEMO.."T" VALUES (1)',
        "DESCRIBE TABLE DEMO..T",
        "ALTER TABLE DEMO..T ADD COLUMN B INT",
        "DROP TABLE IF EXISTS DEMO..T",
        "CREATE STAGE DEMO..ST",
        "SELECT * FROM IDENTIFIER('DEMO..T')",
    ],
)
def test_two_dots_name_the_schema_public(run: Run, sql: str) -> None:
    run("CREATE SCHEMA IF NOT EXISTS BESIDE")
    run("CREATE TABLE PUBLIC.T (A INT)")
    run("USE SCHEMA BESIDE")
    run(sql)
    run("USE SCHEMA PUBLIC")


@pytest.mark.parametrize("temporary", ["", "TEMPORARY "])
@pytest.mark.parametrize("name", ["T", '"t u"', '"t.u"'])
def test_identities_count_in_any_table(run: Run, rows: Rows, temporary: str, name: str) -> None:
    run(f'CREATE {temporary}TABLE {name} (A INT, "b c" INT AUTOINCREMENT, C INT IDENTITY(10, -5))')
    run(f"INSERT INTO {name} (A) VALUES (1), (2)")
    assert run(f"SELECT * FROM {name} ORDER BY A") == [(1, 1, 10), (2, 2, 5)]
    described = [row["default"] for row in rows(f"DESCRIBE TABLE {name}")]
    assert described == [None, "IDENTITY START 1 INCREMENT 1 NOORDER", "IDENTITY START 10 INCREMENT -5 NOORDER"]


@pytest.mark.parametrize("temporary", ["", "TEMPORARY "])
def test_a_table_made_of_a_query_keeps_not_null(run: Run, rows: Rows, fails: Fails, temporary: str) -> None:
    run(f"CREATE {temporary}TABLE T (A INT NOT NULL, B INT) AS SELECT 1, NULL")
    assert [row["null?"] for row in rows("DESCRIBE TABLE T")] == ["N", "Y"]
    assert fails("INSERT INTO T (B) VALUES (1)").errno == 100072
    assert fails(f"CREATE {temporary}TABLE U (A INT NOT NULL) AS SELECT NULL").errno == 100072
    assert fails("SELECT * FROM U").errno == 2003


@pytest.mark.parametrize("partition", ['"A"', "('a=' || \"A\")", 'TO_VARCHAR("A")'])
def test_partition_by_takes_an_expression_without_brackets(run: Run, partition: str) -> None:
    run("CREATE STAGE ST")
    run(f"COPY INTO '@ST/p' FROM (SELECT 1 AS \"A\", 2 AS B) PARTITION BY {partition} FILE_FORMAT = (TYPE = CSV)")
    assert run("LIST @ST")[0][0].startswith("st/p/")


@pytest.mark.parametrize(
    ("type_", "shown"),
    [
        ("CSV SKIP_HEADER = 1", {("SKIP_HEADER", "Integer", "1", "0"), ("NULL_IF", "List", r"[\\N]", r"[\\N]")}),
        ("JSON", {("TYPE", "String", "JSON", "CSV"), ("STRIP_OUTER_ARRAY", "Boolean", "false", "false")}),
        ("PARQUET", {("COMPRESSION", "String", "AUTO", "AUTO"), ("FILE_EXTENSION", "String", "", "")}),
    ],
)
def test_a_file_format_is_described_with_its_defaults(run: Run, type_: str, shown: set[tuple[str, ...]]) -> None:
    run(f"CREATE TEMP FILE FORMAT F TYPE = {type_}")
    described = run("DESCRIBE FILE FORMAT F")
    assert described[0][0] == "TYPE"
    assert {row for row in shown if row[0] != "FILE_EXTENSION"} <= set(described)


def test_a_stages_columns_may_stand_in_quotes(run: Run) -> None:
    run("CREATE STAGE ST")
    run("COPY INTO @ST/a.csv FROM (SELECT 1, 'x', 2) FILE_FORMAT = (TYPE = CSV COMPRESSION = NONE) SINGLE = TRUE")
    run("CREATE TABLE T (A INT, B VARCHAR)")
    assert run('SELECT "$2", "$3" FROM @ST/a.csv') == [("x", "2")]
    run('COPY INTO T FROM (SELECT "$3", "$2" FROM @ST/a.csv)')
    assert run("SELECT * FROM T") == [(2, "x")]
    assert run('SELECT TRY_CAST("$2" AS INT), TRY_CAST("$3" AS DOUBLE) FROM @ST/a.csv') == [(None, 2.0)]
    run("COPY INTO T FROM (SELECT TRY_CAST($2 AS INT), 'tried' FROM @ST/a.csv) FORCE = TRUE")
    assert run("SELECT A FROM T WHERE B = 'tried'") == [(None,)]


@pytest.mark.parametrize("join", ["INNER JOIN", "JOIN", "CROSS JOIN"])
def test_a_join_without_a_condition_takes_every_pair(run: Run, join: str) -> None:
    sides = "( SELECT $1 AS A FROM VALUES (1), (2)) AS L {} ( SELECT $1 AS B FROM VALUES (3), (4)) AS R"
    assert len(run(f"SELECT * FROM ({sides.format(join)})")) == 4


def test_a_match_condition_may_stand_in_brackets_twice(run: Run) -> None:
    run("CREATE TABLE T AS SELECT 2 AS A")
    run("CREATE TABLE U AS SELECT 1 AS B")
    assert run('SELECT * FROM T AS L ASOF JOIN U AS R MATCH_CONDITION (("A" >= "B"))') == [(2, 1)]


TWINS = 'SELECT 1 AS "AB", 2 AS "ab"'


@pytest.mark.parametrize(
    ("query", "row"),
    [
        (f'SELECT "ab" FROM ({TWINS})', (2,)),
        (f"SELECT * FROM ({TWINS})", (1, 2)),
        (f'WITH Q AS ({TWINS}) SELECT "AB" FROM Q', (1,)),
        ('SELECT "ab" FROM (SELECT * FROM (SELECT 1 AS AB) AS L JOIN (SELECT 2 AS "ab") AS R)', (2,)),
    ],
)
def test_columns_of_a_subquery_may_differ_in_case_alone(run: Run, query: str, row: tuple[int, ...]) -> None:
    assert run(query) == [row]


@pytest.mark.parametrize("query", [TWINS, f"{TWINS} UNION ALL SELECT 1, 2", f"({TWINS})"])
def test_columns_of_an_answer_may_differ_in_case_alone(run: Run, query: str) -> None:
    assert run(query)[0][0] == 1


def test_ddl_on_temporary_objects_leaves_the_transaction_open_if_asked(
    run: Run, connection: SnowflakeConnection
) -> None:
    """Snowpark's own tests: test_read_staged_file_no_commit."""
    asks: Any = {"SNOWPARK_SKIP_TXN_COMMIT_IN_DDL": True}
    run("CREATE TABLE KEPT (A INT)")
    run("BEGIN")
    for sql in (
        "CREATE SCOPED TEMPORARY FILE FORMAT OWN TYPE = CSV",
        "CREATE SCOPED TEMPORARY TABLE T (A INT)",
        "INSERT INTO T VALUES (1)",
        "DROP FILE FORMAT OWN",
        "DROP TABLE T",
    ):
        connection.cursor().execute(sql, _statement_params=asks)
        assert run("SELECT CURRENT_TRANSACTION()") != [(None,)]
    run("INSERT INTO KEPT VALUES (1)")
    run("ROLLBACK")
    assert run("SELECT * FROM KEPT") == []
    run("BEGIN")
    run("DROP TABLE KEPT")
    assert run("SELECT CURRENT_TRANSACTION()") == [(None,)]


@pytest.mark.parametrize(
    ("name", "value", "sql", "during", "after"),
    [
        (
            "TIMEZONE",
            "America/New_York",
            "SELECT TO_VARCHAR('2024-01-01'::TIMESTAMP_LTZ, 'TZH:TZM')",
            "-05:00",
            "+00:00",
        ),
        ("date_output_format", "MM/DD/YYYY", "SELECT '2024-01-02'::DATE::VARCHAR", "01/02/2024", "2024-01-02"),
        (
            "QUERY_TAG",
            "one",
            "SELECT QUERY_TAG FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY()) WHERE QUERY_ID = LAST_QUERY_ID()",
            *("one", ""),
        ),
        ("AN_UNKNOWN_ONE", "1", "SELECT 'as ever'", "as ever", "as ever"),
    ],
)
def test_a_statements_own_parameters_hold_for_it_alone(
    connection: SnowflakeConnection, run: Run, name: str, value: str, sql: str, during: str, after: str
) -> None:
    """As Snowpark's `statement_params` are sent."""
    sent: dict[str, Any] = {"_statement_params": {name: value}}
    if name == "QUERY_TAG":
        connection.cursor().execute("SELECT 1", **sent)
        assert run(sql) == [(during,)]
        assert run(sql) == [(after,)]
        return
    assert connection.cursor().execute(sql, **sent).fetchall() == [(during,)]
    assert run(sql) == [(after,)]


def test_a_statements_own_parameters_are_refused_as_those_of_the_session(connection: SnowflakeConnection) -> None:
    with pytest.raises(ProgrammingError, match="DATE_INPUT_FORMAT = MM-DD-YYYY is not emulated"):
        connection.cursor().execute("SELECT 1", _statement_params={"DATE_INPUT_FORMAT": "MM-DD-YYYY"})


@pytest.mark.parametrize(
    "query",
    [
        "SELECT V.A, F.VALUE FROM (VALUES (1, '[1,2]'), (2, '[3,4]')) AS V(A, J), LATERAL FLATTEN(PARSE_JSON(V.J)) F",
        "WITH Q AS (SELECT 1 A, '[1,2]' J UNION ALL SELECT 2, '[3,4]')"
        " SELECT A, F.VALUE FROM Q, LATERAL FLATTEN(INPUT => PARSE_JSON(J)) F",
        "WITH Q AS (SELECT 1 A, '[1,2]' J UNION ALL SELECT 2, '[3,4]')"
        " SELECT O.A, F.VALUE FROM Q O, TABLE(FLATTEN(PARSE_JSON(O.J))) F",
        "WITH Q AS (SELECT * FROM VALUES (1, '1 2'), (2, '3 4') V(A, J))"
        " SELECT A, F.VALUE FROM Q, LATERAL SPLIT_TO_TABLE(J, ' ') F",
    ],
)
def test_elements_come_in_the_order_of_their_array(run: Run, query: str) -> None:
    """No page says so; accounts' answers are so in Snowpark's own tests, and in the documentation's examples."""
    assert [(a, int(str(value))) for a, value in run(query)] == [(1, 1), (1, 2), (2, 3), (2, 4)]


def test_the_default_of_null_if_is_described_alike_for_each_type(rows: Rows, run: Run) -> None:
    run("CREATE FILE FORMAT J TYPE = JSON")
    [described] = [row for row in rows("DESCRIBE FILE FORMAT J") if row["property"] == "NULL_IF"]
    assert (described["property_value"], described["property_default"]) == ("[]", r"[\\N]")


def test_a_quote_or_backslash_of_a_file_format_is_described_as_a_literal_writes_it(run: Run, rows: Rows) -> None:
    run(r"""CREATE FILE FORMAT F TYPE = CSV ESCAPE = '\\' FIELD_OPTIONALLY_ENCLOSED_BY = '"' RECORD_DELIMITER = '\n'""")
    described = {row["property"]: row["property_value"] for row in rows("DESCRIBE FILE FORMAT F")}
    assert (described["ESCAPE"], described["FIELD_OPTIONALLY_ENCLOSED_BY"]) == (r"\\", r"\"")
    assert described["RECORD_DELIMITER"] == r"\n"


def test_a_stage_is_made_as_write_pandas_makes_it(run: Run) -> None:
    run("CREATE TEMPORARY STAGE ST FILE_FORMAT = (TYPE = PARQUET COMPRESSION = gzip BINARY_AS_TEXT = FALSE)")
