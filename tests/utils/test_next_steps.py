"""What Snowflake and its connector say, as they say it, and what a person is told to do about it.

The messages are from public issues and from the connector's source; names and addresses in them are made up.
"""

from typing import Any

import pytest
from snowflake.connector import errorcode
from snowflake.connector.errors import DatabaseError, ForbiddenError, OperationalError, ProgrammingError
from snowflake.snowpark.exceptions import SnowparkSQLException

from src.utils.next_steps import next_step
from src.utils.snowpark_session import explain

LOGIN = "Failed to connect to DB: myorg-demo.snowflakecomputing.com:443. "
NETWORK = "Check the network"
ACCOUNT = "Check account in connections.toml"


def login(text: str) -> DatabaseError:
    """Whatever Snowflake says against a login comes with this number and state."""
    return DatabaseError(msg=LOGIN + text, errno=250001, sqlstate="08001")


MESSAGES: list[tuple[Exception, str]] = [
    (login("Incoming request with IP/Token 1.2.3.4 is not allowed to access Snowflake."), "Connect from an allowed"),
    (DatabaseError(msg="IP 1.2.3.4 is not allowed to access Snowflake.", errno=390420), "Connect from an allowed"),
    (DatabaseError(msg="Incoming request with IP/Token is not allowed.", errno=390422), "Connect from an allowed"),
    (DatabaseError(msg="Fail : Network policy is required.", errno=390432), "A programmatic access token needs"),
    (
        login("Your free trial has ended and all of your virtual warehouses have been suspended."),
        "Add a payment method",
    ),
    (
        ProgrammingError(msg="Your account is suspended due to lack of payment method.", errno=666, sqlstate="57014"),
        "Add a payment method",
    ),
    (login("This account has been marked for decommission."), "Add a payment method"),
    (
        login("Role 'ANALYST' specified in the connect string does not exist or not authorized. Contact your local "),
        "Check role of the connection",
    ),
    (
        login("Role 'ANALYST' specified in the connect string is not granted to this user. Contact your local system "),
        "Check role of the connection",
    ),
    (
        login(
            "The role requested in the connection or the default role if none was requested in the connection ('X') "
            "is not listed in the Access Token or was filtered."
        ),
        "Check role of the connection",
    ),
    (
        ProgrammingError(
            msg="SQL access control error: Requested role 'X' is not assigned to the executing user.", errno=3013
        ),
        "Check role of the connection",
    ),
    (login("The requested warehouse does not exist or not authorized."), "Check warehouse of the connection"),
    (login("The requested database does not exist or not authorized."), "Check database and schema"),
    (login("Invalid OAuth access token. "), "Check token of the connection"),
    (login("OAuth access token expired. [0ce9eb56-821d-4ca9-a774-04ae89a0cf5a]"), "Get a new OAuth token"),
    (login("Programmatic access token is invalid."), "Check token or token_file_path"),
    (login("JWT token is invalid. [0ce9eb56-821d-4ca9-a774-04ae89a0cf5a]"), "Check that the public key"),
    (
        login("Multi-factor authentication is required for this account. Log in to Snowsight to enroll."),
        "Use a connection",
    ),
    (
        login("Failed to authenticate: MFA with TOTP is required. To authenticate, provide both your password and a"),
        "Use a connection",
    ),
    (
        DatabaseError(msg="Failed to connect to DB. MFA authentication failed: x:443. Timeout", errno=250001),
        "Use a connection",
    ),
    (login("Duo Security authentication is denied."), "Approve the sign-in"),
    (login("Incorrect username or password was specified."), "Check user and password"),
    (login("User access disabled. Contact your local system administrator."), "Ask an administrator to enable"),
    (login("Your user account has been temporarily locked due to too many failed attempts."), "Wait 15 minutes"),
    (
        login("Specified password has expired. Password must be changed using the Snowflake web console."),
        "Log in to Snowsight once",
    ),
    (
        login("The user you were trying to authenticate as differs from the user currently logged in at the IDP."),
        "Sign in at the identity provider",
    ),
    (login("Something that nobody has seen."), "Snowflake has answered and refuses"),
    (
        ProgrammingError(msg="Authentication token has expired.  The user must authenticate again.", errno=390114),
        "The session has ended",
    ),
    (ProgrammingError(msg="Account must be specified", errno=251001), ACCOUNT),
    (ProgrammingError(msg="User is empty, but it must be provided unless ...", errno=251005), "Add user"),
    (ProgrammingError(msg="Password is empty", errno=251006), "Add password"),
    (
        ProgrammingError(msg="Password for username password authenticator is empty.", errno=251006),
        "Add password",
    ),
    (ProgrammingError(msg="Unknown authenticator: SNOWFLAKE_JTW", errno=251007), "Check authenticator"),
    (ProgrammingError(msg="Invalid paramstyle is specified", errno=251007), "Change what it names"),
    (
        ProgrammingError(
            msg="Failed to load private key: Incorrect password, could not decrypt key\nPlease provide a valid ",
            errno=251008,
        ),
        "Check private_key_file",
    ),
    (TypeError("Password was not given but private key is encrypted"), "Check private_key_file"),
    (ValueError("Could not deserialize key data. The data may be in an incorrect format."), "Check private_key_file"),
    (
        ProgrammingError(msg="localhost is not found. Ensure /etc/hosts has localhost entry.", errno=251009),
        "Name localhost",
    ),
    (ProgrammingError(msg="Oauth code flow requirement 'client_id' is empty", errno=251013), "Add oauth_client_id"),
    (ProgrammingError(msg="Oauth code flow requirement 'client_secret' is empty", errno=251020), "Add oauth_client_id"),
    (DatabaseError(msg="State changed during OAuth process.", errno=251014), "complete the sign-in in the browser"),
    (
        DatabaseError(msg="Unable to receive the OAuth message within a given timeout.", errno=251016),
        "complete the sign-in in the browser",
    ),
    (
        ProgrammingError(msg="No AWS region was found. Ensure the application is running on AWS.", errno=251018),
        "Check workload_identity_provider",
    ),
    (
        OperationalError(msg="ConnectionTimeout occurred during login. Will be handled by authenticator", errno=251011),
        NETWORK,
    ),
    (
        OperationalError(
            msg="Unable to open a browser in this environment and SSO URL contained no token.", errno=250008
        ),
        "Sign in on a machine with a browser",
    ),
    (
        SnowparkSQLException(
            "(1304): 01b: 091089 (23001): Cannot execute task, EXECUTE TASK privilege must be granted to owner role"
        ),
        "Ask an administrator for GRANT EXECUTE TASK",
    ),
    (
        ProgrammingError(
            msg="Warehouse 'W' cannot be resumed because resource monitor 'M' has exceeded its quota.",
            errno=90073,
            sqlstate="22000",
        ),
        "Raise the resource monitor's quota",
    ),
    (
        ProgrammingError(
            msg="No active warehouse selected in the current session.  Select an active warehouse with the "
            "'use warehouse' command.",
            errno=606,
            sqlstate="57P03",
        ),
        "Use a role that may use the warehouse",
    ),
    (
        ProgrammingError(msg="Grant partially executed: privileges [EXECUTE TASK] not granted.", errno=3011),
        "Use a role that has the privilege",
    ),
    (
        ProgrammingError(msg="Grant not executed: Insufficient privileges.", errno=3102),
        "Use a role that has the privilege",
    ),
    (
        ProgrammingError(msg="Insufficient privileges to operate on account 'X'", errno=3001, sqlstate="42501"),
        "Use a role that has the privilege",
    ),
    (
        OperationalError(
            msg="HTTPSConnectionPool(host='x', port=443): Max retries exceeded with url: / (Caused by SSLError(SSLCert"
            "VerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch')))",
            errno=250003,
        ),
        "Check account in connections.toml (another host",
    ),
    (
        OperationalError(
            msg="Failed to connect to DB. Service is unavailable: x.snowflakecomputing.com:443. 000503: 503: HTTP 503",
            errno=250001,
            sqlstate="08001",
        ),
        "Snowflake cannot answer now",
    ),
    (
        ForbiddenError(
            msg="Failed to connect to DB. Verify the account name is correct: x.snowflakecomputing.com:443. "
            "000403: 403: HTTP 403: Forbidden",
            errno=250001,
        ),
        ACCOUNT,
    ),
    (ForbiddenError(msg="404 Not Found: post x.snowflakecomputing.com", errno=290404), ACCOUNT),
    (OperationalError(msg="Could not connect to Snowflake backend after 2 attempt(s).Aborting", errno=250001), NETWORK),
    (DatabaseError(msg="Failed to connect to DB. Name or service not known", errno=250001), NETWORK),
    (
        OperationalError(
            msg="Failed to execute request: HTTPSConnectionPool(host='x', port=443): Max retries exceeded (Caused by "
            "NameResolutionError(\"Failed to resolve 'x' ([Errno -2] Name or service not known)\"))",
            errno=250003,
        ),
        NETWORK,
    ),
]


