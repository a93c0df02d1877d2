"""Runs the code blocks of a document, and compares what they show with what the document says."""

from collections.abc import Callable, Iterator
from pathlib import Path

from src.demo_kit import script
from src.demo_kit.script import Block, is_shown

Run = Callable[[str], str]

__all__ = ["Block", "blocks", "differences", "is_shown"]


def blocks(document: Path) -> list[Block]:
    """The document's blocks, in order."""
    return script.blocks(document.read_text(encoding="utf-8"))


def differences(document: Path, languages: dict[str, Run]) -> Iterator[str]:
    """Runs every block and tells of each that does not show what the document says."""
    for block in blocks(document):
        shown = languages[block.language](block.text)
        if block.expected is not None and not is_shown(block.expected, shown):
            yield f"{block.text}\nshould show\n{block.expected}\nand shows\n{shown}"
