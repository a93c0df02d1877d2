"""UNDROP, and SHOW ... HISTORY: https://docs.snowflake.com/en/user-guide/data-time-travel"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from snowflake.connector.errors import ProgrammingError

from src.emulator.engine import Engine
from src.emulator.objects import dropped
from src.emulator.session import Session, locks
from tests.emulator.cursors import cursor_of, fetched

VOLUME = (
    "CREATE OR REPLACE EXTERNAL VOLUME LAKE STORAGE_LOCATIONS = ((NAME = 'l' STORAGE_PROVIDER = 'S3'"
    " STORAGE_BASE_URL = 's3://b/' STORAGE_AWS_ROLE_ARN = 'arn:aws:iam::1:role/r'))"
)
# A schema with something of everything, and what can be asked of it.
SCHEMA = (
    "CREATE SCHEMA D.S DATA_RETENTION_TIME_IN_DAYS = 2 COMMENT = 'all'",
    "CREATE TABLE T (ID INT AUTOINCREMENT, NAME VARCHAR(5) NOT NULL, PRIMARY KEY (ID))",
    "INSERT INTO T (NAME) VALUES ('a'), ('b')",
    "CREATE VIEW V AS SELECT NAME FROM T",
    "CREATE SEQUENCE Q START 10",
    "CREATE TABLE N (A INT DEFAULT Q.NEXTVAL, B INT)",
    "INSERT INTO N (B) VALUES (1)",
    "CREATE STREAM OF_T ON TABLE T",
    "UPDATE T SET NAME = 'c' WHERE ID = 2",
    "CREATE STAGE ST",
    "CREATE FILE FORMAT F TYPE = CSV",
    "CREATE TASK K WAREHOUSE = WH SCHEDULE = '1 MINUTE' AS SELECT 1",
    "CREATE OR REPLACE ROLE READER",
    "GRANT SELECT ON TABLE T TO ROLE READER",
    "GRANT SELECT ON FUTURE VIEWS IN SCHEMA S TO ROLE READER",
)
ASKED = {
    "SELECT NAME FROM D.S.V ORDER BY NAME": [("a",), ("c",)],
    "SELECT NAME, METADATA$ACTION FROM D.S.OF_T ORDER BY NAME": [("b", "DELETE"), ("c", "INSERT")],
    "SELECT A, B FROM D.S.N": [(10, 1)],
    "LIST @D.S.ST": [],
    "SELECT COUNT(*) FROM D.INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'S'": [(3,)],
    "SELECT COUNT(*) FROM D.INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = 'S'": [(5,)],
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = Engine(tmp_path_factory.mktemp("account") / "state")
    yield opened
    opened.close()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """On an account whose database D is empty, and where nothing was dropped."""
    opened = engine.open_session()
    run(opened, "CREATE OR REPLACE DATABASE D", "CREATE WAREHOUSE IF NOT EXISTS WH", "USE WAREHOUSE WH")
    for record in engine.account.dropped():
        dropped.purge(opened, record)
    yield opened
    opened.close()


def run(session: Session, *statements: str) -> list[tuple[Any, ...]]:
    for sql in statements:
        rows = fetched(session, sql)
    return rows


def number(session: Session, sql: str) -> int | None:
    with pytest.raises(ProgrammingError) as caught:
        run(session, sql)
    return caught.value.errno


def history(session: Session, kinds: str) -> list[tuple[str, bool]]:
    """The names that SHOW ... HISTORY lists, each with whether it was dropped."""
    cursor = cursor_of(session).execute(f"SHOW {kinds} HISTORY")
    names = [name for name, _ in cursor.columns]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [(row["name"], row["dropped_on"] is not None) for row in rows if row["name"] != "INFORMATION_SCHEMA"]


def later(engine: Engine, monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    now = datetime.now(UTC)
    monkeypatch.setattr(engine.account, "clock", lambda: now + timedelta(days=days))


def test_a_table_comes_back_as_it_was(session: Session) -> None:
    run(session, *SCHEMA[1:3], SCHEMA[7], SCHEMA[8], "DROP TABLE T")
    assert number(session, "SELECT * FROM T") == 2003
    assert history(session, "TABLES") == [("T", True)]
    assert run(session, "UNDROP TABLE T") == [("Table T successfully restored.",)]
    run(session, "INSERT INTO T (NAME) VALUES ('d')")
    assert run(session, "SELECT * FROM T ORDER BY 1") == [(1, "a"), (2, "c"), (3, "d")]
    assert run(session, "SELECT NAME FROM OF_T WHERE METADATA$ACTION = 'INSERT' ORDER BY 1") == [("c",), ("d",)]
    assert number(session, "INSERT INTO T (NAME) VALUES (NULL)") == 100072
    assert history(session, "TABLES") == [("T", False)]


def test_versions_of_one_name_come_back_the_last_one_first(session: Session) -> None:
    """As the page's example does, by renaming what is there."""
    run(session, "CREATE TABLE T AS SELECT 1 AS A")
    run(session, "CREATE OR REPLACE TABLE T AS SELECT A + 1 AS A FROM T")
    run(session, "DROP TABLE T", "CREATE TABLE T AS SELECT 3 AS A")
    assert history(session, "TABLES") == [("T", False), ("T", True), ("T", True)]
    assert number(session, "UNDROP TABLE T") == 2002
    run(session, "ALTER TABLE T RENAME TO T3", "UNDROP TABLE T")
    run(session, "ALTER TABLE T RENAME TO T2", "UNDROP TABLE T")
    assert run(session, "SELECT T.A, T2.A, T3.A FROM T, T2, T3") == [(1, 2, 3)]
    run(session, "DROP TABLE T2")
    assert number(session, "UNDROP TABLE T") == 2002


