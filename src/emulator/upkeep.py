"""What is done between statements, so that the state does not grow: old changes, snapshots and history are removed.

Nothing here waits: what somebody else is at is left to the next time.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
from snowflake.connector.errors import Error

from .account import Account
from .capture import pruning
from .iceberg import time_travel
from .objects import dropped
from .session import Session
from .session.history import History
from .store import checkpoints
from .store.storage import Storage

SECONDS_BETWEEN_PRUNINGS = 3600.0
SECONDS_BETWEEN_RELEASES = 60.0
LARGE_LOG, SECONDS_IDLE = 500_000, 30.0  # when a write-ahead log is written into its database


class Upkeep:
    """Looks after one account: at the end of each tick of its scheduler, and at once by `prune` and `checkpoint`."""

    def __init__(
        self, account: Account, storage: Storage, history: History, open_session: Callable[[], Session]
    ) -> None:
        self._account, self._storage, self._history = account, storage, history
        self._open_session = open_session
        self._next_pruning, self._released = 0.0, time.monotonic()

    def look(self) -> None:
        self.checkpoint()
        if (now := time.monotonic()) >= self._next_pruning:
            self._next_pruning = now + SECONDS_BETWEEN_PRUNINGS
            self.prune()
        if now >= self._released + SECONDS_BETWEEN_RELEASES and self.release_memory():
            self._released = now

    def prune(self) -> None:
        """Removes what nobody can ask for any more. What fails is tried again the next time."""
        now = self._account.clock()
        self._history.prune(now)
        self._account.runs.prune(now)
        with self._session() as session:
            with suppress(Exception):
                dropped.expire(session)
            for database in self._databases():
                with suppress(Exception), session.locked(database, 0):
                    for table in session.account.objects("TABLE", database):
                        pruning.prune_log(session, table)
                        if table.properties.get("ICEBERG"):
                            time_travel.expire(session, table)

    def checkpoint(self) -> None:
        """Writes the logs into their databases that are large, or that nothing has been written to for a while."""
        files = self.files()
        for file in files.values():
            checkpoints.remember(file)
        due = [name for name, file in files.items() if _is_due(checkpoints.log_of(file))]
        if not due:
            return
        with self._session() as session:
            for name in due:
                # The account's file has no write lock; DuckDB refuses while somebody writes.
                with suppress(Error, duckdb.Error), session.locked(name, 0):
                    session.duck.execute(f"CHECKPOINT {name}")

    def release_memory(self) -> bool:
        """Frees what DuckDB keeps of the temporary blocks of statements that have ended; not while one runs.

        It keeps them queued until it looks for memory to free, which a limit that it cannot meet makes it do. It
        refuses such a limit, and keeps its own; but where next to nothing is left it takes it, which a statement beside
        would fail of.
        """
        with self._session() as session, session.hosting.at_rest() as is_at_rest:
            if is_at_rest:
                with suppress(duckdb.OutOfMemoryException):
                    session.duck.execute("SET memory_limit = '1B'")
                    session.duck.execute("RESET memory_limit")
            return is_at_rest

    def write_logs(self) -> None:
        """Writes all logs into their databases, at the end, when nobody uses them any more."""
        files = self.files()
        with suppress(duckdb.ConnectionException), self._session() as session:  # it may be closed already
            for name in files:
                with suppress(duckdb.Error):  # a disk that is full: the log stays, and is read at the next start
                    session.duck.execute(f"CHECKPOINT {name}")
        for file in files.values():
            checkpoints.remember(file)

    def files(self) -> dict[str, Path]:
        """The file of each database of DuckDB's that is kept, by its name there."""
        storage = self._storage
        return {"_fs_global": storage.account_file} | {name: storage.database_file(name) for name in self._databases()}

    def _databases(self) -> list[str]:
        return [one.name for one in self._account.objects("DATABASE") if one.name not in self._account.imported]

    @contextmanager
    def _session(self) -> Iterator[Session]:
        session = self._open_session()
        try:
            yield session
        finally:
            session.close()


def _is_due(wal: Path) -> bool:
    try:
        found = wal.stat()
    except FileNotFoundError:
        return False
    return found.st_size > LARGE_LOG or (found.st_size > 0 and time.time() - found.st_mtime > SECONDS_IDLE)
