"""Where no aggregate may stand: in what rows are filtered, joined or grouped by.

Recorded: frostlake/SubqueryOwnWhereAggregateTest.
"""

from sqlglot import Expr, exp

from .. import errors


def refuse_misplaced(query: Expr) -> None:
    """Raises for an aggregate in a WHERE, in a join's ON and in a GROUP BY; one of a subquery inside is its own."""
    if (where := query.args.get("where")) is not None and (found := _aggregate_in(where.this)) is not None:
        raise errors.misplaced_aggregate("where", found)
    for join in query.args.get("joins") or ():
        if (on := join.args.get("on")) is not None and (found := _aggregate_in(on)) is not None:
            raise errors.misplaced_aggregate("ON", found)
    for key in group.expressions if (group := query.args.get("group")) is not None else ():
        if (found := _aggregate_in(key)) is not None:
            raise errors.not_in_group_by(found)


def _aggregate_in(node: Expr) -> str | None:
    """The aggregate as errors tell it; None if a column of it is unknown, which is told first."""
    if isinstance(node, exp.Query | exp.Window | exp.Literal | exp.Column):
        return None
    if isinstance(node, exp.AggFunc) and not isinstance(node, exp.Grouping | exp.GroupingId):
        columns = node.find_all(exp.Column)
        return node.sql(dialect="snowflake").replace('"', "") if all(one.table for one in columns) else None
    return next((found for one in node.iter_expressions() if (found := _aggregate_in(one)) is not None), None)
