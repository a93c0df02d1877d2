"""The Iceberg table as another engine reads it: from its metadata file, and with nothing of Snowflake's."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from src.demo_kit.command import Result
from src.demo_kit.manifest import Proof, Source
from src.demo_kit.session import Demo
from src.demo_kit.streams import deployed
from src.deployment.report import DRIFT
from src.utils.errors import DemoError

from .pipeline1_iceberg import ICEBERG

_TRIES = 3
_MISSING = "pyiceberg is not installed in this environment. Install it here: pip install -e '.[local]'"

# Of each fund how many rows there are, and the sum of the hashes of their texts.
Sums = Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Reading:
    """What the engine has read and from where, how many rows Snowflake has, and whether they are the same."""

    engine: str
    metadata: str
    files: int
    bytes: int
    rows: int
    funds: int
    held: int
    proof: Proof

    def __str__(self) -> str:
        files = f"{self.files:,} data file{'' if self.files == 1 else 's'}"
        return f"{self.engine} reads {self.rows:,} rows of {self.funds:,} funds from {files} ({self.bytes:,} bytes)"


def read(demo: Demo, source: Source) -> Reading:
    """Reads the table as it is now. Raises DemoError if it cannot be read, or is never the same before and after."""
    demo.use_looking_warehouse()
    for _ in range(_TRIES):
        metadata = ICEBERG.metadata(demo, source)
        demo.doing(f"reading {metadata}")
        scanned = scan(metadata)
        rows = demo.answer("04_monitoring", "rows of the Iceberg table, added up by fund", source)
        if metadata == ICEBERG.metadata(demo, source):
            held = {text_of(row["FUND_ID"]): (int(row["ROW_COUNT"]), int(row["SUM"])) for row in rows}
            return compared(scanned, metadata, held)
    raise DemoError(f"The Iceberg table has changed while it was read, {_TRIES} times. Suspend its task, or try again.")


@dataclass(frozen=True)
class Scan:
    """What the engine alone says of a table."""

    engine: str
    files: int
    bytes: int
    sums: Sums


def scan(metadata: str) -> Scan:
    """Reads all rows at a metadata file with pyiceberg. Raises DemoError, also where that is not installed."""
    try:
        import pyiceberg
        from pyiceberg.table import StaticTable
    except ImportError as error:
        raise DemoError(_MISSING) from error
    try:
        found = StaticTable.from_metadata(metadata).scan()
        files = [task.file for task in found.plan_files()]
        sums: dict[str, tuple[int, int]] = {}
        for batch in found.to_arrow_batch_reader():
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                fund = text_of(row[0])
                count, total = sums.get(fund, (0, 0))
                sums[fund] = (count + 1, total + hash_of(row))
    except Exception as error:  # pyiceberg's have no base of their own
        raise DemoError(
            f"pyiceberg cannot read {metadata}: {str(error).rstrip('.')}. Storage of one's own "
            "(factset.external_volume) needs its credentials here; what Snowflake manages is read by Horizon Catalog: "
            "https://docs.snowflake.com/en/user-guide/tables-iceberg-access-using-external-query-engine-snowflake-horizon"
        ) from error
    return Scan(f"pyiceberg {pyiceberg.__version__}", len(files), sum(one.file_size_in_bytes for one in files), sums)


def hash_of(row: Sequence[Any]) -> int:
    """What MD5_NUMBER_LOWER64 gives of the row's texts with a bar between them."""
    return int.from_bytes(hashlib.md5("|".join(map(text_of, row)).encode(), usedforsecurity=False).digest()[8:], "big")


def text_of(value: Any) -> str:
    """A value as the query of the sums writes it."""
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.isoformat(sep=" ", timespec="microseconds")
        case date():
            return value.isoformat()
        case _:
            return str(value)


def compared(scanned: Scan, metadata: str, expected: Sums) -> Reading:
    """The reading, with the proof that the engine has read what Snowflake has."""
    differing = sorted(fund for fund in {*scanned.sums, *expected} if scanned.sums.get(fund) != expected.get(fund))
    rows, held = (sum(count for count, _ in sums.values()) for sums in (scanned.sums, expected))
    told = f"Snowflake {held:,} rows, {scanned.engine} {rows:,} rows, "
    told += f"not the same in {', '.join(differing)}" if differing else f"the same in each of {len(expected):,} funds"
    proof = Proof("another engine reads the same rows", not differing, told)
    return Reading(scanned.engine, metadata, scanned.files, scanned.bytes, rows, len(scanned.sums), held, proof)


def reading() -> Callable[[Demo, Result], None]:
    def work(demo: Demo, result: Result) -> None:
        found = read(demo, deployed(demo, (ICEBERG,)))
        result.data = asdict(found)
        for line in (str(found), f"  {found.metadata}", *found.proof.lines()):
            demo.say(line)
        result.exit_code = 0 if found.proof.holds else DRIFT

    return work
