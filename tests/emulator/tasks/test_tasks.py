"""Tasks as objects: https://docs.snowflake.com/en/user-guide/tasks-intro"""

import pytest
from snowflake.connector import SnowflakeConnection

from tests.emulator.conftest import Fails, Rows, Run, run_on

pytestmark = pytest.mark.emulator("module")


@pytest.fixture
def connection(connection: SnowflakeConnection) -> SnowflakeConnection:
    """Each test begins with an empty schema TASKS."""
    run_on(connection, "CREATE OR REPLACE SCHEMA DEMO.TASKS")
    run_on(connection, "USE SCHEMA DEMO.TASKS")
    return connection


def test_a_task_is_created_suspended_and_shown_as_it_was_written(run: Run, rows: Rows) -> None:
    assert run(
        "CREATE TASK t WAREHOUSE = wh SCHEDULE = '5 MINUTES' COMMENT = 'it''s' WHEN SYSTEM$STREAM_HAS_DATA('s')"
        " AS SELECT 1;"
    ) == [("Task T successfully created.",)]
    [shown] = rows("SHOW TASKS")
    expected = {
        "name": "T",
        "database_name": "DEMO",
        "schema_name": "TASKS",
        "owner": "ACCOUNTADMIN",
        "comment": "it's",
        "warehouse": "WH",
        "schedule": "5 MINUTES",
        "state": "suspended",
        "definition": "SELECT 1",
        "condition": "SYSTEM$STREAM_HAS_DATA('s')",
        "last_committed_on": None,
        "last_suspended_on": None,
    }
    assert {name: shown[name] for name in expected} == expected
    assert rows("DESCRIBE TASK t") == rows("DESC TASK demo.tasks.t") == [shown]


@pytest.mark.parametrize(
    "body",
    [
        "INSERT INTO t SELECT 'a;b' -- comment",
        "EXECUTE IMMEDIATE $$\nBEGIN\n  SELECT 1;\nEND\n$$",
        "DECLARE n INT; BEGIN n := 1; END",
        "BEGIN\n  SELECT 1;\n  RETURN 'as';\nEND",
        "CALL SYSTEM$SET_RETURN_VALUE('when as')",
    ],
)
def test_the_body_is_kept_word_for_word(run: Run, rows: Rows, body: str) -> None:
    run(f"CREATE TASK t WAREHOUSE = wh WHEN 1 = 1 AS {body}")
    assert rows("DESC TASK t")[0]["definition"] == body


def test_create_task_if_not_exists_and_or_replace(run: Run, rows: Rows, fails: Fails) -> None:
    run("CREATE TASK t WAREHOUSE = wh AS SELECT 1")
    run("CREATE TASK IF NOT EXISTS t WAREHOUSE = wh AS SELECT 2")
    [first] = rows("SHOW TASKS LIKE 't'")
    assert first["definition"] == "SELECT 1"
    assert fails("CREATE TASK t WAREHOUSE = wh AS SELECT 2").errno == 2002
    run("ALTER TASK t RESUME")
    run("CREATE OR REPLACE TASK t WAREHOUSE = wh AS SELECT 3")
    [replaced] = rows("SHOW TASKS LIKE 't'")
    assert (replaced["definition"], replaced["state"]) == ("SELECT 3", "suspended")
    assert replaced["id"] != first["id"]


def test_create_or_alter_changes_the_suspended_task_and_unsets_what_it_omits(run: Run, rows: Rows) -> None:
    run("CREATE OR ALTER TASK t WAREHOUSE = wh SCHEDULE = '1 HOUR' COMMENT = 'c' WHEN 1 = 1 AS SELECT 1")
    [first] = rows("SHOW TASKS")
    run("CREATE OR ALTER TASK t WAREHOUSE = wh AS SELECT 2")
    [second] = rows("SHOW TASKS")
    changed = {"schedule": None, "condition": None, "comment": "", "definition": "SELECT 2"}
    assert second == first | changed


_NOT_SUSPENDED = "Unable to update graph with root task DEMO.TASKS.T since that root task is not suspended."


@pytest.mark.parametrize(
    "change",
    [
        "CREATE OR ALTER TASK t WAREHOUSE = wh AS SELECT 2",
        "ALTER TASK t SET COMMENT = 'x'",
        "ALTER TASK t UNSET SCHEDULE",
        "ALTER TASK t MODIFY AS SELECT 2",
        "ALTER TASK t MODIFY WHEN 1 = 2",
        "ALTER TASK t REMOVE WHEN",
    ],
)
def test_a_started_task_is_not_altered(run: Run, rows: Rows, fails: Fails, change: str) -> None:
    run("CREATE TASK t WAREHOUSE = wh SCHEDULE = '192 HOURS' AS SELECT 1")
    run("ALTER TASK t RESUME")
    before = rows("SHOW TASKS")
    error = fails(change)
    assert (error.errno, error.sqlstate, error.raw_msg) == (91421, "22000", _NOT_SUSPENDED)
    assert rows("SHOW TASKS") == before


