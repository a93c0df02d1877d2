"""No name steers the terminal that it is shown on."""

import io
import logging

import pytest

from src.deployment.progress import say
from src.utils.command_line import show
from src.utils.logging_utils import set_up_logging
from src.utils.secrets import redact
from src.utils.terminal import printable

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
