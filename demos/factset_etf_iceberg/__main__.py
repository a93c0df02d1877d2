"""python -m demos.factset_etf_iceberg: deploys the FACTSET ETF demo, drives it, proves it, and removes it."""

import _signal  # type: ignore[import-not-found]  # built in: nothing is loaded before the handler is set
import os

if __name__ == "__main__":
    _signal.signal(_signal.SIGINT, lambda number, frame: os._exit(130))

from src.utils import program

if __name__ == "__main__":
    program.begin()

import math
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from src.utils.terminal import printable

if TYPE_CHECKING:
    from .command import Options, Result, Work

_CONNECTION = click.option(
    "--connection_name",
    "--connection-name",
    metavar="NAME",
    help='Connection in connections.toml; "local" is the emulator. Default: the connector\'s default connection, '
    "or the emulator if none is configured at all.",
)
_PREFIX = click.option(
    "--prefix",
    metavar="PREFIX",
    default="",
    envvar="DATA_ENG_DEMO_PREFIX",
    show_envvar=True,
    help="The prefix that setup.py was run with.",
)
_OUTPUT = click.option(
    "--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
_VERBOSE = click.option("--verbose", is_flag=True, help="Show tracebacks.")


class _Seconds(click.FloatRange):
    """A number of seconds that ends: neither nan, which no range keeps out, nor inf."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        seconds = super().convert(value, param, ctx)
        if not math.isfinite(seconds):
            self.fail(f"{seconds} is no number of seconds.", param, ctx)
        return float(seconds)


def _pipelines(default: str) -> Callable[[Any], Any]:
    return click.option(
        "--pipelines",
        metavar="1,2",
        default=default,
        show_default=bool(default),
        help="1 is the Iceberg table, 2 the Parquet audit.",
    )


def _common(command: Callable[..., "Result"]) -> Callable[..., None]:
    """Gives a command the options that all have, shows its result, and exits with its code."""

    @_CONNECTION
    @_PREFIX
    @_OUTPUT
    @_VERBOSE
    @wraps(command)
    def run(connection_name: str | None, prefix: str, output: str, verbose: bool, **rest: Any) -> None:
        from src.deployment.progress import say

        from .command import Options

        exit_code = program.INTERRUPTED
        with program.interruptible():
            ask = _confirm if sys.stdin is not None and sys.stdin.isatty() else None
            common = Options(connection_name, prefix, output == "json", verbose, ask, rest.pop("yes", False))
            result = command(common, **rest)
            if output == "json":
                say(result.as_json(), sys.stdout)
            elif result.error:
                say(f"Error: {result.error}", sys.stderr)
            exit_code = result.exit_code
        program.leave(exit_code)

    return run


def _confirm(doomed: list[str]) -> bool:
    for one in doomed:
        click.echo(printable(f"Will drop {one}"), err=True)
    try:
        return click.confirm("Drop them?", err=True)
    except click.Abort:
        raise KeyboardInterrupt("Interrupted: nothing was dropped.") from None


def _perform(command: str, options: "Options", work: "Work") -> "Result":
    from src.config.reading import readable

    with readable():
        from config import CONFIG
    from .command import perform

    return perform(command, options, CONFIG, work)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """The FACTSET ETF demo: a stream and a task into an Iceberg table, a stream and a task into Parquet files.

    It stands on the infrastructure of setup.py. Exit codes: 0 done, 1 failed, 2 usage, 3 a proof of verify does not
    hold, 4 refused, 130 interrupted.
    """


@main.command()
@_pipelines("1,2")
@click.option(
    "--source",
    type=click.Choice(["auto", "share", "mirror", "simulated"]),
    default="auto",
    show_default=True,
    help="Where the constituents come from: the share itself, a mirror of it, or synthetic rows.",
)
@click.option("--rows", type=click.IntRange(1000, 1_000_000), default=1000, show_default=True, help="Simulated rows.")
@click.option("--seed", type=click.IntRange(0, 1_000_000), default=1, show_default=True, help="Simulated rows, chosen.")
@_common
def deploy(options: "Options", pipelines: str, source: Any, rows: int, seed: int) -> "Result":
    """Make source, streams, tasks and the Iceberg table; a second time it loses and repeats nothing."""
    from .command import deploying

    return _perform("deploy", options, deploying(pipelines, source, rows, seed))


_COUNT = click.IntRange(0, 1_000_000)


@main.command()
@click.option("--adds", type=_COUNT, default=10, show_default=True, help="Companies that join.")
@click.option("--updates", type=_COUNT, default=50, show_default=True, help="Weights that move.")
@click.option("--deletes", type=_COUNT, default=5, show_default=True, help="Companies that leave.")
@click.option("--rekeys", type=_COUNT, default=3, show_default=True, help="Tickers that are renamed.")
@click.option("--seed", type=click.IntRange(0, 1_000_000), default=1, show_default=True, help="Which rows.")
@_common
def simulate(options: "Options", seed: int, **counts: int) -> "Result":
    """Change the simulated source as an index rebalancing would, in one transaction."""
    from .command import simulating

    return _perform("simulate", options, simulating(counts, seed))


@main.command()
@_pipelines("1,2")
@click.option("--timeout", type=_Seconds(1), default=600, show_default=True, help="Seconds to wait for a task.")
@_common
def run(options: "Options", pipelines: str, timeout: float) -> "Result":
    """Run the tasks now and wait for their end."""
    from .command import running

    return _perform("run", options, running(pipelines, timeout))


@main.command()
@click.option("--watch", is_flag=True, help="Show it again and again, until Ctrl-C.")
@click.option("--every", type=_Seconds(0.1), default=2, show_default=True, help="Seconds between two looks.")
@_common
def status(options: "Options", watch: bool, every: float) -> "Result":
    """Show pending changes, last runs, the Iceberg table, the audit files, and what is wrong."""
    from .command import looking

    return _perform("status", options, looking(options, watch, every))


@main.command()
@_common
def verify(options: "Options") -> "Result":
    """Prove that nothing was lost and nothing was loaded twice."""
    from .command import verifying

    return _perform("verify", options, verifying())


@main.command()
@_pipelines("")
@click.option("--yes", is_flag=True, help="Do not ask before objects are dropped on a Snowflake account.")
@click.option(
    "--deployment",
    metavar="NAME",
    default="",
    help="Remove the demo that was deployed when its database was called NAME.",
)
@_common
def cleanup(options: "Options", pipelines: str, deployment: str) -> "Result":
    """Remove the demo and nothing else; with --pipelines, only those, so that deploy begins them anew."""
    from .command import cleaning

    return _perform("cleanup", options, cleaning(options, pipelines, deployment))


@main.command()
@click.argument("file", required=False)
@_PREFIX
@click.option(
    "--source",
    type=click.Choice(["share", "mirror", "simulated"]),
    default="simulated",
    show_default=True,
    help="The source to render for.",
)
@click.option("--define", is_flag=True, help="Print the -D options for snow sql instead of SQL.")
@click.option("--directory", type=click.Path(file_okay=False, path_type=Path), help="Write files here instead.")
def render(file: str | None, prefix: str, source: str, define: bool, directory: Path | None) -> None:
    """Print the SQL as it is sent: one FILE (01_pipeline1_iceberg, say) or all. Opens no connection."""
    from src.config import ConfigError
    from src.config.reading import readable

    with readable():
        from config import CONFIG

    from . import rendering

    try:
        config = CONFIG.with_prefix(prefix) if prefix else CONFIG
        text = rendering.defines(config, source) if define else rendering.rendered(config, source, file, directory)
    except (ConfigError, ValueError, OSError) as error:
        raise click.UsageError(str(error)) from None
    click.echo(text, nl=False)


if __name__ == "__main__":
    main(prog_name="python -m demos.factset_etf_iceberg")
