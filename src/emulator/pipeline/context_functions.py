"""Functions that ask about the session: CURRENT_ROLE() and its kin become literals before DuckDB sees the query."""

import json
import time
from collections.abc import Callable, Mapping

from sqlglot import Expr, exp

from .. import errors
from ..account.privileges import PUBLIC
from ..capture import open_transactions, streams
from ..iceberg import iceberg
from ..language.arguments import one_text
from ..language.names import ORGANIZATION, function_name
from ..language.reader import Reader, Value
from ..objects import get_ddl
from ..session import Session, visible
from ..tasks.graph_config import value_at
from ..tasks.tasks import PREDECESSOR_VALUE, enable_dependents


def _secondary_roles(session: Session) -> str:
    """As accounts are seen to answer: the roles that the user has, but for the current one and PUBLIC.

    https://docs.snowflake.com/en/sql-reference/functions/current_secondary_roles
    """
    if not session.has_secondary_roles:
        return '{"roles":"","value":""}'
    privileges = session.account.privileges
    names = sorted(privileges.below(privileges.roles_of_user(session.user)) - {session.role, PUBLIC})
    return json.dumps({"roles": ",".join(names), "value": "ALL"}, separators=(",", ":"))


# https://docs.snowflake.com/en/sql-reference/functions-context
CONTEXT: Mapping[str, Callable[[Session], Value]] = {
    "CURRENT_ACCOUNT": lambda session: session.account.name,
    "CURRENT_ACCOUNT_NAME": lambda session: session.account.name,
    "CURRENT_DATABASE": lambda session: session.database,
    "CURRENT_ORGANIZATION_NAME": lambda session: ORGANIZATION,
    "CURRENT_REGION": lambda session: "EMULATOR",
    "CURRENT_ROLE": lambda session: session.role,
    "CURRENT_SECONDARY_ROLES": _secondary_roles,
    "CURRENT_SCHEMA": lambda session: session.schema,
    "CURRENT_SESSION": lambda session: session.id,
    "CURRENT_TRANSACTION": open_transactions.current,
    "CURRENT_USER": lambda session: session.user,
    "CURRENT_WAREHOUSE": lambda session: session.warehouse,
    "LAST_QUERY_ID": lambda session: session.last_query_id,
}

_LONGEST_RETURN_VALUE = 10_000


def resolve_context(node: exp.Func, session: Session) -> Expr:
    """Replaces a context function by its value; anything else is returned as it is."""
    name = function_name(node)
    if name == "SYSTEM$STREAM_HAS_DATA":
        path = session.qualify(Reader(one_text(node)).path(), "SYSTEM$STREAM_HAS_DATA")
        visible.require(session, "STREAM", path)
        return exp.Boolean(this=streams.has_data(session, path))
    if name == "SYSTEM$GET_ICEBERG_TABLE_INFORMATION":
        return exp.Literal.string(iceberg.information(session, one_text(node)))
    if (in_task := _IN_TASKS.get(name)) is not None:
        if not session.in_task:
            raise errors.not_in_a_task(name)
        return in_task(session, node)
    if name == WAIT:
        return _wait(session, node)
    if name == "GET_DDL":
        return _get_ddl(session, node)
    if (act := _CONTROL.get(name)) is not None:
        argument = node.expressions[0] if len(node.expressions) == 1 else None
        if not isinstance(argument, exp.Literal):
            raise errors.not_emulated(f"{function_name(node)} of anything but one literal")
        return exp.Literal.string(act(session, str(argument.name)))
    if (answer := CONTEXT.get(name)) is None:
        return node
    if arguments := list(node.iter_expressions()):
        if name == "LAST_QUERY_ID":
            raise errors.not_emulated("LAST_QUERY_ID of any but the last query")
        raise errors.too_many_arguments(name, 0, len(arguments))
    value = answer(session)
    return exp.Null() if value is None else exp.Literal.string(str(value))


def refuse_expressions(statement: Expr) -> None:
    """Refuses by name a return value that is worked out, before its expression is simplified to a literal."""
    for node in statement.find_all(exp.Anonymous):
        if function_name(node) == "SYSTEM$SET_RETURN_VALUE":
            one_text(node)


def without_effect(node: Expr) -> Expr:
    """Puts in the place of a function that does something a value of its type, for a query that is only described."""
    name = function_name(node) if isinstance(node, exp.Func) else ""
    if name == "SYSTEM$STREAM_HAS_DATA":  # its answer may keep a stream from becoming stale
        return exp.cast(exp.Null(), "BOOLEAN")
    has_effect = name in ("SYSTEM$SET_RETURN_VALUE", WAIT) or name in _CONTROL
    return exp.cast(exp.Null(), "VARCHAR") if has_effect else node


def asks_about_session(expression: Expr) -> bool:
    """Whether a value in it would be fixed when it is stored in a view."""
    return any(function_name(node) in (*CONTEXT, WAIT) for node in expression.find_all(exp.Func))


def _cancel_query(session: Session, query_id: str) -> str:
    """Raises 000605 if no such statement runs. https://docs.snowflake.com/en/sql-reference/functions/system_cancel_query"""
    has_ended = query_id in session.ended
    session.ended.discard(query_id)
    if not has_ended and not session.history.running.cancel_for(session, lambda entry: entry.query_id == query_id):
        raise errors.not_executing()
    return f"query [{query_id}] terminated."


