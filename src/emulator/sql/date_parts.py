"""The parts of dates and times: DuckDB knows others, such as DECADE.

https://docs.snowflake.com/en/sql-reference/functions-date-time#supported-date-and-time-parts
"""

from sqlglot import Expr, exp

from .. import errors
from ..language.dialect import CALLED

_PARTS = frozenset(
    """
    YEAR Y YY YYY YYYY YR YEARS YRS MONTH MM MON MONS MONTHS DAY D DD DAYS DAYOFMONTH DAYOFWEEK WEEKDAY DOW DW
    DAYOFWEEKISO DAYOFWEEK_ISO WEEKDAY_ISO DOW_ISO DW_ISO DAYOFYEAR YEARDAY DOY DY WEEK W WK WEEKOFYEAR WOY WY
    WEEKISO WEEK_ISO WEEKOFYEARISO WEEKOFYEAR_ISO QUARTER Q QTR QTRS QUARTERS YEAROFWEEK YEAROFWEEKISO
    HOUR H HH HR HOURS HRS MINUTE M MI MIN MINUTES MINS SECOND S SEC SECONDS SECS MILLISECOND MS MSEC MILLISECONDS
    MICROSECOND US USEC MICROSECONDS NANOSECOND NS NSEC NANOSEC NSECOND NANOSECONDS NANOSECS NSECONDS
    EPOCH_SECOND EPOCH EPOCH_SECONDS EPOCH_MILLISECOND EPOCH_MILLISECONDS EPOCH_MICROSECOND EPOCH_MICROSECONDS
    EPOCH_NANOSECOND EPOCH_NANOSECONDS TIMEZONE_HOUR TZH TIMEZONE_MINUTE TZM
    """.split()
)


# EXTRACT and DATE_PART know no fraction but nanoseconds. Recorded: frostlake/docs/functions.md.
_NOT_EXTRACTED = frozenset("MILLISECOND MS MSEC MILLISECONDS MICROSECOND US USEC MICROSECONDS".split())


def refuse_unknown(expression: Expr) -> None:
    """Raises 002151 for a part that Snowflake does not know, 001008 where EXTRACT or DATE_PART is told it."""
    for node in expression.find_all(exp.Extract, exp.Func, exp.Interval):
        part = node.this if isinstance(node, exp.Extract) else node.args.get("unit")
        is_word = isinstance(part, exp.Var) or (isinstance(part, exp.Literal) and part.is_string)
        if not isinstance(part, Expr) or not is_word:
            continue
        function = str(node.meta.get(CALLED, node.key)).upper()
        is_foreign = part.name.upper() not in _PARTS
        if isinstance(node, exp.Extract) and (is_foreign or part.name.upper() in _NOT_EXTRACTED):
            raise errors.not_a_date_part(part.name, function)
        if is_foreign:
            raise errors.unknown_date_part(part.name.upper(), function)
