"""Data files of Iceberg tables: DuckDB writes them from the rows, and finds in them which file holds which row.

Each has, besides the table's columns, the row ids of tracking.py. Iceberg reads columns by their field ids, so no
reader asks for one that the table's schema does not have: https://iceberg.apache.org/spec/#column-projection
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from duckdb import DuckDBPyConnection

from ..catalog.tracking import ROW_ID
from ..language.names import file_literal, text_literal

HIDDEN = ROW_ID.strip('"')
HIDDEN_FIELD = 2147483447  # the last that is not reserved: https://iceberg.apache.org/spec/#reserved-field-ids
ROWS_A_FILE = 65536


def write(duck: DuckDBPyConnection, query: str, folder: Path, field_ids: Mapping[str, int]) -> list[str]:
    """Writes the rows of a query and returns the paths of the files, of at most ROWS_A_FILE rows each.

    So a later change of a few rows rewrites little. No rows are no file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbered = ", ".join(f"{text_literal(name)}: {number}" for name, number in field_ids.items())
    files = duck.execute(
        f"COPY ({query}) TO {text_literal(str(folder))} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 9,"
        f" FIELD_IDS {{{numbered}}}, ROW_GROUP_SIZE {ROWS_A_FILE}, ROW_GROUPS_PER_FILE 1, APPEND,"
        " FILENAME_PATTERN '{uuid}', WRITE_EMPTY_FILE false, RETURN_STATS)"
    ).fetchall()
    return [file[0] for file in files]


def ids_in(files: Collection[str]) -> str:
    """The query of the row ids that the files hold, each with its file; there has to be a file."""
    listed = ", ".join(map(file_literal, files))
    return f"SELECT {ROW_ID} AS row_id, filename AS file FROM read_parquet([{listed}], filename = true)"


def holding(duck: DuckDBPyConnection, files: Sequence[str], ids: str) -> list[str]:
    """Those of the files that hold a row whose id is in the query `ids`."""
    if not files:
        return []
    found = duck.execute(f"SELECT DISTINCT file FROM ({ids_in(files)}) WHERE row_id IN ({ids})").fetchall()
    return [file for (file,) in found]
