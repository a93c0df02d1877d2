"""An account on DuckDB: opens the state, attaches its databases, and gives sessions."""

from pathlib import Path

import duckdb
from fakesnow import info_schema, macros
from fakesnow.instance import FakeSnow
from fakesnow.transforms import show

from . import account, confinement, errors
from .account import HOSTED, Account, Edition
from .capture.locks import Locks
from .cursor import Cursor
from .definitions import define
from .history import history
from .history.history import History
from .iceberg import iceberg_commits
from .language.names import text_literal
from .objects.databases import attach
from .session import Session
from .sharing import shared_streams
from .sharing.hosting import Hosting
from .sharing.imported import follow_all
from .storage import StateError, open_storage
from .sweep import sweep
from .tasks import runs
from .tasks.scheduler import Scheduler

__all__ = ["Engine", "StateError"]


# fakesnow's view of all columns, without the ones that tracking.py hides.
_COLUMNS_VIEW = (
    info_schema.SQL_CREATE_GLOBAL_INFORMATION_SCHEMA_COLUMNS_VIEW.replace(
        "create view if not exists", "create or replace view"
    )
    + " AND columns.column_name <> '_emulator_row_id' AND columns.table_schema <> '_emulator'"
)
# What the account's file holds. Of fakesnow's views for SHOW, only that of SHOW COLUMNS is read.
_ACCOUNT = ";\n".join(
    (
        info_schema.fs_global_creation_sql(),
        show.SQL_CREATE_VIEW_SHOW_COLUMNS,
        _COLUMNS_VIEW,
        account.DEFINITIONS,
        runs.DEFINITIONS,
        history.DEFINITIONS,
    )
)


class Engine(FakeSnow):
    """fakesnow's instance on a state folder: what was committed is there after the process has ended.

    Raises StateError if the folder is foreign, damaged or not writable.
    """

    def __init__(
        self,
        folder: Path,
        *,
        edition: Edition = "ENTERPRISE",
        may_create_roles: bool = True,
        name: str = HOSTED[0],
        hosting: Hosting | None = None,
    ) -> None:
        self.storage = open_storage(folder)
        self.duck_conn = confinement.connect(folder)
        self.results_cache = {}
        self.locks = Locks()
        self._is_first = hosting is None
        self.hosting = hosting or Hosting(
            folder, lambda host, place, other: Engine(place, edition=edition, name=other, hosting=host)
        )
        try:
            self.duck_conn.execute(f"ATTACH {text_literal(str(self.storage.account_file))} AS _fs_global")
            define(self.duck_conn, "_fs_global", _ACCOUNT)
            self.duck_conn.execute(macros.creation_sql("memory"))  # for a session without a current database
            self.account = Account(
                self.duck_conn.cursor(), name=name, edition=edition, may_create_roles=may_create_roles
            )
            for database in self.account.objects("DATABASE"):
                self._attach(database.name)
        except duckdb.Error as error:
            self.duck_conn.close()
            if reason := errors.why_full(str(error)):
                raise StateError(
                    f'The state in "{folder}" cannot be written: {reason}. Nothing is lost. '
                    "Free some space, then run the command again."
                ) from error
            raise StateError(
                f'The state in "{folder}" is damaged: {str(error).splitlines()[0]} Nothing was changed. '
                "Move the folder away to start afresh."
            ) from error
        self.history = History(self.duck_conn.cursor())
        self.scheduler = Scheduler(self.account, self.open_session, self.history)
        session = self.open_session()
        sweep(session)
        follow_all(session)
        session.close()
        self.hosting.add(self)
        if not self._is_first:
            self._release_logs()

    def _release_logs(self) -> None:
        session = self.open_session()
        shared_streams.release_abandoned(session)
        session.close()

    def _attach(self, database: str) -> None:
        if not self.storage.database_file(database).exists():
            raise StateError(
                f'The state in "{self.storage.folder}" is damaged: the file of database {database} is missing. '
                "Nothing was changed. Move the folder away to start afresh."
            )
        attach(self.duck_conn, self.storage, database)

    def open_session(self) -> Session:
        session = Session(
            self.duck_conn.cursor(),
            self.account,
            self.storage,
            self.locks,
            Cursor,
            before_commit=(iceberg_commits.prepare,),
        )
        session.hosting, session.history = self.hosting, self.history
        self.history.running.opened(session)
        return session

    def close(self) -> None:
        """Writes everything to the state folder and lets go of it; the presenter's account takes the others along."""
        self.scheduler.stop()
        self.history.running.stop()
        if self._is_first:
            self.hosting.close_others(self)
        self.history.settle()
        self.duck_conn.close()
