"""docs/best_practices.md: its blocks run in order on the emulator; what is for an account only is refused there."""

import os
import re
import shlex
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlfluff
from snowflake.connector.util_text import split_statements

from src.demo_kit.script import Block, blocks
from src.emulator.protocol.serving import emulator
from src.utils.queries import QueryFailed, rows
from src.utils.snowpark_session import open_session, resolve_target

from .commands import python

if TYPE_CHECKING:
    from snowflake.snowpark import Session

ROOT = Path(__file__).resolve().parent.parent
BLOCKS = blocks((ROOT / "docs" / "best_practices.md").read_text(encoding="utf-8"))
README = blocks((ROOT / "README.md").read_text(encoding="utf-8"))
ACCOUNT = "-- On an account only\n"
NOT_EMULATED = {2, 904}  # refused by name, or a column that the emulator's view has not
LANGUAGES = ("csv", "toml")


def statements(block: Block) -> Iterator[str]:
    for statement, _ in split_statements(StringIO(block.text)):
        if statement and statement.strip():
            yield statement


def run_commands(block: Block, folder: Path, environment: dict[str, str]) -> None:
    """Each line as a shell would, but for its `|| echo $?`, which says that it ends with 3."""
    for line in block.text.splitlines():
        command, _, otherwise = line.partition(" || ")
        name, *words = shlex.split(command)
        assert name == "data-eng-demo", line
        done = python(["-m", "src", *words], folder, environment)
        assert done.returncode == (3 if otherwise else 0), f"{line}\n{done.stdout}{done.stderr}"


def run_sql(block: Block, session: "Session") -> None:
    for statement in statements(block):
        if block.text.startswith(ACCOUNT):
            with pytest.raises(QueryFailed) as refused:
                rows(session, statement)
            assert refused.value.errno in NOT_EMULATED, f"{statement}\n{refused.value}"
        else:
            rows(session, statement)


@pytest.mark.timeout(600)
def test_the_page_runs_from_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_ENG_DEMO_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("SNOWFLAKE_HOME", str(tmp_path))
    monkeypatch.syspath_prepend(ROOT)
    for language, name in zip(LANGUAGES, ("orders.csv", "checks.toml"), strict=True):
        [content] = [block.text for block in README if block.language == language]
        (tmp_path / name).write_text(content, encoding="utf-8")
    first, *others = BLOCKS
    with emulator(tmp_path / "state"):
        run_commands(first, tmp_path, dict(os.environ))
        with open_session(resolve_target("local"), query_tag="DATA_ENG_DEMO_GENERATION") as opened:
            for block in others:
                if block.language == "sh":
                    run_commands(block, tmp_path, dict(os.environ))
                else:
                    run_sql(block, opened.session)


def test_what_is_for_an_account_only_is_snowflakes_sql() -> None:
    only = [block.text for block in BLOCKS if block.text.startswith(ACCOUNT)]
    assert len(only) >= 6
    for text in only:
        sqlfluff.parse(text, dialect="snowflake")


def test_every_practice_has_something_to_run() -> None:
    text = (ROOT / "docs" / "best_practices.md").read_text(encoding="utf-8")
    practices = re.split(r"^###? ", text.partition("## Performance")[2].partition("## Further")[0], flags=re.MULTILINE)
    without = [one.splitlines()[0] for one in practices if one.strip() and "```" not in one]
    assert without == ["Cost", "Change", "Quality"]
