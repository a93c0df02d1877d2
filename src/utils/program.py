"""A command as a process: what Ctrl-C does to it at any moment, and an output that cannot be written."""

import errno
import io
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn, TextIO

INTERRUPTED = 130

_received = threading.Event()
_loaded = time.monotonic()
_counted = threading.Event()


def begin() -> None:
    """Called first by what is run as a program, before it loads anything.

    As long as it only loads, Ctrl-C ends the process with one line: an exception in the middle of an import would be
    anything, and there is nothing to tell or to close yet.
    """
    signal.signal(signal.SIGINT, _end)
    sys.stdout = _lasting(sys.stdout, 1)
    sys.stderr = _lasting(sys.stderr, 2)


def started() -> float:
    """When the process began, for the first command in it, by time.monotonic; for a later one, now."""
    if _counted.is_set():
        return time.monotonic()
    _counted.set()
    return time.monotonic() - _age()


def _age() -> float:
    """The seconds since the process began, where the system tells; else since this module was loaded, nearly as long.

    https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    """
    since_loaded = time.monotonic() - _loaded
    try:
        with open("/proc/self/stat") as file:  # noqa: PTH123  # pathlib takes longer to load than all of this module
            ticks = int(file.read().rpartition(")")[2].split()[19])
        return max(since_loaded, time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))
    except (OSError, AttributeError, ValueError, IndexError):
        return since_loaded


def _end(number: int, frame: FrameType | None) -> NoReturn:
    with suppress(OSError):
        os.write(2, b"Interrupted: nothing was changed.\n")
    os._exit(INTERRUPTED)


class _Outlet(io.FileIO):
    """Goes on when nothing can be written any more, so that the work does: a reader that has left is no news to say.

    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """

    lost = False

    def write(self, data: Any) -> int:
        if not self.lost:
            try:
                return super().write(data) or 0
            except OSError as error:
                self.lost = True
                if error.errno != errno.EPIPE and self.fileno() == 1:
                    print(f"The output cannot be written: {error.strerror}.", file=sys.stderr)
        return memoryview(data).nbytes


def _lasting(stream: TextIO | None, descriptor: int) -> TextIO:
    """The standard stream as one that never fails; where it was closed, one that goes nowhere.

    That takes up the descriptor, which the next file to be opened would get.
    """
    if stream is None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        if nowhere != descriptor:
            os.dup2(nowhere, descriptor)
            os.close(nowhere)
        return io.TextIOWrapper(_buffered(descriptor), encoding="utf-8", errors="replace")
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    return io.TextIOWrapper(
        _buffered(descriptor),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def _buffered(descriptor: int) -> io.BufferedWriter:
    return io.BufferedWriter(_Outlet(descriptor, "wb", closefd=False))


def _raise(number: int, frame: FrameType | None) -> None:
    _received.set()
    raise KeyboardInterrupt


def interrupted(error: BaseException) -> bool:
    """Whether Ctrl-C is what ended the work, whatever a library has made of it.

    The connector's answer to a second one, while it cancels a statement, is SystemExit; nothing of ours raises that.
    """
    return isinstance(error, KeyboardInterrupt | SystemExit) or _received.is_set()


@contextmanager
def interruptible() -> Iterator[None]:
    """Around the work of a command and its report: Ctrl-C raises KeyboardInterrupt, and the block ends.

    The exit code is what the block has set it to by then. Afterwards there is nothing to interrupt.
    """
    with _handler(_raise) as before, suppress(KeyboardInterrupt):
        _received.clear()
        yield
    if before is _end:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def held() -> Iterator[None]:
    """Around what cannot bear an exception anywhere, and ends soon: Ctrl-C waits for its end, a second one does not."""
    waiting: list[tuple[int, FrameType | None]] = []

    def hold(number: int, frame: FrameType | None) -> None:
        if waiting:
            _raise(number, frame)
        waiting.append((number, frame))

    before: Any = None
    try:
        with _handler(hold) as before:
            yield
    finally:
        if waiting and callable(before):
            before(*waiting[0])


@contextmanager
def _handler(handler: "signal._HANDLER") -> Iterator["signal._HANDLER"]:
    """Python calls a handler in the main thread, and has it set there alone."""
    if threading.current_thread() is not threading.main_thread():
        yield None
        return
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield before
    finally:
        signal.signal(signal.SIGINT, before)


def leave(exit_code: int) -> NoReturn:
    """Ends the command. After Ctrl-C nothing is torn down any more: what libraries do then ends in noise."""
    if exit_code == INTERRUPTED and signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(exit_code)
    sys.exit(exit_code)
