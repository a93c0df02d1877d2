"""Text out of staged files as typed values: DuckDB expressions that fail on what Snowflake would not read.

https://docs.snowflake.com/en/user-guide/date-time-input-output
"""

from collections.abc import Mapping

from ..language.moment_formats import OF_FILES, to_duckdb
from ..language.names import text_literal, text_literals
from ..language.reader import Value
from ..sql.macros import PLACE

Options = Mapping[str, Value]

_DATES = ("%d-%b-%Y", "%m/%d/%Y")
_TIMESTAMPS = ("%m/%d/%Y %H:%M:%S", "%m/%d/%Y", "%d-%b-%Y")
_WITH_OFFSET = ("%a %b %d %H:%M:%S %z %Y", "%a, %d %b %Y %H:%M:%S %z")


def _read_by(format_: str, text: str, type_: str) -> str:
    """A date or time by a format; refuses by name an element of it that DuckDB has no counterpart for.

    FF3 reads as many digits as there are, and 12 o'clock of HH12 without AM or PM is midnight: Snowpark's own tests
    (test_read_csv_alternate_time_formats).
    """
    written = to_duckdb(format_, OF_FILES, "the element {element} of the format '{format}'")
    if "%I" in written and "%p" not in written:
        text, written = f"({text} || ' AM')", f"{written} %p"
    if "%z" in written:  # which DuckDB reads no Z for
        text = f"regexp_replace({text}, 'Z$', '+0000')"
    return f"CAST(strptime({text}, {text_literal(written)}) AS {type_})"


def converted(text: str, type_: str, options: Options) -> str:
    """The expression that turns the text expression into DuckDB's type. NULL stays NULL; other text may fail."""
    if type_ == "VARCHAR":
        return text
    if type_ == "BOOLEAN":
        return f"CASE lower({text}) WHEN 'on' THEN TRUE WHEN 'off' THEN FALSE ELSE CAST({text} AS BOOLEAN) END"
    if type_ == "BLOB":
        return _BINARY[str(options.get("BINARY_FORMAT", "HEX"))].format(text)
    text = f"{PLACE}{'finite' if type_ == 'DOUBLE' else 'own'}({text})"
    if type_ == "DATE":
        format_ = str(options.get("DATE_FORMAT", "AUTO"))
        if format_.upper() != "AUTO":
            return _read_by(format_, text, "DATE")
        others = f"CAST(try_strptime({text}, {text_literals(_DATES)}) AS DATE)"
        return f"coalesce(TRY_CAST({text} AS DATE), {others}, CAST({text} AS DATE))"
    if type_ == "TIME":
        format_ = str(options.get("TIME_FORMAT", "AUTO"))
        if format_.upper() != "AUTO":
            return _read_by(format_, text, "TIME")
        others = f"CAST(try_strptime({text}, {text_literals(('%I:%M %p', '%I:%M:%S %p', '%H:%M'))}) AS TIME)"
        return f"coalesce(TRY_CAST({text} AS TIME), {others}, CAST({text} AS TIME))"
    if type_.startswith("TIMESTAMP"):
        return _timestamp(text, type_, str(options.get("TIMESTAMP_FORMAT", "AUTO")))
    return f"CAST({text} AS {type_})"


_BINARY = {"HEX": "unhex({})", "BASE64": "from_base64({})", "UTF8": "encode({})"}


def _timestamp(text: str, type_: str, format_: str) -> str:
    if format_.upper() != "AUTO":
        return _read_by(format_, text, type_)
    if type_ != "TIMESTAMP":  # DuckDB reads no offset behind a blank, where an account writes it
        text = rf"regexp_replace({text}, '\s+(Z|[+-]\d\d:?\d\d)$', '\1')"
    others = f"CAST(try_strptime({text}, {text_literals(_TIMESTAMPS)}) AS {type_})"
    with_offset = f"try_strptime({text}, {text_literals(_WITH_OFFSET)})"
    if type_ == "TIMESTAMP":
        with_offset = f"timezone('UTC', {with_offset})"
    others = f"{others}, {with_offset}, {_epoch(text, type_)}"
    return f"coalesce(TRY_CAST({text} AS {type_}), {others}, CAST({text} AS {type_}))"


def _epoch(text: str, type_: str) -> str:
    """A whole number is seconds, milliseconds, microseconds or nanoseconds since 1970, by its size.

    https://docs.snowflake.com/en/sql-reference/functions/to_timestamp (usage notes)
    """
    number = f"TRY_CAST({text} AS HUGEINT)"
    micros = (
        f"CASE WHEN abs({number}) < 31536000000 THEN {number} * 1000000"
        f" WHEN abs({number}) < 31536000000000 THEN {number} * 1000"
        f" WHEN abs({number}) < 31536000000000000 THEN {number} ELSE {number} // 1000 END"
    )
    return f"{'make_timestamp' if type_ == 'TIMESTAMP' else 'make_timestamptz'}(CAST({micros} AS BIGINT))"
