"""The connector is loaded without what a command never calls, and all of it where the connection needs it."""

import subprocess
import sys

import pytest

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
