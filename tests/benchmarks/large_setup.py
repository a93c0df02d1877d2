"""python -m tests.benchmarks.large_setup: setup.py on a generated configuration, with setup.py's own options.

LARGE_SETUP_PARTS makes it smaller: 2 is half of it.
"""

import os

import config
import setup
from tests.large_config import large_config

if __name__ == "__main__":
    parts = int(os.environ.get("LARGE_SETUP_PARTS", "1"))
    vars(config)["CONFIG"] = large_config(200 // parts, 50 // parts, 400 // parts)
    setup.main()
