"""What a role may do, statement by statement: https://docs.snowflake.com/en/user-guide/security-access-control-privileges

ANN has the role R alone, with no secondary roles; each case grants R something, and tells what R may do then.
"""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pytest
import snowflake.connector
from snowflake.connector import SnowflakeConnection
from snowflake.connector.errors import DatabaseError

from src.emulator.engine import Engine
from src.emulator.pipeline import access
from src.emulator.protocol.serving import Address
from tests.emulator.conftest import DEMO, QUIET, Rows, Run, run_on
from tests.fidelity.test_facts import answer

pytestmark = pytest.mark.emulator("module")

Ann = Callable[[str], int | None]

PATH = ("USAGE ON DATABASE DEMO", "USAGE ON SCHEMA DEMO.PUBLIC", "USAGE ON WAREHOUSE WH")


# What a case names, besides T, is made for it.
MADE = {
    "V": "CREATE VIEW V AS SELECT A FROM T",
    "VT": "CREATE VIEW VT CHANGE_TRACKING = TRUE AS SELECT A FROM T",
    "S": "CREATE STREAM S ON TABLE T",
    "ST": "CREATE STAGE ST",
    "ST2": "CREATE STAGE ST2",
    "FF": "CREATE FILE FORMAT FF TYPE = CSV",
    "TK": "CREATE TASK TK WAREHOUSE = WH AS SELECT 1",
}


@pytest.fixture(scope="module")
def session(module_account: SnowflakeConnection, module_address: Address) -> Iterator[SnowflakeConnection]:
    """Ann's."""
    for sql in (
        "CREATE ROLE R",
        "CREATE ROLE OTHER",
        "CREATE USER ANN DEFAULT_ROLE = R DEFAULT_SECONDARY_ROLES = ()",
        "GRANT ROLE R TO USER ANN",
        *(f"GRANT {one} TO ROLE R" for one in PATH),
    ):
        run_on(module_account, sql)
    with snowflake.connector.connect(**(module_address.parameters | QUIET | DEMO | {"user": "ANN"})) as opened:
        yield opened


@pytest.fixture
def setting(run: Run, session: SnowflakeConnection, request: pytest.FixtureRequest) -> None:
    """A role with nothing but the way to the schema, and the objects that the case names."""
    case = " ".join(map(str, request.node.callspec.params.values() if hasattr(request.node, "callspec") else ()))
    for sql in (
        "CREATE OR REPLACE ROLE R",
        "CREATE OR REPLACE ROLE OTHER",
        "GRANT ROLE R TO USER ANN",
        *(f"GRANT {one} TO ROLE R" for one in PATH),
        "CREATE TABLE T (A INT)",
        *(made for name, made in MADE.items() if re.search(rf"\b{name}\b", case)),
    ):
        run(sql)
    run_on(session, "USE ROLE R")
    run_on(session, "USE SECONDARY ROLES NONE")
    run_on(session, "USE WAREHOUSE WH")
    run_on(session, "USE SCHEMA DEMO.PUBLIC")


@pytest.fixture
def ann(session: SnowflakeConnection, setting: None) -> Ann:
    """Runs a statement as R and answers with the number of its refusal, None if there is none."""

    def number_of(sql: str) -> int | None:
        try:
            run_on(session, sql)
        except DatabaseError as error:
            return error.errno
        return None

    return number_of


