"""The folder that the state lives in: a DuckDB file a database, one for the account, a folder for stages."""

import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from duckdb import DuckDBPyConnection, TransactionException

if TYPE_CHECKING:
    from .language.reader import Path as ObjectPath

FORMAT = 3
_MARKER = "emulator.json"
_OF_PROCESSES = ("lock", "guests")  # who serves the folder, and who uses it: there before any state is


class StateError(Exception):
    """The state folder cannot be used: it is foreign, damaged, or of another format. It is never deleted."""


@contextmanager
def whole(connection: DuckDBPyConnection) -> Iterator[None]:
    """What is written inside is kept whole, or not at all: if it fails, or the process is killed."""
    connection.begin()
    try:
        yield
        connection.commit()
    except BaseException:
        with suppress(TransactionException):  # what failed may have ended it
            connection.rollback()
        raise


@dataclass(frozen=True)
class Storage:
    """Knows where each thing lies under the state folder; `secret` signs the URLs that files are sent to."""

    folder: Path
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False, compare=False)

    @property
    def account_file(self) -> Path:
        return self.folder / "account.duckdb"

    @property
    def incoming(self) -> Path:
        """Where files are written until they are complete; what is left there from before is gone at the next start."""
        return self.folder / "incoming"

    def database_file(self, database: str) -> Path:
        return self.folder / "databases" / f"{database}.duckdb"

    def databases(self) -> set[str]:
        """The databases that have a file."""
        return {file.stem for file in (self.folder / "databases").glob("*.duckdb")}

    @property
    def iceberg_folder(self) -> Path:
        return self.folder / "iceberg"

    def stage_folder(self, stage: "ObjectPath") -> Path:
        return self.folder.joinpath("stages", *map(_file_name, stage))

    def remove_database(self, database: str) -> None:
        file = self.database_file(database)
        file.unlink(missing_ok=True)
        file.with_name(f"{file.name}.wal").unlink(missing_ok=True)
        self.remove_stages((database,))

    def remove_stages(self, path: "ObjectPath") -> None:
        """Removes the files of one stage, of all stages of a schema, or of a database."""
        shutil.rmtree(self.stage_folder(path), ignore_errors=True)


def _file_name(name: str) -> str:
    """A folder's name for a quoted identifier, which may be `..` or hold a slash."""
    return quote(name, safe="").replace(".", "%2E")


def open_storage(folder: Path) -> Storage:
    """Returns the state in `folder`, made if it is absent or empty. Raises StateError if it holds anything else."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if all(entry.name in _OF_PROCESSES for entry in folder.iterdir()):
            (folder / _MARKER).write_text(json.dumps({"format": FORMAT}))
        _check_marker(folder)
        shutil.rmtree(folder / "incoming", ignore_errors=True)
        for name in ("databases", "stages", "incoming"):
            (folder / name).mkdir(exist_ok=True)
    except OSError as error:
        raise StateError(
            f'The emulator cannot use the folder "{folder}": {error.strerror}. '
            "Name another one with DATA_ENG_DEMO_STATE."
        ) from error
    return Storage(folder)


def _check_marker(folder: Path) -> None:
    try:
        found = json.loads((folder / _MARKER).read_text())["format"]
    except FileNotFoundError:
        raise StateError(
            f'"{folder}" is not empty and holds no emulator state ({_MARKER} is missing). '
            "Nothing was changed. Name another folder with DATA_ENG_DEMO_STATE."
        ) from None
    except (ValueError, KeyError, TypeError):
        raise StateError(
            f'"{folder / _MARKER}" is damaged. Nothing was changed. Move the folder away to start afresh.'
        ) from None
    if found != FORMAT:
        raise StateError(
            f'The state in "{folder}" has format {found}; this version reads format {FORMAT}. Nothing was changed. '
            "Move the folder away to start afresh."
        )
