"""What an object should be, as the statement that makes it so; what it is, as SHOW tells; and what differs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from src.config import Stamp
from src.utils.sql import Key, Row

# The value of a property that this account's SHOW has no column for. It is not compared.
NOT_SHOWN = "not shown"


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


@dataclass(frozen=True)
class Probe:
    """One SHOW: of a kind, or about one warehouse or role."""

    kind: str
    sql: str
    of: str = ""

    @property
    def key(self) -> Key:
        return self.kind, self.of


# The rows that each probe was answered with.
Answers = Mapping[Key, list[Row]]


@dataclass(frozen=True)
class ExistingObject:
    """An object as SHOW describes it. `ours` if it carries this deployment's stamp, or cannot carry one and is ours.

    The comment of an object of ours is that without what its stamp keeps. `needs` are the objects that it is about.
    `owner` is the role that owns it, "" where SHOW does not say.
    """

    kind: str
    name: str
    properties: Mapping[str, str]
    ours: bool
    stamp: Stamp | None = None
    needs: tuple[Key, ...] = ()
    owner: str = ""

    @property
    def key(self) -> Key:
        return self.kind, self.name

    @property
    def adopted(self) -> bool:
        """Whether it is ours now and was another's before."""
        return self.ours and self.stamp is not None and self.stamp.previous is not None

    @property
    def previous(self) -> Mapping[str, str]:
        """Its values from before it was adopted."""
        return (self.stamp and self.stamp.previous) or {}

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Snapshot:
    """The account as it is; `unseen` says what this role could not look at."""

    objects: Mapping[Key, ExistingObject] = field(default_factory=dict)
    unseen: tuple[str, ...] = ()

    def stays(self, key: Key) -> bool:
        """Whether the object is there and a cleanup will leave it: another's, or adopted."""
        existing = self.objects.get(key)
        return existing is not None and (existing.adopted or not existing.ours)


@dataclass(frozen=True)
class Difference:
    """One property of one object that is not as CONFIG says. Without a property it is the object itself."""

    kind: str
    name: str
    property: str
    expected: str
    actual: str

    def __str__(self) -> str:
        what = f"{self.kind} {self.name}" + (f": {self.property}" if self.property else "")
        return f"{what} should be {self.expected}, and is {self.actual}"


State = Literal["absent", "equal", "different", "foreign"]


@dataclass(frozen=True)
class Comparison:
    """A statement, the object it is about, and what is not as the statement would make it."""

    statement: DesiredState
    existing: ExistingObject | None
    differences: tuple[Difference, ...]

    @property
    def state(self) -> State:
        if self.existing is None:
            return "absent"
        if not self.existing.ours:
            return "foreign"
        return "different" if self.differences else "equal"

    @property
    def stamped_by(self) -> str:
        """The deployment whose stamp the object carries; "" without any."""
        return self.existing.stamp.deployment if self.existing and self.existing.stamp else ""

    @property
    def unalterable(self) -> tuple[Difference, ...]:
        return tuple(one for one in self.differences if one.property in self.statement.fixed)


@dataclass(frozen=True)
class Unmanaged:
    """Ours, and not in CONFIG: an object, or privileges of a role; `sql` takes it away, `holds_data` forbids that."""

    statement: DesiredState
    difference: Difference
    holds_data: bool = False