# What R is granted besides the way to the schema, a statement, and the number of its refusal.
CASES: list[tuple[str, str, int | None]] = [
    ("", "SELECT * FROM T", 2003),
    ("INSERT ON TABLE T", "SELECT * FROM T", 3001),
    ("SELECT ON TABLE T", "SELECT * FROM T", None),
    ("SELECT ON TABLE T", "SELECT * FROM V", 2003),
    ("SELECT ON VIEW V", "SELECT * FROM V", None),
    ("SELECT ON VIEW V", "WITH C AS (SELECT * FROM T) SELECT * FROM C", 2003),
    ("SELECT ON VIEW V", "WITH T AS (SELECT * FROM V) SELECT * FROM T", None),
    ("SELECT ON VIEW V", "SELECT * FROM V WHERE A IN (SELECT A FROM T)", 2003),
    ("SELECT ON STREAM S", "SELECT * FROM S", 2003),
    ("SELECT ON TABLE T; SELECT ON STREAM S", "SELECT * FROM S", None),
    ("SELECT ON TABLE T", "INSERT INTO T VALUES (1)", 3001),
    ("INSERT ON TABLE T", "INSERT INTO T VALUES (1)", None),
    ("INSERT ON TABLE T", "INSERT INTO T SELECT * FROM V", 2003),
    ("INSERT ON TABLE T", "INSERT OVERWRITE INTO T VALUES (1)", 3001),
    ("INSERT, DELETE ON TABLE T", "INSERT OVERWRITE INTO T VALUES (1)", None),
    ("INSERT ON TABLE T", "INSERT ALL INTO T INTO T SELECT 1", None),
    ("SELECT ON TABLE T", "INSERT ALL INTO T SELECT 1", 3001),
    ("INSERT ON TABLE T", "INSERT OVERWRITE ALL INTO T SELECT 1", 3001),
    ("INSERT ON TABLE T", "INSERT ALL INTO T SELECT A FROM V", 2003),
    ("UPDATE ON TABLE T", "UPDATE T SET A = 2", None),
    ("INSERT ON TABLE T", "UPDATE T SET A = 2", 3001),
    ("DELETE ON TABLE T", "DELETE FROM T", None),
    ("UPDATE ON TABLE T", "DELETE FROM T", 3001),
    ("TRUNCATE ON TABLE T", "TRUNCATE TABLE T", None),
    ("DELETE ON TABLE T", "TRUNCATE TABLE T", 3001),
    (
        "INSERT ON TABLE T",
        "MERGE INTO T USING (SELECT 1 A) N ON T.A = N.A WHEN MATCHED THEN UPDATE SET A = 1"
        " WHEN NOT MATCHED THEN INSERT (A) VALUES (N.A)",
        3001,
    ),
    (
        "INSERT, UPDATE ON TABLE T",
        "MERGE INTO T USING (SELECT 1 A) N ON T.A = N.A WHEN MATCHED THEN UPDATE SET A = 1"
        " WHEN NOT MATCHED THEN INSERT (A) VALUES (N.A)",
        None,
    ),
    ("ALL ON TABLE T", "DROP TABLE T", 3001),
    ("", "DROP TABLE T", 2003),
    ("", "DROP TABLE IF EXISTS T", None),
    ("ALL ON TABLE T", "ALTER TABLE T ADD COLUMN B INT", 3001),
    ("ALL ON TABLE T", "COMMENT ON TABLE T IS 'mine'", 3001),
    ("CREATE TABLE ON SCHEMA PUBLIC", "BEGIN CREATE TABLE N (A INT); ALTER TABLE N SWAP WITH T; END", 2003),
    ("CREATE TABLE ON SCHEMA PUBLIC", "BEGIN CREATE TABLE N (A INT); ALTER TABLE N RENAME TO T; END", 3041),
    ("CREATE TABLE ON SCHEMA PUBLIC", "BEGIN CREATE TABLE N (A INT); ALTER TABLE N RENAME TO M; END", None),
    ("SELECT ON TABLE T", "DESCRIBE TABLE T", None),
    ("", "DESCRIBE TABLE T", 2003),
    ("", "CREATE TABLE N (A INT)", 3001),
    ("", "CREATE TEMPORARY TABLE N (A INT)", None),
    ("CREATE TABLE ON SCHEMA PUBLIC", "CREATE TABLE N (A INT)", None),
    ("CREATE TABLE ON SCHEMA PUBLIC", "CREATE TABLE T (A INT)", 3041),
    ("CREATE VIEW ON SCHEMA PUBLIC", "CREATE VIEW T AS SELECT 1 AS A", 3041),
    # IF NOT EXISTS asks for CREATE, too, where it is there: https://github.com/snowflakedb/snowpark-python/issues/425,
    # https://github.com/dbt-labs/dbt-external-tables/issues/214
    ("ALL ON TABLE T", "CREATE TABLE IF NOT EXISTS T (A INT)", 3001),
    ("CREATE TABLE ON SCHEMA PUBLIC; SELECT ON TABLE T", "CREATE TABLE IF NOT EXISTS T (A INT)", None),
    ("", "CREATE SCHEMA IF NOT EXISTS DEMO.PUBLIC", 3001),
    ("CREATE SCHEMA ON DATABASE DEMO", "CREATE SCHEMA IF NOT EXISTS DEMO.PUBLIC", None),
    ("CREATE TABLE ON SCHEMA PUBLIC; SELECT ON TABLE T", "CREATE OR REPLACE TABLE T (A INT)", 3001),
    ("CREATE TABLE ON SCHEMA PUBLIC", "CREATE TABLE N AS SELECT * FROM T", 2003),
    ("CREATE TABLE ON SCHEMA PUBLIC; SELECT ON TABLE T", "CREATE TABLE N AS SELECT * FROM T", None),
    ("CREATE TABLE ON SCHEMA PUBLIC", "CREATE TABLE N CLONE T", 2003),
    ("CREATE VIEW ON SCHEMA PUBLIC", "CREATE VIEW N AS SELECT * FROM T", 2003),
    ("CREATE VIEW ON SCHEMA PUBLIC; SELECT ON TABLE T", "CREATE VIEW N AS SELECT * FROM T", None),
    ("CREATE STREAM ON SCHEMA PUBLIC", "CREATE STREAM N ON TABLE T", 2003),
    ("CREATE STREAM ON SCHEMA PUBLIC; SELECT ON TABLE T", "CREATE STREAM N ON TABLE T", 3001),  # not tracked yet
    ("CREATE STREAM ON SCHEMA PUBLIC; SELECT ON TABLE T; SELECT ON STREAM S", "CREATE STREAM N ON TABLE T", None),
    ("CREATE STREAM ON SCHEMA PUBLIC; SELECT ON VIEW V", "CREATE STREAM N ON VIEW V", 3001),
    ("CREATE STREAM ON SCHEMA PUBLIC; SELECT ON VIEW VT", "CREATE STREAM N ON VIEW VT", None),
    ("CREATE TASK ON SCHEMA PUBLIC", "CREATE TASK N WAREHOUSE = WH AS SELECT 1", None),
    ("CREATE STAGE ON SCHEMA PUBLIC", "CREATE STAGE N", None),
    ("", "CREATE SCHEMA DEMO.N", 3001),
    ("", "CREATE DATABASE N", 3001),
    ("", "CREATE WAREHOUSE N", 3001),
    ("", "CREATE ROLE N", 3001),
    ("", "CREATE USER N", 3001),
    ("", "CREATE SHARE N", 3001),
    ("", "CREATE RESOURCE MONITOR N WITH CREDIT_QUOTA = 1", 3001),
    ("", "DROP SCHEMA PUBLIC", 3001),
    ("", "DROP DATABASE DEMO", 3001),
    ("", "ALTER SCHEMA PUBLIC SET COMMENT = 'mine'", 3001),
    ("MODIFY ON SCHEMA PUBLIC", "ALTER SCHEMA PUBLIC SET COMMENT = 'mine'", None),
    ("MODIFY ON SCHEMA PUBLIC", "ALTER SCHEMA PUBLIC ENABLE MANAGED ACCESS", 3001),
    ("", "ALTER WAREHOUSE WH SUSPEND", 3001),
    ("OPERATE ON WAREHOUSE WH", "ALTER WAREHOUSE WH RESUME IF SUSPENDED", None),
    ("OPERATE ON WAREHOUSE WH", "ALTER WAREHOUSE WH SET AUTO_SUSPEND = 60", 3001),
    ("MODIFY ON WAREHOUSE WH", "ALTER WAREHOUSE WH SET AUTO_SUSPEND = 60", None),
    ("ALL ON WAREHOUSE WH", "DROP WAREHOUSE WH", 3001),
    ("", "EXECUTE TASK TK", 2003),
    ("MONITOR ON TASK TK", "EXECUTE TASK TK", 3001),
    ("OPERATE ON TASK TK", "EXECUTE TASK TK", None),
    ("OPERATE ON TASK TK", "ALTER TASK TK RESUME", None),
    ("OPERATE ON TASK TK", "ALTER TASK TK SET COMMENT = 'mine'", 3001),
    ("", "LIST @ST", 2003),
    ("READ ON STAGE ST", "LIST @ST", None),
    ("READ ON STAGE ST", "SELECT $1 FROM @ST", None),
    ("", "SELECT $1 FROM @ST", 2003),
    ("READ ON STAGE ST", "REMOVE @ST", 3001),
    ("READ, WRITE ON STAGE ST", "REMOVE @ST", None),
    ("READ ON STAGE ST", "COPY INTO T FROM @ST", 2003),
    ("INSERT ON TABLE T", "COPY INTO T FROM @ST", 2003),
    ("INSERT ON TABLE T; READ ON STAGE ST", "COPY INTO T FROM @ST", None),
    ("INSERT ON TABLE T; READ ON STAGE ST", "COPY INTO T FROM @ST FILE_FORMAT = (FORMAT_NAME = 'FF')", 2003),
    (
        "INSERT ON TABLE T; READ ON STAGE ST; USAGE ON FILE FORMAT FF",
        "COPY INTO T FROM @ST FILE_FORMAT = (FORMAT_NAME = 'FF')",
        None,
    ),
    ("READ, WRITE ON STAGE ST", "COPY INTO @ST/n FROM (SELECT * FROM T)", 2003),
    ("SELECT ON TABLE T; READ ON STAGE ST", "COPY INTO @ST/n FROM (SELECT * FROM T)", 3001),
    ("SELECT ON TABLE T; READ, WRITE ON STAGE ST", "COPY INTO @ST/n FROM T", None),
    ("", "COPY FILES INTO @ST/n FROM @ST", 2003),
    ("READ ON STAGE ST", "COPY FILES INTO @ST/n FROM @ST", 3001),
    ("READ, WRITE ON STAGE ST2", "COPY FILES INTO @ST2/n FROM @ST", 2003),
    ("READ, WRITE ON STAGE ST", "COPY FILES INTO @ST/n FROM @ST", None),
    ("", "EXECUTE IMMEDIATE FROM @ST/f.sql", 2003),
    ("READ ON STAGE ST", "EXECUTE IMMEDIATE FROM @ST/f.sql", 91016),
    ("", "EXECUTE IMMEDIATE 'SELECT * FROM T'", 2003),
    ("SELECT ON TABLE T", "EXECUTE IMMEDIATE 'DELETE FROM T'", 3001),
    ("", "SELECT * FROM SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY", 2003),
    ("IMPORTED PRIVILEGES ON DATABASE SNOWFLAKE", "SELECT 1 FROM SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY LIMIT 1", None),
    ("", "GRANT SELECT ON TABLE T TO ROLE OTHER", 2003),
    ("", "REVOKE SELECT ON TABLE T FROM ROLE OTHER", 2003),
    ("", "GRANT OWNERSHIP ON TABLE T TO ROLE R", 2003),
    ("", "GRANT READ ON STAGE ST TO ROLE OTHER", 2003),
    ("", "SHOW GRANTS ON TABLE T", 2003),
    ("SELECT ON TABLE T", "SHOW GRANTS ON TABLE T", None),
    ("SELECT ON TABLE T", "GRANT SELECT ON TABLE T TO ROLE OTHER", 3001),
    ("SELECT ON TABLE T", "GRANT OWNERSHIP ON TABLE T TO ROLE R", 3001),
    ("", "GRANT ROLE OTHER TO ROLE R", 3001),
    ("", "GRANT SELECT ON FUTURE TABLES IN SCHEMA PUBLIC TO ROLE R", 3001),
    ("", "GRANT CREATE DATABASE ON ACCOUNT TO ROLE R", 3001),
    ("MANAGE GRANTS ON ACCOUNT", "GRANT SELECT ON TABLE T TO ROLE R", None),
    ("MANAGE GRANTS ON ACCOUNT", "GRANT SELECT ON FUTURE TABLES IN SCHEMA PUBLIC TO ROLE R", None),
    ("MANAGE GRANTS ON ACCOUNT", "GRANT OWNERSHIP ON TABLE T TO ROLE R COPY CURRENT GRANTS", None),
    ("", "USE WAREHOUSE WH", None),
]


