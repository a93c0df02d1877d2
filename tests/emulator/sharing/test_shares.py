"""Shares between the presenter's account and FACTSET, both on one emulator.

https://docs.snowflake.com/en/user-guide/data-sharing-provider, https://docs.snowflake.com/en/user-guide/data-share-consumers
"""

from pathlib import Path
from typing import Any

import pytest
import snowflake.connector
from snowflake.connector import SnowflakeConnection
from snowflake.connector.constants import FIELD_ID_TO_NAME
from snowflake.connector.errors import Error, ProgrammingError

from src.emulator.protocol.serving import Address, emulator
from tests.emulator.conftest import Connect, Fails, Rows, Run, run_on


def run_all(run: Run, *statements: str) -> None:
    for statement in statements:
        run(statement)


@pytest.fixture
def shared(run: Run) -> None:
    """Share S with USAGE on DEMO and DEMO.PUBLIC and SELECT on table T."""
    run_all(
        run,
        "CREATE TABLE T (A INT, B VARCHAR(10))",
        "INSERT INTO T VALUES (1, 'x'), (2, 'y')",
        "CREATE SHARE S COMMENT = 'ours'",
        "GRANT USAGE ON DATABASE DEMO TO SHARE S",
        "GRANT USAGE ON SCHEMA DEMO.PUBLIC TO SHARE S",
        "GRANT SELECT ON TABLE DEMO.PUBLIC.T TO SHARE S",
    )


# The provider


@pytest.mark.usefixtures("shared")
def test_a_share_is_shown_with_its_database_accounts_and_comment(run: Run, rows: Rows) -> None:
    run("ALTER SHARE S ADD ACCOUNTS = FACTSET, PARTNER.ACCOUNT1")
    [share] = rows("SHOW SHARES LIKE 's'")
    del share["created_on"]
    assert share == {
        "kind": "OUTBOUND",
        "owner_account": "EMULATOR.EMULATOR",
        "name": "S",
        "database_name": "DEMO",
        "to": "EMULATOR.FACTSET, PARTNER.ACCOUNT1",
        "owner": "ACCOUNTADMIN",
        "comment": "ours",
        "listing_global_name": "",
        "secure_objects_only": "true",
    }


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize(
    ("sql", "accounts"),
    [
        ("ALTER SHARE S ADD ACCOUNTS = C, B", "A, B, C"),
        ("ALTER SHARE S REMOVE ACCOUNTS = B", "A"),
        ("ALTER SHARE S SET ACCOUNTS = C", "C"),
        ("ALTER SHARE IF EXISTS NOPE ADD ACCOUNTS = C", "A, B"),
        ("CREATE OR ALTER SHARE S COMMENT = 'other'", "A, B"),
        ("CREATE SHARE IF NOT EXISTS S", "A, B"),
    ],
)
def test_accounts_are_added_removed_and_set(run: Run, rows: Rows, sql: str, accounts: str) -> None:
    run("ALTER SHARE S ADD ACCOUNTS = A, B")
    run(sql)
    assert [share["to"] for share in rows("SHOW SHARES")] == [accounts]


@pytest.mark.usefixtures("shared")
def test_the_contents_of_a_share_are_its_grants(run: Run, rows: Rows) -> None:
    grants = [(grant["privilege"], grant["granted_on"], grant["name"]) for grant in rows("SHOW GRANTS TO SHARE S")]
    assert grants == [
        ("USAGE", "DATABASE", "DEMO"),
        ("USAGE", "SCHEMA", "DEMO.PUBLIC"),
        ("SELECT", "TABLE", "DEMO.PUBLIC.T"),
    ]
    contents = [(entry["kind"], entry["name"]) for entry in rows("DESC SHARE S")]
    assert contents == [("DATABASE", "DEMO"), ("SCHEMA", "DEMO.PUBLIC"), ("TABLE", "DEMO.PUBLIC.T")]


