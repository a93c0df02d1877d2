"""Files to tables: put on a stage, looked at, loaded once, all or nothing unless ON_ERROR says otherwise."""

import glob
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from src.utils.arguments import checked
from src.utils.errors import InputError
from src.utils.logging_utils import timed
from src.utils.queries import Row, rows
from src.utils.sql import identifier, literal

from .columns import SourceColumn, align, shown, source_columns
from .transformation import transaction
from .value_types import number_of, word

if TYPE_CHECKING:
    from snowflake.snowpark import Session

OnError = Literal["ABORT_STATEMENT", "CONTINUE", "SKIP_FILE"]
PipeOnError = Literal["CONTINUE", "SKIP_FILE"]

FILES_AT_ONCE = 4
# https://docs.snowflake.com/en/user-guide/data-load-considerations-load#lists-of-files
LONGEST_FILE_LIST = 1000
_BLOCK = 1 << 20
_NOT_IN_PUT = set("'\"\\")


@dataclass(frozen=True)
class StagedFile:
    """A file on a stage; `name` is its path below the stage, as LIST writes it."""

    name: str
    size: int
    md5: str


@dataclass(frozen=True)
class PutFile:
    """A file that was put on a stage, or skipped because it is there with the same checksum.

    `replaced`: one of its name was there with other content, whose rows stay where they were loaded.
    """

    file: Path
    size: int
    skipped: bool
    replaced: bool = False


@dataclass(frozen=True)
class LoadedFile:
    """What COPY INTO says of a file."""

    file: str
    status: str
    rows_parsed: int
    rows_loaded: int
    errors: int
    first_error: str | None = None
    line: int | None = None
    character: int | None = None
    column: str | None = None


@dataclass(frozen=True)
class FileError:
    """What a file cannot be loaded for, and where in it that is."""

    file: str
    line: int | None
    character: int | None
    column: str | None
    message: str
    record: str | None

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, character {self.character}, column {self.column}: {self.message}"


@dataclass(frozen=True)
class Load:
    """What a load did. A file that had been loaded before is not in it."""

    table: str
    files: tuple[LoadedFile, ...]

    @property
    def rows_loaded(self) -> int:
        return sum(one.rows_loaded for one in self.files)

    @property
    def errors(self) -> int:
        return sum(one.errors for one in self.files)


# Staging


@checked
@timed("put")
def put_files(
    session: "Session",
    files: Sequence[Path],
    stage_path: str,
    *,
    at_once: int = FILES_AT_ONCE,
    progress: Callable[[PutFile], object] = lambda put: None,
) -> list[PutFile]:
    """Puts files on a stage, several at once, and skips what is there with the same checksum.

    `stage_path` is `@DB.SCHEMA.STAGE/path/`; `progress` hears of each file as it ends. Raises InputError for a file
    that cannot be read or named in a PUT, and for two of one name, before anything is sent; and for a file that changes
    while it is put.
    https://docs.snowflake.com/en/sql-reference/sql/put
    """
    _check_files(files)
    there = {Path(one.name).name: one for one in list_files(session, stage_path)}

    def put(file: Path) -> PutFile:
        done = _put(session, file, stage_path, there.get(file.name))
        progress(done)
        return done

    with ThreadPoolExecutor(at_once, thread_name_prefix="put") as threads:
        return list(threads.map(put, files))


def _check_files(files: Sequence[Path]) -> None:
    names: dict[str, Path] = {}
    for file in files:
        if not file.is_file():
            raise InputError(f'"{file}" is no file. Pass files that can be read.')
        if set(str(file.resolve())) & _NOT_IN_PUT:
            raise InputError(f'"{file}" has a quote or a backslash in its path, which PUT does not take. Rename it.')
        if file.name in names:
            raise InputError(f'"{names[file.name]}" and "{file}" would be one file on the stage. Rename one of them.')
        names[file.name] = file


def _put(session: "Session", file: Path, stage_path: str, there: StagedFile | None) -> PutFile:
    before = file.stat()
    size = before.st_size
    if there is not None and there.size == size and there.md5 == checksum(file):
        return PutFile(file, size, skipped=True)
    # PUT reads wildcards in a file's name: https://docs.snowflake.com/en/sql-reference/sql/put#usage-notes
    source = literal(f"file://{glob.escape(file.resolve().as_posix())}")
    rows(session, f"PUT {source} {literal(stage_path)} AUTO_COMPRESS = FALSE OVERWRITE = TRUE")
    after = file.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise InputError(f'"{file}" was written to while it was read. Load it when it is complete.')
    return PutFile(file, size, skipped=False, replaced=there is not None)


