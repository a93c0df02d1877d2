"""What a kind of object is: its level, properties, privileges, how it is shown. The grammar lives in `objects.py`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .. import errors
from ..account import Object
from ..language.reader import Path, Reader, Value
from ..language.result import Columns, Result, columns, table
from ..session import Session
from ..session.statement import Depth

Level = Literal["account", "database", "schema"]


@dataclass(frozen=True)
class Property:
    """A property's default and the check that turns what was written into what is kept.

    `check(name, value)` raises 001008 `invalid value [...] for parameter '...'`.
    """

    default: Value
    check: Callable[[str, Value], Value]


def text(name: str, value: Value) -> Value:
    if not isinstance(value, str):
        raise errors.invalid_value(value, name)
    return value


def boolean(name: str, value: Value) -> Value:
    if not isinstance(value, bool):
        raise errors.invalid_value(value, name)
    return value


def integer(low: int, high: int) -> Callable[[str, Value], Value]:
    def check(name: str, value: Value) -> Value:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise errors.invalid_value(value, name)
        return value

    return check


def integer_or_null(low: int, high: int) -> Callable[[str, Value], Value]:
    def check(name: str, value: Value) -> Value:
        return value if value is None else integer(low, high)(name, value)

    return check


def one_of(*words: str) -> Callable[[str, Value], Value]:
    def check(name: str, value: Value) -> Value:
        if not isinstance(value, str) or value.upper() not in words:
            raise errors.invalid_value(value, name)
        return value.upper()

    return check


def texts(name: str, value: Value) -> Value:
    """A list of strings; a single one may stand without brackets."""
    values = value if isinstance(value, list) else [value]
    return [text(name, item) for item in values]


def options(properties: Mapping[str, Property]) -> Callable[[str, Value], Value]:
    """Bracketed options, such as `DIRECTORY = (ENABLE = TRUE)`; what is not written has its default."""

    def check(name: str, value: Value) -> Value:
        if value == []:
            value = {}
        if not isinstance(value, dict):
            raise errors.invalid_value(value, name)
        return checked(name, properties, value)

    return check


def checked(kind: str, properties: Mapping[str, Property], given: Mapping[str, Value]) -> dict[str, Value]:
    """The given properties over the defaults. Raises 001420 for a property that the kind does not have."""
    for name in given:
        if name not in properties:
            raise errors.invalid_property(name, kind)
    return {name: prop.default for name, prop in properties.items()} | {
        name: properties[name].check(name, value) for name, value in given.items()
    }


def _as_it_is(session: Session, object_: Object) -> Object:
    return object_


def _nothing(session: Session, object_: Object) -> None:
    return None


def _no_change(session: Session, old: Object, new: Object) -> None:
    return None


def _kept(session: Session, object_: Object, *, alone: bool) -> Object:
    return object_


# Checks a privilege on an object of a kind that one of this kind is to receive, by its name.
Receives = Callable[[Session, str, str, Path, str], None]


Narrowed = Mapping[str, Callable[[Mapping[str, Any]], bool]]


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of object that CREATE, ALTER, DROP, SHOW, DESCRIBE, COMMENT and GRANT treat alike.

    `read` reads the properties that CREATE and ALTER SET write. `terse` are the columns of SHOW TERSE, none if it does
    not have that; `names_scope` is whether SHOW names a schema that is not there, and `inert` whether it only reads
    TERSE, STARTS WITH and LIMIT. `described` answers DESCRIBE.
    `narrowed_by` are words of SHOW's own, each with the rows that it keeps.
    `receives` checks what is granted to one, and `holders` answers SHOW GRANTS OF one, unless as of a role.
    `kept_as` is the kind that the account keeps its objects as, and `listing` those that SHOW lists.
    `cloned` checks what CREATE ... CLONE copies to a path, and returns what fills the new object.
    `put_away` drops one and keeps it for UNDROP, or answers that it is not to be kept.
    `flags` are the properties that CREATE writes without a value, as WITH and their name.
    `transferred` changes what gets another owner, `alone` or together with others.
    `completed` checks an object about to be kept and returns it, with what follows from its properties. `created` runs
    before the object is remembered, `dropped` after it is forgotten: a process killed in between leaves something that
    the next `created` sweeps away, never an object without its substance.
    """

    name: str
    level: Level
    depth: Depth
    properties: Mapping[str, Property]
    columns: Columns
    row: Callable[[Session, Object], dict[str, Any]]
    read: Callable[[Reader], dict[str, Value]] = Reader.properties
    privileges: frozenset[str] = frozenset()
    receives: Receives | None = None
    holders: Callable[[Session, str], Result] | None = None
    terse: Columns | None = None
    names_scope: bool = False
    inert: bool = False
    narrowed_by: Narrowed = field(default_factory=dict)
    described: "Callable[[Kind, Session, Object], Result] | None" = None
    listing: Callable[[Session], Iterable[Object]] | None = None
    kept_as: str = ""
    title: str = ""
    plural: str = ""
    modifiers: frozenset[str] = frozenset()
    flags: Sequence[str] = ()
    commented: bool = True
    or_alter: bool = True
    or_replace: bool = True
    replaced_in_place: bool = False
    fixed: frozenset[str] = field(default_factory=frozenset)
    completed: Callable[[Session, Object], Object] = _as_it_is
    created: Callable[[Session, Object], None] = _nothing
    cloned: Callable[[Session, Object, Path], Callable[[Object], None]] | None = None
    altered: Callable[[Session, Object, Object], None] = _no_change
    droppable: Callable[[Session, Object], None] = _nothing
    put_away: Callable[[Session, Object], bool] | None = None
    transferred: Callable[..., Object] = _kept
    dropped: Callable[[Session, Object], None] = _nothing

    def shown_row(self, session: Session, object_: Object) -> dict[str, Any]:
        """What SHOW may tell of any object, and `row`, which says what is this kind's own."""
        return {
            "created_on": object_.created_on,
            "name": object_.name,
            "database_name": object_.database or None,
            "schema_name": object_.schema or None,
            "owner": object_.owner,
            "owner_role_type": "ROLE",
            "comment": object_.comment,
            **self.row(session, object_),
        }

    @property
    def shown_title(self) -> str:
        return self.title or self.name.capitalize()

    @property
    def shown_plural(self) -> str:
        return self.plural or f"{self.name}S"

    def listed(self, session: Session) -> Iterable[Object]:
        return session.account.objects(self.name) if self.listing is None else self.listing(session)

    def qualify(self, session: Session, path: Path, command: str) -> Path:
        """A name with as many parts as the kind's level has."""
        if self.level == "schema":
            return session.qualify(path, command)
        return session.qualify_schema(path, command) if self.level == "database" else path

    def require(self, session: Session, path: Path) -> Object:
        """The object of that path. Raises 002003 if it is absent."""
        found = session.account.find(self.kept_as or self.name, path)
        if found is None or (self.kept_as and found not in self.listed(session)):
            raise errors.does_not_exist(self.shown_name, ".".join(path))
        return found

    @property
    def shown_name(self) -> str:
        return self.name.capitalize()