@pytest.mark.parametrize(("error", "advice"), MESSAGES, ids=[explain(error)[:60] for error, _ in MESSAGES])
def test_an_error_is_followed_by_what_to_do(error: Exception, advice: str) -> None:
    step = next_step(str(error))
    assert step is not None
    assert step.startswith(advice) or advice in step
    assert explain(error).endswith(step)


NO_ADVICE = [
    "Something nobody has seen",
    "100038 (22018): Numeric value '390100' is not recognized",
    "002003 (42S02): SQL compilation error: Object 'X' does not exist or not authorized.",
    "000630 (57014): Statement reached its statement or warehouse timeout of 3,600 second(s) and was canceled.",
    "100040 (22007): Date '251008' is not recognized",
    "002003 (42S02): SQL compilation error: Object 'MFA' does not exist or not authorized.",
    "000904 (42000): SQL compilation error: invalid identifier 'DUO'",
]


@pytest.mark.parametrize("text", NO_ADVICE)
def test_what_is_not_known_gets_no_advice_rather_than_a_wrong_one(text: str) -> None:
    assert next_step(text) is None


REFUSED = "003001 (42501): SQL access control error: Insufficient privileges to operate on "
ABSENT = "002003 (42S02): SQL compilation error: "
IN_THE_WAY = (
    "003041 (42710): SQL compilation error: Object 'ORDERS' already exists, but current role has no privileges on it. "
    "If this is unexpected and you cannot resolve this problem, contact your system administrator. ACCOUNTADMIN role "
    "may be required to manage the privileges on the object."
)
LACKS = "The role lacks {} on {}: ask an administrator for "
UNSEEN = "If it is there, the role does not see it: ask its owner or an administrator for "

