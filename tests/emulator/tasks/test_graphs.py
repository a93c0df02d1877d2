"""Tasks that run after others: https://docs.snowflake.com/en/user-guide/tasks-graphs

What is refused is recorded: frostlake/TaskGraphRulesTest, frostlake/TaskGraphClausesTest.
"""

import pytest
from snowflake.connector import SnowflakeConnection

from tests.emulator.conftest import Connect, Fails, Rows, Run, run_on

pytestmark = pytest.mark.emulator("module")


@pytest.fixture
def connection(connection: SnowflakeConnection) -> SnowflakeConnection:
    """Each test begins with a graph in the schema TASKS: a root R, A and B after it, C after both, a finalizer F."""
    for sql in (
        "CREATE OR REPLACE SCHEMA DEMO.OTHER",
        "CREATE TASK elsewhere AS SELECT 1",
        "CREATE OR REPLACE SCHEMA DEMO.TASKS",
        "CREATE TASK r SCHEDULE = '1 HOUR' AS SELECT 1",
        "CREATE TASK a AFTER r AS SELECT 1",
        "CREATE TASK b AFTER r AS SELECT 1",
        "CREATE TASK c AFTER tasks.b, a AS SELECT 1",
        "CREATE TASK f FINALIZE = r AS SELECT 1",
        "CREATE TASK x AS SELECT 1",
    ):
        run_on(connection, sql)
    return connection


def _relations(rows: Rows) -> dict[str, str]:
    return {row["name"]: row["task_relations"].replace("DEMO.TASKS.", "") for row in rows("SHOW TASKS")}


def _states(rows: Rows) -> dict[str, str]:
    return {row["name"]: row["state"] for row in rows("SHOW TASKS")}


def test_show_tasks_tells_the_relations(rows: Rows) -> None:
    assert _relations(rows) == {
        "R": '{"Predecessors":[],"FinalizerTask":"F"}',
        "A": '{"Predecessors":["R"]}',
        "B": '{"Predecessors":["R"]}',
        "C": '{"Predecessors":["A","B"]}',
        "F": '{"FinalizedRootTask":"R","Predecessors":[]}',
        "X": '{"Predecessors":[]}',
    }
    shown = {row["name"]: row for row in rows("SHOW TASKS")}
    assert shown["C"]["predecessors"] == '["DEMO.TASKS.A","DEMO.TASKS.B"]'
    for name, policy, allowed in (("R", "NO_OVERLAP", "false"), ("A", None, "null"), ("F", None, "null")):
        assert (shown[name]["overlap_policy"], shown[name]["allow_overlapping_execution"]) == (policy, allowed)


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("SHOW TASKS ROOT ONLY", "FRX"),
        ("SHOW TERSE TASKS LIKE 'r' ROOT ONLY", "R"),
        ("SHOW TASKS IN SCHEMA tasks STARTS WITH 'A' ROOT ONLY", ""),
        ("SHOW TASKS IN SCHEMA tasks ROOT ONLY LIMIT 1 FROM 'F'", "R"),
    ],
)
def test_show_tasks_root_only_keeps_what_has_no_predecessors(rows: Rows, statement: str, names: str) -> None:
    """https://docs.snowflake.com/en/sql-reference/sql/show-tasks"""
    assert "".join(row["name"] for row in rows(statement)) == names


def test_root_only_is_of_show_tasks_alone(fails: Fails) -> None:
    """Recorded: frostlake/TaskRootOnlyRetryAndTagsTest."""
    assert "unexpected 'ROOT'" in str(fails("SHOW TABLES ROOT ONLY").raw_msg)


def test_predecessors_are_added_and_removed(run: Run, rows: Rows) -> None:
    run("ALTER TASK x ADD AFTER r, c, r")
    assert _relations(rows)["X"] == '{"Predecessors":["C","R"]}'
    run("ALTER TASK x RESUME")
    run("ALTER TASK x REMOVE AFTER r")
    assert (_relations(rows)["X"], _states(rows)["X"]) == ('{"Predecessors":["C"]}', "started")
    run("ALTER TASK x REMOVE AFTER c")
    assert (_relations(rows)["X"], _states(rows)["X"]) == ('{"Predecessors":[]}', "suspended")
    run("CREATE OR ALTER TASK x AFTER a AS SELECT 2")
    assert _relations(rows)["X"] == '{"Predecessors":["A"]}'


