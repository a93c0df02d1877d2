"""Pipeline 1: the Iceberg table that is the current state of the source."""

import re
from dataclasses import dataclass

from src.utils.errors import DemoError
from src.utils.sql import literal, qualified

from .names import ICEBERG, iceberg_table, in_schema
from .session import COMMAND, Demo, look_up, text_of
from .settings import FactsetDemo
from .source import Source, values_of
from .tasks import Patience, TaskRun, run_tasks
from .templates import step, steps

_TABLE = "CONSTITUENTS_ICEBERG"

# What accounts without Iceberg on storage of Snowflake's own answer, or without the external volume.
# https://docs.snowflake.com/en/user-guide/tables-iceberg-internal-storage
_REFUSED = re.compile(r"external.?volume|SNOWFLAKE_MANAGED|Tri-Secret|not (enabled|supported|available)", re.I)


@dataclass(frozen=True)
class IcebergStatus:
    """What the table holds: rows, funds, when it changed last, and the metadata file of its current snapshot."""

    rows: int
    funds: int
    last_updated: str
    snapshot: str


def deploy(demo: Demo, source: Source) -> None:
    """Makes table, stream and task, or leaves them. Raises DemoError with the ways on if Iceberg is refused."""
    if not _table_exists(demo):
        # Its stream, if there is one, stands after rows that went with the table: a new one begins with all rows.
        demo.ask(f"DROP STREAM IF EXISTS {in_schema(demo.config, ICEBERG.stream)}")
    for one in steps(ICEBERG.file, values_of(demo, source)):
        try:
            demo.perform([one])
        except DemoError as error:
            raise _explained(demo, error) if one.title.startswith("ICEBERG TABLE") else error from error


def left_over(demo: Demo) -> str:
    """What says that the table has rows; nothing if it has none, or is absent."""
    if not _table_exists(demo):
        return ""
    table = iceberg_table(demo.config)
    demo.ask(f"USE WAREHOUSE {FactsetDemo.of(demo.config).looking_warehouse}")
    return f"{table} has rows" if demo.ask(f"SELECT 1 AS FOUND FROM {table} LIMIT 1") else ""


def _table_exists(demo: Demo) -> bool:
    schema = qualified(demo.config.database.name, FactsetDemo.of(demo.config).iceberg_schema)
    return look_up(demo.look(f"SHOW TABLES LIKE {literal(_TABLE)} IN SCHEMA {schema}"), _TABLE) is not None


def _explained(demo: Demo, error: DemoError) -> DemoError:
    if not _REFUSED.search(str(error)):
        return error
    volume = FactsetDemo.of(demo.config).external_volume
    return DemoError(
        f"The account refuses an Iceberg table on {volume}: {str(error).rstrip('.')}. Two ways on: create an external "
        "volume (CREATE EXTERNAL VOLUME), grant USAGE on it to the role that owns the database, and name it in "
        "config.py as factset.external_volume, or run "
        f"{COMMAND} deploy --pipelines 2, which needs no Iceberg."
    )


def run_now(demo: Demo, patience: Patience | None = None) -> TaskRun:
    """Runs the task and waits for its end. Raises DemoError with the task's own error."""
    return run_tasks(demo, [ICEBERG.task], patience)[ICEBERG.task]


def status(demo: Demo, source: Source) -> IcebergStatus:
    """Looks at the table. Raises DemoError if it cannot be read."""
    values = values_of(demo, source)
    [rows] = demo.ask(step("04_monitoring", "rows of the Iceberg table", values).sql)
    [snapshot] = demo.ask(step("04_monitoring", "snapshot of the Iceberg table", values).sql)
    location = re.search(r'"metadataLocation"\s*:\s*"([^"]*)"', str(snapshot["INFORMATION"]))
    file = location[1].rpartition("/")[2] if location else ""
    return IcebergStatus(int(rows["ROW_COUNT"]), int(rows["FUNDS"]), text_of(rows, "LAST_UPDATED_TIMESTAMP"), file)


def drop(demo: Demo) -> None:
    """Drops task, stream and table. What is absent is fine."""
    demo.ask(f"DROP TASK IF EXISTS {in_schema(demo.config, ICEBERG.task)}")
    demo.ask(f"DROP STREAM IF EXISTS {in_schema(demo.config, ICEBERG.stream)}")
    demo.ask(f"DROP ICEBERG TABLE IF EXISTS {iceberg_table(demo.config)}")