# What Snowflake says to a statement of the role DEPLOYER, the statement, and the GRANT that is named.
REFUSALS: list[tuple[str, str, str]] = [
    (f"{REFUSED}account 'X'", "CREATE OR ALTER DATABASE D\n  COMMENT = ''", "CREATE DATABASE ON ACCOUNT"),
    (f"{REFUSED}account 'X'", "CREATE WAREHOUSE IF NOT EXISTS W", "CREATE WAREHOUSE ON ACCOUNT"),
    (f"{REFUSED}account 'X'", "CREATE OR ALTER ROLE R", "CREATE ROLE ON ACCOUNT"),
    (f"{REFUSED}account 'X'", "CREATE OR ALTER SHARE S", "CREATE SHARE ON ACCOUNT"),
    (f"{REFUSED}account 'X'", "GRANT EXECUTE TASK ON ACCOUNT TO ROLE R", "EXECUTE TASK ON ACCOUNT+"),
    (f"{REFUSED}database 'D'", "CREATE OR ALTER SCHEMA D.S\n  WITH MANAGED ACCESS", "CREATE SCHEMA ON DATABASE D"),
    (f"{REFUSED}schema 'S'", "CREATE OR ALTER STAGE D.S.ST", "CREATE STAGE ON SCHEMA D.S"),
    (f"{REFUSED}schema 'S'", "CREATE ICEBERG TABLE IF NOT EXISTS D.S.T (A INT)", "CREATE ICEBERG TABLE ON SCHEMA D.S"),
    (f"{REFUSED}schema 'S'", "CREATE OR ALTER SCHEMA D.S", "OWNERSHIP ON SCHEMA D.S"),
    (f"{REFUSED}schema 'S'", "GRANT USAGE ON SCHEMA D.S TO ROLE R", "USAGE ON SCHEMA D.S+"),
    (f"{REFUSED}warehouse 'W'", "ALTER WAREHOUSE W SET\n  AUTO_SUSPEND = 60", "MODIFY ON WAREHOUSE W"),
    (f"{REFUSED}warehouse 'W'", "ALTER WAREHOUSE W SUSPEND", "OPERATE ON WAREHOUSE W"),
    (f"{REFUSED}table 'T'", "INSERT INTO D.S.T SELECT 1", "INSERT ON TABLE D.S.T"),
    (f"{REFUSED}table 'T'", "DROP TABLE IF EXISTS D.S.T", "OWNERSHIP ON TABLE D.S.T"),
    (f"{REFUSED}table 'T'", "CREATE OR REPLACE TABLE D.S.T (A INT)", "OWNERSHIP ON TABLE D.S.T"),
    (f"{REFUSED}table 'T'", "SELECT T.A FROM D.S.T AS T", "SELECT ON TABLE D.S.T"),
    (f"{REFUSED}view 'V'", "SELECT * FROM D.S.T JOIN D.S.V", "SELECT ON VIEW D.S.V"),
    (f"{REFUSED}stage 'ST'", "PUT 'file:///a.csv' @D.S.ST/a/", "WRITE ON STAGE D.S.ST"),
    (f"{REFUSED}stage 'ST'", "COPY INTO D.S.T FROM @D.S.ST/a/", "READ ON STAGE D.S.ST"),
    (f"{REFUSED}stage 'ST'", "COPY INTO @D.S.ST/a/ FROM D.S.T", "WRITE ON STAGE D.S.ST"),
    (f"{REFUSED}task 'TK'", "EXECUTE TASK D.S.TK", "OPERATE ON TASK D.S.TK"),
    (f"{REFUSED}task 'TK'", "ALTER TASK D.S.TK SET COMMENT = ''", "OWNERSHIP ON TASK D.S.TK"),
    (f"{REFUSED}pipe 'P'", "ALTER PIPE D.S.P SET PIPE_EXECUTION_PAUSED = TRUE", "OPERATE ON PIPE D.S.P"),
    (f"{REFUSED}resource_monitor 'M'", "ALTER RESOURCE MONITOR M SET CREDIT_QUOTA = 2", "MODIFY ON RESOURCE MONITOR M"),
    (f"{REFUSED}role 'R'", "GRANT ROLE R TO USER U", "OWNERSHIP ON ROLE R"),
    (f"{REFUSED}sequence 'Q'", "SELECT D.S.Q.NEXTVAL", "USAGE ON SEQUENCE D.S.Q"),
    (
        f"{REFUSED}account 'X'",
        "SELECT * FROM TABLE(INFORMATION_SCHEMA.WAREHOUSE_METERING_HISTORY(CURRENT_DATE()))",
        "MONITOR USAGE ON ACCOUNT",
    ),
    (
        f"{REFUSED}table 'T'",
        "MERGE INTO D.S.T USING N ON T.A = N.A WHEN MATCHED THEN UPDATE SET A = 1",
        "UPDATE ON TABLE D.S.T",
    ),
    (
        f"{REFUSED}table 'T'. Your primary role DEPLOYER must have OWNERSHIP granted on TABLE D.S.T.",
        "DROP TABLE D.S.T",
        "OWNERSHIP ON TABLE D.S.T",
    ),
    (
        f"{ABSENT}Database 'SNOWFLAKE' does not exist or not authorized.",
        "SELECT * FROM SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY",
        "IMPORTED PRIVILEGES ON DATABASE SNOWFLAKE?",
    ),
    (f"{REFUSED}table 'my \"table\"'", "DELETE FROM T", 'DELETE ON TABLE my "table"'),
    (
        "003011 (42501): Grant partially executed: privileges [EXECUTE TASK] not granted.",
        "GRANT EXECUTE TASK ON ACCOUNT TO ROLE R",
        "EXECUTE TASK ON ACCOUNT+",
    ),
    (
        "003102 (42501): Grant not executed: Insufficient privileges.",
        "GRANT USAGE, MONITOR ON WAREHOUSE W TO ROLE R",
        "USAGE, MONITOR ON WAREHOUSE W+",
    ),
    (f"{ABSENT}Database 'D' does not exist or not authorized.", "SELECT * FROM D.S.T", "USAGE ON DATABASE D?"),
    (f"{ABSENT}Schema 'D.S' does not exist or not authorized.", "COPY INTO D.S.T FROM @D.S.ST", "USAGE ON SCHEMA D.S?"),
    (f"{ABSENT}Object 'D.S.T' does not exist or not authorized.", "SELECT * FROM D.S.T", "SELECT ON TABLE D.S.T?"),
    (f"{ABSENT}Stage 'D.S.ST' does not exist or not authorized.", "LIST @D.S.ST/a/", "READ ON STAGE D.S.ST?"),
    (
        f"{ABSENT}File format 'D.S.F' does not exist or not authorized.",
        "COPY INTO T FROM @ST",
        "USAGE ON FILE FORMAT D.S.F?",
    ),
    (f"{ABSENT}Warehouse 'W' does not exist or not authorized.", "ALTER WAREHOUSE W SUSPEND", "USAGE ON WAREHOUSE W?"),
    (
        "002043 (02000): SQL compilation error: Object does not exist, or operation cannot be performed.",
        "USE WAREHOUSE W",
        "USAGE ON WAREHOUSE W?",
    ),
    (IN_THE_WAY, "CREATE TABLE IF NOT EXISTS D.S.ORDERS (A INT)", "OWNERSHIP ON TABLE D.S.ORDERS!"),
    (IN_THE_WAY, "CREATE OR ALTER FILE FORMAT D.S.ORDERS", "OWNERSHIP ON FILE FORMAT D.S.ORDERS!"),
]


