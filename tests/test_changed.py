"""`make check` runs the tests of the rooms whose files have changed."""

from pathlib import Path

import pytest

from .changed import ROOT, TESTS, covering


@pytest.mark.parametrize(
    ("path", "tests"),
    [
        ("src/pipelines/loading.py", ("tests/pipelines",)),
        ("src/emulator/iceberg/commits.py", ("tests/emulator/iceberg/test_iceberg.py",)),
        ("src/emulator/engine.py", TESTS["src/emulator"]),
        ("demos/factset_etf_iceberg/sql/05_cleanup.sql", ("tests/demos",)),
        ("docs/reliability.md", TESTS["docs/reliability.md"]),
        ("tests/emulator/staging/test_load.py", ("tests/emulator/staging/test_load.py",)),
        ("tests/deployment/conftest.py", ("tests/deployment",)),
        ("LICENSE", ()),
    ],
)
def test_a_changed_file_names_the_tests_of_its_room(path: str, tests: tuple[str, ...]) -> None:
    assert covering(path) == tests


def test_every_room_has_tests_and_they_are_there() -> None:
    files = [file.relative_to(ROOT) for room in ("src", "demos") for file in (ROOT / room).rglob("*.py")]
    rooms = [file for file in files if len(file.parts) > 2 and file.name != "__init__.py"]
    assert [file for file in rooms if not covering(str(file))] == []
    named = {test for tests in TESTS.values() for test in tests}
    assert [test for test in named if not Path(ROOT / test).exists()] == []
