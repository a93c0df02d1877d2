"""What a command says as one JSON document."""

import json
from decimal import Decimal


def json_document(value: object) -> str:
    """The value as JSON that any terminal can encode; a number stays one, and what JSON has no type for is its text."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=_plain)
    # Half a surrogate pair, as Python makes of an argument that is no UTF-8, stays an escape.
    return text.encode("utf-8", "backslashreplace").decode()


def structure_of(text: str) -> object:
    """The object or the list that a JSON text stands for; any other text as it is."""
    if not text.startswith(("{", "[")):
        return text
    try:
        structure: object = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text
    return structure


def _refuse(constant: str) -> object:
    """Python reads NaN and Infinity, which are not JSON."""
    raise ValueError(constant)


def hexadecimal(value: bytes | bytearray) -> str:
    """A BINARY as Snowflake shows it: https://docs.snowflake.com/en/sql-reference/binary-input-output"""
    return value.hex().upper()


def _plain(value: object) -> object:
    """A DECIMAL as a number, unless that would have other digits; bytes by their hexadecimal digits."""
    if isinstance(value, bytes | bytearray):
        return hexadecimal(value)
    if isinstance(value, Decimal) and value.is_finite():
        number = int(value) if value == value.to_integral_value() else float(value)
        return number if Decimal(str(number)) == value else str(value)
    return str(value)
