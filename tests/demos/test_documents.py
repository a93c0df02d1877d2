"""Every shell and SQL block of the demo's documents runs, in order, and shows what the document says.

`make` and `.venv/bin/python` are the real Makefile and this Python, in a folder that looks like a fresh clone after
its first `make`. The connection `demo` is the emulator's server, reached as an account is.

In `make soak` every command is a process. In `make test` that is so for the cleanup on the connection `demo`; the other
commands, and those that `make -n` names, run in this one.
"""

import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import snowflake.connector
from click.testing import CliRunner
from snowflake.connector.config_manager import CONFIG_MANAGER
from snowflake.connector.util_text import split_statements

import setup
from demos.factset_etf_iceberg.__main__ import main as demo_main
from src.emulator.protocol.serving import Address, emulator

from ..lengths import LONG
from .documents import blocks, differences, is_shown

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "demos" / "factset_etf_iceberg"
DOCUMENTS = ("README.md", "QUICK_START.md", "docs/pipeline_comparison.md", "docs/demo_script.md")
LINKED = ("config.py", "setup.py", "src", "demos", "Makefile", "pyproject.toml", "constraints.txt", "LICENSE")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The repository with a `.venv` that is made already."""
    folder = tmp_path / "clone"
    (folder / ".venv" / "bin").mkdir(parents=True)
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)
    python = folder / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    for stamp in ("local.stamp", "dev.stamp"):
        (folder / ".venv" / stamp).touch()
    return folder


@pytest.fixture
def served(clone: Path) -> Iterator[Address]:
    with emulator(clone / ".local-snowflake") as address:
        yield address


@pytest.fixture
def environment(clone: Path, served: Address, tmp_path: Path) -> dict[str, str]:
    """A person with no connection configured; SNOWFLAKE_HOME is set for the commands that name one."""
    home = tmp_path / "home"
    (home / "account").mkdir(parents=True)
    (home / "nothing").mkdir()
    named = served.parameters | {"protocol": "http"}
    lines = [f"{key} = {value if isinstance(value, int) else repr(str(value))}" for key, value in named.items()]
    connections = home / "account" / "connections.toml"
    connections.write_text("[demo]\n" + "\n".join(lines) + "\n")
    connections.chmod(0o600)
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "PYTHONPATH") if name in os.environ}
    return kept | {"HOME": str(home), "PYTHONWARNINGS": "ignore", "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture
def shell(clone: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    def run(text: str) -> str:
        is_named = "demo --yes" in text or "=demo" in text
        home = "account" if is_named else "nothing"
        known = environment | {"SNOWFLAKE_HOME": str(Path(environment["HOME"]) / home)}
        with monkeypatch.context() as patch:
            is_process = LONG or (is_named and "cleanup" in text)
            shown = as_processes(text, clone, known) if is_process else in_process(text, clone, known, patch)
        return "\n".join(line for line in shown.splitlines() if not line.startswith((".venv/bin/python", "make")))

    return run


def as_processes(text: str, clone: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", text],
        cwd=clone,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}"
    return done.stdout


def in_process(text: str, clone: Path, environment: dict[str, str], patch: pytest.MonkeyPatch) -> str:
    """What the same lines show, with the command lines parsed by the same click commands."""
    patch.chdir(clone)
    for name in [name for name in os.environ if name.startswith(("SNOWFLAKE_", "DATA_ENG_"))]:
        patch.delenv(name)
    for name, value in environment.items():
        patch.setenv(name, value)
    # The connector reads the file once a process.
    connections = CONFIG_MANAGER._slices[0]._replace(path=Path(environment["SNOWFLAKE_HOME"]) / "connections.toml")
    patch.setattr(CONFIG_MANAGER, "_slices", [connections])
    patch.setattr(CONFIG_MANAGER, "conf_file_cache", None)
    lines = [command for line in text.splitlines() for command in commands_of(line, clone, environment)]
    return "".join(shown_by(line) for line in lines)


def commands_of(line: str, clone: Path, environment: dict[str, str]) -> list[str]:
    """The line itself, or those that `make` would run."""
    return as_processes(f"{line} -n", clone, environment).splitlines() if line.startswith("make ") else [line]


def shown_by(line: str) -> str:
    """The output of `.venv/bin/python ...`, and of the `echo` that stands after `||` if it fails."""
    line, _, otherwise = line.partition(" || echo ")
    python, *words = shlex.split(line)
    assert python == ".venv/bin/python", line
    command, words = (setup.main, words[1:]) if words[0] == "setup.py" else (demo_main, words[2:])
    done = CliRunner().invoke(command, words)
    assert done.exit_code == 0 or otherwise, f"{line}\n{done.output}"
    said = shlex.split(otherwise)[0].replace("$?", str(done.exit_code)) + "\n" if done.exit_code else ""
    return done.output + said


@pytest.fixture
def sql(served: Address) -> Iterator[Any]:
    """Runs statements in one worksheet and shows the last one's rows under their names."""
    parameters: dict[str, Any] = dict(served.parameters)
    connection = snowflake.connector.connect(
        **parameters, platform_detection_timeout_seconds=0, disable_ocsp_checks=True
    )

    def run(text: str) -> str:
        shown = ""
        connection.cursor().execute("USE WAREHOUSE DATA_ENG_XFORM_WH")
        for statement, _ in split_statements(io.StringIO(text)):
            if statement and statement.strip():
                cursor = connection.cursor().execute(statement)
                assert cursor is not None
                rows: list[tuple[Any, ...]] = cursor.fetchall()
                names = [column.name for column in cursor.description or ()]
                shown = "\n".join(" | ".join(map(str, row)) for row in [tuple(names), *rows])
        return shown

    yield run
    connection.close()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_runs_from_top_to_bottom_and_shows_what_it_says(document: str, shell: Any, sql: Any) -> None:
    if document.startswith("docs/pipeline"):
        shell("make full")
    assert list(differences(FOLDER / document, {"bash": shell, "sql": sql})) == []


