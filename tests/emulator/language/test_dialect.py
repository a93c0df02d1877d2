"""What is Snowflake's SQL runs, or is refused by its name; what is not is refused in Snowflake's words.

https://docs.snowflake.com/en/sql-reference
"""

import pytest
from snowflake.connector import SnowflakeConnection
from snowflake.connector.errors import DatabaseError, ProgrammingError

from src.emulator.language import dialect
from src.emulator.language.argument_counts import MOST
from src.emulator.language.function_names import NAMES
from src.emulator.pipeline import refused
from src.emulator.pipeline.statements import REFUSED
from tests.emulator.conftest import run_on

TABLES = """
    CREATE TABLE T (ID INT, NAME VARCHAR, D DATE, J VARIANT) AS SELECT 1, 'a', '2026-01-02'::DATE, PARSE_JSON('[1]');
    CREATE TABLE U (ID INT, NAME VARCHAR);
    CREATE VIEW V AS SELECT ID FROM T;
    CREATE STAGE ST;
    CREATE STREAM S ON TABLE T;
    CREATE TASK TK WAREHOUSE = WH SCHEDULE = '60 MINUTES' AS SELECT 1;
    CREATE ROLE R
"""


@pytest.fixture(scope="module")
def account(module_account: SnowflakeConnection) -> SnowflakeConnection:
    """One account for all cases: none of them changes it."""
    for sql in TABLES.split(";"):
        run_on(module_account, sql)
    return module_account


def failure(account: SnowflakeConnection, sql: str) -> DatabaseError:
    with pytest.raises(DatabaseError) as caught:
        run_on(account, sql)
    return caught.value


SYNTAX = (1003, "42000")
UNKNOWN_FUNCTION = (2140, "42601")
UNSUPPORTED_TYPE = (2040, "42601")

