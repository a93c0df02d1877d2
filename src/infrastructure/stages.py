"""The internal stages that files arrive on."""

from collections.abc import Mapping
from typing import ClassVar

from src.config import DemoConfig, Stage
from src.utils.sql import Key, Row, literal, qualified

from .kind import Kind, text
from .schemas import schema_key
from .states import Answers, DesiredState


def stage_key(config: DemoConfig, stage: Stage) -> Key:
    return "STAGE", qualified(config.database.name, stage.schema, stage.name)


def stages(config: DemoConfig) -> list[DesiredState]:
    """The internal stages. The encryption of one that is there cannot be altered.

    https://docs.snowflake.com/en/sql-reference/sql/create-stage
    """
    return [
        DesiredState(
            kind,
            name,
            f"CREATE OR ALTER STAGE {name}\n  ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE')\n  DIRECTORY = (ENABLE = TRUE)\n"
            f"  COMMENT = {literal(comment)}",
            # SHOW STAGES calls an internal stage without client-side encryption, which is SNOWFLAKE_SSE, so.
            shows={"type": "INTERNAL NO CSE", "directory_enabled": "Y", "comment": comment},
            fixed=frozenset({"type"}),
            needs=(schema_key(config, stage.schema),),
        )
        for stage in config.stages
        for kind, name in [stage_key(config, stage)]
        for comment in [config.stamp.on(stage.comment)]
    ]


class StageKind(Kind):
    """Each of its settings: https://docs.snowflake.com/en/sql-reference/sql/alter-stage"""

    name = "STAGE"
    steps = ((2, stages),)
    inside = ("DATABASE", "SCHEMA")
    holds = "files"
    alterations: ClassVar = {
        ("directory_enabled", "Y"): "SET DIRECTORY = (ENABLE = TRUE)",
        ("directory_enabled", "N"): "SET DIRECTORY = (ENABLE = FALSE)",
    }
    drop_batch = 1

    def properties(self, row: Row, answers: Answers) -> Mapping[str, str]:
        return {"type": text(row["type"]), "directory_enabled": text(row["directory_enabled"])}
