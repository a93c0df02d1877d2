"""The database.

Change tracking stands in neither it nor its schemas: Snowflake has it for tables and views only, so each table sets its
own. https://docs.snowflake.com/en/user-guide/streams-manage
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from src.config import DemoConfig, Stamp, keeping
from src.utils.sql import Key, Row, literal, qualified

from .kind import Kind, has_option, number, set_to, text
from .states import Answers, DesiredState, Fallback

# What accounts on Standard edition are seen to answer to more than one day; the documentation has no text.
RETENTION_REFUSED = (
    r"Exceeds maximum allowable retention time|invalid value \[\d+\] for parameter 'DATA_RETENTION_TIME_IN_DAYS'"
)
STANDARD_EDITION_DAYS = 1


def database_key(config: DemoConfig) -> Key:
    return "DATABASE", qualified(config.database.name)


def database(config: DemoConfig) -> list[DesiredState]:
    """The permanent database; where the edition refuses its Time Travel, with one day of it.

    https://docs.snowflake.com/en/sql-reference/sql/create-database
    """
    days = config.database.retention_days
    desired = _permanent_database(config, days, config.account_stamp)
    if days <= STANDARD_EDITION_DAYS:
        return [desired]
    fallback = Fallback(
        RETENTION_REFUSED,
        _permanent_database(config, STANDARD_EDITION_DAYS, replace(config.account_stamp, standard=True)),
        f"This account's edition refuses {days} days of Time Travel: {config.database.name} "
        f"keeps {STANDARD_EDITION_DAYS}. Enterprise edition allows up to 90.",
    )
    return [replace(desired, fallback=fallback)]


def _permanent_database(config: DemoConfig, days: int, stamp: Stamp) -> DesiredState:
    comment = stamp.on(config.database.comment)
    kind, name = database_key(config)
    return DesiredState(
        kind,
        name,
        f"CREATE OR ALTER DATABASE {name}\n  DATA_RETENTION_TIME_IN_DAYS = {days}\n  COMMENT = {literal(comment)}",
        shows={
            "retention_time": str(days),
            "transient": "false",
            "comment": keeping(comment),
            **config.shown_expiry,
        },
        fixed=frozenset({"transient"}),
    )


class DatabaseKind(Kind):
    """Each of its settings: https://docs.snowflake.com/en/sql-reference/sql/alter-database"""

    name = "DATABASE"
    part = "database and schemas"
    steps = ((0, database),)
    holds = "tables"
    clauses: ClassVar = {"retention_time": set_to("DATA_RETENTION_TIME_IN_DAYS", number)}
    alters = "MODIFY"
    drop_batch = 3
    has_undrop = True
    remains = ("TASKS IN", "STAGES IN", "GRANTS ON")

    def properties(self, row: Row, answers: Answers) -> Mapping[str, str]:
        return {"retention_time": text(row["retention_time"]), "transient": has_option(row, "TRANSIENT")}
