"""Adopting, on the emulator: what is another's is named, kept, given back as it was, and dropped only when asked to."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from snowflake.connector.errors import ProgrammingError

from config import CONFIG
from src.config import ResourceMonitor, Stamp, keeping, read_stamp
from src.deployment.adoption import Intention
from src.deployment.cleanup import clean_up
from src.deployment.report import Report, as_json, as_text
from src.deployment.sending import Sender
from src.deployment.steps import batches
from src.infrastructure.kinds import BY_NAME
from src.utils.queries import Row

from .conftest import Command, Sql, snapshot

# A bank's own objects under our names: statements that make them, and what they must be like ever after.
THEIRS = (
    "CREATE DATABASE DATA_ENG_DEMO DATA_RETENTION_TIME_IN_DAYS = 7 COMMENT = 'The bank''s \"own\". Größe: 🏦'",
    "CREATE SCHEMA DATA_ENG_DEMO.RAW_DATA DATA_RETENTION_TIME_IN_DAYS = 3 COMMENT = 'Theirs [data-eng-demo BOB full]'",
    "CREATE FILE FORMAT DATA_ENG_DEMO.RAW_DATA.CSV_FORMAT TYPE = CSV "
    "FIELD_DELIMITER = ';' NULL_IF = ('\\\\\\\\N', 'x''y')",
    "CREATE STAGE DATA_ENG_DEMO.RAW_DATA.CSV_STAGE ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE')",
    "CREATE TABLE DATA_ENG_DEMO.RAW_DATA.CUSTOMERS AS SELECT 1 AS ID UNION ALL SELECT 2",
    "CREATE WAREHOUSE DATA_ENG_LOAD_WH WAREHOUSE_SIZE = 'X-LARGE' AUTO_SUSPEND = 1200 AUTO_RESUME = FALSE",
    "CREATE ROLE ANALYST_ROLE COMMENT = 'The bank''s own.'",
    "GRANT SELECT ON TABLE DATA_ENG_DEMO.RAW_DATA.CUSTOMERS TO ROLE ANALYST_ROLE",
    "GRANT MONITOR ON DATABASE DATA_ENG_DEMO TO ROLE ANALYST_ROLE",
    "GRANT USAGE ON DATABASE DATA_ENG_DEMO TO ROLE ANALYST_ROLE",
)


def shown(sql: Sql) -> dict[str, list[str]]:
    """Everything about the bank's objects that could change."""
    looks = (
        "SHOW DATABASES",
        "SHOW SCHEMAS IN DATABASE DATA_ENG_DEMO",
        "SHOW FILE FORMATS IN DATABASE DATA_ENG_DEMO",
        "SHOW STAGES IN DATABASE DATA_ENG_DEMO",
        "SHOW TABLES IN DATABASE DATA_ENG_DEMO",
        "SHOW WAREHOUSES",
        "SHOW PARAMETERS LIKE 'STATEMENT_TIMEOUT_IN_SECONDS' IN WAREHOUSE DATA_ENG_LOAD_WH",
        "SHOW ROLES",
        "SHOW GRANTS TO ROLE ANALYST_ROLE",
        "SHOW GRANTS OF ROLE ANALYST_ROLE",
        "SHOW FUTURE GRANTS TO ROLE ANALYST_ROLE",
    )
    return {look: sorted(_lasting(row) for row in sql(look)) for look in looks}


def _lasting(row: Row) -> str:
    passing = ("created_on", "updated_on", "resumed_on", "is_current", "is_default", "assigned_to_users", "state")
    return str({name: value for name, value in row.items() if name not in passing and "suspended" not in name})


@pytest.fixture
def theirs(sql: Sql) -> dict[str, list[str]]:
    for statement in THEIRS:
        sql(statement)
    sql("USE WAREHOUSE DATA_ENG_LOAD_WH")
    return shown(sql)


