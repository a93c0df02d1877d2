"""Snowflake's formats of dates and times, as DuckDB's strptime and strftime write them.

https://docs.snowflake.com/en/sql-reference/date-time-input-output#about-the-elements-used-in-input-and-output-formats
"""

import re
from collections.abc import Mapping

from .. import errors

_ELEMENTS = {
    "YYYY": "%Y",
    "YY": "%y",
    "MMMM": "%B",
    "MON": "%b",
    "MM": "%m",
    "DD": "%d",
    "DY": "%a",
    "HH24": "%H",
    "HH12": "%I",
    "AM": "%p",
    "PM": "%p",
    "MI": "%M",
    "SS": "%S",
    "FF3": "%g",
    "FF6": "%f",
    "FF9": "%n",
    "T": "T",
    "UTC": "UTC",  # as dbt's macros write it behind the minutes
}
# DuckDB keeps microseconds, and its %n of a column writes bytes of no text; FF alone means nine digits.
OF_FILES = {"FF": "%f", "FF3": "%f", "TZH:TZM": "%z", "TZHTZM": "%z"}
OF_TO_VARCHAR = {"FF": "%f000", "FF9": "%f000"}
# What stands for an offset in a text that DuckDB has written, until the macro `zoned` puts it there.
OFFSETS = {"TZHTZM": "\ue000", "TZH:TZM": "\ue001", "TZH": "\ue002"}
_OF_DATES = frozenset("YYYY YY MMMM MON MM DD DY".split())


def to_duckdb(format_: str, more: Mapping[str, str], refused: str) -> str:
    """The format with each element replaced, and text in quotes as it stands.

    An element that has no counterpart is refused by name, in the words of `refused` about `{element}` and `{format}`.
    """
    elements = _ELEMENTS | dict(more)
    known = "|".join(sorted(map(re.escape, elements), key=len, reverse=True))
    pieces = re.finditer(rf'"(?P<text>[^"]*)"|TZ[HMD](?!:?TZM)|FF[0124578]|{known}|[A-Z]+|.', format_, re.I | re.S)
    return "".join(_piece(piece, elements, refused) for piece in pieces)


def of_output(format_: str, type_: str, refused: str) -> str:
    """An output format as DuckDB's strftime and the macro `zoned` write it.

    Refuses what no page says of: a date's elements for a TIME, and an offset for what has none.
    """
    elements = OF_TO_VARCHAR | (OFFSETS if type_ in ("TIMESTAMP", "TIMESTAMP_LTZ", "TIMESTAMP_TZ") else {})
    if type_ == "TIME":
        unquoted = re.sub('"[^"]*"', "", format_)
        for element in re.findall("|".join(sorted(_OF_DATES, key=len, reverse=True)), unquoted, re.I):
            raise errors.not_emulated(refused.format(element=element, format=format_))
    return to_duckdb(format_, elements, refused)


def _piece(piece: re.Match[str], elements: Mapping[str, str], refused: str) -> str:
    if piece["text"] is not None:
        return piece["text"].replace("%", "%%")
    if (element := elements.get(piece[0].upper())) is not None:
        return element
    if piece[0][0].isalpha():
        raise errors.not_emulated(refused.format(element=piece[0], format=piece.string))
    return piece[0].replace("%", "%%")
