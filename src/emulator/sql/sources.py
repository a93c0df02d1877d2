"""What a SELECT reads, and a column that it asks for without a table."""

from collections.abc import Callable, Iterator, Sequence

from sqlglot import Expr, exp

from ..catalog.table_names import identifier

ColumnsOf = Callable[[Expr], Sequence[str] | None]  # the columns of a source; None if they are not known


def sources_of(select: exp.Select) -> Iterator[Expr]:
    """The tables, queries and laterals of a query's FROM, in their order."""
    if (from_ := select.args.get("from_")) is not None:
        yield from_.this
    yield from (join.this for join in select.args.get("joins") or [])
    yield from select.args.get("laterals") or []


def bare_name(node: Expr) -> str | None:
    """The name that a column is asked for by without its table; None for everything else."""
    is_bare = isinstance(node, exp.Column) and not node.table and isinstance(node.this, exp.Identifier)
    return identifier(node.this) if is_bare else None
