"""What every command after setup is made with. It loads nothing of the work: the body of a command does."""

import functools
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from . import program
from .options import Where, connected, reported
from .terminal import say

if TYPE_CHECKING:
    from src.config import DemoConfig

Command = Callable[..., int | None]


def connecting(command: Command) -> Callable[..., None]:
    """Gives a command CONFIG, `where` to work and the `output`, and makes what it returns, or its error, the exit code.

    CONFIG is that of config.py, unless the command is called with another as its `obj`; it has the prefix.
    Exit codes: 1 failed, 2 usage, 4 refused, 130 interrupted.
    """

    @functools.wraps(command)
    @click.pass_obj
    def inside(
        config: "DemoConfig | None",
        /,
        *,
        connection_name: str | None,
        role: str | None,
        prefix: str,
        output: str,
        **options: Any,
    ) -> None:
        from src.config.reading import read_config

        config = config or read_config()
        exit_code = program.INTERRUPTED
        with program.interruptible():
            where = Where(connection_name, role, prefix)
            exit_code = _exit_code(command, config, where=where, output=output, **options)
        program.leave(exit_code)

    return connected(reported(inside))


def _exit_code(command: Command, config: "DemoConfig", where: Where, **options: Any) -> int:
    """Runs the command, and says what ended it."""
    from src.config import ConfigError

    from .errors import DemoError

    try:
        return command(where.of(config), where=where, **options) or 0
    except BaseException as error:
        if program.interrupted(error):
            say("Interrupted. What was done stays: run it again to complete it.", sys.stderr)
            return program.INTERRUPTED
        if not isinstance(error, DemoError | ConfigError):
            raise
        from .snowpark_session import outcome

        message, exit_code = outcome(error)
        say(message, sys.stderr)
        return exit_code
