"""RAW_DATA: files as they arrived, with the file, the record's number in it and the time of the load beside each row.

A CSV file lands as texts, a JSON file as one VARIANT a record, a Parquet file in its own types.
"""

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from src.utils.errors import InputError
from src.utils.logging_utils import timed
from src.utils.queries import rows
from src.utils.sql import identifier

from . import ingestion
from .columns import SourceColumn, align, shown, source_columns
from .ingestion import Load, OnError
from .value_types import word

if TYPE_CHECKING:
    from snowflake.snowpark import Session

FILE, ROW, LOADED_AT, REASON = "_FILE", "_ROW", "_LOADED_AT", "_REASON"
DATA = "DATA"

# https://docs.snowflake.com/en/user-guide/querying-metadata
METADATA: Mapping[str, tuple[str, str]] = {
    FILE: ("VARCHAR", "METADATA$FILENAME"),
    ROW: ("NUMBER(38,0)", "METADATA$FILE_ROW_NUMBER"),
    LOADED_AT: ("TIMESTAMP_LTZ", "METADATA$START_SCAN_TIME"),
}
_RESERVED = {*METADATA, REASON}
LONGEST_NAME = 255

Form = Literal["CSV", "JSON", "PARQUET"]


@dataclass(frozen=True)
class FileKind:
    """Where files of an ending go, and the format that they are read by."""

    form: Form
    stage: str
    file_format: str


_CSV = FileKind("CSV", "CSV_STAGE", "CSV_BY_NAME_FORMAT")
_JSON = FileKind("JSON", "JSON_STAGE", "JSON_FORMAT")
KINDS = {
    ".csv": _CSV,
    ".json": _JSON,
    ".jsonl": _JSON,
    ".ndjson": _JSON,
    ".parquet": FileKind("PARQUET", "PARQUET_STAGE", "PARQUET_FORMAT"),
}


def kind_of(files: Sequence[Path]) -> FileKind:
    """Raises InputError for an ending that is not known, and for files of several kinds."""
    kinds = {file: KINDS.get(file.suffix.lower()) for file in files}
    for file, kind in kinds.items():
        if kind is None:
            raise InputError(f'"{file}" ends in {file.suffix or "nothing"}. Pass files that end in {", ".join(KINDS)}.')
    different = {kind for kind in kinds.values() if kind is not None}
    if len(different) != 1:
        raise InputError("The files are of different kinds. Load each kind by a command of its own.")
    return different.pop()


def refuse_newest_without_key(key: tuple[str, ...], newest: str | None) -> None:
    """Raises InputError for a column that would have no rows to decide between."""
    if newest is not None and not key:
        raise InputError(f"{newest} decides between rows of one key, and there is no key. Pass --key as well.")


def column_name(name: str) -> str:
    """The column that a name of a file stands for: in upper case, as an unquoted name would be."""
    return "".join(letter.upper() if len(letter.upper()) == 1 else letter for letter in name) or "_"


# The names of a CSV file

_OTHER_DELIMITERS = "|;\t"


def names_of(file: Path) -> list[str]:
    """The columns that a CSV file's first line names.

    Raises InputError for names that cannot be those of a table's columns; none, for a file that is empty or not there.
    """
    names = _header(file)
    if re.fullmatch(r"sep=\S?", ",".join(names), re.IGNORECASE):
        raise InputError(f'"{file}", line 1: Excel\'s "sep=" is no header, which line 2 has. Delete line 1.')
    columns = [column_name(name) for name in names]
    repeated = [name for name, count in Counter(columns).items() if count > 1 and name != "_"]
    if repeated:
        raise InputError(f'"{file}", line 1: the column {repeated[0]} is there twice. Rename one of the two.')
    if "" in names and len(names) > 1:
        raise InputError(f'"{file}", line 1: column {names.index("") + 1} has no name. Give it one.')
    if reserved := [name for name in columns if name in _RESERVED]:
        raise InputError(
            f'"{file}", line 1: the load itself writes a column {reserved[0]}. Rename the one of the file.'
        )
    if long := [name for name in columns if len(name) > LONGEST_NAME]:
        raise InputError(
            f'"{file}", line 1: "{long[0][:50]}..." cannot name a column. Pass at most {LONGEST_NAME} characters.'
        )
    other = next((one for one in _OTHER_DELIMITERS if len(names) == 1 and one in names[0]), None)
    if other:
        raise InputError(f'"{file}", line 1: fields are separated by {other!r}. Save the file with commas.')
    return [] if names == [""] else columns


def _header(file: Path) -> list[str]:
    """The names in the first record; none, for a file that is not there, which staging it will say."""
    if not file.is_file():
        return []
    try:
        with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
            names = [name.strip() for name in next(csv.reader(lines), [])]
    except (OSError, csv.Error) as error:
        raise InputError(f'"{file}", line 1 cannot be read: {error}. Pass a CSV file.') from None
    if any("\N{REPLACEMENT CHARACTER}" in name or "\0" in name for name in names):
        raise InputError(f'"{file}", line 1 is no UTF-8 text. Save the file as UTF-8.')
    return names


# The table


def check_table(session: "Session", table: str, kind: FileKind) -> list[SourceColumn]:
    """The columns of the raw table, none if it is not there yet.

    Raises InputError for one that files of the kind cannot land in: another kind's, or an earlier version's.
    """
    if shown(session, table) is None:
        return []
    columns = source_columns(session, table)
    names = [column.name for column in columns]
    data = [column for column in columns if column.name not in METADATA]
    if not set(METADATA) <= set(names):
        raise InputError(
            f"{table} has no columns {', '.join(METADATA)}: it was not made by this version, which keeps rows as they "
            f"arrived. Nothing was changed. Pass another --table, or rename it: ALTER TABLE {table} RENAME TO ..."
        )
    is_json = _is_json(data)
    fits = {"CSV": all(column.is_text for column in data), "JSON": is_json, "PARQUET": not is_json}[kind.form]
    if not fits:
        raise InputError(f"{table} holds rows of another kind of files than {kind.form}. Pass another --table.")
    return columns