def test_what_was_adopted_comes_back_as_it_was(theirs: dict[str, list[str]], command: Command, sql: Sql) -> None:
    assert command("full", adopt=True).exit_code == 0
    assert command("validate").differences == []
    assert set(command("full").counts) == {"unchanged"}
    report = command("cleanup")
    assert (report.exit_code, report.left, report.proven) == (0, [], True)
    assert report.counts["given back"] == 6
    assert shown(sql) == theirs
    assert [row["ID"] for row in sql("SELECT ID FROM DATA_ENG_DEMO.RAW_DATA.CUSTOMERS ORDER BY ID")] == [1, 2]


def test_what_is_adopted_is_named_with_what_it_holds_and_each_value(
    theirs: dict[str, list[str]], command: Command
) -> None:
    report = command("full", adopt=True)
    assert report.adopted == [
        'DATABASE DATA_ENG_DEMO with 1 tables, 2 rows: retention_time 7 -> 90; comment "The bank\'s "own". Größe: 🏦" '
        '-> "Data engineering demos. [data-eng-demo DATA_ENG_DEMO full]"',
        "WAREHOUSE DATA_ENG_LOAD_WH: size X-Large -> Medium; generation 2 -> 1; auto_suspend 1200 -> 300; "
        "auto_resume false -> true; statement_timeout_in_seconds 172800 -> 3600; "
        'comment "" -> "Loads files. [data-eng-demo DATA_ENG_DEMO full]"; enable_query_acceleration true -> false',
        'ROLE ANALYST_ROLE: comment "The bank\'s own." -> '
        '"Reads curated data and analytics. [data-eng-demo DATA_ENG_DEMO full]"',
        "SCHEMA DATA_ENG_DEMO.RAW_DATA with 1 tables, 2 rows: retention_time 3 -> as the database; "
        'managed_access false -> true; comment "Theirs [data-eng-demo BOB full]" -> '
        '"Data as it arrived. [data-eng-demo DATA_ENG_DEMO full]"',
        'FILE FORMAT DATA_ENG_DEMO.RAW_DATA.CSV_FORMAT: comment "" -> "Comma-separated, columns by position; the '
        'header is skipped. [data-eng-demo DATA_ENG_DEMO full]"; FIELD_DELIMITER ";" -> ","; SKIP_HEADER 0 -> 1; '
        'FIELD_OPTIONALLY_ENCLOSED_BY "NONE" -> "\\""; NULL_IF ["\\\\\\\\N", "x\'y"] -> ["", "NULL"]',
        "STAGE DATA_ENG_DEMO.RAW_DATA.CSV_STAGE with 0 files: directory_enabled N -> Y; "
        'comment "" -> "CSV and pipe-delimited files. [data-eng-demo DATA_ENG_DEMO full]"',
    ]
    assert json.loads(as_json(report))["adopted"] == report.adopted
    assert f"Adopted: {report.adopted[0]}" in as_text(report)


def test_values_are_kept_from_the_first_adoption_on_whatever_is_configured_later(
    theirs: dict[str, list[str]], command: Command, sql: Sql
) -> None:
    command("full", adopt=True)
    command("quick")
    larger = replace(CONFIG, warehouses=tuple(replace(one, size="XXLARGE") for one in CONFIG.warehouses))
    assert command("full", larger).exit_code == 0
    assert command("validate", larger).differences == []
    assert command("cleanup").exit_code == 0
    assert shown(sql) == theirs


