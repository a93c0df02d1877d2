"""CSV files as DuckDB reads them, by the options of a file format; and where in a file a record stands.

Two deviations: blank lines are passed over whatever SKIP_BLANK_LINES says, and a backslash in a field that is not
enclosed stands for itself (ESCAPE_UNENCLOSED_FIELD), except in `\\N`.

https://docs.snowflake.com/en/sql-reference/sql/create-file-format#type-csv
"""

import codecs
import csv
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TextIO

import pyarrow as pa
from duckdb import DuckDBPyConnection

from .. import errors
from ..language.names import file_literal, quoted, text_literal
from ..language.reader import Value
from .conversions import Options
from .files import StagedFile

# Records with too few or too many fields fail, are rejected (into REJECTS), or are filled up and cut off.
Mode = Literal["strict", "rejecting", "padding"]
REJECTS = "_emulator_rejects"

_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2"}
_ENCODINGS = {"UTF8": "utf-8", "UTF-8": "utf-8", "ISO88591": "latin-1", "ISO-8859-1": "latin-1"}
LONGEST_LINE = 32_000_000  # bytes: the buffer that DuckDB reads a file with anyway
_LINE_ENDS = re.compile(rb"[\r\n]*")
_NO_TEXT = "\\x00"


@dataclass(frozen=True)
class Dialect:
    """How fields and records are told apart."""

    delimiter: str
    quote: str
    escape: str
    skip: int
    encoding: str


def dialect(options: Options) -> Dialect:
    """Reads the options; refuses by name what DuckDB cannot follow."""
    refuse_options(options)
    quote = character(options, "FIELD_OPTIONALLY_ENCLOSED_BY")
    escape = character(options, "ESCAPE")
    delimiter = character(options, "FIELD_DELIMITER") or "\x1f"
    skip = 1 if options["PARSE_HEADER"] else options["SKIP_HEADER"]
    assert isinstance(skip, int)
    return Dialect(delimiter, quote, escape or quote, skip, _ENCODINGS[str(options["ENCODING"]).upper()])


def refuse_options(options: Options) -> None:
    for name, allowed in _ALLOWED.items():
        if options[name] not in allowed:
            raise errors.not_emulated(f"{name} = {options[name]} in a CSV file format")
    if str(options["ENCODING"]).upper() not in _ENCODINGS:
        raise errors.not_emulated(f"ENCODING = {options['ENCODING']} in a CSV file format")
    if len(character(options, "FIELD_DELIMITER").encode()) > 4:
        raise errors.not_emulated("a FIELD_DELIMITER of more than four bytes")


_ALLOWED: dict[str, tuple[Value, ...]] = {
    "RECORD_DELIMITER": ("\\n", "\n", "\r\n", "\\r\\n"),
    "ESCAPE_UNENCLOSED_FIELD": ("\\\\", "\\", "NONE"),
    "VALIDATE_UTF8": (True,),
    "SKIP_BYTE_ORDER_MARK": (True,),
    "MULTI_LINE": (True,),
}


def character(options: Options, name: str) -> str:
    """A character as it is written: itself, an escape (`\\\\t`, `0x7C`, `\\\\174`), or NONE for none."""
    written = str(options[name])
    if written.upper() == "NONE":
        return ""
    if written.lower().startswith("0x"):
        return bytes.fromhex(written[2:]).decode()
    return written.encode().decode("unicode_escape") if written.startswith("\\") and len(written) > 1 else written


def compression(file: StagedFile, options: Options) -> str:
    """`gzip`, `zstd` or `none`: as the option says or, for AUTO, as the file begins. Refuses the others by name."""
    found = str(options["COMPRESSION"]).lower()
    if found == "auto":
        found = packing(file.path)
    if found not in ("gzip", "zstd", "none"):
        raise errors.not_emulated(f"a file with COMPRESSION = {found.upper()}")
    if found != "none" and packing(file.path) != found:
        raise errors.not_emulated(f"COMPRESSION = {found.upper()} of {file.name}, which is not packed so,")
    return found


def packing(path: Path) -> str:
    """How a file is compressed, by its first bytes."""
    with path.open("rb") as file:
        start = file.read(4)
    return next((name for magic, name in _MAGIC.items() if start.startswith(magic)), "none")


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        if file.read(4) != b"PAR1":
            return False
        file.seek(-4, io.SEEK_END)
        return file.read() == b"PAR1"


def unpacked(path: Path) -> TextIO:
    """A written file's text."""
    return io.TextIOWrapper(_stream(path, packing(path)), encoding="utf-8", newline="")


def _stream(path: Path, packed: str) -> pa.NativeFile:
    return pa.input_stream(str(path), compression=None if packed == "none" else packed)


