"""What a person and a program are told at the end."""

import io
import json

import pytest

from src.deployment.progress import Lines, describe
from src.deployment.report import Outcome, Report, as_json, as_text
from src.infrastructure.states import Difference

CREATED = Outcome("SCHEMA", "D.S", "created", "CREATE OR ALTER SCHEMA D.S\n  COMMENT = 'x'", seconds=0.126)
FAILED = Outcome("STAGE", "D.S.T", "failed", "CREATE ...", "No room.")
DRIFT = Difference("WAREHOUSE", "W", "size", "Large", "Small")


def report(mode: str = "full", **fields: object) -> Report:
    return Report(mode, "D", "demo", seconds=1.25, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("report", "exit_code"),
    [
        (report(outcomes=[CREATED]), 0),
        (report(outcomes=[CREATED, FAILED]), 1),
        (report(left=["DATABASE D"]), 1),
        (report(error="No.", error_exit_code=2), 2),
        (report(differences=[DRIFT]), 3),
        (report(refusals=["Not ours."]), 4),
        (report(refusals=["Not ours."], outcomes=[FAILED]), 1),
        (report(interrupted=True, outcomes=[FAILED]), 130),
    ],
)
def test_the_exit_code_says_how_it_ended(report: Report, exit_code: int) -> None:
    assert report.exit_code == exit_code
    assert json.loads(as_json(report))["exit_code"] == exit_code


@pytest.mark.parametrize(
    ("report", "text"),
    [
        (report(outcomes=[CREATED]), "D full: 1 created, 0 changed, 0 unchanged (1 object, 1.2 s)"),
        (
            report(outcomes=[CREATED], emulated=True, statements=9, executed=3, recorded=4),
            "D full: 1 created, 0 changed, 0 unchanged (1 object, 9 statements, 1.2 s)\n"
            "Of the 9 statements the emulator executed 3 and only recorded 4 (docs/emulator.md says which); "
            "2 asked for what is not there, or were refused.",
        ),
        (
            report(outcomes=[FAILED], warnings=["Only one day."]),
            "Failed: STAGE D.S.T: No room.\nWarning: Only one day.\n"
            "D full: 0 created, 0 changed, 0 unchanged, 1 failed (1 object, 1.2 s)",
        ),
        (report(refusals=["Not ours."]), "Refused: Not ours.\nNothing was changed in D (1.2 s)"),
        (
            report("validate", differences=[DRIFT]),
            "OBJECT       PROPERTY  EXPECTED  FOUND\n"
            "WAREHOUSE W  size      Large     Small\n"
            "D differs from the configuration in 1 places (1.2 s)",
        ),
        (report("validate"), "D is as configured (1.2 s)"),
        (report("cleanup", proven=True), "D cleanup: 0 dropped; nothing of ours is left (1.2 s)"),
        (
            report("cleanup", proven=True, left=["DATABASE D"]),
            "Left: DATABASE D\nD cleanup: 0 dropped; 1 left (1.2 s)",
        ),
        (
            report("cleanup", proven=True, stays=["pipeline 2 (audit)", "SCHEMA D.S"]),
            "D cleanup: 0 dropped; pipeline 2 (audit), SCHEMA D.S stay (1.2 s)",
        ),
        (report(error="No network."), "Error: No network."),
        (
            report(interrupted=True, outcomes=[CREATED]),
            "Interrupted: D full: 1 created, 0 changed, 0 unchanged. Run it again to complete it. (1 object, 1.2 s)",
        ),
        (report(interrupted=True), "Interrupted: nothing was changed."),
    ],
)
def test_the_summary_says_what_happened(report: Report, text: str) -> None:
    assert as_text(report) == text


def test_verbose_adds_statements_and_round_trips() -> None:
    text = as_text(report(statements=16, waves=1, round_trips=3, requests=18), verbose=True)
    assert text.endswith(
        "16 statements in 1 waves; with opening and closing the session 18 requests, 3 round trips deep."
    )


def test_a_line_is_written_for_each_object() -> None:
    stream = io.StringIO()
    lines = Lines(stream)
    lines.show(CREATED)
    lines.show(FAILED)
    assert stream.getvalue() == "created   SCHEMA D.S\nfailed    STAGE D.S.T: No room.\n"


def test_verbose_lines_show_the_statement() -> None:
    assert describe(CREATED, verbose=True) == (
        "created   SCHEMA D.S (0.13 s)\n    CREATE OR ALTER SCHEMA D.S\n      COMMENT = 'x';"
    )


def test_a_warning_is_kept_once() -> None:
    kept = report()
    kept.add(Outcome("ROLE", "A", "skipped", warning="No right."))
    kept.add(Outcome("ROLE", "B", "skipped", warning="No right."))
    assert kept.warnings == ["No right."]