@pytest.mark.usefixtures("shared")
def test_a_recreated_table_has_left_the_share(run: Run, rows: Rows) -> None:
    run("CREATE OR REPLACE TABLE T (A INT)")
    assert [grant["granted_on"] for grant in rows("SHOW GRANTS TO SHARE S")] == ["DATABASE", "SCHEMA"]


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("sql", ["DROP DATABASE DEMO", "CREATE OR REPLACE DATABASE DEMO"])
def test_a_shared_database_cannot_be_dropped_or_replaced_until_the_share_is(run: Run, fails: Fails, sql: str) -> None:
    error = fails(sql)
    assert "Database 'DEMO' cannot be dropped. It is still shared by 1 shares, including shares 'S'." in str(error.msg)
    assert run("SELECT COUNT(*) FROM DEMO.PUBLIC.T") == [(2,)]
    run("DROP SHARE S")
    run(sql)


@pytest.mark.usefixtures("shared")
def test_a_shared_database_can_be_dropped_when_its_grant_is_revoked(run: Run) -> None:
    run("REVOKE USAGE ON DATABASE DEMO FROM SHARE S")
    run("DROP DATABASE DEMO")


@pytest.mark.parametrize(
    ("grants", "sql", "errno", "message"),
    [
        ([], "GRANT USAGE ON SCHEMA DEMO.PUBLIC TO SHARE S", 3033, "Schema 'PUBLIC' does not belong to the database"),
        (
            [],
            "GRANT SELECT ON TABLE T TO SHARE S",
            3033,
            "Table 'T' does not belong to the database that is being shared.",
        ),
        (
            [],
            "GRANT REFERENCE_USAGE ON DATABASE OTHER TO SHARE S",
            500130,
            "Cannot grant REFERENCE_USAGE on database OTHER to share S."
            " Grant USAGE on a database to share prior to granting REFERENCE_USAGE.",
        ),
        ([], "ALTER SHARE S ADD ACCOUNTS = FACTSET", 3516, "Share 'S' does not currently have a database."),
        (
            ["USAGE ON DATABASE DEMO"],
            "GRANT USAGE ON DATABASE OTHER TO SHARE S",
            3033,
            "Database 'OTHER' does not belong",
        ),
        (
            ["USAGE ON DATABASE DEMO"],
            "GRANT SELECT ON TABLE T TO SHARE S",
            3002,
            "Grant USAGE on schema DEMO.PUBLIC to share",
        ),
        (["USAGE ON DATABASE DEMO"], "GRANT MODIFY ON SCHEMA DEMO.PUBLIC TO SHARE S", 3008, "for privilege 'MODIFY'"),
        (
            ["USAGE ON DATABASE DEMO"],
            "ALTER SHARE S ADD ACCOUNTS = EMULATOR",
            3029,
            "cannot be added to this share: EMULATOR.",
        ),
        (
            ["USAGE ON DATABASE DEMO", "USAGE ON SCHEMA DEMO.PUBLIC"],
            "GRANT SELECT ON VIEW V TO SHARE S",
            90838,
            'Non-secure object can only be granted to shares with "secure_objects_only" property set to false.',
        ),
        (
            ["USAGE ON DATABASE DEMO", "USAGE ON SCHEMA DEMO.PUBLIC"],
            "GRANT SELECT ON VIEW ACROSS TO SHARE S",
            3002,
            "A view or function being shared cannot reference objects from other databases.",
        ),
        (
            ["USAGE ON DATABASE DEMO", "USAGE ON SCHEMA DEMO.PUBLIC"],
            "GRANT SELECT ON ALL VIEWS IN SCHEMA DEMO.PUBLIC TO SHARE S",
            3002,
            "Bulk grant on objects of type VIEW to SHARE is restricted.",
        ),
        (
            ["USAGE ON DATABASE DEMO", "USAGE ON SCHEMA DEMO.PUBLIC"],
            "GRANT SELECT ON FUTURE TABLES IN SCHEMA DEMO.PUBLIC TO SHARE S",
            3002,
            "Future grant on objects to SHARE is restricted.",
        ),
    ],
)
def test_the_documented_order_is_enforced(
    run: Run, fails: Fails, grants: list[str], sql: str, errno: int, message: str
) -> None:
    run_all(
        run,
        "CREATE TABLE T (A INT)",
        "CREATE VIEW V AS SELECT A FROM T",
        "CREATE DATABASE OTHER",
        "CREATE TABLE OTHER.PUBLIC.U (A INT)",
        "USE SCHEMA DEMO.PUBLIC",
        "CREATE SECURE VIEW ACROSS AS SELECT A FROM OTHER.PUBLIC.U",
        "CREATE SHARE S",
        *(f"GRANT {grant} TO SHARE S" for grant in grants),
    )
    error = fails(sql)
    assert error.errno == errno
    assert message in str(error.msg)


