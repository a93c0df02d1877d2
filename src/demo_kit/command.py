"""One run of a demo's command: options in, a result out, whatever happens on the way."""

import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TextIO

from src.config import DemoConfig
from src.deployment.progress import progress_on
from src.deployment.report import DRIFT, INTERRUPTED, MADE, Report, as_json, as_text, counted, counts
from src.deployment.sending import Sender
from src.utils import program
from src.utils.connector import load_lean
from src.utils.documents import json_document
from src.utils.errors import Refused
from src.utils.secrets import redact
from src.utils.snowpark_session import Target, open_session, outcome, resolve_target
from src.utils.terminal import columns, say
from src.utils.working import silent, working

from . import cleanup, costs, deployment
from .manifest import Manifest, Numbers, Proof
from .session import Demo
from .status import as_lines, expiring, movements, status
from .tasks import Patience, TasksFailed
from .verification import verify
from .watching import looks, watch

_INTERRUPTED = dict.fromkeys(("status", "verify"), "Interrupted: nothing was changed.")
_STATUS = {0: "done", 1: "failed", 2: "usage", DRIFT: "drift", 4: "refused", INTERRUPTED: "interrupted"}


@dataclass(frozen=True)
class Options:
    """What the command line says of every command. `ask` puts what a cleanup drops to a person, if there is one."""

    connection_name: str | None = None
    role: str | None = None
    prefix: str = ""
    json: bool = False
    verbose: bool = False
    ask: cleanup.Question | None = None
    yes: bool = False

    @property
    def stream(self) -> TextIO:
        """Where a person reads along: beside the JSON document, not in it."""
        return sys.stderr if self.json else sys.stdout


@dataclass
class Result:
    """What a command found or did, as data, and how it ended."""

    command: str
    deployment: str = ""
    connection: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    exit_code: int = 0
    seconds: float = 0.0
    report: Report | None = None
    begun: float = field(default_factory=time.monotonic)

    def as_json(self) -> str:
        """One JSON document, also after a failure; of a cleanup, the one that setup.py has."""
        if self.report is not None and not self.error:
            return as_json(self.report)
        head = {"status": _STATUS[self.exit_code], "exit_code": self.exit_code, "command": self.command}
        where = {"deployment": self.deployment, "connection": self.connection, "error": self.error or None}
        return json_document(head | where | self.data | {"seconds": round(self.seconds, 3)})


Work = Callable[[Demo, Result], None]


def perform(
    command: str,
    options: Options,
    manifest: Manifest,
    config: DemoConfig,
    work: Work,
    begun: float | None = None,
) -> Result:
    """Opens the session, does the work, and notes every failure; with --verbose its traceback on stderr."""
    result = Result(command, begun=time.monotonic() if begun is None else begun)
    try:
        _perform(options, manifest, config, work, result)
    except BaseException as error:
        if program.interrupted(error):
            what = str(error) if isinstance(error, KeyboardInterrupt) else ""
            result.error = what or _INTERRUPTED.get(command, "Interrupted. Run it again to complete it.")
            result.exit_code = INTERRUPTED
        else:
            result.error, result.exit_code = outcome(error)
        if options.verbose:
            print(redact(traceback.format_exc()), file=sys.stderr)
    result.seconds = time.monotonic() - result.begun
    return result


def _perform(options: Options, manifest: Manifest, config: DemoConfig, work: Work, result: Result) -> None:
    config = config.with_prefix(options.prefix) if options.prefix else config
    result.deployment = config.database.name
    target = resolve_target(options.connection_name, options.role)
    result.connection = target.connection_name
    with opened(options, target, manifest, config) as demo:
        work(demo, result)


@contextmanager
def opened(options: Options, target: Target, manifest: Manifest, config: DemoConfig) -> Iterator[Demo]:
    """The demo on a connection, which is named first."""

    def tell(line: str) -> None:
        say(line, options.stream)

    tell(target.reason)
    load_lean(target)
    with (
        open_session(target, query_tag=config.query_tag) as session,
        Sender.of(session.session) as sender,
        working(options.stream) as doing,
    ):
        yield Demo(
            manifest, sender, config, tell, session.target.emulated, options.verbose, doing=doing, role=session.role
        )


# The commands


