"""What a Parquet file holds that would not come out of it as Snowflake reads it.

https://docs.snowflake.com/en/sql-reference/sql/create-file-format#type-parquet
"""

import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from .. import errors
from ..language.names import file_literal, quoted
from .conversions import Options
from .files import StagedFile

MOST_DIGITS = 38
_LOGICAL = ("TIMESTAMP", "TIME")


def refuse_columns(file: StagedFile, options: Options) -> None:
    """Refuses by name times that are read as bare numbers, and numbers that no type of Snowflake holds.

    Only with USE_LOGICAL_TYPE, or the vectorized scanner, are timestamps read as timestamps.
    """
    try:
        parquet = pq.ParquetFile(file.path)
    except pa.ArrowInvalid:
        return  # DuckDB says what is wrong with the file
    with parquet:
        schema = parquet.schema
        columns = [schema.column(index) for index in range(len(schema))]
        if not (options["USE_LOGICAL_TYPE"] or options["USE_VECTORIZED_SCANNER"]):
            for column in columns:
                if column.logical_type.type in _LOGICAL:
                    raise errors.not_emulated(
                        f"a Parquet file whose column {column.path} is of the logical type {column.logical_type.type}, "
                        "read with USE_LOGICAL_TYPE = FALSE"
                    )
        for column in columns:
            if column.logical_type.type == "DECIMAL" and column.precision > MOST_DIGITS:
                raise errors.not_emulated(f"the Parquet column {column.path} of {column.precision} digits")


def refuse_nanoseconds(scratch: DuckDBPyConnection, file: StagedFile, types: dict[str, str]) -> None:
    """Refuses by name a time that microseconds do not hold, which is all that the emulator keeps."""
    for name, type_ in types.items():
        if type_ not in ("TIMESTAMP_NS", "TIME_NS"):
            continue
        rows = f"read_parquet({file_literal(str(file.path))}) WHERE epoch_ns({quoted(name)}) % 1000 <> 0"
        [(count,)] = scratch.execute(f"SELECT count(*) FROM {rows}").fetchall()
        if count:
            raise errors.not_emulated(f"nanoseconds, of which the Parquet column {name} has some,")
