"""The whole path of a person's own files: staged, a table made of them, loaded, curated, checked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from src.config import DemoConfig
from src.config.checks import is_plain_identifier
from src.utils.arguments import checked
from src.utils.errors import InputError
from src.utils.logging_utils import logged, step
from src.utils.needs import Need
from src.utils.queries import rows
from src.utils.sql import qualified

from .columns import shown
from .curation import Curated, Curation, curate, rejected_name
from .ingestion import Load, OnError, PutFile, put_files
from .landing import check_table, kind_of, land, names_of, prepare_table, refuse_newest_without_key, wanted_columns
from .left_out import LeftOut, left_out, moment, reasons
from .validation import EXIT_FAILED, Check, ValidationReport, validate

if TYPE_CHECKING:
    from snowflake.snowpark import Session

RAW, CURATED = "RAW_DATA", "CURATED"


@checked
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
    trim: bool = False
    retype: bool = False

    def __post_init__(self) -> None:
        refuse_newest_without_key(self.key, self.newest)

    def needs(self, config: DemoConfig) -> Iterator[Need]:
        """What the role needs that loads them: the stage and its format, and to make the tables that are not there."""
        kind = kind_of(self.files)
        database = config.database.name
        raw, curated = qualified(database, RAW, self.table), qualified(database, CURATED, self.table)
        yield Need("USAGE", "DATABASE", qualified(database))
        for schema, tables in ((RAW, (raw,)), (CURATED, (curated, rejected_name(curated)))):
            yield Need("USAGE", "SCHEMA", qualified(database, schema))
            yield Need("CREATE TABLE", "SCHEMA", qualified(database, schema), unless=tables)
        yield Need("READ", "STAGE", qualified(database, RAW, kind.stage))
        yield Need("WRITE", "STAGE", qualified(database, RAW, kind.stage))
        yield Need("USAGE", "FILE FORMAT", qualified(database, RAW, kind.file_format))


@dataclass(frozen=True)
class Outcome:
    """What became of the files."""

    table: str
    staged: tuple[PutFile, ...]
    created: bool
    loaded: Load
    curated: Curated
    validation: ValidationReport
    left_out: tuple[LeftOut, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 if a check failed, and if none of the rows could be loaded or kept."""
        none_loaded = self.loaded.errors and not self.loaded.rows_loaded
        none_kept = self.curated.read and not self.curated.kept
        return EXIT_FAILED if none_loaded or none_kept else self.validation.exit_code


def _refuse_rows_of_others(session: "Session", raw: str, curated: str) -> None:
    """Without the raw table, rows in the curated ones came from elsewhere, and would go, since no raw row has them."""
    for table in (curated, rejected_name(curated)):
        there = shown(session, table)
        if there is not None and there["rows"]:
            raise InputError(
                f"{table} has rows, and {raw} is not there, which they would come from. Nothing was changed. "
                f"Pass another --table, or rename it: ALTER TABLE {table} RENAME TO ..."
            )


@contextmanager
def _undone(session: "Session", made: str | None) -> Iterator[list[Load]]:
    """Drops the raw table that was just made, if the load fails: the corrected file may have other columns.

    It stays where it has rows of another load than those that are put into the list.
    """
    landed: list[Load] = []
    try:
        yield landed
    except BaseException:
        if made is not None:
            [found] = rows(session, f"SELECT COUNT(*) AS COUNTED FROM {made}")
            if found["COUNTED"] == sum(one.rows_loaded for one in landed):
                rows(session, f"DROP TABLE IF EXISTS {made}")
        raise


@checked
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
    if kind.form == "CSV":
        for file in wanted.files:
            names_of(file)
    database = config.database.name
    raw, curated = qualified(database, RAW, wanted.table), qualified(database, CURATED, wanted.table)
    file_format = qualified(database, RAW, kind.file_format)
    path = f"@{qualified(database, RAW, kind.stage)}/{wanted.table}/"
    with step("own_files"), logged(object=wanted.table):
        present = check_table(session, raw, kind)
        if not present:
            _refuse_rows_of_others(session, raw, curated)
        staged = put_files(session, wanted.files, path, progress=progress)
        columns = wanted_columns(session, kind, wanted.files, path, file_format, present)
        created = prepare_table(session, raw, kind, present, columns, wanted.schema_evolution)
        with _undone(session, raw if created else None) as landed:
            names = [file.name for file in wanted.files]
            begun = moment(session) if wanted.on_error == "CONTINUE" and kind.form == "CSV" else None
            loaded = land(session, raw, kind, path, file_format, names, wanted.on_error)
            landed.append(loaded)
            faulty = [one for one in loaded.files if one.errors] if begun else []
            why = reasons(session, raw) if faulty else {}
            made = curate(
                session,
                Curation(
                    raw,
                    curated,
                    wanted.key,
                    wanted.newest,
                    decide=kind.form != "PARQUET",
                    trim=wanted.trim,
                    retype=wanted.retype,
                ),
            )
        report = validate(session, curated, wanted.checks, key=wanted.key, threshold=wanted.threshold)
        left = tuple(left_out(session, raw, one, begun, why) for one in faulty if begun)
    return Outcome(curated, tuple(staged), created, loaded, made, report, left)