def test_a_finalizer_is_set_and_unset(run: Run, rows: Rows) -> None:
    run("ALTER TASK f UNSET FINALIZE")
    assert _relations(rows)["R"] == '{"Predecessors":[]}'
    run("ALTER TASK x SET FINALIZE = 'r'")
    assert _relations(rows)["R"] == '{"Predecessors":[],"FinalizerTask":"X"}'


def test_a_dropped_task_leaves_its_children_without_it(run: Run, rows: Rows) -> None:
    for name in ("c", "a"):
        run(f"ALTER TASK {name} RESUME")
    run("DROP TASK a")
    assert (_relations(rows)["C"], _states(rows)["C"]) == ('{"Predecessors":["B"]}', "started")
    run("DROP TASK b")
    assert (_relations(rows)["C"], _states(rows)["C"]) == ('{"Predecessors":[]}', "suspended")
    run("DROP TASK r")
    assert _relations(rows) == dict.fromkeys("CFX", '{"Predecessors":[]}')


def test_a_replaced_task_keeps_its_place(run: Run, rows: Rows) -> None:
    before = _relations(rows)
    run("CREATE OR REPLACE TASK a AFTER r AS SELECT 2")
    run("CREATE OR REPLACE TASK r SCHEDULE = '2 HOURS' AS SELECT 2")
    assert _relations(rows) == before


def test_a_task_that_gets_another_owner_leaves_its_graph(run: Run, rows: Rows) -> None:
    run("CREATE ROLE IF NOT EXISTS taken")
    run("GRANT OWNERSHIP ON ALL TASKS IN SCHEMA tasks TO ROLE taken")
    run("GRANT ROLE taken TO ROLE accountadmin")
    before = _relations(rows)
    assert before["C"] == '{"Predecessors":["A","B"]}'
    run("GRANT OWNERSHIP ON TASK b TO ROLE accountadmin")
    assert _relations(rows) == before | {"B": '{"Predecessors":[]}', "C": '{"Predecessors":["A"]}'}


# Starting


def test_dependents_are_enabled_with_their_task(run: Run, rows: Rows) -> None:
    """https://docs.snowflake.com/en/sql-reference/functions/system_task_dependents_enable"""
    run("SELECT SYSTEM$TASK_DEPENDENTS_ENABLE('tasks.b')")
    assert _states(rows) == dict.fromkeys("RAFX", "suspended") | dict.fromkeys("BC", "started")
    run("SELECT SYSTEM$TASK_DEPENDENTS_ENABLE('r')")
    assert _states(rows) == dict.fromkeys("RABCF", "started") | {"X": "suspended"}


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TASK a SUSPEND",
        "ALTER TASK c RESUME",
        "ALTER TASK f SUSPEND",
        "ALTER TASK r SET COMMENT = 'x'",
        "ALTER TASK c MODIFY AS SELECT 2",
        "ALTER TASK c REMOVE AFTER a",
        "ALTER TASK x ADD AFTER c",
        "ALTER TASK x SET FINALIZE = r",
        "ALTER TASK f UNSET FINALIZE",
        "CREATE TASK y AFTER a AS SELECT 1",
        "CREATE OR REPLACE TASK a AFTER r AS SELECT 2",
        "CREATE OR REPLACE TASK r AS SELECT 2",
        "CREATE OR ALTER TASK a AFTER r AS SELECT 2",
        "DROP TASK a",
        "DROP TASK r",
        "SELECT SYSTEM$TASK_DEPENDENTS_ENABLE('a')",
    ],
)
def test_a_graph_is_not_changed_while_its_root_is_started(run: Run, rows: Rows, fails: Fails, change: str) -> None:
    if "FINALIZE = r" in change:
        run("ALTER TASK f UNSET FINALIZE")
    for name in "ar":
        run(f"ALTER TASK {name} RESUME")
    before = rows("SHOW TASKS")
    error = fails(change)
    assert (error.errno, error.raw_msg) == (
        91421,
        "Unable to update graph with root task DEMO.TASKS.R since that root task is not suspended.",
    )
    assert rows("SHOW TASKS") == before


