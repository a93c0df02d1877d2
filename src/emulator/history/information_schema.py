"""INFORMATION_SCHEMA: each view as the rows that it has now. What the emulator does not know is NULL.

https://docs.snowflake.com/en/sql-reference/info-schema
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pyarrow as pa
from sqlglot import Expr, exp

from .. import errors
from ..account import Object
from ..catalog import imported, table_names
from ..catalog.imported import ORIGIN
from ..catalog.scans import as_table
from ..language.names import duck_name, text_literal
from ..language.result import columns, table
from ..objects.databases import MANAGED_ACCESS
from ..objects.retention import retention
from ..session import Session
from ..session.visible import may_read_text, seen, sees

NAME = "INFORMATION_SCHEMA"
_BLOCK = 262144
_HIDDEN = ("main", "_fs_", "_emulator")
_TABLE_KINDS = ("TABLE", "ICEBERG TABLE")


def resolve_view(node: exp.Table, session: Session) -> Expr:
    """Replaces a view of the Information Schema by its rows; anything else is returned as it is.

    Refuses by name a view that is not in `VIEWS`. Raises 090105 or 002003 for the database it is asked of.
    """
    if not isinstance(node.this, exp.Identifier) or not _is_view(node, session):
        return node
    path = table_names.name_of(session, node, "SELECT")
    session.account.require("DATABASE", path[:1])
    name, database = node.name.upper(), path[0]
    if name not in VIEWS:
        raise errors.not_emulated(f"{NAME}.{name}")
    if isinstance(node.root(), exp.Describe):
        raise errors.not_emulated(f"DESCRIBE {NAME}.{name}")
    for column in node.root().find_all(exp.Column):
        if column.db.upper() == NAME:
            column.set("db", None)
            column.set("catalog", None)
    found = as_table(session, f"_emulator_{name.lower()}_{len(session.registered)}", VIEWS[name](session, database))
    for part in ("alias", "joins", "sample"):
        found.set(part, node.args.get(part))
    if found.args.get("alias") is None:
        found.set("alias", exp.TableAlias(this=exp.to_identifier(node.name)))
    return found


def _is_view(node: exp.Table, session: Session) -> bool:
    if node.db:
        return node.db.upper() == NAME
    if session.schema != NAME or node.name.startswith("_emulator"):
        return False
    return node.name.upper() not in {cte.alias_or_name.upper() for cte in node.root().find_all(exp.CTE)}


def _rows(named: str, records: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows under columns as `result.columns` reads them; what a record does not name is NULL."""
    return table(columns(named), records).arrow()


def _flag(value: object) -> str:
    return "YES" if value else "NO"


def _seen(session: Session, kind: str, database: str = "") -> list[Object]:
    """The objects of a kind that the session's roles have a privilege on."""
    return seen(session, session.account.objects(kind, database))


# The views


def _databases(session: Session, database: str) -> pa.Table:
    """https://docs.snowflake.com/en/sql-reference/info-schema/databases"""
    columns = (
        "DATABASE_NAME DATABASE_OWNER IS_TRANSIENT COMMENT CREATED:time LAST_ALTERED:time RETENTION_TIME:number TYPE"
    )
    return _rows(columns, [_database_row(session, object_) for object_ in _seen(session, "DATABASE")])


def _database_row(session: Session, object_: Object) -> dict[str, Any]:
    return {
        "DATABASE_NAME": object_.name,
        "DATABASE_OWNER": object_.owner,
        "IS_TRANSIENT": _flag(object_.properties.get("TRANSIENT")),
        "COMMENT": object_.comment or None,
        "CREATED": object_.created_on,
        "RETENTION_TIME": retention(session, object_),
        "TYPE": "IMPORTED DATABASE" if ORIGIN in object_.properties else "STANDARD",
    }


