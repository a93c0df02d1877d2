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


def _aggregates(query: exp.Select) -> bool:
    return any(next(find_all_in_scope(one, exp.AggFunc), None) for one in query.expressions)