@pytest.mark.parametrize(("granted", "sql", "number"), CASES, ids=[f"{case[1]} with {case[0]}" for case in CASES])
def test_a_role_may_do_what_it_was_granted(run: Run, ann: Ann, granted: str, sql: str, number: int | None) -> None:
    for one in filter(None, granted.split("; ")):
        run(f"GRANT {one} TO ROLE R")
    assert ann(sql) == number


# Without one step of the way, what is at its end is not there.
WAY = [
    (PATH[0], "SELECT * FROM DEMO.PUBLIC.T", 2003, "Database 'DEMO' does not exist or not authorized"),
    (PATH[1], "SELECT * FROM DEMO.PUBLIC.T", 2003, "Schema 'DEMO.PUBLIC' does not exist or not authorized"),
    (PATH[2], "SELECT * FROM DEMO.PUBLIC.T", 606, "No active warehouse"),
    (PATH[2], "COPY INTO DEMO.PUBLIC.T FROM @DEMO.PUBLIC.ST", 606, "No active warehouse"),
    (PATH[0], "GRANT SELECT ON TABLE DEMO.PUBLIC.T TO ROLE OTHER", 2003, "Database 'DEMO' does not exist or not aut"),
    (PATH[1], "GRANT SELECT ON TABLE DEMO.PUBLIC.T TO ROLE OTHER", 2003, "Schema 'DEMO.PUBLIC' does not exist or not"),
    (PATH[0], "GRANT MONITOR ON DATABASE DEMO TO ROLE OTHER", 2003, "Database 'DEMO' does not exist or not authorized"),
    (PATH[1], "GRANT SELECT ON FUTURE TABLES IN SCHEMA DEMO.PUBLIC TO ROLE OTHER", 2003, "Schema 'DEMO.PUBLIC' does"),
    (PATH[2], "GRANT USAGE ON WAREHOUSE WH TO ROLE OTHER", 2003, "Warehouse 'WH' does not exist or not authorized"),
    (PATH[0], "USE DATABASE DEMO", 2043, "Object does not exist"),
    (PATH[1], "USE SCHEMA DEMO.PUBLIC", 2043, "Object does not exist"),
    (PATH[2], "USE WAREHOUSE WH", 2043, "Object does not exist"),
]


