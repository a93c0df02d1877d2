"""A configuration of any size, made from the demo's own: for what must not grow faster than what it describes."""

from dataclasses import replace

from config import CONFIG
from src.config import DemoConfig, Schema, Stage, Warehouse


def large_config(schemas: int = 200, warehouses: int = 50, stages: int = 400) -> DemoConfig:
    """CONFIG with so many more, the stages spread over the new schemas."""
    more_schemas = tuple(Schema(f"SCHEMA_{number}") for number in range(schemas))
    more_warehouses = tuple(
        Warehouse(f"DATA_ENG_WH_{number}", "XSMALL", auto_suspend_seconds=60) for number in range(warehouses)
    )
    more_stages = tuple(Stage(f"STAGE_{number}", f"SCHEMA_{number % schemas}") for number in range(stages))
    return replace(
        CONFIG,
        schemas=CONFIG.schemas + more_schemas,
        warehouses=CONFIG.warehouses + more_warehouses,
        stages=CONFIG.stages + more_stages,
    )