def test_resume_and_suspend_may_be_repeated(run: Run, rows: Rows) -> None:
    run("CREATE TASK t WAREHOUSE = wh SCHEDULE = '1 HOUR' AS SELECT 1")
    states = []
    for action in ("RESUME", "RESUME", "SUSPEND", "SUSPEND"):
        run(f"ALTER TASK IF EXISTS t {action}")
        states.append(rows("SHOW TASKS")[0]["state"])
    assert states == ["started", "started", "suspended", "suspended"]
    [shown] = rows("SHOW TASKS")
    assert shown["last_suspended_reason"] == "USER_SUSPENDED"
    assert shown["last_committed_on"] < shown["last_suspended_on"]


def test_alter_task_sets_unsets_and_modifies(run: Run, rows: Rows) -> None:
    run("CREATE TASK t WAREHOUSE = wh SCHEDULE = '1 HOUR' AS SELECT 1")
    run("ALTER TASK t SET SCHEDULE = 'USING CRON 0 9 * * MON-FRI Europe/Stockholm' COMMENT = 'x'")
    run("ALTER TASK t MODIFY AS BEGIN SELECT 2; END")
    run("ALTER TASK t MODIFY WHEN NOT SYSTEM$STREAM_HAS_DATA('s') OR 1 = 1")
    [shown] = rows("SHOW TASKS")
    assert shown["schedule"] == "USING CRON 0 9 * * MON-FRI Europe/Stockholm"
    assert (shown["definition"], shown["comment"]) == ("BEGIN SELECT 2; END", "x")
    assert shown["condition"] == "NOT SYSTEM$STREAM_HAS_DATA('s') OR 1 = 1"
    run("ALTER TASK t UNSET SCHEDULE, COMMENT")
    run("ALTER TASK t REMOVE WHEN")
    [shown] = rows("SHOW TASKS")
    assert (shown["schedule"], shown["comment"], shown["condition"]) == (None, "", None)


def test_drop_task_forgets_it(run: Run, fails: Fails) -> None:
    run("CREATE TASK t WAREHOUSE = wh AS SELECT 1")
    assert run("DROP TASK t") == [("T successfully dropped.",)]
    assert run("SHOW TASKS") == []
    run("DROP TASK IF EXISTS t")
    for statement in ("DROP TASK t", "ALTER TASK t RESUME", "EXECUTE TASK t", "DESC TASK t"):
        error = fails(statement)
        assert (error.errno, error.raw_msg) == (
            2003,
            "SQL compilation error:\nTask 'DEMO.TASKS.T' does not exist or not authorized.",
        )


@pytest.mark.parametrize(
    "schedule",
    [
        "10 SECONDS",
        "1 minute",
        "11520 M",
        "192 HOURS",
        "USING CRON * * * * * UTC",
        "using cron 0 0 L * * America/Los_Angeles",
        "USING CRON 0 9-17 * * 5L Asia/Tokyo",
    ],
)
def test_a_schedule_that_snowflake_knows_is_taken(run: Run, rows: Rows, schedule: str) -> None:
    run(f"CREATE TASK t WAREHOUSE = wh SCHEDULE = '{schedule}' AS SELECT 1")
    assert rows("SHOW TASKS")[0]["schedule"] == schedule


@pytest.mark.parametrize(
    "schedule",
    [
        "",
        "5",
        "9 SECONDS",
        "0 MINUTES",
        "11521 MINUTES",
        "193 HOURS",
        "-1 MINUTE",
        "5 FORTNIGHTS",
        "USING CRON * * * * UTC",
        "USING CRON 61 * * * * UTC",
        "USING CRON * * * * * Mars/Olympus",
        "* * * * * UTC",
    ],
)
def test_another_schedule_is_invalid(fails: Fails, schedule: str) -> None:
    error = fails(f"CREATE TASK t WAREHOUSE = wh SCHEDULE = '{schedule}' AS SELECT 1")
    assert "Invalid schedule was specified." in str(error.raw_msg)


