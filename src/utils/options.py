"""The options that all commands have, each declared here once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from src.config import DemoConfig

    from .connections import Target

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Where:
    """What the options of `connected` say: the connection, the role that wins over the connection's, the prefix."""

    connection_name: str | None = None
    role: str | None = None
    prefix: str = ""

    def of(self, config: "DemoConfig") -> "DemoConfig":
        """The configuration with the prefix, if there is one."""
        return config.with_prefix(self.prefix) if self.prefix else config

    def target(self) -> "Target":
        """Where to connect. Raises InputError as `resolve_target` does."""
        from .connections import resolve_target

        return resolve_target(self.connection_name, self.role)


def _all(*options: Callable[[Any], Any]) -> Callable[[Function], Function]:
    """The options as one decorator, in this order in the help."""

    def decorate(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def _as_json(context: click.Context, parameter: click.Parameter, chosen: bool) -> None:
    if chosen:
        context.default_map = {**(context.default_map or {}), "output": "json"}


prefixed = click.option(
    "--prefix",
    metavar="PREFIX",
    default="",
    envvar="DATA_ENG_DEMO_PREFIX",
    show_envvar=True,
    help="Put PREFIX_ before every account-level name, so that several people can share an account.",
)
connected = _all(
    click.option(
        "--connection_name",
        "--connection-name",
        metavar="NAME",
        help='Connection in connections.toml; "local" is the emulator. Default: the connector\'s default connection, '
        "or the emulator if none is configured at all.",
    ),
    click.option("--role", metavar="NAME", help="Role to work with, instead of the connection's."),
    prefixed,
)
reported = _all(
    click.option(
        "--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
    ),
    click.option(
        "--json", is_flag=True, is_eager=True, expose_value=False, callback=_as_json, help="Short for --output json."
    ),
)
