"""python -m src.data_sharing and its monitoring: the commands, each of which loads its work when it runs."""

from typing import TYPE_CHECKING, Any

import click

from src.utils.command_line import connecting
from src.utils.options import Command, Group, Number

if TYPE_CHECKING:
    from src.config import DemoConfig

REPORTS = ("queries", "credits", "storage", "audit", "objects", "shares", "listings")
_HELP = {"help_option_names": ["-h", "--help"]}


@click.group(cls=Group, context_settings=_HELP)
def share() -> None:
    """Share tables and views of the demo with other accounts.

    A share carries the ownership stamp in its comment, so that setup.py --mode cleanup drops it.
    """


@share.command(
    examples=["ORDERS_SHARE --table CURATED.ORDERS", "ORDERS_SHARE --view ANALYTICS.TOTALS --account ORG.PARTNER"]
)
@click.argument("share")
@click.option("--table", "tables", multiple=True, metavar="SCHEMA.NAME", help="A table to share; may be repeated.")
@click.option("--iceberg-table", "iceberg_tables", multiple=True, metavar="SCHEMA.NAME", help="An Iceberg table.")
@click.option("--view", "views", multiple=True, metavar="SCHEMA.NAME", help="A secure view.")
@click.option("--reads", multiple=True, metavar="DATABASE", help="Another database that the views read.")
@click.option(
    "--account", "accounts", multiple=True, metavar="ORG.ACCOUNT", help="The consumers; without, as they are."
)
@connecting
def create(config: "DemoConfig", **options: Any) -> None:
    """Bring SHARE to what the options say, and show what was changed. A second time changes nothing."""
    from . import command

    command.create(config, **options)


@share.command(examples=["ORDERS_SHARE ORG.PARTNER"])
@click.argument("share")
@click.argument("accounts", nargs=-1, required=True, metavar="ORG.ACCOUNT...")
@connecting
def add(config: "DemoConfig", **options: Any) -> None:
    """Open SHARE to accounts."""
    from . import command

    command.add(config, **options)


@share.command(examples=["ORDERS_SHARE ORG.PARTNER"])
@click.argument("share")
@click.argument("accounts", nargs=-1, required=True, metavar="ORG.ACCOUNT...")
@connecting
def remove(config: "DemoConfig", **options: Any) -> None:
    """Close SHARE to accounts; their databases lose the data at once."""
    from . import command

    command.remove(config, **options)


@share.command(examples=["", "ORDERS_SHARE"])
@click.argument("share", required=False)
@connecting
def status(config: "DemoConfig", **options: Any) -> None:
    """Show what SHARE (or every share) holds, whom it is open to, and who uses it."""
    from . import command

    command.status(config, **options)


@share.command(examples=["ORDERS_SHARE --yes"])
@click.argument("share")
@click.option("--yes", is_flag=True, help="Needed on a Snowflake account: dropping a share cannot be undone.")
@connecting
def drop(config: "DemoConfig", **options: Any) -> None:
    """Drop SHARE, if it is ours. The data stays."""
    from . import command

    command.drop(config, **options)


@click.command(cls=Command, examples=["credits", "queries --json"], context_settings=_HELP)
@click.argument("report", type=click.Choice(REPORTS))
@click.option("--price-per-credit", type=Number(0, 1_000_000), help="What a credit costs, instead of CONFIG's price.")
@connecting
def monitor(config: "DemoConfig", **options: Any) -> None:
    """Show what happened and what it cost.

    queries: the last day's, by CONFIG's query tag. credits: each warehouse's, seven days, with the cost,
    beside what it uses in an hour and on a weekend awake. storage: rows
    and bytes of each table. audit: who did what. objects: what was read (ACCESS_HISTORY, Enterprise edition). shares:
    what they hold and who uses them. listings: their use (direct shares have no rows there).
    """
    from .monitoring_command import show_report

    show_report(config, **options)
