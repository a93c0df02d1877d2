"""File formats: named sets of options that loading reads by."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .. import errors
from ..account import TEMPORARY, Object
from ..language.reader import Reader, Value
from ..language.result import TEXT, Result, columns
from ..objects.kinds import Kind, Property, boolean, checked, integer, one_of, text, texts
from ..session import Session


def _text_or_none(name: str, value: Value) -> Value:
    return "NONE" if value is None or str(value).upper() == "NONE" else text(name, value)


def _null_if(name: str, value: Value) -> Value:
    return texts(name, value)


_COMPRESSIONS = one_of("AUTO", "GZIP", "BZ2", "BROTLI", "ZSTD", "DEFLATE", "RAW_DEFLATE", "NONE")

# The options of each type with Snowflake's defaults: https://docs.snowflake.com/en/sql-reference/sql/create-file-format
OPTIONS: Mapping[str, Mapping[str, Property]] = {
    "CSV": {
        "RECORD_DELIMITER": Property("\\n", _text_or_none),
        "FIELD_DELIMITER": Property(",", _text_or_none),
        "FILE_EXTENSION": Property(None, text),
        "SKIP_HEADER": Property(0, integer(0, 2**31)),
        "PARSE_HEADER": Property(False, boolean),
        "DATE_FORMAT": Property("AUTO", text),
        "TIME_FORMAT": Property("AUTO", text),
        "TIMESTAMP_FORMAT": Property("AUTO", text),
        "BINARY_FORMAT": Property("HEX", one_of("HEX", "BASE64", "UTF8")),
        "ESCAPE": Property("NONE", _text_or_none),
        "ESCAPE_UNENCLOSED_FIELD": Property("\\\\", _text_or_none),
        "TRIM_SPACE": Property(False, boolean),
        "FIELD_OPTIONALLY_ENCLOSED_BY": Property("NONE", _text_or_none),
        "NULL_IF": Property(["\\N"], _null_if),
        "COMPRESSION": Property("AUTO", _COMPRESSIONS),
        "ERROR_ON_COLUMN_COUNT_MISMATCH": Property(True, boolean),
        "VALIDATE_UTF8": Property(True, boolean),
        "SKIP_BLANK_LINES": Property(False, boolean),
        "REPLACE_INVALID_CHARACTERS": Property(False, boolean),
        "EMPTY_FIELD_AS_NULL": Property(True, boolean),
        "SKIP_BYTE_ORDER_MARK": Property(True, boolean),
        "ENCODING": Property("UTF8", text),
        "MULTI_LINE": Property(True, boolean),
    },
    "JSON": {
        "FILE_EXTENSION": Property(None, text),
        "DATE_FORMAT": Property("AUTO", text),
        "TIME_FORMAT": Property("AUTO", text),
        "TIMESTAMP_FORMAT": Property("AUTO", text),
        "BINARY_FORMAT": Property("HEX", one_of("HEX", "BASE64", "UTF8")),
        "TRIM_SPACE": Property(False, boolean),
        "MULTI_LINE": Property(True, boolean),
        "NULL_IF": Property([], _null_if),
        "COMPRESSION": Property("AUTO", _COMPRESSIONS),
        "ENABLE_OCTAL": Property(False, boolean),
        "ALLOW_DUPLICATE": Property(False, boolean),
        "STRIP_OUTER_ARRAY": Property(False, boolean),
        "STRIP_NULL_VALUES": Property(False, boolean),
        "IGNORE_UTF8_ERRORS": Property(False, boolean),
        "REPLACE_INVALID_CHARACTERS": Property(False, boolean),
        "SKIP_BYTE_ORDER_MARK": Property(True, boolean),
    },
    "PARQUET": {
        "TRIM_SPACE": Property(False, boolean),
        "NULL_IF": Property([], _null_if),
        # GZIP is in no page, and what write_pandas makes its stages with: pandas_tools.py of the connector.
        "COMPRESSION": Property("AUTO", one_of("AUTO", "GZIP", "LZO", "SNAPPY", "NONE")),
        "SNAPPY_COMPRESSION": Property(True, boolean),
        "BINARY_AS_TEXT": Property(True, boolean),
        "USE_LOGICAL_TYPE": Property(False, boolean),
        "USE_VECTORIZED_SCANNER": Property(False, boolean),
        "REPLACE_INVALID_CHARACTERS": Property(False, boolean),
    },
}

_OF_XML = "IGNORE_UTF8_ERRORS PRESERVE_SPACE STRIP_OUTER_ELEMENT DISABLE_SNOWFLAKE_DATA DISABLE_AUTO_CONVERT".split()
_OF_ANY_TYPE = {name for options in OPTIONS.values() for name in options}.union(_OF_XML)


def resolve(given: Mapping[str, Value]) -> dict[str, Value]:
    """Options as written, completed by the defaults of their TYPE (CSV if there is none).

    Raises 001008 for an unknown TYPE, 001006 for an option that no type has, 001420 for one that this type does not
    have, and refuses by name the types that the emulator cannot read. Recorded: frostlake/ddl-file-format-surface.
    """
    type_ = str(given.get("TYPE", "CSV")).upper()
    if type_ in ("AVRO", "ORC", "XML", "CUSTOM"):
        raise errors.not_emulated(f"FILE FORMAT of TYPE = {type_}")
    if type_ not in OPTIONS:
        raise errors.invalid_value(given["TYPE"], "TYPE")
    rest = {name: value for name, value in given.items() if name != "TYPE"}
    for name in rest:
        if name not in _OF_ANY_TYPE:
            raise errors.invalid_parameter(name)
        if name not in OPTIONS[type_]:
            raise errors.option_of_another_type(name, type_)
    resolved = {"TYPE": type_, **checked("FILE FORMAT", OPTIONS[type_], rest)}
    if resolved.get("PARSE_HEADER") and resolved.get("SKIP_HEADER"):
        raise errors.header_and_skip()
    return resolved


def _resolved(session: Session, object_: Object) -> Object:
    given = {name: value for name, value in object_.properties.items() if value is not None}
    session_id = given.pop(TEMPORARY, None)
    kept: dict[str, Value] = {TEMPORARY: session_id} if session_id is not None else {}
    return replace(object_, properties=resolve(given) | kept)


def _options(object_: Object) -> dict[str, Value]:
    return {name: value for name, value in object_.properties.items() if name != TEMPORARY}


def _format_row(session: Session, object_: Object) -> dict[str, Any]:
    return {
        "type": object_.properties["TYPE"],
        "format_options": json.dumps(_options(object_), separators=(",", ":")),
    }


Described = tuple[str, str, str, str]  # an option, the kind of its value, its value and its default
DESCRIBED = ("property", "property_type", "property_value", "property_default")


def _describe(kind: Kind, session: Session, object_: Object) -> Result:
    """Each option with its default: https://docs.snowflake.com/en/sql-reference/sql/desc-file-format"""
    return Result([(column, TEXT) for column in DESCRIBED], describe(object_.properties))


