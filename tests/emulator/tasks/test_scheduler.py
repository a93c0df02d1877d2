"""Runs of tasks, by a clock that the test moves: https://docs.snowflake.com/en/user-guide/tasks-intro"""

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import snowflake.connector
from snowflake.connector import SnowflakeConnection

from src.emulator.engine import Engine
from src.emulator.protocol.serving import Address, emulator
from tests.emulator.conftest import Connect, Fails, Rows, Run, run_on
from tests.emulator.cursors import cursor_of
from tests.emulator.tasks.conftest import START, Clock, RunStates, Tick


@pytest.fixture
def address(ticking: Address) -> Address:
    return ticking


CONSUME = """EXECUTE IMMEDIATE $$
DECLARE
  n INT DEFAULT 0;
BEGIN
  BEGIN TRANSACTION;
  INSERT INTO target SELECT a FROM s;
  n := SQLROWCOUNT;
  COMMIT;
  EXECUTE IMMEDIATE 'CALL SYSTEM$SET_RETURN_VALUE(''rows: ' || n || ''')';
  RETURN n;
EXCEPTION
  WHEN OTHER THEN
    ROLLBACK;
    RAISE;
END
$$"""
TRIGGERED = f"CREATE TASK t WAREHOUSE = wh WHEN SYSTEM$STREAM_HAS_DATA('DEMO.PUBLIC.S') AS {CONSUME}"


# EXECUTE TASK


def test_execute_task_answers_at_once_and_runs_a_suspended_task(run: Run, rows: Rows, tick: Tick) -> None:
    run("CREATE TASK t WAREHOUSE = wh AS INSERT INTO target VALUES (1)")
    assert run("EXECUTE TASK t") == [("Task T is scheduled to run immediately.",)]
    assert run("SELECT * FROM target") == []
    [waiting] = rows("SELECT * FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY())")
    assert (waiting["STATE"], waiting["QUERY_ID"]) == ("SCHEDULED", None)
    tick(seconds=2)
    assert run("SELECT * FROM target") == [(1,)]
    [ended] = rows("SELECT * FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY())")
    expected = {
        "NAME": "T",
        "DATABASE_NAME": "DEMO",
        "SCHEMA_NAME": "PUBLIC",
        "QUERY_TEXT": "INSERT INTO target VALUES (1)",
        "CONDITION_TEXT": None,
        "STATE": "SUCCEEDED",
        "ERROR_CODE": None,
        "ERROR_MESSAGE": None,
        "SCHEDULED_TIME": START,
        "QUERY_START_TIME": START + timedelta(seconds=2),
        "COMPLETED_TIME": START + timedelta(seconds=2),
        "RETURN_VALUE": None,
        "SCHEDULED_FROM": "EXECUTE TASK",
        "ATTEMPT_NUMBER": 1,
    }
    assert {name: ended[name] for name in expected} == expected
    assert rows("SHOW TASKS")[0]["state"] == "suspended"


def test_execute_task_evaluates_when(run: Run, rows: Rows, tick: Tick) -> None:
    run(TRIGGERED)
    run("EXECUTE TASK t")
    tick()
    [skipped] = rows("SELECT * FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY())")
    assert (skipped["STATE"], skipped["ERROR_CODE"], skipped["ERROR_MESSAGE"], skipped["QUERY_ID"]) == (
        "SKIPPED",
        40003,
        "Conditional expression for task evaluated to false.",
        None,
    )
    run("INSERT INTO source VALUES (1)")
    run("EXECUTE TASK t")
    tick()
    assert run("SELECT * FROM target") == [(1,)]


def test_a_run_waiting_for_a_task_that_is_gone_is_cancelled(run: Run, tick: Tick, runs: RunStates) -> None:
    run("CREATE TASK t WAREHOUSE = wh AS INSERT INTO target VALUES (1)")
    run("EXECUTE TASK t")
    run("CREATE OR REPLACE TASK t WAREHOUSE = wh AS INSERT INTO target VALUES (2)")
    tick()
    assert runs() == [("CANCELLED", "EXECUTE TASK")]
    assert run("SELECT * FROM target") == []


def test_to_describe_a_statement_sets_no_return_value(engine: Engine) -> None:
    session = engine.open_session()
    session.in_task = True
    [(name, _)] = cursor_of(session).describe_columns("SELECT SYSTEM$SET_RETURN_VALUE('a') AS ANSWER")
    assert (name, session.return_value) == ("ANSWER", None)


# Schedules


