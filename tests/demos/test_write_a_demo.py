"""docs/write_a_demo.md: the demo that it writes, from the page's own blocks, runs and leaves nothing."""

import importlib.util
import re
import shlex
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

import demos
import setup
from src.deployment.sending import Sender
from src.emulator.protocol.serving import Address, emulator
from src.utils.snowpark_session import open_session, resolve_target

from .documents import Block, blocks, is_shown

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "write_a_demo.md"

# Where the lines of a block go in config.py: behind the first of these.
PLACES = {
    "config.py, in the import from src.config": "    Database,\n",
    "config.py, in Config": "    factset: FactsetDemo\n",
    "config.py, in CONFIG": "CONFIG = Config(\n",
}


def written() -> dict[str, str]:
    """The text of each block that names its place in its first line."""
    titled = [re.match(r"(?:#|--) (\S[^\n]*)\n(.*)", block.text, re.DOTALL) for block in blocks(DOCUMENT)]
    return {match[1]: match[2] for match in titled if match}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the page's files and its config.py, which this process takes for the project's."""
    config = (ROOT / "config.py").read_text(encoding="utf-8")
    for place, text in written().items():
        if place in PLACES:
            config = config.replace(PLACES[place], PLACES[place] + text, 1)
            continue
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(text, encoding="utf-8")
    (tmp_path / "config.py").write_text(config, encoding="utf-8")
    monkeypatch.setattr(demos, "__path__", [*demos.__path__, str(tmp_path / "demos")])
    monkeypatch.setitem(sys.modules, "config", module_of(tmp_path / "config.py"))
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("demos.orders")]:
        del sys.modules[name]


def module_of(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def served(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Address]:
    monkeypatch.setenv("DATA_ENG_DEMO_STATE", str(folder / "state"))
    with emulator(folder / "state") as address:
        yield address


def shown_by(block: Block) -> str:
    """What the lines of a block print, each run in this process."""
    output = ""
    for line in block.text.splitlines():
        python, *words = shlex.split(line)
        assert python == ".venv/bin/python", line
        if words[0] == "setup.py":
            command, options = setup.main, words[1:]
        else:
            command, options = import_module(f"{words[1]}.__main__").main, words[2:]
        done = CliRunner().invoke(command, options)
        assert done.exit_code == 0, f"{line}\n{done.output}"
        output += done.output
    return output


def test_the_page_writes_three_files_a_command_and_three_lines_of_config() -> None:
    assert list(written()) == [
        "demos/orders/sql/01_copies.sql",
        "demos/orders/copies.py",
        "demos/orders/manifest.py",
        *PLACES,
        "demos/orders/__main__.py",
    ]


@pytest.mark.usefixtures("served")
def test_the_demo_of_the_page_is_deployed_run_proven_and_removed_and_shows_what_the_page_says() -> None:
    for block in blocks(DOCUMENT):
        if block.language == "bash":
            shown = shown_by(block)
            assert block.expected is None or is_shown(block.expected, shown), shown
    with open_session(resolve_target("local"), query_tag="TEST") as opened, Sender.of(opened.session) as sender:
        schemas = {row["name"] for row in sender.send("SHOW SCHEMAS IN DATABASE DATA_ENG_DEMO").rows}
    assert schemas >= {"RAW_DATA", "CURATED", "ANALYTICS"}
    assert "ORDERS" not in schemas
