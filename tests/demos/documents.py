"""Reads the code blocks of a document, runs them, and compares what they show with what the document says."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_ANYTHING = "..."

Run = Callable[[str], str]


@dataclass(frozen=True)
class Block:
    """Shell or SQL, and the result that stands below it, if one does."""

    language: str
    text: str
    expected: str | None


def blocks(document: Path) -> list[Block]:
    """The document's blocks, in order; a `text` block belongs to the one before."""
    found: list[Block] = []
    for language, text in _BLOCK.findall(document.read_text(encoding="utf-8")):
        if language == "text":
            found[-1] = Block(found[-1].language, found[-1].text, text)
        else:
            found.append(Block(language, text, None))
    return found


def differences(document: Path, languages: dict[str, Run]) -> Iterator[str]:
    """Runs every block and tells of each that does not show what the document says."""
    for block in blocks(document):
        shown = languages[block.language](block.text)
        if block.expected is not None and not is_shown(block.expected, shown):
            yield f"{block.text}\nshould show\n{block.expected}\nand shows\n{shown}"


def is_shown(expected: str, shown: str) -> bool:
    """Whether the lines are these: `...` in a line is anything, `...` as a line any number of lines."""
    lines = [
        r"(?:.*\n)*?"
        if line.strip() == _ANYTHING
        else re.escape(line.rstrip()).replace(re.escape(_ANYTHING), ".*") + r"\s*\n"
        for line in expected.strip("\n").split("\n")
    ]
    return re.fullmatch("".join(lines), shown.strip("\n") + "\n") is not None