def test_a_ring_is_found_when_the_root_is_resumed(run: Run, fails: Fails) -> None:
    run("ALTER TASK a ADD AFTER c")
    for statement in ("ALTER TASK r RESUME", "EXECUTE TASK r"):
        assert str(fails(statement).raw_msg).startswith("Graph has at least one cycle containing task")


def test_a_second_root_is_found_when_one_is_resumed(run: Run, fails: Fails) -> None:
    run("ALTER TASK a ADD AFTER x")
    for statement in ("ALTER TASK r RESUME", "ALTER TASK x RESUME", "SELECT SYSTEM$TASK_DEPENDENTS_ENABLE('x')"):
        assert str(fails(statement).raw_msg).startswith("The graph has more than one root task")


def test_only_a_root_is_executed(fails: Fails) -> None:
    for name in "AF":
        error = fails(f"EXECUTE TASK {name}")
        assert (error.errno, error.raw_msg) == (
            91435,
            f"Execute task cannot be called on non-root task DEMO.TASKS.{name}."
            " Call EXECUTE TASK on the root task of its graph instead.",
        )


# What does not go together

_OF_ROOT = "Please set this on the root task for this task instead."


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            "CREATE TASK y SCHEDULE = '1 HOUR' AFTER r AS SELECT 1",
            "Task Y cannot have both a schedule and a predecessor.",
        ),
        ("ALTER TASK a SET SCHEDULE = '1 HOUR'", "Task A cannot have both a schedule and a predecessor."),
        ("ALTER TASK r ADD AFTER x", "This task has a finalizer and cannot be made a child task."),
        ("CREATE TASK y AFTER nope AS SELECT 1", "Invalid predecessor NOPE was specified."),
        ("ALTER TASK a ADD AFTER other.nope", "Invalid predecessor OTHER.NOPE was specified."),
        ('ALTER TASK a ADD AFTER "r"', 'Invalid predecessor "r" was specified.'),
        (
            "CREATE TASK y AFTER other.elsewhere AS SELECT 1",
            "Cannot have predecessor ELSEWHERE from a different schema.",
        ),
        ("ALTER TASK a ADD AFTER a", "Task A cannot use itself as its predecessor."),
        ("ALTER TASK a ADD AFTER f", "Task DEMO.TASKS.F cannot have children as a finalizer task."),
        ("ALTER TASK f ADD AFTER a", "Task DEMO.TASKS.F cannot have predecessors as a finalizer task."),
        ("ALTER TASK a REMOVE AFTER nope, x", "Task A does not have predecessor X."),
        ("ALTER TASK a REMOVE AFTER r, nope", "Invalid predecessor NOPE was specified."),
        ("CREATE TASK y CONFIG = '{}' AFTER r AS SELECT 1", "Task DEMO.TASKS.Y cannot both be a non-root task and"),
        ("ALTER TASK f SET CONFIG = '{}'", "Task DEMO.TASKS.F cannot both be a non-root task and have a config."),
        ("CREATE TASK y OVERLAP_POLICY = NO_OVERLAP AFTER r AS SELECT 1", "Cannot set overlap policy on non-root task"),
        (
            "ALTER TASK a SET ALLOW_OVERLAPPING_EXECUTION = TRUE",
            "Cannot set allow_overlapping_execution on non-root task DEMO.TASKS.A.",
        ),
        ("ALTER TASK a SET TASK_AUTO_RETRY_ATTEMPTS = 2", _OF_ROOT),
        ("CREATE TASK y SUSPEND_TASK_AFTER_NUM_FAILURES = 2 AFTER r AS SELECT 1", _OF_ROOT),
        ("CREATE TASK y FINALIZE = r AS SELECT 1", "Finalize target R already have finalizer."),
        ("CREATE TASK y FINALIZE = nope AS SELECT 1", "Invalid finalized root task NOPE was specified."),
        ("CREATE TASK y FINALIZE = 5 AS SELECT 1", "invalid value [5] for parameter 'FINALIZE'"),
        (
            "CREATE TASK y FINALIZE = other.elsewhere AS SELECT 1",
            "Cannot finalize graph OTHER.ELSEWHERE in a different",
        ),
        (
            "CREATE TASK y FINALIZE = a AS SELECT 1",
            "Task DEMO.TASKS.Y cannot finalize a non-root task DEMO.TASKS.A.",
        ),
        (
            "CREATE TASK y FINALIZE = f AS SELECT 1",
            "Task DEMO.TASKS.Y cannot finalize a non-root task DEMO.TASKS.F.",
        ),
        ("ALTER TASK x SET FINALIZE = x", "Task X cannot finalize itself."),
        (
            "CREATE TASK y FINALIZE = x SCHEDULE = '1 HOUR' AS SELECT 1",
            "Task Y cannot have a schedule and be a finalizer task.",
        ),
        ("ALTER TASK a SET FINALIZE = x", "Task DEMO.TASKS.A cannot have predecessors as a finalizer task."),
        ("CREATE OR REPLACE TASK r FINALIZE = x AS SELECT 1", "Task DEMO.TASKS.R cannot have children as a finalizer"),
        ("CREATE OR REPLACE TASK r AFTER x AS SELECT 1", "Cannot replace task DEMO.TASKS.R with a non-root task"),
    ],
)
def test_what_no_graph_can_be_is_refused(rows: Rows, fails: Fails, statement: str, message: str) -> None:
    before = rows("SHOW TASKS")
    assert message in str(fails(statement).raw_msg)
    assert rows("SHOW TASKS") == before


