"""Dates that reports are made for: a reference date, the quarters back from it, ranges of periods, business days."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta
from typing import Literal

from .arguments import checked
from .errors import InputError

Period = Literal["day", "week", "month", "quarter"]
JANUARY = 1
_SATURDAY = 5
_NO_DATE = f"no date: those end with the years {MINYEAR} and {MAXYEAR}. Pass one that is further from them."


@dataclass(frozen=True)
class DateRange:
    """The days from `start` to `end`, both included."""

    start: date
    end: date

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def days(self) -> Iterator[date]:
        """Every day in order."""
        return (self.start + timedelta(days=number) for number in range((self.end - self.start).days + 1))


@dataclass(frozen=True)
class Quarter(DateRange):
    """A quarter of the fiscal year that is named for the calendar year in which it ends."""

    year: int
    number: int

    @property
    def label(self) -> str:
        """`2026-Q3`, which sorts as time does."""
        return f"{self.year:04d}-Q{self.number}"


@checked
def reference_date(fixed: date | None = None) -> date:
    """The date that a report is made for: the fixed one, else today in UTC."""
    return fixed or datetime.now(UTC).date()


@checked
def quarter_of(day: date, fiscal_year_start: int = JANUARY) -> Quarter:
    """The quarter that a day is in. Raises InputError if the fiscal year does not start in a month from 1 to 12."""
    if fiscal_year_start not in range(1, 13):
        raise InputError(f"fiscal_year_start is {fiscal_year_start}. Pass a month from 1 to 12.")
    months_in = (day.month - fiscal_year_start) % 12
    start = _months_later(day.replace(day=1), -(months_in % 3))
    first_of_year = _months_later(day.replace(day=1), -months_in)
    year = first_of_year.year + (fiscal_year_start != JANUARY)
    return Quarter(start, _days_later(_months_later(start, 3), -1), year, months_in // 3 + 1)


@checked
def historical_quarters(reference: date, count: int, fiscal_year_start: int = JANUARY) -> list[Quarter]:
    """The last `count` complete quarters before the one that the reference date is in, the oldest first."""
    if count < 0:
        raise InputError(f"The count of quarters is {count}. Pass 0 or more.")
    current = quarter_of(reference, fiscal_year_start).start
    return [quarter_of(_months_later(current, -3 * back), fiscal_year_start) for back in range(count, 0, -1)]


@checked
def date_ranges(start: date, end: date, period: Period, fiscal_year_start: int = JANUARY) -> list[DateRange]:
    """The span from start to end, cut where a period begins; the first and the last may be part of a period.

    Weeks begin on Monday. Raises InputError if the end is before the start.
    """
    if end < start:
        raise InputError(f"The range ends on {end}, before it starts on {start}. Swap the two.")
    ranges = []
    while True:
        last = min(_period_end(start, period, fiscal_year_start), end)
        ranges.append(DateRange(start, last))
        if last == end:
            return ranges
        start = _days_later(last, 1)


@checked
def business_days(start: date, end: date, holidays: Collection[date] = ()) -> list[date]:
    """The days from start to end, both included, that are neither Saturday, Sunday nor a holiday."""
    return [day for day in DateRange(start, end).days() if day.weekday() < _SATURDAY and day not in holidays]


def _period_end(day: date, period: Period, fiscal_year_start: int) -> date:
    match period:
        case "day":
            return day
        case "week":
            return _days_later(day, 6 - day.weekday())
        case "month":
            return _days_later(_months_later(day.replace(day=1), 1), -1)
        case "quarter":
            return quarter_of(day, fiscal_year_start).end


def _months_later(first_of_month: date, months: int) -> date:
    year, month = divmod(first_of_month.year * 12 + first_of_month.month - 1 + months, 12)
    if year not in range(MINYEAR, MAXYEAR + 1):
        raise InputError(f"{months} months from {first_of_month} is {_NO_DATE}")
    return date(year, month + 1, 1)


def _days_later(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise InputError(f"{days} days from {day} is {_NO_DATE}") from None
