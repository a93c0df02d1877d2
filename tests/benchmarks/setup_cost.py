"""What setup.py costs: its help, a fresh full, and a full over a network."""

from collections.abc import Iterator

from .measuring import PYTHON, SETUP, Cost, Line, fresh_state, interleaved, run, serving

TIMES = 5


def lines() -> Iterator[Line]:
    """Measures in the order of the table."""
    yield from _help()
    yield from _fresh_full()
    yield from _latency()


def _help() -> Iterator[Line]:
    help_, click = interleaved(
        2 * TIMES, lambda: run([PYTHON, "setup.py", "--help"]), lambda: run([PYTHON, "-c", "import click"])
    )
    yield Line("setup.py --help", help_.seconds * 1000, 150, "ms")
    yield Line('setup.py --help, as a multiple of python -c "import click"', help_.seconds / click.seconds, 2, "x")


def _full(*options: str) -> Cost:
    with fresh_state() as environment:
        return run([*SETUP, "--mode", "full", *options], environment)


def _fresh_full() -> Iterator[Line]:
    [cost] = interleaved(TIMES, _full)
    yield Line("setup.py --mode full, fresh, emulator in the same process", cost.seconds, 3, "s")
    yield Line("setup.py --mode full, peak memory", cost.megabytes, 350, "MB")


def _full_at(latency_ms: int) -> Cost:
    with serving(latency_ms) as environment:
        return run([*SETUP, "--mode", "full"], environment)


def _latency() -> Iterator[Line]:
    near, far = interleaved(TIMES, lambda: _full_at(0), lambda: _full_at(100))
    yield Line("setup.py --mode full, emulator in a process of its own", near.seconds, None, "s")
    yield Line("the same with --latency-ms 100", far.seconds, None, "s")
    yield Line("what 100 ms of latency add", far.seconds - near.seconds, 1.6, "s")
    yield Line("peak memory when the emulator is another process", far.megabytes, None, "MB")
