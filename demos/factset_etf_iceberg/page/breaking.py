"""Ways to break the demo, on a simulated source only: what became of each, and the way back where it broke."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from src.demo_kit.deployment import deploy, run
from src.demo_kit.manifest import Source
from src.demo_kit.roles import primary_role_alone
from src.demo_kit.session import Demo, text_of
from src.demo_kit.streams import deployed
from src.demo_kit.tasks import Patience, TaskRun, runs_since
from src.utils.errors import DemoError, Refused
from src.utils.sql import identifier, literal, qualified

from .. import source as sources
from ..names import iceberg_table
from ..pipeline1_iceberg import ICEBERG
from ..pipeline2_parquet import AUDIT
from ..settings import FactsetDemo
from . import acts, twin
from .verdict import Verdict, judged

_PATIENCE = Patience(60.0)
_CHANGES = {"adds": 1, "updates": 2, "deletes": 0, "rekeys": 0}


@dataclass(frozen=True)
class Break:
    """One way to break it, with a second session beside. Where it breaks, `way_back` says what `heal` does."""

    title: str
    explained: str
    act: Callable[[Demo, Demo], Verdict]
    way_back: str
    heal: Callable[[Demo], None]

    def beside(self, other: Demo) -> Callable[[Demo], Verdict]:
        """The act, with that second session."""
        return lambda demo: self.act(demo, other)

    def mend(self, demo: Demo) -> Verdict:
        """Goes the way back, and proves that all is well."""
        self.heal(demo)
        return judged(demo, "HEALED", self.way_back)


def _simulated(demo: Demo) -> Source:
    source = deployed(demo)
    if source.kind != "simulated":
        raise Refused(f"{source.table} is not simulated: nothing is broken on it.")
    return source


@contextmanager
def _tasks_held(demo: Demo) -> Iterator[None]:
    """The tasks run only when they are told to; those that were resumed are resumed again at the end."""
    shown = demo.ask(f"SHOW TASKS IN SCHEMA {qualified(demo.config.database.name, demo.settings.schema)}")
    ours = {pipeline.task for pipeline in demo.manifest.pipelines}
    started = [row["name"] for row in shown if row["name"] in ours and text_of(row, "state") == "started"]
    for name in started:
        demo.ask(f"ALTER TASK {demo.in_schema(name)} SUSPEND")
    try:
        yield
    finally:
        for name in started:
            demo.ask(f"ALTER TASK {demo.in_schema(name)} RESUME")


def _change(demo: Demo, source: Source, seed: int) -> None:
    """Gives both tasks something to do."""
    sources.simulate(demo, source, **_CHANGES, seed=seed)


def _alone(act: Callable[[Demo], Verdict]) -> Callable[[Demo, Demo], Verdict]:
    """An act that needs no second session."""
    return lambda demo, beside: act(demo)


def kill(demo: Demo, beside: Demo) -> Verdict:
    """Cancels the task's run inside its transaction: it waits there, since we hold a lock of its table."""
    source = _simulated(demo)
    with _tasks_held(demo):
        _change(demo, source, 101)
        [now] = demo.ask("SELECT CURRENT_TIMESTAMP() AS NOW")
        since = f"{literal(now['NOW'].isoformat())}::TIMESTAMP_TZ"
        demo.ask("BEGIN TRANSACTION")
        try:
            demo.ask(f"UPDATE {iceberg_table(demo.config)} SET WEIGHT = WEIGHT WHERE TICKER = 'SIM_CASH_USD'")
            beside.ask(f"EXECUTE TASK {demo.in_schema(ICEBERG.task)}")
            begun = _run_that(beside, since, lambda one: one.state == "EXECUTING")
            [answer] = beside.ask(f"SELECT SYSTEM$CANCEL_QUERY({literal(begun.query_id)}) AS SAID")
            demo.say(str(answer["SAID"]))
            ended = _run_that(beside, since, lambda one: not one.unfinished)
        finally:
            demo.ask("ROLLBACK")
        demo.say(f"{ICEBERG.task}: {ended.state} {ended.error}")
        if not ended.failed:
            raise DemoError(f"{ICEBERG.task} was faster than its end: nothing was broken. Try again.")
        run(demo, patience=_PATIENCE)
        return judged(demo, "ABSORBED", "the transaction: rows and offset stayed, and the next run took the changes")


def _run_that(demo: Demo, since: str, wanted: Callable[[TaskRun], bool]) -> TaskRun:
    """The run of the Iceberg pipeline's task that is as wanted, when it is. Raises DemoError after half a minute."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for one in runs_since(demo, [ICEBERG.task], since)[ICEBERG.task]:
            if wanted(one):
                return one
        time.sleep(0.1)
    raise DemoError(f"{ICEBERG.task} did not get there within 30 s.")


def take_stage(demo: Demo) -> Verdict:
    """Gives the audit's task a stage that is not there."""
    source = _simulated(demo)
    with _tasks_held(demo):
        _change(demo, source, 102)
        demo.ask(
            f"ALTER TASK {demo.in_schema(AUDIT.task)} MODIFY AS COPY INTO @{demo.in_schema('NO_SUCH_STAGE')}/ "
            f"FROM (SELECT * FROM {demo.in_schema(AUDIT.stream)}) FILE_FORMAT = (TYPE = PARQUET) HEADER = TRUE"
        )
        return _broken(demo)


