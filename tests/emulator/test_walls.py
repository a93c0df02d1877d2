"""No name leads a client out of its account: to files of the host, to DuckDB's own, or to what the emulator keeps."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from snowflake.connector.errors import ProgrammingError

from src.emulator.engine import Engine
from src.emulator.session import Session
from tests.emulator.cursors import arrow

Account = tuple[Engine, Session]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = Engine(tmp_path_factory.mktemp("walls") / "state")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def session(engine: Engine) -> Session:
    opened = engine.open_session()
    for sql in (
        "CREATE DATABASE DEMO",
        "CREATE WAREHOUSE WH",
        "CREATE TABLE T (ID INT) AS SELECT 1",
        "CREATE STREAM S ON TABLE T",
        "CREATE VIEW V AS SELECT ID FROM T",
    ):
        opened.cursor().execute(sql)
    return opened


@pytest.fixture(scope="module")
def host_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("host") / "file.csv"
    file.write_text("a,b\n1,2\n")
    return file


def run(session: Session, sql: str, parameters: Any = None) -> list[dict[str, Any]]:
    found = arrow(session, sql, parameters)
    rows: list[dict[str, Any]] = found.to_pylist()
    return rows


def failure(session: Session, sql: str, parameters: Any = None) -> int:
    with pytest.raises(ProgrammingError) as caught:
        run(session, sql, parameters)
    return int(caught.value.errno or 0)


# https://docs.snowflake.com/en/sql-reference/identifier-literal
NAMED = """
    CREATE OR REPLACE TABLE {N} (ID INT, B INT)
    INSERT INTO {N} VALUES (1, 2)
    INSERT INTO {N} (ID) SELECT 3
    UPDATE {N} SET B = 4 WHERE ID = 3
    MERGE INTO {N} AS X USING {N} AS Y ON X.ID = Y.ID WHEN MATCHED THEN UPDATE SET B = Y.B
    SELECT ID FROM {N} AS A JOIN {N} AS B USING (ID)
    ALTER TABLE {N} ADD COLUMN C INT
    ALTER TABLE {N} SET COMMENT = 'c'
    COMMENT ON TABLE {N} IS 'd'
    DESC TABLE {N}
    DESCRIBE TABLE {N}
    SHOW COLUMNS IN TABLE {N}
    CREATE OR REPLACE STREAM NS ON TABLE {N}
    CREATE OR REPLACE VIEW NV AS SELECT ID FROM {N}
    GRANT SELECT ON TABLE {N} TO ROLE PUBLIC
    WITH C AS (SELECT * FROM {N}) SELECT * FROM C
    DELETE FROM {N} WHERE ID IN (SELECT ID FROM {N})
    TRUNCATE TABLE {N}
    DROP TABLE {N}
