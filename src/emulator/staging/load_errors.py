"""What is wrong in a staged file, record by record: message, line, character and column, as Snowflake words them.

https://docs.snowflake.com/en/sql-reference/sql/copy-into-table#output
"""

import math
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from duckdb import DuckDBPyConnection
from snowflake.connector.errors import ProgrammingError

from .. import errors
from ..language.names import quoted
from ..sql import casts, schema
from . import csv_files, staged
from .csv_files import REJECTS, Place
from .files import StagedFile
from .readings import Column, Reading, Value


@dataclass(frozen=True)
class LoadError:
    """One record that cannot be loaded. Recorded: frostlake/CopyDataSemanticsTest."""

    file: StagedFile
    message: str
    errno: int
    sqlstate: str
    line: int
    character: int
    row: int
    column: Column | None
    record: str
    category: str = "conversion"
    beyond: int | None = None  # the number of a field that there is no column for
    start: int | None = None  # the line where the record begins, if that is another

    def told(self, table: str) -> str:
        return self.message % self.column_name(table) if self.errno == _END else self.message

    def column_name(self, table: str) -> str | None:
        if self.beyond is not None:
            return f'"{table}"[{self.beyond}]'
        return None if self.column is None else f'"{table}"["{self.column.name}":{self.column.position}]'

    def raised(self, table: str) -> ProgrammingError:
        """The error that aborts the statement."""
        where = f"File '{self.file.name}', line {self.line}, character {self.character}"
        named = self.column_name(table)
        row = f"Row {self.row}" + (f" starts at line {self.start}" if self.start is not None else "")
        return ProgrammingError(
            msg=f"{self.told(table)}\n  {where}\n  {row}{f', column {named}' if named else ''}\n  If you would like to "
            "continue loading when an error is encountered, use other values such as 'SKIP_FILE' or 'CONTINUE' for the "
            "ON_ERROR option. For more information on loading options, please run 'info loading_data' in a SQL client.",
            errno=self.errno,
            sqlstate=self.sqlstate,
        )


@dataclass(frozen=True)
class Report:
    """How many records a file has, and which of them cannot be loaded, in their order.

    `records` is the scratch connection's table of the well-formed ones, `sound` the condition that picks the good ones.
    """

    parsed: int
    errors: list[LoadError]
    records: str
    sound: str


@dataclass(frozen=True)
class _Bad:
    """A record whose values do not fit: its number among the well-formed, the value's index, the value's text."""

    number: int
    index: int
    text: str | None


def examine(scratch: DuckDBPyConnection, reading: Reading) -> Report:
    """Looks at every record of a file, in temporary tables of the scratch connection."""
    for table in (REJECTS, f"{REJECTS}_scan"):
        scratch.execute(f"DROP TABLE IF EXISTS {table}")
    records = f"_emulator_{uuid.uuid4().hex}"
    source = reading.source(reading.tolerant)
    scratch.execute(f"CREATE TEMPORARY TABLE {records} AS SELECT row_number() OVER () AS _row, * FROM {source}")
    [(well_formed,)] = scratch.execute(f"SELECT count(*) FROM {records}").fetchall()
    found = _EXAMINED[str(reading.options["TYPE"])](scratch, reading, _bad_records(scratch, reading, records))
    malformed = [error.row for error in found if error.category == "parsing"]
    _count_malformed(scratch, records, malformed)
    return Report(
        well_formed + len(malformed), found, records, f"{reading.row} NOT IN (SELECT _row FROM {records}_bad)"
    )


def _count_malformed(scratch: DuckDBPyConnection, records: str, malformed: list[int]) -> None:
    """Makes METADATA$FILE_ROW_NUMBER the number of the record in the file, the malformed ones included."""
    before = [row - count for count, row in enumerate(sorted(set(malformed)), 1)]  # well-formed ones before each
    for name, *_ in scratch.execute(f"DESCRIBE {records}").fetchall() if before else ():
        if name.endswith(staged.FILE_ROW_NUMBER):
            number = quoted(name)
            later = f"len(list_filter({before}::BIGINT[], lambda count: count < {number}))"
            scratch.execute(f"UPDATE {records} SET {number} = {number} + {later}")


