"""No statement ends in an internal error (000603): it runs, or is refused in Snowflake's words, which say why."""

import random
from collections.abc import Iterator

import pytest
from snowflake.connector.errors import ProgrammingError

from src.emulator.engine import Engine
from src.emulator.language.reader import tokenize
from src.emulator.pipeline.cursor import Cursor
from tests.emulator.cursors import cursor_of
from tests.emulator.test_errors import FOREIGN, INTERNAL_ERROR
from tests.lengths import length

GOOD = (
    "SELECT ID, COUNT(*) AS N FROM T WHERE NAME LIKE 'a%' GROUP BY ID HAVING COUNT(*) > 1 ORDER BY N DESC LIMIT 5",
    "SELECT V:a.b[0]::INT, TRY_CAST(NAME AS DATE) FROM T QUALIFY ROW_NUMBER() OVER (PARTITION BY ID ORDER BY NAME) = 1",
    "WITH C AS (SELECT 1 AS X UNION ALL SELECT 2) SELECT * FROM C JOIN T ON C.X = T.ID LEFT JOIN U USING (ID)",
    "SELECT * FROM T, LATERAL FLATTEN(INPUT => T.V) F WHERE F.VALUE IS NOT NULL",
    "SELECT IFF(ID > 1, 'x', NULL), COALESCE(NAME, ''), DATEADD('day', 1, '2024-01-01'::DATE) FROM T",
    "SELECT CASE WHEN ID IN (1, 2) THEN 'a' ELSE 'b' END, LISTAGG(NAME, ',') WITHIN GROUP (ORDER BY 1) FROM T",
    "SELECT * FROM T PIVOT (MAX(ID) FOR NAME IN ('a', 'b'))",
    "SELECT $1, METADATA$FILENAME FROM @ST/x.csv (FILE_FORMAT => FF)",
    "SELECT * FROM TABLE(GENERATOR(ROWCOUNT => 3))",
    "SELECT * FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY(RESULT_LIMIT => 10))",
    "SELECT TO_TIMESTAMP_NTZ('2024-01-01 10:00:00'), TO_NUMBER('1.5', 10, 2), ARRAY_SIZE([1, 2])",
    "INSERT INTO T (ID, NAME) SELECT ID, NAME FROM U",
    "INSERT INTO T VALUES (1, 'a', NULL), (2, 'b', NULL)",
    "UPDATE T SET NAME = U.NAME FROM U WHERE T.ID = U.ID",
    "DELETE FROM T USING U WHERE T.ID = U.ID",
    "MERGE INTO T USING U ON T.ID = U.ID WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (ID) VALUES (U.ID)",
    "CREATE OR REPLACE TABLE N (ID NUMBER(10, 2) NOT NULL, NAME VARCHAR(10) DEFAULT 'x') COMMENT = 'c'",
    "CREATE TABLE IF NOT EXISTS N LIKE T",
    "CREATE OR REPLACE VIEW W AS SELECT ID FROM T",
    "ALTER TABLE T ADD COLUMN IF NOT EXISTS C INT",
    "ALTER TABLE T SET CHANGE_TRACKING = TRUE",
    "CREATE OR REPLACE STREAM S ON TABLE T APPEND_ONLY = TRUE",
    "CREATE OR REPLACE TASK K WAREHOUSE = WH SCHEDULE = '5 MINUTE' AS INSERT INTO T (ID) VALUES (1)",
    "ALTER TASK K RESUME",
    "CREATE OR REPLACE FILE FORMAT FF TYPE = CSV SKIP_HEADER = 1 FIELD_OPTIONALLY_ENCLOSED_BY = '\"'",
    "COPY INTO T FROM @ST FILE_FORMAT = (TYPE = CSV) ON_ERROR = CONTINUE",
    "COPY INTO @ST/out FROM (SELECT * FROM T) FILE_FORMAT = (TYPE = PARQUET) OVERWRITE = TRUE",
    "LIST @ST PATTERN = '.*'",
    "GRANT SELECT ON ALL TABLES IN SCHEMA PUBLIC TO ROLE PUBLIC",
    "SHOW TABLES LIKE 'T%' IN SCHEMA DEMO.PUBLIC",
    "SHOW GRANTS ON TABLE T",
    "DESCRIBE TABLE T",
    "USE SCHEMA DEMO.PUBLIC",
    "USE DEMO.PUBLIC",
    "SET X = (SELECT MAX(ID) FROM T)",
    "ALTER SESSION SET QUERY_TAG = 'x'",
    "DECLARE N INT DEFAULT 1; BEGIN IF (N > 0) THEN RETURN N; END IF; EXCEPTION WHEN OTHER THEN RETURN 1; END",
    "BEGIN LET A := 1; INSERT INTO T (ID) VALUES (:A); RETURN :A + 1; END",
    "CALL SYSTEM$SET_RETURN_VALUE('x')",
    "TRUNCATE TABLE IF EXISTS U",
    "COMMENT ON TABLE T IS 'x'",
)
ODD = (
    *"( ) , ; . : :: => '' 'it''s' \"\" \"q\" $$ $1 @ST 0 -1 1e400 1e-9 NULL".split(),
    *"* % || = <> [ ] { } ? \\ \u00e9 \U0001f600 END CASE SELECT".split(),
)


