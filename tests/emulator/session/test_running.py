"""A statement that runs is ended: by its client, by another session, or because its time is over."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE
from typing import Any, cast
from unittest.mock import Mock

import pytest
import snowflake.connector
from snowflake.connector import SnowflakeConnection
from snowflake.connector.cursor import SnowflakeCursor
from snowflake.connector.errors import DatabaseError, ProgrammingError

from src.emulator.protocol import processes, server
from src.emulator.protocol.clients import Clients
from src.emulator.protocol.serving import Address
from src.emulator.session import Session
from src.emulator.session import session as sessions
from tests.emulator.conftest import QUIET, into_demo, run_on

ENDLESS = "SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 1000000000000))"
SECONDS = 10.0  # enough to see that it has ended, and far less than an endless statement takes

Connect = Callable[[], SnowflakeConnection]


@pytest.fixture
def connect(module_address: Address) -> Iterator[Connect]:
    opened: list[SnowflakeConnection] = []

    def open_one() -> SnowflakeConnection:
        opened.append(into_demo(snowflake.connector.connect(**(module_address.parameters | QUIET))))
        return opened[-1]

    yield open_one
    for connection in opened:
        connection.close()


def ends(connection: SnowflakeConnection, sql: str, **options: Any) -> tuple[int | None, str | None, str]:
    """The number, SQLSTATE and text of the error that the statement ends with."""
    with pytest.raises(DatabaseError) as caught:
        connection.cursor().execute(sql, **options)
    return caught.value.errno, caught.value.sqlstate, str(caught.value.raw_msg or caught.value.msg)


def beside(work: Callable[[], Any]) -> Callable[[], Any]:
    """Runs the work on a thread, and returns a function that waits for what it returns."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()

    def result() -> Any:
        thread.join(SECONDS)
        assert not thread.is_alive(), "it has not ended"
        return found[0]

    return result


