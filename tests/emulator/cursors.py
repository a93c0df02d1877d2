"""What a cursor has, as the class that it is: the annotations of the product know less of it."""

from typing import Any

from src.emulator.pipeline.cursor import Cursor
from src.emulator.session.session import Session


def cursor_of(session: Session) -> Cursor:
    """The engine's cursor: the rooms below it know less."""
    cursor = session.cursor()
    assert isinstance(cursor, Cursor)
    return cursor


def arrow(session: Session, sql: str, parameters: Any = None) -> Any:
    """What DuckDB has answered, as a table of Arrow's."""
    return cursor_of(session).execute(sql, parameters).rows


def fetched(session: Session, sql: str) -> list[Any]:
    """The rows that the engine has answered with."""
    return list(cursor_of(session).execute(sql).fetchall())
