"""What loading and checking cost: a 200 MB CSV file of 2 million rows, against what DuckDB itself needs for it.

Run as a module it is the process that is measured: `python -m tests.benchmarks.pipelines_cost WORK FILE RESULT`.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .measuring import PYTHON, Cost, Line, fresh_state, run

if TYPE_CHECKING:
    from src.pipelines.validation import Check

ROWS = 2_000_000
TIMES = 3
COLUMNS = {
    "ID": "NUMBER(38,0)",
    "NAME": "VARCHAR",
    "PRICE": "NUMBER(12,2)",
    "STATE": "VARCHAR",
    "DAY": "DATE",
    "SEEN": "TIMESTAMP_NTZ",
    "NOTE": "VARCHAR",
}
TABLE, TEXTS = "DATA_ENG_DEMO.RAW_DATA.BIG", "DATA_ENG_DEMO.RAW_DATA.BIG_TEXTS"
DUCKDB_TYPES = {"NUMBER(38,0)": "BIGINT", "NUMBER(12,2)": "DECIMAL(12,2)", "TIMESTAMP_NTZ": "TIMESTAMP"}


def lines() -> Iterator[Line]:
    """Measures in turn, several times, and takes the medians."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "big.csv")
        _write(file)
        measured = [_both(file, Path(folder, "result.json")) for _ in range(TIMES)]
    duckdb, checks_there, load, checks, memory = (sorted(values)[TIMES // 2] for values in zip(*measured, strict=True))
    yield Line("DuckDB's own read_csv of 200 MB into a table of texts", duckdb, None, "s")
    yield Line("load of the same file into texts on the emulator", load, None, "s")
    yield Line("the same, as a multiple of DuckDB's own", load / duckdb, 1.3, "x")
    yield Line("peak memory of the process that puts, loads and checks", memory, 512, "MB")
    yield Line("ten checks of the 2 million rows in plain DuckDB, one a key, one a pattern", checks_there, None, "s")
    yield Line("the same ten on the emulator, as a multiple of these", checks / checks_there, 1.3, "x")


def _both(file: Path, result: Path) -> tuple[float, ...]:
    duckdb, _ = _measured("duckdb", file, result)
    emulator, cost = _measured("emulator", file, result)
    return *duckdb.values(), *emulator.values(), cost.megabytes


def _measured(work: str, file: Path, result: Path) -> tuple[dict[str, float], Cost]:
    with fresh_state() as environment:
        cost = run([PYTHON, "-m", "tests.benchmarks.pipelines_cost", work, str(file), str(result)], environment)
    found: dict[str, float] = json.loads(result.read_text())
    return found, cost


def _write(file: Path) -> None:
    import duckdb

    duckdb.sql(
        f"""
        COPY (SELECT i AS "ID", 'name ' || i AS "NAME", (i % 100000) / 100 AS "PRICE",
            ['NEW', 'PAID', 'SENT'][1 + i % 3] AS "STATE", DATE '2026-01-01' + CAST(i % 300 AS INTEGER) AS "DAY",
            TIMESTAMP '2026-01-01' + to_seconds(i) AS "SEEN", repeat('abcdefgh', 4) AS "NOTE"
        FROM range({ROWS}) AS r(i)) TO '{file}' (HEADER, DELIMITER ',')
        """
    )


# The processes that are measured


def duckdb_alone(file: Path) -> dict[str, float]:
    """DuckDB reads the file into a table of a database file, as texts, and checks the rows in their types."""
    import duckdb

    typed = ", ".join(f'"{name}"::{DUCKDB_TYPES.get(type_, type_)} AS "{name}"' for name, type_ in COLUMNS.items())
    with duckdb.connect(str(file.with_suffix(f".{os.getpid()}.duckdb"))) as connection:
        sql = f"CREATE TABLE texts AS FROM read_csv('{file}', header = true, all_varchar = true)"
        load = _seconds(lambda: connection.execute(sql))
        connection.execute(f"CREATE TABLE big AS SELECT {typed} FROM texts")
        return {"load": load, "checks": _seconds(lambda: connection.execute(PLAIN_CHECKS).fetchall())}


def emulator(file: Path) -> dict[str, float]:
    """The emulator puts, loads and checks; the put is not in the time of the load."""
    from config import CONFIG
    from src.deployment.command import set_up
    from src.deployment.steps import EVERYTHING
    from src.pipelines.ingestion import load, put_files
    from src.pipelines.validation import validate
    from src.utils.queries import rows
    from src.utils.snowpark_session import open_session, resolve_target

    path, file_format = "@DATA_ENG_DEMO.RAW_DATA.CSV_STAGE/big/", "DATA_ENG_DEMO.RAW_DATA.CSV_FORMAT"
    texts = ", ".join(f"{name} VARCHAR" for name in COLUMNS)
    typed = ", ".join(f"{name}::{type_} AS {name}" for name, type_ in COLUMNS.items())
    with open_session(resolve_target("local"), query_tag="BENCHMARK") as opened:
        session = opened.session
        set_up(session, CONFIG.quick(), EVERYTHING)
        rows(session, "USE WAREHOUSE DATA_ENG_LOAD_WH")
        rows(session, f"CREATE TABLE {TEXTS} ({texts}) CHANGE_TRACKING = TRUE")
        put_files(session, [file], path)
        loaded = _seconds(lambda: load(session, TEXTS, path, file_format, by_name=False))
        rows(session, f"CREATE TABLE {TABLE} CHANGE_TRACKING = TRUE AS SELECT {typed} FROM {TEXTS}")
        return {"load": loaded, "checks": _seconds(lambda: validate(session, TABLE, _checks()))}


def _checks() -> list["Check"]:
    from src.pipelines.validation import FreshWithin, InRange, InSet, MatchesPattern, NotNull, RowCount, Unique

    return [
        NotNull("ID"),
        NotNull("NAME"),
        NotNull("DAY"),
        InRange("PRICE", low=0, high=1000),
        InRange("ID", low=0),
        InSet("STATE", ("NEW", "PAID", "SENT")),
        FreshWithin("SEEN", hours=1_000_000),
        RowCount(ROWS, ROWS),
        Unique(("ID",)),
        MatchesPattern("NAME", r"name \d+"),
    ]


PLAIN_CHECKS = r"""
    SELECT count(*) FILTER ("ID" IS NULL), count(*) FILTER ("NAME" IS NULL), count(*) FILTER ("DAY" IS NULL),
        count(*) FILTER ("PRICE" NOT BETWEEN 0 AND 1000), count(*) FILTER ("ID" < 0),
        count(*) FILTER ("STATE" NOT IN ('NEW', 'PAID', 'SENT')), max("SEEN"), count(*),
        (SELECT count(*) FROM (SELECT 1 FROM big GROUP BY "ID" HAVING count(*) > 1)),
        count(*) FILTER (NOT regexp_full_match("NAME", 'name \d+'))
    FROM big
"""


def _seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


WORK: Mapping[str, Callable[[Path], dict[str, float]]] = {"duckdb": duckdb_alone, "emulator": emulator}

if __name__ == "__main__":
    Path(sys.argv[3]).write_text(json.dumps(WORK[sys.argv[1]](Path(sys.argv[2]))))
