"""One run of setup.py: options in, a report out, whatever happens on the way."""

import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from src.config import DemoConfig
from src.utils import program
from src.utils.connector import load_lean
from src.utils.errors import DemoError, InputError, Refused
from src.utils.secrets import redact
from src.utils.snowpark_session import (
    SESSION_REQUESTS,
    OpenSession,
    Target,
    open_session,
    opened_before,
    outcome,
    resolve_target,
)
from src.utils.terminal import say

from .adoption import Intention, Question
from .build import build
from .cleanup import clean_up
from .progress import progress_on
from .report import Report
from .script import script
from .sending import Sender
from .steps import Steps
from .validate import validate

if TYPE_CHECKING:
    from snowflake.snowpark import Session


@dataclass(frozen=True)
class Options:
    """What the command line says. `ask` puts what a cleanup will drop to a person; None if there is none to ask."""

    mode: str = "full"
    connection_name: str | None = None
    role: str | None = None
    prefix: str = ""
    ttl: str | None = None
    dry_run: bool = False
    adopt: bool = False
    deployment: str = ""
    drop_adopted: bool = False
    yes: bool = False
    verbose: bool = False
    json: bool = False
    ask: Question | None = None

    @property
    def stream(self) -> TextIO:
        """Where a person reads along: beside the JSON document, not in it."""
        return sys.stderr if self.json else sys.stdout


def perform(options: Options, config: DemoConfig, begun: float | None = None) -> Report:
    """Does what the options say. Every failure ends up in the report; with --verbose its traceback on stderr.

    `begun` is when the command was, where that was before.
    """
    report = Report(options.mode, dry_run=options.dry_run, begun=time.monotonic() if begun is None else begun)
    try:
        _perform(options, config, report)
    except BaseException as error:
        report.interrupted = program.interrupted(error)
        if not report.interrupted:
            report.fail(*outcome(error))
        if options.verbose:
            print(redact(traceback.format_exc()), file=sys.stderr)
    report.finish()
    return report


def _perform(options: Options, config: DemoConfig, report: Report) -> None:
    if options.deployment and options.mode != "cleanup":
        raise InputError(f"--deployment goes with --mode cleanup, not {options.mode}. Leave it out.")
    if options.drop_adopted and options.mode != "cleanup":
        raise InputError(f"--drop-adopted goes with --mode cleanup, not {options.mode}. Leave it out.")
    if options.adopt and options.mode not in ("full", "quick"):
        raise InputError(f"--adopt goes with --mode full or quick, not {options.mode}. Leave it out.")
    if options.ttl is not None and options.mode not in ("full", "quick"):
        raise InputError(f"--ttl goes with --mode full or quick, not {options.mode}. Leave it out.")
    config = _variant(options, config)
    report.deployment, report.config = config.database.name, config
    if options.dry_run:
        report.script = script(options.mode, config)
        return
    target = resolve_target(options.connection_name, options.role)
    report.target, report.emulated = target.connection_name, target.emulated
    say(target.reason, options.stream)
    if target.port is None:  # else it may be the emulator, which its login tells
        _question(options, target)
    load_lean(target)
    with open_session(target, query_tag=config.query_tag) as opened, _counting(opened, report) as sender:
        report.emulated, report.role = opened.target.emulated, opened.role
        ask = _question(options, opened.target)
        _run(options, config, report, sender, ask)


def _variant(options: Options, config: DemoConfig) -> DemoConfig:
    prefixed = config.with_prefix(options.prefix) if options.prefix else config
    if options.deployment:
        return prefixed.of_deployment(options.deployment)
    chosen = prefixed.quick() if options.mode == "quick" else prefixed
    return chosen.lasting(options.ttl) if options.ttl is not None else chosen


def _question(options: Options, target: Target) -> Question | None:
    """What to ask before a cleanup, or before adopting: nothing on the emulator or with --yes.

    Raises Refused if there is no one to ask: before a cleanup at once, else when something is to be adopted.
    """
    if options.mode == "validate" or target.emulated or options.yes:
        return None
    if options.mode != "cleanup":
        return options.ask or _no_one_to_ask(target)
    if options.ask is None:
        raise Refused(
            f'Cleanup on the Snowflake connection "{target.connection_name}" drops objects, and without a terminal '
            "there is no one to ask. Nothing was dropped. Pass --yes."
        )
    return options.ask


def _no_one_to_ask(target: Target) -> Question:
    def refuse(adoptions: Sequence[Intention]) -> bool:
        listed = "; ".join(map(str, adoptions))
        raise Refused(
            f'Adopting on the Snowflake connection "{target.connection_name}" alters objects of others, and without a '
            f"terminal there is no one to ask. Nothing was changed. It would adopt {listed}. Pass --yes."
        )

    return refuse


@contextmanager
def _counting(opened: OpenSession, report: Report) -> Iterator[Sender]:
    """A sender whose statements the report counts, however it ends."""
    with Sender.of(opened.session) as sender:
        try:
            yield sender
        finally:
            report.statements, report.waves = len(sender.answers), sender.waves
            report.requests = sender.sent + SESSION_REQUESTS
            report.round_trips = sender.depth + SESSION_REQUESTS
            if depth := opened.depth():
                report.executed, report.recorded = depth.executed, depth.recorded


def _run(options: Options, config: DemoConfig, report: Report, sender: Sender, ask: Question | None) -> None:
    if options.mode == "validate":
        validate(sender, config, report)
        return
    with progress_on(options.stream, verbose=options.verbose) as progress:
        if options.mode == "cleanup":
            clean_up(
                sender,
                config,
                report,
                ask=ask,
                offer=None if options.yes else options.ask,
                drop_adopted=options.drop_adopted,
                progress=progress,
            )
        else:
            build(sender, config, report, adopt=options.adopt, ask=ask, progress=progress)


def set_up(session: "Session", config: DemoConfig, steps: Steps) -> Report:
    """Runs some of the steps in an open session. Raises DemoError that names what failed or was refused."""
    opened = opened_before(session)
    target = opened.target
    report = Report(config.mode, config.database.name, target.connection_name, target.emulated, role=opened.role)
    with _counting(opened, report) as sender:
        build(sender, config, report, steps=steps)
    report.finish()
    if report.refusals:
        raise Refused(" ".join(report.refusals))
    if report.failures:
        raise DemoError("; ".join(f"{outcome} failed: {outcome.message}" for outcome in report.failures))
    return report