def _bad_records(scratch: DuckDBPyConnection, reading: Reading, records: str) -> list[_Bad]:
    """The records that have a value that does not fit, with the first such value."""
    bad, clause, row = f"{records}_bad", reading.clause(records), reading.row
    scratch.execute(f"CREATE TEMPORARY TABLE {bad} (_row BIGINT, _index INTEGER, _text VARCHAR, _null BOOLEAN)")
    for index, value in enumerate(reading.values):
        for condition in value.failures:
            found = f"SELECT DISTINCT {row}, {index} FROM {clause} WHERE {condition}"
            scratch.execute(f"INSERT INTO {bad} (_row, _index) {found}")
        these = f"SELECT _row FROM {bad} WHERE _index = {index}"
        for column, asked in (("_text", f"CAST({value.text} AS VARCHAR)"), ("_null", f"({value.expression}) IS NULL")):
            answers = f"SELECT {row} AS _row, TRY({asked}) AS _answer FROM {clause} WHERE {row} IN ({these})"
            scratch.execute(
                f"UPDATE {bad} SET {column} = _found._answer FROM ({answers}) AS _found"
                f" WHERE {bad}._row = _found._row AND {bad}._index = {index}"
            )
    rows = scratch.execute(
        f"SELECT _row, min(_index), arg_min(coalesce(_text, ''), _index), arg_min(coalesce(_null, FALSE), _index)"
        f" FROM {bad} GROUP BY _row ORDER BY _row"
    ).fetchall()
    return [_Bad(number, index, None if is_null else text) for number, index, text, is_null in rows]


# CSV


def _csv_errors(scratch: DuckDBPyConnection, reading: Reading, bad: list[_Bad]) -> list[LoadError]:
    """Errors of form and of content in the order of their lines."""
    # The byte at which each record begins that DuckDB finds malformed, and why; its lines are none inside quotes
    known = scratch.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [REJECTS]).fetchall()
    sql = (
        f"SELECT min(line_byte_position) - 1, min(error_message) FROM {REJECTS} WHERE error_type <> 'CAST'"
        " GROUP BY line ORDER BY line"
    )
    rejected = scratch.execute(sql).fetchall() if known else []
    wanted = {record.number: record for record in bad}
    found: list[LoadError] = []
    good, begins = 0, list[int]()
    if not bad and not rejected:
        return found
    of_table = reading.counted == "corresponding table"
    for row, place in enumerate(csv_files.places(reading.file, reading.options), 1):
        begins.append(place.line)
        if reading.width is not None and place.width != reading.width:
            told = _unexpected_end if of_table and row > 1 else _mismatch
            found.append(told(reading, place, row))
            continue
        good += 1
        if (record := wanted.pop(good, None)) is not None:
            found.append(_content(reading, record, place, row))
    if of_table and len(begins) > 1 and found and found[0].line == begins[0] and found[0].category == "parsing":
        found[0] = replace(found[0], line=begins[1], character=1, start=begins[0])
    malformed = [error for error in found if error.category == "parsing"]
    if len(malformed) != len(rejected):  # a record that only DuckDB finds malformed: it knows where and why
        lines = csv_files.lines_at(reading.file, reading.options, [position for position, _ in rejected])
        found = [error for error in found if error.category != "parsing"] + [
            _form(reading, line, why, sum(begin <= line for begin in begins))
            for line, (_, why) in zip(lines, rejected, strict=True)
        ]
    return sorted(found, key=lambda error: error.line)


def _mismatch(reading: Reading, place: Place, row: int) -> LoadError:
    """A first record of another width than the table, told where it ends. Recorded: frostlake/CopyColumnCountTest."""
    expected = f"that of the {reading.counted} ({reading.width})"
    message = f"Number of columns in file ({place.width}) does not match {expected}"
    if reading.options["ERROR_ON_COLUMN_COUNT_MISMATCH"]:
        message += ", use file format option error_on_column_count_mismatch=false to ignore this error"
    is_wider = place.width > len(reading.values) and reading.counted == "corresponding table"
    column = reading.values[min(place.width, len(reading.values)) - 1].column if reading.values else None
    character = len(place.text) + 1 if reading.counted == "corresponding table" else 1
    found = _parsing(reading, message, 100080, place, character, row, column)
    return replace(found, column=None, beyond=place.width) if is_wider else found


_END = 100068


def _unexpected_end(reading: Reading, place: Place, row: int) -> LoadError:
    """A later record of another width. Recorded: frostlake/CopyColumnCountTest.

    The numbers: https://docs.snowflake.com/en/sql-reference/sql/copy-into-table#validating-staged-files
    """
    assert reading.width is not None
    if place.width < reading.width:
        message = "End of record reached while expected to parse column '%s'"
        column = reading.values[place.width].column
        return _parsing(reading, message, _END, place, len(place.text) + 1, row, column)
    delimiter = csv_files.dialect(reading.options).delimiter
    character = place.character(reading.width, csv_files.dialect(reading.options)) - len(delimiter)
    message = f"Field delimiter '{delimiter}' found while expecting record delimiter '\\n'"
    return _parsing(reading, message, 100016, place, character, row, reading.values[-1].column)


