"""VARIANT, OBJECT and ARRAY as clients are sent them: a text on several lines, the keys of each object in order.

JSON_INDENT, which is 2: https://docs.snowflake.com/en/sql-reference/parameters#json-indent
"""

import json
from typing import Any

import pyarrow as pa

KINDS = frozenset({"variant", "object", "array"})


def indented(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column with each object and array on lines of its own; what is neither is as it is."""
    texts = [None if text is None else _text(text) for text in column.to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.string())])


class _Number(str):
    """A number as it is written: reading it would lose digits."""

    __slots__ = ()


def _text(value: str) -> str:
    if not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return _written(json.loads(value, parse_float=_Number, parse_int=_Number, parse_constant=_Number), "\n")
    except RecursionError:  # of more levels than anybody reads
        return value


def _written(value: Any, line: str) -> str:
    """`line` is a line's end with what the next one begins with."""
    inner = f"{line}  "
    if isinstance(value, dict) and value:
        parts = (f"{_quoted(key)}: {_written(value[key], inner)}" for key in sorted(value))
        return f"{{{inner}{f',{inner}'.join(parts)}{line}}}"
    if isinstance(value, list) and value:
        return f"[{inner}{f',{inner}'.join(_written(one, inner) for one in value)}{line}]"
    return value if isinstance(value, _Number) else _quoted(value)


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
