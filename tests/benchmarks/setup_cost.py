"""What setup.py costs: its help, a fresh full, a full over a network beside its limit, and a large configuration."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from src.deployment.script import waves
from tests.large_config import large_config

from .contenders import LATENCY_MS, Command, bare, limit, ours, raced, table
from .measuring import PYTHON, SETUP, Cost, Line, fresh_state, interleaved, run, serving

TIMES = 5
LARGE = (PYTHON, "-m", "tests.benchmarks.large_setup", "--connection_name", "emulator", "--mode", "full")


def lines() -> Iterator[Line | str]:
    """Measures in the order of the table."""
    yield from _over_a_network()
    yield from _help()
    yield from _fresh_full()
    yield from _latency()
    yield from _large()


def _over_a_network() -> Iterator[Line | str]:
    with tempfile.TemporaryDirectory() as folder:
        least_of_all = limit(Path(folder))
        medians = raced([ours(), least_of_all], Path(folder), TIMES)
    yield from table(medians)
    mine, least = medians["setup.py"], medians[least_of_all.name]

    def multiple(step: str) -> float:
        return mine[step].seconds / least[step].seconds

    yield Line("setup.py --mode full over that network, roles and grants included", mine["create"].seconds, 1.7, "s")
    yield Line("the same, as a multiple of the bare connector", multiple("create"), 1.1, "x")
    yield Line("second full, nothing to change", mine["again"].seconds, 1.2, "s")
    yield Line("the same, as a multiple of the bare connector", multiple("again"), 1.12, "x")
    yield Line("cleanup with its proof", mine["remove"].seconds, 1.4, "s")
    yield Line("the same, as a multiple of the bare connector", multiple("remove"), 1.12, "x")
    yield Line("peak memory, the emulator elsewhere", max(cost.megabytes for cost in mine.values()), 150, "MB")


def _help() -> Iterator[Line]:
    help_, click = interleaved(
        2 * TIMES, lambda: run([PYTHON, "setup.py", "--help"]), lambda: run([PYTHON, "-c", "import click"])
    )
    yield Line("setup.py --help", help_.seconds * 1000, 120, "ms")
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
    near, far = interleaved(TIMES, lambda: _full_at(0), lambda: _full_at(LATENCY_MS))
    yield Line("setup.py --mode full, emulator in a process of its own", near.seconds, None, "s")
    yield Line(f"what {LATENCY_MS} ms of latency add", far.seconds - near.seconds, 1.6, "s")


def _large() -> Iterator[Line]:
    """200 schemas, 50 warehouses and 400 stages, and half of them."""
    half, whole = interleaved(TIMES, lambda: _dry_run(parts=2), lambda: _dry_run(parts=1))
    yield Line("dry run of 200 schemas, 50 warehouses, 400 stages", whole.seconds, None, "s")
    yield Line("the same, as a multiple of half of them", whole.seconds / half.seconds, 2.2, "x")
    with tempfile.TemporaryDirectory() as folder:
        bare_full = bare(Path(folder), "large", waves("full", large_config()))
        full, least = interleaved(2, lambda: _over_it(LARGE), lambda: _over_it(bare_full))
    yield Line("full of them over that network", full.seconds, 12, "s")
    yield Line("the same, as a multiple of the bare connector", full.seconds / least.seconds, 1.2, "x")


def _over_it(command: Command) -> Cost:
    with serving(LATENCY_MS) as environment:
        return run(command, environment)


def _dry_run(parts: int) -> Cost:
    return run([*LARGE, "--dry-run"], {"LARGE_SETUP_PARTS": str(parts)})
