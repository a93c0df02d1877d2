"""The processes that use an emulator which another one serves: each holds a lock of its own, until it ends however."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

FOLDER = "guests"
_SECONDS_TO_BEGIN = 60.0  # a file that is older and not held is that of a process which was killed


@contextmanager
def guest(folder: Path) -> Iterator[None]:
    """This process is a guest of whoever serves the state folder."""
    place = folder / FOLDER
    place.mkdir(exist_ok=True)
    file = place / uuid.uuid4().hex
    try:
        with FileLock(file):
            yield
    finally:
        file.unlink(missing_ok=True)


def has_guests(folder: Path) -> bool:
    """Whether a process is a guest of whoever serves the state folder."""
    return any(_is_held(file) for file in (folder / FOLDER).glob("*"))


def _is_held(file: Path) -> bool:
    lock = FileLock(file)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return True
    except OSError:  # it has gone
        return False
    try:
        if file.stat().st_mtime < time.time() - _SECONDS_TO_BEGIN:
            file.unlink()
    except OSError:
        pass
    finally:
        lock.release()
    return False
