"""What DuckDB or sqlglot takes and Snowflake does not is refused; what Snowflake takes beside it runs."""

from collections.abc import Iterator
from datetime import time
from typing import Any

import pytest
from snowflake.connector.errors import ProgrammingError

from src.emulator.engine import Engine
from src.emulator.session import Session
from tests.emulator.cursors import arrow

TABLES = """
    CREATE DATABASE DEMO
    CREATE WAREHOUSE WH
    CREATE TABLE T (ID INT, S VARCHAR, V VARIANT, TS TIMESTAMP)
    INSERT INTO T SELECT 1, 'abc', PARSE_JSON('{"a": 1}'), '2024-01-01'
    CREATE TABLE U (ID INT, W INT)
    CREATE STAGE ST
""".strip().splitlines()


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    engine = Engine(tmp_path_factory.mktemp("foreign") / "state")
    opened = engine.open_session()
    for sql in TABLES:
        opened.cursor().execute(sql)
    yield opened
    opened.close()
    engine.close()


def rows(session: Session, sql: str) -> list[tuple[Any, ...]]:
    found = arrow(session, sql)
    return [tuple(row.values()) for row in found.to_pylist()]


def failure(session: Session, sql: str) -> int:
    with pytest.raises(ProgrammingError) as caught:
        session.cursor().execute(sql)
    return int(caught.value.errno or 0)


def cases(text: str) -> list[tuple[int, str]]:
    return [(int(number), sql) for number, sql in (line.split(maxsplit=1) for line in text.strip().splitlines())]


