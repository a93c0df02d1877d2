"""How often DuckDB has written a log into its database, kept beside it: an older copy shows, and a log that is gone.

DuckDB opens an older copy of a file, and one whose write-ahead log is gone, as if nothing had been lost.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from .writing import write_whole

_MAGIC, _FOREIGN = b"DUCK", sys.maxsize  # of another file nothing is said here: it cannot be opened
_HEADERS = (4096, 8192)  # the newer of the two counts; https://duckdb.org/docs/stable/internals/storage
_SECONDS_SETTLED = 0.5  # a log that was not written to for as long ends with a commit


def remember(file: Path) -> None:
    """Keeps what a start would have to find: how many checkpoints, and how long the log since the last of them was.

    The checkpoints are counted before the log is looked at: one in between makes the file newer than what is kept.
    """
    with suppress(OSError):  # the database has been dropped, or the disk is full: what was kept still holds
        found, (checkpoints, known) = _checkpoints(file), _remembered(file)
        log = max(_settled_log(file), known if found == checkpoints else 0)
        if (found, log) != (checkpoints, known):
            write_whole(_place(file), f"{found} {log}")


def log_of(file: Path) -> Path:
    """The write-ahead log of a database, which is there while something of it is not in the file yet."""
    return file.with_name(f"{file.name}.wal")


def forget(file: Path) -> None:
    _place(file).unlink(missing_ok=True)


def lost(file: Path) -> str:
    """What of the file must have been lost, in words, or nothing."""
    checkpoints, log = _remembered(file)
    found = _checkpoints(file)
    if found < checkpoints:
        return "is an older copy of itself"
    there = sum(one.stat().st_size for one in _logs(file))
    if found == checkpoints and there < log:
        return f"has lost {'a part of its' if there else 'its'} log (.wal)"
    return ""


def _checkpoints(file: Path) -> int:
    with file.open("rb") as opened:
        head = opened.read(_HEADERS[-1] + 16)
    if head[8:12] != _MAGIC or len(head) < _HEADERS[-1] + 16:
        return _FOREIGN
    return max(int.from_bytes(head[at + 8 : at + 16], "little") for at in _HEADERS)


def _logs(file: Path) -> Iterator[Path]:
    """The log, and the one that DuckDB begins while it writes that into the file."""
    return file.parent.glob(f"{file.name}.*wal*")


def _settled_log(file: Path) -> int:
    """The bytes of the log, if it ends with a commit."""
    found = [one.stat() for one in _logs(file)]
    if any(time.time() - one.st_mtime < _SECONDS_SETTLED for one in found):
        return 0
    return sum(one.st_size for one in found)


def _place(file: Path) -> Path:
    return file.with_name(f"{file.name}.checkpoints")


def _remembered(file: Path) -> tuple[int, int]:
    try:
        checkpoints, log = map(int, _place(file).read_text().split())
    except (OSError, ValueError):
        return 0, 0
    return checkpoints, log
