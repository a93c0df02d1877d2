"""python -m src.data_sharing: see command.py."""

from src.config.reading import readable

with readable():
    from config import CONFIG

from .command import main

main(obj=CONFIG)
