"""The order of the steps."""

from config import CONFIG
from src.deployment.steps import (
    BATCHES,
    DATABASE_AND_SCHEMAS,
    EVERYTHING,
    PIPELINE_INFRASTRUCTURE,
    WAREHOUSES,
    batches,
)


def test_the_batches_stand_in_this_order() -> None:
    assert [[step.__name__ for step in batch] for batch in BATCHES] == [
        ["database", "warehouses", "resource_monitor", "roles"],
        ["schemas", "query_acceleration", "monitored_warehouses", "role_grants", "account_grants"],
        ["file_formats", "stages", "schema_grants"],
        ["storage_grants", "content_grants"],
    ]


def test_every_step_belongs_to_one_of_the_three_parts() -> None:
    parts = DATABASE_AND_SCHEMAS + WAREHOUSES + PIPELINE_INFRASTRUCTURE
    assert sorted(step.__name__ for step in parts) == sorted(step.__name__ for step in EVERYTHING)


def test_a_part_keeps_the_order_of_the_whole() -> None:
    assert [[one.kind for one in batch] for batch in batches(CONFIG, DATABASE_AND_SCHEMAS)] == [
        ["DATABASE"],
        ["SCHEMA"] * 3,
        [],
        [],
    ]
