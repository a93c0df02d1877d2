"""Staged files as rows: `SELECT $1, $1:name, METADATA$FILENAME FROM @stage/path (FILE_FORMAT => 'f', PATTERN => '..')`.

https://docs.snowflake.com/en/user-guide/querying-stage
"""

import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlglot import Expr, exp

from .. import errors
from ..account import TEMPORARY
from ..catalog import scans
from ..language.names import file_literal, quoted, text_literal
from ..language.reader import Reader, Value
from ..session import Session, visible
from ..session.statement import StatementContext
from ..sql.macros import PLACE
from . import csv_files, file_formats, files, parquet_files
from .conversions import Options
from .csv_files import Mode
from .files import Location, StagedFile
from .json_keys import deeply

FILE_ROW_NUMBER = "METADATA$FILE_ROW_NUMBER"


# File formats


def options_of(session: Session, given: Value, location: Location) -> Options:
    """The options to read or write a stage's files with: FILE_FORMAT as written over the stage's own, else CSV.

    Raises 002003 for a named format that does not exist, 003001 without USAGE on one that the statement names.
    https://docs.snowflake.com/en/sql-reference/sql/copy-into-table#format-type-options-formattypeoptions
    """
    written = given if given is not None else location.stage.properties.get("FILE_FORMAT") or {}
    if not isinstance(written, dict):
        written = {"FORMAT_NAME": written}
    named = written.get("FORMAT_NAME")
    base = _named(session, str(named), may_use=given is None) if named is not None else {}
    own = {name: value for name, value in written.items() if name != "FORMAT_NAME"}
    return file_formats.resolve({**base, **own})


def _named(session: Session, name: str, *, may_use: bool) -> dict[str, Value]:
    written = Reader(name).path()
    path = session.qualify(written, "FILE FORMAT")
    found = session.account.find("FILE FORMAT", path)
    if found is None:
        raise errors.does_not_exist("File format", ".".join(written))
    if not may_use:
        visible.require(session, "FILE FORMAT", path, ("USAGE",))
    return {option: value for option, value in found.properties.items() if value is not None and option != TEMPORARY}


def refuse_options(options: Options) -> None:
    """Refuses by name what a JSON or Parquet file cannot be read by."""
    for name, allowed in _ONLY.items():
        if options["TYPE"] != "CSV" and options.get(name, allowed) != allowed:
            raise errors.not_emulated(f"{name} = {options[name]} in a {options['TYPE']} file format")


_ONLY: dict[str, Value] = {
    "TRIM_SPACE": False,
    "NULL_IF": [],
    "ENABLE_OCTAL": False,
    "ALLOW_DUPLICATE": False,
    "STRIP_NULL_VALUES": False,
    "IGNORE_UTF8_ERRORS": False,
    "SKIP_BYTE_ORDER_MARK": True,
    "MULTI_LINE": True,
}


# One file as a DuckDB table expression


def source(file: StagedFile, options: Options, width: int = 1, mode: Mode = "strict") -> str:
    """One file's rows: columns c1, c2 ... of a CSV file, c1 with the value of a JSON file, a Parquet file's columns."""
    return {"CSV": _csv, "JSON": _json, "PARQUET": _parquet}[str(options["TYPE"])](file, options, width, mode)


def _csv(file: StagedFile, options: Options, width: int, mode: Mode) -> str:
    if file.path.stat().st_size == 0:
        return f"(SELECT {', '.join(f'NULL::VARCHAR AS {name}' for name in csv_files.columns(width))} LIMIT 0)"
    return csv_files.source(file, options, width, mode)


def _json(file: StagedFile, options: Options, width: int, mode: Mode) -> str:
    refuse_options(options)
    csv_files.refuse_replacement(file, options)
    if mode == "rejecting":
        return _json_before_damage(file, options)
    if not _is_read_by_duckdb(file, options):
        if (damage := json_content(file, options).damage) is not None:
            csv_files.refuse_other_encodings(file, options)
            raise errors.malformed_json(file.listed_name, damage.msg, damage.lineno, damage.colno)
        return _json_before_damage(file, options)
    form = "array" if options["STRIP_OUTER_ARRAY"] and _begins_array(file, options) else "unstructured"
    packed = csv_files.compression(file, options)
    return (
        f"(SELECT json AS c1 FROM read_json_objects({path_literal(file)}, format = '{form}', compression = '{packed}'))"
    )


def _is_read_by_duckdb(file: StagedFile, options: Options) -> bool:
    """Whether the file begins with an object or an array; not with a byte order mark, nor with a bare value.

    DuckDB takes an array that ends behind a comma for a whole one.
    """
    if options["STRIP_OUTER_ARRAY"] and _begins_array(file, options) and csv_files.last_letter(file, options) != "]":
        return False
    if csv_files.begins_with_mark(file, options):
        return False
    with csv_files.opened(file, options) as text:
        return text.read(4096).lstrip()[:1] in ("", "{", "[")


