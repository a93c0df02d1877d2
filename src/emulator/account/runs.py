"""The runs of tasks: those to come, the one under way and those past, in one table of the account's file.

A run is written before it starts and after it has ended, so that a killed process leaves it to be run, or failed, but
never forgotten.
"""

import threading
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field, fields, replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from duckdb import DuckDBPyConnection

from ..language.reader import Path

if TYPE_CHECKING:
    from .account import Object

SCHEDULED, EXECUTING, SUCCEEDED, SKIPPED, CANCELLED = "SCHEDULED", "EXECUTING", "SUCCEEDED", "SKIPPED", "CANCELLED"
FAILED, FAILED_AND_AUTO_SUSPENDED = "FAILED", "FAILED_AND_AUTO_SUSPENDED"

DEFINITIONS = """
CREATE TABLE IF NOT EXISTS _fs_global.account.task_history (
    id BIGINT PRIMARY KEY, task_id VARCHAR, database_name VARCHAR, schema_name VARCHAR, name VARCHAR,
    query_text VARCHAR, condition_text VARCHAR, scheduled_from VARCHAR, scheduled_time TIMESTAMPTZ, state VARCHAR,
    query_start_time TIMESTAMPTZ, completed_time TIMESTAMPTZ, query_id VARCHAR,
    error_code BIGINT, error_message VARCHAR, return_value VARCHAR)
"""


@dataclass(frozen=True)
class Run:
    """One run of a task, as it stands."""

    id: int
    task_id: str
    database: str
    schema: str
    name: str
    query_text: str
    condition_text: str | None
    scheduled_from: str
    scheduled_time: datetime
    state: str = SCHEDULED
    query_start_time: datetime | None = None
    completed_time: datetime | None = None
    query_id: str | None = None
    error_code: int | None = None
    error_message: str | None = None
    return_value: str | None = None

    @property
    def task_path(self) -> Path:
        return (self.database, self.schema, self.name)


@dataclass
class Runs:
    """Remembers runs. Safe to use from several threads; every change is durable at once.

    `added` is set when there is a run to come that was not there before.
    """

    connection: DuckDBPyConnection
    added: threading.Event = field(default_factory=threading.Event)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def _query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self.connection.execute(sql, list(parameters)).fetchall()

    def _select(self, rest: str, parameters: Sequence[Any] = ()) -> list[Run]:
        return [Run(*row) for row in self._query(f"SELECT * FROM _fs_global.account.task_history {rest}", parameters)]

    def save(self, run: Run) -> Run:
        places = ", ".join("?" * len(fields(Run)))
        self._query(f"INSERT OR REPLACE INTO _fs_global.account.task_history VALUES ({places})", astuple(run))
        return run

    def add(self, task: "Object", scheduled_time: datetime, scheduled_from: str) -> Run:
        """A run to come."""
        properties = task.properties
        condition = properties["condition"]
        run = Run(
            0,
            str(properties["id"]),
            task.database,
            task.schema,
            task.name,
            query_text=str(properties["definition"]),
            condition_text=None if condition is None else str(condition),
            scheduled_from=scheduled_from,
            scheduled_time=scheduled_time,
        )
        with self._lock:
            [(last,)] = self._query("SELECT coalesce(max(id), 0) FROM _fs_global.account.task_history")
            saved = self.save(replace(run, id=last + 1))
        self.added.set()
        return saved

    def queued(self) -> list[Run]:
        """The runs to come, the oldest first."""
        return self._select(f"WHERE state = '{SCHEDULED}' ORDER BY id")

    def of_task(self, task_id: str, scheduled_from: str) -> Run | None:
        """The task's last run that came from there and has begun or ended."""
        found = self._select(
            f"WHERE task_id = ? AND scheduled_from = ? AND state <> '{SCHEDULED}' ORDER BY id DESC LIMIT 1",
            [task_id, scheduled_from],
        )
        return found[0] if found else None

    def between(self, start: datetime, end: datetime) -> list[Run]:
        """The runs scheduled from `start` to `end`, the newest first."""
        return self._select("WHERE scheduled_time BETWEEN ? AND ? ORDER BY scheduled_time DESC, id DESC", [start, end])

    def failures_in_a_row(self, task_id: str, since: datetime) -> int:
        """How often in a row the task has failed, to the last time; a skipped or cancelled run does not count."""
        ended = self._select(
            f"WHERE task_id = ? AND completed_time >= ? AND (state LIKE '{FAILED}%' OR state = '{SUCCEEDED}')"
            " ORDER BY id DESC",
            [task_id, since],
        )
        return sum(1 for _ in takewhile(lambda run: run.state != SUCCEEDED, ended))

    def prune(self, now: datetime) -> None:
        """Forgets what ended more than seven days ago, but for each task's last run, which its schedule counts from.

        https://docs.snowflake.com/en/sql-reference/functions/task_history
        """
        self._query(
            "DELETE FROM _fs_global.account.task_history WHERE completed_time < ? AND id NOT IN"
            " (SELECT max(id) FROM _fs_global.account.task_history GROUP BY task_id, scheduled_from)",
            [now - timedelta(days=7)],
        )

    def fail_interrupted(self, now: datetime) -> None:
        """Ends the runs that were under way when the last process ended."""
        message = "The emulator ended during the run: what the run had not committed was rolled back."
        for run in self._select(f"WHERE state = '{EXECUTING}'"):
            self.save(replace(run, state=FAILED, completed_time=now, error_code=603, error_message=message))
