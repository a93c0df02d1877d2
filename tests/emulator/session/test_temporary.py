"""Temporary objects: https://docs.snowflake.com/en/user-guide/tables-temp-transient"""

from pathlib import Path

import pytest
from snowflake.connector import SnowflakeConnection
from snowflake.connector.errors import ProgrammingError

from src.emulator.engine import Engine
from tests.emulator.conftest import DEMO, Connect, Fails, Rows, Run, run_on

pytestmark = pytest.mark.emulator("module")

WORDS = ("TEMP", "TEMPORARY", "LOCAL TEMP", "GLOBAL TEMPORARY", "VOLATILE", "SCOPED TEMPORARY", "SCOPED TEMP")


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("or_replace", ["", "OR REPLACE "])
def test_a_table_is_temporary_by_any_of_the_words(run: Run, rows: Rows, or_replace: str, words: str) -> None:
    assert run(f"CREATE {or_replace}{words} TABLE T (A INT)") == [("Table T successfully created.",)]
    run("INSERT INTO T VALUES (1), (2)")
    assert run("SELECT COUNT(*) FROM T") == [(2,)]
    assert [row["kind"] for row in rows("SHOW TABLES LIKE 'T'")] == ["TEMPORARY"]


@pytest.mark.parametrize("words", [*WORDS, "SECURE TEMPORARY", "SECURE LOCAL TEMP"])
def test_a_view_is_temporary_by_any_of_the_words(run: Run, rows: Rows, words: str) -> None:
    assert run(f"CREATE {words} VIEW V AS SELECT 1 AS N") == [("View V successfully created.",)]
    assert run("SELECT N FROM V") == [(1,)]
    assert "VIEW V AS" in rows("SHOW VIEWS LIKE 'V'")[0]["text"]


@pytest.mark.parametrize("kind", ["VIEW", "TABLE"])
def test_secure_stands_before_temporary(fails: Fails, kind: str) -> None:
    assert fails(f"CREATE TEMPORARY SECURE {kind} V AS SELECT 1 AS N").errno in (1003, 2)


# Each kind: what makes one, what asks for it, and the answer.
KINDS = [
    pytest.param("TABLE T (A INT)", "SELECT * FROM T", id="table"),
    pytest.param("VIEW T AS SELECT 1 AS A", "SELECT * FROM T", id="view"),
    pytest.param("STAGE T", "LIST @T", id="stage"),
    pytest.param("FILE FORMAT T TYPE = CSV", "DROP FILE FORMAT T", id="file format"),
]


@pytest.mark.parametrize(("made", "asks"), KINDS)
def test_a_temporary_object_is_its_sessions_alone(run: Run, other: SnowflakeConnection, made: str, asks: str) -> None:
    run(f"CREATE TEMPORARY {made}")
    with pytest.raises(ProgrammingError, match="does not exist or not authorized"):
        other.cursor().execute(asks)
    run(asks)


@pytest.mark.parametrize(("made", "asks"), KINDS)
def test_a_temporary_object_goes_with_its_session(connect: Connect, made: str, asks: str) -> None:
    with connect(**DEMO) as first:
        first.cursor().execute(f"CREATE TEMPORARY {made}")
    with connect(**DEMO) as second, pytest.raises(ProgrammingError, match="does not exist or not authorized"):
        second.cursor().execute(asks)


@pytest.mark.parametrize(("made", "asks"), KINDS)
def test_a_temporary_object_may_have_any_others_name(run: Run, fails: Fails, made: str, asks: str) -> None:
    kind = made.split(" T")[0]
    run(f"CREATE {made}")
    run(f"CREATE TEMPORARY {made}")
    assert fails(f"CREATE TEMPORARY {made}").errno == 2002
    run(f"CREATE OR REPLACE TEMPORARY {made}")
    run(f"DROP {kind} T")
    run(asks)


@pytest.fixture
def hidden(run: Run) -> None:
    run("CREATE TABLE T (A INT)")
    run("INSERT INTO T VALUES (1)")
    run("CREATE TEMPORARY TABLE T (A INT, B INT)")
    run("INSERT INTO T VALUES (2, 2), (3, 3)")


