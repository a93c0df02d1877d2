"""Runs of task graphs, by a clock that the test moves: https://docs.snowflake.com/en/user-guide/tasks-graphs"""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from src.emulator.engine import Engine
from src.emulator.protocol.serving import Address
from tests.emulator.conftest import Rows, Run
from tests.emulator.tasks.conftest import START, Clock, Tick

Log = Callable[[], str]
Graph = Callable[..., None]

FAILS = "AS SELECT * FROM nope"


@pytest.fixture
def address(ticking: Address) -> Address:
    return ticking


@pytest.fixture
def log(run: Run) -> Log:
    """What tasks have written, in the order of their writing."""
    run("CREATE TABLE log (at INT AUTOINCREMENT, who VARCHAR)")
    return lambda: "".join(who for (who,) in run("SELECT who FROM log ORDER BY at"))


@pytest.fixture
def graph(run: Run, log: Log) -> Graph:
    """Makes tasks, each of which writes its name unless it has a body; all but the first are resumed."""

    def make(*tasks: str) -> None:
        for at, task in enumerate(tasks):
            body = "" if " AS " in task else f"AS INSERT INTO log(who) VALUES ('{task[0]}')"
            run(f"CREATE TASK {task} {body}")
            if at:
                run(f"ALTER TASK {task[0]} RESUME")

    return make


def history(rows: Rows) -> dict[str, list[str]]:
    """The states of each task's runs, the oldest first."""
    shown = rows("SELECT * FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY()) WHERE state <> 'SCHEDULED' ORDER BY query_id")
    shown.sort(key=lambda row: (row["GRAPH_RUN_GROUP_ID"], row["ATTEMPT_NUMBER"]))
    found: dict[str, list[str]] = {}
    for row in shown:
        found.setdefault(row["NAME"], []).append(row["STATE"])
    return found


DIAMOND = ("R", "A AFTER R", "B AFTER R", "C AFTER A, B", "F FINALIZE = R")


def test_a_graph_runs_in_its_order(run: Run, rows: Rows, tick: Tick, log: Log, graph: Graph) -> None:
    graph(*DIAMOND)
    run("EXECUTE TASK R")
    tick(seconds=2)
    assert log() == "RABCF"
    shown = rows("SELECT * FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY())")
    [root] = [row for row in rows("SHOW TASKS") if row["name"] == "R"]
    assert {row["NAME"]: row["STATE"] for row in shown} == dict.fromkeys("RABCF", "SUCCEEDED")
    for column, value in (
        ("ROOT_TASK_ID", root["id"]),
        ("SCHEDULED_FROM", "EXECUTE TASK"),
        ("RUN_ID", int(START.timestamp() * 1000)),
        ("ATTEMPT_NUMBER", 1),
    ):
        assert {row[column] for row in shown} == {value}
    assert len({row["GRAPH_RUN_GROUP_ID"] for row in shown}) == 1
    assert {row["NAME"]: row["SCHEDULED_TIME"] for row in shown} == {
        name: START + timedelta(seconds=0 if name == "R" else 2) for name in "RABCF"
    }


def test_a_scheduled_root_starts_its_graph(run: Run, rows: Rows, tick: Tick, log: Log, graph: Graph) -> None:
    graph("R SCHEDULE = '10 MINUTES'", "A AFTER R")
    run("ALTER TASK R RESUME")
    tick(minutes=10)
    tick(minutes=10)
    assert log() == "RARA"
    assert history(rows) == {"R": ["SUCCEEDED"] * 2, "A": ["SUCCEEDED"] * 2}
    [(origin,)] = run("SELECT DISTINCT scheduled_from FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY(TASK_NAME => 'A'))")
    assert origin == "SCHEDULE"


def test_a_triggered_root_starts_its_graph(run: Run, tick: Tick, log: Log, graph: Graph) -> None:
    trigger = "WAREHOUSE = wh WHEN SYSTEM$STREAM_HAS_DATA('s')"
    graph(
        f"R {trigger} AS INSERT INTO target SELECT a FROM s", "A AFTER R", "B AFTER R WHEN SYSTEM$STREAM_HAS_DATA('s')"
    )
    run("ALTER TASK R RESUME")
    tick(minutes=1)
    run("INSERT INTO source VALUES (1)")
    tick(seconds=1)
    tick(minutes=1)
    assert log() == "A"


