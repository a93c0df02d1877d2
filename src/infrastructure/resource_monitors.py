"""The resource monitor that watches the warehouses, where CONFIG sets a quota."""

from collections.abc import Iterator, Set

from src.config import DemoConfig
from src.utils.needs import Need
from src.utils.sql import Key, identifier

from .kind import Kind
from .states import Answers, DesiredState, ExistingObject
from .warehouses import WarehouseKind, monitor_of

MONITOR_IS_OPTIONAL = "only ACCOUNTADMIN may create resource monitors; without one nothing stops the warehouses"


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
            optional=MONITOR_IS_OPTIONAL,
        )
    ]


class ResourceMonitorKind(Kind):
    name = "RESOURCE MONITOR"
    part = "warehouses"
    steps = ((0, resource_monitor),)
    alters = "MODIFY"
    drop_batch = 4

    def needs(self, statement: DesiredState, sql: str, made: Set[Key], *, is_there: bool) -> Iterator[Need]:
        """To create one takes ACCOUNTADMIN: https://docs.snowflake.com/en/sql-reference/sql/create-resource-monitor"""
        if is_there:
            yield from super().needs(statement, sql, made, is_there=True)
        else:
            yield Need("ACCOUNTADMIN", "ROLE")

    def read(self, answers: Answers, config: DemoConfig) -> Iterator[ExistingObject]:
        """A resource monitor has no comment: it is ours if its name is, and only our warehouses use it."""
        warehouses = WarehouseKind()
        ours = {existing.name for existing in warehouses.read(answers, config) if existing.ours}
        for row in self.rows(answers):
            users = [one["name"] for one in warehouses.rows(answers) if monitor_of(one) == row["name"]]
            only_ours = row["level"] != "ACCOUNT" and all(identifier(user) in ours for user in users)
            yield ExistingObject(
                self.name,
                identifier(row["name"]),
                {"credit_quota": f"{float(row['credit_quota'] or 0):g}"},
                row["name"] == config.resource_monitor.name and only_ours,
            )
