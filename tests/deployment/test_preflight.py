"""What the role lacks is named at once, before the first change, and the statements that are printed give it."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config import CONFIG
from src.config import DemoConfig
from src.data_sharing.command_line import share as sharing
from src.deployment.build import needs, planned
from src.deployment.command_line import plan as planning
from src.deployment.comparison import compare
from src.deployment.inspection import probes
from src.deployment.report import Report
from src.deployment.steps import batches
from src.emulator.protocol.serving import Address
from src.infrastructure.states import Snapshot
from src.pipelines.command_line import pipelines
from src.utils.needs import line
from tests.people import make_user, statements_of_the_guide

from .conftest import Command, Sql, connections_toml

Alone = Callable[..., Report]
LOOKS = len(probes(CONFIG))


@pytest.fixture
def alone(address: Address, command: Command, monkeypatch: pytest.MonkeyPatch) -> Alone:
    """Runs setup.py as a user with one role and no secondary roles."""

    def run(mode: str, role: str = "DEPLOYER", config: DemoConfig = CONFIG) -> Report:
        parameters = address.parameters | {"user": role, "role": role, "platform_detection_timeout_seconds": 0}
        monkeypatch.setenv("SNOWFLAKE_CONNECTIONS", connections_toml("demo", parameters))
        return command(mode, config, connection_name="demo")

    return run


def with_role(address: Address, *grants: str, role: str = "DEPLOYER") -> None:
    user = f"CREATE USER {role} DEFAULT_ROLE = {role} DEFAULT_SECONDARY_ROLES = ()"
    make_user(address, f"{role}_TOO", role, f"CREATE ROLE {role}", user, f"GRANT ROLE {role} TO USER {role}", *grants)


def statements(said: str) -> list[str]:
    """The statements that an administrator is asked to run."""
    return [sql.strip() for sql in said.partition(" to run: ")[2].split(";") if sql.strip()]


def test_a_role_that_lacks_everything_is_told_all_of_it_and_nothing_is_changed(
    address: Address, alone: Alone, sql: Sql
) -> None:
    with_role(address)
    report = alone("full")
    assert (report.exit_code, report.outcomes, report.waves) == (1, [], 2)
    assert report.error == (
        "Role DEPLOYER lacks CREATE DATABASE on the account, CREATE WAREHOUSE on the account, which full needs. It "
        "would do without CREATE ROLE on the account, EXECUTE TASK on the account WITH GRANT OPTION. Nothing was "
        "changed. Ask an administrator to run: USE ROLE ACCOUNTADMIN; GRANT CREATE DATABASE, CREATE WAREHOUSE, CREATE "
        "ROLE ON ACCOUNT TO ROLE DEPLOYER; GRANT EXECUTE TASK ON ACCOUNT TO ROLE DEPLOYER WITH GRANT OPTION;"
    )
    for statement in statements(report.error):
        sql(statement)
    report = alone("full")
    assert (report.exit_code, report.warnings) == (0, [])


# What is taken from the guide's role, and what is lacking then: an error, or a warning of what is left out.
TAKEN = [
    ("CREATE DATABASE", "CREATE DATABASE on the account", 1),
    ("CREATE WAREHOUSE", "CREATE WAREHOUSE on the account", 1),
    ("CREATE ROLE", "CREATE ROLE on the account", 0),
    ("EXECUTE TASK", "EXECUTE TASK on the account WITH GRANT OPTION", 0),
    ("CREATE SHARE", "", 0),
]


@pytest.mark.parametrize(("privilege", "lacking", "exit_code"), TAKEN)
def test_each_privilege_of_the_guide_that_full_needs_is_missed_by_name(
    address: Address, alone: Alone, privilege: str, lacking: str, exit_code: int
) -> None:
    with_role(address, *statements_of_the_guide("DEPLOYER", "DEPLOYER")[1:])
    make_user(address, "ADMIN", "ACCOUNTADMIN", f"REVOKE {privilege} ON ACCOUNT FROM ROLE DEPLOYER")
    report = alone("full")
    assert report.exit_code == exit_code
    said = report.error or next(iter(report.warnings), "")
    assert said.startswith(f"Role DEPLOYER lacks {lacking}" if lacking else "")
    assert bool(said) == bool(lacking)


@pytest.mark.parametrize(
    "by", ["GRANT ROLE SYSADMIN TO ROLE DEPLOYER", "GRANT CREATE DATABASE, CREATE WAREHOUSE ON ACCOUNT TO ROLE PUBLIC"]
)
def test_what_comes_by_another_role_is_not_lacking_and_costs_no_round_trip(
    address: Address, alone: Alone, by: str
) -> None:
    with_role(address, "GRANT CREATE ROLE, MANAGE GRANTS ON ACCOUNT TO ROLE DEPLOYER", by)
    report = alone("full")
    assert (report.exit_code, report.warnings) == (0, [])
    assert (report.waves, report.round_trips) == (6, 9)
    assert alone("full").round_trips == 3


def test_a_full_that_changes_nothing_needs_nothing(address: Address, alone: Alone, command: Command) -> None:
    command("full")
    visible = (
        "GRANT MONITOR ON DATABASE DATA_ENG_DEMO TO ROLE GUEST",
        *(f"GRANT MONITOR ON SCHEMA DATA_ENG_DEMO.{one.name} TO ROLE GUEST" for one in CONFIG.schemas),
        *(f"GRANT MONITOR ON WAREHOUSE {one.name} TO ROLE GUEST" for one in CONFIG.warehouses),
        *(f"GRANT READ ON STAGE DATA_ENG_DEMO.{one.schema}.{one.name} TO ROLE GUEST" for one in CONFIG.stages),
        *(
            f"GRANT USAGE ON FILE FORMAT DATA_ENG_DEMO.{one.schema}.{one.name} TO ROLE GUEST"
            for one in CONFIG.file_formats
        ),
    )
    with_role(address, *visible, role="GUEST")
    report = alone("full", "GUEST")
    assert (report.exit_code, list(report.counts), report.waves) == (0, ["unchanged"], 1)


def test_what_another_role_owns_and_would_be_changed_is_named(
    address: Address, alone: Alone, command: Command, sql: Sql
) -> None:
    command("full")
    [first, *others] = CONFIG.warehouses
    [schema, *_] = CONFIG.schemas
    changed = replace(
        CONFIG,
        warehouses=(replace(first, auto_suspend_seconds=77), *others),
        schemas=(replace(schema, comment="Other."), *CONFIG.schemas[1:]),
    )
    with_role(
        address,
        "GRANT MONITOR ON DATABASE DATA_ENG_DEMO TO ROLE GUEST",
        *(f"GRANT MONITOR ON SCHEMA DATA_ENG_DEMO.{one.name} TO ROLE GUEST" for one in CONFIG.schemas),
        *(f"GRANT MONITOR ON WAREHOUSE {one.name} TO ROLE GUEST" for one in CONFIG.warehouses),
        *(f"GRANT READ ON STAGE DATA_ENG_DEMO.{one.schema}.{one.name} TO ROLE GUEST" for one in CONFIG.stages),
        role="GUEST",
    )
    report = alone("full", "GUEST", changed)
    assert report.exit_code == 1
    assert report.outcomes == []
    for lacks in (
        "CREATE FILE FORMAT on SCHEMA DATA_ENG_DEMO.RAW_DATA",
        f"MODIFY on WAREHOUSE {first.name}",
        "OWNERSHIP on SCHEMA DATA_ENG_DEMO.RAW_DATA",
    ):
        assert lacks in report.error
    assert statements(report.error) == [
        "USE ROLE ACCOUNTADMIN",
        f"GRANT MODIFY ON WAREHOUSE {first.name} TO ROLE GUEST",
        "GRANT OWNERSHIP ON SCHEMA DATA_ENG_DEMO.RAW_DATA TO ROLE GUEST COPY CURRENT GRANTS",
    ]
    for statement in statements(report.error):
        sql(statement)


def test_a_role_that_may_not_load_is_told_all_that_it_lacks(
    address: Address, alone: Alone, command: Command, sql: Sql, tmp_path: Path
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("ID,AMOUNT\n1,10\n")
    command("full")
    with_role(address, role="GUEST")
    alone("validate", "GUEST")
    done = load(file)
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1].startswith(
        "Role GUEST lacks USAGE on WAREHOUSE DATA_ENG_LOAD_WH, USAGE on DATABASE DATA_ENG_DEMO, USAGE on SCHEMA "
        "DATA_ENG_DEMO.RAW_DATA, CREATE TABLE on SCHEMA DATA_ENG_DEMO.RAW_DATA, USAGE on SCHEMA DATA_ENG_DEMO.CURATED, "
        "CREATE TABLE on SCHEMA DATA_ENG_DEMO.CURATED, READ on STAGE DATA_ENG_DEMO.RAW_DATA.CSV_STAGE, WRITE on STAGE "
        "DATA_ENG_DEMO.RAW_DATA.CSV_STAGE, USAGE on FILE FORMAT DATA_ENG_DEMO.RAW_DATA.CSV_BY_NAME_FORMAT, which load "
    )
    for statement in statements(done.stderr):
        sql(statement)
    assert load(file).exit_code == 0
    sql("REVOKE CREATE TABLE ON SCHEMA DATA_ENG_DEMO.RAW_DATA FROM ROLE GUEST")  # the table is there now
    done = load(file)
    assert done.exit_code == 0, done.stderr


def load(file: Path) -> Result:
    words = ["load", str(file), "--table", "ORDERS", "--key", "ID", "--connection_name", "demo"]
    return CliRunner().invoke(pipelines, words, obj=CONFIG)


def test_a_role_that_may_not_share_is_told_so_and_may_look(
    address: Address, alone: Alone, command: Command, sql: Sql
) -> None:
    command("full")
    sql("CREATE TABLE DATA_ENG_DEMO.CURATED.ORDERS (ID INT)")
    with_role(address, "GRANT USAGE ON WAREHOUSE DATA_ENG_ANALYTICS_WH TO ROLE GUEST", role="GUEST")
    alone("validate", "GUEST")
    words = ["create", "ORDERS_SHARE", "--table", "CURATED.ORDERS", "--connection_name", "demo"]
    done = CliRunner().invoke(sharing, words, obj=CONFIG)
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (
        1,
        "Role GUEST lacks CREATE SHARE on the account, which share needs. Nothing was changed. Ask an administrator to "
        "run: USE ROLE ACCOUNTADMIN; GRANT CREATE SHARE ON ACCOUNT TO ROLE GUEST;",
    )
    assert sql("SHOW SHARES") == []


def test_a_plan_says_what_full_would_be_refused_for(address: Address, alone: Alone) -> None:
    with_role(address, "GRANT CREATE DATABASE ON ACCOUNT TO ROLE DEPLOYER")
    alone("validate")
    words = ["--connection_name", "demo"]
    lacks = (
        "Role DEPLOYER lacks CREATE WAREHOUSE on the account, which full needs. It would do without CREATE ROLE on the "
        "account, EXECUTE TASK on the account WITH GRANT OPTION. Nothing was changed. Ask an administrator to run: "
    )
    done = CliRunner().invoke(planning, words, obj=CONFIG)
    assert (done.exit_code, done.stdout.splitlines()[0].startswith(f"lacks   {lacks}")) == (3, True)
    told = json.loads(CliRunner().invoke(planning, [*words, "--json"], obj=CONFIG).stdout)
    assert told["lacks"].startswith(lacks)
    make_user(address, "ADMIN", "ACCOUNTADMIN", *(statements(told["lacks"])[1:]))
    assert "lacks" not in CliRunner().invoke(planning, words, obj=CONFIG).stdout


def test_secondary_roles_count_for_what_is_changed(address: Address, command: Command) -> None:
    command("full")
    [first, *others] = CONFIG.warehouses
    with_role(address, "GRANT ROLE DEPLOYER TO USER PRESENTER")
    changed = replace(CONFIG, warehouses=(replace(first, auto_suspend_seconds=77), *others))
    report = command("full", changed, role="DEPLOYER")
    assert (report.exit_code, report.error) == (0, "")


def test_the_table_has_a_line_for_whatever_full_needs() -> None:
    monitored = replace(CONFIG, resource_monitor=replace(CONFIG.resource_monitor, credit_quota=10))
    desired = batches(monitored)
    empty = Snapshot()
    plan = planned([[compare(one, empty) for one in batch] for batch in desired], empty, monitored, everything=True)
    found = needs(plan)
    assert {str(one) for one in found} == {
        "CREATE DATABASE on the account",
        "CREATE WAREHOUSE on the account",
        "CREATE ROLE on the account",
        "EXECUTE TASK on the account WITH GRANT OPTION",
        "the role ACCOUNTADMIN",
    }
    assert all(line("full", one).optional == one.optional for one in found)
