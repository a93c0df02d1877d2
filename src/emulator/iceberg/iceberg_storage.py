"""Iceberg tables on disk, through pyiceberg and its SQLite catalog.

Importing pyiceberg takes half a second: nothing imports this module before an Iceberg table is touched.
https://py.iceberg.apache.org
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter
from pyiceberg.catalog.sql import IcebergTables, SqlCatalog
from pyiceberg.exceptions import CommitFailedException, CommitStateUnknownException, NoSuchTableError
from pyiceberg.io.pyarrow import (
    compute_statistics_plan,
    data_file_statistics_from_parquet_metadata,
    parquet_path_to_id_mapping,
    schema_to_pyarrow,
)
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat, ManifestFile
from pyiceberg.schema import Schema
from pyiceberg.table import Table, Transaction
from pyiceberg.table.snapshots import Operation
from pyiceberg.table.update.snapshot import _FastAppendFiles, _OverwriteFiles
from pyiceberg.typedef import Record
from pyiceberg.types import BinaryType, IcebergType, NestedField
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from .. import errors
from ..store.storage import Storage
from .data_files import HIDDEN, HIDDEN_FIELD
from .iceberg_catalog import FOREIGN, NAMESPACE, VERSION, catalog_file, is_inside, tables_folder
from .iceberg_types import Column

# Each metadata file names all snapshots: a hundred of them, which are kept else, grow with the square of the commits.
_PROPERTIES = {
    "format-version": "2",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "1",
}
T = TypeVar("T")
_TYPES: TypeAdapter[IcebergType] = TypeAdapter(IcebergType)


@dataclass(frozen=True)
class Staged:
    """A snapshot whose files are written, and that is not current yet."""

    catalog: SqlCatalog
    transaction: Transaction

    def publish(self) -> None:
        """Makes the snapshot current, in one atomic change of the catalog."""
        with closing(self.catalog):
            self.transaction.commit_transaction()

    def publish_or_leave(self) -> None:
        """The same after the rows have been committed, when a failure is no longer the statement's.

        The next look at the table finds it behind and brings it in step (iceberg_commits.py).
        """
        with suppress(OSError, SQLAlchemyError, CommitFailedException, CommitStateUnknownException):
            self.publish()


class _Shared(list[T]):
    """Shares its elements with its copies: they do not change, and pyiceberg copies all snapshots at each look."""

    def __add__(self, other: list[T]) -> "_Shared[T]":  # type: ignore[override]
        return _Shared(super().__add__(other))

    def __deepcopy__(self, memo: object) -> "_Shared[T]":
        return _Shared(self)


class _Catalog(SqlCatalog):
    """Some twenty looks a commit, each with a copy of the metadata, grew with the snapshots that a table has."""

    def _convert_orm_to_iceberg(self, orm_table: IcebergTables) -> Table:
        table = super()._convert_orm_to_iceberg(orm_table)
        snapshots, log = _Shared(table.metadata.snapshots), _Shared(table.metadata.snapshot_log)
        table.metadata = table.metadata.model_copy(update={"snapshots": snapshots, "snapshot_log": log})
        return table


@contextmanager
def _opened(storage: Storage) -> Iterator[SqlCatalog]:
    with closing(_open(storage)) as catalog:
        yield catalog


def _open(storage: Storage) -> SqlCatalog:
    storage.iceberg_folder.mkdir(exist_ok=True)
    warehouse = str(tables_folder(storage))
    return _Catalog(NAMESPACE, uri=f"sqlite:///{catalog_file(storage)}", warehouse=warehouse)


# Tables


def converge(storage: Storage, identifier: str, folder: str, columns: Sequence[Column]) -> None:
    """Makes the table if it is not there, and gives it the columns that it lacks."""
    with _opened(storage) as catalog:
        table = _load(storage, catalog, identifier)
        if table is None:
            catalog.create_namespace_if_not_exists(NAMESPACE)
            numbered = list(enumerate(columns, start=1))
            fields = [
                NestedField(number, column.name, _type(column), column.required, _doc(column))
                for number, column in numbered
            ]
            schema = Schema(*fields, identifier_field_ids=[number for number, column in numbered if column.key])
            catalog.create_table(
                (NAMESPACE, identifier), schema, location=str(tables_folder(storage) / folder), properties=_PROPERTIES
            )
        else:
            known = set(table.schema().column_names)
            with table.update_schema() as update:
                for column in columns:
                    if column.name not in known:
                        update.add_column((column.name,), _type(column), doc=_doc(column))


def _load(storage: Storage, catalog: SqlCatalog, identifier: str) -> Table | None:
    """The table; None if the catalog does not know it or, forgotten then, its files are gone or elsewhere."""
    try:
        found = catalog.load_table((NAMESPACE, identifier))
        if is_inside(storage, found.metadata_location):
            return found
    except NoSuchTableError:
        return None
    except FileNotFoundError:
        pass
    catalog.drop_table((NAMESPACE, identifier))
    return None


def _type(column: Column) -> IcebergType:
    return _TYPES.validate_python(column.type)


def _doc(column: Column) -> str | None:
    return column.comment or None


# Rows


class _Overwrite(_OverwriteFiles):
    """Leaves out the manifests that only tell what earlier snapshots have removed: pyiceberg hands them on for ever.

    https://iceberg.apache.org/spec/#manifests
    """

    def _existing_manifests(self) -> list[ManifestFile]:
        return [one for one in super()._existing_manifests() if one.has_added_files() or one.has_existing_files()]


class Files:
    """The table's current files, and the next snapshot of them."""

    def __init__(self, storage: Storage, identifier: str) -> None:
        self._storage, self._catalog = storage, _open(storage)
        with _naming_damage(storage), closing(self._catalog):
            self._table = self._catalog.load_table((NAMESPACE, identifier))
        snapshot = self._table.current_snapshot()
        self.version = int(snapshot.summary[VERSION] or FOREIGN) if snapshot and snapshot.summary else 0

    @cached_property
    def _current(self) -> dict[str, DataFile]:
        with _naming_damage(self._storage):
            return {task.file.file_path: task.file for task in self._table.scan().plan_files()}

    @property
    def paths(self) -> list[str]:
        return list(self._current)

    @property
    def data_folder(self) -> Path:
        return Path(self._table.location()) / "data"

    @property
    def field_ids(self) -> Mapping[str, int]:
        """The numbers that the columns of a data file have in Iceberg."""
        return {field.name: field.field_id for field in _written_schema(self._table.schema()).fields}

    def stage(self, replaced: Sequence[str] | None, written: Sequence[str], properties: dict[str, str]) -> Staged:
        """Writes the snapshot that has the files `written` in the place of the files `replaced`; None is every file."""
        gone = self.paths if replaced is None else replaced
        transaction = Transaction(self._table)
        make, operation = (_Overwrite, Operation.OVERWRITE) if gone else (_FastAppendFiles, Operation.APPEND)
        update = make(operation, transaction, self._table.io, snapshot_properties=properties)
        with _naming_damage(self._storage), update as snapshot:
            for path in gone:
                snapshot.delete_data_file(self._current[path])
            for path in written:
                snapshot.append_data_file(self._data_file(path))
        return Staged(self._catalog, transaction)

    def _data_file(self, path: str) -> DataFile:
        """What Iceberg keeps of a data file, from its footer."""
        schema = _written_schema(self._table.schema())
        statistics = data_file_statistics_from_parquet_metadata(
            pq.read_metadata(path),
            compute_statistics_plan(schema, {f"write.metadata.metrics.column.{HIDDEN}": "none"}),
            parquet_path_to_id_mapping(schema),
        )
        return DataFile.from_args(
            content=DataFileContent.DATA,
            file_path=path,
            file_format=FileFormat.PARQUET,
            partition=Record(),
            file_size_in_bytes=Path(path).stat().st_size,
            spec_id=self._table.spec().spec_id,
            **statistics.to_serialized_dict(),
        )

    def expire(self, snapshots: Sequence[int]) -> None:
        """Removes snapshots from the table and then, so that one killed in between is in order, what only they use."""
        with closing(self._catalog):
            self._table.maintenance.expire_snapshots().by_ids(list(snapshots)).commit()
        self.sweep()

    def sweep(self) -> None:
        """Removes the files that no snapshot uses: of removed ones, and what a killed process has written in vain."""
        with closing(self._catalog):
            table = self._table.refresh()
        used = set(_used(table))
        for file in Path(table.location()).glob("*/*"):
            if str(file) not in used:
                file.unlink(missing_ok=True)


