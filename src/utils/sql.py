"""A statement of SQL as data, and the one place where names and texts become SQL."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from src.config.checks import is_plain_identifier

Key = tuple[str, str]


@dataclass(frozen=True)
class Fallback:
    """What to send when an account refuses a statement with an error that `pattern` finds, and what to say of it."""

    pattern: str
    statement: "Statement"
    warning: str


@dataclass(frozen=True)
class Statement:
    """What makes one object as CONFIG says, and how to see that it is so.

    `shows` are the properties by which inspection knows the object as it should be; those in `fixed` cannot be altered.
    `alter` is sent for an object that is there and differs; "" sends `sql` again (a CREATE OR ALTER or a GRANT).
    `needs` are the objects that must be there before. `optional` says why the demo can do without; "" is needed.
    `seen_as` is the name that inspection knows it by, where that is not its own.
    """

    kind: str
    name: str
    sql: str
    shows: Mapping[str, str] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()
    alter: str = ""
    needs: tuple[Key, ...] = ()
    optional: str = ""
    fallback: Fallback | None = None
    seen_as: str = ""

    @property
    def key(self) -> Key:
        return self.kind, self.name

    @property
    def seen_key(self) -> Key:
        return self.kind, self.seen_as or self.name

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


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
