"""Sends statements to Snowflake: at once where they may, again where the failure passes, counting what it sends."""

import math
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from src.utils.holdings import Ask
from src.utils.queries import Row, execute, role_of
from src.utils.snowpark_session import client_errors, error_number, explain

if TYPE_CHECKING:
    from snowflake.snowpark import Session

Item = TypeVar("Item")
Made = TypeVar("Made")

# As many as setup looks for with config.py as it stands, and some more: the look is one round trip.
THREADS = 20
ATTEMPTS = 3
LONGEST_ATTEMPT_SECONDS = 60.0

# The connector's own numbers for a network that failed, 290000 + an HTTP status, and the server's for contention.
# https://docs.snowflake.com/en/developer-guide/python-connector/python-connector-api#exceptions
TRANSIENT = frozenset(
    {
        250001,  # could not connect
        250003,  # the request failed
        250005,  # the server did not answer
        251011,  # timed out
        251012,  # the connector says to retry
        290429,
        290502,
        290503,
        290504,
        625,  # too many statements wait for a lock
        2002,  # another run created the object at the same moment
    }
)
# "... does not exist or not authorized": absent, as far as this role can tell.
DOES_NOT_EXIST = frozenset({2003, 2043})
# 3011 "Grant partially executed" and 3102 "Grant not executed": this role may not grant what it was asked to.
INSUFFICIENT_PRIVILEGES = frozenset({3001, 3011, 3102})
UNSUPPORTED = frozenset({2})
# "invalid property ...; feature ... not enabled": what the account's edition does not have.
NOT_ENABLED = frozenset({1420, 1423})


@dataclass(frozen=True)
class Answer:
    """What came back for a statement: rows, or an error with its number and its explanation."""

    sql: str
    rows: list[Row]
    seconds: float
    attempts: int = 1
    error: BaseException | None = None
    errno: int | None = None
    message: str = ""


class _Chain(threading.local):
    """How many statements this thread has sent for one item, one after another."""

    length = 0


@dataclass
class Sender:
    """One Snowpark session, shared by threads. Use it as a context; it closes its threads, not the session.

    `depth` is how many statements went one after another in the waves, where each takes as long as any other.
    https://docs.snowflake.com/en/developer-guide/snowpark/reference/python/latest/snowpark/api/snowflake.snowpark.Session
    """

    execute: Callable[[str], list[Row]]
    pause: Callable[[float], None] = time.sleep
    role: Callable[[], str] = str
    answers: list[Answer] = field(default_factory=list)
    waves: int = 0
    depth: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._chain = _Chain()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="statement")

    @classmethod
    def of(cls, session: "Session") -> Self:
        """A sender that runs its statements in the session."""
        return cls(lambda sql: execute(session, sql)[0], role=lambda: role_of(session))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._threads.shutdown(cancel_futures=True)

    def wave(self, items: Sequence[Item], work: Callable[[Item], Made], done: Callable[[Made], object]) -> list[Made]:
        """Does the work of every item at once and returns it in their order; `done` hears of each as it ends.

        On Ctrl-C nothing more is begun, what is under way ends and is heard of, and KeyboardInterrupt goes on.
        """
        self.waves += 1
        chains: list[int] = []

        def chained(item: Item) -> Made:
            self._chain.length = 0
            made = work(item)
            chains.append(self._chain.length)
            return made

        futures = [self._threads.submit(chained, item) for item in items]
        unheard = set(futures)
        try:
            _hear(unheard, done)
        except KeyboardInterrupt:
            _hear({future for future in unheard if not future.cancel()}, done)
            raise
        finally:
            self.depth += max(math.ceil(sum(chains) / THREADS), max(chains, default=0))
        return [future.result() for future in futures]

    def send(self, sql: str) -> Answer:
        """Runs one statement, up to three times if the failure passes. An error is an answer, not an exception."""
        begin = time.monotonic()
        for attempt in range(1, ATTEMPTS + 1):
            answer = self._attempt(sql, begin, attempt)
            late = answer.seconds > LONGEST_ATTEMPT_SECONDS
            if answer.errno not in TRANSIENT or late or attempt == ATTEMPTS:
                break
            self.pause(0.2 * 4 ** (attempt - 1))
        with self._lock:
            self.answers.append(answer)
            self._chain.length += answer.attempts
        return answer

    @property
    def sent(self) -> int:
        """How many statements went out, each as often as it was tried."""
        return sum(answer.attempts for answer in self.answers)

    def _attempt(self, sql: str, begin: float, attempt: int) -> Answer:
        try:
            rows = self.execute(sql)
        except client_errors() as error:
            message = explain(error, sql, self.role())
            return Answer(sql, [], time.monotonic() - begin, attempt, error, error_number(error), message)
        return Answer(sql, rows, time.monotonic() - begin, attempt)


def asking(sender: Sender) -> Ask:
    """Sends statements in a wave, and gives the rows of each; None of one that is refused."""

    def ask(statements: Sequence[str]) -> list[list[Row] | None]:
        answers = sender.wave(statements, sender.send, str)
        return [None if answer.error else answer.rows for answer in answers]

    return ask


def _hear(unheard: set[Future[Made]], done: Callable[[Made], object]) -> None:
    """Empties the set as the futures end."""
    while unheard:
        # With a time limit, so that Ctrl-C is noticed on every system.
        ended = wait(unheard, timeout=0.5, return_when=FIRST_COMPLETED).done
        for future in ended:
            unheard.discard(future)
            done(future.result())
