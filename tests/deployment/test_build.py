"""Full and quick, on the emulator: complete, convergent, refusing what is not ours."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from snowflake.connector.errors import OperationalError, ProgrammingError

from config import CONFIG
from src.config import DemoConfig, ResourceMonitor
from src.deployment.build import build
from src.deployment.report import Report
from src.deployment.sending import Sender
from src.deployment.steps import batches
from src.emulator.protocol.serving import Address, emulator
from src.emulator.protocol.serving import Options as Account
from src.utils.hints import typed
from src.utils.queries import Row

from .conftest import Command, Sql, snapshot

STATEMENTS = [statement for batch in batches(CONFIG) for statement in batch]
WITH_QUOTA = replace(CONFIG, resource_monitor=ResourceMonitor("DATA_ENG_MONITOR", credit_quota=10))
STANDARD = Account(edition="STANDARD")
NO_ROLES = Account(may_create_roles=False)


def test_full_creates_everything_and_the_second_full_changes_nothing(command: Command) -> None:
    first = command("full")
    assert (first.exit_code, first.counts) == (0, {"created": len(STATEMENTS)})
    second = command("full")
    assert (second.exit_code, second.counts) == (0, {"unchanged": len(STATEMENTS)})


def test_what_full_sends_is_what_its_dry_run_prints(command: Command, sql: Sql) -> None:
    printed = command("full", dry_run=True).script.rstrip("\n").split("\n\n")
    command("full")
    history = sql("SELECT QUERY_TEXT FROM TABLE(DATA_ENG_DEMO.INFORMATION_SCHEMA.QUERY_HISTORY(RESULT_LIMIT => 1000))")
    sent = [row["QUERY_TEXT"] for row in history if not row["QUERY_TEXT"].upper().startswith(("SHOW ", "SELECT "))]
    assert sorted(f"{text};" for text in sent) == sorted(part for part in printed if not part.startswith("--"))


def test_the_warehouses_are_as_the_demo_needs_them(command: Command, sql: Sql) -> None:
    command("full")
    shown = [(row["name"], row["state"], row["size"], row["auto_suspend"]) for row in sql("SHOW WAREHOUSES")]
    assert shown == [
        ("DATA_ENG_ANALYTICS_WH", "SUSPENDED", "X-Small", 60),
        ("DATA_ENG_LOAD_WH", "SUSPENDED", "Medium", 300),
        ("DATA_ENG_XFORM_WH", "SUSPENDED", "Large", 300),
    ]


FOREIGN = [
    ("CREATE DATABASE DATA_ENG_DEMO", "DATABASE DATA_ENG_DEMO"),
    ("CREATE WAREHOUSE DATA_ENG_LOAD_WH INITIALLY_SUSPENDED = TRUE", "WAREHOUSE DATA_ENG_LOAD_WH"),
    (
        "CREATE WAREHOUSE DATA_ENG_LOAD_WH COMMENT = 'x [data-eng-demo BOB_DATA_ENG_DEMO full]'",
        "WAREHOUSE DATA_ENG_LOAD_WH",
    ),
    ("CREATE ROLE ANALYST_ROLE COMMENT = 'The bank''s own.'", "ROLE ANALYST_ROLE"),
]
BOBS = (
    "does not carry this deployment's stamp, but that of BOB_DATA_ENG_DEMO, which was set up under that name. Nothing "
    "was changed. If that one is yours, --mode cleanup --deployment BOB_DATA_ENG_DEMO removes it. "
)


@pytest.mark.parametrize(("theirs", "object_"), FOREIGN, ids=[theirs for theirs, _ in FOREIGN])
def test_an_object_that_is_not_ours_is_refused_and_nothing_is_sent(
    theirs: str, object_: str, command: Command, sql: Sql, sender: Sender
) -> None:
    sql(theirs)
    before = snapshot(sender)
    report = command("full")
    assert report.exit_code == 4
    whose = BOBS if "BOB" in theirs else "does not carry this deployment's stamp. Nothing was changed. "
    assert report.refusals == [
        f"{object_} exists and {whose}Pass --adopt to take it over, or --prefix NAME to build beside it."
    ]
    assert (report.outcomes, snapshot(sender)) == ([], before)


@pytest.mark.parametrize(("theirs", "object_"), FOREIGN, ids=[theirs for theirs, _ in FOREIGN])
def test_adopt_takes_over_what_is_not_ours(theirs: str, object_: str, command: Command, sql: Sql) -> None:
    sql(theirs)
    adopted = command("full", adopt=True)
    assert adopted.exit_code == 0
    assert {one.name for one in adopted.outcomes if one.result == "changed"} == {object_.split()[-1]}
    assert command("validate").exit_code == 0


@pytest.mark.parametrize("account", [STANDARD])
def test_standard_edition_keeps_one_day_and_says_so(account: Account, command: Command, sql: Sql) -> None:
    report = command("full")
    warehouses = len(CONFIG.warehouses)
    assert (report.exit_code, report.counts) == (0, {"created": len(STATEMENTS) - warehouses, "skipped": warehouses})
    assert report.warnings[0] == (
        "This account's edition refuses 90 days of Time Travel: DATA_ENG_DEMO keeps 1. "
        "Enterprise edition allows up to 90."
    )
    (database,) = sql("SHOW DATABASES LIKE 'DATA_ENG_DEMO'")
    assert database["retention_time"] == "1"
    assert database["comment"].endswith("[data-eng-demo DATA_ENG_DEMO full standard]")
    assert command("validate").exit_code == 0


@pytest.mark.parametrize("account", [STANDARD])
def test_an_edition_without_query_acceleration_is_a_note_and_no_failure(account: Account, command: Command) -> None:
    report = command("full")
    assert sorted(report.warnings)[0] == (
        "QUERY ACCELERATION DATA_ENG_ANALYTICS_WH was skipped: 001423 (22023): SQL compilation error: invalid "
        "property 'ENABLE_QUERY_ACCELERATION'; feature 'Query Acceleration Service' not enabled. (an edition without "
        "Query Acceleration has nothing to turn off)"
    )
    assert command("validate").exit_code == 0


@pytest.mark.parametrize("account", [STANDARD])
def test_standard_edition_is_asked_again_and_counts_as_unchanged(account: Account, command: Command) -> None:
    command("full")
    again = command("full")
    assert (again.exit_code, again.counts, len(again.warnings)) == (0, {"unchanged": len(STATEMENTS)}, 1)


def test_an_account_that_is_upgraded_gets_its_ninety_days(
    address: Address,
    command: Command,
    sql: Sql,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path_factory.mktemp("upgraded") / "state"
    monkeypatch.setenv("DATA_ENG_DEMO_STATE", str(folder))
    with emulator(folder, options=STANDARD):
        command("full")
    with emulator(folder, options=Account(edition="ENTERPRISE")):
        report = command("full")
    assert report.counts == {"changed": 1, "unchanged": len(STATEMENTS) - 1}
    assert report.warnings == []


@pytest.mark.parametrize("account", [NO_ROLES])
def test_without_the_right_to_create_roles_they_are_skipped_with_a_warning(account: Account, command: Command) -> None:
    report = command("full")
    assert report.exit_code == 0
    assert {one.kind for one in report.outcomes if one.result == "skipped"} == {"ROLE", "GRANT"}
    assert {one.kind for one in report.outcomes if one.result == "created"} == {
        "DATABASE",
        "SCHEMA",
        "WAREHOUSE",
        "QUERY ACCELERATION",
        "STAGE",
        "FILE FORMAT",
    }
    assert len(report.warnings) == 2
    assert report.warnings[0].startswith("ROLE ")
    assert report.warnings[0].endswith("(the presenter's own role runs the demo)")


def test_a_resource_monitor_comes_and_goes_with_its_quota(command: Command, sql: Sql) -> None:
    assert command("full", WITH_QUOTA).exit_code == 0
    (monitor,) = sql("SHOW RESOURCE MONITORS")
    assert (monitor["name"], monitor["credit_quota"]) == ("DATA_ENG_MONITOR", "10.00")
    assert {row["resource_monitor"] for row in sql("SHOW WAREHOUSES")} == {"DATA_ENG_MONITOR"}
    assert set(command("full", WITH_QUOTA).counts) == {"unchanged"}
    more = replace(WITH_QUOTA, resource_monitor=ResourceMonitor("DATA_ENG_MONITOR", credit_quota=20))
    assert command("full", more).counts["changed"] == 1
    assert command("full").counts["dropped"] == 1
    assert sql("SHOW RESOURCE MONITORS") == []


def test_a_resource_monitor_that_others_use_is_refused(command: Command, sql: Sql) -> None:
    sql("CREATE RESOURCE MONITOR DATA_ENG_MONITOR WITH CREDIT_QUOTA = 5")
    sql("CREATE WAREHOUSE THEIRS INITIALLY_SUSPENDED = TRUE RESOURCE_MONITOR = DATA_ENG_MONITOR")
    report = command("full", WITH_QUOTA)
    assert report.exit_code == 4
    assert report.refusals[0].startswith("RESOURCE MONITOR DATA_ENG_MONITOR exists")


@pytest.mark.parametrize("batch", range(4))
def test_a_half_built_account_is_completed(batch: int, command: Command, sql: Sql) -> None:
    for half in batches(CONFIG)[: batch + 1]:
        for statement in half[:-1]:
            sql(statement.sql)
        if half is not batches(CONFIG)[batch]:
            sql(half[-1].sql)
    assert command("full").exit_code == 0
    assert command("validate").exit_code == 0


Break = Callable[[str, Callable[[], BaseException]], Sender]


@pytest.fixture
def broken(sender: Sender) -> Break:
    """A sender on which the statements that a pattern finds raise an error, as often as there are errors."""

    def make(pattern: str, error: Callable[[], BaseException]) -> Sender:
        def execute(sql: str) -> list[Row]:
            if re.search(pattern, sql):
                raise error()
            return sender.execute(sql)

        return replace(sender, execute=execute, pause=lambda seconds: None, answers=[], waves=0)

    return make


def test_one_failure_strands_only_what_needs_the_object(broken: Break) -> None:
    failing = broken(r"CREATE OR ALTER SCHEMA \S+CURATED", lambda: ProgrammingError("No room.", errno=1234))
    report = Report("full")
    build(failing, CONFIG, report)
    assert [(str(one), one.message) for one in report.failures] == [
        ("SCHEMA DATA_ENG_DEMO.CURATED", "001234: No room.")
    ]
    skipped = {str(one) for one in report.outcomes if one.result == "skipped"}
    assert skipped
    assert all(".CURATED " in name for name in skipped)
    assert report.exit_code == 1
    assert len(report.outcomes) == len(STATEMENTS)


def test_a_failure_that_passes_is_tried_again(sender: Sender) -> None:
    errors = [OperationalError("The network is down.", errno=250003)] * 2

    def execute(sql: str) -> list[Row]:
        if sql.startswith("CREATE OR ALTER DATABASE") and errors:
            raise errors.pop()
        return sender.execute(sql)

    flaky = replace(sender, execute=execute, pause=lambda seconds: None, answers=[])
    report = Report("full")
    build(flaky, CONFIG, report)
    assert report.exit_code == 0
    (database,) = [answer for answer in flaky.answers if answer.sql.startswith("CREATE OR ALTER DATABASE")]
    assert database.attempts == 3


def test_a_failure_that_stays_is_reported_after_three_attempts(broken: Break) -> None:
    failing = broken("CREATE OR ALTER DATABASE", lambda: OperationalError("The network is down.", errno=250003))
    report = Report("full")
    build(failing, CONFIG, report)
    (database,) = [answer for answer in failing.answers if answer.sql.startswith("CREATE OR ALTER DATABASE")]
    assert database.attempts == 3
    assert report.exit_code == 1


def test_a_success_that_is_not_there_is_a_failure(sender: Sender) -> None:
    def execute(sql: str) -> list[Row]:
        return [] if sql.startswith("CREATE OR ALTER STAGE DATA_ENG_DEMO.RAW_DATA.CSV_STAGE") else sender.execute(sql)

    without_stage_grants = replace(CONFIG, roles=())
    report = Report("full")
    build(replace(sender, execute=execute, answers=[], waves=0), without_stage_grants, report)
    assert [(str(one), one.message) for one in report.failures] == [
        (
            "STAGE DATA_ENG_DEMO.RAW_DATA.CSV_STAGE",
            "Sent without an error, and yet: STAGE DATA_ENG_DEMO.RAW_DATA.CSV_STAGE should be present, and is absent.",
        )
    ]
    assert report.exit_code == 1


def test_two_prefixes_live_side_by_side(command: Command, sender: Sender) -> None:
    assert command("full", prefix="ALICE").exit_code == 0
    alices = snapshot(sender)
    assert command("full", prefix="BOB").exit_code == 0
    assert command("validate", prefix="ALICE").exit_code == 0
    assert command("cleanup", prefix="BOB").exit_code == 0
    assert snapshot(sender) == alices


@pytest.mark.parametrize("config", [CONFIG, CONFIG.with_prefix("ALICE")])
def test_validate_creates_nothing(config: DemoConfig, command: Command, sender: Sender) -> None:
    before = snapshot(sender)
    report = command("validate", config)
    assert report.exit_code == 3
    assert report.warnings == [
        f"{config.database.name} is not set up here. Run: {typed('python setup.py --mode full')}"
    ]
    assert snapshot(sender) == before
