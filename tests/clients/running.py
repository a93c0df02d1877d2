"""Runs the script of a client against an emulator of its own, and reads what it says."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import snowflake.connector

from src.emulator.protocol.serving import emulator

from .clients import ENVIRONMENTS, Client

SECONDS = 600


@dataclass(frozen=True)
class Trial:
    """What was done, and why it failed, if it did."""

    does: str
    reason: str | None

    @property
    def outcome(self) -> str:
        """`pass`, `refused` by name and with a reason, or `FAIL`."""
        if self.reason is None:
            return "pass"
        return "refused" if self.reason.startswith("refused: ") else "FAIL"


@dataclass(frozen=True)
class Outcome:
    version: str
    trials: tuple[Trial, ...]


def run(client: Client, folder: Path) -> Outcome:
    """`folder` is empty: the state of the emulator and the files of the script go into it.

    A script that ends before it has said all counts as one more trial, which failed.
    """
    files = folder / "files"
    files.mkdir(parents=True)
    with account(folder / "state") as address:
        command = ["timeout", str(SECONDS), *client.command]
        done = subprocess.run(
            command, cwd=files, env=environment(client, files, address), capture_output=True, text=True
        )
    said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"')]
    version = next((one["version"] for one in said if "version" in one), "unknown")
    trials = [Trial(one["does"], one["reason"]) for one in said if "does" in one]
    if done.returncode:
        trials.append(Trial("runs to its end", _last_line(done.stderr or done.stdout)))
    return Outcome(version, tuple(trials))


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "no word")


@contextmanager
def account(folder: Path) -> Iterator[dict[str, object]]:
    """An emulator with database DEMO and warehouse WH, and how it is reached."""
    with emulator(folder) as served:
        quiet = {"platform_detection_timeout_seconds": 0, "disable_ocsp_checks": True}
        with snowflake.connector.connect(**(served.parameters | quiet)) as connection:
            connection.cursor().execute("CREATE DATABASE DEMO")
            connection.cursor().execute("CREATE WAREHOUSE WH")
        yield {**served.parameters, "database": "DEMO", "schema": "PUBLIC", "warehouse": "WH", "role": "ACCOUNTADMIN"}


def environment(client: Client, home: Path, address: dict[str, object]) -> dict[str, str]:
    """The environment of the process: the client's programs first, and nothing of the user's own configuration."""
    place = ENVIRONMENTS / client.environment
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SNOWFLAKE_", "PYTHON"))}
    return kept | {
        "PATH": f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "SNOWFLAKE_HOME": str(home),
        "NODE_PATH": str(place / "node_modules"),
        "NODE_NO_WARNINGS": "1",
        "NO_COLOR": "1",
        "EMULATOR": json.dumps(address),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
