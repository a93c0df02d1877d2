"""What every command of a demo works with: its manifest, a sender, CONFIG, and somewhere to say what happens."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise

from src.config import DemoConfig, DemoSettings, Stamp
from src.deployment.progress import SILENCE, Progress
from src.deployment.report import Outcome
from src.deployment.report import Result as Became
from src.deployment.sending import DOES_NOT_EXIST, Answer, Sender
from src.utils.errors import DemoError
from src.utils.hints import typed
from src.utils.queries import Row
from src.utils.sql import literal, qualified
from src.utils.working import Doing, silent

from .manifest import Manifest, Pipeline, Source
from .templates import Step

# What Snowflake answers to CREATE OR ALTER of what is there, whether or not that has changed anything.
_EXECUTED = "Statement executed successfully."
# Columns of SHOW that tell of the moment, or of what the deployment does around the statement.
_PASSING = {"is_current", "state", "last_committed_on", "last_suspended_on", "last_suspended_reason"}


@dataclass(frozen=True)
class Demo:
    """An open session on the account that holds the demo."""

    manifest: Manifest
    sender: Sender
    config: DemoConfig
    say: Callable[[str], object] = silent
    emulated: bool = False
    verbose: bool = False
    progress: Progress = SILENCE
    doing: Doing = silent
    outcomes: list[Outcome] = field(default_factory=list)
    role: str = ""

    @property
    def settings(self) -> DemoSettings:
        return self.manifest.settings(self.config)

    @property
    def stamp(self) -> Stamp:
        return self.manifest.stamp(self.config)

    def in_schema(self, name: str) -> str:
        """An object of the schema of streams and tasks."""
        return qualified(self.config.database.name, self.settings.schema, name)

    def command(self, words: str) -> str:
        """A command of the demo as a person can paste it, on this connection."""
        return typed(f"{self.manifest.command} {words}")

    def number(self, pipeline: Pipeline) -> int:
        """What --pipelines calls it: its place in the manifest."""
        return self.manifest.pipelines.index(pipeline) + 1

    def steps(self, file: str, source: Source | None = None, /, **options: str | int) -> list[Step]:
        """A file's statements, for a source and the options of a command."""
        return self.manifest.sql.steps(file, self.manifest.variables(self.config, source) | options)

    def step(self, file: str, title: str, source: Source, **options: str | int) -> str:
        """One statement of a file."""
        return self.manifest.sql.step(file, title, self.manifest.variables(self.config, source) | options).sql

    def answer(self, file: str, title: str, source: Source, **options: str | int) -> list[Row]:
        """The rows of one statement of a file, whose title is shown meanwhile. Raises DemoError."""
        self.doing(title)
        return self.ask(self.step(file, title, source, **options))

    def ask(self, sql: str) -> list[Row]:
        """The rows of a statement. Raises DemoError with what the account says."""
        return rows_of(self.sender.send(sql))

    def look(self, sql: str) -> list[Row]:
        """The rows of a statement; none where what it looks at, or in, is absent. Else raises DemoError."""
        answer = self.sender.send(sql)
        if answer.error and answer.errno not in DOES_NOT_EXIST:
            raise DemoError(f"The account cannot be inspected: {answer.message}") from answer.error
        return answer.rows

    def use_looking_warehouse(self) -> None:
        self.ask(f"USE WAREHOUSE {self.settings.looking_warehouse}")

    def perform(self, steps: Sequence[Step]) -> None:
        """Sends the steps in order, and notes what became of each object. Raises DemoError at the first error."""
        before = self._shown([step for step in steps if step.sql.startswith("CREATE OR ALTER")])
        done: list[tuple[Step, Answer]] = []
        try:
            for step in steps:
                answer = self.sender.send(step.sql)
                if answer.error:
                    raise DemoError(f"{step.title}: {answer.message}") from answer.error
                if self.verbose and not step.creates:
                    self.say(f"{step.title}: {status_of(answer.rows)}")
                done.append((step, answer))
        except DemoError:
            with suppress(DemoError):
                self._note(done, before)
            raise
        self._note(done, before)

    def _note(self, done: Sequence[tuple[Step, Answer]], before: Mapping[str, Row | None]) -> None:
        """Adds an outcome for each object that the steps make; a step `rows` tells how many the one before it got."""
        after = self._shown([step for step, answer in done if status_of(answer.rows) == _EXECUTED and step.creates])
        rows = {
            step.title: int(status_of(filled.rows))
            for (step, _), (next_, filled) in pairwise(done)
            if next_.title == "rows"
        }
        for step, answer in done:
            if step.creates:
                became = _became(status_of(answer.rows), before.get(step.title), after.get(step.title))
                filled = f"{rows[step.title]:,} rows" if rows.get(step.title) else ""
                outcome = Outcome(*step.kind_and_name, became, step.sql, filled, seconds=answer.seconds)
                self.outcomes.append(outcome)
                self.progress.show(outcome)

    def _shown(self, steps: Sequence[Step]) -> dict[str, Row | None]:
        """Each object as SHOW has it, by the title of its step; None of one that is absent."""

        def look(step: Step) -> Row | None:
            kind, name = step.kind_and_name
            inside, _, own = name.rpartition(".")
            place = f" IN {'SCHEMA' if '.' in inside else 'DATABASE'} {inside}" if inside else ""
            return look_up(self.look(f"SHOW {kind}S LIKE {literal(own)}{place}"), own)

        return dict(zip([step.title for step in steps], self.sender.wave(steps, look, id), strict=True))


def _became(status: str, before: Row | None, after: Row | None) -> Became:
    """What a CREATE has done to an object; of CREATE OR ALTER, the object before and after it tells."""
    if status.endswith("already exists, statement succeeded."):
        return "unchanged"
    if before is None or after is None:
        return "created"
    is_resumed = before.get("state") == "suspended"  # by the end of the deployment
    lasting = [{name: value for name, value in row.items() if name not in _PASSING} for row in (before, after)]
    return "changed" if is_resumed or lasting[0] != lasting[1] else "unchanged"


def rows_of(answer: Answer) -> list[Row]:
    if answer.error:
        raise DemoError(answer.message) from answer.error
    return answer.rows


def status_of(rows: list[Row]) -> str:
    """What Snowflake answers to a statement that returns a status or a count."""
    return ", ".join(str(value) for value in rows[0].values()) if rows else "done"


def look_up(rows: Iterable[Row], name: str, column: str = "name") -> Row | None:
    """The row of exactly this name: a LIKE of SHOW takes `_` for any character and ignores case."""
    return next((row for row in rows if row[column] == name), None)


def text_of(row: Mapping[str, object], column: str) -> str:
    value = row.get(column)
    return "" if value is None else str(value)