REPLACING = (
    "CREATE OR REPLACE TABLE T (B INT)",
    "CREATE OR REPLACE TABLE T (B INT AUTOINCREMENT, C VARCHAR NOT NULL) COMMENT = 'new'",
    "CREATE OR REPLACE TABLE T (B INT NOT NULL) AS SELECT A FROM T",
    "CREATE OR REPLACE TABLE T AS SELECT A FROM OF_T",
    "CREATE OR REPLACE TABLE T AS SELECT A FROM V",
    "CREATE OR REPLACE TABLE T CLONE U",
    "CREATE OR REPLACE TABLE T LIKE U",
    "CREATE OR REPLACE TRANSIENT TABLE T (B INT)",
    "CREATE OR REPLACE ICEBERG TABLE T (B INT) CATALOG = 'SNOWFLAKE' EXTERNAL_VOLUME = 'LAKE' BASE_LOCATION = 't'",
)


@pytest.mark.parametrize("statement", REPLACING)
def test_what_is_replaced_comes_back(session: Session, statement: str) -> None:
    run(session, VOLUME, "CREATE TABLE U (Z INT)", "CREATE TABLE T (A INT)", "CREATE VIEW V AS SELECT A FROM T")
    run(session, "INSERT INTO T VALUES (7)", "CREATE STREAM OF_T ON TABLE T SHOW_INITIAL_ROWS = TRUE")
    run(session, statement, "DROP TABLE T", "UNDROP TABLE T")
    assert run(session, "SELECT COUNT(*) FROM T") == [(1 if "SELECT A" in statement else 0,)]
    run(session, "ALTER TABLE T SET DATA_RETENTION_TIME_IN_DAYS = 0", "DROP TABLE T", "UNDROP TABLE T")
    assert run(session, "SELECT A FROM T") == [(7,)]


def test_what_fails_replaces_nothing(session: Session) -> None:
    run(session, "CREATE TABLE T AS SELECT 1 AS A")
    assert number(session, "CREATE OR REPLACE TABLE T (B INT NOT NULL) AS SELECT NULL") == 100072
    assert number(session, "CREATE OR REPLACE TABLE T AS SELECT 'x'::INT AS B") == 100038
    assert run(session, "SELECT A FROM T") == [(1,)]
    assert history(session, "TABLES") == [("T", False)]


def test_a_schema_comes_back_with_what_is_in_it(session: Session) -> None:
    run(session, *SCHEMA, "DROP SCHEMA D.S", "CREATE SCHEMA D.S", "CREATE TABLE S.T (OTHER INT)", "CREATE SEQUENCE S.Q")
    run(session, "ALTER SCHEMA D.S SET DATA_RETENTION_TIME_IN_DAYS = 0", "DROP SCHEMA D.S")
    assert [one for one in history(session, "SCHEMAS") if one[0] == "S"] == [("S", True)]
    assert run(session, "UNDROP SCHEMA D.S") == [("Schema S successfully restored.",)]
    assert {sql: run(session, sql) for sql in ASKED} == ASKED
    run(session, "INSERT INTO D.S.T (NAME) VALUES ('d')", "INSERT INTO D.S.N (B) VALUES (2)")
    assert run(session, "SELECT MAX(ID) FROM D.S.T") == [(3,)]
    assert run(session, "SELECT A FROM D.S.N ORDER BY A") == [(10,), (11,)]
    assert {row[1:4] for row in run(session, "SHOW GRANTS TO ROLE READER")} == {("SELECT", "TABLE", "D.S.T")}
    assert len(run(session, "SHOW FUTURE GRANTS IN SCHEMA D.S")) == 1
    assert len(run(session, "SHOW TASKS IN SCHEMA D.S")) == len(run(session, "SHOW FILE FORMATS IN SCHEMA D.S")) == 1


