"""For all tests."""

import gc
import os
import signal
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from src.utils import secrets

from .lengths import LONG

# A shell that runs the tests in the background has them ignore Ctrl-C, which processes that they start would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)

# pytest-xdist tells its workers a width, to which commands would fold their lines.
os.environ.pop("COLUMNS", None)

# The page's tests run where Streamlit is: the Makefile's .venv/page.
collect_ignore = ["page"]

# Collecting imports what stays: no garbage to look for, then or later.
gc.disable()


def pytest_collection_finish() -> None:
    gc.enable()
    gc.freeze()


def pytest_sessionfinish() -> None:
    gc.unfreeze()


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """DuckDB takes one thread, but for the long tests: on a few rows, several cost a fifth more and find no work."""
    connect = duckdb.connect

    def connect_with_one_thread(database: str = ":memory:", *, config: dict[str, Any] | None = None) -> Any:
        return connect(database, config={"threads": 1} | (config or {}))

    with pytest.MonkeyPatch.context() as patch:
        if not LONG:
            patch.setattr(duckdb, "connect", connect_with_one_thread)
        yield


@pytest.fixture(autouse=True)
def _secrets_of_one_test() -> Iterator[None]:
    """A process is one command: what the connections of a test hold is hidden in what that test shows alone."""
    yield
    secrets._known.clear()
