"""Statements that meet an imported database: what reads it gets the provider's rows, what would change it is refused.

https://docs.snowflake.com/en/user-guide/data-share-consumers
"""

from collections.abc import Iterator

from sqlglot import Expr, exp

from .. import errors
from ..catalog import table_names
from ..catalog.scans import as_table
from ..language.reader import Path
from ..language.result import Result
from ..session import Session
from . import imported

# Reading


def read(session: Session, source: exp.Table, path: Path, alias: str) -> exp.Table | None:
    """The rows of a table or view of an imported database as they are now; None for a path of any other database.

    Refuses Time Travel, which imported databases do not have.
    https://docs.snowflake.com/en/user-guide/data-share-consumers
    """
    place = imported.resolve_shared(session, path) if path[1] != "INFORMATION_SCHEMA" else None
    if place is None:
        return None
    if source.args.get("when") or source.args.get("version"):
        raise errors.object_refuses(f"Time Travel is not supported on imported database '{path[0]}'.")
    found = as_table(session, f"_emulator_shared_{len(session.registered)}", imported.rows(place))
    found.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    return found


def describe(session: Session, expression: Expr) -> Result | None:
    """DESCRIBE of an object of an imported database, which the provider answers, or of one that is not current.

    None for one that fakesnow describes: those in the current database alone, so others take a session of their own.
    Raises 002003 for what is not there. https://docs.snowflake.com/en/sql-reference/sql/desc-table
    """
    table = expression.this
    if not isinstance(table, exp.Table):
        return None
    path = table_names.name_of(session, table, "DESCRIBE")
    place = imported.resolve_shared(session, path) or _elsewhere(session, path)
    if place is not None:
        return _described(place, expression.copy())
    if path[1] != "INFORMATION_SCHEMA" and not table_names.exists(session, path):
        raise errors.does_not_exist(str(expression.args.get("kind") or "Table").capitalize(), ".".join(path))
    return None


def _elsewhere(session: Session, path: Path) -> imported.Home | None:
    """A table or view of the account's own in a database that is not current, with a session to describe it in."""
    if path[0] == session.database:
        return None
    kinds = [kind for kind in ("TABLE", "VIEW") if session.account.find(kind, path)]
    return imported.Home(session.hosting.visit(session, session.account.name), path, kinds[0]) if kinds else None


def _described(place: imported.Home, expression: Expr) -> Result:
    table = expression.find(exp.Table)
    assert table is not None
    catalog, schema, name = (exp.to_identifier(part, quoted=True) for part in place.path)
    table.replace(exp.Table(this=name, db=schema, catalog=catalog))
    place.session.use_schema(place.path[:2])
    return place.session.cursor().ask(expression)


def show_columns(session: Session, expression: Expr) -> Result | None:
    """Refuses SHOW COLUMNS of an imported database by name; None for any other."""
    for node in expression.find_all(exp.Identifier):
        if node.name.upper() in session.account.imported:
            raise errors.not_emulated("SHOW COLUMNS in an imported database")
    return None


# Changing


def refuse_changes(session: Session, expression: Expr) -> None:
    """Raises 003001 for a statement that would change an imported database."""
    for target in _targets(expression):
        if target.db or session.schema:
            path = table_names.name_of(session, target, expression.key.upper())
            refuse_change(session, path, "schema" if isinstance(expression, exp.Create) else "table")


def _targets(expression: Expr) -> Iterator[exp.Table]:
    """The tables that a statement changes, makes, drops or comments on."""
    if not isinstance(expression, _CHANGING):
        return
    named = expression.this.this if isinstance(expression.this, exp.Schema) else expression.this
    for node in [named, *(expression.args.get("tables") or []), *(expression.args.get("expressions") or [])]:
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            yield node


_CHANGING = (
    exp.Insert,
    exp.Update,
    exp.Delete,
    exp.Merge,
    exp.TruncateTable,
    exp.Create,
    exp.Drop,
    exp.Alter,
    exp.Comment,
)


def refuse_change(session: Session, path: Path, kind: str) -> None:
    """Raises 003001 if the path leads into an imported database.

    The documentation says that it is read-only; the words are those of an account without the privilege.
    https://docs.snowflake.com/en/user-guide/data-share-consumers
    """
    if path[0] in session.account.imported:
        name = path[-2] if kind == "schema" else path[-1]
        raise errors.insufficient_privileges(f"{kind} '{name}'")
