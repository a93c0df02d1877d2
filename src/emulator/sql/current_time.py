"""CURRENT_TIMESTAMP and its kin, with the digits of a second that are asked for.

https://docs.snowflake.com/en/sql-reference/functions/current_timestamp, .../current_time, .../sysdate
"""

from sqlglot import Expr, exp

from .. import errors
from ..language.dialect import CALLED
from ..session import Session

NOW = (exp.CurrentTimestamp, exp.Localtimestamp, exp.CurrentTime, exp.Localtime, exp.CurrentDate)
_TAKE_DIGITS = frozenset({"CURRENT_TIMESTAMP", "LOCALTIMESTAMP", "CURRENT_TIME", "LOCALTIME"})


def refuse_arguments(expression: Expr) -> None:
    """Raises 000939 for an argument that the function does not take, and refuses digits other than 0 to 9."""
    for node in expression.find_all(*NOW):
        name = str(node.meta.get(CALLED, node.sql_name())).upper()
        arguments = list(node.iter_expressions())
        most = 1 if name in _TAKE_DIGITS else 0
        if len(arguments) > most:
            raise errors.too_many_arguments(name, most, len(arguments))
        if arguments and digits(node) is None:
            raise errors.not_emulated(f"{name} of anything but a number of digits from 0 to 9")


def digits(node: Expr) -> int | None:
    """The digits of a second that are asked for, 9 by default; None for what is no such number."""
    asked = node.args.get("this")
    if asked is None:
        return 9
    is_digit = isinstance(asked, exp.Literal) and not asked.is_string and asked.name in tuple("0123456789")
    return int(asked.name) if is_digit else None


def resolve(node: Expr, session: Session) -> Expr:
    """DuckDB's function for the moment: it would take the bare words for columns of those names.

    DuckDB keeps six digits of a second.
    """
    moment: Expr = exp.Anonymous(this="now")
    if isinstance(node, exp.CurrentDate):
        return _cast(moment, "DATE")
    if (unit := 10 ** (6 - min(digits(node) or 0, 6))) > 1:
        micros = f"epoch_us({moment.sql('duckdb')}) // {unit} * {unit}"
        moment = exp.Anonymous(this="make_timestamptz", expressions=[exp.Var(this=micros)])
    if isinstance(node, exp.CurrentTime | exp.Localtime):
        return _cast(_cast(moment, "TIMESTAMP"), "TIME")
    if node.args.get("sysdate"):  # of UTC, whatever the session's time zone
        return exp.Anonymous(this="timezone", expressions=[exp.Literal.string("UTC"), moment])
    return moment


def _cast(node: Expr, type_: str) -> Expr:
    return exp.Cast(this=node, to=exp.DataType(this=exp.DType.USERDEFINED, kind=type_))
