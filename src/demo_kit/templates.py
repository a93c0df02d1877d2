"""A demo's SQL files: rendered as Snowflake CLI renders them, and cut into their steps."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, StrictUndefined

_STEP = re.compile(r"^-- Step: (.+)$", re.MULTILINE)

# Only `<% name %>` means anything: no blocks and no comments, as in Snowflake CLI with --enable-templating STANDARD.
# https://docs.snowflake.com/en/developer-guide/snowflake-cli/sql/execute-sql
_NONE = "\N{SYMBOL FOR UNIT SEPARATOR}"
_ENVIRONMENT = Environment(
    variable_start_string="<%",
    variable_end_string="%>",
    block_start_string=_NONE + "{",
    block_end_string="}" + _NONE,
    comment_start_string=_NONE + "#",
    comment_end_string="#" + _NONE,
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    autoescape=False,
)


@dataclass(frozen=True)
class Step:
    """One statement of a file, under the title that its `-- Step:` line gives it."""

    title: str
    sql: str

    @property
    def creates(self) -> bool:
        """Whether the statement makes an object, which is then its title."""
        return self.sql.startswith("CREATE ")

    @property
    def kind_and_name(self) -> tuple[str, str]:
        """Of the object that the statement makes or drops, which is its title."""
        kind, _, name = self.title.rpartition(" ")
        return kind, name


@dataclass(frozen=True)
class SqlFiles:
    """The folder of a demo's SQL files, and their names in the order in which a worksheet takes them.

    `parts` are queries that several files need: each stands once, in the folder `parts`, and is a name in the files.
    """

    folder: Path
    names: tuple[str, ...]
    parts: tuple[str, ...] = ()

    def with_parts(self, values: Mapping[str, str | int]) -> dict[str, str | int]:
        """The values and, filled in with them and with those before it, each part."""
        filled = dict(values)
        for name in self.parts:
            filled[name] = self._filled(f"parts/{name}", filled).rstrip()
        return filled

    def render(self, file: str, values: Mapping[str, str | int]) -> str:
        """The file's text with its names filled in. Raises jinja2.UndefinedError for a name without a value."""
        return self._filled(file, self.with_parts(values))

    def _filled(self, file: str, values: Mapping[str, str | int]) -> str:
        text = (self.folder / f"{file}.sql").read_text(encoding="utf-8")
        return _ENVIRONMENT.from_string(text).render(values)

    def steps(self, file: str, values: Mapping[str, str | int]) -> list[Step]:
        """The file's statements, in order."""
        _, *pieces = _STEP.split(self.render(file, values))
        return [
            Step(title, sql.strip().removesuffix(";")) for title, sql in zip(pieces[::2], pieces[1::2], strict=True)
        ]

    def step(self, file: str, title: str, values: Mapping[str, str | int]) -> Step:
        """The one statement under a title."""
        [step] = [one for one in self.steps(file, values) if one.title == title]
        return step


def drops(steps: Iterable[Step]) -> list[Step]:
    """What removes what the steps create, the last first: such a step's title is the kind and the name of its object.

    A schema stays, since others may use it.
    """
    made = [one for one in steps if one.creates and one.kind_and_name[0] != "SCHEMA"]
    return [Step(one.title, "DROP {} IF EXISTS {}".format(*one.kind_and_name)) for one in reversed(made)]