def test_a_role_gives_back_what_it_was_granted_on_what_stays(command: Command, sql: Sql) -> None:
    sql("CREATE DATABASE DATA_ENG_DEMO")
    sql("CREATE SCHEMA DATA_ENG_DEMO.RAW_DATA")
    sql("CREATE TABLE DATA_ENG_DEMO.RAW_DATA.CUSTOMERS (ID INTEGER)")
    sql("CREATE ROLE DATA_ENG_ROLE")
    sql("GRANT SELECT ON TABLE DATA_ENG_DEMO.RAW_DATA.CUSTOMERS TO ROLE DATA_ENG_ROLE")
    sql("GRANT CREATE TABLE ON SCHEMA DATA_ENG_DEMO.RAW_DATA TO ROLE DATA_ENG_ROLE")
    sql("GRANT SELECT ON FUTURE TABLES IN SCHEMA DATA_ENG_DEMO.RAW_DATA TO ROLE DATA_ENG_ROLE")
    looks = [f"SHOW {look} ROLE DATA_ENG_ROLE" for look in ("GRANTS TO", "FUTURE GRANTS TO", "GRANTS OF")]
    before = [sorted(map(_lasting, sql(look))) for look in looks]
    assert command("full", adopt=True).exit_code == 0
    assert command("full").counts.keys() == {"unchanged"}
    assert command("cleanup").exit_code == 0
    assert [sorted(map(_lasting, sql(look))) for look in looks] == before


def test_a_warehouse_gets_its_resource_monitor_back(command: Command, sql: Sql) -> None:
    sql("CREATE RESOURCE MONITOR THEIRS WITH CREDIT_QUOTA = 5")
    sql("CREATE WAREHOUSE DATA_ENG_LOAD_WH RESOURCE_MONITOR = THEIRS")
    sql("CREATE WAREHOUSE DATA_ENG_XFORM_WH")
    with_quota = replace(CONFIG, resource_monitor=ResourceMonitor("DATA_ENG_MONITOR", credit_quota=10))
    assert command("full", with_quota, adopt=True).exit_code == 0
    assert command("validate", with_quota).differences == []
    assert command("cleanup").exit_code == 0
    assert [(row["name"], row["resource_monitor"]) for row in sql("SHOW WAREHOUSES")] == [
        ("DATA_ENG_LOAD_WH", "THEIRS"),
        ("DATA_ENG_XFORM_WH", "null"),
    ]
    assert [row["name"] for row in sql("SHOW RESOURCE MONITORS")] == ["THEIRS"]


def test_a_resource_monitor_of_others_cannot_be_adopted(command: Command, sql: Sql) -> None:
    sql("CREATE RESOURCE MONITOR DATA_ENG_MONITOR WITH CREDIT_QUOTA = 5")
    sql("CREATE WAREHOUSE THEIRS RESOURCE_MONITOR = DATA_ENG_MONITOR")
    with_quota = replace(CONFIG, resource_monitor=ResourceMonitor("DATA_ENG_MONITOR", credit_quota=10))
    report = command("full", with_quota, adopt=True)
    assert (report.exit_code, report.outcomes) == (4, [])
    assert report.refusals == [
        "RESOURCE MONITOR DATA_ENG_MONITOR is in use by others and has no comment to keep its old values in, so that "
        "it cannot be adopted. Nothing was changed. Give it another name in config.py."
    ]


@pytest.mark.parametrize("inner", ["SCHEMA DATA_ENG_DEMO.RAW_DATA", "STAGE DATA_ENG_DEMO.RAW_DATA.CSV_STAGE"])
def test_a_database_of_ours_around_what_was_adopted_is_not_dropped(inner: str, command: Command, sql: Sql) -> None:
    command("full")
    sql(f"DROP {inner}")
    sql(f"CREATE {inner} COMMENT = 'Theirs.'" + " ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE')" * inner.startswith("STAGE"))
    assert command("full", adopt=True).exit_code == 0
    for _ in range(2):  # a second cleanup must not take what the first one left for its own
        report = command("cleanup")
        assert report.left == []
        assert [row["name"] for row in sql("SHOW SCHEMAS IN DATABASE DATA_ENG_DEMO")] == [
            "INFORMATION_SCHEMA",
            "PUBLIC",
            "RAW_DATA",
        ]
        assert read_stamp(sql("SHOW DATABASES")[0]["comment"]) is None
    assert sql(f"SHOW {inner.split()[0]}S IN DATABASE DATA_ENG_DEMO")[-1]["comment"] == "Theirs."


