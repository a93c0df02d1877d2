"""How long the long tests are: short in `make test`, long in `make soak`, which sets DATA_ENG_DEMO_LONG."""

import os

LONG = bool(os.environ.get("DATA_ENG_DEMO_LONG"))


def length(short: int, long: int) -> int:
    """How many examples, rounds or kills a test takes."""
    return long if LONG else short
