"""The work of python -m src.data_sharing: shares tables and views with other accounts, and says what is shared."""

import sys

from src.config import DemoConfig
from src.utils.command import refuse_without_leave, session_for, show, warehouse_for
from src.utils.errors import InputError
from src.utils.options import Where
from src.utils.terminal import say

from . import shares
from .monitoring import share_use
from .shares import Change, Kind, SharedObject, ShareSpec

Names = tuple[str, ...]


def create(
    config: DemoConfig,
    where: Where,
    output: str,
    *,
    share: str,
    tables: Names,
    iceberg_tables: Names,
    views: Names,
    reads: Names,
    accounts: Names,
) -> None:
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


def add(config: DemoConfig, where: Where, output: str, *, share: str, accounts: Names) -> None:
    with session_for(config, where, warehouse_for(config, "ANALYTICS_WH")) as (session, _):
        added = shares.add_accounts(session, share.upper(), accounts)
    show([{"added": account} for account in added], output, nothing="It is open to them already.")


def remove(config: DemoConfig, where: Where, output: str, *, share: str, accounts: Names) -> None:
    with session_for(config, where, warehouse_for(config, "ANALYTICS_WH")) as (session, _):
        removed = shares.remove_accounts(session, share.upper(), accounts)
    show([{"removed": account} for account in removed], output, nothing="It was not open to them.")


def status(config: DemoConfig, where: Where, output: str, *, share: str | None) -> None:
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


def drop(config: DemoConfig, where: Where, output: str, *, share: str, yes: bool) -> None:
    with session_for(config, where, warehouse_for(config, "ANALYTICS_WH")) as (session, target):
        refuse_without_leave(target, yes=yes, what=f"Dropping the share {share.upper()}")
        dropped = shares.drop_share(session, share.upper(), config.stamp)
    show([{"dropped": share.upper()}] if dropped else [], output, nothing="There is no such share.")
