"""The role that deploys: by itself, as its tasks will run, and with the right to run them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from src.utils.errors import DemoError
from src.utils.queries import Row
from src.utils.sql import identifier

from .session import Demo, text_of

_ADMINISTRATOR = "ACCOUNTADMIN"
# Granted to every role, without a row in SHOW GRANTS.
# https://docs.snowflake.com/en/user-guide/security-access-control-overview#system-defined-roles
_EVERYBODY = "PUBLIC"
# Beyond that many roles a look is not worth its statements; the last RESUME tells then.
_MOST_ROLES = 200


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
    try:
        active = json.loads(text_of(rows[0], "ROLES"))
        names, value = active["roles"], active["value"]
    except (IndexError, KeyError, TypeError, ValueError):
        return "ALL"
    if value == "ALL" or not names:
        return "ALL" if value == "ALL" else "NONE"
    return ", ".join(identifier(name.strip()) for name in names.split(","))


def require_execute_task(demo: Demo) -> None:
    """Raises DemoError if neither the current role nor one that is granted to it may run tasks.

    Goes on where that cannot be known: where a role's grants are hidden, or the roles are too many.
    https://docs.snowflake.com/en/user-guide/tasks-intro#task-security
    """
    [current] = demo.ask("SELECT CURRENT_ROLE() AS ROLE")
    role = text_of(current, "ROLE")
    seen: set[str] = set()
    unseen = {role, _EVERYBODY}
    while unseen:
        seen |= unseen
        if seen & {_ADMINISTRATOR, ""} or len(seen) > _MOST_ROLES:
            return
        looks = [f"SHOW GRANTS TO ROLE {identifier(name)}" for name in sorted(unseen)]
        answers = demo.sender.wave(looks, demo.sender.send, str)
        grants = [row for answer in answers for row in answer.rows]
        if any(answer.error for answer in answers) or any(map(_lets_run_tasks, grants)):
            return
        unseen = {_role_of(row) for row in grants if _is_role(row)} - seen
    raise DemoError(
        f"Role {role} cannot run tasks: neither it nor a role granted to it has EXECUTE TASK on the account. "
        "Nothing was changed. Ask an administrator to run: USE ROLE ACCOUNTADMIN; "
        f"GRANT EXECUTE TASK ON ACCOUNT TO ROLE {identifier(role)};"
    )


def _lets_run_tasks(grant: Row) -> bool:
    return (grant["privilege"], grant["granted_on"]) == ("EXECUTE TASK", "ACCOUNT")


def _is_role(grant: Row) -> bool:
    return (grant["privilege"], grant["granted_on"]) == ("USAGE", "ROLE")


def _role_of(grant: Row) -> str:
    """The name as it is stored: SHOW GRANTS writes one that needs quotes with them."""
    name = text_of(grant, "name")
    return name[1:-1].replace('""', '"') if name.startswith('"') and name.endswith('"') else name
