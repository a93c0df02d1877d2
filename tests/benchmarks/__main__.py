"""python -m tests.benchmarks [SUBJECT ...]: prints what the product costs, line by line as it is measured.

First what the machine is worth, last what is over its limit.
"""

import importlib
import sys
from collections.abc import Iterable, Iterator

from .measuring import Line

# Each has a module SUBJECT_cost of its own.
SUBJECTS = ("commands", "setup", "streams", "pipelines", "demo")
WITH_OTHER_TOOLS = ("peers",)


def main(subjects: list[str]) -> None:
    known = (*SUBJECTS, *WITH_OTHER_TOOLS)
    if unknown := [subject for subject in subjects if subject not in known]:
        sys.exit(f"No benchmark is called {', '.join(unknown)}. There are: {', '.join(known)}.")
    for line in with_verdict(_measured(subjects or SUBJECTS)):
        print(line, flush=True)


def _measured(subjects: Iterable[str]) -> Iterator[Line | str]:
    for name in ("baseline", *(f"{subject}_cost" for subject in subjects)):
        yield from importlib.import_module(f".{name}", __package__).lines()


def with_verdict(lines: Iterable[Line | str]) -> Iterator[Line | str]:
    """The lines as they come, and after the last of them one for each limit that does not hold."""
    over = []
    for line in lines:
        yield line
        if isinstance(line, Line) and not line.holds:
            over.append(line)
    yield ""
    yield from (
        f"Over its limit: {line.name}: {line.measured:.2f}, at most {line.limit:g} {line.unit}" for line in over
    )
    if not over:
        yield "Every limit holds."


if __name__ == "__main__":
    main(sys.argv[1:])
