"""What fails, fails in Snowflake's words: nothing of DuckDB's, sqlglot's or Python's reaches a client."""

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from snowflake.connector.errors import ProgrammingError

from src.emulator import errors
from src.emulator.engine import Engine
from src.emulator.session import Session
from src.emulator.sql.duckdb_errors import TRANSLATIONS

COLUMNS = {
    "I": "INT",
    "S": "VARCHAR",
    "N": "NUMBER(10,2)",
    "F": "FLOAT",
    "V": "VARIANT",
    "A": "ARRAY",
    "O": "OBJECT",
    "D": "DATE",
    "TI": "TIME",
    "TS": "TIMESTAMP_NTZ",
    "TZ": "TIMESTAMP_LTZ",
    "B": "BOOLEAN",
    "BI": "BINARY",
}
ROW = """
    SELECT 1, 'abc', 1.5, 2.5, PARSE_JSON('{"a":1}'), [1], {'a': 1}, '2024-01-02', '01:02:03', '2024-01-02 03:04:05',
        '2024-01-02 03:04:05', TRUE, TO_BINARY('AB')
"""
INTERNAL_ERROR = 603

# Words of DuckDB's messages, its names of types and functions, and those of what stands between.
FOREIGN = re.compile(
    r"""
    Binder|Catalog[ ]Error|Conversion|Parser[ ]Error|Invalid[ ]Input|Out[ ]of[ ]Range[ ]Error|candidate
    |explicit[ ]cast|DuckDB
    |HUGEINT|BIGINT|SMALLINT|TINYINT|INT(?:8|16|32|64|128)\b|INTEGER|DOUBLE|BLOB|DECIMAL|\bJSON\[|STRUCT\b|_LITERAL|\w\[\]
    |TIME[ ]ZONE|STRPTIME|STRFTIME|LIST_|JSON_|UNHEX|\b_sf_|\b_fs_|_emulator|sqlglot|fakesnow|\w+Error:|Traceback
    """,
    re.VERBOSE | re.IGNORECASE,
)


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


