"""The old end of a table's change log: what no stream will read again is removed.

Streams may be in another database than their table, or in another account. So a log is pruned after the commit that
moves a stream on, in a transaction of its own; what a killed process, or a lock, has kept from it follows later.
"""

from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress

import duckdb
from snowflake.connector.errors import Error

from ..account import Object
from ..catalog import tracking
from ..session import Session
from ..session.transactions import Transaction, version_of
from . import shared_streams, streams


def after_commit(session: Session, transaction: Transaction) -> Callable[[], None]:
    """Prunes the logs of the streams that a transaction has moved on, once it has committed."""
    return lambda: _prune_moved(session, transaction)


def _prune_moved(session: Session, transaction: Transaction) -> None:
    moved = [stream for path in transaction.consumed if (stream := session.account.find("STREAM", path)) is not None]
    logs = {(streams.clock_of(stream), path): stream for stream in moved for path in tracking.tables_of(stream)}
    for (_, path), stream in logs.items():
        with suppress(Error, duckdb.Error):
            home = streams.home_of(session, stream).session
            is_held = home is session and path[0] == transaction.database
            with nullcontext() if is_held else home.locked(path[0], 0):
                prune_log(home, home.account.require("TABLE", path))


def prune_log(session: Session, table: Object) -> None:
    """Removes the changes that no stream of the table needs. The write lock of the table's database is held."""
    if not tracking.has_log(session, table.path):
        return
    followers = list(_followers(session, table))
    needed = [
        version
        for owner, stream in followers
        if (version := _needed(owner, stream, owner is session and stream.database == table.database)) is not None
    ]
    oldest = min(needed, default=version_of(session, table.database))
    if any(_is_read(owner, stream, oldest) for owner, stream in followers):
        return
    session.duck.execute(f"DELETE FROM {tracking.log_name(table.path)} WHERE {tracking.VERSION} <= {oldest}")


def _followers(session: Session, table: Object) -> Iterator[tuple[Session, Object]]:
    """The streams on a table, each with a session on its account."""
    for stream in tracking.streams_on(session, table.path):
        yield session, stream
    if tracking.kept_since(table) is not None:
        yield from shared_streams.followers(session, table.path)


def _needed(session: Session, stream: Object, is_held: bool) -> int | None:
    """The offset of a stream; None for one that is stale, which reads nothing any more.

    `is_held`: the write lock of the stream's database is held.
    """
    version, _, _ = streams.offset(session, stream)
    if version == streams.LOST:
        return None
    if streams.is_outlived(session, stream):
        with suppress(Error), nullcontext() if is_held else session.locked(stream.database, 0):
            streams.lose(session, stream)
            return None
    return version


def _is_read(session: Session, stream: Object, oldest: int) -> bool:
    """Whether a transaction is open that began before the offset was moved to `oldest`: it may still see the old one.

    https://docs.snowflake.com/en/user-guide/streams-intro#repeatable-read-isolation
    """
    clock = streams.clock_of(stream)
    others = (other.transaction for other in session.history.running.sessions())
    return any(open_ is not None and open_.versions.get(clock, oldest) < oldest for open_ in others)
