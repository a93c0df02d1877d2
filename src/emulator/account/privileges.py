"""What roles may do: their hierarchy, and the privileges that they have on objects.

https://docs.snowflake.com/en/user-guide/security-access-control-overview
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..language.reader import Path
    from .account import Grant, Object

OWNERSHIP = "OWNERSHIP"
MANAGE_GRANTS = "MANAGE GRANTS"
ACCOUNTADMIN, PUBLIC = "ACCOUNTADMIN", "PUBLIC"

# Each system role with those that it has been granted; PUBLIC is everybody's.
# https://docs.snowflake.com/en/user-guide/security-access-control-overview#system-defined-roles
SYSTEM_ROLES: Mapping[str, tuple[str, ...]] = {
    ACCOUNTADMIN: ("SECURITYADMIN", "SYSADMIN"),
    "SECURITYADMIN": ("USERADMIN",),
    "USERADMIN": (),
    "SYSADMIN": (),
    PUBLIC: (),
}
# What they may do on the account, without a grant that SHOW GRANTS shows; ACCOUNTADMIN may do everything there.
_OF_SYSTEM_ROLES: Mapping[str, frozenset[str]] = {
    "SECURITYADMIN": frozenset({MANAGE_GRANTS}),
    "USERADMIN": frozenset({"CREATE ROLE", "CREATE USER"}),
    "SYSADMIN": frozenset({"CREATE DATABASE", "CREATE WAREHOUSE"}),
}

Place = tuple[str, str, str, str]  # a kind, and the columns of a path


class Privileges:
    """The grants of an account at one moment, by role and by object; they are read anew after each change."""

    def __init__(self, account: str, grants: Iterable["Grant"]) -> None:
        self._account = account
        self._granted: dict[tuple[str, str], list[str]] = {("ROLE", role): [*had] for role, had in SYSTEM_ROLES.items()}
        self._on: dict[Place, list[Grant]] = {}
        self._closures: dict[frozenset[str], frozenset[str]] = {}
        for grant in grants:
            if (grant.granted_on, grant.privilege) == ("ROLE", "USAGE"):
                self._granted.setdefault((grant.granted_to, grant.grantee), []).append(grant.name)
            elif grant.granted_to == "ROLE":
                self._on.setdefault((grant.granted_on, grant.database, grant.schema, grant.name), []).append(grant)

    def roles_of_user(self, user: str) -> list[str]:
        """The roles that a user has been granted."""
        return self._granted.get(("USER", user), [])

    def below(self, roles: Iterable[str]) -> frozenset[str]:
        """The roles, those that they have been granted, those that these have been, and PUBLIC."""
        wanted = frozenset(roles)
        if wanted not in self._closures:
            found = {PUBLIC}
            coming = [*wanted]
            while coming:
                if (role := coming.pop()) not in found:
                    found.add(role)
                    coming += self._granted.get(("ROLE", role), [])
            self._closures[wanted] = frozenset(found)
        return self._closures[wanted]

    def on(self, roles: frozenset[str], kind: str, columns: tuple[str, str, str]) -> set[str]:
        """What roles, with all below them, have been granted on an object."""
        return {grant.privilege for grant in self._on.get((kind, *columns), ()) if grant.grantee in roles}

    def to_hand_on(self, roles: frozenset[str], kind: str, columns: tuple[str, str, str]) -> set[str]:
        """What of that they may grant to others."""
        granted = self._on.get((kind, *columns), ())
        return {grant.privilege for grant in granted if grant.grant_option and grant.grantee in roles}

    def may_on_account(self, roles: frozenset[str], privilege: str) -> bool:
        return (
            ACCOUNTADMIN in roles
            or any(privilege in _OF_SYSTEM_ROLES.get(role, ()) for role in roles)
            or privilege in self.on(roles, "ACCOUNT", ("", "", self._account))
        )

    def may(self, roles: frozenset[str], object_: "Object", privileges: Iterable[str]) -> bool:
        """Whether the roles own the object, or have one of the privileges on it."""
        return object_.owner in roles or not self._held(roles, object_).isdisjoint(privileges)

    def may_anything(self, roles: frozenset[str], owner: str, kind: str, path: "Path") -> bool:
        """Whether they have any privilege on an object of that owner, or may manage everybody's."""
        database, schema = (*path[:-1], "", "")[:2]
        held = self.on(roles, kind, (database, schema, path[-1]))
        return owner in roles or bool(held) or self.may_on_account(roles, MANAGE_GRANTS)

    def _held(self, roles: frozenset[str], object_: "Object") -> set[str]:
        return self.on(roles, object_.kind, (object_.database, object_.schema, object_.name))
