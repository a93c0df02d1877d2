"""The names of a query's own columns, as its clauses and those of a set operation read them.

Recorded: frostlake/AmbiguousOutputNameTest.
"""

from collections import Counter
from collections.abc import Iterator

from sqlglot import Expr, exp
from sqlglot.optimizer.scope import find_all_in_scope

from .. import errors
from ..catalog.table_names import identifier
from .sources import ColumnsOf, bare_name, sources_of

_CLAUSES = ("where", "group", "having", "qualify")


def refuse_ambiguous(statement: Expr, columns_of: ColumnsOf) -> None:
    """Raises 002028 for a name that two columns of a query have where ORDER BY, or another clause, reads it.

    The other clauses take a column of what is read before one that is made, and mind only names that are given.
    """
    for select in statement.find_all(exp.Select):
        if len(select.expressions) < 2:
            continue
        names = Counter(name for one in select.expressions if (name := _name(one)) is not None)
        several = {name for name, count in names.items() if count > 1}
        if not several:
            continue
        for ordered in select.args["order"].expressions if select.args.get("order") else []:
            _refuse(ordered.this, several)
        given = several & {identifier(one.args["alias"]) for one in select.expressions if _is_given(one)}
        read = {name for source in sources_of(select) for name in columns_of(source) or ()} if given else set()
        for clause in (select.args.get(name) for name in _CLAUSES):
            for column in find_all_in_scope(clause, exp.Column) if clause is not None else ():
                _refuse(column, given - read)


def _refuse(node: Expr, names: set[str]) -> None:
    if (name := bare_name(node)) is not None and name in names:
        raise errors.ambiguous_column(name)


def _name(select: Expr) -> str | None:
    named = select.args.get("alias") if isinstance(select, exp.Alias) else select.this
    is_column = isinstance(select, exp.Alias | exp.Column) and isinstance(named, exp.Identifier)
    return identifier(named) if is_column and named is not None else None


def _is_given(select: Expr) -> bool:
    """Whether a name is given to a column, other than its own."""
    if not isinstance(select, exp.Alias):
        return False
    return not isinstance(select.this, exp.Column) or _name(select.this) != _name(select)


def refuse_repeated(statement: Expr) -> None:
    """Raises 002025 for a table or view of a `*` that stands for two columns of one name, which DuckDB would rename."""
    query = statement.args.get("expression") if isinstance(statement, exp.Create) else None
    if not isinstance(query, exp.Select) or isinstance(statement.this, exp.Schema) or not query.is_star:
        return
    while isinstance(query, exp.Select) and query.is_star and len(query.selects) == 1 and not query.args.get("joins"):
        from_ = query.args.get("from_")
        query = from_.this.this if from_ is not None and isinstance(from_.this, exp.Subquery) else None
    counted = Counter(query.named_selects if isinstance(query, exp.Query) and not query.is_star else ())
    for name in (name for name, count in counted.items() if count > 1):
        raise errors.duplicate_column(name)


def refuse_hidden_order(select: exp.Select) -> None:
    """Raises 000979 for what SELECT DISTINCT is ordered by and does not select.

    Recorded: frostlake/DistinctOrderKeyScopeTest. The number is ours.
    """
    order = select.args.get("order")
    if order is None or not select.args.get("distinct") or select.is_star:
        return
    selected = {one.unalias() for one in select.expressions}
    for ordered in order.expressions:
        if (hidden := _hidden(ordered.this, selected)) is not None:
            raise errors.not_in_order_by(hidden.sql(dialect="snowflake").replace('"', ""))


def _hidden(node: Expr, selected: set[Expr]) -> Expr | None:
    if node in selected or isinstance(node, exp.Query):
        return None
    if isinstance(node, exp.AggFunc | exp.Window):
        return node
    if isinstance(node, exp.Column):
        return node if node.table else None
    return next((found for one in node.iter_expressions() if (found := _hidden(one, selected))), None)


def refuse_other_widths(statement: Expr) -> None:
    """Raises for a branch of a set operation with another number of columns, where no `*` hides it.

    https://docs.snowflake.com/en/sql-reference/operators-query
    """
    for operation in statement.find_all(exp.SetOperation):
        if isinstance(operation.parent, exp.SetOperation) or operation.args.get("by_name"):
            continue
        branches = list(_branches(operation))
        if any(branch.is_star for branch in branches):
            continue
        width = len(branches[0].selects)
        for place, branch in enumerate(branches, start=1):
            if (found := len(branch.selects)) != width:
                raise errors.other_width(width, found, place)


def _branches(query: Expr) -> Iterator[exp.Query]:
    if isinstance(query, exp.SetOperation):
        yield from _branches(query.this)
        yield from _branches(query.expression)
    elif isinstance(query, exp.Query):
        yield query


def refuse_names_of_branches(statement: Expr) -> None:
    """Raises 000904 for an ORDER BY of a set operation that names no column of its first branch."""
    for operation in statement.find_all(exp.SetOperation):
        first = next(_branches(operation))
        order = operation.args.get("order")
        if (
            order is None
            or first.is_star
            or any(one.args.get("by_name") for one in operation.find_all(exp.SetOperation))
        ):
            continue
        names = {_name(one) or one.alias_or_name.upper() for one in first.selects}
        for ordered in order.expressions:
            if (name := bare_name(ordered.this)) is not None and name not in names:
                raise errors.invalid_identifier(name)
