"""Rows merged and stored, and CURATED to ANALYTICS: rows summarised and compared.

What a step writes, it writes in one transaction, and a second run on the same data changes no row.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from src.utils.arguments import checked
from src.utils.date_utils import Quarter
from src.utils.errors import InputError
from src.utils.logging_utils import timed
from src.utils.queries import QueryFailed, Row, explained, rows
from src.utils.sql import identifier, joined, literal

if TYPE_CHECKING:
    from snowflake.snowpark import Column, DataFrame, Session

Function = Literal["sum", "avg", "min", "max", "count", "count_distinct"]


@dataclass(frozen=True)
class Merged:
    """How many rows of the target a merge changed."""

    inserted: int
    updated: int
    deleted: int = 0


@checked
@dataclass(frozen=True)
class Measure:
    """An aggregation: `name` is the function of the column."""

    name: str
    function: Function
    column: str


@checked
@contextmanager
def transaction(session: "Session") -> Iterator[None]:
    """One explicit transaction: committed at the end, rolled back whatever goes wrong.

    DDL would commit it: https://docs.snowflake.com/en/sql-reference/transactions#ddl
    """
    rows(session, "BEGIN TRANSACTION")
    try:
        yield
        rows(session, "COMMIT")
    except BaseException:
        with suppress(QueryFailed):  # an error of ROLLBACK itself says nothing that the first error does not
            rows(session, "ROLLBACK")
        raise


# Writing


@checked
def make_table(session: "Session", table: str, query: str) -> None:
    """Makes an empty table with the query's columns and change tracking, if there is none of the name.

    https://docs.snowflake.com/en/sql-reference/sql/create-table#create-table-as-select-also-referred-to-as-ctas
    """
    empty = f"SELECT * FROM (\n{query}\n) LIMIT 0"
    rows(session, f"CREATE TABLE IF NOT EXISTS {table}\n  CHANGE_TRACKING = TRUE\nAS\n{empty}")


@checked
@timed("merge")
def merge_into(session: "Session", source: "DataFrame", target: str, key: Sequence[str]) -> Merged:
    """Inserts the source's rows with a new key and updates those that differ: one statement, all or nothing.

    Rows of the target that the source has not stay. Raises InputError without a key, QueryFailed if a key is in the
    source twice. https://docs.snowflake.com/en/sql-reference/sql/merge
    """
    if not key:
        raise InputError(f"A merge into {target} needs a key. Pass the columns that tell its rows apart.")
    [row] = rows(session, _merge(sql_of(source), target, _names(source), key))
    return _merged(row)


@checked
@timed("store")
def store(session: "Session", frame: "DataFrame", target: str, key: Sequence[str]) -> Merged:
    """Makes the target's rows those of the frame, all or nothing; rows that are the same are not touched."""
    make_table(session, target, sql_of(frame))
    with transaction(session):
        return bring_to(session, target, sql_of(frame), _names(frame), key)


@checked
def bring_to(session: "Session", target: str, query: str, names: Sequence[str], key: Sequence[str]) -> Merged:
    """Makes the target's rows those of the query, in the transaction that is open.

    Without a key, a row is known by all its columns, and nothing is ever updated. An empty target is merged into like
    any other: DELETE and MERGE lock the table, as INSERT does not, so that two at once never insert the same key.
    https://docs.snowflake.com/en/sql-reference/transactions#resource-locking
    """
    wanted = f"SELECT 1 FROM (\n{query}\n) AS S WHERE {_same_row(names, target, key)}"
    [gone] = rows(session, f"DELETE FROM {target} WHERE NOT EXISTS (\n{wanted}\n){_or_twice(target, key)}")
    [row] = rows(session, _merge(query, target, names, key))
    merged = _merged(row)
    return Merged(merged.inserted, merged.updated, int(gone["number of rows deleted"]))


def _or_twice(target: str, key: Sequence[str]) -> str:
    """Also the rows whose key is there twice, as in a table made without the key: a merge would update each of them."""
    if not key:
        return ""
    listed = ", ".join(map(identifier, key))
    twice = f"SELECT {listed} FROM {target} GROUP BY {listed} HAVING COUNT(*) > 1"
    return f"\nOR EXISTS (SELECT 1 FROM ({twice}) AS S WHERE {_same_row(key, target, key)})"


def _merge(query: str, target: str, names: Sequence[str], key: Sequence[str]) -> str:
    others = [identifier(name) for name in names if key and name not in key]
    lines = [f"MERGE INTO {target} AS T USING (\n{query}\n) AS S ON {_same_row(names, 'T', key)}"]
    if others:
        differs = joined("OR", [f"T.{name} IS DISTINCT FROM S.{name}" for name in others])
        lines.append(f"WHEN MATCHED AND ({differs}) THEN UPDATE SET {', '.join(f'{n} = S.{n}' for n in others)}")
    listed = [identifier(name) for name in names]
    values = ", ".join(f"S.{name}" for name in listed)
    lines.append(f"WHEN NOT MATCHED THEN INSERT ({', '.join(listed)}) VALUES ({values})")
    return "\n".join(lines)


