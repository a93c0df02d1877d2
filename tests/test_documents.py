"""What the README and docs/ tell a user to type is there and does what they say."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import CONFIG
from src.deployment.command import Options, perform
from src.utils.snowpark_session import open_session, resolve_target

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = (
    *("README.md", "CONTRIBUTING.md", "docs/setup_guide.md", "docs/emulator.md", "docs/operations.md"),
    "docs/reliability.md",
)


def blocks(document: str, language: str) -> list[str]:
    text = (ROOT / document).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands() -> Iterator[str]:
    """Every line of every shell block, once, without its remark."""
    lines = [line for document in DOCUMENTS for block in blocks(document, "sh") for line in block.splitlines()]
    yield from dict.fromkeys(line.partition(" #")[0].strip() for line in lines if line.strip())


MAKE = [line for line in commands() if line.startswith("make ")]
PYTHON = [line for line in commands() if re.match(r"(\.venv/bin/)?python ", line)]


def test_every_command_is_one_that_is_looked_at() -> None:
    assert sorted(commands()) == sorted(MAKE + PYTHON)
    assert MAKE
    assert PYTHON


@pytest.mark.parametrize("line", MAKE)
def test_every_make_target_is_there(line: str) -> None:
    target = line.split()[1]
    assert re.search(rf"^(?:\w+ )*{target}(?: \w+)*:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("line", PYTHON)
def test_every_python_command_knows_its_options(line: str) -> None:
    words = [sys.executable, *shlex.split(line)[1:], "--help"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_a_link_leads_to_a_file_that_is_there() -> None:
    for document in (
        "README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")),
    ):
        folder = (ROOT / document).parent
        for link in re.findall(r"\]\(([^)#:]+)\)", (ROOT / document).read_text(encoding="utf-8")):
            assert (folder / link).exists(), f"{document}: {link}"


def test_the_two_copies_of_the_setup_guide_load_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_ENG_DEMO_STATE", str(tmp_path / "state"))
    assert perform(Options("full", connection_name="local"), CONFIG).exit_code == 0
    file = tmp_path / "t.csv"
    file.write_text("NAME,ID\none,1\ntwo,2\n")
    sent = [sql.strip() for block in blocks("docs/setup_guide.md", "sql") for sql in block.split(";")[:-1]]
    by_position, by_name = (sql for sql in sent if sql.startswith("COPY"))
    with open_session(resolve_target("local"), query_tag="TEST") as opened:
        run = opened.session.sql
        run("USE WAREHOUSE DATA_ENG_LOAD_WH").collect()
        for columns, copy in (("NAME VARCHAR, ID INT", by_position), ("ID INT, NAME VARCHAR", by_name)):
            run(f"CREATE OR REPLACE TABLE DATA_ENG_DEMO.RAW_DATA.T ({columns})").collect()
            opened.session.file.put(str(file), "@DATA_ENG_DEMO.RAW_DATA.CSV_STAGE/t/", overwrite=True)
            run(copy).collect()
            rows = run("SELECT ID, NAME FROM DATA_ENG_DEMO.RAW_DATA.T ORDER BY ID").collect()
            assert [tuple(row) for row in rows] == [(1, "one"), (2, "two")]
