"""The windows of a query: which functions are told their order by ORDER BY, and which frames there are.

Recorded: frostlake/WindowOrderByRequiredTest. Frames: Snowpark's own tests (test_window_frame_suite.py) and
https://docs.snowflake.com/en/sql-reference/functions-window-syntax
"""

from sqlglot import Expr, exp

from .. import errors
from .arguments import called_name
from .types import NUMERIC, kind_of

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


def refuse_misplaced(statement: Expr) -> None:
    """Raises for a window that filters, joins or groups, and for a function of an order whose window has none."""
    for window in statement.find_all(exp.Window):
        around = window.find_ancestor(exp.Where, exp.Having, exp.Group, exp.Join, exp.Query)
        if isinstance(around, exp.Where | exp.Having | exp.Group | exp.Join):
            raise errors.misplaced_window(window.sql(dialect="snowflake"))
        function = window.this.this if isinstance(window.this, exp.IgnoreNulls | exp.RespectNulls) else window.this
        if isinstance(function, _ORDERED) and not window.args.get("order"):
            raise errors.window_without_order(called_name(function))


def expand_ratios(statement: Expr) -> None:
    """RATIO_TO_REPORT is a value by the sum of its partition, NULL where that is 0; an order changes nothing.

    https://docs.snowflake.com/en/sql-reference/functions/ratio_to_report
    """
    for window in list(statement.find_all(exp.Window)):
        function = window.this
        if not isinstance(function, exp.Anonymous) or function.name.upper() != "RATIO_TO_REPORT":
            continue
        if len(function.expressions) != 1:
            raise errors.too_many_arguments("RATIO_TO_REPORT", 1, len(function.expressions))
        partition = [one.copy() for one in window.args.get("partition_by") or []]
        total = exp.Window(this=exp.Sum(this=function.expressions[0].copy()), partition_by=partition)
        divisor = exp.Nullif(this=total, expression=exp.Literal.number(0))
        window.replace(exp.paren(exp.Div(this=exp.paren(function.expressions[0]), expression=divisor)))


def refuse_frame(window: exp.Window) -> None:
    """Raises for a frame that ends before it begins, and for an INTERVAL beside numbers, in a window with its types."""
    frame = window.args.get("spec")
    if frame is None:
        return
    begins, ends = (str(frame.args.get(f"{edge}_side") or frame.args.get(edge)) for edge in ("start", "end"))
    if _PLACES.get(begins.upper(), 0) > _PLACES.get(ends.upper(), 0):
        raise errors.invalid_window_frame()
    edges = [edge for name in ("start", "end") if isinstance(edge := frame.args.get(name), Expr)]
    if not any(isinstance(edge, exp.Interval) for edge in edges):
        return
    if not all(isinstance(edge, exp.Interval) for edge in edges):
        raise errors.mixed_window_frame()
    order = window.args.get("order")
    if order is not None and kind_of(order.expressions[0].this) in NUMERIC:
        raise errors.interval_frame_of_numbers()


_PLACES = {"PRECEDING": -1, "CURRENT ROW": 0, "FOLLOWING": 1}
