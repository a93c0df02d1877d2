"""Streams: the net changes of a table since an offset, which a committed change that reads the stream moves on.

https://docs.snowflake.com/en/user-guide/streams-intro
"""

from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from snowflake.connector.errors import Error, ProgrammingError
from sqlglot import Expr, exp

from .. import errors
from ..account import Object
from ..catalog import imported, tracking
from ..catalog.scans import as_table, as_view, rows_of
from ..catalog.tracking import BORN, DIED, OLD, ROW_ID, VERSION
from ..language.names import duck_name, quoted
from ..language.reader import Path, Reader, Value
from ..language.result import TEXT, Result, columns
from ..objects import tables
from ..objects.databases import retention
from ..objects.kinds import TERSE, Kind, Property, as_shown, boolean
from ..objects.objects import Form, create, drop
from ..session import Session
from ..session.transactions import HOME, commit_open, version_of, versions
from ..store.definitions import INTERNAL
from . import shared_streams

EXTENSION_DAYS = 14
LOST = -1  # the offset of a stream that has become stale: its changes are removed
_FRESH = timedelta(hours=1)


@dataclass(frozen=True)
class Window:
    """The versions that a read of a stream covers: after `start`, up to `end`; or, first, the rows at `start`."""

    start: int
    end: int
    initial: bool


# Offsets


def offset(session: Session, stream: Object) -> tuple[int, bool, datetime]:
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
    start, initial, _ = offset(session, stream)
    known = session.transaction.versions if session.transaction is not None else versions(session)
    return Window(start, known.get(clock_of(stream), 0), initial)


def clock_of(stream: Object) -> str:
    """The database whose versions the stream counts in, as `versions` names it."""
    home = stream.properties.get(HOME)
    return f"{home[0]}.{home[1]}" if isinstance(home, list) else table_of(stream)[0]


def table_of(stream: Object) -> Path:
    path = stream.properties["TABLE"]
    assert isinstance(path, list)
    return tuple(str(part) for part in path)


# Reading


def read(session: Session, stream: Object, alias: str) -> Expr:
    """A stream's rows, as a table: a view of them, or a copy if they come from another account.

    Raises if the stream is stale, or its table gone or no longer tracked.
    """
    home = _readable(session, stream)
    query = _net_changes(stream, home, window(session, stream))
    name = f"_emulator_stream_{len(session.registered)}"
    if home.session is session:
        found = as_view(session, name, query)
    else:
        found = as_table(session, name, rows_of(home.session.duck, query))
    found.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    return found


def _net_changes(stream: Object, home: imported.Home, span: Window) -> str:
    """The query of a stream's rows where its table is.

    The window is known before the rows are read, and holds only versions that were committed then.
    """
    columns = tracking.visible_columns(home.session, home.path)
    if span.initial:
        return _initial_rows(home.path, span, columns)
    if stream.properties["APPEND_ONLY"]:
        return _appended_rows(home.path, span, columns)
    return _net_rows(home.path, span, columns)


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
    within = f"{VERSION} > {span.start} AND {VERSION} <= {span.end}"
    deleted = _metadata("DELETE", 'NOT "e"."_died"', f'"c".{ROW_ID}')
    inserted = _metadata("INSERT", 'NOT "e"."_born"', f'"c".{ROW_ID}')
    joined = f'FROM {log} AS "c" JOIN "_ends" AS "e" ON "c".{ROW_ID} = "e".{ROW_ID}'
    return f"""
        WITH "_ends" AS MATERIALIZED (
            SELECT {ROW_ID}, min({VERSION}) AS "_first", max({VERSION}) AS "_last",
                bool_or({BORN}) AS "_born", bool_or({DIED}) AS "_died"
            FROM {log} WHERE {within} GROUP BY {ROW_ID})
        SELECT {listed}, {deleted} {joined} AND "c".{VERSION} = "e"."_first"
        WHERE "c".{OLD} AND NOT "e"."_born" AND {within}
        UNION ALL
        SELECT {listed}, {inserted} {joined} AND "c".{VERSION} = "e"."_last"
        WHERE NOT "c".{OLD} AND NOT "e"."_died" AND {within}
    """


