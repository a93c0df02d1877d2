"""Processes that work on a state until they are killed. Each is forked from one that has imported all it needs."""

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

Say = Callable[[Any], None]
Work = Callable[[Path, Say], None]

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["src.emulator.engine", "src.emulator.iceberg.iceberg_storage", "pyiceberg.table"])


@contextmanager
def working(work: Work, folder: Path) -> Iterator[Iterator[Any]]:
    """A process that works on the state, killed at the end; yields what it says, as it says it.

    The work must go on until it is killed; if it fails, so does the test.
    """
    listening, saying = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_work, args=(work, folder, saying))
    process.start()
    saying.close()
    try:
        yield _messages(listening)
    finally:
        process.kill()
        process.join()
    assert process.exitcode == -signal.SIGKILL


def kill_after(work: Work, folder: Path, messages: int, seconds: float) -> list[Any]:
    """Kills a process that works on the state, `seconds` after so many messages; returns what it had said by then."""
    with working(work, folder) as saying:
        said = list(islice(saying, messages))
        time.sleep(seconds)
    return [*said, *saying]


def end_of(work: Callable[..., None], *arguments: Any) -> int:
    """How a process ends that does this work: its exit code, or the negative number of the signal that killed it."""
    process = _CONTEXT.Process(target=work, args=arguments)
    process.start()
    process.join(60)
    assert isinstance(process.exitcode, int), "it hangs"
    return process.exitcode


def _work(work: Work, folder: Path, saying: "Connection[Any, Any]") -> None:
    """Runs in the process: what the work says has left it when `say` returns."""
    work(folder, saying.send)


def _messages(pipe: "Connection[Any, Any]") -> Iterator[Any]:
    """The messages, to the end of the process; one that it was killed in counts as not said."""
    while True:
        try:
            yield pipe.recv()
        except (EOFError, OSError):
            return