def test_an_interval_counts_from_resume(run: Run, tick: Tick) -> None:
    run("CREATE TASK t WAREHOUSE = wh SCHEDULE = '10 MINUTES' AS INSERT INTO target VALUES (1)")
    tick(minutes=60)
    run("ALTER TASK t RESUME")
    counts = []
    for minutes in (0, 9, 1, 5, 5, 0, 10):
        tick(minutes=minutes)
        counts.append(run("SELECT COUNT(*) FROM target")[0][0])
    assert counts == [0, 0, 1, 1, 2, 2, 3]


def test_a_cron_schedule_runs_in_its_time_zone(run: Run, tick: Tick, clock: Clock) -> None:
    run("CREATE TASK t WAREHOUSE = wh SCHEDULE = 'USING CRON 30 11 * * MON Europe/Stockholm' AS SELECT 1")
    run("ALTER TASK t RESUME")
    tick(hours=1, minutes=29)
    tick(minutes=1)
    tick(days=6, hours=23, minutes=59)
    tick(minutes=1)
    times = run(
        "SELECT scheduled_time FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY()) WHERE state = 'SUCCEEDED' ORDER BY 1"
    )
    assert [moment for (moment,) in times] == [START + timedelta(hours=1, minutes=30), clock.now]


def test_what_came_due_several_times_meanwhile_runs_once(run: Run, tick: Tick, runs: RunStates) -> None:
    run("CREATE TASK t WAREHOUSE = wh SCHEDULE = '10 MINUTES' AS INSERT INTO target VALUES (1)")
    run("ALTER TASK t RESUME")
    tick(minutes=35)
    assert runs() == [("SUCCEEDED", "SCHEDULE")]
    tick(minutes=4)
    assert len(runs()) == 1
    tick(minutes=1)
    assert len(runs()) == 2


def test_a_scheduled_task_whose_when_is_false_is_skipped(run: Run, tick: Tick, runs: RunStates) -> None:
    run(TRIGGERED.replace("WHEN", "SCHEDULE = '1 MINUTE' WHEN", 1))
    run("ALTER TASK t RESUME")
    tick(minutes=1)
    run("INSERT INTO source VALUES (1)")
    tick(seconds=30)
    tick(seconds=30)
    assert runs() == [("SKIPPED", "SCHEDULE"), ("SUCCEEDED", "SCHEDULE")]


def test_a_suspended_task_does_not_run(run: Run, tick: Tick, runs: RunStates) -> None:
    run("CREATE TASK t WAREHOUSE = wh SCHEDULE = '1 MINUTE' AS SELECT 1")
    run("ALTER TASK t RESUME")
    run("ALTER TASK t SUSPEND")
    tick(minutes=5)
    assert runs() == []


def test_task_history_shows_the_next_run_of_a_started_task(run: Run, rows: Rows, tick: Tick) -> None:
    run("CREATE TASK t WAREHOUSE = wh SCHEDULE = '10 MINUTES' AS SELECT 1")
    run("ALTER TASK t RESUME")
    tick(minutes=12)
    coming, past = rows("SELECT * FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY(TASK_NAME => 't'))")
    assert (coming["STATE"], coming["SCHEDULED_TIME"]) == ("SCHEDULED", START + timedelta(minutes=20))
    assert (past["STATE"], past["SCHEDULED_TIME"]) == ("SUCCEEDED", START + timedelta(minutes=10))


# Triggered tasks: https://docs.snowflake.com/en/user-guide/tasks-triggered


def test_a_triggered_task_starts_when_its_stream_has_data(run: Run, rows: Rows, tick: Tick, runs: RunStates) -> None:
    run(TRIGGERED)
    run("ALTER TASK t RESUME")
    tick(minutes=1)
    assert runs() == []
    run("INSERT INTO source VALUES (1), (2)")
    tick(seconds=1)
    assert runs() == [("SUCCEEDED", "TRIGGER")]
    assert run("SELECT a FROM target ORDER BY a") == [(1,), (2,)]
    [ended] = rows("SELECT * FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY())")
    assert ended["RETURN_VALUE"] == "rows: 2"
    tick(minutes=5)
    assert len(runs()) == 1


