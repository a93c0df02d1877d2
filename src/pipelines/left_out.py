"""Which records of the loaded files ON_ERROR = CONTINUE left out: those whose number no loaded row has."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from src.utils.queries import rows
from src.utils.sql import literal

from .ingestion import LoadedFile
from .landing import FILE, LOADED_AT, ROW

if TYPE_CHECKING:
    from snowflake.snowpark import Session

SHOWN = 10
_FORMAT = literal("YYYY-MM-DD HH24:MI:SS.FF6")


@dataclass(frozen=True)
class LeftOut:
    """The first records of a file that were left out, by their numbers, and how many were."""

    file: str
    rows: tuple[int, ...]
    count: int


def moment(session: "Session") -> str:
    """Now by the account's clock, in UTC."""
    [row] = rows(session, f"SELECT TO_VARCHAR(SYSDATE(), {_FORMAT}) AS NOW")
    return str(row["NOW"])


def left_out(session: "Session", table: str, file: LoadedFile, since: str) -> LeftOut:
    """What a load of a CSV file, since a moment, left out. `_ROW` counts every record of the file.

    https://docs.snowflake.com/en/user-guide/querying-metadata
    """
    path = file.file.partition("/")[2]
    begun = f"TO_TIMESTAMP_NTZ({literal(since)}, {_FORMAT})"
    recent = f"CONVERT_TIMEZONE('UTC', {LOADED_AT})::TIMESTAMP_NTZ >= {begun}"
    loaded = f"SELECT {ROW} FROM {table} WHERE {FILE} = {literal(path)} AND {recent}"
    gaps = rows(
        session,
        f"SELECT BEFORE, {ROW} FROM (\n"
        f"SELECT {ROW}, LAG({ROW}, 1, 0) OVER (ORDER BY {ROW}) AS BEFORE FROM (\n{loaded}\n)\n"
        f") WHERE {ROW} > BEFORE + 1 ORDER BY {ROW} LIMIT {SHOWN}",
    )
    [last] = rows(session, f"SELECT COALESCE(MAX({ROW}), 0) AS LAST FROM (\n{loaded}\n)")
    inside = [number for gap in gaps for number in range(gap["BEFORE"] + 1, gap[ROW])]
    after = range(last["LAST"] + 1, last["LAST"] + 1 + max(0, file.errors - len(inside)))
    return LeftOut(file.file, tuple([*inside, *after[:SHOWN]][:SHOWN]), file.errors)