def _appended_rows(source: Path, span: Window, columns: list[str]) -> str:
    return f"""
        SELECT {_listed(columns)}, {_metadata("INSERT", "FALSE", ROW_ID)} FROM {tracking.log_name(source)}
        WHERE {BORN} AND {VERSION} > {span.start} AND {VERSION} <= {span.end}
    """


def _initial_rows(source: Path, span: Window, columns: list[str]) -> str:
    """The rows that were there when the stream was created: today's, with what has happened since undone.

    https://docs.snowflake.com/en/sql-reference/sql/create-stream (SHOW_INITIAL_ROWS)
    """
    log = tracking.log_name(source)
    listed = _listed(columns, '"c".')
    return f"""
        WITH "_since" AS MATERIALIZED (
            SELECT {ROW_ID}, min({VERSION}) AS "_first", bool_or({BORN}) AS "_born"
            FROM {log} WHERE {VERSION} > {span.start} GROUP BY {ROW_ID})
        SELECT {_listed(columns)}, {_metadata("INSERT", "FALSE", ROW_ID)} FROM {duck_name(source)}
        WHERE {ROW_ID} NOT IN (SELECT {ROW_ID} FROM "_since")
        UNION ALL
        SELECT {listed}, {_metadata("INSERT", "FALSE", f'"c".{ROW_ID}')}
        FROM {log} AS "c" JOIN "_since" AS "s" ON "c".{ROW_ID} = "s".{ROW_ID} AND "c".{VERSION} = "s"."_first"
        WHERE "c".{OLD} AND NOT "s"."_born"
    """


def has_data(session: Session, path: Path) -> bool:
    """Whether the stream has rows to read; the answer that it has none keeps it from becoming stale.

    https://docs.snowflake.com/en/sql-reference/functions/system_stream_has_data
    """
    stream = session.account.require("STREAM", path)
    home = _readable(session, stream)
    found = _any_changes(stream, home, window(session, stream))
    if not found:
        _keep_fresh(session, stream)
    return found


def _any_changes(stream: Object, home: imported.Home, span: Window) -> bool:
    if not span.initial and span.start >= span.end:  # tasks ask all the time: this spares the look at the changes
        return False
    [(found,)] = home.session.duck.execute(f"SELECT EXISTS ({_net_changes(stream, home, span)})").fetchall()
    return bool(found)


def _keep_fresh(session: Session, stream: Object) -> None:
    """Counts the retention of an empty stream from now, once an hour, unless a transaction changes its database.

    https://docs.snowflake.com/en/user-guide/streams-intro#data-retention-period-and-staleness
    """
    database, schema, name = stream.path
    now = session.account.clock()
    if session.transaction is not None or now - offset(session, stream)[2] < _FRESH:
        return
    with suppress(Error), session.locked(database, 0):
        session.duck.execute(
            f"UPDATE {database}.{INTERNAL}.offsets SET consumed_on = ? WHERE schema_name = ? AND name = ?",
            [now, schema, name],
        )


def stale_after(session: Session, stream: Object) -> datetime:
    """The last consumption plus the table's retention, extended to 14 days by default, but not for a shared table.

    https://docs.snowflake.com/en/user-guide/streams-intro#data-retention-period-and-staleness
    """
    source = session.account.permanent("TABLE", table_of(stream))
    days = _retention(session, source) if source else 0
    extended = days if HOME in stream.properties else max(days, EXTENSION_DAYS)
    return offset(session, stream)[2] + timedelta(days=extended)


def _retention(session: Session, source: Object) -> int:
    """A table's retention, which for a shared one is the provider's affair."""
    home = imported.home_of(session, source.path)
    return retention(home.session, home.session.account.require("TABLE", home.path))


