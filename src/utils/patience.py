"""How long the connector goes on with a request that fails, and that it stops asking when the connection is lost."""

import time
from collections.abc import Callable, Iterator

_PAUSES = (1, 1, 2, 4, 8, 16)


def no_trouble() -> str:
    """For a server that only its silence tells of."""
    return ""


class Patience:
    """The connector's backoff policy of one connection.

    A request that goes on failing for `seconds` is given up, and with it the connection: what is asked afterwards fails
    at once. The connector's network_timeout would not do: it also cancels a statement that runs for so long, on a
    thread of its own, which ends in a traceback if the network is gone.
    https://docs.snowflake.com/en/developer-guide/python-connector/python-connector-connect#managing-connection-timeouts
    """

    def __init__(self, seconds: float, *, trouble: Callable[[], str] = no_trouble) -> None:
        """`trouble` says what is wrong with the server, if that can be known: then the first failure is the last."""
        self._seconds = seconds
        self._trouble = trouble
        self._lost = ""

    def policy(self) -> Iterator[int]:
        """The pauses of one request, in seconds. Raises OperationalError 250003 instead of one pause too many."""
        end = time.monotonic() + self._seconds
        pauses = iter(_PAUSES)
        pause = next(pauses)
        given_up = bool(self._lost)  # the connector asks for a pause before it sends, when nothing has failed yet
        while not given_up and time.monotonic() < end:
            yield pause
            pause = next(pauses, pause)
            given_up = bool(self._lost or self._trouble())
        self._give_up()

    def _give_up(self) -> None:
        from snowflake.connector.errorcode import ER_FAILED_TO_REQUEST
        from snowflake.connector.errors import OperationalError

        self._lost = self._lost or self._trouble() or f"No answer for {self._seconds:g} s: the connection is lost."
        raise OperationalError(self._lost, errno=ER_FAILED_TO_REQUEST)
