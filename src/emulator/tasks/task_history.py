"""TASK_HISTORY, the runs of tasks, and TASK_DEPENDENTS, the tasks of a graph: table functions.

https://docs.snowflake.com/en/sql-reference/functions/task_history
https://docs.snowflake.com/en/sql-reference/functions/task_dependents
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from .. import errors
from ..account.runs import FAILED, Run
from ..language.arguments import moment
from ..language.reader import Reader
from ..language.result import NUMBER, TEXT, TIMESTAMP, Result, table
from ..session import Session
from ..session.visible import sees
from .graphs import Graphs
from .schedules import parse_schedule
from .settings import SCHEDULE, config_of, has
from .states import is_started, moment_of
from .tasks import TASK

_HISTORY = [
    (name, type_)
    for type_, names in (
        (TEXT, "QUERY_ID NAME DATABASE_NAME SCHEMA_NAME QUERY_TEXT CONDITION_TEXT STATE"),
        (NUMBER, "ERROR_CODE"),
        (TEXT, "ERROR_MESSAGE"),
        (TIMESTAMP, "SCHEDULED_TIME QUERY_START_TIME NEXT_SCHEDULED_TIME COMPLETED_TIME"),
        (TEXT, "ROOT_TASK_ID"),
        (NUMBER, "GRAPH_VERSION RUN_ID"),
        (TEXT, "RETURN_VALUE SCHEDULED_FROM"),
        (NUMBER, "ATTEMPT_NUMBER"),
        (TEXT, "CONFIG QUERY_HASH"),
        (NUMBER, "QUERY_HASH_VERSION"),
        (TEXT, "QUERY_PARAMETERIZED_HASH"),
        (NUMBER, "QUERY_PARAMETERIZED_HASH_VERSION GRAPH_RUN_GROUP_ID"),
    )
    for name in names.split()
]
HISTORY_ARGUMENTS = (
    "SCHEDULED_TIME_RANGE_START",
    "SCHEDULED_TIME_RANGE_END",
    "RESULT_LIMIT",
    "TASK_NAME",
    "ERROR_ONLY",
    "ROOT_TASK_ID",
    "DATABASE_NAME",
    "SCHEMA_NAME",
)
_DAYS_BACK, _DAYS_AHEAD = timedelta(days=7), timedelta(days=8)


def task_history_rows(session: Session, arguments: Mapping[str, Any]) -> Result:
    """The runs of the last 7 days and each started task's next one within 8 days, the newest first.

    The arguments, RESULT_LIMIT (100) among them, apply before the query's WHERE. Raises 001008 for a limit outside 1 to
    10000 and 000707 for a range older than 7 days. https://docs.snowflake.com/en/sql-reference/functions/task_history
    """
    limit = arguments.get("RESULT_LIMIT", 100)
    if not isinstance(limit, int) or not 1 <= limit <= 10000:
        raise errors.invalid_value(limit, "RESULT_LIMIT")
    now = session.account.clock()
    start = moment(arguments, "SCHEDULED_TIME_RANGE_START", now - _DAYS_BACK)
    end = moment(arguments, "SCHEDULED_TIME_RANGE_END", now + _DAYS_AHEAD)
    if min(start, end) < now - _DAYS_BACK:
        raise errors.range_too_old("7 days")
    coming = [run for run in _coming(session, now) if start <= run.scheduled_time <= end]
    runs = [run for run in (*coming, *session.account.runs.between(start, end)) if _may_see(session, run)]
    runs.sort(key=lambda run: run.scheduled_time, reverse=True)
    return table(_HISTORY, [_history_row(run) for run in runs if _asked_for(run, arguments)][:limit])


def _may_see(session: Session, run: Run) -> bool:
    """A task's runs are shown to its owner, to MONITOR and OPERATE on it, and to MONITOR EXECUTION on the account.

    https://docs.snowflake.com/en/sql-reference/functions/task_history#usage-notes
    """
    privileges, task = session.account.privileges, session.account.find("TASK", run.task_path)
    if privileges.may_on_account(session.roles, "MONITOR EXECUTION"):
        return True
    return task is not None and sees(session, task) and privileges.may(session.roles, task, ("MONITOR", "OPERATE"))


def _coming(session: Session, now: datetime) -> list[Run]:
    """The next run of each started task that has a schedule."""
    return [
        replace(session.account.runs.coming(task, due, "SCHEDULE"), config=config_of(task))
        for task in session.account.objects("TASK")
        if is_started(task) and has(task, SCHEDULE) and (resumed_on := moment_of(task, "resumed_on"))
        for due in [parse_schedule(str(task.properties[SCHEDULE])).next(now, resumed_on)]
    ]


def _asked_for(run: Run, arguments: Mapping[str, Any]) -> bool:
    wanted = {
        "TASK_NAME": run.name,
        "DATABASE_NAME": run.database,
        "SCHEMA_NAME": run.schema,
        "ROOT_TASK_ID": run.root,
    }
    same = all(str(arguments[name]).upper() == found.upper() for name, found in wanted.items() if name in arguments)
    return same and (not arguments.get("ERROR_ONLY") or run.state.startswith((FAILED, "CANCELLED")))


def _history_row(run: Run) -> dict[str, Any]:
    return {
        "QUERY_ID": run.query_id,
        "NAME": run.name,
        "DATABASE_NAME": run.database,
        "SCHEMA_NAME": run.schema,
        "QUERY_TEXT": run.query_text,
        "CONDITION_TEXT": run.condition_text,
        "STATE": run.state,
        "ERROR_CODE": run.error_code,
        "ERROR_MESSAGE": run.error_message,
        "SCHEDULED_TIME": run.scheduled_time,
        "QUERY_START_TIME": run.query_start_time,
        "COMPLETED_TIME": run.completed_time,
        "ROOT_TASK_ID": run.root,
        "RUN_ID": int(run.original_time.timestamp() * 1000),
        "RETURN_VALUE": run.return_value,
        "SCHEDULED_FROM": run.scheduled_from,
        "ATTEMPT_NUMBER": run.attempt,
        "CONFIG": run.config,
        "GRAPH_RUN_GROUP_ID": run.graph or None,
    }


_DEPENDENT = (
    ("CREATED_ON", TIMESTAMP),
    *(
        (name, TEXT)
        for name in "NAME DATABASE_NAME SCHEMA_NAME OWNER COMMENT WAREHOUSE SCHEDULE PREDECESSORS STATE DEFINITION"
        " CONDITION".split()
    ),
)
DEPENDENTS_ARGUMENTS = ("TASK_NAME", "RECURSIVE")


def task_dependents_rows(session: Session, arguments: Mapping[str, Any]) -> Result:
    """The task, and those that run after it, which its role may see runs of. Raises if there is no such task.

    https://docs.snowflake.com/en/sql-reference/functions/task_dependents
    """
    name = str(arguments["TASK_NAME"])
    task = session.account.find("TASK", session.qualify(Reader(name).path(), "TASK_DEPENDENTS"))
    if task is None:
        raise errors.no_such_task(name, "TASK_DEPENDENTS_SCAN")
    found = Graphs.around(session.account, task).dependents(task, recursive=bool(arguments.get("RECURSIVE", True)))
    shown = [
        one for one in (task, *found) if session.account.privileges.may(session.roles, one, ("MONITOR", "OPERATE"))
    ]
    rows = [TASK.shown_row(session, one) for one in shown]
    return table(_DEPENDENT, [{column.upper(): value for column, value in row.items()} for row in rows])
