"""python -m src.emulator serve: an emulated Snowflake account for any Snowflake client."""

import sys
import threading
from pathlib import Path

import click

from .account import Edition
from .protocol.serving import Address, Options, emulator, state_folder
from .storage import StateError

_CONNECTION = """\
# Paste into connections.toml, then: snow sql --connection emulator -q "SHOW WAREHOUSES"
[emulator]
account = "emulator"
user = "PRESENTER"
password = "emulator"
host = "127.0.0.1"
port = {port}
protocol = "http"
"""


@click.group()
def main() -> None:
    """The emulator: an embedded Snowflake account on DuckDB."""


@main.command()
@click.option("--port", default=8765, show_default=True, help="Port on loopback; 0 takes a free one.")
@click.option("--state-dir", type=click.Path(path_type=Path), help="The state folder. [default: .local-snowflake]")
@click.option("--latency-ms", default=0, show_default=True, help="Delay of each request, as over a network.")
@click.option(
    "--edition",
    type=click.Choice(["STANDARD", "ENTERPRISE"], case_sensitive=False),
    default="ENTERPRISE",
    show_default=True,
)
@click.option("--no-create-role", is_flag=True, help="Refuse CREATE ROLE, like an account without the privilege.")
def serve(port: int, state_dir: Path | None, latency_ms: int, edition: Edition, no_create_role: bool) -> None:
    """Serve the emulator until Ctrl-C."""
    options = Options(edition, not no_create_role, latency_ms)
    try:
        with emulator((state_dir or state_folder()).absolute(), port=port, options=options) as address:
            _announce(address)
            if address.own:
                threading.Event().wait()
    except StateError as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        sys.exit(0)


def _announce(address: Address) -> None:
    if not address.own:
        click.echo(f"Another process already serves {address.folder} on port {address.port}.", err=True)
    click.echo(_CONNECTION.format(port=address.port))
    click.echo("ready" if address.own else "already running")


if __name__ == "__main__":
    main()