def test_a_secure_view_on_another_database_is_shared_after_reference_usage(run: Run, rows: Rows) -> None:
    run_all(
        run,
        "CREATE DATABASE OTHER",
        "CREATE TABLE OTHER.PUBLIC.U (A INT)",
        "USE SCHEMA DEMO.PUBLIC",
        "CREATE SECURE VIEW ACROSS AS SELECT A FROM OTHER.PUBLIC.U",
        "CREATE SHARE S",
        "GRANT USAGE ON DATABASE DEMO TO SHARE S",
        "GRANT USAGE ON SCHEMA DEMO.PUBLIC TO SHARE S",
        "GRANT REFERENCE_USAGE ON DATABASE OTHER TO SHARE S",
        "GRANT SELECT ON VIEW ACROSS TO SHARE S",
    )
    assert [grant["granted_on"] for grant in rows("SHOW GRANTS TO SHARE S")] == [
        "DATABASE",
        "SCHEMA",
        "DATABASE",
        "VIEW",
    ]


@pytest.mark.usefixtures("shared")
def test_a_share_may_be_opened_to_views_that_are_not_secure_but_not_closed_again(run: Run, fails: Fails) -> None:
    run_all(
        run,
        "CREATE VIEW V AS SELECT A FROM T",
        "ALTER SHARE S SET SECURE_OBJECTS_ONLY = FALSE",
        "GRANT SELECT ON VIEW V TO SHARE S",
    )
    assert fails("ALTER SHARE S SET SECURE_OBJECTS_ONLY = TRUE").errno == 3002


@pytest.mark.parametrize(
    ("sql", "errno"),
    [
        ("DROP SHARE NOPE", 2003),
        ("DROP SHARE IF EXISTS NOPE", 1003),
        ("CREATE SHARE S ACCOUNTS = X", 1420),
        ("ALTER SHARE NOPE ADD ACCOUNTS = X", 2003),
        ("GRANT USAGE ON DATABASE DEMO TO SHARE NOPE", 2003),
        ("DESC SHARE FACTSET.NOPE", 2003),
        ("CREATE DATABASE I FROM SHARE FACTSET.NOPE", 2003),
        ("CREATE DATABASE I FROM SHARE ELSEWHERE.S", 2003),
        ("CREATE OR REPLACE DATABASE I FROM SHARE FACTSET.S", 1003),
        ("CREATE DATABASE IF NOT EXISTS I FROM SHARE FACTSET.S", 1003),
    ],
)
def test_wrong_statements_are_refused(fails: Fails, sql: str, errno: int) -> None:
    assert fails(sql).errno == errno


# The second account and its consumer

_PROVIDE = (
    "CREATE WAREHOUSE W",
    "CREATE DATABASE ETF_DATA",
    "CREATE TABLE HOLDINGS (ID INT NOT NULL, TICKER VARCHAR(10)) CHANGE_TRACKING = TRUE",
    "INSERT INTO HOLDINGS VALUES (1, 'SPY'), (2, 'QQQ')",
    "CREATE SECURE VIEW TICKERS AS SELECT TICKER FROM HOLDINGS",
    "CREATE TABLE PRIVATE AS SELECT 1 AS A",
    "CREATE SHARE ETF",
    "GRANT USAGE ON DATABASE ETF_DATA TO SHARE ETF",
    "GRANT USAGE ON SCHEMA ETF_DATA.PUBLIC TO SHARE ETF",
    "GRANT SELECT ON TABLE ETF_DATA.PUBLIC.HOLDINGS TO SHARE ETF",
    "GRANT SELECT ON VIEW ETF_DATA.PUBLIC.TICKERS TO SHARE ETF",
    "ALTER SHARE ETF ADD ACCOUNTS = EMULATOR",
)


