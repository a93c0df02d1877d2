"""What a role may do on the account: its own privileges there, and those of the roles that are granted to it."""

from collections.abc import Set

from src.infrastructure.roles import RoleKind
from src.utils.queries import Row
from src.utils.sql import identifier

from .sending import Sender

_ADMINISTRATOR = "ACCOUNTADMIN"
# Granted to every role, without a row in SHOW GRANTS.
# https://docs.snowflake.com/en/user-guide/security-access-control-overview#system-defined-roles
_EVERYBODY = "PUBLIC"
# Beyond that many roles a look is not worth its statements.
_MOST_ROLES = 200


def on_account(sender: Sender, role: str, wanted: Set[str]) -> Set[str] | None:
    """Those of the wanted privileges on the account that the role has, by itself or through others.

    Looks no further where all are found: a level of the role hierarchy costs a round trip.
    None where that cannot be known or need not be: it is the administrator's, its grants are hidden, the roles are too
    many. https://docs.snowflake.com/en/sql-reference/sql/show-grants
    """
    seen: set[str] = set()
    unseen = {role, _EVERYBODY}
    held: Set[str] = set()
    while unseen and held != wanted:
        seen |= unseen
        if seen & {_ADMINISTRATOR, ""} or len(seen) > _MOST_ROLES:
            return None
        looks = [f"SHOW GRANTS TO ROLE {identifier(name)}" for name in sorted(unseen)]
        answers = sender.wave(looks, sender.send, str)
        if any(answer.error for answer in answers):
            return None
        grants = [row for answer in answers for row in answer.rows]
        held |= wanted & {str(row["privilege"]) for row in grants if row["granted_on"] == "ACCOUNT"}
        unseen = {_role_of(row) for row in grants if _is_role(row)} - seen
    return held


def _is_role(grant: Row) -> bool:
    return (grant["privilege"], grant["granted_on"]) == ("USAGE", RoleKind.name)


def _role_of(grant: Row) -> str:
    """The name as it is stored: SHOW GRANTS writes one that needs quotes with them."""
    name = str(grant["name"] or "")
    return name[1:-1].replace('""', '"') if name.startswith('"') and name.endswith('"') else name