@pytest.mark.parametrize(("fact", "sql", "grant"), REFUSALS, ids=[f"{one[1][:40]} {one[2]}" for one in REFUSALS])
def test_a_refused_statement_is_followed_by_the_privilege_that_it_takes_and_its_grant(
    fact: str, sql: str, grant: str
) -> None:
    """`+` is to hand it on, `?` of what may be absent, `!` of what is in the way."""
    given = grant.rstrip("+?!")
    privilege, _, on = given.partition(" ON ")
    option = " WITH GRANT OPTION" if grant.endswith("+") else " COPY CURRENT GRANTS" if privilege == "OWNERSHIP" else ""
    statement = f"GRANT {given} TO ROLE DEPLOYER{option};"
    before = {"?": UNSEEN, "!": "Another role owns it: take another name (--prefix), or ask an administrator for "}
    assert next_step(fact, sql, "DEPLOYER") == before.get(grant[-1], LACKS.format(privilege, on)) + statement


def test_accountadmin_is_told_to_run_the_grant_itself() -> None:
    cases = [
        (f"{ABSENT}Object 'D.S.T' does not exist or not authorized.", "SELECT 1 FROM D.S.T", "Check the name. If it"),
        (
            f"{REFUSED}table 'T'",
            "SELECT 1 FROM D.S.T",
            "The role lacks SELECT on TABLE D.S.T, and may give it to itself",
        ),
        (IN_THE_WAY, "CREATE TABLE IF NOT EXISTS D.S.ORDERS (A INT)", "Another role owns it: take another name"),
    ]
    for fact, sql, told in cases:
        step = next_step(fact, sql, "ACCOUNTADMIN") or ""
        assert step.startswith(told)
        assert "TO ROLE ACCOUNTADMIN" in step
        assert "administrator" not in step


