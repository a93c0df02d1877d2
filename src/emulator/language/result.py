"""What a statement answers: named, typed columns and rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .. import errors

TEXT, NUMBER, BOOLEAN, TIMESTAMP = "VARCHAR", "BIGINT", "BOOLEAN", "TIMESTAMP WITH TIME ZONE"
CREDITS = "DECIMAL(38,9)"

_ARROW = {
    TEXT: pa.string(),
    NUMBER: pa.int64(),
    BOOLEAN: pa.bool_(),
    TIMESTAMP: pa.timestamp("us", tz="UTC"),
    CREDITS: pa.decimal128(38, 9),
}


Columns = Sequence[tuple[str, str]]

_TYPES = {"": TEXT, "number": NUMBER, "time": TIMESTAMP, "boolean": BOOLEAN}


def columns(named: str) -> Columns:
    """Columns written as `name` (a text), `name:number`, `name:time` or `name:boolean`, with spaces between."""
    return [(name, _TYPES[type_]) for name, _, type_ in (column.partition(":") for column in named.split())]


@dataclass(frozen=True)
class Result:
    """Columns as (name, DuckDB type) and rows as tuples in that order; `changed` counts what a change has changed."""

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Any]]
    changed: int | None = field(default=None, kw_only=True)

    def arrow(self) -> pa.Table:
        names = [name for name, _ in self.columns]
        arrays = [
            pa.array([row[index] for row in self.rows], type=_ARROW[type_])
            for index, (_, type_) in enumerate(self.columns)
        ]
        return pa.Table.from_arrays(arrays, names=names)


@dataclass(frozen=True)
class Fetched(Result):
    """What another statement has answered, handed on with the types it has."""

    fetched: pa.Table

    def arrow(self) -> pa.Table:
        return self.fetched

    def renamed(self, names: Sequence[str]) -> "Fetched":
        columns = [(name, type_) for name, (_, type_) in zip(names, self.columns, strict=True)]
        return Fetched(columns, self.rows, self.fetched.rename_columns(list(names)))


def fetched(columns: Sequence[tuple[str, str]], rows: pa.Table) -> Fetched:
    values = [column.to_pylist() for column in rows.columns]
    return Fetched(columns, list(zip(*values, strict=True)), rows)


@dataclass(frozen=True)
class Transfer(Result):
    """What a client needs to send or fetch files, instead of rows: the answer to PUT and GET."""

    columns: Sequence[tuple[str, str]] = ()
    rows: Sequence[Sequence[Any]] = ()
    data: dict[str, Any] = field(default_factory=dict)


def status(message: str) -> Result:
    """The one-cell answer of a DDL statement."""
    return Result(columns=[("status", TEXT)], rows=[(message,)])


SUCCESS = "Statement executed successfully."


def done() -> Result:
    return status(SUCCESS)


def table(columns: Sequence[tuple[str, str]], records: Iterable[Mapping[str, Any]]) -> Result:
    """Rows given as dictionaries; a column that a record does not name is NULL."""
    return Result(columns, [tuple(record.get(name) for name, _ in columns) for record in records])


def refuse_impossible_moments(rows: pa.Table) -> None:
    """Raises 100040 for the time 24:00:00, and refuses dates that no text of Snowflake's says.

    https://docs.snowflake.com/en/sql-reference/data-types-datetime
    """
    for column in rows.columns:
        if not pa.types.is_temporal(column.type) or pa.types.is_interval(column.type):
            continue
        least, most = (pc.min_max(column)[name] for name in ("min", "max"))
        if not most.is_valid:
            continue
        if pa.types.is_time(column.type):
            if most.value >= _DAY:
                raise errors.not_recognized("24:00:00", "TIME")
        elif pa.types.is_date(column.type):
            _check_days(least.value, most.value)
        else:
            _check_days(least.value // _DAY, most.value // _DAY)


def _check_days(first: int, last: int) -> None:
    if first < _YEAR_0 or last > _YEAR_999999:
        raise errors.not_emulated("a date before the year 0 or after the year 999999")


_DAY = 24 * 60 * 60 * 1_000_000  # microseconds
_YEAR_0, _YEAR_999999 = -719_528, 364_522_971  # days since 1970