def is_untyped(session: "Session", table: str) -> bool:
    """Whether the raw table holds texts or JSON records, whose types are to be decided. Raises InputError if absent."""
    if shown(session, table) is None:
        raise InputError(f"{table} is not there. Load files into it first, or pass the name of another table.")
    data = [column for column in source_columns(session, table) if column.name not in METADATA]
    return _is_json(data) or all(column.is_text for column in data)


def _is_json(data: Sequence[SourceColumn]) -> bool:
    return [column.name for column in data] == [DATA] and data[0].type == "VARIANT"


@timed("create table")
def prepare_table(
    session: "Session",
    table: str,
    kind: FileKind,
    present: Sequence[SourceColumn],
    wanted: list[SourceColumn],
    evolve: bool,
) -> bool:
    """Makes the raw table, and says so, or gives the one that is there the columns that it lacks.

    One that another load has made meanwhile is there, too. Raises InputError for new columns unless `evolve` allows
    them, and for a column that has another type by now.
    """
    if not present:
        listed = [f"{identifier(one.name)} {one.type}" for one in wanted]
        listed += [f"{name} {type_}" for name, (type_, _) in METADATA.items()]
        [made] = rows(
            session,
            f"CREATE TABLE IF NOT EXISTS {table} (\n  {(',' + chr(10) + '  ').join(listed)}\n) CHANGE_TRACKING = TRUE",
        )
        if "already exists" not in made["status"]:
            return True
        present = check_table(session, table, kind)
    there = {column.name: column.type for column in present}
    if not evolve and (new := [column.name for column in wanted if column.name not in there]):
        raise InputError(
            f"{table} has no column {', '.join(new)}. Pass --schema-evolution to add what is new, or another --table."
        )
    wider = {one.name: ingestion.wider(there.get(one.name, one.type), one.type) for one in wanted}
    for one in wanted:
        if wider[one.name] is None and SourceColumn("", there[one.name]).is_text:
            [row] = rows(session, f"SELECT COUNT({identifier(one.name)}) AS VALUE_COUNT FROM {table}")
            if not row["VALUE_COUNT"]:  # a column without any value says nothing of its type
                wider[one.name] = one.type
    if other := next((one for one in wanted if wider[one.name] is None), None):
        raise InputError(
            f"{table}: the column {other.name} is {there[other.name]}, and {other.type} in the files. "
            "Pass another --table."
        )
    align(session, table, [SourceColumn(name, type_) for name, type_ in wider.items() if type_ is not None])
    return False


def wanted_columns(
    session: "Session",
    kind: FileKind,
    files: Sequence[Path],
    stage_path: str,
    file_format: str,
    present: Sequence[SourceColumn] = (),
) -> list[SourceColumn]:
    """The columns that the files bring, in the types that they land in, beside those that are `present`."""
    if kind.form == "JSON":
        return [SourceColumn(DATA, "VARIANT")]
    if kind.form == "CSV":
        if empty := next((file for file in files if not names_of(file)), None):
            raise InputError(f'No columns can be found in "{empty}": line 1 is empty. Pass a file with a header.')
        return [
            SourceColumn(name, "VARCHAR") for name in dict.fromkeys(name for file in files for name in names_of(file))
        ]
    inferred = ingestion.inferred_columns(session, stage_path, file_format, [file.name for file in files])
    names = [column.name for column in inferred]
    if reserved := [name for name in names if name in _RESERVED]:
        raise InputError(f"The load itself writes a column {reserved[0]}. Rename the one of the files.")
    if long := [name for name in names if len(name) > LONGEST_NAME]:
        raise InputError(f'"{long[0][:50]}..." cannot name a column. Pass at most {LONGEST_NAME} characters.')
    file_names = [file.name for file in files]
    floats = {column.name for column in inferred if word(column.type) == "FLOAT"}
    if floats and len(files) > 1:
        for name, column in ingestion.inferred_of_each(session, stage_path, file_format, file_names):
            if column.name in floats and word(column.type) == "NUMBER":
                raise InputError(
                    f'The column {column.name} is {column.type} in "{name}", and FLOAT in another file, which does not '
                    "hold every NUMBER. Load the files into different tables."
                )
    there = {column.name: column for column in present}
    return [
        there[one.name]
        if one.is_text
        and one.name in there
        and not there[one.name].is_text
        and not ingestion.has_values(session, stage_path, file_format, file_names, one.name)
        else one  # a column without any value says nothing of its type
        for one in inferred
    ]


def land(
    session: "Session",
    table: str,
    kind: FileKind,
    stage_path: str,
    file_format: str,
    files: Sequence[str],
    on_error: OnError,
) -> Load:
    """Loads the staged files, each once; see ingestion.load."""
    if kind.form != "JSON":
        included = {name: source for name, (_, source) in METADATA.items()}
        return ingestion.load(
            session, table, stage_path, file_format, files=files, on_error=on_error, metadata=included
        )
    values = ", ".join(source for _, source in METADATA.values())
    loaded = ingestion.load(
        session,
        f"{table} ({', '.join([DATA, *METADATA])})",
        f"(SELECT $1, {values} FROM {stage_path})",
        file_format,
        by_name=False,
        files=files,
        on_error=on_error,
    )
    return Load(table, loaded.files)
