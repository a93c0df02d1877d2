"""The SQL files run with the real Snowflake CLI against the emulator's server, with nothing of Python's in between.

The CLI is not installed beside this product, whose pins it does not share. DATA_ENG_DEMO_SNOW names a `snow`, else the
one on PATH is taken; `make soak` installs one into a scratch environment.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config import CONFIG
from demos.factset_etf_iceberg.rendering import values
from demos.factset_etf_iceberg.session import Demo
from demos.factset_etf_iceberg.templates import FOLDER
from src.emulator.protocol.serving import Address

from ..lengths import LONG
from .conftest import make_provider

Snow = Callable[[str], list[Any]]


@pytest.fixture(scope="session")
def executable(tmp_path_factory: pytest.TempPathFactory) -> str:
    found = os.environ.get("DATA_ENG_DEMO_SNOW") or shutil.which("snow")
    if found:
        return found
    if not LONG:
        pytest.skip("There is no snow on PATH. Set DATA_ENG_DEMO_SNOW to one, or run make soak, which installs one.")
    folder = tmp_path_factory.mktemp("snowflake_cli")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([str(folder / "bin" / "pip"), "install", "--quiet", "snowflake-cli"], check=True)
    return str(folder / "bin" / "snow")


@pytest.fixture
def snow(executable: str, address: Address, tmp_path: Path) -> Snow:
    """Runs a file of the demo and gives the rows of each statement."""
    home = tmp_path / "snowflake"
    home.mkdir()
    named = address.parameters | {"protocol": "http"}
    lines = [f"{key} = {value if isinstance(value, int) else repr(str(value))}" for key, value in named.items()]
    connections = home / "connections.toml"
    connections.write_text("[emulator]\n" + "\n".join(lines) + "\n")
    connections.chmod(0o600)
    environment = os.environ | {"SNOWFLAKE_HOME": str(home), "HOME": str(tmp_path), "NO_COLOR": "1"}
    defines = [word for name, value in values(CONFIG, "simulated").items() for word in ("-D", f"{name}={value}")]

    def run(file: str) -> list[Any]:
        command = [executable, "sql", "--connection", "emulator", "--format", "json", "--enable-templating", "STANDARD"]
        done = subprocess.run(
            [*command, "-f", str(FOLDER / f"{file}.sql"), *defines], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{file}\n{done.stdout}\n{done.stderr}"
        shown: list[Any] = json.loads(done.stdout)
        return shown

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
    for file in ("00_initialization", "00_source_simulated", "01_pipeline1_iceberg", "02_pipeline2_parquet"):
        snow(file)
    until_nothing_is_pending(demo)
    changed = json.loads(next(iter(snow("03_simulate_changes")[-1][0].values())))
    assert {kind: changed[kind] for kind in ("adds", "updates", "deletes", "rekeys")} == {
        "adds": 10,
        "updates": 50,
        "deletes": 5,
        "rekeys": 3,
    }
    until_nothing_is_pending(demo)
    assert [row["name"] for row in snow("04_monitoring")[1]] == [
        "CONSTITUENTS_AUDIT_STREAM",
        "CONSTITUENTS_ICEBERG_STREAM",
    ]
    _, [iceberg], [rebuilt], [consumed], [pending] = snow("05_verification")
    for proof in (iceberg, rebuilt):
        assert proof["EXPECTED_ROWS"] == proof["FOUND_ROWS"] == 1005
        assert proof["EXPECTED_HASH"] == proof["FOUND_HASH"]
    assert (consumed["REPEATED"], consumed["BROKEN"], consumed["REPEATED_KEYS"]) == (0, 0, 0)
    assert set(pending.values()) == {0}
    snow("99_cleanup")
    assert {row["name"] for row in demo.ask("SHOW SCHEMAS IN DATABASE DATA_ENG_DEMO")}.isdisjoint(
        {"FACTSET", "ICEBERG"}
    )
    assert demo.ask("SHOW DATABASES LIKE 'ETF_DATA'") == []


def test_the_mirror_runs_with_snowflake_cli_too(demo: Demo, snow: Snow) -> None:
    make_provider(demo, tracked=False)
    snow("00_initialization")
    snow("00_source_mirror")
    [row] = demo.ask("SELECT COUNT(*) AS ROW_COUNT FROM DATA_ENG_DEMO.FACTSET.CONSTITUENTS_MIRROR")
    assert row["ROW_COUNT"] == 1
