"""The one place where names and texts become SQL."""

import re

from src.config.checks import is_plain_identifier

Key = tuple[str, str]


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
