"""Sequences: values, defaults, and what follows from the entry in the table of kinds."""

from collections.abc import Iterator
from typing import Any

import pytest
from snowflake.connector.errors import DatabaseError

from src.emulator.engine import Engine
from src.emulator.session import Session
from tests.emulator.cursors import fetched


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = Engine(tmp_path_factory.mktemp("sequences") / "state")
    yield opened
    opened.close()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    opened = engine.open_session()
    for sql in ("CREATE OR REPLACE DATABASE DEMO", "CREATE WAREHOUSE IF NOT EXISTS WH", "USE WAREHOUSE WH"):
        opened.cursor().execute(sql)
    yield opened
    opened.close()


def run(session: Session, sql: str) -> list[tuple[Any, ...]]:
    return fetched(session, sql)


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("", [1, 2, 3]),
        ("START 10 INCREMENT 5", [10, 15, 20]),
        ("WITH START WITH = 3 INCREMENT BY = -2", [3, 1, -1]),
        ("INCREMENT = 10 START = -10 ORDER COMMENT = 'tens'", [-10, 0, 10]),
    ],
)
def test_a_sequence_counts_as_it_is_told_to(session: Session, written: str, values: list[int]) -> None:
    run(session, f"CREATE SEQUENCE S {written}")
    assert [run(session, "SELECT S.NEXTVAL")[0][0] for _ in values] == values
    assert run(session, "SELECT DEMO.PUBLIC.S.NEXTVAL > 0 OR TRUE") == [(True,)]


def test_a_sequence_is_a_columns_default(session: Session) -> None:
    run(session, "CREATE SEQUENCE S START 5")
    run(session, "CREATE TABLE T (ID INT DEFAULT S.NEXTVAL, V VARCHAR)")
    run(session, "INSERT INTO T (V) VALUES ('a'), ('b')")
    run(session, "INSERT INTO T SELECT S.NEXTVAL, 'c'")
    assert run(session, "SELECT ID, V FROM T ORDER BY ID") == [(5, "a"), (6, "b"), (7, "c")]
    with pytest.raises(DatabaseError, match="a sequence that a column's default uses is not emulated"):
        run(session, "DROP SEQUENCE S")


def test_everything_else_follows_from_the_entry(session: Session) -> None:
    run(session, "CREATE OR REPLACE SEQUENCE S START 5 INCREMENT 2 COMMENT = 'odd'")
    assert run(session, "CREATE SEQUENCE IF NOT EXISTS S") == [("S already exists, statement succeeded.",)]
    run(session, "SELECT S.NEXTVAL")
    shown = run(session, "SHOW SEQUENCES LIKE 's' IN SCHEMA DEMO.PUBLIC")
    assert shown == run(session, "DESC SEQUENCE S")
    assert shown[0][:5] + shown[0][6:] == ("S", "DEMO", "PUBLIC", 7, 2, "ACCOUNTADMIN", "odd", "ROLE", "N")
    run(session, "COMMENT ON SEQUENCE S IS 'uneven'")
    run(session, "GRANT USAGE ON SEQUENCE S TO ROLE SYSADMIN")
    assert [row[1:4] for row in run(session, "SHOW GRANTS TO ROLE SYSADMIN")] == [
        ("USAGE", "SEQUENCE", "DEMO.PUBLIC.S")
    ]
    run(session, "ALTER SEQUENCE S SET COMMENT = 'odd again'")
    assert run(session, "DROP SEQUENCE S") == [("S successfully dropped.",)]
    with pytest.raises(DatabaseError, match="does not exist or not authorized"):
        run(session, "DESCRIBE SEQUENCE S")


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("CREATE SEQUENCE Z INCREMENT 0", "invalid value"),
        ("CREATE SEQUENCE Z START 'x'", "invalid value"),
        ("CREATE SEQUENCE Z STEP = 2", "invalid property 'STEP' for 'SEQUENCE'"),
        ("ALTER SEQUENCE S SET INCREMENT 3", "ALTER SEQUENCE ... SET INCREMENT is not emulated"),
        ("ALTER SEQUENCE S SET ORDER", "cannot be changed to ORDER"),
        ("SELECT NO_SUCH.NEXTVAL", "invalid identifier"),
    ],
)
def test_what_a_sequence_does_not_take_is_told(session: Session, sql: str, told: str) -> None:
    run(session, "CREATE SEQUENCE S")
    with pytest.raises(DatabaseError) as caught:
        run(session, sql)
    assert told in str(caught.value)


def test_the_number_of_a_query_below_is_its_column_nextval(session: Session) -> None:
    run(session, "CREATE SEQUENCE S")
    assert run(session, "SELECT * FROM (SELECT S.NEXTVAL)") == [(1,)]
    assert run(session, "SELECT X.NEXTVAL + 1 FROM (SELECT S.NEXTVAL) X") == [(3,)]
