"""Where the constituents come from: a share that streams can follow, a mirror of one, or a simulation."""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import starmap
from typing import get_args

from src.config import DemoConfig, read_stamp
from src.demo_kit.command import Result
from src.demo_kit.manifest import Form, Source
from src.demo_kit.session import Demo, look_up, text_of
from src.demo_kit.streams import deployed, require_rows
from src.deployment.sending import TRANSIENT, Answer
from src.utils import program
from src.utils.arguments import checked
from src.utils.errors import DemoError, InputError, Refused
from src.utils.needs import Need
from src.utils.prices import Rate, money
from src.utils.queries import Row
from src.utils.sql import identifier, literal, qualified

from .names import MIRROR_TASK, mirror_table, provided_table, simulated_table
from .settings import FactsetDemo

_PROBE = "CONSTITUENTS_PROBE_STREAM"
# Neither text is in the documentation; both are seen on accounts.
_UNTRACKED = re.compile(r"change.?tracking", re.IGNORECASE)
_OFF = "it is off."


def share(config: DemoConfig, reason: str, form: Form = "TABLE") -> Source:
    table = provided_table(config)
    return Source("share", FactsetDemo.of(config).source_database, table, table, reason, form)


def mirror(config: DemoConfig, reason: str) -> Source:
    database, table = FactsetDemo.of(config).source_database, provided_table(config)
    return Source("mirror", database, table, mirror_table(config), reason)


def simulated(config: DemoConfig, reason: str) -> Source:
    table = simulated_table(config)
    return Source("simulated", FactsetDemo.of(config).simulated_database, table, table, reason)


def example(config: DemoConfig, kind: str) -> Source:
    """The source of this kind, for SQL that is only rendered."""
    return {"share": share, "mirror": mirror, "simulated": simulated}[kind](config, "")


# Before a deployment


def detect(demo: Demo, choice: str = "auto") -> Source:
    """The source to deploy, and why. Raises InputError or Refused for a choice that this account does not allow."""
    provided = _database(demo, FactsetDemo.of(demo.config).source_database)
    is_provided = provided is not None and not _is_ours(demo, provided)
    if choice == "simulated" or (choice == "auto" and not is_provided):
        return _simulated(demo, choice)
    database = FactsetDemo.of(demo.config).source_database
    if provided is None or not is_provided:
        found, instead = "it is simulated by this demo", ""
        if provided is None:
            found = "there is no such database that the role sees"
            given = f"GRANT IMPORTED PRIVILEGES ON DATABASE {identifier(database)} TO ROLE {demo.role or '...'};"
            instead = f" If it is there, ask an administrator for {given}"
        raise InputError(f"--source {choice} needs a share in {database}, and {found}. Leave --source out.{instead}")
    return _provided(demo, choice, provided)


def needs(config: DemoConfig, choice: str, databases: Collection[str]) -> Iterator[Need]:
    """To simulate it takes a database of its own, where that is not there."""
    settings = FactsetDemo.of(config)
    simulates = choice == "simulated" or (choice == "auto" and settings.source_database not in databases)
    if simulates and settings.simulated_database not in databases:
        yield Need("CREATE DATABASE")


def _simulated(demo: Demo, choice: str) -> Source:
    name = FactsetDemo.of(demo.config).simulated_database
    found = _database(demo, name)
    if found is not None and not _is_ours(demo, found):
        raise Refused(
            f"{name} exists and was not made by this demo, so that nothing is written to it. "
            "Leave --source out, or set factset.simulated_database in config.py to another name, or pass --prefix."
        )
    if choice == "simulated":
        return simulated(demo.config, f"{simulated_table(demo.config)}, as --source says.")
    absent = f"there is no {FactsetDemo.of(demo.config).source_database} database"
    return simulated(demo.config, f"{simulated_table(demo.config)}, since {'it was made before' if found else absent}.")


def _provided(demo: Demo, choice: str, database: Row) -> Source:
    table = provided_table(demo.config)
    if choice == "mirror":
        return mirror(demo.config, f"{mirror_table(demo.config)} is kept in step with {table}, as --source says.")
    form, row = _look_at_provided(demo)
    refusal = _refusal_to_track(demo, database, form, row)
    if not refusal:
        return share(demo.config, f"The streams read {table} itself: it has change tracking.", form)
    if choice == "share":
        raise InputError(
            f"--source share needs change tracking on {table}: {refusal} Ask the provider to run ALTER {form} ... SET "
            "CHANGE_TRACKING = TRUE, or pass --source mirror."
        )
    known = _UNTRACKED.search(refusal) or refusal == _OFF
    why = "that has no change tracking." if known else f"no stream can follow that: {refusal}"
    return mirror(demo.config, f"{mirror_table(demo.config)} is kept in step with {table}, since {why}")


