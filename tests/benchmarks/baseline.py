"""What this machine is worth today, so that figures of two days can be compared."""

from collections.abc import Iterator

from .measuring import PYTHON, Cost, Line, interleaved, run

TIMES = 5
LOOP = "total = 0\nfor number in range(10_000_000):\n    total += number * number"


def snowpark() -> Cost:
    """What no command on a session can do without: the import of Snowpark, in a process of its own."""
    return run([PYTHON, "-c", "import snowflake.snowpark"])


def lines() -> Iterator[Line]:
    start, loop, imported = interleaved(
        TIMES, lambda: run([PYTHON, "-c", ""]), lambda: run([PYTHON, "-c", LOOP]), snowpark
    )
    yield Line("this machine: the start of Python", start.seconds * 1000, None, "ms")
    yield Line("this machine: a fixed loop of ten million steps", loop.seconds - start.seconds, None, "s")
    yield Line('this machine: python -c "import snowflake.snowpark"', imported.seconds, None, "s")
