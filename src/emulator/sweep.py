"""Brings account and databases in step after a process was killed between a change of one and of the other."""

from .account import Object
from .capture import tracking
from .definitions import INTERNAL
from .iceberg import iceberg_commits
from .language.names import duck_name
from .language.reader import Path
from .session import Session


def sweep(session: Session) -> None:
    """Drops databases, tables and logs whose statement never answered, forgets objects that are gone, restarts logs."""
    databases = session.account.objects("DATABASE")
    for absent in session.storage.databases() - {database.name for database in databases}:
        session.storage.remove_database(absent)
    for database in databases:
        there = _tables(session, database.name)
        known = {table.path: table for table in session.account.objects("TABLE", database.name)}
        for path in there - known.keys():
            session.duck.execute(f"DROP TABLE IF EXISTS {duck_name(path)} CASCADE")
        for path in known.keys() - there:
            session.account.remove(known[path])
        _sweep_logs(session, database.name, there)
    iceberg_commits.sweep_all(session)


def _tables(session: Session, database: str) -> set[Path]:
    rows = session.duck.execute(
        "SELECT database_name, schema_name, table_name FROM duckdb_tables()"
        " WHERE database_name = ? AND schema_name NOT IN (?, '_fs_information_schema')",
        [database, INTERNAL],
    ).fetchall()
    return {tuple(row) for row in rows}


def _sweep_logs(session: Session, database: str, there: set[Path]) -> None:
    followed = {path for stream in session.account.objects("STREAM") if (path := _followed(stream))[0] == database}
    shared = session.account.objects("TABLE", database)
    followed |= {table.path for table in shared if tracking.kept_since(table) is not None}
    for path in there & followed:
        tracking.start_log(session, path)
    for path in there - followed:
        if tracking.has_log(session, path):
            tracking.stop_log(session, path)


def _followed(stream: Object) -> Path:
    path = stream.properties["TABLE"]
    assert isinstance(path, list)
    return tuple(map(str, path))
