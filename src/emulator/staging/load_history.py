"""Which files a table has been loaded from: kept beside its rows, so that both commit together.

https://docs.snowflake.com/en/user-guide/data-load-considerations-load#load-metadata
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import Expr

from ..catalog import duckdb_tables, table_names
from ..language.names import duck_name
from ..language.reader import Path
from ..session import Session
from ..session.statement import StatementContext
from ..store.definitions import load_history
from .files import StagedFile


@dataclass(frozen=True)
class Target:
    """A table as the history knows it; `identity` differs for a table of the same name that has replaced it."""

    path: Path
    identity: str

    @property
    def history(self) -> str:
        return duck_name(load_history(self.path[0]))


def loaded(session: Session, target: Target) -> set[tuple[str, str]]:
    """The files, as name and checksum, that the table has been loaded from."""
    if not duckdb_tables.is_there(session, load_history(target.path[0])):
        return set()
    rows = session.duck.execute(
        f"SELECT file_name, md5 FROM {target.history} WHERE schema_name = ? AND table_name = ? AND identity = ?",
        [*target.path[1:], target.identity],
    ).fetchall()
    return {(name, md5) for name, md5 in rows}


def key(file: StagedFile) -> tuple[str, str]:
    """A file is the same one while its name, on its stage, and its content are.

    What replaces a temporary stage is another stage: ADBC's driver appends the same rows again through the same names.
    https://github.com/apache/arrow-adbc (go/adbc/driver/snowflake/bulk_ingestion.go)
    """
    stage = file.stage
    made = f"{stage.created_on.isoformat()}/" if stage.is_temporary else ""
    return f"{'.'.join(stage.folder)}/{made}{file.name}", file.md5


def remember(session: Session, target: Target, files: Iterable[StagedFile]) -> None:
    """Writes down the files of a load, within its transaction."""
    session.duck.execute(
        f"CREATE TABLE IF NOT EXISTS {target.history} (schema_name VARCHAR, table_name VARCHAR, identity VARCHAR,"
        " file_name VARCHAR, md5 VARCHAR, loaded_on TIMESTAMPTZ)"
    )
    now = session.account.clock()
    for file in files:
        session.duck.execute(
            f"INSERT INTO {target.history} VALUES (?, ?, ?, ?, ?, ?)",
            [*target.path[1:], target.identity, *key(file), now],
        )


def forget_truncated(context: StatementContext, expression: Expr) -> None:
    """Forgets the files of a truncated table: they may be loaded again.

    https://docs.snowflake.com/en/sql-reference/sql/truncate-table
    """
    session = context.session
    table = table_names.target_of(expression)
    if table is None:
        return
    found = session.account.find("TABLE", table_names.name_of(session, table, "TRUNCATE TABLE"))
    if found is not None and duckdb_tables.is_there(session, load_history(found.database)):
        target = Target(found.path, found.identity)
        session.duck.execute(
            f"DELETE FROM {target.history} WHERE schema_name = ? AND table_name = ? AND identity = ?",
            [*target.path[1:], target.identity],
        )
