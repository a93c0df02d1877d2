"""The statements that run now, and how one is ended from outside: cancelled, or because its time is over.

https://docs.snowflake.com/en/user-guide/querying-cancel-statements
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .. import errors
from ..account.privileges import ACCOUNTADMIN

if TYPE_CHECKING:
    from .session import Session
    from .statement import StatementContext

SECONDS_BETWEEN_INTERRUPTS = 0.05


class Running:
    """Knows the open sessions, and the statements that run, each with those inside it. Safe for several threads.

    DuckDB forgets an interrupt that comes between two of a statement's queries, so that a thread repeats it until the
    statement has ended.
    """

    def __init__(self) -> None:
        self._entries: dict[str, StatementContext] = {}
        self._sessions: dict[str, Session] = {}
        self._changed = threading.Condition()
        self._next_look = float("inf")
        self._stopped = False
        self._thread = threading.Thread(target=self._watch, name="running", daemon=True)

    def opened(self, session: "Session") -> None:
        self._sessions[session.id] = session

    def closed(self, session: "Session") -> None:
        self._sessions.pop(session.id, None)

    def sessions(self) -> "list[Session]":
        return list(self._sessions.values())

    @contextmanager
    def during(self, entry: "StatementContext") -> Iterator[None]:
        """Lets the statement be ended while it runs. Raises if its request, or the one around it, has been ended."""
        entry.deadline = time.monotonic() + entry.seconds
        with self._changed:
            self._entries[entry.query_id] = entry
            entry.session.running.append(entry)
            if entry.deadline < self._next_look:
                self._wake()
        try:
            entry.session.check_running()
            yield
        finally:
            with self._changed:
                del self._entries[entry.query_id]
                entry.session.running.remove(entry)
                entry.session.last_request = time.monotonic()
                self._changed.notify_all()

    @contextmanager
    def at_rest(self) -> Iterator[bool]:
        """Whether no statement runs; none begins or ends inside."""
        with self._changed:
            yield not self._entries

    def entries(self) -> "list[StatementContext]":
        return list(self._entries.values())

    def cancel_for(self, session: "Session", concerned: "Callable[[StatementContext], bool]") -> int:
        """As `cancel`, on behalf of a session. Raises 003001 for a statement that its roles may not end.

        https://docs.snowflake.com/en/sql-reference/functions/system_cancel_query#usage-notes
        """
        if not all(_may_end(session, entry.session) for entry in self.entries() if concerned(entry)):
            raise errors.insufficient_privileges(f"account '{session.account.name}'")
        return self.cancel(concerned)

    def cancel(self, concerned: "Callable[[StatementContext], bool]") -> int:
        """Ends the statements that are meant, with 000604, and says how many there were."""
        with self._changed:
            found = [entry for entry in self._entries.values() if entry.end is None and concerned(entry)]
            for entry in found:
                entry.end = errors.cancelled
            self._wake()
        return len(found)

    def wait_idle(self, session: "Session") -> None:
        """Waits until the session's statements, which have been cancelled, have ended."""
        with self._changed:
            self._changed.wait_for(lambda: not session.running)

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _wake(self) -> None:
        if not self._thread.is_alive() and not self._stopped:
            self._thread.start()
        self._changed.notify_all()

    def _watch(self) -> None:
        with self._changed:
            while not self._stopped:
                self._changed.wait(self._look(time.monotonic()))

    def _look(self, now: float) -> float | None:
        """Interrupts what has been ended, and what is over its time; returns how long to wait for the next look."""
        for entry in self._entries.values():
            if entry.end is None and entry.deadline <= now:
                entry.end = lambda seconds=entry.seconds: errors.statement_timeout(seconds)
        ended = [entry for entry in self._entries.values() if entry.end is not None]
        for entry in ended:
            entry.session.interrupt()
        self._next_look = min((e.deadline for e in self._entries.values() if e.end is None), default=float("inf"))
        if ended:
            return SECONDS_BETWEEN_INTERRUPTS
        return None if self._next_look == float("inf") else min(self._next_look - now, threading.TIMEOUT_MAX)


def _may_end(session: "Session", other: "Session") -> bool:
    """Whether a session may end what another one runs: its user's, with the user, or with OPERATE on the warehouse."""
    account = session.account
    owned = account.find("USER", (other.user,))
    warehouse = account.find("WAREHOUSE", (other.warehouse,)) if other.warehouse else None
    return (
        session.asker == other.asker
        or ACCOUNTADMIN in session.roles
        or (owned is not None and owned.owner in session.roles)
        or (warehouse is not None and account.privileges.may(session.roles, warehouse, ("OPERATE",)))
    )
