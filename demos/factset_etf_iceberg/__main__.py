"""python -m demos.factset_etf_iceberg: deploys the FACTSET ETF demo, drives it, proves it, and removes it."""

import _signal  # type: ignore[import-not-found]  # built in: nothing is loaded before the handler is set
import os

if __name__ == "__main__":
    _signal.signal(_signal.SIGINT, lambda number, frame: os._exit(130))

from src.utils import program

if __name__ == "__main__":
    program.begin()

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from src.demo_kit.command_line import command_line, examples
from src.utils.options import Where, connected

if TYPE_CHECKING:
    from src.config import DemoConfig
    from src.demo_kit.command import Options, Work
    from src.demo_kit.manifest import Manifest, Numbers

    from .repair import Origin

_SOURCES = ("share", "mirror", "simulated")
_COUNT = click.IntRange(0, 1_000_000)


def load() -> "tuple[Manifest, DemoConfig]":
    from config import CONFIG

    from .manifest import MANIFEST

    return MANIFEST, CONFIG


@examples("--source simulated --seed 7", "--connection_name demo --prefix ALICE")
@click.option(
    "--source",
    "choice",
    type=click.Choice(["auto", *_SOURCES]),
    default="auto",
    show_default=True,
    help="Where the constituents come from: the share itself, a mirror of it, or synthetic rows.",
)
@click.option("--rows", type=click.IntRange(1000, 1_000_000), default=1000, show_default=True, help="Simulated rows.")
@click.option("--seed", type=click.IntRange(0, 1_000_000), default=1, show_default=True, help="Simulated rows, chosen.")
def deploy(options: "Options", pipelines: "Numbers", **choices: Any) -> "Work":
    """Make source, streams, tasks and the Iceberg table; a second time it loses and repeats nothing."""
    from src.demo_kit.command import deploying

    return deploying(options, pipelines, **choices)


@examples("--adds 2 --updates 4 --deletes 2 --rekeys 1")
@click.option("--adds", type=_COUNT, default=10, show_default=True, help="Companies that join.")
@click.option("--updates", type=_COUNT, default=50, show_default=True, help="Weights that move.")
@click.option("--deletes", type=_COUNT, default=5, show_default=True, help="Companies that leave.")
@click.option("--rekeys", type=_COUNT, default=3, show_default=True, help="Tickers that are renamed.")
@click.option("--seed", type=click.IntRange(0, 1_000_000), default=1, show_default=True, help="Which rows.")
def simulate(options: "Options", **counts: int) -> "Work":
    """Change the simulated source as an index rebalancing would, in one transaction."""
    from .source import simulating

    return simulating(counts)


@examples("", "--from audit")
@click.option(
    "--from",
    "origin",
    type=click.Choice(["source", "audit"]),
    default="source",
    show_default=True,
    help="What to restore from: the source, or what the audit files tell of it.",
)
def repair(options: "Options", origin: "Origin") -> "Work":
    """Restore the Iceberg table, in one transaction, after somebody has changed it."""
    from .repair import repairing

    return repairing(origin)


@click.option(
    "--engine", type=click.Choice(["pyiceberg"]), default="pyiceberg", show_default=True, help="What reads it."
)
def read(options: "Options", engine: str) -> "Work":
    """Read the Iceberg table with another engine, from its metadata file, and prove that it has the same rows."""
    from .another_engine import reading

    return reading()


main = command_line(
    load,
    """The FACTSET ETF demo: a stream and a task into an Iceberg table, a stream and a task into Parquet files.

    It stands on the infrastructure of setup.py. Exit codes: 0 done, 1 failed, 2 usage, 3 a proof does not hold or
    something cannot be restored, 4 refused, 130 interrupted.
    """,
    ("the Iceberg table", "the Parquet audit"),
    made="the Iceberg table, the audit files",
    file="01_pipeline1_iceberg",
    sources=_SOURCES,
    script=Path(__file__).parent / "docs" / "demo_script.md",
    deploying=deploy,
    others=[simulate, repair, read],
)


@main.command(examples=["", "--port 8600 --headless"])
@connected
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True, help="Where on this machine.")
@click.option("--headless", is_flag=True, help="Open no browser.")
def page(port: int, headless: bool, **where: Any) -> None:
    """Serve the page that an audience watches, on this machine alone, until Ctrl-C."""
    from .page import starting

    if not starting.is_possible():
        raise click.ClickException(starting.MISSING)
    if starting.is_taken(port):
        raise click.ClickException(starting.TAKEN.format(port=port))
    starting.start(Where(**where), port, headless=headless)


if __name__ == "__main__":
    main(prog_name="python -m demos.factset_etf_iceberg")
