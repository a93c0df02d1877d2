"""The accounts that one state holds: the presenter's own, and a provider's, made when it is first used."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from .. import errors
from ..account import HOSTED, Account
from ..language.names import ORGANIZATION
from ..store.results import Results
from ..store.storage import StateError, Storage

if TYPE_CHECKING:
    from .history import History
    from .session import Session


class Engine(Protocol):
    """One account on its state folder: engine.py."""

    account: Account
    storage: Storage
    history: "History"

    def open_session(self) -> "Session": ...

    def start_tasks(self) -> None: ...

    def close(self) -> None: ...


class Hosting:
    """Opens each account's engine when it is first needed. Safe to use from several threads.

    An account has its objects, its databases and its history to itself, in a DuckDB instance of its own; others reach
    its tables only through a share.
    """

    def __init__(self, folder: Path, open_engine: "Callable[[Hosting, Path, str], Engine]") -> None:
        self._folder = folder
        self._open_engine = open_engine
        self._engines: dict[str, Engine] = {}
        self._running = False
        self.results = Results()
        self._lock = threading.RLock()

    def add(self, engine: Engine) -> None:
        self._engines[engine.account.name] = engine

    def engine(self, name: str) -> Engine:
        """The engine of one of the `HOSTED` accounts, which is made if it has never been used.

        Raises 000603 if its folder is foreign, damaged or not writable.
        """
        with self._lock:
            if name not in self._engines:
                self.add(self._opened(name))
                if self._running:
                    self._engines[name].start_tasks()
            return self._engines[name]

    def storage(self, name: str) -> Storage | None:
        """The storage of an account that is open; only such a one has signed anything."""
        engine = self._engines.get(name)
        return engine.storage if engine else None

    def _opened(self, name: str) -> Engine:
        try:
            return self._open_engine(self, self._folder_of(name), name)
        except StateError as error:
            raise errors.internal(error) from error

    def _folder_of(self, name: str) -> Path:
        return self._folder / "accounts" / name

    def account(self, name: str) -> Account | None:
        """An account that has been used before; None for any other."""
        exists = name in self._engines or (name in HOSTED and self._folder_of(name).exists())
        return self.engine(name).account if exists else None

    def others(self, name: str) -> list[Account]:
        """The accounts, used before, that may share something with this one."""
        found = [self.account(other) for other in HOSTED if other != name]
        return [account for account in found if account is not None]

    def visit(self, session: "Session", name: str) -> "Session":
        """A session's session on another account, for what is shared with it. It shares its parameters and its end."""
        if name not in session.visits:
            session.visits[name] = self.engine(name).open_session()
            session.share_parameters(session.visits[name])
        return session.visits[name]

    @contextmanager
    def at_rest(self) -> Iterator[bool]:
        """Whether no statement runs in any account, whose shares others read; none begins or ends inside."""
        with ExitStack() as stack:
            running = [engine.history.running for engine in list(self._engines.values())]
            yield all(stack.enter_context(one.at_rest()) for one in running)

    def start_tasks(self) -> None:
        """Lets each open account's tasks run, and those of an account when it is opened."""
        with self._lock:
            self._running = True
            for engine in self._engines.values():
                engine.start_tasks()

    def close_others(self, own: Engine) -> None:
        """Closes every other engine, and forgets all of them: what is forgotten lets go of its files."""
        with self._lock:
            for engine in self._engines.values():
                if engine is not own:
                    engine.close()
            self._engines.clear()


def account_named(identifier: str) -> str | None:
    """The hosted account that a client means by `provider`, `emulator-provider` or `provider.region`; None for another.

    https://docs.snowflake.com/en/user-guide/admin-account-identifier
    """
    name = identifier.upper().split(".")[0].removeprefix(f"{ORGANIZATION}-")
    return name if name in HOSTED else None
