"""Streams on the tables of an imported database, between two accounts on one emulator.

https://docs.snowflake.com/en/user-guide/data-sharing-provider#streams-on-shared-objects,
https://docs.snowflake.com/en/user-guide/streams-intro
"""

import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import snowflake.connector
from snowflake.connector.errors import ProgrammingError

from src.emulator.engine import Engine
from src.emulator.protocol.listening import listening
from src.emulator.protocol.server import Server
from src.emulator.protocol.serving import Address, emulator
from tests.emulator.conftest import QUIET, Connect, Fails, Rows, Run, run_on
from tests.emulator.killing import Say, kill_after
from tests.lengths import length

Change = tuple[Any, ...]
Log = Callable[[], bool]

_PROVIDE = (
    "CREATE WAREHOUSE W",
    "CREATE DATABASE ETF_DATA",
    "CREATE TABLE HOLDINGS (ID INT, TICKER VARCHAR(10)) CHANGE_TRACKING = TRUE",
    "CREATE TABLE UNTRACKED (ID INT)",
    "CREATE SECURE VIEW TICKERS AS SELECT TICKER FROM HOLDINGS",
    "INSERT INTO HOLDINGS VALUES (1, 'SPY'), (2, 'QQQ')",
    "CREATE SHARE ETF",
    "GRANT USAGE ON DATABASE ETF_DATA TO SHARE ETF",
    "GRANT USAGE ON SCHEMA ETF_DATA.PUBLIC TO SHARE ETF",
    "GRANT SELECT ON ALL TABLES IN SCHEMA ETF_DATA.PUBLIC TO SHARE ETF",
    "GRANT SELECT ON VIEW ETF_DATA.PUBLIC.TICKERS TO SHARE ETF",
    "ALTER SHARE ETF ADD ACCOUNTS = EMULATOR",
)
_CONSUME = ("CREATE DATABASE ETF FROM SHARE FACTSET.ETF", "USE SCHEMA DEMO.PUBLIC")
_CHANGES = (
    "INSERT INTO HOLDINGS VALUES (3, 'IWM')",
    "UPDATE HOLDINGS SET TICKER = 'VOO' WHERE ID = 1",
    "DELETE FROM HOLDINGS WHERE ID = 2",
)
_NET = [
    (1, "SPY", "DELETE", True),
    (1, "VOO", "INSERT", True),
    (2, "QQQ", "DELETE", False),
    (3, "IWM", "INSERT", False),
]


def run_all(run: Run, *statements: str) -> None:
    for statement in statements:
        run(statement)


def changes(run: Run, stream: str = "S") -> list[Change]:
    return run(f"SELECT ID, TICKER, METADATA$ACTION, METADATA$ISUPDATE FROM {stream} ORDER BY 1, 2, 3")


def has_data(run: Run, stream: str = "S") -> bool:
    [[answer]] = run(f"SELECT SYSTEM$STREAM_HAS_DATA('{stream}')")
    return bool(answer)


