"""RAW_DATA to CURATED to ANALYTICS: rows typed, trimmed and deduplicated, merged, and summarised.

What a step writes, it writes in one transaction, and a second run on the same data changes no row.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from src.utils.date_utils import Quarter
from src.utils.errors import InputError
from src.utils.logging_utils import timed
from src.utils.queries import QueryFailed, Row, explained, rows
from src.utils.sql import identifier, literal

if TYPE_CHECKING:
    from snowflake.snowpark import Column, DataFrame, Session

Function = Literal["sum", "avg", "min", "max", "count", "count_distinct"]

REJECTED = "_REJECTED"
REASON = "REASON"
BETWEEN = "; "


@dataclass(frozen=True)
class TypedColumn:
    """A column of a curated table: its name, the Snowflake type it is cast to, and whether a row needs it."""

    name: str
    type: str
    required: bool = False


@dataclass(frozen=True)
class Curation:
    """What a raw table becomes. `source` and `target` as SQL writes them.

    Without columns, those of the source in their own types. Without a key, rows that are the same in all columns count
    as one. `newest` is the timestamp that decides between rows of one key.
    """

    source: str
    target: str
    key: tuple[str, ...] = ()
    newest: str | None = None
    columns: tuple[TypedColumn, ...] = ()


@dataclass(frozen=True)
class Curated:
    """How many rows were read, how many are in the target now, how many were rejected or the same as another."""

    target: str
    read: int
    kept: int
    rejected: int
    duplicates: int


@dataclass(frozen=True)
class Merged:
    """How many rows of the target a merge changed."""

    inserted: int
    updated: int
    deleted: int = 0


@dataclass(frozen=True)
class Measure:
    """An aggregation: `name` is the function of the column."""

    name: str
    function: Function
    column: str


@dataclass(frozen=True)
class SourceColumn:
    name: str
    type: str

    @property
    def is_text(self) -> bool:
        return self.type.startswith(("VARCHAR", "STRING", "TEXT", "CHAR"))


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
        _roll_back(session)
        raise


def _roll_back(session: "Session") -> None:
    """An error of ROLLBACK itself says nothing that the first error does not."""
    try:
        rows(session, "ROLLBACK")
    except QueryFailed:
        return


# RAW_DATA to CURATED


@timed("curate")
def curate(session: "Session", curation: Curation) -> Curated:
    """Brings the target to the typed, trimmed and deduplicated rows of the source, all or nothing.

    Rows with a value that its type does not take, or without a value that is required, go to `<TARGET>_REJECTED` with
    the reason; rows that have gone from the source go from both. Raises InputError for a column that the source has
    not, QueryFailed for what Snowflake refuses.
    """
    found = source_columns(session, curation.source)
    columns = _columns(curation, found)
    kept, rejected = _split(session, curation, columns, found)
    rejects = rejected_name(curation.target)
    make_table(session, curation.target, kept)
    make_table(session, rejects, rejected)
    with transaction(session):
        _bring_to(session, curation.target, kept, curation.key)
        _bring_to(session, rejects, rejected, ())
        return _counted(session, curation, rejects)


def rejected_name(table: str) -> str:
    """`DB.SCHEMA.T` to `DB.SCHEMA.T_REJECTED`, inside the quotes of a quoted name."""
    return f'{table[:-1]}{REJECTED}"' if table.endswith('"') else table + REJECTED


def source_columns(session: "Session", table: str) -> list[SourceColumn]:
    """The columns of a table, in their order."""
    return [SourceColumn(row["name"], row["type"]) for row in rows(session, f"DESCRIBE TABLE {table}")]


def _columns(curation: Curation, found: list[SourceColumn]) -> list[TypedColumn]:
    wanted = list(curation.columns) or [TypedColumn(column.name, column.type) for column in found]
    names = {column.name for column in wanted}
    missing = [one.name for one in wanted if one.name not in {column.name for column in found}]
    missing += [name for name in (*curation.key, *filter(None, [curation.newest])) if name not in names]
    if missing:
        raise InputError(
            f"{curation.source} has no column {', '.join(missing)}. "
            f"Found: {', '.join(column.name for column in found)}."
        )
    return [TypedColumn(one.name, one.type, one.required or one.name in curation.key) for one in wanted]


def _split(
    session: "Session", curation: Curation, columns: list[TypedColumn], found: list[SourceColumn]
) -> tuple["DataFrame", "DataFrame"]:
    """The rows that are kept, and the rows as they came that are not, with the reason."""
    from snowflake.snowpark.functions import col, sql_expr

    texts = {column.name for column in found if column.is_text}
    source = session.table(curation.source)
    judged = source.with_column(REASON, sql_expr(_reason(columns, texts)))
    typed = judged.filter(col(REASON) == "").select(
        *(sql_expr(_typed(column, texts)).alias(identifier(column.name)) for column in columns)
    )
    rejected = judged.filter(col(REASON) != "").select(*(identifier(one.name) for one in found), REASON)
    names = [column.name for column in columns]
    return _newest(typed, curation.key or tuple(names), curation.newest, names), rejected.distinct()


def _typed(column: TypedColumn, texts: set[str]) -> str:
    """A text is trimmed, then cast if it can be. TRY_CAST takes texts only.

    https://docs.snowflake.com/en/sql-reference/functions/try_cast
    """
    name = identifier(column.name)
    if column.name not in texts:
        return f"CAST({name} AS {column.type})"
    return f"TRY_CAST({_trimmed(column)} AS {column.type})"


def _trimmed(column: TypedColumn) -> str:
    return f"NULLIF(TRIM({identifier(column.name)}), '')"


def _reason(columns: list[TypedColumn], texts: set[str]) -> str:
    """Why a row is rejected, '' if it is not."""
    reasons = [reason for column in columns for reason in _reasons(column, texts)]
    return f"SUBSTR({' || '.join(reasons)}, {len(BETWEEN) + 1})" if reasons else "''"


def _reasons(column: TypedColumn, texts: set[str]) -> Iterator[str]:
    is_text = column.name in texts
    present = _trimmed(column) if is_text else identifier(column.name)
    if column.required:
        yield f"IFF({present} IS NULL, {literal(f'{BETWEEN}{column.name} is missing')}, '')"
    if is_text and not SourceColumn(column.name, column.type).is_text:
        fails = f"{present} IS NOT NULL AND {_typed(column, texts)} IS NULL"
        yield f"IFF({fails}, {literal(f'{BETWEEN}{column.name} is no {column.type}: ')} || {present}, '')"


def _newest(frame: "DataFrame", key: Sequence[str], newest: str | None, names: list[str]) -> "DataFrame":
    """One row for each key: the newest, and of equally new ones always the same."""
    from snowflake.snowpark import Window
    from snowflake.snowpark.functions import col, row_number

    others = [name for name in names if name not in key and name != newest]
    order: list[Column] = [col(identifier(name)).desc_nulls_last() for name in (*filter(None, [newest]), *others)]
    if not order:
        return frame.distinct()
    window = Window.partition_by(*map(identifier, key)).order_by(*order)
    ranked = frame.with_column("NEWEST_FIRST", row_number().over(window))
    return ranked.filter(col("NEWEST_FIRST") == 1).select(*map(identifier, names))


def _counted(session: "Session", curation: Curation, rejects: str) -> Curated:
    [row] = rows(
        session,
        f"SELECT (SELECT COUNT(*) FROM {curation.source}) AS READ_ROWS, "
        f"(SELECT COUNT(*) FROM {curation.target}) AS KEPT, (SELECT COUNT(*) FROM {rejects}) AS REJECTED",
    )
    read, kept, rejected = row["READ_ROWS"], row["KEPT"], row["REJECTED"]
    return Curated(curation.target, read, kept, rejected, read - kept - rejected)


# Writing


def make_table(session: "Session", table: str, frame: "DataFrame") -> None:
    """Makes an empty table with the frame's columns and change tracking, if there is none of the name.

    https://docs.snowflake.com/en/sql-reference/sql/create-table#create-table-as-select-also-referred-to-as-ctas
    """
    empty = f"SELECT * FROM (\n{sql_of(frame)}\n) LIMIT 0"
    rows(session, f"CREATE TABLE IF NOT EXISTS {table}\n  CHANGE_TRACKING = TRUE\nAS\n{empty}")


@timed("merge")
def merge_into(session: "Session", source: "DataFrame", target: str, key: Sequence[str]) -> Merged:
    """Inserts the source's rows with a new key and updates those that differ: one statement, all or nothing.

    Rows of the target that the source has not stay. Raises InputError without a key, QueryFailed if a key is in the
    source twice. https://docs.snowflake.com/en/sql-reference/sql/merge
    """
    if not key:
        raise InputError(f"A merge into {target} needs a key. Pass the columns that tell its rows apart.")
    [row] = rows(session, _merge(source, target, key))
    return _merged(row)


@timed("store")
def store(session: "Session", frame: "DataFrame", target: str, key: Sequence[str]) -> Merged:
    """Makes the target's rows those of the frame, all or nothing; rows that are the same are not touched."""
    make_table(session, target, frame)
    with transaction(session):
        return _bring_to(session, target, frame, key)


