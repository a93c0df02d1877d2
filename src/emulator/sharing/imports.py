"""CREATE DATABASE ... FROM SHARE.

https://docs.snowflake.com/en/user-guide/data-share-consumers
"""

from .. import errors
from ..account import HOSTED, Object
from ..catalog.imported import ORIGIN, ORIGIN_CREATED_ON, follow, open_share
from ..language.names import ORGANIZATION
from ..language.reader import Reader, Value
from ..language.result import Result, status
from ..objects.databases import DATABASE, attach
from ..objects.objects import Form, create
from ..session import Session


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
    # `account.share` or `organization.account.share`
    path = reader.path()
    if len(path) < 2:
        reader.fail()
    if path[:-2] not in ((), (ORGANIZATION,)) or path[-2] not in HOSTED:
        raise errors.does_not_exist("Share", ".".join(path))
    origin = (path[-2], path[-1])
    given = reader.properties()
    reader.finish()
    if surplus := given.keys() - {"COMMENT"}:
        raise errors.invalid_property(sorted(surplus)[0], "DATABASE")
    new = _import(session, name, origin, str(given.get("COMMENT", "")))
    session.use_database(new.name)
    return status(f"Database {name} successfully created.")


def _import(session: Session, name: str, origin: tuple[str, str], comment: str) -> Object:
    share, source = open_share(session, *origin), ".".join(origin)
    if share is None:
        raise errors.does_not_exist("Share", source)
    kept: dict[str, Value] = {ORIGIN: source, ORIGIN_CREATED_ON: share.created_on.isoformat()}
    now = session.account.clock()
    new = DATABASE.completed(session, Object("DATABASE", "", "", name, now, session.role, comment, kept))
    with session.account.lock:
        # One database a share. https://docs.snowflake.com/en/user-guide/data-share-consumers
        if session.account.find("DATABASE", (name,)):
            raise errors.already_exists(name)
        for other in session.account.objects("DATABASE"):
            if other.properties.get(ORIGIN) == source:
                raise errors.already_imported(source, other.name)
        session.storage.remove_database(name)
        attach(session, name)
        session.account.save(new)
        follow(session, new)
    return new
