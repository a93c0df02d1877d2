"""Names for the columns of a result that the query gives none."""

from sqlglot import Expr, exp

_NAMED = (exp.Alias, exp.Aliases, exp.Column, exp.Star, exp.Dot)


def label(expression: Expr) -> Expr:
    """Names each column without an alias by its text in upper case, as in `COUNT(*)`.

    The text is normalised: `a::int` is called `CAST(A AS INT)` where Snowflake says `A::INT`.
    https://docs.snowflake.com/en/sql-reference/sql/select
    """
    for select in expression.find_all(exp.Select):
        labelled = [
            projection if isinstance(projection, _NAMED) else _labelled(projection) for projection in select.expressions
        ]
        select.set("expressions", labelled)
    return expression


def _labelled(projection: Expr) -> Expr:
    return exp.alias_(projection, exp.to_identifier(projection.sql(dialect="snowflake").upper(), quoted=True))
