"""The schemas, each with the Time Travel of the database."""

from collections.abc import Mapping
from typing import ClassVar

from src.config import DemoConfig
from src.utils.sql import Key, Row, literal, qualified

from .databases import database_key
from .kind import Kind, has_option, number, set_to, text
from .states import Answers, DesiredState

AS_THE_DATABASE = "as the database"


def schema_key(config: DemoConfig, name: str) -> Key:
    return "SCHEMA", qualified(config.database.name, name)


def schemas(config: DemoConfig) -> list[DesiredState]:
    """With managed access a schema's owner may grant on what will be in it; else that takes MANAGE GRANTS.

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


class SchemaKind(Kind):
    """Each of its settings: https://docs.snowflake.com/en/sql-reference/sql/alter-schema"""

    name = "SCHEMA"
    part = "database and schemas"
    steps = ((1, schemas),)
    inside = ("DATABASE",)
    holds = "tables"
    clauses: ClassVar = {"retention_time": set_to("DATA_RETENTION_TIME_IN_DAYS", number)}
    alterations: ClassVar = {
        ("retention_time", AS_THE_DATABASE): "UNSET DATA_RETENTION_TIME_IN_DAYS",
        ("managed_access", "true"): "ENABLE MANAGED ACCESS",
        ("managed_access", "false"): "DISABLE MANAGED ACCESS",
    }
    alters = "MODIFY"
    drop_batch = 2

    def properties(self, row: Row, answers: Answers) -> Mapping[str, str]:
        own = text(row["retention_time"])
        databases = {one["name"]: text(one["retention_time"]) for one in answers.get(("DATABASE", ""), ())}
        return {
            "retention_time": AS_THE_DATABASE if own == databases.get(row["database_name"]) else own,
            "transient": has_option(row, "TRANSIENT"),
            "managed_access": has_option(row, "MANAGED ACCESS"),
        }
