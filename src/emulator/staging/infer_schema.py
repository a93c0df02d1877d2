"""INFER_SCHEMA: the columns of staged files, and CREATE TABLE ... USING TEMPLATE that is made from them.

https://docs.snowflake.com/en/sql-reference/functions/infer_schema
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
from sqlglot import Expr, exp

from .. import errors
from ..catalog.scans import as_table
from ..language.names import folded, function_name, text_literal
from ..language.result import Result, columns
from ..session import Session, visible
from ..session.statement import StatementContext
from . import csv_files, files, parquet_files, staged
from .conversions import Options
from .files import StagedFile

ARGUMENTS = ("LOCATION", "FILE_FORMAT", "FILES", "IGNORE_CASE")
_COLUMNS = columns("COLUMN_NAME TYPE NULLABLE:boolean EXPRESSION FILENAMES ORDER_ID:number")
_TYPES: Mapping[str, str] = {
    "BIGINT": "NUMBER(38, 0)",
    "INTEGER": "NUMBER(38, 0)",
    "SMALLINT": "NUMBER(38, 0)",
    "TINYINT": "NUMBER(38, 0)",
    "UBIGINT": "NUMBER(38, 0)",
    "UINTEGER": "NUMBER(38, 0)",
    "USMALLINT": "NUMBER(38, 0)",
    "UTINYINT": "NUMBER(38, 0)",
    "HUGEINT": "NUMBER(38, 0)",
    "UHUGEINT": "NUMBER(38, 0)",
    "DOUBLE": "REAL",
    "FLOAT": "REAL",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
    "TIME": "TIME",
    "TIME WITH TIME ZONE": "TIME",
    "TIMESTAMP": "TIMESTAMP_NTZ",
    "TIMESTAMP_S": "TIMESTAMP_NTZ",
    "TIMESTAMP_MS": "TIMESTAMP_NTZ",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP_NTZ",
    "BLOB": "BINARY",
}


@dataclass(frozen=True)
class Column:
    """A column of the files: its name, its Snowflake type, how a query of the stage gets it, and where it is."""

    name: str
    type: str
    expression: str
    files: tuple[str, ...]


def resolve(node: exp.TableFromRows, session: Session) -> Expr:
    """Replaces `TABLE(INFER_SCHEMA(LOCATION => .., FILE_FORMAT => ..))` by its rows.

    Raises 000939 without LOCATION and FILE_FORMAT, and refuses any other argument than `ARGUMENTS` by name.
    """
    if function_name(node.this) != "INFER_SCHEMA":
        return node
    given = {argument.this.name.upper(): argument.expression for argument in node.this.expressions}
    if surplus := [name for name in given if name not in ARGUMENTS]:
        raise errors.not_emulated(f"INFER_SCHEMA with {surplus[0]}")
    if missing := [name for name in ARGUMENTS[:2] if name not in given]:
        raise errors.missing_arguments("INFER_SCHEMA", missing)
    rows = [
        (column.name, column.type, True, column.expression, ", ".join(column.files), position)
        for position, column in enumerate(_columns(session, given))
    ]
    found = as_table(session, f"_emulator_infer_{len(session.registered)}", Result(_COLUMNS, rows).arrow())
    found.set("alias", node.args.get("alias"))
    return found


def _columns(session: Session, given: Mapping[str, Expr]) -> list[Column]:
    """The columns of all files, those of the first file first."""
    location = files.locate(session, given["LOCATION"].name, "INFER_SCHEMA")
    if (needed := files.needed(location, ("READ",))) is not None:
        visible.require(session, *needed)
    options = staged.options_of(session, given["FILE_FORMAT"].name, location)
    chosen = [item.name for item in given["FILES"].flatten()] if "FILES" in given else []
    ignore_case = "IGNORE_CASE" in given and bool(given["IGNORE_CASE"].this)
    found = files.named(session, location, chosen) if chosen else files.find(session, location)
    merged: dict[str, Column] = {}
    for file in found:
        for name, type_ in _described(session, file, options):
            shown = folded(name) if ignore_case else name
            known = merged.get(shown)
            names = (*known.files, file.name) if known else (file.name,)
            wider = _wider(known.type, type_) if known else type_
            position = list(merged).index(shown) if known else len(merged)
            merged[shown] = Column(shown, wider, _expression(shown, wider, position, options, ignore_case), names)
    return list(merged.values())


def _expression(name: str, type_: str, position: int, options: Options, ignore_case: bool) -> str:
    if options["TYPE"] == "CSV":
        return f"${position + 1}::{type_}"
    return f"GET_IGNORE_CASE ($1, '{name}')::{type_}" if ignore_case else f"$1:{name}::{type_}"


def _wider(one: str, other: str) -> str:
    """The type that holds both: the wider of two numbers, else TEXT."""
    if one == other:
        return one
    numbers = [re.fullmatch(r"NUMBER\((\d+), (\d+)\)", type_) for type_ in (one, other)]
    if not all(numbers):
        return "REAL" if {one, other} <= {"REAL"} | {type_ for type_ in (one, other) if "NUMBER" in type_} else "TEXT"
    digits = [(int(number[1]) - int(number[2]), int(number[2])) for number in numbers if number]
    whole, scale = (max(pair) for pair in zip(*digits, strict=True))
    return f"NUMBER({min(whole + scale, 38)}, {scale})"


def _described(session: Session, file: StagedFile, options: Options) -> Iterator[tuple[str, str]]:
    if options["TYPE"] == "CSV":
        yield from _described_csv(session, file, options)
        return
    if options["TYPE"] == "PARQUET":
        # The columns of a Parquet file; one that has nanoseconds as text, which keeps them
        parquet_files.refuse_columns(file, options)
        types = {row[0]: row[1] for row in _describe(session, f"read_parquet({staged.path_literal(file)})")}
        fine = parquet_files.too_fine(session.duck, file, types)
        described = [
            (name, "VARCHAR" if name in fine else parquet_files.NANOSECONDS.get(type_, type_))
            for name, type_ in types.items()
        ]
    else:
        described = _describe_json(session, file, options)
    for name, type_, *_ in described:
        yield name, _snowflake_type(type_, options)


def _describe(session: Session, source: str) -> list[Any]:
    found: list[Any] = session.duck.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    return found


def _describe_json(session: Session, file: StagedFile, options: Options) -> list[Any]:
    """The columns of a JSON file, by their names; none, if it holds no value. Raises 100069 where it is damaged."""
    if csv_files.is_blank(file, options):
        return []
    try:
        return sorted(_describe(session, f"read_json({staged.path_literal(file)}, maximum_depth = 2)"))
    except duckdb.InvalidInputException:
        if (damage := staged.json_content(file, options).damage) is not None:
            raise errors.malformed_json(file.listed_name, damage.msg, damage.lineno, damage.colno) from None
        raise


def _snowflake_type(type_: str, options: Options) -> str:
    """Lists, objects, bytes and times in UTC of Parquet are as Snowpark's own tests find them: test_pandas_to_df.py."""
    if decimal := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", type_):
        return f"NUMBER({decimal[1]}, {decimal[2]})"
    is_list = type_.endswith("[]")
    if is_list or type_.startswith(("STRUCT", "MAP")):
        return "VARIANT" if options["TYPE"] == "PARQUET" else "ARRAY" if is_list else "OBJECT"
    if type_ == "TIMESTAMP WITH TIME ZONE" and options.get("USE_LOGICAL_TYPE"):
        return "TIMESTAMP_LTZ"
    return "VARIANT" if type_ == "JSON" else _TYPES.get(type_, "TEXT")


