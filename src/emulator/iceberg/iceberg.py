"""Iceberg tables with Snowflake as the catalog: tables whose committed rows are also a real Iceberg table on disk.

https://docs.snowflake.com/en/user-guide/tables-iceberg
"""

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fakesnow.dialect import parse_one as parse_any
from sqlglot import Expr, exp

from .. import errors
from ..account import Object
from ..catalog import table_names, tracking
from ..language.dialect import parse_one, refuse_reserved
from ..language.names import duck_name
from ..language.reader import Path, Reader, Value
from ..language.result import TEXT, Result, columns, done, status, table
from ..objects import alter_table as alter_tables
from ..objects import described, dropped, tables
from ..objects.databases import CATALOG, EXTERNAL_VOLUME, checked_retention
from ..objects.kinds import TERSE, Kind, Property, boolean, checked, integer, text
from ..objects.objects import Form, grant_future
from ..objects.retention import RETENTION
from ..session import Session, visible
from ..store.storage import whole
from . import external_volumes, iceberg_commits, iceberg_types
from .iceberg_types import Column

_PROPERTIES: Mapping[str, Property] = {
    CATALOG: Property(None, text),
    EXTERNAL_VOLUME: Property(None, text),
    "BASE_LOCATION": Property(None, text),
    "ICEBERG_VERSION": Property(2, integer(2, 3)),
    "CHANGE_TRACKING": Property(False, boolean),
    RETENTION: Property(None, integer(0, 90)),
    "ENABLE_SCHEMA_EVOLUTION": Property(False, boolean),
    "COMMENT": Property("", text),
}
# What Snowflake has besides and the emulator does not, by the word that it begins with.
_REFUSED = frozenset(
    "AGGREGATION AS AUTO_REFRESH CATALOG_SYNC CLONE CLUSTER CONTACT COPY FROM ICEBERG_MERGE_ON_READ_BEHAVIOR LIKE"
    " MAX_DATA_EXTENSION_TIME_IN_DAYS PARTITION PATH_LAYOUT ROW STORAGE_SERIALIZATION_POLICY TAG TARGET_FILE_SIZE"
    " ENABLE_DATA_COMPACTION USING WITH".split()
)

# CREATE


def create_table(session: Session, reader: Reader, form: Form) -> Result:
    """`CREATE [OR REPLACE] [TRANSIENT] ICEBERG TABLE [IF NOT EXISTS] t (columns) [CATALOG = 'SNOWFLAKE'] ...`.

    Raises 002002 if there is such a table, 091386 for a type that Iceberg lacks, 002003 for an unknown volume.
    https://docs.snowflake.com/en/sql-reference/sql/create-iceberg-table-snowflake
    """
    # https://docs.snowflake.com/en/sql-reference/sql/create-table#create-or-alter-table-usage-notes
    if form.alter:
        raise errors.unsupported("CREATE OR ALTER ICEBERG TABLE")
    if surplus := form.modifiers - {"TRANSIENT"}:
        raise errors.unsupported(f"CREATE {sorted(surplus)[0]} ICEBERG TABLE")
    if_not_exists = not form.replace and reader.accept("IF", "NOT", "EXISTS")
    path = session.qualify(reader.path(), "CREATE ICEBERG TABLE")
    refuse_reserved(path[-1])
    columns = iceberg_types.read_columns(_read_schema(reader))
    given = _read_properties(reader)
    with session.locked(".".join(path)):  # as tables.defining does
        old = session.account.find("TABLE", path)
        if old is not None and if_not_exists:
            return status(f"{path[-1]} already exists, statement succeeded.")
        if old is not None and not form.replace:
            raise errors.already_exists(".".join(path))
        new = _new_object(session, path, columns, given, "TRANSIENT" in form.modifiers)
        _make(session, new, columns, old)
    return status(f"Table {path[-1]} successfully created.")