""".strip().splitlines()
WAYS = {
    "text": ("IDENTIFIER('demo.public.n')", None),
    "dollars": ("identifier ( $$N$$ )", None),
    "bound": ("IDENTIFIER(?)", "DEMO.PUBLIC.N"),
    "variable": ("IDENTIFIER($the_name)", None),
}


@pytest.mark.parametrize("way", WAYS)
def test_identifier_names_a_table_wherever_a_name_may_stand(session: Session, way: str) -> None:
    written, value = WAYS[way]
    run(session, "SET the_name = 'DEMO.PUBLIC.\"N\"'")
    for sql in NAMED:
        sql = sql.strip().replace("{N}", written)
        run(session, sql, None if value is None else tuple([value] * sql.count("?")))


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE SCHEMA IDENTIFIER('demo.other')",
        "USE DATABASE IDENTIFIER('demo')",
        "USE SCHEMA IDENTIFIER('demo.public')",
        "USE IDENTIFIER('demo.public')",
        "SHOW TABLES IN IDENTIFIER('DEMO.PUBLIC')",
        "SHOW TABLES IN SCHEMA IDENTIFIER('PUBLIC')",
        "SHOW SCHEMAS IN DATABASE IDENTIFIER('DEMO')",
        "CREATE STAGE IDENTIFIER('st')",
        "DROP STAGE IDENTIFIER('st')",
        "DESC STREAM IDENTIFIER('s')",
        "ALTER WAREHOUSE IDENTIFIER('wh') SET COMMENT = 'x'",
        "DROP SCHEMA IDENTIFIER('other')",
        "SELECT IDENTIFIER('t').IDENTIFIER('id') FROM T",
        "SELECT IDENTIFIER('t.id') FROM T",
        "SELECT IDENTIFIER('count')(*) FROM T",
    ],
)
def test_identifier_names_any_other_object(session: Session, sql: str) -> None:
    run(session, sql)


def test_a_bound_name_leaves_the_other_values_their_places(session: Session) -> None:
    sql = "SELECT ? AS A, ID AS B, ? AS C FROM IDENTIFIER(?) WHERE ID = ?"
    assert run(session, sql, ("a", "c", "T", 1)) == [{"A": "a", "B": 1, "C": "c"}]


def test_a_block_names_a_table_by_its_variable(session: Session) -> None:
    block = """
        DECLARE N VARCHAR DEFAULT 'DEMO.PUBLIC.BY_BLOCK'; C INT;
        BEGIN
            CREATE OR REPLACE TABLE IDENTIFIER(:n) (A INT);
            INSERT INTO IDENTIFIER(:N) VALUES (5);
            SELECT MAX(A) INTO :C FROM IDENTIFIER(:N);
            RETURN (SELECT SUM(A) FROM IDENTIFIER(:N)) + C;
        END
    """
    assert run(session, block) == [{"anonymous block": 10}]


def test_the_names_in_a_tasks_body_are_resolved_when_it_runs(session: Session) -> None:
    body = "BEGIN LET N := 'T'; INSERT INTO IDENTIFIER(:N) VALUES (2); END"
    run(session, f"CREATE OR REPLACE TASK IDENTIFIER('tk') WAREHOUSE = WH AS {body}")
    assert [row["definition"] for row in run(session, "SHOW TASKS")] == [body]


@pytest.mark.parametrize(
    ("argument", "errno"),
    [
        ("''", 1003),
        ("'a b'", 1003),
        ("'a.'", 1003),
        ("'\"'", 1003),
        ("'a; DROP TABLE T'", 1003),
        ("'(SELECT 1)'", 1003),
        ("'T) --'", 1003),
        ("'a.b.c.d.e'", 1003),
        ("'@ST'", 1003),
        ("'T' || 'X'", 2),
        ("'T', 'X'", 2),
        ("1", 2),
        ("", 2),
        ("CURRENT_DATABASE()", 2),
        ("IDENTIFIER('T')", 2),
        ("?", 2049),
        ("$no_variable", 2211),
    ],
)
def test_what_is_not_a_name_in_identifier_is_refused(session: Session, argument: str, errno: int) -> None:
    assert failure(session, f"SELECT * FROM IDENTIFIER({argument})") == errno


# What DuckDB would know, and the account does not.
FOREIGN = [
    '"{file}"',
    '"{file}\'"',
    '"https://example.invalid/x.csv"',
    '"x.xlsx"',
    "duckdb_settings",
    '"duckdb_tables"',
    "sqlite_master",
    "pragma_database_list",
    "pg_catalog.pg_tables",
    "DEMO.pg_catalog.pg_tables",
    "system.main.duckdb_settings",
    "DEMO.main.T",
    "temp.main.T",
    "memory.main.T",
    "_fs_global.account.objects",
    '"_fs_global"."account"."grants"',
    "DEMO._fs_information_schema._fs_columns",
    "DEMO._emulator.clock",
    '_emulator."PUBLIC.T"',
    "_EMULATOR_GOOD_ROWS",
    # names of variables in this process
    "session",
    '"self"',
    '"found"',
]
USES = """
    SELECT * FROM {N}
    SELECT 1 WHERE EXISTS (SELECT * FROM {N})
    SELECT * FROM T, {N}
    WITH C AS (SELECT * FROM {N}) SELECT * FROM C
    CREATE TABLE X AS SELECT * FROM {N}
    CREATE VIEW X AS SELECT * FROM {N}
    INSERT INTO T SELECT 1 FROM {N}
    INSERT INTO {N} VALUES (1)
    UPDATE {N} SET ID = 1
    UPDATE T SET ID = 1 FROM {N}
    DELETE FROM {N}
    DELETE FROM T USING {N}
    MERGE INTO {N} AS X USING T ON TRUE WHEN MATCHED THEN DELETE
    MERGE INTO T USING {N} AS X ON TRUE WHEN MATCHED THEN DELETE
    TRUNCATE TABLE {N}
    DROP TABLE {N}
    DROP VIEW {N}
    DESC TABLE {N}
    DESC VIEW {N}
    ALTER TABLE {N} ADD COLUMN X INT
    ALTER TABLE {N} DROP COLUMN NAME
    ALTER TABLE {N} SET COMMENT = 'x'
    COMMENT ON TABLE {N} IS 'x'
    CREATE STREAM X ON TABLE {N}
    COPY INTO {N} FROM @NO_STAGE
