"""Pipes are recorded: https://docs.snowflake.com/en/sql-reference/sql/create-pipe"""

import pytest
from snowflake.connector import SnowflakeConnection

from tests.emulator.conftest import Fails, Rows, Run, run_on

pytestmark = pytest.mark.emulator("module")

COPY = "COPY INTO t FROM @s/in/ PATTERN = '.*[.]csv' FILE_FORMAT = (TYPE = CSV) ON_ERROR = SKIP_FILE"


@pytest.fixture
def connection(connection: SnowflakeConnection) -> SnowflakeConnection:
    """Each test begins with an empty schema PIPES that has a table and a stage."""
    for sql in (
        "CREATE OR REPLACE SCHEMA DEMO.PIPES",
        "USE SCHEMA DEMO.PIPES",
        "CREATE TABLE t (a NUMBER(38,0))",
        "CREATE STAGE s",
    ):
        run_on(connection, sql)
    return connection


def test_a_pipe_is_shown_as_it_was_written(run: Run, rows: Rows) -> None:
    assert run(f"CREATE PIPE p AUTO_INGEST = TRUE INTEGRATION = 'Q' COMMENT = 'it''s' AS {COPY};") == [
        ("Pipe P successfully created.",)
    ]
    [shown] = rows("SHOW PIPES IN SCHEMA demo.pipes")
    expected = {
        "name": "P",
        "database_name": "DEMO",
        "schema_name": "PIPES",
        "definition": COPY,
        "owner": "ACCOUNTADMIN",
        "comment": "it's",
        "integration": "Q",
        "pattern": ".*[.]csv",
        "invalid_reason": None,
        "kind": "STAGE",
    }
    assert {name: shown[name] for name in expected} == expected
    assert rows("DESCRIBE PIPE p") == rows("DESC PIPE demo.pipes.p") == [shown]


def test_a_pipe_is_created_once_replaced_and_dropped_with_its_schema(run: Run, rows: Rows, fails: Fails) -> None:
    run(f"CREATE PIPE p AS {COPY}")
    assert fails(f"CREATE PIPE p AS {COPY}").errno == 2002
    assert run(f"CREATE PIPE IF NOT EXISTS p AS {COPY}") == [("P already exists, statement succeeded.",)]
    run("CREATE OR REPLACE PIPE p AS COPY INTO t FROM @s")
    assert [row["definition"] for row in rows("SHOW PIPES")] == ["COPY INTO t FROM @s"]
    run("DROP PIPE p")
    assert fails("DESC PIPE p").errno == fails("DROP PIPE p").errno == 2003
    run("DROP PIPE IF EXISTS p")
    run(f"CREATE PIPE p AS {COPY}")
    run("CREATE OR REPLACE SCHEMA demo.pipes")
    assert rows("SHOW PIPES IN ACCOUNT") == []


def test_a_pipe_is_paused_and_commented_and_nothing_else(run: Run, rows: Rows, fails: Fails) -> None:
    run(f"CREATE PIPE p AUTO_INGEST = TRUE AS {COPY}")
    run("ALTER PIPE p SET PIPE_EXECUTION_PAUSED = TRUE COMMENT = 'resting'")
    assert [row["comment"] for row in rows("SHOW PIPES LIKE 'P'")] == ["resting"]
    run("ALTER PIPE p UNSET COMMENT")
    assert [row["comment"] for row in rows("SHOW PIPES")] == [None]
    assert "AUTO_INGEST" in str(fails("ALTER PIPE p SET AUTO_INGEST = FALSE"))
    assert "ALTER PIPE ... REFRESH is not emulated" in str(fails("ALTER PIPE p REFRESH"))
    run("ALTER PIPE IF EXISTS none REFRESH")


@pytest.mark.parametrize(
    ("copy", "errno"),
    [
        ("COPY INTO none FROM @s", 2003),
        ("COPY INTO t FROM @none", 2003),
        ("COPY INTO t FROM @s FILE_FORMAT = (FORMAT_NAME = none)", 2003),
        ("COPY INTO t FROM @s NO_SUCH = 1", 1006),
        ("SELECT 1", 1003),
        ("COPY INTO t FROM @s ON_ERROR = ABORT_STATEMENT", 2),
        ("COPY INTO t FROM @s FORCE = TRUE", 2),
        ("COPY INTO t FROM @s FILES = ('a.csv')", 2),
        ("COPY INTO t FROM @s VALIDATION_MODE = RETURN_ERRORS", 2),
    ],
)
def test_a_copy_that_no_pipe_could_run_is_refused(fails: Fails, rows: Rows, copy: str, errno: int) -> None:
    assert fails(f"CREATE PIPE p AS {copy}").errno == errno
    assert rows("SHOW PIPES") == []


def test_an_external_table_is_refused_by_name(fails: Fails) -> None:
    sql = "CREATE EXTERNAL TABLE IF NOT EXISTS x LOCATION = @s FILE_FORMAT = (TYPE = PARQUET)"
    assert "CREATE EXTERNAL TABLE is not emulated" in str(fails(sql))