@pytest.mark.usefixtures("hidden")
@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ("INSERT INTO T VALUES (4, 4)", [(2, 2), (3, 3), (4, 4)]),
        ("INSERT INTO PUBLIC.T (B) VALUES (4)", [(2, 2), (3, 3), (None, 4)]),
        ("INSERT OVERWRITE INTO T SELECT 5, 5", [(5, 5)]),
        ("UPDATE T SET B = T.A + 1 WHERE DEMO.PUBLIC.T.A = 2", [(2, 3), (3, 3)]),
        ("UPDATE T AS X SET B = X.A + 1 WHERE X.A = 2", [(2, 3), (3, 3)]),
        ("UPDATE T SET B = U.N FROM (SELECT 3 AS N) U WHERE T.A = U.N - 1", [(2, 3), (3, 3)]),
        ("DELETE FROM T WHERE T.A = 2", [(3, 3)]),
        ("DELETE FROM DEMO.PUBLIC.T USING (SELECT 3 AS N) U WHERE T.A = U.N", [(2, 2)]),
        ("TRUNCATE TABLE T", []),
        ("TRUNCATE TABLE IF EXISTS T", []),
        (
            "MERGE INTO T USING (SELECT 3 AS N UNION SELECT 4) U ON T.A = U.N"
            " WHEN MATCHED THEN UPDATE SET B = 0 WHEN NOT MATCHED THEN INSERT VALUES (N, N)",
            [(2, 2), (3, 0), (4, 4)],
        ),
        ("ALTER TABLE T ADD COLUMN C INT", [(2, 2, None), (3, 3, None)]),
        ("ALTER TABLE T DROP COLUMN B", [(2,), (3,)]),
        ("ALTER TABLE T RENAME COLUMN A TO C", [(2, 2), (3, 3)]),
        ("CREATE OR REPLACE TEMPORARY TABLE T AS SELECT A FROM T", [(2,), (3,)]),
    ],
)
def test_what_changes_a_temporary_table_leaves_the_one_that_it_hides(
    run: Run, other: SnowflakeConnection, changes: str, left: list[tuple[object, ...]]
) -> None:
    run(changes)
    assert sorted(run("SELECT * FROM T"), key=repr) == sorted(left, key=repr)
    assert run_on(other, "SELECT * FROM T") == [(1,)]
    assert run("DROP TABLE T") == [("T successfully dropped.",)]
    assert run("SELECT * FROM T") == [(1,)]


@pytest.mark.usefixtures("hidden")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT T.B FROM T ORDER BY 1", [(2,), (3,)]),
        ("SELECT DEMO.PUBLIC.T.B FROM DEMO.PUBLIC.T ORDER BY 1", [(2,), (3,)]),
        ("SELECT X.B FROM T AS X (A, B) ORDER BY 1", [(2,), (3,)]),
        ("SELECT COUNT(*) FROM T JOIN T U ON T.A = U.B", [(2,)]),
        ("WITH T AS (SELECT 9 AS A) SELECT * FROM T", [(9,)]),
        ("WITH U AS (SELECT * FROM T) SELECT SUM(B) FROM U", [(5,)]),
        ("SELECT (SELECT MAX(B) FROM T)", [(3,)]),
        ("SELECT N FROM (SELECT 1 AS N) WHERE EXISTS (SELECT 1 FROM T WHERE T.A = N + 1)", [(1,)]),
        ("SELECT COUNT(*) FROM T SAMPLE (100)", [(2,)]),
        ("SELECT * FROM T PIVOT (MAX(B) FOR A IN (2, 3))", [(2, 3)]),
    ],
)
def test_a_query_reads_the_temporary_table(run: Run, query: str, expected: list[tuple[object, ...]]) -> None:
    assert run(query) == expected


@pytest.mark.usefixtures("hidden")
def test_a_table_that_is_made_under_a_temporary_one_is_hidden_by_it(run: Run, other: SnowflakeConnection) -> None:
    run("CREATE OR REPLACE TABLE T (C VARCHAR(3) COMMENT 'below') AS SELECT B FROM T")
    assert run("SELECT COUNT(B) FROM T") == [(2,)]
    assert sorted(run_on(other, "SELECT C FROM T")) == [("2",), ("3",)]
    [described] = run_on(other, "DESCRIBE TABLE T")
    assert (described[1], described[9]) == ("VARCHAR(3)", "below")


