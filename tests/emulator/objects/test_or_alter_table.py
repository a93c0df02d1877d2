"""CREATE OR ALTER TABLE: https://docs.snowflake.com/en/sql-reference/sql/create-or-alter."""

import pytest

from tests.emulator.conftest import Fails, Run

pytestmark = pytest.mark.emulator("module")

COLUMNS = (
    "A INT DEFAULT 1, B NUMBER(8,2) DEFAULT 2.5, C VARCHAR(5) DEFAULT 'x', D VARCHAR DEFAULT CURRENT_USER(),"
    " E TIMESTAMP_NTZ DEFAULT CURRENT_TIMESTAMP(), F DATE DEFAULT CURRENT_DATE(), G BOOLEAN DEFAULT TRUE,"
    " H INT AUTOINCREMENT, I INT DEFAULT S.NEXTVAL, J BINARY(5), K TIME(3), L VARIANT, M TIMESTAMP_TZ(3), N CHAR,"
    " O INT DEFAULT NULL, P INT NOT NULL DEFAULT -3, Q ARRAY(INT), R VARCHAR COMMENT 'r'"
)


@pytest.fixture
def boat(run: Run) -> Run:
    run("CREATE OR REPLACE TABLE BOAT (ID INT PRIMARY KEY, NAME VARCHAR(10) DEFAULT 'x', TONS INT COMMENT 'c')")
    run("INSERT INTO BOAT VALUES (1, 'Ada', 3), (2, NULL, NULL)")
    return run


def _described(run: Run) -> list[tuple[object, ...]]:
    return [
        (name, type_, null, default, key, comment)
        for name, type_, _, null, default, key, *_, comment, _, _, _ in run("DESCRIBE TABLE BOAT")
    ]


# What the definition says, and the columns that the table has then.
CHANGED = (
    (
        "(ID INT PRIMARY KEY, NAME VARCHAR(10) DEFAULT 'x', TONS INT COMMENT 'c')",
        [
            ("ID", "NUMBER(38,0)", "N", None, "Y", None),
            ("NAME", "VARCHAR(10)", "Y", "'x'", "N", None),
            ("TONS", "NUMBER(38,0)", "Y", None, "N", "c"),
        ],
    ),
    (
        "(ID INT, NAME VARCHAR(20), TONS INT COMMENT 'd', BUILT DATE, CREW INT NOT NULL DEFAULT 4 COMMENT 'e')",
        [
            ("ID", "NUMBER(38,0)", "Y", None, "N", None),
            ("NAME", "VARCHAR(20)", "Y", None, "N", None),
            ("TONS", "NUMBER(38,0)", "Y", None, "N", "d"),
            ("BUILT", "DATE", "Y", None, "N", None),
            ("CREW", "NUMBER(38,0)", "N", "4", "N", "e"),
        ],
    ),
    ("(ID INT NOT NULL)", [("ID", "NUMBER(38,0)", "N", None, "N", None)]),
    ('("new one" TEXT)', [("new one", "VARCHAR(16777216)", "Y", None, "N", None)]),
)


@pytest.mark.parametrize(("definition", "columns"), CHANGED)
def test_the_table_becomes_what_the_definition_says(
    boat: Run, definition: str, columns: list[tuple[object, ...]]
) -> None:
    for _ in range(2):
        assert boat(f"CREATE OR ALTER TABLE BOAT {definition}") == [("Statement executed successfully.",)]
        assert _described(boat) == columns
    assert boat("SELECT COUNT(*) FROM BOAT") == [(2,)]


def test_it_makes_a_table_that_is_not_there(run: Run) -> None:
    run("DROP TABLE IF EXISTS BOAT")
    assert run("CREATE OR ALTER TABLE BOAT (ID INT)") == [("Table BOAT successfully created.",)]


def test_a_table_that_is_as_it_is_defined_stays_as_it_is(run: Run) -> None:
    run("CREATE OR REPLACE SEQUENCE S")
    run(f"CREATE OR REPLACE TABLE BOAT ({COLUMNS})")
    before = run("DESCRIBE TABLE BOAT")
    run(f"CREATE OR ALTER TABLE BOAT ({COLUMNS})")
    assert run("DESCRIBE TABLE BOAT") == before


def test_rows_grants_and_streams_stay(boat: Run) -> None:
    boat("CREATE OR REPLACE STREAM SEEN ON TABLE BOAT")
    boat("GRANT SELECT ON TABLE BOAT TO ROLE PUBLIC")
    boat("INSERT INTO BOAT VALUES (3, 'Cay', 9)")
    boat("CREATE OR ALTER TABLE BOAT (ID INT PRIMARY KEY, NAME VARCHAR(10) DEFAULT 'x', CREW INT DEFAULT 2)")
    assert boat("SELECT * FROM BOAT ORDER BY ID") == [(1, "Ada", 2), (2, None, 2), (3, "Cay", 2)]
    assert [row[:3] for row in boat("SELECT ID, NAME, CREW FROM SEEN")] == [(3, "Cay", 2)]
    grants = boat('SHOW GRANTS ON TABLE BOAT ->> SELECT "grantee_name" FROM $1 WHERE "privilege" = \'SELECT\'')
    assert grants == [("PUBLIC",)]
    boat("DROP STREAM SEEN")


