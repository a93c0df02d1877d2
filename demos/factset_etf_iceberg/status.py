"""How the demo stands, and for each fault the command that mends it. Reads only."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from src.deployment.sending import Answer
from src.utils.errors import DemoError
from src.utils.queries import Row

from . import pipeline1_iceberg, pipeline2_parquet
from .names import MIRROR_TASK, PIPELINES, Pipeline
from .session import COMMAND, Demo, look_up, text_of
from .settings import FactsetDemo
from .source import Source, deployed, values_of
from .tasks import TaskRun
from .templates import step

_RUNS_SHOWN = 3


@dataclass(frozen=True)
class Fault:
    """What is wrong, and what mends it."""

    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.what.rstrip('.')}. {self.mend}"


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
class Status:
    """The whole demo at a moment."""

    source: Source
    pipelines: list[PipelineStatus]
    iceberg: pipeline1_iceberg.IcebergStatus | None = None
    audit: pipeline2_parquet.AuditStatus | None = None
    faults: list[Fault] = field(default_factory=list)

    @property
    def every_fault(self) -> list[Fault]:
        return [*self.faults, *(fault for pipeline in self.pipelines for fault in pipeline.faults)]

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


# What the account says of a stream that cannot be read, or of a run that failed, and what mends it; the first
# that fits. The texts are not in the documentation; they are seen on accounts.
_MENDS: tuple[tuple[str, str], ...] = (
    (
        r"SET_RETURN_VALUE",
        "Nothing is lost: the task is of an earlier version of this demo. Make it again: "
        "{command} deploy --pipelines {number}",
    ),
    (
        r"no longer available|Shared database|[Dd]oes not exist or not authorized.*(share|ETF)",
        "The provider has revoked the share: ask for it to be granted again, then run: {command} run",
    ),
    (
        r"stale|dropped, cannot read from stream",
        "The stream has lost its place. Begin the pipeline anew, with all rows: "
        "{command} cleanup --pipelines {number}, then {command} deploy --pipelines {number}",
    ),
    (
        r"[Nn]o space left|disk (is )?full|[Ff]ile too large|quota",
        "Make room where the files go; nothing is lost, the changes are still pending. Then run: {command} run",
    ),
    (
        r"does not exist or not authorized",
        "Something that the pipeline needs is gone or hidden. Make it again: {command} deploy --pipelines {number}",
    ),
)
_MEND_A_FAILURE = (
    "Nothing is lost: the changes are still pending. Mend the cause, then run: {command} run --pipelines {number}"
)


def mend_of(message: str, number: int) -> str:
    """What to do about what an account says."""
    advice = next((advice for pattern, advice in _MENDS if re.search(pattern, message)), _MEND_A_FAILURE)
    return advice.format(command=COMMAND, number=number)


def status(demo: Demo) -> Status:
    """Looks at everything, and goes on where a part cannot be read. Raises DemoError if the demo is not deployed."""
    source = deployed(demo)
    demo.ask(f"USE WAREHOUSE {FactsetDemo.of(demo.config).looking_warehouse}")
    values = values_of(demo, source)
    seen = {title: demo.sender.send(step("04_monitoring", title, values).sql) for title in ("streams", "tasks", "runs")}
    found = [one for one in PIPELINES if look_up(seen["streams"].rows, one.stream) is not None]
    pipelines = [_pipeline_status(demo, source, one, seen) for one in found]
    faults = _mirror_faults(seen) if source.kind == "mirror" else []
    iceberg, audit = _holdings(demo, source, found, faults)
    return Status(source, pipelines, iceberg, audit, faults)


def pending_changes(demo: Demo, source: Source, pipeline: Pipeline) -> Answer:
    """Counts the rows of a pipeline's stream; a SELECT does not consume them."""
    title = f"pending changes of pipeline {pipeline.number}"
    return demo.sender.send(step("04_monitoring", title, values_of(demo, source)).sql)


