"""Pipelines on streams: the deployed ones, what all of them do, and the simplest source for them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from src.config import DemoConfig
from src.deployment.sending import Answer
from src.utils.errors import DemoError
from src.utils.needs import Need
from src.utils.prices import Rate
from src.utils.queries import Row
from src.utils.sql import qualified

from .manifest import Fault, Holding, Pipeline, Proof, Source
from .session import Demo
from .templates import drops


@dataclass(frozen=True)
class StreamPipeline:
    """A pipeline as its SQL file makes it; a demo's own adds what it has made, and the proofs of it.

    In the file, the title of a step that creates an object is the object's kind and name.
    """

    name: str
    title: str
    makes: str
    file: str
    stream: str
    task: str

    def needs(self, config: DemoConfig) -> Iterable[Need]:
        """Nothing, of a pipeline that stands on the infrastructure alone."""
        return ()

    def deploy(self, demo: Demo, source: Source) -> None:
        """Makes stream and task, or leaves them as they are."""
        demo.perform(demo.steps(self.file, source))

    def pending(self, demo: Demo, source: Source) -> Answer:
        """Counts the rows of the stream; a SELECT does not consume them."""
        return demo.sender.send(f"SELECT COUNT(*) AS PENDING FROM {demo.in_schema(self.stream)}")

    def status(self, demo: Demo, source: Source) -> Holding | None:
        """Nothing, of a pipeline that does not say what it has made."""
        return None

    def faults(self, demo: Demo, source: Source) -> list[Fault]:
        """None, of a pipeline that does not look at what it has made."""
        return []

    def left_over(self, demo: Demo) -> str:
        """Nothing, of a pipeline that can begin anew over what it has made."""
        return ""

    def proofs(self, demo: Demo, source: Source) -> list[Proof]:
        """None, but for that of every pipeline: that nothing is pending."""
        return []

    def drop(self, demo: Demo) -> None:
        """Drops what the SQL file makes, the last first. What is absent is fine."""
        for step in drops(demo.steps(self.file)):
            demo.ask(step.sql)


class NotDeployed(DemoError):
    """There is nothing of the demo."""


def find_streams(demo: Demo) -> list[Row]:
    """The demo's streams; none where its schema is absent. Raises DemoError if they cannot be looked at."""
    schema = qualified(demo.config.database.name, demo.settings.schema)
    names = {pipeline.stream for pipeline in demo.manifest.pipelines}
    return [row for row in demo.look(f"SHOW STREAMS IN SCHEMA {schema}") if row["name"] in names]


def deployed(demo: Demo, pipelines: Sequence[Pipeline] = ()) -> Source:
    """The source of the deployment, as its streams tell it. Raises NotDeployed, or DemoError if it lacks a pipeline."""
    streams = find_streams(demo)
    if not streams:
        raise NotDeployed(f"The demo is not deployed in {demo.config.database.name}. Run: {demo.command('deploy')}")
    present = {row["name"] for row in streams}
    if missing := [str(demo.number(pipeline)) for pipeline in pipelines if pipeline.stream not in present]:
        raise DemoError(f"Not deployed: pipeline {' and '.join(missing)}. Run: {demo.command('deploy')}")
    return demo.manifest.sources.followed_by(demo, streams[0])


def require_rows(demo: Demo, source: Source) -> None:
    """A stream with initial rows returns only those until they are consumed: with none, its task would never begin.

    https://docs.snowflake.com/en/sql-reference/sql/create-stream (SHOW_INITIAL_ROWS)
    """
    demo.use_looking_warehouse()
    if not demo.ask(f"SELECT 1 AS FOUND FROM {source.followed} LIMIT 1"):
        raise DemoError(f"{source.followed} has no rows, so that its streams would not begin. Deploy when it has some.")


@dataclass(frozen=True)
class OwnTable:
    """The source of a demo whose SQL makes the table that its streams follow."""

    demo: str
    table: str

    def example(self, config: DemoConfig, kind: str) -> Source:
        database, schema = config.database.name, config.demos[self.demo].schema
        table = qualified(database, schema, self.table)
        return Source(kind, database, table, table, f"{table} is the demo's own.")

    def detect(self, demo: Demo, choice: str) -> Source:
        return self.example(demo.config, "own")

    def needs(self, config: DemoConfig, choice: str, databases: Collection[str]) -> Iterable[Need]:
        return ()

    def make(self, demo: Demo, source: Source) -> None:
        """The pipelines' SQL makes it."""

    def followed_by(self, demo: Demo, stream: Row) -> Source:
        return self.example(demo.config, "own")

    def file_of(self, source: Source) -> str | None:
        return None

    def task_of(self, source: Source) -> str | None:
        return None

    def left_behind(self, config: DemoConfig, rate: Rate, kind: str) -> str:
        return "nothing, while nobody changes its table"

    def days(self, config: DemoConfig) -> Mapping[str, int]:
        return {}