@pytest.fixture
def factset(connect: Connect) -> Run:
    """Runs statements on the second account, which shares ETF_DATA with the first."""
    provider = connect(account="factset")
    run: Run = lambda sql, parameters=None: run_on(provider, sql, parameters)  # noqa: E731
    run_all(run, *_PROVIDE)
    return run


@pytest.fixture
def imported(factset: Run, run: Run) -> Run:
    run("CREATE DATABASE ETF FROM SHARE FACTSET.ETF COMMENT = 'theirs'")
    run("USE SCHEMA DEMO.PUBLIC")
    return factset


def test_the_second_account_has_its_own_objects(factset: Run, run: Run, rows: Rows) -> None:
    assert factset("SELECT CURRENT_ACCOUNT(), CURRENT_DATABASE()") == [("FACTSET", "ETF_DATA")]
    assert run("SELECT CURRENT_ACCOUNT(), CURRENT_DATABASE()") == [("EMULATOR", "DEMO")]
    assert [row[1] for row in factset("SHOW DATABASES")] == ["ETF_DATA"]
    assert [row["name"] for row in rows("SHOW DATABASES")] == ["DEMO"]
    factset("CREATE DATABASE DEMO")
    factset("CREATE ROLE R")
    assert run("SHOW ROLES LIKE 'R'") == []


@pytest.mark.parametrize("account", ["FACTSET", "emulator-factset"])
def test_an_account_is_named_with_or_without_its_organization(connect: Connect, account: str) -> None:
    assert run_on(connect(account=account), "SELECT CURRENT_ACCOUNT()") == [("FACTSET",)]


def test_an_account_that_is_not_hosted_is_refused_at_login(connect: Connect) -> None:
    with pytest.raises(
        Error, match=r'Account "facset" is not emulated\. Connect with account "emulator" or "factset"\.'
    ):
        connect(account="facset")


@pytest.mark.usefixtures("factset")
def test_a_share_of_another_account_is_inbound(run: Run, rows: Rows) -> None:
    [share] = rows("SHOW SHARES")
    assert (share["kind"], share["owner_account"], share["name"]) == ("INBOUND", "EMULATOR.FACTSET", "ETF")
    assert share["database_name"] == ""
    assert [entry["name"] for entry in rows("DESC SHARE FACTSET.ETF")][:2] == ["<DB>", "<DB>.PUBLIC"]
    run("CREATE DATABASE ETF FROM SHARE FACTSET.ETF")
    assert rows("SHOW SHARES")[0]["database_name"] == "ETF"
    assert [entry["name"] for entry in rows("DESC SHARE EMULATOR.FACTSET.ETF")][:2] == ["ETF", "ETF.PUBLIC"]


def test_a_share_is_not_seen_by_an_account_that_it_is_not_open_to(factset: Run, run: Run, fails: Fails) -> None:
    factset("ALTER SHARE ETF REMOVE ACCOUNTS = EMULATOR")
    assert run("SHOW SHARES") == []
    assert fails("CREATE DATABASE ETF FROM SHARE FACTSET.ETF").errno == 2003


