"""How one staged file becomes the rows of a table: an expression for each column, over the file as DuckDB reads it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection
from sqlglot import Expr, exp

from .. import errors
from ..catalog import scans
from ..language.dialect import CALLED
from ..language.names import folded, quoted, text_literal
from ..session import Session
from ..sql import casts
from ..sql.macros import PLACE
from . import csv_files, parquet_files, staged
from .conversions import Options, converted
from .csv_files import Mode
from .files import StagedFile


@dataclass(frozen=True)
class Column:
    """A column of the table that is loaded."""

    name: str
    type: str
    nullable: bool
    length: int | None = None
    position: int = 1
    micros_of_digit: int | None = None  # of a time or timestamp that keeps fewer digits than DuckDB's


@dataclass(frozen=True)
class Value:
    """What goes into a column: an expression that may fail, and the text that it is made of, JSON if `of_variant`."""

    column: Column
    expression: str
    text: str
    field: int | None = None
    of_variant: bool = False

    @property
    def shown(self) -> str:
        """The expression, with as many digits of a second as its column keeps."""
        unit = self.column.micros_of_digit
        return self.expression if unit is None else f"{PLACE}cut({self.expression}, {unit})"

    @property
    def checked(self) -> str:
        """The same, failing also on a text that is longer than its column."""
        if self.column.length is None:
            return self.shown
        return (
            f"CASE WHEN length({self.expression}) > {self.column.length}"
            f" THEN error('too long') ELSE {self.expression} END"
        )

    @property
    def truncated(self) -> "Value":
        """The same, cut to the length of its column."""
        if self.column.length is None:
            return self
        return replace(
            self,
            column=replace(self.column, length=None),
            expression=f"left(CAST({self.expression} AS VARCHAR), {self.column.length})",
        )

    @property
    def failures(self) -> list[str]:
        """The conditions under which the column cannot take the value, each to be asked in a query of its own.

        DuckDB would lift what two TRYs of one query have in common out of both, where it fails.
        """
        is_any_text = self.column.type == "VARCHAR" and self.column.nullable and self.column.length is None
        if is_any_text and self.expression == self.text:
            return []  # a text as it is
        found = [
            f"TRY({self.expression}) IS NULL"
            if not self.column.nullable
            else f"TRY(({self.expression}) IS NULL) IS NULL"
        ]
        if self.column.length is not None:
            found.append(f"coalesce(length(TRY({self.expression})), 0) > {self.column.length}")
        return found


_MARK = f"{scans.PREFIX}staged_file"
MARK = quoted(_MARK)


@dataclass(frozen=True)
class Reading:
    """A file's values, and the FROM clause that they stand over, with a mark where the file goes.

    `width` is how many fields a record must have, if that counts, and `counted` whose number that is; `row` names the
    column that numbers the records.
    """

    file: StagedFile
    options: Options
    values: Sequence[Value]
    source: Callable[[Mode], str]
    width: int | None = None
    tail: str = MARK
    row: str = "_row"
    counted: str = "corresponding table"

    @property
    def strict(self) -> Mode:
        return "padding" if self.options["TYPE"] == "CSV" and self.width is None else "strict"

    @property
    def tolerant(self) -> Mode:
        return "padding" if self.options["TYPE"] == "CSV" and self.width is None else "rejecting"

    def clause(self, source: str) -> str:
        """The FROM clause over the file as `source` reads it."""
        return self.tail.replace(MARK, source, 1)


Read = Callable[[StagedFile], Reading]


# Without a transformation


def reader(
    scratch: DuckDBPyConnection,
    columns: Sequence[Column],
    options: Options,
    match: str,
    metadata: Mapping[str, str] | None = None,
) -> Read:
    """How each file is read into the columns: by position, by name, or whole into one VARIANT.

    `metadata` names the METADATA$ columns that go into columns of the table. Raises 002019 if the files' values fit one
    VARIANT column only and there are others.
    """
    csv = options["TYPE"] == "CSV"
    if match == "NONE" and csv:
        if options["PARSE_HEADER"]:
            raise errors.header_without_match()
        return lambda file: _counted(scratch, _csv_by_position(file, options, columns))
    if match == "NONE":
        if len(columns) != 1 or columns[0].type != "JSON":
            raise errors.one_variant_column(str(options["TYPE"]))
        return lambda file: _whole(file, options, columns[0])
    if csv and not options["PARSE_HEADER"]:
        raise errors.match_without_header()
    by_name = {"CSV": _csv_by_name, "JSON": _json_by_name, "PARQUET": _parquet_by_name}[str(options["TYPE"])]
    included = metadata or {}
    others = [column for column in columns if column.name not in included]

    def read(file: StagedFile) -> Reading:
        found = _counted(scratch, by_name(scratch, file, options, others, match))
        return _with_metadata(_or_nulls(found, others), [c for c in columns if c.name in included], included)

    return read


def _or_nulls(reading: Reading, columns: Sequence[Column]) -> Reading:
    """Where no column matches, a row of NULLs stands for each record.

    https://docs.snowflake.com/en/sql-reference/sql/copy-into-table#copy-options-copyoptions (MATCH_BY_COLUMN_NAME)
    """
    if reading.values or not columns:
        return reading
    return replace(reading, values=[Value(columns[0], f"CAST(NULL AS {columns[0].type})", "NULL")])


def _with_metadata(reading: Reading, columns: Sequence[Column], metadata: Mapping[str, str]) -> Reading:
    """https://docs.snowflake.com/en/sql-reference/sql/copy-into-table#copy-options-copyoptions (INCLUDE_METADATA)"""
    if not columns:
        return reading
    named = [
        f"{staged.METADATA[metadata[column.name]](reading.file)} AS {quoted(f'_emulator_{metadata[column.name]}')}"
        for column in columns
    ]
    values = [
        Value(column, f"CAST({name} AS {column.type})", name)
        for column in columns
        for name in [quoted(f"_emulator_{metadata[column.name]}")]
    ]
    return replace(
        reading,
        values=[*reading.values, *values],
        source=lambda mode: f"(SELECT *, {', '.join(named)} FROM {reading.source(mode)})",
    )


