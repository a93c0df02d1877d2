"""Small files beside the data, each written whole or not at all."""

import os
from pathlib import Path

PART = ".part"  # ends the name of what is not written yet


def write_whole(path: Path, text: str) -> None:
    """Writes a file that only this user may read; it has all of the text, or is as it was before."""
    part = path.with_name(f"{path.name}{PART}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
