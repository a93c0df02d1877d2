"""The whole path of a person's own files: staged, a table made of them, loaded, curated, checked."""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from src.config import DemoConfig
from src.config.checks import is_plain_identifier
from src.utils.errors import InputError
from src.utils.logging_utils import logged, step
from src.utils.queries import rows
from src.utils.sql import qualified

from .ingestion import Load, OnError, PutFile, create_table_from_files, load, put_files
from .transformation import Curated, Curation, curate
from .validation import Check, ValidationReport, validate

if TYPE_CHECKING:
    from snowflake.snowpark import Session

RAW, CURATED = "RAW_DATA", "CURATED"


@dataclass(frozen=True)
class FileKind:
    """Where files of an ending go, and the format that reads the names of their columns."""

    stage: str
    file_format: str


_CSV = FileKind("CSV_STAGE", "CSV_BY_NAME_FORMAT")
_JSON = FileKind("JSON_STAGE", "JSON_FORMAT")
KINDS = {
    ".csv": _CSV,
    ".json": _JSON,
    ".jsonl": _JSON,
    ".ndjson": _JSON,
    ".parquet": FileKind("PARQUET_STAGE", "PARQUET_FORMAT"),
}

_OTHER_DELIMITERS = "|;\t"


@dataclass(frozen=True)
class OwnFiles:
    """What a person wants loaded, and how."""

    files: tuple[Path, ...]
    table: str
    key: tuple[str, ...] = ()
    newest: str | None = None
    checks: tuple[Check, ...] = ()
    threshold: float = 0.0
    on_error: OnError = "ABORT_STATEMENT"
    schema_evolution: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of the files."""

    table: str
    staged: tuple[PutFile, ...]
    created: bool
    loaded: Load
    curated: Curated
    validation: ValidationReport

    @property
    def exit_code(self) -> int:
        return self.validation.exit_code


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


def check_header(file: Path) -> None:
    """Raises InputError for a first line whose names cannot be those of a table's columns."""
    names = _header(file)
    repeated = [name for name, count in Counter(map(str.upper, names)).items() if count > 1]
    if repeated:
        raise InputError(f'"{file}", line 1: the column {repeated[0]} is there twice. Rename one of the two.')
    if "" in names and len(names) > 1:
        raise InputError(f'"{file}", line 1: column {names.index("") + 1} has no name. Give it one.')
    other = next((one for one in _OTHER_DELIMITERS if len(names) == 1 and one in names[0]), None)
    if other:
        raise InputError(f'"{file}", line 1: fields are separated by {other!r}. Save the file with commas.')


def _header(file: Path) -> list[str]:
    """The names in the first record; none, for a file that is not there, which staging it will say."""
    if not file.is_file():
        return []
    try:
        with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
            names = [name.strip() for name in next(csv.reader(lines), [])]
    except (OSError, csv.Error) as error:
        raise InputError(f'"{file}", line 1 cannot be read: {error}. Pass a CSV file.') from None
    if any("\N{REPLACEMENT CHARACTER}" in name for name in names):
        raise InputError(f'"{file}", line 1 is no UTF-8 text. Save the file as UTF-8.')
    return names


@contextmanager
def _undone(session: "Session", made: str | None) -> Iterator[None]:
    """Drops the table that was just made, if nothing could be loaded into it: the mended file may have other types."""
    try:
        yield
    except BaseException:
        if made is not None:
            rows(session, f"DROP TABLE IF EXISTS {made}")
        raise


def load_own_files(
    session: "Session",
    config: DemoConfig,
    wanted: OwnFiles,
    *,
    progress: Callable[[PutFile], object] = lambda put: None,
) -> Outcome:
    """Stages, makes the table if there is none, loads, curates and validates. Each step is all or nothing.

    Raises InputError for what is wrong with files, table or columns, QueryFailed for what Snowflake refuses; files that
    had been loaded before are not loaded again.
    """
    if not is_plain_identifier(wanted.table):
        raise InputError(
            f'"{wanted.table}" is no name for a table. Pass letters, digits and _, and no reserved keyword.'
        )
    kind = kind_of(wanted.files)
    if kind is _CSV:
        for file in wanted.files:
            check_header(file)
    database = config.database.name
    raw, curated = qualified(database, RAW, wanted.table), qualified(database, CURATED, wanted.table)
    file_format = qualified(database, RAW, kind.file_format)
    path = f"@{qualified(database, RAW, kind.stage)}/{wanted.table}/"
    names = [file.name for file in wanted.files]
    with step("own_files"), logged(object=wanted.table):
        staged = put_files(session, wanted.files, path, progress=progress)
        created = create_table_from_files(
            session, raw, path, file_format, files=names, schema_evolution=wanted.schema_evolution
        )
        with _undone(session, raw if created else None):
            loaded = load(session, raw, path, file_format, files=names, on_error=wanted.on_error)
        made = curate(session, Curation(raw, curated, wanted.key, wanted.newest))
        report = validate(session, curated, wanted.checks, key=wanted.key, threshold=wanted.threshold)
    return Outcome(curated, tuple(staged), created, loaded, made, report)
