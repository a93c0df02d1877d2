"""Streams: the net changes of a table since an offset, which a committed change that reads the stream moves on.

https://docs.snowflake.com/en/user-guide/streams-intro
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from snowflake.connector.errors import Error, ProgrammingError
from sqlglot import Expr, exp

from .. import errors
from ..account import Object
from ..catalog import imported, table_names, tracked_views, tracking
from ..catalog.scans import as_table, as_view, rows_of
from ..catalog.tracking import BELOW, tables_of
from ..language.reader import Path, Reader, Value
from ..language.result import TEXT, Result, columns
from ..objects import change_tracking
from ..objects.kinds import TERSE, Kind, Property, as_shown, boolean
from ..objects.objects import Form, create, drop
from ..objects.retention import extension, retention
from ..session import Session
from ..session.transactions import HOME, commit_open, version_of, versions
from ..store.definitions import INTERNAL
from . import images, shared_streams, view_changes
from .images import Window

LOST = -1  # the offset of a stream that has become stale: its changes are removed
_FRESH = timedelta(hours=1)


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
    return f"{home[0]}.{home[1]}" if isinstance(home, list) else tables_of(stream)[0][0]


def source_of(stream: Object) -> Path:
    """The table or view that it is on, as its account names it."""
    return _path_of(stream.properties)


def _path_of(properties: Mapping[str, Value]) -> Path:
    path = properties["TABLE"]
    assert isinstance(path, list)
    return tuple(str(part) for part in path)


def read_by(stream: Object) -> list[Path]:
    """The tables that a query of the stream reads; of what another account shares, that itself."""
    return [source_of(stream)] if HOME in stream.properties else tables_of(stream)


def _kind_of_source(stream: Object) -> str:
    return "VIEW" if stream.properties.get("IS_VIEW") else "TABLE"


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
    """The query of a stream's rows where its table or view is.

    The window is known before the rows are read, and holds only versions that were committed then.
    """
    is_appended = bool(stream.properties["APPEND_ONLY"])
    if home.kind == "VIEW":
        view = home.session.account.require("VIEW", home.path)
        of_view = view_changes.initial if span.initial else view_changes.appended if is_appended else view_changes.net
        return of_view(home.session, view, span)
    columns = tracking.visible_columns(home.session, home.path)
    of_table = images.initial if span.initial else images.appended if is_appended else images.net
    return of_table(home.path, span, columns)


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
    """Whether there is a change to read; of a view, whether its tables have one, seen through it or not.

    An account answers so too. Recorded: frostlake, StreamOnJoinViewTest.
    """
    if not span.initial and span.start >= span.end:  # tasks ask all the time: this spares the look at the changes
        return False
    places = [home] if home.kind == "TABLE" else [replace(home, path=path, kind="TABLE") for path in tables_of(stream)]
    queries = (_net_changes(stream, place, span) for place in places)
    return any(home.session.duck.execute(f"SELECT 1 FROM ({query}) LIMIT 1").fetchall() for query in queries)


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
    """The last consumption plus the tables' least retention, extended to 14 days by default, but not for a shared one.

    https://docs.snowflake.com/en/user-guide/streams-intro#data-retention-period-and-staleness
    """
    days = _days(session, stream) if _source(session, stream) else 0
    return offset(session, stream)[2] + timedelta(days=days)


def _days(session: Session, stream: Object) -> int:
    """What the tables keep at least. A shared table is not extended: its retention is the provider's affair."""
    home = home_of(session, stream)
    found = [home.session.account.find("TABLE", path) for path in tables_of(stream)]
    kept = (retention,) if HOME in stream.properties else (retention, extension)
    return min(max(days(home.session, table) for days in kept) if table is not None else 0 for table in found)


def is_stale(session: Session, stream: Object) -> bool:
    return _why_unreadable(session, stream) is not None


def _readable(session: Session, stream: Object) -> imported.Home:
    """Where the rows of a stream are to be read."""
    if (error := _why_unreadable(session, stream)) is not None:
        raise error
    return home_of(session, stream)