def test_one_graph_runs_to_its_end_before_the_next(run: Run, tick: Tick, log: Log, graph: Graph) -> None:
    graph("R", "A AFTER R", "B AFTER A")
    graph("X", "Y AFTER X")
    run("EXECUTE TASK R")
    run("EXECUTE TASK X")
    tick()
    assert log() == "RABXY"


def test_a_run_that_waits_is_replaced_by_the_next_execute_task(run: Run, rows: Rows, tick: Tick, graph: Graph) -> None:
    """https://docs.snowflake.com/en/sql-reference/sql/execute-task#usage-notes"""
    graph("R", "A AFTER R")
    for number in (1, 2):
        run(f"EXECUTE TASK R USING CONFIG = '{{\"n\": {number}}}'")
    tick()
    shown = rows("SELECT * FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY())")
    assert sorted((row["NAME"], row["CONFIG"]) for row in shown) == [("A", '{"n":2}'), ("R", '{"n":2}')]


def test_no_run_has_the_number_of_one_that_was_replaced(run: Run, engine: Engine) -> None:
    """The scheduler may be about to begin the one that is replaced, and keeps it by its number."""
    run("CREATE TASK T AS SELECT 1")
    numbers = []
    for _ in range(2):
        run("EXECUTE TASK T")
        [waiting] = engine.account.runs.queued()
        numbers.append(waiting.id)
    assert numbers[0] < numbers[1]


# Who does not run


@pytest.mark.parametrize(
    ("tasks", "changes", "logged", "states"),
    [
        (
            (*DIAMOND[:1], f"A AFTER R {FAILS}", *DIAMOND[2:]),
            (),
            "RBF",
            {"R": "SUCCEEDED", "A": "FAILED", "B": "SUCCEEDED", "F": "SUCCEEDED"},
        ),
        ((f"R {FAILS}", *DIAMOND[1:]), (), "F", {"R": "FAILED", "F": "SUCCEEDED"}),
        (("R WHEN 1 = 2", *DIAMOND[1:]), (), "", {"R": "SKIPPED"}),
        (
            (*DIAMOND[:1], "A AFTER R WHEN 1 = 2", *DIAMOND[2:]),
            (),
            "RBF",
            {"R": "SUCCEEDED", "A": "SKIPPED", "B": "SUCCEEDED", "F": "SUCCEEDED"},
        ),
        (DIAMOND, ("ALTER TASK A SUSPEND",), "RBCF", dict.fromkeys("RBCF", "SUCCEEDED")),
        (DIAMOND, ("ALTER TASK A SUSPEND", "ALTER TASK B SUSPEND"), "RF", dict.fromkeys("RF", "SUCCEEDED")),
        (DIAMOND, ("ALTER TASK F SUSPEND",), "RABC", dict.fromkeys("RABC", "SUCCEEDED")),
        (("R", "A AFTER R", "B AFTER A"), ("ALTER TASK A SUSPEND",), "RB", dict.fromkeys("RB", "SUCCEEDED")),
        (
            (f"R {FAILS}", "A AFTER R", "B AFTER A"),
            ("ALTER TASK A SUSPEND",),
            "",
            {"R": "FAILED"},
        ),
    ],
)
def test_a_task_runs_when_all_before_it_that_are_resumed_have_succeeded(
    run: Run,
    rows: Rows,
    tick: Tick,
    log: Log,
    graph: Graph,
    tasks: tuple[str, ...],
    changes: tuple[str, ...],
    logged: str,
    states: dict[str, str],
) -> None:
    graph(*tasks)
    for change in changes:
        run(change)
    run("EXECUTE TASK R")
    tick()
    assert log() == logged
    assert history(rows) == {name: [state] for name, state in states.items()}


# What tasks tell each other


