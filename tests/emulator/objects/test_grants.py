"""Roles and privileges are remembered and shown: https://docs.snowflake.com/en/sql-reference/sql/grant-privilege"""

import pytest

from src.emulator.protocol.serving import Options
from tests.emulator.conftest import Fails, Rows, Run


@pytest.fixture
def r(run: Run) -> None:
    run("CREATE ROLE R")


def granted(rows: Rows, role: str = "R") -> list[tuple[str, str, str]]:
    return sorted((row["privilege"], row["granted_on"], row["name"]) for row in rows(f"SHOW GRANTS TO ROLE {role}"))


GRANTS = [
    ("USAGE ON DATABASE DEMO", [("USAGE", "DATABASE", "DEMO")]),
    (
        "USAGE, CREATE TABLE ON SCHEMA DEMO.PUBLIC",
        [("CREATE TABLE", "SCHEMA", "DEMO.PUBLIC"), ("USAGE", "SCHEMA", "DEMO.PUBLIC")],
    ),
    ("OPERATE ON WAREHOUSE WH", [("OPERATE", "WAREHOUSE", "WH")]),
    ("SELECT ON TABLE T", [("SELECT", "TABLE", "DEMO.PUBLIC.T")]),
    ("SELECT ON ALL TABLES IN SCHEMA DEMO.PUBLIC", [("SELECT", "TABLE", "DEMO.PUBLIC.T")]),
    ("READ, WRITE ON STAGE ST", [("READ", "STAGE", "DEMO.PUBLIC.ST"), ("WRITE", "STAGE", "DEMO.PUBLIC.ST")]),
    ("USAGE ON FILE FORMAT FF", [("USAGE", "FILE_FORMAT", "DEMO.PUBLIC.FF")]),
    ("EXECUTE TASK ON ACCOUNT", [("EXECUTE TASK", "ACCOUNT", "EMULATOR")]),
    ("ALL PRIVILEGES ON FILE FORMAT FF", [("USAGE", "FILE_FORMAT", "DEMO.PUBLIC.FF")]),
]


@pytest.mark.usefixtures("r")
@pytest.mark.parametrize(("what", "expected"), GRANTS, ids=[case[0] for case in GRANTS])
def test_a_privilege_is_granted_once_and_revoked(
    run: Run, rows: Rows, what: str, expected: list[tuple[str, ...]]
) -> None:
    run("CREATE TABLE T (ID INT)")
    run("CREATE STAGE ST")
    run("CREATE FILE FORMAT FF TYPE = CSV")
    for _ in range(2):
        assert str(run(f"GRANT {what} TO ROLE R")[0][0]).startswith("Statement executed successfully.")
    assert granted(rows) == expected
    run(f"REVOKE {what} FROM ROLE R")
    assert granted(rows) == []


@pytest.mark.usefixtures("r")
def test_a_future_grant_is_given_to_what_is_made_later(run: Run, rows: Rows) -> None:
    run("CREATE TABLE BEFORE_IT (ID INT)")
    run("GRANT SELECT, INSERT ON FUTURE TABLES IN SCHEMA DEMO.PUBLIC TO ROLE R")
    run("CREATE TABLE AFTER_IT (ID INT)")
    assert granted(rows) == [("INSERT", "TABLE", "DEMO.PUBLIC.AFTER_IT"), ("SELECT", "TABLE", "DEMO.PUBLIC.AFTER_IT")]
    shown = [(row["privilege"], row["grant_on"], row["name"]) for row in rows("SHOW FUTURE GRANTS TO ROLE R")]
    assert shown == [("INSERT", "TABLE", "DEMO.PUBLIC.<TABLE>"), ("SELECT", "TABLE", "DEMO.PUBLIC.<TABLE>")]
    assert rows("SHOW FUTURE GRANTS IN SCHEMA DEMO.PUBLIC") == rows("SHOW FUTURE GRANTS TO ROLE R")


@pytest.mark.usefixtures("r")
def test_future_grants_of_the_schema_win_over_those_of_the_database(run: Run, rows: Rows) -> None:
    run("GRANT INSERT ON FUTURE TABLES IN DATABASE DEMO TO ROLE R")
    run("GRANT SELECT ON FUTURE TABLES IN SCHEMA DEMO.PUBLIC TO ROLE R")
    run("CREATE TABLE T (ID INT)")
    assert granted(rows) == [("SELECT", "TABLE", "DEMO.PUBLIC.T")]


