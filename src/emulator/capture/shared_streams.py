"""Streams that other accounts have on a shared table: its provider keeps the change log while one of them follows it.

The table itself remembers that, since an account is opened without a look at the others: an account that is not open
yet may have a stream. https://docs.snowflake.com/en/user-guide/data-sharing-provider#streams-on-shared-objects
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from snowflake.connector.errors import Error

from ..account import Account, Object
from ..catalog import tracking
from ..catalog.tracking import KEPT
from ..language.reader import Path
from ..session import Session
from ..session.hosting import Hosting
from ..session.transactions import HOME, version_of


def follow(session: Session, path: Path) -> None:
    """Keeps the log of a shared table from now on; `session` is one on its account. Raises 002003 if it is gone.

    The caller holds the write lock of its database, which is enough: to take the provider's `Account.lock` as well as
    the consumer's could lock two accounts that share with each other.
    """
    tracking.start_log(session, path)
    table = session.account.require("TABLE", path)
    if tracking.kept_since(table) is None:
        version = version_of(session, path[0])
        session.account.save(replace(table, properties={**table.properties, KEPT: version}))


def lock(session: Session, stream: Object) -> AbstractContextManager[None]:
    """The write lock of the database that has the stream's tables; none if the provider cannot be reached."""
    provider = _provider(session, stream)
    return nullcontext() if provider is None else provider.locked(tracking.tables_of(stream)[0][0])


def release(session: Session, stream: Object) -> None:
    """Ends the logs that a stream, now dropped, has needed, unless others need them. The caller holds the `lock`."""
    provider = _provider(session, stream)
    if provider is None:
        return
    for table in tracking.tables_of(stream):
        if not _has_followers(session.hosting, provider.account.name, table):
            _let_go(provider, table)


def release_abandoned(session: Session) -> None:
    """Ends the logs of an account just opened whose followers went with their database or schema."""
    for table in session.account.objects("TABLE"):
        if tracking.kept_since(table) is None or table.database in session.account.imported:
            continue
        if not _has_followers(session.hosting, session.account.name, table.path):
            with session.locked(table.database):
                _let_go(session, table.path)


def _provider(session: Session, stream: Object) -> Session | None:
    """A session on the provider's account, if it can be opened."""
    home = stream.properties[HOME]
    assert isinstance(home, list)
    try:
        return session.hosting.visit(session, str(home[0]))
    except Error:
        return None


def followers(session: Session, table: Path) -> Iterator[tuple[Session, Object]]:
    """The streams that other accounts have on a table of the session's account, each with a session on its account."""
    provider = session.account.name
    for account, stream in _followers(session.hosting, provider, table):
        yield session.hosting.visit(session, account.name), stream


def _followers(hosting: Hosting, provider: str, table: Path) -> Iterator[tuple[Account, Object]]:
    for account in hosting.others(provider):
        for stream in account.objects("STREAM"):
            home = stream.properties.get(HOME)
            if isinstance(home, list) and home[0] == provider and table in tracking.tables_of(stream):
                yield account, stream


def _has_followers(hosting: Hosting, provider: str, table: Path) -> bool:
    return any(_followers(hosting, provider, table))


def _let_go(provider: Session, path: Path) -> None:
    account = provider.account
    table = account.find("TABLE", path)
    if table is not None:
        kept = {name: value for name, value in table.properties.items() if name != KEPT}
        account.save(replace(table, properties=kept))
    if account.find("DATABASE", path[:1]) and not tracking.is_followed(provider, path):
        tracking.stop_log(provider, path)
