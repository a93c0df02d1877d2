"""Warehouses. Recorded: remembered and shown; nothing is computed on them, nothing is billed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .. import errors
from ..account import Object
from ..language.reader import Reader, Value
from ..language.result import Result, columns, done, table
from ..session import Session
from .kinds import Kind, Property, boolean, integer, integer_or_null, one_of, text
from .objects import alter_object, read_existing, show

_ACCELERATION, _SCALE_FACTOR = "ENABLE_QUERY_ACCELERATION", "QUERY_ACCELERATION_MAX_SCALE_FACTOR"
SIZES = {
    "XSMALL": "X-Small",
    "SMALL": "Small",
    "MEDIUM": "Medium",
    "LARGE": "Large",
    "XLARGE": "X-Large",
    "XXLARGE": "2X-Large",
    "XXXLARGE": "3X-Large",
    "X4LARGE": "4X-Large",
    "X5LARGE": "5X-Large",
    "X6LARGE": "6X-Large",
}
_SIZE_SYNONYMS = {"X2LARGE": "XXLARGE", "X3LARGE": "XXXLARGE", "2XLARGE": "XXLARGE", "3XLARGE": "XXXLARGE"} | {
    f"{number}XLARGE": f"X{number}LARGE" for number in (4, 5, 6)
}


def size(name: str, value: Value) -> Value:
    """XSMALL, 'X-SMALL', '2X-LARGE' ...: https://docs.snowflake.com/en/sql-reference/sql/create-warehouse"""
    word = str(value).upper().replace("-", "")
    word = _SIZE_SYNONYMS.get(word, word)
    if word not in SIZES:
        raise errors.invalid_value(value, name)
    return word


def _clusters(name: str, value: Value) -> Value:
    """Recorded: frostlake/ddl-invalid-value-surface."""
    if isinstance(value, int) and value < 1:
        raise errors.invalid_property_value(value, name)
    return integer(1, 300)(name, value)


def _name_or_null(name: str, value: Value) -> Value:
    return None if value is None or str(value).upper() == "NULL" else text(name, value)


def _completed_warehouse(session: Session, object_: Object) -> Object:
    properties = object_.properties
    monitor = properties["RESOURCE_MONITOR"]
    if monitor is not None and session.account.find("RESOURCE MONITOR", (str(monitor),)) is None:
        raise errors.does_not_exist("Resource monitor", str(monitor))
    clusters = max(int(str(properties["MAX_CLUSTER_COUNT"])), int(str(properties["MIN_CLUSTER_COUNT"])))
    if clusters > 1 and session.account.edition == "STANDARD":
        raise errors.unsupported("Multi-cluster Warehouses")
    state = "SUSPENDED" if properties["INITIALLY_SUSPENDED"] else "STARTED"
    # The second, unless one is stated; the two largest sizes do not have it:
    # https://docs.snowflake.com/en/release-notes/bcr-bundles/2026_03/bcr-2250
    largest = properties["WAREHOUSE_SIZE"] in ("X5LARGE", "X6LARGE")
    generation = properties["GENERATION"] or ("1" if largest else "2")
    if largest and generation != "1":
        raise errors.not_emulated(f"GENERATION = '2' with WAREHOUSE_SIZE = {properties['WAREHOUSE_SIZE']}")
    accelerated = _accelerated(session, properties, by_default=generation == "2" or clusters > 1)
    resolved = {"GENERATION": generation, _ACCELERATION: accelerated}
    return replace(object_, properties={"state": state, **properties, **resolved})


def _accelerated(session: Session, properties: Mapping[str, Value], *, by_default: bool) -> Value:
    """Whether it has Query Acceleration, which is Enterprise edition's.

    Whether Standard edition takes ENABLE_QUERY_ACCELERATION = FALSE is not documented; it is seen to refuse its scale
    factor, so that here it refuses both. https://docs.snowflake.com/en/user-guide/query-acceleration-service
    """
    if session.account.edition != "STANDARD":
        return by_default if properties[_ACCELERATION] is None else properties[_ACCELERATION]
    for name in (_ACCELERATION, _SCALE_FACTOR):
        if properties[name] is not None:
            raise errors.not_enabled(name, "Query Acceleration Service")
    return None


def _make_current(session: Session, object_: Object) -> None:
    """A new warehouse is the session's: https://docs.snowflake.com/en/sql-reference/sql/create-warehouse#usage-notes"""
    session.warehouse = object_.name


def _warehouse_row(session: Session, object_: Object) -> dict[str, Any]:
    properties = object_.properties
    started = properties["state"] == "STARTED"
    return {
        "state": properties["state"],
        "type": properties["WAREHOUSE_TYPE"],
        "size": SIZES[str(properties["WAREHOUSE_SIZE"])],
        "min_cluster_count": properties["MIN_CLUSTER_COUNT"],
        "max_cluster_count": properties["MAX_CLUSTER_COUNT"],
        "started_clusters": int(started),
        "running": 0,
        "queued": 0,
        "is_default": "N",
        "is_current": "Y" if session.warehouse == object_.name else "N",
        "auto_suspend": properties["AUTO_SUSPEND"],
        "auto_resume": str(properties["AUTO_RESUME"]).lower(),
        "available": "100" if started else "",
        "provisioning": "0" if started else "",
        "quiescing": "0" if started else "",
        "other": "0" if started else "",
        "resumed_on": object_.created_on,
        "updated_on": object_.created_on,
        "enable_query_acceleration": str(bool(properties[_ACCELERATION])).lower(),
        "query_acceleration_max_scale_factor": 8 if properties[_SCALE_FACTOR] is None else properties[_SCALE_FACTOR],
        "resource_monitor": properties["RESOURCE_MONITOR"] or "null",
        "actives": int(started),
        "pendings": 0,
        "failed": 0,
        "suspended": int(not started),
        "uuid": "0",
        "scaling_policy": properties["SCALING_POLICY"],
        "resource_constraint": f"STANDARD_GEN_{properties['GENERATION']}",
        "generation": properties["GENERATION"],
    }


