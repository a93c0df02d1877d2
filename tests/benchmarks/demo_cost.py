"""What the FACTSET ETF demo costs: a presenter's first minute, and a rebalancing of a million rows."""

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import duckdb
import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import StaticTable

from config import CONFIG
from demos.factset_etf_iceberg.manifest import MANIFEST, PIPELINES
from demos.factset_etf_iceberg.names import in_schema
from demos.factset_etf_iceberg.source import simulate
from src.demo_kit.deployment import deploy, run
from src.demo_kit.session import Demo
from src.demo_kit.streams import deployed
from src.deployment.build import build
from src.deployment.report import Report
from src.deployment.sending import Sender
from src.emulator.iceberg.data_files import ROWS_A_FILE
from src.utils.snowpark_session import open_session, resolve_target

from . import measuring
from .measuring import PYTHON, Line, fresh_state

ROWS, CHANGES, ROUNDS = 1_000_000, 10_000, 5
TARGET = "DATA_ENG_DEMO.ICEBERG.CONSTITUENTS_ICEBERG"
KEY = ("FUND_ID", "TICKER", "AS_OF_DATE")


def lines() -> Iterator[Line]:
    """Measures in the order of the table."""
    yield from _first_load()
    yield from _rebalancing()


def _first_load() -> Iterator[Line]:
    command = (PYTHON, "-m", "demos.factset_etf_iceberg")
    with fresh_state() as environment:
        measuring.run([PYTHON, "setup.py", "--connection_name", "local", "--mode", "quick"], environment)
        first = measuring.run([*command, "deploy", "--connection_name", "local"], environment)
        load = measuring.run([*command, "run", "--connection_name", "local"], environment)
    yield Line("demo: deploy and first load of 1,000 rows, two processes", first.seconds + load.seconds, 6, "s")


def _rebalancing() -> Iterator[Line]:
    """The median of some rebalancings, each followed by the plain engines' work on the same rows and changes."""
    with fresh_state() as environment, patch.dict(os.environ, environment), _deployed() as demo:
        folder = Path(environment["HOME"])
        rounds = [_round(demo, seed, Path(tempfile.mkdtemp(dir=folder))) for seed in range(1, ROUNDS + 1)]
    run_seconds, plain, iceberg = (statistics.median(measured) for measured in zip(*rounds, strict=True))
    yield Line(f"demo: run of both pipelines, {CHANGES:,} changes of {ROWS:,} rows", run_seconds, None, "s")
    yield Line("the same DELETE, MERGE and COPY in plain DuckDB", plain, None, "s")
    yield Line("the same commit in plain pyiceberg", iceberg, None, "s")
    ratio = statistics.median(run_ / (plain_ + iceberg_) for run_, plain_, iceberg_ in rounds)
    yield Line("demo: run, as a multiple of the two", ratio, 3, "x")


@contextmanager
def _deployed() -> Iterator[Demo]:
    """The demo with its first load done."""
    with open_session(resolve_target("local"), query_tag="BENCHMARK") as opened, Sender.of(opened.session) as sender:
        demo = Demo(MANIFEST, sender, CONFIG.quick())
        build(sender, demo.config, Report("quick"))
        deploy(demo, rows=ROWS)
        for pipeline in PIPELINES:  # else their streams would trigger them before `run` does
            demo.ask(f"ALTER TASK {in_schema(demo.config, pipeline.task)} SUSPEND")
        run(demo)
        yield demo


def _round(demo: Demo, seed: int, folder: Path) -> tuple[float, float, float]:
    """The seconds of `run` after a rebalancing; of the same changes to the same rows in DuckDB; of its Iceberg commit.

    What DuckDB gets as changes is what `run` has unloaded, cash lines included, and it comes to the same state.
    """
    simulate(
        demo,
        deployed(demo),
        adds=CHANGES // 10,
        updates=7 * CHANGES // 10,
        deletes=CHANGES // 10,
        rekeys=CHANGES // 10,
        seed=seed,
    )
    before, known = _iceberg_rows(demo), _audit_files()
    seconds = _timed(lambda: run(demo))
    after, changes = _iceberg_rows(demo), _audit_files() - known
    return seconds, _seconds_of_duckdb(folder, before, after, changes), _seconds_of_iceberg(folder, before, after)


