"""A command in a message works as pasted, wherever the user is and whatever environment is active."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from src.utils.hints import typed
from src.utils.options import connected

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).absolute().parent


@pytest.fixture
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")


@pytest.mark.usefixtures("no_environment")
def test_without_an_active_environment_it_names_the_interpreter_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / ".venv" / "bin" / "python"
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.chdir(tmp_path)
    assert typed("python -m demos.x deploy") == ".venv/bin/python -m demos.x deploy"
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert typed("python -m demos.x deploy") == f"{python} -m demos.x deploy"


def test_in_an_active_environment_it_is_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}/usr/bin")
    monkeypatch.setattr(sys, "executable", str(BIN / "python"))
    monkeypatch.chdir(ROOT)
    assert typed("python setup.py --mode full") == "python setup.py --mode full"


@pytest.mark.usefixtures("no_environment")
def test_a_path_with_spaces_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "my env" / "bin" / "python"))
    assert shlex.split(typed("python -m demos.x run"))[0] == sys.executable


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ([], ""),
        (["--connection_name", "demo"], " --connection_name demo"),
        (["--prefix", "ALICE"], " --prefix ALICE"),
        (["--role", "DEPLOYER"], " --role DEPLOYER"),
        (["--connection_name", "my demo", "--prefix", "ALICE"], " --connection_name 'my demo' --prefix ALICE"),
    ],
)
def test_it_goes_where_the_running_command_goes(words: list[str], options: str) -> None:
    @click.command()
    @connected
    def command(**rest: str) -> None:
        click.echo(typed("python -m demos.x run"))
        click.echo(typed("python -m src.emulator serve", connected=False))

    first, second = CliRunner().invoke(command, words).output.splitlines()
    assert first.endswith(f"-m demos.x run{options}")
    assert second.endswith("-m src.emulator serve")


@pytest.mark.usefixtures("no_environment")
def test_what_a_message_says_can_be_pasted(tmp_path: Path) -> None:
    """From the repository and from another folder, in a shell without an environment."""
    for folder in (ROOT, tmp_path):
        said = [sys.executable, "-c", "from src.utils.hints import typed; print(typed('python setup.py --version'))"]
        shown = subprocess.run(
            said, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
        )
        pasted = subprocess.run(["sh", "-c", shown.stdout], cwd=folder, capture_output=True, text=True, check=False)
        assert (pasted.returncode, pasted.stderr) == (0, "")
