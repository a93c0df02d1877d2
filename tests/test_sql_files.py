"""The generated files, and all SQL of the repository."""

import re
from pathlib import Path

import pytest
from sqlfluff.api import simple

from .generated import ROOT, generated

SQL_FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "sql").rglob("*.sql"))


@pytest.mark.parametrize("path", generated())
def test_a_generated_file_is_in_step_with_the_code(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == generated()[path], "Run: make generated"


@pytest.mark.parametrize("path", SQL_FILES)
def test_sqlfluff_parses_the_file(path: str) -> None:
    simple.parse((ROOT / path).read_text(encoding="utf-8"), dialect="snowflake")


@pytest.mark.parametrize("path", SQL_FILES)
def test_the_file_never_replaces_what_holds_data(path: str) -> None:
    text = Path(ROOT / path).read_text(encoding="utf-8")
    assert not re.search(r"OR\s+REPLACE\s+(\w+\s+)?(DATABASE|SCHEMA|TABLE|STAGE|STREAM)\b", text)
