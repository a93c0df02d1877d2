"""SHOW PRIMARY KEYS and SHOW UNIQUE KEYS: one row a column of a key.

https://docs.snowflake.com/en/sql-reference/sql/show-primary-keys
"""

from collections.abc import Iterator
from typing import Any

from ..account import Object
from ..catalog.keys import keys_of
from ..language.reader import Reader
from ..language.result import Result, columns, table
from ..session import Session
from .objects import Scope, read_scope

_COLUMNS = columns(
    "created_on:time database_name schema_name table_name column_name key_sequence:number constraint_name rely comment"
)


def show_keys(kind: str, session: Session, reader: Reader) -> Result:
    """`SHOW [TERSE] PRIMARY | UNIQUE KEYS [IN ACCOUNT | DATABASE [d] | SCHEMA [s] | [TABLE] t]`; TERSE says nothing."""
    scope = _read_scope(session, reader)
    reader.finish()
    tables = [one for one in session.account.objects("TABLE") if scope.holds(one)]
    return table(_COLUMNS, [row for one in tables for row in _rows(one, kind)])


def _read_scope(session: Session, reader: Reader) -> Scope:
    """A table's name is one with as many parts as are written, with TABLE before it or not."""
    places = ("ACCOUNT", "DATABASE", "SCHEMA")
    if not reader.sees("IN") or reader.word(1) in places:
        return read_scope(session, reader, "schema")
    reader.expect("IN")
    reader.accept("TABLE")
    path = session.qualify(reader.path(), "SHOW")
    return Scope(session.account.require("TABLE", path).path)


def _rows(table_: Object, kind: str) -> Iterator[dict[str, Any]]:
    for key in keys_of(table_, kind):
        for place, column in enumerate(key.columns, start=1):
            yield {
                "created_on": table_.created_on,
                "database_name": table_.database,
                "schema_name": table_.schema,
                "table_name": table_.name,
                "column_name": column,
                "key_sequence": place,
                "constraint_name": key.name,
                "rely": str(key.rely).lower(),
                "comment": None,
            }
