"""The monitoring queries run as they stand in sql/monitoring, and answer with what has happened."""

import datetime
from pathlib import Path
from typing import get_args

import pytest
from snowflake.snowpark import Session

from config import CONFIG
from src.config import Stamp
from src.data_sharing.monitoring import (
    FOLDER,
    Query,
    ShareUse,
    access_audit,
    listing_usage,
    object_access,
    query_history,
    share_use,
    statement,
    table_storage,
    warehouse_credits,
)
from src.data_sharing.monitoring_command import REPORTS
from src.data_sharing.shares import SharedObject, ShareSpec, reconcile
from src.utils.queries import QueryFailed, rows

DATABASE = CONFIG.database.name
FILES = sorted(FOLDER.glob("*.sql"))


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_file_runs_by_hand_as_it_stands(session: Session, file: Path) -> None:
    assert isinstance(rows(session, file.read_text(encoding="utf-8").strip().removesuffix(";")), list)


def test_query_history_finds_the_tag_and_nothing_else(session: Session) -> None:
    rows(session, "ALTER SESSION SET QUERY_TAG = 'IT''S RARE'")
    rows(session, "SELECT 'found me' AS TEXT")
    rows(session, f"ALTER SESSION SET QUERY_TAG = '{CONFIG.query_tag}'")
    texts = [row["QUERY_TEXT"] for row in query_history(session, DATABASE, "IT'S RARE")]
    assert "SELECT 'found me' AS TEXT" in texts
    assert all("SHOW" not in text for text in texts)


def test_query_history_leaves_out_what_only_looks(session: Session) -> None:
    rows(session, "ALTER SESSION SET QUERY_TAG = 'LOOKED'")
    looks = [
        "SHOW WAREHOUSES",
        "USE SECONDARY ROLES NONE",
        "SELECT CURRENT_ROLE()",
        "  select current_timestamp()",
        "SELECT COUNT(*) AS PENDING",
    ]
    kept = ["SELECT 'show' AS SHOW_ME", "SELECT 1 AS USED"]
    for text in (*looks, *kept, f"SELECT 1 FROM {DATABASE}.INFORMATION_SCHEMA.TABLES"):
        rows(session, text)
    rows(session, f"ALTER SESSION SET QUERY_TAG = '{CONFIG.query_tag}'")
    found = {row["QUERY_TEXT"] for row in query_history(session, DATABASE, "LOOKED")}
    assert {text for text in found if not text.startswith("ALTER SESSION")} == set(kept)


def test_the_limit_of_the_history_is_inside_the_function() -> None:
    sql = statement("query_history", DATABASE)
    assert "RESULT_LIMIT => 10000" in sql.partition("INNER JOIN")[0]


def test_credits_stand_beside_what_the_account_s_warehouses_use(session: Session) -> None:
    rows(session, "ALTER WAREHOUSE DATA_ENG_LOAD_WH SET WAREHOUSE_SIZE = MEDIUM")
    found = {row["WAREHOUSE_NAME"]: row for row in REPORTS["credits"](session, CONFIG)}
    shown = {name: (row["CREDITS_AN_HOUR"], row["CREDITS_A_WEEKEND_AWAKE"]) for name, row in found.items()}
    assert shown["DATA_ENG_XFORM_WH"] == (1, 60)  # as quick makes it
    assert shown["DATA_ENG_LOAD_WH"] == (4, 240)


def test_credits_cost_the_price_that_is_asked_for(session: Session) -> None:
    found = warehouse_credits(session, DATABASE, 4.25)
    assert all(row["COST"] == round(row["CREDITS"] * 4, 2) == 0 for row in found)
    assert "SELECT 4.250000 AS PRICE_PER_CREDIT" in statement(
        "warehouse_credits", DATABASE, PRICE_PER_CREDIT="4.250000"
    )