def _counted(scratch: DuckDBPyConnection, reading: Reading) -> Reading:
    if reading.width is not None:
        csv_files.refuse_surplus_fields(scratch, reading.file, reading.options, reading.width)
    return reading


def _csv_by_position(file: StagedFile, options: Options, columns: Sequence[Column]) -> Reading:
    found = _csv(file, options, [*enumerate(columns)], len(columns))
    return found if options["ERROR_ON_COLUMN_COUNT_MISMATCH"] else replace(found, width=None)


def _csv(file: StagedFile, options: Options, chosen: Sequence[tuple[int, Column]], width: int) -> Reading:
    values = []
    for index, column in chosen:
        text = csv_files.field(f"c{index + 1}", options)
        if column.type == "JSON":
            text = f"nullif({text}, '')"  # as PARSE_JSON reads it. Recorded: frostlake/CopyEmptyFieldTest
        values.append(Value(column, converted(text, column.type, options), text, index))
    return Reading(file, options, values, lambda mode: staged.source(file, options, width, mode), width)


def _csv_by_name(
    scratch: DuckDBPyConnection, file: StagedFile, options: Options, columns: Sequence[Column], match: str
) -> Reading:
    """The records of a file must be of one length, whatever ERROR_ON_COLUMN_COUNT_MISMATCH says.

    https://docs.snowflake.com/en/sql-reference/sql/create-file-format#type-csv
    """
    header = csv_files.header(file, options)
    matched = _matched(header, columns, match)
    positions = {name: index for index, name in reversed([*enumerate(header)])}
    chosen = [(positions[names[0]], column) for column, names in matched]
    return replace(_csv(file, options, chosen, max(len(header), 1)), counted="header")


def _matched(names: Sequence[str], columns: Sequence[Column], match: str) -> list[tuple[Column, list[str]]]:
    """The columns that the file has, each with the file's names for it."""
    same = folded if match == "CASE_INSENSITIVE" else str
    spellings: dict[str, list[str]] = {}
    for name in names:
        spellings.setdefault(same(name), []).append(name)
    return [(column, spellings[same(column.name)]) for column in columns if same(column.name) in spellings]


def _whole(file: StagedFile, options: Options, column: Column) -> Reading:
    found = "c1" if options["TYPE"] == "JSON" else "to_json(c1)"
    value = Value(column, found, found)
    return Reading(file, options, [value], lambda mode: staged.source_of_values(file, options, staged.Wanted(), mode))


