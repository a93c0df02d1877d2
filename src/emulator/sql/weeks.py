"""Weeks by WEEK_START and WEEK_OF_YEAR_POLICY, as the macros of `macros.py` read them, and slices of time.

https://docs.snowflake.com/en/sql-reference/functions-date-time#calendar-weeks-and-weekdays
"""

from collections.abc import Mapping

from sqlglot import Expr, exp

from .. import errors
from .arguments import Rule, strict_moments
from .casts import duck_cast, in_utc, physical
from .macros import call
from .types import DATE, NTZ, NULL, TZ, UNKNOWN, kind_of, name_of


def is_week(node: Expr) -> bool:
    return node.text("unit").upper() == "WEEK"


def truncated(node: Expr) -> Expr:
    """The first day of the week, as a moment of the type that is asked for."""
    first = call("week", node.this)
    if kind_of(node) == TZ:
        return in_utc(duck_cast(first, "TIMESTAMP"))
    return duck_cast(first, physical(node.type)) if kind_of(node) not in (NULL, UNKNOWN) and node.type else first


def since(node: exp.DateDiff) -> Expr:
    """The weeks that have begun between the two."""
    return call("weeks_between", node.expression, node.this)


def extracted(node: exp.Extract) -> Expr | None:
    """A part of a date that is of its week; None for another part."""
    macro = _PARTS.get(node.name.upper())
    return call(macro, node.expression) if macro is not None else None


_PARTS = {
    **dict.fromkeys(("DAYOFWEEK", "WEEKDAY", "DOW", "DW"), "day_of_week"),
    **dict.fromkeys(("WEEK", "W", "WK", "WEEKOFYEAR", "WOY", "WY"), "week_of_year"),
    "YEAROFWEEK": "year_of_week",
}


def _part(macro: str) -> Rule:
    def rule(node: Expr) -> Expr:
        strict_moments("this", called="EXTRACT")(node)
        return call(macro, node.this)

    return rule


def _last_day(node: exp.LastDay) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/last_day"""
    strict_moments("this")(node)
    return exp.paren(call("week", node.this) + exp.Literal.number(6)) if is_week(node) else node


def _slice(node: exp.TimeSlice) -> Expr:
    """Slices are counted from 1970-01-01, or from the first day of its week.

    https://docs.snowflake.com/en/sql-reference/functions/time_slice
    """
    source = kind_of(node.this)
    if source not in (DATE, NTZ, NULL, UNKNOWN):
        raise errors.not_emulated(f"TIME_SLICE of {name_of(node.this.type)}")
    first: Expr = duck_cast(exp.Literal.string("1970-01-01"), "DATE")
    first = duck_cast(call("week", first) if is_week(node) else first, physical(node.this.type))
    width = exp.Interval(this=node.expression, unit=node.args["unit"])
    start: Expr = exp.Anonymous(this="time_bucket", expressions=[width, node.this, first])
    if node.text("kind").upper() == "END":
        start = exp.paren(exp.Add(this=start, expression=width.copy()))
    return duck_cast(start, physical(node.this.type))


TRANSLATIONS: Mapping[type[Expr], Rule] = {
    exp.DayOfWeek: _part("day_of_week"),
    exp.Week: _part("week_of_year"),
    exp.YearOfWeek: _part("year_of_week"),
    exp.LastDay: _last_day,
    exp.TimeSlice: _slice,
}
