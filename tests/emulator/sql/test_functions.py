"""Functions and operators answer as Snowflake's do, and what Snowflake does not have is unknown."""

from decimal import Decimal

import pytest

from tests.emulator.conftest import Fails, Rows, Run

pytestmark = pytest.mark.emulator("module")

MOMENT = "2026-01-02 03:04:05.678"
ODD_KEYS = """SELECT PARSE_JSON('{"": 1, "a.b": 2, "s/t~": 3, "q\\\\"": 4}') AS V)"""
FLAT = ODD_KEYS + ", LATERAL FLATTEN(INPUT => V) F"
TYPES = """SELECT PARSE_JSON('[1, 1.5, 1e-30, "x", true, [], {}, 123456789012345678901234567890]') AS V),
    LATERAL FLATTEN(INPUT => V) F"""
TYPES_TOLD = "INTEGER,DECIMAL,DOUBLE,VARCHAR,BOOLEAN,ARRAY,OBJECT,INTEGER"
VALUES = [
    ("10 / 4", 2.5),
    ("7 % 3", 1),
    ("MOD(7, 3)", 1),
    ("DIV0(1, 0)", 0),
    ("1 / NULLIF(0, 0)", None),
    ("'2026-01-02'::TIMESTAMP_NTZ::DATE::VARCHAR", "2026-01-02"),
    ("IFF(1 = 1, 'a', 'b')", "a"),
    ("'costs $five'", "costs $five"),
    ("SUM(N) FROM (SELECT 0.1::NUMBER(18,6) AS N UNION ALL SELECT 0.2::NUMBER(18,6))", Decimal("0.300000")),
    ("TRY_CAST('then' AS TIMESTAMP_NTZ)", None),
    ("TRY_CAST('2026-01-02' AS TIMESTAMP_NTZ)::DATE::VARCHAR", "2026-01-02"),
    # https://github.com/dbt-labs/dbt-adapters: dbt-snowflake, macros/catalog.sql
    ("TO_VARCHAR('2026-01-02 03:04'::TIMESTAMP_NTZ, 'yyyy-mm-dd HH24:MI'||'UTC')", "2026-01-02 03:04UTC"),
    ("TO_VARCHAR(T, 'YYYY-MM-DD HH24:MI:SS.FF3') FROM (SELECT '2026-01-02 03:04:05.678'::TIMESTAMP_NTZ AS T)", MOMENT),
    ("TO_CHAR(D, 'DD MON YY') FROM (SELECT '2026-01-02'::DATE AS D)", "02 Jan 26"),
    (
        "YEAR(TRY_TO_TIMESTAMP_NTZ(REGEXP_REPLACE(V, 'x', '0'), 'YYYY')) FROM (SELECT '202x' AS A)"
        " UNPIVOT(V FOR N IN (A))",
        2020,
    ),
    (
        "TRY_TO_DATE(REGEXP_REPLACE(V, 'x', '0'), 'YYYY')::VARCHAR FROM (SELECT '202x' AS A) UNPIVOT(V FOR N IN (A))",
        "2020-01-01",
    ),
    ("LENGTH(X || 'c') FROM (SELECT 'ab' AS X)", 3),
    ("LENGTH(TO_BINARY('aabb', 'HEX'))", 2),
    ("TRY_TO_NUMBER(X || '_0') IS NULL FROM (SELECT '1\\n' AS X)", True),
    ("$2 FROM VALUES (1, 'one')", "one"),
    ("$1 AS A FROM (VALUES (1)) T", 1),
    ("N FROM (SELECT 2 AS N UNION ALL SELECT 1) ORDER BY ALL LIMIT 1", 1),
    ("HASH(1, 'a') = HASH(1, 'a')", True),
    ("HASH(1, 'a') = HASH(1, 'b')", False),
    ("COUNT(DISTINCT HASH(*)) FROM (SELECT 1 AS A, 2 AS B UNION ALL SELECT 2, 1)", 2),
    ("ABS(HASH_AGG(*)) < 9223372036854775808 FROM (SELECT 1 AS A, 'x' AS B UNION ALL SELECT 2, NULL)", True),
    ("'x' AS \"FROM\"", "x"),
    ("V['']::VARCHAR || V['a.b'] || V['s/t~'] || V['q\"']::VARCHAR FROM (" + ODD_KEYS, "1234"),
    ("V['t']::VARCHAR FROM (SELECT PARSE_JSON('{\"t\": \"x\"}') AS V)", "x"),
    (
        "LISTAGG(F.KEY || '=' || F.VALUE::VARCHAR, ',') WITHIN GROUP (ORDER BY F.VALUE) FROM (" + FLAT,
        '=1,a.b=2,s/t~=3,q"=4',
    ),
    ("LISTAGG(TYPEOF(F.VALUE), ',') WITHIN GROUP (ORDER BY F.INDEX) FROM (" + TYPES, TYPES_TOLD),
    ("ARRAY_SLICE(ARRAY_AGG(IFF(N = 2, NULL, N)), 0, 2)::VARCHAR FROM (SELECT 1 AS N UNION ALL SELECT 2)", "[1]"),
]