def describe(resolved: Mapping[str, Value]) -> list[Described]:
    """Each option of a format, the TYPE first."""
    type_ = str(resolved["TYPE"])
    rows = [("TYPE", "String", type_, "CSV")]
    for name, option in OPTIONS[type_].items():
        value, default = resolved.get(name), OPTIONS["CSV"][name].default if name == "NULL_IF" else option.default
        shown = _literal(value) if isinstance(value, str) and value != default else written(value)
        rows.append((name, _kind(default), shown, written(default)))
    return rows


# Of Snowpark's own tests, test_csv_external_file_format; the page shows the default of NULL_IF so.
_AS_LITERAL = str.maketrans({"\\": r"\\", '"': r"\"", "'": r"\'", "\n": r"\n", "\r": r"\r", "\t": r"\t"})


def _literal(text: str) -> str:
    return text.translate(_AS_LITERAL)


def _kind(default: Value) -> str:
    if isinstance(default, bool):
        return "Boolean"
    return "Integer" if isinstance(default, int) else "List" if isinstance(default, list) else "String"


def written(value: Value) -> str:
    """A property's value as DESCRIBE shows it; that of a BOOLEAN is recorded: frostlake/ddl-file-format-surface."""
    if isinstance(value, list):
        return f"[{', '.join(_literal(str(item)) for item in value)}]"
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _read(reader: Reader) -> dict[str, Value]:
    """The options that are written; the names are checked here, before `resolve` knows the values of before."""
    given, allowed = reader.properties(), _OF_ANY_TYPE.union(("TYPE", "COMMENT"))
    for name in given:
        if name not in allowed:
            raise errors.invalid_parameter(name)
    return given


def _as_written(name: str, value: Value) -> Value:
    return value


# https://docs.snowflake.com/en/sql-reference/sql/show-file-formats
FILE_FORMAT = Kind(
    name="FILE FORMAT",
    level="schema",
    depth="executed",
    properties={"TYPE": Property("CSV", _as_written)}
    | {name: Property(None, _as_written) for name in sorted(_OF_ANY_TYPE)},
    columns=columns("created_on:time name database_name schema_name type owner comment format_options owner_role_type"),
    inert=True,  # recorded: frostlake/ddl-show-modifier-matrix
    read=_read,
    row=_format_row,
    modifiers=frozenset({TEMPORARY}),
    privileges=frozenset({"USAGE"}),
    fixed=frozenset({"TYPE"}),
    described=_describe,
    completed=_resolved,
)
