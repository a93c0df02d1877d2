"""Runs tasks now and waits for their end, as TASK_HISTORY tells it on both engines."""

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from src.utils.errors import DemoError
from src.utils.queries import Row
from src.utils.sql import literal

from .session import Demo, text_of

# https://docs.snowflake.com/en/sql-reference/functions/task_history
_ENDED = ("SUCCEEDED", "FAILED", "FAILED_AND_AUTO_SUSPENDED", "CANCELLED", "SKIPPED")
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0


@dataclass(frozen=True)
class TaskRun:
    """One run of a task, as TASK_HISTORY describes it."""

    task: str
    state: str
    completed_time: str
    returned: str
    query_id: str
    error: str

    @property
    def failed(self) -> bool:
        return self.state.startswith("FAILED") or self.state == "CANCELLED"

    @property
    def unfinished(self) -> bool:
        return self.state not in _ENDED

    def counts(self, counting: Collection[str]) -> str:
        """What the run returned. Of one that should have counted and has not, that its counts are unknown."""
        is_silent = self.state == "SUCCEEDED" and self.task in counting and not self.returned
        return "counts unknown: the run has no return value" if is_silent else self.returned

    @classmethod
    def of(cls, row: Row) -> "TaskRun":
        columns = ("NAME", "STATE", "COMPLETED_TIME", "RETURN_VALUE", "QUERY_ID", "ERROR_MESSAGE")
        return cls(*(text_of(row, column) for column in columns))


@dataclass(frozen=True)
class Patience:
    """How long to wait for a task, and by which clock."""

    seconds: float = 600.0
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep


def run_tasks(demo: Demo, names: Iterable[str], patience: Patience | None = None) -> dict[str, TaskRun]:
    """Executes the tasks at once and waits until each has ended. Raises DemoError with a failed task's own words.

    EXECUTE TASK is asynchronous and works on a suspended task too. A run that the stream triggered meanwhile counts as
    well: it has taken the changes. https://docs.snowflake.com/en/sql-reference/sql/execute-task
    """
    names = list(names)
    [now] = demo.ask("SELECT CURRENT_TIMESTAMP() AS NOW")
    for name in names:
        demo.ask(f"EXECUTE TASK {demo.in_schema(name)}")
    runs = _wait(demo, names, f"{literal(now['NOW'].isoformat())}::TIMESTAMP_TZ", patience or Patience())
    return {name: _outcome(of_task) for name, of_task in runs.items()}


def _wait(demo: Demo, names: list[str], since: str, patience: Patience) -> dict[str, list[TaskRun]]:
    """The runs of each task, when all of them have ended."""
    begin, passed = patience.clock(), 0.0
    while True:
        patience.pause(_pause_after(passed))
        runs = runs_since(demo, names, since)
        waiting = [name for name, of_task in runs.items() if not of_task or any(run.unfinished for run in of_task)]
        if not waiting:
            return runs
        passed = patience.clock() - begin
        if passed > patience.seconds:
            states = {name: runs[name][0].state if runs[name] else "not begun" for name in waiting}
            raise DemoError(
                f"Task {waiting[0]} has not ended within {patience.seconds:g} s: {states[waiting[0]]}. "
                "It goes on; look with status, or pass a longer --timeout."
            )


def _pause_after(passed: float) -> float:
    """A tenth of the seconds that have passed, within limits: nobody waits much longer, and a look costs work too."""
    return min(max(passed / 10, _SHORTEST_PAUSE), _LONGEST_PAUSE)


def runs_since(demo: Demo, names: Iterable[str], since: str) -> dict[str, list[TaskRun]]:
    """The tasks' runs that were scheduled from a moment of the account's clock on, as SQL says it, the newest first."""
    database = demo.config.database.name
    rows = demo.ask(
        "SELECT NAME, STATE, COMPLETED_TIME, RETURN_VALUE, QUERY_ID, ERROR_MESSAGE, SCHEDULED_TIME "
        f"FROM TABLE({database}.INFORMATION_SCHEMA.TASK_HISTORY("
        f"SCHEDULED_TIME_RANGE_START => {since}, "
        "SCHEDULED_TIME_RANGE_END => CURRENT_TIMESTAMP(), RESULT_LIMIT => 1000)) "
        f"WHERE DATABASE_NAME = {literal(database)} AND SCHEMA_NAME = {literal(demo.settings.schema)} "
        "ORDER BY SCHEDULED_TIME DESC"
    )
    runs = [TaskRun.of(row) for row in rows]
    return {name: [run for run in runs if run.task == name] for name in names}


def _outcome(runs: list[TaskRun]) -> TaskRun:
    """The run that did the work: the newest that was not skipped for want of changes."""
    run = next((run for run in runs if run.state != "SKIPPED"), runs[0])
    if run.failed:
        raise DemoError(
            f"Task {run.task} {run.state.replace('_', ' ')}: {run.error.rstrip('.')}. Its changes are still pending: "
            "mend the cause, then run again."
        )
    return run
