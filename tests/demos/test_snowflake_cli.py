"""The SQL files run with the real Snowflake CLI against the emulator's server, with nothing of Python's in between."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config import CONFIG
from demos.factset_etf_iceberg.manifest import MANIFEST
from src.demo_kit.rendering import on_one_line, values
from src.demo_kit.session import Demo
from src.emulator.protocol.serving import Address

from ..lengths import LONG
from ..snowflake_cli import SnowflakeCli
from .conftest import make_provider

Snow = Callable[..., list[Any]]


@pytest.fixture
def snow(address: Address, tmp_path: Path) -> Snow:
    """Runs files of the demo and gives the rows of each statement; in the long form each file is a call of its own.

    A call takes three seconds, whatever it runs.
    """
    cli = SnowflakeCli(address, tmp_path / "snowflake").connect()
    defines = [
        word
        for name, value in MANIFEST.sql.with_parts(values(MANIFEST, CONFIG, "simulated")).items()
        for word in ("-D", f"{name}={on_one_line(value)}")
    ]

    def run(*files: str) -> list[Any]:
        calls = [[file] for file in files] if LONG else [files]
        return [
            rows
            for call in calls
            for rows in cli.sql(
                *defines, *(word for file in call for word in ("-f", str(MANIFEST.sql.folder / f"{file}.sql")))
            )
        ]

    return run


def until_nothing_is_pending(demo: Demo) -> None:
    for name in ("CONSTITUENTS_ICEBERG", "CONSTITUENTS_AUDIT"):
        for _ in range(200):
            [row] = demo.ask(f"SELECT COUNT(*) AS PENDING FROM DATA_ENG_DEMO.FACTSET.{name}_STREAM")
            if not row["PENDING"]:
                break
            demo.ask(f"EXECUTE TASK DATA_ENG_DEMO.FACTSET.{name}_TASK")
            time.sleep(0.3)


def test_the_files_run_with_snowflake_cli_and_prove_the_demo(demo: Demo, snow: Snow) -> None:
    snow("00_initialization", "00_source_simulated", "01_pipeline1_iceberg", "02_pipeline2_parquet")
    until_nothing_is_pending(demo)
    changed = json.loads(next(iter(snow("03_simulate_changes")[-1][0].values())))
    assert {kind: changed[kind] for kind in ("adds", "updates", "deletes", "rekeys")} == {
        "adds": 10,
        "updates": 50,
        "deletes": 5,
        "rekeys": 3,
    }
    until_nothing_is_pending(demo)
    *monitoring, _, [iceberg], [rebuilt], [consumed], [pending] = snow("04_monitoring", "05_verification")
    assert [row["name"] for row in monitoring[1]] == ["CONSTITUENTS_AUDIT_STREAM", "CONSTITUENTS_ICEBERG_STREAM"]
    for proof in (iceberg, rebuilt):
        assert proof["EXPECTED_ROWS"] == proof["FOUND_ROWS"] == 1005
        assert proof["EXPECTED_HASH"] == proof["FOUND_HASH"]
    assert (consumed["REPEATED"], consumed["BROKEN"], consumed["REPEATED_KEYS"]) == (0, 0, 0)
    assert set(pending.values()) == {0}
    demo.ask("DELETE FROM DATA_ENG_DEMO.ICEBERG.CONSTITUENTS_ICEBERG WHERE SECTOR = 'Cash'")
    _, missing, nothing, to_restore, [restored], *_ = snow("06_repair", "99_cleanup")
    assert (len(missing), nothing, len(to_restore), restored) == (5, [], 5, {"anonymous block": "restored"})
    assert {row["name"] for row in demo.ask("SHOW SCHEMAS IN DATABASE DATA_ENG_DEMO")}.isdisjoint(
        {"FACTSET", "ICEBERG"}
    )
    assert demo.ask("SHOW DATABASES LIKE 'ETF_DATA'") == []


def test_the_mirror_runs_with_snowflake_cli_too(demo: Demo, snow: Snow) -> None:
    make_provider(demo, tracked=False)
    snow("00_initialization", "00_source_mirror")
    [row] = demo.ask("SELECT COUNT(*) AS ROW_COUNT FROM DATA_ENG_DEMO.FACTSET.CONSTITUENTS_MIRROR")
    assert row["ROW_COUNT"] == 1