@pytest.mark.usefixtures("imported")
def test_an_imported_database_shows_what_is_shared_and_no_more(rows: Rows, run: Run) -> None:
    database = {row["name"]: row for row in rows("SHOW DATABASES")}["ETF"]
    assert (database["origin"], database["kind"], database["comment"]) == ("FACTSET.ETF", "IMPORTED DATABASE", "theirs")
    [table] = rows("SHOW TABLES IN DATABASE ETF")
    assert (table["name"], table["rows"], table["owner"], table["change_tracking"]) == ("HOLDINGS", 2, "", "ON")
    [view] = rows("SHOW VIEWS IN DATABASE ETF")
    assert (view["name"], view["text"]) == ("TICKERS", "")
    assert run("SELECT TABLE_NAME, ROW_COUNT FROM ETF.INFORMATION_SCHEMA.TABLES") == [
        ("HOLDINGS", 2),
        ("TICKERS", None),
    ]
    assert run("SELECT TABLE_NAME, COLUMN_NAME FROM ETF.INFORMATION_SCHEMA.COLUMNS") == [
        ("HOLDINGS", "ID"),
        ("HOLDINGS", "TICKER"),
        ("TICKERS", "TICKER"),
    ]


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT * FROM ETF.PUBLIC.HOLDINGS ORDER BY ID", [(1, "SPY"), (2, "QQQ")]),
        ("SELECT TICKER FROM ETF.PUBLIC.TICKERS ORDER BY 1", [("QQQ",), ("SPY",)]),
        (
            "SELECT H.ID FROM ETF.PUBLIC.HOLDINGS H JOIN ETF.PUBLIC.TICKERS T ON T.TICKER = H.TICKER ORDER BY 1",
            [(1,), (2,)],
        ),
        ("SELECT ETF.PUBLIC.HOLDINGS.ID FROM ETF.PUBLIC.HOLDINGS WHERE ID > 1", [(2,)]),
        ("SELECT COUNT(*) FROM ETF.PUBLIC.HOLDINGS A, ETF.PUBLIC.HOLDINGS B", [(4,)]),
    ],
)
def test_an_imported_database_is_read_like_any_other(run: Run, query: str, expected: list[tuple[Any, ...]]) -> None:
    assert run(query) == expected


def test_an_imported_table_is_live(imported: Run, run: Run) -> None:
    imported("INSERT INTO ETF_DATA.PUBLIC.HOLDINGS VALUES (3, 'IWM')")
    assert run("SELECT COUNT(*) FROM ETF.PUBLIC.HOLDINGS") == [(3,)]
    imported("BEGIN")
    imported("DELETE FROM ETF_DATA.PUBLIC.HOLDINGS")
    assert run("SELECT COUNT(*) FROM ETF.PUBLIC.HOLDINGS") == [(3,)]
    imported("COMMIT")
    assert run("SELECT COUNT(*) FROM ETF.PUBLIC.HOLDINGS") == [(0,)]


@pytest.mark.parametrize("source", ["ETF.PUBLIC.J", "S"])
def test_a_variant_of_an_imported_table_stays_one(
    imported: Run, run: Run, connection: SnowflakeConnection, source: str
) -> None:
    run_all(
        imported,
        "CREATE TABLE ETF_DATA.PUBLIC.J (V VARIANT) CHANGE_TRACKING = TRUE",
        "INSERT INTO ETF_DATA.PUBLIC.J SELECT OBJECT_CONSTRUCT('a', 1)",
        "GRANT SELECT ON TABLE ETF_DATA.PUBLIC.J TO SHARE ETF",
    )
    run("CREATE STREAM S ON TABLE ETF.PUBLIC.J SHOW_INITIAL_ROWS = TRUE")
    assert run(f"SELECT TYPEOF(V), V:a::INT FROM {source}") == [("OBJECT", 1)]
    [described] = connection.cursor().describe(f"SELECT V FROM {source}")
    assert FIELD_ID_TO_NAME[described.type_code] == "VARIANT"


def test_what_is_granted_later_appears_and_what_is_revoked_is_gone(imported: Run, run: Run, fails: Fails) -> None:
    assert fails("SELECT * FROM ETF.PUBLIC.PRIVATE").errno == 2003
    imported("GRANT SELECT ON TABLE ETF_DATA.PUBLIC.PRIVATE TO SHARE ETF")
    assert run("SELECT * FROM ETF.PUBLIC.PRIVATE") == [(1,)]
    imported("REVOKE SELECT ON TABLE ETF_DATA.PUBLIC.PRIVATE FROM SHARE ETF")
    assert fails("SELECT * FROM ETF.PUBLIC.PRIVATE").errno == 2003


