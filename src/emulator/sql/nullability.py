"""Which columns of a query are NOT NULL, as a view shows them and as a client is told.

A view shows those that a column of a table is, and nothing else. Recorded: frostlake/ddl-view-column-nullability. A
client is also told of literals, counts and set operations, as Snowpark's own tests find.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlglot import Expr, exp
from sqlglot.optimizer.scope import Scope, build_scope

NotNull = Callable[[exp.Table], frozenset[str]]


def of_view(query: Expr, of_table: NotNull) -> tuple[bool, ...]:
    """Of each column whether a view says so; `of_table` tells the NOT NULL columns of a table that the query names."""
    return _of(query, _Rule(of_table, for_client=False))


def of_answer(query: Expr, of_table: NotNull) -> tuple[bool, ...]:
    """Of each column whether a client is told so."""
    return _of(query, _Rule(of_table, for_client=True))


def _of(query: Expr, rule: "_Rule") -> tuple[bool, ...]:
    scope = build_scope(query)
    return tuple(rule.of_scope(scope)) if scope is not None else ()


@dataclass(frozen=True)
class _Rule:
    of_table: NotNull
    for_client: bool
    _known: dict[int, frozenset[str]] = field(default_factory=dict)  # of each source, which many columns ask about

    def of_scope(self, scope: Scope) -> Iterator[bool]:
        query = scope.expression
        if isinstance(query, exp.SetOperation) and self.for_client:
            yield from map(all, zip(*map(self.of_scope, scope.set_operation_scopes), strict=False))
            return
        if not isinstance(query, exp.Select):
            yield from (False for _ in getattr(query, "selects", ()))
            return
        cleared = _null_extended(query)
        for select in query.selects:
            column = select.this if isinstance(select, exp.Alias) else select
            yield self._is_set(column, scope, cleared)

    def _is_set(self, node: Expr, scope: Scope, cleared: set[str]) -> bool:
        """For a client also a column of USING, and TO_DECIMAL: Snowpark's own tests (test_join_on_order and others)."""
        if isinstance(node, exp.Column):
            return node.table not in cleared and node.name in self._of_source(scope.sources.get(node.table))
        if isinstance(node, exp.Coalesce) and self.for_client:
            return any(self._is_set(one, scope, cleared) for one in (node.this, *node.expressions))
        if isinstance(node, exp.ToNumber) and self.for_client and not node.args.get("safe"):
            return self._is_set(node.this, scope, cleared)
        return self._is_value(node)

    def _is_value(self, node: Expr) -> bool:
        """Whether it is a literal, or a cast of one, or a count, for a client."""
        if isinstance(node, exp.Literal | exp.Boolean | exp.Count):
            return self.for_client
        is_around = isinstance(node, exp.Paren | exp.Neg | exp.Cast) and type(node) is not exp.TryCast
        return is_around and self._is_value(node.this)

    def _of_source(self, source: object) -> frozenset[str]:
        if id(source) not in self._known:
            self._known[id(source)] = frozenset()  # of a recursive one, while it is looked at
            self._known[id(source)] = self._looked_up(source)
        return self._known[id(source)]

    def _looked_up(self, source: object) -> frozenset[str]:
        if isinstance(source, exp.Table):
            return self.of_table(source)
        if not isinstance(source, Scope):
            return frozenset()
        query = source.expression
        if isinstance(query, exp.Values):
            rows = zip(*(row.expressions for row in query.expressions if isinstance(row, exp.Tuple)), strict=False)
            never_null = [all(map(self._is_value, column)) for column in rows]
            return frozenset(name for name, is_set in zip(query.alias_column_names, never_null, strict=False) if is_set)
        names = (select.alias_or_name for select in query.selects) if isinstance(query, exp.Query) else ()
        return frozenset(name for name, is_set in zip(names, self.of_scope(source), strict=False) if is_set)


def _null_extended(query: exp.Select) -> set[str]:
    """The sources whose columns an outer join, or a row of totals, may leave NULL."""
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
    group = query.args.get("group")
    if group is not None and group.find(exp.Rollup, exp.Cube, exp.GroupingSets):
        return before
    return cleared
