"""What is dropped, or replaced, is put away until its Time Travel is over, and can be brought back until then.

DuckDB keeps the tables and views of what was dropped under names of ours, in the schemas where they were. The file of
a database goes into a folder of its own. The account remembers the rest, and notes what goes before it goes: what a
process that is killed in between has left, the next start puts away.
https://docs.snowflake.com/en/user-guide/data-time-travel#dropping-and-restoring-objects
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from snowflake.connector.errors import Error

from ..account import Dropped, Grant, Object
from ..catalog import duckdb_tables, tracking
from ..language.names import duck_name, quoted
from ..language.reader import Path, Value
from ..session import Session
from ..sql import identities
from ..store.definitions import HIDDEN, INTERNAL
from ..store.storage import whole
from .retention import RETENTION, retention

MOST = 5  # versions of one name that are kept, the last ones: an account keeps all
ROWS = "ROWS"  # a property of a dropped table, as SHOW shows it
_NUMBERED = re.compile(r"nextval\('(.*)'\)")


def about_to_go(session: Session, object_: Object) -> Dropped | None:
    """What is to be kept of a table, schema or database that is about to be dropped; None if it has no Time Travel."""
    account, days = session.account, retention(session, object_)
    if not days or object_.is_temporary or object_.path[0] in account.imported:
        return None
    content = (object_, *(account.inside(object_.path) if object_.kind != "TABLE" else ()))
    keys = {(one.kind, one.path) for one in content}
    grants = tuple(
        grant
        for grant in (*account.grants(), *account.grants(future=True))
        if (grant.granted_on, grant.on_path) in keys or (grant.future and _holds(object_, grant))
    )
    now = account.clock()
    number = max([int(now.timestamp() * 1_000_000), *(one.number + 1 for one in account.dropped())])
    duck = {} if object_.kind == "DATABASE" else _in_duckdb(session, content, number)
    return Dropped(number, now, now + timedelta(days=days), home_of(session, object_.path), content, grants, duck)


def _holds(object_: Object, grant: Grant) -> bool:
    scope = tuple(part for part in (grant.database, grant.schema) if part)
    return object_.kind != "TABLE" and scope[: len(object_.path)] == object_.path


def home_of(session: Session, path: Path) -> str:
    """What sets the schema or database that something is in apart from any other that has had its name."""
    parent = session.account.find("SCHEMA" if len(path) == 3 else "DATABASE", path[:-1]) if len(path) > 1 else None
    return parent.created_on.isoformat() if parent is not None else ""


def versions(session: Session, kind: str) -> list[Dropped]:
    """What was dropped of a kind and can be brought back where it was, the last one first."""
    now = session.account.clock()
    return [
        one
        for one in session.account.dropped()
        if one.object_.kind == kind and one.until > now and one.home == home_of(session, one.path)
    ]


def as_shown(record: Dropped) -> Object:
    """The object with what SHOW tells of it that it has no more: its days of Time Travel, and a table's rows."""
    told: dict[str, Value] = {RETENTION: (record.until - record.dropped_on).days}
    if record.object_.kind == "TABLE":
        told[ROWS] = record.duck["tables"][0]["rows"]
    return replace(record.object_, properties={**record.object_.properties, **told})


def put_away(session: Session, object_: Object, move: Callable[[Session, Dropped], None] | None = None) -> bool:
    """Drops a table, schema or database, and keeps it; False if it is not to be kept, or a transaction is at it.

    The caller drops it then. `move` puts away what DuckDB has of it; by default under hidden names.
    """
    database = object_.path[0]
    if session.in_transaction:
        return False
    try:
        session.locks.acquire(database, session, 0)
    except Error:
        return False
    try:
        record = about_to_go(session, object_)
        if record is None:
            return False
        session.put_away(record)
        (move or _hide_whole)(session, record)
    finally:
        session.locks.release(database)
    expire(session)
    return True


def _hide_whole(session: Session, record: Dropped) -> None:
    with whole(session.duck):
        hide(session, record)


# In DuckDB


