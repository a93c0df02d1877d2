"""Subqueries that an account does not evaluate.

Recorded: frostlake/query-correlated-subquery-over-flatten.
"""

from sqlglot import Expr, exp
from sqlglot.optimizer.scope import find_all_in_scope

from .. import errors
from .sources import sources_of

_FUNCTIONS = (exp.Lateral, exp.TableFromRows)
_RELATIONS = (exp.From, exp.Join, exp.In, exp.Lateral, exp.Query, exp.CTE, exp.Create, exp.Insert, exp.Merge)


def refuse_of_functions(statement: Expr) -> None:
    """Raises 002031 for a value that a subquery finds by what a table function gives, unless it is an aggregate's."""
    for subquery in statement.find_all(exp.Subquery):
        query = subquery.this
        is_value = subquery.arg_key == "expressions" or not isinstance(subquery.parent, _RELATIONS)
        if not is_value or not isinstance(query, exp.Select) or _aggregates(query):
            continue
        around = subquery.find_ancestor(exp.Select)
        sources = sources_of(around) if around is not None else ()
        functions = {source.alias_or_name for source in sources if isinstance(source, _FUNCTIONS)}
        if any(column.table in functions for column in query.find_all(exp.Column)):
            starts = (int(node.meta["start"]) for node in query.find_all(exp.Identifier) if "start" in node.meta)
            raise errors.unsupported_subquery(1, min(starts, default=0))


def refuse_of_several_rows(statement: Expr) -> None:
    """Raises 002031 for a value out of a subquery that reads the row around it and may have several rows.

    An account answers where there are no rows, or one is around it, which is not looked at here.
    https://docs.snowflake.com/en/user-guide/querying-subqueries#correlated-vs-uncorrelated-subqueries; recorded:
    frostlake/CorrelatedSubqueryShapeTest.
    """
    for subquery in statement.find_all(exp.Subquery):
        query = subquery.this
        is_value = subquery.arg_key == "expressions" or not isinstance(subquery.parent, _RELATIONS)
        if not is_value or not isinstance(query, exp.Select) or query.args.get("from_") is None:
            continue
        has_one = _aggregates(query) and not query.args.get("group") and not query.args.get("limit")
        if not has_one and _reads_around(query):
            starts = (int(node.meta["start"]) for node in query.find_all(exp.Identifier) if "start" in node.meta)
            raise errors.unsupported_subquery(1, min(starts, default=0))


def _reads_around(query: exp.Select) -> bool:
    inside = {one.alias_or_name for one in query.find_all(exp.Table, exp.Subquery, exp.CTE, exp.Values, *_FUNCTIONS)}
    return any(column.table and column.table not in inside for column in query.find_all(exp.Column))


def _aggregates(query: exp.Select) -> bool:
    return any(next(find_all_in_scope(one, exp.AggFunc), None) for one in query.expressions)