@pytest.mark.parametrize(
    ("task", "value"),
    [
        ("C AFTER A AS INSERT INTO log(who) SELECT SYSTEM$GET_PREDECESSOR_RETURN_VALUE()", "a"),
        ("C AFTER A AS INSERT INTO log(who) VALUES (SYSTEM$GET_PREDECESSOR_RETURN_VALUE('A'))", "a"),
        ("C AFTER A AS INSERT INTO log(who) SELECT SYSTEM$GET_PREDECESSOR_RETURN_VALUE('R')", "r"),
        ("C AFTER A, B AS INSERT INTO log(who) SELECT SYSTEM$GET_PREDECESSOR_RETURN_VALUE('A')", "a"),
        ("C AFTER B AS INSERT INTO log(who) SELECT NVL(SYSTEM$GET_PREDECESSOR_RETURN_VALUE(), '-')", "-"),
        (
            "C AFTER A AS BEGIN LET v := (SELECT SYSTEM$GET_PREDECESSOR_RETURN_VALUE('A'));"
            " INSERT INTO log(who) VALUES (:v || '!'); END",
            "a!",
        ),
        ("C AFTER A WHEN SYSTEM$GET_PREDECESSOR_RETURN_VALUE('A') = 'a'", "C"),
        ("C AFTER A WHEN SYSTEM$GET_PREDECESSOR_RETURN_VALUE('A') != 'a'", ""),
        ("C AFTER R WHEN NOT SYSTEM$GET_PREDECESSOR_RETURN_VALUE('N')::FLOAT < 0.2", ""),
        ("C AFTER N WHEN SYSTEM$GET_PREDECESSOR_RETURN_VALUE('N')::FLOAT < 0.2", "C"),
    ],
)
def test_a_task_reads_what_those_before_it_have_returned(
    run: Run, tick: Tick, log: Log, graph: Graph, task: str, value: str
) -> None:
    """https://docs.snowflake.com/en/sql-reference/functions/system_get_predecessor_return_value"""
    returns = "AS CALL SYSTEM$SET_RETURN_VALUE"
    graph(
        f"R {returns}('r')", f"A AFTER R {returns}('a')", "B AFTER R AS SELECT 1", f"N AFTER R {returns}('0.1')", task
    )
    run("EXECUTE TASK R")
    tick()
    assert log() == value


@pytest.mark.parametrize(
    "task",
    [
        "C AFTER A, B AS SELECT SYSTEM$GET_PREDECESSOR_RETURN_VALUE()",
        "C AFTER A AS SELECT SYSTEM$GET_PREDECESSOR_RETURN_VALUE('a')",
        "C AFTER A AS SELECT SYSTEM$GET_PREDECESSOR_RETURN_VALUE('B')",
    ],
)
def test_a_return_value_of_no_enabled_predecessor_fails(
    run: Run, rows: Rows, tick: Tick, graph: Graph, task: str
) -> None:
    graph("R AS SELECT 1", "A AFTER R", "B AFTER R", task)
    run("EXECUTE TASK R")
    tick()
    assert history(rows)["C"] == ["FAILED"]


CONFIG = """{"env": "prod", "paths": {"logs": "/p/l", "results": ["/a", "/b"]}, "rate": 0.10, "on": true, "no": null}"""


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("", '{"env":"prod","paths":{"logs":"/p/l","results":["/a","/b"]},"rate":0.10,"on":true,"no":null}'),
        ("'env'", "prod"),
        ("'paths.logs'", "/p/l"),
        ("'paths.results[1]'", "/b"),
        ("'paths[''logs'']'", "/p/l"),
        ("'paths'", '{"logs":"/p/l","results":["/a","/b"]}'),
        ("'rate'", "0.10"),
        ("'on'", "true"),
        ("'no'", None),
        ("'missing'", None),
        ("'env.missing'", None),
        ("'paths.results[2]'", None),
    ],
)
def test_the_tasks_of_a_graph_read_its_configuration(
    run: Run, tick: Tick, log: Log, graph: Graph, argument: str, value: str | None
) -> None:
    """Recorded: frostlake/TaskGraphConfigTest."""
    graph(
        f"R CONFIG = $${CONFIG}$$ AS SELECT 1",
        f"A AFTER R AS INSERT INTO log(who) SELECT SYSTEM$GET_TASK_GRAPH_CONFIG({argument})",
    )
    run("EXECUTE TASK R")
    tick()
    assert run("SELECT who FROM log") == [(value,)]


def test_a_run_may_add_to_the_configuration(run: Run, rows: Rows, tick: Tick, log: Log, graph: Graph) -> None:
    """https://docs.snowflake.com/en/sql-reference/sql/execute-task"""
    graph(
        """R CONFIG = '{"env": "prod", "out": {"logs": "/l", "results": "/r"}}' AS SELECT 1""",
        "A AFTER R AS INSERT INTO log(who) SELECT SYSTEM$GET_TASK_GRAPH_CONFIG()",
    )
    run("""EXECUTE TASK R USING CONFIG = $${"out": {"results": "/t"}, "extra": 1}$$""")
    tick()
    given = '{"env":"prod","out":{"logs":"/l","results":"/t"},"extra":1}'
    assert log() == given
    [config] = {row["CONFIG"] for row in rows("SELECT * FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY())")}
    assert config == given


