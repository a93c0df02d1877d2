"""A presenter's script: its parts, the commands and statements in it, and what it says that they show."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

# A picture is part of the text.
_BLOCK = re.compile(r"^```(?!mermaid)(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
# The table that says when each part is: the lengths of the talk, and of each length from which minute to which.
_LENGTHS = re.compile(r"\| minutes \((\d+)\) ")
_TIMES = re.compile(r"^((?:\|(?: \d+ to \d+)? )+)\| (\d+ .+?) \|$", re.MULTILINE)
_MINUTES = re.compile(r"\|(?: (\d+) to (\d+))?(?= )")
_ANYTHING = "..."


@dataclass(frozen=True)
class Block:
    """Shell or SQL, and the result that stands below it, if one does."""

    language: str
    text: str
    expected: str | None


@dataclass(frozen=True)
class Part:
    """What stands under a heading. `times` is from which minute to which, by the length of the talk."""

    title: str
    text: str
    times: Mapping[int, tuple[int, int]]

    @property
    def blocks(self) -> list[Block]:
        return blocks(self.text)

    @property
    def minutes(self) -> int | None:
        """How long the shortest talk has for it; None where the clock does not run."""
        begin, end = next(iter(self.times.values()), (0, None))
        return None if end is None else end - begin


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


def lengths(text: str) -> list[int]:
    """How many minutes the talk can have, the shortest first."""
    return [int(minutes) for minutes in _LENGTHS.findall(text)]


def parts(text: str) -> Iterator[Part]:
    """The parts of a script, in order."""
    times = {
        title: {
            length: (int(begin), int(end))
            for length, (begin, end) in zip(lengths(text), _MINUTES.findall(columns), strict=True)
            if begin
        }
        for columns, title in _TIMES.findall(text)
    }
    _, *sections = _HEADING.split(text)
    for title, content in zip(sections[::2], sections[1::2], strict=True):
        yield Part(title, content, times.get(title, {}))


def is_shown(expected: str, shown: str) -> bool:
    """Whether the lines are these: `...` in a line is anything, `...` as a line any number of lines."""
    lines = [
        r"(?:.*\n)*?"
        if line.strip() == _ANYTHING
        else re.escape(line.rstrip()).replace(re.escape(_ANYTHING), ".*") + r"\s*\n"
        for line in expected.strip("\n").split("\n")
    ]
    return re.fullmatch("".join(lines), shown.strip("\n") + "\n") is not None
