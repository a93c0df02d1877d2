"""Tasks: SQL that runs on a schedule, when a stream has data, or after other tasks.

`settings.py` has what one may be given, `graphs.py` how they hang together; `scheduler.py` runs them.
"""

import json
import uuid
from collections.abc import Callable, Mapping
from copy import copy
from typing import Any

from sqlglot import exp

from .. import errors
from ..account import USER, Object
from ..language.arguments import one_text
from ..language.dialect import parse_one
from ..language.names import function_name
from ..language.reader import Reader, Value
from ..language.result import TEXT, Result, columns, done, status
from ..objects.kinds import TERSE, Kind, as_shown
from ..objects.objects import Form, alter_object, create, drop, read_existing, read_names, unset
from ..objects.parameters import parameter_row
from ..objects.session_parameters import SESSION
from ..session import Session
from ..session.visible import require
from .graph_config import merged
from .graphs import (
    Graphs,
    is_root,
    placed,
    predecessors,
    require_replaceable,
    require_suspended,
    sever,
    transferred,
    with_predecessors,
    without_predecessors,
)
from .script_parser import begins_block, parse_block, read_until
from .settings import (
    ALLOW_OVERLAP,
    CHILD_OVERLAP,
    COMPLETION,
    CONFIG,
    FINALIZE,
    NO_OVERLAP,
    OVERLAP,
    PARAMETERS,
    PROPERTIES,
    SCHEDULE,
    WAREHOUSE,
    check_compute,
    config_of,
    has,
    read_properties,
    with_properties,
)
from .states import SUSPENDED, is_started, moment_of, started, suspended

# Properties


def _completed(session: Session, task: Object) -> Object:
    """A task as it is kept: of what it is given, what is set and goes together. A new one is suspended.

    https://docs.snowflake.com/en/sql-reference/sql/create-task
    """
    existing = session.account.find("TASK", task.path)
    is_new = "id" not in task.properties
    before = existing.properties if existing is not None and not is_new else {}
    given: dict[str, Value] = {
        name: value for name, value in task.properties.items() if value is not None and before.get(name) != value
    }
    task = with_properties(task, **({"id": str(uuid.uuid4()), "state": SUSPENDED} if is_new else {}))
    if WAREHOUSE in given:
        task = with_properties(task, WAREHOUSE=_warehouse(session, str(given[WAREHOUSE])))
    check_compute(task, given)
    task = placed(session, task, given, replaces=is_new)
    _check_trigger(task)
    return with_properties(task, ALLOW_OVERLAPPING_EXECUTION=None, **({} if is_root(task) else {OVERLAP: None}))


def _warehouse(session: Session, name: str) -> str:
    for candidate in (name, name.upper()):
        if session.account.find("WAREHOUSE", (candidate,)) is not None:
            return candidate
    raise errors.nonexistent_warehouse(name)


def _check_trigger(task: Object) -> None:
    """https://docs.snowflake.com/en/user-guide/tasks-triggered: a serverless one needs its interval."""
    triggered = "SYSTEM$STREAM_HAS_DATA" in str(task.properties.get("condition", "")).upper()
    is_timed = has(task, SCHEDULE) or has(task, WAREHOUSE) or has(task, COMPLETION)
    if triggered and is_root(task) and not is_timed:
        raise errors.completion_missing()


# What a task runs, and when


def check_condition(condition: str) -> str:
    """A WHEN of the two functions, literals, comparisons, AND, OR, NOT, and casts to number, text and BOOLEAN.

    https://docs.snowflake.com/en/sql-reference/sql/create-task (WHEN)
    """
    parsed = parse_one(f"SELECT {condition}").expressions[0]
    for node in parsed.walk():
        name = function_name(node)
        if name == "SYSTEM$STREAM_HAS_DATA" or (name == PREDECESSOR_VALUE and node.expressions):
            one_text(node)
        elif (name != PREDECESSOR_VALUE and not isinstance(node, _ALLOWED)) or (
            isinstance(node, exp.Cast) and node.to.this not in _CAST_TO
        ):
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


PREDECESSOR_VALUE = "SYSTEM$GET_PREDECESSOR_RETURN_VALUE"


def _read_task(reader: Reader) -> dict[str, Value]:
    given = read_properties(reader, until=("WHEN", "AS", "AFTER", "EXECUTE"))
    if reader.accept("AFTER"):
        given["after"] = _read_tasks(reader)
    if reader.sees("EXECUTE"):
        raise errors.not_emulated("CREATE TASK ... EXECUTE")
    if reader.accept("WHEN"):
        given["condition"] = check_condition(read_until(reader, "AS").text)
    reader.expect("AS")
    given["definition"] = _check_definition(reader.rest)
    reader.skip_rest()
    return given


def _read_tasks(reader: Reader) -> list[Value]:
    """Names of tasks, each with or without quotes around the whole."""
    return reader.several(lambda: list((Reader(reader.text()) if reader.sees_text() else reader).path()))


