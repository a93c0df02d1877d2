"""Tasks: SQL that runs on a schedule, or when a stream has data. `scheduler.py` runs them, `runs.py` remembers."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlglot import exp

from .. import errors
from ..account import USER, Object
from ..account.runs import FAILED, Run
from ..language.arguments import moment, one_text
from ..language.dialect import parse_one
from ..language.names import function_name
from ..language.reader import Reader, Value
from ..language.result import NUMBER, TEXT, TIMESTAMP, Result, columns, done, status, table
from ..objects.kinds import TERSE, Kind, Property, as_shown, integer, text
from ..objects.objects import Form, alter_object, create, read_existing
from ..session import Session
from ..session.visible import sees
from .schedules import check_schedule, parse_schedule
from .script_parser import begins_block, parse_block, read_until

STARTED, SUSPENDED = "started", "suspended"
TRIGGER_INTERVAL = "USER_TASK_MINIMUM_TRIGGER_INTERVAL_IN_SECONDS"
FAILURES = "SUSPEND_TASK_AFTER_NUM_FAILURES"

_REFUSED = (
    "ALLOW_OVERLAPPING_EXECUTION CONFIG ERROR_INTEGRATION FINALIZE LOG_LEVEL OVERLAP_POLICY"
    " SERVERLESS_TASK_MAX_STATEMENT_SIZE SERVERLESS_TASK_MIN_STATEMENT_SIZE SUCCESS_INTEGRATION"
    " DATE_INPUT_FORMAT DATE_OUTPUT_FORMAT LOCK_TIMEOUT STATEMENT_TIMEOUT_IN_SECONDS TIMESTAMP_INPUT_FORMAT"
    " TIMESTAMP_OUTPUT_FORMAT TIMESTAMP_TYPE_MAPPING TIMEZONE TIME_INPUT_FORMAT TIME_OUTPUT_FORMAT WEEK_START"
    " TARGET_COMPLETION_INTERVAL TASK_AUTO_RETRY_ATTEMPTS USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE USER_TASK_TIMEOUT_MS"
).split()


# Properties


def _refuse(name: str, value: Value) -> Value:
    raise errors.not_emulated(f"CREATE TASK ... {name}")


def _as_written(name: str, value: Value) -> Value:
    return value


def _completed(session: Session, object_: Object) -> Object:
    """A new task is suspended; one without a warehouse would be serverless, which is refused.

    https://docs.snowflake.com/en/sql-reference/sql/create-task
    """
    properties = {"id": str(uuid.uuid4()), "state": SUSPENDED, **object_.properties}
    if properties["WAREHOUSE"] is None:
        raise errors.not_emulated("CREATE TASK without WAREHOUSE (a serverless task)")
    properties["WAREHOUSE"] = _warehouse(session, str(properties["WAREHOUSE"]))
    return replace(object_, properties=properties)


def _warehouse(session: Session, name: str) -> str:
    for candidate in (name, name.upper()):
        if session.account.find("WAREHOUSE", (candidate,)) is not None:
            return candidate
    raise errors.does_not_exist("Warehouse", name)


def _require_suspended(session: Session, old: Object, new: Object) -> None:
    """https://docs.snowflake.com/en/sql-reference/sql/alter-task#usage-notes"""
    if is_started(old):
        raise errors.task_not_suspended(old.qualified_name)


def is_started(task: Object) -> bool:
    return task.properties["state"] == STARTED


def moment_of(task: Object, name: str) -> datetime | None:
    """A time among the task's properties, such as `resumed_on`."""
    value = task.properties.get(name)
    return datetime.fromisoformat(str(value)) if value else None


def started(task: Object, now: datetime) -> Object:
    return replace(task, properties={**task.properties, "state": STARTED, "resumed_on": now.isoformat()})


def suspended(task: Object, now: datetime, reason: str) -> Object:
    changed = {"state": SUSPENDED, "suspended_on": now.isoformat(), "suspended_reason": reason}
    return replace(task, properties={**task.properties, **changed})


# What a task runs, and when


def check_condition(condition: str) -> str:
    """A WHEN of SYSTEM$STREAM_HAS_DATA, literals, comparisons, AND, OR, NOT, and casts to number, text and BOOLEAN.

    https://docs.snowflake.com/en/sql-reference/sql/create-task (WHEN)
    """
    parsed = parse_one(f"SELECT {condition}").expressions[0]
    for node in parsed.walk():
        if (name := function_name(node)) == "SYSTEM$GET_PREDECESSOR_RETURN_VALUE":
            raise errors.not_emulated(name)
        if name == "SYSTEM$STREAM_HAS_DATA":
            one_text(node)
        elif not isinstance(node, _ALLOWED) or (isinstance(node, exp.Cast) and node.to.this not in _CAST_TO):
            raise errors.invalid_condition(node.sql(dialect="snowflake"))
    return condition