def _read_schema(reader: Reader) -> exp.Schema:
    """Reads `(columns)` with sqlglot. FIXED(n) is refused here: sqlglot takes it for a number."""
    if reader.done:
        reader.fail()
    if not reader.sees("("):
        raise errors.not_emulated(f"CREATE ICEBERG TABLE ... {reader.word() or reader.rest}")
    columns = reader.bracketed()
    if Reader(columns).seek("FIXED", "("):
        raise errors.not_emulated("the type FIXED in an Iceberg table")
    # Not by dialect.py, which knows no Iceberg types: iceberg_types.py checks these.
    parsed = parse_any(f"CREATE TABLE T ({columns})").this
    return parsed if isinstance(parsed, exp.Schema) else reader.fail()


def _read_properties(reader: Reader) -> dict[str, Value]:
    given: dict[str, Value] = {}
    while not reader.done:
        name = reader.take_word()
        if name in _REFUSED:
            raise errors.not_emulated(f"CREATE ICEBERG TABLE ... {name}")
        reader.expect("=")
        given[name] = reader.value()
        reader.accept(",")
    return given


def _new_object(
    session: Session, path: Path, columns: list[Column], given: dict[str, Value], transient: bool
) -> Object:
    properties = checked("ICEBERG TABLE", _PROPERTIES, given)
    comment = str(properties.pop("COMMENT"))
    if properties["ICEBERG_VERSION"] == 3:
        raise errors.not_emulated("CREATE ICEBERG TABLE ... ICEBERG_VERSION = 3")
    properties[CATALOG], properties[EXTERNAL_VOLUME] = external_volumes.effective(session, given, *path[:2])
    if transient and properties[EXTERNAL_VOLUME] != external_volumes.MANAGED:
        raise errors.unsupported("CREATE TRANSIENT ICEBERG TABLE on an external volume")
    properties |= {"TRANSIENT": True} if transient else {}
    identifier = uuid.uuid4().hex[:12]
    # BASE_LOCATION, generated if it is not given, and the table's folder: `BASE_LOCATION.identifier`
    base = properties["BASE_LOCATION"]
    parts = [part for part in str(base).split("/") if part] if base else [re.sub(r"^\.+", "_", part) for part in path]
    if not parts or {".", ".."} & set(parts):
        raise errors.invalid_value(base, "BASE_LOCATION")
    folder = "/".join(re.sub(r"[^\w.=@$-]", "_", part, flags=re.ASCII)[:200] for part in parts)
    properties |= {"BASE_LOCATION": str(base) if base else "/".join(path), "LOCATION": f"{folder}.{identifier}"}
    properties |= {"ICEBERG": identifier, "COLUMNS": [column.kept() for column in columns]}
    now = session.account.clock()
    return checked_retention(session, Object.at("TABLE", path, now, session.role, comment, properties))


def _make(session: Session, new: Object, columns: Sequence[Column], old: Object | None) -> None:
    """Makes the table in DuckDB and on disk, then remembers it; killed in between, the next start sweeps it away.

    The account's lock keeps others from sweeping what is not remembered yet. It comes after the write lock, for whoever
    holds that one needs the account.
    """
    from .iceberg_storage import converge

    with session.locked(new.database), session.account.lock:
        with whole(session.duck):
            kept = dropped.about_to_go(session, old) if old is not None else None
            if kept is not None:
                dropped.hide(session, kept)
            # The table that holds the rows, with its hidden column and its triggers
            name = exp.maybe_parse(duck_name(new.path), into=exp.Table, dialect="duckdb")
            schema = exp.Schema(this=name, expressions=[iceberg_types.definition(column) for column in columns])
            for sql in session.cursor().to_duck(exp.Create(this=schema, kind="TABLE", replace=old is not None)):
                session.duck.execute(sql)
            tracking.add_row_id(session, new.path)
            tracking.forget_log(session, new.path)
            iceberg_commits.start(session, new)
            converge(session.storage, iceberg_commits.identifier(new), str(new.properties["LOCATION"]), columns)
            if kept is not None:
                session.put_away(kept)
            elif old is not None:
                session.remove(old)
        session.account.save(new)
        grant_future(session, new, "ICEBERG TABLE")
        iceberg_commits.sweep(session)


