"""One writer a database at a time: the lock that a changing statement takes and its transaction keeps."""

import threading
import time
from typing import TYPE_CHECKING

from .. import errors

if TYPE_CHECKING:
    from .session import Session

SECONDS_BETWEEN_LOOKS = 0.1
SECONDS_FOR_OTHERS = 5.0  # before a drop, which keeps nothing for UNDROP while a transaction is at its database


class Locks:
    """Write locks by database. A transaction changes one database: no two can wait for each other."""

    def __init__(self) -> None:
        self._holders: dict[str, Session] = {}
        self._changed = threading.Condition()

    def acquire(self, database: str, session: "Session", seconds: float) -> None:
        """Waits for the lock; raises 000625 when the session's LOCK_TIMEOUT has passed, or if the statement is ended.

        While it waits, it rolls back the transaction of a holder that is gone.
        https://docs.snowflake.com/en/sql-reference/parameters#lock-timeout
        """
        deadline = time.monotonic() + seconds
        with self._changed:
            while (holder := self._holders.get(database)) is not None:
                if time.monotonic() >= deadline:
                    raise errors.lock_timeout(database, seconds)
                session.check_running()
                if not holder.abort_if_abandoned():
                    self._changed.wait(min(SECONDS_BETWEEN_LOOKS, deadline - time.monotonic()))
            self._holders[database] = session

    def wait_for_others(self, database: str, session: "Session") -> None:
        """Waits until no other session's transaction, as a task's, is changing the database; five seconds at most."""
        deadline = time.monotonic() + SECONDS_FOR_OTHERS
        with self._changed:
            while self.held_by_another(session, database) and (left := deadline - time.monotonic()) > 0:
                session.check_running()
                if not self._holders[database].abort_if_abandoned():
                    self._changed.wait(min(SECONDS_BETWEEN_LOOKS, left))

    def held_by_another(self, session: "Session", database: str) -> bool:
        """Whether a transaction of another session is changing the database."""
        return self._holders.get(database, session) is not session

    def release(self, database: str) -> None:
        with self._changed:
            del self._holders[database]
            self._changed.notify_all()
