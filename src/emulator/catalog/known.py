"""What is known of an account's catalogue and kept until its next change: columns, and bound statements."""

from collections.abc import Hashable
from typing import Any
from weakref import WeakKeyDictionary

from ..session import Session
from ..store.storage import Storage

LONGEST = 10_000  # characters of a statement that is kept; rows that are written as literals are not sent twice
MOST = 64  # more than the different statements of a demo's commands; the tree of a long one has 100 kB


class Known:
    """Values by key; the one that was not asked for the longest is forgotten first."""

    def __init__(self) -> None:
        self._values: dict[Hashable, Any] = {}

    def get(self, key: Hashable) -> Any:
        value = self._values.pop(key, None)
        if value is not None:
            self._values[key] = value
        return value

    def keep(self, key: Hashable, value: Any) -> None:
        self._values[key] = value
        if len(self._values) > MOST:
            self._values.pop(next(iter(self._values)), None)

    def forget(self) -> None:
        self._values = {}


_OF_ACCOUNTS: WeakKeyDictionary[Storage, Known] = WeakKeyDictionary()
_OF_SESSIONS: WeakKeyDictionary[Session, Known] = WeakKeyDictionary()


def of(session: Session) -> Known:
    """What is known to all sessions of an account, or to one alone that has temporary objects."""
    if session.account.has_temporary:
        return _OF_SESSIONS.setdefault(session, Known())
    return _OF_ACCOUNTS.setdefault(session.storage, Known())


def forget(session: Session) -> None:
    """Called when the catalogue may have changed."""
    _OF_ACCOUNTS.pop(session.storage, None)
    for known in list(_OF_SESSIONS.values()):
        known.forget()