@pytest.mark.parametrize(("missing", "sql", "number", "words"), WAY)
def test_the_whole_way_to_an_object_is_needed(
    run: Run, session: SnowflakeConnection, setting: None, missing: str, sql: str, number: int, words: str
) -> None:
    run("GRANT ALL ON TABLE T TO ROLE R")
    run(f"REVOKE {missing} FROM ROLE R")
    with pytest.raises(DatabaseError, match=words) as caught:
        run_on(session, sql)
    assert caught.value.errno == number


REFUSALS = [
    ("SELECT ON TABLE T", "DELETE FROM T", "Insufficient privileges to operate on table 'T'"),
    # Recorded: frostlake/OwnershipRequiredTest, where the session has no secondary roles
    (
        "SELECT ON TABLE T",
        "DROP TABLE IF EXISTS T",
        "on table 'T'. Your primary role R must have OWNERSHIP granted on TABLE DEMO.PUBLIC.T.",
    ),
    (
        "SELECT ON VIEW V",
        "DROP VIEW V",
        "on view 'V'. Your primary role R must have OWNERSHIP granted on TABLE DEMO.PUBLIC.V.",
    ),
    (
        "USAGE ON FILE FORMAT FF",
        "DROP FILE FORMAT FF",
        "on file_format 'FF'. Your primary role R must have OWNERSHIP granted on FILE FORMAT DEMO.PUBLIC.FF.",
    ),
    (
        "",
        "DROP SCHEMA DEMO.PUBLIC",
        "on schema 'PUBLIC'. Your primary role R must have OWNERSHIP granted on SCHEMA DEMO.PUBLIC.",
    ),
    ("", "CREATE TABLE N (A INT)", "Insufficient privileges to operate on schema 'PUBLIC'"),
    ("", "CREATE SCHEMA N", "Insufficient privileges to operate on database 'DEMO'"),
    ("", "CREATE DATABASE N", "Insufficient privileges to operate on account 'EMULATOR'"),
    ("", "SELECT * FROM T", "Object 'T' does not exist or not authorized."),
]


