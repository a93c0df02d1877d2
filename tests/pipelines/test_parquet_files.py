"""Parquet files of every type, odd or damaged: each value comes back, or the column or the file is named."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from snowflake.snowpark import Session

from config import CONFIG
from src.pipelines.landing import METADATA
from src.pipelines.own_files import OwnFiles, load_own_files
from src.utils.errors import DemoError
from src.utils.queries import Row, rows

RAW, CURATED = "DATA_ENG_DEMO.RAW_DATA", "DATA_ENG_DEMO.CURATED"


def written(columns: Mapping[str, pa.Array] | pa.Table, **options: Any) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), sink, **options)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def load(session: Session, folder: Path, table: str, *contents: bytes, **options: Any) -> list[Row]:
    """Loads the files together; the rows of CURATED, which are those of RAW_DATA."""
    files = tuple(folder / f"{table.lower()}{number}.parquet" for number in range(len(contents)))
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    load_own_files(session, CONFIG, OwnFiles(files, table, **options))
    found, raw = ([_hashable(row) for row in rows(session, f"SELECT * FROM {one}.{table}")] for one in (CURATED, RAW))
    assert {tuple(sorted(row.items())) for row in found} == {
        tuple(sorted((name, value) for name, value in row.items() if name not in METADATA)) for row in raw
    }
    return found


def _hashable(row: Row) -> Row:
    """The connector's BINARY is a bytearray."""
    return {name: bytes(value) if isinstance(value, bytearray) else value for name, value in row.items()}


NAT = 1_700_000_000_123_456_789
KEPT: list[tuple[str, pa.Array, list[Any]]] = [
    ("NUMBER(38,0)", pa.array([2**64 - 1, 0, None], pa.uint64()), [2**64 - 1, 0, None]),
    ("NUMBER(38,0)", pa.array([2**32 - 1, 0, None], pa.uint32()), [2**32 - 1, 0, None]),
    ("NUMBER(38,0)", pa.array([2**16 - 1, 0, None], pa.uint16()), [2**16 - 1, 0, None]),
    ("NUMBER(38,0)", pa.array([255, 0, None], pa.uint8()), [255, 0, None]),
    ("NUMBER(38,0)", pa.array([-128, 127, None], pa.int8()), [-128, 127, None]),
    ("NUMBER(38,0)", pa.array([-(2**63), 2**63 - 1, 0], pa.int64()), [-(2**63), 2**63 - 1, 0]),
    ("NUMBER(38,0)", pa.array([Decimal(10**38 - 1), Decimal(-1), None], pa.decimal128(38, 0)), [10**38 - 1, -1, None]),
    (
        "NUMBER(38,10)",
        pa.array([Decimal("-0.0000000001"), Decimal(10**27), None], pa.decimal128(38, 10)),
        [Decimal("-0.0000000001"), Decimal(10**27), None],
    ),
    ("NUMBER(38,38)", pa.array([Decimal("0." + "1" * 38), None, None]), [Decimal("0." + "1" * 38), None, None]),
    ("FLOAT", pa.array([1.5, -0.25, None]).cast(pa.float16()), [1.5, -0.25, None]),
    ("FLOAT", pa.array([0.5, 5e-324, 1e308]), [0.5, 5e-324, 1e308]),
    (
        "VARCHAR",
        pa.array([NAT, -1, None], pa.timestamp("ns")),
        ["2023-11-14 22:13:20.123456789", "1969-12-31 23:59:59.999999999", None],
    ),
    (
        "VARCHAR",
        pa.array([NAT, None, None], pa.timestamp("ns", "UTC")),
        ["2023-11-14 22:13:20.123456789+00", None, None],
    ),
    (
        "TIMESTAMP_NTZ",
        pa.array([NAT - 789, -1000, None], pa.timestamp("ns")),
        [datetime(2023, 11, 14, 22, 13, 20, 123456), datetime(1969, 12, 31, 23, 59, 59, 999999), None],
    ),
    (
        "TIMESTAMP_LTZ",
        pa.array([NAT - 789, None, None], pa.timestamp("ns", "UTC")),
        [datetime(2023, 11, 14, 22, 13, 20, 123456, UTC), None, None],
    ),
    (
        "TIMESTAMP_NTZ",
        pa.array(
            [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999), datetime(2300, 1, 1)], pa.timestamp("us")
        ),
        [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999), datetime(2300, 1, 1)],
    ),
    (
        "TIMESTAMP_LTZ",
        pa.array([-1, None, 0], pa.timestamp("ms", "UTC")),
        [datetime(1969, 12, 31, 23, 59, 59, 999000, UTC), None, datetime(1970, 1, 1, tzinfo=UTC)],
    ),
    ("VARCHAR", pa.array([123_456_789, None, 0], pa.time64("ns")), ["00:00:00.123456789", None, "00:00:00"]),
    ("TIME", pa.array([123_456_000, None, 0], pa.time64("ns")), [time(0, 0, 0, 123456), None, time(0)]),
    ("TIME", pa.array([86_399_999_999, None, 1], pa.time64("us")), [time(23, 59, 59, 999999), None, time(0, 0, 0, 1)]),
    ("DATE", pa.array([date(1, 1, 1), date(9999, 12, 31), None]), [date(1, 1, 1), date(9999, 12, 31), None]),
    ("BINARY", pa.array([b"ab", b"\x00\xff", b""]), [b"ab", b"\x00\xff", b""]),
    ("VARCHAR", pa.array(["a", "", None]).dictionary_encode(), ["a", "", None]),
    ("VARCHAR", pa.nulls(3), [None, None, None]),
    ("BOOLEAN", pa.array([True, False, None]), [True, False, None]),
    ("VARIANT", pa.array([[2**64 - 1, None], [], None], pa.list_(pa.uint64())), [f"[{2**64 - 1},null]", "[]", None]),
    (
        "VARIANT",
        pa.array([[NAT], [], None], pa.list_(pa.timestamp("ns"))),
        ['["2023-11-14 22:13:20.123456789"]', "[]", None],
    ),
    (
        "VARIANT",
        pa.array([{"x": 1, "y": [{"z": "a"}]}, None, {"x": None, "y": []}]),
        ['{"x":1,"y":[{"z":"a"}]}', None, '{"x":null,"y":[]}'],
    ),
    (
        "VARIANT",
        pa.array([[("k", 1), ("K", None)], [], None], pa.map_(pa.string(), pa.int64())),
        ['{"K":null,"k":1}', "{}", None],
    ),
]