def _begins_array(file: StagedFile, options: Options) -> bool:
    with csv_files.opened(file, options) as text:
        return text.read(4096).lstrip().startswith("[")


def _json_before_damage(file: StagedFile, options: Options) -> str:
    """The values before the first that is not JSON: Snowflake does not read on after it."""
    listed = ", ".join(f"({text_literal(text)}::JSON)" for text, _ in json_content(file, options).values)
    return f"(FROM (VALUES {listed}) AS v(c1))" if listed else "(SELECT NULL::JSON AS c1 LIMIT 0)"


@dataclass(frozen=True)
class JsonContent:
    """The texts of a file's values with the line each begins at, and what follows that is not JSON."""

    values: list[tuple[str, int]]
    damage: json.JSONDecodeError | None


def json_content(file: StagedFile, options: Options) -> JsonContent:
    """Reads a JSON file slowly, to tell where it is damaged."""
    with csv_files.opened(file, options) as opened:
        text = opened.read()
    at = _after_space(text, 0)
    inside = bool(options["STRIP_OUTER_ARRAY"]) and text[at : at + 1] == "["
    at = _after_space(text, at + inside)
    values: list[tuple[str, int]] = []
    line, counted, decoder = 1, 0, json.JSONDecoder()
    while at < len(text) and not (inside and text[at] == "]"):
        try:
            _, end = deeply(partial(decoder.raw_decode, text, at))
            line, counted = line + text.count("\n", counted, at), at
            values.append((text[at:end], line))
            at = _after_separator(text, end, inside)
        except json.JSONDecodeError as error:
            return JsonContent(values, error)
    if inside and at == len(text):
        return JsonContent(values, json.JSONDecodeError("unterminated array", text, at))
    if inside and (rest := _after_space(text, at + 1)) < len(text):
        return JsonContent(values, json.JSONDecodeError("text after the array", text, rest))
    return JsonContent(values, None)


def _after_separator(text: str, at: int, inside: bool) -> int:
    at = _after_space(text, at)
    if not inside or text[at : at + 1] == "]":
        return at
    if text[at : at + 1] != ",":
        raise json.JSONDecodeError("missing comma", text, at)
    at = _after_space(text, at + 1)
    if text[at : at + 1] == "]":
        raise json.JSONDecodeError("Expecting value", text, at)
    return at


def _after_space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _parquet(file: StagedFile, options: Options, width: int, mode: Mode) -> str:
    refuse_options(options)
    parquet_files.refuse_columns(file, options)
    as_text = "true" if options["BINARY_AS_TEXT"] else "false"
    read = f"read_parquet({path_literal(file)}, binary_as_string = {as_text})"
    times = [f"CAST({quoted(name)} AS TIME) AS {quoted(name)}" for name in parquet_files.times_in_utc(file)]
    return f"(SELECT * REPLACE ({', '.join(times)}) FROM {read})" if times else read


def path_literal(file: StagedFile) -> str:
    return file_literal(str(file.path))


# Queries


@dataclass(frozen=True)
class Wanted:
    """What a statement asks of a stage: columns up to $width, METADATA$ columns, and what of $1 as BINARY only."""

    width: int = 1
    metadata: frozenset[str] = frozenset()
    binary: frozenset[str] = frozenset()


_QUOTED = re.compile(r"\$(\d+)")  # a column's number as Snowpark writes it: "$1"


def wanted_by(expression: Expr) -> Wanted:
    numbers = [int(node.name) for node in expression.find_all(exp.Parameter) if node.name.isdigit()]
    numbers += [int(found[1]) for node in expression.find_all(exp.Column) if (found := _QUOTED.fullmatch(node.name))]
    names = (column.name.upper() for column in expression.find_all(exp.Column))
    metadata = frozenset(name for name in names if name in METADATA)
    return Wanted(max(numbers, default=1), metadata, _only_as_binary(expression))


def _only_as_binary(expression: Expr) -> frozenset[str]:
    """The names in `$1:name` that are nowhere but in `$1:name::BINARY`."""
    uses: dict[str, set[bool]] = {}
    for node in expression.find_all(exp.Parameter, exp.Column):
        if not (node.name.isdigit() and isinstance(node, exp.Parameter)) and not _QUOTED.fullmatch(node.name):
            continue
        path = node.parent.parent if isinstance(node.parent, exp.Column) else node.parent
        keys = list(path.expression.find_all(exp.JSONPathKey)) if isinstance(path, exp.JSONExtract) else []
        if path is None or not keys:
            return frozenset()  # the whole of $1
        is_cast = len(keys) == 1 and isinstance(path.parent, exp.Cast) and path.parent.to.is_type("binary")
        uses.setdefault(str(keys[0].this), set()).add(is_cast)
    return frozenset(name for name, casts in uses.items() if casts == {True})