_ALLOWED = (
    exp.And,
    exp.Or,
    exp.Not,
    exp.Paren,
    exp.EQ,
    exp.NEQ,
    exp.GT,
    exp.GTE,
    exp.LT,
    exp.LTE,
    exp.Cast,
    exp.DataType,
    exp.DataTypeParam,
    exp.Literal,
    exp.Boolean,
    exp.Null,
    exp.Neg,
)
_CAST_TO = frozenset({exp.DataType.Type.BOOLEAN, *exp.DataType.NUMERIC_TYPES, *exp.DataType.TEXT_TYPES})


# Statements with a grammar of the emulator's own, which is read when they run.
_READ_WORD_BY_WORD = frozenset(
    "ALTER BEGIN CALL COMMENT COMMIT COPY CREATE DECLARE DESC DESCRIBE DROP EXECUTE EXPLAIN GET GRANT LIST LS PUT"
    " REMOVE REVOKE RM ROLLBACK SET SHOW START UNDROP UNSET USE".split()
)


def _check_definition(definition: str) -> str:
    """A task's body, parsed at once, so that its mistakes do not wait for the first run. Raises 001003 for one.

    https://docs.snowflake.com/en/sql-reference/sql/create-task
    """
    reader = Reader(definition)
    if reader.done:
        reader.fail()
    if reader.word() not in _READ_WORD_BY_WORD and isinstance(parse_one(definition), exp.Alias | exp.Condition):
        reader.fail()
    if reader.accept("DECLARE") or (reader.accept("BEGIN") and begins_block(reader)):
        parse_block(definition)
    return definition


def _read_task(reader: Reader) -> dict[str, Value]:
    given = reader.properties(until=("WHEN", "AS", "AFTER", "EXECUTE"))
    for clause in ("AFTER", "EXECUTE"):
        if reader.sees(clause):
            raise errors.not_emulated(f"CREATE TASK ... {clause}")
    if reader.accept("WHEN"):
        given["condition"] = check_condition(read_until(reader, "AS").text)
    reader.expect("AS")
    given["definition"] = _check_definition(reader.rest)
    reader.skip_rest()
    return given


# Shown


def _row(session: Session, task: Object) -> dict[str, Any]:
    properties = task.properties
    return {
        "created_on": task.created_on,
        "name": task.name,
        "id": properties["id"],
        "database_name": task.database,
        "schema_name": task.schema,
        "owner": task.owner,
        "comment": task.comment,
        "warehouse": properties["WAREHOUSE"],
        "schedule": properties["SCHEDULE"],
        "predecessors": "[]",
        "state": properties["state"],
        "definition": properties["definition"],
        "condition": properties["condition"],
        "allow_overlapping_execution": "false",
        "error_integration": "null",
        "last_committed_on": moment_of(task, "resumed_on"),
        "last_suspended_on": moment_of(task, "suspended_on"),
        "owner_role_type": "ROLE",
        "task_relations": '{"Predecessors":[]}',
        "last_suspended_reason": properties.get("suspended_reason"),
        "overlap_policy": "NO_OVERLAP",
        "created_by_user": USER,
    }


# https://docs.snowflake.com/en/sql-reference/sql/create-task, https://docs.snowflake.com/en/sql-reference/sql/show-tasks
TASK = Kind(
    name="TASK",
    level="schema",
    depth="executed",
    properties={
        "WAREHOUSE": Property(None, text),
        "SCHEDULE": Property(None, check_schedule),
        TRIGGER_INTERVAL: Property(30, integer(10, 604800)),
        FAILURES: Property(10, integer(0, 2**31)),
        "QUERY_TAG": Property(None, text),
        "condition": Property(None, _as_written),
        "definition": Property(None, _as_written),
        **{name: Property(None, _refuse) for name in _REFUSED},
    },
    columns=columns(
        "created_on:time name id database_name schema_name owner comment warehouse schedule predecessors state"
        " definition condition allow_overlapping_execution error_integration last_committed_on:time"
        " last_suspended_on:time owner_role_type config task_relations last_suspended_reason"
        " success_integration scheduling_mode target_completion_interval execute_as_user overlap_policy"
        " created_by_user"
    ),
    terse=(*TERSE, ("schedule", TEXT)),
    names_scope=True,
    row=_row,
    described=as_shown,
    privileges=frozenset({"APPLYBUDGET", "MONITOR", "OPERATE"}),
    completed=_completed,
    altered=_require_suspended,
)


# The statements


def create_task(session: Session, reader: Reader, form: Form) -> Result:
    """`CREATE [OR REPLACE | OR ALTER] TASK [IF NOT EXISTS] t WAREHOUSE = .. [SCHEDULE = ..] [WHEN ..] AS ..`.

    A new or replaced task is suspended; OR ALTER raises 091421 for one that is not.
    https://docs.snowflake.com/en/sql-reference/sql/create-task
    """
    return create(TASK, session, reader, form, read_properties=_read_task)