@checked
def checksum(file: Path) -> str:
    """The MD5 of a file, by which LIST knows it."""
    digest = hashlib.md5(usedforsecurity=False)
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


@checked
def list_files(session: "Session", stage_path: str) -> list[StagedFile]:
    """The files on a stage below a path.

    https://docs.snowflake.com/en/sql-reference/sql/list
    """
    found = rows(session, f"LIST {literal(stage_path)}")
    return [StagedFile(row["name"], row["size"], row["md5"]) for row in found]


# Tables made of files


@checked
@timed("create table")
def create_table_from_files(
    session: "Session",
    table: str,
    stage_path: str,
    file_format: str,
    *,
    files: Sequence[str] = (),
    schema_evolution: bool = False,
) -> bool:
    """Makes a table with the columns of staged files, if there is none of the name, and says whether it did.

    `file_format` is a named one that reads names: for CSV with PARSE_HEADER. Numbers have 38 digits and the files'
    widest scale; in a table that is there, a NUMBER gets the scale that the files need. The table tracks changes; with
    `schema_evolution` a load by name adds columns. More `files` than a list may have stand for all below the path.
    Raises InputError if no column can be found in the files.
    https://docs.snowflake.com/en/sql-reference/functions/infer_schema
    """
    inferred = inferred_columns(session, stage_path, file_format, files)
    there = shown(session, table)
    if there is None:
        listed = ",\n  ".join(f"{identifier(column.name)} {column.type}" for column in inferred)
        rows(session, f"CREATE TABLE IF NOT EXISTS {table} (\n  {listed}\n)")
    else:
        present = {column.name: column.type for column in source_columns(session, table)}
        numbers = [one for one in inferred if word(present.get(one.name, "")) == "NUMBER"]
        wide = [SourceColumn(one.name, wider(present[one.name], one.type) or present[one.name]) for one in numbers]
        align(session, table, wide)
    # Either takes the table's owner: a table of another role's that is as it should be is left alone.
    if there is None or there.get("change_tracking") != "ON":
        rows(session, f"ALTER TABLE {table} SET CHANGE_TRACKING = TRUE")
    if schema_evolution and (there is None or there.get("enable_schema_evolution") != "Y"):
        rows(session, f"ALTER TABLE {table} SET ENABLE_SCHEMA_EVOLUTION = TRUE")
    return there is None


_NAMES = {"TEXT": "VARCHAR", "REAL": "FLOAT"}  # what INFER_SCHEMA and DESCRIBE call differently


@checked
def inferred_columns(session: "Session", stage_path: str, file_format: str, files: Sequence[str]) -> list[SourceColumn]:
    """The columns of staged files, NUMBERs with 38 digits. Raises InputError if there are none."""
    found = rows(
        session, f"SELECT COLUMN_NAME, TYPE FROM {_inferred(stage_path, file_format, files)} ORDER BY ORDER_ID"
    )
    if not found:
        raise InputError(f"No columns can be found in {stage_path}: its files are empty, or not as {file_format}.")
    return [SourceColumn(row["COLUMN_NAME"], _type_of(row)) for row in found]


@checked
def inferred_of_each(
    session: "Session", stage_path: str, file_format: str, files: Sequence[str]
) -> list[tuple[str, SourceColumn]]:
    """The columns of each of the files, asked for at once."""
    asked = [
        f"SELECT {literal(file)} AS FILE, COLUMN_NAME, TYPE FROM {_inferred(stage_path, file_format, [file])}"
        for file in files
    ]
    found = rows(session, "\nUNION ALL\n".join(asked))
    return [(row["FILE"], SourceColumn(row["COLUMN_NAME"], _type_of(row))) for row in found]


