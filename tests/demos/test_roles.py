"""Deploying with the primary role alone, and only where it may run tasks."""

import pytest
from snowflake.connector.errors import ProgrammingError

from config import CONFIG
from demos.factset_etf_iceberg.manifest import MANIFEST
from src.demo_kit.deployment import deploy
from src.demo_kit.roles import primary_role_alone, require_execute_task
from src.demo_kit.session import Demo
from src.deployment.sending import Sender
from src.utils.errors import DemoError
from src.utils.queries import Row


def grant(privilege: str, on: str, name: str) -> Row:
    return {"privilege": privilege, "granted_on": on, "name": name}


def told(grants: dict[str, list[Row] | None], role: str | None = "PRESENTER_ROLE") -> tuple[Demo, list[str]]:
    """A demo on an account with these grants, and what it is asked; None: they are hidden."""
    asked: list[str] = []

    def execute(sql: str) -> list[Row]:
        asked.append(sql)
        if sql.startswith("SELECT CURRENT_ROLE()"):
            return [{"ROLE": role}]
        rows = grants.get(sql.removeprefix("SHOW GRANTS TO ROLE "), [])
        if rows is None:
            raise ProgrammingError("Insufficient privileges", errno=3001)
        return rows

    return Demo(MANIFEST, Sender(execute), CONFIG), asked


TASKS = grant("EXECUTE TASK", "ACCOUNT", "AB12345")


@pytest.mark.parametrize(
    "grants",
    [
        {"PRESENTER_ROLE": [TASKS]},
        {"PRESENTER_ROLE": [grant("USAGE", "ROLE", "TASKS")], "TASKS": [TASKS]},
        {
            "PRESENTER_ROLE": [grant("USAGE", "ROLE", "A"), grant("USAGE", "ROLE", "B")],
            "B": [grant("USAGE", "ROLE", "PRESENTER_ROLE"), grant("USAGE", "ROLE", '"my role"')],
            '"my role"': [TASKS],
        },
        {"PRESENTER_ROLE": [grant("USAGE", "ROLE", "ACCOUNTADMIN")]},
        {"PUBLIC": [TASKS]},
        {"PRESENTER_ROLE": None},
        {"PRESENTER_ROLE": [grant("USAGE", "ROLE", "HIDDEN")], "HIDDEN": None},
    ],
)
def test_a_role_that_may_run_tasks_or_of_which_nobody_knows_deploys(grants: dict[str, list[Row] | None]) -> None:
    demo, _ = told(grants)
    require_execute_task(demo)


@pytest.mark.parametrize("role", ["ACCOUNTADMIN", None])
def test_an_administrator_and_a_session_without_a_role_are_not_asked_about(role: str | None) -> None:
    demo, asked = told({}, role)
    require_execute_task(demo)
    assert len(asked) == 1


def test_roles_below_one_that_may_run_tasks_are_not_looked_at() -> None:
    demo, asked = told({"PRESENTER_ROLE": [TASKS, grant("USAGE", "ROLE", "A")]})
    require_execute_task(demo)
    assert asked[1:] == ["SHOW GRANTS TO ROLE PRESENTER_ROLE", "SHOW GRANTS TO ROLE PUBLIC"]


def test_more_roles_than_are_worth_a_look_are_let_be() -> None:
    demo, asked = told({"PRESENTER_ROLE": [grant("USAGE", "ROLE", f"R{number}") for number in range(500)]})
    require_execute_task(demo)
    assert len(asked) == 3


@pytest.mark.parametrize(
    "grants",
    [
        {},
        {"PRESENTER_ROLE": [grant("EXECUTE MANAGED TASK", "ACCOUNT", "AB12345")]},
        {"PRESENTER_ROLE": [grant("OWNERSHIP", "ROLE", "TASKS")], "TASKS": [TASKS]},
        {"PRESENTER_ROLE": [grant("USAGE", "ROLE", "A")], "A": [grant("USAGE", "DATABASE", "TASKS")], "TASKS": [TASKS]},
    ],
)
def test_a_role_that_may_not_is_told_the_grant(grants: dict[str, list[Row] | None]) -> None:
    demo, _ = told(grants)
    with pytest.raises(DemoError) as caught:
        require_execute_task(demo)
    assert str(caught.value) == (
        "Role PRESENTER_ROLE cannot run tasks: neither it nor a role granted to it has EXECUTE TASK on the account. "
        "Nothing was changed. Ask an administrator to run: USE ROLE ACCOUNTADMIN; "
        "GRANT EXECUTE TASK ON ACCOUNT TO ROLE PRESENTER_ROLE;"
    )