@pytest.mark.parametrize(("granted", "sql", "words"), REFUSALS)
def test_a_refusal_has_an_accounts_words(
    run: Run, session: SnowflakeConnection, setting: None, granted: str, sql: str, words: str
) -> None:
    if granted:
        run(f"GRANT {granted} TO ROLE R")
    with pytest.raises(DatabaseError) as caught:
        run_on(session, sql)
    assert words in str(caught.value.msg)


LISTS = [
    "SHOW TABLES IN ACCOUNT",
    "SHOW OBJECTS IN SCHEMA DEMO.PUBLIC",
    "SHOW COLUMNS IN SCHEMA DEMO.PUBLIC",
    "SELECT TABLE_NAME FROM DEMO.INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'PUBLIC'",
    "SELECT TABLE_NAME FROM DEMO.INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = 'PUBLIC'",
]


@pytest.mark.parametrize("sql", LISTS)
def test_a_list_has_what_the_role_may_see(run: Run, session: SnowflakeConnection, setting: None, sql: str) -> None:
    assert run_on(session, sql) == []
    run("GRANT SELECT ON TABLE T TO ROLE R")
    assert len(run_on(session, sql)) == 1


def test_a_view_reads_with_its_owners_rights_and_a_block_with_the_callers(run: Run, ann: Ann) -> None:
    run(MADE["V"])
    run("GRANT SELECT ON VIEW V TO ROLE R")
    assert ann("SELECT * FROM V") is None
    assert ann("BEGIN LET n INTEGER := (SELECT COUNT(*) FROM T); RETURN n; END") == 2003


