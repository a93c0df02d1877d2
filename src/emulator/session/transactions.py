"""Transactions: what commits together, and what a stream sees meanwhile.

Every statement that changes rows takes the write lock of its database, counts the database's version up by one, and
keeps the lock until its transaction ends. So versions are handed out in the order of the commits, and a stream's
window of versions can never skip a change that commits late.

DuckDB's own transaction begins with the first change: until then an explicit transaction reads what is committed, as
Snowflake does (https://docs.snowflake.com/en/sql-reference/transactions#read-committed-isolation). After it, the
transaction reads the snapshot of that moment: a deviation, since others' later commits stay unseen.
"""

import itertools
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb
from snowflake.connector.errors import Error

from .. import errors
from ..language.reader import Path, Reader
from ..language.result import Result, done
from ..store.definitions import INTERNAL
from .session import Session

# What a stream on a shared table has: the provider's account, and the table's path there; of a view, its first table's.
HOME = "HOME"


def creation_sql(database: str) -> str:
    """What transactions and streams need in each database: its version, its streams' offsets, its rows' identities."""
    return f"""
        CREATE SEQUENCE IF NOT EXISTS {database}.{INTERNAL}.row_ids;
        CREATE TABLE IF NOT EXISTS {database}.{INTERNAL}.clock (version BIGINT);
        INSERT INTO {database}.{INTERNAL}.clock SELECT 0 WHERE NOT EXISTS (FROM {database}.{INTERNAL}.clock);
        CREATE TABLE IF NOT EXISTS {database}.{INTERNAL}.offsets (
            schema_name VARCHAR, name VARCHAR, version BIGINT, initial BOOLEAN, consumed_on TIMESTAMPTZ,
            PRIMARY KEY (schema_name, name));
    """


@dataclass
class Transaction:
    """An open transaction: the versions it began at, what it has consumed and changed, and the database it locks."""

    explicit: bool
    versions: dict[str, int]
    id: int
    started_on: datetime
    name: str = field(default_factory=lambda: str(uuid.uuid4()))
    consumed: dict[Path, int] = field(default_factory=dict)
    changed: set[Path] = field(default_factory=set)
    statements: list[str] = field(default_factory=list)
    database: str | None = None
    failed: bool = False
    # What savepoints.py keeps: the version before the first change, the rows of changed tables and their logs.
    began: int = 0
    unfinished: bool = False  # a statement that changes something is under way
    restorable: bool = True
    unkept: set[Path] = field(default_factory=set)
    kept: dict[Path, Any] = field(default_factory=dict)
    logs: dict[Path, Any] = field(default_factory=dict)
    aborted: bool = False  # from outside: it is over, and its session does not know it yet
    locks: "dict[Path, TableLock]" = field(default_factory=dict)


@dataclass
class TableLock:
    """A table that a transaction has changed or, without a time, waits to change: the statement that asked first."""

    query_id: str
    acquired_on: datetime | None = None
    appends: bool = False  # it has only been inserted into, which locks nothing on an account


def versions(session: Session) -> dict[str, int]:
    """The committed version of each database; of those that streams on shared tables follow, as `ACCOUNT.DATABASE`."""
    names = [database.name for database in session.account.objects("DATABASE")]
    union = " UNION ALL ".join(f"SELECT '{name}', version FROM {name}.{INTERNAL}.clock" for name in names)
    found: dict[str, int] = dict(session.duck.execute(union).fetchall()) if names else {}
    homes = [stream.properties.get(HOME) for stream in session.account.objects("STREAM")]
    # A provider that is gone, or cannot be opened, has none: to read its streams is an error.
    for account, database in {(str(home[0]), str(home[1])) for home in homes if isinstance(home, list)}:
        with suppress(Error, duckdb.Error):
            found[f"{account}.{database}"] = version_of(session.hosting.visit(session, account), database)
    return found


def version_of(session: Session, database: str) -> int:
    """The committed version of one database. Raises 002003 if there is none of that name."""
    session.account.require("DATABASE", (database,))
    [(version,)] = session.duck.execute(f"SELECT version FROM {database}.{INTERNAL}.clock").fetchall()
    return int(version)


# Statements


def begin(session: Session, reader: Reader) -> Result:
    """`BEGIN [TRANSACTION | WORK] [NAME x]`; inside an open transaction it is ignored.

    Of a name with dots the first part is kept: recorded, frostlake/transaction-name.
    https://docs.snowflake.com/en/sql-reference/sql/begin
    """
    reader.accept("TRANSACTION") or reader.accept("WORK")
    name = reader.path()[0] if reader.accept("NAME") else None
    reader.finish()
    refuse_after_failure(session)
    if session.transaction is None:
        session.transaction = _new(session, True, versions(session))
        session.transaction.name = name or session.transaction.name
    return done()


_IDS = itertools.count(time.time_ns())  # as accounts number them, by the time


def _new(session: Session, explicit: bool, versions_: dict[str, int]) -> Transaction:
    return Transaction(explicit, versions_, next(_IDS), session.account.clock())


