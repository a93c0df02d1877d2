"""The warehouses and, where CONFIG sets a quota, the resource monitor that watches them."""

from src.config import DemoConfig, Warehouse
from src.config.objects import SIZES
from src.utils.sql import Key, identifier, literal

from .states import DesiredState

_MONITOR_IS_OPTIONAL = "only ACCOUNTADMIN may create resource monitors; without one nothing stops the warehouses"


def warehouse_key(name: str) -> Key:
    return "WAREHOUSE", identifier(name)


def warehouses(config: DemoConfig) -> list[DesiredState]:
    """The warehouses. CREATE OR ALTER cannot alter INITIALLY_SUSPENDED, so that each has a CREATE and an ALTER.

    https://docs.snowflake.com/en/sql-reference/sql/create-warehouse#create-or-alter-warehouse
    """
    return [_warehouse(config, warehouse) for warehouse in config.warehouses]


def _warehouse(config: DemoConfig, warehouse: Warehouse) -> DesiredState:
    kind, name = warehouse_key(warehouse.name)
    comment = config.stamp.on(warehouse.comment)
    properties = (
        f"WAREHOUSE_SIZE = {warehouse.size}",
        f"GENERATION = {literal(warehouse.generation)}",
        f"AUTO_SUSPEND = {warehouse.auto_suspend_seconds}",
        "AUTO_RESUME = TRUE",
        f"STATEMENT_TIMEOUT_IN_SECONDS = {warehouse.statement_timeout_seconds}",
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
            "comment": comment,
        },
    )


def query_acceleration(config: DemoConfig) -> list[DesiredState]:
    """Turns Query Acceleration off, which is billed apart and is on by default in new warehouses of generation 2.

    A statement of its own, since an edition without the feature may refuse the property.
    https://docs.snowflake.com/en/user-guide/query-acceleration-service
    """
    return [
        DesiredState(
            "QUERY ACCELERATION",
            name,
            f"ALTER WAREHOUSE {name} SET ENABLE_QUERY_ACCELERATION = FALSE",
            shows={"enable_query_acceleration": "false"},
            needs=((kind, name),),
            optional="an edition without Query Acceleration has nothing to turn off",
        )
        for warehouse in config.warehouses
        for kind, name in [warehouse_key(warehouse.name)]
    ]


def monitor_key(config: DemoConfig) -> Key:
    return "RESOURCE MONITOR", identifier(config.resource_monitor.name)


def resource_monitor(config: DemoConfig) -> list[DesiredState]:
    """The resource monitor, if there is a quota. It has no comment, and nothing but its name to be known by.

    https://docs.snowflake.com/en/sql-reference/sql/create-resource-monitor
    """
    quota = config.resource_monitor.credit_quota
    if quota is None:
        return []
    kind, name = monitor_key(config)
    return [
        DesiredState(
            kind,
            name,
            f"CREATE RESOURCE MONITOR IF NOT EXISTS {name} WITH\n  CREDIT_QUOTA = {quota}\n  FREQUENCY = MONTHLY\n"
            "  START_TIMESTAMP = IMMEDIATELY\n  TRIGGERS\n    ON 75 PERCENT DO NOTIFY\n    ON 100 PERCENT DO SUSPEND",
            alter=f"ALTER RESOURCE MONITOR {name} SET CREDIT_QUOTA = {quota}",
            shows={"credit_quota": str(quota)},
            optional=_MONITOR_IS_OPTIONAL,
        )
    ]


def monitored_warehouses(config: DemoConfig) -> list[DesiredState]:
    """Puts each warehouse under the resource monitor, if there is a quota.

    https://docs.snowflake.com/en/user-guide/resource-monitors#assignment-of-resource-monitors
    """
    if config.resource_monitor.credit_quota is None:
        return []
    monitor = monitor_key(config)
    return [
        DesiredState(
            "MONITORED WAREHOUSE",
            name,
            f"ALTER WAREHOUSE {name} SET RESOURCE_MONITOR = {monitor[1]}",
            shows={"resource_monitor": monitor[1]},
            needs=(monitor, (kind, name)),
            optional=_MONITOR_IS_OPTIONAL,
        )
        for warehouse in config.warehouses
        for kind, name in [warehouse_key(warehouse.name)]
    ]
