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
from src.demo_kit.watching import LOOKS_BETWEEN
from src.utils.errors import DemoError
from src.utils.options import Where
from src.utils.secrets import redact
from src.utils.working import silent

from . import details, moments
from .details import Details
from .moments import Moment
from .verdict import Verdict

Work = Callable[[Demo], Verdict | None]

SECONDS_ON_EMULATOR, SECONDS_ON_ACCOUNT = 1.0, 15.0
_AGED = 2.0  # seconds after which what is behind a moment is shown as being of an earlier one
_LIT = 3.0  # for so many seconds what has moved is lit
_UNWATCHED = 4.0  # for so many seconds it is looked at without being told that somebody sees it


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
                replace(self._stack.enter_context(opened(options, where.target(), manifest, config)), doing=silent)
                for _ in range(3)
            )
        except BaseException:
            self._stack.close()
            raise
        self.acts: list[Act] = []
        self.every = SECONDS_ON_EMULATOR if self.demo.emulated else SECONDS_ON_ACCOUNT
        self._lock = threading.Lock()
        self._seen: deque[tuple[float, Moment]] = deque([(0.0, Moment())])
        self._whole = (0.0, 0)
        self._looking: float | None = None
        self._waiting: dict[int, float] = {}
        self._details, self._key = Details(), (Moment(), 0)
        self._aging: float | None = None
        self.watched = 0.0
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
    def told(self) -> Act | None:
        """The last one, unless what it has told is over: the demo has been removed since, beside the page."""
        act = self.act
        is_gone = self.is_current and self.moment.status is None and not self.moment.problem
        return None if act and is_gone and not act.under_way and not act.error else act

    @property
    def busy(self) -> bool:
        return self.act is not None and self.act.under_way

    @property
    def moment(self) -> Moment:
        """How the demo stood at the last look."""
        return self._seen[-1][1]

    @property
    def before(self) -> Moment:
        """How it stood a little before: what has moved since then is lit."""
        return self._seen[0][1]

    @property
    def waits(self) -> dict[int, float]:
        """For how many seconds each pipeline has had something pending, as the looks have seen it."""
        return {number: time.monotonic() - since for number, since in self._waiting.items()}

    @property
    def details(self) -> Details:
        return self._details

    @property
    def is_current(self) -> bool:
        """Whether the moment is one after the end of the last act."""
        return self._whole[1] == self._ended

    @property
    def is_aged(self) -> bool:
        """Whether the details have been those of an earlier moment for some time."""
        return self._aging is not None and time.monotonic() - self._aging > _AGED

    @property
    def unanswered(self) -> float:
        """For how many seconds the look that is under way has had no answer."""
        begun = self._looking
        return 0.0 if begun is None else time.monotonic() - begun

    def watch(self) -> None:
        """Somebody sees it now."""
        self._asked = time.monotonic()

    def _is_watched(self) -> bool:
        return time.monotonic() - self._asked < _UNWATCHED

    @property
    def _ended(self) -> int:
        return sum(not act.under_way for act in self.acts)

    def _look(self) -> None:
        while not self._closed.wait(0.1):
            if self._is_watched() and time.monotonic() - self._seen[-1][0] > self.every:
                self._look_once()
                self.watched += self.every
            while len(self._seen) > 2 and self._seen[1][0] < time.monotonic() - _LIT:
                self._seen.popleft()

    def _look_once(self) -> None:
        """Looks, and at what the pipelines have made too if it is long ago, or an act has ended."""
        begun, ended = time.monotonic(), self._ended
        is_whole = ended != self._whole[1] or begun - self._whole[0] > self.every * LOOKS_BETWEEN
        last = self._seen[-1][1]
        self._looking = begun
        moment = moments.look(self.demo, None if is_whole else last)
        self._looking = None
        if moment.status is None and moment.problem:  # what was seen last is truer than nothing
            moment = replace(last, problem=moment.problem)
        self._whole = (begun, ended) if is_whole else self._whole
        self.demo.sender.answers.clear()
        self._seen.append((time.monotonic(), moment))
        pending = [one.number for one in moment.status.pipelines if one.pending] if moment.status else []
        self._waiting = {number: self._waiting.get(number, begun) for number in pending}

    def _ask(self) -> None:
        """Asks for what is behind a moment, when something has moved, or an act has ended; not while one works."""
        while not self._closed.wait(0.1):
            key = (self._seen[-1][1], self._ended)
            if key == self._key:
                self._aging = None
                continue
            self._aging = self._aging or time.monotonic()
            if not self.busy:
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
