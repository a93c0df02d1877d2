"""What a role was not given, it gets by no way round: an analyst of a demo tries to read, to write and to climb."""

import threading
from collections.abc import Iterator

import pytest

from src.emulator.engine import Engine
from src.emulator.protocol import server
from src.emulator.session import Session
from tests.emulator.cursors import cursor_of
from tests.fidelity.test_facts import answer

SECRET = "4711-SECRET"
# RAW is hidden from the analyst; CURATED and its view may be read.
SCENE = f"""
CREATE DATABASE DEMO
CREATE WAREHOUSE LOAD_WH
CREATE WAREHOUSE WH
CREATE RESOURCE MONITOR MON WITH CREDIT_QUOTA = 1
CREATE SCHEMA DEMO.CURATED
CREATE SCHEMA DEMO.RAW
USE WAREHOUSE LOAD_WH
CREATE TABLE T (ID INT, SSN VARCHAR) CHANGE_TRACKING = TRUE
INSERT INTO T VALUES (1, '{SECRET}')
CREATE TABLE K (ID INT PRIMARY KEY)
CREATE TABLE DEMO.CURATED.C (ID INT REFERENCES K (ID))
CREATE VIEW V AS SELECT * FROM T
CREATE STREAM S ON TABLE T
CREATE STAGE ST
CREATE FILE FORMAT FF TYPE = CSV
CREATE SEQUENCE SEQ
CREATE TASK TK WAREHOUSE = LOAD_WH AS SELECT 1
CREATE ICEBERG TABLE I (ID INT)
COPY INTO @ST/f FROM T FILE_FORMAT = (TYPE = CSV COMPRESSION = NONE)
COPY INTO @%T/f FROM T FILE_FORMAT = (TYPE = CSV COMPRESSION = NONE)
CREATE TABLE DEMO.CURATED.ORDERS (ID INT, NOTE VARCHAR)
CREATE SECURE VIEW DEMO.CURATED.SV AS SELECT ID FROM DEMO.RAW.T WHERE SSN = '{SECRET}'
CREATE ROLE ANALYST
CREATE ROLE ENGINEER
CREATE USER ANN DEFAULT_ROLE = ANALYST
CREATE USER BOB DEFAULT_ROLE = ENGINEER DEFAULT_WAREHOUSE = LOAD_WH
GRANT ROLE ANALYST TO USER ANN
GRANT USAGE ON WAREHOUSE WH TO ROLE ANALYST
GRANT USAGE ON DATABASE DEMO TO ROLE ANALYST
GRANT USAGE ON SCHEMA DEMO.CURATED TO ROLE ANALYST
GRANT SELECT ON TABLE DEMO.CURATED.ORDERS TO ROLE ANALYST
GRANT SELECT ON VIEW DEMO.CURATED.SV TO ROLE ANALYST
GRANT SELECT ON TABLE DEMO.RAW.T TO ROLE ENGINEER
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = Engine(tmp_path_factory.mktemp("hidden") / "state")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def admin(engine: Engine) -> Iterator[Session]:
    session = engine.open_session()
    for sql in SCENE.strip().splitlines():
        assert answer(session, sql).error is None, sql
    yield session
    session.close()


@pytest.fixture(scope="module")
def ann(engine: Engine, admin: Session) -> Iterator[Session]:
    session = engine.open_session()
    session.user, session.role = "ANN", "ANALYST"
    for sql in ("USE WAREHOUSE WH", "USE SCHEMA DEMO.CURATED", "CREATE TEMPORARY TABLE OWN (ID VARCHAR, SSN VARCHAR)"):
        assert answer(session, sql).error is None, sql
    yield session
    session.close()


READS = [
    "SELECT * FROM RAW.T",
    "SELECT * FROM IDENTIFIER('DEMO.RAW.T')",
    "SELECT (SELECT MAX(SSN) FROM RAW.T)",
    "SELECT * FROM ORDERS WHERE NOTE IN (SELECT SSN FROM RAW.T)",
    "SELECT * FROM ORDERS ORDER BY (SELECT MAX(SSN) FROM RAW.T)",
    "SELECT * FROM ORDERS UNION ALL SELECT * FROM RAW.T",
    "SELECT * FROM ORDERS, LATERAL (SELECT SSN FROM RAW.T)",
    "SELECT * FROM TABLE(FLATTEN(INPUT => (SELECT ARRAY_AGG(SSN) FROM RAW.T)))",
    "SELECT * FROM RAW.T AT(OFFSET => -1)",
    "SELECT * FROM RAW.T CHANGES(INFORMATION => DEFAULT) AT(OFFSET => -1)",
    "SELECT * FROM RAW.V",
    "SELECT * FROM RAW.S",
    "SELECT RAW.SEQ.NEXTVAL",
    "SELECT $1 FROM @RAW.ST",
    "SELECT $1 FROM @RAW.%T",
    "SELECT $1 FROM @~ (FILE_FORMAT => 'RAW.FF')",
    "LIST @RAW.ST",
    "GET @RAW.ST file:///tmp",
    "SELECT * FROM TABLE(INFER_SCHEMA(LOCATION => '@RAW.ST', FILE_FORMAT => 'RAW.FF'))",
    "SELECT * FROM TABLE(INFER_SCHEMA(LOCATION => '@RAW.%T', FILE_FORMAT => 'RAW.FF'))",
    "SELECT * FROM TABLE(INFER_SCHEMA(LOCATION => '@~', FILE_FORMAT => 'RAW.FF'))",
    "SELECT GET_DDL('TABLE', 'DEMO.RAW.T')",
    "SELECT GET_DDL('VIEW', 'DEMO.RAW.V')",
    "SELECT GET_DDL('SEQUENCE', 'DEMO.RAW.SEQ')",
    "SELECT GET_DDL('SCHEMA', 'DEMO.RAW')",
    "SELECT SYSTEM$STREAM_HAS_DATA('DEMO.RAW.S')",
    "SELECT SYSTEM$GET_ICEBERG_TABLE_INFORMATION('DEMO.RAW.I')",
    "SELECT SYSTEM$TASK_DEPENDENTS_ENABLE('DEMO.RAW.TK')",
    "DESCRIBE TABLE RAW.T",
    "DESCRIBE STAGE RAW.ST",
    "SHOW COLUMNS IN TABLE DEMO.RAW.T",
    "SHOW COLUMNS IN SCHEMA DEMO.RAW",
    "SHOW PRIMARY KEYS IN TABLE DEMO.RAW.K",
    "SHOW GRANTS ON TABLE DEMO.RAW.T",
    "EXECUTE IMMEDIATE 'SELECT * FROM RAW.T'",
    "BEGIN LET r RESULTSET := (SELECT * FROM RAW.T); RETURN TABLE(r); END",
    "SET X = (SELECT MAX(SSN) FROM RAW.T)",
    "INSERT INTO OWN SELECT * FROM RAW.T",
    "CREATE TEMPORARY TABLE N AS SELECT * FROM RAW.T",
    "CREATE TEMPORARY TABLE N CLONE RAW.T",
    "CREATE TEMPORARY TABLE N LIKE RAW.T",
    "CREATE TEMPORARY TABLE RAW.N (A INT)",
    "COPY INTO OWN FROM @RAW.ST",
    "COPY INTO OWN FROM (SELECT $1, $2 FROM @RAW.ST)",
    "COPY INTO OWN FROM (SELECT $1, $2 FROM @RAW.%T)",
    "COPY INTO OWN FROM @%OWN FILE_FORMAT = RAW.FF",
    "COPY INTO @~/n FROM RAW.T",
    "COPY INTO @~/n FROM (SELECT * FROM RAW.T)",
    "COPY INTO @~/n FROM ORDERS FILE_FORMAT = (FORMAT_NAME = 'RAW.FF')",
    "COPY FILES INTO @~ FROM @RAW.ST",
    # What is not there is answered as what is hidden.
    "SELECT * FROM RAW.NOPE",
    "DROP TABLE RAW.NOPE",
    "LIST @RAW.NOPE",
]


@pytest.mark.parametrize("sql", READS)
def test_what_is_hidden_is_read_by_no_way(ann: Session, sql: str) -> None:
    refused = answer(ann, sql)
    assert refused.number == 2003
    assert "Schema 'DEMO.RAW' does not exist or not authorized." in str(refused.error)


WRITES = [
    ("INSERT INTO ORDERS VALUES (1, '')", 3001),
    ("MERGE INTO ORDERS T USING (SELECT 1 ID) N ON T.ID = N.ID WHEN MATCHED THEN DELETE", 3001),
    ("UPDATE ORDERS SET NOTE = S.SSN FROM RAW.T S", 3001),
    ("TRUNCATE TABLE ORDERS", 3001),
    ("CREATE TABLE N AS SELECT 1 A", 3001),
    ("CREATE OR REPLACE VIEW SV AS SELECT 1 A", 3001),
    ("CREATE STREAM N ON TABLE ORDERS", 3001),
    ("CREATE TASK N WAREHOUSE = WH AS DELETE FROM ORDERS", 3001),
    ("CREATE PIPE N AS COPY INTO ORDERS FROM @RAW.ST", 3001),
    ("CREATE SCHEMA DEMO.N CLONE DEMO.RAW", 3001),
    ("CREATE DATABASE N CLONE DEMO", 3001),
    ("ALTER TABLE OWN SWAP WITH ORDERS", 3001),
    ("COMMENT ON COLUMN ORDERS.ID IS ''", 3001),
    ("COPY INTO @%ORDERS/n FROM ORDERS", 3001),
    ("REMOVE @%ORDERS", 3001),
    ("COPY INTO @RAW.ST/n FROM ORDERS", 2003),
    ("COPY FILES INTO @RAW.ST FROM @~", 2003),
    ("EXECUTE TASK RAW.TK", 2003),
    ("ALTER TASK RAW.TK MODIFY AS SELECT 1", 2003),
    ("ALTER TABLE IF EXISTS RAW.T ADD COLUMN N INT", None),
    ("ALTER ICEBERG TABLE IF EXISTS RAW.I SET DATA_RETENTION_TIME_IN_DAYS = 1", None),
    ("TRUNCATE TABLE IF EXISTS RAW.T", None),
    ("COMMENT IF EXISTS ON TABLE RAW.T IS ''", None),
    ("COMMENT IF EXISTS ON COLUMN RAW.T.ID IS ''", None),
    ("DROP TABLE IF EXISTS RAW.T", None),
]


@pytest.mark.parametrize(("sql", "number"), WRITES)
def test_what_may_not_be_written_is_written_by_no_way(ann: Session, admin: Session, sql: str, number: int) -> None:
    assert answer(ann, sql).number == number
    assert answer(admin, "SELECT ID, SSN FROM DEMO.RAW.T").rows == [(1, SECRET)]


CLIMBS = [
    ("USE ROLE ENGINEER", 3013),
    ("USE ROLE IDENTIFIER('ACCOUNTADMIN')", 3013),
    ("GRANT ROLE ACCOUNTADMIN TO USER ANN", 3001),
    ("GRANT ROLE ENGINEER TO ROLE ANALYST", 3001),
    ("GRANT OWNERSHIP ON ROLE ANALYST TO ROLE ANALYST", 3001),
    ("GRANT SELECT ON ALL TABLES IN SCHEMA DEMO.RAW TO ROLE ANALYST", 2003),
    ("GRANT SELECT ON FUTURE TABLES IN DATABASE DEMO TO ROLE ANALYST", 3001),
    ("GRANT OWNERSHIP ON ALL VIEWS IN SCHEMA DEMO.CURATED TO ROLE ANALYST", 3001),
    ("GRANT MANAGE GRANTS ON ACCOUNT TO ROLE ANALYST", 3001),
    ("ALTER USER ANN SET DEFAULT_ROLE = ACCOUNTADMIN", 3001),
    ("CREATE OR REPLACE ROLE ANALYST", 3001),
    ("DROP USER BOB", 3001),
    ("ALTER WAREHOUSE WH SET WAREHOUSE_SIZE = LARGE", 3001),
    ("USE WAREHOUSE LOAD_WH", 2043),
    ("USE SCHEMA DEMO.RAW", 2043),
    ("SHOW TABLES IN SCHEMA DEMO.RAW", 2043),
    ("SHOW FUTURE GRANTS IN SCHEMA DEMO.RAW", 2043),
    ("SHOW PARAMETERS IN WAREHOUSE LOAD_WH", 2043),
    ("SHOW TRANSACTIONS IN ACCOUNT", 3001),
    (
        "SELECT * FROM TABLE(DEMO.INFORMATION_SCHEMA.WAREHOUSE_METERING_HISTORY(CURRENT_DATE()))",
        3001,
    ),
]


@pytest.mark.parametrize(("sql", "number"), CLIMBS)
def test_no_role_makes_itself_another(ann: Session, sql: str, number: int) -> None:
    assert answer(ann, sql).number == number


def test_a_grant_on_all_tables_names_none_that_is_hidden(ann: Session) -> None:
    refused = answer(ann, "GRANT SELECT ON ALL TABLES IN DATABASE DEMO TO ROLE ANALYST")
    assert "operate on table 'ORDERS'" in str(refused.error)


LISTS = [
    "SHOW TABLES IN ACCOUNT",
    "SHOW COLUMNS IN ACCOUNT",
    "SHOW STREAMS IN ACCOUNT",
    "SHOW STAGES IN ACCOUNT",
    "SHOW TASKS IN ACCOUNT",
    "SHOW SEQUENCES IN ACCOUNT",
    "SHOW PRIMARY KEYS IN ACCOUNT",
    "SHOW IMPORTED KEYS IN TABLE DEMO.CURATED.C",
    "SHOW EXPORTED KEYS IN ACCOUNT",
    "SHOW RESOURCE MONITORS",
    "SHOW WAREHOUSES",
    "SHOW VIEWS IN ACCOUNT",
    "SELECT VIEW_DEFINITION FROM DEMO.INFORMATION_SCHEMA.VIEWS",
    "SELECT TABLE_SCHEMA FROM DEMO.INFORMATION_SCHEMA.COLUMNS",
    "SELECT QUERY_TEXT FROM TABLE(DEMO.INFORMATION_SCHEMA.QUERY_HISTORY()) WHERE USER_NAME <> 'ANN'",
]
HIDDEN = ("RAW", "MON", "LOAD_WH", SECRET)


@pytest.mark.parametrize("sql", LISTS)
def test_no_list_tells_of_what_is_hidden(ann: Session, admin: Session, sql: str) -> None:
    listed = str(answer(ann, sql).rows)
    assert [one for one in HIDDEN if one in listed] == []
    assert any(one in str(answer(admin, sql).rows) for one in HIDDEN)


def test_of_a_secure_view_its_owner_alone_sees_the_definition(ann: Session, admin: Session) -> None:
    """https://docs.snowflake.com/en/user-guide/views-secure#interacting-with-secure-views"""
    ask = "SELECT GET_DDL('VIEW', 'DEMO.CURATED.SV')"
    assert answer(ann, ask).number == 3001
    assert SECRET in str(answer(admin, ask).rows)


