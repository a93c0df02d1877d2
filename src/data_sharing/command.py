"""python -m src.data_sharing: shares tables and views with other accounts, and says what is shared."""

import sys

import click

from src.config import DemoConfig
from src.utils.command_line import (
    connecting,
    refuse_without_leave,
    session_for,
    show,
    warehouse_for,
)
from src.utils.errors import InputError
from src.utils.options import Group, Where
from src.utils.terminal import say

from . import shares
from .monitoring import share_use
from .shares import Change, Kind, SharedObject, ShareSpec

Names = tuple[str, ...]


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Share tables and views of the demo with other accounts.

    A share carries the ownership stamp in its comment, so that setup.py --mode cleanup drops it.
    """


@main.command(
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
@click.pass_obj
def create(
    config: DemoConfig,
    share: str,
    tables: Names,
    iceberg_tables: Names,
    views: Names,
    reads: Names,
    accounts: Names,
    where: Where,
    output: str,
) -> None:
    """Bring SHARE to what the options say, and show what was changed. A second time changes nothing."""
    config = where.of(config)
    named: tuple[tuple[Kind, Names], ...] = (("TABLE", tables), ("ICEBERG TABLE", iceberg_tables), ("VIEW", views))
    objects = tuple(shared(kind, name, reads) for kind, names in named for name in names)
    if not objects:
        raise InputError("There is nothing to share. Pass --table, --iceberg-table or --view.")
    spec = ShareSpec(
        share.upper(), config.database.name, objects, config.stamp, accounts or None, "Shared by the demo."
    )
    with session_for(config, where, warehouse_for(config, "ANALYTICS_WH")) as (session, _):
        shares.reconcile(session, spec, lambda changes: show_changes(changes, output))


def shared(kind: Kind, name: str, reads: Names) -> SharedObject:
    """The object named SCHEMA.NAME. Raises InputError for another form."""
    schema, dot, own = name.upper().partition(".")
    if not (schema and dot and own) or "." in own:
        raise InputError(f'"{name}" names no object to share. Pass SCHEMA.NAME.')
    return SharedObject(kind, schema, own, tuple(map(str.upper, reads)) if kind == "VIEW" else ())


def show_changes(changes: list[Change], output: str) -> None:
    """What is to be changed, one line each."""
    if output == "json":
        show([{"change": str(change), "sql": change.sql} for change in changes], output)
    else:
        say("\n".join(map(str, changes)) or "Nothing to change.", sys.stdout)


@main.command(examples=["ORDERS_SHARE ORG.PARTNER"])
@click.argument("share")
@click.argument("accounts", nargs=-1, required=True, metavar="ORG.ACCOUNT...")
@connecting
@click.pass_obj
def add(config: DemoConfig, share: str, accounts: Names, where: Where, output: str) -> None:
    """Open SHARE to accounts."""
    config = where.of(config)
    with session_for(config, where, warehouse_for(config, "ANALYTICS_WH")) as (session, _):
        added = shares.add_accounts(session, share.upper(), accounts)
    show([{"added": account} for account in added], output, nothing="It is open to them already.")


@main.command(examples=["ORDERS_SHARE ORG.PARTNER"])
@click.argument("share")
@click.argument("accounts", nargs=-1, required=True, metavar="ORG.ACCOUNT...")
@connecting
@click.pass_obj
def remove(config: DemoConfig, share: str, accounts: Names, where: Where, output: str) -> None:
    """Close SHARE to accounts; their databases lose the data at once."""
    config = where.of(config)
    with session_for(config, where, warehouse_for(config, "ANALYTICS_WH")) as (session, _):
        removed = shares.remove_accounts(session, share.upper(), accounts)
    show([{"removed": account} for account in removed], output, nothing="It was not open to them.")


@main.command(examples=["", "ORDERS_SHARE"])
@click.argument("share", required=False)
@connecting
@click.pass_obj
def status(config: DemoConfig, share: str | None, where: Where, output: str) -> None:
    """Show what SHARE (or every share) holds, whom it is open to, and who uses it."""
    config = where.of(config)
    with session_for(config, where, warehouse_for(config, "ANALYTICS_WH")) as (session, _):
        if share:
            shares.require(session, share.upper())
        found = [use for use in share_use(session) if share is None or use.share == share.upper()]
    table = [
        {"share": use.share, "holds": held, "open_to": ", ".join(use.open_to), "used_by": ", ".join(use.used_by)}
        for use in found
        for held in use.holds or ("",)
    ]
    show(table, output, nothing="Nothing is shared.")


@main.command(examples=["ORDERS_SHARE --yes"])
@click.argument("share")
@click.option("--yes", is_flag=True, help="Needed on a Snowflake account: dropping a share cannot be undone.")
@connecting
@click.pass_obj
def drop(config: DemoConfig, share: str, yes: bool, where: Where, output: str) -> None:
    """Drop SHARE, if it is ours. The data stays."""
    config = where.of(config)
    with session_for(config, where, warehouse_for(config, "ANALYTICS_WH")) as (session, target):
        refuse_without_leave(target, yes=yes, what=f"Dropping the share {share.upper()}")
        dropped = shares.drop_share(session, share.upper(), config.stamp)
    show([{"dropped": share.upper()}] if dropped else [], output, nothing="There is no such share.")
