"""python -m src.data_sharing: see command_line.py."""

import _signal  # type: ignore[import-not-found]  # built in: nothing is loaded before the handler is set
import os

if __name__ == "__main__":
    _signal.signal(_signal.SIGINT, lambda number, frame: os._exit(130))

from src.utils import program

if __name__ == "__main__":
    program.begin()

from .command_line import share

share()