def test_of_others_a_user_is_told_the_names(ann: Session, admin: Session) -> None:
    """https://docs.snowflake.com/en/release-notes/bcr-bundles/2023_06/bcr-975"""
    ask = 'SHOW USERS ->> SELECT "name", "default_role" FROM $1 ORDER BY 1'
    assert answer(ann, ask).rows == [("ANN", None), ("BOB", None), ("PRESENTER", None)]
    assert answer(admin, ask).rows == [("ANN", "ANALYST"), ("BOB", "ENGINEER"), ("PRESENTER", None)]


def test_a_user_describes_nobody_else(ann: Session, admin: Session) -> None:
    assert answer(ann, "DESCRIBE USER ANN").error is None
    assert answer(ann, "DESCRIBE USER BOB").number == 3001
    assert answer(admin, "DESCRIBE USER BOB").error is None


def test_the_result_of_a_statement_is_its_users_alone(engine: Engine, ann: Session, admin: Session) -> None:
    """Not even ACCOUNTADMIN's: https://docs.snowflake.com/en/sql-reference/functions/result_scan#usage-notes"""
    theirs = cursor_of(admin).execute("SELECT * FROM DEMO.RAW.T").sfqid
    ours = cursor_of(ann).execute("SELECT * FROM ORDERS").sfqid
    another = engine.open_session()
    another.user, another.role = "ANN", "PUBLIC"
    assert answer(ann, f"SELECT * FROM TABLE(RESULT_SCAN('{theirs}'))").number == 709
    assert answer(admin, f"SELECT * FROM TABLE(RESULT_SCAN('{ours}'))").number == 709
    assert answer(another, f"SELECT * FROM TABLE(RESULT_SCAN('{ours}'))").error is None
    assert server._kept(ann, theirs)["success"] is False
    assert server._outcome(ann, theirs)["success"] is False
    assert server._kept(another, ours)["success"] is True
    another.close()


