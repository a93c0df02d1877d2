"""The dates of reports: a few by hand, the rest by what must hold of any date."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.utils.date_utils import (
    DateRange,
    Period,
    business_days,
    date_ranges,
    historical_quarters,
    quarter_of,
    reference_date,
)
from src.utils.errors import InputError

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
MONTHS = st.integers(1, 12)
PERIODS = st.sampled_from(["day", "week", "month", "quarter"])
ONE_DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "fiscal_year_start", "label", "start", "end"),
    [
        (date(2026, 11, 24), 1, "2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        (date(2024, 2, 29), 1, "2024-Q1", date(2024, 1, 1), date(2024, 3, 31)),
        (date(2026, 11, 24), 10, "2027-Q1", date(2026, 10, 1), date(2026, 12, 31)),
        (date(2026, 1, 31), 2, "2026-Q4", date(2025, 11, 1), date(2026, 1, 31)),
        (date(2026, 2, 1), 2, "2027-Q1", date(2026, 2, 1), date(2026, 4, 30)),
        (date(2026, 9, 30), 10, "2026-Q4", date(2026, 7, 1), date(2026, 9, 30)),
    ],
)
def test_a_quarter_is_known_by_its_label_and_days(
    day: date, fiscal_year_start: int, label: str, start: date, end: date
) -> None:
    quarter = quarter_of(day, fiscal_year_start)
    assert (quarter.label, quarter.start, quarter.end) == (label, start, end)


@given(DAYS, MONTHS)
def test_a_day_is_in_its_quarter_and_the_next_quarter_begins_on_the_day_after(day: date, month: int) -> None:
    quarter = quarter_of(day, month)
    following = quarter_of(quarter.end + ONE_DAY, month)
    assert day in quarter
    assert following.start == quarter.end + ONE_DAY
    assert 89 <= len(list(quarter.days())) <= 92
    assert following.label > quarter.label


@given(DAYS, MONTHS)
def test_a_fiscal_year_has_four_quarters_and_begins_in_its_month(day: date, month: int) -> None:
    quarter = quarter_of(day, month)
    first = quarter
    while first.number != 1:
        first = quarter_of(first.start - ONE_DAY, month)
    assert first.start.month == month
    assert first.year == quarter.year == quarter_of(first.start + timedelta(days=364), month).year


@given(DAYS, st.integers(0, 40), MONTHS)
def test_historical_quarters_follow_each_other_and_end_before_the_current_one(
    day: date, count: int, month: int
) -> None:
    quarters = historical_quarters(day, count, month)
    assert len(quarters) == count
    expected = quarter_of(day, month).start
    for quarter in reversed(quarters):
        assert quarter.end + ONE_DAY == expected
        expected = quarter.start


@given(DAYS, st.integers(0, 800), PERIODS, MONTHS)
def test_ranges_cover_every_day_once(start: date, length: int, period: Period, month: int) -> None:
    end = start + timedelta(days=length)
    ranges = date_ranges(start, end, period, month)
    assert [day for one in ranges for day in one.days()] == list(DateRange(start, end).days())


@pytest.mark.parametrize(
    ("period", "starts"),
    [
        ("day", [date(2026, 3, 30), date(2026, 3, 31), date(2026, 4, 1)]),
        ("week", [date(2026, 3, 30)]),
        ("month", [date(2026, 3, 30), date(2026, 4, 1)]),
        ("quarter", [date(2026, 3, 30), date(2026, 4, 1)]),
    ],
)
def test_ranges_are_cut_where_a_period_begins(period: Period, starts: list[date]) -> None:
    assert [one.start for one in date_ranges(date(2026, 3, 30), date(2026, 4, 1), period)] == starts


@given(DAYS, st.integers(0, 400))
def test_business_days_are_five_of_seven(start: date, weeks: int) -> None:
    assert len(business_days(start, start + timedelta(days=7 * weeks - 1))) == 5 * weeks


def test_a_holiday_is_no_business_day() -> None:
    christmas = date(2026, 12, 25)
    assert business_days(date(2026, 12, 24), date(2026, 12, 28), {christmas}) == [
        date(2026, 12, 24),
        date(2026, 12, 28),
    ]


def test_the_reference_date_is_the_fixed_one_or_today_in_utc() -> None:
    before = datetime.now(UTC).date()
    assert reference_date(date(2026, 9, 30)) == date(2026, 9, 30)
    assert before <= reference_date() <= datetime.now(UTC).date()


def test_a_month_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InputError, match=r"^fiscal_year_start is 13\. Pass a month from 1 to 12\.$"):
        quarter_of(date(2026, 1, 1), 13)


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(InputError, match=r"^The count of quarters is -1\. Pass 0 or more\.$"):
        historical_quarters(date(2026, 1, 1), -1)


def test_a_range_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(InputError, match=r"^The range ends on 2026-01-01, before it starts on 2026-01-02\."):
        date_ranges(date(2026, 1, 2), date(2026, 1, 1), "day")
