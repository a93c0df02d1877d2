"""The command line of a demo. A demo's __main__ makes it, with the commands and options that it alone has."""

import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from src.utils import program
from src.utils.options import Command as CommandWithExamples
from src.utils.options import Group, Number, connected, prefixed, reported
from src.utils.terminal import MOST_COLUMNS, say

if TYPE_CHECKING:
    from src.config import DemoConfig

    from .command import Options, Work
    from .manifest import Manifest, Numbers

Load = Callable[[], "tuple[Manifest, DemoConfig]"]
Command = Callable[..., "Work"]

_VERBOSE = click.option("--verbose", is_flag=True, help="Show every statement of a deployment, and tracebacks.")


class _Pipelines(click.ParamType["Numbers"]):
    """The numbers of some pipelines of a demo, as in `1,2`."""

    name = "pipelines"

    def __init__(self, count: int) -> None:
        self._known = [str(number) for number in range(1, count + 1)]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Numbers":
        if isinstance(value, tuple):
            return value
        wanted = {part.strip() for part in value.split(",")} if value else set()
        if not wanted <= set(self._known):
            together = f" or {','.join(self._known)}" if len(self._known) > 1 else ""
            self.fail(f"{value!r} is not a choice. Allowed: {', '.join(self._known)}{together}.", param, ctx)
        return tuple(int(number) for number in self._known if number in wanted)


def examples(*words: str) -> Callable[[Command], Command]:
    """What the help of a command of a demo ends in: what follows its name, one a line."""

    def decorate(function: Command) -> Command:
        vars(function)["examples"] = words
        return function

    return decorate


def command_line(
    load: Load,
    about: str,
    pipelines: Sequence[str],
    *,
    made: str = "what the pipelines have made",
    file: str,
    sources: Sequence[str] = (),
    script: Path | None = None,
    deploying: Command | None = None,
    others: Sequence[Command] = (),
) -> click.Group:
    """The commands of the demo that `load` gives, with CONFIG; it is called when a command runs.

    `pipelines` says what each one is, `made` what status shows of them, `file` which SQL file one may render, and
    `sources` what its --source may be, the usual one last. `script` is what a presenter says and does. `deploying` is a
    `deploy` with options of its own, and `others` are more commands: a function gets Options and what is asked of it,
    and gives the work.
    """
    described = [f"{number} {'is ' * (number == 1)}{what}" for number, what in enumerate(pipelines, start=1)]
    every = ",".join(str(number) for number in range(1, len(pipelines) + 1))

    def chosen(default: str) -> Callable[[Command], Command]:
        return click.option(
            "--pipelines",
            metavar=every,
            type=_Pipelines(len(pipelines)),
            default=default,
            show_default=bool(default),
            help=f"{', '.join(described)}.",
        )

    def deploy(options: "Options", pipelines: "Numbers", **choices: Any) -> "Work":
        """Make source, streams and tasks; a second time it loses and repeats nothing."""
        from .command import deploying

        return deploying(options, pipelines, **choices)

    @examples("", "--timeout 60")
    @chosen(every)
    @click.option("--timeout", type=Number(1), default=600, show_default=True, help="Seconds to wait for a task.")
    def run(options: "Options", pipelines: "Numbers", timeout: float) -> "Work":
        """Run the tasks now and wait for their end."""
        from .command import running

        return running(pipelines, timeout)

    @examples("", "--watch")
    @click.option("--watch", is_flag=True, help="Show it again and again, until Ctrl-C.")
    @click.option(
        "--every",
        type=Number(0.1),
        help="Seconds between two looks.  [default: 1 on the emulator, 15 on an account, where looking costs]",
    )
    def status(options: "Options", watch: bool, every: float | None) -> "Work":
        from .command import looking

        return looking(options, watch, every)

    status.__doc__ = f"Show pending changes, last runs, {made}, and what is wrong."

    def verify(options: "Options") -> "Work":
        """Prove that nothing was lost and nothing was loaded twice."""
        from .command import verifying

        return verifying()

    @examples("", "--pipelines 1 --yes")
    @chosen("")
    @click.option("--yes", is_flag=True, help="Do not ask before objects are dropped on a Snowflake account.")
    @click.option(
        "--deployment",
        metavar="NAME",
        default="",
        help="Remove the demo that was deployed when its database was called NAME.",
    )
    def cleanup(options: "Options", pipelines: "Numbers", deployment: str) -> "Work":
        """Remove the demo and nothing else; with --pipelines, only those, so that deploy begins them anew."""
        from .command import cleaning

        return cleaning(options, pipelines, deployment)

    group = Group(
        help=about, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": MOST_COLUMNS}
    )
    commands: list[Command] = [chosen(every)(deploying or deploy), *others, run, status, verify, cleanup]
    for command in commands:
        group.add_command(_command(load, command))
    group.add_command(_render(load, file, sources))
    if script is not None:
        group.add_command(_rehearse(load, script))
    return group