def _database(demo: Demo, name: str) -> Row | None:
    return look_up(demo.ask(f"SHOW DATABASES LIKE {literal(name)}"), name)


def _is_ours(demo: Demo, row: Row) -> bool:
    """Whether the object's comment carries this deployment's stamp, of the demo or of setup.py."""
    found = read_stamp(text_of(row, "comment"))
    return found is not None and found.deployment == demo.stamp.deployment


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
    name = demo.in_schema(_PROBE)
    answer = demo.sender.send(
        f"CREATE OR REPLACE STREAM {name} ON {form} {provided_table(demo.config)} "
        f"COMMENT = {literal(f'Made to see whether a stream is allowed. {demo.stamp}')}"
    )
    demo.ask(f"DROP STREAM IF EXISTS {name}")
    return answer


def make(demo: Demo, source: Source, *, rows: int = 1000, seed: int = 1) -> None:
    """Makes the simulated table with its rows, the mirror with its task, or nothing. Raises DemoError without rows."""
    if (file := file_of(source)) is not None:
        demo.perform(demo.steps(file, source, rows=rows, seed=seed))
    require_rows(demo, source)


# After a deployment


def followed_by(demo: Demo, stream: Row) -> Source:
    """The source of a deployment, as one of its streams tells."""
    followed = text_of(stream, "table_name")
    if followed == mirror_table(demo.config):
        return mirror(demo.config, f"The streams follow {followed}.")
    simulation = _database(demo, FactsetDemo.of(demo.config).simulated_database)
    if simulation is not None and _is_ours(demo, simulation):
        return simulated(demo.config, f"The streams follow {simulated_table(demo.config)}.")
    form: Form = "VIEW" if text_of(stream, "source_type").upper() == "VIEW" else "TABLE"
    return share(demo.config, f"The streams follow {provided_table(demo.config)}.", form)


def file_of(source: Source) -> str | None:
    """The SQL file that makes the simulated table, or the mirror."""
    return {"simulated": "00_source_simulated", "mirror": "00_source_mirror"}.get(source.kind)


def task_of(source: Source) -> str | None:
    """The mirror's."""
    return MIRROR_TASK if source.kind == "mirror" else None


# What it costs


def days(config: DemoConfig) -> Mapping[str, int]:
    """What wakes the tasks by the clock, and every how many minutes."""
    return {"mirror": FactsetDemo.of(config).mirror_minutes}


def left_behind(config: DemoConfig, rate: Rate, kind: str) -> str:
    """What the demo costs while nobody looks after it."""
    price = config.operations.price_per_credit
    most = f"{money(rate.day_awake, price)} a day at most"
    if kind == "mirror":
        minutes = FactsetDemo.of(config).mirror_minutes
        day = money(rate.day(minutes), price)
        return f"{day} a day and its work, as the mirror runs every {minutes} minutes; {most}"
    if kind == "share":
        return f"a run for each change of the share, at most every 30 s; {most}"
    return "nothing, while nobody changes the simulated source"


# Changes


@checked
def simulate(
    demo: Demo, source: Source, *, adds: int, updates: int, deletes: int, rekeys: int, seed: int
) -> Mapping[str, int]:
    """Changes the simulated source in one transaction and returns how many rows of each kind were changed.

    Raises Refused for a source that is not simulated.
    """
    if source.kind != "simulated":
        raise Refused(f"{source.table} is not simulated: nothing is written to it, and its changes come by themselves.")
    counts = {"adds": adds, "updates": updates, "deletes": deletes, "rekeys": rekeys}
    demo.ask(f"USE WAREHOUSE {demo.settings.warehouse}")
    [row] = demo.answer("03_simulate_changes", "changes", source, **counts, seed=seed)
    done: dict[str, int] = json.loads(next(iter(row.values())))
    demo.say(", ".join(starmap(_counted, done.items())) + f" in {source.table}")
    for kind, asked in counts.items():
        if done[kind] < asked:
            demo.say(f"{_counted(kind, done[kind])} instead of {asked:,}: {source.table} has no more rows for it.")
    return done


def _counted(kind: str, count: int) -> str:
    return f"{count:,} {kind.removesuffix('s') if count == 1 else kind}".replace("_", " ")


def simulating(counts: Mapping[str, int]) -> Callable[[Demo, Result], None]:
    def work(demo: Demo, result: Result) -> None:
        source = deployed(demo)
        try:
            result.data = {"changed": simulate(demo, source, **counts)}
        except BaseException as error:
            if program.interrupted(error):
                raise KeyboardInterrupt(f"Interrupted: {source.table} has all of the changes, or none.") from None
            raise

    return work