def _in_duckdb(session: Session, content: Sequence[Object], number: int) -> dict[str, Any]:
    """What DuckDB has of it, and what it cannot keep under another name: triggers, and defaults from sequences."""
    schema = content[0].path[:2]
    named = [(one, f"{HIDDEN}{number}_{place}") for place, one in enumerate(content)]
    offsets = f"SELECT name, version, initial, consumed_on FROM {quoted(schema[0])}.{INTERNAL}.offsets"
    streams = {one.name for one in content if one.kind == "STREAM"}
    return {
        "tables": [_table(session, one.path, hidden) for one, hidden in named if one.kind == "TABLE"],
        "views": [{"path": one.path, "hidden": hidden} for one, hidden in named if one.kind == "VIEW"],
        "sequences": [_sequence(session, one.path) for one in content if one.kind == "SEQUENCE"],
        "offsets": [
            [name, version, initial, consumed_on and consumed_on.isoformat()]
            for name, version, initial, consumed_on in session.duck.execute(
                f"{offsets} WHERE schema_name = ?", [schema[-1]]
            ).fetchall()
            if name in streams
        ],
    }


def _table(session: Session, path: Path, hidden: str) -> dict[str, Any]:
    defaults = duckdb_tables.columns(session, path, "column_name", "column_default")
    triggers = session.duck.execute(
        "SELECT trigger_name, sql FROM duckdb_triggers() WHERE (database_name, schema_name, table_name) = (?, ?, ?)",
        list(path),
    ).fetchall()
    [(rows,)] = session.duck.execute(f"SELECT count(*) FROM {duck_name(path)}").fetchall()
    return {
        "path": path,
        "hidden": hidden,
        "rows": rows,
        "defaults": {
            name: default
            for name, default in defaults
            if _NUMBERED.fullmatch(default or "") and quoted(name) != tracking.ROW_ID
        },
        "triggers": triggers,
        "has_log": tracking.has_log(session, path),
    }


def _sequence(session: Session, path: Path) -> dict[str, Any]:
    [(step, least, most, start, last)] = session.duck.execute(
        "SELECT increment_by, min_value, max_value, start_value, last_value FROM duckdb_sequences()"
        " WHERE (database_name, schema_name, sequence_name) = (?, ?, ?)",
        list(path),
    ).fetchall()
    begins = start if last is None else last
    options = f"INCREMENT BY {step} MINVALUE {least} MAXVALUE {most} START {begins}"
    return {"path": path, "options": options, "is_used": last is not None}


def _log_at(path: Sequence[str], name: str) -> tuple[str, str, str]:
    return path[0], INTERNAL, f"{path[1]}.{name}"


def hide(session: Session, record: Dropped) -> None:
    """Gives its tables and views their hidden names, in the caller's transaction."""
    _hide(session, record.duck)


def hide_left(session: Session, record: Dropped) -> None:
    """The same of those that are still there, and are nobody's now."""
    account, there = session.account, set(session.duck.execute(_THERE).fetchall())
    kinds = {"views": "VIEW", "tables": "TABLE", "sequences": "SEQUENCE"}
    left = {
        part: [
            one
            for one in record.duck[part]
            if tuple(one["path"]) in there and account.find(kind, tuple(one["path"])) is None
        ]
        for part, kind in kinds.items()
    }
    _hide(session, left)


_THERE = " UNION ALL ".join(
    f"SELECT database_name, schema_name, {kind}_name FROM duckdb_{kind}s()" for kind in ("view", "table", "sequence")
)


def is_hidden(session: Session, record: Dropped) -> bool:
    return all(duckdb_tables.is_there(session, (*one["path"][:2], one["hidden"])) for one in record.duck["tables"])


def _hide(session: Session, duck: Mapping[str, Any]) -> None:
    run = session.duck.execute
    for view in duck["views"]:
        run(f"ALTER VIEW {duck_name(view['path'])} RENAME TO {quoted(view['hidden'])}")
    for table in duck["tables"]:
        path, hidden = table["path"], table["hidden"]
        for name, _ in table["triggers"]:
            run(f"DROP TRIGGER IF EXISTS {quoted(name)} ON {duck_name(path)}")
        for column in table["defaults"]:
            run(f"ALTER TABLE {duck_name(path)} ALTER COLUMN {quoted(column)} DROP DEFAULT")
        run(f"ALTER TABLE {duck_name(path)} RENAME TO {quoted(hidden)}")
        if table["has_log"]:
            log = duck_name(_log_at(path, path[2]))
            run(f"ALTER TABLE {log} RENAME TO {quoted(_log_at(path, hidden)[2])}")
    for sequence in duck["sequences"]:
        run(f"DROP SEQUENCE IF EXISTS {duck_name(sequence['path'])}")


