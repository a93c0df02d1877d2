"""python -m src.pipelines: see command.py."""

import _signal  # type: ignore[import-not-found]  # built in: nothing is loaded before the handler is set
import os

if __name__ == "__main__":
    _signal.signal(_signal.SIGINT, lambda number, frame: os._exit(130))

from src.utils import program

if __name__ == "__main__":
    program.begin()

from src.config.reading import readable

with readable():
    from config import CONFIG

from .command import Settings, main

main(obj=Settings.of(CONFIG))