def test_a_graph_without_a_configuration_reads_null(run: Run, tick: Tick, graph: Graph) -> None:
    graph(
        "R AS INSERT INTO log(who)"
        " SELECT SYSTEM$GET_TASK_GRAPH_CONFIG('a') UNION ALL SELECT SYSTEM$GET_TASK_GRAPH_CONFIG()"
    )
    run("EXECUTE TASK R")
    tick()
    assert run("SELECT who FROM log") == [(None,), (None,)]


# Failures


def test_a_failed_graph_is_retried_from_what_failed(run: Run, rows: Rows, tick: Tick, log: Log, graph: Graph) -> None:
    """https://docs.snowflake.com/en/user-guide/tasks-graphs#automatic-retries: after the finalizer, which may help."""
    graph(
        "R TASK_AUTO_RETRY_ATTEMPTS = 2",
        "A AFTER R AS INSERT INTO late(who) VALUES ('A')",
        "B AFTER R",
        "C AFTER A, B",
        "F FINALIZE = R AS CREATE TABLE IF NOT EXISTS late (who VARCHAR)",
    )
    run("EXECUTE TASK R")
    tick()
    assert log() == "RBC"
    assert history(rows) == {
        "R": ["SUCCEEDED"],
        "A": ["FAILED", "SUCCEEDED"],
        "B": ["SUCCEEDED"],
        "C": ["SUCCEEDED"],
        "F": ["SUCCEEDED"] * 2,
    }
    shown = run("SELECT attempt_number, scheduled_from FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY(TASK_NAME => 'A'))")
    assert sorted(shown) == [(1, "EXECUTE TASK"), (2, "AUTOMATIC RETRY")]


def test_retries_have_an_end(run: Run, rows: Rows, tick: Tick, graph: Graph) -> None:
    graph(f"R TASK_AUTO_RETRY_ATTEMPTS = 2 {FAILS}", f"F FINALIZE = R {FAILS}")
    run("EXECUTE TASK R")
    tick()
    assert history(rows) == {"R": ["FAILED"] * 3, "F": ["FAILED"] * 3}


def test_the_root_is_suspended_when_a_task_of_its_graph_fails_too_often(
    run: Run, rows: Rows, tick: Tick, graph: Graph
) -> None:
    """https://docs.snowflake.com/en/sql-reference/sql/create-task (SUSPEND_TASK_AFTER_NUM_FAILURES)"""
    graph(
        "R SCHEDULE = '1 MINUTE' SUSPEND_TASK_AFTER_NUM_FAILURES = 2 TASK_AUTO_RETRY_ATTEMPTS = 1",
        f"A AFTER R {FAILS}",
    )
    run("ALTER TASK R RESUME")
    for _ in range(4):
        tick(minutes=1)
    assert history(rows) == {"R": ["SUCCEEDED"] * 2, "A": ["FAILED"] * 3 + ["FAILED_AND_AUTO_SUSPENDED"]}
    states = {row["name"]: (row["state"], row["last_suspended_reason"]) for row in rows("SHOW TASKS")}
    assert states == {"R": ("suspended", "SUSPENDED_DUE_TO_ERRORS"), "A": ("started", None)}


WAITS = "AS CALL SYSTEM$WAIT(30)"
TIMED_OUT = "Statement reached its statement or warehouse timeout of {} second(s) and was canceled."


