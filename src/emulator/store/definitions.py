"""What each DuckDB file of the state holds beside a user's rows: made once, not looked at again by every process."""

import hashlib

from duckdb import CatalogException, DuckDBPyConnection

from .storage import whole

INTERNAL = "_emulator"
HIDDEN = "_emulator_dropped_"  # begins the names of the tables and views that are kept for what was dropped


def load_history(database: str) -> tuple[str, str, str]:
    """The table of the files that the tables of a database have been loaded from, which the first load makes."""
    return database, INTERNAL, "load_history"


def define(connection: DuckDBPyConnection, database: str, sql: str) -> None:
    """Runs the statements that make them, all or none, unless the same statements made them before.

    They stand idempotent, as `CREATE ... IF NOT EXISTS`: an older file may have some of what they make.
    """
    digest = hashlib.sha256(sql.encode()).hexdigest()
    if _made_by(connection, database) == digest:
        return
    with whole(connection):
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {database}.{INTERNAL}")
        connection.execute(sql)
        connection.execute(f"CREATE OR REPLACE VIEW {database}.{INTERNAL}.definitions AS SELECT '{digest}' AS digest")


def _made_by(connection: DuckDBPyConnection, database: str) -> str | None:
    try:
        [(digest,)] = connection.execute(f"SELECT digest FROM {database}.{INTERNAL}.definitions").fetchall()
    except CatalogException:
        return None
    return str(digest)


def is_defined(connection: DuckDBPyConnection, database: str) -> bool:
    """Whether a file is one of the emulator's, of whatever version."""
    found = connection.execute(
        "SELECT 1 FROM duckdb_schemas() WHERE database_name = ? AND schema_name = '_fs_information_schema'", [database]
    )
    return bool(found.fetchall())
