"""The presenter's cue cards, cut from demo_script.md, which stays the one source."""

import re
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[1] / "docs" / "demo_script.md"

_PART = re.compile(r"^## (\d+ .+)$", re.MULTILINE)
_BLOCK = re.compile(r"```.*?```", re.DOTALL)
_MINUTES = re.compile(r"^\|\s*(?:(\d+) to (\d+))?\s*\|\s*(\d+) to (\d+)\s*\|\s*(\d+ .+?)\s*\|$", re.MULTILINE)
LENGTHS = (30, 45)


@dataclass(frozen=True)
class Card:
    """A part of the script: its title, from which minute to which, and what to say."""

    title: str
    begin: int
    end: int
    says: tuple[str, ...]


def cards(length: int, text: str | None = None) -> list[Card]:
    """The parts of the script of so many minutes, in order."""
    text = SCRIPT.read_text(encoding="utf-8") if text is None else text
    column = LENGTHS.index(length)
    minutes = {
        found[4]: (int(found[2 * column]), int(found[2 * column + 1]))
        for found in _MINUTES.findall(text)
        if found[2 * column]
    }
    _, *parts = _PART.split(text)
    return [
        Card(title, *minutes[title], says(part))
        for title, part in zip(parts[::2], parts[1::2], strict=True)
        if title in minutes
    ]


def says(part: str) -> tuple[str, ...]:
    """What a part has the presenter say or show: its paragraphs; of one that is a list, the items."""
    text = _BLOCK.sub("", part.split("\n## ")[0])
    paragraphs = [" ".join(one.split()) for one in re.split(r"\n\n|\n(?=- )", text) if one.strip()]
    spoken = [one.removeprefix("Say: ") for one in paragraphs if not one.startswith(("|", "-", "#"))]
    items = [one.removeprefix("- ").replace("*", "") for one in paragraphs if one.startswith("- ")]
    return tuple(f"{one[0].upper()}{one[1:]}" for one in spoken or items)


def card_at(every: list[Card], minute: float) -> Card:
    """The card of a minute; after the end, the last one."""
    return next((one for one in every if minute < one.end), every[-1])
