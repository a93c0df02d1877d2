"""Doctor: whether this machine and this connection can do what the product does, and what mends what they cannot."""

import platform
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Literal

import click

from src.config import DemoConfig
from src.utils.command_line import connecting, session_for
from src.utils.connections import Target
from src.utils.documents import json_document
from src.utils.options import Command, Where
from src.utils.sql import identifier
from src.utils.terminal import say

from .privileges import on_account
from .sending import Sender

EXIT_LACKS = 3
_MOST_SECONDS_APART = 60

# What the privileges on the account are for; docs/setup_guide.md has the same list.
NEEDED = {
    "CREATE DATABASE": "setup",
    "CREATE WAREHOUSE": "setup",
    "CREATE ROLE": "the roles, which are left out without it",
    "EXECUTE TASK": "the demos' tasks",
    "CREATE SHARE": "sharing",
}
State = Literal["ok", "lacks", "unknown"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, what was found, and the statement or command that mends it."""

    what: str
    state: State
    found: str
    mend: str = ""


def examine(sender: Sender, target: Target) -> Iterator[Finding]:
    """Looks at versions, session, clock, privileges, edition and region; changes nothing."""
    yield Finding("versions", "ok", _versions())
    yield Finding("connection", "ok", target.reason)
    sent = time.time()
    answer = sender.send(
        "SELECT CURRENT_ACCOUNT() AS ACCOUNT, CURRENT_REGION() AS REGION, "
        "CURRENT_USER() AS USER_NAME, CURRENT_ROLE() AS ROLE_NAME, CURRENT_TIMESTAMP() AS NOW"
    )
    if answer.error:
        yield Finding("session", "lacks", answer.message)
        return
    row = answer.rows[0]
    yield Finding("session", "ok", f"user {row['USER_NAME']} with role {row['ROLE_NAME']} on account {row['ACCOUNT']}")
    yield _clock(row["NOW"], (sent + time.time()) / 2)
    yield from _privileges(sender, str(row["ROLE_NAME"] or ""), emulated=target.emulated)
    if target.emulated:
        yield Finding("edition", "ok", "of the emulator, as serve --edition says: ENTERPRISE unless it says otherwise")
        yield Finding("region", "ok", "none: the emulator keeps Iceberg tables in its state folder")
    else:
        yield Finding("edition", "unknown", "no statement of this role's tells it; SHOW ORGANIZATION ACCOUNTS does")
        yield Finding(
            "region",
            "unknown",
            f"{row['REGION']}; Iceberg tables on storage of Snowflake's own are not to be had in every region: the "
            "demo's deploy says so, and names two ways on",
        )


def _versions() -> str:
    packages = ("data-eng-demo", "snowflake-snowpark-python", "snowflake-connector-python", "click")
    return ", ".join([f"Python {platform.python_version()}", *(f"{one} {version(one)}" for one in packages)])


def _clock(there: datetime, here: float) -> Finding:
    """A key pair's token holds for a minute around the account's time.

    https://docs.snowflake.com/en/developer-guide/sql-api/authenticating#using-key-pair-authentication
    """
    apart = abs(there.astimezone(UTC).timestamp() - here)
    if apart > _MOST_SECONDS_APART:
        return Finding("clock", "lacks", f"{apart:.0f} s off the account's", "Set this machine's clock (NTP).")
    return Finding("clock", "ok", f"{apart:.0f} s off the account's")


def _privileges(sender: Sender, role: str, *, emulated: bool) -> Iterator[Finding]:
    if emulated:
        yield Finding("privileges", "ok", "the emulator records grants and enforces none")
        return
    held = on_account(sender, role, NEEDED.keys())
    if held is None:
        yield Finding("privileges", "unknown", f"those of {role} are an administrator's, or hidden from it")
        return
    for privilege, purpose in NEEDED.items():
        if privilege in held:
            yield Finding(privilege, "ok", f"for {purpose}")
        else:
            grant = f"USE ROLE ACCOUNTADMIN; GRANT {privilege} ON ACCOUNT TO ROLE {identifier(role)};"
            yield Finding(privilege, "lacks", f"needed for {purpose}", grant)


@click.command(cls=Command, examples=["", "--connection_name demo --role DEPLOYER"])
@connecting
@click.pass_obj
def main(config: DemoConfig, where: Where, output: str) -> int:
    """Look at connection, role, privileges, clock and versions, and say what mends what lacks. Changes nothing.

    Exit codes: 0 nothing lacks, 1 failed, 2 usage, 3 something lacks.
    """
    config = where.of(config)
    with session_for(config, where, None) as (session, target), Sender.of(session) as sender:
        findings = list(examine(sender, target))
    if output == "json":
        click.echo(json_document([asdict(one) for one in findings]))
    else:
        for one in findings:
            for line in [f"{one.state:8}{one.what}: {one.found}", *([f"        {one.mend}"] if one.mend else [])]:
                say(line, sys.stdout)
    return EXIT_LACKS if any(one.state == "lacks" for one in findings) else 0
