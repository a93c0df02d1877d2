"""Rows as lines of CSV, put together by a DuckDB expression, as a file format says.

https://docs.snowflake.com/en/sql-reference/sql/copy-into-location#format-type-options-formattypeoptions
"""

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from .. import errors
from ..language.moment_formats import of_output
from ..language.names import quoted, text_literal
from ..language.reader import Value
from ..sql.macros import PLACE
from . import csv_files
from .conversions import Options
from .csv_files import character

# A line is one column to DuckDB, so it must not add anything of its own.
COPY_FORMAT: Mapping[str, str] = {
    "FORMAT": "CSV",
    "DELIMITER": "'\x1f'",
    "QUOTE": "''",
    "ESCAPE": "''",
    "NULLSTR": "'\x1e'",
}

_ALLOWED: Mapping[str, tuple[Value, ...]] = {
    "RECORD_DELIMITER": ("\\n", "\n", "\r\n", "\\r\\n"),
    "ENCODING": ("UTF8", "UTF-8"),
    "ESCAPE": ("NONE",),
    "ESCAPE_UNENCLOSED_FIELD": ("\\\\", "\\", "NONE"),
    "TRIM_SPACE": (False,),
}


def refuse_options(options: Options) -> None:
    """Refuses by name what cannot be written."""
    for name, allowed in _ALLOWED.items():
        if options[name] not in allowed:
            raise errors.not_emulated(f"COPY INTO location with {name} = {options[name]}")


def header(names: Sequence[str], options: Options) -> str:
    """The first line: the names, enclosed if texts are."""
    quote = character(options, "FIELD_OPTIONALLY_ENCLOSED_BY")
    shown = [f"{quote}{name.replace(quote, quote * 2) if quote else name}{quote}" for name in names]
    return character(options, "FIELD_DELIMITER").join(shown) + _line_end(options)


def line(columns: Sequence[tuple[str, str]], options: Options) -> str:
    """The expression of a row's line."""
    delimiter = text_literal(character(options, "FIELD_DELIMITER"))
    fields = f" || {delimiter} || ".join(_field(name, type_, options) for name, type_ in columns)
    return f"{fields} || {text_literal(_line_end(options))}"


def _line_end(options: Options) -> str:
    """What stands before the line feed, which DuckDB writes."""
    return "\r" if options["RECORD_DELIMITER"] in ("\r\n", "\\r\\n") else ""


def _field(name: str, type_: str, options: Options) -> str:
    text = _text(quoted(name), type_, options)
    if type_ in ("VARCHAR", "JSON"):
        text = _enclosed(text, options)
    nulls = options["NULL_IF"]
    return f"coalesce({text}, {text_literal(str(nulls[0]) if isinstance(nulls, list) and nulls else '')})"


def _enclosed(text: str, options: Options) -> str:
    """A text between quotes or, if there are none, with a backslash before what would end it."""
    quote = character(options, "FIELD_OPTIONALLY_ENCLOSED_BY")
    if quote:
        doubled = f"replace({text}, {text_literal(quote)}, {text_literal(quote * 2)})"
        return f"{text_literal(quote)} || {doubled} || {text_literal(quote)}"
    if options["ESCAPE_UNENCLOSED_FIELD"] == "NONE":
        return text
    delimiter = character(options, "FIELD_DELIMITER")
    for ending in ("\\", delimiter, "\n"):
        escaped = "\\" + ending
        text = f"replace({text}, {text_literal(ending)}, {text_literal(escaped)})" if ending else text
    return text


def _text(value: str, type_: str, options: Options) -> str:
    """A value as text; AUTO is by the session's parameters.

    https://docs.snowflake.com/en/sql-reference/sql/copy-into-location#format-type-options-formattypeoptions
    """
    if type_ == "BLOB":
        return {"HEX": "hex({})", "BASE64": "base64({})", "UTF8": "decode({})"}[str(options["BINARY_FORMAT"])].format(
            value
        )
    shown = _SHOWN.get(type_)
    if shown is None:
        return f"CAST({value} AS VARCHAR)"
    format_ = str(options[f"{type_.partition(' ')[0]}_FORMAT"])
    if format_.upper() == "AUTO":
        return f"{PLACE}{shown}({value})"
    has_zone = type_ == "TIMESTAMP WITH TIME ZONE"
    written = of_output(format_, "TIMESTAMP" if has_zone else type_, "the element {element} of the format '{format}'")
    moment = {"TIME": f"(DATE '1970-01-01' + {value})", "DATE": value}.get(type_, f"CAST({value} AS TIMESTAMP)")
    text = f"strftime({moment}, {text_literal(written)})"
    return f"{PLACE}zoned({text}, {PLACE}zone({value}))" if has_zone else text


_SHOWN = {
    "DATE": "shown_date",
    "TIME": "shown_time",
    "TIMESTAMP": "shown_ntz",
    "TIMESTAMP WITH TIME ZONE": "shown_ltz",
}


_ESCAPED = re.compile(r"(?<!\\)(?:\\\\)*\\\r?\n\Z")


def count(path: Path, options: Options, has_header: bool) -> int:
    """How many rows a written file has: a line break inside a field ends none."""
    quote = character(options, "FIELD_OPTIONALLY_ENCLOSED_BY")
    with csv_files.unpacked(path) as text:
        if quote:
            found = sum(1 for _ in csv.reader(text, quotechar=quote, delimiter=character(options, "FIELD_DELIMITER")))
        else:
            found = sum(1 for written in text if not _ESCAPED.search(written))
    return found - has_header
