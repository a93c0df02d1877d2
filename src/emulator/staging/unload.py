"""COPY INTO a location: the rows of a query or table become files on a stage, which appear when all are complete.

https://docs.snowflake.com/en/sql-reference/sql/copy-into-location
"""

import os
import re
import shutil
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from sqlglot import Expr

from .. import errors
from ..language.names import quoted, text_literal
from ..language.reader import Reader, Value
from ..language.result import NUMBER, TEXT, Result, fetched, table
from ..objects.kinds import Property, boolean, integer, one_of
from ..session import Session, transactions
from . import copy_options, csv_files, csv_rows, files, json_rows, staged
from .conversions import Options
from .copy_options import as_it_is
from .files import Location

_OPTIONS: Mapping[str, Property] = {
    "FILE_FORMAT": Property(None, as_it_is),
    "HEADER": Property(False, boolean),
    "OVERWRITE": Property(False, boolean),
    "SINGLE": Property(False, boolean),
    "MAX_FILE_SIZE": Property(16777216, integer(1, 5368709120)),
    "INCLUDE_QUERY_ID": Property(None, boolean),
    "DETAILED_OUTPUT": Property(False, boolean),
    "VALIDATION_MODE": Property(None, one_of("RETURN_ROWS")),
}
_REFUSED = frozenset({"STORAGE_INTEGRATION", "CREDENTIALS", "ENCRYPTION", "CLUSTER_BY"})
_AFTER_PARTITION = _REFUSED | _OPTIONS.keys()
_PARTITION = "__emulator_partition"  # read as a client's query is, which may not name `_emulator...`


@dataclass(frozen=True)
class Unload:
    """A COPY INTO location, its names resolved."""

    location: Location
    written: str
    query: str
    partitioned: bool
    given: Mapping[str, Value]
    options: Options
    query_id: str | None

    @property
    def extension(self) -> str:
        """What the files' names end in."""
        packed = _COMPRESSIONS[str(self.options["TYPE"])][str(self.options["COMPRESSION"])]
        if self.options["TYPE"] == "PARQUET":
            return ".snappy.parquet" if packed == "snappy" else ".parquet"
        plain = str(self.options["TYPE"]).lower()
        kind = self.options["FILE_EXTENSION"] or f"{plain}{ {'gzip': '.gz', 'zstd': '.zst', 'none': ''}[packed] }"
        return f".{str(kind).lstrip('.')}"


@dataclass(frozen=True)
class Written:
    """A complete file that is not on the stage yet: where it is, its partition, its rows and its size unpacked."""

    path: Path
    partition: str
    rows: int
    unpacked: int


# How DuckDB writes each type's compressions.
_OF_LINES = {"AUTO": "gzip", "GZIP": "gzip", "ZSTD": "zstd", "NONE": "none"}
_COMPRESSIONS: Mapping[str, Mapping[str, str]] = {
    "CSV": _OF_LINES,
    "JSON": _OF_LINES,
    "PARQUET": {"AUTO": "snappy", "SNAPPY": "snappy", "NONE": "uncompressed"},
}


def copy_into_location(session: Session, reader: Reader) -> Result:
    """`COPY INTO @stage/path FROM {t | (query)} [PARTITION BY (expr)] [FILE_FORMAT = ..] [HEADER = ..] ...`.

    A stream in the query is consumed if the statement succeeds. Files of an earlier, failed, one are not removed.
    """
    if not session.has_compute:
        raise errors.no_active_warehouse()
    unload = _read(session, reader)
    query = session.cursor().parsed(unload.query)
    if unload.given["VALIDATION_MODE"] is not None:
        # What would be unloaded: https://docs.snowflake.com/en/sql-reference/sql/copy-into-location (VALIDATION_MODE)
        found = session.duck.execute(_transformed(session, query))
        columns = [(column[0], str(column[1])) for column in found.description or []]
        return fetched(columns, found.to_arrow_table())
    transactions.refuse_after_failure(session)
    consumed = session.cursor().consumed(query)
    with transactions.change(session, [], consumed) if consumed else nullcontext():
        return run(session, unload, _transformed(session, query))


