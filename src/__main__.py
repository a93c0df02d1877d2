"""data-eng-demo, and python -m src: see commands.py. Nothing imports this module but to run it."""

import _signal  # type: ignore[import-not-found]  # built in: nothing is loaded before the handler is set
import os

_signal.signal(_signal.SIGINT, lambda number, frame: os._exit(130))

from src.utils import program

program.begin()

from .commands import main


def run() -> None:
    main(prog_name="data-eng-demo")


if __name__ == "__main__":
    run()
