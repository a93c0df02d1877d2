"""The role that deploys: by itself, as its tasks will run, and with the right to run them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from src.deployment.privileges import on_account
from src.utils.errors import DemoError
from src.utils.sql import identifier

from .session import Demo, text_of


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

    Goes on where that cannot be known; the last RESUME tells then.
    https://docs.snowflake.com/en/user-guide/tasks-intro#task-security
    """
    [current] = demo.ask("SELECT CURRENT_ROLE() AS ROLE")
    role = text_of(current, "ROLE")
    held = on_account(demo.sender, role, {"EXECUTE TASK"})
    if held is not None and not held:
        raise DemoError(
            f"Role {role} cannot run tasks: neither it nor a role granted to it has EXECUTE TASK on the account. "
            "Nothing was changed. Ask an administrator to run: USE ROLE ACCOUNTADMIN; "
            f"GRANT EXECUTE TASK ON ACCOUNT TO ROLE {identifier(role)};"
        )
