"""What a session sees of the account: that on which its roles have any privilege, and on what it is in.

https://docs.snowflake.com/en/user-guide/security-access-control-privileges
"""

from collections.abc import Callable, Iterable

from snowflake.connector.errors import ProgrammingError

from .. import errors
from ..account import Object
from .session import Session

# Everybody sees them, and an imported database's content follows its database.
_OF_ALL = frozenset({"ROLE", "USER", "SHARE", "RESOURCE MONITOR"})


def sees(session: Session, object_: Object) -> bool:
    """Whether the session's roles have a privilege on the object, and one on its database and its schema."""
    if object_.is_temporary or object_.kind in _OF_ALL:
        return True
    account, roles = session.account, session.roles
    chain = [(object_.kind, object_.path)]
    if object_.database in account.imported:
        chain = [("DATABASE", (object_.database,))]
    elif len(object_.path) > 1:
        chain += [("DATABASE", object_.path[:1]), ("SCHEMA", object_.path[:2])][: len(object_.path) - 1]
    return all(
        account.privileges.may_anything(roles, owner, kind, path)
        for kind, path in chain
        if (owner := account.owner_of(kind, path))
    )


def seen(session: Session, objects: Iterable[Object]) -> list[Object]:
    """Those of the objects that the session sees."""
    return [one for one in objects if sees(session, one)]


def require_seen(session: Session, object_: Object, missing: Callable[[], ProgrammingError]) -> None:
    """Raises 002003 for what the session does not see: as if it (`missing`), or what it is in, was not there."""
    if sees(session, object_):
        return
    for kind, path in (("DATABASE", object_.path[:1]), ("SCHEMA", object_.path[:2])):
        parent = session.account.permanent(kind, path) if len(object_.path) > len(path) else None
        if parent is not None and not sees(session, parent):
            raise errors.unknown_scope(kind.capitalize(), ".".join(path))
    raise missing()
