"""What a run did, as data; and that data as text and as one JSON document."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from src.config import DemoConfig
from src.infrastructure.states import Difference
from src.utils import prices
from src.utils.documents import json_document
from src.utils.sql import Key
from src.utils.terminal import table

FAILED = 1
DRIFT = 3
REFUSED = 4
INTERRUPTED = 130

_STATUS = {0: "done", FAILED: "failed", 2: "usage", DRIFT: "drift", REFUSED: "refused", INTERRUPTED: "interrupted"}


Result = Literal["created", "changed", "unchanged", "dropped", "given back", "skipped", "failed"]


@dataclass(frozen=True)
class Outcome:
    """What became of an object. `sql` is what was sent last; `message` says why something failed or was skipped."""

    kind: str
    name: str
    result: Result
    sql: str = ""
    message: str = ""
    warning: str = ""
    seconds: float = 0.0

    @property
    def key(self) -> Key:
        return self.kind, self.name

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Undrop:
    """The statement that brings a dropped object back with its rows, and the last moment for it."""

    sql: str
    until: datetime

    def __str__(self) -> str:
        return f"{self.sql} brings it back, with its rows, until {self.until:%Y-%m-%d %H:%M} UTC"


def undrop(key: Key, retention_days: int) -> list[Undrop]:
    """How to undo a drop of this moment; nothing without Time Travel.

    https://docs.snowflake.com/en/sql-reference/sql/undrop
    """
    if retention_days == 0:
        return []
    return [Undrop(f"UNDROP {' '.join(key)}", datetime.now(UTC) + timedelta(days=retention_days))]


@dataclass
class Report:
    """Grows while a run goes on, so that it is true whenever the run ends.

    `left` is what a cleanup was to remove and has not, `stays` what it was not asked to.
    """

    mode: str
    deployment: str = ""
    target: str = ""
    emulated: bool = False
    dry_run: bool = False
    role: str = ""
    outcomes: list[Outcome] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    adopted: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    stays: list[str] = field(default_factory=list)
    undrops: list[Undrop] = field(default_factory=list)
    unprovable: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    proven: bool = False
    error: str = ""
    error_exit_code: int = 0
    interrupted: bool = False
    script: str = ""
    config: DemoConfig | None = None
    expires: datetime | None = None
    statements: int = 0
    waves: int = 0
    round_trips: int = 0
    requests: int = 0
    executed: int | None = None
    recorded: int | None = None
    begun: float = field(default_factory=time.monotonic)
    seconds: float = 0.0

    def __str__(self) -> str:
        return as_text(self)

    def add(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        if outcome.warning and outcome.warning not in self.warnings:
            self.warnings.append(outcome.warning)

    def fail(self, message: str, exit_code: int = FAILED) -> None:
        self.error = message
        self.error_exit_code = exit_code

    def finish(self) -> None:
        self.seconds = time.monotonic() - self.begun

    @property
    def failures(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.result == "failed"]

    @property
    def exit_code(self) -> int:
        """0 done, 1 failed, 2 usage, 3 drift found by validate, 4 refused, 130 interrupted."""
        if self.interrupted:
            return INTERRUPTED
        if self.error:
            return self.error_exit_code
        if self.failures or self.left:
            return FAILED
        if self.refusals:
            return REFUSED
        return DRIFT if self.differences else 0

    @property
    def is_built(self) -> bool:
        """Whether a full or quick has come to its end, and not to a refusal."""
        return self.mode in ("full", "quick") and not (self.refusals or self.interrupted or self.error)

    @property
    def counts(self) -> dict[str, int]:
        """How many objects and grants ended each way."""
        return counts(self.outcomes)


def counts(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """How many of the outcomes are of each result."""
    return dict(Counter(outcome.result for outcome in outcomes))


def counted(outcomes: Iterable[Outcome], always: Iterable[Result]) -> str:
    """`3 created, 0 changed`: the results that are always told, and those that there are."""
    shown = dict.fromkeys(always, 0) | counts(outcomes)
    return ", ".join(f"{count} {name}" for name, count in shown.items())


MADE: tuple[Result, ...] = ("created", "changed", "unchanged")


def as_json(report: Report) -> str:
    """The whole report as one JSON document."""
    document: dict[str, Any] = {
        "status": _STATUS[report.exit_code],
        "exit_code": report.exit_code,
        "mode": report.mode,
        "dry_run": report.dry_run,
        "deployment": report.deployment,
        "connection": report.target,
        "role": report.role,
        "expires": report.expires.isoformat() if report.expires else None,
        "error": report.error or None,
        "counts": report.counts,
        "objects": [_outcome_as_json(outcome) for outcome in report.outcomes],
        "differences": [
            {
                "kind": one.kind,
                "name": one.name,
                "property": one.property,
                "expected": one.expected,
                "found": one.actual,
            }
            for one in report.differences
        ],
        "adopted": report.adopted,
        "refused": report.refusals,
        "left": report.left,
        "stays": report.stays,
        "undrop": [{"sql": one.sql, "until": one.until.isoformat(timespec="seconds")} for one in report.undrops],
        "unprovable": report.unprovable,
        "warnings": report.warnings,
        "seconds": round(report.seconds, 3),
        "statements": report.statements,
        "waves": report.waves,
        "round_trips": report.round_trips,
        "requests": report.requests,
    }
    if report.emulated:
        document["emulator"] = {"executed": report.executed, "recorded": report.recorded}
    if report.is_built and report.config:
        document["prices"] = prices.as_data(report.config)
    if report.dry_run:
        document["script"] = report.script
    return json_document(document)


def _outcome_as_json(outcome: Outcome) -> dict[str, Any]:
    shown = {"kind": outcome.kind, "name": outcome.name, "result": outcome.result}
    if outcome.sql:
        shown["sql"] = outcome.sql
    if outcome.message:
        shown["message"] = outcome.message
    return shown


def as_text(report: Report, *, verbose: bool = False, width: int | None = None) -> str:
    """The summary that a person reads at the end, on a screen of this width."""
    return "\n".join([*_details(report, width), *_closing(report, verbose, width)])


def _details(report: Report, width: int | None) -> Iterator[str]:
    if report.differences:
        header = ("OBJECT", "PROPERTY", "EXPECTED", "FOUND")
        rows = [(f"{one.kind} {one.name}", one.property, one.expected, one.actual) for one in report.differences]
        yield from table([header, *rows], width)
    for adoption in report.adopted:
        yield f"Adopted: {adoption}"
    for refusal in report.refusals:
        yield f"Refused: {refusal}"
    for outcome in report.failures:
        yield f"Failed: {outcome}: {outcome.message}"
    for name in report.left:
        yield f"Left: {name}"
    for fact in report.unprovable:
        yield f"Not proven: {fact}"
    for undrop_ in report.undrops:
        yield str(undrop_)
    if report.undrops:
        yield "Warehouses, roles, shares and resource monitors have no UNDROP; files on internal stages are gone."
    for warning in report.warnings:
        yield f"Warning: {warning}"
    if report.error:
        yield f"Error: {report.error}"


def _closing(report: Report, verbose: bool, width: int | None) -> Iterator[str]:
    if report.interrupted and not report.outcomes:
        yield f"Interrupted: nothing was {'dropped' if report.mode == 'cleanup' else 'changed'}."
        return
    if report.error and report.outcomes:
        yield f"Until then: {_counted(report)}. Run it again to complete it."
    if report.error or not report.target:
        return
    if report.is_built:
        if report.config:
            yield from prices.as_lines(report.config, width)
        if report.role:
            yield f"Owned by role {report.role}."
        if report.expires:
            yield f"Expires {report.expires:%Y-%m-%d %H:%M} UTC; data-eng-demo gc --yes removes it then."
    yield f"{_headline(report)} ({', '.join(_measures(report))})"
    if report.executed is not None and report.recorded is not None:
        absent = report.statements - report.executed - report.recorded
        yield (
            f"Of the {report.statements} statements the emulator executed {report.executed} and only recorded "
            f"{report.recorded} (docs/emulator.md says which)"
            f"{f'; {absent} asked for what is not there, or were refused' if absent > 0 else ''}."
        )
    if verbose:
        yield (
            f"{report.statements} statements in {report.waves} waves; with opening and closing the session "
            f"{report.requests} requests, {report.round_trips} round trips deep."
        )


def _measures(report: Report) -> Iterator[str]:
    """The one number of objects, the one of statements, and the time."""
    if report.outcomes:
        count = len(report.outcomes)
        yield f"{count} object{'s' * (count != 1)}"
    if report.statements:
        yield f"{report.statements} statements"
    yield f"{report.seconds:.1f} s"


def _headline(report: Report) -> str:
    if report.interrupted:
        return f"Interrupted: {report.deployment} {report.mode}: {_counted(report)}. Run it again to complete it."
    if report.mode == "validate":
        count = len(report.differences)
        rest = f"differs from the configuration in {count} places" if count else "is as configured"
        return f"{report.deployment} {rest}"
    if report.refusals and not report.proven:
        return f"Nothing was {'dropped' if report.mode == 'cleanup' else 'changed'} in {report.deployment}"
    if report.mode != "cleanup":
        return f"{report.deployment} {report.mode}: {_counted(report)}"
    return f"{report.deployment} cleanup: {_counted(report)}; {_remainder(report)}"


def _remainder(report: Report) -> str:
    if report.left or not report.proven:
        return f"{len(report.left)} left"
    if report.stays:
        return f"{', '.join(report.stays)} {'stays' if len(report.stays) == 1 else 'stay'}"
    return "nothing of ours is left"


def _counted(report: Report) -> str:
    return counted(report.outcomes, MADE if report.mode in ("full", "quick") else ("dropped",))
