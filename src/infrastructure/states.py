"""What an object should be, as the statement that makes it so, and what it is, as SHOW tells."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from src.utils.sql import Key


@dataclass(frozen=True)
class Fallback:
    """What to send when an account refuses a statement with an error that `pattern` finds, and what to say of it."""

    pattern: str
    statement: "DesiredState"
    warning: str


@dataclass(frozen=True)
class DesiredState:
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
