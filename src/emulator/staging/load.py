"""COPY INTO a table: staged files become rows, all or nothing unless ON_ERROR says otherwise, each file once.

https://docs.snowflake.com/en/sql-reference/sql/copy-into-table
"""

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import duckdb
from duckdb import DuckDBPyConnection
from snowflake.connector.errors import ProgrammingError

from .. import errors
from ..catalog import imported, scans, tracking
from ..language.names import duck_name, quoted
from ..language.reader import Path, Reader, Value
from ..language.result import Result, columns, fetched, status, table
from ..objects.kinds import Property, boolean, integer, one_of, text, texts
from ..session import Session, transactions
from ..sql import schema, types
from . import copy_options, files, json_files, load_errors, load_history, parquet_files, past_loads, readings, staged
from .conversions import Options
from .copy_options import as_it_is
from .files import Location, StagedFile
from .load_errors import LoadError, Report
from .load_history import Target
from .readings import Column, Read, Reading


def _on_error(name: str, value: Value) -> Value:
    if not isinstance(value, str) or not re.fullmatch(r"ABORT_STATEMENT|CONTINUE|SKIP_FILE(_\d+%?)?", value.upper()):
        raise errors.invalid_value(value, name)
    return value.upper()


def _validation_mode(name: str, value: Value) -> Value:
    if not isinstance(value, str) or not re.fullmatch(r"RETURN_(\d+_ROWS|ERRORS|ALL_ERRORS)", value.upper()):
        raise errors.invalid_value(value, name)
    return value.upper()


def _metadata(name: str, value: Value) -> Value:
    """`(column = METADATA$FIELD, ..)`."""
    if not isinstance(value, dict) or not all(str(field).upper() in staged.METADATA for field in value.values()):
        raise errors.invalid_value(value, name)
    return {column: str(field).upper() for column, field in value.items()}


_OPTIONS: Mapping[str, Property] = {
    "FILES": Property(None, texts),
    "PATTERN": Property(None, text),
    "FILE_FORMAT": Property(None, as_it_is),
    "ON_ERROR": Property("ABORT_STATEMENT", _on_error),
    "PURGE": Property(False, boolean),
    "FORCE": Property(False, boolean),
    "RETURN_FAILED_ONLY": Property(False, boolean),
    "MATCH_BY_COLUMN_NAME": Property("NONE", one_of("NONE", "CASE_SENSITIVE", "CASE_INSENSITIVE")),
    "INCLUDE_METADATA": Property(None, _metadata),
    "VALIDATION_MODE": Property(None, _validation_mode),
    "SIZE_LIMIT": Property(None, integer(0, 2**63 - 1)),
    "ENFORCE_LENGTH": Property(None, boolean),
    "TRUNCATECOLUMNS": Property(None, boolean),
    "LOAD_UNCERTAIN_FILES": Property(False, boolean),  # what has been loaded is always certain here
}
_REFUSED = frozenset(
    "FILE_PROCESSOR LOAD_MODE CLUSTER_AT_INGEST_TIME STORAGE_INTEGRATION CREDENTIALS ENCRYPTION".split()
)


@dataclass(frozen=True)
class Copy:
    """A COPY statement, its names resolved."""

    target: Target
    into: str
    columns: Sequence[Column]
    location: Location
    query: str | None
    given: Mapping[str, Value]
    options: Options  # of the file format

    @property
    def table(self) -> str:
        return self.target.path[-1]

    @property
    def on_error(self) -> str:
        return str(self.given["ON_ERROR"])


@dataclass
class Outcome:
    """What becomes of one file."""

    reading: Reading
    report: Report | None = None
    parsed: int = 0
    loaded: int = 0
    skipped: bool = False

    @property
    def errors(self) -> list[LoadError]:
        return self.report.errors if self.report else []

    @property
    def status(self) -> str:
        if self.skipped or (self.errors and not self.loaded):
            return "LOAD_FAILED"
        return "PARTIALLY_LOADED" if self.errors else "LOADED"