def test_temporary_tables_of_one_name_are_apart_in_each_schema(run: Run) -> None:
    run("CREATE SCHEMA OTHER")
    run("CREATE TEMPORARY TABLE DEMO.PUBLIC.T AS SELECT 1 AS A")
    run("CREATE TEMPORARY TABLE DEMO.OTHER.T AS SELECT 2 AS A")
    assert run("SELECT X.A, Y.A FROM PUBLIC.T X, OTHER.T Y") == [(1, 2)]
    run("DROP SCHEMA OTHER")
    run("CREATE SCHEMA OTHER")
    run("CREATE TEMPORARY TABLE OTHER.T AS SELECT 3 AS A")
    assert run("SELECT A FROM OTHER.T") == [(3,)]
    run("DROP SCHEMA DEMO.OTHER")


def test_a_temporary_table_goes_with_its_schema(run: Run, fails: Fails) -> None:
    run("CREATE SCHEMA GONE")
    run("CREATE TEMPORARY TABLE GONE.T (A INT)")
    run("CREATE OR REPLACE SCHEMA GONE")
    assert fails("SELECT * FROM GONE.T").errno == 2003
    run("DROP SCHEMA GONE")


def test_a_temporary_table_is_described(run: Run, rows: Rows) -> None:
    run("CREATE TEMPORARY TABLE T (A VARCHAR(3) NOT NULL PRIMARY KEY COMMENT 'a', B NUMBER(5,2) DEFAULT 1)")
    [a, b] = rows("DESCRIBE TABLE T")
    assert [a[word] for word in ("name", "type", "null?", "primary key", "comment")] == [
        *("A", "VARCHAR(3)", "N", "Y", "a")
    ]
    assert [b[word] for word in ("name", "type", "null?", "default", "kind")] == [
        "B",
        "NUMBER(5,2)",
        "Y",
        "1",
        "COLUMN",
    ]


@pytest.mark.usefixtures("hidden")
def test_a_column_of_a_temporary_table_has_its_own_comment(run: Run, rows: Rows) -> None:
    run("COMMENT ON COLUMN T.A IS 'hers'")
    assert [row["comment"] for row in rows("DESCRIBE TABLE T")] == ["hers", None]
    run("DROP TABLE T")
    assert [row["comment"] for row in rows("DESCRIBE TABLE T")] == [None]


def test_the_information_schema_tells_of_temporary_tables(run: Run, other: SnowflakeConnection) -> None:
    run("CREATE TEMPORARY TABLE T (A INT)")
    asks = "SELECT TABLE_TYPE, IS_TEMPORARY FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME = 'T'"
    assert run(asks) == [("TEMPORARY TABLE", "YES")]
    assert run("SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'T'") == [("A",)]
    assert run_on(other, asks) == []


def test_a_view_on_a_temporary_table_is_temporary_too(run: Run, fails: Fails) -> None:
    run("CREATE TEMPORARY TABLE T AS SELECT 1 AS A")
    run("CREATE TEMPORARY VIEW V AS SELECT A + 1 AS B FROM T")
    run("CREATE TEMPORARY VIEW W AS SELECT B + 1 AS C FROM V")
    assert run("SELECT C FROM W") == [(3,)]
    assert "CREATE VIEW on a temporary table or view" in str(fails("CREATE VIEW P AS SELECT * FROM W"))


@pytest.mark.usefixtures("hidden")
@pytest.mark.parametrize(
    ("made", "copy"),
    [
        ("CREATE TEMPORARY TABLE C CLONE T", [(2, 2), (3, 3)]),
        ("CREATE SCOPED TEMP TABLE C LIKE T", []),
        ("CREATE TRANSIENT TABLE C CLONE T", [(2, 2), (3, 3)]),
        ("CREATE TABLE C LIKE T", []),
    ],
)
def test_a_copy_of_a_temporary_table_is_of_what_the_session_sees(
    run: Run, rows: Rows, made: str, copy: list[tuple[int, ...]]
) -> None:
    assert run(made) == [("Table C successfully created.",)]
    assert run("SELECT * FROM C ORDER BY 1") == copy
    assert [row["name"] for row in rows("DESCRIBE TABLE C")] == ["A", "B"]
    run("INSERT INTO C VALUES (4, 4)")
    assert run("SELECT COUNT(*) FROM T") == [(2,)]
    run("DROP TABLE C")