def home_of(session: Session, stream: Object) -> imported.Home:
    """Where the table or view is. Raises as `imported.resolve_shared` does."""
    return imported.home_of(session, source_of(stream), _kind_of_source(stream))


def _source(session: Session, stream: Object) -> Object | None:
    return session.account.permanent(_kind_of_source(stream), source_of(stream))


def _why_unreadable(session: Session, stream: Object) -> ProgrammingError | None:
    """The share is closed, the source not what the stream was made on, changes are lost, the offset is old."""
    path = source_of(stream)
    if not imported.is_open(session, path[0]):
        return errors.shared_database_gone()
    if (gone := _gone(session, stream)) is not None:
        return errors.stream_without_table(".".join(gone), stream.name)
    if offset(session, stream)[0] == LOST:
        return errors.stale_stream(stream.name)
    if HOME in stream.properties and not _is_logged(session, stream):
        return errors.change_tracking_missing(".".join(path))
    return errors.stale_stream(stream.name) if session.account.clock() > stale_after(session, stream) else None


def is_outlived(session: Session, stream: Object) -> bool:
    """Whether a stream is stale for good; one whose share is closed may be opened again.

    https://docs.snowflake.com/en/user-guide/streams-intro#data-retention-period-and-staleness
    """
    if not imported.is_open(session, source_of(stream)[0]) or _source(session, stream) is None:
        return False
    return _gone(session, stream) is not None or session.account.clock() > stale_after(session, stream)


def lose(session: Session, stream: Object) -> None:
    """Remembers that the changes of a stale stream are gone: a longer retention does not bring them back."""
    database, schema, name = stream.path
    session.duck.execute(
        f"UPDATE {database}.{INTERNAL}.offsets SET version = {LOST} WHERE schema_name = ? AND name = ?", [schema, name]
    )


def _gone(session: Session, stream: Object) -> Path | None:
    """What the stream was made on and has been dropped or replaced: the table, the view, or what the view reads.

    What a shared view reads is not named to those that it is shared with.
    """
    path, source = source_of(stream), _source(session, stream)
    if source is None or _identity(session, source) != stream.properties["TABLE_CREATED_ON"]:
        return path
    account = home_of(session, stream).session.account
    for kind, *below, created_on in tracking.below(stream):
        found = account.find(kind, tuple(below))
        if found is None or found.created_on.isoformat() != created_on:
            return path if HOME in stream.properties else tuple(below)
    return None


def _identity(session: Session, source: Object) -> str:
    """What tells a table from others of its name: when it was created, and the database that it was imported with."""
    if source.database not in session.account.imported:
        return source.created_on.isoformat()
    database = session.account.require("DATABASE", (source.database,))
    return f"{source.created_on.isoformat()} {database.created_on.isoformat()}"


def _is_logged(session: Session, stream: Object) -> bool:
    """Whether the provider has logged all changes of what it shares since the stream's offset."""
    home, (start, _, _) = home_of(session, stream), offset(session, stream)
    kept = [tracking.kept_since(home.session.account.require("TABLE", path)) for path in tables_of(stream)]
    source = home.session.account.require(home.kind, home.path)
    return bool(source.properties.get("CHANGE_TRACKING")) and all(
        since is not None and since <= start for since in kept
    )


# The kind


def _any_value(name: str, value: Value) -> Value:
    return value


def _completed(session: Session, object_: Object) -> Object:
    path, kind = source_of(object_), _kind_of_source(object_)
    source = session.account.find(kind, path)
    if source is None and (other := table_names.find(session, path)) is not None:
        raise errors.other_kind(other.kind, kind)
    if source is None:
        raise errors.does_not_exist(kind.capitalize(), ".".join(path))
    if source.is_temporary:
        raise errors.not_emulated(f"CREATE STREAM on a temporary {kind.lower()}")
    if object_.properties["TABLE_CREATED_ON"] is not None:
        return object_
    known = {"TABLE_CREATED_ON": _identity(session, source), **_places(session, object_, source)}
    return replace(object_, properties={**object_.properties, **known})