def _content(file: StagedFile, options: Options) -> pa.NativeFile:
    """The file's bytes, decompressed."""
    return _stream(file.path, compression(file, options))


def opened(file: StagedFile, options: Options) -> TextIO:
    """The file's text, decompressed, without a byte order mark."""
    encoding = _ENCODINGS[str(options.get("ENCODING", "UTF8")).upper()].replace("utf-8", "utf-8-sig")
    return io.TextIOWrapper(_content(file, options), encoding=encoding, errors="replace", newline="")


def begins_with_mark(file: StagedFile, options: Options) -> bool:
    """Whether the file begins with a byte order mark, which DuckDB would take for a part of a JSON value."""
    with _content(file, options) as stream:
        return bytes(stream.read(3)) == codecs.BOM_UTF8


def refuse_other_encodings(file: StagedFile, options: Options) -> None:
    """Raises 100144 with the first line that is not UTF-8."""
    with _content(file, options) as stream:
        content = bytes(stream.read())
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = 1 + content.count(b"\n", 0, error.start)
        raise errors.malformed_csv(line, "unicode", file.listed_name) from None


def refuse_replacement(file: StagedFile, options: Options) -> None:
    """Refuses by name what REPLACE_INVALID_CHARACTERS would change: no page says how many characters it becomes.

    https://docs.snowflake.com/en/sql-reference/sql/create-file-format
    """
    if not options["REPLACE_INVALID_CHARACTERS"] or _ENCODINGS[str(options.get("ENCODING", "UTF8")).upper()] != "utf-8":
        return
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with _content(file, options) as stream:
            while block := bytes(stream.read(1 << 22)):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise errors.not_emulated(replacement_of(file)) from None


def replacement_of(file: StagedFile) -> str:
    return f"REPLACE_INVALID_CHARACTERS = TRUE of {file.listed_name}, in which something is not UTF-8,"


def last_letter(file: StagedFile, options: Options) -> str:
    """The last that is not space; none, in a file of space."""
    last = ""
    with opened(file, options) as text:
        while block := text.read(1 << 22):
            last = block.rstrip()[-1:] or last
    return last


def is_blank(file: StagedFile, options: Options) -> bool:
    """Whether a file has nothing but space in it."""
    with opened(file, options) as text:
        return not any(line.strip() for line in text)


# Reading


def columns(width: int) -> list[str]:
    return [f"c{index}" for index in range(1, width + 1)]


def source(file: StagedFile, options: Options, width: int, mode: Mode, nulls: bool = True) -> str:
    """The file as a table function with `width` text columns, c1, c2 ...; no field is NULL without `nulls`."""
    written = dialect(options)
    refuse_replacement(file, options)
    arguments = {
        "auto_detect": "false",
        "header": "false",
        "delim": text_literal(written.delimiter),
        "quote": text_literal(written.quote),
        "escape": text_literal(written.escape),
        "skip": str(written.skip),
        "columns": "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in columns(width)) + "}",
        "max_line_size": str(LONGEST_LINE),
        "compression": text_literal(compression(file, options)),
        "encoding": text_literal(written.encoding),
        **(_nulls(options, written) if nulls else _Nulls([], True, [])).arguments,
        **_MODES[mode],
    }
    # A query of a stage that asks for the files' names reads those of other formats, too.
    ending = {} if _is_parquet(file.path) else _record_ending(file, options, written)
    if mode != "padding":
        arguments |= ending
    listed = ", ".join(f"{name} = {value}" for name, value in arguments.items())
    found = f"read_csv({file_literal(str(file.path))}, {listed})"
    if width == 1 and options["SKIP_BLANK_LINES"] and written.quote and options["EMPTY_FIELD_AS_NULL"]:
        return f"(FROM {found} WHERE c1 IS NOT NULL)"  # what is not enclosed, and has no letter
    return found


def refuse_surplus_fields(scratch: DuckDBPyConnection, file: StagedFile, options: Options, width: int) -> None:
    """Refuses by name a record with one field too many that is empty, as in `1,2,`, which DuckDB passes over.

    https://docs.snowflake.com/en/sql-reference/sql/create-file-format#type-csv (ERROR_ON_COLUMN_COUNT_MISMATCH)
    """
    written = dialect(options)
    if not _has(file, options, f"{re.escape(written.delimiter)}(?:\r|\n|\\Z)", written):
        return
    wider = source(file, options, width + 1, "padding", nulls=False)
    sql = f"SELECT 1 FROM {wider} WHERE c{width + 1} = '' LIMIT 1"
    if not scratch.execute(sql).fetchall():
        return
    for place in places(file, options):
        if place.width == width + 1:
            raise errors.not_emulated(
                f"an empty field after the last column (file '{file.listed_name}', line {place.line})"
            )