def is_stale(session: Session, stream: Object) -> bool:
    return _why_unreadable(session, stream) is not None


def _readable(session: Session, stream: Object) -> imported.Home:
    """Where the rows of a stream are to be read."""
    if (error := _why_unreadable(session, stream)) is not None:
        raise error
    return imported.home_of(session, table_of(stream))


def _why_unreadable(session: Session, stream: Object) -> ProgrammingError | None:
    """The share is closed, the table not the one that the stream was made on, changes are lost, the offset is old."""
    path = table_of(stream)
    if not imported.is_open(session, path[0]):
        return errors.shared_database_gone()
    source = session.account.permanent("TABLE", path)
    if source is None or _identity(session, source) != stream.properties["TABLE_CREATED_ON"]:
        return errors.stream_without_table(".".join(path), stream.name)
    if offset(session, stream)[0] == LOST:
        return errors.stale_stream(stream.name)
    if HOME in stream.properties and not _is_logged(session, stream, source):
        return errors.change_tracking_missing(".".join(path))
    return errors.stale_stream(stream.name) if session.account.clock() > stale_after(session, stream) else None


def is_outlived(session: Session, stream: Object) -> bool:
    """Whether a stream is stale for good; one whose share is closed may be opened again.

    https://docs.snowflake.com/en/user-guide/streams-intro#data-retention-period-and-staleness
    """
    path = table_of(stream)
    source = session.account.permanent("TABLE", path) if imported.is_open(session, path[0]) else None
    if source is None:
        return False
    replaced = _identity(session, source) != stream.properties["TABLE_CREATED_ON"]
    return replaced or session.account.clock() > stale_after(session, stream)


def lose(session: Session, stream: Object) -> None:
    """Remembers that the changes of a stale stream are gone: a longer retention does not bring them back."""
    database, schema, name = stream.path
    session.duck.execute(
        f"UPDATE {database}.{INTERNAL}.offsets SET version = {LOST} WHERE schema_name = ? AND name = ?", [schema, name]
    )


def _identity(session: Session, source: Object) -> str:
    """What tells a table from others of its name: when it was created, and the database that it was imported with."""
    if source.database not in session.account.imported:
        return source.created_on.isoformat()
    database = session.account.require("DATABASE", (source.database,))
    return f"{source.created_on.isoformat()} {database.created_on.isoformat()}"


def _is_logged(session: Session, stream: Object, source: Object) -> bool:
    """Whether the provider has logged all changes of a shared table since the stream's offset."""
    since = tracking.kept_since(source)
    return since is not None and since <= offset(session, stream)[0]


# The kind


def _path(name: str, value: Value) -> Value:
    return value


def _completed(session: Session, object_: Object) -> Object:
    path = table_of(object_)
    source = session.account.find("TABLE", path)
    if source is None:
        raise errors.does_not_exist("Table", ".".join(path))
    if source.is_temporary:
        raise errors.not_emulated("CREATE STREAM on a temporary table")
    if object_.properties["TABLE_CREATED_ON"] is not None:
        return object_
    known = {"TABLE_CREATED_ON": _identity(session, source), **_home_property(session, source)}
    return replace(object_, properties={**object_.properties, **known})


def _home_property(session: Session, source: Object) -> dict[str, Value]:
    """Where a shared table really is; nothing for a table of this account. Raises 003001 for one that is not tracked.

    https://docs.snowflake.com/en/user-guide/data-sharing-provider#streams-on-shared-objects
    """
    home = imported.resolve_shared(session, source.path)
    if home is None:
        return {}
    if not source.properties.get("CHANGE_TRACKING"):
        raise errors.stream_source_untracked(source.qualified_name)
    return {HOME: [home.session.account.name, *home.path]}


