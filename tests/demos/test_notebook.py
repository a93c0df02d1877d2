"""The notebook that is made of the script: its cells run, in order, and show what the script says."""

import io
import json
import re
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from src.demo_kit.script import blocks, is_shown
from src.emulator.protocol.serving import Address, emulator

from ..generated import DEMO_NOTEBOOK, ROOT
from ..lengths import LONG

NOTEBOOK: dict[str, Any] = json.loads((ROOT / DEMO_NOTEBOOK).read_text(encoding="utf-8"))
# In `make soak` the whole script; the rest of it is what test_documents runs.
LAST = None if LONG else "## 4 Proof"


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Address]:
    """The emulator for a person with no connection configured."""
    monkeypatch.setenv("DATA_ENG_DEMO_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("SNOWFLAKE_HOME", str(tmp_path))
    with emulator(tmp_path / "state") as address:
        yield address


def text_of(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


@pytest.mark.timeout(400)
@pytest.mark.usefixtures("served")
def test_the_cells_show_what_the_script_says() -> None:
    names: dict[str, Any] = {}
    shown, differing = "", []
    for cell in NOTEBOOK["cells"]:
        if LAST and LAST in text_of(cell):
            break
        if cell["cell_type"] == "code":
            output = io.StringIO()
            with redirect_stdout(output), redirect_stderr(output):
                exec(compile(text_of(cell), cell["id"], "exec"), names)
            shown = output.getvalue()
        elif text_of(cell).startswith("It shows:"):
            [expected] = re.findall(r"```text\n(.*?)```", text_of(cell), re.DOTALL)
            if not is_shown(expected, shown):
                differing.append(f"{expected}\nand shows\n{shown}")
    names["worksheet"].close()
    assert differing == []


def test_it_has_a_cell_for_each_block_of_the_script_and_all_of_its_text() -> None:
    script = (ROOT / DEMO_NOTEBOOK).with_name("demo_script.md").read_text(encoding="utf-8")
    code = [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]
    assert len(code) == len(blocks(script)) + 2  # where it finds the project, and the warehouse
    written = "\n".join(text_of(cell) for cell in NOTEBOOK["cells"] if cell["cell_type"] == "markdown")
    for line in re.sub(r"^```.*?^```$", "", script, flags=re.DOTALL | re.MULTILINE).splitlines():
        assert line.strip() in written


def test_it_is_a_notebook_of_format_4_5() -> None:
    assert (NOTEBOOK["nbformat"], NOTEBOOK["nbformat_minor"]) == (4, 5)
    identities = [cell["id"] for cell in NOTEBOOK["cells"]]
    assert len(set(identities)) == len(identities)
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", identity) for identity in identities)
    for cell in NOTEBOOK["cells"]:
        keys = {"id", "cell_type", "metadata", "source"}
        assert set(cell) == (keys | {"outputs", "execution_count"} if cell["cell_type"] == "code" else keys)