def commit(session: Session, reader: Reader) -> Result:
    """`COMMIT [WORK]`; without an open transaction it does nothing.

    https://docs.snowflake.com/en/sql-reference/sql/commit
    """
    reader.accept("WORK")
    reader.finish()
    commit_open(session)
    return done()


def rollback(session: Session, reader: Reader) -> Result:
    """`ROLLBACK [WORK]`; without an open transaction it does nothing.

    https://docs.snowflake.com/en/sql-reference/sql/rollback
    """
    reader.accept("WORK")
    reader.finish()
    rollback_open(session)
    return done()


def commit_open(session: Session) -> None:
    """Commits the open transaction, if there is one: its rows, and the offsets of the streams it consumed.

    What `before_commit` hooks prepare commits with it or not at all; what they return runs after it, still under the
    write lock, so that the next transaction finds it done.
    """
    transaction = session.transaction
    if transaction is None:
        return
    _refuse_after_failure(transaction)
    finishing: list[Callable[[], None]] = []
    try:
        if transaction.database is not None:
            _write_offsets(session, transaction)
            finishing = [prepare(session, transaction) for prepare in session.before_commit]
            with session.interruptible(False):
                session.duck.execute("COMMIT")
    except Exception:
        rollback_open(session)
        raise
    try:
        for finish in finishing:
            finish()
    finally:
        session.transaction = None
        if transaction.database is not None:
            session.locks.release(transaction.database)


def commit_for_ddl(session: Session, *, drops: bool) -> None:
    """What DDL does to the open transaction: https://docs.snowflake.com/en/sql-reference/transactions#ddl

    Snowpark's own, on its temporary objects, asks to leave it open. After a change only a DROP does so: what was
    created would go with a rollback.
    """
    open_ = session.transaction
    if not (session.is_commit_skipped and open_ is not None and (open_.database is None or drops)):
        commit_open(session)


def rollback_open(session: Session) -> None:
    session.roll_back()


def _write_offsets(session: Session, transaction: Transaction) -> None:
    now = session.account.clock()
    for (database, schema, name), version in transaction.consumed.items():
        session.duck.execute(
            f"UPDATE {database}.{INTERNAL}.offsets SET initial = FALSE, consumed_on = ?,"
            " version = CASE WHEN initial THEN version ELSE greatest(version, ?) END"
            " WHERE schema_name = ? AND name = ?",
            [now, version, schema, name],
        )


# Changing rows


@contextmanager
def change(
    session: Session, tables: Sequence[Path], streams: Sequence[tuple[Path, str]], *, appends: bool = False
) -> Iterator[None]:
    """Runs a statement that changes `tables` and consumes `streams` (each with its name in `versions`).

    `appends` if it only inserts, as INSERT and COPY INTO do.

    Outside a transaction it is one of its own and commits at the end. A failing statement undoes what it did; inside an
    explicit transaction savepoints.py does that.
    """
    if session.transaction is None:
        explicit = not session.autocommits
        session.transaction = _new(session, explicit, versions(session) if explicit else {})
    transaction = session.transaction
    _refuse_after_failure(transaction)
    for path in tables:
        lock = transaction.locks.setdefault(path, TableLock(session.statement, appends=appends))
        lock.appends = lock.appends and appends
    transaction.unfinished = True
    try:
        _enter(session, transaction, {path[0] for path in (*tables, *(stream for stream, _ in streams))})
        yield
    except BaseException:
        if not transaction.explicit:
            rollback_open(session)
        raise
    transaction.unfinished = False
    transaction.unkept.update(tables)
    transaction.changed.update(tables)
    transaction.statements.append(session.statement)
    transaction.consumed.update({stream: transaction.versions.get(database, 0) for stream, database in streams})
    if not transaction.explicit:
        commit_open(session)


def _enter(session: Session, transaction: Transaction, databases: set[str]) -> None:
    """Begins DuckDB's transaction on the one database that it may change."""
    databases = databases | ({transaction.database} if transaction.database else set())
    if len(databases) != 1:
        raise errors.not_emulated(f"a transaction that changes two databases ({', '.join(sorted(databases))})")
    [database] = databases
    if transaction.database is None:
        try:
            session.locks.acquire(database, session, session.lock_timeout)
        except Error:
            transaction.locks.clear()
            raise
        if session.transaction is not transaction:  # the session was closed while it waited
            session.locks.release(database)
            raise errors.cancelled()
        transaction.database = database
        session.duck.execute("BEGIN")
        transaction.began = version_of(session, database)
        if not transaction.explicit:
            transaction.versions = versions(session)
    for lock in transaction.locks.values():
        lock.acquired_on = lock.acquired_on or session.account.clock()
    session.duck.execute(f"UPDATE {database}.{INTERNAL}.clock SET version = version + 1")


def _refuse_after_failure(transaction: Transaction) -> None:
    if transaction.aborted:
        raise errors.not_emulated("a statement other than ROLLBACK after the transaction was aborted")
    if transaction.failed:
        raise errors.not_emulated("a statement other than ROLLBACK after a failed one in a transaction")


def refuse_after_failure(session: Session) -> None:
    """Raises if the open transaction has had a failure that DuckDB cannot leave without a rollback."""
    if session.transaction is not None:
        _refuse_after_failure(session.transaction)