def test_what_a_role_makes_is_its_own(run: Run, ann: Ann, rows: Rows) -> None:
    run("GRANT CREATE TABLE ON SCHEMA PUBLIC TO ROLE R")
    assert ann("CREATE TABLE N (A INT)") is None
    assert [row["owner"] for row in rows("SHOW TABLES LIKE 'N'")] == ["R"]
    assert ann("GRANT SELECT ON TABLE N TO ROLE OTHER") is None
    assert ann("DROP TABLE N") is None


def test_a_grant_option_lets_a_role_hand_a_privilege_on(run: Run, ann: Ann, rows: Rows) -> None:
    run("GRANT SELECT ON TABLE T TO ROLE R WITH GRANT OPTION")
    assert ann("GRANT SELECT ON TABLE T TO ROLE OTHER") is None
    assert ann("GRANT SELECT, INSERT ON TABLE T TO ROLE OTHER") == 3011
    granted = [(row["privilege"], row["name"]) for row in rows("SHOW GRANTS TO ROLE OTHER")]
    assert granted == [("SELECT", "DEMO.PUBLIC.T")]


def test_in_a_schema_with_managed_access_its_owner_grants_and_nobody_else(run: Run, ann: Ann) -> None:
    run("CREATE SCHEMA MANAGED WITH MANAGED ACCESS")
    run("GRANT USAGE, CREATE TABLE ON SCHEMA MANAGED TO ROLE R")
    assert ann("CREATE TABLE MANAGED.N (A INT)") is None
    assert ann("GRANT SELECT ON TABLE MANAGED.N TO ROLE OTHER") == 3001
    run("GRANT OWNERSHIP ON SCHEMA MANAGED TO ROLE R REVOKE CURRENT GRANTS")
    assert ann("GRANT SELECT ON TABLE MANAGED.N TO ROLE OTHER") is None
    assert ann("GRANT SELECT ON FUTURE TABLES IN SCHEMA MANAGED TO ROLE OTHER") is None
    run("GRANT OWNERSHIP ON SCHEMA MANAGED TO ROLE ACCOUNTADMIN REVOKE CURRENT GRANTS")
    run("GRANT OWNERSHIP ON TABLE MANAGED.N TO ROLE ACCOUNTADMIN REVOKE CURRENT GRANTS")
    run("DROP SCHEMA MANAGED")