@pytest.mark.usefixtures("hidden")
def test_a_temporary_copy_hides_what_it_is_named_after(run: Run, fails: Fails, other: SnowflakeConnection) -> None:
    run("CREATE OR REPLACE TABLE C (A INT NOT NULL DEFAULT 7 COMMENT 'a', PRIMARY KEY (A))")
    run("INSERT INTO C VALUES (1)")
    run("CREATE OR REPLACE TEMPORARY TABLE C LIKE C")
    assert run("SELECT * FROM C") == []
    assert run_on(other, "SELECT * FROM C") == [(1,)]
    [described] = run("DESCRIBE TABLE C")
    assert described[3:6] == ("N", "7", "Y")
    assert fails("CREATE TEMPORARY TABLE C CLONE T").errno == 2002
    run("CREATE OR REPLACE TEMPORARY TABLE C CLONE T")
    assert run("SELECT * FROM C ORDER BY 1") == [(2, 2), (3, 3)]
    run("DROP TABLE C")
    assert run("SELECT * FROM C") == [(1,)]
    run("DROP TABLE C")


def test_no_permanent_table_is_cloned_of_a_temporary_one(run: Run, fails: Fails) -> None:
    run("CREATE TEMPORARY TABLE T (A INT)")
    assert fails("CREATE TABLE C CLONE T").errno == 2119


def test_the_options_of_a_temporary_file_format_do_not_tell_its_session(run: Run, rows: Rows) -> None:
    run("CREATE FILE FORMAT F TYPE = CSV")
    [permanent] = rows("SHOW FILE FORMATS LIKE 'F'")
    run("CREATE TEMPORARY FILE FORMAT F TYPE = CSV")
    [temporary] = rows("SHOW FILE FORMATS LIKE 'F'")
    assert temporary["format_options"] == permanent["format_options"]


@pytest.mark.parametrize(
    "refused",
    [
        "CREATE STREAM S ON TABLE T",
        "ALTER TABLE T RENAME TO U",
        "ALTER TABLE T SWAP WITH U",
        "SELECT * FROM T AT (OFFSET => -1)",
        "GRANT SELECT ON TABLE T TO ROLE PUBLIC",
        "CREATE TEMPORARY DATABASE D",
        "CREATE TEMPORARY SEQUENCE S",
    ],
)
def test_what_a_temporary_object_has_not_here_is_refused_by_name(run: Run, fails: Fails, refused: str) -> None:
    run("CREATE TEMPORARY TABLE T (A INT)")
    run("CREATE TABLE U (A INT)")
    assert fails(refused).errno == 2


def test_a_temporary_table_is_renamed(run: Run, fails: Fails, other: SnowflakeConnection) -> None:
    """As write_pandas does that overwrites one: https://docs.snowflake.com/en/sql-reference/sql/alter-table"""
    run("CREATE TABLE T (A INT)")
    run("CREATE TEMPORARY TABLE T (B VARCHAR(2) NOT NULL COMMENT 'b', PRIMARY KEY (B))")
    run("INSERT INTO T VALUES ('x')")
    run("ALTER TABLE T RENAME TO NAMED")
    assert run("SELECT * FROM NAMED") == [("x",)]
    assert run("SELECT * FROM T") == []
    assert [row[:10] for row in run("DESCRIBE TABLE NAMED")] == [
        ("B", "VARCHAR(2)", "COLUMN", "N", None, "Y", "N", None, None, "b")
    ]
    assert fails("ALTER TABLE T RENAME TO NAMED").errno == 2
    assert run_on(other, "SHOW TABLES LIKE 'NAMED'") == []
    run("CREATE TEMPORARY TABLE MORE (A INT)")
    run("CREATE SCHEMA LATER")
    run("USE SCHEMA PUBLIC")
    assert fails("ALTER TABLE MORE RENAME TO LATER.MORE").errno == 2
    run("DROP SCHEMA LATER")
    assert fails("ALTER TABLE MORE RENAME TO NAMED").errno == 2002


