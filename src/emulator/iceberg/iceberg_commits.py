"""Iceberg tables and their rows in step: each committed transaction is one snapshot of each Iceberg table it changed.

The rows are in DuckDB, as every table's. Triggers note the rows that a transaction changes; at its commit, what it
inserted becomes new data files, and the files that hold what it updated or deleted are written anew (copy-on-write).
The files are written before DuckDB commits and become current after it, so a transaction fails as a whole if the disk
is full. A process killed in between leaves the Iceberg table behind by one version: the next start, or the next look,
writes it from the rows.

Which file holds which row is seen in the files, which have the row ids of tracking.py (data_files.py).
https://docs.snowflake.com/en/user-guide/tables-iceberg-transactions
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from duckdb import DuckDBPyConnection

from ..account import Object
from ..catalog.tracking import ROW_ID, visible_columns
from ..language.names import duck_name, quoted
from ..language.reader import Path as Name
from ..language.reader import Value
from ..session import Session
from ..session.transactions import Transaction
from ..store.definitions import INTERNAL
from ..store.storage import Storage
from . import data_files, iceberg_catalog
from .iceberg_catalog import COMMITTED_ON, STATEMENTS, VERSION, Metadata
from .iceberg_types import columns_of, written_type

if TYPE_CHECKING:
    from .iceberg_storage import Files, Staged

_PREFIX = "iceberg_"


@dataclass(frozen=True)
class Commit:
    """The transaction that changed a table last."""

    version: int
    committed_on: datetime
    statements: Sequence[str]

    def properties(self) -> dict[str, str]:
        committed_on = self.committed_on.isoformat()
        return {VERSION: str(self.version), COMMITTED_ON: committed_on, STATEMENTS: " ".join(self.statements)}


def find(session: Session, path: Name) -> Object | None:
    """The Iceberg table of that name; None if there is none, or a table of another kind."""
    found = session.account.find("TABLE", path)
    return found if found is not None and found.properties.get("ICEBERG") else None


def tables(session: Session) -> list[Object]:
    return [table for table in session.account.objects("TABLE") if table.properties.get("ICEBERG")]


def identifier(table: Object) -> str:
    return str(table.properties["ICEBERG"])


# What each Iceberg table has in DuckDB besides its rows


def _internal(table: Object, what: str) -> str:
    return f"{quoted(table.database)}.{INTERNAL}.{_PREFIX}{identifier(table)}_{what}"


def start(session: Session, table: Object) -> None:
    """Begins to note what changes in a new table."""
    changes, name = _internal(table, "changes"), duck_name(table.path)
    session.duck.execute(f"CREATE TABLE {changes} AS SELECT {ROW_ID} AS row_id, TRUE AS is_new FROM {name} LIMIT 0")
    session.duck.execute(
        f"CREATE TABLE {_internal(table, 'commit')} (version BIGINT, committed_on TIMESTAMPTZ, statements VARCHAR[])"
    )
    for event, image in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
        session.duck.execute(
            f"CREATE TRIGGER _emulator_iceberg_{event.lower()} AFTER {event} ON {name} REFERENCING {image} TABLE AS i"
            f" FOR EACH STATEMENT INSERT INTO {changes} SELECT {ROW_ID}, {event == 'INSERT'} FROM i"
        )


def _last_commit(duck: DuckDBPyConnection, table: Object) -> Commit | None:
    rows = duck.execute(
        f"SELECT version, epoch_us(committed_on), statements FROM {_internal(table, 'commit')}"
    ).fetchall()
    return Commit(rows[0][0], moment(rows[0][1]), rows[0][2]) if rows else None


def moment(microseconds: int) -> datetime:
    """Microseconds since 1970 as a time in UTC."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


# Committing


def prepare(session: Session, transaction: Transaction) -> Callable[[], None]:
    """Writes the files of a transaction that is about to commit; the function returned makes them current after it."""
    changed = [table for path in sorted(transaction.changed) if (table := find(session, path)) is not None]
    staged = [found for table in changed if (found := _stage(session, table, transaction)) is not None]

    def publish() -> None:
        for snapshot in staged:
            snapshot.publish_or_leave()

    return publish


def _stage(session: Session, table: Object, transaction: Transaction) -> "Staged | None":
    """The snapshot of what the transaction changed; None if that comes to nothing."""
    [(changed,)] = session.duck.execute(f"SELECT count(*) FROM {_internal(table, 'changes')}").fetchall()
    if not changed:
        return None
    [(version,)] = session.duck.execute(f"SELECT version FROM {table.database}.{INTERNAL}.clock").fetchall()
    before = _last_commit(session.duck, table)
    files = _files(session.storage, table)
    in_step = files.version == (before.version if before else 0)
    replaced = _touched_files(session.duck, files, table) if in_step else None
    written = _write(session.duck, files, table, replaced)
    session.duck.execute(f"DELETE FROM {_internal(table, 'changes')}")
    if replaced == [] and not written:
        return None
    commit = Commit(version, session.account.clock(), [*transaction.statements, session.statement])
    name = _internal(table, "commit")
    session.duck.execute(f"DELETE FROM {name}")
    session.duck.execute(
        f"INSERT INTO {name} VALUES (?, ?, ?)", [commit.version, commit.committed_on, list(commit.statements)]
    )
    return files.stage(replaced, written, commit.properties())


