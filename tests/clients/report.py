"""docs/clients.md: each client, what was done with it, and why what failed has failed."""

from collections import Counter
from collections.abc import Iterator, Mapping

from . import suites
from .clients import ROOT, Client
from .running import Outcome

DOCUMENT = ROOT / "docs" / "clients.md"
_HEAD = """# Clients

What people have installed, tried on a served emulator. Written by `make clients`, which installs each client, pinned,
in an environment of its own and runs `tests/clients/scripts` with it. What is refused by name says why.
"""


def text(outcomes: Mapping[Client, Outcome]) -> str:
    sections = (line for one in outcomes.items() for line in section(*one))
    return "\n".join([_HEAD, *_summary(outcomes), *sections, *suites.section()])


def _summary(outcomes: Mapping[Client, Outcome]) -> Iterator[str]:
    yield "| client | version | passes | refused by name |"
    yield "|---|---|---|---|"
    for client, outcome in outcomes.items():
        counts = Counter(trial.outcome for trial in outcome.trials)
        told = f"{outcome.version} | {counts['pass']} of {len(outcome.trials)} | {counts['refused'] or ''}"
        yield f"| [{client.title}](#{_anchor(client.title)}) | {told} |"
    yield ""


def section(client: Client, outcome: Outcome) -> list[str]:
    """The part of one client."""
    rows = [f"| {_cell(trial.does)} | {_cell(trial.reason or 'pass')} |" for trial in outcome.trials]
    return [f"## {client.title}", "", f"Version {outcome.version}.", "", "| done | outcome |", "|---|---|", *rows, ""]


def _anchor(title: str) -> str:
    return "".join(letter for letter in title.lower().replace(" ", "-") if letter.isalnum() or letter == "-")


def _cell(words: str) -> str:
    return " ".join(words.split()).replace("|", "\\|").replace("<", "&lt;")