@pytest.fixture(scope="session")
def provided_state(demo_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of two accounts: one with database DEMO, and the provider, which shares ETF_DATA."""
    folder = shutil.copytree(demo_state, tmp_path_factory.mktemp("provided") / "state")
    with emulator(folder) as served:
        account = served.parameters | QUIET | {"account": "factset"}
        with snowflake.connector.connect(**account) as provider:
            run_all(lambda sql, parameters=None: run_on(provider, sql, parameters), *_PROVIDE)
    return folder


@pytest.fixture
def address(tmp_path: Path, provided_state: Path) -> Iterator[Address]:
    with emulator(shutil.copytree(provided_state, tmp_path / "state")) as served:
        yield served


@pytest.fixture
def factset(connect: Connect) -> Run:
    """Runs statements on the provider."""
    provider = connect(account="factset", database="ETF_DATA", schema="PUBLIC", warehouse="W")
    return lambda sql, parameters=None: run_on(provider, sql, parameters)


@pytest.fixture
def imported(factset: Run, run: Run) -> Run:
    """The provider; the consumer has imported ETF and has table T for what it reads."""
    run_all(run, *_CONSUME, "CREATE TABLE T (ID INT, TICKER VARCHAR, ACTION VARCHAR, ISUPDATE BOOLEAN)")
    return factset


@pytest.fixture
def followed(imported: Run, run: Run) -> Run:
    """The provider; the consumer has stream S on HOLDINGS."""
    run("CREATE STREAM S ON TABLE ETF.PUBLIC.HOLDINGS")
    return imported


CONSUME = "INSERT INTO T SELECT ID, TICKER, METADATA$ACTION, METADATA$ISUPDATE FROM S"


# Reading


def test_a_stream_shows_the_net_changes_that_the_provider_makes(followed: Run, run: Run) -> None:
    assert (changes(run), has_data(run)) == ([], False)
    run_all(followed, *_CHANGES)
    assert (changes(run), has_data(run)) == (_NET, True)


def test_reading_the_stream_does_not_consume_it(followed: Run, run: Run) -> None:
    run_all(followed, *_CHANGES)
    assert changes(run) == changes(run) == _NET


def test_select_all_gives_the_columns_then_the_metadata(followed: Run, rows: Rows) -> None:
    followed("INSERT INTO HOLDINGS VALUES (3, 'IWM')")
    [row] = rows("SELECT * FROM S")
    assert list(row) == ["ID", "TICKER", "METADATA$ACTION", "METADATA$ISUPDATE", "METADATA$ROW_ID"]


def test_a_row_has_the_same_id_in_the_provider_s_stream_and_in_the_consumer_s(followed: Run, run: Run) -> None:
    followed("CREATE STREAM THEIRS ON TABLE HOLDINGS")
    run_all(followed, *_CHANGES)
    query = "SELECT ID, METADATA$ACTION, METADATA$ROW_ID FROM {} ORDER BY 1, 2"
    assert run(query.format("S")) == followed(query.format("THEIRS"))


def test_a_stream_joins_the_table_that_it_follows(followed: Run, run: Run) -> None:
    followed("UPDATE HOLDINGS SET TICKER = 'VOO' WHERE ID = 1")
    query = "SELECT C.ID, H.TICKER FROM S AS C JOIN ETF.PUBLIC.HOLDINGS AS H ON C.ID = H.ID WHERE C.METADATA$ACTION = "
    assert run(f"{query} 'DELETE'") == [(1, "VOO")]


def test_what_the_provider_has_not_committed_is_not_seen(followed: Run, run: Run) -> None:
    run_all(followed, "BEGIN", *_CHANGES)
    assert (changes(run), has_data(run)) == ([], False)
    followed("ROLLBACK")
    assert changes(run) == []
    run_all(followed, "BEGIN", *_CHANGES, "COMMIT")
    assert changes(run) == _NET


def test_a_stream_follows_columns_that_the_provider_adds(followed: Run, rows: Rows) -> None:
    run_all(followed, "ALTER TABLE HOLDINGS ADD COLUMN WEIGHT INT", "INSERT INTO HOLDINGS VALUES (3, 'IWM', 7)")
    [row] = rows("SELECT * FROM S")
    assert (row["ID"], row["WEIGHT"]) == (3, 7)


def test_an_append_only_stream_shows_inserts_alone(imported: Run, run: Run, rows: Rows) -> None:
    run("CREATE STREAM S ON TABLE ETF.PUBLIC.HOLDINGS APPEND_ONLY = TRUE")
    run_all(imported, *_CHANGES, "INSERT INTO HOLDINGS VALUES (4, 'DIA')", "DELETE FROM HOLDINGS WHERE ID = 4")
    assert changes(run) == [(3, "IWM", "INSERT", False), (4, "DIA", "INSERT", False)]
    assert rows("SHOW STREAMS")[0]["mode"] == "APPEND_ONLY"


def test_initial_rows_are_those_of_the_creation_and_the_changes_come_after(imported: Run, run: Run) -> None:
    run("CREATE STREAM S ON TABLE ETF.PUBLIC.HOLDINGS SHOW_INITIAL_ROWS = TRUE")
    run_all(imported, *_CHANGES)
    assert changes(run) == [(1, "SPY", "INSERT", False), (2, "QQQ", "INSERT", False)]
    run(CONSUME)
    assert changes(run) == _NET
    run(CONSUME)
    assert changes(run) == []


def test_all_types_of_columns_come_over_as_they_are(imported: Run, run: Run) -> None:
    definition = "A NUMBER(18,6), B FLOAT, C BOOLEAN, D DATE, E TIMESTAMP_NTZ, F TIMESTAMP_TZ, G TIME, H BINARY"
    values = "1.5, 0.25, TRUE, '2026-01-02', '2026-01-02 03:04:05', '2026-01-02 03:04:05+00', '03:04:05', X'AB'"
    run_all(
        imported,
        f"CREATE TABLE TYPED ({definition}) CHANGE_TRACKING = TRUE",
        "GRANT SELECT ON TABLE ETF_DATA.PUBLIC.TYPED TO SHARE ETF",
    )
    run("CREATE STREAM S ON TABLE ETF.PUBLIC.TYPED")
    run_all(imported, f"INSERT INTO TYPED SELECT {values}", "INSERT INTO TYPED (A) VALUES (NULL)")
    query = "SELECT A, B, C, D, E, F, G, H FROM {} ORDER BY A NULLS LAST"
    expected = imported(query.format("TYPED"))
    assert len(expected) == 2
    assert run(query.format("S")) == expected
    run_all(run, f"CREATE TABLE KEPT ({definition})", "INSERT INTO KEPT SELECT A, B, C, D, E, F, G, H FROM S")
    assert run(query.format("KEPT")) == expected


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize(
    "name", ["TABLE DEMO.PUBLIC.T", "VIEW DEMO.PUBLIC.V", "TABLE DEMO.PUBLIC.I", "TABLE ETF.PUBLIC.HOLDINGS"]
)
def test_an_object_is_described_alike_whatever_database_is_current(run: Run, connect: Connect, name: str) -> None:
    run_all(run, "CREATE VIEW V AS SELECT * FROM T", "CREATE ICEBERG TABLE I (ID INT, TICKER STRING)")
    here = run(f"DESCRIBE {name}")
    assert [row[0] for row in here][:2] == ["ID", "TICKER"]
    assert run_on(connect(), f"DESC {name}") == here
    run("CREATE DATABASE OTHER")
    assert run(f"DESCRIBE {name}") == here


@pytest.mark.usefixtures("imported")
def test_describing_what_is_not_there_is_the_same_error_without_a_current_database(connect: Connect) -> None:
    with pytest.raises(ProgrammingError, match=r"'DEMO\.PUBLIC\.NOPE' does not exist") as caught:
        run_on(connect(), "DESCRIBE TABLE DEMO.PUBLIC.NOPE")
    assert caught.value.errno == 2003


# Creating


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize(
    ("sql", "errno", "sqlstate", "message"),
    [
        (
            "CREATE STREAM S ON TABLE ETF.PUBLIC.UNTRACKED",
            3001,
            "42501",
            "Insufficient privileges to operate on stream source without CHANGE_TRACKING enabled "
            "'ETF.PUBLIC.UNTRACKED'",
        ),
        ("CREATE STREAM S ON TABLE ETF.PUBLIC.NOPE", 2003, "02000", "'ETF.PUBLIC.NOPE' does not exist"),
        ("CREATE STREAM S ON TABLE ETF.PUBLIC.TICKERS", 2203, "02000", "is of type 'VIEW', not specified type 'TABLE'"),
        ("CREATE STREAM S ON VIEW ETF.PUBLIC.TICKERS", 3001, "42501", "CHANGE_TRACKING enabled 'ETF.PUBLIC.TICKERS'"),
        ("CREATE STREAM ETF.PUBLIC.S ON TABLE ETF.PUBLIC.HOLDINGS", 3001, "42501", "operate on schema 'PUBLIC'"),
    ],
)
def test_a_stream_that_cannot_be_made_says_why(
    fails: Fails, rows: Rows, sql: str, errno: int, sqlstate: str, message: str
) -> None:
    error = fails(sql)
    assert (error.errno, error.sqlstate) == (errno, sqlstate)
    assert message in str(error.msg)
    assert rows("SHOW STREAMS") == []


def test_the_provider_turns_tracking_on_and_the_stream_can_be_made(imported: Run, run: Run) -> None:
    imported("ALTER TABLE UNTRACKED SET CHANGE_TRACKING = TRUE")
    run("CREATE STREAM S ON TABLE ETF.PUBLIC.UNTRACKED")
    imported("INSERT INTO UNTRACKED VALUES (7)")
    assert run("SELECT ID, METADATA$ACTION FROM S") == [(7, "INSERT")]


def test_if_not_exists_keeps_the_offset_and_or_replace_moves_it_to_now(followed: Run, run: Run) -> None:
    run_all(followed, *_CHANGES)
    run("CREATE STREAM IF NOT EXISTS S ON TABLE ETF.PUBLIC.HOLDINGS")
    assert changes(run) == _NET
    run("CREATE OR REPLACE STREAM S ON TABLE ETF.PUBLIC.HOLDINGS AT (STREAM => 'S')")
    assert changes(run) == _NET
    run("CREATE OR REPLACE STREAM S ON TABLE ETF.PUBLIC.HOLDINGS")
    assert changes(run) == []


@pytest.mark.usefixtures("followed")
def test_show_streams_names_the_table_as_the_consumer_knows_it(rows: Rows) -> None:
    [shown] = rows("SHOW STREAMS")
    assert [shown[name] for name in ("table_name", "base_tables", "stale", "mode", "database_name")] == [
        "ETF.PUBLIC.HOLDINGS",
        "ETF.PUBLIC.HOLDINGS",
        "false",
        "DEFAULT",
        "DEMO",
    ]
    assert "EMULATOR" not in str(shown)


# Consuming


def test_a_committed_change_that_reads_the_stream_consumes_it(followed: Run, run: Run) -> None:
    run_all(followed, *_CHANGES)
    run(CONSUME)
    assert run("SELECT * FROM T ORDER BY 1, 2, 3") == _NET
    assert (changes(run), has_data(run)) == ([], False)
    followed("INSERT INTO HOLDINGS VALUES (4, 'DIA')")
    assert changes(run) == [(4, "DIA", "INSERT", False)]


def test_a_change_that_fails_does_not_consume_the_stream(followed: Run, run: Run, fails: Fails) -> None:
    run_all(followed, *_CHANGES)
    fails("INSERT INTO T (ID) SELECT 1 / (ID - ID) FROM S")
    assert changes(run) == _NET


def test_two_streams_on_one_shared_table_are_independent(followed: Run, run: Run) -> None:
    run("CREATE STREAM S2 ON TABLE ETF.PUBLIC.HOLDINGS")
    run_all(followed, *_CHANGES)
    run(CONSUME)
    assert (changes(run), changes(run, "S2")) == ([], _NET)


def test_a_transaction_sees_the_changes_up_to_its_begin_and_its_commit_consumes_those(followed: Run, run: Run) -> None:
    run_all(followed, *_CHANGES)
    run("BEGIN")
    followed("INSERT INTO HOLDINGS VALUES (4, 'DIA')")
    assert (changes(run), has_data(run)) == (_NET, True)
    run(CONSUME)
    followed("INSERT INTO HOLDINGS VALUES (5, 'EFA')")
    assert changes(run) == _NET
    run(CONSUME)
    run("COMMIT")
    assert run("SELECT COUNT(*) FROM T") == [(2 * len(_NET),)]
    assert changes(run) == [(4, "DIA", "INSERT", False), (5, "EFA", "INSERT", False)]


def test_a_rollback_leaves_the_offset(followed: Run, run: Run) -> None:
    run_all(followed, *_CHANGES)
    run_all(run, "BEGIN", CONSUME, "ROLLBACK")
    assert changes(run) == _NET
    assert run("SELECT COUNT(*) FROM T") == [(0,)]


def test_delete_and_merge_in_one_transaction_keep_a_copy_in_step(imported: Run, run: Run) -> None:
    run_all(run, "CREATE TABLE COPY (ID INT, TICKER VARCHAR)")
    run("CREATE STREAM S ON TABLE ETF.PUBLIC.HOLDINGS SHOW_INITIAL_ROWS = TRUE")
    for batch in ([], _CHANGES, ["UPDATE HOLDINGS SET ID = 30 WHERE ID = 3"]):
        run_all(imported, *batch)
        run_all(
            run,
            "BEGIN TRANSACTION",
            "DELETE FROM COPY USING S WHERE COPY.ID = S.ID AND S.METADATA$ACTION = 'DELETE'",
            "MERGE INTO COPY USING (SELECT * FROM S WHERE METADATA$ACTION = 'INSERT') C ON COPY.ID = C.ID"
            " WHEN MATCHED THEN UPDATE SET TICKER = C.TICKER"
            " WHEN NOT MATCHED THEN INSERT (ID, TICKER) VALUES (C.ID, C.TICKER)",
            "COMMIT",
        )
        assert run("SELECT * FROM COPY ORDER BY 1") == imported("SELECT * FROM HOLDINGS ORDER BY 1")


def test_no_change_is_lost_or_read_twice_while_the_provider_writes(followed: Run, run: Run, connect: Connect) -> None:
    writer = connect(account="factset", database="ETF_DATA", schema="PUBLIC", warehouse="W")

    def write() -> None:
        for number in range(100, 160):
            run_on(writer, f"INSERT INTO HOLDINGS VALUES ({number}, 'X')")

    thread = threading.Thread(target=write)
    thread.start()
    while thread.is_alive():
        run(CONSUME)
    thread.join()
    run(CONSUME)
    assert [row[0] for row in run("SELECT ID FROM T ORDER BY ID")] == list(range(100, 160))


def test_a_transaction_on_one_stream_does_not_keep_the_provider_from_writing(followed: Run, run: Run) -> None:
    followed("ALTER SESSION SET LOCK_TIMEOUT = 1")
    run_all(followed, *_CHANGES)
    run_all(run, "BEGIN", CONSUME)
    followed("INSERT INTO HOLDINGS VALUES (4, 'DIA')")
    run("COMMIT")
    assert changes(run) == [(4, "DIA", "INSERT", False)]


def test_a_stream_made_after_a_transaction_began_is_not_moved_back_by_it(
    imported: Run, run: Run, connect: Connect
) -> None:
    run_all(imported, "CREATE STREAM THEIRS ON TABLE HOLDINGS", *_CHANGES)
    run("BEGIN")
    run_on(connect(), "CREATE STREAM DEMO.PUBLIC.S ON TABLE ETF.PUBLIC.HOLDINGS")
    run_all(run, CONSUME, "COMMIT")
    assert changes(run) == []
    imported("INSERT INTO HOLDINGS VALUES (4, 'DIA')")
    assert changes(run) == [(4, "DIA", "INSERT", False)]


# Stale


@pytest.mark.parametrize(
    ("done", "errno", "message"),
    [
        (["DROP TABLE HOLDINGS"], 3002, "Base table 'ETF.PUBLIC.HOLDINGS' dropped, cannot read from stream 'S'."),
        (
            [
                "CREATE OR REPLACE TABLE HOLDINGS (ID INT, TICKER VARCHAR(10)) CHANGE_TRACKING = TRUE",
                "GRANT SELECT ON TABLE ETF_DATA.PUBLIC.HOLDINGS TO SHARE ETF",
            ],
            3002,
            "Base table 'ETF.PUBLIC.HOLDINGS' dropped",
        ),
        (["REVOKE SELECT ON TABLE ETF_DATA.PUBLIC.HOLDINGS FROM SHARE ETF"], 3002, "Base table 'ETF.PUBLIC.HOLDINGS'"),
        (["ALTER SHARE ETF REMOVE ACCOUNTS = EMULATOR"], 3030, "Shared database is no longer available for use."),
        (["DROP SHARE ETF"], 3030, "Shared database is no longer available for use."),
        (
            ["ALTER TABLE HOLDINGS SET CHANGE_TRACKING = FALSE"],
            91930,
            "Change tracking is not enabled or has been missing for the time range requested on table "
            "'ETF.PUBLIC.HOLDINGS'.",
        ),
        (
            ["ALTER TABLE HOLDINGS SET CHANGE_TRACKING = FALSE", "ALTER TABLE HOLDINGS SET CHANGE_TRACKING = TRUE"],
            91930,
            "Change tracking is not enabled or has been missing",
        ),
    ],
)
@pytest.mark.parametrize("reading", ["SELECT * FROM S", "SELECT SYSTEM$STREAM_HAS_DATA('S')", CONSUME])
def test_a_provider_that_takes_the_table_away_leaves_the_stream_stale(
    followed: Run, run: Run, fails: Fails, rows: Rows, done: list[str], errno: int, message: str, reading: str
) -> None:
    run_all(followed, *_CHANGES, *done)
    error = fails(reading)
    assert error.errno == errno
    assert message in str(error.msg)
    assert rows("SHOW STREAMS")[0]["stale"] == "true"
    run("DROP STREAM S")
    assert rows("SHOW STREAMS") == []


def test_a_stream_is_readable_again_when_the_share_is_open_again(followed: Run, run: Run, fails: Fails) -> None:
    followed("ALTER SHARE ETF REMOVE ACCOUNTS = EMULATOR")
    run_all(followed, *_CHANGES)
    assert fails("SELECT * FROM S").errno == 3030
    followed("ALTER SHARE ETF ADD ACCOUNTS = EMULATOR")
    assert changes(run) == _NET


@pytest.mark.usefixtures("followed")
def test_a_database_imported_again_has_other_tables(run: Run, fails: Fails) -> None:
    run_all(run, "DROP DATABASE ETF", *_CONSUME)
    assert "Base table 'ETF.PUBLIC.HOLDINGS' dropped" in str(fails("SELECT * FROM S").msg)
    run("CREATE OR REPLACE STREAM S ON TABLE ETF.PUBLIC.HOLDINGS")
    assert changes(run) == []


def test_other_statements_go_on_while_a_provider_s_database_is_gone(followed: Run, run: Run) -> None:
    run_all(followed, "DROP SHARE ETF", "DROP DATABASE ETF_DATA")
    run_all(run, "INSERT INTO T (ID) VALUES (1)", "BEGIN", "INSERT INTO T (ID) VALUES (2)", "COMMIT", "DROP STREAM S")
    assert run("SELECT ID FROM T ORDER BY 1") == [(1,), (2,)]


def test_a_stream_made_after_tracking_has_been_off_starts_from_there(followed: Run, run: Run) -> None:
    followed("ALTER TABLE HOLDINGS SET CHANGE_TRACKING = FALSE")
    run_all(followed, *_CHANGES, "ALTER TABLE HOLDINGS SET CHANGE_TRACKING = TRUE")
    run("CREATE OR REPLACE STREAM S ON TABLE ETF.PUBLIC.HOLDINGS")
    followed("INSERT INTO HOLDINGS VALUES (4, 'DIA')")
    assert changes(run) == [(4, "DIA", "INSERT", False)]


# A shared view


@pytest.fixture
def viewed(imported: Run, run: Run) -> Run:
    """The provider; the consumer has stream S on the secure view TICKERS, which is tracked."""
    imported("ALTER VIEW TICKERS SET CHANGE_TRACKING = TRUE")
    run("CREATE STREAM S ON VIEW ETF.PUBLIC.TICKERS")
    return imported


def of_view(run: Run) -> list[Change]:
    return run("SELECT TICKER, METADATA$ACTION, METADATA$ISUPDATE FROM S ORDER BY 1, 2")


_OF_VIEW = [("IWM", "INSERT", False), ("QQQ", "DELETE", False), ("SPY", "DELETE", True), ("VOO", "INSERT", True)]


def test_a_stream_on_a_shared_view_shows_and_consumes_its_changes(viewed: Run, run: Run) -> None:
    assert (of_view(run), has_data(run)) == ([], False)
    run_all(viewed, *_CHANGES)
    assert (of_view(run), has_data(run)) == (_OF_VIEW, True)
    run("INSERT INTO T (TICKER) SELECT TICKER FROM S")
    assert (of_view(run), has_data(run)) == ([], False)


def test_a_stream_on_a_shared_view_does_not_tell_what_the_view_reads(viewed: Run, rows: Rows, fails: Fails) -> None:
    [shown] = rows("SHOW STREAMS")
    assert [shown[name] for name in ("table_name", "source_type", "base_tables")] == ["ETF.PUBLIC.TICKERS", "View", ""]
    viewed("CREATE OR REPLACE TABLE HOLDINGS (ID INT, TICKER VARCHAR(10)) CHANGE_TRACKING = TRUE")
    assert "HOLDINGS" not in str(fails("SELECT * FROM S"))


@pytest.mark.parametrize(
    ("done", "errno"),
    [
        ("DROP VIEW TICKERS", 3002),
        ("DROP TABLE HOLDINGS", 3002),
        ("REVOKE SELECT ON VIEW ETF_DATA.PUBLIC.TICKERS FROM SHARE ETF", 3002),
        ("DROP SHARE ETF", 3030),
        ("ALTER VIEW TICKERS SET CHANGE_TRACKING = FALSE", 91930),
        ("ALTER TABLE HOLDINGS SET CHANGE_TRACKING = FALSE", 91930),
    ],
)
def test_a_provider_that_takes_the_view_away_leaves_the_stream_stale(
    viewed: Run, run: Run, fails: Fails, rows: Rows, done: str, errno: int
) -> None:
    viewed(done)
    assert [fails(f"SELECT {what}").errno for what in ("* FROM S", "SYSTEM$STREAM_HAS_DATA('S')")] == [errno, errno]
    assert rows("SHOW STREAMS")[0]["stale"] == "true"
    run("DROP STREAM S")


# The provider's log


def provider_of(engine: Engine) -> Engine:
    provider = engine.hosting.engine("FACTSET")
    assert isinstance(provider, Engine)
    return provider


def is_logged(engine: Engine, table: str = "HOLDINGS") -> bool:
    """Whether the provider logs the changes of one of its tables."""
    provider = provider_of(engine).duck_conn.cursor()
    query = "SELECT 1 FROM duckdb_tables() WHERE schema_name = '_emulator' AND table_name = ?"
    return bool(provider.execute(query, [f"PUBLIC.{table}"]).fetchall())


@contextmanager
def hosted(folder: Path) -> Iterator[tuple[Engine, Run, Run]]:
    """An engine over HTTP, without its scheduler's thread, and the two accounts on it: consumer, provider."""
    engine = Engine(folder)
    try:
        with listening(Server(engine, "token"), 0) as port:
            parameters = Address(port, folder, own=True, token="token").parameters
            with (
                snowflake.connector.connect(**parameters) as consumer,
                snowflake.connector.connect(**(parameters | {"account": "factset"})) as provider,
            ):
                yield engine, lambda sql: run_on(consumer, sql), lambda sql: run_on(provider, sql)
    finally:
        engine.close()


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Engine, Run, Run]]:
    with hosted(tmp_path / "state") as (engine, consumer, provider):
        run_all(provider, *_PROVIDE)
        run_all(consumer, "CREATE WAREHOUSE W", "CREATE DATABASE DEMO", *_CONSUME)
        yield engine, consumer, provider


