"""Runs batches of statements and says what became of each object; one failure never strands the rest."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import compress

from src.infrastructure.states import DesiredState, Difference
from src.utils.sql import Key

from .progress import Progress
from .report import Outcome, Report, Result
from .sending import DOES_NOT_EXIST, INSUFFICIENT_PRIVILEGES, NOT_ENABLED, UNSUPPORTED, Answer, Sender

_NOT_HERE = INSUFFICIENT_PRIVILEGES | UNSUPPORTED | NOT_ENABLED


@dataclass(frozen=True)
class Action:
    """A statement to send for an object, and what it makes of the object if it, or its fallback, succeeds.

    `then` are more statements, each sent when the one before has succeeded. `differences` are why it is sent.
    """

    statement: DesiredState
    sql: str
    result: Result
    on_fallback: Result = "created"
    then: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()


def run(batches: Iterable[list[Action]], sender: Sender, report: Report, progress: Progress) -> None:
    """Runs the batches in order, each at once. Report and progress hear of every object as it ends, also before Ctrl-C.

    What needs an object that is missing, since it failed or was skipped, is skipped.
    """
    missing: set[Key] = set()

    def hear(outcome: Outcome) -> None:
        if outcome.result in ("failed", "skipped"):
            missing.add(outcome.key)
        report.add(outcome)
        progress.show(outcome)

    for batch in batches:
        strands = [bool(missing.intersection(action.statement.needs)) for action in batch]
        possible = [action for action, stranded in zip(batch, strands, strict=True) if not stranded]
        for action in compress(batch, strands):
            lacking = " and ".join(" ".join(key) for key in action.statement.needs if key in missing)
            hear(Outcome(*action.statement.key, "skipped", message=f"needs {lacking}"))
        if possible:
            sender.wave(possible, lambda action: perform(action, sender), hear)


def perform(action: Action, sender: Sender) -> Outcome:
    """Sends the statement and, if the account refuses it in the expected words, its fallback."""
    answer = sender.send(action.sql)
    fallback = action.statement.fallback
    if answer.error and fallback and re.search(fallback.pattern, answer.message):
        answer = sender.send(fallback.statement.sql)
        if not answer.error:
            return _outcome(action, action.on_fallback, answer, warning=fallback.warning)
    for sql in action.then:
        if answer.error and not _is_gone(action, answer):
            break
        answer = sender.send(sql)
    if not answer.error or _is_gone(action, answer):
        return _outcome(action, action.result, answer)
    if action.statement.optional and answer.errno in _NOT_HERE:
        warning = f"{action.statement} was skipped: {answer.message.rstrip('.')}. ({action.statement.optional})"
        return _outcome(action, "skipped", answer, warning=warning)
    return _outcome(action, "failed", answer)


def _is_gone(action: Action, answer: Answer) -> bool:
    """Whether what was to go, or to lose a privilege, has gone already."""
    return action.result in ("dropped", "given back") and answer.errno in DOES_NOT_EXIST


def _outcome(action: Action, result: Result, answer: Answer, *, warning: str = "") -> Outcome:
    return Outcome(
        *action.statement.key, result, answer.sql, "" if not answer.error else answer.message, warning, answer.seconds
    )