# SQL that DuckDB or sqlglot knows and Snowflake does not, and what Snowflake does not expect in it.
FOREIGN_SYNTAX = [
    ("PRAGMA version", "PRAGMA"),
    ("ATTACH 'x.db'", "ATTACH"),
    ("DETACH x", "DETACH"),
    ("INSTALL httpfs", "INSTALL"),
    ("LOAD httpfs", "LOAD"),
    ("RESET threads", "RESET"),
    ("CHECKPOINT", "CHECKPOINT"),
    ("VACUUM", "VACUUM"),
    ("EXPORT DATABASE 'x'", "EXPORT"),
    ("COPY T TO 'x.csv'", "T"),
    ("CREATE MACRO F(A) AS A", "MACRO"),
    ("CREATE TRIGGER X", "TRIGGER"),
    ("FROM T", "FROM"),
    ("SELECT FROM T", "FROM"),
    ("CREATE TABLE N AS FROM T", "AS"),
    ("INSERT INTO U FROM T", "FROM"),
    ("SELECT * FROM (FROM T)", "("),
    ("SUMMARIZE T", "SUMMARIZE"),
    ("DESCRIBE SELECT 1", "SELECT"),
    ("SHOW ALL TABLES", "ALL"),
    ("TABLE T", "TABLE"),
    ("PIVOT T ON NAME USING SUM(ID)", "PIVOT"),
    ("SELECT * FROM (PIVOT T ON NAME USING SUM(ID))", "USING"),
    ("SELECT * FROM '/etc/passwd.csv'", "/etc/passwd.csv"),
    ("SELECT 2 ** 3", "3"),
    ("SELECT 2 ^ 3", "^"),
    ("SELECT 5 & 3", "&"),
    ("SELECT 5 | 3", "|"),
    ("SELECT ~1", "~"),
    ("SELECT 1 << 2", "<"),
    ("SELECT 1 <=> 1", ">"),
    ("SELECT J->'a' FROM T", "->"),
    ("SELECT 'a' ~ 'b'", "~"),
    ("SELECT 'a' GLOB 'b'", "b"),
    ("SELECT 'a' SIMILAR TO 'b'", "TO"),
    ("SELECT 'a' 'b'", "b"),
    ("SELECT #1 FROM T", "#"),
    ("SELECT * EXCEPT (ID) FROM T", "*"),
    ("SELECT * LIKE 'I%' FROM T", "LIKE"),
    ("SELECT DISTINCT ON (ID) ID FROM T", "ON"),
    ("SELECT SUM(ID) FILTER (WHERE ID > 1) FROM T", "FILTER"),
    ("SELECT ID FROM T USING SAMPLE 10%", "USING"),
    ("SELECT ID FROM T LIMIT 50%", "%"),
    ("SELECT ID FROM T LIMIT (SELECT 1)", "("),
    ("SELECT ID FROM T OFFSET 1", "OFFSET"),
    ("SELECT ID FROM T WINDOW W AS (ORDER BY ID)", "W"),
    ("SELECT * FROM T SEMI JOIN U ON T.ID = U.ID", "SEMI"),
    ("SELECT * FROM T ANTI JOIN U ON T.ID = U.ID", "ANTI"),
    ("SELECT * FROM T ASOF JOIN U ON T.ID >= U.ID", "ON"),
    ("WITH X AS MATERIALIZED (SELECT 1) SELECT * FROM X", "MATERIALIZED"),
    ("SELECT 1::INT[]", "INT"),
    ("INSERT U VALUES (1, 'x')", "U"),
    ("INSERT OR REPLACE INTO U VALUES (1, 'x')", "OR"),
    ("INSERT INTO U VALUES (1, 'x') ON CONFLICT DO NOTHING", "ON"),
    ("INSERT INTO U VALUES (1, 'x') RETURNING *", "RETURNING"),
    ("INSERT INTO U BY NAME SELECT 1 AS ID", "BY"),
    ("INSERT INTO U DEFAULT VALUES", "DEFAULT"),
    ("REPLACE INTO U VALUES (1, 'x')", "REPLACE"),
    ("UPSERT INTO U VALUES (1, 'x')", "UPSERT"),
    ("UPDATE U SET NAME = 'y' RETURNING *", "RETURNING"),
    ("UPDATE OR REPLACE U SET NAME = 'y'", "OR"),
    ("DELETE U", "U"),
    ("DELETE FROM U RETURNING *", "RETURNING"),
    ("DELETE FROM U LIMIT 1", "LIMIT"),
    ("MERGE INTO U USING T USING (ID) WHEN MATCHED THEN DELETE", "USING"),
    ("MERGE INTO U USING T ON U.ID = T.ID WHEN MATCHED THEN UPDATE SET *", "*"),
    ("MERGE INTO U USING T ON U.ID = T.ID WHEN NOT MATCHED THEN INSERT *", "*"),
    ("MERGE INTO U USING T ON U.ID = T.ID WHEN MATCHED THEN DO NOTHING", "DO"),
    ("CREATE TABLE N (A UNION(B INT))", "UNION"),
    ("FROBNICATE X", "FROBNICATE"),
    ("CREATE FROBNICATION X", "FROBNICATION"),
    ("ALTER FROBNICATION X", "FROBNICATION"),
]


@pytest.mark.parametrize(("sql", "word"), FOREIGN_SYNTAX, ids=[sql for sql, _ in FOREIGN_SYNTAX])
def test_what_is_not_snowflakes_syntax_is_a_syntax_error(account: SnowflakeConnection, sql: str, word: str) -> None:
    error = failure(account, sql)
    assert (error.errno, error.sqlstate) == SYNTAX
    assert f"unexpected '{word}'." in str(error.msg)


FOREIGN_FUNCTIONS = """
    read_csv('x')|read_parquet('x')|list_value(1)|struct_pack(a => 1)|strptime('a', 'b')|strftime(CURRENT_DATE, '%Y')
    epoch_ms(1)|regexp_matches('a', 'b')|group_concat('a')|array_length([1])|unnest([1])|range(3)|generate_series(1, 3)
    now()|today()|if(TRUE, 1, 2)|strlen('a')|printf('%d', 1)|levenshtein('a', 'b')|date_diff('day', CURRENT_DATE, D)
    date_add(D, 1)|make_date(2026, 1, 1)|json_extract(J, 'a')|first(ID)|arg_max(ID, ID)|quantile(ID, 0.5)
    bool_and(TRUE)|string_split('a', ',')|uuid()|gen_random_uuid()|sha256('a')|isnan(1)|xor(1, 2)|log2(8)|list(ID)
    histogram(ID)|lcase('A')|columns('I.*')|current_setting('x')|list_transform([1], x -> x + 1)
"""


@pytest.mark.parametrize("call", FOREIGN_FUNCTIONS.replace("\n", "|").split("|"))
def test_what_is_not_snowflakes_function_is_unknown(account: SnowflakeConnection, call: str) -> None:
    if call := call.strip():
        error = failure(account, f"SELECT {call} FROM T")
        assert (error.errno, error.sqlstate) == UNKNOWN_FUNCTION
        assert f"Unknown function {call.partition('(')[0].upper()}." in str(error.msg)


