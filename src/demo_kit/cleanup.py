"""Removes a demo and nothing else, and proves that nothing of it is left."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from src.config import Stamp, read_stamp
from src.deployment.cleanup import Renamed, files_outside
from src.deployment.report import Outcome, Report, undrop
from src.deployment.sending import DOES_NOT_EXIST, UNSUPPORTED
from src.infrastructure.states import ExistingObject
from src.utils.arguments import checked
from src.utils.errors import DemoError, Refused
from src.utils.queries import Row
from src.utils.sql import Key, identifier, literal, qualified

from .manifest import Pipeline
from .session import Demo, look_up, status_of, text_of
from .streams import find_streams
from .templates import Step, drops

# https://docs.snowflake.com/en/sql-reference/sql/show
HELD = ("TABLES", "VIEWS", "STAGES", "FILE FORMATS", "STREAMS", "TASKS", "PIPES", "SEQUENCES", "USER FUNCTIONS")

# How the title of a step begins that removes a schema or a database which the demo's objects were in.
_REMOVAL = "removal of "

Question = Callable[[list[str]], bool]


@checked
def clean_up(demo: Demo, report: Report, ask: Question | None = None, offer: Question | None = None) -> None:
    """Drops what carries the demo's stamp, goes on after an error, and looks again.

    A share, a source that is not simulated, and a schema that holds more than the demo stay. If nothing is here and the
    demo of a database that has been renamed is, `offer` is asked whether that one is meant. Raises Refused if `ask` or
    `offer` is answered no, or if a schema of the demo's name is another's.
    """
    doomed = _ours(demo)
    if not doomed and (renamed := _renamed(demo)):
        if offer is None:
            report.refusals.append(f"{renamed} Pass --deployment {renamed.deployment} to remove that one.")
            return
        demo.say(str(renamed))
        report.deployment = renamed.deployment
        clean_up(replace(demo, config=demo.config.of_deployment(renamed.deployment)), report, offer)
        return
    if ask and doomed and not ask([" ".join(key) for key in doomed]):
        raise Refused("Nothing was dropped: the answer was no.")
    every = _steps(demo, list(doomed))
    removals = [step for step in every if step.title.startswith(_REMOVAL)]
    for step in every:
        if step not in removals:
            _drop(demo, step, report)
    held = _held(demo, [name for kind, name in doomed if kind == "SCHEMA"]) if every else {}
    for step in removals:
        if not held.get(step.kind_and_name[1]):
            _drop(demo, step, report)
    demo.doing("looking at what is left")
    left = _ours(demo)
    for key in doomed:
        if key not in left:
            report.add(Outcome(*key, "dropped"))
    report.left.extend(" ".join(key) for key in left)
    report.warnings.extend(
        f"SCHEMA {name} stays, since it holds {', '.join(held[name])}. Move or drop that, then run cleanup again."
        for _, name in left
        if held.get(name)
    )
    gone = [key for key in doomed if key not in left]
    report.undrops.extend(hint for key in gone for hint in undrop(key, doomed[key]))
    if gone:
        report.unprovable.extend(files_outside(demo.settings))
    report.proven = True


def drop_pipelines(demo: Demo, pipelines: Sequence[Pipeline], report: Report, ask: Question | None = None) -> None:
    """Drops pipelines with what they have made, so that a deployment begins them anew, and looks at what stays."""
    if ask and not ask([f"pipeline {demo.number(one)} ({one.title}) with what it has made" for one in pipelines]):
        raise Refused("Nothing was dropped: the answer was no.")
    for pipeline in pipelines:
        demo.doing(f"dropping pipeline {demo.number(pipeline)} ({pipeline.title})")
        pipeline.drop(demo)
        report.add(Outcome("PIPELINE", str(demo.number(pipeline)), "dropped"))
    demo.doing("looking at what stays")
    streams = find_streams(demo)
    others = [one for one in demo.manifest.pipelines if one not in pipelines and look_up(streams, one.stream)]
    report.stays.extend(f"pipeline {demo.number(one)} ({one.title})" for one in others)
    report.stays.extend(" ".join(key) for key in _ours(demo))
    report.proven = True


def _ours(demo: Demo) -> dict[Key, int]:
    """Which of the demo's databases and schemas are there, and their days of Time Travel.

    Raises Refused for a schema without the stamp.
    """
    found = {}
    for kind, name in demo.manifest.objects(demo.config):
        row = _look(demo, kind, name)
        mark = read_stamp(text_of(row, "comment")) if row else None
        if row is not None and mark == demo.stamp:
            found[kind, name] = int(text_of(row, "retention_time") or 0)
        elif row is not None and kind == "SCHEMA":
            raise Refused(f"SCHEMA {name} does not carry the demo's stamp, so nothing was dropped. It is another's.")
    return found


def _renamed(demo: Demo) -> Renamed | None:
    """The demo of the deployment that has a warehouse or a database of CONFIG's, under another name of its own."""
    settings = demo.settings
    named = [
        ("SCHEMA", row)
        for schema in settings.schemas
        for row in demo.look(f"SHOW SCHEMAS LIKE {literal(schema)} IN ACCOUNT")
        if row["name"] == schema
    ]
    at_account_level = [
        (kind, row)
        for kind, name in (*(("DATABASE", one) for one in settings.databases), ("WAREHOUSE", settings.warehouse))
        for row in demo.look(f"SHOW {kind}S LIKE {literal(name)}")
        if row["name"] == name
    ]
    for mark in filter(None, (_stamp(row) for _, row in at_account_level)):
        theirs = replace(demo.stamp, deployment=mark.deployment)
        objects = [_found(kind, row) for kind, row in (*at_account_level, *named) if _stamp(row) == theirs]
        if mark.deployment != demo.config.database.name and objects:
            return Renamed(mark.deployment, demo.config.database.name, tuple(objects))
    return None


