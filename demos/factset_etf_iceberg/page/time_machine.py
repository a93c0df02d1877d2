"""The demo at an earlier moment: rebuilt from the audit files, and read by Time Travel, side by side."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from src.demo_kit.manifest import Source
from src.demo_kit.session import Demo

FILE = "07_time_machine"


_MOST = 24  # moments to go back to


@dataclass(frozen=True)
class Past:
    """A moment: how many rows each way gives, how many only one of them has, and what changed since the one before."""

    rebuilt: int
    iceberg: int
    differing: int
    changes: Mapping[str, int]

    @property
    def equal(self) -> bool:
        return not self.differing


def past(demo: Demo, source: Source, known: Mapping[int, Past]) -> dict[int, Past]:
    """The moments, in milliseconds since 1970, at which both pipelines had run since the moment before.

    What is known of one is not asked again. Raises DemoError, also where Time Travel does not reach that far back.
    """
    rows = demo.answer(FILE, "moments", source, **_AT)
    every = list(both_ran((row["NAME"], _after(row["COMPLETED_TIME"])) for row in rows))[-_MOST:]
    earlier = dict(zip(every, [0, *every], strict=False))
    return {one: known.get(one) or at(demo, source, one, earlier[one]) for one in every}


# What a step of the file takes; a step that does not use one of them takes it all the same.
_AT: Mapping[str, int | str] = {"moment": 0, "earlier": 0, "at": ""}


def _after(ended: datetime) -> int:
    """The first whole millisecond after it."""
    return int(ended.timestamp() * 1000) + 1


def both_ran(runs: Iterable[tuple[str, int]]) -> Iterator[int]:
    """When two different tasks have ended, of runs in the order of their ends; and from there anew."""
    seen: set[str] = set()
    for task, ended in runs:
        seen.add(task)
        if len(seen) == 2:
            yield ended
            seen.clear()


def at(demo: Demo, source: Source, moment: int, earlier: int) -> Past:
    """Both ways at a moment, and the changes since an earlier one. Raises DemoError."""
    stamp = datetime.fromtimestamp(moment / 1000, UTC).isoformat(sep=" ", timespec="milliseconds")
    values: dict[str, int | str] = {"moment": moment, "earlier": earlier, "at": stamp}
    [row] = demo.answer(FILE, "both at a moment", source, **values)
    changed = demo.answer(FILE, "changes between two moments", source, **values)
    return Past(
        int(row["REBUILT_ROWS"]),
        int(row["ICEBERG_ROWS"]),
        int(row["ONLY_REBUILT"]) + int(row["ONLY_ICEBERG"]),
        {one["OP_TYPE"]: int(one["CHANGES"]) for one in changed},
    )


def clock(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1000).strftime("%H:%M:%S")