def show_again(session: Session, record: Dropped) -> None:
    """Gives its tables and views their names back, in the caller's transaction."""
    run = session.duck.execute
    for sequence in record.duck["sequences"]:
        run(f"CREATE SEQUENCE {duck_name(sequence['path'])} {sequence['options']}")
        if sequence["is_used"]:
            run("SELECT nextval(?)", [duck_name(sequence["path"])]).fetchall()
    for table in record.duck["tables"]:
        path, hidden = table["path"], table["hidden"]
        run(f"ALTER TABLE {duck_name((*path[:2], hidden))} RENAME TO {quoted(path[2])}")
        for column, default in table["defaults"].items():
            run(f"ALTER TABLE {duck_name(path)} ALTER COLUMN {quoted(column)} SET DEFAULT {default}")
        if table["has_log"]:
            tracking.forget_log(session, tuple(path))
            run(f"ALTER TABLE {duck_name(_log_at(path, hidden))} RENAME TO {quoted(_log_at(path, path[2])[2])}")
        for _, sql in table["triggers"]:
            run(sql)
    for view in record.duck["views"]:
        run(f"ALTER VIEW {duck_name((*view['path'][:2], view['hidden']))} RENAME TO {quoted(view['path'][2])}")
    for offset in record.duck["offsets"]:
        database, schema = record.path[0], record.path[1]
        run(f"INSERT OR REPLACE INTO {quoted(database)}.{INTERNAL}.offsets VALUES (?, ?, ?, ?, ?)", [schema, *offset])


def hidden_tables(session: Session, database: str) -> set[Path]:
    """The tables of a database that are kept for what was dropped."""
    return {
        (*table["path"][:2], table["hidden"])
        for record in session.account.dropped()
        if record.path[0] == database
        for table in record.duck.get("tables", ())
    }


# When the time is over


def expire(session: Session) -> None:
    """Removes what can no longer be brought back: its time is over, or too many of its name have gone since."""
    now: datetime = session.account.clock()
    seen: dict[tuple[str, Path], int] = {}
    for record in session.account.dropped():
        key = record.object_.kind, record.path
        seen[key] = seen.get(key, 0) + 1
        if record.until <= now or seen[key] > MOST:
            purge(session, record)


def purge(session: Session, record: Dropped) -> None:
    """Removes it for good."""
    path, run = record.path, session.duck.execute
    if record.object_.kind == "DATABASE":
        session.storage.remove_dropped(record.number)
    elif session.account.find("DATABASE", path[:1]) is not None:
        for view in record.duck["views"]:
            run(f"DROP VIEW IF EXISTS {duck_name((*view['path'][:2], view['hidden']))}")
        for table in record.duck["tables"]:
            run(f"DROP TABLE IF EXISTS {duck_name((*table['path'][:2], table['hidden']))}")
            run(f"DROP TABLE IF EXISTS {duck_name(_log_at(table['path'], table['hidden']))}")
    session.account.forget(record)
    session.after_drop(session)


def clear_schema(session: Session, path: Path) -> None:
    """Removes from DuckDB what a schema holds, but not what is kept of it or of another that had its name."""
    with session.scratch() as duck:  # no schema is current there, which may have the database's name
        if not any(table[:2] == path for table in hidden_tables(session, path[0])):
            duck.execute(f"DROP SCHEMA IF EXISTS {duck_name(path)} CASCADE")
            return
        for kind, name in duck.execute(_HELD, list(path) * 3).fetchall():
            if not name.startswith((HIDDEN, identities.PREFIX)):
                duck.execute(f"DROP {kind} IF EXISTS {duck_name((*path, name))} CASCADE")


_HELD = " UNION ALL ".join(
    f"SELECT '{kind}', {kind.lower()}_name FROM duckdb_{kind.lower()}s() WHERE (database_name, schema_name) = (?, ?)"
    for kind in ("VIEW", "TABLE", "SEQUENCE")
)
