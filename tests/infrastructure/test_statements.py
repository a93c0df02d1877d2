"""The statements that the configuration becomes."""

from dataclasses import replace

import pytest
from sqlfluff.api import simple

from config import CONFIG
from src.config import DemoConfig, ResourceMonitor
from src.deployment.steps import batches
from src.infrastructure import (
    databases,
    file_formats,
    grants,
    monitored_warehouses,
    query_acceleration,
    resource_monitors,
    schemas,
    stages,
    warehouses,
)
from src.infrastructure.states import DesiredState

WITH_QUOTA = replace(CONFIG, resource_monitor=ResourceMonitor("DATA_ENG_MONITOR", credit_quota=10))


def every_statement(config: DemoConfig) -> list[DesiredState]:
    return [statement for batch in batches(config) for statement in batch]


def test_the_database_keeps_ninety_days() -> None:
    (statement,) = databases.database(CONFIG)
    assert statement.sql == (
        "CREATE OR ALTER DATABASE DATA_ENG_DEMO\n"
        "  DATA_RETENTION_TIME_IN_DAYS = 90\n"
        "  COMMENT = 'Data engineering demos. [data-eng-demo DATA_ENG_DEMO full]'"
    )


def test_the_database_falls_back_to_one_day_and_says_so_in_its_stamp() -> None:
    (statement,) = databases.database(CONFIG)
    assert statement.fallback is not None
    assert statement.fallback.statement.sql == (
        "CREATE OR ALTER DATABASE DATA_ENG_DEMO\n"
        "  DATA_RETENTION_TIME_IN_DAYS = 1\n"
        "  COMMENT = 'Data engineering demos. [data-eng-demo DATA_ENG_DEMO full standard]'"
    )
    assert statement.fallback.warning == (
        "This account's edition refuses 90 days of Time Travel: DATA_ENG_DEMO keeps 1. "
        "Enterprise edition allows up to 90."
    )


def test_one_day_needs_no_fallback() -> None:
    (statement,) = databases.database(CONFIG.quick())
    assert statement.fallback is None


def test_a_schema_has_managed_access_so_that_its_owner_may_grant_on_what_is_to_come() -> None:
    statement = schemas.schemas(CONFIG)[0]
    assert statement.sql == (
        "CREATE OR ALTER SCHEMA DATA_ENG_DEMO.RAW_DATA\n"
        "  WITH MANAGED ACCESS\n"
        "  COMMENT = 'Data as it arrived. [data-eng-demo DATA_ENG_DEMO full]'"
    )


def test_a_warehouse_is_created_suspended_and_altered_without_that() -> None:
    statement = warehouses.warehouses(CONFIG)[0]
    assert statement.sql == (
        "CREATE WAREHOUSE IF NOT EXISTS DATA_ENG_LOAD_WH\n"
        "  INITIALLY_SUSPENDED = TRUE\n"
        "  WAREHOUSE_SIZE = MEDIUM\n"
        "  GENERATION = '1'\n"
        "  AUTO_SUSPEND = 300\n"
        "  AUTO_RESUME = TRUE\n"
        "  STATEMENT_TIMEOUT_IN_SECONDS = 3600\n"
        "  COMMENT = 'Loads files. [data-eng-demo DATA_ENG_DEMO full]'"
    )
    assert "INITIALLY_SUSPENDED" not in statement.alter
    assert statement.alter.startswith("ALTER WAREHOUSE DATA_ENG_LOAD_WH SET\n  WAREHOUSE_SIZE = MEDIUM\n")


def test_query_acceleration_is_turned_off_by_a_statement_of_its_own() -> None:
    assert [one.sql for one in query_acceleration.query_acceleration(CONFIG)] == [
        f"ALTER WAREHOUSE {one.name} SET ENABLE_QUERY_ACCELERATION = FALSE" for one in CONFIG.warehouses
    ]
    assert not any("ACCELERATION" in one.sql + one.alter for one in warehouses.warehouses(CONFIG))


def test_the_warehouses_have_the_sizes_and_suspend_times_of_the_demo() -> None:
    shown = [(one.name, one.shows["size"], one.shows["auto_suspend"]) for one in warehouses.warehouses(CONFIG)]
    assert shown == [
        ("DATA_ENG_LOAD_WH", "Medium", "300"),
        ("DATA_ENG_XFORM_WH", "Large", "300"),
        ("DATA_ENG_ANALYTICS_WH", "X-Small", "60"),
    ]


def test_without_a_quota_there_is_no_resource_monitor() -> None:
    assert resource_monitors.resource_monitor(CONFIG) == monitored_warehouses.monitored_warehouses(CONFIG) == []


def test_with_a_quota_a_monitor_watches_every_warehouse() -> None:
    (monitor,) = resource_monitors.resource_monitor(WITH_QUOTA)
    assert monitor.sql.startswith("CREATE RESOURCE MONITOR IF NOT EXISTS DATA_ENG_MONITOR WITH\n  CREDIT_QUOTA = 10\n")
    assert [one.sql for one in monitored_warehouses.monitored_warehouses(WITH_QUOTA)] == [
        f"ALTER WAREHOUSE {one.name} SET RESOURCE_MONITOR = DATA_ENG_MONITOR" for one in CONFIG.warehouses
    ]


