"""The one command: every other command under its name, loaded when it is run."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from src import __version__
from src.utils.terminal import MOST_COLUMNS

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

DEMOS = Path(__file__).resolve().parent.parent / "demos"
_SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": MOST_COLUMNS}


@dataclass(frozen=True)
class Entry:
    """The module of a command and its name there, and what it does in one line."""

    place: str
    about: str

    def load(self) -> click.Command:
        module, _, name = self.place.partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


ENTRIES: Mapping[str, Entry] = {
    "setup": Entry("setup:main", "Set up the infrastructure, check it, or remove it: the options of setup.py."),
    "plan": Entry("src.deployment.command_line:plan", "Show what a full would change, and what it costs."),
    "doctor": Entry("src.deployment.command_line:doctor", "Look whether everything is there that the product needs."),
    "gc": Entry("src.deployment.command_line:gc", "List the deployments that have expired, and remove them."),
    "demo": Entry("src.commands:demo", "Run a demo: demo NAME deploy, simulate, run, status, verify, cleanup."),
    "load": Entry("src.pipelines.command_line:load", "Load files of your own, curate and check them."),
    "curate": Entry("src.pipelines.command_line:curate", "Type and deduplicate what has been loaded."),
    "check": Entry("src.pipelines.command_line:check", "Check the rows of a table by a file of checks."),
    "summarise": Entry("src.pipelines.command_line:summarise", "Sum a table up, by groups."),
    "share": Entry("src.data_sharing.command_line:share", "Share tables and views with other accounts."),
    "monitor": Entry("src.data_sharing.command_line:monitor", "Show what happened and what it cost."),
    "audit": Entry("src.deployment.command_line:audit", "Compare what the roles hold with config.py."),
    "serve": Entry("src.emulator.__main__:serve", "Serve the emulator to any Snowflake client."),
}


class _Loaded(click.Group):
    """Loads a command when it is run, so that click, which knows none of them, cannot name the nearest."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            names = {written: name for name in self.list_commands(ctx) for written in (name, name.partition("_")[0])}
            if nearest := get_close_matches(args[0], names, 1):
                ctx.fail(f"{error.message} Did you mean {names[nearest[0]]!r}?")
            raise


class _Commands(_Loaded):
    """Knows its commands by name and line; loads the one that is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(ENTRIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = ENTRIES.get(cmd_name)
        return entry.load() if entry else None

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """By the names alone: a group of click's loads every command for its summary."""
        from click.shell_completion import CompletionItem

        named = [CompletionItem(name, help=one.about) for name, one in ENTRIES.items() if name.startswith(incomplete)]
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.about) for name, entry in ENTRIES.items()])


class _Demos(_Loaded):
    """A command for each folder of demos/ that has one; the beginning of a name will do where one demo has it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(file.parent.name for file in DEMOS.glob("*/__main__.py"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        names = [name for name in self.list_commands(ctx) if name == cmd_name or name.startswith(cmd_name)]
        if cmd_name not in names and len(names) != 1:
            return None
        command: click.Command = import_module(f"demos.{cmd_name if cmd_name in names else names[0]}.__main__").main
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Demos"):
            formatter.write_dl([(name, f"data-eng-demo demo {name} --help") for name in self.list_commands(ctx)])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Examples"):
            for name in self.list_commands(ctx):
                formatter.write(f"  {ctx.command_path} {name} deploy\n")


demo = _Demos("demo", help=ENTRIES["demo"].about, context_settings=_SETTINGS)


@click.command(cls=_Commands, context_settings=_SETTINGS)
@click.version_option(__version__, message="%(version)s")
def main() -> None:
    """Set up, rehearse and tear down Snowflake data-engineering demos, on an account or on the emulator.

    \b
    Examples:
      data-eng-demo setup --mode full
      data-eng-demo plan
      data-eng-demo demo NAME deploy
      data-eng-demo load orders.csv --table ORDERS --key ORDER_ID
      data-eng-demo setup --mode cleanup

    Exit codes: 0 done, 1 failed, 2 usage, 3 something differs, 4 refused, 130 interrupted.
    """
