"""The folder that the state lives in: a DuckDB file a database, one for the account, a folder for stages."""

import json
import secrets
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from duckdb import DuckDBPyConnection, TransactionException

from .. import errors
from . import checkpoints, inventory
from .confinement import SPILL
from .writing import PART, write_whole

if TYPE_CHECKING:
    from ..language.reader import Path as ObjectPath

FORMAT = 3
_MARKER = "emulator.json"
_MARKED = json.dumps({"format": FORMAT})
_TOKEN, _TOKEN_LETTERS = "token", 32
# Who serves the folder, and who uses it, and what is not written yet: there before any state is.
_OF_PROCESSES = frozenset({"lock", "guests", _TOKEN, f"{_MARKER}{PART}", f"{_TOKEN}{PART}"})
_OF_ACCOUNT = ("databases", "stages", "iceberg", "accounts", "dropped")


class StateError(Exception):
    """The state folder cannot be used: it is foreign, damaged, or of another format. It is never deleted."""


@contextmanager
def whole(connection: DuckDBPyConnection) -> Iterator[None]:
    """What is written inside is kept whole, or not at all: if it fails, or the process is killed.

    One inside another is a part of that.
    """
    if id(connection) in _WHOLE:
        yield
        return
    connection.begin()
    _WHOLE.add(id(connection))
    try:
        yield
        connection.commit()
    except BaseException:
        with suppress(TransactionException):  # what failed may have ended it
            connection.rollback()
        raise
    finally:
        _WHOLE.discard(id(connection))


_WHOLE: set[int] = set()  # the connections that are inside