@pytest.mark.usefixtures("imported")
def test_the_consumer_uses_the_rows_in_its_own_database(run: Run) -> None:
    run("CREATE TABLE MINE AS SELECT * FROM ETF.PUBLIC.HOLDINGS")
    run("INSERT INTO MINE SELECT ID + 10, TICKER FROM ETF.PUBLIC.HOLDINGS")
    run(
        "MERGE INTO MINE USING ETF.PUBLIC.HOLDINGS H ON MINE.ID = H.ID"
        " WHEN MATCHED THEN UPDATE SET TICKER = LOWER(H.TICKER)"
        " WHEN NOT MATCHED THEN INSERT (ID, TICKER) VALUES (H.ID, H.TICKER)"
    )
    assert run("SELECT * FROM MINE ORDER BY ID") == [(1, "spy"), (2, "qqq"), (11, "SPY"), (12, "QQQ")]


@pytest.mark.usefixtures("imported")
def test_a_schema_of_an_imported_database_may_be_current(run: Run) -> None:
    run("USE SCHEMA ETF.PUBLIC")
    assert run("SELECT COUNT(*) FROM HOLDINGS") == [(2,)]
    assert [row[0:2] for row in run("DESCRIBE TABLE HOLDINGS")] == [("ID", "NUMBER(38,0)"), ("TICKER", "VARCHAR(10)")]


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize(
    ("sql", "refused"),
    [
        ("INSERT INTO ETF.PUBLIC.HOLDINGS VALUES (3, 'X')", "table 'HOLDINGS'"),
        ("UPDATE ETF.PUBLIC.HOLDINGS SET ID = 0", "table 'HOLDINGS'"),
        ("DELETE FROM ETF.PUBLIC.HOLDINGS", "table 'HOLDINGS'"),
        ("TRUNCATE TABLE ETF.PUBLIC.HOLDINGS", "table 'HOLDINGS'"),
        (
            "MERGE INTO ETF.PUBLIC.HOLDINGS H USING (SELECT 1 AS A) S ON S.A = H.ID WHEN MATCHED THEN DELETE",
            "table 'HOLDINGS'",
        ),
        ("ALTER TABLE ETF.PUBLIC.HOLDINGS SET CHANGE_TRACKING = FALSE", "table 'HOLDINGS'"),
        ("ALTER TABLE ETF.PUBLIC.HOLDINGS ADD COLUMN C INT", "table 'HOLDINGS'"),
        ("DROP TABLE ETF.PUBLIC.HOLDINGS", "table 'HOLDINGS'"),
        ("CREATE TABLE ETF.PUBLIC.N (A INT)", "schema 'PUBLIC'"),
        ("CREATE VIEW ETF.PUBLIC.N AS SELECT 1 AS A", "schema 'PUBLIC'"),
        ("CREATE STAGE ETF.PUBLIC.N", "schema 'PUBLIC'"),
        ("CREATE SCHEMA ETF.N", "database 'ETF'"),
        ("ALTER SCHEMA ETF.PUBLIC SET COMMENT = 'x'", "database 'ETF'"),
        ("DROP SCHEMA ETF.PUBLIC", "database 'ETF'"),
        ("ALTER DATABASE ETF SET DATA_RETENTION_TIME_IN_DAYS = 5", "database 'ETF'"),
    ],
)
def test_an_imported_database_is_read_only(fails: Fails, run: Run, sql: str, refused: str) -> None:
    error = fails(sql)
    assert error.errno == 3001
    assert f"Insufficient privileges to operate on {refused}" in str(error.msg)
    assert run("SELECT COUNT(*) FROM ETF.PUBLIC.HOLDINGS") == [(2,)]


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize(
    ("sql", "errno", "message"),
    [
        ("SELECT * FROM ETF.PUBLIC.HOLDINGS AT (OFFSET => -60)", 3002, "Time Travel is not supported"),
        ("CREATE DATABASE AGAIN FROM SHARE FACTSET.ETF", 3002, "is already imported as database 'ETF'."),
        ("CREATE DATABASE DEMO FROM SHARE FACTSET.ETF", 2002, "Object 'DEMO' already exists."),
        (
            "CREATE VIEW V AS SELECT * FROM ETF.PUBLIC.HOLDINGS",
            2,
            "CREATE VIEW on the imported database ETF is not emulated",
        ),
        ("SHOW COLUMNS IN TABLE ETF.PUBLIC.HOLDINGS", 2, "SHOW COLUMNS in an imported database is not emulated"),
        (
            "GRANT SELECT ON TABLE ETF.PUBLIC.HOLDINGS TO ROLE SYSADMIN",
            3011,
            "Use 'GRANT IMPORTED PRIVILEGES' instead.",
        ),
        ("GRANT USAGE ON DATABASE ETF TO ROLE SYSADMIN", 3011, "Use 'GRANT IMPORTED PRIVILEGES' instead."),
        ("GRANT IMPORTED PRIVILEGES ON DATABASE DEMO TO ROLE SYSADMIN", 3008, "for privilege 'IMPORTED PRIVILEGES'"),
    ],
)
def test_what_an_imported_database_does_not_have_is_refused(fails: Fails, sql: str, errno: int, message: str) -> None:
    error = fails(sql)
    assert error.errno == errno
    assert message in str(error.msg)


