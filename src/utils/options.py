"""The options that all commands have, each declared here once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from src.config import DemoConfig

    from .connections import Target


class Command(click.Command):
    """A command whose help ends in examples, each of which is what follows its name."""

    def __init__(self, *arguments: Any, examples: Sequence[str] = (), **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.examples = tuple(examples)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_epilog(ctx, formatter)
        if self.examples:
            with formatter.section("Examples"):
                for words in self.examples:
                    formatter.write(f"  {ctx.command_path} {words}".rstrip() + "\n")


class Number(click.FloatRange):
    """A number that ends: neither nan, which no range keeps out, nor inf."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if not isfinite(number):
            self.fail(f"{value!r} is no number.", param, ctx)
        return number


class Group(click.Group):
    """A group whose help has the first paragraph of each command's help, whole, and an example of each."""

    command_class = Command

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_epilog(ctx, formatter)
        with formatter.section("Examples"):
            for name in self.list_commands(ctx):
                [words, *_] = getattr(self.commands[name], "examples", ("",))
                formatter.write(f"  {ctx.command_path} {name} {words}".rstrip() + "\n")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        summaries = {name: (self.commands[name].help or "").partition("\n\n")[0] for name in self.list_commands(ctx)}
        with formatter.section("Commands"):
            formatter.write_dl([(name, " ".join(summary.split())) for name, summary in summaries.items()])


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
