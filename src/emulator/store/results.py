"""What statements have answered. A result too large for memory is in a file, which is read a batch at a time."""

import hmac
import secrets
import uuid
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..language.result import Columns

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


def spill(folder: Path, columns: Columns, batches: list[pa.RecordBatch], rest: pa.RecordBatchReader) -> Spilled:
    """Writes the batches that are there, which it empties, and the rest of a result into a file of the folder."""
    path = folder / f"{uuid.uuid4().hex}.arrow"
    rows: list[int] = []
    try:
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, rest.schema) as writer:
            while batches:
                writer.write_batch(batch := batches.pop(0))
                rows.append(batch.num_rows)
            for batch in rest:
                writer.write_batch(batch)
                rows.append(batch.num_rows)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    pa.default_memory_pool().release_unused()
    return Spilled(path, columns, rows)


@dataclass(frozen=True)
class Answer:
    """What a client is told of a statement: its number for the kind, and rows, or what it needs to move files.

    `asked_by` is whose it is: the session's `Session.asker`.
    """

    query_id: str
    statement_type_id: int
    columns: Columns
    held: pa.Table | None = None  # rows that are in memory
    never_null: Sequence[bool] = ()  # of each column, whether it has no NULL, as far as that is known
    spilled: Spilled | None = None  # where the rows are, if they are many
    transfer: Mapping[str, Any] | None = None
    asked_by: tuple[str, ...] = ()

    @property
    def rows(self) -> pa.Table | None:
        """All rows; those of a file are mapped anew, so that what a reader has looked at goes with the reader."""
        return self.held if self.spilled is None else self.spilled.table()


class Results:
    """The answers that clients may still ask for, by query id; the oldest make room for new ones."""

    def __init__(self) -> None:
        self._kept: dict[str, Answer] = {}

    def keep(self, answer: Answer) -> None:
        self._kept[answer.query_id] = answer
        for oldest in list(self._kept)[:-1]:
            if len(self._kept) <= _KEPT and self._bytes() <= _KEPT_BYTES:
                return
            self._kept.pop(oldest, None)

    def _bytes(self) -> int:
        return sum(answer.spilled.size for answer in list(self._kept.values()) if answer.spilled is not None)

    def answer(self, query_id: str) -> Answer | None:
        return self._kept.get(query_id)

    def spilled(self, query_id: str, token: str) -> Spilled | None:
        """A large result, for whoever has its token."""
        answer = self._kept.get(query_id)
        found = None if answer is None else answer.spilled
        return found if found is not None and hmac.compare_digest(found.token.encode(), token.encode()) else None
