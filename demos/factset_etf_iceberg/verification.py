"""Proves the demo: what the pipelines made against the source, and the audit against itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from src.utils.queries import Row

from .names import AUDIT, ICEBERG, PIPELINES, Pipeline
from .session import Demo, rows_of
from .settings import FactsetDemo
from .source import Source, deployed, find_streams, values_of
from .status import pending_changes
from .templates import steps


@dataclass(frozen=True)
class Proof:
    """One comparison: what was compared, with the numbers, and whether it holds."""

    title: str
    holds: bool
    compared: str

    def __str__(self) -> str:
        return f"{'pass' if self.holds else 'FAIL'}  {self.title}: {self.compared}"


def verify(demo: Demo) -> list[Proof]:
    """The four proofs, in the order of 05_verification.sql; of a pipeline that is deployed alone, those it can give.

    Raises DemoError if one cannot be carried out.
    """
    source = deployed(demo)
    streams = {row["name"] for row in find_streams(demo)}
    present = frozenset(pipeline for pipeline in PIPELINES if pipeline.stream in streams)
    demo.ask(f"USE WAREHOUSE {FactsetDemo.of(demo.config).looking_warehouse}")
    proofs = [
        _JUDGES[one.title](one.title, source, demo.ask(one.sql)[0])
        for one in steps("05_verification", values_of(demo, source))
        if one.title in _JUDGES and _ABOUT[one.title] <= present
    ]
    return proofs if len(present) > 1 else [*proofs, *(_its_stream_is_empty(demo, source, one) for one in present)]


def _its_stream_is_empty(demo: Demo, source: Source, pipeline: Pipeline) -> Proof:
    [row] = rows_of(pending_changes(demo, source, pipeline))
    pending = int(row["PENDING"])
    compared = f"{pending:,} pending; the other pipeline is not deployed, and what it takes both for is left out"
    return Proof(f"the stream of pipeline {pipeline.number} is empty", not pending, compared)


def _same_rows(found_in: str) -> Callable[[str, Source, Row], Proof]:
    def judge(title: str, source: Source, row: Row) -> Proof:
        expected = (int(row["EXPECTED_ROWS"]), row["EXPECTED_HASH"])
        found = (int(row["FOUND_ROWS"]), row["FOUND_HASH"])
        compared = (
            f"{source.table} {expected[0]:,} rows, hash {expected[1]}; {found_in} {found[0]:,} rows, hash {found[1]}"
        )
        return Proof(title, expected == found, compared)

    return judge


def _consumed_once(title: str, source: Source, row: Row) -> Proof:
    faults = {name: int(row[name]) for name in ("REPEATED", "BROKEN", "REPEATED_KEYS")}
    compared = (
        f"{int(row['CHANGES']):,} changes, of which {faults['REPEATED']} written twice, {faults['BROKEN']} not "
        f"beginning where the one before ended; {faults['REPEATED_KEYS']} keys twice in the Iceberg table"
    )
    return Proof(title, not any(faults.values()), compared)


def _nothing_pending(title: str, source: Source, row: Row) -> Proof:
    pending = {1: int(row["PIPELINE_1_PENDING"]), 2: int(row["PIPELINE_2_PENDING"])}
    compared = ", ".join(f"pipeline {number} {count:,} pending" for number, count in pending.items())
    return Proof(title, not any(pending.values()), compared)


_JUDGES: Mapping[str, Callable[[str, Source, Row], Proof]] = {
    "the Iceberg table equals the source": _same_rows("Iceberg"),
    "the audit files alone rebuild the source": _same_rows("rebuilt from Parquet"),
    "every change was consumed exactly once": _consumed_once,
    "both streams are empty": _nothing_pending,
}

_ABOUT: Mapping[str, frozenset[Pipeline]] = {
    "the Iceberg table equals the source": frozenset({ICEBERG}),
    "the audit files alone rebuild the source": frozenset({AUDIT}),
    "every change was consumed exactly once": frozenset(PIPELINES),
    "both streams are empty": frozenset(PIPELINES),
}
