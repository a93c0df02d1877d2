"""File formats and the internal stages that files arrive on."""

import json

from src.config import DemoConfig, FileFormat, Stage
from src.utils.sql import Key, literal, qualified

from .databases import schema_key
from .states import DesiredState


def stored_key(config: DemoConfig, stored: FileFormat | Stage) -> Key:
    kind = "STAGE" if isinstance(stored, Stage) else "FILE FORMAT"
    return kind, qualified(config.database.name, stored.schema, stored.name)


def file_formats(config: DemoConfig) -> list[DesiredState]:
    """The file formats. The TYPE of one that is there cannot be altered.

    https://docs.snowflake.com/en/sql-reference/sql/create-file-format
    """
    return [_file_format(config, file_format) for file_format in config.file_formats]


def _file_format(config: DemoConfig, file_format: FileFormat) -> DesiredState:
    kind, name = stored_key(config, file_format)
    comment = config.stamp.on(file_format.comment)
    options = [
        f"{option} = {'NONE' if value == 'NONE' else literal(value)}" for option, value in file_format.options.items()
    ]
    return DesiredState(
        kind,
        name,
        "\n  ".join(
            (
                f"CREATE OR ALTER FILE FORMAT {name}",
                f"TYPE = {file_format.type}",
                *options,
                f"COMMENT = {literal(comment)}",
            )
        ),
        shows={"type": file_format.type, "comment": comment}
        | {option: json.dumps(value) for option, value in file_format.options.items()},
        fixed=frozenset({"type"}),
        needs=(schema_key(config, file_format.schema),),
    )


def stages(config: DemoConfig) -> list[DesiredState]:
    """The internal stages. The encryption of one that is there cannot be altered.

    https://docs.snowflake.com/en/sql-reference/sql/create-stage
    """
    return [_stage(config, stage) for stage in config.stages]


def _stage(config: DemoConfig, stage: Stage) -> DesiredState:
    kind, name = stored_key(config, stage)
    comment = config.stamp.on(stage.comment)
    return DesiredState(
        kind,
        name,
        f"CREATE OR ALTER STAGE {name}\n  ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE')\n  DIRECTORY = (ENABLE = TRUE)\n"
        f"  COMMENT = {literal(comment)}",
        # SHOW STAGES calls an internal stage without client-side encryption, which is SNOWFLAKE_SSE, INTERNAL NO CSE.
        shows={"type": "INTERNAL NO CSE", "directory_enabled": "Y", "comment": comment},
        fixed=frozenset({"type"}),
        needs=(schema_key(config, stage.schema),),
    )
