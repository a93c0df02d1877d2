"""From raw rows to curated ones, on real rows; what fails on the way changes nothing."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from snowflake.snowpark import Session

from src.pipelines.curation import Curated, Curation, TypedColumn, curate, rejected_name
from src.pipelines.transformation import transaction
from src.pipelines.value_types import READ, Form, typed, why_odd
from src.utils.errors import InputError
from src.utils.queries import QueryFailed, Row, rows
from src.utils.sql import literal

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


def counts(curated: Curated) -> tuple[int, int, int, int]:
    return curated.read, curated.kept, curated.rejected, curated.duplicates


def content(session: Session, table: str, order: str = "ID") -> list[Row]:
    return rows(session, f"SELECT * FROM {table} ORDER BY {order}")


def test_rows_are_typed_trimmed_and_the_newest_of_a_key_is_kept(raw: Session) -> None:
    assert counts(curate(raw, CURATION)) == (7, 3, 2, 2)
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
            "_REASON": "ID is missing; NAME is missing; DAY is no DATE: then",
        },
        {
            "ID": "3",
            "NAME": "cyd",
            "PRICE": "much",
            "SEEN": "2026-01-01",
            "DAY": None,
            "_REASON": "PRICE is no NUMBER(10,2): much",
        },
    ]


@pytest.mark.parametrize("type_", ["NUMBER(38,0)", "NUMBER(10,2)", "FLOAT", "BOOLEAN", "DATE", "TIME", "TIMESTAMP_NTZ"])
def test_a_value_that_its_type_does_not_take_is_rejected(session: Session, type_: str) -> None:
    source, target = "DATA_ENG_DEMO.RAW_DATA.TEXTS", "DATA_ENG_DEMO.CURATED.TEXTS"
    rows(session, f"DROP TABLE IF EXISTS {target}")
    rows(session, f"DROP TABLE IF EXISTS {target}_REJECTED")
    rows(session, f"CREATE OR REPLACE TABLE {source} (V VARCHAR)")
    rows(session, f"INSERT INTO {source} VALUES ('nonsense'), (NULL), (''), (' ')")
    curated = curate(session, Curation(source, target, columns=(TypedColumn("V", type_),), trim=True))
    assert (curated.kept, curated.rejected) == (1, 1)
    [rejected] = rows(session, f"SELECT * FROM {target}_REJECTED")
    assert rejected == {"V": "nonsense", "_REASON": f"V is no {type_}: nonsense"}


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
    assert counts(curate(raw, CURATION)) == (6, 3, 1, 2)
    assert [(row["ID"], row["PRICE"]) for row in content(raw, CURATED)] == [(1, Decimal("2.50")), (3, 9), (4, 9)]


def test_without_columns_and_key_types_stay_and_equal_rows_count_once(session: Session) -> None:
    source, target = "DATA_ENG_DEMO.RAW_DATA.TYPED", "DATA_ENG_DEMO.CURATED.TYPED"
    rows(session, f"CREATE OR REPLACE TABLE {source} (ID NUMBER(38,0), NOTE VARCHAR, DAY DATE)")
    rows(session, f"INSERT INTO {source} VALUES (1, ' a ', '2026-01-01'), (1, 'a', '2026-01-01'), (NULL, NULL, NULL)")
    assert counts(curate(session, Curation(source, target, trim=True))) == (3, 2, 0, 1)
    assert {(row["ID"], row["NOTE"], row["DAY"]) for row in content(session, target)} == {
        (1, "a", date(2026, 1, 1)),
        (None, None, None),
    }


def test_a_failure_leaves_both_tables_as_they_were(raw: Session) -> None:
    curate(raw, CURATION)
    before = content(raw, CURATED)
    rows(raw, f"DELETE FROM {RAW} WHERE ID = '1'")
    rows(raw, f"CREATE OR REPLACE TABLE {CURATED}_REJECTED (NEEDED VARCHAR NOT NULL)")
    with pytest.raises(QueryFailed):
        curate(raw, CURATION)
    assert content(raw, CURATED) == before
    with transaction(raw):
        assert rows(raw, "SELECT 1 AS ONE") == [{"ONE": 1}]


@pytest.mark.parametrize(
    "curation",
    [
        Curation(RAW, CURATED, ("NO_SUCH",)),
        Curation(RAW, CURATED, ("ID",), "NO_SUCH"),
        Curation(RAW, CURATED, columns=(TypedColumn("NO_SUCH", "DATE"),)),
    ],
)
def test_a_column_that_the_source_has_not_is_named(raw: Session, curation: Curation) -> None:
    with pytest.raises(InputError, match=rf"^{RAW} has no column NO_SUCH\. Found: ID, NAME, PRICE, SEEN, DAY\.$"):
        curate(raw, curation)


def test_a_type_that_texts_are_not_read_as_is_refused_by_name(raw: Session) -> None:
    with pytest.raises(InputError, match=r"^Texts cannot be read as TIMESTAMP_TZ\. Pass one of BOOLEAN, DATE, "):
        curate(raw, Curation(RAW, CURATED, columns=(TypedColumn("SEEN", "TIMESTAMP_TZ"),)))


@pytest.mark.parametrize(("table", "name"), [("A.B.C", "A.B.C_REJECTED"), ('A.B."c d"', 'A.B."c d_REJECTED"')])
def test_rejected_rows_have_a_table_beside_the_target(table: str, name: str) -> None:
    assert rejected_name(table) == name


@pytest.mark.parametrize(
    ("later", "retype", "prices"),
    [
        ("('2', '1.005'), ('3', 'much')", False, {Decimal("10.500"), Decimal("1.005")}),
        ("('2', '1.005'), ('3', 'much')", True, {"10.5", "1.005", "much"}),
        ("('2', '7.5e-3')", True, {10.5, 0.0075}),
    ],
)
def test_a_column_of_another_type_keeps_the_tables_grants_streams_and_share(
    session: Session, later: str, retype: bool, prices: set[object]
) -> None:
    source, target = "DATA_ENG_DEMO.RAW_DATA.WIDER", "DATA_ENG_DEMO.CURATED.WIDER"
    rows(session, f"CREATE OR REPLACE TABLE {source} (ID VARCHAR, PRICE VARCHAR)")
    rows(session, f"INSERT INTO {source} VALUES ('1', '10.5')")
    for table in (target, rejected_name(target)):
        rows(session, f"DROP TABLE IF EXISTS {table}")
    curate(session, Curation(source, target, ("ID",), decide=True))
    for sql in (
        f"CREATE OR REPLACE STREAM {target}_CHANGES ON TABLE {target}",
        f"GRANT SELECT ON TABLE {target} TO ROLE SYSADMIN",
        "CREATE OR REPLACE SHARE WIDER",
        "GRANT USAGE ON DATABASE DATA_ENG_DEMO TO SHARE WIDER",
        "GRANT USAGE ON SCHEMA DATA_ENG_DEMO.CURATED TO SHARE WIDER",
        f"GRANT SELECT ON TABLE {target} TO SHARE WIDER",
        f"INSERT INTO {source} VALUES {later}",
    ):
        rows(session, sql)
    held = rows(session, f"SHOW GRANTS ON TABLE {target}"), rows(session, "SHOW GRANTS TO SHARE WIDER")
    assert {"SYSADMIN", "WIDER"} <= {row["grantee_name"].rpartition(".")[2] for row in held[0]}
    curated = curate(session, Curation(source, target, ("ID",), decide=True, retype=retype))
    assert curated.changed == ("PRICE",)
    assert {row["PRICE"] for row in content(session, target)} == prices
    assert (rows(session, f"SHOW GRANTS ON TABLE {target}"), rows(session, "SHOW GRANTS TO SHARE WIDER")) == held
    assert {row["ID"] for row in rows(session, f"SELECT ID FROM {target}_CHANGES")} >= {2}


# Types, decided over all rows

DECIDED: list[tuple[tuple[str | None, ...], str, str]] = [
    (("1", "12", None), "NUMBER(38,0)", ""),
    (("10.50", "7", "1.005"), "NUMBER(38,3)", ""),
    (("123456789012345678901234567890",), "NUMBER(38,0)", ""),
    (("1234567890123456789012345678901234567890",), "VARCHAR", "has more digits than a NUMBER keeps"),
    (("1.5e-7", "2"), "FLOAT", ""),
    (("01234", "90210"), "VARCHAR", "has leading zeros"),
    (("+49", "49"), "VARCHAR", "begins with a plus sign"),
    (("2024-1-5", "2024-01-06"), "DATE", ""),
    (("2024-02-30",), "VARCHAR", "is no date"),
    (("12/31/2025", "12/30/2025"), "VARCHAR", "is no date as YYYY-MM-DD"),
    (("1e400", "0.1"), "VARCHAR", "is no number that a FLOAT holds exactly"),
    (("2024-01-05", "2024-01-05 10:00", "2024-01-05T10:00:00.123456"), "TIMESTAMP_NTZ", ""),
    (("2024-01-05 10:00:00.123456789",), "VARCHAR", "has nanoseconds"),
    (("10:00", "23:59:59.5"), "TIME", ""),
    (("10:00+02:00", "10:00Z", "10:00"), "VARCHAR", "has an offset"),
    (("true", "false"), "BOOLEAN", ""),
    (("true", "TRUE"), "VARCHAR", "is of another form than the others"),
    (("5", "five"), "VARCHAR", "is of another form than the others"),
    (("five", "NULL", ""), "VARCHAR", ""),
    ((None,), "VARCHAR", ""),
]


def test_each_column_has_the_type_that_all_its_values_survive(session: Session) -> None:
    source, target = "DATA_ENG_DEMO.RAW_DATA.DECIDED", "DATA_ENG_DEMO.CURATED.DECIDED"
    columns = ", ".join(f"C{number} VARCHAR" for number in range(len(DECIDED)))
    rows(session, f"CREATE OR REPLACE TABLE {source} ({columns})")
    for nth in range(3):
        texts = [case[0][nth] if nth < len(case[0]) else None for case in DECIDED]
        listed = ", ".join("NULL" if text is None else literal(text) for text in texts)
        rows(session, f"INSERT INTO {source} VALUES ({listed})")
    curated = curate(session, Curation(source, target, decide=True))
    types = [row["type"] for row in rows(session, f"DESCRIBE TABLE {target}")]
    for number, (values, type_, _) in enumerate(DECIDED):
        assert types[number].removesuffix("(9)").removesuffix("(16777216)") == type_, values
    assert {one.column: one.why for one in curated.odd} == {
        f"C{number}": why for number, (_, _, why) in enumerate(DECIDED) if why
    }
    assert (curated.kept, curated.rejected) == (3, 0)


@pytest.mark.parametrize(
    ("text", "form", "why"),
    [
        ("2024-02-30", Form.ODD, "is no date"),
        ("2024-02-03 25:00", Form.ODD, "is no timestamp"),
        ("31.12.2025", Form.ODD, "is no date as YYYY-MM-DD"),
        ("25:00:00", Form.ODD, "is no time"),
        ("1.5E400", Form.ODD, "is no number that a FLOAT holds exactly"),
        ("1,000", Form.ODD, "is no number, date or time"),
        ("10:00", Form.TIME, "is of another form than the others"),
        ("five", Form.TEXT, "is of another form than the others"),
    ],
)
def test_what_is_odd_about_a_value_is_said_of_its_form(text: str, form: Form, why: str) -> None:
    assert why_odd(text, form) == why


@pytest.mark.parametrize("type_", READ)
def test_an_expression_of_a_type_has_its_text_once_so_that_a_query_of_many_columns_stays_short(type_: str) -> None:
    assert typed(type_, "_TEXT_1").count("_TEXT_1") == 1
