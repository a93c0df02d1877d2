"""DESCRIBE of a table or view, wherever it is: https://docs.snowflake.com/en/sql-reference/sql/desc-table"""

from collections.abc import Iterator
from typing import Any

from sqlglot import Expr, exp

from .. import errors
from ..account import Object
from ..catalog import duckdb_tables, imported, table_names
from ..catalog.keys import PRIMARY, UNIQUE, columns_of_keys
from ..catalog.tracking import ROW_ID
from ..language.result import TEXT, Result, table
from ..session import Session
from ..sql import schema, types

_COLUMNS = [
    (name, TEXT)
    for name in (
        *("name", "type", "kind", "null?", "default", "primary key", "unique key"),
        *("check", "expression", "comment", "policy name", "privacy domain", "write default"),
    )
]


def describe(session: Session, expression: Expr) -> Result | None:
    """The columns of a table or view of this account, or of an imported database.

    None for a view of the Information Schema. Raises 002003 for what is not there.
    """
    named = expression.this
    if not isinstance(named, exp.Table):
        return None
    if any(
        prop.name.upper() == "TYPE" and str(prop.args["value"]).upper() != "COLUMNS" for prop in expression.expressions
    ):
        raise errors.not_emulated("DESCRIBE TABLE ... TYPE = STAGE")
    path = table_names.name_of(session, named, "DESCRIBE")
    if path[1] == "INFORMATION_SCHEMA":
        return None
    home = imported.resolve_shared(session, path) or imported.Home(session, path, "")
    found = table_names.find(home.session, home.path)
    if found is None:
        kind = str(expression.args.get("kind") or "Table").capitalize()
        raise errors.does_not_exist(kind, ".".join(path) if named.db else path[-1])
    return table(_COLUMNS, _rows(home.session, found))


def _rows(session: Session, found: Object) -> Iterator[dict[str, Any]]:
    typed = schema.columns_of(session, found.path) or {}
    facts = ("column_name", "data_type", "is_nullable", "column_default", "comment")
    for name, type_, is_nullable, default, comment in duckdb_tables.columns(session, found.place, *facts):
        nullable = is_nullable and name not in found.never_null
        if name == ROW_ID.strip('"'):
            continue
        default_, identity = schema.shown_default(session, default)
        yield {
            "name": name,
            "type": types.name_of(typed[name]) if name in typed else type_,
            "kind": "COLUMN",
            "null?": "Y" if nullable else "N",
            "default": identity or default_,
            "primary key": _flag(name in columns_of_keys(found, PRIMARY)),
            "unique key": _flag(name in columns_of_keys(found, UNIQUE)),
            "comment": schema.written_comment(comment),
        }


def _flag(value: bool) -> str:
    return "Y" if value else "N"
