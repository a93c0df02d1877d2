"""The windows of a query: which functions are told their order by ORDER BY.

Recorded: frostlake/WindowOrderByRequiredTest.
"""

from sqlglot import Expr, exp

from .. import errors
from .arguments import called_name

_ORDERED = (
    exp.RowNumber,
    exp.Rank,
    exp.DenseRank,
    exp.PercentRank,
    exp.CumeDist,
    exp.Ntile,
    exp.Lag,
    exp.Lead,
    exp.FirstValue,
    exp.LastValue,
    exp.NthValue,
)


def refuse_unordered(statement: Expr) -> None:
    """Raises for a function of an order whose window has none."""
    for window in statement.find_all(exp.Window):
        function = window.this.this if isinstance(window.this, exp.IgnoreNulls | exp.RespectNulls) else window.this
        if isinstance(function, _ORDERED) and not window.args.get("order"):
            raise errors.window_without_order(called_name(function))
