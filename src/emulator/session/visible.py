"""What a session sees of the account: that on which its roles have any privilege, and on what it is in.

https://docs.snowflake.com/en/user-guide/security-access-control-privileges
"""

from collections.abc import Callable, Iterable

from snowflake.connector.errors import ProgrammingError

from .. import errors
from ..account import Object
from ..account.privileges import OWNERSHIP
from ..language.reader import Path
from .session import Session

# Everybody sees them, and an imported database's content follows its database.
_OF_ALL = frozenset({"ROLE", "USER", "SHARE"})


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


def require(session: Session, kind: str, path: Path, privileges: Iterable[str] = ()) -> Object:
    """The object. Raises 002003 for one that is absent or hidden, 003001 without OWNERSHIP or one of the privileges.

    Without privileges, whatever makes it visible is enough.
    """
    object_ = session.account.require(kind, path)
    require_seen(session, object_, lambda: errors.does_not_exist(kind.capitalize(), object_.qualified_name))
    is_allowed = object_.is_temporary or session.account.privileges.may(session.roles, object_, privileges)
    if privileges and not is_allowed:
        raise refused(session, object_, tuple(privileges))
    return object_


def refused(session: Session, object_: Object, privileges: tuple[str, ...] = ()) -> ProgrammingError:
    """003001 on an object that the session sees: where it takes its OWNERSHIP, an account says so.

    With secondary roles it does so in words that are not known. Recorded: frostlake/OwnershipRequiredTest
    """
    target = f"{object_.kind.lower().replace(' ', '_')} '{object_.name}'"
    if privileges != (OWNERSHIP,) or session.has_secondary_roles:
        return errors.insufficient_privileges(target)
    kind = "TABLE" if object_.kind == "VIEW" else object_.kind
    return errors.ownership_missing(target, session.role, kind, object_.qualified_name)


def require_seen(session: Session, object_: Object, missing: Callable[[], ProgrammingError]) -> None:
    """Raises 002003 for what the session does not see: as if it (`missing`), or what it is in, was not there."""
    if not sees(session, object_):
        require_way(session, object_.path)
        raise missing()


def require_way(session: Session, path: Path) -> None:
    """Raises 002003 for a database or a schema on the way to a path that the session does not see."""
    account, roles = session.account, session.roles
    for kind, part in (("DATABASE", path[:1]), ("SCHEMA", path[:2])):
        owner = account.owner_of(kind, part) if len(path) > len(part) else ""
        if owner and not account.privileges.may_anything(roles, owner, kind, part):
            raise errors.unknown_scope(kind.capitalize(), ".".join(part))


def may_read_text(session: Session, view: Object) -> bool:
    """Whether the session sees how a view is defined: of a secure one, its owner alone.

    https://docs.snowflake.com/en/user-guide/views-secure#interacting-with-secure-views
    """
    return not view.properties["SECURE"] or view.is_temporary or view.owner in session.roles