def test_the_log_ends_with_the_last_stream_of_either_account(both: tuple[Engine, Run, Run]) -> None:
    engine, consumer, provider = both
    assert not is_logged(engine)
    consumer("CREATE STREAM S ON TABLE ETF.PUBLIC.HOLDINGS")
    consumer("CREATE STREAM S2 ON TABLE ETF.PUBLIC.HOLDINGS")
    provider("CREATE STREAM THEIRS ON TABLE HOLDINGS")
    for drop, run, logged in (
        ("S", consumer, True),
        ("THEIRS", provider, True),
        ("S2", consumer, False),
    ):
        run(f"DROP STREAM {drop}")
        assert is_logged(engine) is logged


def test_a_stream_waits_for_whoever_changes_its_table_and_no_one_waits_for_it(both: tuple[Engine, Run, Run]) -> None:
    _, consumer, provider = both
    run_all(provider, "BEGIN", "INSERT INTO HOLDINGS VALUES (3, 'IWM')")
    thread = threading.Thread(target=consumer, args=["CREATE STREAM S ON TABLE ETF.PUBLIC.HOLDINGS"])
    thread.start()
    time.sleep(0.2)
    provider("INSERT INTO HOLDINGS VALUES (4, 'DIA')")
    assert thread.is_alive()
    provider("COMMIT")
    thread.join(timeout=10)
    provider("INSERT INTO HOLDINGS VALUES (5, 'EFA')")
    assert changes(consumer) == [(5, "EFA", "INSERT", False)]


