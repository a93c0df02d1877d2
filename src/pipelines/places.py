"""Where in a person's files a value is that was rejected, or that kept its column from another type."""

import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from .curation import Curated
from .ingestion import LoadedFile
from .landing import column_name
from .left_out import LeftOut


def places(curated: Curated, files: Sequence[Path]) -> Iterator[str]:
    """Lines of the report: rows that were rejected, columns that kept a wider type, columns whose type was changed."""
    for rejection in curated.rejections:
        yield f"          {_place(files, rejection.file, rejection.row)}: {rejection.reason}"
    if curated.rejected > len(curated.rejections) > 0:
        yield f"          ... and {curated.rejected - len(curated.rejections):,} more"
    for odd in curated.odd:
        stays = "text" if odd.type == "VARCHAR" else odd.type
        place = _place(files, odd.file, odd.row, odd.column, odd.value)
        yield f"          {odd.column} stays {stays}: {place} has {odd.value!r}, which {odd.why}"
    if curated.newest_text is not None:
        yield (
            f"          {curated.newest_text} is no timestamp: "
            "which row of a key is the newest was decided by the order of its texts"
        )
    for column in curated.changed:
        yield f"          {column} has another type now"


def lines_left_out(left: LeftOut, first: LoadedFile, files: Sequence[Path]) -> Iterator[str]:
    """Lines of the report: the records of a file that were not loaded, beside the one whose error is told."""
    told = f"{first.file.rpartition('/')[2]}, line {first.line}"
    found = [
        (_place(files, left.file, row), why or "left out, too")
        for row, why in zip(left.rows, left.reasons, strict=True)
    ]
    yield from (f"          {place}: {why}" for place, why in found if place != told)
    if left.count > len(left.rows):
        yield f"          ... and {left.count - len(left.rows):,} more"


def _place(files: Sequence[Path], name: str | None, row: int | None, column: str = "", value: str = "") -> str:
    if name is None or row is None:
        return "a row"
    file = next((one for one in files if one.name == name.rpartition("/")[2]), None)
    line = _line(file, row, column, value) if file is not None and file.suffix.lower() == ".csv" else None
    return f"{name.rpartition('/')[2]}, " + (f"line {line}" if line else f"record {row}")


def _line(file: Path, row: int, column: str, value: str) -> int | None:
    """The line where the file's record of that number begins; None if the value is not there, as in an older file."""
    csv.field_size_limit(sys.maxsize)
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines)
            names = [column_name(one.strip()) for one in next(reader, [])]
            begin = reader.line_num
            for record in filter(None, reader):
                row, line, begin = row - 1, begin + 1, reader.line_num
                if row == 0:
                    found = dict(zip(names, record, strict=False))
                    return line if not column or found.get(column, "").strip().startswith(value.strip()) else None
    except (OSError, ValueError, csv.Error):
        return None
    return None
