"""The presenter's cue cards, cut from demo_script.md, which stays the one source."""

import re
from dataclasses import dataclass
from pathlib import Path

from src.demo_kit.script import lengths, parts, pieces

# A link is what it says, and code is its words.
_MARKS = re.compile(r"\[([^]]+)\]\([^)]*\)|[`*]")
_TEXT = (Path(__file__).resolve().parents[1] / "docs" / "demo_script.md").read_text(encoding="utf-8")
LENGTHS = lengths(_TEXT)


@dataclass(frozen=True)
class Card:
    """A part of the script: its title, from which minute to which, and what to say."""

    title: str
    begin: int
    end: int
    says: tuple[str, ...]


def cards(length: int) -> list[Card]:
    """The parts of the script of so many minutes, in order."""
    return [Card(part.title, *part.times[length], says(part.text)) for part in parts(_TEXT) if length in part.times]


def says(text: str) -> tuple[str, ...]:
    """What a part has the presenter say or show: its paragraphs; of one that is a list, the items."""
    between = _MARKS.sub(r"\1", "\n".join(piece for piece in pieces(text) if isinstance(piece, str)))
    paragraphs = [" ".join(one.split()) for one in re.split(r"\n\n|\n(?=- )", between) if one.strip()]
    spoken = [one.removeprefix("Say: ") for one in paragraphs if not one.startswith(("|", "-", "#"))]
    items = [one.removeprefix("- ") for one in paragraphs if one.startswith("- ")]
    return tuple(f"{one[0].upper()}{one[1:]}" for one in spoken or items)


def card_at(every: list[Card], minute: float) -> Card:
    """The card of a minute; after the end, the last one."""
    return next((one for one in every if minute < one.end), every[-1])