def test_drop_adopted_drops_it_all(theirs: dict[str, list[str]], command: Command, sql: Sql, sender: Sender) -> None:
    command("full", adopt=True)
    report = command("cleanup", drop_adopted=True)
    assert (report.exit_code, report.left) == (0, [])
    assert [names for names in snapshot(sender).values() if any("DATA_ENG" in name for name in names)] == []


def test_a_stamp_that_was_edited_gives_the_object_back_as_it_is(command: Command, sql: Sql) -> None:
    sql("CREATE WAREHOUSE DATA_ENG_LOAD_WH AUTO_SUSPEND = 1200")
    command("full", adopt=True)
    (comment,) = [row["comment"] for row in sql("SHOW WAREHOUSES LIKE 'DATA_ENG_LOAD_WH'")]
    for edited in (comment.replace(" adopted ", " adopted x"), comment[:-9] + "]"):
        sql(f"ALTER WAREHOUSE DATA_ENG_LOAD_WH SET COMMENT = '{edited}'")
        assert command("validate").differences == []
    report = command("cleanup")
    assert report.exit_code == 0
    assert report.warnings == [
        "The stamp of WAREHOUSE DATA_ENG_LOAD_WH has been edited: its old values are not known, and it stays as it is."
    ]
    assert [(row["name"], row["comment"]) for row in sql("SHOW WAREHOUSES")] == [("DATA_ENG_LOAD_WH", "Loads files.")]


EDITED: dict[str, dict[str, str]] = {
    "a size that is none": {"size": "SMALL' COMMENT = 'x"},
    "a number that is none": {"auto_suspend": "1 COMMENT = 'x'"},
    "a name that is more": {"resource_monitor": "M STATEMENT_TIMEOUT_IN_SECONDS = 1"},
    "a property that is none": {"nonsense": "1"},
    "a privilege of a role": {"granted": "ROLE ANALYST_ROLE FROM ROLE SYSADMIN"},
}


@pytest.mark.parametrize("values", EDITED.values(), ids=EDITED)
def test_what_nobody_has_kept_is_neither_sent_nor_an_end_of_the_cleanup(
    values: dict[str, str], command: Command, sql: Sql
) -> None:
    sql("CREATE WAREHOUSE DATA_ENG_LOAD_WH AUTO_SUSPEND = 1200 COMMENT = 'Theirs.'")
    command("quick", adopt=True)
    stamp = Stamp("DATA_ENG_DEMO", "quick", previous={"comment": "Theirs."} | values)
    sql(f"ALTER WAREHOUSE DATA_ENG_LOAD_WH SET COMMENT = 'Edited. {stamp}'")
    report = command("cleanup")
    assert (report.exit_code, report.left) == (0, [])
    assert report.warnings == [
        "The stamp of WAREHOUSE DATA_ENG_LOAD_WH has been edited: its old values are not known, and it stays as it is."
    ]
    assert [(row["comment"], row["auto_suspend"]) for row in sql("SHOW WAREHOUSES")] == [("Edited.", 60)]


def test_what_is_given_back_never_has_our_stamp_by_which_the_next_cleanup_would_drop_it(
    command: Command, sql: Sql
) -> None:
    sql("CREATE DATABASE DATA_ENG_DEMO")
    sql("CREATE SCHEMA DATA_ENG_DEMO.RAW_DATA COMMENT = 'Theirs. [data-eng-demo DATA_ENG_DEMO full adopted xyz]'")
    command("quick", adopt=True)
    for exit_code in (0, 4):
        report = command("cleanup")
        assert (report.exit_code, report.left) == (exit_code, [])
        (schema,) = sql("SHOW SCHEMAS LIKE 'RAW_DATA' IN DATABASE DATA_ENG_DEMO")
        assert schema["comment"] == "Theirs."


