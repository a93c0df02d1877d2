"""The page on an emulator of its own, with the infrastructure that the demo stands on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session", autouse=True)
def _state(tmp_path_factory: pytest.TempPathFactory) -> None:
    os.environ["DATA_ENG_DEMO_STATE"] = str(tmp_path_factory.mktemp("page") / "state")
    setup = [sys.executable, "setup.py", "--mode", "full", "--connection_name", "local"]
    subprocess.run(setup, cwd=ROOT, check=True, capture_output=True, timeout=200)