@pytest.mark.parametrize(("words", "left"), [("REVOKE CURRENT GRANTS", []), ("COPY CURRENT GRANTS", ["SELECT"])])
def test_ownership_goes_over_with_its_grants_or_without(
    run: Run, rows: Rows, setting: None, words: str, left: list[str]
) -> None:
    run("GRANT SELECT ON TABLE T TO ROLE OTHER")
    with pytest.raises(DatabaseError, match="Dependent grant of privilege 'SELECT'") as caught:
        run("GRANT OWNERSHIP ON TABLE T TO ROLE R")
    assert (caught.value.errno, caught.value.sqlstate) == (3036, "23001")
    run(f"GRANT OWNERSHIP ON TABLE T TO ROLE R {words}")
    shown = rows("SHOW GRANTS ON TABLE T")
    assert [(row["privilege"], row["grantee_name"]) for row in shown if row["privilege"] == "OWNERSHIP"] == [
        ("OWNERSHIP", "R")
    ]
    assert [row["privilege"] for row in shown if row["grantee_name"] == "OTHER"] == left


def test_future_ownership_is_given_to_what_is_made_later(run: Run, rows: Rows, setting: None) -> None:
    run("GRANT OWNERSHIP ON FUTURE TABLES IN SCHEMA PUBLIC TO ROLE R")
    run("CREATE TABLE N (A INT)")
    assert [row["owner"] for row in rows("SHOW TABLES LIKE 'N'")] == ["R"]


def test_a_secondary_role_counts_for_reading_and_not_for_making(
    run: Run, setting: None, session: SnowflakeConnection, ann: Ann
) -> None:
    run("GRANT ROLE OTHER TO USER ANN")
    run("GRANT SELECT ON TABLE T TO ROLE OTHER")
    run("GRANT CREATE TABLE ON SCHEMA PUBLIC TO ROLE OTHER")
    assert ann("SELECT * FROM T") == 2003
    run_on(session, "USE SECONDARY ROLES ALL")
    assert ann("SELECT * FROM T") is None
    assert ann("CREATE TABLE N (A INT)") == 3001
    run_on(session, "USE ROLE OTHER")
    assert ann("CREATE TABLE DEMO.PUBLIC.N (A INT)") is None


def test_a_task_goes_to_no_warehouse_that_its_owner_may_not_use(run: Run, ann: Ann) -> None:
    """https://docs.snowflake.com/en/sql-reference/sql/alter-task#access-control-requirements"""
    run("CREATE WAREHOUSE WH2 INITIALLY_SUSPENDED = TRUE")
    run("USE WAREHOUSE WH")
    run("GRANT CREATE TASK ON SCHEMA PUBLIC TO ROLE R")
    assert ann("CREATE TASK N WAREHOUSE = WH2 AS SELECT 1") == 2003
    assert ann("CREATE TASK N WAREHOUSE = WH AS SELECT 1") is None
    assert ann("ALTER TASK N SET COMMENT = 'mine', WAREHOUSE = WH2") == 2003
    run("GRANT MONITOR ON WAREHOUSE WH2 TO ROLE R")
    assert ann("ALTER TASK N SET WAREHOUSE = WH2") == 3001
    run("GRANT USAGE ON WAREHOUSE WH2 TO ROLE R")
    assert ann("ALTER TASK N SET WAREHOUSE = WH2") is None
    run("DROP WAREHOUSE WH2")