def _pipeline_status(demo: Demo, source: Source, pipeline: Pipeline, seen: Mapping[str, Answer]) -> PipelineStatus:
    answer = pending_changes(demo, source, pipeline)
    task = look_up(seen["tasks"].rows, pipeline.task)
    runs = _runs(seen, pipeline.task)
    faults = [*_stream_faults(pipeline, seen, answer), *_task_faults(pipeline.number, pipeline.task, task, runs)]
    return PipelineStatus(
        pipeline.number,
        pipeline.title,
        None if answer.error else int(answer.rows[0]["PENDING"]),
        text_of(task, "state") if task else "absent",
        runs[:_RUNS_SHOWN],
        faults,
    )


def _runs(seen: Mapping[str, Answer], task: str) -> list[TaskRun]:
    return [TaskRun.of(row) for row in seen["runs"].rows if row["NAME"] == task]


def _stream_faults(pipeline: Pipeline, seen: Mapping[str, Answer], answer: Answer) -> Iterator[Fault]:
    stream = look_up(seen["streams"].rows, pipeline.stream)
    if answer.error:
        yield Fault(
            f"Stream {pipeline.stream} cannot be read: {answer.message}", mend_of(answer.message, pipeline.number)
        )
    elif stream is not None and text_of(stream, "stale").lower() == "true":
        yield Fault(f"Stream {pipeline.stream} is stale", mend_of("stale", pipeline.number))


def _task_faults(number: int, name: str, task: Row | None, runs: list[TaskRun]) -> Iterator[Fault]:
    """A task that is not there, does not run, or failed the last time that it had something to do."""
    last = next((run for run in runs if run.state not in ("SKIPPED", "SCHEDULED")), None)
    if last is not None and last.failed:
        yield Fault(f"The last run of task {name} failed: {last.error}", mend_of(last.error, number))
    if task is None:
        yield Fault(f"Task {name} does not exist", f"Make it again: {COMMAND} deploy --pipelines {number}")
    elif text_of(task, "state") == "suspended":
        why = text_of(task, "last_suspended_reason")
        after = ", after failures" if "ERROR" in why else ""
        yield Fault(f"Task {name} is suspended{after}", f"Resume it: {COMMAND} deploy --pipelines {number}")


def _mirror_faults(seen: Mapping[str, Answer]) -> list[Fault]:
    return list(_task_faults(1, MIRROR_TASK, look_up(seen["tasks"].rows, MIRROR_TASK), _runs(seen, MIRROR_TASK)))


def _holdings(
    demo: Demo, source: Source, found: list[Pipeline], faults: list[Fault]
) -> tuple[pipeline1_iceberg.IcebergStatus | None, pipeline2_parquet.AuditStatus | None]:
    """What the pipelines have made; a part that cannot be read is a fault."""
    numbers = {pipeline.number for pipeline in found}
    iceberg, audit = None, None
    try:
        iceberg = pipeline1_iceberg.status(demo, source) if 1 in numbers else None
    except DemoError as error:
        faults.append(Fault(f"The Iceberg table cannot be read: {error}", mend_of(str(error), 1)))
    try:
        audit = pipeline2_parquet.status(demo, source) if 2 in numbers else None
    except DemoError as error:
        faults.append(Fault(f"The audit files cannot be read: {error}", mend_of(str(error), 2)))
    return iceberg, audit


# As text


def as_lines(found: Status) -> Iterator[str]:
    """What a person reads."""
    yield str(found.source)
    for pipeline in found.pipelines:
        pending = "unreadable" if pipeline.pending is None else f"{pipeline.pending:,} pending"
        yield f"Pipeline {pipeline.number} ({pipeline.title}): {pending}, task {pipeline.task_state}"
        for run in pipeline.runs:
            yield f"  {run.completed_time[:19] or 'now'} {run.state}{f' {run.counts}' if run.counts else ''}"
    if found.iceberg is not None:
        table = found.iceberg
        yield f"Iceberg table: {table.rows:,} rows of {table.funds:,} funds, snapshot {table.snapshot}"
    if found.audit is not None:
        events = ", ".join(f"{count:,} {kind}" for kind, count in found.audit.events.items()) or "no events"
        yield f"Audit: {found.audit.files:,} files, {found.audit.bytes:,} bytes, {events}"
    for fault in found.every_fault:
        yield f"Fault: {fault}"