# Shown


def _row(session: Session, task: Object) -> dict[str, Any]:
    properties, graphs, root = task.properties, Graphs.around(session.account, task), is_root(task)
    policy = properties.get(OVERLAP, NO_OVERLAP)
    return {
        "id": properties["id"],
        "warehouse": properties.get(WAREHOUSE),
        "schedule": properties.get(SCHEDULE),
        "predecessors": _json(_qualified(task)),
        "state": properties["state"],
        "definition": properties["definition"],
        "condition": properties.get("condition"),
        "allow_overlapping_execution": str(policy == CHILD_OVERLAP).lower() if root else "null",
        "error_integration": "null",
        "last_committed_on": moment_of(task, "resumed_on"),
        "last_suspended_on": moment_of(task, "suspended_on"),
        "config": properties.get(CONFIG),
        "task_relations": _json(_relations(graphs, task)),
        "last_suspended_reason": properties.get("suspended_reason"),
        "target_completion_interval": properties.get(COMPLETION),
        "overlap_policy": policy if root else None,
        "created_by_user": USER,
    }


def _relations(graphs: Graphs, task: Object) -> dict[str, Any]:
    """Recorded: frostlake/TaskGraphClausesTest."""
    root, finalizer = graphs.tasks.get(str(task.properties.get(FINALIZE))), graphs.finalizer(task)
    return {
        **({"FinalizedRootTask": root.qualified_name} if root else {}),
        "Predecessors": _qualified(task),
        **({"FinalizerTask": finalizer.qualified_name} if finalizer else {}),
    }


def _qualified(task: Object) -> list[str]:
    return [".".join((*task.path[:2], name)) for name in predecessors(task)]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def shown_parameters(session: Session, task: Object) -> list[dict[str, Any]]:
    """Each parameter of a task and of its runs' sessions, and whether it is set.

    https://docs.snowflake.com/en/sql-reference/sql/show-parameters
    """
    return [
        parameter_row(parameter, parameter.default if value is None else value, "" if value is None else "TASK")
        for name, parameter in {**SESSION, **PARAMETERS}.items()
        for value in [task.properties.get(name)]
    ]


# https://docs.snowflake.com/en/sql-reference/sql/create-task, https://docs.snowflake.com/en/sql-reference/sql/show-tasks
TASK = Kind(
    name="TASK",
    level="schema",
    depth="executed",
    properties=PROPERTIES,
    read=read_properties,
    columns=columns(
        "created_on:time name id database_name schema_name owner comment warehouse schedule predecessors state"
        " definition condition allow_overlapping_execution error_integration last_committed_on:time"
        " last_suspended_on:time owner_role_type config task_relations last_suspended_reason"
        " success_integration scheduling_mode target_completion_interval execute_as_user overlap_policy"
        " created_by_user"
    ),
    terse=(*TERSE, ("schedule", TEXT)),
    names_scope=True,
    narrowed_by={"ROOT ONLY": lambda row: row["predecessors"] == "[]"},
    row=_row,
    described=as_shown,
    privileges=frozenset({"APPLYBUDGET", "MONITOR", "OPERATE"}),
    completed=_completed,
    altered=lambda session, old, new: require_suspended(session.account, old),
    droppable=lambda session, task: require_replaceable(session.account, task),
    transferred=transferred,
)


# The statements


def create_task(session: Session, reader: Reader, form: Form) -> Result:
    """`CREATE [OR REPLACE | OR ALTER] TASK [IF NOT EXISTS] t [properties] [AFTER ..] [WHEN ..] AS ..`.

    A new or replaced task is suspended; OR ALTER raises 091421 for one that is not.
    https://docs.snowflake.com/en/sql-reference/sql/create-task
    """
    return create(TASK, session, reader, form, read_properties=_read_task)