def alter_task(session: Session, reader: Reader) -> Result:
    """`ALTER TASK [IF EXISTS] t RESUME | SUSPEND | SET .. | UNSET .. | MODIFY AS .. | MODIFY WHEN .. | REMOVE WHEN`.

    Raises 091421 for a change of a task that is not suspended.
    https://docs.snowflake.com/en/sql-reference/sql/alter-task
    """
    with session.account.lock:
        task = read_existing(TASK, session, reader, "ALTER")
        if task is None:
            return done()
        for words, change in _CHANGES.items():
            if reader.accept(*words):
                session.account.save(change(session, reader, task))
                return done()
        return alter_object(TASK, session, reader, task)


def _resume(session: Session, reader: Reader, task: Object) -> Object:
    """Starts the task; its interval counts from now. One that runs already goes on as it is."""
    reader.finish()
    require_execute_task(session, task)
    return task if is_started(task) else started(task, session.account.clock())


def require_execute_task(session: Session, task: Object) -> None:
    """Raises 091089 if the task's owner may run no tasks.

    https://docs.snowflake.com/en/user-guide/tasks-intro#task-security
    """
    privileges = session.account.privileges
    if not privileges.may_on_account(privileges.below([task.owner]), "EXECUTE TASK"):
        raise errors.execute_task_missing()


def _suspend(session: Session, reader: Reader, task: Object) -> Object:
    reader.finish()
    return suspended(task, session.account.clock(), "USER_SUSPENDED") if is_started(task) else task


def _modify_as(session: Session, reader: Reader, task: Object) -> Object:
    return _modified(session, task, "definition", _check_definition(reader.rest))


def _modify_when(session: Session, reader: Reader, task: Object) -> Object:
    return _modified(session, task, "condition", check_condition(reader.rest))


def _remove_when(session: Session, reader: Reader, task: Object) -> Object:
    reader.finish()
    return _modified(session, task, "condition", None)


def _modified(session: Session, task: Object, name: str, value: Value) -> Object:
    _require_suspended(session, task, task)
    return replace(task, properties={**task.properties, name: value})


_CHANGES: Mapping[tuple[str, ...], Callable[[Session, Reader, Object], Object]] = {
    ("RESUME",): _resume,
    ("SUSPEND",): _suspend,
    ("MODIFY", "AS"): _modify_as,
    ("MODIFY", "WHEN"): _modify_when,
    ("REMOVE", "WHEN"): _remove_when,
}


def execute_task(session: Session, reader: Reader) -> Result:
    """`EXECUTE TASK t`: queues one run, of a suspended task too, and answers at once.

    Whether WHEN is evaluated is not documented; accounts are seen to evaluate it and to record a SKIPPED run when it is
    false, and so does the emulator. https://docs.snowflake.com/en/sql-reference/sql/execute-task
    """
    task = session.account.require("TASK", session.qualify(reader.path(), "EXECUTE TASK"))
    for clause in ("USING", "RETRY"):
        if reader.sees(clause):
            raise errors.not_emulated(f"EXECUTE TASK ... {clause}")
    reader.finish()
    require_execute_task(session, task)
    session.account.runs.add(task, session.account.clock(), "EXECUTE TASK")
    return status(f"Task {task.name} is scheduled to run immediately.")


# TASK_HISTORY

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
        Run(
            0,
            str(task.properties["id"]),
            task.database,
            task.schema,
            task.name,
            query_text=str(task.properties["definition"]),
            condition_text=_text_or_none(task.properties["condition"]),
            scheduled_from="SCHEDULE",
            scheduled_time=parse_schedule(str(task.properties["SCHEDULE"])).next(now, resumed_on),
        )
        for task in session.account.objects("TASK")
        if is_started(task) and task.properties["SCHEDULE"] and (resumed_on := moment_of(task, "resumed_on"))
    ]


def _text_or_none(value: Value) -> str | None:
    return None if value is None else str(value)


def _asked_for(run: Run, arguments: Mapping[str, Any]) -> bool:
    wanted = {
        "TASK_NAME": run.name,
        "DATABASE_NAME": run.database,
        "SCHEMA_NAME": run.schema,
        "ROOT_TASK_ID": run.task_id,
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
        "ROOT_TASK_ID": run.task_id,
        "RUN_ID": int(run.scheduled_time.timestamp() * 1000),
        "RETURN_VALUE": run.return_value,
        "SCHEDULED_FROM": run.scheduled_from,
        "ATTEMPT_NUMBER": 1,
        "GRAPH_RUN_GROUP_ID": run.id or None,
    }
