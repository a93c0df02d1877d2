"""Deploys the demo on the infrastructure of setup.py, and runs its pipelines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from src.config import read_stamp
from src.utils.errors import DemoError, InputError, Refused
from src.utils.queries import Row
from src.utils.sql import literal, qualified

from . import pipeline1_iceberg, pipeline2_parquet
from .names import AUDIT, ICEBERG, MIRROR_TASK, PIPELINES, Pipeline, in_schema, stamp, variables
from .roles import primary_role_alone, require_execute_task
from .session import COMMAND, Demo, look_up, rows_of, text_of
from .settings import FactsetDemo
from .source import Choice, Source, deploy_source, deployed, detect, find_streams
from .status import pending_changes
from .tasks import Patience, TaskRun, run_tasks
from .templates import steps

Deploy = Callable[[Demo, Source], None]
_MOST_ROUNDS = 3

DEPLOYS: Mapping[Pipeline, Deploy] = {ICEBERG: pipeline1_iceberg.deploy, AUDIT: pipeline2_parquet.deploy}
LEFT_OVERS: Mapping[Pipeline, Callable[[Demo], str]] = {
    ICEBERG: pipeline1_iceberg.left_over,
    AUDIT: pipeline2_parquet.left_over,
}


def chosen(numbers: str) -> tuple[Pipeline, ...]:
    """The pipelines that `1`, `2` or `1,2` means. Raises InputError for anything else."""
    wanted = {part.strip() for part in numbers.split(",")}
    known = {str(pipeline.number): pipeline for pipeline in PIPELINES}
    if not wanted <= known.keys():
        raise InputError(f"--pipelines is {numbers!r}. Allowed: {', '.join(known)} or {','.join(known)}.")
    return tuple(pipeline for number, pipeline in known.items() if number in wanted)


# Deploying


def deploy(
    demo: Demo, pipelines: Sequence[Pipeline] = PIPELINES, *, choice: Choice = "auto", rows: int = 1000, seed: int = 1
) -> Source:
    """Makes schemas, stage, source and pipelines; a second time it neither loses pending changes nor loads twice.

    Raises DemoError without the infrastructure or the right to run tasks, Refused where something of another's stands
    in the way.
    """
    with primary_role_alone(demo):
        require_infrastructure(demo)
        require_execute_task(demo)
        _refuse_foreign_schemas(demo)
        streams = find_streams(demo)
        _refuse_left_overs(demo, pipelines, streams)
        values = variables(demo.config, source_database="", followed_table="")
        demo.perform(steps("00_initialization", values))
        source = detect(demo, choice)
        demo.say(str(source))
        _refuse_another_source(source, streams)
        deploy_source(demo, source, rows=rows, seed=seed)
        _refuse_an_empty_source(demo, source)
        for pipeline in pipelines:
            DEPLOYS[pipeline](demo, source)
        return source


def require_infrastructure(demo: Demo) -> None:
    """Raises DemoError that says to run setup.py where its database or one of the warehouses is absent."""
    warehouses = dict.fromkeys((FactsetDemo.of(demo.config).warehouse, FactsetDemo.of(demo.config).looking_warehouse))
    for kind, name in (("DATABASE", demo.config.database.name), *(("WAREHOUSE", one) for one in warehouses)):
        if look_up(demo.ask(f"SHOW {kind}S LIKE {literal(name)}"), name) is None:
            raise DemoError(
                f"{kind.capitalize()} {name} does not exist or is hidden from this role: the demo stands on the "
                "infrastructure of setup.py. Run: python setup.py --mode full"
            )


def _refuse_foreign_schemas(demo: Demo) -> None:
    database = qualified(demo.config.database.name)
    rows = demo.ask(f"SHOW SCHEMAS IN DATABASE {database}")
    for name in (FactsetDemo.of(demo.config).schema, FactsetDemo.of(demo.config).iceberg_schema):
        row = look_up(rows, name)
        if row is not None and read_stamp(text_of(row, "comment")) != stamp(demo.config):
            raise Refused(
                f"SCHEMA {database}.{name} exists and does not carry the demo's stamp. Nothing was changed. "
                "Rename it, or set factset.schema and factset.iceberg_schema in config.py to other names."
            )


def _refuse_left_overs(demo: Demo, pipelines: Sequence[Pipeline], streams: Sequence[Row]) -> None:
    """A stream that begins anew begins with all rows, so that nothing may be there that an earlier one has made."""
    present = {row["name"] for row in streams}
    for pipeline in pipelines:
        if pipeline.stream not in present and (found := LEFT_OVERS[pipeline](demo)):
            raise Refused(
                f"{found} of an earlier deployment, whose stream {pipeline.stream} is gone: a new one begins with all "
                f"rows, and would load them again. Nothing was changed. Run: {COMMAND} cleanup --pipelines "
                f"{pipeline.number}, then {COMMAND} deploy --pipelines {pipeline.number}"
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


def _refuse_an_empty_source(demo: Demo, source: Source) -> None:
    """A stream with initial rows returns only those until they are consumed: with none, its task would never begin.

    https://docs.snowflake.com/en/sql-reference/sql/create-stream (SHOW_INITIAL_ROWS)
    """
    demo.ask(f"USE WAREHOUSE {FactsetDemo.of(demo.config).looking_warehouse}")
    if not demo.ask(f"SELECT 1 AS FOUND FROM {source.followed} LIMIT 1"):
        raise DemoError(f"{source.followed} has no rows, so that its streams would not begin. Deploy when it has some.")


# Running


def run(
    demo: Demo, pipelines: Sequence[Pipeline] = PIPELINES, patience: Patience | None = None
) -> list[dict[str, Any]]:
    """Runs the pipelines' tasks now, the mirror's before, until nothing is pending, and returns the runs.

    It takes two runs where the first one is the initial rows, which a stream returns alone; three at most, since a
    source may go on changing. Raises DemoError with a task's own error.
    https://docs.snowflake.com/en/sql-reference/sql/create-stream (SHOW_INITIAL_ROWS)
    """
    source = deployed(demo, pipelines)
    demo.ask(f"USE WAREHOUSE {FactsetDemo.of(demo.config).looking_warehouse}")
    runs = _run_tasks(demo, {MIRROR_TASK: None}, patience) if source.kind == "mirror" else []
    waiting = list(pipelines)
    for _ in range(_MOST_ROUNDS):
        counts = {pipeline.task: _pending(demo, source, pipeline) for pipeline in waiting}
        pending = {task: count for task, count in counts.items() if count}
        if not pending:
            break
        runs += _run_tasks(demo, pending, patience)
        waiting = _with_data(demo, pipelines)
    for pipeline in pipelines:
        if all(run["task"] != pipeline.task for run in runs):
            demo.say(f"{pipeline.task}: nothing pending")
    return runs


def _with_data(demo: Demo, pipelines: Sequence[Pipeline]) -> list[Pipeline]:
    """Those whose streams have data, as their tasks' WHEN sees it."""
    streams = [literal(in_schema(demo.config, pipeline.stream)) for pipeline in pipelines]
    [row] = demo.ask(f"SELECT {', '.join(f'SYSTEM$STREAM_HAS_DATA({stream})' for stream in streams)}")
    return [pipeline for pipeline, has_data in zip(pipelines, row.values(), strict=True) if has_data]


def _run_tasks(demo: Demo, pending: Mapping[str, int | None], patience: Patience | None) -> list[dict[str, Any]]:
    """Runs the tasks at once; `pending` says how many rows each one's stream has."""
    ended = run_tasks(demo, pending, patience)
    for task, count in pending.items():
        demo.say(_described(ended[task], count))
    return [{"pending": count, **asdict(ended[task])} for task, count in pending.items()]


def _pending(demo: Demo, source: Source, pipeline: Pipeline) -> int:
    [row] = rows_of(pending_changes(demo, source, pipeline))
    return int(row["PENDING"])


def _described(run: TaskRun, pending: int | None) -> str:
    if run.state == "SKIPPED":
        return f"{run.task}: SKIPPED, since its stream has triggered it already"
    rows = "" if pending is None else f" ({pending:,} rows were pending)"
    return f"{run.task}: {run.state}{rows}{f' {run.counts}' if run.counts else ''}"
