"""A week of rehearsals: what nobody can ask for any more is removed, so that state, memory and time stay."""

import gc
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from pyiceberg.table import StaticTable
from snowflake.connector.errors import ProgrammingError

from src.emulator import upkeep
from src.emulator.account import HOSTED
from src.emulator.engine import Engine
from src.emulator.iceberg import iceberg_catalog
from src.emulator.pipeline.cursor import Cursor
from src.emulator.session import Session
from src.emulator.store.storage import open_storage
from tests.lengths import length

from .cursors import cursor_of


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
    cursor = cursor_of(session)
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


def past(engine: Engine, **passed: float) -> None:
    """Lets time pass."""
    now = engine.account.clock() + timedelta(**passed)
    engine.account.clock = lambda: now


def test_a_stale_stream_keeps_no_changes(engine: Engine, session: Session) -> None:
    run(session, "CREATE TABLE T (ID INT)", "CREATE STREAM S ON TABLE T", "INSERT INTO T VALUES (1)")
    past(engine, days=13)
    run(session, "CREATE STREAM FRESH ON TABLE T AT (STREAM => 'S')")
    past(engine, days=2)
    engine.upkeep.prune()
    assert run(session, "SELECT ID FROM FRESH").fetchall() == [(1,)]
    past(engine, days=13)
    engine.upkeep.prune()
    assert logged(session) == 0
    run(session, "ALTER TABLE T SET DATA_RETENTION_TIME_IN_DAYS = 90")
    for sql in ("SELECT * FROM S", "SELECT * FROM FRESH", "CREATE STREAM NEXT ON TABLE T AT (STREAM => 'S')"):
        with pytest.raises(ProgrammingError, match="is stale"):
            run(session, sql)
    run(session, "INSERT INTO T VALUES (2)")
    engine.upkeep.prune()
    assert logged(session) == 0
    run(session, "CREATE OR REPLACE STREAM S ON TABLE T", "INSERT INTO T VALUES (3)")
    assert run(session, "SELECT ID FROM S").fetchall() == [(3,)]


def test_a_log_is_pruned_whose_stream_is_in_another_database(engine: Engine, session: Session) -> None:
    run(session, "CREATE TABLE T (ID INT)", "CREATE DATABASE OTHER", "CREATE TABLE SEEN (ID INT)")
    run(session, "CREATE STREAM S ON TABLE DEMO.PUBLIC.T", "INSERT INTO DEMO.PUBLIC.T VALUES (1)")
    run(session, "BEGIN", "INSERT INTO SEEN SELECT ID FROM S")
    engine.upkeep.prune()
    assert logged(session) == 1
    run(session, "COMMIT")
    assert logged(session) == 0
    run(session, "INSERT INTO DEMO.PUBLIC.T VALUES (2)")
    other = engine.open_session()
    run(other, "USE WAREHOUSE WH", "BEGIN", "INSERT INTO DEMO.PUBLIC.T VALUES (3)")
    run(session, "INSERT INTO SEEN SELECT ID FROM S")  # does not wait for who changes the table
    run(other, "COMMIT")
    engine.upkeep.prune()
    assert logged(session) == 1
    assert run(session, "SELECT ID FROM S").fetchall() == [(3,)]


def test_a_log_waits_for_a_transaction_that_may_see_an_older_offset(engine: Engine, session: Session) -> None:
    run(session, "CREATE TABLE T (ID INT)", "CREATE TABLE SEEN (ID INT)", "CREATE STREAM S ON TABLE T")
    other = engine.open_session()
    run(other, "BEGIN")
    run(session, "INSERT INTO T VALUES (1)", "INSERT INTO SEEN SELECT ID FROM S")
    assert logged(session) == 1
    run(other, "ROLLBACK")
    engine.upkeep.prune()
    assert logged(session) == 0


def test_snapshots_go_with_the_retention_and_their_files_with_them(engine: Engine, session: Session) -> None:
    run(session, "CREATE TABLE T (ID INT)", VOLUME, ICEBERG_TABLE)
    ids = [run(session, f"INSERT INTO I VALUES ({number}, 'a')").sfqid for number in range(3)]
    past(engine, hours=23)
    run(session, "DELETE FROM I WHERE ID = 0")
    at = engine.account.clock()
    before = files(session)
    engine.upkeep.prune()
    assert files(session) == before  # all within the retention
    past(engine, hours=3)
    engine.upkeep.prune()
    assert len(files(session)) < len(before)
    run(session, "ALTER ICEBERG TABLE I SET DATA_RETENTION_TIME_IN_DAYS = 9")
    assert run(session, f"SELECT ID FROM I AT (STATEMENT => '{ids[2]}') ORDER BY ID").fetchall() == [(0,), (1,), (2,)]
    assert run(session, f"SELECT ID FROM I AT (TIMESTAMP => '{at.isoformat()}'::TIMESTAMP_TZ) ORDER BY ID").fetchall()
    for clause in (f"BEFORE (STATEMENT => '{ids[2]}')", "AT (OFFSET => -95000)"):
        with pytest.raises(ProgrammingError, match="000707"):
            run(session, f"SELECT * FROM I {clause}")
    run(session, "INSERT INTO I VALUES (5, 'b')", "ALTER ICEBERG TABLE I SET DATA_RETENTION_TIME_IN_DAYS = 0")
    past(engine, days=1)
    engine.upkeep.prune()
    assert sum(file.suffix == ".parquet" for file in files(session)) <= 3
    assert run(session, "SELECT ID FROM I ORDER BY ID").fetchall() == [(1,), (2,), (5,)]
    engine.close()
    again = Engine(session.storage.folder)
    assert run(again.open_session(), "USE WAREHOUSE WH", "SELECT COUNT(*) FROM DEMO.PUBLIC.I").fetchall() == [(3,)]
    again.close()


