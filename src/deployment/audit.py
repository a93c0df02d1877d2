"""The privilege audit: what the roles hold against what CONFIG says, missing and surplus. Changes nothing."""

from dataclasses import asdict, dataclass
from typing import Literal

import click

from src.config import DemoConfig
from src.infrastructure.grants import GRANT, GRANTED
from src.infrastructure.states import Comparison
from src.utils.command_line import connecting, session_for, show
from src.utils.options import Group, Where

from .comparison import compare, in_its_mode, unmanaged
from .inspection import look
from .sending import Sender
from .steps import batches

EXIT_DRIFT = 3


@dataclass(frozen=True)
class Finding:
    """Privileges on an object that a role should hold and does not (missing), or holds and should not (surplus)."""

    state: Literal["missing", "surplus"]
    privileges: str
    on: str


def audit(sender: Sender, config: DemoConfig) -> list[Finding]:
    """The findings, the missing first. Raises DemoError if the account does not answer.

    https://docs.snowflake.com/en/sql-reference/sql/show-grants
    """
    snapshot = look(sender, config)
    statements = [one for batch in batches(in_its_mode(config, snapshot)) for one in batch]
    # The twin of a future grant, on what is there already, cannot be told from it.
    comparisons = [compare(one, snapshot) for one in statements if one.kind == GRANT and not one.seen_as]
    missing = [Finding("missing", _missing(one), one.statement.name) for one in comparisons if one.differences]
    extra = [one.difference for one in unmanaged(statements, snapshot) if one.difference.kind == GRANT]
    return [*missing, *(Finding("surplus", one.property, one.name) for one in extra)]


def _missing(comparison: Comparison) -> str:
    held = comparison.existing.properties if comparison.existing else {}
    return ", ".join(name for name in comparison.statement.shows if held.get(name) != GRANTED)


main: Group = Group(
    "roles", help="Probe after the roles of the demo.", context_settings={"help_option_names": ["-h", "--help"]}
)


@main.command("audit", examples=["", "--prefix ALICE"])
@connecting
@click.pass_obj
def audit_command(config: DemoConfig, where: Where, output: str) -> int:
    """Compare what the roles hold with config.py: missing and surplus privileges. Changes nothing.

    Exit codes: 0 as configured, 1 failed, 2 usage, 3 something is missing or too much.
    """
    config = where.of(config)
    with session_for(config, where, None) as (session, _), Sender.of(session) as sender:
        findings = audit(sender, config)
    show([asdict(one) for one in findings], output, nothing="The roles hold what config.py says, and nothing else.")
    return EXIT_DRIFT if findings else 0
