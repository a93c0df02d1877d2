"""Query Acceleration of the warehouses, which is billed apart."""

from collections.abc import Iterator

from src.config import DemoConfig
from src.utils.sql import identifier

from .kind import Kind
from .states import Answers, DesiredState, ExistingObject
from .warehouses import ACCELERATION, WarehouseKind, warehouse_key


def query_acceleration(config: DemoConfig) -> list[DesiredState]:
    """Turns it off, since it is on by default in new warehouses of generation 2.

    A statement of its own, since an edition without the feature may refuse the property.
    https://docs.snowflake.com/en/user-guide/query-acceleration-service
    """
    return [
        DesiredState(
            "QUERY ACCELERATION",
            name,
            f"ALTER WAREHOUSE {name} SET ENABLE_QUERY_ACCELERATION = FALSE",
            shows={ACCELERATION: "false"},
            needs=((kind, name),),
            optional="an edition without Query Acceleration has nothing to turn off",
        )
        for warehouse in config.warehouses
        for kind, name in [warehouse_key(warehouse.name)]
    ]


class QueryAccelerationKind(Kind):
    """Read from the rows of the warehouses."""

    name = "QUERY ACCELERATION"
    part = "warehouses"
    steps = ((1, query_acceleration),)
    property_of = "WAREHOUSE"
    alters = "MODIFY"

    def read(self, answers: Answers, config: DemoConfig) -> Iterator[ExistingObject]:
        warehouses = WarehouseKind()
        for row in warehouses.rows(answers):
            acceleration = warehouses.properties(row, answers)[ACCELERATION]
            yield ExistingObject(self.name, identifier(row["name"]), {ACCELERATION: acceleration}, True)
