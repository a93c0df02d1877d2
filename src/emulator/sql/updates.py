"""UPDATE ... FROM: how many rows had several matches, of which one was taken.

https://docs.snowflake.com/en/sql-reference/sql/update#usage-notes
"""

from collections.abc import Sequence
from typing import Any

from sqlglot import Expr, exp

from ..session import Session


def multi_joined(session: Session, update: Expr, bound: Sequence[Any] | None) -> int:
    """The rows that an UPDATE, as DuckDB reads it, is about to update and that match several rows of its FROM."""
    from_ = update.args.get("from_") if isinstance(update, exp.Update) else None
    if from_ is None or not isinstance(update.this, exp.Table):
        return 0
    row = exp.column("rowid", table=exp.to_identifier(update.this.alias_or_name, quoted=True))
    matches = exp.select(row).from_(update.this.copy()).join(from_.this.copy(), join_type="cross")
    if (where := update.args.get("where")) is not None:
        matches = matches.where(where.this.copy())
    matches = matches.group_by(row.copy()).having("count(*) > 1")
    before = sum(1 for assignment in update.expressions for _ in assignment.find_all(exp.Placeholder))
    own = sum(1 for _ in matches.find_all(exp.Placeholder))
    counted = exp.select("count(*)").from_(matches.subquery("_emulator_matches")).sql(dialect="duckdb")
    values = list(bound or ())[before : before + own] if own else None
    [(count,)] = session.duck.execute(counted, values).fetchall()
    return int(count)
