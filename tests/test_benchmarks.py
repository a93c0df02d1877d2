"""make bench says what the machine is worth before it measures, and what is over its limit after."""

import pytest

from tests.benchmarks import __main__ as benchmarks
from tests.benchmarks import baseline
from tests.benchmarks.measuring import Cost, Line

FITS = Line("full", 1.5, 1.7, "s")
OVER = Line("cleanup", 1.4567, 1.4, "s")
UNLIMITED = Line("plain DuckDB", 99, None, "s")


@pytest.mark.parametrize(
    ("lines", "last"),
    [
        ([FITS, UNLIMITED, "a table"], ["", "Every limit holds."]),
        ([OVER, FITS], ["", "Over its limit: cleanup: 1.46, at most 1.4 s"]),
        ([OVER, OVER], ["", *["Over its limit: cleanup: 1.46, at most 1.4 s"] * 2]),
    ],
)
def test_what_is_over_its_limit_stands_at_the_end(lines: list[Line | str], last: list[str]) -> None:
    assert list(benchmarks.with_verdict(lines)) == [*lines, *last]


def test_a_line_says_whether_its_limit_holds() -> None:
    assert [str(line).split()[-1] for line in (FITS, OVER)] == ["ok", "OVER"]


def test_the_machine_is_measured_first(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(baseline, "run", lambda command: Cost(float(len(command[-1]) > 0), 1))
    monkeypatch.setattr("tests.benchmarks.setup_cost.lines", lambda: iter([OVER]))
    benchmarks.main(["setup"])
    first, *_, cost, _, verdict = capsys.readouterr().out.splitlines()
    assert first.startswith("this machine: the start of Python")
    assert (cost, verdict) == (str(OVER), "Over its limit: cleanup: 1.46, at most 1.4 s")
