"""What a demo says of itself: its names, its SQL files, its pipelines, where its rows come from, its proofs."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Literal, Protocol

from src.config import DemoConfig, DemoSettings, Stamp
from src.deployment.sending import Answer
from src.utils.needs import Need
from src.utils.queries import Row
from src.utils.sql import Key, literal, qualified

from .templates import SqlFiles

if TYPE_CHECKING:
    from src.utils.prices import Rate

    from .session import Demo

Form = Literal["TABLE", "VIEW"]

# Pipelines as --pipelines names them: by their places in the manifest, from 1 on.
Numbers = tuple[int, ...]


@dataclass(frozen=True)
class Source:
    """The table (or view) that the demo shows, the one that its streams follow, and why it is so."""

    kind: str
    database: str
    table: str
    followed: str
    reason: str
    followed_form: Form = "TABLE"

    def __str__(self) -> str:
        return f"Source: {self.kind}. {self.reason}"


class Sources(Protocol):
    """Where a demo's rows can come from; a module will do. `own_table` has the simplest."""

    def example(self, config: DemoConfig, kind: str) -> Source:
        """The source of this kind, for SQL that is only rendered."""

    def detect(self, demo: "Demo", choice: str) -> Source:
        """The source to deploy, and why. Raises InputError or Refused for a choice that the account does not allow."""

    def needs(self, config: DemoConfig, choice: str, databases: Collection[str]) -> Iterable[Need]:
        """What the role needs to make the source, on an account with these databases."""

    @property
    def make(self) -> Callable[..., None]:
        """Makes what the source needs, by the options that `deploy` has for it."""

    def followed_by(self, demo: "Demo", stream: Row) -> Source:
        """The source of a deployment, as a stream of it tells."""

    def file_of(self, source: Source) -> str | None:
        """The SQL file that makes the source, if one does beside those of the pipelines."""

    def task_of(self, source: Source) -> str | None:
        """The task that keeps the source in step with another, if one does."""

    def left_behind(self, config: DemoConfig, rate: "Rate", kind: str) -> str:
        """What a demo on a source of this kind costs while nobody looks after it."""

    def days(self, config: DemoConfig) -> Mapping[str, int]:
        """What wakes the tasks by the clock, and every how many minutes."""


@dataclass(frozen=True)
class Holding:
    """What a pipeline has made: its fields are for the JSON document, and its text for a person."""


@dataclass(frozen=True)
class Difference:
    """What a column of a row should hold, by the row's key, and what it holds; of whole rows, how many there are."""

    key: str
    column: str
    expected: str
    found: str


@dataclass(frozen=True)
class Differences:
    """The first keys whose rows differ, what differs there, and how many there are of each kind in all."""

    first: tuple[Difference, ...] = ()
    kinds: Mapping[str, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return sum(self.kinds.values())

    def __str__(self) -> str:
        return ", ".join(f"{count:,} {kind}" for kind, count in self.kinds.items() if count) or "no row differs"

    def lines(self) -> Iterator[str]:
        """What a person reads: key by key what was expected and what was found, and how many more keys there are."""
        by_key = {key: list(of_key) for key, of_key in groupby(self.first, lambda one: one.key)}
        for key, of_key in by_key.items():
            yield f"      {key}"
            width = max(len(one.column) for one in of_key)
            yield from (f"        {one.column:<{width}}  expected {one.expected}, found {one.found}" for one in of_key)
        if more := self.count - len(by_key):
            yield f"      and {more:,} more {'row' if more == 1 else 'rows'}"


@dataclass(frozen=True)
class Proof:
    """One comparison: what was compared, with the numbers, whether it holds, and rows that differ."""

    title: str
    holds: bool
    compared: str
    differences: Differences = Differences()

    def __str__(self) -> str:
        return f"{'pass' if self.holds else 'FAIL'}  {self.title}: {self.compared}"

    def lines(self) -> Iterator[str]:
        """The proof, and below it the rows that differ."""
        yield str(self)
        yield from self.differences.lines()


@dataclass(frozen=True)
class Fault:
    """What is wrong, and what mends it."""

    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.what.rstrip('.')}. {self.mend}"


