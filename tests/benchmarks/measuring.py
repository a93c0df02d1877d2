"""Runs commands and measures them: wall time, peak memory, and several of them in turn."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYTHON = sys.executable
SETUP = (PYTHON, "setup.py", "--connection_name", "local")

Environment = Mapping[str, str]


@dataclass(frozen=True)
class Cost:
    """Wall seconds and peak resident megabytes of a process."""

    seconds: float
    megabytes: float


@dataclass(frozen=True)
class Line:
    """One line of the table: what was measured, in which unit, and what it may be at most."""

    name: str
    measured: float
    limit: float | None
    unit: str

    @property
    def holds(self) -> bool:
        return self.limit is None or self.measured <= self.limit

    def __str__(self) -> str:
        limit = "" if self.limit is None else f"at most {self.limit:g}"
        verdict = "" if self.limit is None else ("ok" if self.holds else "OVER")
        return f"{self.name:<72} {self.measured:>9.2f} {self.unit:<4} {limit:<13} {verdict}".rstrip()


def _inherited() -> dict[str, str]:
    """What a command inherits. Python keeps what it has compiled, as it does for a user, whatever is set here."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def run(command: Sequence[str | Path], environment: Environment | None = None) -> Cost:
    """Runs a command to its end in the repository's folder. Raises CalledProcessError if it fails."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**_inherited(), **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, stderr=errors.decode())
    return Cost(time.perf_counter() - begin, usage.ru_maxrss / 1024)


def interleaved(times: int, *measures: Callable[[], Cost]) -> list[Cost]:
    """Runs the measures in turn, several times, and returns the median of each: a noisy moment hits all alike."""
    runs = [[measure() for measure in measures] for _ in range(times)]
    return [
        Cost(statistics.median(cost.seconds for cost in costs), max(cost.megabytes for cost in costs))
        for costs in zip(*runs, strict=True)
    ]


@contextmanager
def fresh_state() -> Iterator[dict[str, str]]:
    """The environment of an emulator that has seen nothing, and of a person who has configured nothing."""
    with tempfile.TemporaryDirectory() as folder:
        yield {"DATA_ENG_DEMO_STATE": f"{folder}/state", "HOME": folder, "SNOWFLAKE_HOME": f"{folder}/snowflake"}


@contextmanager
def serving(latency_ms: int) -> Iterator[dict[str, str]]:
    """An emulator on a fresh state, served by a process of its own at some distance.

    The connection "emulator" of connections.toml leads there as to any account; EMULATOR_PORT is its port.
    """
    with fresh_state() as environment:
        command = [PYTHON, "-m", "src.emulator", "serve", "--port", "0", "--latency-ms", str(latency_ms)]
        process = subprocess.Popen(command, cwd=ROOT, env=_inherited() | environment, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        connection = []
        while "ready" not in (line := process.stdout.readline()):
            if process.poll() is not None:
                raise RuntimeError("The emulator did not start.")
            connection.append(line)
        try:
            yield environment | {"EMULATOR_PORT": _connect("".join(connection), Path(environment["SNOWFLAKE_HOME"]))}
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()


def _connect(connection: str, home: Path) -> str:
    """Writes the connection that the server prints into connections.toml, and returns its port."""
    home.mkdir()
    file = home / "connections.toml"
    file.write_text(connection)
    file.chmod(0o600)
    return str(tomllib.loads(connection)["emulator"]["port"])
