"""Runs tasks now and waits for their end, as TASK_HISTORY tells it on both engines."""

import json
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from src.utils.documents import structure_of
from src.utils.errors import DemoError
from src.utils.queries import Row
from src.utils.sql import literal, qualified

from .session import Demo, text_of

# https://docs.snowflake.com/en/sql-reference/functions/task_history
_ENDED = ("SUCCEEDED", "FAILED", "FAILED_AND_AUTO_SUSPENDED", "CANCELLED", "SKIPPED")
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0


@dataclass(frozen=True)
class TaskRun:
    """One run of a task, as TASK_HISTORY describes it; `scheduled_from` says what began it."""

    task: str
    state: str
    completed_time: str
    returned: object  # what SYSTEM$SET_RETURN_VALUE was given: a text, or what a JSON text stands for
    query_id: str
    error: str
    scheduled_from: str = ""

    @property
    def failed(self) -> bool:
        return self.state.startswith("FAILED") or self.state == "CANCELLED"

    @property
    def unfinished(self) -> bool:
        return self.state not in _ENDED

    def counts(self, counting: Collection[str]) -> str:
        """What the run returned. Of one that should have counted and has not, that its counts are unknown."""
        is_silent = self.state == "SUCCEEDED" and self.task in counting and not self.returned
        if is_silent:
            return "counts unknown: the run has no return value"
        return self.returned if isinstance(self.returned, str) else json.dumps(self.returned, ensure_ascii=False)

    @classmethod
    def of(cls, row: Row) -> "TaskRun":
        columns = ("NAME", "STATE", "COMPLETED_TIME", "RETURN_VALUE", "QUERY_ID", "ERROR_MESSAGE", "SCHEDULED_FROM")
        name, state, completed, returned, *others = (text_of(row, column) for column in columns)
        return cls(name, state, completed, structure_of(returned), *others)


class TasksFailed(DemoError):
    """A task has failed or not ended in time; `runs` holds the runs of all that were executed with it."""

    def __init__(self, message: str, runs: dict[str, TaskRun]) -> None:
        super().__init__(message)
        self.runs = runs


@dataclass(frozen=True)
class Patience:
    """How long to wait for a task, and by which clock."""

    seconds: float = 600.0
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep


def run_tasks(demo: Demo, names: Iterable[str], patience: Patience | None = None) -> dict[str, TaskRun]:
    """Executes the tasks at once and waits until each has ended. Raises TasksFailed with a failed task's own words.

    EXECUTE TASK is asynchronous and works on a suspended task too. A run that the stream triggered meanwhile counts as
    well: it has taken the changes. https://docs.snowflake.com/en/sql-reference/sql/execute-task
    """
    names = list(names)
    [now] = demo.ask("SELECT CURRENT_TIMESTAMP() AS NOW")
    demo.doing(f"running {' and '.join(names)}")
    for name in names:
        demo.ask(f"EXECUTE TASK {demo.in_schema(name)}")
    runs = _wait(demo, names, f"{literal(now['NOW'].isoformat())}::TIMESTAMP_TZ", patience or Patience())
    ended = {name: _outcome(of_task) for name, of_task in runs.items()}
    if failed := [run for run in ended.values() if run.failed]:
        raise TasksFailed(
            " ".join(f"Task {run.task} {run.state.replace('_', ' ')}: {run.error.rstrip('.')}." for run in failed)
            + " Its changes are still pending: mend the cause, then run again.",
            ended,
        )
    return ended


def _wait(demo: Demo, names: list[str], since: str, patience: Patience) -> dict[str, list[TaskRun]]:
    """The runs of each task, when all of them have ended. Raises TasksFailed when patience ends first."""
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
            raise TasksFailed(
                f"Task {waiting[0]} has not ended within {patience.seconds:g} s: {states[waiting[0]]}. "
                "It goes on; look with status, or pass a longer --timeout.",
                {name: _outcome(of_task) for name, of_task in runs.items() if of_task},
            )


def _pause_after(passed: float) -> float:
    """A tenth of the seconds that have passed, within limits: nobody waits much longer, and a look costs work too."""
    return min(max(passed / 10, _SHORTEST_PAUSE), _LONGEST_PAUSE)


def runs_since(demo: Demo, names: Iterable[str], since: str) -> dict[str, list[TaskRun]]:
    """The tasks' runs that were scheduled from a moment of the account's clock on, as SQL says it, the newest first."""
    rows = _history(demo, since)
    return {name: [TaskRun.of(row) for row in rows if row["NAME"] == name] for name in names}


def _history(demo: Demo, since: str) -> list[Row]:
    database = demo.config.database.name
    return demo.ask(
        "SELECT NAME, STATE, COMPLETED_TIME, RETURN_VALUE, QUERY_ID, ERROR_MESSAGE, SCHEDULED_FROM, SCHEDULED_TIME "
        f"FROM TABLE({database}.INFORMATION_SCHEMA.TASK_HISTORY("
        f"SCHEDULED_TIME_RANGE_START => {since}, "
        "SCHEDULED_TIME_RANGE_END => CURRENT_TIMESTAMP(), RESULT_LIMIT => 1000)) "
        f"WHERE DATABASE_NAME = {literal(database)} AND SCHEMA_NAME = {literal(demo.settings.schema)} "
        "ORDER BY SCHEDULED_TIME DESC"
    )


def runs_of_deployment(demo: Demo, names: Iterable[str], tasks: Iterable[Row]) -> dict[str, list[TaskRun]]:
    """The last day's runs of these tasks, as SHOW TASKS has them; those of an earlier task of the name are left out."""
    made = {row["name"]: row["created_on"] for row in tasks}
    last_day = _history(demo, "DATEADD(day, -1, CURRENT_TIMESTAMP())")
    return {
        name: [TaskRun.of(row) for row in last_day if row["NAME"] == name and row["SCHEDULED_TIME"] >= made[name]]
        for name in names
        if name in made
    }


def ended_runs(demo: Demo, names: Sequence[str], patience: Patience) -> dict[str, list[TaskRun]]:
    """The last day's runs of the demo's tasks; one that is under way, since it has taken its changes, is waited for."""
    tasks = demo.look(f"SHOW TASKS IN SCHEMA {qualified(demo.config.database.name, demo.settings.schema)}")
    begin = patience.clock()
    demo.doing("looking at the runs of the last day")
    while True:
        runs = runs_of_deployment(demo, names, tasks)
        under_way = any(run.state == "EXECUTING" for of_task in runs.values() for run in of_task)
        if not under_way or patience.clock() - begin > patience.seconds:
            return runs
        patience.pause(_pause_after(patience.clock() - begin))


def _outcome(runs: list[TaskRun]) -> TaskRun:
    """The run that did the work: the newest that was not skipped for want of changes."""
    return next((run for run in runs if run.state != "SKIPPED"), runs[0])
