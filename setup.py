"""Builds, checks and removes the infrastructure of the data-engineering demos.

This is the demo's command, not a build script: the build is described in pyproject.toml.
"""

import _signal  # type: ignore[import-not-found]  # built in: nothing is loaded before the handler is set
import os

if __name__ == "__main__":
    _signal.signal(_signal.SIGINT, lambda number, frame: os._exit(130))

from src.utils import program

if __name__ == "__main__":
    program.begin()

import sys
from typing import TYPE_CHECKING, Any

import click

from src import __version__
from src.utils import options
from src.utils.arguments import checked
from src.utils.terminal import MOST_COLUMNS, columns, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snowflake.snowpark import Session

    from src.config import DemoConfig
    from src.deployment.adoption import Intention
    from src.deployment.report import Report
    from src.deployment.steps import Steps

MODES = {
    "full": "everything that config.py says",
    "quick": "the same at the least cost: smallest warehouses, one day of Time Travel, no roles",
    "validate": "compare the account with config.py; changes nothing",
    "cleanup": "drop all of it, and prove that nothing is left",
}


@click.command(
    cls=options.Command,
    examples=[
        "--mode full --connection_name demo --prefix ALICE",
        "--mode quick --ttl 8h",
        "--mode validate --json",
        "--mode cleanup --yes",
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": MOST_COLUMNS},
)
@click.option(
    "--mode",
    type=click.Choice(list(MODES)),
    default="full",
    show_default=True,
    help="; ".join(f"{mode}: {meaning}" for mode, meaning in MODES.items()) + ".",
)
@click.option("--dry-run", is_flag=True, help="Print the exact SQL; run nothing, open no connection.")
@click.option(
    "--ttl",
    metavar="8h",
    help="Let what is set up expire so long from now (m, h or d): gc removes it then. Without, what is there keeps its "
    "expiry, and what is new has that of config.py: none.",
)
@click.option(
    "--adopt",
    is_flag=True,
    help="Take over objects that exist and are not ours: alter them, and let cleanup give them back as they were.",
)
@click.option(
    "--deployment",
    metavar="NAME",
    default="",
    help="Let cleanup remove the deployment that was set up when its database was called NAME.",
)
@click.option("--drop-adopted", is_flag=True, help="Let cleanup drop what was adopted, instead of giving it back.")
@click.option("--yes", is_flag=True, help="Do not ask before objects are dropped or adopted on a Snowflake account.")
@options.connected
@options.reported
@click.option("--verbose", is_flag=True, help="Show every statement with its outcome, and tracebacks.")
@click.version_option(__version__, message="%(version)s")
def main(output: str, **chosen: Any) -> None:
    """Set up the infrastructure of the Snowflake data-engineering demos, check it, or remove it.

    Exit codes: 0 done, 1 failed, 2 usage, 3 drift found by validate, 4 refused, 130 interrupted.
    """
    from src.config.reading import read_config
    from src.deployment.command import Options, perform

    config = read_config()

    exit_code = program.INTERRUPTED
    with program.interruptible():
        ask = _confirm if sys.stdin is not None and sys.stdin.isatty() else None
        report = perform(Options(**chosen, json=output == "json", ask=ask), config, program.started())
        _show(report, output, verbose=chosen["verbose"])
        exit_code = report.exit_code
    program.leave(exit_code)


def _confirm(planned: "Sequence[Intention]") -> bool:
    for one in planned:
        say(f"Will {one.verb} {one}", sys.stderr)
    verbs = " and ".join(dict.fromkeys(one.verb for one in planned))
    try:
        return click.confirm(f"{verbs.capitalize()} them?", err=True)
    except click.Abort:
        raise KeyboardInterrupt from None


def _show(report: "Report", output: str, *, verbose: bool) -> None:
    from src.deployment.report import as_json, as_text

    if output == "json":
        say(as_json(report), sys.stdout, fold=False)
    elif report.script:
        click.echo(report.script, nl=False)
    else:
        stream = sys.stderr if report.error else sys.stdout
        say(as_text(report, verbose=verbose, width=columns(stream)), stream)


@checked
def setup_database_and_schemas(session: "Session", config: "DemoConfig | None" = None) -> "Report":
    """Creates or alters the database and its schemas. Raises DemoError that names what failed."""
    from src.deployment.steps import DATABASE_AND_SCHEMAS

    return _set_up(session, config, DATABASE_AND_SCHEMAS)


@checked
def setup_warehouses(session: "Session", config: "DemoConfig | None" = None) -> "Report":
    """Creates or alters the warehouses and their resource monitor. Raises DemoError that names what failed."""
    from src.deployment.steps import WAREHOUSES

    return _set_up(session, config, WAREHOUSES)


@checked
def setup_pipeline_infrastructure(session: "Session", config: "DemoConfig | None" = None) -> "Report":
    """Creates or alters file formats, stages, roles and their privileges. Raises DemoError that names what failed."""
    from src.deployment.steps import PIPELINE_INFRASTRUCTURE

    return _set_up(session, config, PIPELINE_INFRASTRUCTURE)


def _set_up(session: "Session", config: "DemoConfig | None", steps: "Steps") -> "Report":
    from config import CONFIG
    from src.deployment.command import set_up

    return set_up(session, config or CONFIG, steps)


if __name__ == "__main__":
    main()