def copy_into_table(session: Session, reader: Reader) -> Result:
    """`COPY INTO t [(columns)] [FROM {@stage/path | (SELECT ..)}] [FILES = ..] [PATTERN = ..] ...`."""
    if not session.has_compute:
        raise errors.no_active_warehouse()
    transactions.refuse_after_failure(session)
    copy = _read(session, reader)
    chosen, absent = _chosen(session, copy)
    # What fails on the scratch connection leaves the session's transaction alone.
    with session.scratch() as scratch, parquet_files.naming_columns_that_are_no_text(chosen):
        read = _reader(session, scratch, copy)
        if copy.given["VALIDATION_MODE"] is not None:
            return _validate(scratch, copy, [read(file) for file in chosen], absent)
        fresh = _fresh(session, copy, chosen)
        within = _within_limit(copy, fresh)
        outcomes: list[Outcome] = []
        try:
            outcomes = _load(session, scratch, copy, [read(file) for file in within])
        finally:
            past_loads.remember(session, copy.target.path, None if copy.query else _errors_met(copy, outcomes))
    if copy.given["PURGE"]:
        files.remove(session, [found.reading.file for found in outcomes if found.status == "LOADED"])
    told = [*(found.reading.file for found in outcomes), *fresh[len(within) :]]
    passed_over = [file for file in chosen if file not in told] if copy.given["FILES"] is not None else []
    return _answer(copy, outcomes, passed_over, absent)


# Reading the statement


def check(session: Session, reader: Reader) -> Mapping[str, Value]:
    """The options as they are written of `COPY INTO ..` that is not run. Raises what running it would for its names."""
    start = reader.position
    _read(session, reader)
    written = Reader(reader.sql[start:])
    while not (written.done or (written.word() in _OPTIONS and written.word(1) == "=")):
        written.skip()
    return written.properties()


def _read(session: Session, reader: Reader) -> Copy:
    path = session.qualify(reader.path(), "COPY INTO")
    names = _names(reader.bracketed()) if reader.sees("(") else None
    if reader.accept("FROM"):
        query = reader.bracketed() if reader.sees("(") else None
        reference = _stage_of(session, query) if query is not None else reader.location()
    else:  # the files of the table's own stage
        query, reference = None, "@{}.{}.%{}".format(*map(quoted, path))
    if not reference.startswith("@"):
        raise errors.not_emulated("COPY INTO ... FROM an external location")
    given = copy_options.read(reader, "COPY INTO", _OPTIONS, _REFUSED)
    if given["ENFORCE_LENGTH"] is not None and given["ENFORCE_LENGTH"] == given["TRUNCATECOLUMNS"]:
        raise errors.repeated_copy_option("TRUNCATECOLUMNS")
    if query is not None and given["VALIDATION_MODE"] is not None:
        raise errors.validation_with_transform()
    if given["VALIDATION_MODE"] is not None and given["MATCH_BY_COLUMN_NAME"] != "NONE":
        raise errors.validation_with_match()
    if query is not None and given["MATCH_BY_COLUMN_NAME"] != "NONE":
        raise errors.match_with_transform()
    if given["INCLUDE_METADATA"] is not None and given["MATCH_BY_COLUMN_NAME"] == "NONE":
        raise errors.metadata_without_match()
    location = files.locate(session, reference, "COPY INTO")
    target, into = _target(session, path)
    columns = _columns(session, target.path, into, names)
    for column in given["INCLUDE_METADATA"] if isinstance(given["INCLUDE_METADATA"], dict) else ():
        if column not in {one.name for one in columns}:
            raise errors.invalid_identifier(column)
    options = staged.options_of(session, given["FILE_FORMAT"], location)
    if names and options["TYPE"] == "CSV":  # recorded: frostlake/CopyColumnCountTest
        options = {**options, "ERROR_ON_COLUMN_COUNT_MISMATCH": False}
    return Copy(target, into, columns, location, query, given, options)


