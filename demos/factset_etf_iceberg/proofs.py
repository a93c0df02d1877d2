"""The proofs that take both pipelines."""

from src.demo_kit.manifest import Proof, Source
from src.demo_kit.session import Demo

_CONSUMED_ONCE = "every change was consumed exactly once"


def consumption(demo: Demo, source: Source) -> dict[str, int]:
    """The changes that the audit files tell of, which of them are told twice or do not fit, and doubled keys."""
    [row] = demo.answer("05_verification", _CONSUMED_ONCE, source)
    return {name: int(count) for name, count in row.items()}


def consumed_once(demo: Demo, source: Source) -> Proof:
    counts = consumption(demo, source)
    changes = counts.pop("CHANGES")
    compared = (
        f"{changes:,} changes, of which {counts['REPEATED']} written twice, {counts['BROKEN']} not beginning where the "
        f"one before ended; {counts['REPEATED_KEYS']} keys twice in the Iceberg table"
    )
    return Proof(_CONSUMED_ONCE, not any(counts.values()), compared)


def nothing_pending(demo: Demo, source: Source) -> Proof:
    title = "both streams are empty"
    [row] = demo.answer("05_verification", title, source)
    pending = [int(count) for count in row.values()]
    compared = ", ".join(f"pipeline {number} {count:,} pending" for number, count in enumerate(pending, start=1))
    return Proof(title, not any(pending), compared)
