"""Imported databases: what another account shares, read live and never changed.

https://docs.snowflake.com/en/user-guide/data-share-consumers
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import pyarrow as pa

from .. import errors
from ..account import HOSTED, Account, Object
from ..catalog.tracking import visible_columns
from ..language.names import ORGANIZATION, duck_name, organization_name, quoted
from ..language.reader import Path, Reader, Value
from ..language.result import Result, status
from ..objects.databases import DATABASE, ORIGIN, attach
from ..objects.objects import Form, create
from ..session import Session
from ..session.hosting import Hosting
from . import shares

_ORIGIN_CREATED_ON = "ORIGIN_CREATED_ON"
_READABLE = ("TABLE", "ICEBERG TABLE", "VIEW")
_SHOWN = ("SCHEMA", *_READABLE)


@dataclass(frozen=True)
class Home:
    """Where a table or view of an imported database is: a session on the provider's account, and the path there."""

    session: Session
    path: Path
    kind: str


# CREATE DATABASE ... FROM SHARE


def create_database(session: Session, reader: Reader, form: Form) -> Result:
    """`CREATE DATABASE d FROM SHARE account.share [COMMENT = '..']`, and every other CREATE DATABASE.

    Raises 002003 for a share that is not there or not open to this account, 002002 for a database that is there.
    https://docs.snowflake.com/en/sql-reference/sql/create-database
    """
    if (reader.word(1), reader.word(2)) != ("FROM", "SHARE"):
        return create(DATABASE, session, reader, form)
    if form != Form():
        reader.fail()
    name = reader.name()
    reader.expect("FROM", "SHARE")
    origin = _read_origin(reader)
    given = reader.properties()
    reader.finish()
    if surplus := given.keys() - {"COMMENT"}:
        raise errors.invalid_property(sorted(surplus)[0], "DATABASE")
    new = _import(session, name, origin, str(given.get("COMMENT", "")))
    session.use_database(new.name)
    return status(f"Database {name} successfully created.")


def _read_origin(reader: Reader) -> tuple[str, str]:
    """`account.share` or `organization.account.share`."""
    path = reader.path()
    if len(path) < 2:
        reader.fail()
    if path[:-2] not in ((), (ORGANIZATION,)) or path[-2] not in HOSTED:
        raise errors.does_not_exist("Share", ".".join(path))
    return path[-2], path[-1]


def _import(session: Session, name: str, origin: tuple[str, str], comment: str) -> Object:
    share, source = _open_share(session, *origin), ".".join(origin)
    if share is None:
        raise errors.does_not_exist("Share", source)
    kept: dict[str, Value] = {ORIGIN: source, _ORIGIN_CREATED_ON: share.created_on.isoformat()}
    now = session.account.clock()
    new = DATABASE.completed(session, Object("DATABASE", "", "", name, now, session.role, comment, kept))
    with session.account.lock:
        _refuse_second(session, name, source)
        session.storage.remove_database(name)
        attach(session.duck, session.storage, name)
        session.account.save(new)
        follow(session, new)
    return new


def _refuse_second(session: Session, name: str, source: str) -> None:
    """One database a share. https://docs.snowflake.com/en/user-guide/data-share-consumers"""
    if session.account.find("DATABASE", (name,)):
        raise errors.already_exists(name)
    for other in session.account.objects("DATABASE"):
        if other.properties.get(ORIGIN) == source:
            raise errors.already_imported(source, other.name)


def _open_share(session: Session, provider: str, name: str) -> Object | None:
    """Another account's share, if it is open to this one."""
    account = session.hosting.account(provider)
    share = account.find("SHARE", (name,)) if account is not None and account is not session.account else None
    return share if share and organization_name(session.account.name) in shares.accounts_of(share) else None


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
    if account is None or share is None or share.created_on.isoformat() != database.properties[_ORIGIN_CREATED_ON]:
        return None
    return (account, share) if organization_name(consumer.name) in shares.accounts_of(share) else None


def _objects(hosting: Hosting, consumer: Account, database: Object, kind: str) -> list[Object]:
    """The shared objects of a kind as the consumer sees them: in its database, no owner, views without their text."""
    found = _source(hosting, consumer, database) if kind in _SHOWN else None
    if found is None:
        return []
    provider, share = found
    shared = shares.database_of(provider, share.name)
    paths = [grant.on_path for grant in shares.granted(provider, share.name) if grant.granted_on == kind]
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
    shared = shares.database_of(found[0], found[1].name) if found else None
    return (found[0], shared) if found and shared else None


def is_open(session: Session, database: str) -> bool:
    """Whether a database can be read: always, unless it is imported and its share is closed."""
    return database not in session.account.imported or _provider(session, database) is not None


def home_of(session: Session, path: Path) -> Home:
    """Where a table is: in this account, or at the provider that shares it. Raises as `resolve_shared` does."""
    return resolve_shared(session, path) or Home(session, path, "TABLE")


def rows(place: Home) -> pa.Table:
    """All rows of a shared table or view as they are now."""
    columns = ", ".join(map(quoted, visible_columns(place.session, place.path)))
    return place.session.duck.execute(f"SELECT {columns} FROM {duck_name(place.path)}").to_arrow_table()


def row_count(session: Session, path: Path) -> int:
    """The rows of a table, wherever it is."""
    home = home_of(session, path)
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