FOREIGN_TYPES = "HUGEINT UBIGINT UINTEGER INT128 INT4 INT8 LONG UUID BLOB BIT JSON TIMESTAMP_S TIMESTAMP_MS MONEY NOPE"


@pytest.mark.parametrize("type_", FOREIGN_TYPES.split())
def test_what_is_not_snowflakes_type_is_unsupported(account: SnowflakeConnection, type_: str) -> None:
    for sql in (f"SELECT '1'::{type_}", f"SELECT CAST('1' AS {type_})", f"CREATE TABLE N (A INT, B {type_})"):
        error = failure(account, sql)
        assert (error.errno, error.sqlstate) == UNSUPPORTED_TYPE, sql
        assert f"Unsupported data type '{type_}'." in str(error.msg)


# DuckDB would read a file, or a table of its own catalogue.
@pytest.mark.parametrize(
    "name", ['"x.parquet"', "duckdb_tables", "sqlite_master", "pg_catalog.pg_tables", "DEMO.main.duckdb_settings"]
)
def test_what_is_no_table_of_the_account_does_not_exist(account: SnowflakeConnection, name: str) -> None:
    error = failure(account, f"SELECT * FROM {name}")
    assert (error.errno, error.sqlstate) == (2003, "42S02")


# What is wrong in a statement, and Snowflake's number for it.
MISTAKES = [
    ("SELECT T.NOPE FROM T", 904, "error line 1 at position 7\ninvalid identifier 'T.NOPE'"),
    ("UPDATE U SET NOPE = 1", 904, "invalid identifier 'NOPE'"),
    ("INSERT INTO U (NOPE) VALUES (1)", 904, "invalid identifier 'NOPE'"),
    ("SELECT SEQ.NEXTVAL", 904, "invalid identifier"),
    ("SELECT ID FROM T, U", 2028, "ambiguous column name 'ID'"),
    ("SELECT ID, NAME FROM T GROUP BY ID", 1104, "'T.NAME' in select clause is neither an aggregate nor in the group"),
    ("INSERT INTO U VALUES (1, NOPE)", 904, "error line 1 at position 25\ninvalid identifier 'NOPE'"),
    ("INSERT INTO U SELECT 1", 2020, "expecting 2 but got 1"),
    ("SELECT (SELECT N FROM VALUES (1), (2) AS X (N))", 90150, "Single-row subquery returns more than one row."),
    ("SELECT SUM(NAME) FROM T", 100038, "Numeric value 'a' is not recognized"),
    ("SELECT TRY_CAST(ID AS VARCHAR) FROM T", 1065, "TRY_CAST cannot be used with arguments of types"),
    ("SELECT TRY_CAST(1 AS VARCHAR)", 1065, "TRY_CAST cannot be used with arguments of types"),
    ("INSERT INTO U VALUES (9223372036854775808, 'x')", 100046, "Number out of representable range"),
    ("DROP VIEW NOPE", 2003, "View 'NOPE' does not exist or not authorized."),
    ("CREATE TABLE T (ID INT)", 2002, "Object 'T' already exists."),
    ("CREATE TABLE V (ID INT)", 2002, "Object 'V' already exists."),
    ("CREATE TABLE N (ID INT, ID INT)", 2025, "duplicate column name 'ID'"),
    ("CREATE TABLE NOPE.T (ID INT)", 2003, "Schema 'DEMO.NOPE' does not exist or not authorized."),
    ("DROP TABLE V", 2203, "is of type 'VIEW', not specified type 'TABLE'"),
    ("CREATE TABLE N USING TEMPLATE (SELECT 1)", 3002, "lists no columns"),
    ("CREATE TASK N WAREHOUSE = WH NO_SUCH = 1 AS SELECT 1", 1420, "invalid property 'NO_SUCH' for 'TASK'"),
    ("CREATE STREAM N ON TABLE T NO_SUCH = 1", 1420, "invalid property 'NO_SUCH' for 'STREAM'"),
    ("CREATE WAREHOUSE N NO_SUCH = 1", 1420, "invalid property 'NO_SUCH' for 'WAREHOUSE'"),
    ("CREATE DATABASE N NO_SUCH = 1", 1420, "invalid property 'NO_SUCH' for 'DATABASE'"),
    ("CREATE SHARE N NO_SUCH = 1", 1420, "invalid property 'NO_SUCH' for 'SHARE'"),
    ("CREATE STAGE N NO_SUCH = 1", 1420, "invalid property 'NO_SUCH' for 'STAGE'"),
    ("CREATE TABLE N (ID INT) NO_SUCH = 1", 1420, "invalid property 'NO_SUCH' for 'TABLE'"),
    ("ALTER TABLE T SET NO_SUCH = 1", 1420, "invalid property 'NO_SUCH' for 'TABLE'"),
]


