"""Which resource monitor watches each warehouse, where CONFIG sets a quota."""

from collections.abc import Iterator, Mapping

from src.config import DemoConfig
from src.utils.sql import identifier

from .kind import Kind
from .resource_monitors import MONITOR_IS_OPTIONAL, monitor_key
from .states import Answers, Comparison, DesiredState, ExistingObject
from .warehouses import WarehouseKind, monitor_of, warehouse_key

_MONITOR = "resource_monitor"


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
            shows={_MONITOR: monitor[1]},
            needs=(monitor, (kind, name)),
            optional=MONITOR_IS_OPTIONAL,
        )
        for warehouse in config.warehouses
        for kind, name in [warehouse_key(warehouse.name)]
    ]


class MonitoredWarehouseKind(Kind):
    """Read from the rows of the warehouses: one without a monitor is none of these."""

    name = "MONITORED WAREHOUSE"
    part = "warehouses"
    steps = ((1, monitored_warehouses),)
    property_of = "WAREHOUSE"
    alters = "MODIFY"
    keeps = _MONITOR

    def read(self, answers: Answers, config: DemoConfig) -> Iterator[ExistingObject]:
        for row in WarehouseKind().rows(answers):
            if monitor := monitor_of(row):
                yield ExistingObject(self.name, identifier(row["name"]), {_MONITOR: identifier(monitor)}, True)

    def previous_values(self, comparison: Comparison) -> Mapping[str, str]:
        return {_MONITOR: comparison.existing.properties[_MONITOR] if comparison.existing else ""}
