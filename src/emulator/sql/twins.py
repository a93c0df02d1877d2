"""Columns of subqueries that only case sets apart, as "a" and "A": DuckDB would answer with the first for both.

https://docs.snowflake.com/en/sql-reference/identifiers-syntax
"""

from collections import Counter

from sqlglot import Expr, exp
from sqlglot.optimizer.scope import Scope, find_all_in_scope, traverse_scope

from .. import errors
from ..catalog.table_names import identifier
from .sources import selects_of


def rename(statement: Expr) -> None:
    """Gives such columns names of ours, where a query reads them; those of its answer keep theirs.

    Raises 000002 where the names that are read cannot be told.
    """
    query = statement if isinstance(statement, exp.Query) else statement.args.get("expression")
    for select in statement.find_all(exp.Select):
        _order_by_place(select)
    if not any(map(_twins_of, statement.find_all(exp.Select))):
        return
    renamed: dict[int, dict[str, str]] = {}  # of each query that others read, once
    for scope in traverse_scope(query) if isinstance(query, exp.Query) else ():
        for name, source in scope.sources.items():
            if not isinstance(source, Scope):
                continue
            if id(source.expression) not in renamed:
                renamed[id(source.expression)] = _named_anew(source.expression)
            twins = renamed[id(source.expression)]
            for column in scope.columns if twins else ():
                if column.table == name and column.name in twins:
                    column.set("this", exp.to_identifier(twins[column.name], quoted=True))
    for select in statement.find_all(exp.Select):
        if alike := _twins_of(select):
            first, second = alike[:2]
            raise errors.not_emulated(f'the column "{second}" beside "{first}" in a subquery')


def refuse_stored(statement: Expr) -> None:
    """Refuses by name a table or view that would have such columns: DuckDB refuses them, or names one anew."""
    if not isinstance(statement, exp.Create) or statement.kind not in ("TABLE", "VIEW"):
        return
    query, listed = statement.expression, statement.this.expressions if isinstance(statement.this, exp.Schema) else ()
    columns = [one.this if isinstance(one, exp.ColumnDef) else one for one in listed]
    names = [identifier(one) for one in columns if isinstance(one, exp.Identifier)]
    refuse(names or (query.named_selects if isinstance(query, exp.Query) else []))


def refuse(names: list[str]) -> None:
    """Refuses by name the columns of a table that only case sets apart."""
    if alike := _alike(names):
        raise errors.not_emulated(f'the column "{alike[1]}" beside "{alike[0]}" in a table or view')


def _order_by_place(select: exp.Select) -> None:
    """Says by its place which column rows are in the order of, where another has the same letters."""
    order, labels = select.args.get("order"), [one.alias_or_name for one in select.selects]
    if order is None or not (twins := _alike(labels)):
        return
    for ordered in order.expressions:
        if isinstance(ordered.this, exp.Column) and not ordered.this.table and ordered.this.name in twins:
            ordered.set("this", exp.Literal.number(labels.index(ordered.this.name) + 1))


def _twins_of(select: exp.Select) -> list[str]:
    """The columns of a query that another one reads which have the same letters as others of it."""
    is_read = select.find_ancestor(exp.From, exp.Join, exp.With) is not None
    return _alike([one.alias_or_name for one in select.selects]) if is_read else []


def _alike(names: list[str]) -> list[str]:
    many = Counter(name.lower() for name in set(names))
    return sorted({name for name in names if many[name.lower()] > 1}, key=lambda name: (name.lower(), name))


def _named_anew(query: Expr) -> dict[str, str]:
    """The new names of a query's twins by those that they had; of a set operation, those of its first branch."""
    selects = list(selects_of(query))
    labels = [one.alias_or_name for one in selects[0].selects] if selects else []
    new = {name: f"_emulator_twin_{at}_{name}" for at, name in enumerate(_twins_of(selects[0]) if selects else ())}
    if isinstance(query, exp.SetOperation):
        for label, name in new.items():
            _rename_in_clauses(query, label, name)
    for select in selects if new else ():
        for one, label in list(zip(select.selects, labels, strict=False)):
            if label in new:
                _rename_in_clauses(select, one.alias_or_name, new[label])
                one.replace(exp.alias_(one.unalias().copy(), new[label], quoted=True))
    return new


def _rename_in_clauses(query: Expr, name: str, new: str) -> None:
    for clause in filter(None, map(query.args.get, ("order", "group", "having", "qualify"))):
        for column in find_all_in_scope(clause, exp.Column):
            if not column.table and column.name == name:
                column.set("this", exp.to_identifier(new, quoted=True))