@checked
def has_values(session: "Session", stage_path: str, file_format: str, files: Sequence[str], name: str) -> bool:
    """Whether any row of staged Parquet files has a value in the column of the name, however it is written there.

    https://docs.snowflake.com/en/user-guide/querying-stage
    """
    inferred = _inferred(stage_path, file_format, files, ignore_case=False)
    written = [row["COLUMN_NAME"] for row in rows(session, f"SELECT COLUMN_NAME FROM {inferred}")]
    values = [f"COUNT($1[{literal(one)}]::VARCHAR)" for one in written if one.upper() == name.upper()]
    pattern = f".*({'|'.join(map(re.escape, files))})"
    stage = f"{stage_path} (FILE_FORMAT => {literal(file_format)}, PATTERN => {literal(pattern)})"
    [row] = rows(session, f"SELECT {' + '.join(values)} AS VALUE_COUNT FROM {stage}")
    return bool(row["VALUE_COUNT"])


def _type_of(row: Row) -> str:
    type_ = str(_NAMES.get(row["TYPE"], row["TYPE"]))
    number = number_of(type_)
    return f"NUMBER(38,{number[1]})" if number else type_


@checked
def wider(one: str, other: str) -> str | None:
    """The NUMBER that holds the values of both; None for other types that differ."""
    if SourceColumn("", one).is_of(other):
        return one
    numbers = number_of(one), number_of(other)
    return f"NUMBER(38,{max(number[1] for number in numbers if number)})" if all(numbers) else None


def _inferred(stage_path: str, file_format: str, files: Sequence[str], ignore_case: bool = True) -> str:
    """https://docs.snowflake.com/en/sql-reference/functions/infer_schema"""
    named = f", FILES => {literal(tuple(files))}" if 0 < len(files) <= LONGEST_FILE_LIST else ""
    return (
        f"TABLE(INFER_SCHEMA(LOCATION => {literal(stage_path)}, FILE_FORMAT => {literal(file_format)}{named}, "
        f"IGNORE_CASE => {literal(ignore_case)}))"
    )


# Loading


@checked
@timed("load")
def load(
    session: "Session",
    table: str,
    stage_path: str,
    file_format: str,
    *,
    by_name: bool = True,
    on_error: OnError = "ABORT_STATEMENT",
    files: Sequence[str] = (),
    pattern: str = "",
    force: bool = False,
    metadata: Mapping[str, str] = MappingProxyType({}),
) -> Load:
    """Loads staged files that have not been loaded into the table yet; `force` loads those as well.

    With ABORT_STATEMENT all or nothing of all files: QueryFailed names file, line and column of the first error.
    Therefore more files than one statement may name are loaded in one transaction.
    https://docs.snowflake.com/en/sql-reference/sql/copy-into-table
    """
    statements = [
        copy_into(
            table,
            stage_path,
            file_format,
            by_name=by_name,
            on_error=on_error,
            files=some,
            pattern=pattern,
            force=force,
            metadata=metadata,
        )
        for some in _lists(files)
    ]
    with transaction(session) if len(statements) > 1 else nullcontext():
        found = [row for sql in statements for row in rows(session, sql)]
    # Without any file to look at the one row has a status only; one that is named and had been loaded is skipped.
    return Load(table, tuple(_loaded(row) for row in found if "file" in row and row["status"] != "LOAD_SKIPPED"))


def _lists(files: Sequence[str]) -> list[Sequence[str]]:
    """The files as one statement after another may name them; without any, one statement that names none."""
    return [files[at : at + LONGEST_FILE_LIST] for at in range(0, len(files), LONGEST_FILE_LIST)] or [files]


