"""Who does the same work: this product, the limit, and other tools that run unmodified on the emulator's server.

Each runs in a process of its own, on an account of its own that is 100 ms away: creates everything, runs again with
nothing to change, removes everything. All take their SQL from this product's dry run, so that none can drift.
"""

import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config import CONFIG
from src.deployment.script import script, waves

from .measuring import PYTHON, Cost, Environment, run, serving

LATENCY_MS = 100
BIN = Path(PYTHON).parent
SNOW = BIN.parent / "snow" / "bin" / "snow"
SCHEMACHANGE = BIN.parent / "schemachange" / "bin" / "schemachange"
HISTORY = "METADATA.SCHEMACHANGE.CHANGE_HISTORY"

Command = Sequence[str | Path]
STEPS = ("create", "again", "remove", "--help")


@dataclass(frozen=True)
class Contender:
    """How a tool is run for each of STEPS; `before` is sent to the account first, and not measured."""

    name: str
    create: Command
    again: Command
    remove: Command
    help: Command
    before: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    def costs(self, folder: Path) -> dict[str, Cost]:
        """What each step costs on a fresh account. Raises CalledProcessError if one fails."""
        with serving(LATENCY_MS) as environment:
            if self.before:
                run(bare(folder, "before", [list(self.before)]), environment)
            commands = dict(zip(STEPS, (self.create, self.again, self.remove, self.help), strict=True))
            return {step: run(command, self._environment(environment)) for step, command in commands.items()}

    def _environment(self, environment: Environment) -> Environment:
        return {**environment, **self.environment, "SNOWFLAKE_PORT": environment["EMULATOR_PORT"]}


def bare(folder: Path, name: str, what: list[list[str]]) -> Command:
    """The bare connector on some waves."""
    file = folder / f"{name}.json"
    file.write_text(json.dumps(what))
    return (PYTHON, "tests/benchmarks/bare_connector.py", file)


def ours() -> Contender:
    setup = (PYTHON, "setup.py", "--connection_name", "emulator", "--mode")
    full = (*setup, "full")
    return Contender("setup.py", full, full, (*setup, "cleanup", "--yes"), (PYTHON, "setup.py", "--help"))


def limit(folder: Path) -> Contender:
    full, cleanup = waves("full", CONFIG), waves("cleanup", CONFIG)
    return Contender(
        "the limit: a bare connector, the same statements in waves",
        bare(folder, "create", full),
        bare(folder, "again", full[:1]),
        bare(folder, "remove", cleanup),
        (PYTHON, "-c", "import click"),
    )


def snow(folder: Path) -> Contender:
    """https://docs.snowflake.com/en/developer-guide/snowflake-cli/command-reference/sql-commands/sql"""
    sql = (SNOW, "sql", "--connection", "emulator", "--filename")
    full, cleanup = (_script(folder, mode, mode) for mode in ("full", "cleanup"))
    return Contender("snow sql -f", (*sql, full), (*sql, full), (*sql, cleanup), (SNOW, "--help"))


def schemachange(folder: Path) -> Contender:
    """It keeps what it has run in a table, runs what is new, and so removes by one more script.

    https://github.com/Snowflake-Labs/schemachange
    """
    created, removed = folder / "created", folder / "removed"
    for root in (created, removed):
        root.mkdir()
        _script(root, "full", "V1.0.0__full")
    _script(removed, "cleanup", "V2.0.0__cleanup")
    deploy = (SCHEMACHANGE, "deploy", "-c", HISTORY, "--schemachange-create-change-history-table", "-f")
    return Contender(
        "schemachange",
        (*deploy, created),
        (*deploy, created),
        (*deploy, removed),
        (SCHEMACHANGE, "--help"),
        ("CREATE DATABASE METADATA", "CREATE WAREHOUSE METADATA_WH"),
        {
            "SNOWFLAKE_ACCOUNT": "emulator",
            "SNOWFLAKE_USER": "PRESENTER",
            "SNOWFLAKE_PASSWORD": "emulator",
            "SNOWFLAKE_HOST": "127.0.0.1",
            "SNOWFLAKE_PROTOCOL": "http",
            "SNOWFLAKE_WAREHOUSE": "METADATA_WH",
        },
    )


def _script(folder: Path, mode: str, name: str) -> Path:
    file = folder / f"{name}.sql"
    file.write_text(script(mode, CONFIG))
    return file


Medians = dict[str, dict[str, Cost]]


def raced(contenders: Sequence[Contender], folder: Path, times: int) -> Medians:
    """The medians of each contender and step, of several rounds in which the contenders take turns."""
    rounds = [{one.name: one.costs(folder) for one in contenders} for _ in range(times)]
    return {
        one.name: {
            step: Cost(
                statistics.median(costs[one.name][step].seconds for costs in rounds),
                max(costs[one.name][step].megabytes for costs in rounds),
            )
            for step in STEPS
        }
        for one in contenders
    }


def table(medians: Medians) -> Iterator[str]:
    """Seconds, a line for each contender and a column for each step."""
    yield f"{f'seconds of a whole process, {LATENCY_MS} ms a request':<60}" + "".join(f"{step:>9}" for step in STEPS)
    for name, costs in medians.items():
        yield f"{name:<60}" + "".join(f"{costs[step].seconds:>9.2f}" for step in STEPS)


def missing(*tools: Path) -> list[str]:
    """The tools that are not installed."""
    return [tool.name for tool in tools if not tool.exists()]