@pytest.mark.parametrize(
    ("interval", "seconds"), [("", 30), ("USER_TASK_MINIMUM_TRIGGER_INTERVAL_IN_SECONDS = 10", 10)]
)
def test_a_triggered_task_keeps_its_minimum_interval(
    run: Run, tick: Tick, runs: RunStates, interval: str, seconds: int
) -> None:
    run(TRIGGERED.replace("WHEN", f"{interval} WHEN", 1))
    run("ALTER TASK t RESUME")
    for value in (1, 2):
        run(f"INSERT INTO source VALUES ({value})")
        tick()
    assert len(runs()) == 1
    tick(seconds=seconds - 1)
    assert len(runs()) == 1
    tick(seconds=1)
    assert len(runs()) == 2
    assert run("SELECT a FROM target ORDER BY a") == [(1,), (2,)]


# Failures


def test_a_failing_body_is_rolled_back_and_its_stream_not_consumed(run: Run, rows: Rows, tick: Tick) -> None:
    run("CREATE TASK t WAREHOUSE = wh AS " + CONSUME.replace("  COMMIT;", "  SELECT * FROM nope;\n  COMMIT;"))
    run("INSERT INTO source VALUES (1)")
    run("EXECUTE TASK t")
    tick()
    [failed] = rows("SELECT * FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY(ERROR_ONLY => TRUE))")
    assert (failed["STATE"], failed["ERROR_CODE"], failed["RETURN_VALUE"]) == ("FAILED", 2003, None)
    assert failed["ERROR_MESSAGE"] == (
        "Uncaught exception of type 'STATEMENT_ERROR' on line 8 at position 2 : "
        "SQL compilation error:\nObject 'NOPE' does not exist or not authorized."
    )
    text = f"SELECT query_text FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY()) WHERE query_id = '{failed['QUERY_ID']}'"
    assert run(text) == [(failed["QUERY_TEXT"],)]
    assert run("SELECT * FROM target") == []
    assert run("SELECT a FROM s") == [(1,)]


def test_a_task_that_fails_too_often_in_a_row_is_suspended(run: Run, rows: Rows, tick: Tick, runs: RunStates) -> None:
    """https://docs.snowflake.com/en/sql-reference/sql/create-task (SUSPEND_TASK_AFTER_NUM_FAILURES)"""
    run("CREATE TABLE switch (a INT)")
    run(
        "CREATE TASK t WAREHOUSE = wh SCHEDULE = '1 MINUTE' SUSPEND_TASK_AFTER_NUM_FAILURES = 2"
        " AS INSERT INTO target SELECT * FROM switch"
    )
    run("ALTER TASK t RESUME")
    for change in ("DROP TABLE switch", "CREATE TABLE switch (a INT)", "DROP TABLE switch", "SELECT 1", "SELECT 1"):
        run(change)
        tick(minutes=1)
    assert [state for state, _ in runs()] == ["FAILED", "SUCCEEDED", "FAILED", "FAILED_AND_AUTO_SUSPENDED"]
    [shown] = rows("SHOW TASKS")
    assert (shown["state"], shown["last_suspended_reason"]) == ("suspended", "SUSPENDED_DUE_TO_ERRORS")
    run("ALTER TASK t RESUME")
    tick(minutes=1)
    assert runs()[-1] == ("FAILED", "SCHEDULE")


def test_zero_failures_allowed_means_never_suspended(run: Run, rows: Rows, tick: Tick) -> None:
    run("CREATE TASK t WAREHOUSE = wh SCHEDULE = '1 MINUTE' SUSPEND_TASK_AFTER_NUM_FAILURES = 0 AS SELECT * FROM nope")
    run("ALTER TASK t RESUME")
    for _ in range(12):
        tick(minutes=1)
    assert rows("SHOW TASKS")[0]["state"] == "started"


def test_a_when_that_fails_is_a_failed_run(run: Run, rows: Rows, tick: Tick) -> None:
    run(TRIGGERED)
    run("ALTER TASK t RESUME")
    run("DROP STREAM s")
    tick()
    tick(seconds=5)
    [failed] = rows("SELECT * FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY())")
    assert (failed["STATE"], failed["ERROR_CODE"]) == ("FAILED", 2003)


def test_a_transaction_that_a_run_leaves_open_is_rolled_back(run: Run, tick: Tick) -> None:
    run("CREATE TASK t WAREHOUSE = wh AS BEGIN BEGIN TRANSACTION; INSERT INTO target VALUES (1); END")
    run("EXECUTE TASK t")
    tick()
    run("INSERT INTO target VALUES (2)")
    assert run("SELECT * FROM target") == [(2,)]


# The session of a run


