"""A week of rehearsals: what nobody can ask for any more is removed, so that state, memory and time stay."""

import gc
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median

import pytest

from src.emulator.cursor import Cursor
from src.emulator.engine import Engine
from src.emulator.session import Session
from tests.lengths import length


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = Engine(tmp_path / "state")
    yield engine
    engine.close()


@pytest.fixture
def session(engine: Engine) -> Session:
    session = engine.open_session()
    run(session, "CREATE WAREHOUSE WH", "CREATE DATABASE DEMO", "USE SCHEMA DEMO.PUBLIC")
    return session


VOLUME = (
    "CREATE EXTERNAL VOLUME V STORAGE_LOCATIONS = ((NAME = 'l' STORAGE_PROVIDER = 'S3'"
    " STORAGE_BASE_URL = 's3://b/' STORAGE_AWS_ROLE_ARN = 'arn:aws:iam::1:role/r'))"
)
ICEBERG_TABLE = (
    "CREATE ICEBERG TABLE I (ID INT, NAME VARCHAR) CATALOG = 'SNOWFLAKE' EXTERNAL_VOLUME = 'V' BASE_LOCATION = 'i'"
)


def run(session: Session, *statements: str) -> Cursor:
    cursor = session.cursor()
    for sql in statements:
        cursor.execute(sql)
    return cursor


def logged(session: Session) -> int:
    [(count,)] = session.duck.execute('SELECT COUNT(*) FROM DEMO._emulator."PUBLIC.T"').fetchall()
    return int(count)


def test_changes_that_every_stream_has_read_are_removed(session: Session) -> None:
    run(session, "CREATE TABLE T (ID INT)", "CREATE TABLE SEEN (ID INT)")
    run(session, "CREATE STREAM FIRST ON TABLE T", "CREATE STREAM SECOND ON TABLE T")
    for number in range(3):
        run(session, f"INSERT INTO T VALUES ({number})", "INSERT INTO SEEN SELECT ID FROM FIRST")
    assert logged(session) == 3  # the second stream has read none
    run(session, "BEGIN", "INSERT INTO SEEN SELECT ID FROM SECOND", "ROLLBACK")
    assert run(session, "SELECT COUNT(*) FROM SECOND").fetchall() == [(3,)]
    run(session, "INSERT INTO SEEN SELECT ID FROM SECOND")
    assert logged(session) == 0
    run(session, "DELETE FROM T WHERE ID = 1")
    assert run(session, "SELECT ID, METADATA$ACTION FROM FIRST").fetchall() == [(1, "DELETE")]


def test_history_keeps_seven_days(engine: Engine, session: Session) -> None:
    ask = "SELECT COUNT(*) FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY()) WHERE QUERY_TEXT = 'SELECT 42'"
    run(session, "SELECT 42")
    engine.history.settle()
    for days, kept in ((6, 1), (8, 0)):
        engine.history.prune(engine.account.clock() + timedelta(days=days))
        assert run(session, ask).fetchall() == [(kept,)]


def test_cycles_of_changes_grow_neither_state_nor_time(engine: Engine, session: Session, tmp_path: Path) -> None:
    run(session, "CREATE TABLE T (ID INT, NAME VARCHAR)", "CREATE STREAM S ON TABLE T", VOLUME, ICEBERG_TABLE)
    seconds = []
    for number in range(length(10, 500)):
        start = time.perf_counter()
        run(
            session,
            f"INSERT INTO T SELECT SEQ4(), 'a name {number}' FROM TABLE(GENERATOR(ROWCOUNT => 100))",
            "INSERT INTO I SELECT ID, NAME FROM S",
            "DELETE FROM I",
            "DELETE FROM T",
            "CREATE OR REPLACE TABLE X AS SELECT * FROM S",
        )
        seconds.append(time.perf_counter() - start)
    tenth = max(3, len(seconds) // 10)
    assert median(seconds[-tenth:]) < 3 * median(seconds[:tenth])
    session.close()
    engine.close()
    gc.collect()
    assert sum(file.stat().st_size for file in (tmp_path / "state").rglob("*") if file.is_file()) < 30_000_000
