"""What config.py says of the FACTSET ETF demo."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from src.config import LONGEST_DATABASE_NAME, ConfigError, DemoConfig, DemoSettings, check_identifier, check_integer

# The volume that is Snowflake's own storage.
MANAGED_VOLUME = "SNOWFLAKE_MANAGED"


@dataclass(frozen=True, kw_only=True)
class FactsetDemo(DemoSettings):
    """Where the FACTSET ETF demo reads and writes.

    `source_database` is where a FactSet share is imported; `simulated_database` stands in where there is none. Where
    the share has no change tracking, it is mirrored every `mirror_minutes`. `role` runs and repairs the pipelines.
    `external_volume` holds the Iceberg table; SNOWFLAKE_MANAGED needs no volume of one's own.
    https://docs.snowflake.com/en/user-guide/tables-iceberg-internal-storage
    """

    iceberg_schema: str
    stage: str
    role: str
    mirror_minutes: int = 60
    external_volume: str = MANAGED_VOLUME
    source_database: str
    source_schema: str
    source_table: str
    simulated_database: str

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name != "mirror_minutes" and (name, value) != ("monitoring_warehouse", None):
                longest = LONGEST_DATABASE_NAME if name == "simulated_database" else 255
                check_identifier(f"factset.{name}", value, longest)
        # https://docs.snowflake.com/en/sql-reference/sql/create-task (SCHEDULE)
        check_integer("factset.mirror_minutes", self.mirror_minutes, 1, 11520)
        if self.schema == self.iceberg_schema:
            raise ConfigError("factset.iceberg_schema", self.iceberg_schema, "another name than factset.schema")

    @classmethod
    def of(cls, config: DemoConfig) -> Self:
        """This demo's part of CONFIG."""
        return config.settings("factset", cls)

    @property
    def schemas(self) -> tuple[str, ...]:
        return (self.schema, self.iceberg_schema)

    @property
    def databases(self) -> tuple[str, ...]:
        return (self.simulated_database,)

    @property
    def outside(self) -> Mapping[str, str]:
        return {} if self.external_volume == MANAGED_VOLUME else {self.external_volume: "CONSTITUENTS_ICEBERG"}

    def with_prefix(self, before: str) -> Self:
        prefixed = super().with_prefix(before)
        return replace(prefixed, simulated_database=before + self.simulated_database, role=before + self.role)
