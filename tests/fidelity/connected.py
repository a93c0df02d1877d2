"""Facts put through the real connector: to a served emulator, or to an account."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from snowflake.connector import SnowflakeConnection
from snowflake.connector.constants import FIELD_ID_TO_NAME
from snowflake.connector.cursor import ResultMetadata
from snowflake.connector.errors import Error

from .facts import Answer, Fact

_NAMES = {"FIXED": "NUMBER", "REAL": "FLOAT", "TEXT": "VARCHAR"}
# What reaches beyond the schema of the facts, or names it: `make live` does not send it.
_BEYOND = re.compile(
    r"\b(database|warehouse|wh|role|user|account|share|integration|grant|revoke|monitor|facts|work)\b", re.IGNORECASE
)


def put(connection: SnowflakeConnection, fact: Fact, schema: str) -> Answer:
    """The answer to the fact's statement, or to what fails before it, in an empty schema if the fact needs one."""
    empty = ("ROLLBACK", f"CREATE OR REPLACE SCHEMA {schema}", f"USE SCHEMA {schema}") if fact.setup else ()
    answered = Answer()
    for sql in (*empty, *fact.setup, fact.statement):
        answered = ask(connection, sql)
        if answered.error is not None:
            break
    for name in fact.parameters:
        ask(connection, f"ALTER SESSION UNSET {name}")
    return answered


def ask(connection: SnowflakeConnection, sql: str) -> Answer:
    with connection.cursor() as cursor:
        try:
            cursor.execute(sql)
            rows: Sequence[Any] = cursor.fetchall()
        except (Error, OverflowError) as error:  # a year that Python has no word for
            return Answer(error=str(error), number=getattr(error, "errno", None))
        described = cursor.description or []
    nested = [FIELD_ID_TO_NAME[one.type_code] in ("VARIANT", "OBJECT", "ARRAY") for one in described]
    told = [
        tuple(_on_one_line(value) if one else value for value, one in zip(row, nested, strict=True)) for row in rows
    ]
    return Answer(told, [one.name for one in described], list(map(type_name, described)))


def _on_one_line(value: Any) -> Any:
    """A VARIANT as the facts write it: a client is sent its objects and arrays on lines of their own."""
    if not isinstance(value, str):
        return value
    lines = (re.sub(r'^("(?:[^"\\\\]|\\\\.)*"): ', r"\1:", line.lstrip(" ")) for line in value.split("\n"))
    return "".join(lines)


def type_name(column: ResultMetadata) -> str:
    """A column's type as SQL writes it."""
    kind = FIELD_ID_TO_NAME[column.type_code]
    name = _NAMES.get(kind, kind)
    if kind == "FIXED":
        return f"{name}({column.precision},{column.scale})"
    detail = column.internal_size if kind in ("TEXT", "BINARY") else column.scale if kind.startswith("TIME") else None
    return name if detail is None else f"{name}({detail})"


def within_a_schema(facts: Sequence[Fact]) -> Iterator[Fact]:
    """The facts that an account can be asked without touching anything but one schema."""
    return (fact for fact in facts if not any(map(_BEYOND.search, (*fact.setup, fact.statement))))
