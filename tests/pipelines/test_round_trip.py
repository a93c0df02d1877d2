"""Any table, written as CSV, JSON or Parquet, comes back from CURATED the same, value for value."""

import json
import tempfile
from datetime import date, datetime, time
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from snowflake.snowpark import Session

from config import CONFIG
from src.pipelines.own_files import Outcome, OwnFiles, load_own_files
from src.utils.queries import Row, rows
from tests.lengths import LONG, length

RAW, CURATED = "DATA_ENG_DEMO.RAW_DATA", "DATA_ENG_DEMO.CURATED"

texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    st.sampled_from(
        "01234 +49 0049 -0 1. .5 1e5 1E-7 1e400 NaN null NULL true True TRUE 2024-1-5 2024-02-30 10:00 10:00Z 24:00:00"
        " 10:00+02:00 2026-01-01T10:00:00.123456789 2026-01-01 0000-01-01 123456789012345678901234567890123".split()
    ),
    st.sampled_from(["", " ", " 1", "1 ", "\r", "\r\n", "\n", '"', ",", "\\N", "\\", "2026-01-01 10:00:00", "\ufeff"]),
)
numbers = st.one_of(
    st.integers(-(10**30), 10**30),
    st.decimals(-(10**9), 10**9, places=3),
    st.floats(allow_nan=False, allow_infinity=False),
)
moments = st.one_of(st.dates(), st.datetimes(), st.times())


Table = list[list[Any]]

# A load costs the most by its statements, so that many tables are loaded as one, side by side.
AT_ONCE = length(20, 250)
batches = pytest.mark.parametrize("batch", range(length(1, 40)))


def of_kinds(kinds: list[st.SearchStrategy[Any]]) -> st.SearchStrategy[Table]:
    """One to four rows, with gaps, of columns that each are of one kind."""
    return st.lists(st.tuples(*(st.none() | kind for kind in kinds)).map(list), min_size=1, max_size=4)


def tables(*kinds: st.SearchStrategy[Any]) -> st.SearchStrategy[Table]:
    """Tables of one to four columns that each are of one kind, or of all kinds together."""
    return st.lists(st.sampled_from([*kinds, st.one_of(*kinds)]), min_size=1, max_size=4).flatmap(of_kinds)


def drawn(strategy: st.SearchStrategy[Any]) -> list[Any]:
    """As many examples as one load takes: in the long form others each time."""
    found: list[Any] = []

    @settings(max_examples=AT_ONCE, database=None, suppress_health_check=list(HealthCheck), derandomize=not LONG)
    @given(strategy)
    def draw(one: Any) -> None:
        found.append(one)

    draw()
    assert len(found) == AT_ONCE
    return found


def beside(together: list[Table]) -> Table:
    """The tables as one: those with fewer rows have gaps below them."""
    rows_ = range(max(map(len, together)))
    return [[value for one in together for value in (one[n] if n < len(one) else [None] * len(one[0]))] for n in rows_]


_numbers = count()


def loaded(session: Session, name: str, content: bytes) -> tuple[Outcome, list[Row]]:
    """The file through the whole path, and its rows in CURATED, in their order."""
    table = f"ROUND_TRIP_{next(_numbers)}"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, name)
        file.write_bytes(content)
        outcome = load_own_files(session, CONFIG, OwnFiles((file,), table))
    found = rows(session, f"SELECT * FROM {CURATED}.{table} ORDER BY ROW_ID")
    for one in (f"{RAW}.{table}", f"{CURATED}.{table}", f"{CURATED}.{table}_REJECTED"):
        rows(session, f"DROP TABLE {one}")
    return outcome, found


def is_same(written: Any, read: Any) -> bool:
    """An equal number, the same instant, the same truth value, the same text."""
    if written is None or read is None:
        return written is read
    match read:
        case bool():
            return bool(written in (read, str(read), str(read).lower(), str(read).upper()))
        case int() | Decimal() | float():
            return not isinstance(written, bool) and Decimal(str(written)) == Decimal(
                repr(read) if isinstance(read, float) else read
            )
        case datetime():
            return written == read or instant(str(written)) == read
        case date():
            return bool(written == read or instant(str(written)).date() == read)
        case time():
            return bool(written == read or time.fromisoformat(str(written)) == read)
    return bool(str(written) == read)


def instant(text: str) -> datetime:
    day, _, rest = text.replace("T", " ").partition(" ")
    year, month, number = map(int, day.split("-"))
    return datetime.combine(date(year, month, number), time.fromisoformat(rest or "00:00"))


def assert_same(table: list[list[Any]], found: list[Row], read: Any = lambda value: value) -> None:
    assert len(found) == len(table)
    for number, written in enumerate(table):
        for column, value in enumerate(written):
            # A column without any value is there in CSV and Parquet, and not in JSON.
            assert is_same(value, read(found[number].get(f"C{column}"))), (number, column, value, found[number])


def field(value: Any) -> str:
    return (
        "" if value is None else '"{}"'.format(str(value).replace('"', '""')) if isinstance(value, str) else str(value)
    )