class Pipeline(Protocol):
    """A stream, the task that consumes it, and the SQL file that makes both; `makes` says what comes of it."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def makes(self) -> str: ...
    @property
    def file(self) -> str: ...
    @property
    def stream(self) -> str: ...
    @property
    def task(self) -> str: ...

    def needs(self, config: DemoConfig) -> Iterable[Need]:
        """What the role needs to make it, beside what every pipeline takes."""

    def deploy(self, demo: "Demo", source: Source) -> None:
        """Makes stream and task, or leaves them as they are."""

    def pending(self, demo: "Demo", source: Source) -> Answer:
        """Counts the rows of the stream, as PENDING; a SELECT does not consume them."""

    def status(self, demo: "Demo", source: Source) -> Holding | None:
        """Looks at what the pipeline has made. Raises DemoError if it cannot be read."""

    def faults(self, demo: "Demo", source: Source) -> list[Fault]:
        """What is wrong with what the pipeline has made while nothing is pending. Raises DemoError as `status` does."""

    def left_over(self, demo: "Demo") -> str:
        """What says that the pipeline has made something already; "" if it has not."""

    def proofs(self, demo: "Demo", source: Source) -> list[Proof]:
        """What the pipeline has made against the source. Raises DemoError if it cannot be read."""

    def drop(self, demo: "Demo") -> None:
        """Drops the pipeline with what it has made. What is absent is fine."""


@dataclass(frozen=True)
class Manifest:
    """A demo. Its `name` is that of its settings in CONFIG, and the part in its objects' stamps.

    `opening` is the SQL file that makes what all pipelines need, and `closing` the one that removes the demo; without
    them a pipeline's file makes everything, and cleanup drops what the files make. `proofs` are those that take all
    pipelines. The runs of the tasks in `counting` return how many rows they have changed. `mends` are what mends what
    an account says, by a pattern. `examples` are the options of commands that files are rendered with.
    """

    name: str
    command: str
    sql: SqlFiles
    pipelines: tuple[Pipeline, ...]
    sources: Sources
    opening: str | None = None
    closing: str | None = None
    proofs: tuple[Callable[["Demo", Source], Proof], ...] = ()
    counting: tuple[str, ...] = ()
    mends: tuple[tuple[str, str], ...] = ()
    examples: Mapping[str, str | int] = field(default_factory=dict)

    def numbered(self, numbers: Numbers) -> tuple[Pipeline, ...]:
        """The pipelines of these numbers."""
        return tuple(self.pipelines[number - 1] for number in numbers)

    def stamp(self, config: DemoConfig) -> Stamp:
        """What marks the demo's own objects: the deployment, and the demo's name where setup.py has its mode."""
        return replace(config.stamp, part=self.name)

    def settings(self, config: DemoConfig) -> DemoSettings:
        return config.settings(self.name, DemoSettings)

    def objects(self, config: DemoConfig) -> list[Key]:
        """Everything that a deployment of the demo can consist of, for the proof that a cleanup left nothing."""
        settings = self.settings(config)
        return [
            *(("DATABASE", qualified(name)) for name in settings.databases),
            *(("SCHEMA", qualified(config.database.name, name)) for name in settings.schemas),
        ]

    def variables(self, config: DemoConfig, source: Source | None) -> dict[str, str | int]:
        """What the SQL files are rendered with, but for the options of one command."""
        return {
            "database": config.database.name,
            **self.settings(config).values,
            "source_database": source.database if source else "",
            "shown_table": source.table if source else "",
            "followed_form": source.followed_form if source else "TABLE",
            "followed_table": source.followed if source else "",
            "query_tag": literal(config.query_tag),
            "stamp": str(self.stamp(config)),
        }