@pytest.mark.usefixtures("imported")
def test_imported_privileges_are_granted_as_usage_and_revoked(run: Run, rows: Rows) -> None:
    run("GRANT IMPORTED PRIVILEGES ON DATABASE ETF TO ROLE SYSADMIN")
    assert [(grant["privilege"], grant["name"]) for grant in rows("SHOW GRANTS TO ROLE SYSADMIN")] == [("USAGE", "ETF")]
    run("REVOKE IMPORTED PRIVILEGES ON DATABASE ETF FROM ROLE SYSADMIN")
    assert rows("SHOW GRANTS TO ROLE SYSADMIN") == []


def test_the_provider_sees_which_accounts_have_made_a_database(factset: Run, run: Run) -> None:
    assert factset("SHOW GRANTS OF SHARE ETF") == []
    run("CREATE DATABASE ETF FROM SHARE FACTSET.ETF")
    assert [row[1:4] for row in factset("SHOW GRANTS OF SHARE ETF")] == [("ETF", "ACCOUNT", "EMULATOR.EMULATOR")]


@pytest.mark.parametrize(
    "closing",
    [
        ["DROP SHARE ETF"],
        ["ALTER SHARE ETF REMOVE ACCOUNTS = EMULATOR"],
        ["REVOKE USAGE ON DATABASE ETF_DATA FROM SHARE ETF"],
        ["DROP SHARE ETF", *_PROVIDE[6:]],
    ],
)
def test_a_share_that_is_closed_leaves_a_database_that_can_only_be_dropped(
    imported: Run, run: Run, rows: Rows, fails: Fails, closing: list[str]
) -> None:
    run_all(imported, *closing)
    error = fails("SELECT * FROM ETF.PUBLIC.HOLDINGS")
    assert (error.errno, error.sqlstate) == (3030, "02000")
    run("DROP DATABASE ETF")
    assert [row["name"] for row in rows("SHOW DATABASES")] == ["DEMO"]


@pytest.mark.usefixtures("bare")
def test_a_damaged_second_account_is_an_error_at_login_and_nowhere_else(address: Address, connect: Connect) -> None:
    folder = address.folder / "accounts" / "FACTSET"
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("not the emulator's")
    with pytest.raises(Error, match="holds no emulator state"):
        connect(account="factset")
    assert run_on(connect(), "SELECT CURRENT_ACCOUNT()") == [("EMULATOR",)]


def test_shares_and_imported_databases_survive_the_process(tmp_path: Path) -> None:
    with emulator(tmp_path / "state") as address:
        with snowflake.connector.connect(**(address.parameters | {"account": "factset"})) as provider:
            for statement in _PROVIDE:
                run_on(provider, statement)
        with snowflake.connector.connect(**address.parameters) as consumer:
            run_on(consumer, "CREATE DATABASE ETF FROM SHARE FACTSET.ETF")
    with emulator(tmp_path / "state") as address, snowflake.connector.connect(**address.parameters) as consumer:
        run_on(consumer, "CREATE WAREHOUSE W")
        assert run_on(consumer, "SELECT COUNT(*) FROM ETF.PUBLIC.HOLDINGS") == [(2,)]
        with pytest.raises(ProgrammingError, match="Insufficient privileges"):
            run_on(consumer, "CREATE TABLE ETF.PUBLIC.N (A INT)")
