"""A command that a person waits for says what it is doing, on a terminal and nowhere else."""

import io
import re
import sys

import pytest

from src.utils.logging_utils import heard_by, step, tell
from src.utils.working import working


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_the_last_line_says_what_is_being_done_and_goes_at_the_end() -> None:
    stream = Terminal()
    with working(stream) as doing:
        doing("counting")
        doing("looking")
    shown = re.sub(r"\x1b\[[\d;]*m", "", stream.getvalue())
    assert shown.index("0:00:00 counting") < shown.index("0:00:00 looking")
    assert shown.endswith("\x1b[1A\x1b[2K")


def test_what_is_too_long_for_the_line_is_cut_and_what_would_steer_the_terminal_is_written_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    stream = Terminal()
    with working(stream) as doing:
        doing("\x1b[2Jcounting " + "x" * 200)
    [line] = [line for line in stream.getvalue().replace("\r", "\n").split("\n") if "counting" in line][:1]
    assert r"\x1b[2Jcounting xxx" in line
    assert line.rstrip("\x1b[0m").endswith("...")
    assert len(line) < 110  # 80, and the colours


def test_what_is_written_meanwhile_keeps_its_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    path, command = "/tmp/" + "x" * 100, "python -m demos.factset_etf_iceberg deploy " + "--prefix ALICE " * 6
    with working(stream) as doing:
        doing("counting")
        print(path)
        print(command)
    assert f"{path}\n" in stream.getvalue()
    assert f"{command}\n" in stream.getvalue()


def test_nothing_is_shown_where_there_is_no_terminal() -> None:
    stream = io.StringIO()
    with working(stream) as doing:
        doing("counting")
    assert stream.getvalue() == ""


def test_what_goes_to_a_file_meanwhile_still_goes_there(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.StringIO()
    monkeypatch.setattr(sys, "stdout", file)
    with working(Terminal()) as doing:
        doing("counting")
        print("a row")
    assert file.getvalue() == "a row\n"


def test_steps_that_are_logged_are_heard_when_they_begin() -> None:
    heard: list[str] = []
    with heard_by(heard.append):
        with step("put"):
            tell("put: 1 of 2 bytes")
        with step("load"):
            pass
    with step("later"):
        pass
    assert heard == ["put", "put: 1 of 2 bytes", "load"]