def _json_by_name(
    scratch: DuckDBPyConnection, file: StagedFile, options: Options, columns: Sequence[Column], match: str
) -> Reading:
    values = []
    # The names that the file's objects have; those before the damage, if it is damaged
    sql = "SELECT DISTINCT unnest(json_keys(c1)) AS key FROM {} WHERE json_type(c1) = 'OBJECT' ORDER BY key"
    try:
        found = scratch.execute(sql.format(staged.source(file, options))).fetchall()
    except duckdb.Error:
        found = scratch.execute(sql.format(staged.source(file, options, mode="rejecting"))).fetchall()
    for column, names in _matched([key for (key,) in found], columns, match):
        paths = [text_literal(f'$."{name}"') for name in names]
        text = _first([f"(c1 ->> {path})" for path in paths])
        inner = _first([f"(c1 -> {path})" for path in paths])
        if column.type in ("JSON", "VARCHAR"):
            values.append(
                Value(column, inner if column.type == "JSON" else converted(text, column.type, options), text)
            )
        else:
            held = f"CAST({inner} AS VARCHAR)"
            values.append(Value(column, converted(text, column.type, options), held, of_variant=True))
    return Reading(file, options, values, lambda mode: staged.source(file, options, mode=mode))


def _first(expressions: list[str]) -> str:
    return expressions[0] if len(expressions) == 1 else f"coalesce({', '.join(expressions)})"


def _parquet_by_name(
    scratch: DuckDBPyConnection, file: StagedFile, options: Options, columns: Sequence[Column], match: str
) -> Reading:
    found = staged.source(file, options)
    types = {row[0]: row[1] for row in scratch.execute(f"DESCRIBE SELECT * FROM {found}").fetchall()}
    matched = [(column, names[0]) for column, names in _matched(list(types), columns, match)]
    for column, name in matched:
        if "BLOB" in types[name] and column.type != "BLOB":
            raise errors.not_emulated(f"the Parquet column {name} of bytes, read as what is not BINARY,")
    in_moments = [name for column, name in matched if column.type not in ("VARCHAR", "JSON")]
    for name in parquet_files.too_fine(scratch, file, {name: types[name] for name in in_moments}):
        raise errors.not_emulated(f"nanoseconds, of which the Parquet column {name} has some,")
    parquet_files.refuse_values(scratch, file, {name: types[name] for _, name in matched})
    nested = (name for name, type_ in types.items() if type_.startswith(("STRUCT", "MAP")) or type_.endswith("]"))
    parquet_files.refuse_fractions(file, {*nested} & {name for column, name in matched if column.type == "JSON"})
    values = [
        Value(
            column,
            assigned(quoted(name), types[name], column, options),
            f"CAST(to_json({quoted(name)}) AS VARCHAR)",
            of_variant=True,
        )
        for column, name in matched
    ]
    return Reading(file, options, values, lambda mode: found)


def assigned(expression: str, type_: str, column: Column, options: Options) -> str:
    """An expression of one type as a column of another takes it."""
    if type_ == column.type:
        return expression
    if column.type == "JSON":
        return f"to_json({expression})"
    if type_ == "JSON":
        return converted(f"({expression} ->> '$')", column.type, options)
    if type_ == "VARCHAR":
        return converted(expression, column.type, options)
    if column.type == "VARCHAR" and (type_.startswith(("STRUCT", "MAP")) or type_.endswith("[]")):
        return f"CAST(to_json({expression}) AS VARCHAR)"
    if column.type == "VARCHAR":
        return f"CAST({expression} AS VARCHAR)"
    if type_ == "TIMESTAMPTZ_NS":  # which DuckDB casts to few types
        expression = f"CAST({expression} AS TIMESTAMP_NS)"
    return f"CAST({expression} AS {column.type})"


# With a transformation


@dataclass(frozen=True)
class Transformation:
    """`SELECT .. FROM @stage` as DuckDB reads it, with a mark where the file goes."""

    projections: Sequence[str]
    texts: Sequence[tuple[str, bool]]  # what an error should name, and whether it is a VARIANT
    tail: str
    row: str
    wanted: staged.Wanted


def read_transformation(session: Session, query: Expr, table: exp.Table, options: Options) -> Transformation:
    """Prepares a COPY's query. Raises if it is more than a SELECT from one stage.

    https://docs.snowflake.com/en/user-guide/data-load-transform
    """
    refuse_clauses(query)
    for node in (inner for one in query.expressions for inner in one.walk()):
        if (operator := _OPERATORS.get(type(node))) is not None:
            raise errors.not_in_copy(operator)
        called = str(node.meta.get(CALLED, "")).upper() or _NAMELESS.get(type(node), "")
        if not called and isinstance(node, exp.Anonymous):
            called = node.name.upper()
        if called and called not in _SUPPORTED and not called.startswith(_FAMILIES):
            raise errors.not_in_copy(called)
    wanted = staged.wanted_by(query)
    alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier("STAGED"))
    staged.put_rows(query, table, scans.as_view(session, _MARK, staged.no_rows(options, wanted)))
    table.set("alias", alias)
    transformed: Any = session.cursor().transformed(query)
    projections = [expression.unalias() for expression in transformed.expressions]
    transformed.set("expressions", [exp.Literal.number(0)])
    return Transformation(
        [projection.sql(dialect="duckdb") for projection in projections],
        [_inner(projection) for projection in projections],
        transformed.sql(dialect="duckdb").removeprefix("SELECT 0 FROM "),
        f"{alias.this.sql(dialect='duckdb')}._row",
        wanted,
    )


