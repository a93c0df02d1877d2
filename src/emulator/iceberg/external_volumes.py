"""External volumes: recorded. Whatever a volume names, the files of its Iceberg tables lie in the state folder.

https://docs.snowflake.com/en/user-guide/tables-iceberg-configure-external-volume
"""

from typing import Any

from .. import errors
from ..account import Object
from ..language.reader import Value
from ..language.result import columns
from ..objects.databases import CATALOG, EXTERNAL_VOLUME
from ..objects.kinds import Kind, Property, boolean
from ..session import Session

# https://docs.snowflake.com/en/user-guide/tables-iceberg-internal-storage
MANAGED = "SNOWFLAKE_MANAGED"


def _locations(name: str, value: Value) -> Value:
    """One or more locations, each with a name, a provider and an address."""
    if not isinstance(value, list) or not value:
        raise errors.invalid_value(value, name)
    for location in value:
        if not isinstance(location, dict) or not {"NAME", "STORAGE_PROVIDER", "STORAGE_BASE_URL"} <= location.keys():
            raise errors.invalid_value(location, name)
    return value


def _completed(session: Session, object_: Object) -> Object:
    if object_.name == MANAGED:
        raise errors.volume_name_reserved(MANAGED)
    if not object_.properties["STORAGE_LOCATIONS"]:
        raise errors.missing_property("STORAGE_LOCATIONS")
    return object_


def _check_unused(session: Session, object_: Object) -> None:
    """A volume with tables stays; the text is ours.

    https://docs.snowflake.com/en/sql-reference/sql/drop-external-volume
    """
    used = [
        table for table in session.account.objects("TABLE") if table.properties.get(EXTERNAL_VOLUME) == object_.name
    ]
    if used:
        raise errors.volume_in_use(object_.name, used[0].qualified_name)


def _row(session: Session, object_: Object) -> dict[str, Any]:
    allows = str(object_.properties["ALLOW_WRITES"]).lower()
    return {"allow_writes": allows}


# https://docs.snowflake.com/en/sql-reference/sql/show-external-volumes
VOLUME = Kind(
    name="EXTERNAL VOLUME",
    title="External volume",
    level="account",
    depth="recorded",
    properties={"STORAGE_LOCATIONS": Property(None, _locations), "ALLOW_WRITES": Property(True, boolean)},
    or_alter=False,
    columns=columns("name allow_writes comment"),
    row=_row,
    privileges=frozenset({"USAGE"}),
    completed=_completed,
    droppable=_check_unused,
)


def effective(session: Session, given: dict[str, Value], database: str, schema: str) -> tuple[str, str]:
    """The catalog and the volume of a new table: what is written, else its schema's, its database's, Snowflake's.

    Raises 002003 for a volume that is not there, and refuses another catalog than Snowflake's by name.
    https://docs.snowflake.com/en/sql-reference/sql/create-iceberg-table-snowflake
    """
    levels = [given]
    for kind, path in (("SCHEMA", (database, schema)), ("DATABASE", (database,))):
        levels.append(session.account.require(kind, path).properties)
    catalog = str(_first(levels, CATALOG) or "SNOWFLAKE").upper()
    if catalog != "SNOWFLAKE":
        raise errors.not_emulated(f"CREATE ICEBERG TABLE ... CATALOG = '{catalog}'")
    volume = str(_first(levels, EXTERNAL_VOLUME) or MANAGED).upper()
    if volume != MANAGED and session.account.find("EXTERNAL VOLUME", (volume,)) is None:
        raise errors.does_not_exist("External volume", volume)
    return catalog, volume


def _first(levels: list[dict[str, Value]], name: str) -> Value:
    return next((level[name] for level in levels if level.get(name)), None)
