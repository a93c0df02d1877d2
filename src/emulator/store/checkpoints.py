"""How often DuckDB has written a log into its database, kept beside it: an older copy shows, and a log that is gone.

DuckDB opens an older copy of a file, and one whose write-ahead log is gone, as if nothing had been lost.
"""

import sys
from contextlib import suppress
from pathlib import Path

_NEVER = (0, False)
_MAGIC, _FOREIGN = b"DUCK", sys.maxsize  # of another file nothing is said here: it cannot be opened
_HEADERS = (4096, 8192)  # the newer of the two counts; https://duckdb.org/docs/stable/internals/storage


def remember(file: Path) -> None:
    """Keeps what a start would have to find: how many checkpoints, and whether a log was there after the last of them.

    The checkpoints are counted before the log is looked for: one in between makes the file newer than what is kept.
    """
    with suppress(OSError):  # the database has been dropped, or the disk is full: what was kept still holds
        found = _checkpoints(file), _has_log(file)
        if found != _remembered(file):
            part = _place(file).with_suffix(".part")
            part.write_text("{} {:d}".format(*found))
            part.replace(_place(file))


def forget(file: Path) -> None:
    _place(file).unlink(missing_ok=True)


def lost(file: Path) -> str:
    """What of the file must have been lost, in words, or nothing."""
    checkpoints, had_log = _remembered(file)
    found = _checkpoints(file)
    if found < checkpoints:
        return "is an older copy of itself"
    if found == checkpoints and had_log and not _has_log(file):
        return "has lost its log (.wal)"
    return ""


def _checkpoints(file: Path) -> int:
    with file.open("rb") as opened:
        head = opened.read(_HEADERS[-1] + 16)
    if head[8:12] != _MAGIC or len(head) < _HEADERS[-1] + 16:
        return _FOREIGN
    return max(int.from_bytes(head[at + 8 : at + 16], "little") for at in _HEADERS)


def _has_log(file: Path) -> bool:
    return any(file.parent.glob(f"{file.name}.*wal*"))


def _place(file: Path) -> Path:
    return file.with_name(f"{file.name}.checkpoints")


def _remembered(file: Path) -> tuple[int, bool]:
    try:
        checkpoints, log = map(int, _place(file).read_text().split())
    except (OSError, ValueError):
        return _NEVER
    return checkpoints, bool(log)