# The number of the refusal, and the statement. 904 and 2140: no such column or function; 1003: no such syntax; 2: not
# emulated, since Snowflake has it or nothing says that it has not.
FOREIGN = cases(r"""
    938 SELECT OBJECT_CONSTRUCT('a')
    938 SELECT OBJECT_CONSTRUCT('a', 1, 'b')
    1003 SELECT 'a' LIKE ALL ()
    1003 SELECT 'a' LIKE ANY ()
    1003 SELECT 1 FROM T WHERE ID IN ()
    2 SELECT 'a' LIKE 'a' ESCAPE 'xx'
    2 SELECT 'a' ILIKE 'a' ESCAPE ''
    100072 SELECT * FROM TABLE(FLATTEN(INPUT => [1], MODE => 'bad'))
    2 SELECT GET_PATH(PARSE_JSON('{}'), 'a..b')
    2 SELECT 999999999999999999999999999999999999999
    2140 SELECT * FROM UNNEST([1])
    904 SELECT CURRENT_ROLE
    904 SELECT CURRENT_DATABASE
    904 SELECT CURRENT_SCHEMA
    904 SELECT CURRENT_WAREHOUSE
    904 SELECT CURRENT_ACCOUNT
    904 SELECT CURRENT_SESSION
    904 SELECT CURRENT_REGION
    904 SELECT CURRENT_VERSION
    904 SELECT CURRENT_TRANSACTION
    904 SELECT CURRENT_CATALOG
    904 SELECT SESSION_USER
    904 SELECT USER
    904 SELECT LAST_QUERY_ID
    904 SELECT SYSDATE
    904 SELECT GETDATE
    904 SELECT SYSTIMESTAMP
    904 SELECT TODAY
    904 SELECT PI
    904 SELECT ROWID FROM T
    904 SELECT T FROM T
    904 SELECT X FROM T X
    904 SELECT V.* FROM T
    904 SELECT X.* FROM T
    904 SELECT T.* FROM T X
    939 SELECT SYSDATE(1)
    939 SELECT GETDATE(1)
    939 SELECT SYSTIMESTAMP(3)
    939 SELECT CURRENT_DATE(1)
    939 SELECT CURRENT_TIMESTAMP(1, 2)
    938 SELECT COUNT() FROM T
    2 SELECT CURRENT_TIMESTAMP(10)
    2 SELECT CURRENT_TIMESTAMP(-1)
    2 SELECT CURRENT_TIME('x')
    2 SELECT LOCALTIMESTAMP(ID) FROM T
    2140 SELECT CURRENT_CATALOG()
    2140 SELECT TODAY()
    2140 SELECT NOW()
    2140 SELECT VERSION()
    2140 SELECT TXID_CURRENT()
    2140 SELECT CURRENT_SETTING('threads')
    2140 SELECT PRAGMA_VERSION()
    2140 SELECT LIST_VALUE(1, 2)
    2140 SELECT DEMO.PUBLIC.NO_SUCH(1)
    2 SELECT SNOWFLAKE.CORTEX.COMPLETE('m', 'a')
    2 SELECT SNOWFLAKE.CORTEX.SENTIMENT(S) FROM T
    2 SELECT AI_COMPLETE('m', 'a')
    2 SELECT * FROM TABLE(SNOWFLAKE.CORE.F())
    2140 SELECT STRUCT_PACK(a := 1)
    2140 SELECT ROW(1, 2)
    2140 SELECT UNNEST([1, 2])
    2140 SELECT COLUMNS(*) FROM T
    2140 SELECT * FROM RANGE(3)
    2140 SELECT ARRAY(SELECT ID FROM T)
    2140 SELECT S.UPPER() FROM T
    2140 SELECT DEMO.PUBLIC.F(1)
    2 SELECT GETVARIABLE('x')
    2 SELECT TRANSFORM([1, 2], x -> x + 1)
    2 SELECT FILTER([1, 2], x INT -> x > 1)
    2 SELECT REDUCE([1, 2], 0, (a, x) -> a + x)
    1003 SELECT [x FOR x IN [1, 2, 3]]
    2 SELECT COUNT(T.*) FROM T
    2003 SELECT * FROM MAIN.T
    2003 SELECT * FROM DUCKDB_TABLES
    1003 SELECT 1 == 1
    1003 SELECT 2 ** 3
    1003 SELECT 'a' ~ 'b'
    1003 SELECT 'abc' ^@ 'a'
    1003 SELECT 1 IN [1, 2]
    1003 SELECT 1 BETWEEN SYMMETRIC 2 AND 0
    1003 SELECT 'abc'.UPPER()
    1003 SELECT [1, 2].list_sum()
    1003 SELECT [1, 2, 3][1:]
    1003 SELECT [1, 2, 3][1:2]
    1003 SELECT S[1:2] FROM T
    1003 SELECT MAP {'a': 1}
    1003 SELECT ARRAY[1, 2]
    1003 SELECT 0x1F
    1003 SELECT (1, 2)
    1003 SELECT (1, 2) AS X
    1003 SELECT TO_VARIANT((1, 2))
    1003 SELECT [1]::INT[]
    1044 SELECT [1, 2] || [3]
    1044 SELECT {'a': 1} || 'x'
    2 SELECT TS AT TIME ZONE 'UTC' FROM T
    2 SELECT INTERVAL '1 day'
    2 SELECT 'a' LIKE 'A' COLLATE 'en-ci'
    2 SELECT 1e400
    1003 FROM T
    1003 FROM T SELECT ID
    1003 SELECT * FROM T USING SAMPLE 10
    1003 SELECT * FROM T TABLESAMPLE 10%
    1003 SELECT * FROM T SAMPLE (10%)
    1003 SELECT * FROM T SAMPLE (10 PERCENT)
    1003 SELECT * FROM T SAMPLE RESERVOIR (10)
    2 SELECT * FROM T SAMPLE SYSTEM (10 ROWS)
    2 SELECT * FROM T SAMPLE (10 ROWS) SEED (1)
    2 SELECT * FROM T SAMPLE (1000001 ROWS)
    1003 SELECT * FROM T SEMI JOIN U USING (ID)
    1003 SELECT * FROM T ANTI JOIN U USING (ID)
    1003 SELECT COUNT(*) FILTER (WHERE ID = 1) FROM T
    1003 SELECT SUM(ID ORDER BY ID) FROM T
    1003 SELECT ARRAY_AGG(ID ORDER BY ID) FROM T
    1003 SELECT LISTAGG(S, ',' ORDER BY ID) FROM T
    1003 SELECT COUNT(*) OVER (ORDER BY ID ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES) FROM T
    1003 SELECT COUNT(*) OVER (ORDER BY ID GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM T
    1003 SELECT ID FROM T LIMIT 10%
    1003 SELECT ID FROM T LIMIT 1, 2
    1003 SELECT ID FROM T LIMIT 1 + 1
    1003 SELECT ID FROM T LIMIT 1.5
    1003 SELECT ID FROM T LIMIT -1
    1003 SELECT ID FROM T LIMIT (SELECT 1)
    1003 SELECT ID FROM T LIMIT 1 OFFSET 1.5
    1003 SELECT DISTINCT ON (ID) ID FROM T
    1003 SELECT * EXCEPT (ID) FROM T
    2 WITH RECURSIVE C USING KEY (A) AS (SELECT 1 AS A UNION SELECT 2) SELECT * FROM C
    2 SELECT * FROM T START WITH ID = 1 CONNECT BY ID = PRIOR ID
    1008 SELECT EXTRACT(MILLENNIUM FROM TS) FROM T
    2151 SELECT DATE_TRUNC('decade', TS) FROM T
    1008 SELECT DATE_PART('era', TS) FROM T
    2151 SELECT DATEADD(decade, 1, TS) FROM T
    2151 SELECT DATEDIFF('century', TS, TS) FROM T
    2151 SELECT LAST_DAY(TS, 'decade') FROM T
    2151 SELECT TS + INTERVAL '1 decade' FROM T
    1003 INSERT INTO U SET ID = 1
    1003 INSERT INTO U BY NAME SELECT 1 AS ID
    1003 INSERT INTO U VALUES (1, 2) RETURNING ID
    1003 UPDATE U SET (ID, W) = (1, 2)
    1003 ALTER TABLE U ALTER COLUMN ID SET DATA TYPE BIGINT USING ID + 1
    2 CREATE TABLE Z (A INT, B INT GENERATED ALWAYS AS (A + 1))
    2 CREATE TABLE Z AS SELECT TS AT TIME ZONE 'UTC' AS A FROM T
    1003 CREATE TABLE Z AS FROM T
    1003 SUMMARIZE T
    1003 PIVOT T ON ID USING COUNT(*)
    1003 ATTACH 'x.db'
    1003 INSTALL httpfs
    1003 COPY T TO 'x.csv'
    1003 EXPORT DATABASE 'x'
    1003 CHECKPOINT
    1003 CREATE MACRO F(x) AS x + 1
    1003 RESET X
""")


