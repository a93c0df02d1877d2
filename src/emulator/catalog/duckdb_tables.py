"""What DuckDB's own catalogue says of a table: https://duckdb.org/docs/stable/sql/meta/duckdb_table_functions"""

from typing import Any

from ..language.reader import Path
from ..session import Session

_AT = "WHERE database_name = ? AND schema_name = ? AND table_name = ?"


def is_there(session: Session, place: Path) -> bool:
    """Whether DuckDB has a table in that place, one of the emulator's own included."""
    return bool(session.duck.execute(f"SELECT 1 FROM duckdb_tables() {_AT}", list(place)).fetchall())


def columns(session: Session, place: Path, *facts: str) -> list[tuple[Any, ...]]:
    """The facts about each column, the hidden one included, by DuckDB's names for them and in the columns' order."""
    sql = f"SELECT {', '.join(facts)} FROM duckdb_columns() {_AT} ORDER BY column_index"
    return session.duck.execute(sql, list(place)).fetchall()
