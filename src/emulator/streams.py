"""Streams: the net changes of a table since an offset, which a committed change that reads the stream moves on.

https://docs.snowflake.com/en/user-guide/streams-intro
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlglot import Expr, exp, parse_one

from . import errors, tables, tracking
from .account import Object
from .databases import retention
from .kinds import Kind, Property, boolean
from .names import duck_name, quoted
from .objects import Form, create, read_existing
from .reader import Path, Reader, Value
from .result import TEXT, TIMESTAMP, Result, table
from .session import Session
from .tracking import ROW_ID
from .transactions import INTERNAL, commit_open, versions

EXTENSION_DAYS = 14


@dataclass(frozen=True)
class Window:
    """The versions that a read of a stream covers: after `start`, up to `end`; or, first, the rows at `start`."""

    start: int
    end: int
    initial: bool


# Offsets


def _offset(session: Session, stream: Object) -> tuple[int, bool, datetime]:
    database, schema, name = stream.path
    [row] = session.duck.execute(
        f"SELECT version, initial, consumed_on FROM {database}.{INTERNAL}.offsets WHERE schema_name = ? AND name = ?",
        [schema, name],
    ).fetchall()
    version, initial, consumed_on = row
    return version, initial, consumed_on


def window(session: Session, stream: Object) -> Window:
    """What a read covers now: in a transaction, up to the moment that it began.

    https://docs.snowflake.com/en/user-guide/streams-intro#repeatable-read-isolation
    """
    start, initial, _ = _offset(session, stream)
    known = session.transaction.versions if session.transaction is not None else versions(session)
    return Window(start, known.get(table_of(stream)[0], 0), initial)


def table_of(stream: Object) -> Path:
    path = stream.properties["TABLE"]
    assert isinstance(path, list)
    return tuple(str(part) for part in path)


# Reading


def read(session: Session, stream: Object, alias: str) -> Expr:
    """The query of a stream's rows, as a subquery. Raises if the stream is stale or its table is gone."""
    _require_readable(session, stream)
    parsed = parse_one(net_changes(session, stream), read="duckdb")
    return exp.Subquery(this=parsed, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))


def net_changes(session: Session, stream: Object) -> str:
    source, span = table_of(stream), window(session, stream)
    columns = tracking.visible_columns(session, source)
    if span.initial:
        return _initial_rows(source, span, columns)
    if stream.properties["APPEND_ONLY"]:
        return _appended_rows(source, span, columns)
    return _net_rows(source, span, columns)


def _listed(columns: list[str], prefix: str = "") -> str:
    return ", ".join(prefix + quoted(column) for column in columns)


def _metadata(action: str, is_update: str, row_id: str) -> str:
    return (
        f'\'{action}\' AS "METADATA$ACTION", {is_update} AS "METADATA$ISUPDATE",'
        f' CAST({row_id} AS VARCHAR) AS "METADATA$ROW_ID"'
    )


def _net_rows(source: Path, span: Window, columns: list[str]) -> str:
    """The first old image and the last new image of each row: what is left of several changes to it.

    A row that came and went within the window leaves nothing; one that only changed leaves both images, ISUPDATE TRUE.
    https://docs.snowflake.com/en/user-guide/streams-intro#types-of-streams
    """
    log = tracking.log_name(source)
    listed = _listed(columns, '"c".')
    within = f'"_v" > {span.start} AND "_v" <= {span.end}'
    deleted = _metadata("DELETE", 'NOT "e"."_died"', f'"c".{ROW_ID}')
    inserted = _metadata("INSERT", 'NOT "e"."_born"', f'"c".{ROW_ID}')
    joined = f'FROM {log} AS "c" JOIN "_ends" AS "e" ON "c".{ROW_ID} = "e".{ROW_ID}'
    return f"""
        WITH "_ends" AS MATERIALIZED (
            SELECT {ROW_ID}, min("_v") AS "_first", max("_v") AS "_last",
                bool_or("_op" = 'I') AS "_born", bool_or("_op" = 'D') AS "_died"
            FROM {log} WHERE {within} GROUP BY {ROW_ID})
        SELECT {listed}, {deleted} {joined} AND "c"."_v" = "e"."_first"
        WHERE "c"."_old" AND NOT "e"."_born" AND {within}
        UNION ALL
        SELECT {listed}, {inserted} {joined} AND "c"."_v" = "e"."_last"
        WHERE NOT "c"."_old" AND NOT "e"."_died" AND {within}
    """


