"""The demo's objects by name, and the values of its SQL files' `<% name %>`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from src.config import DemoConfig, Stamp
from src.utils.sql import Key, literal, qualified

from .settings import FactsetDemo

PART = "factset"


def stamp(config: DemoConfig) -> Stamp:
    """What marks the demo's own objects: the deployment, and the demo's name where setup.py has its mode."""
    return replace(config.stamp, part=PART)


@dataclass(frozen=True)
class Pipeline:
    """A stream, the task that consumes it, and the SQL file that makes both."""

    number: int
    title: str
    file: str
    stream: str
    task: str


ICEBERG = Pipeline(
    1, "Iceberg table", "01_pipeline1_iceberg", "CONSTITUENTS_ICEBERG_STREAM", "CONSTITUENTS_ICEBERG_TASK"
)
AUDIT = Pipeline(2, "Parquet audit", "02_pipeline2_parquet", "CONSTITUENTS_AUDIT_STREAM", "CONSTITUENTS_AUDIT_TASK")
PIPELINES = (ICEBERG, AUDIT)

MIRROR_TASK = "CONSTITUENTS_MIRROR_TASK"

# The tasks whose runs return how many rows they have changed.
COUNTING_TASKS = (ICEBERG.task, MIRROR_TASK)


def in_schema(config: DemoConfig, name: str) -> str:
    """An object of the schema of streams and tasks."""
    return qualified(config.database.name, FactsetDemo.of(config).schema, name)


def mirror_table(config: DemoConfig) -> str:
    return in_schema(config, "CONSTITUENTS_MIRROR")


def iceberg_table(config: DemoConfig) -> str:
    return qualified(config.database.name, FactsetDemo.of(config).iceberg_schema, "CONSTITUENTS_ICEBERG")


def audit_location(config: DemoConfig) -> str:
    """Where pipeline 2 writes."""
    return f"@{in_schema(config, FactsetDemo.of(config).stage)}/constituents/"


def provided_table(config: DemoConfig) -> str:
    """The constituents of the share."""
    demo = FactsetDemo.of(config)
    return qualified(demo.source_database, demo.source_schema, demo.source_table)


def simulated_table(config: DemoConfig) -> str:
    demo = FactsetDemo.of(config)
    return qualified(demo.simulated_database, demo.source_schema, demo.source_table)


def objects(config: DemoConfig) -> list[Key]:
    """Everything that a deployment of the demo can consist of, for the proof that a cleanup left nothing."""
    database, demo = config.database.name, FactsetDemo.of(config)
    return [
        ("DATABASE", qualified(demo.simulated_database)),
        ("SCHEMA", qualified(database, demo.schema)),
        ("SCHEMA", qualified(database, demo.iceberg_schema)),
    ]


def variables(
    config: DemoConfig, *, source_database: str, followed_table: str, followed_form: str = "TABLE"
) -> Mapping[str, str]:
    """What the SQL files are rendered with, but for the options of one command (rows, seed, adds ...)."""
    demo = FactsetDemo.of(config)
    return {
        "database": config.database.name,
        "schema": demo.schema,
        "iceberg_schema": demo.iceberg_schema,
        "stage": demo.stage,
        "warehouse": demo.warehouse,
        "monitoring_warehouse": demo.looking_warehouse,
        "mirror_minutes": str(demo.mirror_minutes),
        "external_volume": demo.external_volume,
        "source_database": source_database,
        "source_schema": demo.source_schema,
        "source_table": demo.source_table,
        "simulated_database": demo.simulated_database,
        "followed_form": followed_form,
        "followed_table": followed_table,
        "query_tag": literal(config.query_tag),
        "stamp": str(stamp(config)),
    }