def test_the_wait_for_the_provider_ends_with_the_session_s_lock_timeout(both: tuple[Engine, Run, Run]) -> None:
    _, consumer, provider = both
    run_all(provider, "BEGIN", "INSERT INTO HOLDINGS VALUES (3, 'IWM')")
    consumer("ALTER SESSION SET LOCK_TIMEOUT = 1")
    with pytest.raises(ProgrammingError, match="LOCK_TIMEOUT"):
        consumer("CREATE STREAM S ON TABLE ETF.PUBLIC.HOLDINGS")


def test_a_stream_and_what_it_has_not_consumed_survive_the_process(tmp_path: Path) -> None:
    with hosted(tmp_path / "state") as (_, consumer, provider):
        run_all(provider, *_PROVIDE)
        run_all(consumer, "CREATE WAREHOUSE W", "CREATE DATABASE DEMO", *_CONSUME)
        consumer("CREATE STREAM S ON TABLE ETF.PUBLIC.HOLDINGS")
        run_all(provider, *_CHANGES)
    with hosted(tmp_path / "state") as (engine, consumer, provider):
        run_all(consumer, "USE WAREHOUSE W", "USE SCHEMA DEMO.PUBLIC")
        run_all(provider, "USE WAREHOUSE W", "USE SCHEMA ETF_DATA.PUBLIC")
        assert changes(consumer) == _NET
        provider("INSERT INTO HOLDINGS VALUES (4, 'DIA')")
        assert changes(consumer) == [*_NET, (4, "DIA", "INSERT", False)]
        consumer("CREATE TABLE T AS SELECT * FROM S")
        assert changes(consumer) == []
        assert is_logged(engine)


