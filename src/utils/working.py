"""What a command is doing, and for how long, while a person waits: one line on a terminal, nothing elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from .terminal import columns, printable, shortened

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn

Doing = Callable[[str], object]

# Of the line, beside what is being done: the spinner and the time.
_BESIDE = 12


def silent(what: str) -> None:
    """For a caller that reads what a command returns, and for whom nobody waits at a terminal."""


@contextmanager
def working(stream: TextIO) -> Iterator[Doing]:
    """Hears what is being done next, and shows it until the end of the block, below what is written meanwhile."""
    if not stream.isatty():
        yield silent
        return
    line = _Line(stream)
    try:
        yield line.show
    finally:
        line.end()


class _Line:
    """The last line of the terminal, from the first thing on that is being done."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown: Progress | None = None

    def show(self, what: str) -> None:
        width = (columns(self._stream) or 0) - _BESIDE
        text = shortened(printable(what), width)
        if self._shown is None:
            from rich.progress import SpinnerColumn

            self._shown = live(self._stream, SpinnerColumn())
            self._shown.add_task(text, total=None)
            self._shown.start()
            return
        [task] = self._shown.task_ids
        self._shown.reset(task, description=text)

    def end(self) -> None:
        if self._shown is not None:
            self._shown.stop()


def live(stream: TextIO, *before: "ProgressColumn") -> "Progress":
    """The last line of the terminal: what stands `before`, the time, and what is being done."""
    from rich.console import Console
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    return Progress(
        *before,
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
        # What is written meanwhile keeps its lines: a path or a command is to be pasted.
        console=Console(file=stream, highlight=False, soft_wrap=True),
        transient=True,
        # A live display may take over what ends on the terminal, and no file.
        redirect_stdout=sys.stdout.isatty(),
        redirect_stderr=sys.stderr.isatty(),
    )
