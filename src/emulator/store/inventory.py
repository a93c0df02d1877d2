"""The files that each stage must have, written beside its folder, so that one which is gone shows at the next start.

A line is a file's name, a size (none where it may be absent), and whether that holds from now on or may hold.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .writing import write_whole

_Sizes = dict[str, set[int | None]]


@contextmanager
def arriving(folder: Path, path: Path, size: int) -> Iterator[None]:
    """A file of the stage's folder is given its name inside; killed there, it has the new size or what it had."""
    _write(folder, path, size, settled=False)
    yield
    _write(folder, path, size, settled=True)


def leaving(folder: Path, path: Path) -> None:
    """A file of the stage's folder will be removed."""
    _write(folder, path, None, settled=False)


def forget(folder: Path) -> None:
    _place(folder).unlink(missing_ok=True)


def missing(folder: Path) -> str:
    """The name of a file that is gone or has another size than the one which arrived, or nothing."""
    for name, sizes in _read(folder).items():
        path = folder / name
        if (path.stat().st_size if path.is_file() else None) not in sizes:
            return name
    return ""


def renew(folder: Path) -> None:
    """Writes the list anew, of what is there."""
    there = sorted(path for path in folder.rglob("*") if path.is_file())
    text = "".join(_line(folder, path, path.stat().st_size, settled=True) for path in there)
    if text != _text(folder):
        write_whole(_place(folder), text)


def _place(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.files")  # no stage's folder has a dot


def _line(folder: Path, path: Path, size: int | None, *, settled: bool) -> str:
    return json.dumps([path.relative_to(folder).as_posix(), size, settled]) + "\n"


def _write(folder: Path, path: Path, size: int | None, *, settled: bool) -> None:
    opened = os.open(_place(folder), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(opened, _line(folder, path, size, settled=settled).encode())
    finally:
        os.close(opened)


def _text(folder: Path) -> str:
    try:
        return _place(folder).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def _read(folder: Path) -> _Sizes:
    sizes: _Sizes = {}
    for line in _text(folder).splitlines():
        with suppress(ValueError):  # the last one, if the machine has lost its power
            name, size, settled = json.loads(line)
            sizes[name] = {size} if settled else sizes.get(name, {None}) | {size}
    return sizes
