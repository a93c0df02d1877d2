"""Functions that ask about the session: CURRENT_ROLE() and its kin become literals before DuckDB sees the query."""

from collections.abc import Callable, Mapping

from sqlglot import Expr, exp

from . import errors, streams
from .names import ORGANIZATION
from .reader import Reader, Value
from .session import Session

# https://docs.snowflake.com/en/sql-reference/functions-context
CONTEXT: Mapping[str, Callable[[Session], Value]] = {
    "CURRENT_ACCOUNT": lambda session: session.account.name,
    "CURRENT_ACCOUNT_NAME": lambda session: session.account.name,
    "CURRENT_DATABASE": lambda session: session.database,
    "CURRENT_ORGANIZATION_NAME": lambda session: ORGANIZATION,
    "CURRENT_REGION": lambda session: "EMULATOR",
    "CURRENT_ROLE": lambda session: session.role,
    "CURRENT_SCHEMA": lambda session: session.schema,
    "CURRENT_SESSION": lambda session: session.id,
    "CURRENT_USER": lambda session: session.user,
    "CURRENT_WAREHOUSE": lambda session: session.warehouse,
    "LAST_QUERY_ID": lambda session: session.last_query_id,
    "SYSTEM$CANCEL_ALL_QUERIES": lambda session: "0 statements cancelled.",
}


def function_name(node: Expr) -> str:
    """A function's name as Snowflake writes it, in upper case."""
    return (
        node.name.upper() if isinstance(node, exp.Anonymous) else node.sql_name() if isinstance(node, exp.Func) else ""
    )


def resolve_context(node: Expr, session: Session) -> Expr:
    """Replaces a context function by its value; anything else is returned as it is."""
    name = function_name(node)
    if name == "SYSTEM$STREAM_HAS_DATA":
        return exp.Boolean(this=_stream_has_data(session, node))
    if name == "SYSTEM$SET_RETURN_VALUE":
        return _set_return_value(session, node)
    if (answer := CONTEXT.get(name)) is None:
        return node
    value = answer(session)
    return exp.Null() if value is None else exp.Literal.string(str(value))


def _stream_has_data(session: Session, node: Expr) -> bool:
    argument = node.expressions[0] if len(node.expressions) == 1 else None
    if not isinstance(argument, exp.Literal) or not argument.is_string:
        raise errors.not_emulated("SYSTEM$STREAM_HAS_DATA of anything but one text")
    path = session.qualify(Reader(argument.name).path(), "SYSTEM$STREAM_HAS_DATA")
    return streams.has_data(session, path)


def _set_return_value(session: Session, node: Expr) -> Expr:
    """Keeps a task's return value for TASK_HISTORY; raises outside a task.

    https://docs.snowflake.com/en/sql-reference/functions/system_set_return_value
    """
    if not session.in_task:
        raise errors.not_in_a_task("SYSTEM$SET_RETURN_VALUE")
    [[value]] = session.cursor().evaluate(node.expressions[0].copy()).rows
    session.return_value = None if value is None else str(value)
    return exp.cast(exp.Null(), "VARCHAR")


# DuckDB answers to these names; Snowflake has no such functions.
_DUCKDB_ONLY = ("READ_", "DUCKDB_", "PRAGMA_", "PARQUET_", "LIST_", "SNIFF_", "GLOB", "GETENV", "QUERY", "QUERY_TABLE")


def refuse_foreign(expression: Expr) -> None:
    """Raises 002140 `Unknown function` for functions that DuckDB knows and Snowflake does not."""
    for node in expression.find_all(exp.Func):
        name = function_name(node)
        if name.startswith(_DUCKDB_ONLY[:-3]) or name in _DUCKDB_ONLY:
            raise errors.unknown_function(name)