def _parsing(
    reading: Reading, message: str, errno: int, place: Place, character: int, row: int, column: Column | None
) -> LoadError:
    name, text = reading.file, place.text
    return LoadError(name, message, errno, "22000", place.line, character, row, column, text, "parsing")


def _form(reading: Reading, line: int, why: str, row: int) -> LoadError:
    return LoadError(
        reading.file,
        errors.csv_fault(why),
        100144,
        "22000",
        line,
        1,
        max(row, 1),
        None,
        "",
        "parsing",
        start=line,
    )


def _content(reading: Reading, record: _Bad, place: Place, row: int) -> LoadError:
    value = reading.values[record.index]
    character = 1
    if value.field is not None:
        character = place.character(value.field, csv_files.dialect(reading.options))
    return _error(reading, record, place.line, character, row, place.text)


# JSON and Parquet


def _json_errors(scratch: DuckDBPyConnection, reading: Reading, bad: list[_Bad]) -> list[LoadError]:
    content = staged.json_content(reading.file, reading.options)
    found = []
    for record in bad:
        text, line = content.values[record.number - 1]
        found.append(_error(reading, record, line, 1, record.number, text))
    if content.damage is not None:
        row = len(content.values) + 1
        told = content.damage
        message = f"Error parsing JSON: {told.msg}, line {told.lineno}, pos {told.colno}"
        column = reading.values[0].column if len(reading.values) == 1 else None
        found.append(
            LoadError(
                *(reading.file, message, 100069, "22P02", told.lineno, told.colno, row, column, "", "parsing"),
                start=told.lineno,
            )
        )
    return found


def _parquet_errors(scratch: DuckDBPyConnection, reading: Reading, bad: list[_Bad]) -> list[LoadError]:
    """A Parquet file has no lines: Snowflake counts its rows instead."""
    return [_error(reading, record, record.number, 1, record.number, "") for record in bad]


_EXAMINED: Mapping[str, Callable[[DuckDBPyConnection, Reading, list[_Bad]], list[LoadError]]] = {
    "CSV": _csv_errors,
    "JSON": _json_errors,
    "PARQUET": _parquet_errors,
}


# Messages

_SHOWN = 1000  # characters of a value


def _error(reading: Reading, record: _Bad, line: int, character: int, row: int, text: str) -> LoadError:
    value = reading.values[record.index]
    column = value.column
    message, errno, sqlstate = _worded(value, record.text)
    return LoadError(reading.file, message, errno, sqlstate, line, character, row, column, text)


def _worded(value: Value, text: str | None) -> tuple[str, int, str]:
    """https://docs.snowflake.com/en/user-guide/data-load-bulk-ts and what the product is seen to say."""
    column = value.column
    if text is None:
        return "NULL result in a non-nullable column", 100072, "22000"  # recorded: frostlake/CopyFirstErrorTest
    text = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    if column.type == "VARCHAR":
        return f"User character length limit ({column.length}) exceeded by string '{text}'", 100078, "22000"
    kind = re.split(r"[ (]", column.type)[0]
    if value.of_variant:
        to = casts.name_for_variants(schema.type_of(column.type))
        return f"Failed to cast variant value {text} to {to}", 100071, "22000"
    if kind not in _KINDS and _is_number(text):
        return f"Numeric value '{text}' is out of range", 100039, "22003"
    kind, errno, sqlstate = _KINDS.get(kind, ("Numeric value", 100038, "22018"))
    if kind == "BLOB":
        return f"The following string is not a legal hex-encoded value: '{text}'", errno, sqlstate
    if kind == "JSON":
        return f"Error parsing JSON: {text}", errno, sqlstate
    return f"{kind} '{text}' is not recognized", errno, sqlstate


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


_KINDS = {
    "DATE": ("Date", 100040, "22007"),
    "TIME": ("Time", 100108, "22007"),
    "TIMESTAMP": ("Timestamp", 100035, "22007"),
    "TIMESTAMP_NS": ("Timestamp", 100035, "22007"),
    "BOOLEAN": ("Boolean value", 100037, "22018"),
    "BLOB": ("BLOB", 100115, "22000"),
    "JSON": ("JSON", 100069, "22P02"),
}
