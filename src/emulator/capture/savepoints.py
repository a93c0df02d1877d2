"""What a failed statement in an explicit transaction undoes: itself alone, as on an account.

DuckDB has no savepoints, and gives its whole transaction up at a failure while it runs. So before a statement runs in a
transaction that has changed tables, their rows are kept; after a failure DuckDB's transaction is begun anew with them.
The lock of the database is held all the while: nobody else has changed it.
https://docs.snowflake.com/en/sql-reference/transactions#failed-statements-within-a-transaction
"""

from contextlib import suppress

import duckdb
import pyarrow as pa

from ..catalog import duckdb_tables, tracking
from ..language.names import duck_name, quoted
from ..language.reader import Path
from ..session import Session
from ..session.transactions import Transaction
from ..store.definitions import INTERNAL, load_history

MOST = 100_000  # rows of a table that are kept; a transaction that has changed a larger one is given up at a failure
_ROWS = "_emulator_kept_rows"
_EXACT = "BIGINT BOOLEAN BLOB DATE DOUBLE INTEGER JSON TIME TIMESTAMP VARCHAR".split()
_EXACT_TOO = ("DECIMAL(", "TIMESTAMP WITH TIME ZONE")


def take(session: Session) -> None:
    """Keeps the rows of the tables that the open transaction has changed since they were kept last.

    A query inside a statement that is changing rows keeps nothing: the statement as a whole succeeds or fails.
    """
    transaction = session.transaction
    if transaction is None or not transaction.explicit or transaction.database is None or transaction.failed:
        return
    if transaction.unfinished or not transaction.restorable:
        return
    for path in sorted(transaction.unkept):
        _keep(session, transaction, path)
        if not transaction.restorable:
            return
    if transaction.unkept:
        transaction.kept[transaction.database, INTERNAL, "clock"] = _rows(
            session, transaction, (transaction.database, INTERNAL, "clock")
        )
        history = load_history(transaction.database)
        if duckdb_tables.is_there(session, history):
            transaction.kept[history] = _rows(session, transaction, history)
    transaction.unkept.clear()


def _keep(session: Session, transaction: Transaction, path: Path) -> None:
    found = session.account.find("TABLE", path)
    if found is not None and found.properties.get("ICEBERG"):
        transaction.restorable = False  # its files are made from a log of its own
        return
    place = found.place if found else path
    transaction.kept[place] = _rows(session, transaction, place)
    if place == path and tracking.has_log(session, path):
        log = tracking.log_name(path)
        began = f"WHERE {tracking.VERSION} > {transaction.began}"
        transaction.logs[path] = session.duck.execute(f"SELECT * FROM {log} {began}").to_arrow_table()


def _rows(session: Session, transaction: Transaction, place: Path) -> pa.Table | None:
    types = [type_ for (type_,) in duckdb_tables.columns(session, place, "data_type")]
    [(count,)] = session.duck.execute(f"SELECT count(*) FROM {duck_name(place)}").fetchall()
    if count > MOST or not all(type_ in _EXACT or type_.startswith(_EXACT_TOO) for type_ in types):
        transaction.restorable = False
        return None
    return session.duck.execute(f"SELECT * FROM {duck_name(place)}").to_arrow_table()


def restore(session: Session, *, of_query: bool = False) -> None:
    """Undoes what a failed statement has done to the open transaction, if it has done anything.

    Where that cannot be, the transaction is over: only ROLLBACK is accepted after it. `of_query` leaves it to the
    statement that the query is inside of, if that one changes rows.
    """
    transaction = session.transaction
    if transaction is None or not transaction.explicit or transaction.failed or (of_query and transaction.unfinished):
        return
    unfinished, transaction.unfinished = transaction.unfinished, False
    if transaction.database is None or not (unfinished or _is_given_up(session)):
        return
    with session.interruptible(False):
        try:
            _begin_anew(session, transaction, transaction.database)
        except duckdb.Error:
            transaction.failed = True


def _is_given_up(session: Session) -> bool:
    try:
        session.duck.execute("SELECT 1").fetchall()
    except duckdb.Error:
        return True
    return False


def _begin_anew(session: Session, transaction: Transaction, database: str) -> None:
    if not transaction.restorable or transaction.unkept:
        transaction.failed = True
        return
    with suppress(duckdb.TransactionException):
        session.duck.execute("ROLLBACK")
    if not transaction.kept:  # the failed statement was the first to change anything
        transaction.database = None
        transaction.locks.clear()
        session.locks.release(database)
        return
    session.duck.execute("BEGIN")
    logged = list(transaction.logs)
    for path in logged:
        tracking.drop_triggers(session, path)
    for place, rows in transaction.kept.items():
        session.duck.execute(f"DELETE FROM {duck_name(place)}")
        _insert(session, duck_name(place), rows)
    for path, rows in transaction.logs.items():
        _insert(session, tracking.log_name(path), rows)
        tracking.create_triggers(session, path)


def _insert(session: Session, table: str, rows: pa.Table | None) -> None:
    if rows is None or not rows.num_rows:
        return
    columns = ", ".join(map(quoted, rows.column_names))
    session.duck.register(_ROWS, rows)
    try:
        session.duck.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {_ROWS}")
    finally:
        session.duck.unregister(_ROWS)