# ALTER


def alter_any_table(session: Session, reader: Reader) -> Result:
    """`ALTER TABLE t ...` of a table of either kind."""
    ahead = Reader(reader.rest)
    ahead.accept("IF", "EXISTS")
    if iceberg_commits.find(session, session.qualify(ahead.path(), "ALTER TABLE")) is not None:
        return alter_table(session, session.cursor().parsed(reader.sql))
    return alter_tables.alter_table(session, reader)


def alter_table(session: Session, expression: Expr) -> Result:
    """`ALTER ICEBERG TABLE [IF EXISTS] t ADD [COLUMN] name type, ... | SET property = value ...`.

    https://docs.snowflake.com/en/sql-reference/sql/alter-iceberg-table
    """
    if not isinstance(expression, exp.Alter):  # sqlglot keeps it as one text
        raise errors.not_emulated(" ".join(expression.sql(dialect="snowflake").split()))
    path = table_names.name_of(session, expression.this, "ALTER ICEBERG TABLE")
    if session.account.find("TABLE", path) is None and expression.args.get("exists"):
        return done()
    found = _require(session, path)
    actions = expression.args.get("actions") or []
    if len(actions) == 1 and isinstance(actions[0], exp.AlterSet):
        return tables.set_properties(session, found, tables.written_properties(actions[0]))
    added = [action for action in actions if isinstance(action, exp.ColumnDef)]
    if not actions or len(added) < len(actions):
        raise errors.not_emulated(f"ALTER ICEBERG TABLE ... {actions[0].sql(dialect='snowflake') if actions else ''}")
    _add_columns(session, path, added)
    return done()


def _add_columns(session: Session, path: Path, definitions: Sequence[exp.ColumnDef]) -> None:
    """Adds columns to the account's row, then to the rows, then to the files.

    Killed after the first, the next start takes them out again; after the second, it adds them to the files.
    """
    with session.locked(path[0]):
        old = _require(session, path)
        # The columns to add; one that is there already is passed over if IF NOT EXISTS allows it, else raises 001110
        known = {column.name for column in iceberg_types.columns_of(old.properties["COLUMNS"])}
        added = []
        for definition in definitions:
            column = iceberg_types.read_column(definition)
            if column.name not in known:
                added.append(column)
            elif not definition.args.get("exists"):
                raise errors.column_exists(column.name)
            if column.required:
                raise errors.not_emulated("ALTER ICEBERG TABLE ... ADD COLUMN ... NOT NULL")
        kept = old.properties["COLUMNS"]
        assert isinstance(kept, list)
        new = replace(old, properties={**old.properties, "COLUMNS": [*kept, *(column.kept() for column in added)]})
        session.account.save(new)
        try:
            actions = [iceberg_types.definition(column) for column in added]
            tables.alter_columns(session, new.path, tables.changes_of(session, new.path, actions))
        except BaseException:
            session.account.save(old)
            raise
    iceberg_commits.bring_in_step(session, new)


# DROP


def drop_table(session: Session, reader: Reader) -> Result:
    """`DROP ICEBERG TABLE [IF EXISTS] t [CASCADE | RESTRICT]`; its files go with it.

    https://docs.snowflake.com/en/sql-reference/sql/drop-iceberg-table
    """
    if_exists = reader.accept("IF", "EXISTS")
    path = session.qualify(reader.path(), "DROP ICEBERG TABLE")
    reader.accept("CASCADE") or reader.accept("RESTRICT")
    reader.finish()
    if session.account.find("TABLE", path) is None and if_exists:
        return status(f"Drop statement executed successfully ({path[-1]} already dropped).")
    found = _require(session, path)
    if not dropped.put_away(session, found):
        session.duck.execute(f"DROP TABLE IF EXISTS {duck_name(path)}")
        session.remove(found)
        iceberg_commits.sweep(session)
    return status(f"{path[-1]} successfully dropped.")


