"""From raw rows to curated ones and to answers, on real rows; what fails on the way changes nothing."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from snowflake.snowpark import Session

from src.pipelines.transformation import (
    Curated,
    Curation,
    Measure,
    Merged,
    TypedColumn,
    curate,
    latest_per_key,
    merge_into,
    period_over_period,
    rejected_name,
    store,
    summarise,
    transaction,
)
from src.utils.date_utils import historical_quarters
from src.utils.errors import InputError
from src.utils.queries import QueryFailed, Row, rows

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
CURATION = Curation(RAW, CURATED, ("ID",), "SEEN", COLUMNS)


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


def test_rows_are_typed_trimmed_and_the_newest_of_a_key_is_kept(raw: Session) -> None:
    assert curate(raw, CURATION) == Curated(CURATED, read=7, kept=3, rejected=2, duplicates=2)
    assert content(raw, CURATED) == [
        {"ID": 1, "NAME": "anna", "PRICE": Decimal("2.50"), "SEEN": datetime(2026, 1, 2, 10), "DAY": date(2026, 1, 2)},
        {"ID": 2, "NAME": "bob", "PRICE": None, "SEEN": datetime(2026, 1, 1), "DAY": None},
        {"ID": 4, "NAME": "dan", "PRICE": Decimal("4.00"), "SEEN": datetime(2026, 1, 1), "DAY": None},
    ]


def test_rejected_rows_are_kept_as_they_came_with_every_reason(raw: Session) -> None:
    curate(raw, CURATION)
    assert content(raw, f"{CURATED}_REJECTED", "NAME") == [
        {
            "ID": None,
            "NAME": "  ",
            "PRICE": "1",
            "SEEN": None,
            "DAY": "then",
            "REASON": "ID is missing; NAME is missing; DAY is no DATE: then",
        },
        {
            "ID": "3",
            "NAME": "cyd",
            "PRICE": "much",
            "SEEN": "2026-01-01",
            "DAY": None,
            "REASON": "PRICE is no NUMBER(10,2): much",
        },
    ]


@pytest.mark.parametrize(
    "type_", ["NUMBER(38,0)", "NUMBER(10,2)", "FLOAT", "BOOLEAN", "DATE", "TIME", "TIMESTAMP_NTZ", "TIMESTAMP_TZ"]
)
def test_a_value_that_its_type_does_not_take_is_rejected(session: Session, type_: str) -> None:
    source, target = "DATA_ENG_DEMO.RAW_DATA.TEXTS", "DATA_ENG_DEMO.CURATED.TEXTS"
    rows(session, f"DROP TABLE IF EXISTS {target}")
    rows(session, f"DROP TABLE IF EXISTS {target}_REJECTED")
    rows(session, f"CREATE OR REPLACE TABLE {source} (V VARCHAR)")
    rows(session, f"INSERT INTO {source} VALUES ('nonsense'), (NULL), ('')")
    curated = curate(session, Curation(source, target, columns=(TypedColumn("V", type_),)))
    assert (curated.kept, curated.rejected) == (1, 1)
    [rejected] = rows(session, f"SELECT * FROM {target}_REJECTED")
    assert rejected == {"V": "nonsense", "REASON": f"V is no {type_}: nonsense"}


def test_curating_again_changes_no_row(raw: Session) -> None:
    first = curate(raw, CURATION)
    rows(raw, f"CREATE OR REPLACE STREAM {CURATED}_CHANGES ON TABLE {CURATED}")
    rows(raw, f"CREATE OR REPLACE STREAM {CURATED}_REJECTED_CHANGES ON TABLE {CURATED}_REJECTED")
    assert curate(raw, CURATION) == first
    assert rows(raw, f"SELECT * FROM {CURATED}_CHANGES") == []
    assert rows(raw, f"SELECT * FROM {CURATED}_REJECTED_CHANGES") == []


def test_curated_rows_follow_the_source(raw: Session) -> None:
    curate(raw, CURATION)
    rows(raw, f"DELETE FROM {RAW} WHERE ID = '2'")
    rows(raw, f"UPDATE {RAW} SET PRICE = '9' WHERE ID IN ('3', '4')")
    assert curate(raw, CURATION) == Curated(CURATED, read=6, kept=3, rejected=1, duplicates=2)
    assert [(row["ID"], row["PRICE"]) for row in content(raw, CURATED)] == [(1, Decimal("2.50")), (3, 9), (4, 9)]


def test_without_columns_and_key_types_stay_and_equal_rows_count_once(session: Session) -> None:
    source, target = "DATA_ENG_DEMO.RAW_DATA.TYPED", "DATA_ENG_DEMO.CURATED.TYPED"
    rows(session, f"CREATE OR REPLACE TABLE {source} (ID NUMBER(38,0), NOTE VARCHAR, DAY DATE)")
    rows(session, f"INSERT INTO {source} VALUES (1, ' a ', '2026-01-01'), (1, 'a', '2026-01-01'), (NULL, NULL, NULL)")
    assert curate(session, Curation(source, target)) == Curated(target, read=3, kept=2, rejected=0, duplicates=1)
    assert {(row["ID"], row["NOTE"], row["DAY"]) for row in content(session, target)} == {
        (1, "a", date(2026, 1, 1)),
        (None, None, None),
    }


def test_a_failure_leaves_both_tables_as_they_were(raw: Session) -> None:
    curate(raw, CURATION)
    before = content(raw, CURATED)
    rows(raw, f"DELETE FROM {RAW} WHERE ID = '1'")
    rows(raw, f"ALTER TABLE {CURATED}_REJECTED DROP COLUMN REASON")
    with pytest.raises(QueryFailed):
        curate(raw, CURATION)
    assert content(raw, CURATED) == before
    with transaction(raw):
        assert rows(raw, "SELECT 1 AS ONE") == [{"ONE": 1}]


@pytest.mark.parametrize(
    "curation",
    [
        Curation(RAW, CURATED, ("NO_SUCH",)),
        Curation(RAW, CURATED, newest="NO_SUCH"),
        Curation(RAW, CURATED, columns=(TypedColumn("NO_SUCH", "DATE"),)),
    ],
)
def test_a_column_that_the_source_has_not_is_named(raw: Session, curation: Curation) -> None:
    with pytest.raises(InputError, match=rf"^{RAW} has no column NO_SUCH\. Found: ID, NAME, PRICE, SEEN, DAY\.$"):
        curate(raw, curation)


@pytest.mark.parametrize(("table", "name"), [("A.B.C", "A.B.C_REJECTED"), ('A.B."c d"', 'A.B."c d_REJECTED"')])
def test_rejected_rows_have_a_table_beside_the_target(table: str, name: str) -> None:
    assert rejected_name(table) == name


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
