"""The setup guide's completion, in each shell that is here, and what each shell's script is answered."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "docs" / "setup_guide.md").read_text(encoding="utf-8")
SHELLS = ("bash", "zsh", "fish")
# What is typed, and what the word under the cursor may become.
TYPED = (
    ("pl", {"plan"}),
    ("s", {"setup", "summarise", "share", "serve"}),
    ("setup --mode v", {"validate"}),
    ("demo f", {"factset_etf_iceberg"}),
    ("demo factset_etf_iceberg ver", {"verify"}),
    ("doctor --ro", {"--role"}),
)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A PATH with the command as it is installed."""
    folder = tmp_path_factory.mktemp("bin")
    command = folder / "data-eng-demo"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m src "$@"\n')
    command.chmod(0o755)
    return os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def block(shell: str) -> str:
    [found] = re.findall(rf"^```{shell}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    return str(found)


def output(words: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


@pytest.mark.parametrize(("typed", "becomes"), TYPED)
def test_in_bash_a_word_is_completed(typed: str, becomes: set[str], environment: dict[str, str]) -> None:
    words = ["data-eng-demo", *typed.split()]
    line = f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}"
    call = '_data_eng_demo_completion data-eng-demo; printf "%s\\n" "${COMPREPLY[@]}"'
    shown = output(["bash", "-c", f"{block('bash')}\n{line}\n{call}"], environment)
    assert set(shown.split()) == becomes


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_each_shell_is_what_the_guide_asks_for(shell: str, environment: dict[str, str]) -> None:
    """Run by the shell itself where it is installed; elsewhere the script is made, and asks for what is answered."""
    assert f"_DATA_ENG_DEMO_COMPLETE={shell}_source data-eng-demo" in block(shell)
    if shell == "fish" and shutil.which(shell):
        output([shell, "-c", block(shell)], environment)
    elif shell == "zsh" and shutil.which(shell):
        output([shell, "-c", f"autoload -U compinit && compinit\n{block(shell)}"], environment)
    script = output(["data-eng-demo"], environment | {"_DATA_ENG_DEMO_COMPLETE": f"{shell}_source"})
    assert f"_DATA_ENG_DEMO_COMPLETE={shell}_complete" in script


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_is_answered(shell: str, environment: dict[str, str]) -> None:
    asked = {"COMP_WORDS": "data-eng-demo pl", "COMP_CWORD": "pl" if shell == "fish" else "1"}
    shown = output(["data-eng-demo"], environment | asked | {"_DATA_ENG_DEMO_COMPLETE": f"{shell}_complete"})
    assert "plan" in re.split(r"[\s,]+", shown)
    assert "monitor" not in shown
