"""CREATE SCHEMA | DATABASE ... CLONE. https://docs.snowflake.com/en/user-guide/object-clone"""

from pathlib import Path
from typing import Any

import pytest

from src.emulator.engine import Engine
from tests.emulator.conftest import Fails, Rows, Run

SOURCE = (
    "CREATE DATABASE SRC",
    "CREATE TABLE PEOPLE (ID INT PRIMARY KEY, NAME VARCHAR(9) COMMENT 'n')",
    "INSERT INTO PEOPLE VALUES (1, 'Ann'), (2, 'Bob')",
    "CREATE TABLE ORDERS (ID INT, PERSON INT REFERENCES PEOPLE (ID))",
    "INSERT INTO ORDERS VALUES (10, 1)",
    "CREATE VIEW NAMES COMMENT = 'who' AS SELECT NAME, ID FROM PEOPLE",
    "CREATE SECURE VIEW BUYERS AS SELECT N.NAME FROM NAMES N JOIN ORDERS O ON O.PERSON = N.ID",
    "CREATE FILE FORMAT FF TYPE = CSV SKIP_HEADER = 1",
    "CREATE STAGE ST",
    "CREATE SCHEMA EXTRA",
    "CREATE TABLE T (X INT)",
    "INSERT INTO T VALUES (1), (2), (3)",
    "USE SCHEMA PUBLIC",
)


@pytest.fixture
def source(run: Run) -> Run:
    for statement in SOURCE:
        run(statement)
    return run


def test_a_database_is_cloned_with_rows_views_and_formats_and_becomes_current(source: Run, rows: Rows) -> None:
    assert source("CREATE DATABASE DST CLONE SRC") == [("Database DST successfully created.",)]
    assert source("SELECT CURRENT_DATABASE(), CURRENT_SCHEMA()") == [("DST", "PUBLIC")]
    assert source("SELECT * FROM BUYERS") == [("Ann",)]
    assert source("SELECT COUNT(*) FROM EXTRA.T") == [(3,)]
    assert [row["comment"] for row in rows("SHOW VIEWS LIKE 'NAMES'")] == ["who"]
    assert [row["comment"] for row in rows("DESCRIBE TABLE PEOPLE")] == [None, "n"]
    assert [row["type"] for row in rows("DESCRIBE VIEW NAMES")] == ["VARCHAR(9)", "NUMBER(38,0)"]
    assert [row["name"] for row in rows("SHOW FILE FORMATS")] == ["FF"]
    assert [row["pk_database_name"] for row in rows("SHOW IMPORTED KEYS IN TABLE ORDERS")] == ["DST"]


def test_an_internal_stage_is_not_cloned(source: Run, rows: Rows) -> None:
    source("CREATE DATABASE DST CLONE SRC")
    assert rows("SHOW STAGES") == []


def test_a_clone_and_its_source_go_their_own_ways(source: Run) -> None:
    source("CREATE DATABASE DST CLONE SRC")
    source("INSERT INTO SRC.PUBLIC.ORDERS VALUES (11, 2)")
    source("DELETE FROM DST.EXTRA.T WHERE X = 1")
    assert source("SELECT COUNT(*) FROM DST.PUBLIC.BUYERS") == [(1,)]
    assert source("SELECT COUNT(*) FROM SRC.PUBLIC.BUYERS") == [(2,)]
    assert source("SELECT COUNT(*) FROM SRC.EXTRA.T") == [(3,)]
    source("DROP DATABASE SRC")
    assert source("SELECT NAME FROM DST.PUBLIC.BUYERS") == [("Ann",)]


def test_a_schema_is_cloned_into_its_own_and_another_database(source: Run) -> None:
    for name in ("SRC.COPY", "DEMO.COPY"):
        assert source(f"CREATE SCHEMA {name} CLONE SRC.PUBLIC") == [("Schema COPY successfully created.",)]
        source(f"INSERT INTO {name}.ORDERS VALUES (12, 2)")
        assert source(f"SELECT NAME FROM {name}.BUYERS ORDER BY 1") == [("Ann",), ("Bob",)]
    assert source("SELECT NAME FROM SRC.PUBLIC.BUYERS") == [("Ann",)]