def test_a_role_without_the_right_deploys_nothing_until_another_role_gives_it(demo: Demo) -> None:
    for sql in (
        "CREATE ROLE TEAM",
        "CREATE ROLE RUNS_TASKS",
        "GRANT ROLE RUNS_TASKS TO ROLE TEAM",
        "GRANT ROLE TEAM TO USER PRESENTER",
        "GRANT CREATE DATABASE ON ACCOUNT TO ROLE TEAM",
        "GRANT USAGE, CREATE SCHEMA ON DATABASE DATA_ENG_DEMO TO ROLE TEAM",
        "GRANT USAGE ON WAREHOUSE DATA_ENG_XFORM_WH TO ROLE TEAM",
        "GRANT USAGE ON WAREHOUSE DATA_ENG_ANALYTICS_WH TO ROLE TEAM",
        "USE ROLE TEAM",
    ):
        demo.ask(sql)
    with pytest.raises(DemoError, match=r"^Role TEAM cannot run tasks: .*GRANT EXECUTE TASK ON ACCOUNT TO ROLE TEAM;$"):
        deploy(demo)
    assert "FACTSET" not in {row["name"] for row in demo.ask("SHOW SCHEMAS IN DATABASE DATA_ENG_DEMO")}
    assert active(demo) == "ALL"
    demo.ask("GRANT EXECUTE TASK ON ACCOUNT TO ROLE RUNS_TASKS")
    deploy(demo)
    assert {task["owner"] for task in demo.ask("SHOW TASKS IN SCHEMA DATA_ENG_DEMO.FACTSET")} == {"TEAM"}


def active(demo: Demo) -> str:
    [row] = demo.ask("SELECT PARSE_JSON(CURRENT_SECONDARY_ROLES()):value::VARCHAR AS ACTIVE")
    return str(row["ACTIVE"])


@pytest.mark.parametrize("before", ["ALL", "NONE"])
def test_a_deployment_has_the_primary_role_alone_and_leaves_the_session_as_it_was(demo: Demo, before: str) -> None:
    demo.ask(f"USE SECONDARY ROLES {before}")
    first = active(demo)
    with primary_role_alone(demo):
        assert active(demo) == ""
    assert active(demo) == first
    deploy(demo)
    assert active(demo) == first


@pytest.mark.parametrize(
    ("told", "sent"),
    [
        ('{"roles":"A,B","value":"ALL"}', ["USE SECONDARY ROLES NONE", "USE SECONDARY ROLES ALL"]),
        ('{"roles":"A,my role","value":"A,my role"}', ["USE SECONDARY ROLES NONE", 'USE SECONDARY ROLES A, "my role"']),
        ('{"roles":"","value":""}', []),
        ("not JSON", ["USE SECONDARY ROLES NONE", "USE SECONDARY ROLES ALL"]),
        (None, ["USE SECONDARY ROLES NONE", "USE SECONDARY ROLES ALL"]),
    ],
)
def test_the_secondary_roles_are_put_back_as_they_were(told: str | None, sent: list[str]) -> None:
    asked: list[str] = []

    def execute(sql: str) -> list[Row]:
        asked.append(sql)
        return [{"ROLES": told}] if sql.startswith("SELECT") else []

    with pytest.raises(ZeroDivisionError), primary_role_alone(Demo(MANIFEST, Sender(execute), CONFIG)):
        raise ZeroDivisionError
    assert asked[1:] == sent


def test_a_session_that_must_keep_its_secondary_roles_deploys_and_says_so() -> None:
    def execute(sql: str) -> list[Row]:
        if sql.startswith("USE"):
            raise ProgrammingError("not with External OAuth", errno=3001)
        return [{"ROLES": '{"roles":"A","value":"ALL"}'}]

    heard: list[str] = []
    with primary_role_alone(Demo(MANIFEST, Sender(execute), CONFIG, heard.append)):
        pass
    assert len(heard) == 1
    assert heard[0].startswith("The secondary roles stay active, and the tasks will not have them: ")
