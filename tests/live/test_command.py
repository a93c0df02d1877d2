"""`make live` on an account that a second emulator plays: the live tests run, and its report finds no difference."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from src.emulator.protocol.serving import emulator

from ..lengths import LONG


@pytest.mark.skipif(not LONG, reason="make soak")
def test_the_tests_run_on_the_account_and_the_report_is_written(tmp_path: Path) -> None:
    report, file = tmp_path / "fidelity.md", tmp_path / ".snowflake" / "connections.toml"
    file.parent.mkdir(mode=0o700)
    environment = os.environ | {"HOME": str(tmp_path), "DATA_ENG_DEMO_STATE": str(tmp_path / "rehearsal")}
    with emulator(tmp_path / "account") as account:
        listed = [f"{name} = {value!r}" for name, value in account.parameters.items()]
        file.write_text("\n".join(["[account]", *listed]))
        file.chmod(0o600)
        words = [sys.executable, "-m", "tests.live", "--connection", "account", "--report", str(report), "--yes"]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=3600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("0 of ")
    assert "| `CREATE ICEBERG TABLE` | 1 | 0 |" in report.read_text()