def _names(text_: str) -> list[str]:
    listed = Reader(text_)
    names = listed.several(listed.name)
    listed.finish()
    return names


def _stage_of(session: Session, query: str) -> str:
    found = staged.stages_in(session.cursor().parsed(query))
    if len(found) != 1:
        raise errors.simple_select_only()
    return str(found[0].this.name)


def _target(session: Session, path: Path) -> tuple[Target, str]:
    """The table that is loaded, and where DuckDB has it."""
    imported.refuse_change(session, path, "TABLE")
    found = session.account.find("TABLE", path)
    if found is None:
        raise errors.no_table_to_load(".".join(path))
    return Target(path, found.identity), duck_name(found.place)


def _columns(session: Session, path: Path, into: str, names: list[str] | None) -> list[Column]:
    described = session.duck.execute(f"DESCRIBE {into}").fetchall()
    declared = schema.columns_of(session, path) or {}
    if not session.is_in_utc and any(types.kind(type_) == types.TZ for type_ in declared.values()):
        raise errors.not_emulated("to load a TIMESTAMP_TZ in a session whose TIMEZONE is not UTC")
    lengths = {
        name: types.length(type_)
        for name, type_ in declared.items()
        if types.kind(type_) == types.VARCHAR and types.length(type_) < types.MAX_LENGTH
    }
    visible = [row for row in described if row[0] != "_emulator_row_id"]
    columns = {
        name: Column(
            name,
            type_,
            nullable == "YES",
            lengths.get(name) if type_ == "VARCHAR" else None,
            position,
            types.micros_of_digit(declared[name]) if name in declared else None,
        )
        for position, (name, type_, nullable, *_) in enumerate(visible, 1)
    }
    for name in names or []:
        if name not in columns:
            raise errors.invalid_identifier(name)
    return [columns[name] for name in names] if names else list(columns.values())


def _chosen(session: Session, copy: Copy) -> tuple[list[StagedFile], dict[str, str]]:
    """The files to load, and those of FILES that are not there, each with what is told of it.

    Raises 091016 for the first of these where nothing is to go on. Recorded: frostlake/CopyMissingFileTest.
    """
    named, pattern = copy.given["FILES"], copy.given["PATTERN"]
    if not isinstance(named, list):
        return files.find(session, copy.location, None if pattern is None else str(pattern)), {}
    names = [str(name) for name in named]
    if copy.given["VALIDATION_MODE"] is None and copy.on_error == "ABORT_STATEMENT":
        return files.named(session, copy.location, names), {}
    there, absent = files.split(session, copy.location, names)
    return there, {name: str(error.raw_msg) for name, error in absent.items()}


def _fresh(session: Session, copy: Copy, chosen: list[StagedFile]) -> list[StagedFile]:
    """The files that have not been loaded into the table, as far as is committed; with FORCE all."""
    known = set() if copy.given["FORCE"] else load_history.loaded(session, copy.target)
    return [file for file in chosen if load_history.key(file) not in known] if known else chosen


def _within_limit(copy: Copy, fresh: list[StagedFile]) -> list[StagedFile]:
    """The files up to the one with which SIZE_LIMIT is exceeded, the first in any case.

    https://docs.snowflake.com/en/sql-reference/sql/copy-into-table#copy-options-copyoptions (SIZE_LIMIT)
    """
    limit = copy.given["SIZE_LIMIT"]
    if not isinstance(limit, int):
        return fresh
    ends = itertools.accumulate((file.path.stat().st_size for file in fresh), initial=0)
    return [file for file, before in zip(fresh, ends, strict=False) if before <= limit]