def _places(session: Session, stream: Object, source: Object) -> dict[str, Value]:
    """Where what another account shares really is, and what a view reads.

    Raises 003001 for what is not tracked if this account, or the role, cannot turn that on.
    https://docs.snowflake.com/en/user-guide/data-sharing-provider#streams-on-shared-objects
    """
    home = home_of(session, stream)
    tables, known = [home.path], dict[str, Value]()
    if home.kind == "VIEW":
        # The tables that a view reads. Raises for one that no stream can follow
        view = home.session.account.require("VIEW", home.path)
        tables = tracked_views.base_tables(home.session, view)
        if stream.properties["APPEND_ONLY"] and tracked_views.joins(home.session, view):
            raise errors.not_emulated("CREATE STREAM ... APPEND_ONLY on a view with a join")
        views_below = tracked_views.views_below(home.session, home.session.account.require("VIEW", home.path))
        every = [*views_below, *change_tracking.tables(home.session, tables)]
        known[BELOW] = [[one.kind, *one.path, one.created_on.isoformat()] for one in every]
    sources = [source, *change_tracking.tables(home.session, tables)]
    if home.session is session:
        change_tracking.check_owned(session, sources)
        return known
    if not all(map(change_tracking.is_on, sources)):
        raise errors.stream_source_untracked(source.qualified_name)
    return known | {HOME: [home.session.account.name, *tables[0]]}


def _create(session: Session, object_: Object) -> None:
    """Sets the offset to now, or to another stream's. The write lock of the tables' database is held."""
    database, schema, name = object_.path
    at = object_.properties["AT_STREAM"]
    inherited = session.account.find("STREAM", tuple(map(str, at))) if isinstance(at, list) else None
    if inherited is not None:
        _readable(session, inherited)
    home = home_of(session, object_)
    for path in tables_of(object_):
        if home.session is session:
            tracking.start_log(session, path)
        else:
            shared_streams.follow(home.session, path)
    if home.session is session:
        source = session.account.require(home.kind, home.path)
        change_tracking.turn_on(session, [source, *change_tracking.tables(session, tables_of(object_))])
    start = offset(session, inherited)[0] if inherited else version_of(home.session, tables_of(object_)[0][0])
    session.duck.execute(
        f"INSERT OR REPLACE INTO {database}.{INTERNAL}.offsets VALUES (?, ?, ?, ?, ?)",
        [schema, name, start, bool(object_.properties["SHOW_INITIAL_ROWS"]), session.account.clock()],
    )


def _drop(session: Session, object_: Object) -> None:
    database, schema, name = object_.path
    session.duck.execute(
        f"DELETE FROM {database}.{INTERNAL}.offsets WHERE schema_name = ? AND name = ?", [schema, name]
    )
    if HOME in object_.properties:
        shared_streams.release(session, object_)
        return
    for path in tables_of(object_):
        if session.account.find("DATABASE", path[:1]) and not tracking.is_followed(session, path):
            tracking.stop_log(session, path)


def _row(session: Session, object_: Object) -> dict[str, Any]:
    append_only = object_.properties["APPEND_ONLY"]
    name = ".".join(source_of(object_))
    is_secret = HOME in object_.properties and BELOW in object_.properties
    return {
        "table_name": name,
        "source_type": _kind_of_source(object_).capitalize(),
        "base_tables": "" if is_secret else ",".join(map(".".join, read_by(object_))),
        "type": "DELTA",
        "stale": str(is_stale(session, object_)).lower(),
        "mode": "APPEND_ONLY" if append_only else "DEFAULT",
        "stale_after": stale_after(session, object_),
        "invalid_reason": "N/A",
        "kind": "DELTA",
        "tableOn": source_of(object_)[-1],  # recorded: frostlake/ddl-show-modifier-matrix
    }


