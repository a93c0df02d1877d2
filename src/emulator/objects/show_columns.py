"""SHOW COLUMNS: the columns of tables and views, each with its type as JSON.

https://docs.snowflake.com/en/sql-reference/sql/show-columns
"""

import json
from collections.abc import Iterator
from typing import Any

from sqlglot import exp

from .. import errors
from ..catalog import table_names
from ..catalog.tracking import ROW_ID
from ..language.like import like
from ..language.reader import Path, Reader
from ..language.result import Result, columns, table
from ..session import Session
from ..session.visible import require, require_seen, sees
from ..sql import schema, types
from ..store.definitions import HIDDEN, INTERNAL
from .objects import name_follows, read_filter, read_like

# Recorded: frostlake/ddl-show-commands-ext, frostlake/ddl-show-columns-descriptors.
_COLUMNS = columns(
    "table_name schema_name column_name data_type null? default kind expression comment database_name autoincrement"
    " schema_evolution_record write_default"
)


def show_columns(session: Session, reader: Reader) -> Result:
    """`SHOW [TERSE] COLUMNS [LIKE '..'] [IN ACCOUNT | DATABASE [d] | SCHEMA [s] | [TABLE | VIEW] t]`.

    TERSE, STARTS WITH and LIMIT are read and say nothing. Recorded: frostlake/ddl-show-modifier-matrix.
    """
    pattern = read_like(reader)
    scope = _read_scope(session, reader)
    read_filter(reader, pattern)
    if scope and scope[0] in session.account.imported:
        raise errors.not_emulated("SHOW COLUMNS in an imported database")
    rows = [row for row in _rows(session, scope) if pattern is None or like(row["column_name"], pattern)]
    return table(_COLUMNS, rows)


def _read_scope(session: Session, reader: Reader) -> Path:
    """A view and a schema are to be named with their database. Recorded: frostlake/ddl-show-columns-kinds-scopes."""
    if not reader.accept("IN"):
        return tuple(part for part in (session.database, session.schema) if part)
    if reader.accept("ACCOUNT"):
        return ()
    if reader.accept("DATABASE"):
        name = reader.name() if name_follows(reader) else session.current_database("SHOW COLUMNS")
        require(session, "DATABASE", (name,))
        return (name,)
    if reader.accept("SCHEMA"):
        path = (
            reader.path(2) if name_follows(reader) else session.qualify_schema((session.schema or "",), "SHOW COLUMNS")
        )
        if len(path) < 2:
            raise errors.full_path_required(path[-1])
        if path[-1] != "INFORMATION_SCHEMA":
            require(session, "SCHEMA", path)
        return path
    is_view = reader.accept("VIEW")
    if not is_view:
        reader.accept("TABLE")
    written = reader.path()
    if is_view and len(written) < 3:
        raise errors.full_path_required(written[-1])
    path = session.qualify(written, "SHOW COLUMNS")
    found, missing = table_names.find(session, path), "View" if is_view else "Table"
    if found is not None:
        require_seen(session, found, lambda: errors.does_not_exist(missing, ".".join(written)))
    elif path[0] not in session.account.imported:
        raise errors.does_not_exist(missing, ".".join(written))
    return path


def _rows(session: Session, scope: Path) -> Iterator[dict[str, Any]]:
    names = ("database_name", "schema_name", "table_name")
    conditions = "".join(f" AND {name} = ?" for name, _ in zip(names, scope, strict=False))
    databases = [database.name for database in session.account.objects("DATABASE")]
    found = session.duck.execute(
        "SELECT database_name, schema_name, table_name, column_name, data_type, is_nullable, column_default, comment"
        " FROM duckdb_columns() WHERE column_name <> ? AND NOT starts_with(table_name, ?)"
        f" AND (database_name = 'temp' OR schema_name NOT IN (?, '_fs_information_schema', 'main'){conditions})"
        " ORDER BY database_name, schema_name, table_name, column_index",
        [ROW_ID.strip('"'), HIDDEN, INTERNAL, *scope],
    ).fetchall()
    not_null = {(view.path, name) for view in session.account.objects("VIEW") for name in view.never_null}
    both = [one for kind in ("TABLE", "VIEW") for one in session.account.objects(kind)]
    hidden = {one.path for one in both if not sees(session, one)}
    temporary = {one.place: one.path for one in both if one.is_temporary}
    placed = ((temporary.get(row[:3], row[:3]), *row) for row in found)
    for path, *place, name, type_, is_nullable, default, comment in sorted(placed, key=lambda row: row[0]):
        if path[0] not in databases or path in hidden or path[: len(scope)] != scope:
            continue
        if tuple(place) not in temporary and path in temporary.values():
            continue  # hidden by a temporary one
        database, schema_, table_ = path
        nullable = is_nullable and ((database, schema_, table_), name) not in not_null
        written = schema.written_type(comment)
        shown = schema.type_of(written) or schema.type_of(type_)
        default_, identity = schema.shown_default(session, default)
        yield {
            "table_name": table_,
            "schema_name": schema_,
            "column_name": name,
            "data_type": json.dumps(_descriptor(shown, nullable), separators=(",", ":")),
            "null?": "true" if nullable else "NOT_NULL",
            "default": default_ or "",
            "kind": "COLUMN",
            "expression": "",
            "comment": schema.written_comment(comment) or "",
            "database_name": database,
            "autoincrement": identity or "",
        }


def _descriptor(type_: exp.DataType | None, nullable: bool) -> dict[str, Any]:
    word = types.kind(type_)
    if type_ is None:
        return {"type": word, "nullable": nullable}
    if word == types.NUMBER:
        precision, scale = types.digits(type_)
        return {"type": "FIXED", "precision": precision, "scale": scale, "nullable": nullable}
    if word == types.FLOAT:
        return {"type": "REAL", "nullable": nullable}
    if word == types.VARCHAR:
        length = types.length(type_)
        return {"type": "TEXT", "length": length, "byteLength": 4 * length, "nullable": nullable, "fixed": False}
    if word == types.BINARY:
        length = types.length(type_)
        return {"type": word, "length": length, "byteLength": length, "nullable": nullable, "fixed": True}
    if word in (types.TIME, *types.TIMESTAMPS):
        return {"type": word, "precision": 0, "scale": types.fraction(type_), "nullable": nullable}
    found: dict[str, Any] = {"type": word, "nullable": nullable}
    if word == types.ARRAY and type_.expressions:
        found["elementType"] = _descriptor(type_.expressions[0], True)
    elif word == types.OBJECT and type_.expressions:
        found["fields"] = [
            {"fieldName": field.name, "fieldType": _descriptor(field.kind, True)} for field in type_.expressions
        ]
    return found