@pytest.mark.usefixtures("r")
def test_a_role_is_granted_to_a_role(run: Run, rows: Rows) -> None:
    run("GRANT ROLE R TO ROLE SYSADMIN")
    [shown] = rows("SHOW GRANTS OF ROLE R")
    assert (shown["role"], shown["granted_to"], shown["grantee_name"]) == ("R", "ROLE", "SYSADMIN")
    run("REVOKE ROLE R FROM ROLE SYSADMIN")
    assert rows("SHOW GRANTS OF ROLE R") == []


@pytest.mark.usefixtures("r")
def test_a_dropped_object_or_role_takes_its_grants_along(run: Run, rows: Rows) -> None:
    run("CREATE SCHEMA DEMO.RAW")
    run("CREATE STAGE DEMO.RAW.ST")
    run("GRANT USAGE ON SCHEMA DEMO.RAW TO ROLE R")
    run("GRANT READ ON STAGE DEMO.RAW.ST TO ROLE R")
    run("GRANT SELECT ON FUTURE TABLES IN SCHEMA DEMO.RAW TO ROLE R")
    run("DROP SCHEMA DEMO.RAW")
    assert granted(rows) == []
    assert rows("SHOW FUTURE GRANTS TO ROLE R") == []
    run("GRANT USAGE ON DATABASE DEMO TO ROLE R")
    run("DROP ROLE R")
    assert [row["grantee_name"] for row in rows("SHOW GRANTS ON DATABASE DEMO")] == ["ACCOUNTADMIN"]


@pytest.mark.usefixtures("r")
def test_the_owner_of_an_object_is_shown(run: Run, rows: Rows) -> None:
    run("GRANT ROLE R TO USER PRESENTER")
    run("GRANT CREATE STAGE ON SCHEMA DEMO.PUBLIC TO ROLE R")
    run("USE ROLE R")
    run("CREATE STAGE ST")
    assert ("OWNERSHIP", "STAGE", "DEMO.PUBLIC.ST") in granted(rows)


@pytest.mark.usefixtures("r")
def test_write_on_a_stage_needs_read_before_or_with_it(run: Run, fails: Fails) -> None:
    run("CREATE STAGE ST")
    assert "READ privilege must be granted before" in str(fails("GRANT WRITE ON STAGE ST TO ROLE R").msg)
    run("GRANT READ ON STAGE ST TO ROLE R")
    run("GRANT WRITE ON STAGE ST TO ROLE R")


REFUSED = [
    ("GRANT USAGE ON DATABASE NOPE TO ROLE R", 2003),
    ("GRANT USAGE ON DATABASE DEMO TO ROLE NOPE", 2003),
    ("GRANT ROLE NOPE TO ROLE SYSADMIN", 2003),
    ("GRANT READ ON DATABASE DEMO TO ROLE R", 3008),
    ("GRANT ROLE R TO USER SOMEBODY", 2003),
    ("GRANT USAGE ON INTEGRATION X TO ROLE R", 2),
    ("SHOW GRANTS TO ROLE NOPE", 2003),
    ("SHOW GRANTS TO USER NOPE", 2003),
    ("SHOW GRANTS OF DATABASE ROLE DEMO.R", 2),
    ('USE SECONDARY ROLES "x", R', 2),
    ("USE SECONDARY ROLES", 1003),
    ("GRANT TO ROLE R", 1003),
]


@pytest.mark.usefixtures("r")
def test_with_its_hierarchy_a_role_shows_what_the_roles_below_it_hold(run: Run, rows: Rows, fails: Fails) -> None:
    """https://docs.snowflake.com/en/release-notes/2026/other/2026-11-16-show-grants-include-hierarchy"""
    for sql in (
        "CREATE ROLE BELOW",
        "GRANT ROLE BELOW TO ROLE R",
        "GRANT CREATE DATABASE ON ACCOUNT TO ROLE R",
        "GRANT CREATE ROLE ON ACCOUNT TO ROLE BELOW",
        "GRANT CREATE SHARE ON ACCOUNT TO ROLE PUBLIC",
        "GRANT SELECT ON FUTURE TABLES IN SCHEMA DEMO.PUBLIC TO ROLE BELOW",
    ):
        run(sql)
    shown = {(row["privilege"], row["grantee_name"]) for row in rows("SHOW GRANTS TO ROLE R INCLUDE HIERARCHY")}
    assert shown == {
        ("USAGE", "R"),
        ("CREATE DATABASE", "R"),
        ("CREATE ROLE", "BELOW"),
        ("CREATE SHARE", "PUBLIC"),
    }
    assert [row["grantee_name"] for row in rows("SHOW FUTURE GRANTS TO ROLE R INCLUDE HIERARCHY")] == ["BELOW"]
    assert fails("SHOW GRANTS TO USER PRESENTER INCLUDE HIERARCHY").errno == 2
    assert fails("SHOW GRANTS OF ROLE R INCLUDE HIERARCHY").errno == 1003


