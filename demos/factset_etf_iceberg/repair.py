"""Brings the Iceberg table back to the source, or to what the audit files tell of it, after somebody has changed it."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Literal

from src.demo_kit.command import Result
from src.demo_kit.manifest import Differences, Fault, Pipeline, Proof, Source
from src.demo_kit.session import Demo, look_up, rows_of
from src.demo_kit.status import mend_of
from src.demo_kit.streams import deployed, find_streams
from src.demo_kit.verification import differences
from src.deployment.report import DRIFT
from src.utils.arguments import checked
from src.utils.errors import DemoError, Refused

from .names import KEY, audit_location
from .pipeline1_iceberg import ICEBERG
from .pipeline2_parquet import AUDIT
from .proofs import consumption

Origin = Literal["source", "audit"]


@dataclass(frozen=True)
class Repair:
    """What was restored and from where, the proof that it holds now, and what cannot be restored.

    `pending` is how many rows pipeline 1 had not taken yet: what they change is restored with the rest.
    """

    origin: Origin
    restored_from: str
    restored: Differences
    pending: int
    proof: Proof
    lost: list[Fault]

    @property
    def is_whole(self) -> bool:
        return self.proof.holds and not self.lost

    def lines(self) -> Iterator[str]:
        """What a person reads."""
        if self.restored.count:
            yield f"Restored in the Iceberg table, from {self.restored_from}, in one transaction: {self.restored}"
            yield from self.restored.lines()
        else:
            yield f"Nothing to restore: the Iceberg table has the rows of {self.restored_from}."
        if self.restored.count and self.pending:
            yield f"Among them is what {self.pending:,} pending rows change; the task will find that done."
        yield from self.proof.lines()
        yield from (f"Not restored: {fault}" for fault in self.lost)


@checked
def repair(demo: Demo, source: Source, origin: Origin = "source") -> Repair:
    """Restores the Iceberg table in one transaction, proves it, and looks whether the audit files are whole.

    Raises DemoError if what it restores from cannot be read, and Refused if the audit files do not tell all of the
    source, as far as that can be known.
    """
    source = replace(source, table=source.followed)
    demo.use_looking_warehouse()
    if origin == "audit":
        _require_whole_audit(demo, source)
    pending = _pending(demo, source, ICEBERG) or 0
    restored = _differing(demo, source, origin)
    if restored.count:
        demo.answer("06_repair", "restoration", source, origin=origin)
    if origin == "source":
        [proof] = ICEBERG.proofs(demo, source)
        return Repair(origin, source.table, restored, pending, proof, _lost(demo, source))
    left = _differing(demo, source, origin)
    proof = Proof("the Iceberg table equals what the audit files tell", not left.count, str(left), left)
    return Repair(origin, audit_location(demo.config), restored, pending, proof, [])


def _differing(demo: Demo, source: Source, origin: Origin) -> Differences:
    try:
        if origin == "source":
            return ICEBERG.differences(demo, source)
        return differences(demo.answer("06_repair", "rows to restore from the audit files", source, origin=origin), KEY)
    except DemoError as error:
        if origin == "source" and not _is_readable(demo, source):
            advice = f"What the audit files tell of it can be restored: {demo.command('repair --from audit')}"
        else:
            advice = mend_of(demo, str(error), demo.number(ICEBERG))
        raise DemoError(f"Nothing was restored: {str(error).rstrip('.')}. {advice}") from error


def _is_readable(demo: Demo, source: Source) -> bool:
    return demo.sender.send(f"SELECT 1 AS FOUND FROM {source.table} LIMIT 1").error is None


def _pending(demo: Demo, source: Source, pipeline: Pipeline) -> int | None:
    """The rows that a pipeline has not taken yet; None where its stream cannot be read."""
    answer = pipeline.pending(demo, source)
    return None if answer.error else int(rows_of(answer)[0]["PENDING"])


def _require_whole_audit(demo: Demo, source: Source) -> None:
    deployed(demo, (AUDIT,))
    if pending := _pending(demo, source, AUDIT):
        raise Refused(
            f"Nothing was restored: the audit files lack {pending:,} rows that are pending. "
            f"Run: {demo.command(f'run --pipelines {demo.number(AUDIT)}')}"
        )
    if lost := _lost(demo, source):
        raise Refused(f"Nothing was restored: {lost[0].what}. Restore from the source: {demo.command('repair')}")


def _lost(demo: Demo, source: Source) -> list[Fault]:
    """What is wrong with the audit files, which have no copy; nothing where there is no pipeline 2."""
    if look_up(find_streams(demo), AUDIT.stream) is None:
        return []
    number = demo.number(AUDIT)
    try:
        told = consumption(demo, source)
        is_comparable = _pending(demo, source, AUDIT) == 0 and _is_readable(demo, source)
        [proof] = AUDIT.proofs(demo, source) if is_comparable else [None]
    except DemoError as error:
        return [Fault(f"the audit files cannot be read: {error}", mend_of(demo, str(error), number))]
    wrong = {
        "do not rebuild the source: {}": proof.differences if proof and not proof.holds else None,
        "tell {:,} changes twice": told["REPEATED"],
        "tell {:,} changes that do not begin where the one before ended": told["BROKEN"],
    }
    if not (found := [what.format(count) for what, count in wrong.items() if count]):
        return []
    anew = f"{demo.command(f'cleanup --pipelines {number}')}, then {demo.command(f'deploy --pipelines {number}')}"
    return [
        Fault(
            f"the audit files have been changed, or some are missing: they {' and '.join(found)}",
            f"They alone hold the history, so that only a copy of them brings it back. To begin it anew: {anew}",
        )
    ]


def repairing(origin: Origin) -> Callable[[Demo, Result], None]:
    def work(demo: Demo, result: Result) -> None:
        done = repair(demo, deployed(demo, (ICEBERG,)), origin)
        result.data = asdict(done)
        for line in done.lines():
            demo.say(line)
        result.exit_code = 0 if done.is_whole else DRIFT

    return work
