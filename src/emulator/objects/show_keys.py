"""SHOW PRIMARY KEYS and SHOW UNIQUE KEYS: one row a column of a key; SHOW IMPORTED and EXPORTED KEYS: no rows.

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
# As https://github.com/snowflakedb/snowflake-sqlalchemy and snowflake-jdbc read them.
_FOREIGN = columns(
    "created_on:time pk_database_name pk_schema_name pk_table_name pk_column_name fk_database_name fk_schema_name"
    " fk_table_name fk_column_name key_sequence:number update_rule delete_rule fk_name pk_name deferrability rely"
    " comment"
)


def show_foreign_keys(session: Session, reader: Reader) -> Result:
    """`SHOW [TERSE] IMPORTED | EXPORTED KEYS [IN ..]`: none, since no table here may have a foreign key."""
    _read_scope(session, reader)
    reader.finish()
    return table(_FOREIGN, [])


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
