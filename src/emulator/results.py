"""The rows of a query: a small result in memory, a large one in a file, which is read a batch at a time."""

import hmac
import secrets
import uuid
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from duckdb import DuckDBPyConnection

from .language.names import quoted
from .sql.answers import Columns, Types, shown

IN_MEMORY = 4 * 1024 * 1024  # bytes: a result that has more is written to a file
_LARGEST_BATCH = 50_000  # rows
_VALUES_OF_A_BATCH = 1_000_000
_KEPT_BYTES = 2 * 1024**3
_KEPT = 64


class Spilled:
    """A result in a file of Arrow's, which goes with this object."""

    def __init__(self, path: Path, columns: Columns, batch_rows: Sequence[int]) -> None:
        self.columns, self.batch_rows = columns, batch_rows
        self.size = path.stat().st_size
        self.token = secrets.token_urlsafe(32)  # lets its holder fetch the rows
        self._path = path
        weakref.finalize(self, path.unlink, missing_ok=True)

    def batch(self, index: int) -> pa.Table:
        with pa.OSFile(str(self._path)) as file:
            return pa.Table.from_batches([pa.ipc.open_file(file).get_batch(index)])

    def table(self) -> pa.Table:
        """All rows, mapped into memory: what is not looked at takes none."""
        return pa.ipc.open_file(pa.memory_map(str(self._path))).read_all()


class Query:
    """DuckDB's connection while a query runs: its rows are taken as they are made, not when all are there."""

    def __init__(self, duck: DuckDBPyConnection, folder: Path, declared: Types = ()) -> None:
        self._duck, self._folder, self._declared = duck, folder, declared
        self.columns: Columns = ()
        self.spilled: Spilled | None = None

    def execute(self, sql: str, parameters: Any = None) -> None:
        relation = self._duck.sql(sql, params=parameters)
        duck_columns = [(name, str(type_)) for name, type_ in zip(relation.columns, relation.types, strict=True)]
        self.columns, casts = shown(duck_columns, self._declared)
        if any(casts):
            numbered = enumerate(zip(relation.columns, casts, strict=True), start=1)
            relation = relation.project(", ".join(_projected(at, name, cast) for at, (name, cast) in numbered))
        rows = max(1, min(_LARGEST_BATCH, _VALUES_OF_A_BATCH // max(1, len(self.columns))))
        self._reader = relation.to_arrow_reader(rows)

    def to_arrow_table(self) -> pa.Table:
        batches: list[pa.RecordBatch] = []
        size = 0
        for batch in self._reader:
            batches.append(batch)
            size += batch.nbytes
            if size > IN_MEMORY:
                self.spilled = self._spill(batches)
                return self.spilled.table()
        return pa.Table.from_batches(batches, self._reader.schema)

    def _spill(self, batches: list[pa.RecordBatch]) -> Spilled:
        path = self._folder / f"{uuid.uuid4().hex}.arrow"
        rows: list[int] = []
        try:
            with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, self._reader.schema) as writer:
                while batches:
                    writer.write_batch(batch := batches.pop(0))
                    rows.append(batch.num_rows)
                for batch in self._reader:
                    writer.write_batch(batch)
                    rows.append(batch.num_rows)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        pa.default_memory_pool().release_unused()
        return Spilled(path, self.columns, rows)


def _projected(at: int, name: str, cast: str | None) -> str:
    return f"{f'CAST(#{at} AS {cast})' if cast else f'#{at}'} AS {quoted(name)}"


class Results:
    """The large results that clients may still fetch, by query id; the oldest make room for new ones."""

    def __init__(self) -> None:
        self._kept: dict[str, Spilled] = {}

    def keep(self, query_id: str, result: Spilled) -> None:
        self._kept[query_id] = result
        for oldest in list(self._kept)[:-1]:
            if len(self._kept) <= _KEPT and sum(kept.size for kept in list(self._kept.values())) <= _KEPT_BYTES:
                return
            self._kept.pop(oldest, None)

    def find(self, query_id: str, token: str) -> Spilled | None:
        found = self._kept.get(query_id)
        return found if found is not None and hmac.compare_digest(found.token.encode(), token.encode()) else None