@checked
def copy_into(
    table: str,
    stage_path: str,
    file_format: str,
    *,
    by_name: bool = True,
    on_error: OnError = "ABORT_STATEMENT",
    files: Sequence[str] = (),
    pattern: str = "",
    force: bool = False,
    metadata: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The COPY INTO that loads staged files. Raises InputError for files and a pattern at once.

    `metadata` says which METADATA$ columns go into which columns of the table, by name only.
    """
    if files and pattern:
        raise InputError("A load takes files by name or by a pattern. Pass one of the two.")
    lines = [f"COPY INTO {table}", f"FROM {stage_path}"]
    lines += [f"FILES = {literal(tuple(files))}"] if files else []
    lines += [f"PATTERN = {literal(pattern)}"] if pattern else []
    lines.append(f"FILE_FORMAT = (FORMAT_NAME = {literal(file_format)})")
    lines += ["MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE"] if by_name else []
    included = ", ".join(f"{identifier(column)} = {source}" for column, source in metadata.items())
    lines += [f"INCLUDE_METADATA = ({included})"] if included else []
    lines.append(f"ON_ERROR = {on_error}")
    lines += ["FORCE = TRUE"] if force else []
    return "\n  ".join(lines)


@checked
def find_errors(
    session: "Session", table: str, stage_path: str, file_format: str, *, files: Sequence[str] = ()
) -> list[FileError]:
    """Every error that a load by position would meet; loads nothing.

    By position only: VALIDATION_MODE and MATCH_BY_COLUMN_NAME do not go together.
    https://docs.snowflake.com/en/sql-reference/sql/copy-into-table#copy-options-copyoptions
    """
    found = []
    for some in _lists(files):
        named = f"FILES = {literal(tuple(some))}\n  " if some else ""
        found += rows(
            session,
            f"COPY INTO {table}\n  FROM {stage_path}\n  {named}FILE_FORMAT = (FORMAT_NAME = {literal(file_format)})\n"
            "  VALIDATION_MODE = RETURN_ALL_ERRORS",
        )
    return [
        FileError(row["FILE"], row["LINE"], row["CHARACTER"], row["COLUMN_NAME"], row["ERROR"], row["REJECTED_RECORD"])
        for row in found
    ]


def _loaded(row: Row) -> LoadedFile:
    return LoadedFile(
        row["file"],
        row["status"],
        row["rows_parsed"],
        row["rows_loaded"],
        row["errors_seen"],
        row["first_error"],
        row["first_error_line"],
        row["first_error_character"],
        row["first_error_column_name"],
    )


# Loading that goes on by itself


@checked
def create_pipe(
    session: "Session",
    pipe: str,
    table: str,
    stage_path: str,
    file_format: str,
    *,
    by_name: bool = True,
    on_error: PipeOnError = "SKIP_FILE",
    pattern: str = "",
    auto_ingest: bool = True,
    integration: str = "",
    comment: str = "",
) -> None:
    """Makes a pipe that loads every file that arrives at a path of a stage, if there is none of the name.

    Azure and Google Cloud need a notification integration. The emulator records the pipe, and loads nothing by it.
    """
    copy = copy_into(table, stage_path, file_format, by_name=by_name, on_error=on_error, pattern=pattern)
    rows(session, pipe_ddl(pipe, copy, auto_ingest=auto_ingest, integration=integration, comment=comment))


@checked
def pipe_ddl(pipe: str, copy: str, *, auto_ingest: bool = True, integration: str = "", comment: str = "") -> str:
    """The CREATE PIPE. Of the options of COPY INTO, a pipe takes no ON_ERROR = ABORT_STATEMENT, FILES or FORCE.

    https://docs.snowflake.com/en/sql-reference/sql/create-pipe#usage-notes
    """
    notified = f"\n  INTEGRATION = {literal(integration)}" if integration else ""
    return (
        f"CREATE PIPE IF NOT EXISTS {pipe}\n  AUTO_INGEST = {literal(auto_ingest)}{notified}\n"
        f"  COMMENT = {literal(comment)}\nAS\n{copy}"
    )


@checked
def create_external_table(
    session: "Session", table: str, stage_path: str, file_format: str, *, pattern: str = "", auto_refresh: bool = False
) -> None:
    """Makes a table that reads files where they are, if there is none of the name. The stage must be external.

    Raises QueryFailed on the emulator, which has no external stages.
    """
    rows(session, external_table_ddl(table, stage_path, file_format, pattern=pattern, auto_refresh=auto_refresh))


@checked
def external_table_ddl(
    table: str, stage_path: str, file_format: str, *, pattern: str = "", auto_refresh: bool = False
) -> str:
    """The CREATE EXTERNAL TABLE; each row is the VARIANT column VALUE.

    https://docs.snowflake.com/en/sql-reference/sql/create-external-table
    """
    matching = f"\n  PATTERN = {literal(pattern)}" if pattern else ""
    return (
        f"CREATE EXTERNAL TABLE IF NOT EXISTS {table}\n  LOCATION = {stage_path}\n"
        f"  AUTO_REFRESH = {literal(auto_refresh)}{matching}\n  FILE_FORMAT = (FORMAT_NAME = {literal(file_format)})"
    )
