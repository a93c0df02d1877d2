"""How the demo stands at a moment, as the page shows it: one look, and what has moved since the look before."""

from dataclasses import dataclass, field, replace
from typing import Any

from src.demo_kit.manifest import Source
from src.demo_kit.session import Demo
from src.demo_kit.status import PipelineStatus, Status, holdings, movements
from src.demo_kit.streams import NotDeployed
from src.utils.errors import DemoError

from ..pipeline1_iceberg import ICEBERG, IcebergStatus
from ..pipeline2_parquet import AUDIT, AuditStatus

FILE = "04_monitoring"


@dataclass(frozen=True)
class Moment:
    """What a look has found. Without a deployment there is no status; `problem` says what could not be read."""

    status: Status | None = None
    rows: int | None = None
    funds: int | None = None
    problem: str = ""

    @property
    def source(self) -> Source | None:
        return self.status.source if self.status else None

    @property
    def iceberg(self) -> IcebergStatus | None:
        found = self.status.holdings[ICEBERG.name] if self.status else None
        return found if isinstance(found, IcebergStatus) else None

    @property
    def audit(self) -> AuditStatus | None:
        found = self.status.holdings[AUDIT.name] if self.status else None
        return found if isinstance(found, AuditStatus) else None

    def pipeline(self, number: int) -> PipelineStatus | None:
        return next((one for one in self.status.pipelines if one.number == number), None) if self.status else None


def look(demo: Demo, before: Moment | None = None) -> Moment:
    """Looks at everything; what the pipelines have made only if something has moved since the look before, if given.

    What cannot be read is missing from the moment, and is its problem.
    """
    try:
        found = movements(demo)
        earlier = before.status if before else None
        held = earlier.held if earlier and earlier.mark == found.mark else None
        found = replace(found, held=held or holdings(demo, found))
    except NotDeployed:
        return Moment()
    except DemoError as error:
        return Moment(problem=str(error))
    try:
        [row] = demo.answer(FILE, "rows of the source", found.source)
    except DemoError as error:
        return Moment(found, problem=str(error))
    return Moment(found, int(row["ROW_COUNT"]), int(row["FUNDS"]))


@dataclass(frozen=True)
class Change:
    """A change of one row, with its image before and after."""

    kind: str
    fund: str
    old_ticker: str | None
    new_ticker: str | None
    old_weight: Any
    new_weight: Any


@dataclass(frozen=True)
class Batch:
    """The changes that are pending, or those of the last run; some of them, and how many there are of each kind."""

    is_pending: bool
    changes: list[Change] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return sum(self.kinds.values())


@dataclass(frozen=True)
class Renamed:
    """A renamed company, and where its new name has arrived."""

    ticker: str
    places: dict[str, bool]


def batch(demo: Demo, source: Source) -> Batch:
    """The changes that the audit has not seen yet; if there are none, those that it saw last. Raises DemoError."""
    for title, is_pending in (("pending changes, row by row", True), ("the last batch, row by row", False)):
        if title.startswith("the last") and not demo.look(demo.step(FILE, "files of the audit", source)):
            break
        if rows := demo.answer(FILE, title, source):
            changes = [
                Change(
                    row["OP_TYPE"],
                    row["FUND_ID"],
                    row["OLD_TICKER"],
                    row["NEW_TICKER"],
                    row["OLD_WEIGHT"],
                    row["NEW_WEIGHT"],
                )
                for row in rows
            ]
            kinds = {kind: int(rows[0][f"{kind}S"]) for kind in ("ADD", "UPDATE", "DELETE")}
            return Batch(is_pending, changes, kinds)
    return Batch(is_pending=False)


def renamed(demo: Demo, source: Source) -> Renamed | None:
    """The company that was renamed last, if one was. Raises DemoError."""
    rows = demo.answer(FILE, "the renamed company, wherever it is", source)
    if not rows:
        return None
    [row] = rows
    places = {
        "source": True,
        "stream 1": bool(row["IN_STREAM_1"]),
        "Iceberg": bool(row["IN_ICEBERG"]),
        "stream 2": bool(row["IN_STREAM_2"]),
        "audit": bool(row["IN_AUDIT"]),
    }
    return Renamed(row["TICKER"], places)