def _same_row(names: Sequence[str], target: str, key: Sequence[str]) -> str:
    """A key has values; of all columns together, some may be NULL."""
    compared, equals = (key, "=") if key else (names, "IS NOT DISTINCT FROM")
    columns = [identifier(name) for name in compared]
    return joined("AND", [f"{target}.{name} {equals} S.{name}" for name in columns])


def _merged(row: Row) -> Merged:
    return Merged(int(row["number of rows inserted"]), int(row.get("number of rows updated", 0)))


def _names(frame: "DataFrame") -> list[str]:
    """The frame's columns, by their own names."""
    with explained():
        return [name[1:-1].replace('""', '"') if name.startswith('"') else name for name in frame.columns]


@checked
def sql_of(frame: "DataFrame") -> str:
    """The one query that a frame stands for."""
    with explained():
        [sql] = frame.queries["queries"]
    return sql


# CURATED to ANALYTICS


@checked
def summarise(frame: "DataFrame", keys: Sequence[str], measures: Sequence[Measure]) -> "DataFrame":
    """One row for each combination of the keys, with the measures."""
    from snowflake.snowpark import functions

    of: Mapping[Function, Callable[[Column], Column]] = {
        "sum": functions.sum,
        "avg": functions.avg,
        "min": functions.min,
        "max": functions.max,
        "count": functions.count,
        "count_distinct": functions.count_distinct,
    }
    made = [of[one.function](functions.col(identifier(one.column))).alias(identifier(one.name)) for one in measures]
    return frame.group_by(*map(identifier, keys)).agg(*made)


@checked
def latest_per_key(frame: "DataFrame", key: Sequence[str], newest: str) -> "DataFrame":
    """Of each key's rows the one with the newest timestamp; of equally new ones always the same."""
    from snowflake.snowpark import Window
    from snowflake.snowpark.functions import col, row_number

    names = _names(frame)
    others = [name for name in names if name not in key and name != newest]
    order: list[Column] = [col(identifier(name)).desc_nulls_last() for name in (*filter(None, [newest]), *others)]
    if not order:
        return frame.distinct()
    window = Window.partition_by(*map(identifier, key)).order_by(*order)
    ranked = frame.with_column("NEWEST_FIRST", row_number().over(window))
    return ranked.filter(col("NEWEST_FIRST") == 1).select(*map(identifier, names))


@checked
def period_over_period(
    session: "Session", frame: "DataFrame", day: str, measure: str, quarters: Sequence[Quarter]
) -> "DataFrame":
    """The sum of a measure in each quarter, and its change from the quarter before.

    Columns QUARTER, VALUE, PREVIOUS, CHANGE, CHANGE_RATE (NULL where there is nothing to compare with, or it was 0).
    A quarter without rows has the value 0. Raises InputError without quarters.
    """
    if not quarters:
        raise InputError("There are no quarters to compare. Pass one or more, as historical_quarters gives them.")
    from snowflake.snowpark import Window
    from snowflake.snowpark.functions import coalesce, col, lag, lit, sql_expr
    from snowflake.snowpark.functions import sum as sum_

    named = " ".join(f"WHEN '{one.start}' AND '{one.end}' THEN {literal(one.label)}" for one in quarters)
    named = named.replace("WHEN ", f"WHEN TO_DATE({identifier(day)}) BETWEEN ")
    sums = (
        frame.select(sql_expr(f"CASE {named} END").alias("QUARTER"), col(identifier(measure)).alias("AMOUNT"))
        .group_by("QUARTER")
        .agg(sum_("AMOUNT").alias("SUMMED"))
    )
    labels = ", ".join(f"({literal(one.label)})" for one in quarters)
    all_quarters = session.sql(f"SELECT COLUMN1 AS LABEL FROM VALUES {labels}")
    joined = all_quarters.join(sums, col("LABEL") == col("QUARTER"), "left").select(
        col("LABEL").alias("QUARTER"), coalesce(col("SUMMED"), lit(0)).alias("VALUE")
    )
    compared = joined.with_column("PREVIOUS", lag("VALUE").over(Window.order_by("QUARTER")))
    return compared.with_column("CHANGE", col("VALUE") - col("PREVIOUS")).with_column(
        "CHANGE_RATE", sql_expr("CHANGE / NULLIF(PREVIOUS, 0)")
    )