# https://docs.snowflake.com/en/user-guide/querying-metadata
METADATA: Mapping[str, Callable[[StagedFile], str]] = {
    "METADATA$FILENAME": lambda file: text_literal(file.name),
    FILE_ROW_NUMBER: lambda file: "row_number() OVER ()",
    "METADATA$FILE_CONTENT_KEY": lambda file: text_literal(file.md5),
    "METADATA$FILE_LAST_MODIFIED": lambda file: f"TIMESTAMP '{file.last_modified:%Y-%m-%d %H:%M:%S}'",
    "METADATA$START_SCAN_TIME": lambda file: "now()",
}


def relation(file: StagedFile, options: Options, wanted: Wanted, mode: Mode = "padding") -> str:
    """One file as a query sees it: $1, $2 ... and the METADATA$ columns."""
    values = [f"{PLACE}read(c1)" if options["TYPE"] == "JSON" else "to_json(c1)"]
    if options["TYPE"] == "CSV":
        # DuckDB would read a bare column as the type of a TRY_CAST around it, and fail where that is NULL.
        values = [f"coalesce({csv_files.field(name, options)}, NULL)" for name in csv_files.columns(wanted.width)]
    columns = [f"{value} AS {quoted(f'${index}')}" for index, value in enumerate(values, 1)]
    columns += [f"{METADATA[name](file)} AS {quoted(name)}" for name in sorted(wanted.metadata)]
    return f"SELECT {', '.join(columns)} FROM {source_of_values(file, options, wanted, mode)}"


def source_of_values(file: StagedFile, options: Options, wanted: Wanted, mode: Mode) -> str:
    """One file's rows as they are addressed by number: those of a Parquet file are one value each."""
    found = source(file, options, wanted.width, mode)
    if options["TYPE"] != "PARQUET":
        return found
    written = [
        f"hex({quoted(name)}) AS {quoted(name)}" for name in parquet_files.bytes_in(file, options, wanted.binary)
    ]
    parquet_files.refuse_fractions(file)
    return (
        f"(SELECT c1 FROM (SELECT * REPLACE ({', '.join(written)}) FROM {found}) AS c1)"
        if written
        else (f"(SELECT c1 FROM {found} AS c1)")
    )


def is_stage(table: exp.Table) -> bool:
    """Whether FROM names a stage and no table."""
    return isinstance(table.this, exp.Var | exp.Literal) and table.this.name.startswith("@")


def stages_in(expression: Expr) -> list[exp.Table]:
    return [table for table in expression.find_all(exp.Table) if is_stage(table)]


def resolve(context: StatementContext, expression: Expr) -> Expr:
    """Puts the rows of its files in the place of each stage in a query.

    Raises 000606 without a current warehouse; refuses `SELECT *` from a stage by name.
    """
    session, stages = context.session, stages_in(expression)
    if not stages:
        return expression
    if not session.has_compute:
        raise errors.no_active_warehouse()
    wanted = wanted_by(expression)
    for table in stages:
        location = files.locate(session, table.this.name, "SELECT")
        options = options_of(session, _argument(table, "format"), location)
        found = files.find(session, location, _argument(table, "pattern"))
        name = f"{scans.PREFIX}stage_{uuid.uuid4().hex}"
        union = " UNION ALL ".join(f"({relation(file, options, wanted)})" for file in found) or no_rows(options, wanted)
        put_rows(expression, table, scans.as_view(session, name, union))
    context.is_kept = False  # its files are read this once
    return expression


def _argument(table: exp.Table, name: str) -> Any:
    value = table.args.get(name)
    return None if value is None else value.name if isinstance(value, exp.Literal) else value.sql(dialect="snowflake")


def no_rows(options: Options, wanted: Wanted) -> str:
    """A query with the columns that files of these options have, and none of their rows."""
    kind = "VARCHAR" if options["TYPE"] == "CSV" else "JSON"
    columns = [f"NULL::{kind} AS {quoted(f'${index}')}" for index in range(1, wanted.width + 1)]
    columns += [f"NULL::VARCHAR AS {quoted(name)}" for name in sorted(wanted.metadata)]
    return f"SELECT {', '.join(columns)} LIMIT 0"


def put_rows(expression: Expr, table: exp.Table, rows: exp.Table) -> None:
    """Makes a stage's node read `rows`, and its $n columns of them."""
    refuse_star(table)
    name_columns(expression)
    table.set("this", rows.this)
    for argument in ("format", "pattern"):
        table.set(argument, None)


def name_columns(expression: Expr) -> None:
    """Makes each $n a column of that name."""
    for node in list(expression.find_all(exp.Parameter)):
        if node.name.isdigit():
            column = exp.to_identifier(f"${node.name}", quoted=True)
            node.replace(column if isinstance(node.parent, exp.Column) else exp.Column(this=column))


def refuse_star(table: exp.Table) -> None:
    """Refuses `*` in the query that reads the stage; one around it has the columns that this one names."""
    query = table.find_ancestor(exp.Select)
    stars = [one for one in query.expressions if one.is_star] if query else []
    if any(isinstance(star, exp.Star) or star.text("table") == table.alias for star in stars):
        raise errors.not_emulated("SELECT * FROM a stage (name the columns: $1, $2 ...)")
