"""What a Parquet file holds that would not come out of it as Snowflake reads it.

https://docs.snowflake.com/en/sql-reference/sql/create-file-format#type-parquet
"""

import json
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from .. import errors
from ..language.names import file_literal, folded, quoted
from .conversions import Options
from .csv_files import replacement_of
from .files import StagedFile
from .json_keys import Twice, once

MOST_DIGITS = 38
NANOSECONDS: Mapping[str, str] = {
    "TIMESTAMP_NS": "TIMESTAMP",
    "TIMESTAMPTZ_NS": "TIMESTAMP WITH TIME ZONE",
    "TIME_NS": "TIME",
}
_LOGICAL = ("TIMESTAMP", "TIME")
_BATCH = 10_000
# Later and earlier ones could not be read by a client; DuckDB keeps them.
_READABLE: Mapping[str, str] = {
    "DATE": "{} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'",
    "TIMESTAMP": "{} >= TIMESTAMP '0001-01-01' AND {} < TIMESTAMP '10000-01-01'",
    "TIMESTAMP WITH TIME ZONE": "{} >= TIMESTAMPTZ '0001-01-01 00:00:00+00' AND"
    " {} < TIMESTAMPTZ '10000-01-01 00:00:00+00'",
    "TIME": "{} < TIME '24:00:00'",
}


def refuse_columns(file: StagedFile, options: Options) -> None:
    """Refuses by name times that are read as bare numbers, numbers that no type of Snowflake holds, and odd names.

    Only with USE_LOGICAL_TYPE, or the vectorized scanner, are timestamps read as timestamps, those of milliseconds
    always: Snowpark's own tests (test_read_parquet_all_data_types_with_no_schema). Raises 100150 for what is
    not a Parquet file, or is damaged or encrypted.
    """
    try:
        parquet = pq.ParquetFile(file.path)
    except (pa.ArrowException, OSError) as error:
        raise errors.damaged_parquet(file.listed_name, str(error)) from None
    with parquet:
        schema = parquet.schema
        columns = [schema.column(index) for index in range(len(schema))]
        if not (options["USE_LOGICAL_TYPE"] or options["USE_VECTORIZED_SCANNER"]):
            for column in columns:
                if column.logical_type.type in _LOGICAL and not str(column.converted_type).endswith("_MILLIS"):
                    raise errors.not_emulated(
                        f"a Parquet file whose column {column.path} is of the logical type {column.logical_type.type}, "
                        "read with USE_LOGICAL_TYPE = FALSE"
                    )
        for column in columns:
            if column.logical_type.type == "DECIMAL" and column.precision > MOST_DIGITS:
                raise errors.not_emulated(f"the Parquet column {column.path} of {column.precision} digits")
        if options["REPLACE_INVALID_CHARACTERS"] and _not_utf8(parquet) is not None:
            raise errors.not_emulated(replacement_of(file))
        _refuse_names(parquet.schema_arrow)
        _refuse_nanoseconds_of_96_bits(file, [column.path for column in columns if column.physical_type == "INT96"])


def bytes_in(file: StagedFile, options: Options, as_binary: Container[str]) -> list[str]:
    """The columns of bytes of a file that is read as a VARIANT, where each is read as BINARY only.

    Refuses by name a file with others: what text a VARIANT of bytes becomes is in no page.
    """
    with pq.ParquetFile(file.path) as parquet:
        columns = [parquet.schema.column(index) for index in range(len(parquet.schema))]
    binary = {"FIXED_LEN_BYTE_ARRAY"} if options["BINARY_AS_TEXT"] else {"BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"}
    found = [one.path for one in columns if one.logical_type.type == "NONE" and one.physical_type in binary]
    for path in found:
        if path not in as_binary:
            raise errors.not_emulated(f"the Parquet column {path} of bytes, read as a VARIANT,")
    return found


def refuse_fractions(file: StagedFile, names: Container[str] | None = None) -> None:
    """Refuses by name a fraction that an object of these columns, or of all, would change: docs/emulator.md."""
    with pq.ParquetFile(file.path) as parquet:
        columns = [parquet.schema.column(index) for index in range(len(parquet.schema))]
        decimals = [one for one in columns if one.logical_type.type == "DECIMAL" and one.scale]
        wanted = [one for one in decimals if names is None or one.path.partition(".")[0] in names]
        paths = [one.path for one in wanted if one.precision > _HELD]
        for batch in parquet.iter_batches(columns=paths) if paths else ():
            for value in (value for column in batch.columns for array in _leaves(column) for value in _long(array)):
                if Decimal(repr(float(value))) != value:
                    told = f"a fraction of more digits than a FLOAT keeps in a VARIANT, {value}"
                    raise errors.not_emulated(f"{told} (file '{file.listed_name}'),")


_HELD = 15  # a 64-bit float keeps every number of so many digits


def _leaves(array: pa.Array) -> Iterator[pa.Array]:
    if pa.types.is_map(array.type):
        yield from (*_leaves(array.keys), *_leaves(array.items))
    elif pa.types.is_struct(array.type):
        yield from (leaf for one in array.flatten() for leaf in _leaves(one))
    elif pa.types.is_nested(array.type):
        yield from _leaves(array.flatten())
    else:
        yield array


