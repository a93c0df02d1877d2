"""The one place where names and texts become SQL."""

import re
from collections.abc import Sequence
from typing import Any

from src.config.checks import is_plain_identifier

Key = tuple[str, str]
Row = dict[str, Any]  # of an answer, by the columns' names


def identifier(name: str) -> str:
    """The name as SQL writes it: bare if that means exactly it, else in double quotes.

    https://docs.snowflake.com/en/sql-reference/identifiers-syntax
    """
    return name if is_plain_identifier(name) else '"{}"'.format(name.replace('"', '""'))


def qualified(*names: str) -> str:
    """`database.schema.object`, each part as SQL writes it."""
    return ".".join(identifier(name) for name in names)


def split_qualified(name: str) -> list[str]:
    """The parts of a name that `qualified` has written, each as SQL writes it."""
    return re.findall(r'"(?:[^"]|"")*"|[^".]+', name)


def literal(value: str | int | bool | tuple[str, ...]) -> str:
    """The value as SQL writes it. In a text, backslashes count as escapes.

    https://docs.snowflake.com/en/sql-reference/data-types-text#string-constants
    """
    if isinstance(value, tuple):
        return "({})".format(", ".join(literal(item) for item in value))
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int):
        return str(value)
    return "'{}'".format(value.replace("\\", "\\\\").replace("'", "''"))


def joined(operator: str, parts: Sequence[str]) -> str:
    """The parts with an operator between them that may be bracketed in any way, such as AND.

    Many are put in brackets by groups: one after the other, each would stand on all before it.
    """
    while len(parts) > _IN_A_GROUP:
        groups = [parts[begin : begin + _IN_A_GROUP] for begin in range(0, len(parts), _IN_A_GROUP)]
        parts = [f"({f' {operator} '.join(group)})" for group in groups]
    return f" {operator} ".join(parts)


_IN_A_GROUP = 16
