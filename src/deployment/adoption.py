"""Taking over an object of another's, its old values kept in its stamp; and giving it back as it was.

Only what differs is set; everything else about the object stays as it is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol

from src.config import with_previous, without_stamp
from src.infrastructure.roles import GRANT
from src.infrastructure.settings import settings
from src.infrastructure.states import DesiredState
from src.utils.sql import Key, qualified

from .comparison import Comparison, Difference
from .inspection import ExistingObject, Snapshot
from .runner import Action
from .sending import Sender

# The monitor that a warehouse had, and the privileges that a role got on objects which stay, one REVOKE a line.
MONITOR = "resource_monitor"
GRANTED_HERE = "granted"
# Kinds of statements that are about a property of a warehouse.
_PROPERTIES = ("MONITORED WAREHOUSE", "QUERY ACCELERATION")

PreviousValues = Mapping[Key, Mapping[str, str]]


class Intention(Protocol):
    """What is to be done to an object, as a person is asked about it."""

    verb: ClassVar[str]


Question = Callable[[Sequence[Intention]], bool]


@dataclass(frozen=True)
class Contents:
    """What an object holds: tables with their rows, and files."""

    tables: int = 0
    rows: int = 0
    files: int = 0

    def of(self, object_: ExistingObject) -> str:
        """The object with what it holds, if it is of a kind that holds anything."""
        files = [f"{self.files:,} files"] if self.files or object_.kind == "STAGE" else []
        tables = [f"{self.tables:,} tables", f"{self.rows:,} rows"] if object_.kind in ("DATABASE", "SCHEMA") else []
        return f"{object_} with {', '.join(tables + files)}" if tables or files else f"{object_}"


@dataclass(frozen=True)
class Adoption:
    """An object of another's that will be ours: what it holds, and each value that changes."""

    verb: ClassVar[str] = "adopt"

    object: ExistingObject
    changes: tuple[Difference, ...]
    contents: Contents

    def __str__(self) -> str:
        changes = (_change(one.property, one.actual, one.expected) for one in self.changes)
        return f"{self.contents.of(self.object)}: {'; '.join(changes)}"


def _change(name: str, before: str, after: str) -> str:
    return f'{name} "{before}" -> "{after}"' if name == "comment" else f"{name} {before} -> {after}"


def contents(sender: Sender, object_: ExistingObject) -> Contents:
    """What is in it, with the files of the internal stages in it.

    https://docs.snowflake.com/en/sql-reference/sql/show-tables, https://docs.snowflake.com/en/sql-reference/sql/list
    """
    if object_.kind == "STAGE":
        return Contents(files=_files(sender, object_.name))
    if object_.kind not in ("DATABASE", "SCHEMA"):
        return Contents()
    tables = sender.send(f"SHOW TABLES IN {object_}").rows
    stages = sender.send(f"SHOW STAGES IN {object_}").rows
    files = sum(
        _files(sender, qualified(row["database_name"], row["schema_name"], row["name"]))
        for row in stages
        if str(row["type"]).startswith("INTERNAL")
    )
    return Contents(len(tables), sum(int(row["rows"] or 0) for row in tables), files)


def _files(sender: Sender, stage: str) -> int:
    return len(sender.send(f"LIST @{stage}").rows)


def adoptions(sender: Sender, comparisons: Iterable[Comparison]) -> list[Adoption]:
    """What is to be taken over, with what it holds."""
    every = list(comparisons)
    foreign = [(one.existing, _changes(one, every)) for one in every if one.state == "foreign" and one.existing]
    return sender.wave(foreign, lambda one: Adoption(*one, contents(sender, one[0])), str) if foreign else []


def _changes(comparison: Comparison, every: Sequence[Comparison]) -> tuple[Difference, ...]:
    """What differs on an object, also by the statements of their own that some properties of a warehouse have."""
    apart = [
        one for one in every if one.statement.kind in _PROPERTIES and _owner(one.statement) == comparison.statement.key
    ]
    return comparison.differences + tuple(change for one in apart for change in one.differences if change.property)


def _owner(statement: DesiredState) -> Key:
    return "WAREHOUSE", statement.name


def refusals(comparisons: Iterable[Comparison]) -> Iterator[str]:
    """What cannot be taken over, since it has no comment, or a property that could not be set back."""
    for one in comparisons:
        if one.state == "foreign" and "comment" not in one.statement.shows:
            yield (
                f"{one.statement} is in use by others and has no comment to keep its old values in, so that it cannot "
                "be adopted. Nothing was changed. Give it another name in config.py."
            )