def files(session: Session) -> set[Path]:
    return {file for file in iceberg_catalog.tables_folder(session.storage).rglob("*") if file.is_file()}


@pytest.mark.parametrize("why", ["large", "idle"])
def test_a_write_ahead_log_goes_into_its_database(
    engine: Engine, session: Session, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(session, "CREATE TABLE T (ID INT)", "INSERT INTO T VALUES (1)")
    file = session.storage.database_file("DEMO")
    wal = file.with_name(f"{file.name}.wal")
    engine.upkeep.checkpoint()
    assert wal.stat().st_size  # neither
    monkeypatch.setattr(upkeep, *(("LARGE_LOG", 0) if why == "large" else ("SECONDS_IDLE", -1.0)))
    run(session, "BEGIN", "INSERT INTO T VALUES (2)")
    engine.upkeep.checkpoint()
    assert wal.stat().st_size  # a transaction is open
    run(session, "COMMIT")
    engine.upkeep.checkpoint()
    assert not wal.exists() or not wal.stat().st_size
    assert run(session, "SELECT * FROM T ORDER BY ID").fetchall() == [(1,), (2,)]


def test_task_history_keeps_seven_days_and_each_task_s_last_run(engine: Engine, session: Session) -> None:
    ask = "SELECT COUNT(*) FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY())"
    run(session, "CREATE TASK A SCHEDULE = '60 MINUTES' WAREHOUSE = WH AS SELECT 1")
    for _ in range(2):
        run(session, "EXECUTE TASK A")
        engine.scheduler.run_queued()
    runs = engine.account.runs
    for days, kept in ((6, 2), (8, 1)):
        runs.prune(engine.account.clock() + timedelta(days=days))
        assert run(session, ask).fetchall() == [(kept,)]


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
    [[answer]] = run(session, "SELECT SYSTEM$GET_ICEBERG_TABLE_INFORMATION('I')").fetchall()
    table = StaticTable.from_metadata(json.loads(answer)["metadataLocation"])
    assert len(table.metadata.current_snapshot().manifests(table.io)) <= 1  # type: ignore[union-attr]
    tenth = max(3, len(seconds) // 10)
    assert median(seconds[-tenth:]) < 3 * median(seconds[:tenth])
    session.close()
    engine.close()
    gc.collect()
    assert sum(file.stat().st_size for file in (tmp_path / "state").rglob("*") if file.is_file()) < 30_000_000


def test_memory_is_released_now_and_then_and_its_limit_stays(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    answers, released = iter([False, True, True]), []

    def release() -> bool:
        released.append(next(answers))
        return released[-1]

    monkeypatch.setattr(engine.upkeep, "release_memory", release)
    for seconds in (3600.0, 0.0, 0.0, 3600.0):
        monkeypatch.setattr(upkeep, "SECONDS_BETWEEN_RELEASES", seconds)
        engine.upkeep.look()
    assert released == [False, True]  # what is not done since a statement runs is tried again at the next look


def test_memory_is_not_released_while_a_statement_of_any_account_runs(engine: Engine) -> None:
    session = engine.hosting.engine(HOSTED[1]).open_session()
    with session.history.recording(session, "SELECT 1", "id"):
        assert not engine.upkeep.release_memory()
    assert engine.upkeep.release_memory()


def test_what_is_put_away_while_memory_is_released_is_no_arriving_file_and_goes(
    engine: Engine, session: Session
) -> None:
    run(session, "CREATE TEMPORARY TABLE T AS SELECT RANDSTR(50, RANDOM()) A FROM TABLE(GENERATOR(ROWCOUNT => 100000))")
    assert engine.upkeep.release_memory()
    spill, incoming = (engine.storage.folder / name for name in ("spill", "incoming"))
    assert (spill.is_dir(), list(incoming.iterdir())) == (True, [])
    (spill / "of a killed process").touch()
    open_storage(engine.storage.folder)
    assert not spill.exists()


@pytest.mark.parametrize("account", HOSTED)
def test_a_statement_of_any_account_begins_when_memory_has_been_released(engine: Engine, account: str) -> None:
    """Those of the other account read this one's memory through shares."""
    session = engine.hosting.engine(account).open_session()
    with ThreadPoolExecutor(1) as threads, engine.hosting.at_rest() as is_at_rest:
        beginning = threads.submit(lambda: run(session, "SELECT 1").fetchall())
        assert is_at_rest
        assert wait([beginning], timeout=0.2).not_done
    assert beginning.result() == [(1,)]


def test_a_limit_that_duckdb_cannot_meet_frees_memory_and_is_not_kept(engine: Engine, session: Session) -> None:
    def asked(sql: str) -> Any:
        return session.duck.execute(f"SELECT {sql}").fetchall()[0][0]

    run(session, "CREATE TABLE T AS SELECT SEQ4() AS ID FROM TABLE(GENERATOR(ROWCOUNT => 100000))")
    limit, held = asked("current_setting('memory_limit')"), asked("sum(memory_usage_bytes) FROM duckdb_memory()")
    engine.upkeep.release_memory()
    assert asked("current_setting('memory_limit')") == limit
    assert asked("sum(memory_usage_bytes) FROM duckdb_memory()") < held
    assert run(session, "SELECT COUNT(*) FROM T").fetchall() == [(100000,)]
