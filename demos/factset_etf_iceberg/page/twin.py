"""The naive twin: the same changes through the common wrong task, to be seen beside the demo's own."""

from dataclasses import dataclass

from src.demo_kit.manifest import Source
from src.demo_kit.session import Demo, look_up
from src.demo_kit.streams import deployed
from src.demo_kit.tasks import run_tasks
from src.demo_kit.templates import drops
from src.utils.sql import literal, qualified

FILE = "08_naive_twin"
TABLE, TASK = "NAIVE_TWIN", "NAIVE_TWIN_TASK"


@dataclass(frozen=True)
class Wrong:
    """How many rows of each differ from the source."""

    twin: int
    ours: int


def is_there(demo: Demo) -> bool:
    schema = qualified(demo.config.database.name, demo.settings.schema)
    return look_up(demo.look(f"SHOW TASKS LIKE {literal(TASK)} IN SCHEMA {schema}"), TASK) is not None


def make(demo: Demo) -> None:
    """Makes the twin, and has its task load the rows that are there; a second time it goes on."""
    demo.perform([step for step in demo.steps(FILE, deployed(demo)) if step.creates])
    run(demo)
    demo.say(f"{demo.in_schema(TABLE)} takes the same changes, by MERGE, then DELETE, in no transaction.")


def run(demo: Demo) -> None:
    """Runs its task, if there is a twin."""
    if is_there(demo):
        run_tasks(demo, [TASK])


def begin_anew(demo: Demo) -> None:
    """After its stream has lost its place."""
    if is_there(demo):
        for step in drops(demo.steps(FILE, deployed(demo))):
            demo.ask(step.sql)
        make(demo)


def wrong(demo: Demo, source: Source) -> Wrong | None:
    """How far both are from the source; None without a twin. Raises DemoError."""
    if not is_there(demo):
        return None
    [row] = demo.answer(FILE, "rows that are wrong", source)
    return Wrong(int(row["TWIN_WRONG"]), int(row["ICEBERG_WRONG"]))