@pytest.mark.parametrize(("expression", "value"), VALUES, ids=[case[0] for case in VALUES])
def test_an_expression_has_snowflakes_value(run: Run, expression: str, value: object) -> None:
    assert run(f"SELECT {expression}") == [(value,)]


@pytest.mark.parametrize("expression", ["1 / 0", "MOD(1, 0)", "SUM(1 / N) FROM (SELECT 0 AS N)"])
def test_a_division_by_zero_is_an_error(fails: Fails, expression: str) -> None:
    error = fails(f"SELECT {expression}")
    assert (error.errno, error.sqlstate) == (100051, "22012")


@pytest.mark.parametrize("call", ["LIST_VALUE(1)", "STRFTIME(CURRENT_DATE, '%Y')", "EPOCH(1)", "NO_SUCH_FUNCTION(1)"])
def test_a_function_that_snowflake_does_not_have_is_unknown(fails: Fails, call: str) -> None:
    error = fails(f"SELECT {call}")
    assert error.errno == 2140
    assert "Unknown function" in str(error.msg)


def test_a_session_variable_stands_for_its_value_and_not_inside_a_text(run: Run, fails: Fails) -> None:
    run("SET LIMIT_ = 5")
    assert run("SELECT $limit_, '$LIMIT_'") == [(5, "$LIMIT_")]
    assert "Session variable '$OTHER' does not exist" in str(fails("SELECT $other").msg)
    run("UNSET LIMIT_")
    assert "Session variable '$LIMIT_' does not exist" in str(fails("SELECT $limit_").msg)


def test_a_session_variable_is_worked_out_once(run: Run) -> None:
    run("SET ONE = 1 + 1")
    run("SET TWICE = $ONE * 2")
    run("SET MOMENT = (SELECT CURRENT_TIMESTAMP()::VARCHAR)")
    assert run("SELECT $TWICE, $MOMENT = $MOMENT, $ONE::VARCHAR") == [(4, True, "2")]
    assert run("SELECT $MOMENT") == run("SELECT $MOMENT")


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT TO_VARCHAR(N, 'TME') FROM (SELECT 1 AS N)", "TO_VARCHAR with the format 'TME'"),
        ("SELECT TO_VARCHAR(D, 'YYYY TZH') FROM (SELECT CURRENT_DATE AS D)", "the format element TZH"),
    ],
)
def test_what_has_no_translation_is_refused_by_name(fails: Fails, sql: str, words: str) -> None:
    assert words in str(fails(sql).msg)