def test_the_documents_have_blocks_to_run() -> None:
    assert [len(blocks(FOLDER / document)) > 5 for document in DOCUMENTS] == [False, True, True, True]


def test_what_the_readme_records_of_a_terminal_is_what_the_quick_start_shows() -> None:
    played = {(block.text, block.expected) for block in blocks(FOLDER / "QUICK_START.md")}
    recorded = {(block.text, block.expected) for block in blocks(ROOT / "README.md") if block.expected}
    assert {text for text, _ in recorded} == {"make demo\n"}
    assert recorded <= played


@pytest.mark.parametrize(
    ("expected", "shown", "same"),
    [
        ("a\n...\nb\n", "a\nx\ny\nb\n", True),
        ("a\n...\nb\n", "a\nb\n", True),
        ("... rows, hash ...\n", "10 rows, hash -5\n", True),
        ("a\nb\n", "a\nc\n", False),
        ("a\n", "a\nb\n", False),
        ("ROW_COUNT\n1000\n", "ROW_COUNT\n1001\n", False),
    ],
)
def test_three_dots_stand_for_anything_and_nothing_else_does(expected: str, shown: str, same: bool) -> None:
    assert is_shown(expected, shown) == same


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_of_a_document_leads_somewhere(document: str) -> None:
    file = FOLDER / document
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", file.read_text(encoding="utf-8")):
        assert (file.parent / target).exists(), target


TROUBLE = (FOLDER / "docs" / "demo_script.md").read_text(encoding="utf-8").partition("## When something fails")[2]
FOLDERS = (FOLDER, ROOT / "src" / "demo_kit", ROOT / "src" / "utils")
SOURCE = "\n".join(path.read_text(encoding="utf-8") for folder in FOLDERS for path in sorted(folder.glob("*.py")))


@pytest.mark.parametrize("message", re.findall(r"^\| `([^`]+)`", TROUBLE, re.MULTILINE))
def test_what_a_presenter_may_see_on_stage_is_what_the_demo_says(message: str) -> None:
    for part in message.split("..."):
        assert part.strip() in SOURCE, part