def _transformed(session: Session, query: Expr) -> str:
    return session.cursor().transformed(query).sql(dialect="duckdb")


# Reading the statement


def _read(session: Session, reader: Reader) -> Unload:
    start = reader.position
    location = files.read_location(session, reader, "COPY INTO")
    written = reader.sql[start : reader.position].strip()
    reader.expect("FROM")
    query = reader.bracketed() if reader.sees("(") else f"SELECT * FROM {_table(reader)}"
    partition = None
    if reader.accept("PARTITION", "BY"):
        # The text of an expression, up to the first option
        start = reader.position
        while not (reader.done or (reader.position > start and reader.word() in _AFTER_PARTITION)):
            reader.skip_whole()
        partition = reader.sql[start : reader.position].rstrip().rstrip(";")
        query = f"SELECT *, CAST(({partition}) AS VARCHAR) AS {quoted(_PARTITION)} FROM ({query})"
    given = copy_options.read(reader, "COPY INTO", _OPTIONS, _REFUSED)
    _refuse_combinations(given, partition is not None)
    query_id = session.statement if partition is not None or given["INCLUDE_QUERY_ID"] is True else None
    options = _options(session, given, location)
    return Unload(location, written, query, partition is not None, given, options, query_id)


def _table(reader: Reader) -> str:
    start = reader.position
    reader.path()
    return reader.sql[start : reader.position]


def _refuse_combinations(given: Mapping[str, Value], partitioned: bool) -> None:
    """https://docs.snowflake.com/en/sql-reference/sql/copy-into-location#copy-options-copyoptions"""
    with_id = given["INCLUDE_QUERY_ID"]
    clashes = [
        ("INCLUDE_QUERY_ID = TRUE", with_id is True, "SINGLE = TRUE", given["SINGLE"]),
        ("INCLUDE_QUERY_ID = TRUE", with_id is True, "OVERWRITE = TRUE", given["OVERWRITE"]),
        ("PARTITION BY", partitioned, "SINGLE = TRUE", given["SINGLE"]),
        ("PARTITION BY", partitioned, "OVERWRITE = TRUE", given["OVERWRITE"]),
        ("PARTITION BY", partitioned, "INCLUDE_QUERY_ID = FALSE", with_id is False),
    ]
    for first, has_first, second, has_second in clashes:
        if has_first and has_second:
            raise errors.options_clash(first, second)


def _options(session: Session, given: Mapping[str, Value], location: Location) -> Options:
    options = staged.options_of(session, given["FILE_FORMAT"], location)
    type_, packed = str(options["TYPE"]), str(options["COMPRESSION"])
    if packed not in _COMPRESSIONS[type_]:
        raise errors.not_emulated(f"COPY INTO location with COMPRESSION = {packed}")
    if type_ == "CSV":
        csv_rows.refuse_options(options)
        if str(options["TIMESTAMP_FORMAT"]).upper() == "AUTO" and "TIMESTAMP_OUTPUT_FORMAT" in session.parameters:
            # That of a TIMESTAMP_NTZ is another, and the page names this one alone.
            raise errors.not_emulated("COPY INTO location with TIMESTAMP_FORMAT = AUTO and a TIMESTAMP_OUTPUT_FORMAT")
    elif type_ == "JSON":
        staged.refuse_options(options)
    elif not options["SNAPPY_COMPRESSION"] and packed == "AUTO":
        options = {**options, "COMPRESSION": "NONE"}
    return options


# Writing