def _cancel_all_queries(session: Session, session_id: str) -> str:
    """Ends what a session runs, but for the statement that asks for it.

    https://docs.snowflake.com/en/sql-reference/functions/system_cancel_all_queries
    """
    own = list(session.running)
    has_ended = len(session.ended) if session_id == session.id else 0
    session.ended.clear()
    count = has_ended + session.history.running.cancel_for(
        session, lambda entry: entry.session.id == session_id and entry not in own
    )
    return f"{count} statements cancelled."


_CONTROL: Mapping[str, Callable[[Session, str], str]] = {
    "SYSTEM$ABORT_TRANSACTION": open_transactions.abort,
    "SYSTEM$CANCEL_ALL_QUERIES": _cancel_all_queries,
    "SYSTEM$CANCEL_QUERY": _cancel_query,
    "SYSTEM$TASK_DEPENDENTS_ENABLE": enable_dependents,
}


def _get_ddl(session: Session, node: Expr) -> Expr:
    """`GET_DDL('type', 'name' [, TRUE | FALSE])`. https://docs.snowflake.com/en/sql-reference/functions/get_ddl"""
    kind, name, *rest = [*node.expressions, None, None][: max(2, len(node.expressions))]
    texts = [one for one in (kind, name) if isinstance(one, exp.Literal) and one.is_string]
    flags = [one for one in rest if isinstance(one, exp.Boolean)]
    if len(texts) != 2 or len(flags) != len(rest) or len(rest) > 1:
        raise errors.not_emulated("GET_DDL of anything but two texts and TRUE or FALSE")
    text = get_ddl.get_ddl(session, texts[0].name, texts[1].name, bool(flags and flags[0].this))
    return exp.Literal.string(text)


WAIT = "SYSTEM$WAIT"
_SECONDS: Mapping[str, float] = {
    "DAYS": 86400,
    "HOURS": 3600,
    "MINUTES": 60,
    "SECONDS": 1,
    "MILLISECONDS": 1e-3,
    "MICROSECONDS": 1e-6,
    "NANOSECONDS": 1e-9,
}
_SECONDS_BETWEEN_LOOKS = 0.05


def _wait(session: Session, node: Expr) -> Expr:
    """Waits, until it is cancelled: https://docs.snowflake.com/en/sql-reference/functions/system_wait"""
    written = [argument for argument in node.expressions if isinstance(argument, exp.Literal)]
    unit = written[1].name.upper() if len(written) == 2 else "SECONDS"
    query = node.find_ancestor(exp.Query)
    if len(written) != len(node.expressions) or not written or written[0].is_string or unit not in _SECONDS:
        raise errors.not_emulated(f"{WAIT} of anything but a number and a unit")
    if query is not None and query.args.get("from_"):
        raise errors.not_emulated(f"{WAIT} for each row of a query")
    end = time.monotonic() + float(written[0].name) * _SECONDS[unit]
    while (left := end - time.monotonic()) > 0:
        session.check_running()
        time.sleep(min(left, _SECONDS_BETWEEN_LOOKS))
    return exp.Literal.string(f"waited {written[0].name} {unit.lower()}")


def _set_return_value(session: Session, node: Expr) -> Expr:
    """Keeps a task's return value, for TASK_HISTORY and the tasks after it.

    Its argument is a text literal or a variable, which is a literal by now, of 10 kB at most: accounts are seen to
    refuse an expression. https://docs.snowflake.com/en/sql-reference/functions/system_set_return_value
    """
    value, query = one_text(node), node.find_ancestor(exp.Query)
    if len(value.encode()) > _LONGEST_RETURN_VALUE:
        raise errors.not_emulated(f"SYSTEM$SET_RETURN_VALUE of more than {_LONGEST_RETURN_VALUE} bytes")
    if query is not None and (query.args.get("from_") or node.parent not in (query, *query.expressions)):
        raise errors.not_emulated("SYSTEM$SET_RETURN_VALUE inside a query")
    session.return_value = value
    return exp.cast(exp.Null(), "VARCHAR")


def _predecessor_value(session: Session, node: Expr) -> Expr:
    """What a predecessor has returned, by its name in its case; without one, what the only enabled one has.

    https://docs.snowflake.com/en/sql-reference/functions/system_get_predecessor_return_value
    """
    graph = session.graph
    name = one_text(node) if node.expressions else graph.enabled[0] if len(graph.enabled) == 1 else ""
    if name not in graph.returned:
        raise errors.no_return_value(", ".join(graph.enabled) or "none")
    return _text(graph.returned[name])


def _graph_config(session: Session, node: Expr) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/system_get_task_graph_config"""
    if len(node.expressions) > 1:
        raise errors.too_many_arguments("SYSTEM$GET_TASK_GRAPH_CONFIG", 1, len(node.expressions))
    return _text(value_at(session.graph.config, one_text(node) if node.expressions else None))


def _text(value: str | None) -> Expr:
    return exp.cast(exp.Null(), "VARCHAR") if value is None else exp.Literal.string(value)


_IN_TASKS: Mapping[str, Callable[[Session, Expr], Expr]] = {
    PREDECESSOR_VALUE: _predecessor_value,
    "SYSTEM$GET_TASK_GRAPH_CONFIG": _graph_config,
    "SYSTEM$SET_RETURN_VALUE": _set_return_value,
}
