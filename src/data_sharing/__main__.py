"""python -m src.data_sharing: see command.py."""

from src.utils import program

if __name__ == "__main__":
    program.begin()

from src.config.reading import readable

with readable():
    from config import CONFIG

from .command import main

main(obj=CONFIG)
