"""What each command of a presentation costs, whole processes, as multiples of the import of Snowpark."""

import statistics
from collections.abc import Iterator, Mapping

from .baseline import snowpark
from .measuring import PYTHON, Environment, Line, fresh_state, run, serving

TIMES = 3
FULL = (PYTHON, "setup.py", "--mode", "full")
DEMO = (PYTHON, "-m", "demos.factset_etf_iceberg")
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "full": FULL,
    "again": FULL,
    **{name: (*DEMO, name) for name in ("deploy", "simulate", "run", "verify", "status")},
}
# What each may take at most, of the import of Snowpark: with the emulator in the process, and with one that serves.
IN_PROCESS = {"full": 2.2, "again": 1.4, "deploy": 2.6, "simulate": 1.5, "run": 2.2, "verify": 1.8, "status": 1.5}
SERVED = {"deploy": 1.8, "simulate": 1.3, "run": 1.3, "verify": 1.3, "status": 1.3}


def lines() -> Iterator[Line]:
    """The commands in the order in which a presenter types them, several times, each time on a fresh state."""
    yield from _lines("the emulator in the process", [_in_process() for _ in range(TIMES)], IN_PROCESS)
    yield from _lines("an emulator that serves", [_served() for _ in range(TIMES)], SERVED)


def _in_process() -> dict[str, float]:
    with fresh_state() as environment:
        return _presentation("local", environment)


def _served() -> dict[str, float]:
    with serving(latency_ms=0) as environment:
        return _presentation("emulator", environment)


def _presentation(connection: str, environment: Environment) -> dict[str, float]:
    """How many times as long as the import, which is measured beside each, a command takes."""
    return {
        name: run([*command, "--connection_name", connection], environment).seconds / snowpark().seconds
        for name, command in COMMANDS.items()
    }


def _lines(where: str, rounds: list[dict[str, float]], limits: Mapping[str, float]) -> Iterator[Line]:
    for name in COMMANDS:
        multiple = statistics.median(one[name] for one in rounds)
        yield Line(f"{name}, {where}, as a multiple of the import of Snowpark", multiple, limits.get(name), "x")
