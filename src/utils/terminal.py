"""What is written to a terminal: names of others may hold what would steer it."""

import os
import re
import textwrap
from typing import TextIO

# C0 but for the tab and the end of a line, DEL, C1, and the marks that turn the direction of writing.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """The text with control characters written out, as `\\x1b`: a name cannot clear the screen or hide what is said."""
    return _STEERING.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


MOST_COLUMNS = 100
_FEWEST_COLUMNS = 40
# A command that a message names, which has to stay on one line to be pasted.
_COMMAND = re.compile(r"\S*python\S* (?:-m [\w.]+|\S*setup\.py)(?: (?!\()[^\s,;.()]\S*?(?=[,;.)]*(?:\s|$)))*")
_HELD = "\N{NO-BREAK SPACE}"


def columns(stream: TextIO) -> int | None:
    """How wide the text may be: that of the screen, or as COLUMNS says, 100 at most; None where there is no screen."""
    wide = os.environ.get("COLUMNS", "")
    if not wide.isdigit():
        if not stream.isatty():
            return None
        try:
            wide = str(os.get_terminal_size(stream.fileno()).columns)
        except OSError:
            return MOST_COLUMNS
    return min(max(int(wide), _FEWEST_COLUMNS), MOST_COLUMNS)


def fitted(text: str, stream: TextIO) -> str:
    """The text with lines that are too long for the screen folded between words; never inside a command to paste."""
    width = columns(stream)
    return text if width is None else "\n".join(_folded(line, width) for line in text.split("\n"))


def _folded(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    held = _COMMAND.sub(lambda found: found[0].replace(" ", _HELD), line)
    folded = textwrap.fill(
        held,
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )
    return folded.replace(_HELD, " ")
