"""Snowflake's data types as sqlglot's, by the names that Snowflake gives them.

https://docs.snowflake.com/en/sql-reference/intro-summary-data-types
"""

from collections.abc import Iterable
from functools import cache
from typing import cast

from sqlglot import exp

NUMBER, FLOAT, VARCHAR, BINARY, BOOLEAN = "NUMBER", "FLOAT", "VARCHAR", "BINARY", "BOOLEAN"
DATE, TIME = "DATE", "TIME"
NTZ, LTZ, TZ = "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ"
VARIANT, OBJECT, ARRAY = "VARIANT", "OBJECT", "ARRAY"
NULL, UNKNOWN = "NULL", "UNKNOWN"

TIMESTAMPS = (NTZ, LTZ, TZ)
NUMERIC = (NUMBER, FLOAT)
SEMI_STRUCTURED = (VARIANT, OBJECT, ARRAY)

MAX_FRACTION = 9
MICROS = 6  # digits of a second that DuckDB keeps
MAX_PRECISION = 38
MAX_LENGTH = 16777216
MAX_BYTES = 8388608

_KINDS = {
    NUMBER: "DECIMAL BIGINT INT SMALLINT TINYINT INT128 UBIGINT BIGDECIMAL MEDIUMINT",
    FLOAT: "DOUBLE FLOAT",
    VARCHAR: "VARCHAR TEXT CHAR NCHAR NVARCHAR",
    BINARY: "BINARY VARBINARY BLOB",
    BOOLEAN: "BOOLEAN",
    DATE: "DATE",
    TIME: "TIME",
    NTZ: "TIMESTAMPNTZ TIMESTAMP DATETIME TIMESTAMP_NS",
    LTZ: "TIMESTAMPLTZ",
    TZ: "TIMESTAMPTZ",
    VARIANT: "VARIANT JSON",
    OBJECT: "OBJECT STRUCT",
    ARRAY: "ARRAY",
    NULL: "NULL",
}
_KIND_OF = {exp.DType.__members__[name]: word for word, names in _KINDS.items() for name in names.split()}


def kind(type_: exp.DataType | None) -> str:
    """The name of a type without its parameters; UNKNOWN for what has none, or one that is not bound yet."""
    return UNKNOWN if type_ is None else _KIND_OF.get(type_.this, UNKNOWN)


def kind_of(node: exp.Expr) -> str:
    """The kind of an expression's type; that of NULL is NULL, whatever it will be taken for."""
    inner = node.unnest() if isinstance(node, exp.Paren) else node
    return NULL if isinstance(inner, exp.Null) else kind(node.type)


def _parameters(type_: exp.DataType) -> list[int]:
    """The numbers in a type's brackets; what is no number there is left to whoever runs the statement."""
    written = [param.name for param in type_.expressions if isinstance(param, exp.DataTypeParam)]
    return [int(one) for one in written if one.isascii() and one.isdecimal()]


def digits(type_: exp.DataType) -> tuple[int, int]:
    """Precision and scale of a NUMBER: https://docs.snowflake.com/en/sql-reference/data-types-numeric"""
    match _parameters(type_):
        case [precision, scale]:
            return precision, scale
        case [precision]:
            return precision, 0
    return MAX_PRECISION, 0


def length(type_: exp.DataType) -> int:
    """The most characters of a VARCHAR, or bytes of a BINARY. CHAR alone is one character.

    https://docs.snowflake.com/en/sql-reference/data-types-text
    """
    given = _parameters(type_)
    if given:
        return given[0]
    if type_.this in (exp.DType.CHAR, exp.DType.NCHAR):
        return 1
    return MAX_BYTES if kind(type_) == BINARY else MAX_LENGTH


def fraction(type_: exp.DataType) -> int:
    """The digits after the second of a time or timestamp, 9 unless told."""
    given = _parameters(type_)
    return given[0] if given else MAX_FRACTION


def micros_of_digit(type_: exp.DataType) -> int | None:
    """The microseconds of the last digit that a time or timestamp keeps; None if it keeps all of them."""
    digits = fraction(type_) if kind(type_) in (TIME, *TIMESTAMPS) else MICROS
    return 10 ** (MICROS - digits) if digits < MICROS else None


@cache
def number(precision: int, scale: int = 0) -> exp.DataType:
    precision = max(1, min(MAX_PRECISION, precision))
    return _made(exp.DType.DECIMAL, precision, min(scale, precision))


@cache
def text(most: int = MAX_LENGTH) -> exp.DataType:
    return _made(exp.DType.VARCHAR, most)


@cache
def of(name: str, *parameters: int) -> exp.DataType:
    """A type by its kind: `of("TIMESTAMP_NTZ", 9)`."""
    return _made(exp.DType.__members__[_KINDS[name].split()[0]], *parameters)


