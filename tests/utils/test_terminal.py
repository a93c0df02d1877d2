"""No name steers the terminal that it is shown on."""

import io
import logging

import pytest

from src.utils.command import show
from src.utils.logging_utils import set_up_logging
from src.utils.secrets import redact
from src.utils.terminal import columns, fitted, printable, say, table

STEERING = {
    "\x1b[2J": r"\x1b[2J",
    "\x1b]0;title\x07": r"\x1b]0;title\x07",
    "a\rb": r"a\rb",
    "a\x08b": r"a\x08b",
    "\x9b31m": r"\x9b31m",
    "\x7f": r"\x7f",
    "a\u202eb": r"a\u202eb",
}


@pytest.mark.parametrize(("name", "shown"), STEERING.items())
def test_control_characters_are_written_out(name: str, shown: str) -> None:
    assert printable(name) == shown
    assert redact(f"Object '{name}' does not exist.") == f"Object '{shown}' does not exist."


def test_lines_tabs_and_letters_stay() -> None:
    assert printable("a\tb\nß 日本 😀") == "a\tb\nß 日本 😀"


@pytest.mark.parametrize("name", STEERING)
def test_reports_tables_and_logs_do_not_carry_them(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    say(f"dropped {name}", stream)
    set_up_logging("text", stream)
    logging.getLogger("data_eng_demo").warning("%s is gone", name)
    show([{"NAME": name}], "text")
    shown = stream.getvalue() + capsys.readouterr().out
    assert not any(letter in shown for letter in name if not letter.isprintable())


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("said", "stream", "width"),
    [
        (None, io.StringIO(), None),
        (None, Screen(), 100),
        ("80", io.StringIO(), 80),
        ("80", Screen(), 80),
        ("250", Screen(), 100),
        ("7", Screen(), 40),
        ("wide", io.StringIO(), None),
    ],
)
def test_text_is_as_wide_as_the_screen_and_a_hundred_columns_at_most(
    said: str | None, stream: io.StringIO, width: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    if said:
        monkeypatch.setenv("COLUMNS", said)
    assert columns(stream) == width


COMMAND = ".venv/bin/python -m demos.factset_etf_iceberg deploy --connection_name demo"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("short", "short"),
        (f"It is not deployed. Run: {COMMAND}", f"It is not deployed. Run:\n    {COMMAND}"),
        (f"Run: {COMMAND}, then look", f"Run:\n    {COMMAND},\n    then look"),
        ("  " + "word " * 20, "  " + ("word " * 15).rstrip() + "\n      " + ("word " * 5).rstrip()),
        ("x" * 90, "x" * 90),
        ("a\n\n  b", "a\n\n  b"),
    ],
)
def test_a_long_line_is_folded_between_words_and_never_in_a_command(
    text: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert fitted(text, io.StringIO()) == shown
    monkeypatch.delenv("COLUMNS")
    assert fitted(text, io.StringIO()) == text


ROWS = [("NAME", "KIND", "TEXT"), ("one", "TABLE", "a" * 30), ("a longer one", "VIEW", "b" * 90)]


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (
            None,
            [
                "NAME          KIND   TEXT",
                f"one           TABLE  {'a' * 30}",
                f"a longer one  VIEW   {'b' * 90}",
            ],
        ),
        (
            80,
            [
                "NAME          KIND",
                "    TEXT",
                "one           TABLE",
                f"    {'a' * 30}",
                "a longer one  VIEW",
                f"    {'b' * 73}...",
            ],
        ),
        (
            15,
            [
                "NAME",
                "    KIND",
                "    TEXT",
                "one",
                "    TABLE",
                f"    {'a' * 8}...",
                "a longer one",
                "    VIEW",
                f"    {'b' * 8}...",
            ],
        ),
    ],
)
def test_a_table_that_is_wider_than_the_screen_goes_on_below(width: int | None, lines: list[str]) -> None:
    assert table(ROWS, width) == lines
