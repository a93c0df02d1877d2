"""A presenter's script: its parts, the commands and statements in it, and what it says that they show."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# A picture is part of the text.
_BLOCK = re.compile(r"^```(?!mermaid)(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
# A row of the table that says when each part is: minutes in the short and in the long version, number and title.
_TIMES = re.compile(r"^\| (?:(\d+) to (\d+) )?\| (\d+) to (\d+) \| (\d+) (.+?) \|$", re.MULTILINE)
_ANYTHING = "..."


@dataclass(frozen=True)
class Block:
    """Shell or SQL, and the result that stands below it, if one does."""

    language: str
    text: str
    expected: str | None


@dataclass(frozen=True)
class Part:
    """What stands under a heading; `minutes` is how long the talk has for it, None where the clock does not run."""

    title: str
    blocks: list[Block]
    minutes: int | None


def pieces(text: str) -> list[Block | str]:
    """The blocks of a Markdown text and what is written between them, in order.

    A `text` block is what the block before it shows, whatever is written between the two.
    """
    found: list[Block | str] = []
    end, last = 0, -1
    for match in _BLOCK.finditer(text):
        language, content = match.groups()
        found.append(text[end : match.start()])
        end = match.end()
        if language == "text":
            before = found[last]
            assert isinstance(before, Block), content
            found[last] = Block(before.language, before.text, content)
        else:
            last = len(found)
            found.append(Block(language, content, None))
    return [*found, text[end:]]


def blocks(text: str) -> list[Block]:
    """The blocks of a Markdown text, in order."""
    return [piece for piece in pieces(text) if isinstance(piece, Block)]


def parts(document: Path) -> Iterator[Part]:
    """The parts that have something to run, in order."""
    text = document.read_text(encoding="utf-8")
    minutes = {
        f"{number} {title}": int(end or long_end) - int(begin or long_begin)
        for begin, end, long_begin, long_end, number, title in _TIMES.findall(text)
    }
    _, *sections = _HEADING.split(text)
    for title, content in zip(sections[::2], sections[1::2], strict=True):
        if to_run := blocks(content):
            planned = [length for name, length in minutes.items() if title.startswith(name.partition(",")[0])]
            yield Part(title, to_run, planned[0] if planned else None)


def is_shown(expected: str, shown: str) -> bool:
    """Whether the lines are these: `...` in a line is anything, `...` as a line any number of lines."""
    lines = [
        r"(?:.*\n)*?"
        if line.strip() == _ANYTHING
        else re.escape(line.rstrip()).replace(re.escape(_ANYTHING), ".*") + r"\s*\n"
        for line in expected.strip("\n").split("\n")
    ]
    return re.fullmatch("".join(lines), shown.strip("\n") + "\n") is not None