def test_a_child_is_not_refused_what_changes_nothing(run: Run) -> None:
    run("CREATE TASK y ALLOW_OVERLAPPING_EXECUTION = FALSE AFTER r AS SELECT 1")
    run("ALTER TASK y SET ALLOW_OVERLAPPING_EXECUTION = FALSE")


def test_the_tasks_of_a_graph_have_one_owner(run: Run, fails: Fails) -> None:
    run("CREATE ROLE IF NOT EXISTS other_owner")
    run("GRANT OWNERSHIP ON TASK x TO ROLE other_owner")
    run("GRANT ROLE other_owner TO ROLE accountadmin")
    assert str(fails("CREATE TASK y AFTER x AS SELECT 1").raw_msg).startswith("All tasks in a task graph must have")


# TASK_DEPENDENTS: https://docs.snowflake.com/en/sql-reference/functions/task_dependents


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ("'r'", "RABCF"),
        ("TASK_NAME => 'demo.tasks.r', RECURSIVE => FALSE", "RABF"),
        ("'a'", "AC"),
        ("'c'", "C"),
    ],
)
def test_task_dependents_begins_with_the_task(run: Run, arguments: str, names: str) -> None:
    shown = run(f"SELECT name FROM TABLE(INFORMATION_SCHEMA.TASK_DEPENDENTS({arguments}))")
    assert "".join(name for (name,) in shown) == names


def test_task_dependents_shows_what_show_tasks_does(rows: Rows) -> None:
    [first, *_] = rows("SELECT * FROM TABLE(INFORMATION_SCHEMA.TASK_DEPENDENTS('c'))")
    [shown] = rows("SHOW TASKS LIKE 'c'")
    assert list(first) == [
        *("CREATED_ON", "NAME", "DATABASE_NAME", "SCHEMA_NAME", "OWNER", "COMMENT", "WAREHOUSE", "SCHEDULE"),
        *("PREDECESSORS", "STATE", "DEFINITION", "CONDITION"),
    ]
    assert first == {name: shown[name.lower()] for name in first}


def test_task_dependents_of_what_is_no_task_is_an_error(fails: Fails) -> None:
    error = fails("SELECT * FROM TABLE(INFORMATION_SCHEMA.TASK_DEPENDENTS('nope'))")
    assert "must be a valid task name" in str(error.raw_msg)


def test_who_may_not_operate_a_task_enables_none(run: Run, connect: Connect, rows: Rows) -> None:
    run("CREATE ROLE IF NOT EXISTS watcher")
    run("GRANT ROLE watcher TO USER presenter")
    run("GRANT USAGE ON DATABASE demo TO ROLE watcher")
    run("GRANT USAGE ON SCHEMA tasks TO ROLE watcher")
    run("GRANT MONITOR ON TASK r TO ROLE watcher")
    session = connect()
    for sql in ("USE ROLE watcher", "USE SECONDARY ROLES NONE"):
        run_on(session, sql)
    with pytest.raises(Exception, match="Insufficient privileges"):
        run_on(session, "SELECT SYSTEM$TASK_DEPENDENTS_ENABLE('demo.tasks.r')")
    assert set(_states(rows).values()) == {"suspended"}