@dataclass(frozen=True)
class Storage:
    """Knows where each thing lies under the state folder; `secret` signs the URLs that files are sent to."""

    folder: Path
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False, compare=False)
    _staging: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

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
        checkpoints.forget(file)
        file.unlink(missing_ok=True)
        checkpoints.log_of(file).unlink(missing_ok=True)
        self.remove_stages((database,))

    def dropped_file(self, number: int) -> Path:
        """Where the file of a database is that was dropped and can be brought back."""
        return self.folder / "dropped" / f"{number}.duckdb"

    def dropped_files(self) -> set[int]:
        return {int(file.stem) for file in (self.folder / "dropped").glob("*.duckdb")}

    def put_away_database(self, database: str, number: int) -> None:
        file = self.database_file(database)
        checkpoints.forget(file)
        self.dropped_file(number).parent.mkdir(exist_ok=True)
        _move(file, self.dropped_file(number))
        self.remove_stages((database,))

    def bring_back_database(self, number: int, database: str) -> None:
        _move(self.dropped_file(number), self.database_file(database))

    def remove_dropped(self, number: int) -> None:
        for file in (self.dropped_file(number), checkpoints.log_of(self.dropped_file(number))):
            file.unlink(missing_ok=True)

    def remove_stages(self, path: "ObjectPath") -> None:
        """Removes the files of one stage, of all stages of a schema, or of a database."""
        with self._staging:
            inventory.forget(self.stage_folder(path))
            shutil.rmtree(self.stage_folder(path), ignore_errors=True)

    def stage_with(self, file: Path) -> Path:
        """The folder of the stage that a staged file is in."""
        return self.folder.joinpath(*file.relative_to(self.folder).parts[:4])

    def publish(self, incoming: Path, path: Path, replace: bool = True) -> bool:
        """Renames a complete file to where its stage lists it; without `replace` a file that is there stays.

        Returns False, and leaves the file where it is, if the stage has been dropped meanwhile.
        """
        stage = self.stage_with(path)
        with self._staging:
            if not stage.is_dir():
                return False
            path.parent.mkdir(parents=True, exist_ok=True)
            if replace or not path.exists():
                with inventory.arriving(stage, path, incoming.stat().st_size):
                    incoming.replace(path)
            return True

    def remove_left_stages(self) -> None:
        """Removes the files of temporary stages whose session has not come to its end, and the lists of them."""
        for left in self.folder.glob(f"stages/*/*/*{_file_name(APART)}*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()

    def unnamed_stages(self, owners: str) -> list[Path]:
        """The folders of the stages that USERS or TABLES have."""
        return [folder for folder in self.stage_folder((APART, owners)).glob("*") if folder.is_dir()]


def _move(file: Path, to: Path) -> None:
    """A database's file, and its log first: killed in between, the rest is moved the next time."""
    for one, place in ((checkpoints.log_of(file), checkpoints.log_of(to)), (file, to)):
        if one.exists():
            one.replace(place)


APART = "\0"  # in the name of a temporary stage's folder, and in no object's name


def _file_name(name: str) -> str:
    """A folder's name for a quoted identifier, which may be `..` or hold a slash."""
    return quote(name, safe="").replace(".", "%2E")


def open_storage(folder: Path) -> Storage:
    """Returns the state in `folder`, made if it is absent or empty. Raises StateError if it holds anything else."""
    storage = Storage(folder)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _is_new(folder):
            write_whole(folder / _MARKER, _MARKED)
            for name in ("databases", "stages"):
                (folder / name).mkdir(exist_ok=True)
        _check_marker(folder)
        _check_account(storage)
        # Makes the state its user's alone, as one of an earlier version is not yet
        if folder.stat().st_mode & 0o777 != 0o700:
            folder.chmod(0o700)
            for path in folder.rglob("*"):
                path.chmod(0o700 if path.is_dir() else 0o600)
        for left_over in (storage.incoming, folder / SPILL):
            shutil.rmtree(left_over, ignore_errors=True)
        storage.incoming.mkdir()
        (folder / "databases").mkdir(exist_ok=True)
    except OSError as error:
        raise why_closed(folder, error) from error
    return storage


def login_token(folder: Path) -> str:
    """What a client of this state has to know: made once, and kept where only the state's user reads it."""
    file = folder / _TOKEN
    if file.exists() and len(token := file.read_text().strip()) >= _TOKEN_LETTERS:
        file.chmod(0o600)
        return token
    write_whole(file, made := secrets.token_urlsafe(_TOKEN_LETTERS))
    return made


def why_closed(folder: Path, error: Exception) -> StateError:
    """Why a state cannot be opened: no room, no permission, another program that has it, or damage."""
    fact = str(error).splitlines()[0]
    if reason := errors.why_full(str(error)):
        return StateError(
            f'The state in "{folder}" cannot be written: {reason}. Nothing is lost. '
            "Free some space, then run the command again."
        )
    if "Permission denied" in fact or "Conflicting lock" in fact or isinstance(error, OSError):
        return StateError(
            f'The emulator cannot use the folder "{folder}": {fact}. Name another one with DATA_ENG_DEMO_STATE.'
        )
    return damaged(folder, fact)


def damaged(folder: Path, what: str) -> StateError:
    return StateError(
        f'The state in "{folder}" is damaged: {what} Nothing was changed. Put back what is missing, or move the '
        "folder away to start afresh."
    )


def _is_new(folder: Path) -> bool:
    """Whether nothing of a state is there, or only a part of its marker, as an earlier version left on a full disk."""
    others = {entry.name for entry in folder.iterdir()} - _OF_PROCESSES
    return not others or (others == {_MARKER} and _MARKED.startswith((folder / _MARKER).read_text(errors="replace")))


def _check_account(storage: Storage) -> None:
    """Raises StateError if what only an account can have made is there, and its file is not."""
    file = storage.account_file
    if file.exists() and file.stat().st_size:
        return
    made = [checkpoints.log_of(file)]
    made += [path for name in _OF_ACCOUNT for path in (storage.folder / name).rglob("*")]
    if any(path.is_file() for path in made):
        what = "is empty" if file.exists() else "is missing"
        raise damaged(storage.folder, f"the account's file {file.name} {what}.")


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