@pytest.mark.usefixtures("r")
def test_the_grants_on_the_account_are_shown(run: Run, rows: Rows) -> None:
    """https://docs.snowflake.com/en/sql-reference/sql/show-grants"""
    assert run("SHOW GRANTS ON ACCOUNT") == []
    run("GRANT EXECUTE TASK ON ACCOUNT TO ROLE R")
    [shown] = rows("SHOW GRANTS ON ACCOUNT")
    assert (shown["privilege"], shown["granted_on"], shown["grantee_name"]) == ("EXECUTE TASK", "ACCOUNT", "R")


@pytest.mark.usefixtures("r")
@pytest.mark.parametrize(("sql", "errno"), REFUSED)
def test_what_cannot_be_granted_is_refused(fails: Fails, sql: str, errno: int) -> None:
    assert fails(sql).errno == errno


@pytest.mark.parametrize("options", [Options(may_create_roles=False)])
def test_an_account_may_refuse_to_create_roles(fails: Fails) -> None:
    error = fails("CREATE ROLE R")
    assert (error.errno, error.sqlstate) == (3001, "42501")
    assert "Insufficient privileges to operate on account 'EMULATOR'" in str(error.msg)


_ICEBERG = ("CREATE ICEBERG TABLE I1 (ID INT)", "CREATE TABLE PLAIN (ID INT)", "CREATE ROLE R")


@pytest.mark.parametrize("place", ["SCHEMA DEMO.PUBLIC", "DATABASE DEMO"])
def test_a_grant_on_all_iceberg_tables_reaches_them_and_no_other_table(run: Run, rows: Rows, place: str) -> None:
    for sql in (*_ICEBERG, f"GRANT SELECT ON ALL ICEBERG TABLES IN {place} TO ROLE R"):
        run(sql)
    assert granted(rows) == [("SELECT", "TABLE", "DEMO.PUBLIC.I1")]
    run(f"REVOKE SELECT ON ALL ICEBERG TABLES IN {place} FROM ROLE R")
    assert granted(rows) == []


@pytest.mark.parametrize("place", ["SCHEMA DEMO.PUBLIC", "DATABASE DEMO"])
def test_a_grant_on_future_iceberg_tables_reaches_new_ones_and_no_other_table(run: Run, rows: Rows, place: str) -> None:
    for sql in (*_ICEBERG, f"GRANT SELECT ON FUTURE ICEBERG TABLES IN {place} TO ROLE R"):
        run(sql)
    assert granted(rows) == []
    assert [row["grant_on"] for row in rows("SHOW FUTURE GRANTS TO ROLE R")] == ["ICEBERG_TABLE"]
    run("CREATE ICEBERG TABLE I2 (ID INT)")
    run("CREATE TABLE OTHER (ID INT)")
    assert granted(rows) == [("SELECT", "TABLE", "DEMO.PUBLIC.I2")]


def test_in_a_schema_with_managed_access_its_owner_alone_manages_the_grants(run: Run, rows: Rows) -> None:
    def shown(what: str) -> list[tuple[str, str]]:
        return [(row["privilege"], row["grant_option"]) for row in rows(f"SHOW GRANTS ON {what}")]

    run("CREATE SCHEMA DEMO.M WITH MANAGED ACCESS")
    run("CREATE TABLE DEMO.M.T (ID INT)")
    assert shown("SCHEMA DEMO.M") == [("OWNERSHIP", "true"), ("MANAGE GRANTS", "true")]
    assert shown("TABLE DEMO.M.T") == [("OWNERSHIP", "false")]
    run("ALTER SCHEMA DEMO.M DISABLE MANAGED ACCESS")
    assert shown("SCHEMA DEMO.M") == [("OWNERSHIP", "true")]
    assert shown("TABLE DEMO.M.T") == [("OWNERSHIP", "true")]
