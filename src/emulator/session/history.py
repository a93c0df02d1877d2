"""What ran: every statement with its session, text, outcome, rows and depth, kept in the account's file.

Writing a statement down costs more than many a statement, so that they are written several at once: before anyone reads
them, and within about a second. A process that is killed takes the last second's out of the history, nothing else.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection
from snowflake.connector.errors import Error

from ..account.privileges import ACCOUNTADMIN
from .accesses import as_json
from .running import Running
from .session import Session
from .statement import StatementContext

DEFINITIONS = """
CREATE TABLE IF NOT EXISTS _fs_global.account.query_history (
    query_id VARCHAR, query_text VARCHAR, database_name VARCHAR, schema_name VARCHAR, query_type VARCHAR,
    session_id VARCHAR, user_name VARCHAR, role_name VARCHAR, warehouse_name VARCHAR, query_tag VARCHAR,
    execution_status VARCHAR, error_code VARCHAR, error_message VARCHAR,
    start_time TIMESTAMPTZ, end_time TIMESTAMPTZ, rows_produced BIGINT, depth VARCHAR);
ALTER TABLE _fs_global.account.query_history ADD COLUMN IF NOT EXISTS direct_objects VARCHAR;
ALTER TABLE _fs_global.account.query_history ADD COLUMN IF NOT EXISTS base_objects VARCHAR
"""


class History:
    """Appends statements and counts them by depth. Safe to use from several threads."""

    AT_ONCE = 32
    DAYS = 7

    def __init__(self, connection: DuckDBPyConnection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._waiting: list[list[Any]] = []
        self.running = Running()

    @contextmanager
    def recording(self, session: Session, text: str, query_id: str) -> Iterator[StatementContext]:
        """Records what happens inside, whether it ends well or with an error."""
        entry = StatementContext(session, text, query_id=query_id, seconds=session.statement_timeout)
        try:
            with self.running.during(entry):
                yield entry
        except Error as error:
            error.sfqid = entry.query_id
            self._append(entry, "FAILED_WITH_ERROR", f"{error.errno:06d}", error.raw_msg or error.msg)
            raise
        self._append(entry, "SUCCESS", None, None)

    def _append(self, entry: StatementContext, status: str, code: str | None, message: str | None) -> None:
        values = self._values(entry, status, code, message, entry.session.account.clock())
        with self._lock:
            self._waiting.append(values)
            many = len(self._waiting) >= self.AT_ONCE
        if many:
            self.settle()

    def rows_running(self) -> list[list[Any]]:
        """The statements that run, as the table will hold them once they have ended."""
        return [self._values(entry, "RUNNING", None, None, None) for entry in self.running.entries()]

    def _values(
        self, entry: StatementContext, status: str, code: str | None, message: str | None, end: datetime | None
    ) -> list[Any]:
        session = entry.session
        return [
            entry.query_id,
            entry.text,
            session.database,
            session.schema,
            entry.query_type,
            session.id,
            session.user,
            session.role,
            session.warehouse,
            session.parameters.get("QUERY_TAG", ""),
            status,
            code,
            message,
            entry.start,
            end,
            entry.rows,
            entry.depth,
            *(as_json(objects) if objects else None for objects in (entry.accesses.direct, entry.accesses.base)),
        ]

    def _write(self) -> None:
        """Writes what waits, if anything does; what cannot be written waits on."""
        if self._waiting:
            row = f"({', '.join('?' * len(self._waiting[0]))})"
            self._connection.execute(
                f"INSERT INTO _fs_global.account.query_history VALUES {', '.join([row] * len(self._waiting))}",
                [value for values in self._waiting for value in values],
            )
            self._waiting.clear()

    def settle(self) -> None:
        """Writes what waits, if it can: on a full disk it waits on, and no statement fails of it."""
        with suppress(duckdb.Error), self._lock:
            self._write()

    def prune(self, now: datetime) -> None:
        """Forgets what ended more than seven days ago."""
        with suppress(duckdb.Error), self._lock:
            self._connection.execute(
                "DELETE FROM _fs_global.account.query_history WHERE end_time < ?", [now - timedelta(days=self.DAYS)]
            )

    @property
    def table(self) -> str:
        """The table to read, with all that has ended."""
        with self._lock:
            self._write()
        return "_fs_global.account.query_history"

    def outcome(self, session: Session, query_id: str) -> tuple[str, str | None, str | None] | None:
        """How far a statement of the session's user is, with the number and text of its error; None if unknown.

        ACCOUNTADMIN is told of everybody's.
        """
        users = None if ACCOUNTADMIN in session.roles else session.user
        if any(e.query_id == query_id and users in (None, e.session.user) for e in self.running.entries()):
            return "RUNNING", None, None
        table = self.table
        with self._lock:
            row: tuple[str, str | None, str | None] | None = self._connection.execute(
                f"SELECT execution_status, error_code, error_message FROM {table}"
                " WHERE query_id = ? AND user_name = coalesce(?, user_name)",
                [query_id, users],
            ).fetchone()
        return row

    def depth_of_session(self, session_id: str) -> dict[str, int]:
        """How many of a session's successful statements were executed, and how many only recorded."""
        table = self.table
        with self._lock:
            rows: list[tuple[Any, ...]] = self._connection.execute(
                f"SELECT depth, count(*) FROM {table}"
                " WHERE session_id = ? AND execution_status = 'SUCCESS' GROUP BY ALL",
                [session_id],
            ).fetchall()
        return {"executed": 0, "recorded": 0} | dict(rows)
