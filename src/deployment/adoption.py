"""Taking over an object of another's, its old values kept in its stamp; and giving it back as it was.

Only what differs is set; everything else about the object stays as it is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Protocol

from src.config import keeping, read_stamp, without_stamp
from src.infrastructure.kind import EXPIRES, stored_name
from src.infrastructure.kinds import BY_NAME, KINDS
from src.infrastructure.states import Comparison, DesiredState, Difference, ExistingObject, Snapshot
from src.utils.sql import Key

from .runner import Action
from .sending import Sender

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
        holds = BY_NAME[object_.kind].holds
        tables = [f"{self.tables:,} tables", f"{self.rows:,} rows"] if holds == "tables" else []
        files = [f"{self.files:,} files"] if self.files or holds == "files" else []
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
    holds = BY_NAME[object_.kind].holds
    if holds == "files":
        return Contents(files=_files(sender, object_.name))
    if not holds:
        return Contents()
    tables = sender.send(f"SHOW TABLES IN {object_}").rows
    stages = sender.send(f"SHOW STAGES IN {object_}").rows
    files = sum(_files(sender, stored_name(row)) for row in stages if str(row["type"]).startswith("INTERNAL"))
    return Contents(len(tables), sum(int(row["rows"] or 0) for row in tables), files)


def _files(sender: Sender, stage: str) -> int:
    return len(sender.send(f"LIST @{stage}").rows)


def adoptions(sender: Sender, comparisons: Iterable[Comparison]) -> list[Adoption]:
    """What is to be taken over, with what it holds."""
    every = list(comparisons)
    foreign = [(one.existing, _changes(one, every)) for one in every if one.state == "foreign" and one.existing]
    return sender.wave(foreign, lambda one: Adoption(*one, contents(sender, one[0])), str) if foreign else []


def _changes(comparison: Comparison, every: Sequence[Comparison]) -> tuple[Difference, ...]:
    """What differs on an object, also by the statements of their own that some of its properties have."""
    kind, name = comparison.statement.key
    apart = [one for one in every if BY_NAME[one.statement.kind].property_of == kind and one.statement.name == name]
    return comparison.differences + tuple(change for one in apart for change in one.differences if change.property)


def refusals(comparisons: Iterable[Comparison]) -> Iterator[str]:
    """What cannot be taken over, since it has no comment, or a property that could not be set back."""
    for one in comparisons:
        if one.state == "foreign" and "comment" not in one.statement.shows:
            yield (
                f"{one.statement} is in use by others and has no comment to keep its old values in, so that it cannot "
                "be adopted. Nothing was changed. Give it another name in config.py."
            )


def previous_values(comparisons: Iterable[Comparison], snapshot: Snapshot) -> PreviousValues:
    """The values that change on what is adopted, to be written into its stamp beside those that it keeps already.

    What was kept first is the oldest; privileges add up.
    """
    values: dict[Key, dict[str, str]] = {}
    for one in comparisons:
        kind = BY_NAME[one.statement.kind]
        keepers = kind.keepers(one.statement)
        if not one.differences or not all(map(snapshot.stays, keepers)):
            continue
        keeper = snapshot.objects[keepers[-1]]
        if "comment" not in keeper.properties:
            continue
        before = values.setdefault(keeper.key, dict(keeper.previous))
        for name, value in kind.previous_values(one).items():
            if kind.adds_up and name in before:
                before[name] = "\n".join(dict.fromkeys([*before[name].split("\n"), value]))
            else:
                before.setdefault(name, value)
    return values


def adoption_of(comparison: Comparison, previous: Mapping[str, str], until: datetime | None) -> Action:
    """Sets what differs on an object that is taken over, or was before. Its stamp, with the old values, comes first.

    At the account's level the stamp says when the deployment expires.
    """
    statement = comparison.statement
    until = until if BY_NAME[statement.kind].is_account_level else None
    sql, *then = _alterations(statement, comparison.differences, previous, until)
    if (fallback := statement.fallback) is not None:
        [instead, *_] = _alterations(fallback.statement, comparison.differences, previous, until)
        fallback = replace(fallback, statement=replace(fallback.statement, sql=instead))
    return Action(replace(statement, fallback=fallback), sql, "changed", "changed", tuple(then), comparison.differences)


def _alterations(
    statement: DesiredState,
    differences: Iterable[Difference],
    previous: Mapping[str, str],
    until: datetime | None,
) -> list[str]:
    changed = {one.property: statement.shows[one.property] for one in differences if one.property != EXPIRES}
    changed["comment"] = keeping(statement.shows["comment"], previous, until)
    return BY_NAME[statement.kind].settings(statement.name, changed)


@dataclass(frozen=True)
class Return:
    """An adopted object that will be as it was before."""

    verb: ClassVar[str] = "give back"

    object: ExistingObject

    def __str__(self) -> str:
        untold = {kind.keeps for kind in KINDS}
        values = [
            _change(name, self.object.properties.get(name, "unknown"), value)
            for name, value in self.object.previous.items()
            if name not in untold
        ]
        return f"{self.object}: {'; '.join(values) or 'without its stamp'}"


def is_legible(object_: ExistingObject) -> bool:
    """Whether its stamp is as we write it, so that the old values in it are known."""
    try:
        BY_NAME[object_.kind].settings(object_.name, object_.previous)
    except (KeyError, ValueError):
        return False
    return "comment" in object_.previous


def return_of(object_: ExistingObject) -> Action:
    """Its old values, then its old comment: as long as that is missing, a cleanup does it again.

    Where its stamp has been edited, it stays as it is, without the stamp.
    """
    before = {"comment": object_.properties["comment"]} | (dict(object_.previous) if is_legible(object_) else {})
    stamp = read_stamp(before["comment"])
    if stamp and object_.stamp and stamp.deployment == object_.stamp.deployment:
        before["comment"] = without_stamp(before["comment"])  # by it, the next cleanup would drop the object
    sql, *then = reversed(BY_NAME[object_.kind].settings(object_.name, before))
    return Action(DesiredState(object_.kind, object_.name, sql), sql, "given back", then=tuple(then))
