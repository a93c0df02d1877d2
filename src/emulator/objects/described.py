"""DESCRIBE of a table or view, wherever it is: https://docs.snowflake.com/en/sql-reference/sql/desc-table"""

from sqlglot import Expr, exp

from .. import errors
from ..catalog import imported, table_names
from ..language.reader import Path
from ..language.result import Result
from ..session import Session


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
