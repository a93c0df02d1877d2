"""State survives the process, one process serves it, and a folder that is not ours is left alone."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb
import pytest
import snowflake.connector
from filelock import FileLock
from snowflake.connector.errors import DatabaseError

from src.emulator.account import Account
from src.emulator.protocol import server
from src.emulator.protocol.guests import has_guests
from src.emulator.protocol.serving import Address, emulator
from src.emulator.store.storage import StateError
from tests.emulator.conftest import QUIET, run_on
from tests.lengths import length


def connect(address: Address, **parameters: Any) -> Any:
    return snowflake.connector.connect(**(address.parameters | QUIET | parameters))


def run(address: Address, *statements: str) -> list[tuple[Any, ...]]:
    """Runs the statements in a session of their own and returns the last one's rows."""
    with connect(address, warehouse="WH") as connection:
        return [run_on(connection, sql) for sql in statements][-1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


MADE = (
    "CREATE WAREHOUSE WH COMMENT = 'kept'",
    "CREATE DATABASE D",
    "CREATE STAGE D.PUBLIC.ST",
    "CREATE FILE FORMAT D.PUBLIC.FF TYPE = JSON",
    "CREATE ROLE R",
    "GRANT USAGE ON DATABASE D TO ROLE R",
    "CREATE TABLE D.PUBLIC.T (ID INT, NAME VARCHAR(10)) COMMENT = 'table'",
    "INSERT INTO D.PUBLIC.T VALUES (1, 'x')",
    "CREATE STREAM D.PUBLIC.S ON TABLE D.PUBLIC.T",
    "INSERT INTO D.PUBLIC.T VALUES (2, 'y')",
)
ASKED = {
    "SHOW WAREHOUSES": 1,
    "SHOW DATABASES": 1,
    "SHOW STAGES IN ACCOUNT": 1,
    "SHOW FILE FORMATS IN ACCOUNT": 1,
    "SHOW GRANTS TO ROLE R": 1,
    "SELECT * FROM D.PUBLIC.T": 2,
    "SELECT * FROM D.PUBLIC.S": 1,
}


def test_the_state_survives_the_process_that_served_it(folder: Path) -> None:
    with emulator(folder) as address:
        run(address, *MADE)
        before = {sql: run(address, sql) for sql in ASKED}
    with emulator(folder) as address:
        assert {sql: run(address, sql) for sql in ASKED} == before
    assert {sql: len(rows) for sql, rows in before.items()} == ASKED


SERVE = [sys.executable, "-m", "src.emulator", "serve", "--port", "0"]


@pytest.fixture
def child(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that serves the folder."""
    process = subprocess.Popen([*SERVE, "--state-dir", str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    while "ready" not in process.stdout.readline():
        assert process.poll() is None
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_process_connects_to_the_one_that_serves(folder: Path, child: "subprocess.Popen[str]") -> None:
    with emulator(folder) as address:
        assert not address.own
        assert address.port == json.loads((folder / "serving.json").read_text())["port"]
        run(address, "CREATE WAREHOUSE WH")
    with emulator(folder) as address:
        assert len(run(address, "SHOW WAREHOUSES")) == 1


def test_what_was_acknowledged_survives_a_kill(folder: Path, child: "subprocess.Popen[str]") -> None:
    with emulator(folder) as address:
        run(address, *MADE)
        session = connect(address, warehouse="WH")
        run_on(session, "BEGIN")
        run_on(session, "INSERT INTO D.PUBLIC.T VALUES (3, 'not kept')")
    child.kill()
    child.wait()
    with emulator(folder) as address:
        assert address.own
        assert {sql: len(run(address, sql)) for sql in ASKED} == ASKED


def test_a_database_whose_creation_never_answered_leaves_no_file(folder: Path) -> None:
    with emulator(folder):
        pass
    (folder / "databases" / "D.duckdb").write_bytes(b"")
    with emulator(folder):
        assert list((folder / "databases").iterdir()) == []


def test_what_goes_with_a_database_goes_with_it_or_not_at_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def shown(address: Address) -> list[int]:
        return [len(run(address, sql)) for sql in ASKED if sql.startswith("SHOW")]

    with emulator(folder) as address:
        run(address, *MADE)
        before = shown(address)
        query, left = Account._query, iter(range(2))

        def fails_soon(self: Account, sql: str, parameters: Any = None) -> Any:
            if sql.startswith("DELETE") and next(left, None) is None:
                raise duckdb.IOException("killed")
            return query(self, sql, parameters)

        with monkeypatch.context() as patch:
            patch.setattr(Account, "_query", fails_soon)
            with pytest.raises(DatabaseError):
                run(address, "DROP DATABASE D")
        assert shown(address) == before
        run(address, "DROP DATABASE D")
        assert shown(address) == [1, 0, 0, 0, 0]


def test_whoever_serves_waits_for_a_guest_however_silent(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SECONDS_OF_SILENCE", 0.0)
    leaving = threading.Event()

    def serve() -> None:
        with emulator(folder):
            leaving.wait(60)

    first = threading.Thread(target=serve)
    first.start()
    wait_until((folder / "serving.json").exists)
    with emulator(folder) as address:
        assert not address.own
        leaving.set()
        first.join(0.3)
        assert first.is_alive()
        run(address, "CREATE WAREHOUSE WH")
    first.join(10)
    assert not first.is_alive()


def test_a_guest_that_was_killed_is_not_waited_for(folder: Path) -> None:
    with emulator(folder):
        script = (
            f"from src.emulator.protocol.serving import *; c = emulator(Path({str(folder)!r})); print(c.__enter__())"
        )
        guest = subprocess.Popen([sys.executable, "-c", f"{script}; input()"], stdin=subprocess.PIPE)
        wait_until(lambda: has_guests(folder))
        guest.kill()
        guest.communicate()
        assert not has_guests(folder)


def test_a_process_serves_if_the_one_that_had_the_folder_ends_without_serving(folder: Path) -> None:
    folder.mkdir()
    lock = FileLock(folder / "lock", thread_local=False)
    lock.acquire()
    threading.Timer(0.3, lock.release).start()
    with emulator(folder) as address:
        assert address.own


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_serve_ends_quietly_on_ctrl_c(folder: Path, child: "subprocess.Popen[str]") -> None:
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=10) == 0
    assert not (folder / "serving.json").exists()


def test_a_foreign_folder_is_refused_and_left_as_it_was(folder: Path) -> None:
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    with pytest.raises(StateError, match="holds no emulator state"), emulator(folder):
        pass
    assert (folder / "thesis.txt").read_text() == "years of work"


def damage_marker(folder: Path) -> None:
    (folder / "emulator.json").write_text("{")


def damage_format(folder: Path) -> None:
    (folder / "emulator.json").write_text('{"format": 99}')


def damage_account(folder: Path) -> None:
    (folder / "account.duckdb").write_bytes(b"no database at all" * 500)


def lose_database(folder: Path) -> None:
    (folder / "databases" / "D.duckdb").unlink()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (damage_marker, "is damaged"),
        (damage_format, "has format 99"),
        (damage_account, "is damaged"),
        (lose_database, "the file of database D is missing"),
    ],
)
def test_a_damaged_state_is_named_and_not_deleted(folder: Path, damage: Any, message: str) -> None:
    with emulator(folder) as address:
        run(address, "CREATE DATABASE D")
    damage(folder)
    before = sorted(path.name for path in folder.rglob("*"))
    with pytest.raises(StateError, match=message), emulator(folder):
        pass
    assert sorted(path.name for path in folder.rglob("*")) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_without_leave_to_write_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StateError, match="Name another one with DATA_ENG_DEMO_STATE"), emulator(tmp_path / "state"):
        pass


def test_a_state_path_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(StateError, match="Name another one with DATA_ENG_DEMO_STATE"), emulator(tmp_path / "state"):
        pass


def test_requests_of_one_session_sent_at_once_are_answered_each_for_itself(folder: Path) -> None:
    with emulator(folder) as address, connect(address) as connection:
        run_on(connection, "CREATE DATABASE D")
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda n: run_on(connection, f"SELECT {n}"), range(40)))
        assert answers == [[(n,)] for n in range(40)]


def test_of_many_connections_that_read_and_write_one_table_at_once_every_acknowledged_row_is_there_once(
    folder: Path,
) -> None:
    clients, writers, inserts = length(24, 200), length(8, 50), 4
    together = threading.Barrier(clients)

    def work(connection: Any, number: int) -> list[int]:
        """The rows that were acknowledged; what a reader counts never becomes less."""
        together.wait()
        if number >= writers:
            counts = [run_on(connection, "SELECT COUNT(*) FROM D.PUBLIC.T")[0][0] for _ in range(inserts)]
            assert counts == sorted(counts)
            return []
        ids = [number * inserts + nth for nth in range(inserts)]
        return [id_ for id_ in ids if run_on(connection, f"INSERT INTO D.PUBLIC.T VALUES ({id_})") == [(1,)]]

    with emulator(folder) as address, ExitStack() as stack, ThreadPoolExecutor(clients) as threads:
        run(address, "CREATE DATABASE D", "CREATE WAREHOUSE WH", "CREATE TABLE D.PUBLIC.T (ID INT)")
        connections = [stack.enter_context(connect(address, warehouse="WH")) for _ in range(clients)]
        acknowledged = sorted(chain(*threads.map(work, connections, range(clients))))
        assert acknowledged == list(range(writers * inserts))
        assert run(address, "SELECT ID FROM D.PUBLIC.T ORDER BY ID") == [(id_,) for id_ in acknowledged]


def test_a_statement_whose_answer_is_asked_for_again_runs_once(folder: Path) -> None:
    """A client that has lost an answer repeats its request under the same id."""
    with emulator(folder) as address, connect(address) as connection:
        run_on(connection, "CREATE DATABASE D")
        run_on(connection, "CREATE WAREHOUSE WH")
        run_on(connection, "CREATE TABLE D.PUBLIC.T (ID INT)")
        again = {"_statement_params": {"requestId": str(uuid.uuid4())}}
        for _ in range(2):
            [row] = connection.cursor().execute("INSERT INTO D.PUBLIC.T VALUES (1)", **again).fetchall()
            assert row == (1,)
        assert run_on(connection, "SELECT COUNT(*) FROM D.PUBLIC.T") == [(1,)]
