"""ASOF JOIN, as DuckDB has it: the nearest row on one side, NULLs where there is none.

https://docs.snowflake.com/en/sql-reference/constructs/asof-join
"""

from sqlglot import Expr, exp

from .. import errors

_NEAREST = (exp.GT, exp.GTE, exp.LT, exp.LTE)


def to_left_joins(statement: Expr) -> Expr:
    """The statement with the condition of each ASOF JOIN where DuckDB reads it; `complete` does it for USING."""
    for join in statement.find_all(exp.Join):
        if join.args.get("method") != "ASOF":
            continue
        condition = join.args["match_condition"].unnest()
        if isinstance(condition, exp.Connector):
            raise errors.no_comparison_in_match_condition()
        if not isinstance(condition, _NEAREST) or not _has_its_sides(condition, join.this.alias_or_name.upper()):
            raise errors.invalid_match_condition()
        join.set("side", "LEFT")
        if not join.args.get("using"):
            _move(join)
    return statement


def complete(statement: Expr) -> Expr:
    """The same for those whose USING has become a condition since."""
    for join in statement.find_all(exp.Join):
        if join.args.get("match_condition"):
            _move(join)
    return statement


def _move(join: exp.Join) -> None:
    condition = join.args["match_condition"].unnest()
    join.set("match_condition", None)
    join.set("on", exp.and_(join.args["on"], condition) if join.args.get("on") else condition)


def _has_its_sides(condition: exp.Binary, right: str) -> bool:
    """Whether the left operand is of the tables before, and the right one of the joined table, as far as they say."""
    left_of = {column.table.upper() for column in condition.this.find_all(exp.Column)}
    right_of = {column.table.upper() for column in condition.expression.find_all(exp.Column)}
    return right not in left_of and right_of <= {right, ""}
