"""The names that a join by USING or NATURAL makes one: both sides of it are one place where a column is looked up.

Recorded: frostlake/query-ambiguous-column, frostlake/query-natural-join.
"""

from collections.abc import Sequence

from sqlglot import Expr, exp
from sqlglot.optimizer.scope import find_all_in_scope

from .. import errors
from ..catalog.table_names import identifier
from .sources import ColumnsOf, bare_name, sources_of

Sources = Sequence[tuple[str, Sequence[str]]]
_OF_JOIN, _AMBIGUOUS = "", "?"


def resolve(statement: Expr, columns_of: ColumnsOf) -> None:
    """Tells of each column of such a join which table it is of: of two with one name that is the left one.

    DIRECTED says in which order tables are joined, and changes no row:
    https://docs.snowflake.com/en/sql-reference/constructs/join
    """
    for join in statement.find_all(exp.Join):
        join.set("directed", None)
    for select in statement.find_all(exp.Select):
        joins = select.args.get("joins") or []
        if not any(map(is_merging, joins)) or (sources := _sources(select, columns_of)) is None:
            continue
        _refuse_absent_keys(joins, sources)
        _cross_without_common(joins, sources)
        _list_columns_of_tables(select, sources)
        found = _visible(joins, sources)
        labels = {identifier(one.args["alias"]) for one in select.selects if isinstance(one, exp.Alias)}
        for column in list(find_all_in_scope(select, exp.Column)):
            if (name := bare_name(column)) is None:
                continue
            if name in labels and column.find_ancestor(exp.Order, exp.Group, exp.Having, exp.Qualify) is not None:
                continue
            if (table := found.get(name)) == _AMBIGUOUS:
                raise errors.ambiguous_column(name)
            if table:
                column.set("table", exp.to_identifier(table, quoted=True))


def is_merging(join: exp.Join) -> bool:
    """Whether it makes one column of those that both sides have."""
    return bool(join.args.get("using")) or join.method == "NATURAL"


def _sources(select: exp.Select, columns_of: ColumnsOf) -> Sources | None:
    """What a query reads and the columns of each, in order; None if they are not known of all."""
    found = []
    for source in sources_of(select):
        alias = source.args.get("alias")
        named = (alias.this if alias is not None else None) or (source.this if isinstance(source, exp.Table) else None)
        columns = columns_of(source)
        if columns is None or not isinstance(named, exp.Identifier):
            return None
        found.append((identifier(named), columns))
    return found


def _refuse_absent_keys(joins: Sequence[exp.Join], sources: Sources) -> None:
    """Raises 000904 for a column of USING that a side has not. Recorded: frostlake/CompileTimeTypingOrderTest."""
    seen = set(sources[0][1])
    for join, (_, columns) in zip(joins, sources[1:], strict=True):
        for name in map(identifier, join.args.get("using") or []):
            if name not in seen or name not in columns:
                raise errors.invalid_key(name)
        seen.update(columns)


def _cross_without_common(joins: Sequence[exp.Join], sources: Sources) -> None:
    """NATURAL without a common column joins each row with each."""
    seen = set(sources[0][1])
    for join, (_, columns) in zip(joins, sources[1:], strict=True):
        if join.method == "NATURAL" and seen.isdisjoint(columns):
            join.set("method", None)
            join.set("side", None)
            join.set("kind", "CROSS")
        seen.update(columns)


def _list_columns_of_tables(select: exp.Select, sources: Sources) -> None:
    """`T.*` is all columns of T, those that the join is by as well."""
    tables = dict(sources)
    listed: list[Expr] = []
    for one in select.expressions:
        star = one.this if isinstance(one, exp.Column) else None
        columns = tables.get(identifier(one.args["table"])) if isinstance(star, exp.Star) else None
        if columns is None or star is None or any(star.args.values()):
            listed.append(one)
            continue
        table = exp.to_identifier(identifier(one.args["table"]), quoted=True)
        names = (exp.to_identifier(name, quoted=True) for name in columns)
        listed += (exp.alias_(exp.Column(this=name, table=table.copy()), name.copy(), copy=False) for name in names)
    select.set("expressions", listed)


def _visible(joins: Sequence[exp.Join], sources: Sources) -> dict[str, str]:
    """Of each name that several tables have the one that is meant; that of a key of the join is the join's own."""
    of = dict.fromkeys(sources[0][1], sources[0][0])
    several: set[str] = set()
    for join, (table, columns) in zip(joins, sources[1:], strict=True):
        merged = is_merging(join)
        keys = {identifier(key) for key in join.args.get("using") or []} if merged else set()
        if join.method == "NATURAL":
            keys = of.keys() & set(columns)
        for name in columns:
            if name not in of:
                of[name] = table
                continue
            several.add(name)
            if not merged:
                of[name] = _AMBIGUOUS
            elif name in keys:
                of[name] = _OF_JOIN
    return {name: table for name, table in of.items() if name in several}
