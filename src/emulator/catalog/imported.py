"""Imported databases: what another account shares, read live and never changed.

https://docs.snowflake.com/en/user-guide/data-share-consumers
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import pyarrow as pa
from sqlglot import exp

from .. import errors
from ..account import Account, Grant, Object
from ..language.names import duck_name, organization_name, quoted
from ..language.reader import Path
from ..session import Session
from ..session.hosting import Hosting
from .scans import as_table, rows_of
from .table_names import place_of
from .tracking import visible_columns

ORIGIN = "ORIGIN"  # the share that a database is made from
ORIGIN_CREATED_ON = "ORIGIN_CREATED_ON"
ACCOUNTS = "ACCOUNTS"  # a property of a share: those that it has been opened to
_READABLE = ("TABLE", "ICEBERG TABLE", "VIEW")
_SHOWN = ("SCHEMA", *_READABLE)


@dataclass(frozen=True)
class Home:
    """Where a table or view of an imported database is: a session on the provider's account, and the path there."""

    session: Session
    path: Path
    kind: str


# Shares


def granted(account: Account, share: str) -> list[Grant]:
    """What has been granted to a share, in the order of the grants."""
    return [grant for grant in account.grants() if (grant.granted_to, grant.grantee) == ("SHARE", share)]


def database_of(account: Account, share: str) -> str | None:
    """The one database that a share has USAGE on."""
    named = [
        grant.name for grant in granted(account, share) if (grant.privilege, grant.granted_on) == ("USAGE", "DATABASE")
    ]
    return named[0] if named else None


def accounts_of(share: Object) -> list[str]:
    """The accounts that a share has been opened to, as ORGANIZATION.ACCOUNT if they were written so or live here."""
    listed = share.properties.get(ACCOUNTS)
    return [str(name) for name in listed] if isinstance(listed, list) else []


def open_share(session: Session, provider: str, name: str) -> Object | None:
    """Another account's share, if it is open to this one."""
    account = session.hosting.account(provider)
    share = account.find("SHARE", (name,)) if account is not None and account.name != session.account.name else None
    return share if share and organization_name(session.account.name) in accounts_of(share) else None


# What an imported database holds


def follow(session: Session, database: Object) -> None:
    """Lets the account answer for the shared objects as if they were its own."""
    session.account.imported[database.name] = partial(_objects, session.hosting, session.account, database)


def follow_all(session: Session) -> None:
    """Follows every imported database of the account, as after a restart."""
    for database in session.account.objects("DATABASE"):
        if ORIGIN in database.properties:
            follow(session, database)


def _source(hosting: Hosting, consumer: Account, database: Object) -> tuple[Account, Object] | None:
    """The provider's account and its share; None if the share is gone, made anew, or no longer open to the consumer."""
    provider, name = str(database.properties[ORIGIN]).split(".", 1)
    account = hosting.account(provider)
    share = account.find("SHARE", (name,)) if account else None
    if account is None or share is None or share.created_on.isoformat() != database.properties[ORIGIN_CREATED_ON]:
        return None
    return (account, share) if organization_name(consumer.name) in accounts_of(share) else None


def _objects(hosting: Hosting, consumer: Account, database: Object, kind: str) -> list[Object]:
    """The shared objects of a kind as the consumer sees them: in its database, no owner, views without their text."""
    found = _source(hosting, consumer, database) if kind in _SHOWN else None
    if found is None:
        return []
    provider, share = found
    shared = database_of(provider, share.name)
    paths = [grant.on_path for grant in granted(provider, share.name) if grant.granted_on == kind]
    objects = [provider.find(kind, path) for path in paths if path[0] == shared]
    return [_as_imported(object_, database.name) for object_ in objects if object_ is not None]


def _as_imported(object_: Object, database: str) -> Object:
    properties = {**object_.properties, "TEXT": ""} if object_.kind == "VIEW" else object_.properties
    return replace(object_, database=database, owner="", properties=properties)


# Reading


