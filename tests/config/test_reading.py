"""A config.py that cannot be read ends every command with a message and exit code 2."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from src.config.reading import readable

ROOT = Path(__file__).resolve().parents[2]
GOOD = (ROOT / "config.py").read_text(encoding="utf-8")
COMMANDS = (
    ("setup.py", "--dry-run"),
    ("-m", "demos.factset_etf_iceberg", "render"),
    ("-m", "src.pipelines", "load", "x.csv", "--table", "T"),
    ("-m", "src.data_sharing", "status"),
    ("-m", "src.data_sharing.monitoring", "queries"),
    ("-m", "src.infrastructure.roles", "audit"),
)


def line_of(text: str) -> int:
    return GOOD[: GOOD.index(text)].count("\n") + 1


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ("retention_days=90", "retention_days=91", "database.retention_days is 91. Allowed: "),
        ("retention_days=90", "retention=90", "TypeError("),
        (
            'Warehouse("DATA_ENG_LOAD_WH"',
            'Warehose("DATA_ENG_LOAD_WH"',
            "NameError(",
        ),
    ],
)
def test_a_wrong_value_is_named_with_its_line(
    good: str, bad: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config.py"
    file.write_text(GOOD.replace(good, bad, 1), encoding="utf-8")
    with pytest.raises(SystemExit, match=r"^2$"), readable():
        exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), {})
    printed = capsys.readouterr().err
    assert printed.startswith(f"config.py, line {line_of(good)}: {message}")
    assert printed.endswith(". Mend it, then run the command again.\n")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_shows_a_traceback_for_a_file_that_is_no_python(command: tuple[str, ...], tmp_path: Path) -> None:
    for name in ("src", "demos", "sql"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "setup.py", tmp_path)
    (tmp_path / "config.py").write_text("CONFIG = DemoConfig(\n", encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, *command], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "config.py, line 1: '(' was never closed: CONFIG = DemoConfig(. Mend it, then run the command again.\n"
    )