def change_and_consume(folder: Path, say: Say) -> None:
    """Changes the shared table on one thread and consumes its stream on another, until the process is killed."""
    engine = Engine(folder)
    consumer, provider = engine.open_session(), engine.hosting.engine("FACTSET").open_session()
    for session, database in ((consumer, "DEMO"), (provider, "ETF_DATA")):
        session.warehouse = "W"
        session.use_schema((database, "PUBLIC"))

    def fill() -> None:
        while True:
            provider.cursor().execute("INSERT INTO HOLDINGS SELECT MAX(ID) + 1, 'X' FROM HOLDINGS")

    threading.Thread(target=fill, daemon=True).start()
    while True:
        consumer.cursor().execute("INSERT INTO T SELECT ID FROM S")
        say("consumed")


def test_after_kills_every_change_has_been_consumed_once(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with hosted(folder) as (_, consumer, provider):
        run_all(provider, *_PROVIDE)
        run_all(consumer, "CREATE WAREHOUSE W", "CREATE DATABASE DEMO", *_CONSUME, "CREATE TABLE T (ID INT)")
        consumer("CREATE STREAM S ON TABLE ETF.PUBLIC.HOLDINGS")
    chance = random.Random(7)
    for _ in range(length(4, 50)):
        kill_after(change_and_consume, folder, chance.randrange(6), chance.uniform(0, 0.06))
    with hosted(folder) as (_, consumer, provider):
        run_all(consumer, "USE WAREHOUSE W", "USE SCHEMA DEMO.PUBLIC", "INSERT INTO T SELECT ID FROM S")
        provider("USE WAREHOUSE W")
        made = provider("SELECT ID FROM ETF_DATA.PUBLIC.HOLDINGS WHERE ID > 2 ORDER BY ID")
        assert len(made) > 4
        assert consumer("SELECT ID FROM T ORDER BY ID") == made


def test_a_log_whose_stream_went_with_its_database_ends_at_the_next_start(tmp_path: Path) -> None:
    with hosted(tmp_path / "state") as (engine, consumer, provider):
        run_all(provider, *_PROVIDE)
        run_all(consumer, "CREATE WAREHOUSE W", "CREATE DATABASE DEMO", *_CONSUME)
        consumer("CREATE STREAM S ON TABLE ETF.PUBLIC.HOLDINGS")
        consumer("DROP DATABASE DEMO")
        assert is_logged(engine)
    with hosted(tmp_path / "state") as (engine, _, _):
        assert not is_logged(engine)


def test_the_log_below_a_shared_view_lives_as_long_as_a_stream_on_it(tmp_path: Path) -> None:
    with hosted(tmp_path / "state") as (_, consumer, provider):
        run_all(provider, *_PROVIDE, "ALTER VIEW TICKERS SET CHANGE_TRACKING = TRUE")
        run_all(consumer, "CREATE WAREHOUSE W", "CREATE DATABASE DEMO", *_CONSUME)
        consumer("CREATE STREAM S ON VIEW ETF.PUBLIC.TICKERS")
        run_all(provider, *_CHANGES)
    with hosted(tmp_path / "state") as (engine, consumer, _):
        run_all(consumer, "USE WAREHOUSE W", "USE SCHEMA DEMO.PUBLIC")
        assert of_view(consumer) == _OF_VIEW
        consumer("CREATE TABLE T AS SELECT * FROM S")
        assert logged(engine) == 0
        consumer("DROP STREAM S")
        assert not is_logged(engine)


def test_the_provider_s_log_is_pruned_below_the_oldest_offset(both: tuple[Engine, Run, Run]) -> None:
    engine, consumer, provider = both
    run_all(consumer, "CREATE STREAM S ON TABLE ETF.PUBLIC.HOLDINGS", "CREATE STREAM S2 ON TABLE ETF.PUBLIC.HOLDINGS")
    run_all(provider, *_CHANGES)
    consumer("CREATE TABLE T1 AS SELECT * FROM S")
    assert logged(engine) == 4
    consumer("CREATE TABLE T2 AS SELECT * FROM S2")
    assert logged(engine) == 0
    run_all(provider, "INSERT INTO HOLDINGS VALUES (4, 'DIA')")
    consumer("CREATE OR REPLACE TABLE T1 AS SELECT * FROM S")
    now = datetime.now(UTC)
    engine.account.clock = lambda: now + timedelta(days=30)  # both are stale
    provider("INSERT INTO HOLDINGS VALUES (5, 'XLK')")
    provider_of(engine).upkeep.prune()
    assert logged(engine) == 0
    for stream in ("S", "S2"):
        with pytest.raises(ProgrammingError, match=f"Stream '{stream}' is stale"):
            consumer(f"SELECT * FROM {stream}")


def logged(engine: Engine) -> int:
    duck = engine.hosting.engine("FACTSET").open_session().duck
    [(count,)] = duck.execute('SELECT COUNT(*) FROM ETF_DATA._emulator."PUBLIC.HOLDINGS"').fetchall()
    return int(count)


def test_a_shared_table_s_stream_is_stale_after_the_provider_s_retention(both: tuple[Engine, Run, Run]) -> None:
    engine, consumer, provider = both
    provider("ALTER TABLE HOLDINGS SET DATA_RETENTION_TIME_IN_DAYS = 3")
    consumer("CREATE STREAM S ON TABLE ETF.PUBLIC.HOLDINGS")
    now = datetime.now(UTC)
    engine.account.clock = lambda: now + timedelta(days=2, hours=23)
    assert changes(consumer) == []
    engine.account.clock = lambda: now + timedelta(days=3, hours=1)
    with pytest.raises(ProgrammingError, match="Stream 'S' is stale"):
        consumer("SELECT * FROM S")


def test_an_empty_stream_that_is_asked_for_data_does_not_become_stale(both: tuple[Engine, Run, Run]) -> None:
    engine, consumer, provider = both
    consumer("CREATE STREAM S ON TABLE ETF.PUBLIC.HOLDINGS")
    now = datetime.now(UTC)
    for days in (0.9, 1.8, 2.7):
        engine.account.clock = lambda days=days: now + timedelta(days=days)  # type: ignore[misc]
        assert not has_data(consumer)
    run_all(provider, *_CHANGES)
    assert has_data(consumer)
    engine.account.clock = lambda: now + timedelta(days=3.8)
    with pytest.raises(ProgrammingError, match="Stream 'S' is stale"):
        has_data(consumer)


# Tasks


def test_a_task_runs_when_the_provider_has_changed_the_table(both: tuple[Engine, Run, Run]) -> None:
    engine, consumer, provider = both
    run_all(
        consumer,
        "CREATE TABLE T (ID INT, TICKER VARCHAR, ACTION VARCHAR, ISUPDATE BOOLEAN)",
        "CREATE STREAM S ON TABLE ETF.PUBLIC.HOLDINGS",
        f"CREATE TASK FOLLOW WAREHOUSE = W WHEN SYSTEM$STREAM_HAS_DATA('S') AS {CONSUME}",
        "ALTER TASK FOLLOW RESUME",
    )
    engine.scheduler.tick()
    assert consumer("SELECT STATE FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY())") == []
    run_all(provider, *_CHANGES)
    engine.scheduler.tick()
    engine.scheduler.tick()
    assert consumer("SELECT STATE, ERROR_MESSAGE FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY())") == [
        ("SUCCEEDED", None)
    ]
    assert consumer("SELECT * FROM T ORDER BY 1, 2, 3") == _NET
    assert changes(consumer) == []


def test_the_presenter_s_served_emulator_runs_such_a_task_by_itself(tmp_path: Path) -> None:
    with emulator(tmp_path / "state") as address:
        parameters = address.parameters
        with (
            snowflake.connector.connect(**(parameters | {"account": "factset"})) as factset,
            snowflake.connector.connect(**parameters) as own,
        ):
            for sql in _PROVIDE:
                run_on(factset, sql)
            for sql in (
                "CREATE WAREHOUSE W",
                "CREATE DATABASE DEMO",
                *_CONSUME,
                "CREATE TABLE T (ID INT, TICKER VARCHAR, ACTION VARCHAR, ISUPDATE BOOLEAN)",
                "CREATE STREAM S ON TABLE ETF.PUBLIC.HOLDINGS",
                f"CREATE TASK FOLLOW WAREHOUSE = W WHEN SYSTEM$STREAM_HAS_DATA('S') AS {CONSUME}",
                "ALTER TASK FOLLOW RESUME",
            ):
                run_on(own, sql)
            run_on(factset, "INSERT INTO HOLDINGS VALUES (3, 'IWM')")
            deadline = time.monotonic() + 15
            while not run_on(own, "SELECT * FROM T") and time.monotonic() < deadline:
                time.sleep(0.1)
            assert run_on(own, "SELECT * FROM T") == [(3, "IWM", "INSERT", False)]