def _files(storage: Storage, table: Object) -> "Files":
    """The table's files, made anew if they are gone, with all its columns."""
    from . import iceberg_storage

    columns, found = columns_of(table.properties["COLUMNS"]), iceberg_catalog.read(storage, identifier(table))
    if found is None or found.columns != tuple(column.name for column in columns):
        iceberg_storage.converge(storage, identifier(table), str(table.properties["LOCATION"]), columns)
    return iceberg_storage.Files(storage, identifier(table))


def _touched_files(duck: DuckDBPyConnection, files: "Files", table: Object) -> list[str] | None:
    """The files that hold a row which has changed; None for all of them, and if one is lost.

    A row that the transaction has made is in none.
    """
    changed = f"SELECT row_id FROM {_internal(table, 'changes')} WHERE NOT is_new"
    if not duck.execute(f"{changed} LIMIT 1").fetchall():
        return []
    if not all(Path(file).exists() for file in files.paths):
        return None
    touched = data_files.holding(duck, files.paths, changed)
    return None if touched and len(touched) == len(files.paths) else touched


def _write(duck: DuckDBPyConnection, files: "Files", table: Object, replaced: Sequence[str] | None) -> list[str]:
    """Writes the rows that have changed or are in a file to be replaced, every row for None; returns the new files."""
    columns = columns_of(table.properties["COLUMNS"])
    listed = ", ".join(f"CAST({quoted(c.name)} AS {written_type(c.type)}) AS {quoted(c.name)}" for c in columns)
    query = f"SELECT {listed}, {ROW_ID} FROM {duck_name(table.path)}"
    if replaced is not None:
        concerned = [f"SELECT row_id FROM {_internal(table, 'changes')}"]
        concerned += [f"SELECT row_id FROM ({data_files.ids_in(replaced)})"] if replaced else []
        query += f" WHERE {ROW_ID} IN ({' UNION ALL '.join(concerned)})"
    return data_files.write(duck, query, files.data_folder, files.field_ids)


# Repairing


def bring_in_step(session: Session, table: Object) -> Metadata:
    """The table's metadata on disk, after what a killed process left undone has been done."""
    with session.scratch() as duck:  # sees what is committed, whatever the session's transaction has changed
        found = _in_step(duck, session.storage, table)
        if found is None:
            holds = session.transaction is not None and session.transaction.database == table.database
            with nullcontext() if holds else session.locked(table.database):
                found = _in_step(duck, session.storage, table) or _repair(duck, session.storage, table)
        return found


def _in_step(duck: DuckDBPyConnection, storage: Storage, table: Object) -> Metadata | None:
    found, last = iceberg_catalog.read(storage, identifier(table)), _last_commit(duck, table)
    columns = tuple(column.name for column in columns_of(table.properties["COLUMNS"]))
    version = last.version if last else 0
    return found if found is not None and (found.version, found.columns) == (version, columns) else None


def _repair(duck: DuckDBPyConnection, storage: Storage, table: Object) -> Metadata:
    """Makes the table anew if its files are gone, adds columns, and writes all rows if they have another version."""
    files, last = _files(storage, table), _last_commit(duck, table)
    if last is not None and files.version != last.version:
        written = _write(duck, files, table, None)
        files.stage(None, written, last.properties()).publish()
        files.sweep()
    found = iceberg_catalog.read(storage, identifier(table))
    assert found is not None
    return found


# Sweeping


def sweep(session: Session) -> None:
    """Removes what tables that are dropped or replaced, or whose statement never answered, have left."""
    if not session.storage.iceberg_folder.exists():
        return
    with session.account.lock:
        content = [one for record in session.account.dropped() for one in record.content]
        put_away = [one for one in content if one.kind == "TABLE" and one.properties.get("ICEBERG")]
        there = [*tables(session), *put_away]
        known = {identifier(table): str(table.properties["LOCATION"]) for table in there}
        iceberg_catalog.sweep(session.storage, known)
        rows = session.duck.execute(
            "SELECT database_name, schema_name, table_name FROM duckdb_tables()"
            " WHERE schema_name = ? AND starts_with(table_name, ?)",
            [INTERNAL, _PREFIX],
        ).fetchall()
        for path in rows:
            if path[2].split("_")[1] not in known:
                session.duck.execute(f"DROP TABLE IF EXISTS {duck_name(path)}")


def sweep_all(session: Session) -> None:
    """At the start: sweeps, forgets columns that were never added, and brings every table in step."""
    sweep(session)
    for table in tables(session):
        there = set(visible_columns(session, table.path))
        columns = columns_of(table.properties["COLUMNS"])
        kept: list[Value] = [column.kept() for column in columns if column.name in there]
        if len(kept) < len(columns):
            table = replace(table, properties={**table.properties, "COLUMNS": kept})
            session.account.save(table)
        bring_in_step(session, table)
