"""The role that deploys: by itself, as its tasks will run."""

from collections.abc import Iterator
from contextlib import contextmanager

from src.utils.holdings import secondary_roles
from src.utils.sql import identifier

from .session import Demo


@contextmanager
def primary_role_alone(demo: Demo) -> Iterator[None]:
    """Does what is inside with the primary role alone, and puts the secondary roles back afterwards.

    A task has its owner's privileges and no others: with secondary roles, which a session has by default, a deployment
    would succeed whose tasks cannot. https://docs.snowflake.com/en/sql-reference/sql/use-secondary-roles
    """
    before = _secondary_roles(demo)
    if before != "NONE" and (refused := demo.sender.send("USE SECONDARY ROLES NONE")).error:
        demo.say(f"The secondary roles stay active, and the tasks will not have them: {refused.message}")
        before = "NONE"
    try:
        yield
    finally:
        if before != "NONE":
            demo.sender.send(f"USE SECONDARY ROLES {before}")


def _secondary_roles(demo: Demo) -> str:
    """What is active, as USE SECONDARY ROLES takes it; ALL, a session's default, where the account does not tell.

    https://docs.snowflake.com/en/sql-reference/functions/current_secondary_roles
    """
    rows = demo.sender.send("SELECT CURRENT_SECONDARY_ROLES() AS ROLES").rows
    active = secondary_roles(rows[0].get("ROLES") if rows else None)
    if active is None:
        return "ALL"
    names, is_all = active
    return "ALL" if is_all else ", ".join(map(identifier, names)) or "NONE"