def test_a_run_has_the_role_warehouse_and_schema_of_its_task(connect: Connect, run: Run, tick: Tick) -> None:
    run("CREATE ROLE r")
    run("GRANT ROLE r TO USER presenter")
    run("GRANT USAGE ON DATABASE demo TO ROLE r")
    run("GRANT USAGE, CREATE TASK ON SCHEMA demo.public TO ROLE r")
    run("GRANT USAGE ON WAREHOUSE wh TO ROLE r")
    run("GRANT EXECUTE TASK ON ACCOUNT TO ROLE r")
    run("CREATE TABLE who (who VARCHAR, tag VARCHAR)")
    run("GRANT INSERT ON TABLE who TO ROLE r")
    run("USE ROLE r")
    run(
        "CREATE TASK t WAREHOUSE = wh QUERY_TAG = 'task' AS INSERT INTO who"
        " SELECT CURRENT_ROLE() || CURRENT_WAREHOUSE() || CURRENT_DATABASE() || CURRENT_SCHEMA(), ''"
    )
    run_on(connect(), "EXECUTE TASK demo.public.t")
    tick()
    assert run("SELECT who FROM who") == [("RWHDEMOPUBLIC",)]
    tagged = run("SELECT query_text FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY()) WHERE query_tag = 'task'")
    assert len(tagged) == 1


def test_a_run_does_not_see_the_variables_of_the_session_that_made_it(run: Run, rows: Rows, tick: Tick) -> None:
    """https://docs.snowflake.com/en/sql-reference/session-variables"""
    run("SET value_ = 5")
    run("CREATE TASK t WAREHOUSE = wh AS INSERT INTO target SELECT $value_")
    run("EXECUTE TASK t")
    tick()
    [failed] = rows("SELECT * FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY())")
    assert failed["STATE"] == "FAILED"
    assert "Session variable '$VALUE_' does not exist" in failed["ERROR_MESSAGE"]


def test_a_run_without_its_warehouse_fails(run: Run, rows: Rows, tick: Tick) -> None:
    run("CREATE TASK t WAREHOUSE = wh AS INSERT INTO target VALUES (1)")
    run("DROP WAREHOUSE wh")
    run("EXECUTE TASK t")
    tick()
    [failed] = rows("SELECT * FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY())")
    assert (failed["STATE"], failed["ERROR_CODE"]) == ("FAILED", 606)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("CALL SYSTEM$SET_RETURN_VALUE('it''s')", "it's"),
        ("SELECT SYSTEM$SET_RETURN_VALUE('hello')", "hello"),
        ("BEGIN LET t := 'it''s ' || 5; CALL SYSTEM$SET_RETURN_VALUE(:t); END", "it's 5"),
        (
            "BEGIN LET n := 5; EXECUTE IMMEDIATE 'CALL SYSTEM$SET_RETURN_VALUE(''{\"n\": ' || :n || '}'')'; END",
            '{"n": 5}',
        ),
        ("BEGIN RETURN 5; END", None),
    ],
)
def test_set_return_value_is_shown_in_the_history(run: Run, rows: Rows, tick: Tick, body: str, value: object) -> None:
    run(f"CREATE TASK t WAREHOUSE = wh AS {body}")
    run("EXECUTE TASK t")
    tick()
    [ended] = rows("SELECT * FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY())")
    assert (ended["STATE"], ended["RETURN_VALUE"]) == ("SUCCEEDED", value)


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ("CALL SYSTEM$SET_RETURN_VALUE('a' || 'b')", "of anything but one text"),
        ("SELECT SYSTEM$SET_RETURN_VALUE('a' || 'b')", "of anything but one text"),
        ("SELECT SYSTEM$SET_RETURN_VALUE(CONCAT('a', 'b'))", "of anything but one text"),
        ("CALL SYSTEM$SET_RETURN_VALUE(5)", "of anything but one text"),
        ("CALL SYSTEM$SET_RETURN_VALUE(NULL)", "of anything but one text"),
        ("CALL SYSTEM$SET_RETURN_VALUE()", "of anything but one text"),
        ("CALL SYSTEM$SET_RETURN_VALUE('a', 'b')", "of anything but one text"),
        ("BEGIN LET n := 5; CALL SYSTEM$SET_RETURN_VALUE(:n); END", "of anything but one text"),
        ("BEGIN LET n := 5; CALL SYSTEM$SET_RETURN_VALUE('n ' || :n); END", "of anything but one text"),
        ("BEGIN LET t := 'x'; CALL SYSTEM$SET_RETURN_VALUE(:t::VARCHAR); END", "of anything but one text"),
        ("BEGIN LET t := 'x'; CALL SYSTEM$SET_RETURN_VALUE(UPPER(:t)); END", "of anything but one text"),
        ("SELECT UPPER(SYSTEM$SET_RETURN_VALUE('a'))", "inside a query"),
        ("SELECT SYSTEM$SET_RETURN_VALUE('a') FROM target", "inside a query"),
        (f"CALL SYSTEM$SET_RETURN_VALUE('{'x' * 10_001}')", "of more than 10000 bytes"),
        ("CALL SYSTEM$SET_RETURN_VALUE('a') || 'b'", "CALL SYSTEM$SET_RETURN_VALUE('a') || 'b'"),
    ],
)
def test_a_return_value_is_a_literal_or_a_variable(run: Run, rows: Rows, tick: Tick, body: str, refused: str) -> None:
    """An expression does not compile on an account, so that the run would fail there."""
    run(f"CREATE TASK t WAREHOUSE = wh AS {body}")
    run("EXECUTE TASK t")
    tick()
    [ended] = rows("SELECT * FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY())")
    assert (ended["STATE"], ended["ERROR_CODE"], ended["RETURN_VALUE"]) == ("FAILED", 2, None)
    assert f"{refused} is not emulated" in ended["ERROR_MESSAGE"]


