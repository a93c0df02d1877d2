"""Brings account and databases in step after a process was killed between a change of one and of the other."""

import shutil
from pathlib import Path as FilePath

import duckdb

from .account import DROPPED
from .catalog import tracking
from .iceberg import iceberg_catalog, iceberg_commits
from .language.names import duck_name, text_literal
from .language.reader import Path
from .objects import dropped
from .session import Session
from .store import checkpoints, inventory
from .store.definitions import INTERNAL
from .store.storage import damaged, whole


def sweep(session: Session) -> None:
    """Drops databases, tables and logs whose statement never answered, forgets objects that are gone, restarts logs."""
    _put_away_databases(session)
    databases = session.account.objects("DATABASE")
    _check_files(session)
    absent = session.storage.databases() - {database.name for database in databases}
    for name in absent:
        if not session.account.find(DROPPED, (name,)) and _has_tables(session, name):
            raise damaged(session.storage.folder, f"the account does not know the database {name}, which has tables.")
    session.storage.remove_left_stages()
    _remove_stages_of_absent_tables(session)
    for _, folder in _stages(session):
        inventory.renew(folder)
    for name in absent:
        session.storage.remove_database(name)
    for gone in session.account.objects(DROPPED):
        session.account.forget_dropped(gone.name)
    for database in databases:
        _put_away_tables(session, database.name)
        there = _tables(session, database.name) - dropped.hidden_tables(session, database.name)
        known = {table.path: table for table in session.account.objects("TABLE", database.name)}
        for path in there - known.keys():
            session.duck.execute(f"DROP TABLE IF EXISTS {duck_name(path)} CASCADE")
        for path in known.keys() - there:
            session.remove(known[path])
        _sweep_logs(session, database.name, there)
    iceberg_commits.sweep_all(session)


def _put_away_databases(session: Session) -> None:
    """Moves the files of databases that were dropped, and forgets those whose files are gone."""
    storage, account = session.storage, session.account
    kept = {one.number: one for one in account.dropped() if one.object_.kind == "DATABASE"}
    for number, record in kept.items():
        name = record.object_.name
        if name in storage.databases() and account.find("DATABASE", (name,)) is None:
            storage.put_away_database(name, number)
        if number not in storage.dropped_files():
            account.forget(record)
    for number in storage.dropped_files() - kept.keys():
        storage.remove_dropped(number)


def _put_away_tables(session: Session, database: str) -> None:
    """Hides what was dropped and is not hidden yet, and forgets what has been lost of it."""
    for record in session.account.dropped():
        if record.path[0] == database and record.object_.kind != "DATABASE":
            with whole(session.duck):
                dropped.hide_left(session, record)
            if not dropped.is_hidden(session, record):
                session.account.forget(record)


def _check_files(session: Session) -> None:
    """Raises for a missing folder or file of a stage and an unreadable Iceberg table; nothing is changed yet."""
    for table in iceberg_commits.tables(session):
        iceberg_catalog.read(session.storage, iceberg_commits.identifier(table))
    for stage in session.account.objects("STAGE"):
        folder = session.storage.stage_folder(stage.path)
        if stage.database not in session.account.imported and not folder.is_dir():
            raise damaged(session.storage.folder, f'the folder "{folder}" of stage {stage.qualified_name} is missing.')
    for title, folder in _stages(session):
        if name := inventory.missing(folder):
            raise damaged(session.storage.folder, f'the file "{folder / name}" of {title} is missing or not whole.')


def _stages(session: Session) -> list[tuple[str, FilePath]]:
    """What the messages call each stage, with its folder."""
    storage, stages = session.storage, session.account.objects("STAGE")
    return [
        *((f"stage {stage.qualified_name}", storage.stage_folder(stage.path)) for stage in stages),
        *(("a table's stage", folder) for folder in storage.unnamed_stages("TABLES")),
        *(("a user's stage", folder) for folder in storage.unnamed_stages("USERS")),
    ]


def _remove_stages_of_absent_tables(session: Session) -> None:
    there = {session.storage.stage_folder(table.stage.folder) for table in session.account.objects("TABLE")}
    for folder in set(session.storage.unnamed_stages("TABLES")) - there:
        inventory.forget(folder)
        shutil.rmtree(folder)


def _has_tables(session: Session, database: str) -> bool:
    """Whether the file of a database that the account does not know holds tables, or cannot be read.

    One whose creation never answered has none yet; of one that was killed in its first moments there is a header.
    """
    file = session.storage.database_file(database)
    if file.stat().st_size <= _HEADER and not checkpoints.log_of(file).exists():
        return False
    try:
        session.duck.execute(f"ATTACH {text_literal(str(file))} AS _emulator_unknown (READ_ONLY)")
        try:
            return bool(_tables(session, "_emulator_unknown"))
        finally:
            session.duck.execute("DETACH _emulator_unknown")
    except duckdb.Error:
        return True


_HEADER = 3 * 4096  # bytes of a DuckDB file without a block


def _tables(session: Session, database: str) -> set[Path]:
    rows = session.duck.execute(
        "SELECT database_name, schema_name, table_name FROM duckdb_tables()"
        " WHERE database_name = ? AND schema_name NOT IN (?, '_fs_information_schema')",
        [database, INTERNAL],
    ).fetchall()
    return {tuple(row) for row in rows}


def _sweep_logs(session: Session, database: str, there: set[Path]) -> None:
    shared = session.account.objects("TABLE", database)
    followed = {path for stream in tracking.own_streams(session) for path in tracking.tables_of(stream)}
    followed |= {table.path for table in shared if tracking.kept_since(table) is not None}
    for path in there & followed:
        tracking.start_log(session, path)
    for path in there - followed:
        if tracking.has_log(session, path):
            tracking.stop_log(session, path)
