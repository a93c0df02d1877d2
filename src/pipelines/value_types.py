"""What the texts of a column stand for: a type only where each of them survives the way there and back.

Number, instant and truth value must be the same; what is written in another form stays text: leading zeros, a plus
sign, offsets, nanoseconds, more than 38 digits. Formats are written out, so that no session parameter has a say.
"""

import re
from dataclasses import dataclass
from enum import IntEnum

from src.utils.sql import literal


class Form(IntEnum):
    """The form of one value. The lowest and the highest of a column say whether all are of one type."""

    TRUTH_LOWER = 1  # true
    TRUTH_TITLE = 2  # True
    TRUTH_UPPER = 3  # TRUE
    DATE = 10
    TIMESTAMP = 11
    TIME = 20
    EXPONENT = 30  # 1.5e-7, exact in a FLOAT
    SHORT = 31  # a number that a FLOAT holds, too
    LONG = 32  # a number of up to 38 digits
    ODD_NUMBER = 35  # a number of JSON that no type holds
    STRUCTURE = 50  # an array or an object
    ODD = 90  # begins as a number or a date does
    TEXT = 99


EXACT_IN_FLOAT, MOST_DIGITS = 15, 38

_YEAR = "(000[1-9]|00[1-9][0-9]|0[1-9][0-9][0-9]|[1-9][0-9][0-9][0-9])"
_DATE = f"{_YEAR}-[0-9]{{1,2}}-[0-9]{{1,2}}"
_TIME = "[0-9][0-9]:[0-9][0-9](:[0-9][0-9](\\.[0-9]{1,6})?)?"
_NUMBER = "-?(0|[1-9][0-9]*)(\\.[0-9]+)?"
_LIKE_A_NUMBER = "[-+.0-9][-+.,:/ 0-9eETZ]*"
DATE_FORMAT, TIME_FORMAT = "YYYY-MM-DD", "HH24:MI:SS.FF6"
TIMESTAMP_FORMAT = f"{DATE_FORMAT} {TIME_FORMAT}"


def form_of(text: str) -> str:
    """The Form of a text, as an expression; NULL for NULL."""
    odd, stamp = int(Form.ODD), _stamp(text)
    back = f"TO_VARCHAR(TRY_TO_TIMESTAMP_NTZ({{0}}, '{TIMESTAMP_FORMAT}'), '{TIMESTAMP_FORMAT}') = {{0}}"
    time_of_day = f"'2000-01-01 ' || {_time(text)}"
    digits = f"LENGTH(REPLACE(LTRIM({text}, '-'), '.', ''))"
    mantissa = f"REPLACE(LTRIM(SPLIT_PART(LOWER({text}), 'e', 1), '-'), '.', '')"
    of_moments = (
        f" WHEN {_matches(text, f'{_DATE}([ T]{_TIME})?')} THEN CASE WHEN NOT COALESCE({back.format(stamp)}, FALSE)"
        f" THEN {odd} WHEN CONTAINS({text}, ':') THEN {Form.TIMESTAMP:d} ELSE {Form.DATE:d} END"
        f" WHEN {_matches(text, _TIME)} THEN IFF(COALESCE({back.format(time_of_day)}, FALSE), {Form.TIME:d}, {odd})"
    )
    return (
        f"CASE WHEN {text} IS NULL THEN NULL"
        f" WHEN NOT {_matches(text, _LIKE_A_NUMBER)} THEN CASE {text} WHEN 'true' THEN {Form.TRUTH_LOWER:d}"
        f" WHEN 'false' THEN {Form.TRUTH_LOWER:d} WHEN 'True' THEN {Form.TRUTH_TITLE:d}"
        f" WHEN 'False' THEN {Form.TRUTH_TITLE:d} WHEN 'TRUE' THEN {Form.TRUTH_UPPER:d}"
        f" WHEN 'FALSE' THEN {Form.TRUTH_UPPER:d} ELSE {Form.TEXT:d} END"
        f" WHEN {_matches(text, _NUMBER)} THEN CASE WHEN {_matches(text, '-0(.0+)?')} THEN {odd}"
        f" WHEN {digits} <= {EXACT_IN_FLOAT} THEN {Form.SHORT:d}"
        f" WHEN {digits} <= {MOST_DIGITS} THEN {Form.LONG:d} ELSE {odd} END"
        f"{of_moments}"
        f" WHEN {_matches(text, f'{_NUMBER}[eE][-+]?[0-9]{{1,2}}')} AND LENGTH({mantissa}) <= {EXACT_IN_FLOAT}"
        f" THEN {Form.EXPONENT:d} ELSE {odd} END"
    )


