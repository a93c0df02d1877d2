"""The runs of tasks: those to come, the one under way and those past, in one table of the account's file.

A run is written before it starts and after it has ended, so that a killed process leaves it to be run, or failed, but
never forgotten.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field, fields, replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from duckdb import DuckDBPyConnection

from ..language.reader import Path
from ..store.storage import whole

if TYPE_CHECKING:
    from .account import Object

SCHEDULED, EXECUTING, SUCCEEDED, SKIPPED, CANCELLED = "SCHEDULED", "EXECUTING", "SUCCEEDED", "SKIPPED", "CANCELLED"
FAILED, FAILED_AND_AUTO_SUSPENDED = "FAILED", "FAILED_AND_AUTO_SUSPENDED"

DEFINITIONS = """
CREATE TABLE IF NOT EXISTS _fs_global.account.task_history (
    id BIGINT PRIMARY KEY, task_id VARCHAR, database_name VARCHAR, schema_name VARCHAR, name VARCHAR,
    query_text VARCHAR, condition_text VARCHAR, scheduled_from VARCHAR, scheduled_time TIMESTAMPTZ, state VARCHAR,
    query_start_time TIMESTAMPTZ, completed_time TIMESTAMPTZ, query_id VARCHAR,
    error_code BIGINT, error_message VARCHAR, return_value VARCHAR);
ALTER TABLE _fs_global.account.task_history ADD COLUMN IF NOT EXISTS graph_id BIGINT;
ALTER TABLE _fs_global.account.task_history ADD COLUMN IF NOT EXISTS graph_time TIMESTAMPTZ;
ALTER TABLE _fs_global.account.task_history ADD COLUMN IF NOT EXISTS root_id VARCHAR;
ALTER TABLE _fs_global.account.task_history ADD COLUMN IF NOT EXISTS attempt BIGINT DEFAULT 1;
ALTER TABLE _fs_global.account.task_history ADD COLUMN IF NOT EXISTS config VARCHAR
"""
RETRY = "AUTOMATIC RETRY"  # where an attempt after the first one is scheduled from


@dataclass(frozen=True)
class Run:
    """One run of a task, as it stands.

    The runs of a graph have one `graph_id`, the id of its root's first run, which was scheduled at `graph_time`.
    """

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
    graph_id: int | None = None  # as those after it, None in a run of an older version, whose task stood alone
    graph_time: datetime | None = None
    root_id: str | None = None
    attempt: int = 1
    config: str | None = None

    @property
    def graph(self) -> int:
        return self.id if self.graph_id is None else self.graph_id

    @property
    def original_time(self) -> datetime:
        return self.graph_time or self.scheduled_time

    @property
    def root(self) -> str:
        return self.root_id or self.task_id

    @property
    def has_failed(self) -> bool:
        return self.state in (FAILED, FAILED_AND_AUTO_SUSPENDED)

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
    _last: int = 0  # the number of the last run, which may be gone: it may be about to begin

    def _query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self.connection.execute(sql, list(parameters)).fetchall()

    def _select(self, rest: str, parameters: Sequence[Any] = ()) -> list[Run]:
        return [Run(*row) for row in self._query(f"SELECT * FROM _fs_global.account.task_history {rest}", parameters)]

    def save(self, run: Run) -> Run:
        places = ", ".join("?" * len(fields(Run)))
        self._query(f"INSERT OR REPLACE INTO _fs_global.account.task_history VALUES ({places})", astuple(run))
        return run

    @contextmanager
    def whole(self) -> Iterator[None]:
        """What is written inside is kept whole, or not at all."""
        with self._lock, whole(self.connection):
            yield

    def add(self, task: "Object", scheduled_time: datetime, scheduled_from: str, config: str | None = None) -> Run:
        """A run to come of a task that stands alone, or of a root with its graph."""
        run = self.coming(task, scheduled_time, scheduled_from)
        return self._queue(replace(run, root_id=run.task_id, graph_time=scheduled_time, config=config))

    def unqueue(self, task_id: str) -> None:
        """Forgets a run of the task, or of the graph whose root it is, that has not begun."""
        self._query(
            f"DELETE FROM _fs_global.account.task_history WHERE task_id = ? AND state = '{SCHEDULED}' AND attempt = 1",
            [task_id],
        )

    def follow(self, before: Run, task: "Object", scheduled_time: datetime, *, attempt: int) -> Run:
        """A run to come of another task of the same graph, or of the same once more."""
        run = self.coming(task, scheduled_time, before.scheduled_from if attempt == before.attempt else RETRY)
        shared = {name: getattr(before, name) for name in ("root_id", "config")}
        return self._queue(
            replace(run, **shared, attempt=attempt, graph_id=before.graph, graph_time=before.original_time)
        )

    def coming(self, task: "Object", scheduled_time: datetime, scheduled_from: str) -> Run:
        """A run as it would be, which is not kept."""
        condition = task.properties.get("condition")
        return Run(
            0,
            str(task.properties["id"]),
            task.database,
            task.schema,
            task.name,
            query_text=str(task.properties["definition"]),
            condition_text=None if condition is None else str(condition),
            scheduled_from=scheduled_from,
            scheduled_time=scheduled_time,
        )

    def _queue(self, run: Run) -> Run:
        with self._lock:
            [(last,)] = self._query("SELECT coalesce(max(id), 0) FROM _fs_global.account.task_history")
            self._last = new = max(last, self._last) + 1
            saved = self.save(replace(run, id=new, graph_id=new if run.graph_id is None else run.graph_id))
        self.added.set()
        return saved

    def queued(self) -> list[Run]:
        """The runs to come: those of the oldest graph first."""
        return self._select(f"WHERE state = '{SCHEDULED}' ORDER BY coalesce(graph_id, id), id")

    def of_graph(self, run: Run) -> list[Run]:
        """The runs of the run's graph, the oldest first."""
        return self._select("WHERE coalesce(graph_id, id) = ? ORDER BY id", [run.graph])

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
        """How many graphs in a row the task has failed in, to the last one; of several attempts the last counts.

        A skipped or cancelled run does not count.
        """
        ended = self._select(
            f"WHERE task_id = ? AND completed_time >= ? AND (state LIKE '{FAILED}%' OR state = '{SUCCEEDED}')"
            " QUALIFY row_number() OVER (PARTITION BY coalesce(graph_id, id) ORDER BY id DESC) = 1 ORDER BY id DESC",
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

    def fail_interrupted(self, now: datetime) -> list[Run]:
        """Ends the runs that were under way when the last process ended, and returns them."""
        message = "The emulator ended during the run: what the run had not committed was rolled back."
        return [
            self.save(replace(run, state=FAILED, completed_time=now, error_code=603, error_message=message))
            for run in self._select(f"WHERE state = '{EXECUTING}'")
        ]
