"""TABLE(INFORMATION_SCHEMA.<FUNCTION>(...)): where it may stand, how its arguments are read, what is refused.

https://docs.snowflake.com/en/sql-reference/info-schema#table-functions
"""

import pytest

from tests.emulator.conftest import Fails, Run

pytestmark = pytest.mark.emulator("module")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT COUNT(*) FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY()) AS Q WHERE Q.QUERY_TEXT LIKE 'CREATE DAT%'",
        "SELECT COUNT(*) FROM TABLE(DEMO.INFORMATION_SCHEMA.QUERY_HISTORY()) WHERE QUERY_TEXT LIKE 'CREATE DAT%'",
        "WITH Q AS (SELECT * FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY()))"
        " SELECT COUNT(*) FROM Q WHERE QUERY_TEXT LIKE 'CREATE DAT%'",
        "SELECT (SELECT COUNT(*) FROM TABLE(information_schema.query_history(result_limit => 5 * 10))"
        " WHERE query_text LIKE 'CREATE DAT%')",
        "SELECT COUNT(*) FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY()) A"
        " JOIN TABLE(INFORMATION_SCHEMA.QUERY_HISTORY()) B USING (QUERY_ID) WHERE A.QUERY_TEXT LIKE 'CREATE DAT%'",
    ],
)
def test_a_table_function_may_stand_wherever_a_table_may(run: Run, query: str) -> None:
    assert run(query) == [(1,)]


def test_its_rows_can_be_kept_in_a_table(run: Run) -> None:
    run("CREATE TABLE KEPT AS SELECT QUERY_ID FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY(RESULT_LIMIT => 2))")
    run("INSERT INTO KEPT SELECT QUERY_ID FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY(RESULT_LIMIT => 1))")
    assert run("SELECT COUNT(*) FROM KEPT") == [(3,)]


def test_the_function_needs_no_database_name_where_the_schema_is_current(run: Run) -> None:
    run("USE SCHEMA INFORMATION_SCHEMA")
    assert run("SELECT COUNT(*) FROM TABLE(QUERY_HISTORY(RESULT_LIMIT => 1))") == [(1,)]


@pytest.mark.parametrize(
    ("call", "errno", "message"),
    [
        (
            "INFORMATION_SCHEMA.PIPE_USAGE_HISTORY()",
            2,
            "TABLE(INFORMATION_SCHEMA.PIPE_USAGE_HISTORY()) is not emulated",
        ),
        ("NOPE.INFORMATION_SCHEMA.QUERY_HISTORY()", 2003, "Database 'NOPE' does not exist or not authorized."),
        (
            "INFORMATION_SCHEMA.QUERY_HISTORY(LIMIT_ => 5)",
            1044,
            "Invalid argument name 'LIMIT_' for function 'QUERY_HISTORY'",
        ),
        (
            "INFORMATION_SCHEMA.WAREHOUSE_METERING_HISTORY()",
            938,
            "not enough arguments for function [WAREHOUSE_METERING_HISTORY()], missing DATE_RANGE_START.",
        ),
        (
            "INFORMATION_SCHEMA.WAREHOUSE_METERING_HISTORY(CURRENT_DATE(), CURRENT_DATE(), 'W', 1)",
            939,
            "too many arguments for function [WAREHOUSE_METERING_HISTORY()] expected 3, got 4",
        ),
    ],
)
def test_wrong_calls_are_refused_with_the_reason(fails: Fails, call: str, errno: int, message: str) -> None:
    error = fails(f"SELECT * FROM TABLE({call})")
    assert error.errno == errno
    assert message in str(error.msg)


@pytest.mark.emulator("own")
def test_without_a_current_database_the_function_must_be_qualified(bare: object, fails: Fails, run: Run) -> None:
    run("DROP DATABASE DEMO")
    assert fails("SELECT * FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY())").errno == 90105