@pytest.mark.parametrize(
    ("clauses", "refused"),
    [
        ("", "CREATE TASK without WAREHOUSE (a serverless task)"),
        ("TARGET_COMPLETION_INTERVAL = '5 MINUTES'", "CREATE TASK ... TARGET_COMPLETION_INTERVAL"),
        ("WAREHOUSE = wh AFTER other", "CREATE TASK ... AFTER"),
        ("WAREHOUSE = wh FINALIZE = other", "CREATE TASK ... FINALIZE"),
        ("WAREHOUSE = wh ERROR_INTEGRATION = i", "CREATE TASK ... ERROR_INTEGRATION"),
        ("WAREHOUSE = wh USER_TASK_TIMEOUT_MS = 1000", "CREATE TASK ... USER_TASK_TIMEOUT_MS"),
        ("WAREHOUSE = wh CONFIG = $${}$$", "CREATE TASK ... CONFIG"),
        ("WAREHOUSE = wh EXECUTE AS USER u", "CREATE TASK ... EXECUTE"),
        ("WAREHOUSE = wh WHEN SYSTEM$GET_PREDECESSOR_RETURN_VALUE('x') = 'y'", "SYSTEM$GET_PREDECESSOR_RETURN_VALUE"),
    ],
)
def test_what_is_not_emulated_is_refused_by_name(fails: Fails, clauses: str, refused: str) -> None:
    assert str(fails(f"CREATE TASK t {clauses} AS SELECT 1").raw_msg).startswith(
        f"Unsupported feature: {refused} is not emulated."
    )


@pytest.mark.parametrize(
    ("statement", "errno"),
    [
        ("CREATE TASK t WAREHOUSE = wh", 1003),
        ("CREATE TASK t WAREHOUSE = wh AS", 1003),
        ("CREATE TASK t WAREHOUSE = wh AS BEGIN SELECT 1", 1003),
        ("CREATE TASK t WAREHOUSE = nope AS SELECT 1", 2003),
        ("CREATE TASK t WAREHOUSE = wh COLOUR = 'red' AS SELECT 1", 1420),
        ("CREATE TASK t WAREHOUSE = wh USER_TASK_MINIMUM_TRIGGER_INTERVAL_IN_SECONDS = 9 AS SELECT 1", 1008),
        ("CREATE TASK t WAREHOUSE = wh SUSPEND_TASK_AFTER_NUM_FAILURES = -1 AS SELECT 1", 1008),
        ("CREATE TASK t WAREHOUSE = wh WHEN (SELECT COUNT(*) FROM x) > 0 AS SELECT 1", 3002),
        ("CREATE TASK t WAREHOUSE = wh WHEN CURRENT_DATE() > '2026-01-01' AS SELECT 1", 3002),
        ("CREATE TASK t WAREHOUSE = wh WHEN SYSTEM$STREAM_HAS_DATA('s') IS NULL AS SELECT 1", 3002),
        ("CREATE TASK t WAREHOUSE = wh WHEN 'a' LIKE 'a' AS SELECT 1", 3002),
        ("CREATE TASK t WAREHOUSE = wh WHEN 1 IN (1, 2) AS SELECT 1", 3002),
        ("CREATE TASK t WAREHOUSE = wh WHEN 2 BETWEEN 1 AND 3 AS SELECT 1", 3002),
        ("CREATE TASK t WAREHOUSE = wh WHEN '2026-01-01'::DATE = '2026-01-01' AS SELECT 1", 3002),
        ("CREATE TASK t WAREHOUSE = wh WHEN SYSTEM$STREAM_HAS_DATA('s' || 't') AS SELECT 1", 2),
        ("CREATE TASK t WAREHOUSE = wh WHEN SYSTEM$STREAM_HAS_DATA(5) AS SELECT 1", 2),
        ("CREATE TASK t WAREHOUSE = wh WHEN SYSTEM$STREAM_HAS_DATA() AS SELECT 1", 2),
        ("CREATE TASK t WAREHOUSE = wh WHEN SYSTEM$STREAM_HAS_DATA(s) AS SELECT 1", 2),
        ("CREATE TASK nowhere.tasks.t WAREHOUSE = wh AS SELECT 1", 2003),
    ],
)
def test_a_task_that_could_not_run_is_not_made(rows: Rows, fails: Fails, statement: str, errno: int) -> None:
    assert fails(statement).errno == errno
    assert rows("SHOW TASKS") == []


def test_set_return_value_is_for_tasks(fails: Fails) -> None:
    """https://docs.snowflake.com/en/sql-reference/functions/system_set_return_value"""
    for statement in ("CALL SYSTEM$SET_RETURN_VALUE('x')", "SELECT SYSTEM$SET_RETURN_VALUE('x')"):
        assert fails(statement).raw_msg == "SYSTEM$SET_RETURN_VALUE can be called from a task only."
