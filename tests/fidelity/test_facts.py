"""Each fact is put to the emulator, in process: it agrees, is refused by name, or deviates as the fact says."""

from collections.abc import Iterator
from typing import Any

import pytest
from snowflake.connector.errors import Error

from src.emulator.engine import Engine
from src.emulator.pipeline.cursor import Cursor
from src.emulator.protocol.rows import rowtype
from src.emulator.session import Session
from tests.emulator.cursors import cursor_of

from .facts import Answer, Fact, facts, faults

FACTS = list(facts())


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    engine = Engine(tmp_path_factory.mktemp("facts") / "state")
    opened = engine.open_session()
    for statement in ("CREATE DATABASE FACTS", "CREATE WAREHOUSE WH", "USE WAREHOUSE WH"):
        opened.cursor().execute(statement)
    yield opened
    opened.close()
    engine.close()


# An empty schema for what a fact sets up; one without a setup needs none of its own.
EMPTY = ("ROLLBACK", "CREATE OR REPLACE SCHEMA FACTS.WORK", "USE SCHEMA FACTS.WORK")


def answer(session: Session, statement: str) -> Answer:
    cursor = cursor_of(session)
    try:
        cursor.execute(statement)
        described = rowtype(cursor.columns)
        values = rows(cursor)
    except Error as error:
        return Answer(error=str(error), number=error.errno)
    except OverflowError as error:  # a year that Python has no word for
        return Answer(error=str(error))
    return Answer(values, [column["name"] for column in described], [type_name(column) for column in described])


def rows(cursor: Cursor) -> list[tuple[Any, ...]]:
    fetched: Any = cursor.rows
    return list(zip(*(column.to_pylist() for column in fetched.columns), strict=True)) if fetched else []


_LENGTH, _SCALE, _BOTH = ("text", "binary"), ("time", "timestamp_ntz", "timestamp_ltz", "timestamp_tz"), ("fixed",)
_NAMES = {"fixed": "NUMBER", "real": "FLOAT", "text": "VARCHAR"}


def type_name(column: Any) -> str:
    """A column's type as SQL writes it, from what the protocol tells of it."""
    kind = column["type"]
    name = _NAMES.get(kind, kind.upper())
    if kind in _BOTH:
        return f"{name}({column['precision']},{column['scale']})"
    detail = column["length"] if kind in _LENGTH else column["scale"] if kind in _SCALE else None
    return name if detail is None else f"{name}({detail})"


@pytest.mark.parametrize("fact", FACTS, ids=str)
def test_the_emulator_answers_as_the_fact_says_it_does(session: Session, fact: Fact) -> None:
    for statement in (*(EMPTY if fact.setup else ()), *fact.setup, fact.statement):
        answered = answer(session, statement)
        if answered.error:
            break
    for name in fact.parameters:
        session.cursor().execute(f"ALTER SESSION UNSET {name}")

    assert faults(fact, answered) == []