def test_the_result_of_a_task_is_its_roles(engine: Engine, admin: Session) -> None:
    task, reader = engine.open_session(), engine.open_session()
    task.in_task, task.user, task.role = True, "SYSTEM", "ENGINEER"
    scan = f"SELECT * FROM TABLE(RESULT_SCAN('{cursor_of(task).execute('SELECT 1').sfqid}'))"
    reader.user = "BOB"
    for role, number in (("ENGINEER", None), ("ANALYST", 709)):
        reader.role = role
        assert answer(reader, scan).number == number
    task.close()
    reader.close()


@pytest.mark.parametrize(
    ("role", "number"), [("ANALYST", 3001), ("ENGINEER", 3001), ("OPERATOR", None), ("ACCOUNTADMIN", None)]
)
def test_a_statement_is_ended_by_its_user_or_by_who_may(
    engine: Engine, admin: Session, role: str, number: int | None
) -> None:
    """https://docs.snowflake.com/en/sql-reference/functions/system_cancel_query#usage-notes"""
    for sql in ("CREATE ROLE IF NOT EXISTS OPERATOR", "GRANT OPERATE ON WAREHOUSE LOAD_WH TO ROLE OPERATOR"):
        assert answer(admin, sql).error is None
    busy, other = engine.open_session(), engine.open_session()
    busy.warehouse, other.user, other.role = "LOAD_WH", "ANN", role
    told: list[int | None] = []
    thread = threading.Thread(target=lambda: told.append(answer(busy, "SELECT SYSTEM$WAIT(60)").number))
    thread.start()
    while not busy.running:
        thread.join(0.01)
    assert answer(other, f"SELECT SYSTEM$CANCEL_QUERY('{busy.running[0].query_id}')").number == number
    assert answer(other, f"SELECT SYSTEM$CANCEL_ALL_QUERIES('{busy.id}')").number == number
    busy.history.running.cancel(lambda entry: entry.session is busy)
    thread.join()
    assert told == [604]
    busy.close()
    other.close()


