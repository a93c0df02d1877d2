"""Deploys a demo on the infrastructure of setup.py, and runs its pipelines."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from src.utils.arguments import checked
from src.utils.errors import Refused
from src.utils.queries import Row
from src.utils.sql import literal

from .manifest import Pipeline, Source
from .preflight import require_all
from .roles import primary_role_alone
from .session import Demo, rows_of, text_of
from .streams import deployed, find_streams
from .tasks import Patience, TaskRun, TasksFailed, ended_runs, run_tasks

_MOST_ROUNDS = 3


# Deploying


@checked
def deploy(demo: Demo, pipelines: Sequence[Pipeline] | None = None, *, choice: str = "auto", **options: int) -> Source:
    """Makes schemas, source and pipelines; a second time it neither loses pending changes nor loads twice.

    `choice` and `options` are for the demo's sources. Raises DemoError without the infrastructure or for what the role
    lacks, Refused where something of another's stands in the way.
    """
    pipelines = demo.manifest.pipelines if pipelines is None else pipelines
    with primary_role_alone(demo):
        require_all(demo, choice, pipelines)
        streams = find_streams(demo)
        _refuse_left_overs(demo, pipelines, streams)
        if demo.manifest.opening:
            demo.perform(demo.steps(demo.manifest.opening))
        source = demo.manifest.sources.detect(demo, choice)
        demo.say(str(source))
        _refuse_another_source(source, streams)
        demo.manifest.sources.make(demo, source, **options)
        for pipeline in pipelines:
            pipeline.deploy(demo, source)
        return source


def _refuse_left_overs(demo: Demo, pipelines: Sequence[Pipeline], streams: Sequence[Row]) -> None:
    """A stream that begins anew begins with all rows, so that nothing may be there that an earlier one has made."""
    present = {row["name"] for row in streams}
    for pipeline in pipelines:
        number = demo.number(pipeline)
        if pipeline.stream not in present and (found := pipeline.left_over(demo)):
            raise Refused(
                f"{found} of an earlier deployment, whose stream {pipeline.stream} is gone: a new one begins with all "
                f"rows, and would load them again. Nothing was changed. Run: "
                f"{demo.command(f'cleanup --pipelines {number}')}, then {demo.command(f'deploy --pipelines {number}')}"
            )


def _refuse_another_source(source: Source, streams: Sequence[Row]) -> None:
    """A stream stays on its table, so that a new source takes a new deployment."""
    for row in streams:
        followed = text_of(row, "table_name")
        if followed.count(".") == 2 and followed != source.followed:
            raise Refused(
                f"The demo is deployed and its streams follow {followed}, not {source.followed}. "
                "Run cleanup first, or deploy with the --source of before."
            )


# Running


@checked
def run(
    demo: Demo, pipelines: Sequence[Pipeline] | None = None, patience: Patience | None = None
) -> list[dict[str, Any]]:
    """Runs the pipelines' tasks now until nothing is pending, and returns the runs.

    Where a stream has triggered its task before, that run is returned: it has taken the changes. The task that keeps
    the source in step, if there is one, runs before. It takes two runs where the first one is the initial rows, which
    a stream returns alone; three at most, since a source may go on changing. Raises TasksFailed with a task's own
    error, when the others have ended too.
    https://docs.snowflake.com/en/sql-reference/sql/create-stream (SHOW_INITIAL_ROWS)
    """
    pipelines = demo.manifest.pipelines if pipelines is None else pipelines
    source = deployed(demo, pipelines)
    demo.use_looking_warehouse()
    keeping = demo.manifest.sources.task_of(source)
    tasks = [*([keeping] if keeping else []), *(pipeline.task for pipeline in pipelines)]
    told: list[str] = []
    try:
        return _run(replace(demo, say=told.append), source, pipelines, keeping, patience)
    finally:
        # Task by task, whichever ended first or was triggered before.
        for line in sorted(told, key=lambda line: tasks.index(line.partition(":")[0])):
            demo.say(line)


def _run(
    demo: Demo, source: Source, pipelines: Sequence[Pipeline], keeping: str | None, patience: Patience | None
) -> list[dict[str, Any]]:
    runs = _run_tasks(demo, {keeping: None}, patience) if keeping else []
    waiting = list(pipelines)
    for _ in range(_MOST_ROUNDS):
        demo.doing("counting what is pending")
        counts = {pipeline.task: _pending(demo, source, pipeline) for pipeline in waiting}
        pending = {task: count for task, count in counts.items() if count}
        if not pending:
            break
        runs += _run_tasks(demo, pending, patience)
        streams = [literal(demo.in_schema(pipeline.stream)) for pipeline in pipelines]
        [row] = demo.ask(f"SELECT {', '.join(f'SYSTEM$STREAM_HAS_DATA({stream})' for stream in streams)}")
        waiting = [pipeline for pipeline, has_data in zip(pipelines, row.values(), strict=True) if has_data]
    idle = [one for one in pipelines if all(run["task"] != one.task for run in runs)]
    return runs + (_runs_before(demo, idle, patience or Patience()) if idle else [])


def _runs_before(demo: Demo, pipelines: Sequence[Pipeline], patience: Patience) -> list[dict[str, Any]]:
    """The last run of each pipeline that had nothing to run for, if its stream has triggered it."""
    runs = ended_runs(demo, [one.task for one in pipelines], patience)
    before = []
    for pipeline in pipelines:
        last = next((run for run in runs.get(pipeline.task, []) if run.state == "SUCCEEDED"), None)
        if last is None or last.scheduled_from == "EXECUTE TASK":
            since = f" since its run at {last.completed_time[:19]}" if last else ""
            demo.say(f"{pipeline.task}: nothing pending{since}")
            continue
        counts = last.counts(demo.manifest.counting)
        said = f"SUCCEEDED at {last.completed_time[:19]}, triggered by its stream"
        demo.say(f"{pipeline.task}: {said}{f' {counts}' if counts else ''}")
        before.append({"pending": 0, **asdict(last)})
    return before


def _run_tasks(demo: Demo, pending: Mapping[str, int | None], patience: Patience | None) -> list[dict[str, Any]]:
    """Runs the tasks at once; `pending` says how many rows each one's stream has. One that was skipped did nothing."""
    try:
        ended = run_tasks(demo, pending, patience)
    except TasksFailed as error:
        for run in error.runs.values():
            demo.say(_described(demo, run, pending[run.task]))
        raise
    done = {task: run for task, run in ended.items() if run.state != "SKIPPED"}
    for task, run in done.items():
        demo.say(_described(demo, run, pending[task]))
    return [{"pending": pending[task], **asdict(run)} for task, run in done.items()]


def _pending(demo: Demo, source: Source, pipeline: Pipeline) -> int:
    [row] = rows_of(pipeline.pending(demo, source))
    return int(row["PENDING"])


def _described(demo: Demo, run: TaskRun, pending: int | None) -> str:
    rows = "" if pending is None else f" ({pending:,} rows were pending)"
    counts = run.counts(demo.manifest.counting)
    return f"{run.task}: {run.state}{rows}{f' {counts}' if counts else ''}"