def test_one_csv_format_loads_by_position_and_another_by_name() -> None:
    formats = {one.name.rpartition(".")[2]: one.sql for one in file_formats.file_formats(CONFIG)}
    assert "SKIP_HEADER = 1" in formats["CSV_FORMAT"]
    assert "PARSE_HEADER" not in formats["CSV_FORMAT"]
    assert "PARSE_HEADER = TRUE" in formats["CSV_BY_NAME_FORMAT"]
    assert "SKIP_HEADER" not in formats["CSV_BY_NAME_FORMAT"]
    assert "FIELD_DELIMITER = '|'" in formats["PIPE_DELIMITED_FORMAT"]
    assert "STRIP_OUTER_ARRAY = TRUE" in formats["JSON_FORMAT"]
    assert "BINARY_AS_TEXT = FALSE" in formats["PARQUET_FORMAT"]
    assert "USE_LOGICAL_TYPE = TRUE" in formats["PARQUET_FORMAT"]


def test_a_stage_has_a_directory_table_and_server_side_encryption() -> None:
    statement = stages.stages(CONFIG)[0]
    assert "ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE')\n  DIRECTORY = (ENABLE = TRUE)" in statement.sql


def test_the_analyst_reads_curated_and_analytics_and_uses_one_warehouse() -> None:
    granted = [
        statement.sql
        for step in (grants.account_grants, grants.schema_grants, grants.content_grants, grants.storage_grants)
        for statement in step(CONFIG)
        if statement.name.endswith("TO ROLE ANALYST_ROLE")
    ]
    assert granted == [
        "GRANT USAGE ON WAREHOUSE DATA_ENG_ANALYTICS_WH TO ROLE ANALYST_ROLE",
        "GRANT USAGE ON DATABASE DATA_ENG_DEMO TO ROLE ANALYST_ROLE",
        "GRANT USAGE ON SCHEMA DATA_ENG_DEMO.CURATED TO ROLE ANALYST_ROLE",
        "GRANT USAGE ON SCHEMA DATA_ENG_DEMO.ANALYTICS TO ROLE ANALYST_ROLE",
        *[
            f"GRANT SELECT ON {which} {what} IN SCHEMA DATA_ENG_DEMO.{schema} TO ROLE ANALYST_ROLE"
            for what in ("TABLES", "VIEWS")
            for schema in ("CURATED", "ANALYTICS")
            for which in ("FUTURE", "ALL")
        ],
    ]


def test_the_role_of_the_pipelines_may_start_the_tasks_that_it_owns() -> None:
    [grant] = [one for one in grants.account_grants(CONFIG) if " ON ACCOUNT " in one.sql]
    assert grant.sql == "GRANT EXECUTE TASK ON ACCOUNT TO ROLE DATA_ENG_ROLE"
    assert grant.needs == (("ROLE", "DATA_ENG_ROLE"),)
    assert grant.optional


def test_a_stage_is_granted_for_reading_before_writing() -> None:
    granted = [one.sql for one in grants.storage_grants(CONFIG) if " ON STAGE " in one.sql]
    assert len(granted) == 4
    assert all(sql.startswith("GRANT READ, WRITE ON STAGE DATA_ENG_DEMO.RAW_DATA.") for sql in granted)


def test_every_role_is_granted_to_sysadmin() -> None:
    assert [one.sql for one in grants.role_grants(CONFIG)] == [
        "GRANT ROLE DATA_ENG_ROLE TO ROLE SYSADMIN",
        "GRANT ROLE ANALYST_ROLE TO ROLE SYSADMIN",
    ]


@pytest.mark.parametrize("config", [CONFIG, CONFIG.quick(), CONFIG.with_prefix("ALICE"), WITH_QUOTA])
def test_every_object_that_can_carry_the_stamp_does(config: DemoConfig) -> None:
    without = {"RESOURCE MONITOR", "MONITORED WAREHOUSE", "QUERY ACCELERATION", "GRANT"}
    unstamped = {one.kind for one in every_statement(config) if str(config.stamp) not in one.sql}
    assert unstamped <= without


@pytest.mark.parametrize("config", [CONFIG, CONFIG.quick(), WITH_QUOTA])
def test_what_a_statement_needs_is_made_in_a_batch_before_it(config: DemoConfig) -> None:
    made: set[tuple[str, str]] = set()
    for batch in batches(config):
        for statement in batch:
            assert set(statement.needs) <= made, statement
        made |= {statement.key for statement in batch}


def test_only_roles_grants_the_monitor_and_query_acceleration_can_be_done_without() -> None:
    assert {one.kind for one in every_statement(WITH_QUOTA) if one.optional} == {
        "ROLE",
        "GRANT",
        "RESOURCE MONITOR",
        "MONITORED WAREHOUSE",
        "QUERY ACCELERATION",
    }


def test_nothing_is_ever_replaced_and_every_name_is_qualified() -> None:
    for statement in every_statement(WITH_QUOTA):
        assert "OR REPLACE" not in statement.sql
        assert not statement.sql.startswith("USE ")


@pytest.mark.parametrize("config", [CONFIG, CONFIG.quick(), WITH_QUOTA])
def test_sqlfluff_parses_every_statement_and_its_variants(config: DemoConfig) -> None:
    texts = [text for one in every_statement(config) for text in (one.sql, one.alter) if text]
    texts += [one.fallback.statement.sql for one in every_statement(config) if one.fallback]
    simple.parse("".join(f"{text};\n" for text in texts), dialect="snowflake")
