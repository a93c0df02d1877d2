"""The FACTSET ETF demo: two change-data-capture pipelines on the constituents of funds."""

from pathlib import Path

from src.demo_kit.manifest import Manifest, Proof, Source
from src.demo_kit.session import Demo
from src.demo_kit.templates import SqlFiles

from . import source
from .names import COMMAND, MIRROR_TASK
from .pipeline1_iceberg import ICEBERG
from .pipeline2_parquet import AUDIT

PIPELINES = (ICEBERG, AUDIT)


def _consumed_once(demo: Demo, source: Source) -> Proof:
    title = "every change was consumed exactly once"
    [row] = demo.ask(demo.step("05_verification", title, source))
    faults = {name: int(row[name]) for name in ("REPEATED", "BROKEN", "REPEATED_KEYS")}
    compared = (
        f"{int(row['CHANGES']):,} changes, of which {faults['REPEATED']} written twice, {faults['BROKEN']} not "
        f"beginning where the one before ended; {faults['REPEATED_KEYS']} keys twice in the Iceberg table"
    )
    return Proof(title, not any(faults.values()), compared)


def _nothing_pending(demo: Demo, source: Source) -> Proof:
    title = "both streams are empty"
    [row] = demo.ask(demo.step("05_verification", title, source))
    pending = [int(count) for count in row.values()]
    compared = ", ".join(f"pipeline {number} {count:,} pending" for number, count in enumerate(pending, start=1))
    return Proof(title, not any(pending), compared)


MANIFEST = Manifest(
    name="factset",
    command=COMMAND,
    sql=SqlFiles(
        Path(__file__).parent / "sql",
        (
            "00_initialization",
            "00_source_simulated",
            "00_source_mirror",
            "01_pipeline1_iceberg",
            "02_pipeline2_parquet",
            "03_simulate_changes",
            "04_monitoring",
            "05_verification",
            "99_cleanup",
        ),
    ),
    pipelines=PIPELINES,
    sources=source,
    opening="00_initialization",
    closing="99_cleanup",
    proofs=(_consumed_once, _nothing_pending),
    counting=(ICEBERG.task, MIRROR_TASK),
    mends=(
        (
            r"SET_RETURN_VALUE",
            "Nothing is lost: the task is of an earlier version of this demo. Make it again: "
            "{deploy} --pipelines {number}",
        ),
        (
            r"no longer available|Shared database|[Dd]oes not exist or not authorized.*(share|ETF)",
            "The provider has revoked the share: ask for it to be granted again, then run: {run}",
        ),
    ),
    examples={"rows": 1000, "seed": 1, "adds": 10, "updates": 50, "deletes": 5, "rekeys": 3},
)
