"""python -m src.pipelines: see command.py."""

from src.utils import program

if __name__ == "__main__":
    program.begin()

from src.config.reading import readable

with readable():
    from config import CONFIG

from .command import Settings, main

main(obj=Settings(CONFIG, CONFIG.operations.failure_threshold))