def _made(type_: exp.DType, *parameters: int) -> exp.DataType:
    return exp.DataType(
        this=type_, expressions=[exp.DataTypeParam(this=exp.Literal.number(parameter)) for parameter in parameters]
    )


def parsed(name: str) -> exp.DataType:
    """A type from how `name_of` writes it."""
    word, _, rest = name.partition("(")
    return of(word, *map(int, rest.rstrip(")").split(","))) if rest else of(word)


def name_of(type_: exp.DataType | None) -> str:
    """A type as Snowflake's messages and DESCRIBE write it: NUMBER(10,2), VARCHAR(16777216), TIMESTAMP_NTZ(9)."""
    word = kind(type_)
    if type_ is None:
        return word
    if word == NUMBER:
        return "NUMBER({},{})".format(*digits(type_))
    if word in (VARCHAR, BINARY):
        return f"{word}({length(type_)})"
    if word in (TIME, *TIMESTAMPS):
        return f"{word}({fraction(type_)})"
    if word in (ARRAY, OBJECT) and type_.expressions:
        return f"{word}({', '.join(map(_part, type_.expressions))})"
    return word


def _part(part: exp.Expr) -> str:
    """An element of a structured type, or a field with its name."""
    return f"{part.name} {name_of(part.kind)}" if isinstance(part, exp.ColumnDef) else name_of(cast(exp.DataType, part))


OF_TEXT = (18, 5)  # what a text becomes where a number is needed, unless its precision is known
_RANK = {DATE: 0, NTZ: 1, LTZ: 2, TZ: 3}


def common(types: Iterable[exp.DataType | None], *, has_null: bool = False) -> exp.DataType | None:
    """The type of COALESCE, CASE and their kin, and of a set operation's column; None if there is none known.

    The order counts for a text beside a boolean. A NULL among texts makes their length the longest.
    https://docs.snowflake.com/en/sql-reference/data-type-conversion
    """
    merged: exp.DataType | None = None
    for type_ in types:
        if kind(type_) == NULL:
            has_null = True
        elif kind(type_) == UNKNOWN:
            return None
        elif merged is None:
            merged = type_
        elif type_ is not None and (merged := _both(merged, type_)) is None:
            return None
    if merged is None:
        return text() if has_null else None
    return text() if has_null and kind(merged) == VARCHAR else merged


def _both(left: exp.DataType, right: exp.DataType) -> exp.DataType | None:
    first, second = kind(left), kind(right)
    kinds = {first, second}
    if kinds == {NUMBER}:
        return _wider(digits(left), digits(right))
    if kinds == {VARCHAR} or kinds == {BINARY}:
        return of(first, max(length(left), length(right)))
    if first == second:
        return left
    if VARIANT in kinds:
        return _beside_variant(left, right)
    if BOOLEAN in kinds and kinds <= {BOOLEAN, VARCHAR, *NUMERIC}:
        return text() if first == VARCHAR else of(BOOLEAN)
    if FLOAT in kinds and kinds <= {VARCHAR, *NUMERIC}:
        return of(FLOAT)
    if kinds == {NUMBER, VARCHAR}:
        return _wider(digits(left) if first == NUMBER else OF_TEXT, digits(right) if second == NUMBER else OF_TEXT)
    if kinds <= _RANK.keys():
        return left if _RANK[first] > _RANK[second] else right
    if VARCHAR in kinds and (kinds - {VARCHAR}) <= {TIME, *_RANK}:
        return right if first == VARCHAR else left
    return None


def _beside_variant(left: exp.DataType, right: exp.DataType) -> exp.DataType:
    """A VARIANT is read as the text, date or time beside it, and as the OBJECT or ARRAY before it.

    Recorded: frostlake/ConditionalBranchCastTest, frostlake/ConditionalFoldFamiliesTest.
    """
    other = right if kind(left) == VARIANT else left
    if kind(other) == VARCHAR:
        return text()
    if kind(other) in (TIME, *_RANK):
        return other
    return left if kind(left) in SEMI_STRUCTURED else of(VARIANT)


def _wider(left: tuple[int, int], right: tuple[int, int]) -> exp.DataType:
    scale = max(left[1], right[1])
    return number(max(left[0] - left[1], right[0] - right[1]) + scale, scale)


def as_number(type_: exp.DataType | None) -> tuple[int, int] | None:
    """Precision and scale of an operand of arithmetic; None for one that makes it FLOAT, or that is not known."""
    if kind(type_) == NUMBER and type_ is not None:
        return digits(type_)
    return OF_TEXT if kind(type_) == VARCHAR else None


def of_unknown() -> exp.DataType:
    return exp.DataType(this=exp.DType.UNKNOWN)
