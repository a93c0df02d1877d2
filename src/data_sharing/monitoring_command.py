"""python -m src.data_sharing.monitoring: what happened, what it cost, what is shared."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from src.config import DemoConfig
from src.utils.command_line import connecting, session_for, show, warehouse_for
from src.utils.options import Command, Where
from src.utils.prices import Rate
from src.utils.queries import rows
from src.utils.terminal import say

from . import monitoring

if TYPE_CHECKING:
    from snowflake.snowpark import Session

    from src.utils.queries import Row

DIRECT_SHARES = (
    "LISTING_CONSUMPTION_DAILY knows listings only, up to two days late: a direct share has no rows there. "
    "Run shares to see who has made a database of one."
)


@dataclass(frozen=True)
class Settings:
    """What the queries are asked with."""

    config: DemoConfig
    price_per_credit: float = monitoring.PRICE_PER_CREDIT

    @classmethod
    def of(cls, config: DemoConfig) -> "Settings":
        return cls(config, config.operations.price_per_credit)


Report = Callable[["Session", Settings], "list[Row]"]


def _shares(session: "Session", settings: Settings) -> "list[Row]":
    return [asdict(use) for use in monitoring.share_use(session)]


def _credits(session: "Session", settings: Settings) -> "list[Row]":
    """What was used, with the credits that CONFIG's warehouses use in an hour, and on a weekend awake, beside it.

    They are priced as the account has them: quick makes them small, and anybody may have resized one.
    """
    used = monitoring.warehouse_credits(session, settings.config.database.name, settings.price_per_credit)
    shown = {str(row["name"]): row for row in rows(session, "SHOW WAREHOUSES")}
    known = {one.name: Rate.shown(one, shown[one.name]) for one in settings.config.warehouses if one.name in shown}
    return [row | _priced(known.get(row["WAREHOUSE_NAME"])) for row in used]


def _priced(rate: Rate | None) -> "Row":
    """None of a warehouse that CONFIG or the account does not have: its price is not known."""
    return {
        "CREDITS_AN_HOUR": rate.credits_per_hour if rate else None,
        "CREDITS_A_WEEKEND_AWAKE": rate.weekend_awake if rate else None,
    }


REPORTS: Mapping[str, Report] = {
    "queries": lambda session, settings: monitoring.query_history(session, *_database_and_tag(settings)),
    "credits": _credits,
    "storage": lambda session, settings: monitoring.table_storage(session, settings.config.database.name),
    "audit": lambda session, settings: monitoring.access_audit(session, *_database_and_tag(settings)),
    "objects": lambda session, settings: monitoring.object_access(session, *_database_and_tag(settings)),
    "shares": _shares,
    "listings": lambda session, settings: monitoring.listing_usage(session, settings.config.database.name),
}


def _database_and_tag(settings: Settings) -> tuple[str, str]:
    return settings.config.database.name, settings.config.query_tag


@click.command(
    cls=Command, examples=["credits", "queries --json"], context_settings={"help_option_names": ["-h", "--help"]}
)
@click.argument("report", type=click.Choice(list(REPORTS)))
@click.option(
    "--price-per-credit", type=click.FloatRange(min=0), help="What a credit costs, instead of CONFIG's price."
)
@connecting
@click.pass_obj
def main(
    settings: Settings,
    report: str,
    where: Where,
    output: str,
    price_per_credit: float | None,
) -> None:
    """Show what happened and what it cost.

    queries: the last day's, by CONFIG's query tag. credits: each warehouse's, seven days, with the cost,
    beside what it uses in an hour and on a weekend awake. storage: rows
    and bytes of each table. audit: who did what. objects: what was read (ACCESS_HISTORY, Enterprise edition). shares:
    what they hold and who uses them. listings: their use (direct shares have no rows there).
    """
    config = where.of(settings.config)
    chosen = Settings(config, settings.price_per_credit if price_per_credit is None else price_per_credit)
    with session_for(config, where, warehouse_for(config, "ANALYTICS_WH")) as (session, _):
        found = REPORTS[report](session, chosen)
    if report == "listings":
        say(DIRECT_SHARES, sys.stderr)
    show(found, output)