def run(session: Session, unload: Unload, query: str) -> Result:
    """Writes the rows of DuckDB's query and gives the files their names on the stage when all are complete."""
    columns = [(row[0], row[1]) for row in session.duck.execute(f"DESCRIBE {query}").fetchall()]
    with _incoming(session) as folder:
        write = {"CSV": _write_csv, "JSON": _write_json, "PARQUET": _write_parquet}[str(unload.options["TYPE"])]
        own = [column for column in columns if column[0] != _PARTITION]
        written = [file for file in write(session, unload, query, own, folder) if file.rows]
        named = _named(unload, written)
        targets = [files.target(session.storage, Location(unload.location.stage, name)) for name in named]
        if not unload.given["OVERWRITE"] and any(target.exists() for target in targets):
            raise errors.files_exist(unload.written)
        sizes = [file.path.stat().st_size for file in written]
        for file, target in zip(written, targets, strict=True):
            files.publish(session, file.path, unload.location.stage, target)
    return _answer(unload, written, named, sizes)


@contextmanager
def _incoming(session: Session) -> Iterator[Path]:
    folder = session.storage.incoming / uuid.uuid4().hex
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _copy(unload: Unload, select: str, folder: Path, format_: Mapping[str, str]) -> str:
    options = dict(format_)
    options["COMPRESSION"] = _COMPRESSIONS[str(unload.options["TYPE"])][str(unload.options["COMPRESSION"])]
    if unload.partitioned:
        options["PARTITION_BY"] = f"({quoted(_PARTITION)})"
    if not unload.given["SINGLE"]:
        options["FILE_SIZE_BYTES"] = str(unload.given["MAX_FILE_SIZE"])
    place = folder / ("single" if unload.given["SINGLE"] else "many")
    listed = ", ".join(f"{name} {value}" for name, value in options.items())
    return f"COPY ({select}) TO {text_literal(str(place))} ({listed})"


def _selected(unload: Unload, query: str, values: Sequence[str]) -> str:
    partition = [quoted(_PARTITION)] if unload.partitioned else []
    return f"SELECT {', '.join([*values, *partition])} FROM ({query}) AS _unloaded"


def _write_parquet(
    session: Session, unload: Unload, query: str, columns: Sequence[tuple[str, str]], folder: Path
) -> list[Written]:
    names = [name if unload.given["HEADER"] else f"col{index}" for index, (name, _) in enumerate(columns, 1)]
    values = [
        f"{_parquet_value(name, type_)} AS {quoted(shown)}" for (name, type_), shown in zip(columns, names, strict=True)
    ]
    select = _selected(unload, query, values)
    sql = _copy(unload, select, folder, {"FORMAT": "PARQUET", "RETURN_STATS": "TRUE"})
    rows: list[tuple[Any, ...]] = session.duck.execute(sql).fetchall()
    found = [Written(Path(row[0]), _folder_of(row[5]), row[1], row[2]) for row in rows]
    return sorted(found, key=lambda file: _order(file.path))


def _parquet_value(name: str, type_: str) -> str:
    """https://docs.snowflake.com/en/user-guide/data-unload-considerations#unloading-to-parquet-files"""
    if type_ == "TIMESTAMP WITH TIME ZONE":
        raise errors.no_time_zone_in_parquet(name)
    target = {"JSON": "VARCHAR", "UUID": "VARCHAR", "HUGEINT": "DECIMAL(38,0)"}.get(type_)
    return f"CAST({quoted(name)} AS {target})" if target else quoted(name)


def _folder_of(keys: dict[str, str | None] | None) -> str:
    """The folder of a partition. The NULL partition is called as in the documentation's example."""
    if keys is None:
        return ""
    value = keys[_PARTITION]
    return "__NULL__" if value is None else value


def _write_csv(
    session: Session, unload: Unload, query: str, columns: Sequence[tuple[str, str]], folder: Path
) -> list[Written]:
    header = csv_rows.header([name for name, _ in columns], unload.options)
    line = f"{csv_rows.line(columns, unload.options)} AS {quoted(header)}"
    has_header = bool(unload.given["HEADER"])
    return _write_lines(
        session, unload, query, line, folder, lambda path: csv_rows.count(path, unload.options, has_header)
    )


