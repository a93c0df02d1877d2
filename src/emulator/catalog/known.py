"""What is known of an account's catalogue and kept until its next change: columns, and bound statements."""

from collections.abc import Hashable
from typing import Any
from weakref import WeakKeyDictionary

from ..account import Account
from ..session import Session

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


_OF_ACCOUNTS: WeakKeyDictionary[Account, Known] = WeakKeyDictionary()
_OF_SESSIONS: WeakKeyDictionary[Session, Known] = WeakKeyDictionary()


def of(session: Session) -> Known:
    """What is known to all sessions of an account, or to one alone that has temporary tables."""
    own = _OF_SESSIONS.get(session)
    return _OF_ACCOUNTS.setdefault(session.account, Known()) if own is None else own


def forget(session: Session, *, temporary: bool = False) -> None:
    """Called when the catalogue may have changed; `temporary` for a table that only the session sees."""
    if temporary:
        _OF_SESSIONS[session] = Known()
    _OF_ACCOUNTS.pop(session.account, None)
    for known in list(_OF_SESSIONS.values()):
        known.forget()
