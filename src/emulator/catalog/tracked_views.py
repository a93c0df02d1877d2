"""Which views change tracking takes, and the tables that such a view reads.

It takes projections, filters, inner and cross joins, UNION ALL, and views and subqueries of these in FROM. What the
documentation does not name is refused by name.
https://docs.snowflake.com/en/user-guide/streams-intro#streams-on-views
"""

from collections.abc import Iterable, Iterator

from sqlglot import Expr, exp

from .. import errors
from ..account import Object
from ..language.dialect import parse_one
from ..language.names import function_name
from ..language.reader import Path
from ..session import Session
from . import table_names

_WHAT = "change tracking of a view"
_TAKEN = ("expressions", "from_", "joins", "where", "with_", "hint")
# Those that the documentation names, in the words of the ones that have been recorded.
_CLAUSES = {"group": "GROUP BY", "distinct": "DISTINCT", "limit": "LIMIT", "fetch": "LIMIT", "qualify": "QUALIFY"}
_SIDES = {"LEFT": "LEFT_OUTER_JOIN", "RIGHT": "RIGHT_OUTER_JOIN", "FULL": "FULL_OUTER_JOIN"}
_NOT_DETERMINISTIC = {
    **{
        name: name
        for name in """
        CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP GETDATE LOCALTIME LOCALTIMESTAMP NORMAL RANDSTR SEQ1 SEQ2 SEQ4 SEQ8
        SYSDATE SYSTIMESTAMP UNIFORM ZIPF
        """.split()
    },
    "RAND": "RANDOM",  # as the parser names them
    "UUID": "UUID_STRING",
}


def base_tables(session: Session, view: Object) -> list[Path]:
    """The tables that a view reads, also through others, each once. Raises for a view that is not taken."""
    return tables_of_query(session, query_of(view), (view.database, view.schema))


def query_of(view: Object) -> Expr:
    created = parse_one(str(view.properties["TEXT"]))
    query: Expr = created.expression
    return query


def tables_of_query(session: Session, query: Expr, scope: Path) -> list[Path]:
    """The tables that a view of this query, in this schema, would read. Raises as `base_tables` does."""
    tables = list(dict.fromkeys(_tables(session, query, scope)))
    if len({path[0] for path in tables}) > 1:
        raise errors.not_emulated(f"{_WHAT} that reads tables of several databases")
    return tables


def _tables(session: Session, query: Expr, scope: Path) -> Iterator[Path]:
    _check(query)
    for source in table_names.source_tables(query, None):
        named = table_names.parts_of(source)
        path = scope[: 3 - len(named)] + named
        found = table_names.find(session, path)
        if found is None:
            raise errors.unknown_object(".".join(named))
        if found.is_temporary:
            raise errors.not_emulated(f"{_WHAT} that reads a temporary table or view")
        if found.kind == "VIEW":
            yield from _tables(session, query_of(found), found.path[:2])
        else:
            yield path


def views_below(session: Session, view: Object) -> Iterator[Object]:
    """The views that a view reads, also through others."""
    for path in table_names.read_by(view):
        below = table_names.find(session, path)
        if below is not None and below.kind == "VIEW":
            yield below
            yield from views_below(session, below)


def joins(session: Session, view: Object) -> bool:
    """Whether a view joins anything, also in another that it reads."""
    every = (view, *views_below(session, view))
    return any(query_of(one).find(exp.Join) is not None for one in every)


def _check(query: Expr) -> None:
    """Raises for a query that change tracking does not take, as an account does for what the documentation names."""
    match query:
        case exp.Subquery():
            _check(query.this)
        case exp.Union():
            if query.args.get("distinct"):
                raise errors.untrackable_join("UNION")
            _check_clauses(query, ("this", "expression", "with_"))
            _check(query.this)
            _check(query.expression)
        case exp.Select():
            _check_select(query)
        case _:
            raise errors.not_emulated(f"{_WHAT} with {query.key.upper()}")
    with_ = query.args.get("with_")
    if with_ is not None and with_.args.get("recursive"):
        raise errors.not_emulated(f"{_WHAT} with a recursive CTE")
    for cte in with_.expressions if with_ is not None else ():
        _check(cte.this)


def _check_clauses(query: Expr, taken: Iterable[str]) -> None:
    for name, value in query.args.items():
        if value and name in _CLAUSES:
            raise errors.untrackable_clause(_CLAUSES[name])
    for name, value in query.args.items():
        if value and name not in taken:
            raise errors.not_emulated(f"{_WHAT} with {name.strip('_').upper()}")


def _check_select(query: exp.Select) -> None:
    _check_clauses(query, _TAKEN)
    from_ = query.args.get("from_")
    if from_ is None:
        raise errors.not_emulated(f"{_WHAT} that reads no table")
    _check_source(from_.this)
    for join in query.args.get("joins") or ():
        _check_join(join)
    where = query.args.get("where")
    for expression in (*query.expressions, *((where,) if where is not None else ())):
        _check_expression(expression)


def _check_join(join: exp.Join) -> None:
    if join.method == "ASOF":
        raise errors.untrackable_join("ASOF_JOIN")
    if join.side:
        raise errors.untrackable_join(_SIDES[join.side])
    if join.kind not in ("", "INNER", "CROSS") or join.method not in ("", "NATURAL"):
        raise errors.not_emulated(f"{_WHAT} with {join.kind or join.method} JOIN")
    _check_source(join.this)
    if (on := join.args.get("on")) is not None:
        _check_expression(on)


def _check_source(source: Expr) -> None:
    """A table or view as it is, or a query."""
    for part in ("laterals", "pivots", "sample"):
        if source.args.get(part):
            raise errors.not_emulated(f"{_WHAT} with {part.removesuffix('s').upper()}")
    for join in source.args.get("joins") or ():
        _check_join(join)
    if isinstance(source, exp.Subquery):
        if isinstance(source.this, exp.Table):
            _check_source(source.this)
        else:
            _check(source.this)
    elif isinstance(source, exp.Values):
        raise errors.untrackable_clause("'VALUES'")
    elif not isinstance(source, exp.Table) or not isinstance(source.this, exp.Identifier):
        raise errors.not_emulated(f"{_WHAT} that reads anything but tables, views and queries of them")


def _check_expression(expression: Expr) -> None:
    for node in expression.walk():
        if isinstance(node, exp.Query):
            own = {table.alias_or_name.upper() for table in node.find_all(exp.Table)}
            others = [one for one in node.find_all(exp.Column) if one.table and one.table.upper() not in own]
            raise errors.untrackable_clause("correlated subquery expressions" if others else "subquery expressions")
        if isinstance(node, exp.AggFunc | exp.Window):
            raise errors.not_emulated(f"{_WHAT} with {function_name(node) or 'a window function'}")
        if (name := function_name(node)) in _NOT_DETERMINISTIC:
            raise errors.untrackable_function(_NOT_DETERMINISTIC[name])
        if isinstance(node, exp.Column) and node.name.upper() in ("NEXTVAL", "CURRVAL"):
            raise errors.not_emulated(f"{_WHAT} with a sequence")