def _create(session: Session, object_: Object) -> None:
    """Sets the offset to now, or to another stream's. The write lock of the table's database is held."""
    database, schema, name = object_.path
    home = imported.home_of(session, table_of(object_))
    at = object_.properties["AT_STREAM"]
    inherited = session.account.find("STREAM", tuple(map(str, at))) if isinstance(at, list) else None
    if inherited is not None:
        _readable(session, inherited)
    _start_log(home, session)
    start = offset(session, inherited)[0] if inherited else version_of(home.session, home.path[0])
    session.duck.execute(
        f"INSERT OR REPLACE INTO {database}.{INTERNAL}.offsets VALUES (?, ?, ?, ?, ?)",
        [schema, name, start, bool(object_.properties["SHOW_INITIAL_ROWS"]), session.account.clock()],
    )


def _start_log(home: imported.Home, session: Session) -> None:
    if home.session is session:
        tracking.start_log(session, home.path)
        tables.set_change_tracking(session, home.path)
    else:
        shared_streams.follow(home)


def _drop(session: Session, object_: Object) -> None:
    database, schema, name = object_.path
    session.duck.execute(
        f"DELETE FROM {database}.{INTERNAL}.offsets WHERE schema_name = ? AND name = ?", [schema, name]
    )
    source = table_of(object_)
    if HOME in object_.properties:
        shared_streams.release(session, object_)
    elif session.account.find("DATABASE", source[:1]) and not tracking.is_followed(session, source):
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
        "kind": "DELTA",
        "tableOn": name,
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
    columns=columns(
        "created_on:time name database_name schema_name owner comment table_name source_type base_tables type stale"
        " mode stale_after:time invalid_reason owner_role_type"
    ),
    terse=(*TERSE, ("tableOn", TEXT)),
    names_scope=True,
    row=_row,
    described=as_shown,
    privileges=frozenset({"SELECT"}),
    completed=_completed,
    created=_create,
    dropped=_drop,
)


def create_stream(session: Session, reader: Reader, form: Form) -> Result:
    """`CREATE [OR REPLACE] STREAM [IF NOT EXISTS] s ON TABLE t [AT (STREAM => 's')] [APPEND_ONLY ..] ...`.

    Made on any table, whose change tracking it turns on, unless it is shared by another account, which has to do so.
    CREATE OR REPLACE moves the offset to now. The write lock is taken before the account's own, as everywhere.
    https://docs.snowflake.com/en/sql-reference/sql/create-stream
    """
    commit_open(session)
    with ExitStack() as held:
        return create(STREAM, session, reader, form, lambda rest: _read_and_lock(session, rest, held))


def _read_and_lock(session: Session, reader: Reader, held: ExitStack) -> dict[str, Value]:
    given = _read_properties(session, reader)
    path = given["TABLE"]
    assert isinstance(path, list)
    home = imported.home_of(session, tuple(map(str, path)))
    held.enter_context(home.session.locked(home.path[0]))
    return given


def drop_stream(session: Session, reader: Reader) -> Result:
    """`DROP STREAM [IF EXISTS] s`: waits for whoever changes its table.

    https://docs.snowflake.com/en/sql-reference/sql/drop-stream
    """
    ahead = Reader(reader.rest)
    ahead.accept("IF", "EXISTS")
    stream = session.account.find("STREAM", session.qualify(ahead.path(), "DROP STREAM"))
    with _lock(session, stream) if stream is not None else nullcontext():
        return drop(STREAM, session, reader)


def _lock(session: Session, stream: Object) -> AbstractContextManager[None]:
    """The write lock of the database that has the stream's table."""
    return shared_streams.lock(session, stream) if HOME in stream.properties else session.locked(table_of(stream)[0])


def _read_properties(session: Session, reader: Reader) -> dict[str, Value]:
    if reader.accept("COPY", "GRANTS"):
        raise errors.not_emulated("CREATE STREAM ... COPY GRANTS")
    reader.expect("ON")
    if not (reader.accept("TABLE") or reader.accept("ICEBERG", "TABLE")):
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
        raise errors.stream_of_other_table(".".join(path), ".".join(source))
    return list(path)