def _has(file: StagedFile, options: Options, pattern: str, written: Dialect) -> bool:
    """Whether a pattern of delimiters, quotes, spaces and line ends is in the file, also where two blocks meet."""
    searched, last = re.compile(pattern.encode()), b""
    ends = f"{written.delimiter}{written.quote} \r\n".encode()
    for block in _blocks(file, options):
        if searched.search(last + block):
            return True
        last = block[len(block.rstrip(ends)) :]
    return False


def _blocks(file: StagedFile, options: Options) -> Iterator[bytes]:
    with _content(file, options) as stream:
        while block := bytes(stream.read(1 << 22)):
            yield block


_MODES = {
    "strict": {},
    "rejecting": {
        "store_rejects": "true",
        "rejects_table": text_literal(REJECTS),
        "rejects_scan": text_literal(f"{REJECTS}_scan"),
    },
    "padding": {"null_padding": "true", "strict_mode": "false", "parallel": "false"},
}


@dataclass(frozen=True)
class _Nulls:
    """Which texts are NULL: those that DuckDB sees to, enclosed or not, and those that `field` does."""

    read: list[str]
    enclosed: bool
    later: list[str]

    @property
    def arguments(self) -> dict[str, str]:
        listed = ", ".join(map(text_literal, self.read or [_NO_TEXT]))
        return {"nullstr": f"[{listed}]", "allow_quoted_nulls": str(self.enclosed)}


def _nulls(options: Options, written: Dialect) -> _Nulls:
    """NULL_IF means a text enclosed or not, EMPTY_FIELD_AS_NULL only an empty field that is not enclosed."""
    found = options["NULL_IF"]
    nulls = [str(text) for text in found] if isinstance(found, list) else []
    empty = bool(options["EMPTY_FIELD_AS_NULL"]) and "" not in nulls
    if options["TRIM_SPACE"] or (empty and written.quote) or any(written.escape and written.escape in n for n in nulls):
        return _Nulls([""] if empty else [], not written.quote, nulls)
    return _Nulls(["", *nulls] if empty else nulls, True, [])


def field(column: str, options: Options) -> str:
    """A field's text: trimmed if TRIM_SPACE, and NULL where NULL_IF says so."""
    text = f"trim({quoted(column)})" if options["TRIM_SPACE"] else quoted(column)
    for null in _nulls(options, dialect(options)).later:
        text = f"nullif({text}, {text_literal(null)})"
    return text


def _record_ending(file: StagedFile, options: Options, written: Dialect) -> dict[str, str]:
    """How the file's records end, so that a line break of the other kind inside a field is no end of a record.

    DuckDB reads records that end in both ways only where it is not strict. A carriage return alone is a value's to
    Snowflake and an end to DuckDB: refused by name, outside quotes.
    """
    returns = pairs = feeds = 0
    last = b""
    for block in _blocks(file, options):
        returns, feeds = returns + block.count(b"\r"), feeds + block.count(b"\n")
        pairs += block.count(b"\r\n") + (last == b"\r" and block.startswith(b"\n"))
        last = block[-1:]
    if written.quote and not options["TRIM_SPACE"] and _has(file, options, _spaced_quotes(written), written):
        _refuse_spaced_quotes(file, options, written)
    if written.quote and options["TRIM_SPACE"] and _has(file, options, f"{written.quote} | {written.quote}", written):
        _refuse_enclosed_spaces(file, options, written)
    if not returns:
        return {"new_line": r"'\n'"} if feeds else {}
    if returns == pairs == feeds:
        return {"new_line": r"'\r\n'"}
    found = _endings(file, options, written)
    if len(found) > 1:
        return {"strict_mode": "false"}
    return {"new_line": r"'\r\n'" if "\r\n" in found else r"'\n'"} if found else {}


def _spaced_quotes(written: Dialect) -> str:
    ends, quote = f"(?:{re.escape(written.delimiter)}|\r|\n)", re.escape(written.quote)
    return f"{ends} +{quote}|{quote} +(?={ends})"


def _refuse_spaced_quotes(file: StagedFile, options: Options, written: Dialect) -> None:
    """Refuses by name a space between a field's quotes and its ends, which DuckDB drops with the quotes.

    To Snowflake such quotes are a part of the value:
    https://docs.snowflake.com/en/sql-reference/sql/create-file-format#type-csv (TRIM_SPACE)
    """
    with opened(file, options) as text:
        content = text.read()
    inside = False
    for match in re.finditer(f"{_spaced_quotes(written)}|{re.escape(written.quote)}", content):
        begins_with_quote = match[0].startswith(written.quote)
        if len(match[0]) > len(written.quote) and inside == begins_with_quote:
            line = 1 + content.count("\n", 0, match.end())
            raise errors.not_emulated(
                f"a space beside the quotes of a CSV field without TRIM_SPACE (file '{file.listed_name}', line {line})"
            )
        inside = not inside


