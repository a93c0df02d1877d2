"""The names of tables in a statement: what they mean in a session, whether they are there, what is read and changed."""

from collections.abc import Iterator

from sqlglot import Expr, exp

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


def exists(session: Session, path: Path) -> bool:
    """Whether there is a table or view of the name, a temporary table of the session's included."""
    return any(session.account.find(kind, path) for kind in ("TABLE", "VIEW")) or is_temporary(session, path)


def is_temporary(session: Session, path: Path) -> bool:
    sql = "SELECT 1 FROM duckdb_tables() WHERE temporary AND table_name = ?"
    return bool(session.duck.execute(sql, [path[-1]]).fetchall())


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