def _described_csv(session: Session, file: StagedFile, options: Options) -> Iterator[tuple[str, str]]:
    """Names from the header (PARSE_HEADER) or c1, c2 ...; types that every value of the file fits."""
    width = len(csv_files.header(file, options)) if options["PARSE_HEADER"] else csv_files.sniffed_width(file, options)
    names = csv_files.header(file, options) if options["PARSE_HEADER"] else [f"c{n + 1}" for n in range(width)]
    if not names:
        return
    source = csv_files.source(file, options, width, "padding")
    fields = [csv_files.field(column, options) for column in csv_files.columns(width)]
    yield from zip(names, _types(session, source, fields), strict=True)


def _types(session: Session, source: str, fields: list[str]) -> list[str]:
    """The type of each field. The first records say what it can be at the most; whether it is, all of them."""
    first = f"(FROM {source} LIMIT {_FIRST})"
    kinds = _asked(session, first, {field: _first_kind(field) for field in fields})
    found = {field: "TEXT" for field, kind in kinds.items() if kind == len(_KINDS)}
    possible = {field: _of_kind(field, kind) for field, kind in kinds.items() if field not in found}
    found |= _asked(session, source, possible)
    others = [field for field, type_ in found.items() if type_ is None]
    found |= _asked(session, source, {field: _of_kind(field, None) for field in others})
    return [found[field] for field in fields]


