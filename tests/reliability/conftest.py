"""Accounts to break: their states are made once and copied."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from . import victims

Copy = Callable[[str], Path]

# How each account came to be: what was run on it.
ACCOUNTS = {"empty": ("cleanup",), "full": ("full",), "deployed": ("full", "deploy")}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The state of an account, made when it is first asked for."""
    states: dict[str, Path] = {}

    def make(account: str) -> Path:
        if account not in states:
            state = tmp_path_factory.mktemp(account) / "state"
            for command in ACCOUNTS[account]:
                assert victims.run(state, command) == 0
            states[account] = state
        return states[account]

    return make


@pytest.fixture
def copied(made: Copy, tmp_path: Path) -> Copy:
    """A copy of an account's state, which may be broken."""
    count = 0

    def copy(account: str) -> Path:
        nonlocal count
        count += 1
        return Path(shutil.copytree(made(account), tmp_path / f"copy{count}"))

    return copy