def resolve_shared(session: Session, path: Path) -> Home | None:
    """Where a table or view of an imported database really is; None for a path of any other database.

    Raises 003030 if the share is no longer open, 002003 if the object is not in it.
    """
    if path[0] not in session.account.imported:
        return None
    provider = _provider(session, path[0])
    if provider is None:
        raise errors.shared_database_gone()
    account, shared = provider
    for kind in _READABLE:
        if session.account.find(kind, path):
            return Home(session.hosting.visit(session, account.name), (shared, *path[1:]), kind)
    raise errors.does_not_exist("Object", ".".join(path))


def _provider(session: Session, database: str) -> tuple[Account, str] | None:
    """The account that shares an imported database, and its name there; None if it no longer does."""
    found = _source(session.hosting, session.account, session.account.require("DATABASE", (database,)))
    shared = database_of(found[0], found[1].name) if found else None
    return (found[0], shared) if found and shared else None


def is_open(session: Session, database: str) -> bool:
    """Whether a database can be read: always, unless it is imported and its share is closed."""
    return database not in session.account.imported or _provider(session, database) is not None


def home_of(session: Session, path: Path, kind: str = "TABLE") -> Home:
    """Where a table or view is: in this account, or at the provider. Raises as `resolve_shared` does."""
    return resolve_shared(session, path) or Home(session, path, kind)


def rows(place: Home) -> pa.Table:
    """All rows of a shared table or view as they are now."""
    columns = ", ".join(map(quoted, visible_columns(place.session, place.path)))
    return rows_of(place.session.duck, f"SELECT {columns} FROM {duck_name(place.path)}")


def row_count(session: Session, path: Path) -> int:
    """The rows of a table, wherever it is."""
    home = home_of(session, place_of(session, path))
    [(rows,)] = home.session.duck.execute(f"SELECT count(*) FROM {duck_name(home.path)}").fetchall()
    return int(rows)


def columns(session: Session, database: str) -> pa.Table | None:
    """INFORMATION_SCHEMA.COLUMNS of an imported database; None for any other."""
    if database not in session.account.imported:
        return None
    parts = [
        list(_columns_of(session, object_)) for kind in _READABLE for object_ in session.account.objects(kind, database)
    ]
    return pa.concat_tables([part for group in parts for part in group]) if any(parts) else _no_columns(session)


def _columns_of(session: Session, object_: Object) -> Iterator[pa.Table]:
    place = resolve_shared(session, object_.path)
    assert place is not None
    yield place.session.duck.execute(
        f"SELECT * REPLACE ('{object_.database}' AS TABLE_CATALOG) FROM {_COLUMNS}"
        " WHERE table_catalog = ? AND table_schema = ? AND table_name = ? ORDER BY ordinal_position",
        [*place.path],
    ).to_arrow_table()


def _no_columns(session: Session) -> pa.Table:
    return session.duck.execute(f"SELECT * FROM {_COLUMNS} LIMIT 0").to_arrow_table()


_COLUMNS = "_fs_global._fs_information_schema._fs_columns"


def read(session: Session, source: exp.Table, path: Path, alias: str) -> exp.Table | None:
    """The rows of a table or view of an imported database as they are now; None for a path of any other database.

    Refuses Time Travel, which imported databases do not have.
    https://docs.snowflake.com/en/user-guide/data-share-consumers
    """
    place = resolve_shared(session, path) if path[1] != "INFORMATION_SCHEMA" else None
    if place is None:
        return None
    if source.args.get("when") or source.args.get("version"):
        raise errors.no_time_travel_on_imported(path[0])
    found = as_table(session, f"_emulator_shared_{len(session.registered)}", rows(place))
    found.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    return found


def refuse_change(session: Session, path: Path, kind: str) -> None:
    """Raises 003001 if the path leads into an imported database.

    The documentation says that it is read-only; the words are those of an account without the privilege.
    https://docs.snowflake.com/en/user-guide/data-share-consumers
    """
    if path[0] in session.account.imported:
        name = path[-2] if kind == "schema" else path[-1]
        raise errors.insufficient_privileges(f"{kind} '{name}'")