@pytest.mark.parametrize(
    ("tasks", "failed", "seconds"),
    [
        ((f"R USER_TASK_TIMEOUT_MS = 100 {WAITS}",), "R", "0.1"),
        ((f"R USER_TASK_TIMEOUT_MS = 60000 STATEMENT_TIMEOUT_IN_SECONDS = 1 {WAITS}",), "R", "1"),
        (("R USER_TASK_TIMEOUT_MS = 60000", f"A USER_TASK_TIMEOUT_MS = 100 AFTER R {WAITS}"), "A", "0.1"),
        (("R USER_TASK_TIMEOUT_MS = 1000", f"A AFTER R {WAITS}"), "A", "1"),
        (("R", "A USER_TASK_TIMEOUT_MS = 100 AFTER R AS BEGIN CALL SYSTEM$WAIT(30); SELECT 1; END"), "A", "0.1"),
    ],
)
def test_a_run_that_takes_too_long_fails(
    run: Run, rows: Rows, tick: Tick, graph: Graph, tasks: tuple[str, ...], failed: str, seconds: str
) -> None:
    graph(*tasks)
    run("EXECUTE TASK R")
    tick()
    [shown] = rows(f"SELECT * FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY(TASK_NAME => '{failed}'))")
    assert (shown["STATE"], shown["ERROR_CODE"]) == ("FAILED", 630)
    assert TIMED_OUT.format(seconds) in shown["ERROR_MESSAGE"]


def test_the_time_of_a_root_is_that_of_its_whole_graph(
    run: Run, rows: Rows, tick: Tick, graph: Graph, engine: Engine, clock: Clock
) -> None:
    """https://docs.snowflake.com/en/user-guide/tasks-graphs#task-graph-timeouts"""
    graph("R USER_TASK_TIMEOUT_MS = 60000", "A AFTER R", f"B AFTER A {WAITS}", "C USER_TASK_TIMEOUT_MS = 60000 AFTER A")
    run("EXECUTE TASK R")
    opened = engine.scheduler._open_session

    def later() -> object:
        clock.now += timedelta(seconds=40)
        return opened()

    engine.scheduler._open_session = later  # type: ignore[assignment]
    tick()
    assert history(rows) == {"R": ["SUCCEEDED"], "A": ["SUCCEEDED"], "B": ["FAILED"], "C": ["SUCCEEDED"]}


# The session of a run


def test_a_serverless_task_runs_without_a_warehouse(run: Run, tick: Tick, log: Log, graph: Graph) -> None:
    graph("R", "A AFTER R AS INSERT INTO log(who) SELECT NVL(CURRENT_WAREHOUSE(), '-') || COUNT(*) FROM log")
    run("EXECUTE TASK R")
    tick()
    assert log() == "R-1"


def test_a_serverless_task_needs_execute_managed_task(run: Run, rows: Rows, tick: Tick, graph: Graph) -> None:
    run("CREATE ROLE r")
    for granted in ("USAGE ON DATABASE demo", "USAGE, CREATE TASK ON SCHEMA public", "USAGE ON WAREHOUSE wh"):
        run(f"GRANT {granted} TO ROLE r")
    run("GRANT EXECUTE TASK ON ACCOUNT TO ROLE r")
    run("GRANT ROLE r TO USER presenter")
    run("USE ROLE r")
    run("CREATE TASK t SCHEDULE = '1 MINUTE' AS SELECT 1")
    run("ALTER TASK t RESUME")
    tick(minutes=1)
    [shown] = rows("SELECT * FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY()) WHERE state = 'FAILED'")
    assert (shown["ERROR_CODE"], shown["ERROR_MESSAGE"]) == (
        91089,
        "Cannot execute task , EXECUTE MANAGED TASK privilege must be granted to owner role",
    )


def test_a_run_has_the_parameters_of_its_task(run: Run, tick: Tick, log: Log, graph: Graph) -> None:
    graph(
        "R TIMEZONE = 'Asia/Tokyo' DATE_OUTPUT_FORMAT = 'DD/MM/YYYY' AS INSERT INTO log(who)"
        " SELECT '2026-01-05'::DATE::VARCHAR || ' '"
        " || '2026-01-05 00:00:00 +0000'::TIMESTAMP_LTZ::TIMESTAMP_NTZ::VARCHAR"
    )
    run("EXECUTE TASK R")
    tick()
    assert log() == "05/01/2026 2026-01-05 09:00:00.000"


# Across processes