def _require(session: Session, path: Path) -> Object:
    """The Iceberg table; raises 002003 if there is none of that name, 003002 if it is of another kind."""
    if session.account.find("TABLE", path) is None:
        raise errors.does_not_exist("Iceberg table", ".".join(path))
    found = iceberg_commits.find(session, path)
    if found is None:
        raise errors.not_an_iceberg_table(".".join(path))
    return found


# SHOW and what else looks


def _row(session: Session, object_: Object) -> dict[str, Any]:
    return {
        "external_volume_name": object_.properties[EXTERNAL_VOLUME],
        "catalog_name": object_.properties[CATALOG],
        "iceberg_table_type": "MANAGED",
        "can_write_metadata": "Y",
        "base_location": object_.properties["BASE_LOCATION"],
        "kind": "TABLE",
    }


# https://docs.snowflake.com/en/sql-reference/sql/show-iceberg-tables
ICEBERG_TABLE = Kind(
    name="ICEBERG TABLE",
    kept_as="TABLE",
    level="schema",
    depth="executed",
    properties={},
    columns=columns(
        "created_on:time name database_name schema_name owner external_volume_name catalog_name iceberg_table_type"
        " catalog_table_name catalog_namespace can_write_metadata base_location comment owner_role_type"
    ),
    terse=TERSE,
    row=_row,
    listing=iceberg_commits.tables,
    privileges=tables.TABLE.privileges,
)


def describe_table(session: Session, reader: Reader) -> Result:
    """`DESCRIBE ICEBERG TABLE t`: the same as DESCRIBE TABLE of it.

    https://docs.snowflake.com/en/sql-reference/sql/desc-iceberg-table
    """
    path = session.qualify(reader.path(), "DESCRIBE ICEBERG TABLE")
    reader.finish()
    return _described(session, _require(session, path))


def describe_any_table(session: Session, expression: Expr) -> Result | None:
    """`DESCRIBE TABLE t` of an Iceberg table; None for one of another kind."""
    if isinstance(expression.this, exp.Table) and (expression.this.db or session.schema):
        found = iceberg_commits.find(session, table_names.name_of(session, expression.this, "DESCRIBE TABLE"))
        if found is not None:
            return _described(session, found)
    return described.describe(session, expression)


def _described(session: Session, found: Object) -> Result:
    """fakesnow's description, with the types, keys and comments that Iceberg tables have."""
    query = parse_one(f"DESCRIBE TABLE {duck_name(found.path)}")
    answer = described.describe(session, query) or session.cursor().ask(query)
    names = [name for name, _ in answer.columns]
    columns = {column.name: column for column in iceberg_types.columns_of(found.properties["COLUMNS"])}
    records = [dict(zip(names, row, strict=True)) for row in answer.rows]
    return table([(name, TEXT) for name in names], [record | _shown(columns[record["name"]]) for record in records])


def _shown(column: Column) -> dict[str, Any]:
    return {
        "type": iceberg_types.shown_type(column.type),
        "primary key": "Y" if column.key else "N",
        "comment": column.comment or None,
    }


def information(session: Session, name: str) -> str:
    """The answer of SYSTEM$GET_ICEBERG_TABLE_INFORMATION: where the current metadata file is.

    https://docs.snowflake.com/en/sql-reference/functions/system_get_iceberg_table_information
    """
    path = session.qualify(Reader(name).path(), "SYSTEM$GET_ICEBERG_TABLE_INFORMATION")
    found = _require(session, path)
    visible.require(session, found.kind, path)
    metadata = iceberg_commits.bring_in_step(session, found)
    return json.dumps({"metadataLocation": metadata.location, "status": "success"}, separators=(",", ":"))
