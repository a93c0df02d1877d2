"""Checks on real rows: what each finds, and that one query answers them all."""

import dataclasses
from datetime import date
from pathlib import Path

import pytest
from snowflake.snowpark import Session

from src.pipelines.check_files import CHECKS, read_checks
from src.pipelines.validation import (
    Check,
    FreshWithin,
    InRange,
    InSet,
    MatchesPattern,
    NotNull,
    ReferencesKey,
    RowCount,
    Unique,
    as_json,
    as_text,
    query,
    validate,
)
from src.utils.errors import InputError
from src.utils.queries import QueryFailed, rows

TABLE = "DATA_ENG_DEMO.CURATED.ORDERS"
CUSTOMERS = "DATA_ENG_DEMO.CURATED.CUSTOMERS"


@pytest.fixture
def orders(session: Session) -> Session:
    for sql in (
        f"CREATE OR REPLACE TABLE {TABLE} (ID NUMBER(38,0), CODE VARCHAR, PRICE NUMBER(10,2), DAY DATE, "
        "CUSTOMER NUMBER(38,0), SEEN TIMESTAMP_NTZ) CHANGE_TRACKING = TRUE",
        f"INSERT INTO {TABLE} SELECT COLUMN1, COLUMN2, COLUMN3, COLUMN4::DATE, COLUMN5, SYSDATE() FROM VALUES "
        "(1, 'A-1', 1.50, '2026-01-01', 7), (2, 'B-2', -0.5, '2026-01-02', 7), (2, 'nonsense', 5, '2025-12-31', 8), "
        "(NULL, 'it''s', NULL, NULL, 9), (4, NULL, 2, '2026-01-03', NULL)",
        f"CREATE OR REPLACE TABLE {CUSTOMERS} (ID NUMBER(38,0)) CHANGE_TRACKING = TRUE",
        f"INSERT INTO {CUSTOMERS} VALUES (7), (8)",
    ):
        rows(session, sql)
    return session


@pytest.mark.parametrize(
    ("check", "failures", "sample"),
    [
        (NotNull("ID"), 1, [{"CODE": "it's", "ID": None}]),
        (NotNull("CUSTOMER"), 1, [{"CODE": None, "CUSTOMER": None}]),
        (Unique(("ID",)), 1, [{"ID": 2, "COPIES": 2}]),
        (Unique(("ID", "CODE")), 0, []),
        (InRange("PRICE", low=0), 1, [{"CODE": "B-2", "PRICE": -0.5}]),
        (InRange("PRICE", low=-1, high=4.5), 1, [{"CODE": "nonsense", "PRICE": 5}]),
        (InRange("PRICE"), 0, []),
        (InRange("DAY", low=date(2026, 1, 1)), 1, [{"CODE": "nonsense", "DAY": "2025-12-31"}]),
        (MatchesPattern("CODE", r"[A-Z]-\d"), 2, [{"CODE": "it's"}, {"CODE": "nonsense"}]),
        (MatchesPattern("CODE", "A"), 4, None),
        (InSet("CODE", ("A-1", "B-2", "it's")), 1, [{"CODE": "nonsense"}]),
        (InSet("CUSTOMER", (7, 8, 9)), 0, []),
        (ReferencesKey("CUSTOMER", CUSTOMERS, "ID"), 1, [{"CODE": "it's", "CUSTOMER": 9}]),
        (FreshWithin("SEEN", hours=1), 0, []),
        (FreshWithin("SEEN", hours=-1), 1, None),
        (RowCount(5), 0, []),
        (RowCount(6), 1, [{"ROWS": 5}]),
        (RowCount(0, 4), 1, [{"ROWS": 5}]),
    ],
)
def test_a_check_counts_the_rows_that_fail_it_and_shows_some(
    orders: Session, check: Check, failures: int, sample: list[dict[str, object]] | None
) -> None:
    [result] = validate(orders, TABLE, [check], key=["CODE"]).results
    assert result.failures == failures
    assert result.passed == (failures == 0)
    if sample is not None:
        assert list(result.sample) == sample


ALL = (
    NotNull("ID", severity="warning"),
    Unique(("ID",)),
    InRange("PRICE", low=0),
    MatchesPattern("CODE", ".*"),
    InSet("CUSTOMER", (7, 8, 9)),
    ReferencesKey("CUSTOMER", CUSTOMERS, "ID"),
    FreshWithin("SEEN", hours=1),
    RowCount(1),
)


def test_all_kinds_of_checks_go_together(orders: Session) -> None:
    report = validate(orders, TABLE, ALL)
    assert [result.failures for result in report.results] == [1, 1, 1, 0, 0, 1, 0, 0]
    assert report.rows == 5