# https://docs.snowflake.com/en/sql-reference/sql/show-streams
STREAM = Kind(
    name="STREAM",
    level="schema",
    depth="executed",
    properties={
        "TABLE": Property(None, _any_value),
        "IS_VIEW": Property(False, boolean),
        "TABLE_CREATED_ON": Property(None, _any_value),
        "AT_STREAM": Property(None, _any_value),
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
    """`CREATE [OR REPLACE] STREAM [IF NOT EXISTS] s ON TABLE | VIEW t [AT (STREAM => 's')] [APPEND_ONLY ..] ...`.

    Turns on the change tracking of the table, or of the view and its tables, unless another account shares it, which
    has to do so, or another role owns it.
    CREATE OR REPLACE moves the offset to now. The write lock is taken before the account's own, as everywhere.
    https://docs.snowflake.com/en/sql-reference/sql/create-stream
    """
    commit_open(session)
    with ExitStack() as held:
        return create(STREAM, session, reader, form, lambda rest: _read_and_lock(session, rest, held))


def _read_and_lock(session: Session, reader: Reader, held: ExitStack) -> dict[str, Value]:
    given = _read_properties(session, reader)
    home = imported.home_of(session, _path_of(given), "VIEW" if given["IS_VIEW"] else "TABLE")
    tables = [home.path]
    if home.kind == "VIEW" and (view := home.session.account.find("VIEW", home.path)) is not None:
        tables = tracked_views.base_tables(home.session, view)
    held.enter_context(home.session.locked(tables[0][0]))
    return given


def drop_stream(session: Session, reader: Reader) -> Result:
    """`DROP STREAM [IF EXISTS] s`: waits for whoever changes its tables.

    https://docs.snowflake.com/en/sql-reference/sql/drop-stream
    """
    ahead = Reader(reader.rest)
    ahead.accept("IF", "EXISTS")
    stream = session.account.find("STREAM", session.qualify(ahead.path(), "DROP STREAM"))
    with _lock(session, stream) if stream is not None else nullcontext():
        return drop(STREAM, session, reader)


def _lock(session: Session, stream: Object) -> AbstractContextManager[None]:
    """The write lock of the database that has the stream's tables."""
    is_shared = HOME in stream.properties
    return shared_streams.lock(session, stream) if is_shared else session.locked(tables_of(stream)[0][0])


def _read_properties(session: Session, reader: Reader) -> dict[str, Value]:
    if reader.accept("COPY", "GRANTS"):
        raise errors.not_emulated("CREATE STREAM ... COPY GRANTS")
    reader.expect("ON")
    is_view = reader.accept("VIEW")
    if not (is_view or reader.accept("TABLE") or reader.accept("ICEBERG", "TABLE")):
        kind = reader.take_word()
        raise errors.not_emulated(f"CREATE STREAM ... ON {kind}")
    source = session.qualify(reader.path(), "CREATE STREAM")
    given: dict[str, Value] = {"TABLE": list(source), "IS_VIEW": is_view}
    if reader.sees("BEFORE"):
        raise errors.not_emulated("CREATE STREAM ... BEFORE")
    if reader.accept("AT"):
        reader.expect("(")
        if not reader.accept("STREAM"):
            raise errors.not_emulated(f"CREATE STREAM ... AT ({reader.word()} => ...)")
        reader.expect("=>")
        path = session.qualify(Reader(reader.text()).path(), "CREATE STREAM")
        reader.expect(")")
        if source_of(session.account.require("STREAM", path)) != source:
            raise errors.stream_of_other_table(".".join(path), ".".join(source))
        given["AT_STREAM"] = list(path)
    for name, value in reader.properties().items():
        if name == "INSERT_ONLY":
            raise _of_external_tables(session, given, value)
        if name not in ("APPEND_ONLY", "SHOW_INITIAL_ROWS", "COMMENT"):
            raise errors.invalid_property(name, "STREAM")
        given[name] = value
    return given


def _of_external_tables(session: Session, given: Mapping[str, Value], value: Value) -> ProgrammingError:
    """The refusal of INSERT_ONLY, which is for external tables."""
    if not boolean("INSERT_ONLY", value):
        return errors.not_emulated("CREATE STREAM ... INSERT_ONLY = FALSE")
    if not given["IS_VIEW"]:
        return errors.insert_only_stream()
    path = _path_of(given)
    first = tracked_views.base_tables(session, session.account.require("VIEW", path))[0]
    return errors.insert_only_stream_on_view(first[-1], ".".join(path))