# TASK_HISTORY: https://docs.snowflake.com/en/sql-reference/functions/task_history


@pytest.fixture
def history(run: Run, tick: Tick) -> None:
    """Six runs: GOOD at 09:00, 09:10, 09:20 and BAD a minute after each."""
    run("CREATE TASK good WAREHOUSE = wh AS SELECT 1")
    run("CREATE SCHEMA other")
    run("CREATE TASK other.bad WAREHOUSE = wh AS SELECT * FROM nope")
    for _ in range(3):
        run("EXECUTE TASK demo.public.good")
        tick(minutes=1)
        run("EXECUTE TASK other.bad")
        tick(minutes=9)


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    ("arguments", "where", "found"),
    [
        ("", "", "B01 B11 B21 G00 G10 G20"),
        ("RESULT_LIMIT => 2", "", "B21 G20"),
        ("RESULT_LIMIT => 1", "WHERE name = 'GOOD'", ""),
        ("TASK_NAME => 'good'", "", "G00 G10 G20"),
        ("TASK_NAME => 'GOOD', RESULT_LIMIT => 1", "", "G20"),
        ("ERROR_ONLY => TRUE", "", "B01 B11 B21"),
        ("DATABASE_NAME => 'DEMO', SCHEMA_NAME => 'OTHER'", "", "B01 B11 B21"),
        ("DATABASE_NAME => 'NOPE'", "", ""),
        ("SCHEDULED_TIME_RANGE_START => '2026-01-05 09:11:00'::TIMESTAMP_LTZ", "", "B11 B21 G20"),
        ("SCHEDULED_TIME_RANGE_END => '2026-01-05 09:10:00'::TIMESTAMP_LTZ", "", "B01 G00 G10"),
    ],
)
def test_the_arguments_of_task_history_apply_before_the_where(run: Run, arguments: str, where: str, found: str) -> None:
    shown = run(f"SELECT name, scheduled_time FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY({arguments})) {where}")
    assert " ".join(sorted(f"{name[0]}{moment:%M}" for name, moment in shown)) == found


@pytest.mark.parametrize("arguments", ["RESULT_LIMIT => 0", "RESULT_LIMIT => 10001"])
def test_a_limit_outside_1_to_10000_is_an_invalid_value(fails: Fails, arguments: str) -> None:
    assert fails(f"SELECT * FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY({arguments}))").errno == 1008


def test_a_range_older_than_seven_days_is_an_error(fails: Fails) -> None:
    start = "SCHEDULED_TIME_RANGE_START => '2025-12-28'::TIMESTAMP_LTZ"
    assert fails(f"SELECT * FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY({start}))").errno == 707


# Across processes


def wait_for_state(connection: SnowflakeConnection, state: str) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if (state,) in run_on(connection, "SELECT state FROM TABLE(DEMO.INFORMATION_SCHEMA.TASK_HISTORY())"):
            return
        time.sleep(0.05)
    pytest.fail(f"no run became {state}")


