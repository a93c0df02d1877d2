"""A week of rehearsals: hundreds of rounds of simulate and run leave state, memory and time as they were."""

import gc
import os
import time
from pathlib import Path
from statistics import median

import pytest

from demos.factset_etf_iceberg.source import simulate
from src.demo_kit.deployment import run
from src.demo_kit.session import Demo
from src.demo_kit.streams import deployed
from tests.lengths import LONG, length

WARM_UP = 60  # rounds until what is kept for later, statements and results, has its size


def resident() -> int:
    """Bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.timeout(7200 if LONG else 300)
def test_cycles_of_simulate_and_run_grow_neither_state_nor_memory_nor_time(loaded: Demo, place: Path) -> None:
    source, seconds, memory = deployed(loaded), [], []
    for number in range(length(6, 500)):
        start = time.perf_counter()
        simulate(loaded, source, adds=3, updates=3, deletes=3, rekeys=1, seed=number)
        ended = run(loaded)
        assert [one["state"] for one in ended] == ["SUCCEEDED", "SUCCEEDED"]
        seconds.append(time.perf_counter() - start)
        loaded.sender.answers.clear()  # a command keeps what it was answered, and ends
        if number % 10 == 0:
            gc.collect()
            memory.append(resident())
    assert sum(file.stat().st_size for file in place.rglob("*") if file.is_file()) < 30_000_000
    if LONG:  # the first rounds of a short run fill caches, and its few seconds are anybody's
        assert median(seconds[-50:]) < 1.5 * median(seconds[:50])
        assert memory[-1] - memory[WARM_UP // 10] < 20_000_000
