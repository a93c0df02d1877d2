"""MD5 checksums of files: worked out as a file arrives or is first asked for, and known while it stays as it is."""

import hashlib
import os
from pathlib import Path

_KNOWN: dict[tuple[Path, int, int], str] = {}
_MOST_KNOWN = 10_000


def new() -> "hashlib._Hash":
    """A checksum to be updated with what arrives."""
    return hashlib.md5(usedforsecurity=False)


def md5(path: Path) -> str:
    """The checksum of a file, as LIST writes it."""
    found = path.stat()
    if (known := _KNOWN.get(_key(path, found))) is not None:
        return known
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, new).hexdigest()
    remember(path, found, digest)
    return digest


def remember(path: Path, found: os.stat_result, digest: str) -> None:
    """Keeps the checksum of the file that has this size and time, at the path."""
    if len(_KNOWN) >= _MOST_KNOWN:
        _KNOWN.clear()
    _KNOWN[_key(path, found)] = digest


def _key(path: Path, found: os.stat_result) -> tuple[Path, int, int]:
    return path, found.st_size, found.st_mtime_ns
