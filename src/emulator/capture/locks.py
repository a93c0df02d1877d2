"""One writer a database at a time: the lock that a changing statement takes and its transaction keeps."""

import threading
from collections import defaultdict

from .. import errors


class Locks:
    """Write locks by database. A transaction changes one database: no two can wait for each other."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()

    def acquire(self, database: str, seconds: float) -> None:
        """Waits for the lock; raises 000625 when the session's LOCK_TIMEOUT has passed.

        https://docs.snowflake.com/en/sql-reference/parameters#lock-timeout
        """
        with self._guard:
            lock = self._locks[database]
        if not lock.acquire(timeout=min(seconds, threading.TIMEOUT_MAX)):
            raise errors.lock_timeout(database, seconds)

    def release(self, database: str) -> None:
        self._locks[database].release()
