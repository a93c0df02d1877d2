"""What every command of a demo works with: its manifest, a sender, CONFIG, and somewhere to say what happens."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from src.config import DemoConfig, DemoSettings, Stamp
from src.deployment.sending import DOES_NOT_EXIST, Answer, Sender
from src.utils.errors import DemoError
from src.utils.hints import typed
from src.utils.queries import Row
from src.utils.sql import qualified

from .manifest import Manifest, Pipeline, Source
from .templates import Step


def silent(line: str) -> None:
    """For a caller that reads what a command returns."""


@dataclass(frozen=True)
class Demo:
    """An open session on the account that holds the demo."""

    manifest: Manifest
    sender: Sender
    config: DemoConfig
    say: Callable[[str], object] = silent
    emulated: bool = False

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

    def steps(self, file: str, source: Source | None = None, /, **options: int) -> list[Step]:
        """A file's statements, for a source and the options of a command."""
        return self.manifest.sql.steps(file, self.manifest.variables(self.config, source) | options)

    def step(self, file: str, title: str, source: Source, **options: int) -> str:
        """One statement of a file."""
        return self.manifest.sql.step(file, title, self.manifest.variables(self.config, source) | options).sql

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

    def perform(self, steps: Iterable[Step]) -> dict[str, str]:
        """Sends the steps in order, and says and returns their outcomes. Raises DemoError at the first error."""
        done: dict[str, str] = {}
        for step in steps:
            answer = self.sender.send(step.sql)
            if answer.error:
                raise DemoError(f"{step.title}: {answer.message}") from answer.error
            done[step.title] = status_of(answer.rows)
            if step.title != "warehouse":
                self.say(f"{step.title}: {done[step.title]}")
        return done


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