def form_of_variant(kind: str, form: str) -> str:
    """The Form of a VARIANT, given its TYPEOF and the form of its text.

    JSON's own types stand, but that a text may be a date or a time.

    https://docs.snowflake.com/en/sql-reference/functions/typeof
    """
    moments = f"{Form.DATE:d}, {Form.TIMESTAMP:d}, {Form.TIME:d}"
    return (
        f"CASE COALESCE({kind}, 'NULL_VALUE') WHEN 'NULL_VALUE' THEN NULL"
        f" WHEN 'VARCHAR' THEN IFF({form} IN ({moments}), {form}, {Form.TEXT:d})"
        f" WHEN 'BOOLEAN' THEN {Form.TRUTH_LOWER:d}"
        f" WHEN 'ARRAY' THEN {Form.STRUCTURE:d} WHEN 'OBJECT' THEN {Form.STRUCTURE:d}"
        f" ELSE IFF({form} BETWEEN {Form.EXPONENT:d} AND {Form.LONG:d}, {form}, {Form.ODD_NUMBER:d}) END"
    )


def _matches(text: str, pattern: str) -> str:
    """It fits the whole text: https://docs.snowflake.com/en/sql-reference/functions/regexp_like"""
    return f"REGEXP_LIKE({text}, {literal(pattern)})"


# The text stands once in each of them: a query of thousands of columns stays short, and engines need not look for what
# an expression has twice. https://docs.snowflake.com/en/sql-reference/functions/regexp_replace


def _replaced(text: str, pattern: str, by: str) -> str:
    return f"REGEXP_REPLACE({text}, {literal(pattern)}, {literal(by)})"


def _date(text: str) -> str:
    """2024-1-5 as 2024-01-05, also with a time behind it."""
    return _replaced(_replaced(text, "-([0-9])-", "-0\\1-"), "-([0-9])( |$)", "-0\\1\\2")


def _time(text: str, before: int = 0) -> str:
    """10:00 as 10:00:00.000000, with so many characters before it."""
    seconds = _replaced(text, f"^(.{{{before + 5}}})$", "\\1:00")
    fraction = _replaced(seconds, f"^(.{{{before + 8}}})$", "\\1.")
    return f"RPAD({fraction}, {before + 15}, '0')"


def _stamp(text: str) -> str:
    moment = _replaced(_date(f"REPLACE({text}, 'T', ' ')"), "^(.{10})$", "\\1 00:00")
    return _time(moment, len("2024-01-05 "))


def whole_digits(text: str) -> str:
    """How many digits a number has before the point."""
    return f"LENGTH(SPLIT_PART(LTRIM({text}, '-'), '.', 1))"


def scale(text: str) -> str:
    """How many digits a number is written with after the point."""
    return f"LENGTH(SPLIT_PART({text}, '.', 2))"


def needed_scale(text: str) -> str:
    """How many digits after the point a number needs: trailing zeros apart."""
    return f"LENGTH(RTRIM(SPLIT_PART({text}, '.', 2), '0'))"


@dataclass(frozen=True)
class Evidence:
    """What all values of a column have in common. `texts` of the `values` are texts: all of them, in a CSV file."""

    values: int
    texts: int
    low: int
    high: int
    whole_digits: int
    scale: int
    needed_scale: int

    @property
    def type(self) -> str:
        """The type that all values survive; VARCHAR or, for values of several types of JSON, VARIANT."""
        neither = "VARCHAR" if self.texts == self.values else "VARIANT"
        if 0 < self.texts < self.values:
            return neither
        match self.low, self.high:
            case low, high if low == high and low <= Form.TRUTH_UPPER and self.values:
                return "BOOLEAN"
            case Form.DATE, Form.DATE:
                return "DATE"
            case Form.DATE | Form.TIMESTAMP, Form.TIMESTAMP:
                return "TIMESTAMP_NTZ"
            case Form.TIME, Form.TIME:
                return "TIME"
            case Form.EXPONENT, Form.EXPONENT | Form.SHORT:
                return "FLOAT"
            case Form.SHORT | Form.LONG, Form.SHORT | Form.LONG if self.whole_digits + self.scale <= MOST_DIGITS:
                return f"NUMBER(38,{self.scale})"
        return neither

    @property
    def is_plain_text(self) -> bool:
        """Whether nothing in it looks as if it could have another type."""
        return self.type == "VARCHAR" and (not self.values or self.low == Form.TEXT)

    def widened(self, type_: str) -> str:
        """A NUMBER that has place for these values, too, where one of 38 digits has it."""
        number = number_of(type_)
        if number is None:
            return type_
        if self.whole_digits <= number[0] - number[1] and self.needed_scale <= number[1]:
            return type_
        wider = max(number[1], self.needed_scale)
        return f"NUMBER({MOST_DIGITS},{wider})" if self.whole_digits + wider <= MOST_DIGITS else type_