@pytest.mark.parametrize(("sql", "errno", "message"), MISTAKES, ids=[case[0] for case in MISTAKES])
def test_a_mistake_has_snowflakes_number(account: SnowflakeConnection, sql: str, errno: int, message: str) -> None:
    error = failure(account, sql)
    assert error.errno == errno
    assert message in str(error.msg)


# Clauses and statements of Snowflake's that are not emulated, and the name by which each is refused.
NOT_EMULATED = [
    ("CREATE TASK N CLONE TK", "CREATE TASK ... CLONE"),
    ("EXECUTE TASK TK RETRY LAST", "EXECUTE TASK ... RETRY"),
    ("CREATE STREAM N ON STAGE ST", "CREATE STREAM ... ON STAGE"),
    ("CREATE STREAM N ON EXTERNAL TABLE X", "CREATE STREAM ... ON EXTERNAL"),
    ("CREATE STREAM N ON DYNAMIC TABLE X", "CREATE STREAM ... ON DYNAMIC"),
    ("CREATE STREAM N ON TABLE T AT (TIMESTAMP => '2026-01-01'::TIMESTAMP)", "AT (TIMESTAMP => ...)"),
    ("CREATE STREAM N ON TABLE T AT (OFFSET => -60)", "AT (OFFSET => ...)"),
    ("CREATE STREAM N ON TABLE T BEFORE (STATEMENT => 'x')", "CREATE STREAM ... BEFORE"),
    ("CREATE STREAM N CLONE S", "CREATE STREAM ... CLONE"),
    ("CREATE STREAM N COPY GRANTS ON TABLE T", "CREATE STREAM ... COPY GRANTS"),
    ("SELECT * FROM T CHANGES (INFORMATION => DEFAULT) AT (OFFSET => -60)", "the CHANGES clause"),
    ("SELECT * FROM T AT (OFFSET => -1)", "AT on 'T', which is no Iceberg table"),
    ("CREATE SCHEMA N CLONE PUBLIC", "CREATE SCHEMA ... CLONE"),
    ("CREATE DATABASE N CLONE DEMO", "CREATE DATABASE ... CLONE"),
    ("CREATE OR ALTER TABLE T LIKE U", "CREATE OR ALTER TABLE ... LIKE"),
    ("CREATE OR ALTER VIEW N AS SELECT 1 AS A", "CREATE OR ALTER VIEW"),
    ("CREATE TABLE N (ID INT) COPY GRANTS", "COPY GRANTS"),
    ("CREATE TABLE N (ID INT CHECK (ID > 0))", "CHECK"),
    ("CREATE TABLE N (A VARCHAR COLLATE 'en-ci')", "COLLATE"),
    ("CREATE TABLE N (A VARCHAR MASKING POLICY P)", "MASKING POLICY"),
    ("CREATE TABLE N (A GEOGRAPHY)", "the type GEOGRAPHY"),
    ("CREATE TABLE N (A VECTOR(FLOAT, 3))", "the type VECTOR"),
    ("CREATE RECURSIVE VIEW N AS SELECT 1 AS A", "CREATE RECURSIVE VIEW"),
    ("CREATE STAGE N URL = 's3://bucket/x'", "CREATE STAGE ... URL"),
    ("ALTER TABLE T SWAP WITH U", "ALTER TABLE ... SWAP WITH"),
    ("ALTER TABLE T SET TAG X = 'a'", "ALTER TABLE ... SET TAG"),
    ("ALTER TABLE T ADD SEARCH OPTIMIZATION", "ADD SEARCH OPTIMIZATION"),
    ("ALTER DATABASE DEMO RENAME TO N", "ALTER DATABASE ... RENAME"),
    ("ALTER WAREHOUSE WH ABORT ALL QUERIES", "ALTER WAREHOUSE ... ABORT"),
    ("ALTER STAGE ST REFRESH", "ALTER STAGE ... REFRESH"),
    ("GRANT SELECT ON TABLE T TO USER BOB", "GRANT ... TO USER"),
    ("GRANT SELECT ON TABLE T TO DATABASE ROLE DEMO.R", "GRANT ... TO DATABASE"),
    ("COPY INTO T FROM 's3://x/y'", "COPY INTO ... FROM an external location"),
    ("EXECUTE IMMEDIATE FROM './x.sql'", "EXECUTE IMMEDIATE FROM a relative path"),
    ("SET (A, B) = (1, 2)", "SET of several variables at once"),
    ("UNSET (A, B)", "UNSET of several variables at once"),
    ("SELECT * FROM T MATCH_RECOGNIZE (MEASURES ID AS X PATTERN (A) DEFINE A AS ID > 0)", "MATCH_RECOGNIZE"),
    ("SELECT * FROM T FOR UPDATE", "FOR UPDATE"),
    ("SELECT * FROM T, U WHERE T.ID = U.ID (+)", "the outer join mark (+)"),
    ("SELECT * FROM DIRECTORY(@ST)", "DIRECTORY"),
    ("SELECT SYSTEM$CLUSTERING_INFORMATION('T')", "SYSTEM$CLUSTERING_INFORMATION"),
    ("SELECT GET_DDL('TASK', 'T')", "GET_DDL of the type TASK"),
    ("SELECT SOUNDEX('a')", "SOUNDEX"),
    ("SELECT RATIO_TO_REPORT(ID) FROM T", "RATIO_TO_REPORT"),
    ("SELECT '1'::INTERVAL", "the type INTERVAL"),
    ("MERGE INTO U USING T ON U.ID = T.ID WHEN NOT MATCHED BY SOURCE THEN DELETE", "WHEN NOT MATCHED BY SOURCE"),
]


