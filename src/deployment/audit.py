"""The privilege audit: what the roles hold against what CONFIG says, missing and surplus. Changes nothing."""

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import click

from src.config import DemoConfig
from src.infrastructure.databases import database_key
from src.infrastructure.grants import GRANT, GRANTED
from src.infrastructure.roles import role_key
from src.infrastructure.states import Comparison, DesiredState, Snapshot
from src.utils.command import session_for
from src.utils.documents import json_document
from src.utils.hints import typed
from src.utils.options import Where
from src.utils.terminal import say

from .comparison import compare, in_its_mode, unmanaged
from .inspection import look
from .sending import Sender
from .steps import batches

EXIT_DRIFT = 3


@dataclass(frozen=True)
class Finding:
    """Privileges on an object that a role should hold and does not (missing), or holds and should not (surplus).

    `mend` are the statements that give them or take them away.
    """

    state: Literal["missing", "surplus"]
    privileges: str
    on: str
    mend: str

    def __str__(self) -> str:
        return f"{self.state:8}{self.privileges} on {self.on}\n        {self.mend}"


def audit(snapshot: Snapshot, config: DemoConfig) -> list[Finding]:
    """The findings, the missing first. Of an account that quick set up no role is missed.

    https://docs.snowflake.com/en/sql-reference/sql/show-grants
    """
    statements = [one for batch in batches(in_its_mode(config, snapshot)) for one in batch]
    grants = [one for one in statements if one.kind == GRANT]
    missing = [
        Finding("missing", _missing(one), one.statement.name, _granting(one.statement, grants))
        for one in (compare(grant, snapshot) for grant in grants if not grant.seen_as)
        if one.differences
    ]
    extra = [one for one in unmanaged(statements, snapshot) if one.difference.kind == GRANT]
    surplus = [
        Finding("surplus", one.difference.property, one.difference.name, f"{one.statement.sql};") for one in extra
    ]
    return [*missing, *surplus]


def absent_roles(snapshot: Snapshot, config: DemoConfig) -> str:
    """Which of CONFIG's roles the account does not have, and what makes them; "" where it has all.

    Where nothing is set up, that says it all: the grants that are missing follow from it.
    """
    roles = [key for one in config.roles if (key := role_key(one)) not in snapshot.objects]
    if not roles:
        return ""
    named = ", ".join(name for _, name in roles)
    absent = f"Roles that are absent, and that --mode quick does not make: {named}."
    if database_key(config) not in snapshot.objects:
        absent = f"{config.database.name} is not set up here, nor are its roles: {named}."
    return f"{absent} Run: {typed('python setup.py --mode full')}"


def _missing(comparison: Comparison) -> str:
    held = comparison.existing.properties if comparison.existing else {}
    return ", ".join(name for name in comparison.statement.shows if held.get(name) != GRANTED)


def _granting(grant: DesiredState, grants: Sequence[DesiredState]) -> str:
    """The grant, and of one on future objects its twin on those that are there, which cannot be told from it."""
    return " ".join(f"{one.sql};" for one in grants if one.seen_key == grant.key)


def show_audit(config: DemoConfig, where: Where, output: str) -> int:
    """The command; what it gives is the exit code."""
    with session_for(config, where, None) as (session, _), Sender.of(session) as sender:
        snapshot = look(sender, config)
    findings = audit(snapshot, config)
    absent = absent_roles(snapshot, config)
    if output == "json":
        click.echo(json_document([asdict(one) for one in findings]))
        if absent:
            say(absent, sys.stderr)
    else:
        is_set_up = database_key(config) in snapshot.objects
        lines = [*filter(None, [absent]), *(map(str, findings) if is_set_up or not absent else ())]
        say("\n".join(lines) or "The roles hold what config.py says, and nothing else.", sys.stdout)
    return EXIT_DRIFT if findings else 0