def test_values_of_every_type_come_back(session: Session, tmp_path: Path) -> None:
    columns = {"n": pa.array(range(3))} | {f"c{number}": column for number, (_, column, _) in enumerate(KEPT)}
    load(session, tmp_path, "PQ_TYPES", written(columns, row_group_size=1))
    types = {row["name"]: row["type"] for row in rows(session, f"DESCRIBE TABLE {CURATED}.PQ_TYPES")}
    found = rows(session, f"SELECT * FROM {CURATED}.PQ_TYPES ORDER BY N")
    for number, (type_, _, values) in enumerate(KEPT):
        assert re.sub(r"\((9|16777216|8388608)\)$", "", types[f"C{number}"]) == type_, number
        kept = [row[f"C{number}"] for row in found]
        assert ([on_one_line(value) for value in kept] if type_ == "VARIANT" else kept) == values, number


def on_one_line(value: Any) -> Any:
    """What is sent on several lines: https://docs.snowflake.com/en/sql-reference/parameters#json-indent"""
    return json.dumps(json.loads(value), separators=(",", ":")) if isinstance(value, str) else value


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pa.array([86_400_000_000], pa.time64("us")), "a time of 24:00:00, which the Parquet column a has,"),
        (pa.array([10**7], pa.date32()), "a date before the year 1 or after 9999, which the Parquet column a has,"),
        (pa.array([2**62], pa.timestamp("us")), "a date before the year 1 or after 9999"),
        (pa.array([-(10**15)], pa.timestamp("ms", "UTC")), "a date before the year 1 or after 9999"),
        (pa.array([Decimal("1" * 39)], pa.decimal256(39, 0)), "the Parquet column a of 39 digits"),
        (pa.array([[("k", 1), ("k", 2)]], pa.map_(pa.string(), pa.int64())), 'a map with the key "k" twice'),
        (pa.array([{"x": 1, "X": 2}]), "several columns x, apart from case,"),
        (pa.array([[{"x": 1, "X": 2}]]), "several columns x, apart from case,"),
        (
            pa.StringArray.from_buffers(1, *pa.array([b"\x00\xff"]).buffers()[1:]),
            r"Invalid UTF8 detected in string '\x00\xFF' File 'parquet_stage/PQ_REFUSED/pq_refused0.parquet', column a",
        ),
    ],
)
def test_a_value_that_cannot_be_kept_is_refused_with_its_column(
    session: Session, tmp_path: Path, column: pa.Array, message: str
) -> None:
    with pytest.raises(DemoError) as caught:
        load(session, tmp_path, "PQ_REFUSED", written({"a": column}))
    assert message in str(caught.value)
    assert rows(session, "SHOW TABLES LIKE 'PQ_REFUSED%' IN DATABASE DATA_ENG_DEMO") == []


def test_nanoseconds_of_old_writers_are_not_lost(session: Session, tmp_path: Path) -> None:
    old = {"use_deprecated_int96_timestamps": True}
    whole = written({"a": pa.array([NAT - 789, -1000], pa.timestamp("ns"))}, **old)
    assert {row["A"] for row in load(session, tmp_path, "PQ_OLD", whole)} == {
        datetime(2023, 11, 14, 22, 13, 20, 123456),
        datetime(1969, 12, 31, 23, 59, 59, 999999),
    }
    with pytest.raises(DemoError, match="nanoseconds, of which the Parquet column a of 96 bits has some"):
        load(session, tmp_path, "PQ_OLD_FINE", written({"a": pa.array([NAT], pa.timestamp("ns"))}, **old))


