"""Cleanup, on the emulator: everything of ours goes, nothing else does, and the proof is shown."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from snowflake.connector.errors import ProgrammingError

from config import CONFIG
from src.config import Database, ResourceMonitor
from src.deployment.adoption import Intention
from src.deployment.cleanup import Drop, clean_up
from src.deployment.report import Report, as_json, as_text
from src.deployment.sending import Sender
from src.deployment.steps import batches
from src.utils.queries import Row

from .conftest import Command, Sql, snapshot

WITH_QUOTA = replace(CONFIG, resource_monitor=ResourceMonitor("DATA_ENG_MONITOR", credit_quota=10))

Prepare = Callable[[Command, Sql], None]


def fresh(command: Command, sql: Sql) -> None:
    """Nothing was ever set up."""


def full(command: Command, sql: Sql) -> None:
    command("full", WITH_QUOTA)


def quick(command: Command, sql: Sql) -> None:
    command("quick")


def in_use(command: Command, sql: Sql) -> None:
    command("full")
    sql("CREATE TABLE DATA_ENG_DEMO.CURATED.T (ID INTEGER)")
    sql("ALTER WAREHOUSE DATA_ENG_LOAD_WH RESUME")


def half_built(command: Command, sql: Sql) -> None:
    for statement in batches(WITH_QUOTA)[0] + batches(WITH_QUOTA)[1][:2]:
        sql(statement.sql)


def half_cleared(command: Command, sql: Sql) -> None:
    command("full")
    sql("DROP DATABASE DATA_ENG_DEMO")
    sql("DROP ROLE ANALYST_ROLE")


def already_clean(command: Command, sql: Sql) -> None:
    command("full")
    command("cleanup")


@pytest.mark.parametrize("prepare", [fresh, full, quick, in_use, half_built, half_cleared, already_clean])
def test_cleanup_leaves_nothing_from_any_state(prepare: Prepare, command: Command, sql: Sql, sender: Sender) -> None:
    before = snapshot(sender)
    prepare(command, sql)
    report = command("cleanup")
    assert (report.exit_code, report.left, report.proven) == (0, [], True)
    assert snapshot(sender) == before


def test_cleanup_finds_what_the_configuration_no_longer_names(command: Command, sender: Sender) -> None:
    before = snapshot(sender)
    command("full")
    factset = replace(CONFIG.factset, monitoring_warehouse=None)
    edited = replace(CONFIG, warehouses=CONFIG.warehouses[1:2], roles=(), factset=factset)
    assert command("cleanup", edited).exit_code == 0
    assert snapshot(sender) == before


def test_cleanup_takes_a_demos_own_databases_along(command: Command, sql: Sql, sender: Sender) -> None:
    before = snapshot(sender)
    command("full")
    sql("CREATE DATABASE ETF_DATA COMMENT = 'Simulated. [data-eng-demo DATA_ENG_DEMO factset_etf_iceberg]'")
    assert command("cleanup").exit_code == 0
    assert snapshot(sender) == before


def test_a_database_in_a_share_of_ours_drops_the_share_first(command: Command, sql: Sql, sender: Sender) -> None:
    before = snapshot(sender)
    command("full")
    sql("CREATE SHARE OUT COMMENT = 'x [data-eng-demo DATA_ENG_DEMO full]'")
    sql("GRANT USAGE ON DATABASE DATA_ENG_DEMO TO SHARE OUT")
    report = command("cleanup")
    assert (report.exit_code, report.counts) == (0, {"dropped": 7})
    assert sql("SHOW SHARES LIKE 'OUT'") == []
    assert snapshot(sender) == before


@pytest.mark.usefixtures("built")
def test_a_database_in_a_share_of_others_is_left_with_what_is_in_force_in_it(command: Command, sql: Sql) -> None:
    sql("CREATE TASK DATA_ENG_DEMO.CURATED.J WAREHOUSE = DATA_ENG_LOAD_WH SCHEDULE = '60 MINUTES' AS SELECT 1")
    sql("CREATE ROLE THEIRS")
    sql("GRANT USAGE ON DATABASE DATA_ENG_DEMO TO ROLE THEIRS")
    sql("CREATE SHARE THEIRS")
    sql("GRANT USAGE ON DATABASE DATA_ENG_DEMO TO SHARE THEIRS")
    report = command("cleanup")
    assert report.exit_code == 1
    assert report.left[:2] == ["DATABASE DATA_ENG_DEMO", "TASK DATA_ENG_DEMO.CURATED.J (suspended)"]
    assert "STAGE DATA_ENG_DEMO.RAW_DATA.CSV_STAGE with its files" in report.left
    assert "GRANT USAGE ON DATABASE DATA_ENG_DEMO TO ROLE THEIRS" in report.left
    assert not any("ANALYST_ROLE" in line for line in report.left)
    assert "THEIRS" in report.failures[0].message


@pytest.mark.usefixtures("built")
def test_what_is_not_ours_stays_and_is_named(command: Command, sql: Sql) -> None:
    sql("ALTER WAREHOUSE DATA_ENG_LOAD_WH SET COMMENT = 'Mine now.'")
    sql("CREATE DATABASE SANDBOX")
    report = command("cleanup")
    assert report.exit_code == 4
    assert report.refusals == [
        "WAREHOUSE DATA_ENG_LOAD_WH does not carry this deployment's stamp, so it was not dropped. "
        "If it is not needed, run DROP WAREHOUSE DATA_ENG_LOAD_WH."
    ]
    assert report.counts == {"dropped": 5}
    assert [row["name"] for row in sql("SHOW WAREHOUSES")] == ["DATA_ENG_LOAD_WH"]
    assert [row["name"] for row in sql("SHOW DATABASES")] == ["SANDBOX"]


def test_after_quick_a_role_of_others_is_no_concern(command: Command, sql: Sql) -> None:
    sql("CREATE ROLE ANALYST_ROLE")
    command("quick")
    assert command("cleanup").exit_code == 0


def test_a_stamped_object_with_a_strange_name_is_dropped_by_exactly_that_name(
    command: Command, sql: Sql, sender: Sender
) -> None:
    before = snapshot(sender)
    sql("""CREATE WAREHOUSE "my ""wh"" ; x" COMMENT = 'x [data-eng-demo DATA_ENG_DEMO full]'""")
    assert command("cleanup").exit_code == 0
    assert snapshot(sender) == before


@pytest.mark.usefixtures("built")
def test_one_error_never_strands_the_rest(command: Command, sender: Sender) -> None:

    def execute(sql: str) -> list[Row]:
        if sql == "DROP WAREHOUSE IF EXISTS DATA_ENG_LOAD_WH":
            raise ProgrammingError("It is busy.", errno=1234)
        return sender.execute(sql)

    report = Report("cleanup")
    clean_up(replace(sender, execute=execute, answers=[], waves=0), CONFIG, report)
    assert [str(one) for one in report.failures] == ["WAREHOUSE DATA_ENG_LOAD_WH"]
    assert (report.left, report.exit_code) == (["WAREHOUSE DATA_ENG_LOAD_WH"], 1)
    assert report.counts == {"dropped": 5, "failed": 1}


@pytest.mark.usefixtures("built")
def test_what_is_gone_in_the_meantime_counts_as_dropped(command: Command, sql: Sql, sender: Sender) -> None:
    sql("CREATE SHARE OUT COMMENT = 'x [data-eng-demo DATA_ENG_DEMO full]'")

    def execute(text: str) -> list[Row]:
        if text == "DROP SHARE OUT":
            sql(text)
        return sender.execute(text)

    report = Report("cleanup")
    clean_up(replace(sender, execute=execute, answers=[], waves=0), CONFIG, report)
    assert (report.exit_code, report.counts) == (0, {"dropped": 7})


@pytest.mark.usefixtures("built")
def test_cleanup_of_a_renamed_database_is_another_deployment(command: Command, sender: Sender) -> None:
    ours = snapshot(sender)
    other = replace(CONFIG, database=Database("OTHER", retention_days=1))
    report = command("cleanup", other)
    assert report.exit_code == 4
    assert report.refusals == [
        "Nothing carries the stamp of OTHER. WAREHOUSE DATA_ENG_ANALYTICS_WH, WAREHOUSE DATA_ENG_LOAD_WH, "
        "WAREHOUSE DATA_ENG_XFORM_WH, ROLE ANALYST_ROLE, ROLE DATA_ENG_ROLE carry that of DATA_ENG_DEMO, which was set "
        "up under that name. Pass --deployment DATA_ENG_DEMO to remove that one."
    ]
    assert "0 dropped" not in as_text(report)
    assert snapshot(sender) == ours


def test_the_deployment_from_before_a_rename_is_removed_by_its_name(command: Command, sender: Sender) -> None:
    before = snapshot(sender)
    command("full")
    other = replace(CONFIG, database=Database("OTHER", retention_days=1))
    report = command("cleanup", other, deployment="DATA_ENG_DEMO")
    assert (report.exit_code, report.left, report.deployment) == (0, [], "DATA_ENG_DEMO")
    assert snapshot(sender) == before


def test_the_deployment_from_before_a_rename_is_offered_to_a_person(command: Command, sender: Sender) -> None:
    before = snapshot(sender)
    command("full")
    ours = snapshot(sender)
    other = replace(CONFIG, database=Database("OTHER", retention_days=1))
    asked: list[str] = []

    def answer(yes: bool, planned: Sequence[Intention]) -> bool:
        asked.extend(f"{one.verb} {one}" for one in planned)
        return yes

    assert command("cleanup", other, ask=partial(answer, False)).error == "Nothing was dropped: the answer was no."
    assert snapshot(sender) == ours
    report = command("cleanup", other, ask=partial(answer, True))
    assert (report.exit_code, report.left, report.deployment) == (0, [], "DATA_ENG_DEMO")
    assert asked[0].startswith("remove the deployment that is here instead: Nothing carries the stamp of OTHER.")
    assert snapshot(sender) == before


def test_what_was_adopted_before_a_rename_is_dropped_where_that_is_asked_for(command: Command, sender: Sender) -> None:
    before = snapshot(sender)
    sender.execute("CREATE WAREHOUSE DATA_ENG_LOAD_WH")
    command("full", adopt=True)
    other = replace(CONFIG, database=Database("OTHER", retention_days=1))
    report = command("cleanup", other, ask=lambda planned: True, drop_adopted=True)
    assert (report.exit_code, report.left) == (0, [])
    assert snapshot(sender) == before


def test_a_deployment_with_other_names_is_mentioned_and_stays(command: Command, sender: Sender) -> None:
    command("full", prefix="BOB")
    bobs = snapshot(sender)
    report = command("cleanup")
    assert (report.exit_code, report.warnings) == (
        0,
        [
            "The deployment BOB_DATA_ENG_DEMO is here (1 database, 3 warehouses, 2 roles). "
            "If it is yours, --deployment BOB_DATA_ENG_DEMO removes it."
        ],
    )
    assert snapshot(sender) == bobs


@pytest.mark.usefixtures("built")
def test_on_an_account_a_person_is_asked_with_row_counts(command: Command, sql: Sql, as_an_account: str) -> None:
    sql("USE WAREHOUSE DATA_ENG_LOAD_WH")
    sql("CREATE TABLE DATA_ENG_DEMO.CURATED.T AS SELECT 1 AS ID UNION ALL SELECT 2")
    asked: list[str] = []

    def say_no(doomed: list[Drop]) -> bool:
        asked.extend(map(str, doomed))
        return False

    report = command("cleanup", connection_name=as_an_account, ask=say_no)
    assert asked == [
        "DATABASE DATA_ENG_DEMO with 1 tables, 2 rows",
        "WAREHOUSE DATA_ENG_ANALYTICS_WH",
        "WAREHOUSE DATA_ENG_LOAD_WH",
        "WAREHOUSE DATA_ENG_XFORM_WH",
        "ROLE ANALYST_ROLE",
        "ROLE DATA_ENG_ROLE",
    ]
    assert (report.exit_code, report.error) == (4, "Nothing was dropped: the answer was no.")
    assert command("validate").exit_code == 0


@pytest.mark.usefixtures("built")
def test_on_an_account_yes_drops(command: Command, as_an_account: str) -> None:
    assert command("cleanup", connection_name=as_an_account, ask=lambda doomed: True).counts == {"dropped": 6}


@pytest.mark.usefixtures("built")
def test_on_an_account_the_option_yes_asks_no_one(command: Command, as_an_account: str) -> None:
    assert command("cleanup", connection_name=as_an_account, yes=True).counts == {"dropped": 6}


def test_on_an_account_the_summary_says_how_to_undo_and_until_when(command: Command, as_an_account: str) -> None:
    command("quick")
    before = datetime.now(UTC)
    report = command("cleanup", connection_name=as_an_account, yes=True)
    [hint] = json.loads(as_json(report))["undrop"]
    assert hint["sql"] == "UNDROP DATABASE DATA_ENG_DEMO"
    assert (
        timedelta(days=1) <= datetime.fromisoformat(hint["until"]) - before.replace(microsecond=0) < timedelta(days=1.1)
    )
    until = report.undrops[0].until
    assert (
        f"UNDROP DATABASE DATA_ENG_DEMO brings it back, with its rows, until {until:%Y-%m-%d %H:%M} UTC\n"
        "Warehouses, roles, shares and resource monitors have no UNDROP; files on internal stages are gone.\n"
    ) in as_text(report)


@pytest.mark.usefixtures("built")
def test_on_the_emulator_what_the_summary_says_brings_everything_back(command: Command, sql: Sql) -> None:
    sql("CREATE TABLE DATA_ENG_DEMO.CURATED.T AS SELECT 5 AS A")
    [hint] = command("cleanup").undrops
    assert hint.sql == "UNDROP DATABASE DATA_ENG_DEMO"
    sql(hint.sql)
    assert command("full").exit_code == 0
    assert command("validate").exit_code == 0
    sql("USE WAREHOUSE DATA_ENG_LOAD_WH")
    assert [row["A"] for row in sql("SELECT A FROM DATA_ENG_DEMO.CURATED.T")] == [5]


def test_files_on_an_external_volume_are_said_to_be_out_of_reach(command: Command) -> None:
    outside = replace(CONFIG, factset=replace(CONFIG.factset, external_volume="LAKE"))
    command("quick", outside)
    report = command("cleanup", outside)
    assert report.exit_code == 0
    assert json.loads(as_json(report))["unprovable"] == [
        "files of dropped Iceberg tables may stay on external volume LAKE, and SQL cannot look at them. "
        "DESC EXTERNAL VOLUME LAKE names the place: look there for CONSTITUENTS_ICEBERG."
    ]


@pytest.mark.usefixtures("built")
def test_on_an_account_without_a_terminal_cleanup_refuses_before_it_connects(
    command: Command, as_an_account: str
) -> None:
    report = command("cleanup", connection_name=as_an_account)
    assert report.exit_code == 4
    assert report.error == (
        'Cleanup on the Snowflake connection "presales" drops objects, and without a terminal there is no one to ask. '
        "Nothing was dropped. Pass --yes."
    )
    assert report.statements == 0
    assert command("validate").exit_code == 0