def stays(snapshot: Snapshot, key: Key) -> bool:
    """Whether the object is there and a cleanup will leave it: another's, or adopted."""
    object_ = snapshot.objects.get(key)
    return object_ is not None and (object_.adopted or not object_.ours)


def previous_values(comparisons: Iterable[Comparison], snapshot: Snapshot) -> PreviousValues:
    """The values that change on what is adopted, to be written into its stamp beside those that it keeps already."""
    previous: dict[Key, dict[str, str]] = {}
    for one in comparisons:
        if not one.differences:
            continue
        for key in _adopted_targets(one, snapshot):
            before = previous.setdefault(key, dict(snapshot.objects[key].previous))
            for name, value in _old_values(one).items():
                before[name] = _merged(name, before, value)
    return previous


def _adopted_targets(comparison: Comparison, snapshot: Snapshot) -> list[Key]:
    """The adopted objects in whose stamps the old values belong."""
    statement = comparison.statement
    match statement.kind:
        case kind if kind in _PROPERTIES:
            owner = _owner(statement)
        case kind if kind == GRANT:
            if not all(stays(snapshot, key) for key in statement.needs):
                return []  # it goes with the object or the role that is dropped
            owner = next(key for key in statement.needs if key[0] == "ROLE")
        case _:
            owner = statement.seen_key
    return [owner] if stays(snapshot, owner) and "comment" in snapshot.objects[owner].properties else []


def _old_values(comparison: Comparison) -> dict[str, str]:
    statement = comparison.statement
    if statement.kind == GRANT:
        on, _, role = statement.name.rpartition(" TO ROLE ")
        privileges = [one.property for one in comparison.differences if one.property] or list(statement.shows)
        what = on if statement.sql == f"GRANT {statement.name}" else f"{', '.join(privileges)} ON {on}"
        return {GRANTED_HERE: f"{what} FROM ROLE {role}"}
    if statement.kind == "MONITORED WAREHOUSE":
        return {MONITOR: comparison.existing.properties[MONITOR] if comparison.existing else ""}
    return {one.property: one.actual for one in comparison.differences if one.property and one.actual != "absent"}


def _merged(name: str, previous: Mapping[str, str], value: str) -> str:
    """What was kept first is the oldest; privileges add up."""
    if name == GRANTED_HERE and name in previous:
        return "\n".join(dict.fromkeys([*previous[name].split("\n"), value]))
    return previous.get(name, value)


def adopting(comparison: Comparison, previous: Mapping[str, str]) -> Action:
    """Sets what differs on an object that is taken over, or was before. Its stamp, with the old values, comes first."""
    statement = comparison.statement
    sql, *then = _alterations(statement, comparison.differences, previous)
    if (fallback := statement.fallback) is not None:
        [instead, *_] = _alterations(fallback.statement, comparison.differences, previous)
        fallback = replace(fallback, statement=replace(fallback.statement, sql=instead))
    return Action(replace(statement, fallback=fallback), sql, "changed", "changed", tuple(then))


def _alterations(statement: DesiredState, differences: Iterable[Difference], previous: Mapping[str, str]) -> list[str]:
    changed = {one.property: statement.shows[one.property] for one in differences}
    return settings(*statement.seen_key, changed | {"comment": with_previous(statement.shows["comment"], previous)})


@dataclass(frozen=True)
class Return:
    """An adopted object that will be as it was before."""

    verb: ClassVar[str] = "give back"

    object: ExistingObject

    def __str__(self) -> str:
        values = [
            _change(name, self.object.properties.get(name, "unknown"), value)
            for name, value in self.object.previous.items()
            if name not in (GRANTED_HERE, MONITOR)
        ]
        return f"{self.object}: {'; '.join(values) or 'without its stamp'}"


def giving_back(object_: ExistingObject) -> Action:
    """Its old values, then its old comment: as long as that is missing, a cleanup does it again."""
    previous = dict(object_.previous)
    revokes = [f"REVOKE {line}" for line in previous.pop(GRANTED_HERE, "").split("\n") if line]
    comment = previous.pop("comment", without_stamp(object_.properties["comment"]))
    changes = settings(object_.kind, object_.name, previous | {"comment": comment})
    sql, *then = revokes + changes[::-1]
    return Action(DesiredState(object_.kind, object_.name, sql), sql, "given back", then=tuple(then))