def _appended_rows(source: Path, span: Window, columns: list[str]) -> str:
    return f"""
        SELECT {_listed(columns)}, {_metadata("INSERT", "FALSE", ROW_ID)} FROM {tracking.log_name(source)}
        WHERE "_op" = 'I' AND "_v" > {span.start} AND "_v" <= {span.end}
    """


def _initial_rows(source: Path, span: Window, columns: list[str]) -> str:
    """The rows that were there when the stream was created: today's, with what has happened since undone.

    https://docs.snowflake.com/en/sql-reference/sql/create-stream (SHOW_INITIAL_ROWS)
    """
    log = tracking.log_name(source)
    listed = _listed(columns, '"c".')
    return f"""
        WITH "_since" AS MATERIALIZED (
            SELECT {ROW_ID}, min("_v") AS "_first", bool_or("_op" = 'I') AS "_born"
            FROM {log} WHERE "_v" > {span.start} GROUP BY {ROW_ID})
        SELECT {_listed(columns)}, {_metadata("INSERT", "FALSE", ROW_ID)} FROM {duck_name(source)}
        WHERE {ROW_ID} NOT IN (SELECT {ROW_ID} FROM "_since")
        UNION ALL
        SELECT {listed}, {_metadata("INSERT", "FALSE", f'"c".{ROW_ID}')}
        FROM {log} AS "c" JOIN "_since" AS "s" ON "c".{ROW_ID} = "s".{ROW_ID} AND "c"."_v" = "s"."_first"
        WHERE "c"."_old" AND NOT "s"."_born"
    """


def has_data(session: Session, path: Path) -> bool:
    """Whether the stream has rows to read.

    https://docs.snowflake.com/en/sql-reference/functions/system_stream_has_data
    """
    stream = session.account.require("STREAM", path)
    _require_readable(session, stream)
    [(found,)] = session.duck.execute(f"SELECT EXISTS ({net_changes(session, stream)})").fetchall()
    return bool(found)


def stale_after(session: Session, stream: Object) -> datetime:
    """The last consumption plus the table's retention, extended to 14 days by default.

    https://docs.snowflake.com/en/user-guide/streams-intro#data-retention-period-and-staleness
    """
    source = session.account.find("TABLE", table_of(stream))
    days = max(retention(session, source) if source else 0, EXTENSION_DAYS)
    return _offset(session, stream)[2] + timedelta(days=days)


def is_stale(session: Session, stream: Object) -> bool:
    """Whether the offset has left the retention, or the table is not the one that the stream was made on."""
    source = session.account.find("TABLE", table_of(stream))
    replaced = source is None or source.created_on.isoformat() != stream.properties["TABLE_CREATED_ON"]
    return replaced or session.account.clock() > stale_after(session, stream)


def _require_readable(session: Session, stream: Object) -> None:
    source = ".".join(table_of(stream))
    found = session.account.find("TABLE", table_of(stream))
    if found is None or found.created_on.isoformat() != stream.properties["TABLE_CREATED_ON"]:
        raise errors.stream_without_table(source, stream.name)
    if is_stale(session, stream):
        raise errors.stale_stream(stream.name)


# The kind


def _path(name: str, value: Value) -> Value:
    return value


def _completed(session: Session, object_: Object) -> Object:
    source = session.account.find("TABLE", table_of(object_))
    if source is None:
        raise errors.does_not_exist("Table", ".".join(table_of(object_)))
    created_on = object_.properties.get("TABLE_CREATED_ON") or source.created_on.isoformat()
    return replace(object_, properties={**object_.properties, "TABLE_CREATED_ON": created_on})


def _create(session: Session, object_: Object) -> None:
    """Sets the offset to now, or to another stream's, under the table's write lock."""
    database, schema, name = object_.path
    source = table_of(object_)
    at = object_.properties["AT_STREAM"]
    inherited = session.account.find("STREAM", tuple(map(str, at))) if isinstance(at, list) else None
    with session.locked(source[0]):
        tracking.start_log(session, source)
        start = _offset(session, inherited)[0] if inherited else versions(session)[source[0]]
    session.duck.execute(
        f"INSERT OR REPLACE INTO {database}.{INTERNAL}.offsets VALUES (?, ?, ?, ?, ?)",
        [schema, name, start, bool(object_.properties["SHOW_INITIAL_ROWS"]), session.account.clock()],
    )
    tables.set_change_tracking(session, source)


