"""What is on disk of Iceberg tables, read without pyiceberg: its catalog is a SQLite file, its metadata is JSON.

A table is known by an identifier of its own, not by its name: what replaces it is another table.
"""

import json
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .. import errors
from ..store.storage import Storage

NAMESPACE = "emulator"
# What each snapshot says about the transaction that made it.
VERSION, COMMITTED_ON, STATEMENTS = "emulator.version", "emulator.committed-on", "emulator.statements"
FOREIGN = -1


@dataclass(frozen=True)
class Snapshot:
    """A committed transaction: the database's version, when it committed and the query ids of its statements."""

    id: int
    number: int  # from 1 on, for as long as the table is
    version: int
    committed_on: datetime
    statements: tuple[str, ...]


@dataclass(frozen=True)
class Metadata:
    """A table as its current metadata file has it; the oldest snapshot first."""

    location: str
    columns: tuple[str, ...]
    snapshots: tuple[Snapshot, ...]

    @property
    def is_whole(self) -> bool:
        """Whether no snapshot has been removed."""
        return not self.snapshots or self.snapshots[0].number == 1

    @property
    def version(self) -> int:
        return self.snapshots[-1].version if self.snapshots else 0


def catalog_file(storage: Storage) -> Path:
    return storage.iceberg_folder / "catalog.db"


def tables_folder(storage: Storage) -> Path:
    return storage.iceberg_folder / "tables"


def read(storage: Storage, identifier: str) -> Metadata | None:
    """The table's current metadata; None if the catalog or the state folder does not have it.

    Raises 000603 for a file that is damaged.
    """
    rows = _query(storage, "SELECT metadata_location FROM iceberg_tables WHERE table_name = ?", (identifier,))
    if not rows or not is_inside(storage, rows[0][0]) or not Path(rows[0][0]).exists():
        return None
    location = str(rows[0][0])
    try:
        found = json.loads(Path(location).read_text())
        [schema] = [schema for schema in found["schemas"] if schema["schema-id"] == found["current-schema-id"]]
        snapshots = tuple(_snapshot(snapshot) for snapshot in found.get("snapshots") or [])
        return Metadata(location, tuple(field["name"] for field in schema["fields"]), snapshots)
    except (ValueError, KeyError, TypeError) as error:
        raise errors.state_is_damaged(f'"{location}" cannot be read') from error


def is_inside(storage: Storage, location: str) -> bool:
    """Whether a table lies in this state; what has been copied from another place still names that one."""
    return Path(location).is_relative_to(tables_folder(storage))


def _snapshot(found: dict[str, Any]) -> Snapshot:
    """A snapshot that somebody else has made has no version of ours, and so is never in step with the rows."""
    summary = found["summary"]
    made = datetime.fromtimestamp(found["timestamp-ms"] / 1000, UTC).isoformat()
    return Snapshot(
        found["snapshot-id"],
        int(found.get("sequence-number", 1)),
        int(summary.get(VERSION, FOREIGN)),
        datetime.fromisoformat(summary.get(COMMITTED_ON, made)),
        tuple(summary.get(STATEMENTS, "").split()),
    )


def _query(storage: Storage, sql: str, parameters: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    """Runs a statement on the catalog, if there is one: a process may have been killed while it made the file."""
    if not catalog_file(storage).exists():
        return []
    try:
        with closing(sqlite3.connect(catalog_file(storage))) as connection, connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'iceberg_tables'").fetchall():
                return []
            return connection.execute(sql, parameters).fetchall()
    except sqlite3.DatabaseError as error:
        raise errors.state_is_damaged(f'"{catalog_file(storage)}" cannot be read ({error})') from error


def sweep(storage: Storage, known: Mapping[str, str]) -> None:
    """Removes every table but the known ones, given as identifier and folder: from the catalog, then from the disk."""
    for (identifier,) in _query(storage, "SELECT table_name FROM iceberg_tables"):
        if identifier not in known:
            _query(storage, "DELETE FROM iceberg_tables WHERE table_name = ?", (identifier,))
    folders = {tables_folder(storage) / folder for folder in known.values()}
    _sweep_folder(tables_folder(storage), folders, {parent for folder in folders for parent in folder.parents})


def _sweep_folder(folder: Path, known: set[Path], parents: set[Path]) -> None:
    for child in folder.iterdir() if folder.exists() else ():
        if child in parents:
            _sweep_folder(child, known, parents)
        elif child not in known:
            shutil.rmtree(child, ignore_errors=True)