def test_one_query_answers_all_checks(orders: Session) -> None:
    rows(orders, "ALTER SESSION SET QUERY_TAG = 'CHECKS'")
    validate(orders, TABLE, ALL)
    rows(orders, "ALTER SESSION SET QUERY_TAG = ''")
    sent = rows(
        orders,
        "SELECT QUERY_TEXT FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY(RESULT_LIMIT => 10000)) "
        "WHERE QUERY_TAG = 'CHECKS' AND QUERY_TEXT NOT LIKE 'ALTER SESSION%'",
    )
    assert [row["QUERY_TEXT"] for row in sent] == [query(TABLE, ALL)]


def test_no_more_than_five_failing_rows_are_shown(orders: Session) -> None:
    rows(orders, f"INSERT INTO {TABLE} (ID) SELECT SEQ4() + 100 FROM TABLE(GENERATOR(ROWCOUNT => 50))")
    [result] = validate(orders, TABLE, [NotNull("CODE")], key=["ID"]).results
    assert result.failures == 51
    assert [row["ID"] for row in result.sample] == [4, 100, 101, 102, 103]


def test_a_table_that_is_not_fresh_is_told_its_newest_moment(orders: Session) -> None:
    rows(orders, f"UPDATE {TABLE} SET SEEN = '2026-02-03 04:05:06'")
    [result] = validate(orders, TABLE, [FreshWithin("SEEN", hours=1)]).results
    assert result.sample == ({"NEWEST": "2026-02-03 04:05:06.000"},)


UNANSWERED = (
    (InRange("PRICE", low="abc"), "InRange PRICE low=abc", "Numeric value 'abc' is not recognized"),
    (InSet("CODE", (7,)), "InSet CODE values=(7,)", "Numeric value 'A-1' is not recognized"),
    (MatchesPattern("CODE", "(["), "MatchesPattern CODE pattern=([", "Invalid regular expression"),
    (FreshWithin("CODE", hours=1), "FreshWithin CODE hours=1", "Timestamp "),
    (NotNull("NOPE"), "NotNull NOPE", "invalid identifier 'NOPE'"),
    (Unique(("ID", "NOPE")), "Unique ID, NOPE", "invalid identifier 'NOPE'"),
    (ReferencesKey("ID", CUSTOMERS, "NOPE"), f"ReferencesKey ID table={CUSTOMERS} key=NOPE", "invalid identifier"),
)


@pytest.mark.parametrize(("check", "named", "message"), UNANSWERED)
def test_a_check_that_cannot_be_answered_is_named_with_its_column_and_value(
    orders: Session, check: Check, named: str, message: str
) -> None:
    with pytest.raises(QueryFailed) as failed:
        validate(orders, TABLE, [NotNull("ID"), check])
    told = str(failed.value)
    assert told.startswith(f"{named} cannot be answered: ")
    assert message in told


def test_failures_within_the_threshold_pass(orders: Session) -> None:
    assert validate(orders, TABLE, [NotNull("ID")], threshold=0.2).exit_code == 0
    assert validate(orders, TABLE, [NotNull("ID")], threshold=0.19).exit_code == 1


def test_a_warning_does_not_fail_the_report(orders: Session) -> None:
    assert validate(orders, TABLE, [NotNull("ID", severity="warning")]).exit_code == 0


def test_a_stale_table_fails_whatever_the_threshold_of_rows(orders: Session) -> None:
    assert validate(orders, TABLE, [FreshWithin("SEEN", hours=-1)], threshold=0.5).exit_code == 1


def test_an_empty_table_is_not_fresh(orders: Session) -> None:
    rows(orders, f"DELETE FROM {TABLE}")
    report = validate(orders, TABLE, [FreshWithin("SEEN", hours=1), NotNull("ID")])
    assert [result.failures for result in report.results] == [1, 0]


def test_the_text_says_what_failed_and_how_much(orders: Session) -> None:
    checks = (NotNull("ID", severity="warning"), InRange("PRICE", low=0), RowCount(1))
    assert as_text(validate(orders, TABLE, checks, key=["CODE"])).splitlines() == [
        "warning NotNull ID: 1 failures (20.00%)",
        '          {"CODE": "it\'s", "ID": null}',
        "failed  InRange PRICE low=0: 1 failures (20.00%)",
        '          {"CODE": "B-2", "PRICE": -0.5}',
        "passed  RowCount low=1: 0 failures (0.00%)",
        f"{TABLE}: 5 rows, 1 of 3 checks failed",
    ]


