"""Which records of the loaded files ON_ERROR = CONTINUE left out, and why: those whose number no loaded row has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from src.utils.queries import QueryFailed, rows
from src.utils.sql import literal

from .ingestion import LoadedFile
from .landing import FILE, LOADED_AT, ROW

if TYPE_CHECKING:
    from snowflake.snowpark import Session

SHOWN = 10
_FORMAT = literal("YYYY-MM-DD HH24:MI:SS.FF6")


@dataclass(frozen=True)
class LeftOut:
    """The first records of a file that were left out, by their numbers, why as far as is known, and how many were."""

    file: str
    rows: tuple[int, ...]
    reasons: tuple[str, ...]
    count: int


def moment(session: "Session") -> str:
    """Now by the account's clock, in UTC."""
    [row] = rows(session, f"SELECT TO_VARCHAR(SYSDATE(), {_FORMAT}) AS NOW")
    return str(row["NOW"])


def reasons(session: "Session", table: str) -> Mapping[tuple[str, int], str]:
    """Why the session's last load left records out, by file and number; nothing where the account does not say.

    https://docs.snowflake.com/en/sql-reference/functions/validate, which does not say whether it takes loads by name.
    """
    try:
        found = rows(session, f"SELECT FILE, ROW_NUMBER, ERROR FROM TABLE(VALIDATE({table}, JOB_ID => '_last'))")
    except QueryFailed:
        return {}
    return {(row["FILE"], row["ROW_NUMBER"]): row["ERROR"] for row in found}


def left_out(
    session: "Session", table: str, file: LoadedFile, since: str, why: Mapping[tuple[str, int], str]
) -> LeftOut:
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
    first = [*inside, *after[:SHOWN]][:SHOWN]
    return LeftOut(file.file, tuple(first), tuple(why.get((file.file, row), "") for row in first), file.errors)
