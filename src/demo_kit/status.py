"""How a demo stands, and for each fault the command that mends it. Reads only."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from src.config import read_stamp
from src.deployment.lifetime import warning
from src.deployment.sending import Answer
from src.utils.arguments import checked
from src.utils.errors import DemoError
from src.utils.next_steps import next_step
from src.utils.queries import Row
from src.utils.sql import literal, qualified

from . import grants
from .manifest import Fault, Holding, Manifest, Pipeline, Source
from .session import Demo, look_up, text_of
from .streams import deployed, find_streams
from .tasks import TaskRun, runs_of_deployment

_RUNS_SHOWN = 3


@dataclass(frozen=True)
class PipelineStatus:
    """A pipeline: its pending changes (None if unreadable), its task's state, its last runs, its faults."""

    number: int
    title: str
    pending: int | None
    task_state: str
    runs: list[TaskRun]
    faults: list[Fault]


@dataclass(frozen=True)
class Holdings:
    """What each pipeline has made, None of one that is not there, and what is wrong with it."""

    by_name: Mapping[str, Holding | None]
    faults: list[Fault]


@dataclass(frozen=True)
class Status:
    """The whole demo at a moment. Without `held`, what the pipelines have made is not looked at yet.

    `role_faults` are what the roles lack that the demo's SQL files grant something; only `status` looks for them.
    """

    manifest: Manifest
    source: Source
    pipelines: list[PipelineStatus]
    source_faults: list[Fault]
    held: Holdings | None = None
    role_faults: tuple[Fault, ...] = ()

    @property
    def pending(self) -> int:
        """How many rows all pipelines have to take, of those that can be read."""
        return sum(one.pending or 0 for one in self.pipelines)

    @property
    def mark(self) -> object:
        """What is another one when something has moved, so that what the pipelines have made is looked at anew."""
        return [(one.pending, [run.query_id for run in one.runs]) for one in self.pipelines]

    @property
    def holdings(self) -> Mapping[str, Holding | None]:
        return self.held.by_name if self.held else {}

    @property
    def faults(self) -> list[Fault]:
        """Those of no pipeline's stream or task."""
        return [*self.source_faults, *(self.held.faults if self.held else ()), *self.role_faults]

    @property
    def every_fault(self) -> list[Fault]:
        return [*self.faults, *(fault for pipeline in self.pipelines for fault in pipeline.faults)]

    def as_data(self) -> dict[str, Any]:
        return {
            "source": asdict(self.source),
            "pipelines": [asdict(pipeline) for pipeline in self.pipelines],
            **{name: asdict(holding) if holding else None for name, holding in self.holdings.items()},
            "faults": [asdict(fault) for fault in self.faults],
        }


# What the account says of a stream that cannot be read, or of a run that failed, and what mends it; the first
# that fits, after those of the demo. The texts are not in the documentation; they are seen on accounts.
_MENDS: tuple[tuple[str, str], ...] = (
    (
        r"stale|dropped, cannot read from stream",
        "The stream has lost its place. Begin the pipeline anew, with all rows: "
        "{cleanup} --pipelines {number}, then {deploy} --pipelines {number}",
    ),
    (
        r"[Nn]o space left|disk (is )?full|[Ff]ile too large|[Dd]isk quota",
        "Make room where the files go; nothing is lost, the changes are still pending. Then run: {run}",
    ),
    (
        r"does not exist or not authorized",
        "Something that the pipeline needs is gone or hidden. Make it again: {deploy} --pipelines {number}",
    ),
    (
        r"",
        "Nothing is lost: the changes are still pending. {step} Then run: {run} --pipelines {number}",
    ),
)


class _Commands(dict[str, object]):
    """The demo's commands by their names, for an advice that names some, and what is done about any such message."""

    def __init__(self, demo: Demo, message: str, number: int) -> None:
        super().__init__(number=number, step=next_step(message) or "Mend the cause.")
        self._demo = demo

    def __missing__(self, name: str) -> str:
        return self._demo.command(name)


def mend_of(demo: Demo, message: str, number: int) -> str:
    """What to do about what an account says."""
    advice = next(advice for pattern, advice in (*demo.manifest.mends, *_MENDS) if re.search(pattern, message))
    return advice.format_map(_Commands(demo, message, number))


@dataclass(frozen=True)
class _Look:
    """What a look at the account has shown, whether or not all of it could be read."""

    demo: Demo
    source: Source
    streams: list[Row]
    tasks: list[Row]
    runs: Mapping[str, list[TaskRun]]


@checked
def status(demo: Demo) -> Status:
    """Looks at everything, and goes on where a part cannot be read. Raises DemoError if the demo is not deployed."""
    found = movements(demo)
    pipelines = demo.manifest.numbered(tuple(one.number for one in found.pipelines))
    role_faults = tuple(grants.faults(demo, found.source, pipelines))
    return replace(found, held=holdings(demo, found), role_faults=role_faults)


