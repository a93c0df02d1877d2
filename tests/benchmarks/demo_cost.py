"""What the FACTSET ETF demo costs: a presenter's first minute, and a rebalancing of a million rows."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import duckdb
import pyarrow as pa

from config import CONFIG
from demos.factset_etf_iceberg.deployment import deploy, run
from demos.factset_etf_iceberg.session import Demo
from demos.factset_etf_iceberg.source import deployed, simulate
from demos.factset_etf_iceberg.verification import verify
from src.deployment.build import build
from src.deployment.report import Report
from src.deployment.sending import Sender
from src.utils.snowpark_session import open_session, resolve_target

from . import measuring
from .measuring import PYTHON, Line, fresh_state

ROWS, CHANGES = 1_000_000, 10_000
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
    with fresh_state() as environment, patch.dict(os.environ, environment):
        seconds, files = _seconds_of_run(Path(environment["DATA_ENG_DEMO_STATE"]))
        plain = _seconds_of_duckdb(Path(environment["HOME"]))
        iceberg = _seconds_of_iceberg(Path(environment["HOME"]))
    assert files
    yield Line(f"demo: run of both pipelines, {CHANGES:,} changes of {ROWS:,} rows", seconds, None, "s")
    yield Line("the same DELETE, MERGE and COPY in plain DuckDB", plain, None, "s")
    yield Line("the same commit in plain pyiceberg", iceberg, None, "s")
    yield Line("demo: run, as a multiple of the two", seconds / (plain + iceberg), 3, "x")


def _timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _seconds_of_run(state: Path) -> tuple[float, int]:
    """The time of `run` after a rebalancing, and how many audit files there are then. The proofs hold."""
    with open_session(resolve_target("local"), query_tag="BENCHMARK") as opened, Sender.of(opened.session) as sender:
        demo = Demo(sender, CONFIG.quick())
        build(sender, demo.config, Report("quick"))
        deploy(demo, rows=ROWS)
        run(demo)
        simulate(demo, deployed(demo), adds=1000, updates=7000, deletes=1000, rekeys=1000, seed=1)
        seconds = _timed(lambda: run(demo))
        assert all(proof.holds for proof in verify(demo))
    return seconds, len(list(state.rglob("*.parquet")))


def _constituents(rows: int) -> str:
    return f"""
        SELECT 'F' || (i // 200) AS FUND_ID, 'T' || (i % 200) AS TICKER, 'Company ' || i AS CONSTITUENT_NAME,
            0.5::DECIMAL(18, 6) AS WEIGHT, 10::DECIMAL(18, 2) AS SHARES, 20::DECIMAL(18, 2) AS MARKET_VALUE,
            'Sector ' || (i % 7) AS SECTOR, 'Industry ' || (i % 40) AS INDUSTRY, 'US' AS COUNTRY,
            DATE '2026-01-02' AS AS_OF_DATE, TIMESTAMP '2026-01-02 06:00:00' AS LOAD_TIMESTAMP
        FROM range({rows}) AS r(i)"""


def _seconds_of_duckdb(folder: Path) -> float:
    """DELETE of the old images, MERGE of the new, and COPY of both, on a table and changes of the same size."""
    duck = duckdb.connect(str(folder / "plain.duckdb"))
    same = " AND ".join(f"t.{column} IS NOT DISTINCT FROM c.{column}" for column in KEY)
    duck.execute(f"CREATE TABLE target AS {_constituents(ROWS)}")
    duck.execute(f"CREATE TABLE source AS {_constituents(ROWS)}")
    duck.execute(
        f"CREATE TABLE changes AS SELECT *, 'DELETE' AS act FROM target USING SAMPLE {CHANGES} ROWS (reservoir, 1)"
    )
    duck.execute("INSERT INTO changes SELECT * REPLACE ('INSERT' AS act) FROM changes")
    newest = f"""
        SELECT * EXCLUDE act FROM (
            SELECT * FROM changes WHERE act = 'INSERT'
            UNION ALL
            SELECT t.*, '' FROM source AS t JOIN (SELECT DISTINCT {", ".join(KEY)} FROM changes) AS c ON {same})
        QUALIFY row_number() OVER (PARTITION BY {", ".join(KEY)} ORDER BY LOAD_TIMESTAMP DESC) = 1"""

    def work() -> None:
        duck.execute("BEGIN")
        duck.execute(f"DELETE FROM target AS t USING (SELECT * FROM changes WHERE act = 'DELETE') AS c WHERE {same}")
        duck.execute(
            f"MERGE INTO target AS t USING ({newest}) AS c ON {same}"
            " WHEN MATCHED THEN UPDATE WHEN NOT MATCHED THEN INSERT"
        )
        duck.execute("COMMIT")
        duck.execute(f"COPY changes TO '{folder / 'audit.parquet'}' (FORMAT parquet, COMPRESSION snappy)")

    seconds = _timed(work)
    duck.close()
    return seconds


def _seconds_of_iceberg(folder: Path) -> float:
    """Copy-on-write of the rows: changes all over the table touch every file of it."""
    from pyiceberg.catalog.sql import SqlCatalog

    warehouse = Path(tempfile.mkdtemp(dir=folder))
    rows: pa.Table = duckdb.connect().execute(_constituents(ROWS)).to_arrow_table()
    catalog = SqlCatalog("plain", uri=f"sqlite:///{warehouse}/catalog.db", warehouse=warehouse.as_uri())
    catalog.create_namespace("demo")
    table = catalog.create_table("demo.constituents", schema=rows.schema)
    table.append(rows)
    return _timed(lambda: table.overwrite(rows))