def serve_and_run(folder: Path, *statements: str, until: str = "") -> list[tuple[object, ...]]:
    """Serves the folder with its scheduler, runs the statements, waits for a state, and returns the last answer."""
    with emulator(folder) as address:
        connection = snowflake.connector.connect(**address.parameters, platform_detection_timeout_seconds=0)
        answers = [run_on(connection, sql) for sql in statements]
        if until:
            wait_for_state(connection, until)
        connection.close()
    return answers[-1]


def test_a_task_due_meanwhile_runs_when_the_next_process_serves(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    engine = Engine(folder)
    engine.account.clock = lambda: datetime.now(UTC) - timedelta(hours=2)
    session = engine.open_session()
    for sql in (
        "CREATE DATABASE DEMO",
        "CREATE WAREHOUSE WH",
        "CREATE TABLE target (a INT)",
        "CREATE TASK t WAREHOUSE = wh SCHEDULE = '1 HOUR' AS INSERT INTO target VALUES (1)",
        "ALTER TASK t RESUME",
    ):
        session.cursor().execute(sql)
    engine.close()
    serve_and_run(folder, "USE DATABASE demo", until="SUCCEEDED")
    assert serve_and_run(folder, "USE WAREHOUSE wh", "SELECT COUNT(*) FROM demo.public.target") == [(1,)]


KILLED = """
import os, signal, sys
from pathlib import Path
from src.emulator.engine import Engine

def die_after(session, transaction):
    return lambda: os.kill(os.getpid(), signal.SIGKILL) if session.in_task else None

engine = Engine(Path(sys.argv[1]))
session = engine.open_session()
for sql in (
    "CREATE DATABASE DEMO", "CREATE WAREHOUSE WH", "CREATE TABLE target (a INT)",
    *(
        f"CREATE TASK {name} AS BEGIN INSERT INTO target VALUES (1); INSERT INTO target VALUES (2); END"
        for name in "tu"
    ),
    "EXECUTE TASK t", "EXECUTE TASK u",
):
    session.cursor().execute(sql)
opened = engine.open_session
def deadly():
    session = opened()
    session.before_commit = [die_after]
    return session
engine.scheduler._open_session = deadly
engine.scheduler.tick()
"""


def test_a_run_that_a_kill_interrupts_is_failed_and_a_waiting_one_still_runs(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    killed = subprocess.run([sys.executable, "-c", KILLED, str(folder)], cwd=Path(__file__).parents[3], check=False)
    assert killed.returncode == -signal.SIGKILL
    serve_and_run(folder, "USE DATABASE demo", until="SUCCEEDED")
    states = (
        "SELECT state, error_message FROM TABLE(demo.INFORMATION_SCHEMA.TASK_HISTORY()) ORDER BY graph_run_group_id"
    )
    interrupted = "The emulator ended during the run: what the run had not committed was rolled back."
    assert serve_and_run(folder, states) == [("FAILED", interrupted), ("SUCCEEDED", None)]
    counted = serve_and_run(
        folder, "USE WAREHOUSE wh", "SELECT a, COUNT(*) FROM demo.public.target GROUP BY a ORDER BY a"
    )
    assert counted == [(1, 2), (2, 1)]


def test_the_thread_of_a_serving_process_runs_what_is_executed(tmp_path: Path) -> None:
    found = serve_and_run(
        tmp_path / "state",
        "CREATE DATABASE demo",
        "CREATE WAREHOUSE wh",
        "CREATE TASK t WAREHOUSE = wh AS SELECT 1",
        "EXECUTE TASK t",
        until="SUCCEEDED",
    )
    assert found == [("Task T is scheduled to run immediately.",)]


def test_a_task_whose_schema_is_dropped_while_others_are_looked_at_stops_no_other(
    run: Run, engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("CREATE SCHEMA A")
    for name in ("A.T", "PUBLIC.T"):
        run(
            f"CREATE TASK DEMO.{name} WAREHOUSE = WH SCHEDULE = '1 MINUTE' AS INSERT INTO DEMO.PUBLIC.source VALUES (7)"
        )
        run(f"ALTER TASK DEMO.{name} RESUME")
    listed = engine.account.objects("TASK")
    assert [task.schema for task in listed] == ["A", "PUBLIC"]
    run("DROP SCHEMA DEMO.A")
    now_listed = engine.account.objects
    monkeypatch.setattr(
        engine.account, "objects", lambda kind, *within: listed if kind == "TASK" else now_listed(kind, *within)
    )
    clock.now += timedelta(minutes=1)
    engine.scheduler.tick()
    assert run("SELECT a FROM DEMO.PUBLIC.source") == [(7,)]