def number_of(type_: str) -> tuple[int, int] | None:
    """Precision and scale of a NUMBER."""
    match = re.fullmatch(r"NUMBER\((\d+),\s*(\d+)\)", type_)
    return (int(match[1]), int(match[2])) if match else None


_FORMS = {
    "BOOLEAN": (Form.TRUTH_LOWER, Form.TRUTH_TITLE, Form.TRUTH_UPPER),
    "DATE": (Form.DATE,),
    "TIMESTAMP_NTZ": (Form.DATE, Form.TIMESTAMP),
    "TIME": (Form.TIME,),
    "NUMBER": (Form.SHORT, Form.LONG),
    "FLOAT": (Form.EXPONENT, Form.SHORT),
    "VARCHAR": (Form.DATE, Form.TIMESTAMP, Form.TIME, Form.TEXT),  # of JSON: a number is not its text
}
READ = tuple(_FORMS)


def word(type_: str) -> str:
    """`NUMBER` of `NUMBER(38,0)`."""
    return type_.partition("(")[0]


def fits(type_: str, text: str, form: str) -> str:
    """Whether a value survives the way into a type, given its text and the expression of its form."""
    forms = ", ".join(f"{form_:d}" for form_ in _FORMS[word(type_)])
    condition = f"{form} IN ({forms})"
    if (number := number_of(type_)) is not None:
        condition += f" AND {whole_digits(text)} <= {number[0] - number[1]} AND {needed_scale(text)} <= {number[1]}"
    return condition


def all_fit(type_: str, evidence: Evidence) -> bool:
    """Whether every value fits, as far as the evidence tells; if not, some may."""
    if not evidence.values:
        return True
    forms = _FORMS[word(type_)]
    if evidence.low not in forms or evidence.high not in forms:
        return False
    number = number_of(type_)
    return number is None or (evidence.whole_digits <= number[0] - number[1] and evidence.needed_scale <= number[1])


def typed(type_: str, text: str) -> str:
    """A text that fits as a value of the type; NULL for another.

    https://docs.snowflake.com/en/sql-reference/functions/try_to_timestamp
    """
    match word(type_):
        case "BOOLEAN":
            return f"CASE LOWER({text}) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"
        case "DATE":
            return f"TRY_TO_DATE({_date(text)}, '{DATE_FORMAT}')"
        case "TIMESTAMP_NTZ":
            return f"TRY_TO_TIMESTAMP_NTZ({_stamp(text)}, '{TIMESTAMP_FORMAT}')"
        case "TIME":
            return f"TRY_TO_TIME({_time(text)}, '{TIME_FORMAT}')"
        case "FLOAT":
            return f"TRY_TO_DOUBLE({text})"
        case "NUMBER":
            precision, places = number_of(type_) or (MOST_DIGITS, 0)
            return f"TRY_TO_NUMBER({text}, {precision}, {places})"
    return text


_WHY = (
    (r"-?0\d+(\.\d+)?", "has leading zeros"),
    (r"\+.*", "begins with a plus sign"),
    (r".*\d:\d\d.*([+-]\d\d:?\d?\d?|Z)", "has an offset"),
    (r".*:\d\d\.\d{7,}", "has nanoseconds"),
    (r"-?\d*\.?\d{20,}", "has more digits than a NUMBER keeps"),
    (r"-0(\.0+)?", "is a zero with a sign"),
)


# Of what begins as a number or a date does, and is none.
_NONE = (
    (r"\d{4}-\d\d?-\d\d?", "is no date"),
    (r"\d{4}-\d\d?-\d\d?[ T].*", "is no timestamp"),
    (r"\d+([/.])\d+\1\d+", "is no date as YYYY-MM-DD"),
    (r"\d\d:\d\d.*", "is no time"),
    (r"-?\d+(\.\d+)?[eE][-+]?\d+", "is no number that a FLOAT holds exactly"),
    (r".*", "is no number, date or time"),
)


def why_odd(text: str, form: int) -> str:
    """What about a value of this Form made its column stay as it is."""
    reasons = (*_WHY, *_NONE) if form == Form.ODD else _WHY
    return next((why for pattern, why in reasons if re.fullmatch(pattern, text)), "is of another form than the others")
