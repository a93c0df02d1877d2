"""Looks at what the role of a session may do while the session's first statement is under way."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from .errors import DemoError
from .holdings import first_look, is_worth_a_look, lacking
from .needs import Command, Need, refusal
from .queries import execute, role_of
from .snowpark_session import client_errors
from .sql import Row

if TYPE_CHECKING:
    from snowflake.snowpark import Session


class Preflight:
    """The look at a session's role, which has been sent; nothing waits for it but `require`."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._role = role_of(session)
        threads = ThreadPoolExecutor(1, thread_name_prefix="preflight")
        self._told = threads.submit(self._rows, first_look(self._role)) if is_worth_a_look(self._role) else None
        threads.shutdown(wait=False)

    def require(self, command: Command, needs: Iterable[Need]) -> None:
        """Raises DemoError for all that the role lacks, with the statements for an administrator."""
        told = self._told.result() if self._told else None
        if why := refusal(command, self._role, lacking(self._role, needs, told, self._ask)):
            raise DemoError(why)

    def _ask(self, statements: Sequence[str]) -> list[list[Row] | None]:
        return [self._rows(sql) for sql in statements]

    def _rows(self, sql: str) -> list[Row] | None:
        try:
            return execute(self._session, sql)[0]
        except client_errors():
            return None
