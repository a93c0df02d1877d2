"""Internal named stages: a folder of files each. What is in it: `files.py`."""

from typing import Any

from .. import errors
from ..account import TEMPORARY, Object
from ..language.reader import Value
from ..language.result import columns
from ..objects.kinds import Kind, Property, boolean, one_of, options
from ..session import Session


def _refuse_external(name: str, value: Value) -> Value:
    raise errors.not_emulated("CREATE STAGE ... URL (an external stage)")


def _file_format(name: str, value: Value) -> Value:
    if not isinstance(value, dict):
        raise errors.invalid_value(value, name)
    return value


def _create_folder(session: Session, object_: Object) -> None:
    session.storage.remove_stages(object_.folder)
    session.storage.stage_folder(object_.folder).mkdir(parents=True)


def _type(object_: Object) -> str:
    encryption = object_.properties["ENCRYPTION"]
    assert isinstance(encryption, dict)
    if encryption["TYPE"] == "SNOWFLAKE_SSE":
        return "INTERNAL NO CSE"
    return "INTERNAL TEMPORARY" if object_.is_temporary else "INTERNAL"


def _stage_row(session: Session, object_: Object) -> dict[str, Any]:
    directory = object_.properties["DIRECTORY"]
    assert isinstance(directory, dict)
    return {
        "created_on": object_.created_on,
        "name": object_.name,
        "database_name": object_.database,
        "schema_name": object_.schema,
        "url": "",
        "has_credentials": "N",
        "has_encryption_key": "N",
        "owner": object_.owner,
        "comment": object_.comment,
        "type": _type(object_),
        "owner_role_type": "ROLE",
        "directory_enabled": "Y" if directory["ENABLE"] else "N",
    }


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
            options({"TYPE": Property("SNOWFLAKE_FULL", one_of("SNOWFLAKE_FULL", "SNOWFLAKE_SSE"))}),
        ),
        "DIRECTORY": Property(
            {"ENABLE": False, "AUTO_REFRESH": False},
            options({"ENABLE": Property(False, boolean), "AUTO_REFRESH": Property(False, boolean)}),
        ),
        "FILE_FORMAT": Property({}, _file_format),
    },
    columns=columns(
        "created_on:time name database_name schema_name url has_credentials has_encryption_key owner comment region"
        " type cloud notification_channel storage_integration endpoint owner_role_type directory_enabled"
    ),
    row=_stage_row,
    privileges=frozenset({"READ", "USAGE", "WRITE"}),
    modifiers=frozenset({TEMPORARY}),
    fixed=frozenset({"ENCRYPTION"}),
    created=_create_folder,
)
