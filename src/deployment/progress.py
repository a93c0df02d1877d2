"""What a person sees while a run goes on: a live bar on a terminal, a line for each object elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from src.utils.terminal import fitted, printable, say
from src.utils.working import live

from .report import Outcome


class Progress(Protocol):
    """Hears how many statements there will be, if that is known, of every object, and that the run is over."""

    def begin(self, count: int | None) -> None: ...

    def show(self, outcome: Outcome) -> None: ...

    def end(self) -> None: ...


class _Silence:
    """For a caller that reads the report alone."""

    def begin(self, count: int | None) -> None:
        pass

    def show(self, outcome: Outcome) -> None:
        pass

    def end(self) -> None:
        pass


SILENCE = _Silence()


class Lines(_Silence):
    """Writes a line for each object that was touched; with `verbose`, its SQL below."""

    def __init__(self, stream: TextIO, *, verbose: bool = False) -> None:
        self._stream = stream
        self._verbose = verbose

    def show(self, outcome: Outcome) -> None:
        say(describe(outcome, verbose=self._verbose), self._stream, fold=not self._verbose)


class Bar:
    """Keeps a bar at the bottom of the terminal; with `each`, writes a line for each object above it.

    With `verbose`, its SQL too.
    """

    def __init__(self, stream: TextIO, *, verbose: bool = False, each: bool = False) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn

        self._stream, self._verbose, self._each = stream, verbose, each or verbose
        self._progress = live(stream, BarColumn(), MofNCompleteColumn())
        self._task = self._progress.add_task("", total=None)

    def begin(self, count: int | None) -> None:
        self._progress.update(self._task, total=count)
        self._progress.start()

    def show(self, outcome: Outcome) -> None:
        self._progress.update(self._task, advance=1, description=printable(str(outcome)))
        if self._each or outcome.result == "failed":
            line = printable(describe(outcome, verbose=self._verbose))
            shown = line if self._verbose else fitted(line, self._stream)
            self._progress.console.print(shown, markup=False)

    def end(self) -> None:
        self._progress.stop()


@contextmanager
def progress_on(stream: TextIO, *, verbose: bool = False, each: bool = False) -> Iterator[Progress]:
    """The bar on a terminal, with a line for `each` object above it if so asked; lines elsewhere."""
    shown: Progress = Bar(stream, verbose=verbose, each=each) if stream.isatty() else Lines(stream, verbose=verbose)
    try:
        yield shown
    finally:
        shown.end()


def describe(outcome: Outcome, *, verbose: bool) -> str:
    """`created DATABASE X`, with the reason if there is one and, with `verbose`, the SQL and its time."""
    reason = f": {outcome.message}" if outcome.message else ""
    line = f"{outcome.result:<9} {outcome}{reason}"
    if verbose and outcome.sql:
        sql = outcome.sql.replace("\n", "\n    ")
        return f"{line} ({outcome.seconds:.2f} s)\n    {sql};"
    return line
