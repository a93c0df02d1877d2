"""`TABLE(INFORMATION_SCHEMA.<FUNCTION>(argument => value, ...))` in a query: a name, its arguments, its rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import Expr, exp

from .. import errors
from ..catalog.scans import as_table
from ..catalog.table_names import identifier
from ..history.query_history import query_history, query_history_by_session, warehouse_metering_history
from ..language.names import function_name
from ..language.result import Result
from ..session import Session
from ..tasks.task_history import DEPENDENTS_ARGUMENTS, HISTORY_ARGUMENTS, task_dependents_rows, task_history_rows

Arguments = Mapping[str, Any]
_SCHEMA = "INFORMATION_SCHEMA"


@dataclass(frozen=True)
class TableFunction:
    """The function's rows, the names of its arguments in their order, and which of them it must be given."""

    rows: Callable[[Session, Arguments], Result]
    arguments: tuple[str, ...]
    required: tuple[str, ...] = ()


_TIMES = ("END_TIME_RANGE_START", "END_TIME_RANGE_END", "RESULT_LIMIT", "INCLUDE_CLIENT_GENERATED_STATEMENT")

# https://docs.snowflake.com/en/sql-reference/info-schema#table-functions
FUNCTIONS: Mapping[str, TableFunction] = {
    "QUERY_HISTORY": TableFunction(query_history, _TIMES),
    "QUERY_HISTORY_BY_SESSION": TableFunction(query_history_by_session, ("SESSION_ID", *_TIMES)),
    "TASK_DEPENDENTS": TableFunction(task_dependents_rows, DEPENDENTS_ARGUMENTS, required=("TASK_NAME",)),
    "TASK_HISTORY": TableFunction(task_history_rows, HISTORY_ARGUMENTS),
    "WAREHOUSE_METERING_HISTORY": TableFunction(
        warehouse_metering_history,
        ("DATE_RANGE_START", "DATE_RANGE_END", "WAREHOUSE_NAME"),
        required=("DATE_RANGE_START",),
    ),
}


def resolve_table_function(node: exp.TableFromRows, session: Session) -> Expr:
    """Replaces a table function of the Information Schema by its rows; anything else is returned as it is.

    Refuses by name a function that is not in `FUNCTIONS`. Raises 000938, 000939 or 001044 for wrong arguments.
    """
    call = _call(node, session)
    if call is None:
        return node
    name = function_name(call)
    function = FUNCTIONS.get(name)
    if function is None:
        raise errors.not_emulated(f"TABLE({_SCHEMA}.{name}())")
    rows = function.rows(session, _arguments(session, name, function, call))
    found = as_table(session, f"_emulator_{name.lower()}_{len(session.registered)}", rows.arrow())
    found.set("alias", node.args.get("alias"))
    return found


def _call(node: exp.TableFromRows, session: Session) -> Expr | None:
    """The Information Schema's function called, if any. Raises 090105 or 002003 for the database it is asked of."""
    called = node.this
    if not isinstance(called, exp.Dot):
        return called if session.schema == _SCHEMA and function_name(called) in FUNCTIONS else None
    *place, schema, function = called.flatten()
    if schema.name.upper() != _SCHEMA:
        return None
    session.account.require("DATABASE", (identifier(place[0]) if place else session.current_database("SELECT"),))
    return function


def _arguments(session: Session, name: str, function: TableFunction, call: Expr) -> Arguments:
    """The arguments' values by name; what is not given, or is NULL, is left out."""
    written = call.expressions
    if len(written) > len(function.arguments):
        raise errors.too_many_arguments(name, len(function.arguments), len(written))
    named = {
        node.this.name.upper() if isinstance(node, exp.Kwarg) else function.arguments[at]: node
        for at, node in enumerate(written)
    }
    for argument in named:
        if argument not in function.arguments:
            raise errors.unknown_argument(argument, name)
    values = _values(session, list(named.values()))
    given = {argument: value for argument, value in zip(named, values, strict=True) if value is not None}
    if missing := [argument for argument in function.required if argument not in given]:
        raise errors.missing_arguments(name, missing)
    return given


def _values(session: Session, nodes: Sequence[Expr]) -> Sequence[Any]:
    """The values of constant expressions, worked out by DuckDB."""
    if not nodes:
        return ()
    constants = [node.expression if isinstance(node, exp.Kwarg) else node for node in nodes]
    [sql] = session.cursor().to_duck(exp.select(*(constant.copy() for constant in constants)))
    [values] = session.duck.execute(sql).fetchall()
    return values