def test_a_transaction_is_aborted_by_its_user_or_accountadmin(engine: Engine, ann: Session, admin: Session) -> None:
    """https://docs.snowflake.com/en/sql-reference/functions/system_abort_transaction#usage-notes"""
    holder = engine.open_session()
    holder.warehouse = "LOAD_WH"
    for sql in ("BEGIN", "INSERT INTO DEMO.CURATED.ORDERS VALUES (9, '')"):
        assert answer(holder, sql).error is None
    assert holder.transaction is not None
    abort = f"SELECT SYSTEM$ABORT_TRANSACTION('{holder.transaction.id}')"
    assert answer(ann, "SHOW TRANSACTIONS").rows == answer(ann, "SHOW LOCKS IN ACCOUNT").rows == []
    assert answer(ann, abort).number == 3001
    assert answer(admin, abort).error is None
    holder.close()


def test_of_what_others_were_granted_a_role_is_shown_what_it_sees(ann: Session, admin: Session) -> None:
    """https://docs.snowflake.com/en/sql-reference/info-schema/object_privileges#usage-notes"""
    for sql in ("SELECT ON TABLE DEMO.CURATED.ORDERS", "CREATE DATABASE ON ACCOUNT", "USAGE ON DATABASE DEMO"):
        assert answer(admin, f"GRANT {sql} TO ROLE ENGINEER").error is None
    for place in ("DATABASE DEMO", "SCHEMA DEMO.RAW"):
        assert answer(admin, f"GRANT SELECT ON FUTURE TABLES IN {place} TO ROLE ENGINEER").error is None
    ask = 'SHOW GRANTS TO ROLE ENGINEER ->> SELECT "name" FROM $1'
    assert answer(ann, ask).rows == [("EMULATOR",), ("DEMO",), ("DEMO.CURATED.ORDERS",)]
    assert ("DEMO.RAW.T",) in answer(admin, ask).rows
    future = 'SHOW FUTURE GRANTS TO ROLE ENGINEER ->> SELECT "name" FROM $1'
    assert answer(ann, future).rows == [("DEMO.<TABLE>",)]
    assert answer(admin, future).rows == [("DEMO.<TABLE>",), ("DEMO.RAW.<TABLE>",)]
