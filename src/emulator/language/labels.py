"""Names for the columns of a result that the query gives none."""

from sqlglot import Expr, exp

from .dialect import WRITTEN

_NAMED = (exp.Alias, exp.Aliases, exp.Column, exp.Star, exp.Dot)


def label(expression: Expr) -> Expr:
    """Names each column without an alias by its text in upper case, as `COUNT(*)` or `A::INT`.

    A column in brackets has its own name. The rule is recorded, not documented.
    https://docs.snowflake.com/en/sql-reference/sql/select
    """
    for select in expression.find_all(exp.Select):
        labelled = [
            projection if isinstance(projection, _NAMED) else _labelled(projection) for projection in select.expressions
        ]
        select.set("expressions", labelled)
    return expression


def _labelled(projection: Expr) -> Expr:
    inner = projection.unnest()
    if isinstance(inner, exp.Column) and isinstance(inner.this, exp.Identifier):
        return exp.alias_(projection, inner.this.copy())
    written = projection.meta.get(WRITTEN) or projection.sql(dialect="snowflake")
    return exp.alias_(projection, exp.to_identifier(written.upper(), quoted=True))