# A kind of mistake, and what stands for {} in it.
KINDS: dict[str, tuple[str, list[str]]] = {
    "a name that is not there": (
        "SELECT {}",
        lines("""
            NOPE FROM BAD
            BAD.NOPE FROM BAD
            X.I FROM BAD
            BAD.I.X FROM BAD
            "i" FROM BAD
            I FROM BAD JOIN BAD B USING (NOPE)
            I FROM BAD A JOIN BAD B ON A.I = B.I
            I FROM BAD ORDER BY NOPE
            I FROM BAD GROUP BY NOPE
            I FROM BAD HAVING NOPE > 1
            I FROM BAD QUALIFY NOPE = 1
            * EXCLUDE NOPE FROM BAD
            * RENAME NOPE AS X FROM BAD
            X.* FROM BAD
            1 FROM NOPE
            1 FROM NOPE.BAD
            1 FROM NOPE.NOPE.BAD
            1 FROM TABLE(NOPE(1))
            NOPE(1)
            LIST_SUM([1])
            STRUCT_PACK(1)
            I.NEXTVAL FROM BAD
            NOPE.NEXTVAL
            $NOPE
            :NOPE
            @NOPE
            $9 FROM BAD
        """),
    ),
    "a text that is no value of the type": (
        "SELECT '{}'::{}".replace("'{}'::{}", "{}"),
        [
            f"{text}::{type_}"
            for text in ("'x'", "''", "'99:99'", "'2024-13-41'", "'1e999'", "'1_000'", "'[1,'")
            for type_ in ("NUMBER(3,1)", "INT", "FLOAT", "BOOLEAN", "DATE", "TIME", "TIMESTAMP_NTZ", "BINARY")
        ],
    ),
    "a number that is too large": (
        "SELECT {}",
        lines("""
            1000::NUMBER(3,0)
            99999999999999999999999999999999999999 + 1
            99999999999999999999999999999999999999 * 10
            1e30::NUMBER(5,0)
            1e40::INT
            FACTORIAL(40)
            FACTORIAL(-1)
            EXP(1000)
            POWER(0, -1)
            SQRT(-1)
            LN(0)
            ACOS(2)
            1 / 0
            MOD(1, 0)
            1e400
            9999999999999999999999999999999999999999999
            TO_NUMBER('12345', 3, 0)
            TIME_FROM_PARTS(99, 0, 0)
            DATEADD(year, 99999999, '2024-01-01'::DATE)
            DATE_FROM_PARTS(99999999, 1, 1)
            TO_TIMESTAMP(99999999999999999999)
            BITSHIFTLEFT(1, -1)
            REPEAT('x', -99999999999)
            SPACE(-99999999999)
            CHR(-1)
            LPAD('x', 99999999999999)
        """),
    ),
    "a call with too few or too many arguments": (
        "SELECT {} FROM BAD",
        lines("""
            FLOOR()
            UPPER()
            UPPER(S, S, S)
            ABS(1, 2)
            SUBSTR(S)
            SPLIT_PART(S, S)
            COALESCE(1)
            IFF(B, 1)
            NULLIF(1)
            DATEADD(day, 1)
            DATEDIFF(day, D)
            DECODE(1, 2)
            CONCAT()
            GREATEST()
            LAG() OVER (ORDER BY I)
            COUNT()
            COUNT(1, 2, 3)
            SUM()
            SUM(1, 2)
            PARSE_JSON()
            TO_DATE()
            OBJECT_CONSTRUCT('a')
            REGEXP_REPLACE(S)
            ARRAY_SLICE(A, 1)
            LISTAGG()
            NTILE() OVER (ORDER BY I)
        """),
    ),
    "a text that is none of the function's": (
        "SELECT {}",
        lines("""
            TO_DATE('x', 'YYYY-MM-DD')
            TO_DATE('2024-01-01', 'QQQ')
            TO_TIMESTAMP('12', 'HH24:MI')
            TO_TIME('25:00', 'HH24:MI')
            TO_BINARY('zz')
            TO_BINARY('?', 'BASE64')
            TO_BINARY('x', 'NOPE')
            HEX_DECODE_STRING('zz')
            BASE64_DECODE_STRING('?')
            PARSE_JSON('{')
            PARSE_JSON('{a')
            PARSE_JSON('{"a":1,"a":2}')
            REGEXP_REPLACE('a', '(')
            REGEXP_SUBSTR('a', '[')
            REGEXP_LIKE('a', '*')
            DATE_TRUNC('nope', CURRENT_DATE)
            DATE_PART('nope', CURRENT_DATE)
            EXTRACT(ms FROM CURRENT_TIMESTAMP())
            DATEADD(nope, 1, CURRENT_DATE)
            DATE_TRUNC('month', '2024-01-01')
            YEAR('2024-01-01')
            CONVERT_TIMEZONE('Nope/Nope', CURRENT_TIMESTAMP())
            TRY_CAST(1 AS INT)
            TRY_TO_NUMBER(1)
            'abc' LIKE 'a' ESCAPE 'xx'
            TO_CHAR(CURRENT_DATE, 'QQ')
            TO_CHAR(1, 'QQ')
            NEXT_DAY(CURRENT_DATE, 'nope')
        """),
    ),
    "a query that is not whole": (
        "SELECT {}",
        lines("""
            FROM BAD
            I, FROM BAD
            I FROM
            I FROM BAD WHERE
            I FROM BAD GROUP BY
            I FROM BAD ORDER
            (SELECT I, S FROM BAD)
            (SELECT I FROM BAD UNION ALL SELECT I FROM BAD)
            I FROM BAD UNION SELECT I, S FROM BAD
            I FROM BAD LIMIT x
            I FROM BAD LIMIT -1
            S FROM BAD GROUP BY I
            SUM(SUM(I)) FROM BAD
            SUM(I) FROM BAD WHERE SUM(I) > 1
            ROW_NUMBER() FROM BAD
            RANK() OVER () FROM BAD
            I FROM BAD WHERE ROW_NUMBER() OVER (ORDER BY I) = 1
            I FROM BAD WHERE N
            I FROM BAD WHERE S
            CASE WHEN END
            1 2 3
            ((1)
            'x
            [1, 2
            {'a': }
            I FROM BAD WHERE I IN (SELECT I, S FROM BAD)
            I FROM BAD JOIN
            I FROM BAD PIVOT (SUM(I) FOR NOPE IN ('a'))
            * FROM VALUES (1), (1, 2)
            LATERAL FLATTEN(V)
            I FROM BAD, LATERAL FLATTEN(S)
            I FROM BAD AT (OFFSET => 'x')
        """),
    ),
    "a change that cannot be made": (
        "{}",
        lines("""
            INSERT INTO NOPE VALUES (1)
            INSERT INTO BAD VALUES (1)
            INSERT INTO BAD (NOPE) VALUES (1)
            INSERT INTO BAD (I) VALUES (1, 2)
            INSERT INTO BAD (I) VALUES ('x')
            INSERT INTO BAD (D) VALUES ('x')
            INSERT INTO BAD (N) VALUES (1e20)
            INSERT INTO BAD (BI) VALUES ('zz')
            INSERT INTO BAD (I, I) VALUES (1, 2)
            INSERT INTO BAD (A) SELECT 1
            UPDATE NOPE SET I = 1
            UPDATE BAD SET NOPE = 1
            UPDATE BAD SET I = 'x'
            UPDATE BAD SET I = (SELECT I, S FROM BAD)
            UPDATE BAD SET A = O
            DELETE FROM NOPE
            DELETE FROM BAD WHERE NOPE = 1
            MERGE INTO BAD USING NOPE ON TRUE WHEN MATCHED THEN DELETE
            MERGE INTO BAD USING BAD B ON NOPE = 1 WHEN MATCHED THEN DELETE
            CREATE TABLE BAD (I INT)
            CREATE TABLE T (I INT, I INT)
            CREATE TABLE T (I NOPE)
            CREATE TABLE T (I NUMBER(99))
            CREATE TABLE T (I HUGEINT)
            CREATE TABLE T (I INT[])
            CREATE TABLE T AS SELECT 1
            CREATE TABLE T AS SELECT NOPE FROM BAD
            CREATE VIEW W AS SELECT NOPE FROM BAD
            CREATE VIEW W (A, B) AS SELECT I FROM BAD
            CREATE TABLE NOPE.T (I INT)
            DROP TABLE NOPE
            DROP VIEW BAD
            ALTER TABLE BAD DROP COLUMN NOPE
            ALTER TABLE BAD ADD COLUMN I INT
            ALTER TABLE BAD ALTER COLUMN S TYPE INT
            ALTER TABLE BAD RENAME COLUMN NOPE TO X
            TRUNCATE TABLE NOPE
            CREATE SEQUENCE Q START x
            COPY INTO BAD FROM @NOPE
            COPY INTO @NOPE FROM BAD
        """),
    ),
    "arguments of types that the function has not": (
        "SELECT {} FROM BAD",
        [
            f"{function}({column})"
            for function in lines("""
                ABS
                CEIL
                SQRT
                UPPER
                LENGTH
                TRIM
                REVERSE
                YEAR
                LAST_DAY
                DAYNAME
                SUM
                AVG
                MAX
                MEDIAN
                STDDEV
                LISTAGG
                ARRAY_SIZE
                ARRAY_COMPACT
                ARRAY_SORT
                OBJECT_KEYS
                TO_DATE
                TO_NUMBER
                TO_BOOLEAN
                TO_ARRAY
                PARSE_JSON
                BITNOT
                COUNT_IF
            """)
            for column in COLUMNS
        ],
    ),
    "two values that do not go together": (
        "SELECT {} FROM BAD",
        [
            form.format(left, right)
            for number, (left, right) in enumerate(product(COLUMNS, COLUMNS))
            for at, form in enumerate(
                lines("""
                    {} + {}
                    {} || {}
                    {} = {}
                    {} AND {}
                    COALESCE({}, {})
                    GREATEST({}, {})
                    CASE WHEN B THEN {} ELSE {} END
                    MOD({}, {})
                    LEFT({}, {})
                    ARRAY_APPEND({}, {})
                    ARRAY_CONTAINS({}, {})
                    NVL({}, {})
                    DATEDIFF(day, {}, {})
                    ADD_MONTHS({}, {})
                    GET({}, {})
                    SPLIT({}, {})
                """)
            )
            if (number + at) % 5 == 0
        ],
    ),
    "a cast that there is not": (
        "SELECT {} FROM BAD",
        [f"{column}::{type_.replace('VARIANT', 'ARRAY')}" for column, type_ in product(COLUMNS, COLUMNS.values())],
    ),
}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    engine = Engine(tmp_path_factory.mktemp("errors") / "state")
    opened = engine.open_session()
    declared = ", ".join(f"{name} {type_}" for name, type_ in COLUMNS.items())
    for sql in (
        "CREATE DATABASE DEMO",
        "CREATE WAREHOUSE WH",
        f"CREATE TABLE BAD ({declared})",
        f"INSERT INTO BAD {ROW}",
    ):
        opened.cursor().execute(sql)
    yield opened
    opened.close()
    engine.close()


