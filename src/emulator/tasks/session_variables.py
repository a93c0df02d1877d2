"""SET, UNSET and SHOW VARIABLES: what `$name` stands for in a session."""

from typing import Any

from sqlglot import Expr, exp

from .. import errors
from ..language.dialect import parse_one
from ..language.reader import Reader
from ..language.result import Result, columns, done, table
from ..language.variables import inline
from ..objects.objects import Filter, read_like
from ..session import Session
from .script_values import Variable, literal


def set_variable(session: Session, reader: Reader) -> Result:
    """`SET name = expression`: the expression is worked out once, here.

    https://docs.snowflake.com/en/sql-reference/sql/set
    """
    if reader.sees("("):
        raise errors.not_emulated("SET of several variables at once")
    name = reader.name()
    reader.expect("=")
    expression = parse_one(f"SELECT {inline(reader.rest, session.variables)}").expressions[0]
    reader.skip_rest()
    answer = session.cursor().evaluate(expression)
    [[value]] = answer.rows
    now = session.account.clock()
    session.variables[name] = literal(Variable(value, answer.columns[0][1])).sql(dialect="snowflake")
    session.variable_moments[name] = (session.variable_moments.get(name, (now,))[0], now)
    return done()


def unset_variable(session: Session, reader: Reader) -> Result:
    """`UNSET name`; one that is not set is no error. https://docs.snowflake.com/en/sql-reference/sql/unset"""
    if reader.sees("("):
        raise errors.not_emulated("UNSET of several variables at once")
    name = reader.name()
    reader.finish()
    session.variables.pop(name, None)
    session.variable_moments.pop(name, None)
    return done()


def show_variables(session: Session, reader: Reader) -> Result:
    """`SHOW VARIABLES [LIKE ..]`. Refuses by name those of other values than numbers and texts.

    https://docs.snowflake.com/en/sql-reference/sql/show-variables
    """
    pattern = read_like(reader)
    reader.finish()
    rows = [_variable_row(session, name) for name in sorted(session.variables)]
    return table(_VARIABLES, Filter(pattern).apply(rows))


_VARIABLES = columns("session_id created_on:time updated_on:time name value type comment")


def _variable_row(session: Session, name: str) -> dict[str, Any]:
    created_on, updated_on = session.variable_moments[name]
    value: Expr = parse_one(f"SELECT {session.variables[name]}").expressions[0]
    number = value.this if isinstance(value, exp.Neg) else value
    if not isinstance(number, exp.Literal) or (not number.is_string and "E" in number.name.upper()):
        raise errors.not_emulated("SHOW VARIABLES of a variable that is not a text or a NUMBER")
    return {
        "session_id": session.id,
        "created_on": created_on,
        "updated_on": updated_on,
        "name": name,
        "value": value.name if number.is_string else value.sql(),
        "type": "text" if number.is_string else "fixed",
        "comment": "",
    }