def _written_schema(schema: Schema) -> Schema:
    """The columns of the data files: the table's, and the one that is no business of Iceberg's."""
    return Schema(*schema.fields, NestedField(HIDDEN_FIELD, HIDDEN, BinaryType()))


def read_snapshot(storage: Storage, identifier: str, snapshot: int | None) -> pa.Table:
    """The rows of a snapshot, with the columns of its time; no rows for None, the time before the first one."""
    with _naming_damage(storage), _opened(storage) as catalog:
        table = catalog.load_table((NAMESPACE, identifier))
        if snapshot is None:
            return schema_to_pyarrow(table.schema()).empty_table()
        return table.scan(snapshot_id=snapshot).to_arrow()


@contextmanager
def _naming_damage(storage: Storage) -> Iterator[None]:
    """Raises 000603 for a file that is missing or cannot be read; a full disk is another matter."""
    try:
        yield
    except OperationalError:
        raise
    except (OSError, ValueError, EOFError, SystemError, pa.ArrowException, DatabaseError) as error:
        if errors.why_full(str(error)):
            raise
        what = f'a file of the Iceberg tables in "{storage.iceberg_folder}" cannot be read ({error})'
        raise errors.state_is_damaged(what) from error


def _used(table: Table) -> Iterator[str]:
    yield table.metadata_location
    yield from (entry.metadata_file for entry in table.metadata.metadata_log)
    for snapshot in table.metadata.snapshots:
        yield snapshot.manifest_list
        for manifest in snapshot.manifests(table.io):
            yield manifest.manifest_path
            yield from (entry.data_file.file_path for entry in manifest.fetch_manifest_entry(table.io))
