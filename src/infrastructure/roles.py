"""The roles. An account may refuse to create them, and the demo runs with the presenter's own role.

python -m src.infrastructure.roles audit
"""

import _signal  # type: ignore[import-not-found]  # built in: nothing is loaded before the handler is set
import os

if __name__ == "__main__":
    _signal.signal(_signal.SIGINT, lambda number, frame: os._exit(130))

    # The command stands above this room; here is only its name. It ends the process, before anything below is loaded.
    from src.utils import program

    program.begin()

    from src.deployment.command_line import roles as command

    command()

from collections.abc import Mapping

from src.config import DemoConfig, Role, keeping
from src.utils.sql import Key, identifier, literal

from .kind import Kind
from .states import DesiredState

# In the stamp of an adopted role: what it was granted on objects that outlive a cleanup, one REVOKE a line.
GRANTED_HERE = "granted"
OPTIONAL = "the presenter's own role runs the demo"


def role_key(role: Role) -> Key:
    return "ROLE", identifier(role.name)


def roles(config: DemoConfig) -> list[DesiredState]:
    """https://docs.snowflake.com/en/sql-reference/sql/create-role#create-or-alter-role"""
    return [
        DesiredState(
            kind,
            name,
            f"CREATE OR ALTER ROLE {name}\n  COMMENT = {literal(comment)}",
            shows={"comment": keeping(comment), **config.shown_expiry},
            optional=OPTIONAL,
        )
        for role in config.roles
        for kind, name in [role_key(role)]
        for comment in [config.account_stamp.on(role.comment)]
    ]


class RoleKind(Kind):
    name = "ROLE"
    steps = ((0, roles),)
    drop_batch = 4
    remains = ("GRANTS TO", "GRANTS OF")

    def settings(self, name: str, properties: Mapping[str, str]) -> list[str]:
        """Also takes from it what it was granted here. Raises ValueError for a privilege of another role."""
        own = {one: value for one, value in properties.items() if one != GRANTED_HERE}
        granted = [line for line in properties.get(GRANTED_HERE, "").split("\n") if line]
        for line in granted:
            if not (line.endswith(f" FROM ROLE {name}") or line.startswith(f"ROLE {name} FROM ROLE ")):
                raise ValueError(line)
        return [*super().settings(name, own), *(f"REVOKE {line}" for line in reversed(granted))]
