"""Streams against a model of what the documentation says: the first old and the last new image of each row.

https://docs.snowflake.com/en/user-guide/streams-intro
"""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.emulator.conftest import Run
from tests.lengths import length

Row = tuple[int, int]
Images = frozenset[tuple[Any, ...]]  # of one row: (K, V, action, isupdate)

IDENTITIES = count()
SEEN: dict[str, Callable[[Row], bool]] = {  # what each stream shows: of the table, or of a view of its even values
    "S1": lambda row: True,
    "S2": lambda row: True,
    "S3": lambda row: row[1] % 2 == 0,
}
STREAMS = (*SEEN,)


@dataclass
class Model:
    """The rows by their identity, what has happened to each, and how many of these changes each stream has passed."""

    rows: dict[int, Row] = field(default_factory=dict)
    changes: list[tuple[int, Row | None, Row | None]] = field(default_factory=list)
    offsets: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STREAMS, 0))

    def insert(self, row: Row) -> None:
        self._change(next(IDENTITIES), row)

    def change(self, key: int, new: Callable[[Row], Row | None]) -> None:
        """Gives each row of that key its new image, None to delete it."""
        for identity in self.of(key):
            self._change(identity, new(self.rows[identity]))

    def of(self, key: int) -> list[int]:
        return [identity for identity, row in self.rows.items() if row[0] == key]

    def clear(self) -> None:
        for identity in list(self.rows):
            self._change(identity, None)

    def _change(self, identity: int, new: Row | None) -> None:
        self.changes.append((identity, self.rows.pop(identity, None), new))
        if new is not None:
            self.rows[identity] = new

    def net(self, stream: str, end: int | None = None) -> Counter[Images]:
        """The images that a stream shows of each row, so many rows of each kind."""
        first: dict[int, Row | None] = {}
        last: dict[int, Row | None] = {}
        for identity, old, new in self.changes[self.offsets[stream] : end]:
            first.setdefault(identity, old)
            last[identity] = new
        pairs = ((_seen(stream, first[identity]), _seen(stream, last[identity])) for identity in first)
        return Counter(filter(None, (_images(old, new) for old, new in pairs)))


def _seen(stream: str, row: Row | None) -> Row | None:
    return row if row is not None and SEEN[stream](row) else None


def _images(old: Row | None, new: Row | None) -> Images:
    is_update = old is not None and new is not None
    images = (("DELETE", old), ("INSERT", new))
    return frozenset((*row, action, is_update) for action, row in images if row is not None)


# Each operation in SQL and in the model


def _merge(model: Model, key: int, value: int) -> None:
    if model.of(key):
        model.change(key, lambda row: None if value % 3 == 0 else (row[0], value))
    else:
        model.insert((key, value))


def _overwrite(model: Model, key: int, value: int) -> None:
    model.clear()
    model.insert((key, value))


MERGE = (
    "MERGE INTO T USING (SELECT {key} AS K, {value} AS V) N ON T.K = N.K WHEN MATCHED AND N.V % 3 = 0 THEN DELETE"
    " WHEN MATCHED THEN UPDATE SET V = N.V WHEN NOT MATCHED THEN INSERT (K, V) VALUES (N.K, N.V)"
)
OPERATIONS: dict[str, Callable[[Model, int, int], None]] = {
    "INSERT INTO T VALUES ({key}, {value})": lambda model, key, value: model.insert((key, value)),
    "UPDATE T SET V = {value} WHERE K = {key}": lambda model, key, value: model.change(key, lambda row: (key, value)),
    "UPDATE T SET K = {value} WHERE K = {key}": lambda model, key, value: model.change(
        key, lambda row: (value, row[1])
    ),
    "DELETE FROM T WHERE K = {key}": lambda model, key, value: model.change(key, lambda row: None),
    "TRUNCATE TABLE T": lambda model, key, value: model.clear(),
    "INSERT OVERWRITE INTO T VALUES ({key}, {value})": _overwrite,
    MERGE: _merge,
}
CONSUME = "INSERT INTO SINK SELECT K FROM {stream}"

_STATEMENTS = st.one_of(
    st.tuples(st.sampled_from([*OPERATIONS]), st.integers(0, 3), st.integers(0, 4)),
    st.tuples(st.just(CONSUME), st.sampled_from(STREAMS), st.none()),
)
_TRANSACTIONS = st.lists(
    st.tuples(st.lists(_STATEMENTS, min_size=1, max_size=4), st.sampled_from(["", "COMMIT", "COMMIT", "ROLLBACK"])),
    min_size=1,
    max_size=5,
)


@pytest.fixture
def blank(run: Run) -> Run:
    run("CREATE TABLE SINK (K INT)")
    return run


@settings(max_examples=length(6, 400), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(transactions=_TRANSACTIONS)
def test_each_stream_shows_the_first_old_and_the_last_new_image_of_each_row(blank: Run, transactions: Any) -> None:
    """A transaction that ends in nothing is one for each of its statements."""
    run, model = blank, Model()
    run("CREATE OR REPLACE TABLE T (K INT, V INT)")
    run("CREATE OR REPLACE VIEW EVEN AS SELECT K, V FROM T WHERE V % 2 = 0")
    for stream in STREAMS:
        run(f"CREATE OR REPLACE STREAM {stream} ON {'VIEW EVEN' if stream == 'S3' else 'TABLE T'}")
    for statements, end in transactions:
        for together in [statements] if end else [[statement] for statement in statements]:
            model = _run_transaction(run, model, together, end)
            assert Counter(run("SELECT * FROM T")) == Counter(model.rows.values())
            assert {stream: _shown(run, stream) for stream in STREAMS} == {
                stream: model.net(stream) for stream in STREAMS
            }


def _run_transaction(run: Run, model: Model, statements: list[Any], end: str) -> Model:
    """The model after the transaction, in which the streams show what had happened before it began."""
    before, start = deepcopy(model), len(model.changes)
    if end:
        run("BEGIN")
    for sql, key, value in statements:
        run(sql.format(key=key, value=value, stream=key))
        if sql == CONSUME:
            model.offsets[key] = start
        else:
            OPERATIONS[sql](model, key, value)
    if end:
        assert _shown(run, "S1") == before.net("S1")
        run(end)
    return before if end == "ROLLBACK" else model


def _shown(run: Run, stream: str) -> Counter[Images]:
    by_row: dict[str, set[tuple[Any, ...]]] = {}
    for row_id, *image in run(f"SELECT METADATA$ROW_ID, K, V, METADATA$ACTION, METADATA$ISUPDATE FROM {stream}"):
        by_row.setdefault(row_id, set()).add(tuple(image))
    return Counter(map(frozenset, by_row.values()))