def _asked(session: Session, source: str, expressions: Mapping[str, str]) -> dict[str, Any]:
    """The answers of aggregations, by the same names."""
    if not expressions:
        return {}
    [answers] = session.duck.execute(f"SELECT {', '.join(expressions.values())} FROM {source}").fetchall()
    return dict(zip(expressions, answers, strict=True))


_FIRST = 1000
_WHOLE, _EXACT = r"[+-]?\d+", r"[+-]?\d*\.\d+"

# The kinds in the order in which they are tried: the condition of all values, and the type.
_KINDS = (
    ("bool_and(lower({field}) IN ('true', 'false'))", "'BOOLEAN'"),
    (
        f"bool_and(regexp_full_match({{field}}, {text_literal(_WHOLE)}))",
        "'NUMBER(' || max(length(ltrim({field}, '+-'))) || ', 0)'",
    ),
    (
        f"bool_and(regexp_full_match({{field}}, {text_literal(f'{_WHOLE}|{_EXACT}')}))",
        "'NUMBER(' || (max(length(split_part(ltrim({field}, '+-'), '.', 1)))"
        " + max(length(split_part({field}, '.', 2)))) || ', ' || max(length(split_part({field}, '.', 2))) || ')'",
    ),
    ("bool_and({field} IS NULL OR TRY_CAST({field} AS DOUBLE) IS NOT NULL)", "'REAL'"),
    (
        "bool_and({field} IS NULL OR (length({field}) = 10 AND TRY_CAST({field} AS DATE) IS NOT NULL))",
        "'DATE'",
    ),
    (
        "bool_and({field} IS NULL OR (length({field}) > 10 AND TRY_CAST({field} AS TIMESTAMP) IS NOT NULL))",
        "'TIMESTAMP_NTZ'",
    ),
    ("bool_and({field} IS NULL OR TRY_CAST({field} AS TIME) IS NOT NULL)", "'TIME'"),
)


def _first_kind(field: str) -> str:
    """The number of the first kind that all values are of, one more than there are for text; NULL without a value."""
    cases = " ".join(f"WHEN {condition} THEN {number}" for number, (condition, _) in enumerate(_KINDS))
    return f"CASE WHEN count({{field}}) = 0 THEN NULL {cases} ELSE {len(_KINDS)} END".format(field=field)


def _of_kind(field: str, number: int | None) -> str:
    """The type, if the values are of that kind, or (None) of the first that they are of; else NULL."""
    kinds = _KINDS if number is None else _KINDS[number : number + 1]
    cases = " ".join(f"WHEN {condition} THEN {type_}" for condition, type_ in kinds)
    rest = "ELSE 'TEXT' " if number is None else ""
    return f"CASE WHEN count({{field}}) = 0 THEN 'TEXT' {cases} {rest}END".format(field=field)


def use_template(context: StatementContext, expression: Expr) -> Expr:
    """Gives a CREATE TABLE ... USING TEMPLATE the columns that its query lists.

    Raises if the query lists none. https://docs.snowflake.com/en/sql-reference/sql/create-table#create-table-using-template
    """
    session = context.session
    template = expression.find(exp.UsingTemplateProperty)
    if template is None:
        return expression
    query = template.this.this if isinstance(template.this, exp.Subquery) else template.this
    rows = session.cursor().ask(query.copy()).rows
    columns = json.loads(rows[0][0]) if rows and isinstance(rows[0][0], str) else []
    if not columns or not isinstance(columns, list):
        raise errors.template_without_columns()
    definitions = [
        exp.ColumnDef(
            this=exp.to_identifier(column["COLUMN_NAME"], quoted=True),
            kind=exp.DataType.build(column["TYPE"], dialect="snowflake"),
        )
        for column in columns
    ]
    template.pop()
    expression.set("this", exp.Schema(this=expression.this, expressions=definitions))
    if not expression.args["properties"].expressions:
        expression.set("properties", None)
    return expression
