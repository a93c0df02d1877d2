"""What the role of a session may do: its privileges, and those of the roles that are granted to it."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from .needs import ACCOUNT, ACCOUNTADMIN, OWNERSHIP, Need
from .sql import Row, identifier, split_qualified

MANAGE_GRANTS = "MANAGE GRANTS"
# Granted to every role, without a row in SHOW GRANTS.
# https://docs.snowflake.com/en/user-guide/security-access-control-overview#system-defined-roles
_EVERYBODY = "PUBLIC"
_OF_SYSTEM_ROLES: Mapping[str, frozenset[str]] = {
    "SECURITYADMIN": frozenset({MANAGE_GRANTS, "CREATE ROLE", "CREATE USER"}),
    "USERADMIN": frozenset({"CREATE ROLE", "CREATE USER"}),
    "SYSADMIN": frozenset({"CREATE DATABASE", "CREATE WAREHOUSE"}),
}
# Beyond that many roles a look is not worth its statements.
_MOST_ROLES = 200
# https://docs.snowflake.com/en/sql-reference/sql/show-grants#usage-notes
_MOST_ROWS = 10_000

# Sends statements at once, and gives the rows of each; None of one that is refused.
Ask = Callable[[Sequence[str]], list[list[Row] | None]]


def first_look(role: str) -> str:
    """The one statement that tells what a role and all roles below it hold; an account may not have it yet.

    https://docs.snowflake.com/en/release-notes/2026/other/2026-11-16-show-grants-include-hierarchy
    """
    return f"SHOW GRANTS TO ROLE {identifier(role)} INCLUDE HIERARCHY"


def is_worth_a_look(role: str) -> bool:
    """ACCOUNTADMIN may do everything on the account, and the list of its grants is as long as the account is large."""
    return role not in ("", ACCOUNTADMIN)


@dataclass(frozen=True)
class _Grant:
    privilege: str
    on: str
    name: str
    to_grant: bool
    inherited: bool


@dataclass(frozen=True)
class Holdings:
    """What some roles hold; `whole` if nothing of it is hidden, or was left aside."""

    roles: frozenset[str] = frozenset()
    grants: frozenset[_Grant] = frozenset()
    whole: bool = True

    def meet(self, need: Need) -> bool | None:
        """Whether they meet a need; None where that cannot be known. Ownership and ALL are every privilege."""
        if self._meet(need):
            return True
        return False if self.whole and not self._is_open(need) else None

    def _meet(self, need: Need) -> bool:
        if ACCOUNTADMIN in self.roles and (need.on == ACCOUNT or need.privilege == ACCOUNTADMIN):
            return True
        # MANAGE GRANTS comes from SECURITYADMIN, which ACCOUNTADMIN holds.
        if need.to_grant and (ACCOUNTADMIN in self.roles or self._has(MANAGE_GRANTS)):
            return True
        if need.on == ACCOUNT:
            return self._has(need.privilege, to_grant=need.to_grant)
        if need.on == "WAREHOUSE" and need.privilege != OWNERSHIP and self._has("MANAGE WAREHOUSES"):
            return True
        if need.unless and {one.name for one in self.grants if one.on == "TABLE"}.issuperset(need.unless):
            return True
        return any(_gives(one, need) for one in self.grants)

    def _has(self, privilege: str, *, to_grant: bool = False) -> bool:
        """Whether they have a privilege on the account."""
        by_role = not to_grant and any(privilege in _OF_SYSTEM_ROLES.get(role, ()) for role in self.roles)
        return by_role or any(
            one.on == ACCOUNT and one.privilege in (privilege, "ALL") and (one.to_grant or not to_grant)
            for one in self.grants
        )

    def _is_open(self, need: Need) -> bool:
        """Whether what they hold on an object may come another way than by a grant on it.

        An inherited grant is on all objects of a kind, and names none; a database role is looked at no further.
        https://docs.snowflake.com/en/user-guide/inherited-grants-intro
        """
        if need.on in (ACCOUNT, "ROLE"):
            return False
        of_database = f"{split_qualified(need.name)[0]}."
        return any(
            one.inherited or (one.on == "DATABASE ROLE" and one.name.startswith(of_database)) for one in self.grants
        )

    def and_of(self, other: "Holdings") -> "Holdings":
        return Holdings(self.roles | other.roles, self.grants | other.grants, self.whole and other.whole)


def _gives(one: _Grant, need: Need) -> bool:
    if (one.on, one.name) != (need.on, need.name):
        # Who owns a schema with managed access grants on what is in it.
        return need.to_grant and one.privilege == OWNERSHIP and need.name.startswith(f"{one.name}.")
    if one.privilege == OWNERSHIP or (one.privilege in ("ALL", need.privilege) and (one.to_grant or not need.to_grant)):
        return True
    if need.to_grant:
        return False
    # One privilege on a database or a schema, whichever it is, is the way to what is in it.
    return need.privilege == "USAGE" and need.on in ("DATABASE", "SCHEMA")


def lacking(role: str, needs: Iterable[Need], told: list[Row] | None, ask: Ask) -> list[Need]:
    """Those of the needs that a session of the role does not meet; not those of which that cannot be known."""
    return [need for need, is_met in assess(role, needs, told, ask).items() if is_met is False]


def assess(role: str, needs: Iterable[Need], told: list[Row] | None, ask: Ask) -> dict[Need, bool | None]:
    """Each of the needs, and whether a session of the role meets it; None where that cannot be known.

    `told` is what its first look was answered, None if it was refused: then the roles are looked at level by level. Of
    secondary roles is asked where the role alone will not do.
    """
    every = list(dict.fromkeys(sorted(needs, key=lambda need: need.optional)))
    if not role or not every:
        return dict.fromkeys(every)
    own = _of_role(role, every, told, ask)
    met = {need: own.meet(need) for need in every}
    missing = [need for need in every if met[need] is False and not need.by_primary_role]
    if missing:
        [answer] = ask(["SELECT CURRENT_SECONDARY_ROLES() AS ROLES"])
        active = secondary_roles(answer[0].get("ROLES") if answer else None)
        others = None if active is None else _by_levels(set(active[0]) - {role}, missing, ask)
        both = own.and_of(others or Holdings(whole=False))
        met |= {need: both.meet(need) for need in missing}
    return met


def _of_role(role: str, needs: Sequence[Need], told: list[Row] | None, ask: Ask) -> Holdings:
    """What the role holds, by itself or through others.

    https://docs.snowflake.com/en/sql-reference/sql/show-grants
    """
    if not is_worth_a_look(role):
        return Holdings(frozenset({role}), whole=False)
    if told is None:
        return _by_levels({role, _EVERYBODY}, needs, ask)
    found = _read(told)
    return replace(found, roles=found.roles | {role, _EVERYBODY})


def _by_levels(roles: Iterable[str], needs: Sequence[Need], ask: Ask) -> Holdings:
    """What the roles hold, looked up a level of their hierarchy at a time, until the needs are met."""
    found = Holdings()
    unseen = frozenset(roles)
    while unseen and not (found.roles and all(map(found.meet, needs))):
        found = replace(found, roles=found.roles | unseen)
        if ACCOUNTADMIN in found.roles or len(found.roles) > _MOST_ROLES:
            return replace(found, whole=False)
        answers = ask([f"SHOW GRANTS TO ROLE {identifier(name)}" for name in sorted(unseen)])
        level = [Holdings(whole=False) if answer is None else _read(answer) for answer in answers]
        unseen = frozenset().union(*(one.roles for one in level)) - found.roles
        for one in level:
            found = found.and_of(replace(one, roles=frozenset()))
    return found


def _read(rows: Sequence[Row]) -> Holdings:
    """What rows of SHOW GRANTS tell, and the roles that they name."""
    grants = {
        _Grant(
            str(row["privilege"]),
            str(row["granted_on"]).replace("_", " ").removeprefix("ICEBERG "),
            "" if row["granted_on"] == ACCOUNT else str(row["name"]),
            str(row.get("grant_option")).lower() == "true",
            str(row.get("is_inherited")).upper() in ("TRUE", "Y", "YES"),
        )
        for row in rows
    }
    roles = {_stored(one.name) for one in grants if (one.privilege, one.on) == ("USAGE", "ROLE")}
    return Holdings(frozenset(roles), frozenset(grants), len(rows) < _MOST_ROWS)


def _stored(name: str) -> str:
    """The name as it is stored: SHOW GRANTS writes one that needs quotes with them."""
    return name[1:-1].replace('""', '"') if name.startswith('"') and name.endswith('"') else name


def secondary_roles(told: object) -> tuple[list[str], bool] | None:
    """The names in what CURRENT_SECONDARY_ROLES() answers, and whether they are ALL; None where it tells neither.

    https://docs.snowflake.com/en/sql-reference/functions/current_secondary_roles
    """
    try:
        active = json.loads(str(told))
        return [name.strip() for name in active["roles"].split(",") if name.strip()], active["value"] == "ALL"
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