@pytest.mark.parametrize(("errno", "sql"), FOREIGN)
def test_what_is_not_snowflakes_is_refused(session: Session, errno: int, sql: str) -> None:
    assert failure(session, sql) == errno


SNOWFLAKES = """
    SELECT CURRENT_USER
    SELECT CURRENT_DATE, CURRENT_TIME, CURRENT_TIMESTAMP, LOCALTIME, LOCALTIMESTAMP
    SELECT CURRENT_DATE(), CURRENT_TIME(0), CURRENT_TIMESTAMP(9), LOCALTIME(3), LOCALTIMESTAMP(2), SYSDATE(), GETDATE()
    SELECT 7 // 2
    SELECT * FROM T POSITIONAL JOIN U
    SELECT * EXCLUDE ID FROM T
    SELECT * RENAME ID AS X FROM T
    SELECT * REPLACE (2 AS ID) FROM T
    SELECT * ILIKE 'i%' FROM T
    SELECT T.*, U.* FROM T JOIN U ON T.ID = U.ID
    SELECT F.* FROM T, LATERAL FLATTEN(V) F
    SELECT VALUE FROM T, LATERAL FLATTEN(V)
    SELECT P.* FROM (SELECT ID, S FROM T) PIVOT (MAX(ID) FOR S IN ('abc')) P
    SELECT ID AS T FROM T ORDER BY T
    SELECT ID, COUNT(*) FROM T GROUP BY ALL ORDER BY ALL
    SELECT ID FROM T GROUP BY CUBE (ID)
    SELECT ID FROM T LIMIT NULL
    SELECT ID FROM T LIMIT 1 OFFSET 0
    SELECT ID FROM T FETCH FIRST 1 ROWS ONLY
    SELECT TOP 1 ID FROM T
    SELECT * FROM T SAMPLE BERNOULLI (10) REPEATABLE (5)
    SELECT * FROM T WHERE (ID, S) IN ((1, 'abc'))
    SELECT * FROM T WHERE S LIKE ANY ('a%', 'b') AND S LIKE 'a%' ESCAPE '!'
    SELECT LISTAGG(S, ',') WITHIN GROUP (ORDER BY S) FROM T
    SELECT ARRAY_AGG(ID) WITHIN GROUP (ORDER BY ID) FROM T
    SELECT SUM(ID) OVER (ORDER BY TS RANGE BETWEEN INTERVAL '1 day' PRECEDING AND CURRENT ROW) FROM T
    SELECT ID FROM T UNION ALL BY NAME SELECT ID FROM U
    SELECT DATE_PART(epoch_second, TS), DATEADD(yy, 1, TS), DATE_TRUNC('WK', TS) FROM T
    WITH RECURSIVE C AS (SELECT 1 AS N UNION ALL SELECT N + 1 FROM C WHERE N < 3) SELECT * FROM C
    CREATE OR REPLACE TABLE Z (A INT IDENTITY (1, 1), B TIMESTAMP_LTZ DEFAULT CURRENT_TIMESTAMP)
    CREATE OR REPLACE VIEW Y (A) AS SELECT CURRENT_TIMESTAMP
"""


