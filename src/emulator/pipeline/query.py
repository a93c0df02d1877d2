"""A query as DuckDB runs it: a small result stays in memory, a large one goes to a file."""

from pathlib import Path
from typing import Any

import pyarrow as pa
from duckdb import DuckDBPyConnection
from sqlglot import exp

from ..language.names import quoted
from ..language.result import Columns
from ..sql.answers import IN_ORDER, Types, shown
from ..sql.macros import call
from ..store.results import Spilled, spill

IN_MEMORY = 4 * 1024 * 1024  # bytes: a result that has more is written to a file
_LARGEST_BATCH = 50_000  # rows
_VALUES_OF_A_BATCH = 1_000_000


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
                self.spilled = spill(self._folder, self.columns, batches, self._reader)
                return self.spilled.table()
        return pa.Table.from_batches(batches, self._reader.schema)


def _projected(at: int, name: str, cast: str | None) -> str:
    value = f"#{at}"
    if cast == IN_ORDER:
        value = f"CAST({call('json_text', exp.Var(this=value)).sql(dialect='duckdb')} AS JSON)"
    elif cast:
        value = f"CAST({value} AS {cast})"
    return f"{value} AS {quoted(name)}"