def _reader(session: Session, scratch: DuckDBPyConnection, copy: Copy) -> Read:
    """https://docs.snowflake.com/en/sql-reference/sql/copy-into-table#copy-options-copyoptions (TRUNCATECOLUMNS)"""
    read = _read_whole(session, scratch, copy)
    if copy.given["TRUNCATECOLUMNS"] is not True and copy.given["ENFORCE_LENGTH"] is not False:
        return read

    def read_truncated(file: StagedFile) -> Reading:
        reading = read(file)
        return replace(reading, values=[value.truncated for value in reading.values])

    return read_truncated


def _read_whole(session: Session, scratch: DuckDBPyConnection, copy: Copy) -> Read:
    if copy.query is None:
        metadata = copy.given["INCLUDE_METADATA"]
        return readings.reader(
            scratch,
            copy.columns,
            copy.options,
            str(copy.given["MATCH_BY_COLUMN_NAME"]),
            {name: str(field) for name, field in metadata.items()} if isinstance(metadata, dict) else None,
        )
    query = session.cursor().parsed(copy.query)
    [stage] = staged.stages_in(query)
    transformation = readings.read_transformation(session, query, stage, copy.options)
    return readings.transforming_reader(scratch, transformation, copy.columns, copy.options)


# Loading


def _load(session: Session, scratch: DuckDBPyConnection, copy: Copy, found: list[Reading]) -> list[Outcome]:
    """Loads the files in one transaction. Files are looked at closely only when they fail or may fail.

    Raises the first error of the first file that has one, if ON_ERROR is ABORT_STATEMENT.
    """
    if not found:
        return []
    for reading in found if copy.options["TYPE"] == "JSON" else []:
        json_files.refuse_values(scratch, reading.file, copy.options, staged.source(reading.file, copy.options))
    if copy.on_error == "ABORT_STATEMENT":
        _require_sound(session, scratch, copy, found)
        outcomes = [Outcome(reading) for reading in found]
    else:
        outcomes = [_judged(copy, reading, load_errors.examine(scratch, reading)) for reading in found]
    try:
        # Inserts the files that no other session has loaded while these were looked at, which the lock rules out by
        # now. https://docs.snowflake.com/en/user-guide/data-load-considerations-load#load-metadata
        with transactions.change(session, [copy.target.path], [], appends=True):
            fresh = _fresh(session, copy, [outcome.reading.file for outcome in outcomes])
            outcomes = [outcome for outcome in outcomes if outcome.reading.file in fresh]
            for outcome in outcomes:
                if outcome.reading.values and not outcome.skipped:
                    _insert_file(session, scratch, copy, outcome)
            kept = [outcome.reading.file for outcome in outcomes if outcome.status != "LOAD_FAILED"]
            load_history.remember(session, copy.target, kept)
        return outcomes
    except (duckdb.Error, ProgrammingError) as error:
        _raise_cause(scratch, copy, found, error)


def _require_sound(session: Session, scratch: DuckDBPyConnection, copy: Copy, found: list[Reading]) -> None:
    """In an open transaction, which a failing INSERT would end, the files are read once before they are loaded."""
    if not session.in_transaction:
        return
    for reading in found:
        if first := load_errors.examine(scratch, reading).errors:
            raise first[0].raised(copy.table)


def _raise_cause(scratch: DuckDBPyConnection, copy: Copy, found: list[Reading], error: Exception) -> NoReturn:
    """Raises what a record of the files is the cause of, else the error itself."""
    for reading in found if copy.on_error == "ABORT_STATEMENT" else []:
        if first := load_errors.examine(scratch, reading).errors:
            raise first[0].raised(copy.table) from None
    raise error


def _judged(copy: Copy, reading: Reading, report: Report) -> Outcome:
    """https://docs.snowflake.com/en/sql-reference/sql/copy-into-table#copy-options-copyoptions (ON_ERROR)"""
    limit = _error_limit(copy.on_error, report.parsed)
    seen = len(report.errors)
    skipped = copy.on_error.startswith("SKIP_FILE") and seen >= limit
    return Outcome(reading, report, report.parsed, skipped=skipped)