KILLED = """
import os, signal, sys
from pathlib import Path
from src.emulator.engine import Engine

engine = Engine(Path(sys.argv[1]))
session = engine.open_session()
for sql in (
    "USE DATABASE demo", "CREATE TABLE log (who VARCHAR)",
    "CREATE TASK r AS INSERT INTO log VALUES ('r')",
    "CREATE TASK a AFTER r AS INSERT INTO log VALUES ('a')",
    "CREATE TASK b AFTER a AS INSERT INTO log VALUES ('b')",
    "CREATE TASK f FINALIZE = r AS INSERT INTO log VALUES ('f')",
    "ALTER TASK a RESUME", "ALTER TASK b RESUME", "ALTER TASK f RESUME",
    "EXECUTE TASK r",
):
    session.cursor().execute(sql)
opened, left = engine.open_session, [int(sys.argv[2])]
def die_after(session, transaction):
    left[0] -= 1
    return lambda: os.kill(os.getpid(), signal.SIGKILL) if left[0] < 0 else None
def deadly():
    session = opened()
    session.before_commit = [die_after]
    return session
engine.scheduler._open_session = deadly
engine.scheduler.tick()
"""


@pytest.mark.parametrize(
    ("runs_before", "logged", "states"),
    [
        (0, "rf", {"R": ["FAILED"], "F": ["SUCCEEDED"]}),
        (1, "raf", {"R": ["SUCCEEDED"], "A": ["FAILED"], "F": ["SUCCEEDED"]}),
        (3, "rabf", {"R": ["SUCCEEDED"], "A": ["SUCCEEDED"], "B": ["SUCCEEDED"], "F": ["FAILED"]}),
    ],
)
def test_a_graph_that_a_kill_interrupts_goes_on_to_its_end(
    prepared_state: Path, tmp_path: Path, runs_before: int, logged: str, states: dict[str, list[str]]
) -> None:
    """The run that is killed has failed, though its statement had committed."""
    folder = shutil.copytree(prepared_state, tmp_path / "state")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), str(runs_before)], cwd=Path(__file__).parents[3], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    engine = Engine(folder)
    try:
        engine.scheduler.start()
        engine.scheduler.stop()
        engine.scheduler._stopping = False
        engine.scheduler.tick()
        session = engine.open_session()
        session.cursor().execute("USE DATABASE demo")
        session.cursor().execute("USE WAREHOUSE wh")
        found: dict[str, list[str]] = {}
        for run in engine.account.runs._select("ORDER BY id"):
            found.setdefault(run.name, []).append(run.state)
        assert found == states
    finally:
        engine.close()


def test_a_task_that_an_older_version_has_kept_runs_as_before(run: Run, rows: Rows, tick: Tick, engine: Engine) -> None:
    """It kept what is not set as None, and knew no graphs."""
    run("CREATE TASK T WAREHOUSE = wh WHEN SYSTEM$STREAM_HAS_DATA('S') AS INSERT INTO target SELECT a FROM s")
    run("ALTER TASK T RESUME")
    [task] = engine.account.objects("TASK")
    older = {"SCHEDULE": None, "QUERY_TAG": None, "FINALIZE": None, "SUSPEND_TASK_AFTER_NUM_FAILURES": 10}
    engine.account.save(replace(task, properties={**task.properties, **older}))
    run("INSERT INTO source VALUES (1)")
    tick()
    assert history(rows) == {"T": ["SUCCEEDED"]}
    [shown] = rows("SHOW TASKS")
    assert (shown["schedule"], shown["task_relations"]) == (None, '{"Predecessors":[]}')
    run("ALTER TASK T SUSPEND")
    run("ALTER TASK T SET COMMENT = 'x' USER_TASK_TIMEOUT_MS = 1000")


def test_the_runs_of_an_older_version_are_read(tmp_path: Path, prepared_state: Path) -> None:
    folder = shutil.copytree(prepared_state, tmp_path / "state")
    with duckdb.connect() as older:
        older.execute(f"ATTACH '{folder / 'account.duckdb'}' AS kept; USE kept; DROP VIEW _emulator.definitions")
        for column in ("graph_id", "graph_time", "root_id", "attempt", "config"):
            older.execute(f"ALTER TABLE kept.account.task_history DROP COLUMN {column}")
        older.execute(
            "INSERT INTO kept.account.task_history VALUES (1, 'i', 'DEMO', 'PUBLIC', 'T', 'SELECT 1', NULL, 'SCHEDULE',"
            " now(), 'SUCCEEDED', now(), now(), 'q', NULL, NULL, NULL)"
        )
    engine = Engine(folder)
    try:
        [run] = engine.account.runs.between(START, datetime.now(UTC))
        assert (run.graph, run.root, run.attempt, run.original_time) == (1, "i", 1, run.scheduled_time)
    finally:
        engine.close()