def _write_json(
    session: Session, unload: Unload, query: str, columns: Sequence[tuple[str, str]], folder: Path
) -> list[Written]:
    line = json_rows.line(columns, unload.given["HEADER"])
    return _write_lines(session, unload, query, line, folder, _lines_in)


def _write_lines(
    session: Session, unload: Unload, query: str, line: str, folder: Path, count: Callable[[Path], int]
) -> list[Written]:
    """Writes lines that are put together here: DuckDB's own formats have no counterpart to some of Snowflake's options.

    `count` counts the rows of a file.
    """
    format_ = {**csv_rows.COPY_FORMAT, "HEADER": str(unload.given["HEADER"])}
    sql = _copy(unload, _selected(unload, query, [line]), folder, format_)
    [(total,)] = session.duck.execute(sql).fetchall()
    paths = sorted((path for path in folder.rglob("*") if path.is_file()), key=_order)
    counts = [total] if len(paths) == 1 else map(count, paths)
    return [
        Written(path, _folder_partition(path, unload), rows, _unpacked_size(path))
        for path, rows in zip(paths, counts, strict=True)
    ]


def _lines_in(path: Path) -> int:
    with csv_files.unpacked(path) as text:
        return sum(1 for _ in text)


def _folder_partition(path: Path, unload: Unload) -> str:
    if not unload.partitioned:
        return ""
    value = unquote(path.parent.name.removeprefix(f"{_PARTITION}="))
    return _folder_of({_PARTITION: None if value == "__HIVE_DEFAULT_PARTITION__" else value})


def _order(path: Path) -> tuple[str, int]:
    """By folder, then by the number in the name."""
    return str(path.parent), int(re.sub(r"\D", "", path.name) or 0)


def _unpacked_size(path: Path) -> int:
    """A gzip file says in its last four bytes how large it is unpacked."""
    if csv_files.packing(path) != "gzip":
        return path.stat().st_size
    with path.open("rb") as file:
        file.seek(-4, os.SEEK_END)
        return int.from_bytes(file.read(4), "little")


# Names


def _named(unload: Unload, written: Sequence[Written]) -> list[str]:
    """The files' paths within the stage.

    `data_0_0_0` after the location's folder, or the location's own last part as a prefix; the query's id in between.
    https://docs.snowflake.com/en/sql-reference/sql/copy-into-location#usage-notes
    """
    folder, _, stem = unload.location.prefix.rpartition("/")
    if unload.partitioned:
        folder, stem = files.in_folder(unload.location).prefix.rstrip("/"), ""
    if unload.given["SINGLE"]:
        return [_joined(folder, "", stem or "data") for _ in written]
    start = stem if stem.endswith("_") else f"{stem or 'data'}_"
    if unload.query_id is not None:
        start += f"{unload.query_id}_"
    numbers: Counter[str] = Counter()
    found = []
    for file in written:
        found.append(_joined(folder, file.partition, f"{start}0_{numbers[file.partition]}_0{unload.extension}"))
        numbers[file.partition] += 1
    return found


def _joined(*parts: str) -> str:
    return "/".join(part.strip("/") for part in parts if part.strip("/"))


# Answering


def _answer(unload: Unload, written: Sequence[Written], named: Sequence[str], sizes: Sequence[int]) -> Result:
    if unload.given["DETAILED_OUTPUT"]:
        columns = [("FILE_NAME", TEXT), ("FILE_SIZE", NUMBER), ("ROW_COUNT", NUMBER)]
        return Result(
            columns,
            [
                (name.removeprefix(unload.location.prefix).lstrip("/"), size, file.rows)
                for name, size, file in zip(named, sizes, written, strict=True)
            ],
        )
    return table(
        [("rows_unloaded", NUMBER), ("input_bytes", NUMBER), ("output_bytes", NUMBER)],
        [
            {
                "rows_unloaded": sum(file.rows for file in written),
                "input_bytes": sum(file.unpacked for file in written),
                "output_bytes": sum(sizes),
            }
        ],
    )
