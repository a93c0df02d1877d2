"""Rows merged, stored and summarised, on real rows; what fails on the way changes nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from snowflake.snowpark import Session

from src.pipelines.curation import Curation, TypedColumn, curate
from src.pipelines.transformation import (
    Measure,
    Merged,
    bring_to,
    latest_per_key,
    merge_into,
    period_over_period,
    store,
    summarise,
    transaction,
)
from src.utils.date_utils import historical_quarters
from src.utils.errors import InputError
from src.utils.queries import QueryFailed, Row, rows
from src.utils.snowpark_session import open_session, resolve_target

RAW = "DATA_ENG_DEMO.RAW_DATA.ORDERS"
CURATED = "DATA_ENG_DEMO.CURATED.ORDERS"
ANALYTICS = "DATA_ENG_DEMO.ANALYTICS.ORDERS"
COLUMNS = (
    TypedColumn("ID", "NUMBER(38,0)"),
    TypedColumn("NAME", "VARCHAR", required=True),
    TypedColumn("PRICE", "NUMBER(10,2)"),
    TypedColumn("SEEN", "TIMESTAMP_NTZ"),
    TypedColumn("DAY", "DATE"),
)
CURATION = Curation(RAW, CURATED, ("ID",), "SEEN", COLUMNS, trim=True)


@pytest.fixture
def raw(session: Session) -> Session:
    for table in (CURATED, f"{CURATED}_REJECTED", ANALYTICS):
        rows(session, f"DROP TABLE IF EXISTS {table}")
    rows(session, f"CREATE OR REPLACE TABLE {RAW} (ID VARCHAR, NAME VARCHAR, PRICE VARCHAR, SEEN VARCHAR, DAY VARCHAR)")
    rows(
        session,
        f"INSERT INTO {RAW} VALUES (' 1 ', ' ann ', '1.50', '2026-01-01 10:00:00', NULL), "
        "('1', 'anna', '2.50', '2026-01-02 10:00:00', '2026-01-02'), ('1', 'an', '0', NULL, NULL), "
        "('2', 'bob', '', '2026-01-01', NULL), ('3', 'cyd', 'much', '2026-01-01', NULL), "
        "(NULL, '  ', '1', NULL, 'then'), ('4', 'dan', '4', '2026-01-01', NULL)",
    )
    return session


def content(session: Session, table: str, order: str = "ID") -> list[Row]:
    return rows(session, f"SELECT * FROM {table} ORDER BY {order}")


# Merging and storing


def test_a_merge_inserts_updates_and_leaves_the_rest(raw: Session) -> None:
    curate(raw, CURATION)
    source = raw.sql(
        "SELECT 1 AS ID, 'anna' AS NAME, 2.50 AS PRICE, '2026-01-02 10:00:00'::TIMESTAMP_NTZ AS SEEN, "
        "'2026-01-02'::DATE AS DAY "
        "UNION ALL SELECT 4, 'dan', 5.00, '2026-02-01'::TIMESTAMP_NTZ, NULL "
        "UNION ALL SELECT 5, 'eve', 6.00, NULL, NULL"
    )
    assert merge_into(raw, source, CURATED, ["ID"]) == Merged(inserted=1, updated=1)
    assert merge_into(raw, source, CURATED, ["ID"]) == Merged(inserted=0, updated=0)
    assert [(row["ID"], row["PRICE"]) for row in content(raw, CURATED)] == [
        (1, Decimal("2.50")),
        (2, None),
        (4, 5),
        (5, 6),
    ]


def test_a_merge_without_a_key_is_refused(raw: Session) -> None:
    with pytest.raises(InputError, match=r"^A merge into .*ORDERS needs a key\."):
        merge_into(raw, raw.table(RAW), CURATED, [])


def test_a_key_that_comes_twice_is_refused_and_changes_nothing(raw: Session) -> None:
    curate(raw, CURATION)
    before = content(raw, CURATED)
    twice = raw.sql(
        "SELECT 1 AS ID, 'x' AS NAME, 1 AS PRICE, NULL::TIMESTAMP_NTZ AS SEEN UNION ALL SELECT 1, 'y', 2, NULL"
    )
    with pytest.raises(QueryFailed):
        merge_into(raw, twice, CURATED, ["ID"])
    assert content(raw, CURATED) == before


def test_what_is_stored_is_what_the_frame_says(raw: Session) -> None:
    curate(raw, CURATION)
    frame = raw.table(CURATED).select("ID", "PRICE")
    assert store(raw, frame, ANALYTICS, ["ID"]) == Merged(inserted=3, updated=0, deleted=0)
    rows(raw, f"UPDATE {CURATED} SET PRICE = 7 WHERE ID = 1")
    rows(raw, f"DELETE FROM {CURATED} WHERE ID = 2")
    assert store(raw, frame, ANALYTICS, ["ID"]) == Merged(inserted=0, updated=1, deleted=1)
    assert store(raw, frame, ANALYTICS, ["ID"]) == Merged(inserted=0, updated=0, deleted=0)
    [found] = rows(raw, "SHOW TABLES LIKE 'ORDERS' IN SCHEMA DATA_ENG_DEMO.ANALYTICS")
    assert found["change_tracking"] == "ON"


def test_two_sessions_that_fill_a_new_table_at_once_leave_each_key_once(raw: Session) -> None:
    row = "SELECT 1 AS ID, 'one' AS NAME"
    store(raw, raw.sql(f"{row} LIMIT 0"), ANALYTICS, ["ID"])
    with open_session(resolve_target("local"), query_tag="TEST") as other, ThreadPoolExecutor(1) as threads:
        rows(other.session, "USE WAREHOUSE DATA_ENG_LOAD_WH")
        with transaction(raw):
            bring_to(raw, ANALYTICS, row, ["ID", "NAME"], ["ID"])
            waiting = threads.submit(store, other.session, other.session.sql(row), ANALYTICS, ["ID"])
            with pytest.raises(TimeoutError):
                waiting.result(0.5)
        assert waiting.result(30) == Merged(inserted=0, updated=0, deleted=0)
    assert content(raw, ANALYTICS) == [{"ID": 1, "NAME": "one"}]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_transaction_is_rolled_back_whatever_goes_wrong(raw: Session, error: type[BaseException]) -> None:
    def work() -> None:
        with transaction(raw):
            rows(raw, f"DELETE FROM {RAW}")
            raise error

    with pytest.raises(error):
        work()
    assert len(rows(raw, f"SELECT * FROM {RAW}")) == 7


# Aggregation


def test_a_summary_has_a_row_for_each_key(session: Session) -> None:
    frame = session.sql("SELECT COLUMN1 AS K, COLUMN2 AS V FROM VALUES ('a', 1), ('a', 3), ('b', 5)")
    measures = [
        Measure("TOTAL", "sum", "V"),
        Measure("MEAN", "avg", "V"),
        Measure("LEAST_V", "min", "V"),
        Measure("MOST_V", "max", "V"),
        Measure("N", "count", "V"),
        Measure("KINDS", "count_distinct", "V"),
    ]
    assert [tuple(row) for row in summarise(frame, ["K"], measures).sort("K").collect()] == [
        ("a", 4, 2, 1, 3, 2, 2),
        ("b", 5, 5, 5, 5, 1, 1),
    ]


def test_the_latest_row_of_each_key(session: Session) -> None:
    frame = session.sql(
        "SELECT COLUMN1 AS K, COLUMN2 AS T, COLUMN3 AS V FROM VALUES (1, 1, 'x'), (1, 2, 'y'), (2, NULL, 'z')"
    )
    assert [tuple(row) for row in latest_per_key(frame, ["K"], "T").sort("K").collect()] == [
        (1, 2, "y"),
        (2, None, "z"),
    ]


def test_quarters_are_compared_with_the_quarter_before(session: Session) -> None:
    frame = session.sql(
        "SELECT COLUMN1::DATE AS DAY, COLUMN2 AS V FROM VALUES ('2026-01-01', 10), ('2026-03-31', 10), "
        "('2026-04-01', 30), ('2026-10-01', 99), ('2025-12-31', 99)"
    )
    quarters = historical_quarters(date(2026, 11, 24), 3)
    found = period_over_period(session, frame, "DAY", "V", quarters).sort("QUARTER").collect()
    assert [(row["QUARTER"], row["VALUE"], row["CHANGE"], row["CHANGE_RATE"]) for row in found] == [
        ("2026-Q1", 20, None, None),
        ("2026-Q2", 30, 10, Decimal("0.5")),
        ("2026-Q3", 0, -30, -1),
    ]


def test_no_quarters_are_nothing_to_compare(session: Session) -> None:
    with pytest.raises(InputError, match=r"^There are no quarters to compare\."):
        period_over_period(session, session.sql("SELECT 1 AS V"), "V", "V", [])