def _drop(session: Session, object_: Object) -> None:
    database, schema, name = object_.path
    session.duck.execute(
        f"DELETE FROM {database}.{INTERNAL}.offsets WHERE schema_name = ? AND name = ?", [schema, name]
    )
    source = table_of(object_)
    if session.account.find("DATABASE", source[:1]) and not tracking.streams_on(session, source):
        with session.locked(source[0]):
            tracking.stop_log(session, source)


def _row(session: Session, object_: Object) -> dict[str, Any]:
    append_only = object_.properties["APPEND_ONLY"]
    name = ".".join(table_of(object_))
    return {
        "created_on": object_.created_on,
        "name": object_.name,
        "database_name": object_.database,
        "schema_name": object_.schema,
        "owner": object_.owner,
        "comment": object_.comment,
        "table_name": name,
        "source_type": "Table",
        "base_tables": name,
        "type": "DELTA",
        "stale": str(is_stale(session, object_)).lower(),
        "mode": "APPEND_ONLY" if append_only else "DEFAULT",
        "stale_after": stale_after(session, object_),
        "invalid_reason": "N/A",
        "owner_role_type": "ROLE",
    }


# https://docs.snowflake.com/en/sql-reference/sql/show-streams
STREAM = Kind(
    name="STREAM",
    level="schema",
    depth="executed",
    properties={
        "TABLE": Property(None, _path),
        "TABLE_CREATED_ON": Property(None, _path),
        "AT_STREAM": Property(None, _path),
        "APPEND_ONLY": Property(False, boolean),
        "SHOW_INITIAL_ROWS": Property(False, boolean),
    },
    or_alter=False,
    replaced_in_place=True,
    columns=[
        (name, TIMESTAMP if name in ("created_on", "stale_after") else TEXT)
        for name in (
            "created_on name database_name schema_name owner comment table_name source_type base_tables type stale mode"
            " stale_after invalid_reason owner_role_type"
        ).split()
    ],
    row=_row,
    completed=_completed,
    created=_create,
    dropped=_drop,
)


def create_stream(session: Session, reader: Reader, form: Form) -> Result:
    """`CREATE [OR REPLACE] STREAM [IF NOT EXISTS] s ON TABLE t [AT (STREAM => 's')] [APPEND_ONLY ..] ...`.

    Made on any table, whose change tracking it turns on. CREATE OR REPLACE moves the offset to now.
    https://docs.snowflake.com/en/sql-reference/sql/create-stream
    """
    commit_open(session)
    return create(STREAM, session, reader, form, read_properties=lambda rest: _read_properties(session, rest))


def _read_properties(session: Session, reader: Reader) -> dict[str, Value]:
    if reader.accept("COPY", "GRANTS"):
        raise errors.unsupported("COPY GRANTS")
    reader.expect("ON")
    if not reader.accept("TABLE"):
        kind = reader.take_word()
        raise errors.not_emulated(f"CREATE STREAM ... ON {kind}")
    source = session.qualify(reader.path(), "CREATE STREAM")
    given: dict[str, Value] = {"TABLE": list(source)}
    if reader.sees("BEFORE"):
        raise errors.not_emulated("CREATE STREAM ... BEFORE")
    if reader.accept("AT"):
        given["AT_STREAM"] = _read_at(session, reader, source)
    for name, value in reader.properties().items():
        if name not in ("APPEND_ONLY", "SHOW_INITIAL_ROWS", "COMMENT"):
            raise errors.invalid_property(name, "STREAM")
        given[name] = value
    return given


def _read_at(session: Session, reader: Reader, source: Path) -> Value:
    reader.expect("(")
    if not reader.accept("STREAM"):
        raise errors.not_emulated(f"CREATE STREAM ... AT ({reader.word()} => ...)")
    reader.expect("=>")
    path = session.qualify(Reader(reader.text()).path(), "CREATE STREAM")
    reader.expect(")")
    if table_of(session.account.require("STREAM", path)) != source:
        raise errors.object_refuses(f"Stream '{'.'.join(path)}' is not on table '{'.'.join(source)}'.")
    return list(path)


def describe_stream(session: Session, reader: Reader) -> Result:
    """`DESCRIBE STREAM s`: the same columns as SHOW STREAMS.

    https://docs.snowflake.com/en/sql-reference/sql/desc-stream
    """
    stream = read_existing(STREAM, session, reader, "DESCRIBE")
    reader.finish()
    return table(STREAM.columns, [_row(session, stream)] if stream else [])