@pytest.mark.parametrize(
    ("select", "names"),
    [
        ("COUNT(*), max(1)", ["COUNT(*)", "MAX(1)"]),
        ("CURRENT_ROLE()", ["CURRENT_ROLE()"]),
        ("'a', 1 AS one", ["'A'", "ONE"]),
        ("* FROM (SELECT COUNT(*))", ["COUNT(*)"]),
    ],
)
def test_a_column_without_a_name_is_called_by_its_text(rows: Rows, select: str, names: list[str]) -> None:
    [row] = rows(f"SELECT {select}")
    assert list(row) == names


def test_a_view_that_asks_about_the_session_is_refused_by_name(fails: Fails) -> None:
    assert "asks about the session is not emulated" in str(fails("CREATE VIEW V AS SELECT CURRENT_ROLE() AS R").msg)


def test_the_hash_of_a_table_does_not_depend_on_the_order_of_its_rows(run: Run) -> None:
    run("CREATE TABLE ONE (A INT, B VARCHAR) AS SELECT 1, 'x' UNION ALL SELECT 2, NULL UNION ALL SELECT 2, NULL")
    run("CREATE TABLE OTHER (A INT, B VARCHAR) AS SELECT 2, NULL UNION ALL SELECT 1, 'x' UNION ALL SELECT 2, NULL")
    assert run("SELECT HASH_AGG(*), HASH_AGG(A, B) FROM ONE") == run("SELECT HASH_AGG(*), HASH_AGG(A, B) FROM OTHER")
    run("DELETE FROM ONE WHERE A = 1")
    assert run("SELECT HASH_AGG(*) FROM ONE") != run("SELECT HASH_AGG(*) FROM OTHER")


LATERAL = (
    "{f}.KEY, {f}.PATH, {f}.INDEX, {f}.VALUE::VARCHAR FROM D {a}, LATERAL FLATTEN(INPUT => {a}.V) {f} ORDER BY 2",
    "{f}.PATH, {f}.THIS FROM D {a}, LATERAL FLATTEN(INPUT => {a}.V, RECURSIVE => TRUE) {f} ORDER BY 1",
    "{f}.SEQ, {f}.INDEX, {f}.VALUE FROM D {a}, LATERAL SPLIT_TO_TABLE({a}.S, ' ') {f} ORDER BY 2",
    "ARRAY_REMOVE({a}.V:k, {a}.V:n), ARRAY_EXCEPT({a}.V:k, {a}.V:k) FROM D {a}",
)


@pytest.mark.parametrize("alias", "E F I J K P T V X KEY VALUE PATH TYPE ID PARENT ATOM FULLKEY PREFIX".split())
def test_a_table_function_reads_a_table_of_any_alias(alias: str, run: Run) -> None:
    run("""CREATE TABLE D AS SELECT PARSE_JSON('{"n": 2, "k": [1, 2, {"v": 3}]}') AS V, 'q r' AS S""")
    for query in LATERAL:
        rows = run(f"SELECT {query.format(a=alias, f='FOUND')}")
        assert rows
        assert rows == run(f"SELECT {query.format(a='SOURCE', f='FOUND')}")


MISCOUNTED = (
    "SELECT * FROM T AS R(X)",
    "SELECT * FROM T AS R(X, Y, Z)",
    "SELECT * FROM (SELECT 1 A, 2 B) AS R(X)",
    "SELECT * FROM (SELECT * FROM T) AS R(X)",
    "SELECT * FROM (VALUES (1, 2)) AS R(X, Y, Z)",
    "SELECT * FROM TABLE(FLATTEN([1])) AS R(X)",
    "SELECT * FROM T, LATERAL FLATTEN([T.A]) AS R(X)",
    "WITH R(X) AS (SELECT 1, 2) SELECT * FROM R",
    "WITH R(X, Y, Z) AS (SELECT * FROM T) SELECT X FROM R",
)


@pytest.mark.parametrize("statement", MISCOUNTED)
def test_an_alias_that_names_more_or_fewer_columns_is_refused(statement: str, run: Run, fails: Fails) -> None:
    run("CREATE TABLE T (A INT, B INT)")
    assert "an alias that names more or fewer columns than there are" in str(fails(statement))