def test_a_database_comes_back_with_what_is_in_it(session: Session) -> None:
    iceberg = "CREATE ICEBERG TABLE I (ID INT) CATALOG = 'SNOWFLAKE' EXTERNAL_VOLUME = 'LAKE' BASE_LOCATION = 'i'"
    run(session, *SCHEMA, VOLUME, iceberg, "INSERT INTO I VALUES (5)", "DROP DATABASE D")
    assert (history(session, "DATABASES"), history(session, "TABLES")) == ([("D", True)], [])
    run(session, "CREATE DATABASE D")
    assert number(session, "UNDROP DATABASE D") == 2002
    run(session, "ALTER DATABASE D SET DATA_RETENTION_TIME_IN_DAYS = 0", "DROP DATABASE D")
    assert run(session, "UNDROP DATABASE D") == [("Database D successfully restored.",)]
    asked = {**ASKED, "SELECT ID FROM D.S.I": [(5,)]}
    asked["SELECT COUNT(*) FROM D.INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'S'"] = [(4,)]
    asked["SELECT COUNT(*) FROM D.INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = 'S'"] = [(6,)]
    assert {sql: run(session, sql) for sql in asked} == asked
    run(session, "INSERT INTO D.S.I VALUES (6)")


@pytest.mark.parametrize("kind", ["TABLE S.T", "SCHEMA S", "DATABASE D", "TABLE S.I"])
def test_it_survives_the_process(tmp_path: Path, kind: str) -> None:
    iceberg = "CREATE ICEBERG TABLE I (ID INT) CATALOG = 'SNOWFLAKE' EXTERNAL_VOLUME = 'LAKE' BASE_LOCATION = 'i'"
    engine = Engine(tmp_path / "state")
    session = engine.open_session()
    run(
        session,
        "CREATE DATABASE D",
        "CREATE WAREHOUSE WH",
        "USE WAREHOUSE WH",
        VOLUME,
        *SCHEMA,
        iceberg,
        "INSERT INTO I VALUES (5)",
        f"DROP {kind}",
    )
    if kind == "TABLE S.T":
        run(session, "CREATE TABLE S.T (OTHER INT)")
    engine.close()
    engine = Engine(tmp_path / "state")
    session = engine.open_session()
    run(session, "USE WAREHOUSE WH")
    if kind != "DATABASE D":
        run(session, "USE DATABASE D")
    if kind == "TABLE S.T":
        run(session, "ALTER TABLE S.T SET DATA_RETENTION_TIME_IN_DAYS = 0", "DROP TABLE S.T")
    run(session, f"UNDROP {kind}")
    assert run(session, "SELECT NAME FROM D.S.V ORDER BY NAME") == [("a",), ("c",)]
    assert run(session, "SELECT ID FROM D.S.I") == [(5,)]
    engine.close()


