"""Users, their roles, and which roles count in a session.

https://docs.snowflake.com/en/user-guide/security-access-control-overview
"""

import json

import pytest
from snowflake.connector.errors import DatabaseError

from tests.emulator.conftest import DEMO, Connect, Fails, Rows, Run, run_on


@pytest.fixture
def ann(run: Run) -> None:
    """A user with one role, and no secondary ones."""
    run("CREATE ROLE R")
    run("CREATE USER ANN DEFAULT_ROLE = R DEFAULT_WAREHOUSE = WH DEFAULT_SECONDARY_ROLES = ()")
    run("GRANT ROLE R TO USER ANN")


@pytest.mark.usefixtures("ann")
def test_a_user_begins_with_what_is_hers_by_default(connect: Connect, rows: Rows) -> None:
    [shown] = [row for row in rows("SHOW USERS") if row["name"] == "ANN"]
    assert (shown["default_role"], shown["default_warehouse"], shown["default_secondary_roles"]) == ("R", "WH", "[]")
    session = connect(user="ANN")
    [(user, role, secondary)] = run_on(session, "SELECT CURRENT_USER(), CURRENT_ROLE(), CURRENT_SECONDARY_ROLES()")
    assert (user, role, json.loads(secondary)) == ("ANN", "R", {"roles": "", "value": ""})


@pytest.mark.usefixtures("ann")
def test_a_user_has_the_roles_that_were_granted_and_those_below_them(connect: Connect, run: Run) -> None:
    run("CREATE ROLE BELOW")
    run("GRANT ROLE BELOW TO ROLE R")
    session = connect(user="ANN")
    run_on(session, "USE ROLE BELOW")
    run_on(session, "USE ROLE PUBLIC")
    with pytest.raises(DatabaseError) as caught:
        run_on(session, "USE ROLE SYSADMIN")
    assert (caught.value.errno, caught.value.sqlstate) == (3013, "42501")
    assert "Requested role 'SYSADMIN' is not assigned to the executing user." in str(caught.value.msg)
    run("REVOKE ROLE BELOW FROM ROLE R")
    with pytest.raises(DatabaseError, match="not assigned to the executing user"):
        run_on(session, "USE ROLE BELOW")


@pytest.mark.usefixtures("ann")
def test_nobody_signs_in_with_a_role_of_others(connect: Connect) -> None:
    with pytest.raises(DatabaseError, match="Role 'SYSADMIN' specified in the connect string is not granted") as caught:
        connect(user="ANN", role="SYSADMIN")
    assert caught.value.errno == 390189
    with pytest.raises(DatabaseError, match="not granted"):
        connect(**DEMO, user="ANN", role="ACCOUNTADMIN")


def test_who_has_lost_the_default_role_signs_in_with_another(connect: Connect, run: Run) -> None:
    run("CREATE USER BOB DEFAULT_ROLE = SYSADMIN")
    with pytest.raises(DatabaseError, match="User's configured default role 'SYSADMIN' is not granted") as caught:
        connect(user="BOB")
    assert caught.value.errno == 390186
    assert run_on(connect(user="BOB", role="PUBLIC"), "SELECT CURRENT_ROLE()") == [("PUBLIC",)]


def test_the_presenter_has_accountadmin_and_what_is_below_it(run: Run, fails: Fails) -> None:
    for role in ("SECURITYADMIN", "USERADMIN", "SYSADMIN", "PUBLIC", "ACCOUNTADMIN"):
        run(f"USE ROLE {role}")
    run("CREATE ROLE R")
    assert fails("USE ROLE R").errno == 3013
    assert fails("USE ROLE NOPE").errno == 2043