def _error_limit(on_error: str, parsed: int) -> int:
    """How many errors are too many. Recorded: frostlake/CopyFirstErrorTest, frostlake/CopyLoadStatusTest."""
    if on_error == "CONTINUE":
        return max(parsed, 1)
    number = re.fullmatch(r"SKIP_FILE_(\d+)(%?)", on_error)
    if number is None:
        return 1
    return max(math.floor(parsed * int(number[1]) / 100), 1) if number[2] else int(number[1])


def _insert_file(session: Session, scratch: DuckDBPyConnection, copy: Copy, outcome: Outcome) -> None:
    reading = outcome.reading
    names = ", ".join(quoted(value.column.name) for value in reading.values)
    values = ", ".join(value.checked for value in reading.values)
    numbered_later = not outcome.errors and reading.file.path.stat().st_size >= LARGE and _is_plain(session, copy)
    if numbered_later:
        names, values = f"{names}, {tracking.ROW_ID}", f"{values}, NULL"
    rows = f"SELECT {values} FROM {reading.clause(reading.source(reading.strict))}"
    if outcome.errors:
        report = outcome.report
        assert report is not None
        shown = ", ".join(f"{value.shown} AS {quoted(value.column.name)}" for value in reading.values)
        sound = scratch.execute(f"SELECT {shown} FROM {reading.clause(report.records)} WHERE {report.sound}")
        scans.as_table(session, _GOOD, sound.to_arrow_table())
        rows = f"FROM {_GOOD}"
    [(outcome.loaded,)] = session.duck.execute(f"INSERT INTO {copy.into} ({names}) {rows}").fetchall()
    if numbered_later:
        tracking.number_rows(session, copy.target.path)
    outcome.parsed = outcome.parsed or outcome.loaded


_GOOD = "_emulator_good_rows"
LARGE = 32_000_000  # bytes: DuckDB reads such a file in parallel, unless each row takes a number from a sequence


def _is_plain(session: Session, copy: Copy) -> bool:
    """Whether the table is no temporary one, which has no numbers, and no triggers look at the rows as they come."""
    table_ = session.account.find("TABLE", copy.target.path)
    if table_ is None or table_.properties.get("ICEBERG") or copy.into != duck_name(copy.target.path):
        return False
    return not tracking.is_followed(session, copy.target.path)


# Answering

_COLUMNS = columns(
    "file status rows_parsed:number rows_loaded:number error_limit:number errors_seen:number first_error"
    " first_error_line:number first_error_character:number first_error_column_name"
)


def _answer(copy: Copy, outcomes: list[Outcome], passed_over: list[StagedFile], absent: Mapping[str, str]) -> Result:
    """https://docs.snowflake.com/en/sql-reference/sql/copy-into-table#output"""
    if not outcomes and not passed_over and not absent:
        return status("Copy executed with 0 files processed.")
    rows = [_row(copy, outcome) for outcome in outcomes]
    if copy.given["RETURN_FAILED_ONLY"]:
        rows = [row for row in rows if row["status"] != "LOADED"]
    rows += [_row_not_loaded(file.listed_name, "LOAD_SKIPPED", "File was loaded before.") for file in passed_over]
    before = copy.location.stage.name.lower() + "/" if copy.location.stage.kind == "STAGE" else ""
    failed = [_row_not_loaded(before + name, "LOAD_FAILED", told) | {"error_limit": 1} for name, told in absent.items()]
    return table(_COLUMNS, [*rows, *failed])


def _row(copy: Copy, outcome: Outcome) -> dict[str, Any]:
    row = {
        "file": outcome.reading.file.listed_name,
        "status": outcome.status,
        "rows_parsed": outcome.parsed,
        "rows_loaded": outcome.loaded,
        "error_limit": _error_limit(copy.on_error, outcome.parsed),
        "errors_seen": len(outcome.errors),
    }
    if outcome.errors:
        first = outcome.errors[0]
        row |= {
            "first_error": first.told(copy.table),
            "first_error_line": first.line,
            "first_error_character": first.character,
            "first_error_column_name": first.column_name(copy.table),
        }
    return row