def _long(array: pa.Array) -> list[Decimal]:
    """The numbers that may have more digits than a 64-bit float keeps of every number."""
    if not pa.types.is_decimal(array.type):
        return []
    least = 10.0 ** (_HELD - array.type.scale)
    found: list[Decimal] = array.filter(pc.greater_equal(pc.abs(array.cast(pa.float64())), least)).to_pylist()
    return found


def _not_utf8(parquet: pq.ParquetFile) -> str | None:
    """The first column of texts, or of bytes, that are not UTF-8."""
    columns = [parquet.schema.column(index) for index in range(len(parquet.schema))]
    texts = [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]
    for batch in parquet.iter_batches(columns=texts) if texts else ():
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            try:
                (column.cast(pa.string()) if pa.types.is_binary(column.type) else column).validate(full=True)
            except pa.ArrowInvalid:
                return str(name)
    return None


@contextmanager
def naming_columns_that_are_no_text(found: Sequence[StagedFile]) -> Iterator[None]:
    """Raises 100144 with the column, which DuckDB's own error does not name."""
    try:
        yield
    except duckdb.InvalidInputException as error:
        value = re.search(r'value "(.*)" is not valid UTF8', str(error), re.DOTALL)
        for file in found if value else ():
            with pq.ParquetFile(file.path) as parquet:
                column = _not_utf8(parquet)
            if value and column is not None:
                raise errors.invalid_utf8_in_parquet(file.listed_name, value[1], column) from None
        raise


def times_in_utc(file: StagedFile) -> list[str]:
    """The columns of times of day that DuckDB reads with an offset, which a TIME has not."""
    with pq.ParquetFile(file.path) as parquet:
        columns = [parquet.schema.column(index) for index in range(len(parquet.schema))]
    times = [column for column in columns if column.logical_type.type == "TIME" and "." not in column.path]
    return [column.path for column in times if json.loads(column.logical_type.to_json())["isAdjustedToUTC"]]


def _refuse_names(fields: Sequence[pa.Field]) -> None:
    """DuckDB gives another name to what has none, and to what only case sets apart."""
    names = [folded(field.name) for field in fields]
    for field, name in zip(fields, names, strict=True):
        if not name or "\0" in name:
            raise errors.not_emulated(f"a Parquet column with the name {field.name!r}")
        if names.count(name) > 1:
            raise errors.not_emulated(f"a Parquet file with several columns {field.name}, apart from case,")
        _refuse_names(list(_inner_structure(field.type)))


def _inner_structure(type_: pa.DataType) -> Iterator[pa.Field]:
    if pa.types.is_struct(type_):
        yield from type_
    elif pa.types.is_nested(type_):
        for index in range(type_.num_fields):
            yield from _inner_structure(type_.field(index).type)


def _refuse_nanoseconds_of_96_bits(file: StagedFile, paths: Sequence[str]) -> None:
    """DuckDB reads the timestamps of old writers (INT96) as microseconds, whatever they hold."""
    for path in paths:
        if "." in path:
            raise errors.not_emulated(f"the Parquet column {path}, a nested timestamp of 96 bits,")
        exact, coarse = (
            pq.read_table(file.path, columns=[path], coerce_int96_timestamp_unit=unit).column(0).cast(pa.int64())
            for unit in ("ns", "us")
        )
        if pc.any(pc.not_equal(pc.multiply(coarse, 1000), exact)).as_py():  # both overflow alike
            raise errors.not_emulated(f"nanoseconds, of which the Parquet column {path} of 96 bits has some,")


def too_fine(scratch: DuckDBPyConnection, file: StagedFile, types: Mapping[str, str]) -> list[str]:
    """The columns that have a time which microseconds do not hold, which is all that the emulator keeps of one."""
    return [
        name
        for name, type_ in types.items()
        if type_ in NANOSECONDS and _some(scratch, file, f"epoch_ns({quoted(name)}) % 1000 <> 0")
    ]


def refuse_values(scratch: DuckDBPyConnection, file: StagedFile, types: Mapping[str, str]) -> None:
    """Refuses by name dates and times that no client can read, and maps that have a key twice."""
    for name, type_ in types.items():
        if type_ in _READABLE:
            readable = _READABLE[type_].replace("{}", quoted(name))
            if _some(scratch, file, f"NOT ({readable})"):
                what = "a time of 24:00:00" if type_ == "TIME" else "a date before the year 1 or after 9999"
                raise errors.not_emulated(f"{what}, which the Parquet column {name} has,")
        if "MAP(" in type_:
            path = file_literal(str(file.path))
            texts = scratch.execute(f"SELECT CAST(to_json({quoted(name)}) AS VARCHAR) FROM read_parquet({path})")
            decoder = json.JSONDecoder(object_pairs_hook=once)
            while batch := texts.fetchmany(_BATCH):
                for (text,) in batch:
                    try:
                        decoder.decode(text or "null")
                    except Twice as twice:
                        raise errors.not_emulated(
                            f'a map with the key "{twice}" twice in the Parquet column {name}'
                        ) from None


def _some(scratch: DuckDBPyConnection, file: StagedFile, condition: str) -> bool:
    sql = f"SELECT 1 FROM read_parquet({file_literal(str(file.path))}) WHERE {condition} LIMIT 1"
    return bool(scratch.execute(sql).fetchall())
