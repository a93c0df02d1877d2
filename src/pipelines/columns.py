"""The columns of a table that is there: described, added, and given another type in place.

A column changes its type by another that is added, filled and renamed, so that the table stays the same object: grants,
streams and shares stay with it. https://docs.snowflake.com/en/sql-reference/sql/alter-table
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from src.utils.queries import QueryFailed, Row, rows
from src.utils.sql import identifier, literal

from .value_types import READ, typed, word

if TYPE_CHECKING:
    from snowflake.snowpark import Session

COMING = "_COMING_"  # begins the name of a column that is about to take another's place


@dataclass(frozen=True)
class SourceColumn:
    name: str
    type: str

    @property
    def is_text(self) -> bool:
        return self.type.startswith(("VARCHAR", "STRING", "TEXT", "CHAR"))

    def is_of(self, type_: str) -> bool:
        """Whether it has the type: NUMBERs by precision and scale, the others by their word."""
        mine, other = self.type.replace(" ", ""), type_.replace(" ", "")
        return mine == other if word(other) == "NUMBER" else word(mine) == word(other)


def shown(session: "Session", table: str) -> Row | None:
    """The table's row of SHOW TABLES; None if there is none of the name, which is as SQL writes it."""
    schema, _, name = table.rpartition(".")
    plain = name[1:-1].replace('""', '"') if name.startswith('"') else name
    listed = rows(session, f"SHOW TABLES LIKE {literal(plain)} IN SCHEMA {schema}")
    return next((row for row in listed if row["name"] == plain), None)


def source_columns(session: "Session", table: str) -> list[SourceColumn]:
    """The columns of a table, in their order."""
    return [SourceColumn(row["name"], row["type"]) for row in rows(session, f"DESCRIBE TABLE {table}")]


def coming_name(name: str) -> str:
    """One name for each column that no column of a file is likely to have, and that is short enough for any."""
    return COMING + hashlib.md5(name.encode(), usedforsecurity=False).hexdigest().upper()


def align(session: "Session", table: str, wanted: Sequence[SourceColumn]) -> list[str]:
    """Adds the columns that the table lacks and changes those of another type; says which it changed.

    What another run left half done is completed first.
    """
    present = {column.name: column for column in source_columns(session, table)}
    changed: list[str] = []
    for column in wanted:
        coming = coming_name(column.name)
        if coming in present and column.name in present:
            rows(session, f"ALTER TABLE {table} DROP COLUMN {identifier(coming)}")
        elif coming in present:
            rows(session, f"ALTER TABLE {table} RENAME COLUMN {identifier(coming)} TO {identifier(column.name)}")
            present[column.name] = SourceColumn(column.name, present[coming].type)
        if column.name not in present:
            rows(session, f"ALTER TABLE {table} ADD COLUMN {identifier(column.name)} {column.type}")
        elif not present[column.name].is_of(column.type):
            _change(session, table, present[column.name], column.type, coming)
            changed.append(column.name)
    return changed


def _change(session: "Session", table: str, column: SourceColumn, type_: str, coming: str) -> None:
    name, new = identifier(column.name), identifier(coming)
    rows(session, f"ALTER TABLE {table} ADD COLUMN {new} {type_}")
    try:
        rows(session, f"UPDATE {table} SET {new} = {_as(type_, column, name)}")
    except QueryFailed:
        rows(session, f"ALTER TABLE {table} DROP COLUMN {new}")
        raise
    rows(session, f"ALTER TABLE {table} DROP COLUMN {name}")
    rows(session, f"ALTER TABLE {table} RENAME COLUMN {new} TO {name}")


def _as(type_: str, column: SourceColumn, name: str) -> str:
    """The values in the other type, as far as they can be said; what curates writes them from RAW_DATA anyway."""
    if word(type_) == "VARIANT":
        return f"TO_VARIANT({name})"
    if word(column.type) == "VARIANT":
        return typed(type_, f"{name}::VARCHAR")
    if column.is_text:
        return typed(type_, name) if word(type_) in READ else "NULL"
    if word(type_) == "VARCHAR":
        return f"TO_VARCHAR({name})"
    numbers = word(column.type) in ("NUMBER", "FLOAT") and word(type_) in ("NUMBER", "FLOAT")
    moments = (word(column.type), word(type_)) == ("DATE", "TIMESTAMP_NTZ")
    return f"CAST({name} AS {type_})" if numbers or moments else "NULL"