@batches
def test_csv_files_come_back_the_same(session: Session, batch: int) -> None:
    table = beside(drawn(tables(texts, numbers, moments, st.booleans())))
    header = ",".join(["ROW_ID", *(f"c{n}" for n in range(len(table[0])))])
    records = [",".join([str(n), *map(field, row)]) for n, row in enumerate(table)]
    outcome, found = loaded(session, "t.csv", "\n".join([header, *records, ""]).encode())
    assert (outcome.curated.read, outcome.curated.rejected) == (len(table), 0)
    assert_same(table, found)


@pytest.mark.timeout(length(120, 1_800))
def test_a_csv_file_of_very_many_columns_comes_back_the_same(session: Session) -> None:
    kinds = ["1", "2.50", "x", "2024-01-05", "2024-01-05 10:00:00", "true", "01234", "10:00:00", "1e5", None]
    table: list[list[Any]] = [[kinds[n % len(kinds)] for n in range(length(100, 5_000))], [None] * length(100, 5_000)]
    lines = [["ROW_ID", *(f"c{n}" for n in range(len(table[0])))], *(["0", *map(field, row)] for row in table)]
    lines[2][0] = "1"
    outcome, found = loaded(session, "t.csv", "\n".join(map(",".join, lines)).encode())
    assert (outcome.curated.read, outcome.curated.kept, outcome.curated.rejected) == (2, 2, 0)
    assert [type(found[0][f"C{n}"]) for n in range(9)] == [int, Decimal, str, date, datetime, bool, str, time, float]
    assert_same(table, found)


json_numbers = st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)


@batches
def test_json_files_come_back_the_same(session: Session, batch: int) -> None:
    values = tables(texts, json_numbers, st.booleans(), st.lists(texts | st.integers(), max_size=2))
    table = beside([*drawn(values), [[1.0000000000000002e16]]])
    records = [{"row_id": n} | {f"c{c}": value for c, value in enumerate(row)} for n, row in enumerate(table)]
    outcome, found = loaded(session, "t.json", json.dumps(records, ensure_ascii=False).encode())
    assert (outcome.curated.read, outcome.curated.rejected) == (len(table), 0)
    assert len(found) == len(table)
    variants = {f"C{c}" for c in range(len(table[0])) if is_variant(table, c)}
    for row, record in zip(table, found, strict=True):
        for c, value in enumerate(row):
            read = record.get(f"C{c}")
            if f"C{c}" in variants and isinstance(read, str):
                assert (type(json.loads(read)), json.loads(read)) == (type(value), value)
            else:
                assert is_same(value, read), (value, read)


def is_variant(table: list[list[Any]], column: int) -> bool:
    """Whether values are of several types of JSON, or of one that no type but VARIANT holds."""
    values = [row[column] for row in table if row[column] is not None]
    kinds = {"number" if type(value) in (int, float) else type(value).__name__ for value in values}
    return len(kinds) > 1 or "list" in kinds or (kinds == {"number"} and not fit_together(values))


def fit_together(values: list[Any]) -> bool:
    written = [json.dumps(value) for value in values]
    digits = [len(one.lstrip("-").partition("e")[0].replace(".", "")) for one in written]
    if any("e" in one for one in written):
        return (
            max(digits) <= 15
            and all("e" not in one or abs(int(one.partition("e")[2])) < 100 for one in written)
            and "-0.0" not in written
        )
    whole = max(len(one.lstrip("-").partition(".")[0]) for one in written)
    return whole + max(len(one.partition(".")[2]) for one in written) <= 38 and "-0.0" not in written


PARQUET_TYPES = {
    "text": (pa.string(), texts),
    "whole": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "exact": (pa.decimal128(38, 3), st.decimals(-(10**30), 10**30, places=3)),
    "float": (pa.float64(), st.floats(allow_nan=False, allow_infinity=False)),
    "day": (pa.date32(), st.dates()),
    "moment": (pa.timestamp("us"), st.datetimes(datetime(1678, 1, 1), datetime(2261, 1, 1))),
    "truth": (pa.bool_(), st.booleans()),
}


def typed(kinds: list[str]) -> st.SearchStrategy[tuple[list[str], Table]]:
    return st.tuples(st.just(kinds), of_kinds([PARQUET_TYPES[kind][1] for kind in kinds]))


@batches
def test_parquet_files_come_back_the_same(session: Session, batch: int) -> None:
    examples = drawn(st.lists(st.sampled_from(sorted(PARQUET_TYPES)), min_size=1, max_size=4).flatmap(typed))
    kinds = [kind for some, _ in examples for kind in some]
    table = beside([one for _, one in examples])
    columns = {"row_id": pa.array(range(len(table)), pa.int64())} | {
        f"c{n}": pa.array([row[n] for row in table], PARQUET_TYPES[kind][0]) for n, kind in enumerate(kinds)
    }
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    outcome, found = loaded(session, "t.parquet", sink.getvalue().to_pybytes())
    assert (outcome.curated.read, outcome.curated.rejected) == (len(table), 0)
    assert_same(table, found)
