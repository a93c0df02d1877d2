"""What is current in a session, and its parameters."""

import pytest

from tests.emulator.conftest import Connect, Fails, Rows, Run, run_on

pytestmark = pytest.mark.emulator("module")


def test_the_context_functions_know_the_session(run: Run) -> None:
    assert run("SELECT CURRENT_ROLE(), CURRENT_USER(), CURRENT_ACCOUNT(), CURRENT_WAREHOUSE(), CURRENT_DATABASE()") == [
        ("ACCOUNTADMIN", "PRESENTER", "EMULATOR", "WH", "DEMO")
    ]


@pytest.mark.emulator("own")
@pytest.mark.parametrize(
    ("use", "question", "answer"),
    [
        ("USE ROLE SYSADMIN", "CURRENT_ROLE()", "SYSADMIN"),
        ("USE WAREHOUSE W2", "CURRENT_WAREHOUSE()", "W2"),
        ("USE DATABASE D2", "CURRENT_SCHEMA()", "PUBLIC"),
        ("USE SCHEMA S2", "CURRENT_SCHEMA()", "S2"),
        ("USE SCHEMA DEMO.S2", "CURRENT_SCHEMA()", "S2"),
        ("USE D2", "CURRENT_DATABASE()", "D2"),
        ("USE DEMO.S2", "CURRENT_SCHEMA()", "S2"),
        ("USE ROLE IDENTIFIER('sysadmin')", "CURRENT_ROLE()", "SYSADMIN"),
        ("USE SCHEMA IDENTIFIER('demo.\"S2\"')", "CURRENT_SCHEMA()", "S2"),
    ],
)
def test_use_makes_current(run: Run, use: str, question: str, answer: str) -> None:
    for sql in (
        "CREATE WAREHOUSE W2",
        "CREATE DATABASE D2",
        "CREATE SCHEMA DEMO.S2",
        "USE SCHEMA DEMO.PUBLIC",
        "USE WAREHOUSE WH",
    ):
        run(sql)
    run(use)
    assert run(f"SELECT {question}") == [(answer,)]


@pytest.mark.parametrize("use", ["USE ROLE X", "USE WAREHOUSE X", "USE DATABASE X", "USE SCHEMA X", "USE SCHEMA X.Y"])
def test_use_of_what_is_not_there_is_an_error(fails: Fails, use: str) -> None:
    assert fails(use).errno == 2043


def test_login_makes_current_what_exists_and_passes_over_the_rest(run: Run, connect: Connect) -> None:
    run("CREATE SCHEMA DEMO.RAW")
    known = connect(database="demo", schema="raw", warehouse="wh", role="sysadmin")
    assert run_on(known, "SELECT CURRENT_DATABASE(), CURRENT_SCHEMA(), CURRENT_WAREHOUSE(), CURRENT_ROLE()") == [
        ("DEMO", "RAW", "WH", "SYSADMIN")
    ]
    unknown = connect(database="nope", warehouse="nope", role="nope")
    assert run_on(unknown, "SELECT CURRENT_DATABASE(), CURRENT_WAREHOUSE(), CURRENT_ROLE()") == [
        (None, None, "ACCOUNTADMIN")
    ]


def test_a_parameter_is_set_shown_and_reset(run: Run, rows: Rows) -> None:
    run("ALTER SESSION SET QUERY_TAG = 'tag', LOCK_TIMEOUT = 5")
    shown = {row["key"]: (row["value"], row["level"]) for row in rows("SHOW PARAMETERS")}
    assert (shown["QUERY_TAG"], shown["LOCK_TIMEOUT"]) == (("tag", "SESSION"), ("5", "SESSION"))
    run("ALTER SESSION UNSET QUERY_TAG")
    [row] = rows("SHOW PARAMETERS LIKE 'query_tag' IN SESSION")
    assert row["value"] == ""


def test_retention_is_a_parameter_with_the_level_that_set_it(run: Run, rows: Rows) -> None:
    run("ALTER DATABASE DEMO SET DATA_RETENTION_TIME_IN_DAYS = 7")
    shown = {
        scope: (row["value"], row["level"])
        for scope in ("DATABASE DEMO", "SCHEMA DEMO.PUBLIC")
        for row in rows(f"SHOW PARAMETERS LIKE 'DATA_RETENTION%' IN {scope}")
    }
    assert shown == {"DATABASE DEMO": ("7", "DATABASE"), "SCHEMA DEMO.PUBLIC": ("7", "DATABASE")}


def test_a_table_has_the_parameters_of_what_it_is_in(run: Run, rows: Rows) -> None:
    shown = "SHOW PARAMETERS LIKE '%RETENTION%' IN TABLE DEMO.PUBLIC.KEPT"
    run("CREATE OR REPLACE TABLE DEMO.PUBLIC.KEPT (A INT)")
    for change, expected in (
        ("ALTER DATABASE DEMO UNSET DATA_RETENTION_TIME_IN_DAYS", ("1", "")),
        ("ALTER DATABASE DEMO SET DATA_RETENTION_TIME_IN_DAYS = 7", ("7", "DATABASE")),
        ("ALTER SCHEMA DEMO.PUBLIC SET DATA_RETENTION_TIME_IN_DAYS = 3", ("3", "SCHEMA")),
        ("ALTER TABLE DEMO.PUBLIC.KEPT SET DATA_RETENTION_TIME_IN_DAYS = 0", ("0", "TABLE")),
    ):
        run(change)
        assert [(row["value"], row["level"]) for row in rows(shown)] == [expected]


