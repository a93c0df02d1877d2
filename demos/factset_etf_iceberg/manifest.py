"""The FACTSET ETF demo: two change-data-capture pipelines on the constituents of funds."""

from pathlib import Path

from src.demo_kit.manifest import Manifest
from src.demo_kit.templates import SqlFiles

from . import source
from .names import COMMAND, MIRROR_TASK
from .pipeline1_iceberg import ICEBERG
from .pipeline2_parquet import AUDIT
from .proofs import consumed_once, nothing_pending

PIPELINES = (ICEBERG, AUDIT)


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
            "06_repair",
            "07_time_machine",
            "08_naive_twin",
            "99_cleanup",
        ),
        (
            *("source_state", "iceberg_state", "audit_events", "audit_state", "comparison", "differences"),
            *("first_changes", "unless_there_is_no_role"),
        ),
    ),
    pipelines=PIPELINES,
    sources=source,
    opening="00_initialization",
    closing="99_cleanup",
    proofs=(consumed_once, nothing_pending),
    counting=(ICEBERG.task, MIRROR_TASK),
    mends=(
        (
            r"SET_RETURN_VALUE",
            "Nothing is lost: the task is of an earlier version of this demo. Make it again: "
            "{deploy} --pipelines {number}",
        ),
        (
            r"no longer available|Shared database",
            "The provider has revoked the share: ask for it to be granted again, then run: {run}",
        ),
    ),
    examples={
        "rows": 1000,
        "seed": 1,
        "adds": 10,
        "updates": 50,
        "deletes": 5,
        "rekeys": 3,
        "origin": "source",
        "moment": 0,
        "earlier": 0,
        "at": "2026-01-02 00:00:00 +00:00",
    },
)
