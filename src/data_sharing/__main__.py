"""python -m src.data_sharing: see command.py."""

from config import CONFIG

from .command import main

main(obj=CONFIG)
