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


def _parameter(rows: Rows, name: str) -> tuple[str, str, str]:
    [shown] = rows(f"SHOW PARAMETERS LIKE '{name}' IN TASK t")
    return shown["value"], shown["default"], shown["level"]


@pytest.mark.parametrize(
    ("parameter", "value", "default"),
    [
        ("USER_TASK_TIMEOUT_MS", "120000", "3600000"),
        ("SUSPEND_TASK_AFTER_NUM_FAILURES", "3", "10"),
        ("TASK_AUTO_RETRY_ATTEMPTS", "2", "0"),
        ("USER_TASK_MINIMUM_TRIGGER_INTERVAL_IN_SECONDS", "60", "30"),
        ("USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE", "'SMALL'", "MEDIUM"),
        ("SERVERLESS_TASK_MIN_STATEMENT_SIZE", "'SMALL'", "XSMALL"),
        ("SERVERLESS_TASK_MAX_STATEMENT_SIZE", "'LARGE'", "XXLARGE"),
        ("STATEMENT_TIMEOUT_IN_SECONDS", "10", "172800"),
        ("QUERY_TAG", "'q'", ""),
        ("TIMEZONE", "'Europe/Stockholm'", "UTC"),
    ],
)
def test_a_parameter_is_set_and_unset(run: Run, rows: Rows, parameter: str, value: str, default: str) -> None:
    """https://docs.snowflake.com/en/sql-reference/parameters"""
    plain = value.strip("'")
    run(f"CREATE TASK t {parameter} = {value} AS SELECT 1")
    assert _parameter(rows, parameter) == (plain, default, "TASK")
    run(f"ALTER TASK t UNSET {parameter}")
    assert _parameter(rows, parameter) == (default, default, "")
    run(f"ALTER TASK t SET {parameter} = {value}")
    assert _parameter(rows, parameter) == (plain, default, "TASK")
    run("CREATE OR ALTER TASK t AS SELECT 1")
    assert _parameter(rows, parameter) == (default, default, "")


def test_a_task_becomes_serverless_and_has_a_warehouse_again(run: Run, rows: Rows, fails: Fails) -> None:
    run("CREATE TASK t WAREHOUSE = wh SCHEDULE = '1 HOUR' AS SELECT 1")
    refused = fails("ALTER TASK t SET USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE = 'XSMALL'")
    assert refused.raw_msg == "Cannot set USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE on a non-serverless task."
    run("ALTER TASK t UNSET WAREHOUSE")
    run("ALTER TASK t SET USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE = 'XSMALL' TARGET_COMPLETION_INTERVAL = '5 MINUTES'")
    [shown] = rows("SHOW TASKS")
    assert (shown["warehouse"], shown["target_completion_interval"]) == (None, "5 MINUTES")
    refused = fails("ALTER TASK t SET WAREHOUSE = wh")
    assert (refused.errno, refused.raw_msg) == (
        91857,
        "TARGET_COMPLETION_INTERVAL is only allowed for serverless Tasks. DEMO.TASKS.T is not a serverless task.",
    )
    run("ALTER TASK t UNSET TARGET_COMPLETION_INTERVAL")
    run("ALTER TASK t SET WAREHOUSE = wh")
    assert rows("SHOW TASKS")[0]["warehouse"] == "WH"


@pytest.mark.parametrize(
    ("clauses", "policy", "allowed"),
    [
        ("", "NO_OVERLAP", "false"),
        ("ALLOW_OVERLAPPING_EXECUTION = TRUE", "ALLOW_CHILD_OVERLAP", "true"),
        ("ALLOW_OVERLAPPING_EXECUTION = FALSE", "NO_OVERLAP", "false"),
        ("OVERLAP_POLICY = ALLOW_ALL_OVERLAP", "ALLOW_ALL_OVERLAP", "false"),
        ("OVERLAP_POLICY = Allow_Child_Overlap", "ALLOW_CHILD_OVERLAP", "true"),
        ("OVERLAP_POLICY = ALLOW_CHILD_OVERLAP ALLOW_OVERLAPPING_EXECUTION = TRUE", "ALLOW_CHILD_OVERLAP", "true"),
    ],
)
def test_the_old_switch_is_one_of_the_overlap_policies(
    run: Run, rows: Rows, clauses: str, policy: str, allowed: str
) -> None:
    run(f"CREATE TASK t {clauses} AS SELECT 1")
    [shown] = rows("SHOW TASKS")
    assert (shown["overlap_policy"], shown["allow_overlapping_execution"]) == (policy, allowed)
    for name in ("ALLOW_OVERLAPPING_EXECUTION", "OVERLAP_POLICY"):
        run("ALTER TASK t SET ALLOW_OVERLAPPING_EXECUTION = TRUE")
        run(f"ALTER TASK t UNSET {name}")
        assert rows("SHOW TASKS")[0]["overlap_policy"] == "NO_OVERLAP"


def test_a_configuration_is_kept_as_it_is_written(run: Run, rows: Rows) -> None:
    run("""CREATE TASK t CONFIG = $${"a": 1,  "b": {"c": 0.10}}$$ AS SELECT 1""")
    assert rows("SHOW TASKS")[0]["config"] == '{"a": 1,  "b": {"c": 0.10}}'
    run("ALTER TASK t UNSET CONFIG")
    assert rows("SHOW TASKS")[0]["config"] is None


_SIZES = "SERVERLESS_TASK_MIN_STATEMENT_SIZE = 'LARGE'"


