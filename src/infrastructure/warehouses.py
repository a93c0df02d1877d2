"""The warehouses."""

from collections.abc import Mapping
from typing import ClassVar

from src.config import DemoConfig, Warehouse, keeping
from src.config.objects import SIZES
from src.utils.sql import Key, Row, identifier, literal

from .kind import Kind, number, set_to, text, written_name
from .states import NOT_SHOWN, Answers, DesiredState, Probe

ACCELERATION = "enable_query_acceleration"
_TIMEOUT = "STATEMENT_TIMEOUT_IN_SECONDS"
_SIZE_WORDS = {shown: word for word, shown in SIZES.items()}


def warehouse_key(name: str) -> Key:
    return "WAREHOUSE", identifier(name)


def warehouses(config: DemoConfig) -> list[DesiredState]:
    """The warehouses. CREATE OR ALTER cannot alter INITIALLY_SUSPENDED, so that each has a CREATE and an ALTER.

    https://docs.snowflake.com/en/sql-reference/sql/create-warehouse#create-or-alter-warehouse
    """
    return [_warehouse(config, warehouse) for warehouse in config.warehouses]


def _warehouse(config: DemoConfig, warehouse: Warehouse) -> DesiredState:
    kind, name = warehouse_key(warehouse.name)
    comment = config.account_stamp.on(warehouse.comment)
    properties = (
        f"WAREHOUSE_SIZE = {warehouse.size}",
        f"GENERATION = {literal(warehouse.generation)}",
        f"AUTO_SUSPEND = {warehouse.auto_suspend_seconds}",
        "AUTO_RESUME = TRUE",
        f"{_TIMEOUT} = {warehouse.statement_timeout_seconds}",
        f"COMMENT = {literal(comment)}",
    )
    return DesiredState(
        kind,
        name,
        "\n  ".join((f"CREATE WAREHOUSE IF NOT EXISTS {name}", "INITIALLY_SUSPENDED = TRUE", *properties)),
        alter="\n  ".join((f"ALTER WAREHOUSE {name} SET", *properties)),
        shows={
            "size": SIZES[warehouse.size],
            "generation": warehouse.generation,
            "auto_suspend": str(warehouse.auto_suspend_seconds),
            "auto_resume": "true",
            "statement_timeout_in_seconds": str(warehouse.statement_timeout_seconds),
            "comment": keeping(comment),
            **config.shown_expiry,
        },
    )


def monitor_of(warehouse: Row) -> str:
    """The name of its resource monitor, "" if it has none."""
    monitor = text(warehouse["resource_monitor"])
    return "" if monitor == "null" else monitor


class WarehouseKind(Kind):
    """Each of its settings: https://docs.snowflake.com/en/sql-reference/sql/alter-warehouse"""

    name = "WAREHOUSE"
    part = "warehouses"
    steps = ((0, warehouses),)
    clauses: ClassVar = {
        "size": set_to("WAREHOUSE_SIZE", _SIZE_WORDS.__getitem__),
        "generation": set_to("GENERATION", literal),
        "auto_suspend": set_to("AUTO_SUSPEND", number),
        "auto_resume": set_to("AUTO_RESUME", {"true": "TRUE", "false": "FALSE"}.__getitem__),
        "statement_timeout_in_seconds": set_to(_TIMEOUT, number),
        "resource_monitor": set_to("RESOURCE_MONITOR", written_name),
    }
    alterations: ClassVar = {
        ("resource_monitor", ""): "UNSET RESOURCE_MONITOR",
        (ACCELERATION, "true"): "SET ENABLE_QUERY_ACCELERATION = TRUE",
        (ACCELERATION, "false"): "SET ENABLE_QUERY_ACCELERATION = FALSE",
    }
    alters = "MODIFY"
    drop_batch = 3
    remains = ("GRANTS ON",)

    def probes(self, config: DemoConfig) -> list[Probe]:
        names = [identifier(warehouse.name) for warehouse in config.warehouses]
        timeouts = [
            Probe("PARAMETER", f"SHOW PARAMETERS LIKE {literal(_TIMEOUT)} IN WAREHOUSE {name}", name) for name in names
        ]
        return super().probes(config) + timeouts

    def properties(self, row: Row, answers: Answers) -> Mapping[str, str]:
        parameters = answers.get(("PARAMETER", identifier(row["name"])), ())
        timeouts = {one["key"].lower(): text(one["value"]) for one in parameters if one["key"] == _TIMEOUT}
        return {
            "size": text(row["size"]),
            "generation": text(row.get("generation", NOT_SHOWN)),
            ACCELERATION: text(row.get(ACCELERATION, NOT_SHOWN)),
            "auto_suspend": text(row["auto_suspend"] or 0),
            "auto_resume": text(row["auto_resume"]),
            **timeouts,
        }
