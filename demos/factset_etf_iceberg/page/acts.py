"""What the presenter can do: the demo's commands, as the command line has them."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from src.demo_kit.cleanup import clean_up
from src.demo_kit.deployment import deploy, run
from src.demo_kit.session import Demo, status_of
from src.demo_kit.streams import deployed
from src.deployment.report import MADE, Report, counted
from src.utils.errors import DemoError

from .. import source as sources
from ..pipeline1_iceberg import ICEBERG
from ..repair import Origin, repair
from . import twin
from .verdict import Verdict, proven

SEED, ROWS = 7, 1000  # those of demo_script.md
# What a rebalancing does, unless the presenter says otherwise: part 3 of demo_script.md.
REBALANCING: Mapping[str, int] = {"adds": 2, "updates": 4, "deletes": 2, "rekeys": 1, "seed": SEED}


def make(demo: Demo) -> None:
    """Deploys both pipelines."""
    deploy(demo, seed=SEED, rows=ROWS)
    demo.say(counted(demo.outcomes, MADE))


def rebalancing(counts: Mapping[str, int]) -> Callable[[Demo], None]:
    """An act that changes the simulated source."""

    def act(demo: Demo) -> None:
        sources.simulate(demo, deployed(demo), **counts)

    return act


def run_now(demo: Demo) -> None:
    """Runs both pipelines, and the twin's task."""
    try:
        runs = run(demo)
    finally:
        twin.run(demo)
    if told := _taken(runs):
        demo.say(f"Into the Iceberg table: {told}.")


def _taken(runs: Sequence[Mapping[str, Any]]) -> str:
    """What the runs of the Iceberg pipeline's task say that they have done."""
    every = [one["returned"] for one in runs if one["task"] == ICEBERG.task and isinstance(one["returned"], dict)]
    return ", ".join(f"{sum(one[kind] for one in every):,} {kind}" for kind in (every[0] if every else ()))


def _alter(demo: Demo, word: str) -> None:
    tasks = [pipeline.task for pipeline in demo.manifest.pipelines]
    for task in [*tasks, *([twin.TASK] if twin.is_there(demo) else [])]:
        demo.say(f"{task}: {status_of(demo.ask(f'ALTER TASK {demo.in_schema(task)} {word}'))}")


suspend, resume = partial(_alter, word="SUSPEND"), partial(_alter, word="RESUME")


def prove(demo: Demo) -> Verdict:
    return proven(demo)


def restore(origin: Origin) -> Callable[[Demo], None]:
    """An act that restores the Iceberg table, from the source or from the audit files."""

    def act(demo: Demo) -> None:
        done, *more = repair(demo, deployed(demo), origin).lines()
        for line in (*more, done):
            demo.say(line)

    return act


def reset(demo: Demo) -> None:
    """The demo's cleanup, and its deployment with the rows of the first time. Raises DemoError if a part stays."""
    report = Report("cleanup", demo.config.database.name, "", demo.emulated)
    clean_up(demo, report)
    if report.left:
        raise DemoError(f"The cleanup has left {', '.join(report.left)}.")
    make(demo)