def deploying(options: Options, pipelines: Numbers, **choices: Any) -> Work:
    def work(demo: Demo, result: Result) -> None:
        chosen = demo.manifest.numbered(pipelines)
        with progress_on(options.stream, verbose=options.verbose, each=True) as progress:
            progress.begin(None)
            source = deployment.deploy(replace(demo, progress=progress, doing=silent), chosen, **choices)
        rates = costs.rates_shown(demo.manifest, demo.config, demo.ask("SHOW WAREHOUSES"))
        result.data = {
            "role": demo.role,
            "source": asdict(source),
            "pipelines": [demo.number(pipeline) for pipeline in chosen],
            "costs": costs.as_data(demo.manifest, demo.config, rates),
            "counts": counts(demo.outcomes),
            "objects": [{"kind": one.kind, "name": one.name, "result": one.result} for one in demo.outcomes],
        }
        for line in costs.as_lines(demo.manifest, demo.config, rates, source.kind):
            demo.say(line)
        if demo.role:
            demo.say(f"Owned by role {demo.role}.")
        demo.say(_deployed(demo, time.monotonic() - result.begun))

    return work


def _deployed(demo: Demo, seconds: float) -> str:
    """What a deployment has done, and what follows."""
    is_new = any(one.kind == "STREAM" and one.result == "created" for one in demo.outcomes)
    follows = (
        "The tasks load all rows by themselves now; run reports it." if is_new else "The tasks go on where they were."
    )
    return (
        f"{demo.config.database.name} {demo.manifest.name}: {counted(demo.outcomes, MADE)} ({seconds:.1f} s)\n{follows}"
    )


def running(pipelines: Numbers, timeout: float) -> Work:
    def work(demo: Demo, result: Result) -> None:
        try:
            runs = deployment.run(demo, demo.manifest.numbered(pipelines), Patience(timeout))
        except TasksFailed as error:
            result.data = {"runs": [asdict(run) for run in error.runs.values()]}
            raise
        result.data = {"runs": runs}

    return work


def looking(options: Options, watched: bool, seconds: float | None) -> Work:
    def work(demo: Demo, result: Result) -> None:
        if watched:
            every = seconds or (1.0 if demo.emulated else 15.0)
            with looks(replace(demo, doing=silent), result.connection, every) as lines:
                watch(lines, options.stream, every)
            return
        found, soon = status(demo), expiring(demo)
        result.data = found.as_data() | {"warnings": [soon] if soon else []}
        for line in as_lines(found):
            demo.say(line)
        if soon:
            demo.say(f"Warning: {soon}")

    return work


def verifying() -> Work:
    def work(demo: Demo, result: Result) -> None:
        def tell(proof: Proof) -> None:
            for line in proof.lines():
                demo.say(line)

        proofs = verify(demo, tell)
        result.data = {"proofs": [asdict(proof) for proof in proofs]}
        if all(proof.holds for proof in proofs):
            return
        result.exit_code = DRIFT
        if pending := movements(demo).pending:
            demo.say(f"What fails may only wait: {pending:,} rows are pending. Run: {demo.command('run')}")

    return work


def cleaning(options: Options, pipelines: Numbers, deployed_as: str) -> Work:
    def work(demo: Demo, result: Result) -> None:
        if deployed_as:
            demo = replace(demo, config=demo.config.of_deployment(deployed_as))
        ask = _question(options, result.connection, emulated=demo.emulated)
        name, at = demo.config.database.name, result.connection
        result.report = report = Report("cleanup", name, at, demo.emulated, role=demo.role, begun=result.begun)
        if pipelines:
            cleanup.drop_pipelines(demo, demo.manifest.numbered(pipelines), report, ask)
        else:
            cleanup.clean_up(demo, report, ask, offer=None if options.yes else options.ask)
        report.finish()
        result.deployment = report.deployment
        result.exit_code = report.exit_code
        demo.say(as_text(report, width=columns(options.stream)))

    return work


def _question(options: Options, connection: str, *, emulated: bool) -> cleanup.Question | None:
    """What to ask before a cleanup: nothing on the emulator or with --yes. Raises Refused without anyone to ask."""
    if emulated or options.yes:
        return None
    if options.ask is None:
        raise Refused(
            f'Cleanup on the Snowflake connection "{connection}" drops objects, and without a terminal '
            "there is no one to ask. Nothing was dropped. Pass --yes."
        )
    return options.ask
