"""What each DuckDB file of the state holds beside a user's rows: made once, not looked at again by every process."""

import hashlib
from contextlib import suppress

from duckdb import CatalogException, DuckDBPyConnection, TransactionException

INTERNAL = "_emulator"


def define(connection: DuckDBPyConnection, database: str, sql: str) -> None:
    """Runs the statements that make them, all or none, unless the same statements made them before.

    They stand idempotent, as `CREATE ... IF NOT EXISTS`: an older file may have some of what they make.
    """
    digest = hashlib.sha256(sql.encode()).hexdigest()
    if _made_by(connection, database) == digest:
        return
    connection.begin()
    try:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {database}.{INTERNAL}")
        connection.execute(sql)
        connection.execute(f"CREATE OR REPLACE VIEW {database}.{INTERNAL}.definitions AS SELECT '{digest}' AS digest")
        connection.commit()
    except BaseException:
        with suppress(TransactionException):  # what failed may have ended it
            connection.rollback()
        raise


def _made_by(connection: DuckDBPyConnection, database: str) -> str | None:
    try:
        [(digest,)] = connection.execute(f"SELECT digest FROM {database}.{INTERNAL}.definitions").fetchall()
    except CatalogException:
        return None
    return str(digest)
