"""The connector is loaded without what a command never calls, and all of it where the connection needs it."""

import gc
import subprocess
import sys

import pytest

from src.utils.connector import without_collections

LOADED = """
import sys
from src.utils.connections import Target
from src.utils.connector import load_lean

load_lean(Target("x", False, "", workload_identity={workload_identity}))
print("boto3" in sys.modules)
import boto3, pyarrow
"""


@pytest.mark.parametrize("workload_identity", [False, True])
def test_optional_libraries_are_loaded_only_for_a_machine_in_a_cloud(workload_identity: bool) -> None:
    script = LOADED.format(workload_identity=workload_identity)
    found = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert found.stdout == f"{workload_identity}\n"


@pytest.mark.parametrize("before", [True, False])
def test_garbage_is_collected_afterwards_as_it_was_before(before: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "snowflake.snowpark", raising=False)
    if not before:
        gc.disable()
    try:
        with without_collections():
            assert not gc.isenabled()
        assert gc.isenabled() == before
    finally:
        gc.enable()
