"""What the same work costs with other tools, in the same run. `make bench-peers` installs them and prints the table."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from .contenders import SCHEMACHANGE, SNOW, limit, missing, ours, raced, schemachange, snow, table
from .measuring import Line

TIMES = 5
# What setup.py may take at most, of the fastest of the others.
LIMITS = {"create": 1, "again": 0.7, "remove": 1, "--help": 1}


def lines() -> Iterator[Line | str]:
    if absent := missing(SNOW, SCHEMACHANGE):
        raise SystemExit(
            f"{' and '.join(absent)}: not installed. Run make bench-peers, which installs what it measures."
        )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        contenders = [snow(folder), schemachange(folder), ours(), limit(folder)]
        medians = raced(contenders, folder, TIMES)
    yield from table(medians)
    for step, most in LIMITS.items():
        fastest = min(medians[one.name][step].seconds for one in contenders[:2])
        multiple = medians["setup.py"][step].seconds / fastest
        yield Line(f"setup.py, {step}, as a multiple of the fastest peer", multiple, most, "x")