@pytest.mark.parametrize(
    ("clauses", "message"),
    [
        ("CONFIG = 'no json'", "Invalid config. Must be a string representation of a valid JSON Object."),
        ("CONFIG = '[1]'", "Invalid config. Must be a string representation of a valid JSON Object."),
        ("CONFIG = '{\"a\": NaN}'", "Invalid config. Must be a string representation of a valid JSON Object."),
        ("OVERLAP_POLICY = 'no_overlap'", "invalid value 'no_overlap' for property 'OVERLAP_POLICY'"),
        (
            "OVERLAP_POLICY = NO_OVERLAP ALLOW_OVERLAPPING_EXECUTION = TRUE",
            "Cannot specify ALLOW_OVERLAPPING_EXECUTION and OVERLAP_POLICY to different values in the same command.",
        ),
        (
            f"{_SIZES} SERVERLESS_TASK_MAX_STATEMENT_SIZE = 'SMALL'",
            "SERVERLESS_TASK_MIN_STATEMENT_SIZE (LARGE) cannot be greater than SERVERLESS_TASK_MAX_STATEMENT_SIZE"
            " (SMALL).",
        ),
        (
            f"{_SIZES} USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE = 'SMALL'",
            "USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE (SMALL) cannot be less than SERVERLESS_TASK_MIN_STATEMENT_SIZE"
            " (LARGE).",
        ),
        (f"WAREHOUSE = wh {_SIZES}", "Cannot set SERVERLESS_TASK_MIN_STATEMENT_SIZE on a non-serverless task."),
        (
            "SERVERLESS_TASK_MAX_STATEMENT_SIZE = 'HUGE'",
            "invalid value [HUGE] for parameter 'SERVERLESS_TASK_MAX_STATEMENT_SIZE'",
        ),
        (
            "TARGET_COMPLETION_INTERVAL = '9 SECOND'",
            "invalid value [9 SECOND] for parameter 'TARGET_COMPLETION_INTERVAL'",
        ),
        ("TARGET_COMPLETION_INTERVAL = '2 DAYS'", "invalid value [2 DAYS] for parameter 'TARGET_COMPLETION_INTERVAL'"),
        ("WHEN SYSTEM$STREAM_HAS_DATA('s')", "TARGET_COMPLETION_INTERVAL is required for a serverless triggered task."),
        ("USER_TASK_TIMEOUT_MS = -5", "invalid value [-5] for parameter 'USER_TASK_TIMEOUT_MS'"),
        ("USER_TASK_TIMEOUT_MS = '5000'", "invalid value ['5000'] for parameter 'USER_TASK_TIMEOUT_MS'"),
        ("TASK_AUTO_RETRY_ATTEMPTS = 31", "invalid value [31] for parameter 'TASK_AUTO_RETRY_ATTEMPTS'"),
        ("TIMEZONE = 'Not/AZone'", "invalid value [Not/AZone] for parameter 'TIMEZONE'"),
        ("QUERY_TAG = 5", "invalid value [5] for parameter 'QUERY_TAG'"),
        (
            "AUTOCOMMIT = FALSE",
            "The parameter AUTOCOMMIT = false is not supported with Tasks. Remove the parameter and try again.",
        ),
        (
            "SEARCH_PATH = '$current'",
            "The parameter SEARCH_PATH is not supported with Tasks. Remove the parameter and try again.",
        ),
        ("WAREHOUSE = nope", "Nonexistent warehouse NOPE was specified."),
        ("QUERY_TAG = 'a' QUERY_TAG = 'b'", "duplicate property 'QUERY_TAG'"),
    ],
)
def test_what_a_task_cannot_be_is_refused(rows: Rows, fails: Fails, clauses: str, message: str) -> None:
    """Recorded: frostlake/TaskPropertyChecksTest, frostlake/TaskGraphClausesTest."""
    assert message in str(fails(f"CREATE TASK t {clauses} AS SELECT 1").raw_msg)
    assert rows("SHOW TASKS") == []


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
        "+5 M",
        "10 SECONDS  ",
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
    ("schedule", "message"),
    [
        *(
            (schedule, "Invalid schedule was specified.")
            for schedule in (
                "",
                "5",
                "0 MINUTES",
                "-1 MINUTE",
                " 5 MINUTES",
                "5  MINUTES",
                "5M",
                "5 FORTNIGHTS",
                "99999999999999999999 MINUTES",
                "USING CRON * * * * UTC",
                "USING CRON 61 * * * * UTC",
                "USING CRON * * * * * Mars/Olympus",
                "* * * * * UTC",
            )
        ),
        ("9 SECONDS", "Cannot set schedule less than 10 seconds."),
        ("11521 MINUTES", "Cannot set schedule greater than 11,520 minutes."),
        ("193 HOURS", "Cannot set schedule greater than 11,520 minutes."),
    ],
)
def test_another_schedule_is_invalid(fails: Fails, schedule: str, message: str) -> None:
    error = fails(f"CREATE TASK t WAREHOUSE = wh SCHEDULE = '{schedule}' AS SELECT 1")
    assert message in str(error.raw_msg)


@pytest.mark.parametrize(
    ("clauses", "refused"),
    [
        ("ERROR_INTEGRATION = i", "CREATE TASK ... ERROR_INTEGRATION"),
        ("SUCCESS_INTEGRATION = i", "CREATE TASK ... SUCCESS_INTEGRATION"),
        ("EXECUTE AS USER u", "CREATE TASK ... EXECUTE"),
        ("JSON_INDENT = 4", "JSON_INDENT = 4"),
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
        ("CREATE TASK t WAREHOUSE = nope AS SELECT 1", 3002),
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
        assert fails(statement).raw_msg == ("Function SYSTEM$SET_RETURN_VALUE must be called from within a task.")