def _bring_to(session: "Session", target: str, frame: "DataFrame", key: Sequence[str]) -> Merged:
    """Without a key, a row is known by all its columns, and nothing is ever updated."""
    known = f"SELECT 1 FROM (\n{sql_of(frame)}\n) AS S WHERE {_same_row(frame, target, key)}"
    [gone] = rows(session, f"DELETE FROM {target} WHERE NOT EXISTS (\n{known}\n)")
    [row] = rows(session, _merge(frame, target, key))
    merged = _merged(row)
    return Merged(merged.inserted, merged.updated, int(gone["number of rows deleted"]))


def _merge(source: "DataFrame", target: str, key: Sequence[str]) -> str:
    names = _names(source)
    others = [identifier(name) for name in names if key and name not in key]
    lines = [f"MERGE INTO {target} AS T USING (\n{sql_of(source)}\n) AS S ON {_same_row(source, 'T', key)}"]
    if others:
        differs = " OR ".join(f"T.{name} IS DISTINCT FROM S.{name}" for name in others)
        lines.append(f"WHEN MATCHED AND ({differs}) THEN UPDATE SET {', '.join(f'{n} = S.{n}' for n in others)}")
    listed = [identifier(name) for name in names]
    values = ", ".join(f"S.{name}" for name in listed)
    lines.append(f"WHEN NOT MATCHED THEN INSERT ({', '.join(listed)}) VALUES ({values})")
    return "\n".join(lines)


def _same_row(frame: "DataFrame", target: str, key: Sequence[str]) -> str:
    """A key has values; of all columns together, some may be NULL."""
    names, equals = (key, "=") if key else (_names(frame), "IS NOT DISTINCT FROM")
    columns = [identifier(name) for name in names]
    return " AND ".join(f"{target}.{name} {equals} S.{name}" for name in columns)


def _merged(row: Row) -> Merged:
    return Merged(int(row["number of rows inserted"]), int(row.get("number of rows updated", 0)))


def _names(frame: "DataFrame") -> list[str]:
    """The frame's columns, by their own names."""
    with explained():
        return [name[1:-1].replace('""', '"') if name.startswith('"') else name for name in frame.columns]


def sql_of(frame: "DataFrame") -> str:
    """The one query that a frame stands for."""
    with explained():
        [sql] = frame.queries["queries"]
    return sql


# CURATED to ANALYTICS


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


def latest_per_key(frame: "DataFrame", key: Sequence[str], newest: str) -> "DataFrame":
    """Of each key's rows the one with the newest timestamp; of equally new ones always the same."""
    return _newest(frame, key, newest, _names(frame))


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
