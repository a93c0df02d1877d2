"""Parts of dates and times where no function is told them first: those of INTERVAL, LAST_DAY and the like.

https://docs.snowflake.com/en/sql-reference/functions-date-time#supported-date-and-time-parts
"""

from sqlglot import Expr, exp

from .. import errors
from ..language.date_words import PARTS, READ
from ..language.dialect import CALLED


def refuse_unknown(expression: Expr) -> None:
    """Raises 002151 for a part that Snowflake does not know, 001008 where EXTRACT or DATE_PART is told it."""
    for node in expression.find_all(exp.Extract, exp.Func, exp.Interval):
        part = node.this if isinstance(node, exp.Extract) else node.args.get("unit")
        is_word = isinstance(part, exp.Var) or (isinstance(part, exp.Literal) and part.is_string)
        if not isinstance(part, Expr) or not is_word:
            continue
        function = str(node.meta.get(CALLED, node.key)).upper()
        if isinstance(node, exp.Extract) and part.name.upper() not in READ:
            raise errors.not_a_date_part(part.name, function)
        if part.name.upper() not in PARTS:
            raise errors.unknown_date_part(part.name.upper(), function)