def test_properties_that_are_not_written_are_unset_but_for_change_tracking(boat: Run) -> None:
    shown = 'SHOW TABLES LIKE \'BOAT\' ->> SELECT "comment", "cluster_by", "change_tracking", "retention_time" FROM $1'
    written = "CHANGE_TRACKING = TRUE DATA_RETENTION_TIME_IN_DAYS = 0 COMMENT = 'c'"
    boat(f"CREATE OR ALTER TABLE BOAT (ID INT) CLUSTER BY (ID) {written}")
    assert boat(shown) == [("c", "LINEAR(ID)", "ON", "0")]
    boat("CREATE OR ALTER TABLE BOAT (ID INT)")
    assert boat(shown) == [("", "", "ON", "1")]


def test_keys_are_those_of_the_definition_and_keep_their_names(boat: Run) -> None:
    names = 'SHOW PRIMARY KEYS IN TABLE BOAT ->> SELECT "column_name", "constraint_name" FROM $1'
    before = boat(names)
    boat("CREATE OR ALTER TABLE BOAT (ID INT, NAME VARCHAR(10), U INT UNIQUE, PRIMARY KEY (ID))")
    assert boat(names) == before
    boat("CREATE OR ALTER TABLE BOAT (ID INT, NAME VARCHAR(10), U INT, CONSTRAINT K PRIMARY KEY (ID))")
    assert boat(names) == [("ID", "K")]
    assert boat("SHOW UNIQUE KEYS IN TABLE BOAT") == []


REFUSED = (
    ("(ID INT PRIMARY KEY, NAME VARCHAR(5), CREW INT)", 40050, "cannot change column NAME"),
    ("(NEW INT, ID INT, NAME DATE)", 2, "with its columns in another order"),
    ("(ID INT, NAME VARCHAR(10), CREW INT, TONS DATE)", 2, "with its columns in another order"),
    ("(ID INT, NAME VARCHAR(20), TONS DATE, CREW INT)", 2108, "cannot change column TONS"),
    ("(ID INT, NAME VARCHAR(20) NOT NULL, CREW INT)", 100072, ""),
    ("(ID INT, NAME VARCHAR(20) DEFAULT 'y')", 2, "Alter Column Set Default"),
    ("(ID INT AUTOINCREMENT)", 2, "that changes AUTOINCREMENT of a column"),
    ("(ID INT, NAME VARCHAR(20), TONS INT, N INT AUTOINCREMENT)", 2, "ADD COLUMN with AUTOINCREMENT"),
    ("(ID INT, NAME VARCHAR(20), TONS INT AS (ID + 1))", 2, "CREATE OR ALTER TABLE with AS"),
    ("(ID INT, NAME VARCHAR(20), CHECK (ID > 0))", 2, "not emulated"),
    ("(ID INT, ID INT)", 2025, "duplicate column name 'ID'"),
    ("AS SELECT 1 AS ID", 2, "CREATE OR ALTER TABLE ... AS SELECT"),
    ("(ID) AS SELECT 1", 2, "CREATE OR ALTER TABLE ... AS SELECT"),
    ("LIKE BOAT", 2, "CREATE OR ALTER TABLE ... LIKE"),
    ("CLONE BOAT", 2, "CREATE OR ALTER TABLE ... CLONE"),
)


@pytest.mark.parametrize(("definition", "number", "words"), REFUSED)
def test_what_cannot_be_changed_is_refused_and_the_table_stays_whole(
    boat: Run, fails: Fails, definition: str, number: int, words: str
) -> None:
    before = boat("DESCRIBE TABLE BOAT"), boat("SELECT * FROM BOAT ORDER BY ID")
    error = fails(f"CREATE OR ALTER TABLE BOAT {definition}")
    assert error.errno == number
    assert words in str(error.msg)
    assert (boat("DESCRIBE TABLE BOAT"), boat("SELECT * FROM BOAT ORDER BY ID")) == before


@pytest.mark.parametrize("kind", ["TRANSIENT TABLE", "TABLE IF NOT EXISTS"])
def test_another_kind_of_table_is_refused_by_name(boat: Run, fails: Fails, kind: str) -> None:
    assert "is not emulated" in str(fails(f"CREATE OR ALTER {kind} BOAT (ID INT)").msg)


def test_a_temporary_table_is_altered_and_the_one_below_stays(boat: Run, fails: Fails) -> None:
    for _ in range(2):
        boat("CREATE OR ALTER TEMPORARY TABLE BOAT (OWN INT)")
    boat("CREATE OR ALTER TEMPORARY TABLE BOAT (OWN INT, MORE INT)")
    assert [row[0] for row in _described(boat)] == ["OWN", "MORE"]
    assert "that a temporary one hides" in str(fails("CREATE OR ALTER TABLE BOAT (ID INT)").msg)
    boat("DROP TABLE BOAT")
    assert [row[0] for row in _described(boat)] == ["ID", "NAME", "TONS"]


def test_only_the_owner_alters(boat: Run, fails: Fails) -> None:
    boat("CREATE ROLE IF NOT EXISTS GUEST")
    boat("GRANT ROLE GUEST TO ROLE ACCOUNTADMIN")
    boat("GRANT USAGE ON DATABASE DEMO TO ROLE GUEST")
    boat("GRANT USAGE, CREATE TABLE ON SCHEMA DEMO.PUBLIC TO ROLE GUEST")
    boat("GRANT SELECT ON TABLE BOAT TO ROLE GUEST")
    boat("USE ROLE GUEST")
    boat("USE SECONDARY ROLES NONE")
    try:
        assert fails("CREATE OR ALTER TABLE DEMO.PUBLIC.BOAT (ID INT)").errno == 3001
    finally:
        boat("USE ROLE ACCOUNTADMIN")
        boat("USE SECONDARY ROLES ALL")