def failure(session: Session, sql: str) -> ProgrammingError | None:
    """The error that the statement ends with; None if it has an answer."""
    try:
        session.cursor().execute(sql)
    except ProgrammingError as error:
        return error
    return None


@pytest.mark.parametrize("kind", KINDS)
def test_what_fails_fails_in_snowflakes_words(session: Session, kind: str) -> None:
    form, fillings = KINDS[kind]
    failed = {sql: failure(session, sql) for sql in (form.format(filling.strip()) for filling in fillings)}
    errors = {sql: error for sql, error in failed.items() if error is not None}
    shown = {sql: str(error) for sql, error in errors.items() if FOREIGN.search(str(error).replace(sql, ""))}
    assert {sql: text for sql, text in shown.items() if not FOREIGN.search(sql)} == {}
    assert {sql: str(error) for sql, error in errors.items() if error.errno == INTERNAL_ERROR} == {}
    assert len(errors) >= len(fillings) // 4


def test_there_are_enough_bad_statements(session: Session) -> None:
    assert sum(len(fillings) for _, fillings in KINDS.values()) >= 200


ROWS = {name: row for name, row in vars(errors).items() if isinstance(row, errors.Row)}
EMULATOR = Path(errors.__file__).parent


def calls_of_rows(file: Path) -> Iterator[tuple[str, ast.Call]]:
    """Each call of a row of the table, with the row's name."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func).removeprefix("errors.")
            if called in ROWS:
                yield called, node


@pytest.fixture(scope="module")
def calls() -> list[tuple[str, ast.Call]]:
    return [call for file in EMULATOR.rglob("*.py") for call in calls_of_rows(file)]


def test_every_error_says_where_it_is_from() -> None:
    assert {name for name, row in ROWS.items() if bool(row.source.where) == (row.source.kind == "ours")} == set()


def test_every_row_is_raised_somewhere(calls: list[tuple[str, ast.Call]]) -> None:
    translations = dict(TRANSLATIONS).values()
    assert {name for name, row in ROWS.items() if row not in translations} <= {name for name, _ in calls}


def test_every_call_of_a_row_fills_its_places(calls: list[tuple[str, ast.Call]]) -> None:
    wrong = {
        f"{name} at line {call.lineno}"
        for name, call in calls
        if not any(isinstance(argument, ast.Starred) for argument in call.args)
        and (len(call.args) != len(ROWS[name].places) or call.keywords)
    }
    assert wrong == set()


def test_every_translation_fills_the_places_of_its_row() -> None:
    wrong = {
        pattern
        for pattern, answer in TRANSLATIONS
        if isinstance(answer, errors.Row) and re.compile(pattern).groups != len(answer.places)
    }
    assert wrong == set()
