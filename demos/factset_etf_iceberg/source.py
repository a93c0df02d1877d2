"""Where the constituents come from: a share that streams can follow, a mirror of one, or a simulation."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from src.config import read_stamp
from src.deployment.sending import TRANSIENT, Answer
from src.utils.errors import DemoError, InputError, Refused
from src.utils.queries import Row
from src.utils.sql import literal, qualified

from .names import Pipeline, in_schema, mirror_table, provided_table, simulated_table, stamp, variables
from .session import COMMAND, Demo, look_up, text_of
from .settings import FactsetDemo
from .templates import step, steps

Kind = Literal["share", "mirror", "simulated"]
Choice = Literal["auto", "share", "mirror", "simulated"]
Form = Literal["TABLE", "VIEW"]

MOST_ROWS = 1_000_000

_PROBE = "CONSTITUENTS_PROBE_STREAM"
# Neither text is in the documentation; both are seen on accounts.
_UNTRACKED = re.compile(r"change.?tracking", re.IGNORECASE)
_OFF = "it is off."


@dataclass(frozen=True)
class Source:
    """The table (or view) that the demo shows, the one that its streams follow, and why it is so."""

    kind: Kind
    database: str
    table: str
    followed: str
    reason: str
    followed_form: Form = "TABLE"

    def __str__(self) -> str:
        return f"Source: {self.kind}. {self.reason}"


def share(demo: Demo, reason: str, form: Form = "TABLE") -> Source:
    table = provided_table(demo.config)
    return Source("share", FactsetDemo.of(demo.config).source_database, table, table, reason, form)


def mirror(demo: Demo, reason: str) -> Source:
    database, table = FactsetDemo.of(demo.config).source_database, provided_table(demo.config)
    return Source("mirror", database, table, mirror_table(demo.config), reason)


def simulated(demo: Demo, reason: str) -> Source:
    table = simulated_table(demo.config)
    return Source("simulated", FactsetDemo.of(demo.config).simulated_database, table, table, reason)


def values_of(demo: Demo, source: Source) -> Mapping[str, str]:
    """What the SQL files are rendered with for this source."""
    return variables(
        demo.config,
        source_database=source.database,
        followed_table=source.followed,
        followed_form=source.followed_form,
    )


# Before a deployment


def detect(demo: Demo, choice: Choice = "auto") -> Source:
    """The source to deploy, and why. Raises InputError or Refused for a choice that this account does not allow."""
    provided = _database(demo, FactsetDemo.of(demo.config).source_database)
    is_provided = provided is not None and not _is_ours(demo, provided)
    if choice == "simulated" or (choice == "auto" and not is_provided):
        return _simulated(demo, choice)
    database = FactsetDemo.of(demo.config).source_database
    if provided is None or not is_provided:
        found = "it is simulated by this demo" if provided else "there is no such database"
        raise InputError(f"--source {choice} needs a share in {database}, and {found}. Leave --source out.")
    return _provided(demo, choice, provided)


def _simulated(demo: Demo, choice: Choice) -> Source:
    name = FactsetDemo.of(demo.config).simulated_database
    found = _database(demo, name)
    if found is not None and not _is_ours(demo, found):
        raise Refused(
            f"{name} exists and was not made by this demo, so that nothing is written to it. "
            "Leave --source out, or set factset.simulated_database in config.py to another name, or pass --prefix."
        )
    if choice == "simulated":
        return simulated(demo, f"{simulated_table(demo.config)}, as --source says.")
    absent = f"there is no {FactsetDemo.of(demo.config).source_database} database"
    return simulated(demo, f"{simulated_table(demo.config)}, since {'it was made before' if found else absent}.")


def _provided(demo: Demo, choice: Choice, database: Row) -> Source:
    table = provided_table(demo.config)
    if choice == "mirror":
        return mirror(demo, f"{mirror_table(demo.config)} is kept in step with {table}, as --source says.")
    form, row = _look_at_provided(demo)
    refusal = _refusal_to_track(demo, database, form, row)
    if not refusal:
        return share(demo, f"The streams read {table} itself: it has change tracking.", form)
    if choice == "share":
        raise InputError(
            f"--source share needs change tracking on {table}: {refusal} Ask the provider to run ALTER {form} ... SET "
            "CHANGE_TRACKING = TRUE, or pass --source mirror."
        )
    known = _UNTRACKED.search(refusal) or refusal == _OFF
    why = "that has no change tracking." if known else f"no stream can follow that: {refusal}"
    return mirror(demo, f"{mirror_table(demo.config)} is kept in step with {table}, since {why}")


def _database(demo: Demo, name: str) -> Row | None:
    return look_up(demo.ask(f"SHOW DATABASES LIKE {literal(name)}"), name)


def _is_ours(demo: Demo, row: Row) -> bool:
    """Whether the object's comment carries this deployment's stamp, of the demo or of setup.py."""
    found = read_stamp(text_of(row, "comment"))
    return found is not None and found.deployment == stamp(demo.config).deployment


def _look_at_provided(demo: Demo) -> tuple[Form, Row]:
    """Whether the constituents are a table or, as providers often have it, a secure view, and what SHOW says of it."""
    schema = qualified(FactsetDemo.of(demo.config).source_database, FactsetDemo.of(demo.config).source_schema)
    name = FactsetDemo.of(demo.config).source_table
    for form in get_args(Form):
        if (row := look_up(demo.ask(f"SHOW {form}S LIKE {literal(name)} IN SCHEMA {schema}"), name)) is not None:
            return form, row
    raise InputError(
        f"{schema}.{name} does not exist or is hidden from this role. Set factset.source_database, source_schema "
        "and source_table in config.py, or pass --source simulated with another factset.simulated_database."
    )


def _refusal_to_track(demo: Demo, database: Row, form: Form, row: Row) -> str:
    """Why no stream can follow the provided table or view; "" if one can.

    On a database of the account the first stream would turn change tracking on, and so alter what is not ours: there
    it is only looked at. An imported one cannot be altered, and only a stream on it tells.
    https://docs.snowflake.com/en/user-guide/data-sharing-provider#streams-on-shared-objects
    """
    if not text_of(database, "origin"):
        return "" if text_of(row, "change_tracking") == "ON" else _OFF
    answer = _probe(demo, form)
    if answer.errno in TRANSIENT:
        raise DemoError(f"The share cannot be read: {answer.message}") from answer.error
    return answer.message


def _probe(demo: Demo, form: Form) -> Answer:
    name = in_schema(demo.config, _PROBE)
    answer = demo.sender.send(
        f"CREATE OR REPLACE STREAM {name} ON {form} {provided_table(demo.config)} "
        f"COMMENT = {literal(f'Made to see whether a stream is allowed. {stamp(demo.config)}')}"
    )
    demo.ask(f"DROP STREAM IF EXISTS {name}")
    return answer


def deploy_source(demo: Demo, source: Source, *, rows: int, seed: int) -> None:
    """Makes what the source needs: the simulated table with its rows, the mirror with its task, or nothing."""
    values: dict[str, str | int] = {**values_of(demo, source), "rows": rows, "seed": seed}
    if source.kind == "simulated":
        demo.perform(steps("00_source_simulated", values))
    elif source.kind == "mirror":
        demo.perform(steps("00_source_mirror", values))


# After a deployment


def deployed(demo: Demo, pipelines: Sequence[Pipeline] = ()) -> Source:
    """The source of the deployment, as its streams tell it. Raises DemoError if it lacks one of the pipelines."""
    streams = find_streams(demo)
    if not streams:
        raise DemoError(f"The demo is not deployed in {demo.config.database.name}. Run: {COMMAND} deploy")
    present = {row["name"] for row in streams}
    if missing := [str(pipeline.number) for pipeline in pipelines if pipeline.stream not in present]:
        raise DemoError(f"Not deployed: pipeline {' and '.join(missing)}. Run: {COMMAND} deploy")
    followed = text_of(streams[0], "table_name")
    if followed == mirror_table(demo.config):
        return mirror(demo, f"The streams follow {followed}.")
    simulation = _database(demo, FactsetDemo.of(demo.config).simulated_database)
    if simulation is not None and _is_ours(demo, simulation):
        return simulated(demo, f"The streams follow {simulated_table(demo.config)}.")
    form: Form = "VIEW" if text_of(streams[0], "source_type").upper() == "VIEW" else "TABLE"
    return share(demo, f"The streams follow {provided_table(demo.config)}.", form)


def find_streams(demo: Demo) -> list[Row]:
    """The demo's streams; none where its schema is absent. Raises DemoError if they cannot be looked at."""
    schema = qualified(demo.config.database.name, FactsetDemo.of(demo.config).schema)
    rows = demo.look(f"SHOW STREAMS LIKE 'CONSTITUENTS%' IN SCHEMA {schema}")
    return [row for row in rows if row["name"] != _PROBE]


# Changes


def simulate(
    demo: Demo, source: Source, *, adds: int, updates: int, deletes: int, rekeys: int, seed: int
) -> Mapping[str, int]:
    """Changes the simulated source in one transaction and returns how many rows of each kind were changed.

    Raises Refused for a source that is not simulated.
    """
    if source.kind != "simulated":
        raise Refused(f"{source.table} is not simulated: nothing is written to it, and its changes come by themselves.")
    counts = {"adds": adds, "updates": updates, "deletes": deletes, "rekeys": rekeys}
    sql = step("03_simulate_changes", "changes", {**values_of(demo, source), **counts, "seed": seed}).sql
    demo.ask(f"USE WAREHOUSE {FactsetDemo.of(demo.config).warehouse}")
    [row] = demo.ask(sql)
    done: dict[str, int] = json.loads(next(iter(row.values())))
    demo.say(", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in done.items()) + f" in {source.table}")
    return done