def test_parameters_are_those_of_what_is_current_if_none_is_named(run: Run, rows: Rows) -> None:
    run("USE SCHEMA DEMO.PUBLIC")
    for kind, name in (("DATABASE", "DEMO"), ("SCHEMA", "DEMO.PUBLIC"), ("USER", "CURRENT_USER")):
        name = run("SELECT CURRENT_USER()")[0][0] if kind == "USER" else name
        assert rows(f"SHOW PARAMETERS IN {kind}") == rows(f"SHOW PARAMETERS FOR {kind} {name}") != []


@pytest.mark.parametrize(
    ("sql", "errno"),
    [
        ("SHOW PARAMETERS IN TABLE NOPE", 2043),
        ("SHOW PARAMETERS IN TABLE", 2),
        ("ALTER SESSION SET NO_SUCH = 1", 1006),
        ("ALTER SESSION SET JSON_INDENT = 0", 2),
        ("ALTER SESSION SET AUTOCOMMIT = 'maybe'", 1008),
        ("ALTER SESSION SET QUERY_TAG = '" + "x" * 2001 + "'", 1008),
        ("SHOW PARAMETERS IN DATABASE NOPE", 2043),
        ("SHOW PARAMETERS IN ACCOUNT", 2),
    ],
)
def test_a_parameter_that_cannot_be_honoured_is_refused(fails: Fails, sql: str, errno: int) -> None:
    assert fails(sql).errno == errno


UNKNOWN = [
    (
        "CREATE DYNAMIC TABLE T TARGET_LAG = '1 minute' WAREHOUSE = WH AS SELECT 1",
        "CREATE DYNAMIC TABLE is not emulated",
    ),
    ("UNDROP DYNAMIC TABLE X", "UNDROP DYNAMIC TABLE is not emulated"),
    ("EXPLAIN SELECT 1", "EXPLAIN is not emulated"),
    ("SHOW REGIONS", "SHOW REGIONS is not emulated"),
    ("SELECT * FROM READ_CSV('x')", "Unknown function READ_CSV"),
    ("SELECT * FROM DUCKDB_TABLES()", "Unknown function DUCKDB_TABLES"),
    ("FROBNICATE X", "syntax error line 1 at position 0 unexpected 'FROBNICATE'."),
    ("SELECT 1; DROP WAREHOUSE WH", "Actual statement count 2 did not match the desired statement count 1."),
    ("SELECT 'open", "parse error line 1 at position 12 near '<EOF>'"),
]


@pytest.mark.parametrize(("sql", "message"), UNKNOWN, ids=[case[0][:40] for case in UNKNOWN])
def test_an_unknown_statement_says_so_at_once(fails: Fails, run: Run, sql: str, message: str) -> None:
    assert message in str(fails(sql).msg)
    assert run("SELECT 1") == [(1,)]


def test_what_another_session_has_dropped_is_no_longer_current(connect: Connect) -> None:
    one, other = connect(), connect()
    run_on(one, "CREATE WAREHOUSE W")
    run_on(one, "CREATE DATABASE D")
    run_on(one, "CREATE SCHEMA D.S")
    current = "SELECT CURRENT_DATABASE(), CURRENT_SCHEMA(), CURRENT_WAREHOUSE()"
    assert run_on(one, current) == [("D", "S", "W")]
    run_on(other, "DROP SCHEMA D.S")
    assert run_on(one, current) == [("D", None, "W")]
    run_on(other, "DROP WAREHOUSE W")
    run_on(other, "DROP DATABASE D")
    assert run_on(one, current) == [(None, None, None)]
    run_on(one, "CREATE DATABASE E")
    assert run_on(one, current) == [("E", "PUBLIC", None)]


def test_secondary_roles_are_all_until_a_session_says_none(run: Run, fails: Fails) -> None:
    """The JSON is what accounts answer; https://docs.snowflake.com/en/sql-reference/functions/current_secondary_roles"""
    run("CREATE ROLE TEAM")
    run("CREATE ROLE OF_OTHERS")
    run("GRANT ROLE TEAM TO USER PRESENTER")
    assert run("SELECT CURRENT_SECONDARY_ROLES()") == [
        ('{"roles":"SECURITYADMIN,SYSADMIN,TEAM,USERADMIN","value":"ALL"}',)
    ]
    run("USE SECONDARY ROLES NONE")
    assert run("SELECT CURRENT_SECONDARY_ROLES()") == [('{"roles":"","value":""}',)]
    run("USE SECONDARY ROLES ALL")
    assert run("SELECT PARSE_JSON(CURRENT_SECONDARY_ROLES()):value::VARCHAR") == [("ALL",)]
    assert "USE SECONDARY ROLES TEAM is not emulated" in str(fails("USE SECONDARY ROLES TEAM").msg)


@pytest.mark.parametrize(
    ("asked", "errno"),
    [("CURRENT_USER(1)", 939), ("CURRENT_SCHEMA('S')", 939), ("CURRENT_ROLE(1)", 939), ("LAST_QUERY_ID(-2)", 2)],
)
def test_a_context_function_takes_no_argument_that_would_be_passed_over(fails: Fails, asked: str, errno: int) -> None:
    assert fails(f"SELECT {asked}").errno == errno
