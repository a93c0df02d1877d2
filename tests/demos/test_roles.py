"""Deploying with the primary role alone, and only where it may run tasks."""

from dataclasses import replace

import pytest
from snowflake.connector.errors import ProgrammingError

from config import CONFIG
from demos.factset_etf_iceberg.manifest import MANIFEST
from src.demo_kit.deployment import deploy
from src.demo_kit.preflight import require_all
from src.demo_kit.roles import primary_role_alone
from src.demo_kit.session import Demo
from src.deployment.sending import Sender
from src.utils.errors import DemoError
from src.utils.queries import Row


def as_team(demo: Demo, *granted: str) -> None:
    """From here on the session has role TEAM, which is granted this: privileges on objects, or roles."""
    grants = [f"GRANT {one} TO ROLE TEAM" for one in granted]
    for sql in ("CREATE ROLE TEAM", "GRANT ROLE TEAM TO USER PRESENTER", *grants, "USE ROLE TEAM"):
        demo.ask(sql)


def test_a_role_without_the_right_deploys_nothing_until_another_role_gives_it(demo: Demo) -> None:
    demo.ask("CREATE ROLE RUNS_TASKS")
    as_team(
        demo,
        "ROLE RUNS_TASKS",
        "CREATE DATABASE ON ACCOUNT",
        "USAGE, CREATE SCHEMA ON DATABASE DATA_ENG_DEMO",
        "USAGE ON WAREHOUSE DATA_ENG_XFORM_WH",
        "USAGE ON WAREHOUSE DATA_ENG_ANALYTICS_WH",
    )
    with pytest.raises(DemoError) as caught:
        deploy(demo)
    assert str(caught.value) == (
        "Role TEAM lacks EXECUTE TASK on the account, which deploy needs. Nothing was changed. Ask an administrator to "
        "run: USE ROLE ACCOUNTADMIN; GRANT EXECUTE TASK ON ACCOUNT TO ROLE TEAM;"
    )
    assert "FACTSET" not in {row["name"] for row in demo.ask("SHOW SCHEMAS IN DATABASE DATA_ENG_DEMO")}
    assert active(demo) == "ALL"
    demo.ask("GRANT EXECUTE TASK ON ACCOUNT TO ROLE RUNS_TASKS")
    deploy(demo)
    assert {task["owner"] for task in demo.ask("SHOW TASKS IN SCHEMA DATA_ENG_DEMO.FACTSET")} == {"TEAM"}


def test_all_that_a_role_lacks_is_named_at_once_and_the_statements_that_are_printed_give_it(demo: Demo) -> None:
    as_team(
        demo,
        "USAGE ON DATABASE DATA_ENG_DEMO",
        "MONITOR ON WAREHOUSE DATA_ENG_XFORM_WH",
        "MONITOR ON WAREHOUSE DATA_ENG_ANALYTICS_WH",
    )
    with pytest.raises(DemoError) as caught:
        deploy(demo)
    assert str(caught.value).startswith(
        "Role TEAM lacks EXECUTE TASK on the account, USAGE on WAREHOUSE DATA_ENG_XFORM_WH, USAGE on WAREHOUSE "
        "DATA_ENG_ANALYTICS_WH, CREATE SCHEMA on DATABASE DATA_ENG_DEMO, CREATE DATABASE on the account, which deploy"
    )
    for sql in str(caught.value).partition(" to run: ")[2].split(";")[:-1]:
        demo.ask(sql.strip())
    demo.ask("USE ROLE TEAM")
    deploy(demo)


def test_a_volume_of_ones_own_takes_usage_and_its_want_is_told_before_anything_is_made(demo: Demo) -> None:
    for sql in (
        "CREATE EXTERNAL VOLUME LAKE STORAGE_LOCATIONS = ((NAME = 'A' STORAGE_PROVIDER = 'S3'"
        " STORAGE_BASE_URL = 's3://lake/' STORAGE_AWS_ROLE_ARN = 'arn:aws:iam::1:role/lake'))",
        "CREATE ROLE TEAM",
        "GRANT ROLE TEAM TO USER PRESENTER",
        "GRANT EXECUTE TASK ON ACCOUNT TO ROLE TEAM",
        "GRANT CREATE DATABASE ON ACCOUNT TO ROLE TEAM",
        "GRANT USAGE, CREATE SCHEMA ON DATABASE DATA_ENG_DEMO TO ROLE TEAM",
        "GRANT USAGE ON WAREHOUSE DATA_ENG_XFORM_WH TO ROLE TEAM",
        "GRANT USAGE ON WAREHOUSE DATA_ENG_ANALYTICS_WH TO ROLE TEAM",
        "USE ROLE TEAM",
    ):
        demo.ask(sql)
    told: list[str] = []
    named = replace(CONFIG, factset=replace(CONFIG.factset, external_volume="LAKE"))
    on_lake = replace(demo, config=named, role="TEAM", say=told.append)
    with pytest.raises(DemoError, match="LAKE"):
        deploy(on_lake)
    [warned] = [one for one in told if "lacks" in one]
    assert warned.startswith("Role TEAM lacks USAGE on EXTERNAL VOLUME LAKE (the Iceberg table, where")
    assert warned.endswith("USE ROLE ACCOUNTADMIN; GRANT USAGE ON EXTERNAL VOLUME LAKE TO ROLE TEAM;")
    for sql in ("USE ROLE ACCOUNTADMIN", "GRANT USAGE ON EXTERNAL VOLUME LAKE TO ROLE TEAM", "USE ROLE TEAM"):
        demo.ask(sql)
    told.clear()
    deploy(on_lake)
    assert not any("lacks" in one for one in told)


def test_a_deployment_that_another_role_owns_takes_its_schemas(demo: Demo) -> None:
    deploy(demo)
    as_team(
        demo,
        "EXECUTE TASK ON ACCOUNT",
        "USAGE ON DATABASE DATA_ENG_DEMO",
        "USAGE ON DATABASE ETF_DATA",
        "USAGE ON SCHEMA DATA_ENG_DEMO.FACTSET",
        "USAGE ON SCHEMA DATA_ENG_DEMO.ICEBERG",
        "USAGE ON WAREHOUSE DATA_ENG_XFORM_WH",
        "USAGE ON WAREHOUSE DATA_ENG_ANALYTICS_WH",
    )
    with pytest.raises(DemoError) as caught:
        deploy(demo)
    assert str(caught.value).startswith(
        "Role TEAM lacks OWNERSHIP on SCHEMA DATA_ENG_DEMO.FACTSET, OWNERSHIP on SCHEMA DATA_ENG_DEMO.ICEBERG, which"
    )


def test_what_a_deployment_stands_on_is_looked_at_once(demo: Demo) -> None:
    with Sender(demo.ask) as sender:
        require_all(replace(demo, role="ACCOUNTADMIN", sender=sender), "auto", ())
    assert (sender.waves, sender.depth, sender.sent) == (1, 1, 4)


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
