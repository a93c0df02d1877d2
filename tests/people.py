"""People with one role each on a served emulator: what an administrator sends for them, and what they run."""

import os
import re
from pathlib import Path

import snowflake.connector
from snowflake.connector import SnowflakeConnection
from snowflake.connector.errors import DatabaseError

from src.emulator.protocol.serving import Address

from .commands import Done, python
from .deployment.conftest import connections_toml

ROOT = Path(__file__).resolve().parent.parent


def statements_of_the_guide(role: str = "DEPLOYER", user: str = "ALICE") -> list[str]:
    """What docs/setup_guide.md has an administrator send for a deploying role."""
    [block] = re.findall(
        r"```sql\n(CREATE ROLE DEPLOYER;.*?)```", (ROOT / "docs/setup_guide.md").read_text(), re.DOTALL
    )
    named = block.replace("DEPLOYER", role).replace("ALICE", user)
    return [line.strip() for line in named.split(";") if line.strip()]


def make_user(served: Address, name: str, role: str, *sql: str) -> None:
    """What an administrator sends to let somebody work with this role and no other, and some more."""
    with connected(served, "PRESENTER", "ACCOUNTADMIN") as administrator:
        for one in (f"CREATE USER {name} DEFAULT_ROLE = {role} DEFAULT_SECONDARY_ROLES = ()", *sql):
            administrator.cursor().execute(one)


def connected(served: Address, user: str, role: str) -> SnowflakeConnection:
    parameters = served.parameters | {"user": user, "role": role, "platform_detection_timeout_seconds": 0}
    return snowflake.connector.connect(**parameters)


def refusal(connection: SnowflakeConnection, sql: str) -> int | None:
    """The number of the error that a statement is refused with, None if it is allowed."""
    try:
        connection.cursor().execute(sql)
    except DatabaseError as error:
        return error.errno
    return None


def run_command(served: Address, user: str, role: str, command: str) -> str:
    """What a command says; it ends well, and warns of nothing."""
    done = ended(served, user, role, command)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert not re.search(r"warning|fault:", said, re.IGNORECASE), said
    assert " skipped" not in said, said
    return said


def ended(served: Address, user: str, role: str, command: str) -> Done:
    """A command that has ended, well or not."""
    parameters = served.parameters | {"user": user, "role": role}
    environment = os.environ | {"SNOWFLAKE_CONNECTIONS": connections_toml("demo", parameters)}
    return python([*command.split(), "--connection_name", "demo"], ROOT, environment)