def expiring(demo: Demo) -> str:
    """The warning that the deployment which the demo stands on expires within a day; "" else."""
    name = demo.config.database.name
    row = look_up(demo.look(f"SHOW DATABASES LIKE {literal(name)}"), name)
    stamp = read_stamp(text_of(row, "comment")) if row else None
    return warning(name, stamp.until) if stamp else ""


def movements(demo: Demo) -> Status:
    """Looks at streams, tasks and runs: what takes as long however much the pipelines have made."""
    demo.doing("streams, tasks and runs")
    source = deployed(demo)
    demo.use_looking_warehouse()
    streams = find_streams(demo)
    present = [one for one in demo.manifest.pipelines if look_up(streams, one.stream) is not None]
    names = [one.task for one in present]
    keeping = demo.manifest.sources.task_of(source)
    tasks = demo.sender.send(f"SHOW TASKS IN SCHEMA {qualified(demo.config.database.name, demo.settings.schema)}").rows
    try:
        runs = runs_of_deployment(demo, [*names, *([keeping] if keeping else [])], tasks)
    except DemoError:
        runs = {}
    look = _Look(demo, source, streams, tasks, runs)
    pipelines = [_pipeline_status(look, one) for one in present]
    return Status(demo.manifest, source, pipelines, list(_task_faults(look, 1, keeping)) if keeping else [])


def holdings(demo: Demo, status: Status) -> Holdings:
    """Looks at what the pipelines have made: the more that is, the longer it takes."""
    found: dict[str, Holding | None] = {one.name: None for one in demo.manifest.pipelines}
    faults: list[Fault] = []
    for one in status.pipelines:
        [pipeline] = demo.manifest.numbered((one.number,))
        try:
            found[pipeline.name] = pipeline.status(demo, status.source)
            if one.pending == 0:
                faults.extend(pipeline.faults(demo, status.source))
        except DemoError as error:
            advice = mend_of(demo, str(error), one.number)
            faults.append(Fault(f"{pipeline.makes} cannot be read: {error}", advice))
    return Holdings(found, faults)


def _pipeline_status(look: _Look, pipeline: Pipeline) -> PipelineStatus:
    number = look.demo.number(pipeline)
    answer = pipeline.pending(look.demo, look.source)
    task = look_up(look.tasks, pipeline.task)
    return PipelineStatus(
        number,
        pipeline.title,
        None if answer.error else int(answer.rows[0]["PENDING"]),
        text_of(task, "state") if task else "absent",
        look.runs.get(pipeline.task, [])[:_RUNS_SHOWN],
        [*_stream_faults(look, pipeline, answer), *_task_faults(look, number, pipeline.task)],
    )


def _stream_faults(look: _Look, pipeline: Pipeline, answer: Answer) -> Iterator[Fault]:
    number = look.demo.number(pipeline)
    stream = look_up(look.streams, pipeline.stream)
    if answer.error:
        advice = mend_of(look.demo, answer.message, number)
        yield Fault(f"Stream {pipeline.stream} cannot be read: {answer.message}", advice)
    elif stream is not None and text_of(stream, "stale").lower() == "true":
        yield Fault(f"Stream {pipeline.stream} is stale", mend_of(look.demo, "stale", number))


def _task_faults(look: _Look, number: int, name: str) -> Iterator[Fault]:
    """A task that is not there, does not run, or failed the last time that it had something to do."""
    task = look_up(look.tasks, name)
    again = look.demo.command(f"deploy --pipelines {number}")
    last = next((run for run in look.runs.get(name, ()) if run.state not in ("SKIPPED", "SCHEDULED")), None)
    if last is not None and last.failed:
        yield Fault(f"The last run of task {name} failed: {last.error}", mend_of(look.demo, last.error, number))
    if task is None:
        yield Fault(f"Task {name} does not exist", f"Make it again: {again}")
    elif text_of(task, "state") == "suspended":
        why = text_of(task, "last_suspended_reason")
        after = ", after failures" if "ERROR" in why else ""
        yield Fault(f"Task {name} is suspended{after}", f"Resume it: {again}")


# As text


def as_lines(status: Status) -> Iterator[str]:
    """What a person reads."""
    yield str(status.source)
    for pipeline in status.pipelines:
        pending = "unreadable" if pipeline.pending is None else f"{pipeline.pending:,} pending"
        yield f"Pipeline {pipeline.number} ({pipeline.title}): {pending}, task {pipeline.task_state}"
        for run in pipeline.runs:
            counts = run.counts(status.manifest.counting)
            yield f"  {run.completed_time[:19] or 'now'} {run.state}{f' {counts}' if counts else ''}"
    if status.held is None:
        yield "What the pipelines have made is being looked at ..."
    yield from (str(holding) for holding in status.holdings.values() if holding)
    yield from (f"Fault: {fault}" for fault in status.every_fault)