@pytest.mark.parametrize(
    ("checks", "verdict"),
    [
        ((RowCount(1),), "all checks passed"),
        ((RowCount(1), NotNull("ID", severity="warning")), "all checks passed but 1 warning"),
        ((NotNull("ID", severity="warning"), RowCount(9, severity="warning")), "all checks passed but 2 warnings"),
    ],
)
def test_the_verdict_counts_the_warnings(orders: Session, checks: tuple[Check, ...], verdict: str) -> None:
    assert as_text(validate(orders, TABLE, checks)).splitlines()[-1] == f"{TABLE}: 5 rows, {verdict}"


def test_the_document_holds_the_same(orders: Session) -> None:
    assert as_json(validate(orders, TABLE, [NotNull("ID")], key=["CODE"])) == {
        "table": TABLE,
        "rows": 5,
        "passed": False,
        "checks": [
            {
                "check": "NotNull ID",
                "severity": "error",
                "passed": False,
                "failures": 1,
                "rate": 0.2,
                "sample": [{"CODE": "it's", "ID": None}],
            }
        ],
    }


def test_a_column_that_does_not_exist_is_named(orders: Session) -> None:
    with pytest.raises(QueryFailed, match="NO_SUCH"):
        validate(orders, TABLE, [NotNull("NO_SUCH")])


def test_a_pattern_that_is_no_regular_expression_is_named(orders: Session) -> None:
    with pytest.raises(QueryFailed, match=r"Invalid regular expression: '\(', missing \)"):
        validate(orders, TABLE, [MatchesPattern("CODE", "(")])


def test_a_threshold_beyond_all_rows_is_refused(session: Session) -> None:
    with pytest.raises(InputError, match=r"^The threshold is 5\. Pass a part of the rows, from 0 to 1\.$"):
        validate(session, TABLE, [], threshold=5)


# Check files


def test_a_file_holds_every_kind_of_check(tmp_path: Path) -> None:
    file = tmp_path / "checks.toml"
    file.write_text(
        """
[[check]]
type = "NotNull"
column = "ID"
severity = "warning"
[[check]]
type = "Unique"
columns = ["ID", "DAY"]
[[check]]
type = "InRange"
column = "DAY"
low = 2026-01-01
[[check]]
type = "InSet"
column = "CODE"
values = ["A", "B"]
[[check]]
type = "RowCount"
low = 1
"""
    )
    assert read_checks(file) == [
        NotNull("ID", severity="warning"),
        Unique(("ID", "DAY")),
        InRange("DAY", low=date(2026, 1, 1)),
        InSet("CODE", ("A", "B")),
        RowCount(1),
    ]


def test_a_file_can_name_every_check() -> None:
    assert set(CHECKS) == {type(check).__name__ for check in ALL}
    assert all(dataclasses.is_dataclass(made) for made in CHECKS.values())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[check]\n", r'^".*checks\.toml" cannot be read: .*line 1'),
        ("checks = 1\n", r"must hold \[\[check\]\] tables and nothing else\. Found: checks\.$"),
        ("[[check]]\ntype = 'NotNul'\n", r"check 1: type is 'NotNul'\. Pass one of NotNull, InRange, "),
        (
            "[[check]]\ntype = 'NotNull'\ncolum = 'ID'\n",
            r"check 1: NotNull has column, severity\. Unknown: colum\. Missing: column\.$",
        ),
        (
            "[[check]]\ntype = 'NotNull'\ncolumn = 'ID'\nseverity = 'bad'\n",
            r"check 1: severity is 'bad'\. Pass one of error, warning\.$",
        ),
        ("[[check]]\ntype = 'NotNull'\ncolumn = 3\n", r"check 1: column is 3\. Pass a text\.$"),
        ("[[check]]\ntype = 'RowCount'\nlow = 1.5\n", r"check 1: low is 1\.5\. Pass a whole number\.$"),
        (
            "[[check]]\ntype = 'FreshWithin'\ncolumn = 'A'\nhours = true\n",
            r"check 1: hours is True\. Pass a number\.$",
        ),
        (
            "[[check]]\ntype = 'InRange'\ncolumn = 'A'\nlow = [1]\n",
            r"check 1: low is \(1,\)\. Pass a text, a whole number, a number, a Decimal, a date or a datetime\.$",
        ),
        (
            "[[check]]\ntype = 'InSet'\ncolumn = 'A'\nvalues = [['x']]\n",
            r"check 1: values\[0\] is \['x'\]\. Pass a text, .*",
        ),
        ("[[check]]\ntype = 'Unique'\ncolumns = 'ID'\n", r"check 1: columns is 'ID'\. Pass a list of one or more\.$"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "checks.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=message):
        read_checks(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.toml"):
        read_checks(tmp_path / "none.toml")