def test_a_temporary_table_leaves_the_one_it_hides_its_files_and_grants(run: Run, rows: Rows) -> None:
    run("CREATE OR REPLACE STAGE FILES")
    run("COPY INTO @FILES/one FROM (SELECT 1) SINGLE = TRUE")
    run("CREATE TABLE T (A INT)")
    run("GRANT SELECT ON TABLE T TO ROLE PUBLIC")
    run("COPY INTO T FROM @FILES")
    run("CREATE TEMPORARY TABLE T (A INT)")
    run("COPY INTO T FROM @FILES")
    run("TRUNCATE TABLE T")
    run("ALTER TABLE T RENAME TO NAMED")
    assert run("COPY INTO T FROM @FILES") == [("Copy executed with 0 files processed.",)]
    assert [row["grantee_name"] for row in rows("SHOW GRANTS ON TABLE T") if row["privilege"] == "SELECT"] == ["PUBLIC"]
    run("COPY INTO NAMED FROM @FILES")
    assert run("SELECT * FROM NAMED") == [(1,)]
    run("DROP TABLE NAMED")
    run("DROP TABLE T")


def test_changes_of_a_temporary_table_are_rolled_back_with_those_of_others(run: Run) -> None:
    run("CREATE TABLE P (A INT)")
    run("CREATE TEMPORARY TABLE T (A INT)")
    run("BEGIN")
    run("INSERT INTO P VALUES (1)")
    run("INSERT INTO T SELECT * FROM P")
    assert run("SELECT * FROM T, P") == [(1, 1)]
    run("ROLLBACK")
    assert run("SELECT COUNT(*) FROM T UNION ALL SELECT COUNT(*) FROM P") == [(0,), (0,)]


def test_a_stream_reads_its_table_and_not_the_one_that_hides_it(run: Run) -> None:
    run("CREATE TABLE T (A INT)")
    run("CREATE STREAM S ON TABLE T")
    run("INSERT INTO T VALUES (1)")
    run("CREATE TEMPORARY TABLE T (A INT)")
    run("INSERT INTO T VALUES (2)")
    run("ALTER TABLE T ADD COLUMN B INT")
    assert run("SELECT * EXCLUDE (METADATA$ROW_ID) FROM S") == [(1, "INSERT", False)]


def test_the_files_of_a_temporary_stage_go_with_it(run: Run, connect: Connect, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1\n")
    run("CREATE STAGE T")
    run(f"PUT file://{tmp_path}/a.csv @T AUTO_COMPRESS = FALSE")
    with connect(**DEMO) as session:
        for sql in (
            "CREATE TEMPORARY FILE FORMAT T TYPE = CSV",
            "CREATE TEMPORARY STAGE T FILE_FORMAT = (FORMAT_NAME = T)",
            f"PUT file://{tmp_path}/a.csv @T/b AUTO_COMPRESS = FALSE",
            "CREATE TEMPORARY TABLE L (A INT)",
            "COPY INTO L FROM @T/b",
        ):
            session.cursor().execute(sql)
        assert run_on(session, "LIST @T")[0][0] == "t/b/a.csv"
        assert run_on(session, "SELECT A FROM L") == [(1,)]
    with connect(**DEMO) as session:
        session.cursor().execute("CREATE TEMPORARY STAGE T")
        assert run_on(session, "LIST @T") == []
    assert run("LIST @T")[0][0] == "t/a.csv"


def test_the_files_of_a_session_that_was_killed_are_gone_at_the_next_start(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "state")
    session = engine.open_session()
    for sql in ("CREATE DATABASE DEMO", "CREATE STAGE T", "CREATE TEMPORARY STAGE T"):
        session.cursor().execute(sql)
    (tmp_path / "a.csv").write_text("1\n")
    [temporary] = session.account.objects("STAGE")
    engine.storage.publish(tmp_path / "a.csv", engine.storage.stage_folder(temporary.folder) / "a.csv")
    engine.close()
    Engine(tmp_path / "state").close()
    assert [left.name for left in (tmp_path / "state" / "stages" / "DEMO" / "PUBLIC").iterdir() if left.is_dir()] == [
        "T"
    ]


@pytest.mark.parametrize(("table", "column"), [("T", "B"), ('"x.y"', '"b.c"')])
@pytest.mark.parametrize("temporary", ["", "TEMPORARY "])
def test_a_null_for_a_not_null_column_is_told_with_table_and_column(
    run: Run, fails: Fails, temporary: str, table: str, column: str
) -> None:
    run(f"CREATE {temporary}TABLE {table} (A INT, {column} INT NOT NULL)")
    error = fails(f"INSERT INTO {table} (A) SELECT 1")
    place = f"table {table.strip(chr(34))} failed on column {column.strip(chr(34))}"
    assert f"DML operation to {place} with error: NULL result in a non-nullable column" in str(error)
