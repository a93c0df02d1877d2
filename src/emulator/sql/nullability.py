"""Which columns of a query are NOT NULL, as a view shows them: those that a column of a table is, and nothing else.

Recorded: frostlake/ddl-view-column-nullability.
"""

from collections.abc import Callable, Iterator

from sqlglot import Expr, exp
from sqlglot.optimizer.scope import Scope, build_scope

NotNull = Callable[[exp.Table], frozenset[str]]


def not_null(query: Expr, of_table: NotNull) -> tuple[bool, ...]:
    """Of each column whether it is; `of_table` tells the NOT NULL columns of a table that the query names."""
    scope = build_scope(query)
    return tuple(_of_scope(scope, of_table)) if scope is not None else ()


def _of_scope(scope: Scope, of_table: NotNull) -> Iterator[bool]:
    query = scope.expression
    if not isinstance(query, exp.Select):
        yield from (False for _ in getattr(query, "selects", ()))
        return
    cleared = _null_extended(query)
    for select in query.selects:
        column = select.this if isinstance(select, exp.Alias) else select
        if not isinstance(column, exp.Column) or column.table in cleared:
            yield False
        else:
            yield column.name in _of_source(scope.sources.get(column.table), of_table)


def _of_source(source: object, of_table: NotNull) -> frozenset[str]:
    if isinstance(source, exp.Table):
        return of_table(source)
    if not isinstance(source, Scope):
        return frozenset()
    query = source.expression
    names = (select.alias_or_name for select in query.selects) if isinstance(query, exp.Query) else ()
    return frozenset(name for name, is_not_null in zip(names, _of_scope(source, of_table), strict=False) if is_not_null)


def _null_extended(query: exp.Select) -> set[str]:
    """The sources whose columns an outer join may leave NULL."""
    cleared: set[str] = set()
    from_ = query.args.get("from_")
    before = {from_.this.alias_or_name} if from_ is not None else set()
    for join in query.args.get("joins") or []:
        side = str(join.args.get("side") or "").upper()
        if side in ("RIGHT", "FULL"):
            cleared |= before
        if side in ("LEFT", "FULL"):
            cleared.add(join.this.alias_or_name)
        before.add(join.this.alias_or_name)
    return cleared
