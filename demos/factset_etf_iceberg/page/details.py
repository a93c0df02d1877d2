"""What is behind a moment, and is asked for when something has moved: the batch, the proofs, the twin, the past."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from src.demo_kit.manifest import Proof
from src.demo_kit.session import Demo
from src.demo_kit.verification import verify
from src.utils.errors import DemoError

from . import moments, time_machine, twin
from .moments import Batch, Moment, Renamed
from .time_machine import Past
from .twin import Wrong

Found = TypeVar("Found")


@dataclass(frozen=True)
class Details:
    """Of what could not be read, what was known before stays; `problems` says why, by what it is about."""

    batch: Batch | None = None
    renamed: Renamed | None = None
    proofs: list[Proof] = field(default_factory=list)
    pending: int = 0
    wrong: Wrong | None = None
    past: dict[int, Past] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def look(demo: Demo, moment: Moment, before: Details) -> Details:
    """Looks again. Of a demo that is not deployed there is nothing."""
    if moment.status is None or moment.source is None:
        return Details()
    source = moment.source
    problems: dict[str, str] = {}

    def tried(about: str, ask: Callable[[], Found], otherwise: Found) -> Found:
        try:
            return ask()
        except DemoError as error:
            problems[about] = str(error)
            return otherwise

    demo.use_looking_warehouse()
    return replace(
        before,
        batch=tried("batch", lambda: moments.batch(demo, source), before.batch),
        renamed=tried("renamed", lambda: moments.renamed(demo, source), before.renamed),
        proofs=tried("proofs", lambda: verify(demo), []),
        pending=sum(one.pending or 0 for one in moment.status.pipelines),
        wrong=tried("twin", lambda: twin.wrong(demo, source), before.wrong),
        past=tried("past", lambda: time_machine.past(demo, source, before.past), {}),
        problems=problems,
    )
