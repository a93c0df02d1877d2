"""The audit trail in Parquet files, and no table."""

from dataclasses import dataclass

from src.demo_kit.manifest import Differences, Holding, Proof, Source
from src.demo_kit.session import Demo
from src.demo_kit.streams import StreamPipeline
from src.demo_kit.verification import differences, same_rows

from .names import KEY, audit_location


@dataclass(frozen=True)
class AuditStatus(Holding):
    """What the stage holds: files, their bytes, and how many changes of each kind they tell of."""

    files: int
    bytes: int
    events: dict[str, int]

    def __str__(self) -> str:
        events = ", ".join(f"{count:,} {kind}" for kind, count in self.events.items()) or "no events"
        return f"Audit: {self.files:,} files, {self.bytes:,} bytes, {events}"


class AuditPipeline(StreamPipeline):
    """Writes every change to a file."""

    def left_over(self, demo: Demo) -> str:
        """What says that there are audit files; nothing if there are none, or no stage."""
        location = audit_location(demo.config)
        return f"{location} has files" if demo.look(f"LIST {location}") else ""

    def status(self, demo: Demo, source: Source) -> AuditStatus:
        """Looks at the stage. Raises DemoError if it cannot be read."""
        files = demo.answer("04_monitoring", "files of the audit", source)
        events = demo.answer("04_monitoring", "events of the audit", source) if files else []
        return AuditStatus(
            len(files), sum(int(row["size"]) for row in files), {row["OP_TYPE"]: int(row["EVENTS"]) for row in events}
        )

    def proofs(self, demo: Demo, source: Source) -> list[Proof]:
        """That the source can be had from the files alone."""
        title = "the audit files alone rebuild the source"
        [row] = demo.answer("05_verification", title, source)

        def differing() -> Differences:
            return differences(
                demo.answer("06_repair", "rows of the audit files that differ", source, origin="source"), KEY
            )

        return [same_rows(title, source, row, "rebuilt from Parquet", differing)]

    def drop(self, demo: Demo) -> None:
        """Drops task and stream and removes the audit files. What is absent is fine."""
        super().drop(demo)
        demo.ask(f"REMOVE {audit_location(demo.config)}")


AUDIT = AuditPipeline(
    name="audit",
    title="Parquet audit",
    makes="The audit files",
    file="02_pipeline2_parquet",
    stream="CONSTITUENTS_AUDIT_STREAM",
    task="CONSTITUENTS_AUDIT_TASK",
)
