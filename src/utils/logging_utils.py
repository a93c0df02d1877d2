"""What a pipeline says while it runs: structured lines, durations, the errors collected; never a secret."""

import contextvars
import functools
import json
import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Literal, ParamSpec, TextIO, TypeVar

from .arguments import checked
from .secrets import redact

Format = Literal["text", "json"]
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

LOGGER = logging.getLogger("data_eng_demo")
LOGGER.addHandler(logging.NullHandler())
FIELDS = ("run_id", "step", "object", "query_id", "duration_seconds")

_context: contextvars.ContextVar[Mapping[str, object]] = contextvars.ContextVar(
    "log_context", default=MappingProxyType({})
)
_hearing: contextvars.ContextVar[Callable[[str], object]] = contextvars.ContextVar(
    "heard_by", default=lambda name: None
)


@checked
def set_up_logging(format_: Format, stream: TextIO, *, level: int = logging.INFO) -> str:
    """Sends the product's log to the stream, as JSON lines or for a person to read, and returns the run's new id."""
    handler: logging.Handler
    if format_ == "json":
        handler = logging.StreamHandler(stream)
        handler.setFormatter(_JsonLines())
    else:
        from rich.console import Console
        from rich.logging import RichHandler

        handler = RichHandler(console=Console(file=stream), show_path=False, markup=False, highlighter=None)
        handler.setFormatter(_Readable())
    handler.addFilter(_CompleteWithoutSecrets())
    for old in LOGGER.handlers[:]:
        LOGGER.removeHandler(old)
    LOGGER.addHandler(handler)
    LOGGER.setLevel(level)
    LOGGER.propagate = False
    run_id = uuid.uuid4().hex[:12]
    _context.set({"run_id": run_id})
    return run_id


class _CompleteWithoutSecrets(logging.Filter):
    """Puts the context into a record and takes the secrets out of it, before any formatter sees it."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in _context.get().items():
            record.__dict__.setdefault(name, value)
        record.msg, record.args = redact(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        for name in FIELDS:
            if isinstance(value := record.__dict__.get(name), str):
                record.__dict__[name] = redact(value)
        return True


class _JsonLines(logging.Formatter):
    """One JSON object a line: time, level, message, and those of FIELDS that are known."""

    def format(self, record: logging.LogRecord) -> str:
        known = {name: value for name in FIELDS if (value := record.__dict__.get(name)) is not None}
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "message": record.getMessage(),
            **known,
        }
        return json.dumps(line | ({"exception": record.exc_text} if record.exc_text else {}), ensure_ascii=False)


class _Readable(logging.Formatter):
    """The message, then the step, the object and the duration, where they are known."""

    def format(self, record: logging.LogRecord) -> str:
        notes = [str(record.__dict__[name]) for name in ("step", "object") if record.__dict__.get(name)]
        seconds = record.__dict__.get("duration_seconds")
        notes += [] if seconds is None else [f"{seconds:.2f} s"]
        text = record.getMessage() + (f" [{', '.join(notes)}]" if notes else "")
        return f"{text}\n{record.exc_text}" if record.exc_text else text


@checked
def tell(what: str) -> None:
    """Tells whoever hears of the steps how far the one that is under way has come."""
    _hearing.get()(what)


@checked
@contextmanager
def heard_by(doing: Callable[[str], object]) -> Iterator[None]:
    """Tells of each step inside when it begins."""
    token = _hearing.set(doing)
    try:
        yield
    finally:
        _hearing.reset(token)


@checked
@contextmanager
def logged(**fields: object) -> Iterator[None]:
    """Adds fields to everything that is logged inside: run_id, step, object, query_id."""
    token = _context.set({**_context.get(), **fields})
    try:
        yield
    finally:
        _context.reset(token)


@checked
@contextmanager
def step(name: str, **fields: object) -> Iterator[None]:
    """Logs what a step took, also when it fails. A step inside another is named `outer.inner`."""
    outer = _context.get().get("step")
    begin = time.monotonic()
    tell(name)
    with logged(step=f"{outer}.{name}" if outer else name, **fields):
        try:
            yield
        except BaseException as error:
            LOGGER.error("failed: %s", error, extra={"duration_seconds": _since(begin)})
            raise
        LOGGER.info("done", extra={"duration_seconds": _since(begin)})


def _since(begin: float) -> float:
    return round(time.monotonic() - begin, 6)


@checked
def timed(name: str) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Makes a function a step of its own in the log."""

    def around(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        @functools.wraps(function)
        def inside(*arguments: Parameters.args, **named: Parameters.kwargs) -> Result:
            with step(name):
                return function(*arguments, **named)

        return inside

    return around


@dataclass(frozen=True)
class TrackedError:
    """What failed on which object."""

    object: str
    message: str


@dataclass
class ErrorTracker:
    """Collects errors instead of dying on the first."""

    errors: list[TrackedError] = field(default_factory=list)

    @contextmanager
    def tracking(self, object_: str) -> Iterator[None]:
        """Keeps an error of the block, without secrets, and goes on after it. An interruption is not kept."""
        try:
            yield
        except Exception as error:
            self.errors.append(TrackedError(object_, redact(str(error))))
            LOGGER.error("%s", error, extra={"object": object_})

    def summary(self) -> str:
        """One line for each message, with how often and on what it was seen."""
        seen: dict[str, list[str]] = {}
        for error in self.errors:
            seen.setdefault(error.message, []).append(error.object)
        return "\n".join(f"{len(objects)} x {message} ({', '.join(objects)})" for message, objects in seen.items())