def _inner(projection: Expr) -> tuple[str, bool]:
    """What the innermost cast is made on: the text that an error should name, or the VARIANT."""
    if (held := casts.variant_in(projection)) is not None:
        return held.sql(dialect="duckdb"), True
    innermost = [cast for cast in projection.find_all(exp.Cast) if cast.this.find(exp.Cast) is None]
    return (innermost[0].this if innermost else projection).sql(dialect="duckdb"), False


def refuse_clauses(query: Expr) -> None:
    if not isinstance(query, exp.Select) or any(query.args.get(clause) for clause in _REFUSED) or _aggregates(query):
        raise errors.simple_select_only()


# https://docs.snowflake.com/en/user-guide/data-load-transform#supported-functions, with all conversion functions, and
# GET_IGNORE_CASE, which Snowpark's reader writes. What asks about the moment or the session is a constant.
_SUPPORTED = frozenset(
    """
    ARRAY_CONSTRUCT ARRAY_SIZE ASCII CASE CAST CEIL CHECK_JSON CHECK_XML CHR CHAR CONCAT CONVERT_TIMEZONE DATE ENDSWITH
    EQUAL_NULL FLOOR GET GET_IGNORE_CASE GET_PATH HEX_DECODE_STRING HEX_ENCODE IFF IFNULL ILIKE IN IS_ARRAY IS_BOOLEAN
    IS_DECIMAL IS_INTEGER IS_NULL_VALUE IS_OBJECT IS_TIME LENGTH LEN LIKE LPAD LTRIM MD5 MD5_HEX NULLIF NVL NVL2
    OBJECT_CONSTRUCT PARSE_IP PARSE_JSON PARSE_URL PARSE_XML RANDOM REGEXP_REPLACE REGEXP_SUBSTR REPLACE REVERSE RPAD
    RTRIM SPLIT SPLIT_PART STARTSWITH SUBSTR SUBSTRING TIME TRIM TRY_CAST TRY_HEX_DECODE_STRING TRY_PARSE_JSON UNICODE
    UUID_STRING XMLGET SYSDATE SYSTIMESTAMP GETDATE LOCALTIME LOCALTIMESTAMP
    """.split()
)
_FAMILIES = ("TO_", "TRY_TO_", "IS_TIMESTAMP_", "CURRENT_", "SYSTEM$")
# What sqlglot reads without keeping the name that it was called by.
_NAMELESS = {exp.Initcap: "INITCAP", exp.DecodeCase: "DECODE", exp.StrPosition: "POSITION", exp.Extract: "DATE_PART"}
_OPERATORS = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}


def _aggregates(query: exp.Select) -> bool:
    return any(expression.find(exp.AggFunc, exp.Window, exp.Query) for expression in query.expressions)


_REFUSED = ("with_", "where", "group", "having", "qualify", "order", "limit", "offset", "distinct")


def transforming_reader(
    scratch: DuckDBPyConnection, transformation: Transformation, columns: Sequence[Column], options: Options
) -> Read:
    """How each file is read through the query. Raises 002020 if it has another number of columns than the target."""
    projections = transformation.projections
    if len(projections) != len(columns):
        raise errors.value_list_mismatch(len(columns), len(projections))

    def read(file: StagedFile) -> Reading:
        def source(mode: Mode) -> str:
            # A query takes what fields there are, however many a record has.
            way: Mode = "padding" if options["TYPE"] == "CSV" else mode
            return f"({staged.relation(file, options, transformation.wanted, way)})"

        tail = transformation.tail.replace(MARK, source("padding"), 1)
        types = [row[1] for row in scratch.execute(f"DESCRIBE SELECT {', '.join(projections)} FROM {tail}").fetchall()]
        values = [
            Value(
                column, assigned(projection, type_, column, options), f"CAST({text} AS VARCHAR)", of_variant=of_variant
            )
            for column, projection, type_, (text, of_variant) in zip(
                columns, projections, types, transformation.texts, strict=True
            )
        ]
        return Reading(file, options, values, source, None, transformation.tail, transformation.row)

    return read
