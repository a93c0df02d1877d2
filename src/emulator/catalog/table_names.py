"""The names of tables in a statement: what they mean in a session, whether they are there, what is read and changed."""

from collections.abc import Iterator

from sqlglot import Expr, exp

from ..account import Object
from ..language.dialect import parse_one
from ..language.reader import Path
from ..session import Session


def name_of(session: Session, node: exp.Table, command: str) -> Path:
    """The (database, schema, name) that a table's node means in this session."""
    return session.qualify(parts_of(node), command)


def parts_of(node: exp.Table) -> Path:
    """A table's name, of as many parts as are written."""
    parts = [part for part in (node.args.get("catalog"), node.args.get("db"), node.this) if part is not None]
    return tuple(identifier(part) for part in parts)


def identifier(node: Expr) -> str:
    """A name as Snowflake stores it: upper case unless it is quoted."""
    return node.name if node.args.get("quoted") else node.name.upper()


def named_in(expression: Expr) -> exp.Table:
    """The table or view that a CREATE, or an ALTER, names."""
    found = expression.this.this if isinstance(expression.this, exp.Schema) else expression.this
    assert isinstance(found, exp.Table)
    return found


def find(session: Session, path: Path) -> Object | None:
    """The table or view of the name; a temporary one of the session's comes before any other."""
    account = session.account
    return find_temporary(session, path) or account.find("TABLE", path) or account.find("VIEW", path)


def find_temporary(session: Session, path: Path) -> Object | None:
    """The session's temporary table or view of the name."""
    return session.account.temporary("TABLE", path) or session.account.temporary("VIEW", path)


def exists(session: Session, path: Path) -> bool:
    return find(session, path) is not None


def place_of(session: Session, path: Path) -> Path:
    """Where DuckDB has what the path names."""
    found = find(session, path) if session.account.has_temporary else None
    return found.place if found is not None else path


def node_of(place: Path) -> exp.Table:
    """A table by the name that DuckDB knows it by."""
    catalog, schema, name = (exp.to_identifier(part, quoted=True) for part in place)
    return exp.Table(this=name, db=schema, catalog=catalog)


def makes_temporary(expression: Expr) -> bool:
    """Whether a statement makes a temporary table or view."""
    properties = expression.args.get("properties") if isinstance(expression, exp.Create) else None
    return properties is not None and properties.find(exp.TemporaryProperty) is not None


def target_of(expression: Expr) -> exp.Table | None:
    """The table that a DML statement changes or a CREATE makes; None for a query."""
    if isinstance(expression, exp.TruncateTable):
        found = expression.expressions[0]
    elif isinstance(expression, exp.Insert | exp.Update | exp.Delete | exp.Merge | exp.Create):
        found = expression.this.this if isinstance(expression.this, exp.Schema) else expression.this
    else:
        return None
    return found if isinstance(found, exp.Table) else None


def source_tables(expression: Expr, target: exp.Table | None) -> Iterator[exp.Table]:
    """The tables that a statement reads: every reference but its target and the names of its CTEs."""
    for table in list(expression.find_all(exp.Table)):
        plain = isinstance(table.this, exp.Identifier)
        if plain and table is not target and (table.db or not _is_cte(table)):
            yield table


def named_by(view: Object) -> Iterator[Path]:
    """What a view reads, each as its text names it."""
    expression = parse_one(str(view.properties["TEXT"]))
    for source in source_tables(expression, expression.find(exp.Table)):
        yield parts_of(source)


def read_by(view: Object) -> Iterator[Path]:
    """What a view reads: names in it that are not qualified are of its own schema."""
    for named in named_by(view):
        yield (view.database, view.schema)[: 3 - len(named)] + named


def _is_cte(table: exp.Table) -> bool:
    """Whether a name is that of a CTE where it stands: a CTE sees those before it, and itself if it is recursive.

    https://docs.snowflake.com/en/sql-reference/constructs/with
    """
    inside: Expr = table
    own: exp.CTE | None = None
    while (node := inside.parent) is not None:
        own = inside if isinstance(inside, exp.CTE) else own
        with_ = node.args.get("with_")
        ctes = with_.expressions if isinstance(with_, exp.With) else []
        if own is not None and inside is with_:
            recursive = with_.args.get("recursive") or isinstance(own.this, exp.SetOperation)
            ctes = ctes[: ctes.index(own) + bool(recursive)]
        if any(cte.alias_or_name.upper() == table.name.upper() for cte in ctes):
            return True
        inside = node
    return False
