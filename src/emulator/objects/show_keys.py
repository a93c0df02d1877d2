"""SHOW PRIMARY, UNIQUE, IMPORTED and EXPORTED KEYS: one row a column of a key.

https://docs.snowflake.com/en/sql-reference/sql/show-primary-keys
"""

from collections.abc import Iterator
from typing import Any, Literal

from ..account import Object
from ..catalog.keys import keys_of
from ..language.reader import Reader
from ..language.result import Result, columns, table
from ..session import Session
from ..session.visible import require, seen
from .foreign_keys import Relation, relations
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


def show_foreign_keys(by: Literal["child", "parent"], session: Session, reader: Reader) -> Result:
    """`SHOW [TERSE] IMPORTED | EXPORTED KEYS [IN ..]`: one row a column of a foreign key.

    Imported keys are those of the tables in the scope, exported ones those that refer to them.
    """
    scope = _read_scope(session, reader)
    reader.finish()
    found = (
        one
        for one in relations(session)
        if scope.holds(one.child if by == "child" else one.parent) and len(seen(session, (one.child, one.parent))) == 2
    )
    return table(_FOREIGN, [row for one in found for row in _foreign_rows(one)])


def _foreign_rows(relation: Relation) -> Iterator[dict[str, Any]]:
    child, foreign, parent, key = relation.child, relation.foreign, relation.parent, relation.key
    for place, (column, referred) in enumerate(zip(foreign.columns, key.columns, strict=True), start=1):
        yield {
            "created_on": child.created_on,
            "pk_database_name": parent.database,
            "pk_schema_name": parent.schema,
            "pk_table_name": parent.name,
            "pk_column_name": referred,
            "fk_database_name": child.database,
            "fk_schema_name": child.schema,
            "fk_table_name": child.name,
            "fk_column_name": column,
            "key_sequence": place,
            "update_rule": "NO ACTION",
            "delete_rule": "NO ACTION",
            "fk_name": foreign.name,
            "pk_name": key.name,
            "deferrability": "NOT DEFERRABLE",
            "rely": str(foreign.rely).lower(),
            "comment": None,
        }


def show_keys(kind: str, session: Session, reader: Reader) -> Result:
    """`SHOW [TERSE] PRIMARY | UNIQUE KEYS [IN ACCOUNT | DATABASE [d] | SCHEMA [s] | [TABLE] t]`; TERSE says nothing."""
    scope = _read_scope(session, reader)
    reader.finish()
    tables = seen(session, filter(scope.holds, session.account.objects("TABLE")))
    return table(_COLUMNS, [row for one in tables for row in _rows(one, kind)])


def _read_scope(session: Session, reader: Reader) -> Scope:
    """A table's name is one with as many parts as are written, with TABLE before it or not."""
    places = ("ACCOUNT", "DATABASE", "SCHEMA")
    if not reader.sees("IN") or reader.word(1) in places:
        return read_scope(session, reader, "schema")
    reader.expect("IN")
    reader.accept("TABLE")
    path = session.qualify(reader.path(), "SHOW")
    return Scope(require(session, "TABLE", path).path)


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
