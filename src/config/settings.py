"""What a demo lets a person set in config.py: a demo declares a subclass of its own where these do not do."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Self

from .checks import check_identifier, check_known, check_unique


@dataclass(frozen=True, kw_only=True)
class DemoSettings:
    """Where a demo's objects are, in the database of setup.py, and which of its warehouses work for them.

    Tasks run on `warehouse`; status, verify and the waiting of run look on `monitoring_warehouse`, or on the same if it
    is None.
    """

    schema: str
    warehouse: str
    monitoring_warehouse: str | None = None

    @property
    def looking_warehouse(self) -> str:
        """Where status, verify and the waiting of run look."""
        return self.monitoring_warehouse or self.warehouse

    @property
    def schemas(self) -> tuple[str, ...]:
        """The schemas that the demo makes."""
        return (self.schema,)

    @property
    def databases(self) -> tuple[str, ...]:
        """The databases that the demo may make, beside that of setup.py."""
        return ()

    @property
    def outside(self) -> Mapping[str, str]:
        """Where the files of a dropped table may stay: the table's name by its external volume."""
        return {}

    @property
    def values(self) -> dict[str, str]:
        """What the demo's SQL files call by the names of the fields."""
        last = {"warehouse": self.warehouse, "monitoring_warehouse": self.looking_warehouse}
        return {name: str(value) for name, value in vars(self).items() if name not in last} | last

    def check(self, name: str, schemas: Collection[str], warehouses: Collection[str]) -> None:
        """Raises ConfigError if the demo of this name does not fit to the schemas and warehouses of setup.py."""
        for field, value in (("schema", self.schema), ("monitoring_warehouse", self.looking_warehouse)):
            check_identifier(f"{name}.{field}", value)
        check_known(f"{name}.warehouse", [self.warehouse], warehouses)
        check_known(f"{name}.monitoring_warehouse", [self.looking_warehouse], warehouses)
        check_unique(f"{name}: schemas", [*schemas, *self.schemas])

    def with_prefix(self, before: str) -> Self:
        """The same with this before every account-level name."""
        return replace(self, warehouse=before + self.warehouse, monitoring_warehouse=before + self.looking_warehouse)
