"""Plan: what a full would do to the account, and what it then costs. Changes nothing."""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import click

from src.config import DemoConfig
from src.infrastructure.states import Difference
from src.utils import prices
from src.utils.command import session_for
from src.utils.documents import json_document
from src.utils.holdings import lacking
from src.utils.needs import refusal, warning
from src.utils.options import Where
from src.utils.terminal import columns, fitted, printable

from .build import Plan, needs, planned, refused
from .comparison import compare
from .inspection import look_with_role
from .lifetime import lasting
from .report import DRIFT, REFUSED, Result
from .sending import Sender, asking
from .steps import batches

_VERBS: Mapping[Result, str] = {"created": "create", "changed": "change", "dropped": "drop"}
_COLOURS = {"create": "green", "change": "yellow", "drop": "red", "leave": None, "refused": "red"}


@dataclass(frozen=True)
class Step:
    """What is to become of an object: the properties that change, and the statement."""

    verb: str
    kind: str
    name: str
    changes: tuple[Difference, ...] = ()
    sql: str = ""

    def __str__(self) -> str:
        changed = "; ".join(f"{one.property} from {one.actual} to {one.expected}" for one in self.changes)
        return f"{self.verb:8}{self.kind} {self.name}{f': {changed}' if changed else ''}"


@dataclass(frozen=True)
class Planned:
    """The steps, the refusals that would keep all of them from being taken, and what the role lacks for them."""

    steps: list[Step]
    unchanged: int
    refusals: list[str]
    lacks: str = ""

    @property
    def exit_code(self) -> int:
        """0 nothing to do, 3 changes, 4 refused."""
        return REFUSED if self.refusals else DRIFT if any(one.verb != "leave" for one in self.steps) else 0


def plan(sender: Sender, config: DemoConfig, *, adopt: bool = False) -> Planned:
    """Looks, and works out what `build` would send. Raises DemoError if the account does not answer."""
    role = sender.role()
    snapshot, told = look_with_role(sender, config, role)
    config = lasting(config, snapshot)
    comparisons = [[compare(statement, snapshot) for statement in batch] for batch in batches(config)]
    refusals = refused(comparisons, adopt=adopt)
    found = planned(comparisons, snapshot, config, everything=True)
    missing = [] if refusals else lacking(role, needs(found), told, asking(sender))
    lacks = refusal("full", role, missing) or (warning("full", role, missing) if missing else "")
    return Planned(list(_steps(found)), len(found.unchanged), refusals, lacks)


def _steps(found: Plan) -> Iterator[Step]:
    for action in (one for batch in found.batches for one in batch):
        changes = tuple(one for one in action.differences if one.property)
        yield Step(_VERBS[action.result], *action.statement.key, changes, action.sql)
    for kept in found.unmanaged:
        yield Step("leave", *kept.statement.key, sql=kept.statement.sql)


def as_lines(found: Planned, config: DemoConfig) -> Iterator[tuple[str, str | None]]:
    """What a person reads, grouped by kind, each line with its colour."""
    for why in found.refusals:
        yield f"refused {why}", _COLOURS["refused"]
    if found.lacks:
        yield f"lacks   {found.lacks}", _COLOURS["refused"]
    for kind in dict.fromkeys(one.kind for one in found.steps):
        for one in (step for step in found.steps if step.kind == kind):
            yield str(one), _COLOURS[one.verb]
    yield from ((line, None) for line in _closing(found, config))


def _closing(found: Planned, config: DemoConfig) -> Iterator[str]:
    verbs = ("create", "change", "drop", "leave")
    counts = ", ".join(f"{sum(one.verb == verb for one in found.steps)} to {verb}" for verb in verbs)
    yield f"{config.database.name}: {counts}, {found.unchanged} as configured"
    yield from prices.as_lines(config, columns(sys.stdout))


def as_data(found: Planned, config: DemoConfig) -> dict[str, Any]:
    """The JSON document."""
    steps = [
        asdict(replace(one, changes=()))
        | {"changes": [{"property": d.property, "from": d.actual, "to": d.expected} for d in one.changes]}
        for one in found.steps
    ]
    return {
        "exit_code": found.exit_code,
        "steps": steps,
        "unchanged": found.unchanged,
        "refused": found.refusals,
        "lacks": found.lacks,
        "prices": prices.as_data(config),
    }


def show_plan(config: DemoConfig, where: Where, output: str, *, quick: bool, adopt: bool) -> int:
    """The command; what it gives is the exit code."""
    config = config.quick() if quick else config
    with session_for(config, where, None) as (session, _), Sender.of(session) as sender:
        found = plan(sender, config, adopt=adopt)
    if output == "json":
        click.echo(json_document(as_data(found, config)))
    else:
        for line, colour in as_lines(found, config):
            plain = fitted(printable(line), sys.stdout)
            click.secho(plain, fg=None if os.environ.get("NO_COLOR") else colour)  # https://no-color.org
    return found.exit_code
