"""The database and its schemas.

Change tracking stands in neither: Snowflake has it for tables and views only, so each table sets its own.
https://docs.snowflake.com/en/user-guide/streams-manage
"""

from dataclasses import replace

from src.config import DemoConfig, Stamp
from src.utils.sql import Key, literal, qualified

from .settings import AS_THE_DATABASE
from .states import DesiredState, Fallback

# What accounts on Standard edition are seen to answer to more than one day; the documentation has no text.
RETENTION_REFUSED = (
    r"Exceeds maximum allowable retention time|invalid value \[\d+\] for parameter 'DATA_RETENTION_TIME_IN_DAYS'"
)
STANDARD_EDITION_DAYS = 1


def database_key(config: DemoConfig) -> Key:
    return "DATABASE", qualified(config.database.name)


def schema_key(config: DemoConfig, name: str) -> Key:
    return "SCHEMA", qualified(config.database.name, name)


def database(config: DemoConfig) -> list[DesiredState]:
    """The permanent database; where the edition refuses its Time Travel, with one day of it.

    https://docs.snowflake.com/en/sql-reference/sql/create-database
    """
    statement = _database(config, config.database.retention_days, config.stamp)
    if config.database.retention_days <= STANDARD_EDITION_DAYS:
        return [statement]
    return [replace(statement, fallback=_one_day(config))]


def _one_day(config: DemoConfig) -> Fallback:
    return Fallback(
        RETENTION_REFUSED,
        _database(config, STANDARD_EDITION_DAYS, replace(config.stamp, standard=True)),
        f"This account's edition refuses {config.database.retention_days} days of Time Travel: {config.database.name} "
        f"keeps {STANDARD_EDITION_DAYS}. Enterprise edition allows up to 90.",
    )


def _database(config: DemoConfig, days: int, stamp: Stamp) -> DesiredState:
    comment = stamp.on(config.database.comment)
    kind, name = database_key(config)
    return DesiredState(
        kind,
        name,
        f"CREATE OR ALTER DATABASE {name}\n  DATA_RETENTION_TIME_IN_DAYS = {days}\n  COMMENT = {literal(comment)}",
        shows={"retention_time": str(days), "transient": "false", "comment": comment},
        fixed=frozenset({"transient"}),
    )


def schemas(config: DemoConfig) -> list[DesiredState]:
    """The schemas, each with the Time Travel of the database.

    With managed access a schema's owner may grant on what will be in it; else that takes MANAGE GRANTS on the account.
    https://docs.snowflake.com/en/sql-reference/sql/create-schema
    https://docs.snowflake.com/en/sql-reference/sql/grant-privilege#access-control-requirements
    """
    return [
        DesiredState(
            kind,
            name,
            f"CREATE OR ALTER SCHEMA {name}\n  WITH MANAGED ACCESS\n  COMMENT = {literal(comment)}",
            shows={
                "retention_time": AS_THE_DATABASE,
                "transient": "false",
                "managed_access": "true",
                "comment": comment,
            },
            fixed=frozenset({"transient"}),
            needs=(database_key(config),),
        )
        for schema in config.schemas
        for kind, name in [schema_key(config, schema.name)]
        for comment in [config.stamp.on(schema.comment)]
    ]