def test_the_roles_of_a_user_and_the_users_of_a_role_are_shown(run: Run, rows: Rows) -> None:
    run("CREATE ROLE R")
    run("GRANT ROLE R TO USER PRESENTER")
    assert [row["role"] for row in rows("SHOW GRANTS TO USER PRESENTER")] == ["ACCOUNTADMIN", "R"]
    [shown] = rows("SHOW GRANTS OF ROLE R")
    assert (shown["granted_to"], shown["grantee_name"]) == ("USER", "PRESENTER")
    [role] = rows("SHOW ROLES LIKE 'R'")
    assert (role["assigned_to_users"], role["granted_to_roles"]) == (1, 0)
    run("DROP ROLE R")
    assert [row["role"] for row in rows("SHOW GRANTS TO USER PRESENTER")] == ["ACCOUNTADMIN"]


def test_roles_are_granted_in_no_circle(run: Run, fails: Fails) -> None:
    run("CREATE ROLE A")
    run("CREATE ROLE B")
    run("GRANT ROLE A TO ROLE B")
    assert "has been granted to role" in str(fails("GRANT ROLE B TO ROLE A").msg)
    assert "has been granted to role" in str(fails("GRANT ROLE ACCOUNTADMIN TO ROLE SYSADMIN").msg)
    assert "has been granted to role" in str(fails("GRANT ROLE A TO ROLE A").msg)


def test_who_drops_a_role_gets_what_it_owned(run: Run, rows: Rows) -> None:
    """https://docs.snowflake.com/en/sql-reference/sql/drop-role"""
    run("CREATE ROLE R")
    run("GRANT ROLE R TO USER PRESENTER")
    run("GRANT CREATE DATABASE ON ACCOUNT TO ROLE R")
    run("USE ROLE R")
    run("CREATE DATABASE OTHER")
    run("USE ROLE ACCOUNTADMIN")
    run("DROP ROLE R")
    assert [row["owner"] for row in rows("SHOW DATABASES LIKE 'OTHER'")] == ["ACCOUNTADMIN"]


def test_a_user_signs_in_by_login_name_into_the_default_namespace(run: Run, connect: Connect) -> None:
    """https://docs.snowflake.com/en/sql-reference/sql/create-user"""
    run("CREATE SCHEMA DEMO.WORK")
    run("CREATE USER ANNE LOGIN_NAME = 'anne@example' DEFAULT_NAMESPACE = DEMO.WORK DEFAULT_ROLE = ACCOUNTADMIN")
    run("GRANT ROLE ACCOUNTADMIN TO USER ANNE")
    asked = "SELECT CURRENT_USER(), CURRENT_DATABASE(), CURRENT_SCHEMA()"
    assert run_on(connect(user="Anne@Example"), asked) == [("ANNE", "DEMO", "WORK")]
    run("ALTER USER ANNE SET DISABLED = TRUE")
    with pytest.raises(DatabaseError) as caught:
        connect(user="anne@example")
    assert "User access disabled." in str(caught.value)


def test_another_user_is_described_by_who_owns_it(run: Run, rows: Rows, fails: Fails) -> None:
    run("CREATE USER ANNE EMAIL = 'a@example.com'")
    assert len(rows("DESCRIBE USER PRESENTER")) == len(rows("DESC USER ANNE")) == 43
    run("USE ROLE PUBLIC")
    run("USE SECONDARY ROLES NONE")
    assert len(rows("DESCRIBE USER PRESENTER")) == 43
    assert fails("DESCRIBE USER ANNE").errno == 3001


REFUSED = [
    ("CREATE USER U PASSWORD = 'x'", 2),
    ("CREATE USER U DAYS_TO_EXPIRY = 3", 2),
    ("CREATE USER U LOGIN_NAME = 'presenter'", 2),
    ("DESCRIBE USER NOPE", 2003),
    ("CREATE USER U NONSENSE = 1", 1420),
    ("CREATE USER U DEFAULT_SECONDARY_ROLES = ('SOME')", 1008),
    ("GRANT ROLE ACCOUNTADMIN TO USER NOPE", 2003),
    ("DROP USER PRESENTER", 3001),  # whom nobody owns
]


@pytest.mark.parametrize(("sql", "errno"), REFUSED)
def test_what_is_not_to_be_had_of_users_is_refused(fails: Fails, sql: str, errno: int) -> None:
    assert fails(sql).errno == errno