def _stamp(row: Row) -> Stamp | None:
    return read_stamp(text_of(row, "comment"))


def _found(kind: str, row: Row) -> ExistingObject:
    name = qualified(row["database_name"], row["name"]) if kind == "SCHEMA" else identifier(row["name"])
    return ExistingObject(kind, name, {}, ours=False, stamp=_stamp(row))


def _look(demo: Demo, kind: str, name: str) -> Row | None:
    database, _, schema = name.partition(".")
    inside = f" IN DATABASE {database}" if schema else ""
    return look_up(demo.look(f"SHOW {kind}S LIKE {literal(schema or database)}{inside}"), schema or database)


def _steps(demo: Demo, doomed: Sequence[Key]) -> list[Step]:
    """What removes the demo; nothing if nothing of it is there; what is in a schema only if that is there."""
    if not doomed or _look(demo, "DATABASE", qualified(demo.config.database.name)) is None:
        return []
    if demo.manifest.closing:
        every = demo.steps(demo.manifest.closing)
    else:
        files = [step for name in demo.manifest.sql.names for step in demo.steps(name, **demo.manifest.examples)]
        every = [*drops(files), *(Step(f"{_REMOVAL}{kind} {name}", f"DROP {kind} {name}") for kind, name in doomed)]
    absent = {name for _, name in demo.manifest.objects(demo.config)} - {name for _, name in doomed}
    return [one for one in every if one.kind_and_name[1].rpartition(".")[0] not in absent]


def _drop(demo: Demo, step: Step, report: Report) -> None:
    kind, name = step.kind_and_name
    demo.doing(f"dropping {step.title}" if step.sql.startswith("DROP ") else step.title)
    answer = demo.sender.send(step.sql)
    if answer.error and answer.errno not in DOES_NOT_EXIST:
        report.add(Outcome(kind or "STEP", name, "failed", step.sql, answer.message))
    elif not kind.startswith(_REMOVAL) and status_of(answer.rows).endswith("successfully dropped."):
        report.add(Outcome(kind, name, "dropped", step.sql))


def _held(demo: Demo, schemas: Sequence[str]) -> dict[str, list[str]]:
    """What each schema holds of others, when the demo's own objects are gone. A kind that an account lacks is none."""
    looks = [(schema, kind) for schema in schemas for kind in HELD]
    answers = demo.sender.wave(looks, lambda look: demo.sender.send(f"SHOW {look[1]} IN SCHEMA {look[0]}"), str)
    held: dict[str, list[str]] = {schema: [] for schema in schemas}
    for (schema, _), answer in zip(looks, answers, strict=True):
        if answer.error and answer.errno not in DOES_NOT_EXIST | UNSUPPORTED:
            raise DemoError(f"The account cannot be inspected: {answer.message}") from answer.error
        held[schema].extend(row["name"] for row in answer.rows if row["name"] not in held[schema])
    return held
