"""config.py as a person left it: what is wrong in it ends a command with a message, not with a traceback."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from .checks import ConfigError

if TYPE_CHECKING:
    from .demo import DemoConfig

USAGE = 2


def read_config() -> "DemoConfig":
    """CONFIG, for a command that works with it."""
    with readable():
        from config import CONFIG
    return CONFIG


@contextmanager
def readable() -> Iterator[None]:
    """Around the import of config.py in a command: an error in the file ends the process with exit code 2."""
    try:
        yield
    except SyntaxError as error:
        _end(error.lineno, f"{error.msg}: {(error.text or '').strip()}.")
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if Path(frame.filename).name == "config.py"]
        _end(lines[-1] if lines else None, str(error) if isinstance(error, ConfigError) else f"{error!r}.")


def _end(line: int | None, fact: str) -> NoReturn:
    print(f"config.py, line {line or '?'}: {fact} Mend it, then run the command again.", file=sys.stderr)
    sys.exit(USAGE)