@pytest.mark.parametrize(("sql", "name"), NOT_EMULATED, ids=[case[0] for case in NOT_EMULATED])
def test_what_is_not_emulated_is_refused_by_name(account: SnowflakeConnection, sql: str, name: str) -> None:
    error = failure(account, sql)
    assert (error.errno, error.sqlstate) == (2, "0A000")
    assert name in str(error.msg)


def test_every_statement_of_the_table_of_refusals_is_refused_by_name(account: SnowflakeConnection) -> None:
    assert len(REFUSED) > 200
    for words in sorted(REFUSED):
        text = " ".join(words)
        error = failure(account, f"{text} X")
        assert (error.errno, error.sqlstate) == (2, "0A000"), text
        assert f"Unsupported feature: {text} is not emulated." in str(error.msg)


def test_desc_is_refused_as_describe_is(account: SnowflakeConnection) -> None:
    assert "DESCRIBE RESULT is not emulated" in str(failure(account, "DESC RESULT R").msg)


def test_no_statement_is_refused_that_is_executed() -> None:
    assert ("CREATE", "TASK") not in REFUSED
    assert "CREATE TASK" not in {text for _, statements in refused.of_kinds() for text in statements}


# Snowflake's own, although it looks like DuckDB's.
LEGAL = [
    ("SELECT 5 // 2 is a comment", 5),
    ("SELECT BITAND(5, 3) + BITOR(5, 3) + BITXOR(5, 3)", 14),
    ("SELECT 10 * MOD(7, 4) - MOD(BITOR(4, 3), 4) * 10", 0),
    ("SELECT ID FROM T GROUP BY ALL", 1),
    ("SELECT 1 IS DISTINCT FROM 2", True),
    ("SELECT 'abc' LIKE ANY ('a%', 'b%')", True),
    ("SELECT * EXCLUDE (NAME, D, J) FROM T", 1),
    ("SELECT * EXCLUDE ID RENAME NAME AS N FROM T", "a"),
    ("SELECT * ILIKE 'n%' FROM T", "a"),
    ("SELECT ID FROM T QUALIFY ROW_NUMBER() OVER (ORDER BY ID) = 1", 1),
    ("SELECT ID AS X, X + 1 FROM T", 1),
    ("SELECT F.VALUE::INT FROM T, LATERAL FLATTEN(INPUT => T.J) F", 1),
    ("SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 3))", 3),
    ("SELECT TOP 1 ID FROM T", 1),
    ("SELECT ID FROM T LIMIT 1 OFFSET 0", 1),
    ("SELECT ID FROM T FETCH FIRST 1 ROWS ONLY", 1),
    ("SELECT ID FROM T MINUS SELECT 2", 1),
    ("SELECT ID FROM T UNION BY NAME SELECT 1 AS ID", 1),
    ("SELECT COUNT(*) FROM IDENTIFIER('T')", 1),
    ("SELECT TRY_CAST(NAME AS INT) FROM T", None),
    ("SELECT 2147483647 + 1", 2147483648),
    ("SELECT 1000000 * 1000000", 1000000000000),
    ("SELECT SUM(N) FROM VALUES (9223372036854775807), (9223372036854775807) AS X (N)", 18446744073709551614),
    ("SELECT LTRIM('xxabcx', 'x')", "abcx"),
    ("SELECT RTRIM('abcxy', 'xy')", "abc"),
    ("SELECT TRIM('xabcx', 'x')", "abc"),
    ("SELECT RTRIM('a ') || '.'", "a."),
    ("SELECT 1::BYTEINT + 1::TINYINT", 2),
    ("SELECT '2026-01-02'::TIMESTAMPTZ::DATE::VARCHAR", "2026-01-02"),
    ("TRUNCATE TABLE IF EXISTS NOPE", "Statement executed successfully."),
    ("ALTER TABLE U UNSET COMMENT", "Statement executed successfully."),
]