def test_after_the_retention_it_is_gone_for_good(
    engine: Engine, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(
        session,
        *SCHEMA,
        "DROP TABLE T",
        "DROP SCHEMA D.S",
        "CREATE DATABASE E",
        "CREATE TABLE X (A INT)",
        "DROP DATABASE E",
    )
    run(session, "USE SCHEMA D.PUBLIC", "CREATE TABLE T (A INT)", "DROP TABLE T")
    later(engine, monkeypatch, 1.5)
    assert number(session, "UNDROP TABLE T") == number(session, "UNDROP DATABASE E") == 90025
    engine.upkeep.prune()
    assert len(engine.account.dropped()) == 2  # the schema keeps two days, and the table in it
    later(engine, monkeypatch, 2.5)
    engine.upkeep.prune()
    assert engine.account.dropped() == []
    assert [*engine.storage.folder.glob("dropped/*")] == []
    left = "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE '%dropped%' AND database_name = 'D'"
    assert session.duck.execute(left).fetchall() == []


def test_without_retention_nothing_is_kept(engine: Engine, session: Session) -> None:
    run(session, "CREATE TABLE T (A INT) DATA_RETENTION_TIME_IN_DAYS = 0", "DROP TABLE T")
    run(session, "CREATE TEMPORARY TABLE U (A INT)", "DROP TABLE U")
    for gone in ("T", "U", "NEVER"):
        assert number(session, f"UNDROP TABLE {gone}") == 90025
    assert engine.account.dropped() == []


def test_of_one_name_the_last_versions_are_kept(engine: Engine, session: Session) -> None:
    for _ in range(8):
        run(session, "CREATE OR REPLACE TABLE T (A INT)")
    assert history(session, "TABLES") == [("T", False)] + 5 * [("T", True)]


def test_a_table_of_a_schema_that_was_dropped_is_not_that_of_its_namesake(session: Session) -> None:
    run(session, "CREATE SCHEMA D.S", "CREATE TABLE T (A INT)", "DROP TABLE T", "CREATE OR REPLACE SCHEMA D.S")
    assert number(session, "UNDROP TABLE S.T") == 90025
    assert number(session, "UNDROP TABLE NONE_SUCH.T") == 2003


def test_it_takes_the_ownership_and_create(session: Session) -> None:
    run(session, "CREATE TABLE T (A INT)", "DROP TABLE T", "CREATE OR REPLACE ROLE R", "GRANT ROLE R TO USER PRESENTER")
    run(session, "GRANT USAGE ON DATABASE D TO ROLE R", "GRANT USAGE, CREATE TABLE ON SCHEMA D.PUBLIC TO ROLE R")
    run(session, "USE ROLE R", "USE SECONDARY ROLES NONE")
    assert number(session, "UNDROP TABLE T") == 3001
    assert history(session, "TABLES") == []
    run(session, "CREATE TABLE MINE (A INT)", "DROP TABLE MINE", "UNDROP TABLE MINE", "DROP TABLE MINE")
    run(session, "USE ROLE ACCOUNTADMIN", "REVOKE CREATE TABLE ON SCHEMA D.PUBLIC FROM ROLE R", "USE ROLE R")
    assert number(session, "UNDROP TABLE MINE") == 3001


@pytest.mark.parametrize("kept", ["TABLE D.PUBLIC.U", "SCHEMA D.PUBLIC", "DATABASE D"])
def test_a_drop_waits_for_a_transaction_that_ends_and_keeps_what_it_changed(
    kept: str, engine: Engine, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "SECONDS_FOR_OTHERS", 60.0)
    other = engine.open_session()
    run(other, "USE WAREHOUSE WH", "USE SCHEMA D.PUBLIC", "CREATE TABLE U (A INT)", "BEGIN", "INSERT INTO U VALUES (1)")
    with ThreadPoolExecutor(1) as threads:
        dropping = threads.submit(run, session, f"DROP {kept}")
        assert not wait([dropping], 0.3).done
        run(other, "COMMIT")
        dropping.result(60)
    run(session, f"UNDROP {kept}")
    assert run(session, "SELECT A FROM D.PUBLIC.U") == [(1,)]
    other.close()


def test_what_is_dropped_while_a_transaction_is_at_its_database_is_not_kept(
    engine: Engine, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "SECONDS_FOR_OTHERS", 0.0)
    run(session, "CREATE TABLE T (A INT)", "CREATE TABLE U (A INT)")
    other = engine.open_session()
    run(other, "USE WAREHOUSE WH", "USE SCHEMA D.PUBLIC", "BEGIN", "INSERT INTO U VALUES (1)")
    run(session, "DROP TABLE T")
    run(other, "COMMIT")
    other.close()
    assert number(session, "UNDROP TABLE T") == 90025
    assert run(session, "SELECT A FROM U") == [(1,)]


@pytest.mark.parametrize("dropped_kind", ["TABLE S.T", "SCHEMA S", "DATABASE D"])
def test_a_drop_that_was_killed_half_way_is_finished_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dropped_kind: str
) -> None:
    """After the account has noted it, and before DuckDB has put it away."""
    engine = Engine(tmp_path / "state")
    session = engine.open_session()
    run(session, "CREATE DATABASE D", "CREATE WAREHOUSE WH", "USE WAREHOUSE WH", *SCHEMA)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(dropped, "hide", killed)
        patch.setattr(type(engine.storage), "put_away_database", killed)
        with pytest.raises(KeyboardInterrupt):
            run(session, f"DROP {dropped_kind}")
    engine.close()
    engine = Engine(tmp_path / "state")
    session = engine.open_session()
    run(session, "USE WAREHOUSE WH")
    assert number(session, "SELECT * FROM D.S.T") == 2003
    if dropped_kind != "DATABASE D":
        run(session, "USE DATABASE D")
    run(session, f"UNDROP {dropped_kind}")
    assert run(session, "SELECT NAME FROM D.S.V ORDER BY NAME") == [("a",), ("c",)]
    engine.close()
