"""What the presenter can do: the demo's commands, as the command line has them."""

from collections.abc import Callable, Mapping
from functools import partial

from src.demo_kit.cleanup import clean_up
from src.demo_kit.deployment import deploy, run
from src.demo_kit.session import Demo, status_of
from src.demo_kit.streams import deployed
from src.demo_kit.verification import verify
from src.deployment.report import MADE, Report, counted
from src.utils.errors import DemoError

from .. import source as sources
from ..repair import repair
from . import twin

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
        run(demo)
    finally:
        twin.run(demo)


def _alter(demo: Demo, word: str) -> None:
    tasks = [pipeline.task for pipeline in demo.manifest.pipelines]
    for task in [*tasks, *([twin.TASK] if twin.is_there(demo) else [])]:
        demo.say(f"{task}: {status_of(demo.ask(f'ALTER TASK {demo.in_schema(task)} {word}'))}")


suspend, resume = partial(_alter, word="SUSPEND"), partial(_alter, word="RESUME")


def prove(demo: Demo) -> None:
    for proof in verify(demo):
        demo.say(str(proof))


def repair_table(demo: Demo) -> None:
    """Restores the Iceberg table from the source."""
    for line in repair(demo, deployed(demo)).lines():
        demo.say(line)


def reset(demo: Demo) -> None:
    """The demo's cleanup, and its deployment with the rows of the first time. Raises DemoError if a part stays."""
    report = Report("cleanup", demo.config.database.name, "", demo.emulated)
    clean_up(demo, report)
    if report.left:
        raise DemoError(f"The cleanup has left {', '.join(report.left)}.")
    make(demo)