def test_on_an_account_adopting_asks_and_no_changes_nothing(
    theirs: dict[str, list[str]], command: Command, sql: Sql, as_an_account: str
) -> None:
    asked: list[str] = []

    def say_no(planned: Sequence[Intention]) -> bool:
        asked.extend(f"{one.verb} {one}" for one in planned)
        return False

    report = command("full", adopt=True, connection_name=as_an_account, ask=say_no)
    assert (report.exit_code, report.error) == (4, "Nothing was changed: the answer was no.")
    assert len(asked) == 6
    assert asked[0].startswith("adopt DATABASE DATA_ENG_DEMO with 1 tables, 2 rows: retention_time 7 -> 90; comment")
    assert shown(sql) == theirs


def test_on_an_account_without_a_terminal_adopting_is_refused_with_what_it_would_adopt(
    theirs: dict[str, list[str]], command: Command, sql: Sql, as_an_account: str
) -> None:
    report = command("full", adopt=True, connection_name=as_an_account)
    assert report.exit_code == 4
    assert "It would adopt DATABASE DATA_ENG_DEMO with 1 tables, 2 rows: retention_time 7 -> 90;" in report.error
    assert report.error.endswith("Pass --yes.")
    assert shown(sql) == theirs
    assert command("full", adopt=True, connection_name=as_an_account, yes=True).exit_code == 0


def test_on_an_account_the_question_before_cleanup_tells_what_is_dropped_from_what_is_given_back(
    theirs: dict[str, list[str]], command: Command, as_an_account: str
) -> None:
    asked: list[str] = []

    def say_no(planned: Sequence[Intention]) -> bool:
        asked.extend(f"{one.verb} {one}" for one in planned)
        return False

    command("full", adopt=True, connection_name=as_an_account, yes=True)
    command("cleanup", connection_name=as_an_account, ask=say_no)
    assert "drop SCHEMA DATA_ENG_DEMO.CURATED with 0 tables, 0 rows" in asked
    assert (
        'give back ROLE ANALYST_ROLE: comment "Reads curated data and analytics. [data-eng-demo DATA_ENG_DEMO full]" '
        '-> "The bank\'s own."'
    ) in asked
    asked.clear()
    command("cleanup", connection_name=as_an_account, ask=say_no, drop_adopted=True)
    assert asked[0] == "drop DATABASE DATA_ENG_DEMO with 1 tables, 2 rows"


def test_a_give_back_that_fails_half_way_is_completed_by_the_next_one(
    theirs: dict[str, list[str]], command: Command, sql: Sql, sender: Sender
) -> None:
    command("full", adopt=True)

    def execute(text: str) -> list[Row]:
        if text.startswith("ALTER SCHEMA DATA_ENG_DEMO.RAW_DATA SET"):
            raise ProgrammingError("It is busy.", errno=1234)
        return sender.execute(text)

    report = Report("cleanup")
    clean_up(replace(sender, execute=execute, answers=[], waves=0), CONFIG, report)
    assert [str(one) for one in report.failures] == ["SCHEMA DATA_ENG_DEMO.RAW_DATA"]
    assert report.left == ["SCHEMA DATA_ENG_DEMO.RAW_DATA"]
    assert command("cleanup").left == []
    assert shown(sql) == theirs


@pytest.mark.parametrize(
    "kept", [{}, {"comment": ""}, {"comment": "Größe 🏦 \\ ' \" ]\n", "granted": "A ON B FROM ROLE C\nD"}]
)
def test_what_a_stamp_keeps_is_read_back(kept: dict[str, str]) -> None:
    comment = keeping(CONFIG.stamp.on("What it is for."), kept)
    stamp = read_stamp(comment)
    assert stamp == replace(CONFIG.stamp, previous=kept)
    assert keeping(comment) == CONFIG.stamp.on("What it is for.")


def test_each_object_that_the_configuration_can_adopt_has_its_properties_set_one_by_one() -> None:
    for statement in (one for batch in batches(CONFIG) for one in batch if "comment" in one.shows):
        settable = {name: value for name, value in statement.shows.items() if name not in statement.fixed}
        assert BY_NAME[statement.kind].settings(statement.name, settable)
