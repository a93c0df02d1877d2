"""What is behind a moment, asked for when something has moved: batch, proofs, twin, another engine, the past."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from src.demo_kit.manifest import Proof, Source
from src.demo_kit.session import Demo
from src.demo_kit.status import movements
from src.demo_kit.verification import verify
from src.utils.errors import DemoError

from .. import another_engine
from ..another_engine import Reading
from . import moments, time_machine, twin
from .moments import Batch, Moment, Renamed
from .time_machine import Past
from .twin import Wrong

Found = TypeVar("Found")


@dataclass(frozen=True)
class Details:
    """Of what could not be read, what was known before stays; `problems` says why, by what it is about.

    `pending` is how many rows were, before the proofs or after them.
    """

    batch: Batch | None = None
    renamed: Renamed | None = None
    proofs: list[Proof] = field(default_factory=list)
    pending: int = 0
    wrong: Wrong | None = None
    past: dict[int, Past] = field(default_factory=dict)
    engine: Reading | None = None
    credits: float | None = None
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

    tried("proofs", demo.use_looking_warehouse, None)
    proofs: list[Proof] = tried("proofs", lambda: verify(demo), [])
    after = tried("pending", lambda: movements(demo), moment.status)
    return replace(
        before,
        batch=tried("batch", lambda: moments.batch(demo, source), before.batch),
        renamed=tried("renamed", lambda: moments.renamed(demo, source), before.renamed),
        proofs=proofs,
        pending=max(moment.status.pending, after.pending),
        wrong=tried("twin", lambda: twin.wrong(demo, source), before.wrong),
        engine=tried("engine", lambda: _read(demo, moment, before), before.engine),
        credits=None if demo.emulated else tried("credits", lambda: credits_of_today(demo, source), before.credits),
        past=tried("past", lambda: time_machine.past(demo, source, before.past), {}),
        problems=problems,
    )


def _read(demo: Demo, moment: Moment, before: Details) -> Reading | None:
    """What another engine reads, unless it has read that file already."""
    if moment.source is None or moment.iceberg is None:
        return None
    known = before.engine
    is_known = known is not None and known.metadata == moment.iceberg.metadata
    return known if is_known else another_engine.read(demo, moment.source)


def credits_of_today(demo: Demo, source: Source) -> float:
    """What both warehouses have used since midnight. Raises DemoError for a role without MONITOR USAGE."""
    [row] = demo.answer(moments.FILE, "credits since midnight", source)
    return float(row["CREDITS"])
