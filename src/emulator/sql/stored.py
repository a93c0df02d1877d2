"""One value as a column of a table takes it: cast to its type, or refused as Snowflake would.

https://docs.snowflake.com/en/sql-reference/data-type-conversion#data-types-that-can-be-cast
"""

from sqlglot import Expr, exp

from .. import errors
from . import types
from .casts import cast, is_read_by_duckdb
from .types import (
    ARRAY,
    BINARY,
    BOOLEAN,
    DATE,
    FLOAT,
    LTZ,
    NTZ,
    NULL,
    NUMBER,
    OBJECT,
    TIME,
    TIMESTAMPS,
    TZ,
    UNKNOWN,
    VARCHAR,
    VARIANT,
    kind,
    kind_of,
    name_of,
)

OF_NEW_TABLE = "of a new table"  # under this key a cast keeps the table of CREATE TABLE ... AS whose column it is for


def stored(value: Expr, to: exp.DataType, table: str, column: str) -> Expr:
    """The value for a column of a table that is there; DuckDB makes the one NUMBER of the other."""
    source = kind_of(value)
    if UNKNOWN in (kind(to), source) or source == NULL:
        return value
    if kind(to) not in _STORED_AS.get(source, ()):
        _refuse(column, value, to)
    if source == kind(to) == NUMBER:
        return value
    if kind(to) != TZ and is_read_by_duckdb(value, to) and types.micros_of_digit(to) is None:
        return value
    if source == kind(to) == VARCHAR and value.type is not None and types.length(value.type) <= types.length(to):
        return value
    return cast(value, to, place=f"{table}|{column}") or value


def stored_in_new(value: Expr, to: exp.DataType, table: str, column: str) -> Expr | None:
    """The value for a column of the table that a query makes, where the statement lists its type; None as `cast`.

    Recorded: frostlake/CtasColumnListWriteTest, frostlake/WriteTypeMatchingTest.
    """
    source = kind_of(value)
    if source not in (NULL, UNKNOWN) and kind(to) != UNKNOWN and kind(to) not in _STORED_AS.get(source, ()):
        raise errors.incompatible_types(name_of(value.type), name_of(to))
    return cast(value, to, place=f"{table}|{column}")


def _refuse(column: str, value: Expr, to: exp.DataType) -> None:
    if value.type is not None and kind(value.type) == VARCHAR and not value.type.expressions:
        return  # a NULL out of a query below
    if kind_of(value) == TIME and kind(to) in TIMESTAMPS:
        raise errors.incompatible_types(name_of(value.type), name_of(to))
    raise errors.expression_type_mismatch(name_of(to), name_of(value.type), column)


_MOMENTS = (DATE, *TIMESTAMPS)
# What may be stored in a column of another type. Recorded on an account, and the coercions of
# https://docs.snowflake.com/en/sql-reference/data-type-conversion#data-types-that-can-be-cast
_STORED_AS: dict[str, tuple[str, ...]] = {
    NUMBER: (NUMBER, FLOAT, VARCHAR, BOOLEAN, VARIANT),
    FLOAT: (NUMBER, FLOAT, VARCHAR, BOOLEAN, VARIANT),
    VARCHAR: (NUMBER, FLOAT, VARCHAR, BOOLEAN, BINARY, TIME, *_MOMENTS),
    BOOLEAN: (BOOLEAN, VARCHAR, VARIANT),
    BINARY: (BINARY,),
    TIME: (TIME, VARCHAR, VARIANT),
    DATE: (VARCHAR, VARIANT, *_MOMENTS),
    **dict.fromkeys((NTZ, LTZ), (VARCHAR, VARIANT, TIME, *_MOMENTS)),
    TZ: (VARCHAR, VARIANT, TIME, DATE, TZ),  # recorded: frostlake/TimestampTzColumnMatchTest
    VARIANT: (NUMBER, FLOAT, VARCHAR, BOOLEAN, TIME, VARIANT, OBJECT, ARRAY, *_MOMENTS),
    # No text, whatever the page says: public reports, and Snowpark's own tests (test_insert_into).
    OBJECT: (OBJECT, VARIANT),
    ARRAY: (ARRAY, VARIANT),
}
