"""Internal named stages: a folder of files each. What is in it: `files.py`."""

from collections.abc import Sequence
from typing import Any

from .. import errors
from ..account import TEMPORARY, Object
from ..language.reader import Reader, Value
from ..language.result import TEXT, Result, columns, done
from ..objects.kinds import Kind, Property, boolean, options, text
from ..objects.objects import alter_object, read_existing
from ..session import Session
from . import file_formats


def _refuse_external(name: str, value: Value) -> Value:
    raise errors.not_emulated("CREATE STAGE ... URL (an external stage)")


def _file_format(name: str, value: Value) -> Value:
    """The options as written, or the name of a format, which stands in brackets or alone."""
    if isinstance(value, str):
        return {"FORMAT_NAME": value}
    if value == []:
        return {}
    if not isinstance(value, dict):
        raise errors.invalid_value(value, name)
    if "FORMAT_NAME" not in value:
        file_formats.resolve(value)
    return value


def _encryption(name: str, value: Value) -> Value:
    """Recorded: frostlake/ddl-stage-option-surface."""
    written = options({"TYPE": Property("SNOWFLAKE_FULL", text)})(name, value)
    assert isinstance(written, dict)
    if str(written["TYPE"]).upper() not in ("SNOWFLAKE_FULL", "SNOWFLAKE_SSE"):
        raise errors.stage_is_internal()
    return {"TYPE": str(written["TYPE"]).upper()}


def _refuse_option(name: str, value: Value) -> Value:
    raise errors.not_emulated(f"CREATE STAGE ... {name}")


def _create_folder(session: Session, object_: Object) -> None:
    session.storage.remove_stages(object_.folder)
    session.storage.stage_folder(object_.folder).mkdir(parents=True)


def _stage_row(session: Session, object_: Object) -> dict[str, Any]:
    directory, encryption = object_.properties["DIRECTORY"], object_.properties["ENCRYPTION"]
    assert isinstance(directory, dict)
    assert isinstance(encryption, dict)
    type_ = "INTERNAL TEMPORARY" if object_.is_temporary else "INTERNAL"
    return {
        "url": "",
        "has_credentials": "N",
        "has_encryption_key": "N",
        "type": "INTERNAL NO CSE" if encryption["TYPE"] == "SNOWFLAKE_SSE" else type_,
        "directory_enabled": "Y" if directory["ENABLE"] else "N",
    }


def _describe(kind: Kind, session: Session, object_: Object) -> Result:
    """Each property with its default: https://docs.snowflake.com/en/sql-reference/sql/desc-stage

    Refuses by name what neither the page nor a recorded answer shows. Recorded: frostlake/ddl-stage-option-surface.
    """
    written, directory = object_.properties["FILE_FORMAT"], object_.properties["DIRECTORY"]
    assert isinstance(written, dict)
    assert isinstance(directory, dict)
    if "FORMAT_NAME" in written:
        raise errors.not_emulated("DESCRIBE STAGE of a stage with a named file format")
    if directory["ENABLE"]:
        raise errors.not_emulated("DESCRIBE STAGE of a stage with a directory table")
    rows = [("STAGE_FILE_FORMAT", *option) for option in file_formats.describe(file_formats.resolve(written))]
    rows += [("STAGE_COPY_OPTIONS", *option) for option in _COPY_OPTIONS]
    rows.append(("STAGE_LOCATION", "URL", "String", "", ""))
    rows += [("DIRECTORY", name, "Boolean", file_formats.written(value), "false") for name, value in directory.items()]
    return Result([(column, TEXT) for column in ("parent_property", *file_formats.DESCRIBED)], rows)


_COPY_OPTIONS: Sequence[file_formats.Described] = (
    ("ON_ERROR", "String", "ABORT_STATEMENT", "ABORT_STATEMENT"),
    ("SIZE_LIMIT", "Long", "", ""),
    ("PURGE", "Boolean", "false", "false"),
    ("RETURN_FAILED_ONLY", "Boolean", "false", "false"),
    ("ENFORCE_LENGTH", "Boolean", "true", "true"),
    ("TRUNCATECOLUMNS", "Boolean", "false", "false"),
    ("FORCE", "Boolean", "false", "false"),
)

_REFUSED = (
    *("STORAGE_INTEGRATION", "CREDENTIALS", "ENDPOINT", "AWS_ACCESS_POINT_ARN", "USE_PRIVATELINK_ENDPOINT"),
    "COPY_OPTIONS",
)

# https://docs.snowflake.com/en/sql-reference/sql/create-stage, https://docs.snowflake.com/en/sql-reference/sql/show-stages
STAGE = Kind(
    name="STAGE",
    title="Stage area",
    level="schema",
    depth="executed",
    properties={
        "URL": Property(None, _refuse_external),
        "ENCRYPTION": Property(
            {"TYPE": "SNOWFLAKE_FULL"},
            _encryption,
        ),
        "DIRECTORY": Property(
            {"ENABLE": False, "AUTO_REFRESH": False},
            options({"ENABLE": Property(False, boolean), "AUTO_REFRESH": Property(False, boolean)}),
        ),
        "FILE_FORMAT": Property({}, _file_format),
        **{name: Property(None, _refuse_option) for name in _REFUSED},
    },
    columns=columns(
        "created_on:time name database_name schema_name url has_credentials has_encryption_key owner comment region"
        " type cloud notification_channel storage_integration endpoint owner_role_type directory_enabled"
    ),
    inert=True,  # recorded: frostlake/ddl-show-modifier-matrix
    row=_stage_row,
    privileges=frozenset({"READ", "USAGE", "WRITE"}),
    modifiers=frozenset({TEMPORARY}),
    fixed=frozenset({"ENCRYPTION"}),
    described=_describe,
    created=_create_folder,
)


def alter_stage(session: Session, reader: Reader) -> Result:
    """`ALTER STAGE [IF EXISTS] name SET ...`; Snowflake has no UNSET of its properties.

    Recorded: frostlake/ddl-stage-option-surface. https://docs.snowflake.com/en/sql-reference/sql/alter-stage
    """
    stage = read_existing(STAGE, session, reader, "ALTER")
    if stage is None:
        return done()
    if reader.sees("UNSET"):
        raise errors.unsupported("UNSET")
    return alter_object(STAGE, session, reader, stage)
