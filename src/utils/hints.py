"""A command as a message names it: it works as pasted, from the folder and the shell that the user is in."""

import os
import shlex
import shutil
import sys
from pathlib import Path

import click

_ROOT = Path(__file__).resolve().parents[2]


def typed(command: str, *, connected: bool = True) -> str:
    """`python setup.py ...` or `python -m ...` with this interpreter, where it is.

    With `connected` it goes to the same place: with the running command's connection, role and prefix.
    """
    python, *words = command.split(" ")
    assert python == "python", command
    if words[0] == "setup.py":
        words[0] = _quoted(_from_here(_ROOT / "setup.py"))
    return " ".join([_python(), *words, *(_options() if connected else [])])


def _python() -> str:
    """`python` where that is this interpreter, as in an active environment; else its path."""
    found = shutil.which("python")
    if found and Path(found).absolute() == Path(sys.executable).absolute():
        return "python"
    return _quoted(_from_here(Path(sys.executable).absolute()))


def _from_here(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _quoted(word: str) -> str:
    return f'"{word}"' if os.name == "nt" and " " in word else shlex.quote(word) if os.name != "nt" else word


def _options() -> list[str]:
    context = click.get_current_context(silent=True)
    chosen = context.params if context else {}
    return [
        f"--{name} {_quoted(value)}"
        for name in ("connection_name", "role", "prefix")
        if isinstance(value := chosen.get(name), str) and value
    ]
