"""Shows something again and again until Ctrl-C: in place on a terminal, one below the other elsewhere."""

import time
from collections.abc import Callable, Iterable
from typing import TextIO

from src.utils.terminal import printable

Lines = Callable[[], Iterable[str]]


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
            show("\n".join(lines()))
            times = None if times is None else times - 1
            pause(seconds)
    except KeyboardInterrupt:
        pass
    finally:
        end()


def _below(stream: TextIO) -> tuple[Callable[[str], None], Callable[[], None]]:
    return lambda text: print(printable(text), file=stream, flush=True), lambda: None


def _screen(stream: TextIO) -> tuple[Callable[[str], None], Callable[[], None]]:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    live = Live(console=Console(file=stream, highlight=False), auto_refresh=False)
    live.start()
    return lambda text: live.update(Text(printable(text)), refresh=True), live.stop
