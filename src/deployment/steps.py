"""The order, as data. What stands in one batch is sent at once; a batch begins when the one before has ended."""

from collections.abc import Callable

from src.config import DemoConfig
from src.infrastructure import databases, roles, storage, warehouses
from src.infrastructure.states import DesiredState

Step = Callable[[DemoConfig], list[DesiredState]]
Batches = list[list[DesiredState]]

BATCHES: tuple[tuple[Step, ...], ...] = (
    (databases.database, warehouses.warehouses, warehouses.resource_monitor, roles.roles),
    (
        databases.schemas,
        warehouses.query_acceleration,
        warehouses.monitored_warehouses,
        roles.role_grants,
        roles.account_grants,
    ),
    (storage.file_formats, storage.stages, roles.schema_grants),
    (roles.storage_grants, roles.content_grants),
)

DATABASE_AND_SCHEMAS: tuple[Step, ...] = (databases.database, databases.schemas)
WAREHOUSES: tuple[Step, ...] = (
    warehouses.warehouses,
    warehouses.query_acceleration,
    warehouses.resource_monitor,
    warehouses.monitored_warehouses,
)
EVERYTHING: tuple[Step, ...] = tuple(step for batch in BATCHES for step in batch)
PIPELINE_INFRASTRUCTURE: tuple[Step, ...] = tuple(
    step for step in EVERYTHING if step not in (*DATABASE_AND_SCHEMAS, *WAREHOUSES)
)


def batches(config: DemoConfig, steps: tuple[Step, ...] = EVERYTHING) -> Batches:
    """The statements of the steps, in their batches."""
    return [[statement for step in batch if step in steps for statement in step(config)] for batch in BATCHES]
