"""Runs one statement in a Snowpark session: rows come back, or an error that says what failed and what to do next."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .errors import DemoError
from .logging_utils import LOGGER
from .snowpark_session import client_errors, error_number, explain, role_name
from .sql import Row as Row

if TYPE_CHECKING:
    from snowflake.snowpark import Session


class QueryFailed(DemoError):
    """Snowflake refused a statement; `errno` is its number."""

    def __init__(self, message: str, errno: int | None) -> None:
        super().__init__(message)
        self.errno = errno


def execute(session: "Session", sql: str) -> tuple[list[Row], str | None]:
    """The rows that a statement answers with, and its query id. Raises the connector's errors. Safe from many threads.

    A cursor of its own is what makes it so: Snowpark names the columns of all threads' rows in one place, where they
    can be mixed up.
    """
    from snowflake.connector import DictCursor

    with session.connection.cursor(DictCursor) as cursor:
        cursor.execute(sql)
        return [dict(row) for row in cursor.fetchall()], cursor.sfqid


def rows(session: "Session", sql: str) -> list[Row]:
    """The rows that a statement answers with, and its query id and duration in the log. Raises QueryFailed."""
    begin = time.monotonic()
    with explained(session, sql):
        found, query_id = execute(session, sql)
    seconds = round(time.monotonic() - begin, 6)
    LOGGER.debug("%s", first_line(sql), extra={"query_id": query_id, "duration_seconds": seconds})
    return found


def first_line(sql: str) -> str:
    """What a person knows a statement by."""
    return sql.strip().partition("\n")[0]


def role_of(session: "Session") -> str:
    """What the session works as now, by the name that is stored."""
    return role_name(session.connection.role)


@contextmanager
def explained(session: "Session | None" = None, sql: str = "") -> Iterator[None]:
    """Turns an error of the connector or of Snowpark into QueryFailed, which names the privilege that SQL lacks."""
    try:
        yield
    except client_errors() as error:
        role = role_of(session) if session is not None else ""
        raise QueryFailed(explain(error, sql, role), error_number(error)) from error