def test_storage_of_an_empty_table_divides_by_nothing(session: Session) -> None:
    rows(session, f"CREATE OR REPLACE TABLE {DATABASE}.CURATED.EMPTY (ID NUMBER(38,0)) CHANGE_TRACKING = TRUE")
    rows(session, f"CREATE OR REPLACE TABLE {DATABASE}.CURATED.FULL_ (ID NUMBER(38,0)) CHANGE_TRACKING = TRUE")
    rows(session, f"INSERT INTO {DATABASE}.CURATED.FULL_ VALUES (1), (2)")
    found = {row["TABLE_NAME"]: row for row in table_storage(session, DATABASE)}
    assert (found["EMPTY"]["ROW_COUNT"], found["EMPTY"]["BYTES_PER_ROW"]) == (0, None)
    assert found["FULL_"]["ROW_COUNT"] == 2


def test_the_audit_counts_by_user_role_and_kind_of_statement(session: Session) -> None:
    rows(session, "ALTER SESSION SET QUERY_TAG = 'AUDITED'")
    for _ in range(3):
        rows(session, "SELECT 1 AS ONE")
    with pytest.raises(QueryFailed):
        rows(session, "SELECT * FROM NO_SUCH_TABLE")
    rows(session, f"ALTER SESSION SET QUERY_TAG = '{CONFIG.query_tag}'")
    found = access_audit(session, DATABASE, "AUDITED")
    assert sum(row["QUERIES"] for row in found if row["QUERY_TYPE"] == "SELECT") >= 3
    assert sum(row["FAILED"] for row in found) == 1
    assert all(isinstance(row["LAST_SEEN"], datetime.datetime) and row["ROLE_NAME"] for row in found)


def test_what_was_read_is_counted_by_object_and_user(session: Session) -> None:
    for sql in (
        f"CREATE TABLE IF NOT EXISTS {DATABASE}.CURATED.READ_ (ID NUMBER(38,0)) CHANGE_TRACKING = TRUE",
        f"CREATE OR REPLACE VIEW {DATABASE}.ANALYTICS.READING AS SELECT ID FROM {DATABASE}.CURATED.READ_",
        "ALTER SESSION SET QUERY_TAG = 'READS'",
        f"SELECT * FROM {DATABASE}.CURATED.READ_",
        f"SELECT * FROM {DATABASE}.ANALYTICS.READING",
        f"ALTER SESSION SET QUERY_TAG = '{CONFIG.query_tag}'",
    ):
        rows(session, sql)
    [found] = object_access(session, DATABASE, "READS")
    assert (found["OBJECT_NAME"], found["OBJECT_KIND"], found["QUERIES"]) == (f"{DATABASE}.CURATED.READ_", "Table", 2)
    assert isinstance(found["LAST_SEEN"], datetime.datetime)


def test_a_direct_share_is_no_listing_and_has_no_use(session: Session) -> None:
    assert listing_usage(session, DATABASE) == []


def test_shares_say_what_they_hold_and_whom_they_are_open_to(session: Session) -> None:
    rows(session, f"CREATE TABLE IF NOT EXISTS {DATABASE}.CURATED.SHOWN (ID NUMBER(38,0)) CHANGE_TRACKING = TRUE")
    shown = SharedObject("TABLE", "CURATED", "SHOWN")
    reconcile(session, ShareSpec("USED", DATABASE, (shown,), Stamp(DATABASE, "full"), ("ORG.ONE", "ORG.TWO")))
    [use] = [use for use in share_use(session) if use.share == "USED"]
    assert use == ShareUse(
        "USED",
        (f"DATABASE {DATABASE}", f"SCHEMA {DATABASE}.CURATED", f"TABLE {DATABASE}.CURATED.SHOWN"),
        ("ORG.ONE", "ORG.TWO"),
        (),
    )


def test_every_file_has_a_function() -> None:
    assert {file.stem for file in FILES} == set(get_args(Query))


def test_the_database_of_a_prefix_is_asked() -> None:
    assert "FROM ALICE_DATA_ENG_DEMO.INFORMATION_SCHEMA.TABLES" in statement("table_storage", "ALICE_DATA_ENG_DEMO")