def _refuse_enclosed_spaces(file: StagedFile, options: Options, written: Dialect) -> None:
    """Refuses by name a space inside a field's quotes that TRIM_SPACE leaves there, which would be trimmed here.

    Recorded: frostlake/CopyDataSemanticsTest.
    """
    ends, quote = f"(?:{re.escape(written.delimiter)}|\r|\n)", re.escape(written.quote)
    inside = f"(?:[^{quote}]|{quote}{quote})*"
    with opened(file, options) as text:
        found = re.search(f"(?:\\A|{ends}) *{quote}(?: {inside}|{inside} ){quote} *(?={ends}|\\Z)", text.read())
    if found:
        raise errors.not_emulated(f"TRIM_SPACE of a space inside the quotes of a field (file '{file.listed_name}')")


def _endings(file: StagedFile, options: Options, written: Dialect) -> set[str]:
    """The kinds of line ends outside quotes. Refuses by name a carriage return that no line feed follows."""
    with opened(file, options) as text:
        content = text.read()
    found: set[str] = set()
    inside, line = False, 1
    for match in re.finditer("\r\n|\n|\r|" + re.escape(written.quote or "\n"), content):
        if match[0] == written.quote:
            inside = not inside
            continue
        if not inside and match[0] == "\r":
            raise errors.not_emulated(
                f"a carriage return without a line feed outside quotes (file '{file.listed_name}', line {line})"
            )
        line += match[0] != "\r"
        if not inside:
            found.add(match[0])
    return found


def header(file: StagedFile, options: Options) -> list[str]:
    """The names in the file's first record; none, if it is empty."""
    with opened(file, options) as text:
        return [name.strip() for name in next(_records(text, dialect(options)), [])]


def sniffed_width(file: StagedFile, options: Options) -> int:
    """How many fields the first record after the header has; at least one."""
    written = dialect(options)
    with opened(file, options) as text:
        for _ in range(written.skip):
            text.readline()
        return max(len(next(_records(text, written), [])), 1)


# Places


@dataclass(frozen=True)
class Place:
    """Where a record begins, counted from 1, and how many fields it has."""

    line: int
    width: int
    text: str

    def character(self, index: int, written: Dialect) -> int:
        """Where the record's field (counted from 0) begins in its line, counted from 1."""
        at, inside = 0, False
        for position, letter in enumerate(self.text):
            if index == at:
                return position + 1
            if letter == written.quote:
                inside = not inside
            elif not inside and self.text.startswith(written.delimiter, position):
                at += 1
        return len(self.text) + (1 if index == at else 0)


def places(file: StagedFile, options: Options) -> Iterator[Place]:
    """Every record of the file after the header, blank lines left out."""
    written = dialect(options)
    with opened(file, options) as text:
        for _ in range(written.skip):
            text.readline()
        kept: list[str] = []
        reader = _reader(_keeping(text, kept), written)
        start = 0
        for record in reader:
            if record:
                yield Place(written.skip + start + 1, len(record), "".join(kept).rstrip("\r\n"))
            start = reader.line_num
            kept.clear()


def lines_at(file: StagedFile, options: Options, positions: list[int]) -> list[int]:
    """The line of the first letter at or after each byte of the file, in their order, counted from 1."""
    with _content(file, options) as stream:
        content = bytes(stream.read())
    found, line, counted = [], 1, 0
    for position in positions:
        begin = _LINE_ENDS.match(content, position).end()  # type: ignore[union-attr]
        line, counted = line + content.count(b"\n", counted, begin), begin
        found.append(line)
    return found


def _keeping(lines: TextIO, kept: list[str]) -> Iterator[str]:
    for line in lines:
        kept.append(line)
        yield line


def _records(text: TextIO, written: Dialect) -> Iterator[list[str]]:
    return iter(_reader(text, written))


def _reader(lines: Iterator[str], written: Dialect) -> "csv._reader":  # type: ignore[name-defined]
    """Python's reader of the same dialect; it knows delimiters of one character only."""
    csv.field_size_limit(sys.maxsize)
    delimiter = written.delimiter
    if len(delimiter) > 1:
        lines, delimiter = (line.replace(written.delimiter, "\x1f") for line in lines), "\x1f"
    escape = written.escape if written.escape != written.quote else None
    return csv.reader(
        lines,
        delimiter=delimiter,
        quotechar=written.quote or None,
        quoting=csv.QUOTE_MINIMAL if written.quote else csv.QUOTE_NONE,
        doublequote=escape is None,
        escapechar=escape,
    )
