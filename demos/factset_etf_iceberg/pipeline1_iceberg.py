"""The Iceberg table that is the current state of the source."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from src.config import DemoConfig
from src.demo_kit.manifest import Differences, Fault, Holding, Proof, Source
from src.demo_kit.session import Demo, look_up, rows_of, text_of
from src.demo_kit.streams import StreamPipeline
from src.demo_kit.verification import differences, same_rows
from src.utils.errors import DemoError
from src.utils.needs import Need
from src.utils.sql import identifier, literal, qualified

from .names import KEY, iceberg_table
from .settings import FactsetDemo

_TABLE = "CONSTITUENTS_ICEBERG"

# What accounts without Iceberg on storage of Snowflake's own answer, or without the external volume.
# https://docs.snowflake.com/en/user-guide/tables-iceberg-internal-storage
_REFUSED = re.compile(r"external.?volume|SNOWFLAKE_MANAGED|Tri-Secret|not (enabled|supported|available)", re.I)


@dataclass(frozen=True)
class IcebergStatus(Holding):
    """What the table holds: rows, funds, when it changed last, and where the metadata file of its snapshot is."""

    rows: int
    funds: int
    last_updated: str
    metadata: str

    def __str__(self) -> str:
        return f"Iceberg table: {self.rows:,} rows of {self.funds:,} funds, for any engine at\n  {self.metadata}"


class IcebergPipeline(StreamPipeline):
    """Merges the changes into the table."""

    def needs(self, config: DemoConfig) -> Iterator[Need]:
        """USAGE on a volume of one's own; that an account lists it otherwise must not keep anybody from deploying."""
        for volume in FactsetDemo.of(config).outside:
            yield Need("USAGE", "EXTERNAL VOLUME", identifier(volume), optional=True)

    def deploy(self, demo: Demo, source: Source) -> None:
        """Makes table, stream and task, or leaves them. Raises DemoError with the ways on if Iceberg is refused."""
        if not _table_exists(demo):
            # Its stream, if there is one, stands after rows that went with the table: a new one begins with all rows.
            demo.ask(f"DROP STREAM IF EXISTS {demo.in_schema(self.stream)}")
        try:
            demo.perform(demo.steps(self.file, source))
        except DemoError as error:
            raise _explained(demo, error) if str(error).startswith("ICEBERG TABLE") else error from error

    def left_over(self, demo: Demo) -> str:
        """What says that the table has rows; nothing if it has none, or is absent."""
        if not _table_exists(demo):
            return ""
        table = iceberg_table(demo.config)
        demo.use_looking_warehouse()
        return f"{table} has rows" if demo.ask(f"SELECT 1 AS FOUND FROM {table} LIMIT 1") else ""

    def status(self, demo: Demo, source: Source) -> IcebergStatus:
        """Looks at the table. Raises DemoError if it cannot be read."""
        [rows] = demo.answer("04_monitoring", "rows of the Iceberg table", source)
        updated = text_of(rows, "LAST_UPDATED_TIMESTAMP")
        return IcebergStatus(int(rows["ROW_COUNT"]), int(rows["FUNDS"]), updated, self.metadata(demo, source))

    def metadata(self, demo: Demo, source: Source) -> str:
        """Where the metadata file of the table's current snapshot is."""
        [row] = demo.answer("04_monitoring", "metadata file of the Iceberg table", source)
        return str(json.loads(row["INFORMATION"])["metadataLocation"])

    def faults(self, demo: Demo, source: Source) -> list[Fault]:
        """That somebody else has changed it: the rows are not those that its stream has told of."""
        followed = replace(source, table=source.followed)
        [proof] = self.proofs(demo, followed)
        if proof.holds or rows_of(self.pending(demo, source))[0]["PENDING"]:
            return []
        what = f"The Iceberg table differs from {followed.table}, and nothing is pending: {proof.differences}"
        return [Fault(what, f"Restore it: {demo.command('repair')}")]

    def proofs(self, demo: Demo, source: Source) -> list[Proof]:
        """That it has the rows of the source."""
        title = "the Iceberg table equals the source"
        [row] = demo.answer("05_verification", title, source)
        return [same_rows(title, source, row, "Iceberg", lambda: self.differences(demo, source))]

    def differences(self, demo: Demo, source: Source) -> Differences:
        """The rows that are not those of the source."""
        return differences(
            demo.answer("06_repair", "rows of the Iceberg table that differ", source, origin="source"), KEY
        )


ICEBERG = IcebergPipeline(
    name="iceberg",
    title="Iceberg table",
    makes="The Iceberg table",
    file="01_pipeline1_iceberg",
    stream="CONSTITUENTS_ICEBERG_STREAM",
    task="CONSTITUENTS_ICEBERG_TASK",
)


def _table_exists(demo: Demo) -> bool:
    schema = qualified(demo.config.database.name, FactsetDemo.of(demo.config).iceberg_schema)
    return look_up(demo.look(f"SHOW TABLES LIKE {literal(_TABLE)} IN SCHEMA {schema}"), _TABLE) is not None


def _explained(demo: Demo, error: DemoError) -> DemoError:
    if not _REFUSED.search(str(error)):
        return error
    volume = FactsetDemo.of(demo.config).external_volume
    others = ",".join(str(demo.number(one)) for one in demo.manifest.pipelines if one != ICEBERG)
    return DemoError(
        f"The account refuses an Iceberg table on {volume}: {str(error).rstrip('.')}. Two ways on: create an external "
        "volume (CREATE EXTERNAL VOLUME), grant USAGE on it to the role that owns the database, and name it in "
        "config.py as factset.external_volume, or run "
        f"{demo.command(f'deploy --pipelines {others}')}, which needs no Iceberg."
    )