def _command(load: Load, function: Command) -> click.Command:
    """Gives a command the options that all have, shows its result, and exits with its code."""
    own: list[click.Parameter] = vars(function).pop("__click_params__", [])
    examples: tuple[str, ...] = vars(function).get("examples", ("",))

    @connected
    @reported
    @_VERBOSE
    @wraps(function)
    def run(
        connection_name: str | None, role: str | None, prefix: str, output: str, verbose: bool, **rest: Any
    ) -> None:
        from src.config.reading import readable

        from .command import Options, perform

        exit_code = program.INTERRUPTED
        with program.interruptible():
            ask = _confirm if sys.stdin is not None and sys.stdin.isatty() else None
            options = Options(connection_name, role, prefix, output == "json", verbose, ask, rest.pop("yes", False))
            work = function(options, **rest)
            with readable():
                manifest, config = load()
            result = perform(function.__name__, options, manifest, config, work, program.started())
            if output == "json":
                say(result.as_json(), sys.stdout, fold=False)
            elif result.error:
                say(f"Error: {result.error}", sys.stderr)
            exit_code = result.exit_code
        program.leave(exit_code)

    vars(run)["__click_params__"].extend(own)
    return click.command(cls=CommandWithExamples, examples=examples)(run)


def _confirm(doomed: list[str]) -> bool:
    for one in doomed:
        say(f"Will drop {one}", sys.stderr)
    try:
        return click.confirm("Drop them?", err=True)
    except click.Abort:
        raise KeyboardInterrupt("Interrupted: nothing was dropped.") from None


def _render(load: Load, example: str, sources: Sequence[str]) -> click.Command:
    def render(file: str | None, prefix: str, define: bool, directory: Path | None, source: str = "") -> None:
        from src.config import ConfigError
        from src.config.reading import readable

        from . import rendering

        with readable():
            manifest, config = load()
        try:
            config = config.with_prefix(prefix) if prefix else config
            text = (
                rendering.defines(manifest, config, source)
                if define
                else rendering.rendered(manifest, config, source, file, directory)
            )
        except (ConfigError, ValueError, OSError) as error:
            raise click.UsageError(str(error)) from None
        click.echo(text, nl=False)

    render.__doc__ = f"Print the SQL as it is sent: one FILE ({example}, say) or all. Opens no connection."
    for option in (
        click.option("--directory", type=click.Path(file_okay=False, path_type=Path), help="Write files here instead."),
        click.option("--define", is_flag=True, help="Print the -D options for snow sql instead of SQL."),
        *(
            [
                click.option(
                    "--source",
                    type=click.Choice(sources),
                    default=sources[-1],
                    show_default=True,
                    help="The source to render for.",
                )
            ]
            if sources
            else []
        ),
        prefixed,
        click.argument("file", required=False),
    ):
        option(render)
    return click.command(cls=CommandWithExamples, examples=["", example, "--define"])(render)


def _rehearse(load: Load, script: Path) -> click.Command:
    def rehearse() -> None:
        from src.config.reading import readable
        from src.utils.working import working

        from .rehearsal import rehearse

        exit_code = program.INTERRUPTED
        with program.interruptible():
            with readable():
                manifest, config = load()
            try:
                with working(sys.stdout) as doing:
                    is_kept = rehearse(manifest, config, script, lambda line: say(line, sys.stdout), doing)
            except KeyboardInterrupt:
                say("Interrupted: the rehearsal's own emulator is gone, and nothing else was touched.", sys.stderr)
                raise
            exit_code = 0 if is_kept else 3
        program.leave(exit_code)

    rehearse.__doc__ = f"Play {script.name} on an emulator of its own, against the clock, and say what differs from it."
    return click.command(cls=CommandWithExamples, examples=[""])(rehearse)
