"""README's section "Bring your own file": its files and its commands, as they stand there."""

import os
import re
import shlex
from pathlib import Path

from .commands import python

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ".venv/bin/python"


def _block(section: str, language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert found is not None, language
    return found[1]


def _section() -> str:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return text.partition("## Bring your own file\n")[2].partition("\n## ")[0]


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SNOWFLAKE_", "DATA_ENG_"))}
    return kept | {"HOME": str(folder), "DATA_ENG_DEMO_STATE": str(folder / "state")}


def _run(command: str, folder: Path) -> str:
    interpreter, *words = shlex.split(command)
    assert interpreter == PYTHON
    done = python(words, folder, _environment(folder))
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_five_commands_load_curate_validate_share_and_monitor(tmp_path: Path) -> None:
    section = _section()
    (tmp_path / "orders.csv").write_text(_block(section, "csv"))
    (tmp_path / "checks.toml").write_text(_block(section, "toml"))
    for name in ("setup.py", "config.py", "src", "sql"):
        (tmp_path / name).symlink_to(ROOT / name)
    commands = _block(section, "sh").splitlines()
    assert len(commands) == 5
    _, loaded, shared, status, queries = (_run(command, tmp_path) for command in commands)
    assert "curated   2 of 4 rows, 1 duplicates, 1 rejected" in loaded
    assert "all checks passed" in loaded
    assert "+ SELECT ON TABLE DATA_ENG_DEMO.CURATED.ORDERS" in shared
    assert "TABLE DATA_ENG_DEMO.CURATED.ORDERS" in status
    assert "COPY INTO DATA_ENG_DEMO.RAW_DATA.ORDERS" in queries
    assert "loaded    0 rows" in _run(commands[1], tmp_path)
    assert _run(commands[2], tmp_path) == "Nothing to change.\n"