# https://docs.snowflake.com/en/sql-reference/sql/show-warehouses; `tables` and the limits are of other warehouse types.
_COLUMNS = columns(
    "name state type size min_cluster_count:number max_cluster_count:number started_clusters:number running:number"
    " queued:number is_default is_current auto_suspend:number auto_resume available provisioning quiescing other"
    " created_on:time resumed_on:time updated_on:time owner comment enable_query_acceleration"
    " query_acceleration_max_scale_factor:number resource_monitor actives:number pendings:number failed:number"
    " suspended:number uuid scaling_policy owner_role_type resource_constraint generation query_throughput_multiplier"
    " max_query_performance_level disabled_reasons tables"
)


WAREHOUSE = Kind(
    name="WAREHOUSE",
    level="account",
    depth="recorded",
    properties={
        "WAREHOUSE_TYPE": Property("STANDARD", one_of("STANDARD")),
        "WAREHOUSE_SIZE": Property("XSMALL", size),
        "GENERATION": Property(None, one_of("1", "2")),
        "MAX_CLUSTER_COUNT": Property(1, _clusters),
        "MIN_CLUSTER_COUNT": Property(1, _clusters),
        "SCALING_POLICY": Property("STANDARD", one_of("STANDARD", "ECONOMY")),
        "AUTO_SUSPEND": Property(600, integer_or_null(-(2**31), 2**31)),
        "AUTO_RESUME": Property(True, boolean),
        "INITIALLY_SUSPENDED": Property(False, boolean),
        "RESOURCE_MONITOR": Property(None, _name_or_null),
        _ACCELERATION: Property(None, boolean),
        _SCALE_FACTOR: Property(None, integer(0, 100)),
        "MAX_CONCURRENCY_LEVEL": Property(8, integer(1, 32)),
        "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS": Property(0, integer(0, 604800)),
        "STATEMENT_TIMEOUT_IN_SECONDS": Property(172800, integer(0, 604800)),
    },
    columns=_COLUMNS,
    row=_warehouse_row,
    # https://docs.snowflake.com/en/sql-reference/sql/desc-warehouse
    described=lambda kind, session, object_: table(columns("created_on:time name kind"), [vars(object_)]),
    privileges=frozenset({"APPLYBUDGET", "MODIFY", "MONITOR", "OPERATE", "USAGE"}),
    completed=_completed_warehouse,
    created=_make_current,
)


def show_warehouses(session: Session, reader: Reader) -> Result:
    """`SHOW [TERSE] WAREHOUSES`: without multi-cluster warehouses, as in Standard edition, not of how many clusters.

    https://docs.snowflake.com/en/sql-reference/sql/show-warehouses; recorded: frostlake/ddl-show-command-layouts, and
    https://github.com/snowflakedb/terraform-provider-snowflake, MIGRATION_GUIDE.md.
    """
    shown = WAREHOUSE.columns
    if session.account.edition == "STANDARD":
        shown = tuple(column for column in shown if column[0] not in ("min_cluster_count", "max_cluster_count"))
    return show(replace(WAREHOUSE, columns=shown), session, reader)


def alter_warehouse(session: Session, reader: Reader) -> Result:
    """`ALTER WAREHOUSE [IF EXISTS] name SUSPEND | RESUME [IF SUSPENDED] | SET ... | UNSET ...`.

    Suspending a suspended warehouse is an error, as is resuming a started one without IF SUSPENDED.
    https://docs.snowflake.com/en/sql-reference/sql/alter-warehouse
    """
    object_ = read_existing(WAREHOUSE, session, reader, "ALTER")
    if object_ is None:
        return done()
    if session.account.edition == "STANDARD":
        # A folder of before may hold what they were by default; of what is written now each is refused.
        object_ = replace(object_, properties={**object_.properties, _ACCELERATION: None, _SCALE_FACTOR: None})
    if reader.accept("SUSPEND"):
        return _set_state(session, object_, "SUSPENDED", allow_same=False)
    if reader.accept("RESUME"):
        return _set_state(session, object_, "STARTED", allow_same=reader.accept("IF", "SUSPENDED"))
    return alter_object(WAREHOUSE, session, reader, object_)


def _set_state(session: Session, object_: Object, state: str, *, allow_same: bool) -> Result:
    if object_.properties["state"] == state and not allow_same:
        action = "suspended" if state == "SUSPENDED" else "resumed"
        raise errors.invalid_state(object_.name, action)
    session.account.save(replace(object_, properties={**object_.properties, "state": state}))
    return done()
