"""The work of python -m src.data_sharing.monitoring: what happened, what it cost, what is shared."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from src.config import DemoConfig
from src.utils.command import session_for, show, warehouse_for
from src.utils.options import Where
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


Report = Callable[["Session", DemoConfig], "list[Row]"]


def _shares(session: "Session", config: DemoConfig) -> "list[Row]":
    return [asdict(use) for use in monitoring.share_use(session)]


def _credits(session: "Session", config: DemoConfig) -> "list[Row]":
    """What was used, with the credits that CONFIG's warehouses use in an hour, and on a weekend awake, beside it.

    They are priced as the account has them: quick makes them small, and anybody may have resized one.
    """
    used = monitoring.warehouse_credits(session, config.database.name, config.operations.price_per_credit)
    shown = {str(row["name"]): row for row in rows(session, "SHOW WAREHOUSES")}
    known = {one.name: Rate.shown(one, shown[one.name]) for one in config.warehouses if one.name in shown}
    return [row | _priced(known.get(row["WAREHOUSE_NAME"])) for row in used]


def _priced(rate: Rate | None) -> "Row":
    """None of a warehouse that CONFIG or the account does not have: its price is not known."""
    return {
        "CREDITS_AN_HOUR": rate.credits_per_hour if rate else None,
        "CREDITS_A_WEEKEND_AWAKE": rate.weekend_awake if rate else None,
    }


REPORTS: Mapping[str, Report] = {
    "queries": lambda session, config: monitoring.query_history(session, config.database.name, config.query_tag),
    "credits": _credits,
    "storage": lambda session, config: monitoring.table_storage(session, config.database.name),
    "audit": lambda session, config: monitoring.access_audit(session, config.database.name, config.query_tag),
    "objects": lambda session, config: monitoring.object_access(session, config.database.name, config.query_tag),
    "shares": _shares,
    "listings": lambda session, config: monitoring.listing_usage(session, config.database.name),
}


def show_report(config: DemoConfig, where: Where, output: str, *, report: str, price_per_credit: float | None) -> None:
    """The command."""
    if price_per_credit is not None:
        config = replace(config, operations=replace(config.operations, price_per_credit=price_per_credit))
    with session_for(config, where, warehouse_for(config, "ANALYTICS_WH")) as (session, _):
        found = REPORTS[report](session, config)
    if report == "listings":
        say(DIRECT_SHARES, sys.stderr)
    show(found, output)