@pytest.fixture(scope="module")
def cursor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cursor]:
    engine = Engine(tmp_path_factory.mktemp("odd") / "state")
    session = engine.open_session()
    cursor = cursor_of(session)
    for sql in (
        "CREATE WAREHOUSE WH",
        "CREATE DATABASE DEMO",
        "USE SCHEMA DEMO.PUBLIC",
        "CREATE TABLE T (ID INT, NAME VARCHAR, V VARIANT)",
        "CREATE TABLE U (ID INT, NAME VARCHAR)",
        "INSERT INTO T (ID, NAME) VALUES (1, 'a'), (2, 'b')",
        "CREATE STAGE ST",
        "CREATE FILE FORMAT FF TYPE = CSV",
    ):
        cursor.execute(sql)
    yield cursor
    engine.close()


def odd_statements(count: int) -> Iterator[str]:
    """Good statements with a word left out, doubled, moved, or another one in its place."""
    chance = random.Random(12)
    for _ in range(count):
        sql = chance.choice(GOOD)
        tokens = [sql[token.start : token.end + 1] for token in tokenize(sql)]
        for _ in range(chance.randint(1, 3)):
            at, other = chance.randrange(len(tokens)), chance.randrange(len(tokens))
            tokens[at : at + 1] = chance.choice(
                ([], [tokens[at]] * 2, [tokens[other]], [chance.choice(ODD)], [tokens[at], chance.choice(ODD)])
            )
            if not tokens:
                tokens = ["SELECT"]
        yield " ".join(tokens)


@pytest.fixture(scope="module")
def failures(cursor: Cursor) -> dict[str, ProgrammingError]:
    """500 statements, each with the error that it ends in."""
    failures: dict[str, ProgrammingError] = {}
    for sql in odd_statements(length(500, 20_000)):
        try:
            cursor.execute("ROLLBACK")
            cursor.execute(sql)
        except ProgrammingError as error:
            failures[sql] = error
    return failures


def test_500_odd_statements_end_in_no_internal_error(failures: dict[str, ProgrammingError]) -> None:
    assert {sql: str(error) for sql, error in failures.items() if error.errno == INTERNAL_ERROR} == {}


def test_none_shows_a_word_of_duckdb_that_it_has_not_itself(failures: dict[str, ProgrammingError]) -> None:
    shown = {
        sql: [word for word in FOREIGN.findall(str(error)) if word.upper() not in sql.upper()]
        for sql, error in failures.items()
    }
    assert {sql: (words, str(failures[sql])) for sql, words in shown.items() if words} == {}


@pytest.mark.parametrize(
    "sql",
    [
        "USE DEMO..PUBLIC",
        "USE A.B.C",
        "USE SCHEMA A.B.C",
        "USE DATABASE A.B",
        "CREATE SCHEMA DEMO.PUBLIC.C",
        "DROP SCHEMA IF EXISTS DEMO.PUBLIC.C",
        "DESCRIBE SCHEMA DEMO.PUBLIC.C",
        "CREATE WAREHOUSE A.B",
        "CREATE STAGE A.B.C.D",
    ],
)
def test_a_name_of_too_many_parts_is_a_syntax_error(cursor: Cursor, sql: str) -> None:
    with pytest.raises(ProgrammingError) as raised:
        cursor.execute(sql)
    assert raised.value.errno == 1003
