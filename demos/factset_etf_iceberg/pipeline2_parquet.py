"""Pipeline 2: the audit trail in Parquet files, and no table."""

from dataclasses import dataclass

from .names import AUDIT, audit_location, in_schema
from .session import Demo
from .source import Source, values_of
from .tasks import Patience, TaskRun, run_tasks
from .templates import step, steps


@dataclass(frozen=True)
class AuditStatus:
    """What the stage holds: files, their bytes, and how many changes of each kind they tell of."""

    files: int
    bytes: int
    events: dict[str, int]


def deploy(demo: Demo, source: Source) -> None:
    """Makes stream and task, or leaves them as they are."""
    demo.perform(steps(AUDIT.file, values_of(demo, source)))


def left_over(demo: Demo) -> str:
    """What says that there are audit files; nothing if there are none, or no stage."""
    location = audit_location(demo.config)
    return f"{location} has files" if demo.look(f"LIST {location}") else ""


def run_now(demo: Demo, patience: Patience | None = None) -> TaskRun:
    """Runs the task and waits for its end. Raises DemoError with the task's own error."""
    return run_tasks(demo, [AUDIT.task], patience)[AUDIT.task]


def status(demo: Demo, source: Source) -> AuditStatus:
    """Looks at the stage. Raises DemoError if it cannot be read."""
    values = values_of(demo, source)
    files = demo.ask(step("04_monitoring", "files of the audit", values).sql)
    events = demo.ask(step("04_monitoring", "events of the audit", values).sql) if files else []
    return AuditStatus(
        len(files), sum(int(row["size"]) for row in files), {row["OP_TYPE"]: int(row["EVENTS"]) for row in events}
    )


def drop(demo: Demo) -> None:
    """Drops task and stream and removes the audit files. What is absent is fine."""
    demo.ask(f"DROP TASK IF EXISTS {in_schema(demo.config, AUDIT.task)}")
    demo.ask(f"DROP STREAM IF EXISTS {in_schema(demo.config, AUDIT.stream)}")
    demo.ask(f"REMOVE {audit_location(demo.config)}")
