"""CREATE TABLE and CREATE VIEW of a query: each column has a name, from the query or from a list of them.

https://docs.snowflake.com/en/sql-reference/sql/create-table#create-table-as-select-also-referred-to-as-ctas
"""

from sqlglot import Expr, exp

from .. import errors

_NAMED = (exp.Alias, exp.Aliases, exp.Column, exp.Star, exp.Dot, exp.Parameter)


def with_named_columns(expression: Expr) -> Expr:
    """The statement as it is. Raises for a column without a name, a list of another length.

    Recorded: frostlake/ddl-ctas-checks, frostlake/ddl-ctas-column-list.
    """
    query = expression.args.get("expression")
    if not isinstance(expression, exp.Create) or expression.kind not in ("TABLE", "VIEW"):
        return expression
    if not isinstance(query, exp.Query):
        return expression
    made = expression.this
    if not isinstance(made, exp.Schema) or not made.expressions:
        if isinstance(query, exp.Select) and not all(map(_is_named, query.expressions)):
            raise errors.missing_column_specification()
        return expression
    columns = [one for one in made.expressions if isinstance(one, exp.Identifier | exp.ColumnDef)]
    if isinstance(query, exp.Select) and not query.is_star and len(query.selects) != len(columns):
        raise errors.invalid_column_list()
    return expression


def _is_named(projection: Expr) -> bool:
    return isinstance(projection.unnest(), _NAMED)