@pytest.mark.parametrize(("sql", "value"), LEGAL, ids=[case[0] for case in LEGAL])
def test_what_snowflake_takes_runs(account: SnowflakeConnection, sql: str, value: object) -> None:
    assert run_on(account, sql)[0][0] == value


@pytest.mark.parametrize(
    ("sql", "place"),
    [
        ("SELECT A, B FROM (SELECT $1 AS A, $2 AS B FROM VALUES (1, 2), (3, 4), (5, 6), (7, 8), (9, 0))", 47),
        ("SELECT 1 IN (1, 2, 3, 4, 5), F(1, 2)", 12),
    ],
)
def test_a_list_has_not_more_expressions_than_an_account_takes(
    monkeypatch: pytest.MonkeyPatch, sql: str, place: int
) -> None:
    """https://github.com/snowflakedb/snowpark-python: test_create_dataframe_large_without_batch_insert"""
    monkeypatch.setattr(dialect, "_MOST_IN_A_LIST", 4)
    with pytest.raises(ProgrammingError) as raised:
        dialect.parse_one(sql)
    assert str(raised.value.msg).endswith(
        f"error line 1 at position {place}\nmaximum number of expressions in a list exceeded, expected at most 4, got 5"
    )


MANY = 30
TAKES_MANY = frozenset(
    """AI_EMBED AI_SIMILARITY ARRAYS_ZIP ARRAY_CONSTRUCT ARRAY_CONSTRUCT_COMPACT COALESCE CONCAT CONCAT_WS COUNT DECODE
    FLATTEN GREATEST GREATEST_IGNORE_NULLS GROUPING GROUPING_ID HASH_AGG HLL LEAST LEAST_IGNORE_NULLS MAP_DELETE
    MAP_PICK MINHASH OBJECT_CONSTRUCT OBJECT_CONSTRUCT_KEEP_NULL TABLE""".split()
)


def _told(name: str, count: int) -> str:
    """What a call with so many arguments is refused with, if it is."""
    try:
        dialect.parse_one(f"SELECT {name}({', '.join('1' * count)}) AS X")
    except ProgrammingError as error:
        return str(error.msg)
    return ""


@pytest.mark.parametrize(("name", "most"), MOST.items())
def test_a_function_takes_its_arguments_and_not_one_more(name: str, most: int) -> None:
    assert "too many arguments" not in _told(name, most)
    told = f"too many arguments for function [{name}()] expected {most}, got {most + 1}"
    assert _told(name, most + 1).endswith(told)


@pytest.mark.parametrize("name", sorted(NAMES & set(dialect.StrictSnowflake.Parser.FUNCTIONS) - TAKES_MANY))
def test_every_function_that_the_parser_knows_holds_its_arguments(name: str) -> None:
    assert _told(name, MANY)


def test_commas_inside_an_argument_and_in_a_window_are_no_arguments() -> None:
    dialect.parse_one("SELECT LEFT(CONCAT('a', 'b', 'c'), [1, 2, 3][0]), MAX(A) OVER (PARTITION BY A, B, C) FROM T")