@pytest.mark.parametrize("sql", SNOWFLAKES.strip().splitlines())
def test_what_is_snowflakes_beside_it_runs(session: Session, sql: str) -> None:
    rows(session, sql)


def test_the_moment_has_the_digits_that_are_asked_for(session: Session) -> None:
    """https://docs.snowflake.com/en/sql-reference/functions/current_timestamp"""
    for _ in range(3):
        sql = "SELECT CURRENT_TIMESTAMP(0), LOCALTIME(0), CURRENT_TIMESTAMP(3), SYSDATE() FROM VALUES (1)"
        [(second, second_of_day, millisecond, now)] = rows(session, sql)
        assert (second.microsecond, second_of_day.microsecond, millisecond.microsecond % 1000) == (0, 0, 0)
        assert abs((now - second.replace(tzinfo=None)).total_seconds()) <= 1


def test_values_alone_have_their_names(session: Session) -> None:
    found = arrow(session, "VALUES (1, 'a'), (2, 'b')").to_pylist()
    assert found == [{"COLUMN1": 1, "COLUMN2": "a"}, {"COLUMN1": 2, "COLUMN2": "b"}]


# Texts that DuckDB reads and Snowflake does not, by type; the number of the failure.
# https://docs.snowflake.com/en/sql-reference/data-types-datetime, https://docs.snowflake.com/en/sql-reference/data-types-numeric
TEXTS = {
    ("TIME", 100108): ["24:00:00", "23:59:60", "23:60:00", "25:00", "infinity", "epoch", ""],
    ("DATE", 100040): ["2024-02-30", "2023-02-29", "2024-13-01", "-0001-01-01", "0044-03-15 (BC)", "infinity"],
    ("DATE ", 100040): ["-infinity", "epoch", "EPOCH", " epoch ", "today", "now", "", "2024_01_01"],
    ("TIMESTAMP_NTZ", 100035): ["infinity", "-infinity", "epoch", "2024-01-01 24:00:00", "2024-01-01T24:00", "now"],
    ("TIMESTAMP_LTZ", 100035): ["epoch", "2024-01-01 23:59:60", "2024-02-30 00:00:00 +0000"],
    ("NUMBER", 100038): ["nan", "inf", "-inf", "infinity", "1_000", "0x10", "0b11", "1,000", "$5", ""],
    ("NUMBER(10,2)", 100038): ["NaN", "1_0.5"],
    ("FLOAT", 100038): ["infinity", "-Infinity", "+inf", "-nan", "1_000", "0x10", "1e400", "-1e400"],
}
WRONG = [(type_.strip(), errno, text) for (type_, errno), texts in TEXTS.items() for text in texts]