# Of a table, and of a view, too. Recorded: frostlake/GrantAllPrivilegesTest
ON_RELATIONS = frozenset(
    {
        "APPLYBUDGET",
        "DELETE",
        "DELETE ERROR TABLE",
        "EVOLVE SCHEMA",
        "INSERT",
        "REBUILD",
        "REFERENCES",
        "SELECT",
        "SELECT ERROR TABLE",
        "TRUNCATE",
        "UPDATE",
    }
)

TERSE = columns("created_on:time name kind database_name schema_name")


def as_shown(kind: Kind, session: Session, object_: Object) -> Result:
    """The answer of DESCRIBE for a kind of which it has the columns that SHOW has."""
    return table(kind.columns, [kind.shown_row(session, object_)])


class Kinds(dict[str, Kind]):
    """All kinds by their names."""

    def read(self, reader: Reader, command: str) -> Kind:
        """Reads the name of a kind. Refuses one that is not emulated by name."""
        words = reader.take_word()
        if words not in self and f"{words} {reader.word()}" in self:
            words = f"{words} {reader.take_word()}"
        if words not in self:
            raise errors.not_emulated(f"{command} {words}")
        return self[words]

    @property
    def by_plural(self) -> "Kinds":
        return Kinds({kind.shown_plural: kind for kind in self.values()})
