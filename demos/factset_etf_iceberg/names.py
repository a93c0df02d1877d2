"""The demo's objects by name."""

from src.config import DemoConfig
from src.utils.sql import qualified

from .settings import FactsetDemo

COMMAND = "python -m demos.factset_etf_iceberg"
MIRROR_TASK = "CONSTITUENTS_MIRROR_TASK"
KEY = ("FUND_ID", "TICKER", "AS_OF_DATE")


def in_schema(config: DemoConfig, name: str) -> str:
    """An object of the schema of streams and tasks."""
    return qualified(config.database.name, FactsetDemo.of(config).schema, name)


def mirror_table(config: DemoConfig) -> str:
    return in_schema(config, "CONSTITUENTS_MIRROR")


def iceberg_table(config: DemoConfig) -> str:
    return qualified(config.database.name, FactsetDemo.of(config).iceberg_schema, "CONSTITUENTS_ICEBERG")


def audit_location(config: DemoConfig) -> str:
    """Where the audit's task writes."""
    return f"@{in_schema(config, FactsetDemo.of(config).stage)}/constituents/"


def provided_table(config: DemoConfig) -> str:
    """The constituents of the share."""
    demo = FactsetDemo.of(config)
    return qualified(demo.source_database, demo.source_schema, demo.source_table)


def simulated_table(config: DemoConfig) -> str:
    demo = FactsetDemo.of(config)
    return qualified(demo.simulated_database, demo.source_schema, demo.source_table)
