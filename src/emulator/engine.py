"""An account on DuckDB: opens the state, attaches its databases, and gives sessions."""

from pathlib import Path

import duckdb
from fakesnow import info_schema
from fakesnow.transforms import show
from snowflake.connector.errors import Error

from .account import HOSTED, Account, account, runs
from .capture import pruning, shared_streams
from .catalog.imported import follow_all
from .editions import Edition
from .iceberg import iceberg_commits
from .language.names import text_literal
from .objects.databases import define_database
from .pipeline.cursor import Cursor
from .session import Session, history
from .session.history import History
from .session.hosting import Hosting
from .session.locks import Locks
from .sql import database_macros, macros
from .sql.columns_view import COLUMNS_VIEW
from .store import checkpoints, confinement
from .store.definitions import define, is_defined
from .store.storage import StateError, damaged, open_storage, why_closed
from .sweep import sweep
from .tasks.scheduler import Scheduler
from .upkeep import Upkeep

__all__ = ["Engine", "StateError"]


# What the account's file holds. Of fakesnow's views for SHOW, only that of SHOW COLUMNS is read.
_ACCOUNT = ";\n".join(
    (
        info_schema.fs_global_creation_sql(),
        show.SQL_CREATE_VIEW_SHOW_COLUMNS,
        COLUMNS_VIEW,
        account.DEFINITIONS,
        runs.DEFINITIONS,
        history.DEFINITIONS,
    )
)


class Engine:
    """An account on a state folder: what was committed is there after the process has ended.

    Its edition, and whether it is a trial, stay as they were where they are not given.

    Raises StateError if the folder is foreign, damaged or not writable.
    """

    def __init__(
        self,
        folder: Path,
        *,
        edition: Edition | None = None,
        is_trial: bool | None = None,
        may_create_roles: bool = True,
        name: str = HOSTED[0],
        hosting: Hosting | None = None,
    ) -> None:
        self.storage = open_storage(folder)
        self.duck_conn = confinement.connect(folder)
        self.locks = Locks()
        self._is_first = hosting is None
        self.hosting = hosting or Hosting(
            folder,
            lambda host, place, other: Engine(place, edition=edition, is_trial=is_trial, name=other, hosting=host),
        )
        try:
            self._open_account(name, edition, is_trial, may_create_roles)
            self.history = History(self.duck_conn.cursor())
            self.upkeep = Upkeep(self.account, self.storage, self.history, self.open_session)
            self.scheduler = Scheduler(self.account, self.open_session, self.history, self.upkeep.look)
            session = self.open_session()
            sweep(session)
            follow_all(session)
            session.close()
        except StateError:
            self.duck_conn.close()
            raise
        except (duckdb.Error, Error, OSError) as error:
            self.duck_conn.close()
            raise why_closed(folder, error) from error
        self.hosting.add(self)
        if not self._is_first:
            self._release_logs()

    def _release_logs(self) -> None:
        session = self.open_session()
        shared_streams.release_abandoned(session)
        session.close()

    def _open_account(self, name: str, edition: Edition | None, is_trial: bool | None, may_create_roles: bool) -> None:
        """Attaches every file before anything is written to one of them."""
        file = self.storage.account_file
        if not file.exists() or not file.stat().st_size:
            # Makes the account's file whole, or not at all: on a full disk the next start begins anew
            part = self.storage.incoming / file.name
            self.duck_conn.execute(f"ATTACH {text_literal(str(part))} AS _fs_global")
            define(self.duck_conn, "_fs_global", _ACCOUNT)
            self.duck_conn.execute("CHECKPOINT _fs_global")
            self.duck_conn.execute("DETACH _fs_global")
            part.replace(file)
        self._attach(file, "_fs_global")
        databases = [name for (name,) in self.duck_conn.execute(account.DATABASES).fetchall()]
        for database in databases:
            self._attach(self.storage.database_file(database), database)
        define(self.duck_conn, "_fs_global", _ACCOUNT)
        self.duck_conn.execute(database_macros.creation_sql("memory"))  # for a session without a current database
        self.duck_conn.execute(macros.creation_sql())
        connection = self.duck_conn.cursor()
        self.account = Account(
            connection, name=name, edition=edition, is_trial=is_trial, may_create_roles=may_create_roles
        )
        for database in databases:
            define_database(self.duck_conn, database)

    def _attach(self, file: Path, database: str) -> None:
        """Opens a file that the account must have. Raises StateError if it is not there, or is not the emulator's."""
        what = "the account" if database == "_fs_global" else f"database {database}"
        if not file.exists():
            raise damaged(self.storage.folder, f"the file of {what} is missing.")
        if not file.stat().st_size:
            raise damaged(self.storage.folder, f"the file of {what} is empty.")
        if not _may_be_log(wal := checkpoints.log_of(file)):
            raise damaged(self.storage.folder, f'"{wal}" is not a log of DuckDB.')
        if lost := checkpoints.lost(file):
            raise damaged(self.storage.folder, f'"{file}" {lost}.')
        self.duck_conn.execute(f"ATTACH {text_literal(str(file))} AS {database} (TYPE duckdb)")
        if not is_defined(self.duck_conn, database):
            raise damaged(self.storage.folder, f'"{file}" is not the file of {what}.')

    def open_session(self) -> Session:
        session = Session(
            self.duck_conn.cursor(),
            self.account,
            self.storage,
            self.locks,
            Cursor,
            before_commit=(pruning.after_commit, iceberg_commits.prepare),
            after_drop=iceberg_commits.sweep,
        )
        session.hosting, session.history = self.hosting, self.history
        self.history.running.opened(session)
        return session

    def start_tasks(self) -> None:
        self.scheduler.start()

    def close(self) -> None:
        """Writes everything to the state folder and lets go of it; the presenter's account takes the others along."""
        self.scheduler.stop()
        self.history.running.stop()
        if self._is_first:
            self.hosting.close_others(self)
        self.history.settle()
        self.upkeep.write_logs()
        self.duck_conn.close()


def _may_be_log(wal: Path) -> bool:
    """Whether a write-ahead log is none or begins as DuckDB's do; DuckDB would pass over anything else in silence.

    The end of one may be missing, if its process was killed.
    """
    if not wal.exists():
        return True
    with wal.open("rb") as file:
        return _LOG_BEGINS.startswith(file.read(len(_LOG_BEGINS)))


_LOG_BEGINS = b"d\0be\0"  # the field 100, an entry of the kind 98 (the version), and the field 101