def _schemata(session: Session, database: str) -> pa.Table:
    """https://docs.snowflake.com/en/sql-reference/info-schema/schemata"""
    columns = (
        "CATALOG_NAME SCHEMA_NAME SCHEMA_OWNER IS_TRANSIENT IS_MANAGED_ACCESS RETENTION_TIME:number"
        " DEFAULT_CHARACTER_SET_CATALOG DEFAULT_CHARACTER_SET_SCHEMA DEFAULT_CHARACTER_SET_NAME SQL_PATH CREATED:time"
        " LAST_ALTERED:time COMMENT OWNER_ROLE_TYPE"
    )
    schemas = [_schema_row(session, object_) for object_ in _seen(session, "SCHEMA", database)]
    own = {
        "CATALOG_NAME": database,
        "SCHEMA_NAME": NAME,
        "COMMENT": "Views describing the contents of schemas in this database",
    }
    return _rows(columns, [own, *schemas])


def _schema_row(session: Session, object_: Object) -> dict[str, Any]:
    return {
        "CATALOG_NAME": object_.database,
        "SCHEMA_NAME": object_.name,
        "SCHEMA_OWNER": object_.owner or None,
        "IS_TRANSIENT": _flag(object_.properties.get("TRANSIENT")),
        "IS_MANAGED_ACCESS": _flag(object_.properties.get(MANAGED_ACCESS)),
        "RETENTION_TIME": retention(session, object_),
        "CREATED": object_.created_on,
        "COMMENT": object_.comment or None,
        "OWNER_ROLE_TYPE": "ROLE",
    }


def _tables(session: Session, database: str) -> pa.Table:
    """Tables and views, rows counted. https://docs.snowflake.com/en/sql-reference/info-schema/tables"""
    columns = (
        "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER TABLE_TYPE IS_TRANSIENT CLUSTERING_KEY ROW_COUNT:number"
        " BYTES:number RETENTION_TIME:number SELF_REFERENCING_COLUMN_NAME REFERENCE_GENERATION"
        " USER_DEFINED_TYPE_CATALOG USER_DEFINED_TYPE_SCHEMA USER_DEFINED_TYPE_NAME IS_INSERTABLE_INTO IS_TYPED"
        " COMMIT_ACTION CREATED:time LAST_ALTERED:time LAST_DDL:time LAST_DDL_BY AUTO_CLUSTERING_ON COMMENT"
        " IS_TEMPORARY IS_ICEBERG IS_DYNAMIC IS_IMMUTABLE IS_HYBRID"
    )
    found = [object_ for kind in _TABLE_KINDS for object_ in _seen(session, kind, database)]
    views = [_table_row(object_, "VIEW") for object_ in _seen(session, "VIEW", database)]
    return _rows(columns, [_base_table_row(session, object_) for object_ in found] + views)


def _table_row(object_: Object, type_: str) -> dict[str, Any]:
    return {
        "TABLE_CATALOG": object_.database,
        "TABLE_SCHEMA": object_.schema,
        "TABLE_NAME": object_.name,
        "TABLE_OWNER": object_.owner or None,
        "TABLE_TYPE": type_,
        "IS_INSERTABLE_INTO": _flag(type_ != "VIEW"),
        "IS_TYPED": "YES",
        "CREATED": object_.created_on,
        "COMMENT": object_.comment or None,
    }


def _base_table_row(session: Session, object_: Object) -> dict[str, Any]:
    return _table_row(object_, "TEMPORARY TABLE" if object_.is_temporary else "BASE TABLE") | {
        "IS_TRANSIENT": _flag(object_.properties.get("TRANSIENT")),
        "ROW_COUNT": imported.row_count(session, object_.path),
        "BYTES": _bytes(session, object_),
        "RETENTION_TIME": retention(session, object_),
        "AUTO_CLUSTERING_ON": "NO",
        "IS_TEMPORARY": _flag(object_.is_temporary),
        "IS_ICEBERG": _flag(object_.kind == "ICEBERG TABLE" or object_.properties.get("ICEBERG")),
        "IS_DYNAMIC": "NO",
        "IS_IMMUTABLE": "NO",
        "IS_HYBRID": "NO",
    }