def _row_not_loaded(file: str, status: str, why: str) -> dict[str, Any]:
    return {"file": file, "status": status, "rows_parsed": 0, "rows_loaded": 0, "errors_seen": 1, "first_error": why}


# VALIDATION_MODE and VALIDATE


def _validate(scratch: DuckDBPyConnection, copy: Copy, found: list[Reading], absent: Mapping[str, str]) -> Result:
    """Answers with the errors, or the first rows, of the files; nothing is loaded.

    https://docs.snowflake.com/en/sql-reference/sql/copy-into-table#optional-parameters (VALIDATION_MODE)
    """
    rows = re.fullmatch(r"RETURN_(\d+)_ROWS", str(copy.given["VALIDATION_MODE"]))
    if rows is not None:
        return _first_rows(scratch, copy, found, int(rows[1]))
    outcomes = [Outcome(reading, load_errors.examine(scratch, reading)) for reading in found]
    return _errors_met(copy, outcomes, [_absent_row(name, told) for name, told in absent.items()])


def _errors_met(copy: Copy, outcomes: list[Outcome], absent: Sequence[dict[str, Any]] = ()) -> Result:
    rows = [_error_row(copy, error) for outcome in outcomes for error in outcome.errors]
    return table(past_loads.COLUMNS, [*rows, *absent])


def _absent_row(name: str, told: str) -> dict[str, Any]:
    """A file of FILES that is not there. Recorded: frostlake/CopyDataSemanticsTest."""
    place = {"CATEGORY": "other", "CODE": 100112, "SQL_STATE": "22000", "ROW_NUMBER": 0, "ROW_START_LINE": 0}
    return {"ERROR": told, "FILE": name, **place}


def _error_row(copy: Copy, error: LoadError) -> dict[str, Any]:
    return {
        "ERROR": error.told(copy.table),
        "FILE": error.file.listed_name if copy.given["VALIDATION_MODE"] is None else error.file.name,
        "LINE": error.line,
        "CHARACTER": error.character,
        "CATEGORY": error.category,
        "CODE": error.errno,
        "SQL_STATE": error.sqlstate,
        "COLUMN_NAME": error.column_name(copy.table),
        "ROW_NUMBER": error.row,
        "ROW_START_LINE": error.line if error.start is None else error.start,
        "REJECTED_RECORD": error.record,
    }


def _first_rows(scratch: DuckDBPyConnection, copy: Copy, found: list[Reading], count: int) -> Result:
    """The first rows as they would be loaded. Raises the first error in them."""
    selects, left = [], count
    for reading in found:
        report = load_errors.examine(scratch, reading)
        if report.errors and report.errors[0].row <= left:
            raise report.errors[0].raised(copy.table)
        clause = f"{reading.clause(report.records)} WHERE {report.sound}"
        selects.append(f"(SELECT {_selected(copy, reading)} FROM {clause} LIMIT {left})")
        left -= min(left, report.parsed)
        if not left:
            break
    if not selects and copy.given["PATTERN"] is None:  # recorded: frostlake/dml-copy-option-surface
        return status("Copy executed with 0 files processed.")
    if not selects:  # Snowpark's own tests: test_copy_into_with_pattern
        selects = [f"SELECT {', '.join(f'NULL::{one.type} AS {quoted(one.name)}' for one in copy.columns)} LIMIT 0"]
    rows = scratch.execute(" UNION ALL ".join(selects))
    columns = [(column[0], str(column[1])) for column in rows.description or []]
    return fetched(columns, rows.to_arrow_table())


def _selected(copy: Copy, reading: Reading) -> str:
    given = {value.column.name: value.expression for value in reading.values}
    return ", ".join(
        f"{given.get(column.name, f'NULL::{column.type}')} AS {quoted(column.name)}" for column in copy.columns
    )