def test_privileges_on_what_is_inside_are_copied_and_those_on_the_source_are_not(source: Run, rows: Rows) -> None:
    source("CREATE ROLE READER")
    source("GRANT USAGE ON DATABASE SRC TO ROLE READER")
    source("GRANT USAGE ON SCHEMA SRC.PUBLIC TO ROLE READER")
    source("GRANT SELECT ON TABLE SRC.PUBLIC.PEOPLE TO ROLE READER")
    source("GRANT SELECT ON FUTURE TABLES IN SCHEMA SRC.EXTRA TO ROLE READER")
    source("CREATE DATABASE DST CLONE SRC")
    source("CREATE SCHEMA SRC.COPY CLONE SRC.PUBLIC")
    granted = {(row["privilege"], row["name"]) for row in rows("SHOW GRANTS TO ROLE READER")}
    of_clones = {("USAGE", "DST.PUBLIC"), ("SELECT", "DST.PUBLIC.PEOPLE"), ("SELECT", "SRC.COPY.PEOPLE")}
    assert granted == of_clones | {("USAGE", "SRC"), ("USAGE", "SRC.PUBLIC"), ("SELECT", "SRC.PUBLIC.PEOPLE")}
    future = rows("SHOW FUTURE GRANTS IN SCHEMA DST.EXTRA")
    assert [(row["privilege"], row["grantee_name"]) for row in future] == [("SELECT", "READER")]


def test_what_is_inside_keeps_its_owner_and_the_clone_is_its_makers(source: Run, rows: Rows) -> None:
    source("CREATE ROLE MAKER")
    source("GRANT CREATE DATABASE ON ACCOUNT TO ROLE MAKER")
    source("GRANT USAGE ON DATABASE SRC TO ROLE MAKER")
    source("GRANT ROLE MAKER TO ROLE ACCOUNTADMIN")
    source("USE ROLE MAKER")
    source("CREATE DATABASE DST CLONE SRC")
    source("USE ROLE ACCOUNTADMIN")
    assert [row["owner"] for row in rows("SHOW DATABASES LIKE 'DST'")] == ["MAKER"]
    assert {row["owner"] for row in rows("SHOW TABLES IN DATABASE DST")} == {"ACCOUNTADMIN"}


@pytest.mark.parametrize(
    ("statement", "feature"),
    [
        ("CREATE STREAM S ON TABLE PEOPLE", "CREATE DATABASE ... CLONE of what holds a stream"),
        ("CREATE TABLE N (ID INT AUTOINCREMENT)", "CREATE DATABASE ... CLONE of what holds a table with a sequence"),
        (
            "CREATE VIEW FULL_NAME AS SELECT * FROM SRC.PUBLIC.PEOPLE",
            "CREATE DATABASE ... CLONE of what holds a view that names its own schema or database",
        ),
    ],
)
def test_what_a_clone_cannot_hold_is_refused_by_name(source: Run, fails: Fails, statement: str, feature: str) -> None:
    source(statement)
    error = fails("CREATE DATABASE DST CLONE SRC")
    assert error.errno == 2
    assert f"{feature} is not emulated" in str(error.msg)
    assert source("SHOW DATABASES LIKE 'DST'") == []


def test_a_source_that_is_not_there_and_a_name_that_is_taken_are_errors(source: Run, fails: Fails) -> None:
    assert fails("CREATE DATABASE DST CLONE NOSUCH").errno == 2003
    assert fails("CREATE DATABASE DEMO CLONE SRC").errno == 2002
    assert source("CREATE DATABASE IF NOT EXISTS DEMO CLONE SRC") == [("DEMO already exists, statement succeeded.",)]


def test_a_clone_is_there_after_a_restart(tmp_path: Path) -> None:
    _run_all(tmp_path, "CREATE WAREHOUSE WH", *SOURCE, "CREATE DATABASE DST CLONE SRC")
    assert _run_all(tmp_path, "USE WAREHOUSE WH", "SELECT COUNT(*) FROM DST.PUBLIC.BUYERS") == [(1,)]


def _run_all(folder: Path, *statements: str) -> object:
    """The last answer of an account that is opened for the statements alone."""
    engine = Engine(folder / "state")
    session = engine.open_session()
    for statement in statements:
        cursor: Any = session.cursor().execute(statement)
    session.close()
    engine.close()
    return cursor.fetchall()