def poison(demo: Demo) -> Verdict:
    """Adds a second row of a key, proves that the MERGE takes it, and removes it."""
    source = _simulated(demo)
    demo.ask(f"USE WAREHOUSE {demo.settings.warehouse}")
    demo.ask(
        f"INSERT INTO {source.table} SELECT FUND_ID, TICKER, CONSTITUENT_NAME || ' (twice)', WEIGHT, SHARES, "
        "MARKET_VALUE, SECTOR, INDUSTRY, COUNTRY, AS_OF_DATE, DATEADD(second, 1, LOAD_TIMESTAMP) "
        f"FROM {source.table} WHERE SECTOR <> 'Cash' ORDER BY FUND_ID, TICKER LIMIT 1"
    )
    run(demo, patience=_PATIENCE)
    verdict = judged(demo, "ABSORBED", "the MERGE, which takes one row a key, the newest")
    demo.ask(f"DELETE FROM {source.table} WHERE ENDSWITH(CONSTITUENT_NAME, ' (twice)')")
    run(demo, patience=_PATIENCE)
    return verdict


def lose_streams(demo: Demo) -> Verdict:
    """Replaces the source table: to the streams it is as if their offsets had left its retention."""
    source = _simulated(demo)
    demo.ask(f"USE WAREHOUSE {demo.settings.warehouse}")
    demo.ask(
        f"CREATE OR REPLACE TABLE {source.table} CHANGE_TRACKING = TRUE COMMENT = {literal(str(demo.stamp))} "
        f"AS SELECT * FROM {source.table}"
    )
    return _broken(demo)


def run_twice(demo: Demo) -> Verdict:
    """Runs both tasks twice at the same moment."""
    source = _simulated(demo)
    with _tasks_held(demo):
        _change(demo, source, 105)
        for pipeline in demo.manifest.pipelines:
            demo.ask(f"EXECUTE TASK {demo.in_schema(pipeline.task)}")
        run(demo, patience=_PATIENCE)
        by = "the tasks, which run once at a time, and the streams, which give each change once"
        return judged(demo, "ABSORBED", by)


def change_by_hand(demo: Demo) -> Verdict:
    """Changes a row of the Iceberg table behind the pipeline's back."""
    _simulated(demo)
    run(demo, patience=_PATIENCE)
    demo.ask(
        f"UPDATE {iceberg_table(demo.config)} SET WEIGHT = WEIGHT + 0.000001 WHERE TICKER = 'SIM_CASH_USD' "
        "AND FUND_ID = 'SIM-ETF-0001'"
    )
    return _broken(demo)


def revoke(demo: Demo) -> Verdict:
    """Takes from the role that runs the pipelines the grant to run one of them, and lets it try."""
    _simulated(demo)
    role, task = FactsetDemo.of(demo.config).role, demo.in_schema(ICEBERG.task)
    [now] = demo.ask("SELECT CURRENT_ROLE() AS ROLE")
    own = identifier(text_of(now, "ROLE"))
    with primary_role_alone(demo):
        if (refused := demo.sender.send(f"USE ROLE {role}")).error:
            raise Refused(f"Role {role} cannot be used, so nothing is taken from it: {refused.message}")
        demo.ask(f"USE ROLE {own}")
        demo.ask(f"REVOKE OPERATE ON TASK {task} FROM ROLE {role}")
        demo.ask(f"USE ROLE {role}")
        try:
            demo.ask(f"EXECUTE TASK {task}")
        except DemoError as error:
            return Verdict("BROKEN", f"{role} cannot run {ICEBERG.task}: {error}")
        finally:
            demo.ask(f"USE ROLE {own}")
    return judged(demo, "ABSORBED", f"other grants of {role}")


def _broken(demo: Demo) -> Verdict:
    """What a run and the proofs make of it, in the account's words."""
    try:
        run(demo, patience=_PATIENCE)
    except DemoError as error:
        return Verdict("BROKEN", str(error))
    return judged(demo, "ABSORBED", "nothing that is known: a run and the proofs say that all is well")


def _again(demo: Demo) -> None:
    deploy(demo)
    run(demo, patience=_PATIENCE)


def _anew(demo: Demo) -> None:
    for pipeline in demo.manifest.pipelines:
        pipeline.drop(demo)
    _again(demo)
    twin.begin_anew(demo)


_DEPLOY = "deploy, which makes the task again, and run: the changes were still in the stream"
_REPAIR = "repair: the row is restored from the source, in one transaction"
BREAKS = (
    Break("Kill the task inside its MERGE", "its run is cancelled while it waits for the table", kill, _DEPLOY, _again),
    Break(
        "Take the stage away",
        "the audit's task writes to a stage that is not there",
        _alone(take_stage),
        _DEPLOY,
        _again,
    ),
    Break(
        "Revoke a grant",
        "the role that runs the pipelines may no longer run one; the task itself keeps its owner's rights",
        _alone(revoke),
        "deploy, which grants it again",
        _again,
    ),
    Break("Poison one row", "a second row of one key", _alone(poison), _DEPLOY, _again),
    Break(
        "Let the streams go stale",
        "the source table is replaced under them",
        _alone(lose_streams),
        "cleanup of both pipelines, and deploy: the first batch is all rows again",
        _anew,
    ),
    Break("Run it twice at once", "both tasks, twice at the same moment", _alone(run_twice), _DEPLOY, _again),
    Break(
        "Change a row by hand",
        "in the Iceberg table, behind the pipeline's back",
        _alone(change_by_hand),
        _REPAIR,
        acts.restore("source"),
    ),
)
