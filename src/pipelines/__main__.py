"""python -m src.pipelines: see command.py."""

from config import CONFIG

from .command import Settings, main

main(obj=Settings(CONFIG, CONFIG.operations.failure_threshold))
