"""The commands beside setup that look at a deployment: each loads its work when it runs."""

from typing import TYPE_CHECKING, Any

import click

from src.utils.command_line import connecting
from src.utils.options import Command, Group

if TYPE_CHECKING:
    from src.config import DemoConfig


@click.command(cls=Command, examples=["", "--quick", "--json"])
@click.option("--quick", is_flag=True, help="What --mode quick would do, instead of full.")
@click.option("--adopt", is_flag=True, help="As if with --adopt.")
@connecting
def plan(config: "DemoConfig", **options: Any) -> int:
    """Show what a full would create, change, drop, leave or refuse, and what it costs. Changes nothing.

    Exit codes: 0 nothing to do, 1 failed, 2 usage, 3 changes, 4 refused.
    """
    from .plan import show_plan

    return show_plan(config, **options)


@click.command(cls=Command, examples=["", "--connection_name demo --role DEPLOYER"])
@connecting
def doctor(config: "DemoConfig", **options: Any) -> int:
    """Look at connection, role, privileges, clock and versions, and say what mends what lacks. Changes nothing.

    Exit codes: 0 nothing lacks, 1 failed, 2 usage, 3 something lacks.
    """
    from .doctor import show_findings

    return show_findings(config, **options)


@click.command(cls=Command, examples=["", "--yes"])
@click.option("--yes", is_flag=True, help="Remove them, each by a cleanup of its own; it cannot be undone.")
@connecting
def gc(config: "DemoConfig", **options: Any) -> int:
    """List every deployment in the account that has expired, whatever its prefix; with --yes, remove them.

    Setup's --ttl makes a deployment expire. One without an expiry is never touched, nor what carries no stamp of ours.

    Exit codes: 0 nothing has expired or all of it is removed, 1 failed, 2 usage, 3 something has expired.
    """
    from .gc import collect

    return collect(config, **options)


roles: Group = Group(
    "roles", help="Probe after the roles of the demo.", context_settings={"help_option_names": ["-h", "--help"]}
)


@roles.command(examples=["", "--prefix ALICE"])
@connecting
def audit(config: "DemoConfig", **options: Any) -> int:
    """Compare what the roles hold with config.py, and say what mends a difference. Changes nothing.

    Exit codes: 0 as configured, 1 failed, 2 usage, 3 something is missing or too much.
    """
    from .audit import show_audit

    return show_audit(config, **options)
