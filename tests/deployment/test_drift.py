"""An account that full was run on, and what happens to it afterwards: drift, edits, others' objects."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from config import CONFIG
from src.deployment.plan import plan
from src.deployment.sending import Sender
from src.deployment.steps import batches

from .conftest import Command, Sql

STATEMENTS = [statement for batch in batches(CONFIG) for statement in batch]


@pytest.fixture
def state(full_state: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(full_state, tmp_path / "state"))


DRIFT = [
    ("ALTER WAREHOUSE DATA_ENG_LOAD_WH SET WAREHOUSE_SIZE = XLARGE", "WAREHOUSE DATA_ENG_LOAD_WH"),
    ("ALTER WAREHOUSE DATA_ENG_LOAD_WH SET AUTO_SUSPEND = 0", "WAREHOUSE DATA_ENG_LOAD_WH"),
    ("ALTER WAREHOUSE DATA_ENG_LOAD_WH SET AUTO_RESUME = FALSE", "WAREHOUSE DATA_ENG_LOAD_WH"),
    ("ALTER WAREHOUSE DATA_ENG_LOAD_WH SET STATEMENT_TIMEOUT_IN_SECONDS = 10", "WAREHOUSE DATA_ENG_LOAD_WH"),
    ("ALTER WAREHOUSE DATA_ENG_LOAD_WH SET GENERATION = '2'", "WAREHOUSE DATA_ENG_LOAD_WH"),
    (
        "ALTER WAREHOUSE DATA_ENG_LOAD_WH SET ENABLE_QUERY_ACCELERATION = TRUE",
        "QUERY ACCELERATION DATA_ENG_LOAD_WH",
    ),
    ("ALTER DATABASE DATA_ENG_DEMO SET DATA_RETENTION_TIME_IN_DAYS = 3", "DATABASE DATA_ENG_DEMO"),
    ("ALTER SCHEMA DATA_ENG_DEMO.CURATED SET DATA_RETENTION_TIME_IN_DAYS = 3", "SCHEMA DATA_ENG_DEMO.CURATED"),
    (
        "ALTER SCHEMA DATA_ENG_DEMO.CURATED SET COMMENT = 'Other. [data-eng-demo DATA_ENG_DEMO full]'",
        "SCHEMA DATA_ENG_DEMO.CURATED",
    ),
    ("ALTER SCHEMA DATA_ENG_DEMO.CURATED DISABLE MANAGED ACCESS", "SCHEMA DATA_ENG_DEMO.CURATED"),
    (
        "ALTER FILE FORMAT DATA_ENG_DEMO.RAW_DATA.CSV_FORMAT SET SKIP_HEADER = 0",
        "FILE FORMAT DATA_ENG_DEMO.RAW_DATA.CSV_FORMAT",
    ),
    (
        "ALTER FILE FORMAT DATA_ENG_DEMO.RAW_DATA.CSV_FORMAT SET NULL_IF = ('nothing')",
        "FILE FORMAT DATA_ENG_DEMO.RAW_DATA.CSV_FORMAT",
    ),
    ("DROP STAGE DATA_ENG_DEMO.RAW_DATA.CSV_STAGE", "STAGE DATA_ENG_DEMO.RAW_DATA.CSV_STAGE"),
    ("DROP WAREHOUSE DATA_ENG_LOAD_WH", "WAREHOUSE DATA_ENG_LOAD_WH"),
    ("DROP SCHEMA DATA_ENG_DEMO.ANALYTICS", "SCHEMA DATA_ENG_DEMO.ANALYTICS"),
    ("DROP ROLE ANALYST_ROLE", "ROLE ANALYST_ROLE"),
    ("DROP DATABASE DATA_ENG_DEMO", "DATABASE DATA_ENG_DEMO"),
    (
        "REVOKE USAGE ON WAREHOUSE DATA_ENG_LOAD_WH FROM ROLE DATA_ENG_ROLE",
        "GRANT WAREHOUSE DATA_ENG_LOAD_WH TO ROLE DATA_ENG_ROLE",
    ),
    ("REVOKE EXECUTE TASK ON ACCOUNT FROM ROLE DATA_ENG_ROLE", "GRANT ACCOUNT TO ROLE DATA_ENG_ROLE"),
    (
        "REVOKE WRITE ON STAGE DATA_ENG_DEMO.RAW_DATA.CSV_STAGE FROM ROLE DATA_ENG_ROLE",
        "GRANT STAGE DATA_ENG_DEMO.RAW_DATA.CSV_STAGE TO ROLE DATA_ENG_ROLE",
    ),
    (
        "REVOKE SELECT ON FUTURE TABLES IN SCHEMA DATA_ENG_DEMO.CURATED FROM ROLE ANALYST_ROLE",
        "GRANT FUTURE TABLES IN SCHEMA DATA_ENG_DEMO.CURATED TO ROLE ANALYST_ROLE",
    ),
    ("REVOKE ROLE ANALYST_ROLE FROM ROLE SYSADMIN", "GRANT ROLE ANALYST_ROLE TO ROLE SYSADMIN"),
    (
        "GRANT USAGE ON WAREHOUSE DATA_ENG_LOAD_WH TO ROLE ANALYST_ROLE",
        "GRANT WAREHOUSE DATA_ENG_LOAD_WH TO ROLE ANALYST_ROLE",
    ),
    (
        "GRANT INSERT ON FUTURE TABLES IN SCHEMA DATA_ENG_DEMO.CURATED TO ROLE ANALYST_ROLE",
        "GRANT FUTURE TABLES IN SCHEMA DATA_ENG_DEMO.CURATED TO ROLE ANALYST_ROLE",
    ),
]


@pytest.mark.parametrize(("drift", "object_"), DRIFT, ids=[drift for drift, _ in DRIFT])
def test_drift_is_found_by_validate_and_plan_and_repaired_by_full(
    drift: str, object_: str, command: Command, sql: Sql, sender: Sender
) -> None:
    sql(drift)
    found = command("validate")
    assert found.exit_code == 3
    assert object_ in {f"{one.kind} {one.name}" for one in found.differences}
    planned = plan(sender, CONFIG)
    assert planned.exit_code == 3
    assert {(one.kind, one.name) for one in found.differences} <= {(one.kind, one.name) for one in planned.steps}
    assert [one for step in planned.steps for one in step.changes] == [one for one in found.differences if one.property]
    repaired = command("full")
    assert repaired.exit_code == 0
    assert object_ in {str(one) for one in repaired.outcomes if one.result in ("created", "changed")}
    assert command("validate").exit_code == 0
    assert command("full").counts == {"unchanged": len(STATEMENTS)}


def test_a_schema_of_before_gets_managed_access_by_an_alter_that_sets_nothing_else(command: Command, sql: Sql) -> None:
    for schema in CONFIG.schemas:
        sql(f"ALTER SCHEMA DATA_ENG_DEMO.{schema.name} DISABLE MANAGED ACCESS")
    sent = {one.sql for one in command("full").outcomes if one.result == "changed"}
    assert sent == {f"ALTER SCHEMA DATA_ENG_DEMO.{schema.name} ENABLE MANAGED ACCESS" for schema in CONFIG.schemas}


def test_repairing_one_object_touches_no_other(command: Command, sql: Sql) -> None:
    sql("ALTER WAREHOUSE DATA_ENG_LOAD_WH SET AUTO_SUSPEND = 90")
    assert command("full").counts == {"changed": 1, "unchanged": len(STATEMENTS) - 1}


def test_a_role_that_comes_back_may_read_the_tables_that_are_there(command: Command, sql: Sql) -> None:
    sql("CREATE TABLE DATA_ENG_DEMO.CURATED.T (ID INTEGER)")
    sql("DROP ROLE ANALYST_ROLE")
    command("full")
    held = {(row["privilege"], row["name"]) for row in sql("SHOW GRANTS TO ROLE ANALYST_ROLE")}
    assert ("SELECT", "DATA_ENG_DEMO.CURATED.T") in held
    assert command("full").counts == {"unchanged": len(STATEMENTS)}


def test_what_an_administrator_grants_beside_the_configuration_stays(command: Command, sql: Sql) -> None:
    for text in (
        "CREATE ROLE MARKETING",
        "GRANT ROLE ANALYST_ROLE TO ROLE MARKETING",
        "CREATE WAREHOUSE THEIRS INITIALLY_SUSPENDED = TRUE",
        "GRANT USAGE ON WAREHOUSE THEIRS TO ROLE ANALYST_ROLE",
        "GRANT MONITOR USAGE ON ACCOUNT TO ROLE ANALYST_ROLE",
    ):
        sql(text)
    assert command("validate").exit_code == 0
    assert command("full").counts == {"unchanged": len(STATEMENTS)}


def test_a_schema_of_someone_else_in_our_database_is_refused(command: Command, sql: Sql) -> None:
    sql("ALTER SCHEMA DATA_ENG_DEMO.CURATED SET COMMENT = 'Mine now.'")
    assert command("full").exit_code == 4
    assert [str(one) for one in command("validate").differences] == [
        "SCHEMA DATA_ENG_DEMO.CURATED: comment should be with this deployment's stamp, and is without it"
    ]


def test_after_a_rename_of_the_database_validate_says_whose_stamp_is_on_what_is_here(command: Command) -> None:
    report = command("validate", replace(CONFIG, database=replace(CONFIG.database, name="OTHER")))
    assert report.exit_code == 3
    assert report.warnings == [
        "Nothing carries the stamp of OTHER. WAREHOUSE DATA_ENG_ANALYTICS_WH, WAREHOUSE DATA_ENG_LOAD_WH, "
        "WAREHOUSE DATA_ENG_XFORM_WH, ROLE ANALYST_ROLE, ROLE DATA_ENG_ROLE carry that of DATA_ENG_DEMO, which was set "
        "up under that name. --mode cleanup --deployment DATA_ENG_DEMO removes that one."
    ]
    assert (
        "WAREHOUSE DATA_ENG_LOAD_WH: comment should be with this deployment's stamp, and is with that of DATA_ENG_DEMO"
    ) in map(str, report.differences)


UNALTERABLE = [
    (
        "CREATE OR REPLACE STAGE DATA_ENG_DEMO.RAW_DATA.CSV_STAGE DIRECTORY = (ENABLE = TRUE)",
        "STAGE DATA_ENG_DEMO.RAW_DATA.CSV_STAGE: type should be INTERNAL NO CSE, and is INTERNAL",
    ),
    (
        "CREATE OR REPLACE FILE FORMAT DATA_ENG_DEMO.RAW_DATA.JSON_FORMAT TYPE = CSV",
        "FILE FORMAT DATA_ENG_DEMO.RAW_DATA.JSON_FORMAT: type should be JSON, and is CSV",
    ),
    (
        "CREATE OR REPLACE TRANSIENT DATABASE DATA_ENG_DEMO",
        "DATABASE DATA_ENG_DEMO: transient should be false, and is true",
    ),
]


@pytest.mark.parametrize(("change", "message"), UNALTERABLE)
def test_what_snowflake_cannot_alter_is_refused_and_never_replaced(
    change: str, message: str, command: Command, sql: Sql
) -> None:
    sql(f"{change} COMMENT = 'x [data-eng-demo DATA_ENG_DEMO full]'")
    report = command("full")
    assert report.exit_code == 4
    assert report.refusals[0].startswith(f"{message}. Snowflake cannot alter that. Nothing was changed.")


def test_quick_after_full_and_full_after_quick_both_converge(command: Command) -> None:
    quick = command("quick")
    assert quick.exit_code == 0
    assert {str(one) for one in quick.outcomes if one.result == "dropped"} == {
        "ROLE ANALYST_ROLE",
        "ROLE DATA_ENG_ROLE",
    }
    assert command("validate").exit_code == 0
    assert set(command("quick").counts) == {"unchanged"}
    assert command("full").exit_code == 0
    assert command("validate").exit_code == 0


def test_what_leaves_the_configuration_is_dropped_unless_it_may_hold_data(command: Command) -> None:
    smaller = replace(
        CONFIG,
        warehouses=CONFIG.warehouses[:2],
        factset=replace(CONFIG.factset, monitoring_warehouse=None),
        schemas=CONFIG.schemas[:2],
        roles=(),
        stages=CONFIG.stages[:3],
        file_formats=CONFIG.file_formats[:4],
    )
    assert command("validate", smaller).exit_code == 3
    report = command("full", smaller)
    assert report.exit_code == 0
    assert {str(one) for one in report.outcomes if one.result == "dropped"} == {
        "WAREHOUSE DATA_ENG_ANALYTICS_WH",
        "ROLE DATA_ENG_ROLE",
        "ROLE ANALYST_ROLE",
        "FILE FORMAT DATA_ENG_DEMO.RAW_DATA.PIPE_DELIMITED_FORMAT",
    }
    assert {warning.partition(" carries")[0] for warning in report.warnings} == {
        "SCHEMA DATA_ENG_DEMO.ANALYTICS",
        "STAGE DATA_ENG_DEMO.RAW_DATA.GENERAL_STAGE",
    }


def test_a_demo_in_the_database_is_none_of_the_infrastructure(command: Command, sql: Sql) -> None:
    sql("CREATE SCHEMA DATA_ENG_DEMO.FACTSET COMMENT = 'x [data-eng-demo DATA_ENG_DEMO factset_etf_iceberg]'")
    assert command("validate").exit_code == 0
    assert command("full").counts == {"unchanged": len(STATEMENTS)}
