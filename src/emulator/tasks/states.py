"""Whether a task is started or suspended, and since when."""

from datetime import datetime

from ..account import Object
from .settings import with_properties

STARTED, SUSPENDED = "started", "suspended"


def is_started(task: Object) -> bool:
    return task.properties["state"] == STARTED


def moment_of(task: Object, name: str) -> datetime | None:
    """A time among the task's properties, such as `resumed_on`."""
    value = task.properties.get(name)
    return datetime.fromisoformat(str(value)) if value else None


def started(task: Object, now: datetime) -> Object:
    return with_properties(task, state=STARTED, resumed_on=now.isoformat())


def suspended(task: Object, now: datetime, reason: str) -> Object:
    return with_properties(task, state=SUSPENDED, suspended_on=now.isoformat(), suspended_reason=reason)