def running(connection: SnowflakeConnection, text: str) -> str:
    """The query id of the statement, once it runs."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        for id_, found in run_on(
            connection,
            "SELECT QUERY_ID, QUERY_TEXT FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY())"
            " WHERE EXECUTION_STATUS = 'RUNNING' ORDER BY START_TIME",
        ):
            if found == text:
                return str(id_)
        time.sleep(0.02)
    raise AssertionError("it does not run")


def test_a_client_waits_for_a_statement_that_runs_longer_than_an_answer_may_take(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "SECONDS_TO_ANSWER", 0.001)
    connection = connect()
    assert run_on(connection, "SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 3000000))") == [(3_000_000,)]
    with pytest.raises(ProgrammingError, match="does not exist"):
        run_on(connection, "SELECT * FROM NONE_SUCH")


@pytest.mark.parametrize(
    ("session", "warehouse", "seconds"), [("1", None, 1), ("0", "1", 1), ("1", "100", 1), ("100", "1", 1)]
)
def test_the_lower_timeout_of_session_and_warehouse_ends_a_statement(
    connect: Connect, session: str, warehouse: str | None, seconds: int
) -> None:
    connection = connect()
    run_on(connection, f"ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = {session}")
    if warehouse:
        run_on(connection, f"CREATE WAREHOUSE SHORT STATEMENT_TIMEOUT_IN_SECONDS = {warehouse}")
    try:
        assert ends(connection, ENDLESS) == (
            630,
            "57014",
            f"Statement reached its statement or warehouse timeout of {seconds} second(s) and was canceled.",
        )
    finally:
        run_on(connection, "DROP WAREHOUSE IF EXISTS SHORT")
    assert run_on(connection, "SELECT 1") == [(1,)]


BLOCK = f"BEGIN {ENDLESS}; EXCEPTION WHEN OTHER THEN RETURN 'caught'; END"


@pytest.mark.parametrize(
    "sql",
    [
        ENDLESS,
        f"CREATE OR REPLACE TABLE LONG (N) AS {ENDLESS}",
        f"EXECUTE IMMEDIATE $${BLOCK}$$",
        f"EXECUTE IMMEDIATE $$DECLARE X INT DEFAULT ({ENDLESS}); BEGIN RETURN :X; END$$",
        f"SET X = ({ENDLESS})",
        f"COPY INTO @ST/LONG FROM ({ENDLESS}) OVERWRITE = TRUE",
    ],
)
def test_a_clients_timeout_ends_any_statement(connect: Connect, sql: str) -> None:
    connection = connect()
    run_on(connection, "CREATE STAGE IF NOT EXISTS ST")
    errno, state, text = ends(connection, sql, timeout=1)
    assert (errno, state, text.splitlines()[-1][-22:]) == (604, "57014", "SQL execution canceled")
    assert run_on(connection, "SHOW TABLES LIKE 'LONG'") == []


def test_a_client_and_another_session_cancel_a_statement_by_its_id(connect: Connect) -> None:
    connection, other = connect(), connect()
    for cancel in (
        lambda id_: other.cursor().abort_query(id_),
        lambda id_: run_on(other, f"SELECT SYSTEM$CANCEL_QUERY('{id_}')"),
        lambda id_: run_on(other, f"SELECT SYSTEM$CANCEL_ALL_QUERIES({session_of(connection)})"),
    ):
        ended = beside(lambda: ends(connection, ENDLESS))
        assert cancel(running(other, ENDLESS)) in (
            True,
            [("1 statements cancelled.",)],
            [(f"query [{ended_id(other)}] terminated.",)],
        )
        assert ended() == (604, "57014", "SQL execution canceled")


@pytest.mark.parametrize(
    ("cancel", "told"),
    [
        ("SELECT SYSTEM$CANCEL_QUERY('{id}')", "query [{id}] terminated."),
        ("select system$cancel_query('{id}');", "query [{id}] terminated."),
        ("SELECT SYSTEM$CANCEL_ALL_QUERIES({session})", "1 statements cancelled."),
        ("select system$cancel_all_queries('{session}')", "1 statements cancelled."),
    ],
)
def test_a_session_cancels_what_it_runs_beside_itself(connect: Connect, cancel: str, told: str) -> None:
    """As AsyncJob.cancel does, and Session.close: its statements take turns here."""
    connection = connect()
    cursor = connection.cursor()
    cursor.execute_async(ENDLESS)
    names = {"id": cursor.sfqid, "session": session_of(connection)}
    assert run_on(connection, cancel.format(**names)) == [(told.format(**names),)]
    with pytest.raises(ProgrammingError, match="SQL execution canceled"):
        cursor.get_results_from_sfqid(str(cursor.sfqid))


def test_a_statement_that_waits_for_another_of_its_session_is_cancelled_by_its_id(connect: Connect) -> None:
    cursor = connect().cursor()
    first, second = (cursor.execute_async(ENDLESS)["queryId"] for _ in range(2))
    assert [cursor.abort_query(str(query_id)) for query_id in (second, first)] == [True, True]
    for query_id in (second, first):
        with pytest.raises(DatabaseError, match="SQL execution canceled"):
            results_of(cursor, str(query_id))


def results_of(cursor: SnowflakeCursor, query_id: str) -> object:
    """It may be told at once or with the rows that it has failed."""
    cursor.get_results_from_sfqid(query_id)
    return cursor.fetchall()


def session_of(connection: SnowflakeConnection) -> int:
    assert connection.session_id is not None
    return connection.session_id


def ended_id(connection: SnowflakeConnection) -> str:
    """The id of the endless statement that ran last."""
    [(id_,)] = run_on(
        connection,
        "SELECT QUERY_ID FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY())"
        f" WHERE QUERY_TEXT = '{ENDLESS}' ORDER BY START_TIME DESC LIMIT 1",
    )
    return str(id_)


def test_the_statement_of_a_task_is_cancelled(connect: Connect) -> None:
    connection = connect()
    run_on(connection, f"CREATE OR REPLACE TASK ENDLESS WAREHOUSE = WH AS {ENDLESS}")
    run_on(connection, "EXECUTE TASK ENDLESS")
    id_ = running(connection, ENDLESS)
    [told] = run_on(connection, "SELECT QUERY_ID FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY(TASK_NAME => 'ENDLESS'))")
    assert told == (id_,)
    run_on(connection, f"SELECT SYSTEM$CANCEL_QUERY('{id_}')")
    ask = "SELECT STATE, ERROR_CODE FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY(TASK_NAME => 'ENDLESS'))"
    deadline = time.monotonic() + SECONDS
    while (found := run_on(connection, ask)) == [("EXECUTING", None)] and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [(state, int(code)) for state, code in found] == [("FAILED", 604)]


def test_to_describe_a_statement_ends_nothing(connect: Connect) -> None:
    connection, other = connect(), connect()
    run_on(connection, "BEGIN")
    [[transaction]] = run_on(connection, "SELECT CURRENT_TRANSACTION()")
    ended = beside(lambda: ends(connection, ENDLESS))
    id_ = running(other, ENDLESS)
    for sql in (
        f"SELECT SYSTEM$CANCEL_QUERY('{id_}') AS ANSWER",
        f"SELECT SYSTEM$CANCEL_ALL_QUERIES({session_of(connection)}) AS ANSWER",
        f"SELECT SYSTEM$ABORT_TRANSACTION({transaction}) AS ANSWER",
    ):
        [column] = other.cursor().describe(sql)
        assert (column.name, column.type_code) == ("ANSWER", 2)
    assert running(other, ENDLESS) == id_
    run_on(other, f"SELECT SYSTEM$CANCEL_QUERY('{id_}')")
    assert ended()[0] == 604
    assert run_on(connection, "SELECT CURRENT_TRANSACTION()") == [(transaction,)]
    run_on(connection, "ROLLBACK")


def test_cancelling_what_does_not_run_is_an_error(connect: Connect) -> None:
    connection = connect()
    expected = "Identified SQL statement is not currently executing."
    assert ends(connection, "SELECT SYSTEM$CANCEL_QUERY('01b2-0')") == (605, "02000", expected)
    assert connection.cursor().abort_query("01b2-0") is False


def test_a_cancelled_change_leaves_nothing_and_releases_its_lock(connect: Connect) -> None:
    connection, other = connect(), connect()
    run_on(connection, "CREATE OR REPLACE TABLE T (ID INT)")
    ends(connection, f"INSERT INTO T {ENDLESS}", timeout=1)
    run_on(other, "INSERT INTO T VALUES (1)")
    assert run_on(connection, "SELECT * FROM T") == [(1,)]


def test_a_statement_that_waits_for_a_lock_is_cancelled(connect: Connect) -> None:
    holder, waiter = connect(), connect()
    run_on(holder, "CREATE OR REPLACE TABLE T (ID INT)")
    run_on(holder, "BEGIN")
    run_on(holder, "INSERT INTO T VALUES (1)")
    assert ends(waiter, "INSERT INTO T VALUES (2)", timeout=1)[0] == 604
    run_on(holder, "ROLLBACK")


# Transactions of clients that are gone


def test_open_transactions_and_their_locks_are_shown(connect: Connect) -> None:
    holder, waiter = connect(), connect()
    run_on(holder, "CREATE OR REPLACE TABLE T (ID INT)")
    run_on(holder, "BEGIN NAME MINE")
    run_on(holder, "INSERT INTO T VALUES (1)")
    waiting = beside(lambda: run_on(waiter, "INSERT INTO T VALUES (2)"))
    running(holder, "INSERT INTO T VALUES (2)")
    [(id_,)] = run_on(holder, "SELECT CURRENT_TRANSACTION()")
    shown = [row[1:4] + row[5:] for row in run_on(holder, "SHOW TRANSACTIONS") if str(row[0]) == id_]
    assert shown == [("PRESENTER", session_of(holder), "MINE", "running", 0)]
    locks = run_on(holder, "SHOW LOCKS IN ACCOUNT")
    assert [(row[1], row[2], row[5], row[6] is None, row[0]) for row in locks] == [
        ("DEMO.PUBLIC.T", "PARTITIONS", "HOLDING", False, session_of(holder)),
        ("DEMO.PUBLIC.T", "PARTITIONS", "WAITING", True, session_of(waiter)),
    ]
    run_on(holder, "COMMIT")
    assert waiting() == [(1,)]
    assert run_on(holder, "SHOW LOCKS") == []


def test_an_aborted_transaction_is_rolled_back_and_its_client_told(connect: Connect) -> None:
    holder, other = connect(), connect()
    run_on(holder, "CREATE OR REPLACE TABLE T (ID INT)")
    run_on(holder, "BEGIN")
    run_on(holder, "INSERT INTO T VALUES (1)")
    [(id_,)] = run_on(holder, "SELECT CURRENT_TRANSACTION()")
    assert run_on(other, f"SELECT SYSTEM$ABORT_TRANSACTION({id_})") == [(f"Aborted transaction id: {id_}",)]
    run_on(other, "INSERT INTO T VALUES (2)")
    for sql in ("INSERT INTO T VALUES (3)", "COMMIT", "SELECT * FROM T", "BEGIN"):
        assert ends(holder, sql)[0] == 2
    run_on(holder, "ROLLBACK")
    assert run_on(holder, "SELECT * FROM T") == [(2,)]
    assert ends(other, f"SELECT SYSTEM$ABORT_TRANSACTION({id_})")[0] == 3002


def test_a_transaction_is_aborted_while_it_runs_a_statement(connect: Connect) -> None:
    holder, other = connect(), connect()
    run_on(holder, "CREATE OR REPLACE TABLE T (ID INT)")
    run_on(holder, "BEGIN")
    run_on(holder, "INSERT INTO T VALUES (1)")
    [(id_,)] = run_on(holder, "SELECT CURRENT_TRANSACTION()")
    ended = beside(lambda: ends(holder, ENDLESS))
    running(other, ENDLESS)
    run_on(other, f"SELECT SYSTEM$ABORT_TRANSACTION({id_})")
    assert ended()[0] == 604
    run_on(other, "INSERT INTO T VALUES (2)")
    run_on(holder, "ROLLBACK")


def test_a_transaction_that_blocks_another_and_is_idle_is_rolled_back(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder, other = connect(), connect()
    run_on(holder, "CREATE OR REPLACE TABLE T (ID INT)")
    run_on(holder, "BEGIN")
    run_on(holder, "INSERT INTO T VALUES (1)")
    monkeypatch.setattr(sessions, "SECONDS_IDLE", 0.5)
    run_on(other, "INSERT INTO T VALUES (2)")
    with pytest.raises(ProgrammingError, match="after the transaction was aborted"):
        run_on(holder, "COMMIT")
    run_on(holder, "ROLLBACK")
    assert run_on(other, "SELECT * FROM T") == [(2,)]


@pytest.mark.parametrize(("is_told", "seconds"), [(True, 3600.0), (False, 0.1)])
def test_a_transaction_of_a_client_that_was_killed_is_rolled_back(
    connect: Connect, module_address: Address, monkeypatch: pytest.MonkeyPatch, is_told: bool, seconds: float
) -> None:
    """At once where the system tells whose a connection is, else after a while, in which a client may come back."""
    looked, client = threading.Event(), processes.client

    def look(port: int) -> int | None:
        pid = client(port) if is_told else None
        threading.Timer(0.1, looked.set).start()
        return pid

    monkeypatch.setattr(sessions, "SECONDS_TO_RETURN", seconds)
    monkeypatch.setattr(processes, "client", look)
    other = connect()
    run_on(other, "CREATE OR REPLACE TABLE T (ID INT)")
    assert looked.wait(30)  # at the connection of this session
    looked.clear()
    program = KILLED.format(module_address.parameters | QUIET)
    with subprocess.Popen([sys.executable, "-c", program], stdout=PIPE) as killed:
        try:
            assert killed.stdout is not None
            assert killed.stdout.readline() == b"ready\n"
            assert looked.wait(30)
        finally:
            killed.kill()
    assert beside(lambda: run_on(other, "INSERT INTO T VALUES (2)"))() == [(1,)]
    assert run_on(other, "SELECT * FROM T") == [(2,)]


def test_a_session_that_is_closed_while_it_waits_keeps_nobody_waiting(connect: Connect) -> None:
    holder, waiting, other = connect(), connect(), connect()
    run_on(holder, "CREATE OR REPLACE TABLE T (ID INT)")
    run_on(holder, "BEGIN")
    run_on(holder, "INSERT INTO T VALUES (1)")
    ended = beside(lambda: ends(waiting, "INSERT INTO T VALUES (2)"))
    running(other, "INSERT INTO T VALUES (2)")
    waiting.close()
    run_on(holder, "ROLLBACK")
    ended()
    assert beside(lambda: run_on(other, "INSERT INTO T VALUES (3)"))() == [(1,)]
    assert run_on(other, "SELECT * FROM T") == [(3,)]


def test_a_file_that_a_process_closes_while_it_is_looked_at_hides_none_of_the_others(tmp_path: Path) -> None:
    for name in ("0", "9"):
        (tmp_path / name).symlink_to(f"socket:[{name}]")
    (tmp_path / "5").touch()  # which is no link any more
    assert set(processes._opened(tmp_path)) == {"socket:[0]", "socket:[9]"}


def test_a_client_with_a_connection_for_each_request_is_not_gone() -> None:
    clients, session = Clients(), cast(Session, Mock(client_gone_since=None))
    for port in (1, 2):
        clients.sends(("127.0.0.1", port), session)
        clients.closed(("127.0.0.1", port))
    assert session.client_gone_since is None
    for _ in range(2):
        clients.sends(("127.0.0.1", 3), session)
    clients.closed(("127.0.0.1", 3))
    assert session.client_gone_since is not None
    clients.sends(("127.0.0.1", 4), session)
    assert session.client_gone_since is None


KILLED = """
import snowflake.connector, time
cursor = snowflake.connector.connect(**{}, database="DEMO", schema="PUBLIC", warehouse="WH").cursor()
cursor.execute("BEGIN")
cursor.execute("INSERT INTO T VALUES (1)")
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("sql", "answer"),
    [
        ("SELECT SYSTEM$WAIT(0.01)", "waited 0.01 seconds"),
        ("CALL SYSTEM$WAIT(10, 'MILLISECONDS')", "waited 10 milliseconds"),
    ],
)
def test_a_statement_waits(connect: Connect, sql: str, answer: str) -> None:
    """https://docs.snowflake.com/en/sql-reference/functions/system_wait"""
    assert run_on(connect(), sql) == [(answer,)]


def test_waiting_ends_with_the_statement(connect: Connect) -> None:
    connection = connect()
    run_on(connection, "ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = 1")
    assert ends(connection, "SELECT SYSTEM$WAIT(1, 'HOURS')")[0] == 630


@pytest.mark.parametrize("call", ["SYSTEM$WAIT('x')", "SYSTEM$WAIT(1, 'WEEKS')", "SYSTEM$WAIT(1) FROM VALUES (1)"])
def test_other_ways_to_wait_are_refused(connect: Connect, call: str) -> None:
    assert ends(connect(), f"SELECT {call}")[0] == 2
