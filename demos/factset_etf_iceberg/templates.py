"""The demo's SQL files: rendered as Snowflake CLI renders them, and cut into their steps."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, StrictUndefined

FOLDER = Path(__file__).parent / "sql"
FILES = (
    "00_initialization",
    "00_source_simulated",
    "00_source_mirror",
    "01_pipeline1_iceberg",
    "02_pipeline2_parquet",
    "03_simulate_changes",
    "04_monitoring",
    "05_verification",
    "99_cleanup",
)

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


def render(file: str, values: Mapping[str, str | int]) -> str:
    """The file's text with its names filled in. Raises jinja2.UndefinedError for a name without a value."""
    text = (FOLDER / f"{file}.sql").read_text(encoding="utf-8")
    return _ENVIRONMENT.from_string(text).render(values)


def steps(file: str, values: Mapping[str, str | int]) -> list[Step]:
    """The file's statements, in order."""
    _, *pieces = _STEP.split(render(file, values))
    return [Step(title, sql.strip().removesuffix(";")) for title, sql in zip(pieces[::2], pieces[1::2], strict=True)]


def step(file: str, title: str, values: Mapping[str, str | int]) -> Step:
    """The one statement under a title."""
    [found] = [one for one in steps(file, values) if one.title == title]
    return found
