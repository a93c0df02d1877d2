"""The file formats that files are read by."""

import json
from collections.abc import Mapping
from typing import ClassVar

from src.config import DemoConfig, FileFormat
from src.config.objects import FORMAT_OPTIONS
from src.utils.sql import Key, Row, literal, qualified

from .kind import Clause, Kind, text
from .schemas import schema_key
from .states import Answers, DesiredState

_BARE_WORDS = ("NONE", "AUTO")


def file_format_key(config: DemoConfig, file_format: FileFormat) -> Key:
    return "FILE FORMAT", qualified(config.database.name, file_format.schema, file_format.name)


def file_formats(config: DemoConfig) -> list[DesiredState]:
    """The file formats. The TYPE of one that is there cannot be altered.

    https://docs.snowflake.com/en/sql-reference/sql/create-file-format
    """
    return [_file_format(config, file_format) for file_format in config.file_formats]


def _file_format(config: DemoConfig, file_format: FileFormat) -> DesiredState:
    kind, name = file_format_key(config, file_format)
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


def _option(name: str) -> Clause:
    """An option, which inspection shows as JSON."""

    def clause(value: str) -> str:
        option = json.loads(value)
        if isinstance(option, list):
            option = tuple(option)
        return f"{name} = {option if option in _BARE_WORDS else literal(option)}"

    return clause


class FileFormatKind(Kind):
    """Each of its settings: https://docs.snowflake.com/en/sql-reference/sql/alter-file-format"""

    name = "FILE FORMAT"
    steps = ((2, file_formats),)
    inside = ("DATABASE", "SCHEMA")
    clauses: ClassVar = {name: _option(name) for options in FORMAT_OPTIONS.values() for name in options}
    drop_batch = 1

    def properties(self, row: Row, answers: Answers) -> Mapping[str, str]:
        options = json.loads(row["format_options"] or "{}")
        return {name: json.dumps(value) for name, value in options.items()} | {"type": text(row["type"])}