GOOD = written({"a": pa.array(range(100)), "b": pa.array(["x" * 50] * 100)})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PAR1",
        b"a,b\n1,2\n" * 9,
        GOOD[:900],
        GOOD[:-1],
        GOOD[:-8] + b"\xff\xff\xff\x7fPAR1",
        GOOD[:-4] + b"PARE",
        GOOD[:-60] + b"\xee" * 20 + GOOD[-40:],
        GOOD[:4] + b"\xee" * 200 + GOOD[204:],
    ],
)
def test_a_file_that_is_damaged_or_encrypted_is_an_error_of_its_own(
    session: Session, tmp_path: Path, content: bytes
) -> None:
    with pytest.raises(DemoError, match="Error parsing the parquet file: Invalid: ") as caught:
        load(session, tmp_path, "PQ_DAMAGED", content)
    assert "/state/" not in str(caught.value)
    assert rows(session, "SHOW TABLES LIKE 'PQ_DAMAGED%' IN DATABASE DATA_ENG_DEMO") == []


def test_columns_have_any_names(session: Session, tmp_path: Path) -> None:
    names = ["it's", 'a"b', "a\nb", " a ", "a.b", "a,b", "a;--", "$1", "SELECT", "_value", "a\\b", "\u00e4", "x" * 255]
    [found] = load(session, tmp_path, "PQ_NAMES", written({name: pa.array([n]) for n, name in enumerate(names)}))
    assert found == {name.upper(): n for n, name in enumerate(names)}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a", "a"], "several columns a, apart from case,"),
        (["a", "A"], "several columns a, apart from case,"),
        (["\u00e4", "\u00c4"], "several columns \u00e4, apart from case,"),
        (["a", ""], "a Parquet column with the name ''"),
        (["a", "b\0"], r"a Parquet column with the name 'b\x00'"),
        (["a", "x" * 256], "cannot name a column. Pass at most 255 characters."),
        (["a", "_file"], "The load itself writes a column _FILE."),
    ],
)
def test_names_that_cannot_be_those_of_columns_are_refused(
    session: Session, tmp_path: Path, names: list[str], message: str
) -> None:
    with pytest.raises(DemoError) as caught:
        load(session, tmp_path, "PQ_BAD_NAMES", written(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names)))
    assert message in str(caught.value)


def test_columns_in_another_order_missing_and_new_ones_and_wider_numbers(session: Session, tmp_path: Path) -> None:
    first = {"a": pa.array([1], pa.int32()), "b": pa.array(["x"]), "n": pa.nulls(1)}
    second = {"B": pa.array(["y"]), "a": pa.array([2**60], pa.int64()), "n": pa.array([5])}
    third = {"a": pa.array([Decimal("1.005")], pa.decimal128(20, 3)), "c": pa.array([True])}
    load(session, tmp_path, "PQ_LATER", written(first))
    for number, content in enumerate((second, third)):
        folder = tmp_path / str(number)
        folder.mkdir()
        file = folder / f"later{number}.parquet"
        file.write_bytes(written(content))
        load_own_files(session, CONFIG, OwnFiles((file,), "PQ_LATER", schema_evolution=True))
    assert rows(session, f"SELECT A, B, N, C FROM {CURATED}.PQ_LATER ORDER BY A") == [
        {"A": Decimal("1.000"), "B": "x", "N": None, "C": None},
        {"A": Decimal("1.005"), "B": None, "N": None, "C": True},
        {"A": Decimal("1152921504606846976.000"), "B": "y", "N": 5, "C": None},
    ]


def test_a_column_without_values_keeps_the_type_that_it_has(session: Session, tmp_path: Path) -> None:
    load(session, tmp_path, "PQ_NULLS", written({"a": pa.array([1]), "b c": pa.array([date(2024, 1, 5)])}))
    file = tmp_path / "nulls.parquet"
    file.write_bytes(written({"A": pa.nulls(2), "b c": pa.array([None, None], pa.string())}))
    load_own_files(session, CONFIG, OwnFiles((file,), "PQ_NULLS"))
    found = rows(session, f'SELECT A, "B C" FROM {RAW}.PQ_NULLS ORDER BY A NULLS LAST')
    assert found == [{"A": 1, "B C": date(2024, 1, 5)}, *[{"A": None, "B C": None}] * 2]


def test_a_number_that_a_float_might_not_hold_is_not_loaded_into_one(session: Session, tmp_path: Path) -> None:
    whole, half = written({"a": pa.array([2**60 + 1])}), written({"a": pa.array([0.5])})
    with pytest.raises(DemoError, match=r"The column A is NUMBER\(38,0\) in .* and FLOAT in another file"):
        load(session, tmp_path, "PQ_MIXED", half, whole)
    load(session, tmp_path, "PQ_MIXED", half)
    with pytest.raises(DemoError, match=r"the column A is FLOAT, and NUMBER\(38,0\) in the files"):
        load(session, tmp_path, "PQ_MIXED", whole)


def test_a_file_without_rows_makes_its_columns(session: Session, tmp_path: Path) -> None:
    assert load(session, tmp_path, "PQ_EMPTY", written({"a": pa.array([], pa.int64())})) == []
    assert load(session, tmp_path, "PQ_EMPTY", written({"a": pa.array([5])})) == [{"A": 5}]
