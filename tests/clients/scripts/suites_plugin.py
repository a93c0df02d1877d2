"""Inside Snowpark's own tests: passes over those that are excluded, and writes a line of JSON for each outcome."""

import json
import os
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import tests.integ.session_parameters as of_the_suites  # type: ignore[import-not-found]  # of the tests' own repository

PREFIX = "tests/integ/"
EXCLUDED: dict[str, list[str]] = json.loads(os.environ["EXCLUDED"])  # markers, and patterns of tests
OUTCOMES = Path(os.environ["OUTCOMES"])

# The parameters of the accounts that the suites are made for: in no documentation.
of_the_suites.set_up_test_session_parameters = lambda session, local_testing_mode: None


@pytest.fixture(autouse=True)
def in_a_schema(session: Any) -> None:
    """A test may drop the current schema: there each of many processes runs few tests, here one runs all."""
    cursor = session.connection.cursor()  # the session itself remembers the schema that was dropped
    if cursor.execute("SELECT CURRENT_SCHEMA()").fetchone() == (None,):
        cursor.execute("USE SCHEMA PUBLIC")


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    left_out = [item for item in items if _is_excluded(item)]
    for item in left_out:
        _write(item.nodeid, "excluded", "")
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _is_excluded(item: Any) -> bool:
    name = item.nodeid.removeprefix(PREFIX)
    is_marked = any(item.get_closest_marker(marker) for marker in EXCLUDED["markers"])
    return is_marked or any(fnmatchcase(name, pattern) for pattern in EXCLUDED["tests"])


def pytest_runtest_logreport(report: Any) -> None:
    if report.when == "call" or report.outcome != "passed":
        crash = getattr(report.longrepr, "reprcrash", None) if report.failed else None
        _write(report.nodeid, report.outcome, crash.message if crash else "")


def _write(nodeid: str, outcome: str, message: str) -> None:
    with OUTCOMES.open("a", encoding="utf-8") as file:
        file.write(json.dumps([nodeid.removeprefix(PREFIX), outcome, message[:500]]) + "\n")