def test_a_task_needs_execute_task_of_its_owner(run: Run, ann: Ann) -> None:
    run("GRANT CREATE TASK ON SCHEMA PUBLIC TO ROLE R")
    assert ann("CREATE TASK N WAREHOUSE = WH AS SELECT 1") is None
    assert ann("ALTER TASK N RESUME") == 91089
    assert ann("EXECUTE TASK N") == 91089
    run("GRANT EXECUTE TASK ON ACCOUNT TO ROLE R")
    assert ann("ALTER TASK N RESUME") is None
    assert ann("ALTER TASK N SUSPEND") is None
    run("REVOKE EXECUTE TASK ON ACCOUNT FROM ROLE R")


@pytest.mark.parametrize(
    ("grant", "seen"),
    [
        ("USAGE ON WAREHOUSE WH", ["HERS"]),
        ("MONITOR ON WAREHOUSE WH", ["HERS", "OURS"]),
        ("OPERATE ON WAREHOUSE WH", ["HERS", "OURS"]),
    ],
)
def test_the_history_shows_ones_own_statements_and_those_of_warehouses_that_one_watches(
    run: Run, session: SnowflakeConnection, setting: None, grant: str, seen: list[str]
) -> None:
    run(f"GRANT {grant} TO ROLE R")
    mark = f"MARK {grant}"
    run(f"SELECT 'OURS' AS A, '{mark}' AS B")
    run_on(session, f"SELECT 'HERS' AS A, '{mark}' AS B")
    found = run_on(
        session,
        "SELECT SUBSTR(QUERY_TEXT, 9, 4) FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY())"
        f" WHERE QUERY_TEXT LIKE 'SELECT ''%' AND CONTAINS(QUERY_TEXT, '{mark}') ORDER BY 1",
    )
    assert [one for (one,) in found] == seen


# Python calls are the same on every machine. In time it is a third of that: DuckDB's own work is no call.
MOST_CALLS = 0.12
STATEMENTS = [
    "SELECT A, COUNT(*) FROM T GROUP BY A",
    "SELECT T.A FROM T JOIN U ON T.A = U.A WHERE T.A > 1 ORDER BY 1",
    "INSERT INTO T SELECT A FROM U",
    "UPDATE T SET A = A + 1 WHERE A = 1",
]


@pytest.mark.parametrize("sql", STATEMENTS)
def test_checking_is_a_small_part_of_a_statement(tmp_path: Path, sql: str) -> None:
    engine = Engine(tmp_path / "state")
    session = engine.open_session()
    for one in (
        "CREATE DATABASE D",
        "CREATE WAREHOUSE W",
        "USE WAREHOUSE W",
        "USE SCHEMA D.PUBLIC",
        "CREATE TABLE T (A INT)",
        "CREATE TABLE U (A INT)",
        sql,
    ):
        assert answer(session, one).error is None
    counts = {"whole": 0, "check": 0, "depth": 0}

    def profile(frame: FrameType, event: str, argument: object) -> None:
        is_check = frame.f_code is access.check.__code__
        if event == "call":
            counts["whole"] += 1
            counts["depth"] += is_check
            counts["check"] += counts["depth"] > 0
        elif event == "return":
            counts["depth"] -= is_check

    sys.setprofile(profile)
    try:
        answer(session, sql)
    finally:
        sys.setprofile(None)
    session.close()
    engine.close()
    assert 0 < counts["check"] < MOST_CALLS * counts["whole"]
