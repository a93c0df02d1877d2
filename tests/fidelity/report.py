"""docs/fidelity.md: how the emulator's answers compare with an account's, from the facts beside this module."""

from collections.abc import Iterator
from itertools import groupby

from .facts import Fact, facts

_STATES = ("agree", "refused", "deviates")
_LEAD = """# Fidelity

Each row below counts facts: small statements, and what a Snowflake account answers to them, each with the page or the
recorded answer that says so. They are the rows of `tests/fidelity/*.toml`, and `make test` puts every one to the
emulator. An answer that is neither the account's, nor a refusal by name (000002), nor one of the deviations listed here
fails the build.
"""


def as_markdown() -> str:
    """The document: the counts of each area, then each deviation by its name."""
    every = sorted(facts(), key=lambda fact: fact.area)
    return "\n".join([*_counted(every), "", *_deviations(every)]) + "\n"


def _counted(every: list[Fact]) -> Iterator[str]:
    yield from (_LEAD, "| area | facts | agree | refused | deviates |", "|---|---:|---:|---:|---:|")
    for area, of_area in groupby(every, key=lambda fact: fact.area):
        yield _row(area, list(of_area))
    yield _row("**all**", every)


def _row(name: str, rows: list[Fact]) -> str:
    counts = [sum(1 for fact in rows if fact.ours == state) for state in _STATES]
    return f"| {name} | {len(rows):,} | {' | '.join(f'{count:,}' for count in counts)} |"


def _deviations(every: list[Fact]) -> Iterator[str]:
    yield from ("## Deviations", "")
    deviating = [fact for fact in every if fact.ours == "deviates"]
    if not deviating:
        yield "None."
    for fact in deviating:
        statement = " ".join(fact.statement.split())
        source = f"[page]({fact.source})" if fact.source.startswith("https://") else fact.source
        yield f"- {fact.area}: `{statement}`: {fact.why} ({source})"