def alter_task(session: Session, reader: Reader) -> Result:
    """`ALTER TASK [IF EXISTS] t RESUME | SUSPEND | ADD AFTER .. | SET .. | UNSET .. | MODIFY AS .. | REMOVE WHEN ...`.

    Raises 091421 for a change of a task in a graph whose root is not suspended.
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
        if reader.sees("SET", "EXECUTE") or reader.sees("UNSET", "EXECUTE"):
            raise errors.not_emulated("ALTER TASK ... EXECUTE")
        if reader.accept("UNSET"):
            names = [OVERLAP if name == ALLOW_OVERLAP else name for name in read_names(reader)]
            return unset(TASK, session, task, names)
        return alter_object(TASK, session, reader, task)


def _resume(session: Session, reader: Reader, task: Object) -> Object:
    """Starts the task; its interval counts from now. One that runs already goes on as it is."""
    reader.finish()
    return resumed(session, task)


def resumed(session: Session, task: Object) -> Object:
    """Raises if its owner may run no tasks, its graph is none, or it is in one whose root is started."""
    require_execute_task(session, task)
    if is_root(task):
        Graphs.around(session.account, task).check(task)
    else:
        require_suspended(session.account, task)
    return task if is_started(task) else started(task, session.account.clock())


def require_execute_task(session: Session, task: Object) -> None:
    """Raises 091089 if the task's owner may run no tasks.

    https://docs.snowflake.com/en/user-guide/tasks-intro#task-security
    """
    privileges = session.account.privileges
    if not privileges.may_on_account(privileges.below([task.owner]), "EXECUTE TASK"):
        raise errors.execute_task_missing()


def require_to_run(session: Session, task: Object) -> None:
    """What a run needs besides: of a serverless task, EXECUTE MANAGED TASK."""
    require_execute_task(session, task)
    privileges = session.account.privileges
    may_serverless = privileges.may_on_account(privileges.below([task.owner]), "EXECUTE MANAGED TASK")
    if not has(task, WAREHOUSE) and not may_serverless:
        raise errors.execute_managed_task_missing()


def _suspend(session: Session, reader: Reader, task: Object) -> Object:
    reader.finish()
    if not is_root(task):
        require_suspended(session.account, task)
    return suspended(task, session.account.clock(), "USER_SUSPENDED") if is_started(task) else task


def _add_after(session: Session, reader: Reader, task: Object) -> Object:
    paths = _read_tasks(reader)
    reader.finish()
    require_suspended(session.account, task)
    return with_predecessors(session, task, paths)


def _remove_after(session: Session, reader: Reader, task: Object) -> Object:
    paths = _read_tasks(reader)
    reader.finish()
    require_suspended(session.account, task)
    return without_predecessors(session, task, paths)


def _modify_as(session: Session, reader: Reader, task: Object) -> Object:
    return _modified(session, task, "definition", _check_definition(reader.rest))


def _modify_when(session: Session, reader: Reader, task: Object) -> Object:
    return _modified(session, task, "condition", check_condition(reader.rest))


def _remove_when(session: Session, reader: Reader, task: Object) -> Object:
    reader.finish()
    return _modified(session, task, "condition", None)


def _modified(session: Session, task: Object, name: str, value: Value) -> Object:
    require_suspended(session.account, task)
    changed = with_properties(task, **{name: value})
    _check_trigger(changed)
    return changed


_CHANGES: Mapping[tuple[str, ...], Callable[[Session, Reader, Object], Object]] = {
    ("RESUME",): _resume,
    ("SUSPEND",): _suspend,
    ("ADD", "AFTER"): _add_after,
    ("REMOVE", "AFTER"): _remove_after,
    ("MODIFY", "AS"): _modify_as,
    ("MODIFY", "WHEN"): _modify_when,
    ("REMOVE", "WHEN"): _remove_when,
}


def drop_task(session: Session, reader: Reader) -> Result:
    """`DROP TASK [IF EXISTS] t`: the tasks after it stay, without their link to it.

    https://docs.snowflake.com/en/user-guide/tasks-graphs#unlink-parent-and-child-tasks
    """
    with session.account.lock, session.account.in_one():
        task = read_existing(TASK, session, copy(reader), "DROP")
        if task is not None:
            require_replaceable(session.account, task)
            sever(session, task)
        return drop(TASK, session, reader)


def enable_dependents(session: Session, name: str) -> str:
    """Resumes a task and all that run after it, which its owner may, and who may operate them.

    https://docs.snowflake.com/en/sql-reference/functions/system_task_dependents_enable
    """
    with session.account.lock, session.account.in_one():
        path = session.qualify(Reader(name).path(), "SYSTEM$TASK_DEPENDENTS_ENABLE")
        task = require(session, "TASK", path, ("OPERATE",))
        for one in (*Graphs.around(session.account, task).dependents(task), task):
            require(session, "TASK", one.path, ("OPERATE",))
            session.account.save(resumed(session, one))
    return "true"


def execute_task(session: Session, reader: Reader) -> Result:
    """`EXECUTE TASK t [USING CONFIG = ..]`: queues a run of the task and its graph, and answers at once.

    The task itself may be suspended.

    Whether WHEN is evaluated is not documented; accounts are seen to evaluate it and to record a SKIPPED run when it is
    false, and so does the emulator. https://docs.snowflake.com/en/sql-reference/sql/execute-task
    """
    task = session.account.require("TASK", session.qualify(reader.path(), "EXECUTE TASK"))
    if reader.sees("RETRY"):
        raise errors.not_emulated("EXECUTE TASK ... RETRY")
    dynamic = None
    if reader.accept("USING", "CONFIG", "="):
        dynamic = reader.text()
    reader.finish()
    if not is_root(task):
        raise errors.executes_child(task.qualified_name)
    config = merged(config_of(task), dynamic)
    require_to_run(session, task)
    Graphs.around(session.account, task).check(task)
    session.account.runs.unqueue(str(task.properties["id"]))  # the run that waits is replaced
    session.account.runs.add(task, session.account.clock(), "EXECUTE TASK", config)
    return status(f"Task {task.name} is scheduled to run immediately.")
