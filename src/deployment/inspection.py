"""What is in the account now: one wave of SHOWs, read into a snapshot."""

from collections.abc import Iterable, Sequence

from src.config import DemoConfig
from src.infrastructure.kinds import KINDS
from src.infrastructure.states import Answers, Probe, Snapshot
from src.utils.errors import DemoError
from src.utils.holdings import first_look, is_worth_a_look
from src.utils.queries import Row

from .sending import DOES_NOT_EXIST, INSUFFICIENT_PRIVILEGES, UNSUPPORTED, Answer, Sender

# https://docs.snowflake.com/en/sql-reference/sql/show#usage-notes
MOST_ROWS = 10_000


def probes(config: DemoConfig) -> list[Probe]:
    """The SHOWs that tell everything a configuration says."""
    return [probe for kind in KINDS if kind.steps for probe in kind.probes(config)]


def probes_for_ours(config: DemoConfig) -> list[Probe]:
    """The SHOWs of all that a cleanup drops or gives back, or that is dropped along."""
    return [probe for kind in KINDS for probe in kind.probes(config) if not probe.of]


def look(sender: Sender, config: DemoConfig) -> Snapshot:
    """Everything that CONFIG speaks of, as it is now. Raises DemoError if the account does not answer."""
    return _look(sender, config, probes(config))


def look_with_role(sender: Sender, config: DemoConfig, role: str) -> tuple[Snapshot, list[Row] | None]:
    """The same, and in the same wave what the role holds; None where that is not told."""
    sent = probes(config)
    grants = [first_look(role)] if is_worth_a_look(role) else []
    answers = sender.wave(
        [*(probe.sql for probe in sent), *grants],
        sender.send,
        done=lambda answer: answer.sql in grants or _rows(answer),
    )
    told = None if not grants or answers[-1].error else answers[-1].rows
    return _snapshot(config, sent, answers[: len(sent)]), told


def look_for_ours(sender: Sender, config: DemoConfig) -> Snapshot:
    """What carries our stamp whatever CONFIG says now: at the account's level, and inside the database."""
    return _look(sender, config, probes_for_ours(config))


def _look(sender: Sender, config: DemoConfig, sent: list[Probe]) -> Snapshot:
    return _snapshot(config, sent, sender.wave(sent, lambda probe: sender.send(probe.sql), done=_rows))


def _snapshot(config: DemoConfig, sent: list[Probe], answers: list[Answer]) -> Snapshot:
    rows = rows_of(sent, answers)
    return Snapshot({one.key: one for kind in KINDS for one in kind.read(rows, config)}, unseen(answers))


def rows_of(sent: Sequence[Probe], answers: Sequence[Answer]) -> Answers:
    """The rows that each probe was answered with. Raises DemoError if one failed, or has not answered all."""
    return {probe.key: _rows(answer) for probe, answer in zip(sent, answers, strict=True)}


def unseen(answers: Iterable[Answer]) -> tuple[str, ...]:
    """What this role could not look at."""
    return tuple(answer.message for answer in answers if answer.errno in INSUFFICIENT_PRIVILEGES)


def _rows(answer: Answer) -> list[Row]:
    """The rows; none where the object of the SHOW is absent, or the account has no such kind, or hides it."""
    if answer.error is not None and answer.errno not in DOES_NOT_EXIST | INSUFFICIENT_PRIVILEGES | UNSUPPORTED:
        raise DemoError(f"The account cannot be inspected: {answer.sql} failed. {answer.message}") from answer.error
    if len(answer.rows) >= MOST_ROWS:
        raise DemoError(
            f"The account cannot be inspected: {answer.sql} answers {MOST_ROWS:,} rows and no more. "
            "Use a role that sees fewer objects."
        )
    return answer.rows
