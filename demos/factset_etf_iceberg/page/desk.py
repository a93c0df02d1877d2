"""The presenter's desk: a session that looks and one that acts, one act at a time, and what became of it."""

import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from src.config import DemoConfig
from src.demo_kit.command import Options, opened
from src.demo_kit.manifest import Manifest
from src.demo_kit.session import Demo
from src.utils.errors import DemoError
from src.utils.options import Where
from src.utils.secrets import redact

from . import details, moments
from .breaking import Verdict
from .details import Details
from .moments import Moment

Work = Callable[[Demo], Verdict | None]

SECONDS_ON_EMULATOR, SECONDS_ON_ACCOUNT = 1.0, 15.0
_LIT = 3.0  # for so many seconds what has moved is lit
_UNWATCHED = 4.0  # seconds after which a page is closed, or hidden


@dataclass
class Act:
    """What was done: what it said, the SQL that it sent, and how it ended."""

    title: str
    lines: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    error: str = ""
    verdict: Verdict | None = None
    begun: float = field(default_factory=time.monotonic)
    seconds: float | None = None

    @property
    def under_way(self) -> bool:
        return self.seconds is None


class Desk:
    """Keeps the sessions open until it is closed. Looks and acts on threads of its own: nobody who renders waits.

    It looks every so many seconds, and only while somebody looks at it.
    """

    def __init__(self, manifest: Manifest, config: DemoConfig, where: Where) -> None:
        self._stack = ExitStack()
        config = where.of(config)
        options = Options(where.connection_name, where.role, where.prefix)
        try:
            self.demo, self._asking, self._acting = (
                self._stack.enter_context(opened(options, where.target(), manifest, config)) for _ in range(3)
            )
        except BaseException:
            self._stack.close()
            raise
        self.acts: list[Act] = []
        self.every = SECONDS_ON_EMULATOR if self.demo.emulated else SECONDS_ON_ACCOUNT
        self._lock = threading.Lock()
        self._seen: deque[tuple[float, Moment]] = deque([(0.0, Moment())])
        self._details, self._key = Details(), (Moment(), 0)
        self._asked = 0.0
        self._closed = threading.Event()
        self._threads = [threading.Thread(target=one, daemon=True) for one in (self._look, self._ask)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._closed.set()
        for thread in self._threads:
            thread.join()
        self._stack.close()

    @property
    def act(self) -> Act | None:
        """The last one."""
        return self.acts[-1] if self.acts else None

    @property
    def busy(self) -> bool:
        return self.act is not None and self.act.under_way

    @property
    def moment(self) -> Moment:
        """How the demo stood at the last look."""
        self._asked = time.monotonic()
        return self._seen[-1][1]

    @property
    def before(self) -> Moment:
        """How it stood a little before: what has moved since then is lit."""
        return self._seen[0][1]

    @property
    def details(self) -> Details:
        return self._details

    def _is_watched(self) -> bool:
        return time.monotonic() - self._asked < _UNWATCHED

    def _look(self) -> None:
        while not self._closed.wait(0.1):
            if self._is_watched() and time.monotonic() - self._seen[-1][0] > self.every:
                moment = moments.look(self.demo)
                self.demo.sender.answers.clear()
                self._seen.append((time.monotonic(), moment))
            while len(self._seen) > 2 and self._seen[1][0] < time.monotonic() - _LIT:
                self._seen.popleft()

    def _ask(self) -> None:
        """Asks for what is behind a moment, when something has moved, or an act has ended."""
        while not self._closed.wait(0.1):
            key = (self._seen[-1][1], sum(not act.under_way for act in self.acts))
            if key != self._key:
                self._details = details.look(self._asking, key[0], self._details)
                self._asking.sender.answers.clear()
                self._key = key

    def begin(self, title: str, work: Work) -> Act:
        """Begins the work. Raises DemoError while another is under way."""
        with self._lock:
            if self.busy:
                raise DemoError(f'"{self.acts[-1].title}" is under way. Wait for its end.')
            act = Act(title)
            self.acts.append(act)
        threading.Thread(target=self._perform, args=(act, work), name=title, daemon=True).start()
        return act

    def _perform(self, act: Act, work: Work) -> None:
        sender = self._acting.sender
        sender.answers.clear()
        try:
            act.verdict = work(replace(self._acting, say=act.lines.append, outcomes=[]))
        except DemoError as error:
            act.error = str(error)
        except Exception as error:  # the page goes on, and says it
            act.error = redact(f"{type(error).__name__}: {error}")
            act.lines.append(redact(traceback.format_exc()))
        act.statements = [answer.sql for answer in sender.answers]
        act.seconds = time.monotonic() - act.begun
