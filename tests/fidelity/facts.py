"""Facts: what a Snowflake account answers to small statements, as rows of the TOML files beside this module.

A file has `area`, the `source` and `setup` of its rows that name none, and a table `[[fact]]` for each row:

    statement = "select 1/3"         setup = ["create or replace table t(a int)", ...] runs before it
    rows = [[0.333333]]              what it answers; "NULL" is NULL, and `unordered = true` if the order is not told
    columns = ["1/3"]                the columns' names
    types = ["NUMBER(7,6)"]          their types, as cursor.description tells them
    error = "invalid identifier"     a telling part of the error that it answers instead ("" if its words are not
                                     known); `number = 904`
    source = "https://docs..."       the page that says so, or "recorded: project/suite"
    ours = "agree"                   what the emulator does: agree (also when left out) or refused, by name (000002)
    why = "..."                      why it deviates; a deviation that has gone is to be taken out, and fails too
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Fact:
    area: str
    statement: str
    source: str
    setup: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] | None = None
    unordered: bool = False
    columns: tuple[str, ...] | None = None
    types: tuple[str, ...] | None = None
    error: str | None = None
    number: int | None = None
    ours: str = "agree"
    why: str = ""

    def __str__(self) -> str:
        return f"{self.area}: {self.statement}"

    @property
    def parameters(self) -> list[str]:
        """The parameters that it sets, which the session is to forget after it."""
        sets = (one for one in (*self.setup, self.statement) if one.lower().startswith("alter session set"))
        return [name for one in sets for name in re.findall(r"(\w+)\s*=", one)]


@dataclass(frozen=True)
class Answer:
    """What was answered: values as a client has them, or an error."""

    rows: Sequence[Sequence[Any]] = ()
    columns: Sequence[str] = ()
    types: Sequence[str] = ()
    error: str | None = None
    number: int | None = None


def facts() -> Iterator[Fact]:
    """All rows of all files. Raises ValueError for one that says nothing, or without a source."""
    for file in sorted(FOLDER.glob("*.toml")):
        content = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
        for row in content.pop("fact"):
            yield _fact(file.name, {**content, **row})


def _fact(file: str, row: dict[str, Any]) -> Fact:
    fact = Fact(**{name: _frozen(value) for name, value in row.items()})
    told = (fact.rows, fact.columns, fact.types, fact.error, fact.number)
    if all(part is None for part in told) or not fact.source:
        raise ValueError(f"{file}: {fact.statement!r} needs an answer and a source.")
    if fact.ours not in ("agree", "refused", "deviates") or (fact.ours == "deviates") != bool(fact.why):
        raise ValueError(f'{file}: {fact.statement!r}: ours is agree, refused, or deviates with a "why".')
    return fact


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def differences(fact: Fact, answer: Answer) -> list[str]:
    """What of the answer is not as the fact says; nothing, if they agree."""
    if answer.error is not None and fact.error is None and fact.number is None:
        return [f"error {answer.error}"]
    pairs: list[tuple[str, Any, Any]] = []
    if fact.number is not None:
        pairs.append(("number", answer.number, fact.number))
    if fact.error is not None and (answer.error is None or fact.error.lower() not in answer.error.lower()):
        pairs.append(("error", answer.error, fact.error))
    if fact.rows is not None:
        pairs.append(("rows", _table(answer.rows, fact.unordered), _table(fact.rows, fact.unordered)))
    for name in ("columns", "types"):
        if (told := getattr(fact, name)) is not None:
            pairs.append((name, list(getattr(answer, name)), list(told)))
    return [f"{name} {ours!r} instead of {theirs!r}" for name, ours, theirs in pairs if ours != theirs]


REFUSED = 2


def faults(fact: Fact, answer: Answer) -> list[str]:
    """What of the emulator's answer is not as the fact says that it is: it agrees, is refused by name, or deviates."""
    found = differences(fact, answer)
    if fact.ours == "refused":
        return [] if answer.number == REFUSED else [f"{answer} instead of a refusal"]
    if fact.ours == "deviates":
        return [] if found else [f"it agrees: take out {fact.why!r}"]
    return found


def _table(rows: Sequence[Sequence[Any]], unordered: bool) -> list[list[str]]:
    written = [[plain(value) for value in row] for row in rows]
    return sorted(written) if unordered else written


def plain(value: Any) -> str:
    """A value as text, so that 2, 2.0 and Decimal("2.00") are one: what sets them apart is their type."""
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).upper()
        case int() | float() | Decimal():
            return _number(Decimal(repr(value)) if isinstance(value, float) else Decimal(value))
        case datetime():
            written = value.isoformat(" ").removesuffix("+00:00") + ("" if value.tzinfo is None else "Z")
            return written.replace(".000000", "").removesuffix(" 00:00:00")
        case date() | time():
            return value.isoformat()
        case bytes() | bytearray():
            return value.hex().upper()
        case _:
            return str(value)


def _number(value: Decimal) -> str:
    return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