@pytest.mark.parametrize(("type_", "errno", "text"), WRONG)
def test_a_text_that_only_duckdb_reads_is_not_recognized(session: Session, type_: str, errno: int, text: str) -> None:
    assert failure(session, f"SELECT '{text}'::{type_}") == errno
    assert failure(session, f"SELECT X::{type_} FROM (SELECT '{text}' AS X)") == errno
    assert rows(session, f"SELECT TRY_CAST('{text}' AS {type_})") == [(None,)]
    session.cursor().execute(f'CREATE TABLE IF NOT EXISTS "{type_}" (A {type_})')
    failure(session, f"""INSERT INTO "{type_}" VALUES ('{text}')""")
    assert rows(session, f'SELECT * FROM "{type_}"') == []


@pytest.mark.parametrize(("type_", "text"), [(type_, text) for type_, _, text in WRONG if text])
def test_nor_does_a_load_take_it(session: Session, type_: str, text: str) -> None:
    session.cursor().execute(f'CREATE TABLE IF NOT EXISTS "{type_}" (A {type_})')
    folder = session.storage.stage_folder(("DEMO", "PUBLIC", "ST"))
    (folder / "x.csv").write_text(f'"{text}"\n')
    format_ = "(TYPE = CSV FIELD_OPTIONALLY_ENCLOSED_BY = '\"')"
    assert failure(session, f'COPY INTO "{type_}" FROM @ST/x.csv FILE_FORMAT = {format_}') not in (0, 603)
    assert rows(session, f'SELECT * FROM "{type_}"') == []


@pytest.mark.parametrize("function", ["TO_DATE('{}', 'YYYY-MM-DD')", "TO_TIMESTAMP('{}', 'YYYY-MM-DD HH24:MI:SS')"])
def test_nor_is_it_read_by_a_format(session: Session, function: str) -> None:
    for text in ("infinity", "-infinity", "epoch"):
        assert failure(session, f"SELECT {function.format(text)}") > 0
        assert rows(session, f"SELECT TRY_{function.format(text)}") == [(None,)]


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("'NaN'::FLOAT = 'nan'::FLOAT", True),
        ("'inf'::FLOAT > 1e308", True),
        ("' -INF '::FLOAT < -1e308", True),
        ("'1e308'::FLOAT = 1e308", True),
        ("TO_TIME('23:59:59')", time(23, 59, 59)),
        ("TRY_TO_TIME('24:00:00')", None),
        ("TRY_TO_DATE('2024-02-30')", None),
        ("TRY_TO_TIMESTAMP('epoch')", None),
        ("TRY_TO_DOUBLE('infinity')", None),
        ("TRY_TO_NUMBER('inf')", None),
        ("' 12 '::NUMBER", 12),
        ("TO_VARCHAR('999999-12-31'::DATE)", "999999-12-31"),
    ],
)
def test_what_snowflake_reads_is_read(session: Session, sql: str, value: object) -> None:
    assert rows(session, f"SELECT {sql}") == [(value,)]


@pytest.mark.parametrize("sql", ["DATEADD(year, -3000, '2024-01-01'::DATE)", "'2024-01-01'::DATE - 3000000"])
def test_a_date_that_no_text_says_is_refused(session: Session, sql: str) -> None:
    assert failure(session, f"SELECT {sql}") == 2


def test_nothing_is_said_about_what_sqlglot_does_not_read(
    session: Session, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    for sql in ("CREATE TABLE Z3 AS TABLE T", "ALTER TABLE T SET SCHEMA X", "ALTER SESSION SET X Y", "COMMENT ON X"):
        failure(session, sql)
    assert (caplog.records, capfd.readouterr()) == ([], ("", ""))