def _bytes(session: Session, object_: Object) -> int | None:
    """The blocks that a table fills in its database's file; NULL while its rows are only in the write-ahead log.

    NULL for a table of an imported database: the consumer does not store it.
    """
    if object_.database in session.account.imported:
        return None
    [(blocks, segments)] = session.duck.execute(
        "SELECT count(DISTINCT block_id) FILTER (block_id >= 0), count(*) FROM pragma_storage_info(?)",
        [duck_name(object_.place)],
    ).fetchall()
    return int(blocks) * _BLOCK if blocks or not segments else None


_VIEW_COLUMNS = (
    "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER VIEW_DEFINITION CHECK_OPTION IS_UPDATABLE INSERTABLE_INTO "
    " IS_SECURE CREATED:time LAST_ALTERED:time LAST_DDL:time LAST_DDL_BY COMMENT"
)


def _views(session: Session, database: str) -> pa.Table:
    """https://docs.snowflake.com/en/sql-reference/info-schema/views"""
    return _rows(_VIEW_COLUMNS, [_view_row(session, object_) for object_ in _seen(session, "VIEW", database)])


def _view_row(session: Session, object_: Object) -> dict[str, Any]:
    return {
        "TABLE_CATALOG": object_.database,
        "TABLE_SCHEMA": object_.schema,
        "TABLE_NAME": object_.name,
        "TABLE_OWNER": object_.owner or None,
        "VIEW_DEFINITION": (object_.properties["TEXT"] or None) if may_read_text(session, object_) else None,
        "CHECK_OPTION": "NONE",
        "IS_UPDATABLE": "NO",
        "INSERTABLE_INTO": "NO",
        "IS_SECURE": _flag(object_.properties["SECURE"]),
        "CREATED": object_.created_on,
        "COMMENT": object_.comment or None,
    }


def _columns(session: Session, database: str) -> pa.Table:
    """https://docs.snowflake.com/en/sql-reference/info-schema/columns"""
    if (shared := imported.columns(session, database)) is not None:
        return shared
    visible = " AND ".join(f"NOT starts_with(table_schema, '{prefix}')" for prefix in _HIDDEN)
    every = [one for kind in ("TABLE", "VIEW") for one in session.account.objects(kind, database)]
    own = [one for one in every if one.is_temporary]
    hidden = [one for one in every if one.is_temporary or not sees(session, one)]
    permanent = session.duck.execute(
        f"SELECT * FROM {_COLUMNS} WHERE table_catalog = ? AND {visible}"
        " AND NOT starts_with(column_name, '_emulator') AND NOT starts_with(table_name, '_emulator')"
        " AND NOT list_contains(?, [table_schema, table_name])"
        " ORDER BY table_schema, table_name, ordinal_position",
        [database, [list(one.path[1:]) for one in hidden]],
    ).to_arrow_table()
    return pa.concat_tables([permanent, *(_columns_in_place(session, one) for one in own)])


_COLUMNS = "_fs_global._fs_information_schema._fs_columns"


def _columns_in_place(session: Session, object_: Object) -> pa.Table:
    """Those of a temporary table or view, under its own name."""
    named = ", ".join(
        f"{text_literal(part)} AS TABLE_{word}"
        for word, part in zip(("CATALOG", "SCHEMA", "NAME"), object_.path, strict=True)
    )
    return session.duck.execute(
        f"SELECT * REPLACE ({named}) FROM {_COLUMNS}"
        " WHERE (table_catalog, table_schema, table_name) = (?, ?, ?) ORDER BY ordinal_position",
        list(object_.place),
    ).to_arrow_table()


VIEWS: Mapping[str, Callable[[Session, str], pa.Table]] = {
    "COLUMNS": _columns,
    "DATABASES": _databases,
    "SCHEMATA": _schemata,
    "TABLES": _tables,
    "VIEWS": _views,
}
