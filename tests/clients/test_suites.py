"""The run of Snowpark's own tests writes figures only of what has run."""

import json
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from . import suites

LISTED = """
release = "1"
suites = ["scala/test_one_suite.py", "test_two.py"]
excluded = []
"""
CONFTEST = """
from unittest.mock import MagicMock
import pytest

@pytest.fixture
def session():
    return MagicMock()
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with two suites: of the first a test passes and a test fails; the second cannot be read."""
    tests = tmp_path / "repository" / "tests"
    (tests / "integ" / "scala").mkdir(parents=True)
    for folder in (tests, tests / "integ", tests / "integ" / "scala"):
        (folder / "__init__.py").touch()
    (tests / "integ" / "session_parameters.py").touch()
    (tests / "integ" / "conftest.py").write_text(CONFTEST)
    (tests / "integ" / "scala" / "test_one_suite.py").write_text("def test_a(): pass\n\ndef test_b(): assert 0\n")
    (tests / "integ" / "test_two.py").write_text("import nothing_that_is_there\n")
    (tmp_path / "list.toml").write_text(LISTED)
    monkeypatch.setattr(suites, "account", lambda folder: nullcontext({}))  # these suites ask no emulator
    monkeypatch.setattr(suites, "_LIST", tmp_path / "list.toml")
    monkeypatch.setattr(suites, "FIGURES", tmp_path / "figures.json")
    return tests.parent


def run(repository: Path, suite: str) -> Result:
    options = ["--repository", str(repository), "--suite", suite, "--python", sys.executable]
    return CliRunner().invoke(suites.main, options)


def test_what_has_run_is_written_down(repository: Path) -> None:
    done = run(repository, "one")
    assert done.exit_code == 0, done.output
    told = json.loads(suites.FIGURES.read_text())
    assert told["suites"] == {"scala/test_one_suite.py": [1, 2, 0]}
    assert told["failing"] == ["scala/test_one_suite.py::test_b"]


def test_a_run_that_pytest_breaks_off_writes_nothing(repository: Path) -> None:
    done = run(repository, "two")
    assert done.exit_code == 1
    assert "Error: pytest ended with 2, no figures are written." in done.output
    assert "No module named 'nothing_that_is_there'" in done.output
    assert not suites.FIGURES.exists()


def test_a_part_that_no_suite_has_is_an_error(repository: Path) -> None:
    done = run(repository, "three")
    assert done.exit_code == 2
    expected = 'No suite has "three" in its name. They are: scala/test_one_suite.py, test_two.py.'
    assert expected in " ".join(done.output.split())
