"""What became of an act, in one word, and the proofs behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from src.demo_kit.manifest import Proof
from src.demo_kit.session import Demo
from src.demo_kit.status import movements
from src.demo_kit.verification import verify

Word = Literal["PROVEN", "ABSORBED", "HEALED", "WAITING", "BROKEN"]


@dataclass(frozen=True)
class Verdict:
    """ABSORBED or HEALED by what; PROVEN by how many proofs; WAITING or BROKEN, and what says so."""

    word: Word
    by: str


def judged(demo: Demo, word: Word, by: str) -> Verdict:
    """The word, if the proofs hold."""
    return _of(verify(demo), Verdict(word, by))


def proven(demo: Demo) -> Verdict:
    """What the proofs say; while changes are pending, those that do not hold yet are waited for."""
    proofs = verify(demo, lambda proof: demo.say(str(proof)))
    holding = sum(proof.holds for proof in proofs)
    pending = movements(demo).pending
    if pending and holding < len(proofs):
        return Verdict("WAITING", f"{holding} of {len(proofs)} proofs hold, and {pending:,} rows are pending")
    return _of(proofs, Verdict("PROVEN", f"{holding} of {len(proofs)} proofs hold"))


def _of(proofs: Sequence[Proof], otherwise: Verdict) -> Verdict:
    failed = next((proof for proof in proofs if not proof.holds), None)
    if failed is None:
        return otherwise
    told = str(failed.differences) if failed.differences.count else failed.compared
    if first := next(iter(failed.differences.first), None):
        told += f"; {first.key} {first.column} expected {first.expected}, found {first.found}"
    return Verdict("BROKEN", f"the proof fails that {failed.title}: {told}")
