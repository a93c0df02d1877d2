"""Shows how a demo stands again and again until Ctrl-C: in place on a terminal, one below the other elsewhere."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Generic, TextIO, TypeVar

from src.deployment.sending import TRANSIENT
from src.utils.errors import DemoError
from src.utils.snowpark_session import error_number
from src.utils.terminal import fitted, printable

from . import costs
from .session import Demo
from .status import Holdings, Status, as_lines, holdings, movements

Lines = Callable[[], Iterable[str]]
Found = TypeVar("Found")

# What the pipelines have made is looked at when something has moved, and else every so many looks.
LOOKS_BETWEEN = 10
_LAST_LOOK_SECONDS = 10.0


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

    A look that takes longer than the time between two is waited for, and what was there before is shown meanwhile. One
    that fails, since a cleanup runs beside it, say, is told, and the next one is made. Raises DemoError if the account
    is not to be reached any more.
    """
    begin = time.monotonic()
    rates = [] if demo.emulated else costs.rates_shown(demo.manifest, demo.config, demo.ask("SHOW WAREHOUSES"))
    moving: _Beside[Status] = _Beside()
    made: _Beside[Holdings] = _Beside()
    mark: object = None

    def lines() -> Iterator[str]:
        nonlocal mark
        yield f"{time.strftime('%H:%M:%S')}  {demo.config.database.name} {demo.manifest.name} on {connection}"
        if not demo.emulated:
            yield costs.looking(demo.manifest, demo.config, rates, time.monotonic() - begin)
        moving.begin(lambda: movements(demo))
        is_new = moving.ended_within(seconds)
        if isinstance(moving.error, DemoError):
            if error_number(moving.error.__cause__ or moving.error) in TRANSIENT:
                raise moving.error
            made.found = None
            yield str(moving.error)
        elif (found := moving.found) is not None:
            if found.mark != mark or made.age > seconds * LOOKS_BETWEEN:
                mark = found.mark if made.begin(lambda: holdings(demo, found)) else mark
            yield from as_lines(replace(found, held=made.found))
        if not is_new:
            yield f"The account is being looked at since {moving.begun_at} ..."

    try:
        yield lines
    finally:
        for one in (moving, made):
            one.ended_within(_LAST_LOOK_SECONDS)


class _Beside(Generic[Found]):
    """A look in a thread, one at a time: what the last one found, or why it failed."""

    def __init__(self) -> None:
        self.found: Found | None = None
        self.error: BaseException | None = None
        self.begun_at = ""
        self._begun = 0.0
        self._thread: threading.Thread | None = None

    def begin(self, look: Callable[[], Found]) -> bool:
        """Begins a look, if none is under way, and says whether it has."""
        if self._thread and self._thread.is_alive():
            return False
        self.begun_at, self._begun = time.strftime("%H:%M:%S"), time.monotonic()
        self._thread = threading.Thread(target=self._look, args=(look,), daemon=True)
        self._thread.start()
        return True

    def _look(self, look: Callable[[], Found]) -> None:
        try:
            self.found, self.error = look(), None
        except Exception as error:  # told, or raised, where the look is waited for
            self.found, self.error = None, error

    @property
    def age(self) -> float:
        """The seconds since the last look was begun."""
        return time.monotonic() - self._begun

    def ended_within(self, seconds: float) -> bool:
        """Waits for the look that is under way, and says whether it has ended. Raises what is no DemoError."""
        if self._thread:
            self._thread.join(seconds)
        if self.error is not None and not isinstance(self.error, DemoError):
            raise self.error
        return self._thread is None or not self._thread.is_alive()
