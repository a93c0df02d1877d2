"""What a SELECT reads, and a column that it asks for without a table."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from sqlglot import Expr, exp

from .. import errors
from ..catalog.table_names import identifier

ColumnsOf = Callable[[Expr], Sequence[str] | None]  # the columns of a source; None if they are not known


def sources_of(select: exp.Select) -> Iterator[Expr]:
    """The tables, queries and laterals of a query's FROM, in their order."""
    if (from_ := select.args.get("from_")) is not None:
        yield from_.this
    yield from (join.this for join in select.args.get("joins") or [])
    yield from select.args.get("laterals") or []


def selects_of(query: Expr) -> Iterator[exp.Select]:
    """The SELECTs that a set operation is made of, in their order, or the one of a query."""
    if isinstance(query, exp.SetOperation):
        yield from selects_of(query.this)
        yield from selects_of(query.expression)
    elif isinstance(query, exp.Subquery):
        yield from selects_of(query.this)
    elif isinstance(query, exp.Select):
        yield query


def sources_of_change(statement: Expr) -> Iterator[Expr]:
    """The table that UPDATE, DELETE or MERGE changes and those that it reads beside it."""
    if isinstance(statement, exp.Update | exp.Delete | exp.Merge):
        yield statement.this
        read = statement.args.get("using") or statement.args.get("from_")
        for one in read if isinstance(read, list) else [read]:
            if isinstance(one, Expr):
                yield one.this if isinstance(one, exp.From) else one


def refuse_same_names(sources: Iterable[Expr]) -> None:
    """Raises for two sources of one name, that of its table or function where it has no alias.

    Recorded: frostlake/DuplicateSourceAliasTest.
    """
    names: set[str] = set()
    for source in sources:
        if (name := _name_of(source)) is None:
            continue
        if name in names:
            raise errors.duplicate_alias(name)
        names.add(name)


def _name_of(source: Expr) -> str | None:
    alias = source.args.get("alias")
    named = alias.this if isinstance(alias, exp.TableAlias) else alias
    if isinstance(named, exp.Identifier) and named.name.upper() not in _NOT_WRITTEN:
        return identifier(named)
    if isinstance(source, exp.Table) and not source.args.get("pivots") and isinstance(source.this, exp.Identifier):
        return identifier(source.this)
    if isinstance(source, exp.Subquery) and isinstance(source.this, exp.Query):
        return "values"
    if isinstance(source, exp.Lateral | exp.TableFromRows):
        return "FLATTEN" if isinstance(source.this, exp.Explode) else None
    return "VALUES" if isinstance(source, exp.Values) else None


_NOT_WRITTEN = frozenset({"_EMULATOR_VALUES", "_EMULATOR_SOURCE", "_FLATTENED"})  # the names of what is given none


def bare_name(node: Expr) -> str | None:
    """The name that a column is asked for by without its table; None for everything else."""
    is_bare = isinstance(node, exp.Column) and not node.table and isinstance(node.this, exp.Identifier)
    return identifier(node.this) if is_bare else None
