"""Command lines as a shell would run them, in this process, which has all imported; in `make soak` in their own."""

import io
import os
import runpy
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from .lengths import LONG

Done = subprocess.CompletedProcess[str]


def python(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Done:
    """`python WORDS`, such as `setup.py --mode quick` or `-m src.pipelines load`, in a folder."""
    return (as_process if LONG else in_process)(words, folder, environment)


def as_process(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Done:
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def in_process(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Done:
    output, errors = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # runpy's: the module is imported already
        patch.chdir(folder)
        for name in os.environ.keys() - environment.keys():
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(sys, "stdin", io.StringIO())
        patch.setattr(sys, "argv", list(words))
        code: int | str | None = 0
        with redirect_stdout(output), redirect_stderr(errors):
            try:
                if words[0] == "-m":
                    sys.argv[:] = words[1:]
                    runpy.run_module(words[1], run_name="__main__", alter_sys=True)
                else:
                    runpy.run_path(words[0], run_name="__main__")
            except SystemExit as stop:
                code = stop.code
    return Done(list(words), int(code or 0), output.getvalue(), errors.getvalue())
