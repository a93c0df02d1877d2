"""An argument of a wrong type is a message that says what it is and what to pass."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TextIO

import pytest

from src.pipelines.ingestion import put_files
from src.pipelines.transformation import Measure
from src.utils.arguments import checked, misfit
from src.utils.date_utils import business_days, date_ranges, historical_quarters, quarter_of
from src.utils.errors import InputError

if TYPE_CHECKING:
    from snowflake.snowpark import Session

DAY = date(2026, 1, 1)
MOMENT = datetime(2026, 1, 1, 12)
Period = Literal["day", "week"]


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("a", str),
        (1, int),
        (1, float),
        (1.5, float),
        (True, bool),
        (DAY, date),
        (MOMENT, datetime),
        ("day", Period),
        (None, str | None),
        ([], Sequence[str]),
        (["a"], Sequence[str]),
        (("a",), Sequence[str]),
        (["a"], tuple[str, ...]),
        ({"a": 1}, Mapping[str, int]),
        (iter("ab"), Iterable[int]),
        (len, Callable[[str], object]),
        (1, Any),
        (1, object),
        (True, object),
    ],
)
def test_what_fits_is_taken(value: object, hint: Any) -> None:
    assert misfit("x", value, hint) == ""


@pytest.mark.parametrize(
    ("value", "hint", "message"),
    [
        (None, str, "x is None. Pass a text."),
        (b"a", str, "x is b'a'. Pass a text."),
        (True, int, "x is True. Pass a whole number."),
        (1.5, int, "x is 1.5. Pass a whole number."),
        ("1", float, "x is '1'. Pass a number."),
        (1, bool, "x is 1. Pass True or False."),
        ("2026-01-01", date, "x is '2026-01-01'. Pass a date."),
        (MOMENT, date, "x is datetime.datetime(2026, 1, 1, 12, 0). Pass a date."),
        ("year", Period, "x is 'year'. Pass one of day, week."),
        (["day"], Period, "x is ['day']. Pass one of day, week."),
        (1, str | None, "x is 1. Pass a text."),
        (None, str | int, "x is None. Pass a text or a whole number."),
        ("ab", Sequence[str], "x is 'ab'. Pass a list."),
        (["/nope.csv"], Sequence[Path], "x[0] is '/nope.csv'. Pass a pathlib.Path."),
        (["a", 1], Sequence[str] | None, "x[1] is 1. Pass a text."),
        ({"a"}, Sequence[str], "x is {'a'}. Pass a list."),
        ([1], tuple[str, ...], "x[0] is 1. Pass a text."),
        ({"a": "b"}, Mapping[str, int], "x['a'] is 'b'. Pass a whole number."),
        ([], Mapping[str, int], "x is []. Pass a mapping."),
        (3, Callable[[str], object], "x is 3. Pass a function."),
        ("log", TextIO, "x is 'log'. Pass a stream of text."),
        ("m", Measure, "x is 'm'. Pass a Measure."),
        ("a" * 200, int, f"x is '{'a' * 96}.... Pass a whole number."),
    ],
)
def test_what_does_not_fit_is_told_with_what_to_pass(value: object, hint: Any, message: str) -> None:
    assert misfit("x", value, hint) == message


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: historical_quarters("2026-01-01", 2),  # type: ignore[arg-type]
            "historical_quarters: reference is '2026-01-01'. Pass a date.",
        ),
        (
            lambda: date_ranges(DAY, DAY, "year"),  # type: ignore[arg-type]
            "date_ranges: period is 'year'. Pass one of day, week, month, quarter.",
        ),
        (lambda: business_days(DAY, MOMENT), f"business_days: end is {MOMENT!r}. Pass a date."),
        (
            lambda: put_files(None, ["/nope.csv"], "@S"),  # type: ignore[arg-type, list-item]
            "put_files: session is None. Pass a Session.",
        ),
        (
            lambda: Measure("TOTAL", "summ", "PRICE"),  # type: ignore[arg-type]
            "Measure: function is 'summ'. Pass one of sum, avg, min, max, count, count_distinct.",
        ),
    ],
)
def test_a_call_with_a_wrong_type_is_a_message(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError) as told:
        call()
    assert str(told.value) == message


def test_an_argument_too_few_stays_a_type_error() -> None:
    with pytest.raises(TypeError, match="reference"):
        historical_quarters(count=2)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "call",
    [
        lambda: quarter_of(date.max),
        lambda: historical_quarters(date.min, 1),
        lambda: date_ranges(date.max, date.max, "week"),
    ],
)
def test_a_date_that_python_does_not_have_is_a_message(call: Callable[[], object]) -> None:
    with pytest.raises(InputError, match=r"is no date: those end with the years 1 and 9999\."):
        call()


def test_the_last_day_that_there_is_ends_a_range() -> None:
    assert [one.end for one in date_ranges(date(9999, 12, 30), date.max, "day")] == [date(9999, 12, 30), date.max]


class Named(Protocol):
    name: str

    def called(self) -> str: ...


@dataclass
class Thing:
    name: str

    def called(self) -> str:
        return self.name


def test_of_a_protocol_is_whatever_has_what_it_asks_for() -> None:
    assert misfit("x", [Thing("a")], Sequence[Named]) == ""
    assert misfit("x", ["a"], Sequence[Named]) == "x[0] is 'a'. Pass a Named."


@checked
def further(session: "Session | None" = None, **fields: int) -> int:
    return sum(fields.values())


@checked
@dataclass(frozen=True)
class Point:
    x: int
    names: tuple[str, ...] = ()


def test_what_is_named_freely_is_looked_at_too_and_a_class_stays_one() -> None:
    assert further(a=1, b=2) == 3
    assert Point(1, ("a",)) == Point(x=1, names=("a",))
    with pytest.raises(InputError, match=r"^further: fields\['b'\] is '2'\. Pass a whole number\.$"):
        further(a=1, b="2")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"^Point: names\[0\] is 1\. Pass a text\.$"):
        Point(1, (1,))  # type: ignore[arg-type]


def test_a_class_of_snowparks_is_not_imported_to_look_for_it() -> None:
    with pytest.raises(InputError, match=r"^further: session is 3\. Pass a Session\.$"):
        further(3)  # type: ignore[arg-type]