def _timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _iceberg_rows(demo: Demo) -> pa.Table:
    [row] = demo.ask(f"SELECT SYSTEM$GET_ICEBERG_TABLE_INFORMATION('{TARGET}') AS INFORMATION")
    return StaticTable.from_metadata(json.loads(row["INFORMATION"])["metadataLocation"]).scan().to_arrow()


def _audit_files() -> frozenset[str]:
    found = Path(os.environ["DATA_ENG_DEMO_STATE"]).rglob("constituents/date=*/**/*.parquet")
    return frozenset(map(str, found))


def _seconds_of_duckdb(folder: Path, before: pa.Table, after: pa.Table, changes: frozenset[str]) -> float:
    """DELETE of the old images, MERGE of the new, and COPY of both."""
    duck = duckdb.connect(str(folder / "plain.duckdb"))
    duck.execute("SET enable_progress_bar = false")
    duck.execute("CREATE TABLE target AS FROM before")
    duck.execute("CREATE TABLE source AS SELECT * EXCLUDE LAST_UPDATED_TIMESTAMP FROM after")
    duck.execute("CREATE TABLE changes AS FROM read_parquet(?, hive_partitioning = false)", [sorted(changes)])
    assert duck.execute("SELECT count(*) > ? FROM changes", [CHANGES]).fetchone() == (True,)
    seconds = _timed(lambda: _consume(duck, folder))
    differing = "SELECT count(*) FROM (SELECT * EXCLUDE LAST_UPDATED_TIMESTAMP FROM target EXCEPT FROM source)"
    assert duck.execute(differing).fetchone() == (0,)
    duck.close()
    return seconds


def _consume(duck: duckdb.DuckDBPyConnection, folder: Path) -> None:
    same = " AND ".join(f"t.{column} IS NOT DISTINCT FROM c.{column}" for column in KEY)
    key = ", ".join(KEY)
    columns = [name for name, *_ in duck.execute("DESCRIBE source").fetchall()]
    newest = f"""
        SELECT *, now()::TIMESTAMP FROM (
            SELECT {", ".join(columns)} FROM changes WHERE ROW_IMAGE = 'AFTER'
            UNION ALL
            SELECT t.* FROM source AS t
            JOIN (SELECT DISTINCT {key} FROM changes WHERE ROW_IMAGE = 'BEFORE') AS c ON {same})
        QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY LOAD_TIMESTAMP DESC) = 1"""
    duck.execute("BEGIN")
    gone = f"SELECT DISTINCT {key} FROM changes WHERE ROW_IMAGE = 'BEFORE'"
    duck.execute(f"DELETE FROM target AS t USING ({gone}) AS c WHERE {same}")
    duck.execute(
        f"MERGE INTO target AS t USING ({newest}) AS c ON {same} WHEN MATCHED THEN UPDATE WHEN NOT MATCHED THEN INSERT"
    )
    duck.execute("COMMIT")
    duck.execute(f"COPY changes TO '{folder / 'audit.parquet'}' (FORMAT parquet, COMPRESSION snappy)")


def _seconds_of_iceberg(folder: Path, before: pa.Table, after: pa.Table) -> float:
    """Copy-on-write of the rows, into as many files: changes all over the table touch every file of it."""
    catalog = SqlCatalog("plain", uri=f"sqlite:///{folder}/catalog.db", warehouse=folder.as_uri())
    catalog.create_namespace("demo")
    size = {"write.target-file-size-bytes": str(after.nbytes * ROWS_A_FILE // after.num_rows)}
    table = catalog.create_table("demo.constituents", schema=after.schema, properties=size)
    table.append(before)
    seconds = _timed(lambda: table.overwrite(after))
    catalog.close()
    return seconds
