"""python -m src.emulator serve: an emulated Snowflake account for any Snowflake client."""

import _signal  # type: ignore[import-not-found]  # built in: nothing is loaded before the handler is set
import os

if __name__ == "__main__":
    _signal.signal(_signal.SIGINT, lambda number, frame: os._exit(130))

import shlex
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .editions import EDITIONS, Edition

if TYPE_CHECKING:
    from .protocol.serving import Address

INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """The emulator: an embedded Snowflake account on DuckDB."""


@main.command(short_help="Serve the emulator until Ctrl-C.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    help="Port on loopback; 0 takes a free one.",
)
@click.option("--state-dir", type=click.Path(path_type=Path), help="The state folder. [default: .local-snowflake]")
@click.option(
    "--latency-ms",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Delay of each request, as over a network.",
)
@click.option(
    "--edition",
    type=click.Choice(EDITIONS, case_sensitive=False),
    help="The account's edition. [default: what the folder's account has; ENTERPRISE for a new one]",
)
@click.option("--trial/--no-trial", "is_trial", default=None, help="A trial account. [default: as the folder's is]")
@click.option("--no-create-role", is_flag=True, help="Refuse CREATE ROLE, like an account without the privilege.")
@click.option(
    "--write-connection",
    "connection",
    metavar="NAME",
    help="Write the connection into connections.toml under this name, instead of printing it; another's stays.",
)
def serve(
    port: int,
    state_dir: Path | None,
    latency_ms: int,
    edition: Edition | None,
    is_trial: bool | None,
    no_create_role: bool,
    connection: str | None,
) -> None:
    """Serve the emulator until Ctrl-C, which ends it with 0; with 130 if it was not ready yet.

    \b
    Examples:
      python -m src.emulator serve --port 0 --write-connection emulator
      python -m src.emulator serve --edition STANDARD --trial --no-create-role
    """
    from .protocol.serving import Options, emulator, state_folder
    from .store.storage import StateError

    options = Options(edition, not no_create_role, latency_ms, is_trial)
    stop, is_ready = threading.Event(), False

    def end(number: int, frame: object) -> None:
        """Ends the waiting, but not the start of the engine; the second time, anything."""
        if stop.is_set():
            os._exit(INTERRUPTED)
        stop.set()

    before = signal.signal(signal.SIGINT, end)
    try:
        with emulator((state_dir or state_folder()).absolute(), port=port, options=options) as address:
            if not stop.is_set():
                _announce(address, connection)
                is_ready = True
            if address.own:
                stop.wait()
    except StateError as error:
        raise click.ClickException(str(error)) from None
    finally:
        signal.signal(signal.SIGINT, before)
    sys.exit(0 if is_ready else INTERRUPTED)


def _announce(address: "Address", connection: str | None) -> None:
    from .protocol import connection_file

    lines = []
    if not address.own:
        click.echo(f"Another process already serves {address.folder} on port {address.port}.", err=True)
    name = "emulator" if connection is None else connection
    if connection is None:
        lines.append("# Paste into connections.toml (chmod 0600), or serve with --write-connection NAME. Then:")
    else:
        lines.append(f'# Connection "{name}" is in "{connection_file.write(name, address)}":')
    lines.append(f'# snow sql --connection {shlex.quote(name)} -q "SHOW WAREHOUSES"')
    if connection is None:
        lines.append(connection_file.block(name, address))
    lines.append("ready" if address.own else "already running")
    try:
        click.echo("\n".join(lines))
    except OSError as error:  # it serves all the same
        click.echo(f"The output cannot be written: {error.strerror}.", err=True)
        sys.stdout = None  # or Python would try to write the rest when it ends


if __name__ == "__main__":
    main()