# The statement does not tell which privilege it takes, or what is absent is no object that one is granted on.
UNTOLD = [
    (f"{REFUSED}stage 'ST'", "GRANT READ ON STAGE D.S.ST TO ROLE R", "Use a role that has the privilege"),
    (f"{REFUSED}schema 'S'", "GRANT SELECT ON FUTURE TABLES IN SCHEMA D.S TO ROLE R", "Use a role that has the"),
    (
        f"{REFUSED}account 'X'",
        "EXECUTE IMMEDIATE $$ BEGIN CREATE DATABASE D; END; $$",
        "Use a role that has the privilege",
    ),
    (
        f"{REFUSED}stream source without CHANGE_TRACKING enabled 'T'",
        "CREATE STREAM S ON TABLE T",
        "Ask the owner of the",
    ),
    (f"{ABSENT}Role 'R' does not exist or not authorized.", "GRANT ROLE R TO ROLE DEPLOYER", ""),
    (f"{ABSENT}Object 'D.S.T' does not exist or not authorized.", "", ""),
]


@pytest.mark.parametrize(("fact", "sql", "step"), UNTOLD)
def test_where_the_statement_does_not_tell_no_privilege_is_guessed(fact: str, sql: str, step: str) -> None:
    assert (next_step(fact, sql, "DEPLOYER") or "").startswith(step)
    assert "GRANT " not in (next_step(fact, sql, "DEPLOYER") or "")


def errors_of_the_connection() -> list[tuple[str, int]]:
    codes: dict[str, Any] = vars(errorcode)
    return [(name, code) for name, code in codes.items() if name.startswith("ER_") and 251005 <= code <= 251999]


@pytest.mark.parametrize(("name", "number"), errors_of_the_connection())
def test_every_error_that_the_connector_has_for_a_connection_has_a_step_of_its_own(name: str, number: int) -> None:
    step = next_step(f"{number}: {name}")
    assert step is not None
    assert ("private_key_file and" in step) == (name == "ER_INVALID_PRIVATE_KEY")