""".strip().splitlines()


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_not_the_accounts_is_not_there_by_its_name_or_by_identifier(
    session: Session, host_file: Path, name: str
) -> None:
    name = name.replace("{file}", str(host_file))
    for sql in map(str.strip, USES):
        by_text = name.replace("'", "\\'")
        for written in (name, f"IDENTIFIER('{by_text}')"):
            statement = sql.replace("{N}", written)
            assert failure(session, statement) in (2003, 2043, 2), statement


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT {C} FROM T",
        "SELECT T.{C} FROM T",
        "SELECT X.{C} FROM IDENTIFIER('T') X",
        "SELECT {C} FROM V",
        "SELECT * EXCLUDE {C} FROM T",
        "SELECT 1 FROM T ORDER BY {C}",
        "UPDATE T SET {C} = 1",
        "UPDATE T SET ID = {C}",
        "DELETE FROM T WHERE {C} = 1",
        "INSERT INTO T (ID, {C}) VALUES (1, 2)",
        "MERGE INTO T USING (SELECT 1 AS N) S ON T.{C} = S.N WHEN MATCHED THEN DELETE",
        "ALTER TABLE T DROP COLUMN {C}",
        "ALTER TABLE T RENAME COLUMN {C} TO B",
        "CREATE TABLE X ({C} INT)",
    ],
)
def test_the_hidden_column_cannot_be_named(session: Session, sql: str) -> None:
    for name in ("_emulator_row_id", '"_emulator_row_id"', "IDENTIFIER('_emulator_row_id')"):
        assert failure(session, sql.replace("{C}", name)) in (904, 2, 1003, 2003)


def test_no_star_shows_the_hidden_column(session: Session) -> None:
    for sql in (
        "SELECT * FROM IDENTIFIER('T')",
        "SELECT B.* FROM (WITH T AS (SELECT 1 AS X) SELECT * FROM T) A, T B",
        "WITH T AS (SELECT * FROM T) SELECT * FROM T",
        "WITH A AS (SELECT * FROM T), T AS (SELECT 2 AS ID) SELECT * FROM A",
        "SELECT T.* FROM V, T",
    ):
        assert {name for row in run(session, sql) for name in row} == {"ID"}, sql


def test_a_row_number_of_duckdbs_is_no_column(session: Session) -> None:
    for sql in ("SELECT ROWID FROM T", "DELETE FROM T WHERE ROWID = 0", "UPDATE T SET ID = T.ROWID"):
        assert failure(session, sql) == 904


# What Snowflake has under the same name.
_SNOWFLAKES_TOO = {"FLATTEN", "REPEAT"}


def test_no_function_of_duckdbs_is_a_table(session: Session) -> None:
    rows = duckdb.connect().execute(
        "SELECT DISTINCT function_name FROM duckdb_functions()"
        " WHERE function_type IN ('table', 'table_macro', 'pragma') AND regexp_matches(function_name, '^[a-z_0-9]+$')"
    )
    names = {name.upper() for (name,) in rows.fetchall()} - _SNOWFLAKES_TOO
    assert len(names) > 80
    for name in sorted(names):
        for sql in (
            f"SELECT * FROM {name}('/etc/hosts')",
            f"SELECT * FROM TABLE({name}('/etc/hosts'))",
            f"SELECT * FROM {name}()",
            f"SELECT * FROM T, LATERAL {name}('/etc/hosts')",
            f"SELECT * FROM {name}",
            f"SELECT * FROM IDENTIFIER('{name}')('/etc/hosts')",
            f"CALL {name}('/etc/hosts')",
            f"PRAGMA {name}",
        ):
            assert failure(session, sql) in (2, 938, 1003, 2003, 2140), sql


def test_no_setting_of_duckdbs_can_be_seen_or_changed(engine: Engine, session: Session) -> None:
    def settings() -> list[tuple[str, str]]:
        return engine.duck_conn.execute("SELECT name, value FROM duckdb_settings() ORDER BY name").fetchall()

    before = settings()
    for name, _ in before:
        for sql in (
            f"SELECT CURRENT_SETTING('{name}')",
            f"PRAGMA {name} = 1",
            f"RESET {name}",
            f"SET GLOBAL {name} = 1",
            f"ALTER SESSION SET {name} = 1",
        ):
            if name.upper() != "TIMEZONE":
                assert failure(session, sql) in (2, 1003, 1006, 2140), sql
        run(session, f"SET {name} = 'x'")  # a variable of the session's
        run(session, f"UNSET {name}")
    assert settings() == before


def test_duckdb_itself_reads_and_writes_in_the_state_folder_alone(engine: Engine, host_file: Path) -> None:
    duck = engine.duck_conn.cursor()
    for sql in (
        f"SELECT * FROM '{host_file}'",
        f"SELECT * FROM read_csv('{host_file}')",
        f"SELECT * FROM read_text('{engine.storage.folder}/../../host0/file.csv')",
        f"SELECT * FROM glob('{host_file.parent}/*')",
        f"COPY (SELECT 1) TO '{host_file}'",
        f"ATTACH '{host_file.with_suffix('.duckdb')}'",
        "SELECT * FROM 'https://example.invalid/x.parquet'",
        "SELECT * FROM 'x.xlsx'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "SET lock_configuration = false",
        "SET threads = 1",
        "CREATE PERSISTENT SECRET S (TYPE s3)",
        "SELECT * FROM host_file",
    ):
        with pytest.raises(duckdb.Error):
            duck.execute(sql)
    assert host_file.read_text() == "a,b\n1,2\n"


def test_a_state_folder_behind_a_link_is_used(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for _ in range(2):
        engine = Engine(tmp_path / "link" / "it's a state")
        run(engine.open_session(), "CREATE DATABASE IF NOT EXISTS DEMO")
        engine.close()


@pytest.mark.parametrize(
    "sql",
    [
        *(
            f"CREATE DATABASE {name}"
            for name in ("MEMORY", "SYSTEM", "TEMP", "MAIN", "_FS_GLOBAL", "_EMULATOR", "LIMIT")
        ),
        *(f"CREATE DATABASE {name}" for name in ("SNOWFLAKE", "INFORMATION_SCHEMA", '"SELECT"', '"memory"')),
        *(f"CREATE SCHEMA DEMO.{name}" for name in ("MAIN", '"main"', "PG_CATALOG", "_EMULATOR", '"_emulator_x"')),
        *(f"CREATE OR REPLACE SCHEMA {name}" for name in ("_FS_INFORMATION_SCHEMA", '"public"', '"Public"')),
        'CREATE OR REPLACE TABLE "t" (ID INT)',
        'CREATE OR REPLACE VIEW "t" AS SELECT 1 AS ID',
        'CREATE TABLE DEMO.PUBLIC."v" (ID INT)',
    ],
)
def test_a_name_that_duckdb_would_take_for_another_is_refused_and_breaks_nothing(session: Session, sql: str) -> None:
    assert failure(session, sql) == 2
    assert run(session, "SELECT ID FROM DEMO.PUBLIC.V") == run(session, "SELECT ID FROM DEMO.PUBLIC.T") != []


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE _EMULATOR_T (A INT)",
        "CREATE VIEW _EMULATOR_T AS SELECT 1 AS A",
        "CREATE STREAM _EMULATOR_S ON TABLE DEMO.PUBLIC.T",
        "CREATE ICEBERG TABLE _EMULATOR_T (A INT) CATALOG = 'SNOWFLAKE' EXTERNAL_VOLUME = 'V' BASE_LOCATION = 't'",
        'CREATE STAGE "_emulator_s"',
        "ALTER TABLE DEMO.PUBLIC.T RENAME TO DEMO.PUBLIC._EMULATOR_T",
        "ALTER TABLE DEMO.PUBLIC.T RENAME COLUMN ID TO _EMULATOR_ID",
        'ALTER TABLE DEMO.PUBLIC.T RENAME TO DEMO.PUBLIC."v"',
    ],
)
def test_no_new_name_is_one_that_could_not_be_read_again(session: Session, sql: str) -> None:
    before = run(session, "SHOW OBJECTS IN DEMO.PUBLIC")
    assert failure(session, sql) == 2
    assert run(session, "SHOW OBJECTS IN DEMO.PUBLIC") == before
    assert run(session, "SELECT ID FROM DEMO.PUBLIC.T") != []


@pytest.mark.parametrize("name", ["TEMP", "SYSTEM", "MEMORY", "DEMO", '"it\'s"', '"a.b"', '"a""b"', '"a b"', "LIMIT_"])
def test_a_schema_may_have_the_name_of_a_database_or_any_letters(session: Session, name: str) -> None:
    for sql in (
        f"CREATE SCHEMA DEMO.{name}",
        "CREATE TABLE X AS SELECT 5 AS N",
        f"INSERT INTO {name}.X SELECT N + 1 FROM {name}.X",
        f"UPDATE {name}.X SET N = 7 WHERE N = 6",
        f"DELETE FROM DEMO.{name}.X WHERE N = 5",
    ):
        run(session, sql)
    assert run(session, f"SELECT X.N FROM {name}.X") == [{"N": 7}]
    for sql in (f"DROP TABLE {name}.X", f"DROP SCHEMA DEMO.{name}", "USE SCHEMA DEMO.PUBLIC"):
        run(session, sql)


@pytest.mark.parametrize("kind", ["TABLE", "VIEW", "STREAM", "TASK", "PIPE", "ICEBERG TABLE", "SHARE"])
def test_what_is_absent_cannot_be_described(session: Session, kind: str) -> None:
    assert failure(session, f"DESC {kind} NOPE") == failure(session, f"DESCRIBE {kind} NOPE") == 2003
