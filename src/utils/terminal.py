"""What is written to a terminal: names of others may hold what would steer it."""

import os
import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import TextIO

# C0 but for the tab and the end of a line, DEL, C1, and the marks that turn the direction of writing.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """The text with control characters written out, as `\\x1b`: a name cannot clear the screen or hide what is said."""
    return _STEERING.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def say(text: str, stream: TextIO, *, fold: bool = True) -> None:
    """Writes the lines at once, and folds those that do not fit on the screen, if there is one."""
    print(fitted(printable(text), stream) if fold else printable(text), file=stream, flush=True)


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


_BETWEEN_COLUMNS = "  "
_MORE = "    "


def table(rows: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """The rows, the names of the columns first, in columns; one that is wider than the screen goes on below, indented.

    Only the text of the last column is cut, where it does not fit on a line of its own.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if width is not None:
        widths[-1] = min(widths[-1], width - len(_MORE if len(widths) > 1 else ""))
    lines = _lines_of_columns(widths, width)
    return [line for row in rows for line in _laid_out(row, widths, lines)]


def _lines_of_columns(widths: Sequence[int], width: int | None) -> list[list[int]]:
    """Which columns stand on which line: as many on each as there is room for."""
    lines: list[list[int]] = [[]]
    room = width
    for column, wide in enumerate(widths):
        needed = wide + len(_BETWEEN_COLUMNS) * bool(lines[-1])
        if width is not None and room is not None and lines[-1] and needed > room:
            lines.append([])
            room, needed = width - len(_MORE), wide
        lines[-1].append(column)
        room = None if room is None else room - needed
    return lines


def _laid_out(row: Sequence[str], widths: Sequence[int], lines: Sequence[Sequence[int]]) -> Iterator[str]:
    for number, columns_ in enumerate(lines):
        cells = [shortened(row[column], widths[column]).ljust(widths[column]) for column in columns_]
        yield (_MORE * bool(number) + _BETWEEN_COLUMNS.join(cells)).rstrip()


def shortened(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."
