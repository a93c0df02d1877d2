"""Shows how a demo stands again and again until Ctrl-C: in place on a terminal, one below the other elsewhere."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TextIO

from src.deployment.sending import TRANSIENT
from src.utils.errors import DemoError
from src.utils.snowpark_session import error_number
from src.utils.terminal import fitted, printable

from . import costs
from .session import Demo
from .status import Holdings, Status, as_lines, holdings, movements

Lines = Callable[[], Iterable[str]]

# What the pipelines have made is looked at when something has moved, and else every so many looks.
_LOOKS_BETWEEN = 10
_LAST_LOOK_SECONDS = 2.0


def watch(
    lines: Lines,
    stream: TextIO,
    seconds: float,
    *,
    pause: Callable[[float], None] = time.sleep,
    times: int | None = None,
) -> None:
    """Shows the lines every so many seconds, for ever or so many times. Ctrl-C ends it well."""
    show, end = _screen(stream) if stream.isatty() else _below(stream)
    try:
        while times is None or times > 0:
            begin = time.monotonic()
            show(fitted(printable("\n".join(lines())), stream))
            times = None if times is None else times - 1
            pause(max(0.0, seconds - (time.monotonic() - begin)))
    except KeyboardInterrupt:
        pass
    finally:
        end()


def _below(stream: TextIO) -> tuple[Callable[[str], None], Callable[[], None]]:
    return lambda text: print(text, file=stream, flush=True), lambda: None


def _screen(stream: TextIO) -> tuple[Callable[[str], None], Callable[[], None]]:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    live = Live(console=Console(file=stream, highlight=False), auto_refresh=False)
    live.start()
    return lambda text: live.update(Text(text), refresh=True), live.stop


@contextmanager
def looks(demo: Demo, connection: str, seconds: float) -> Iterator[Lines]:
    """What `watch` shows of a demo: the time, what looking costs on an account, and how the demo stands.

    A look that fails, since a cleanup runs beside it, say, is told, and the next one is made. Raises DemoError if the
    account is not to be reached any more.
    """
    begin = time.monotonic()
    rates = [] if demo.emulated else costs.rates_shown(demo.manifest, demo.config, demo.ask("SHOW WAREHOUSES"))
    beside = _Beside(demo, seconds * _LOOKS_BETWEEN)

    def lines() -> Iterator[str]:
        yield f"{time.strftime('%H:%M:%S')}  {demo.config.database.name} {demo.manifest.name} on {connection}"
        if not demo.emulated:
            yield costs.looking(demo.manifest, demo.config, rates, time.monotonic() - begin)
        try:
            found = movements(demo)
            yield from as_lines(replace(found, held=beside.latest(found)))
        except DemoError as error:
            if error_number(error.__cause__ or error) in TRANSIENT:
                raise
            beside.found = None
            yield str(error)

    try:
        yield lines
    finally:
        beside.end()


@dataclass
class _Beside:
    """Looks at what the pipelines have made, in a thread: it takes longer than the time between two looks."""

    demo: Demo
    seconds: float
    found: Holdings | None = None
    _mark: object = None
    _begun: float = 0.0
    _thread: threading.Thread | None = field(default=None)

    def latest(self, status: Status) -> Holdings | None:
        """What was there when it was last looked at; looks anew if something has moved, or after a while."""
        mark = [(one.pending, [run.query_id for run in one.runs]) for one in status.pipelines]
        is_due = mark != self._mark or time.monotonic() - self._begun > self.seconds
        if is_due and not (self._thread and self._thread.is_alive()):
            self._mark, self._begun = mark, time.monotonic()
            self._thread = threading.Thread(target=self._look, args=(status,), daemon=True)
            self._thread.start()
        return self.found

    def _look(self, status: Status) -> None:
        try:
            self.found = holdings(self.demo, status)
        except DemoError:
            self.found = None

    def end(self) -> None:
        """Waits a little for a look that is under way."""
        if self._thread:
            self._thread.join(_LAST_LOOK_SECONDS)
