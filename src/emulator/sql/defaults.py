"""Whether a column's default is of a type that the column takes: stricter in ALTER TABLE than in CREATE TABLE.

Recorded: frostlake/ddl-column-default-match, frostlake/ddl-add-column-default.
"""

from sqlglot import Expr, exp
from sqlglot.schema import MappingSchema

from .. import errors
from ..catalog.table_names import identifier
from .annotators import Annotator, declared
from .types import (
    ARRAY,
    BINARY,
    BOOLEAN,
    DATE,
    NULL,
    NUMBER,
    NUMERIC,
    OBJECT,
    TIME,
    TIMESTAMPS,
    UNKNOWN,
    VARCHAR,
    VARIANT,
    kind,
    kind_of,
    name_of,
)

_TEMPORAL = (BOOLEAN, NUMBER, VARIANT)
_TAKEN_BY = {  # the kinds of columns that take a default of a kind
    VARCHAR: (VARCHAR, BOOLEAN, VARIANT),
    **dict.fromkeys(NUMERIC, (*NUMERIC, DATE, TIME, *TIMESTAMPS)),
    DATE: (DATE, *TIMESTAMPS, *_TEMPORAL),
    TIME: (TIME, *_TEMPORAL),
    **dict.fromkeys(TIMESTAMPS, (*TIMESTAMPS, *_TEMPORAL)),
}
_LITERALS = {  # the kinds of columns that ALTER TABLE adds with a literal of a kind; of a VARIANT, as CREATE TABLE
    VARCHAR: (VARCHAR, VARIANT),
    **dict.fromkeys(NUMERIC, (*NUMERIC, VARIANT)),
    BOOLEAN: (BOOLEAN, VARIANT),
}


def refuse_others(expression: Expr) -> Expr:
    """Raises for a default of CREATE TABLE, or of ALTER TABLE ... ADD COLUMN, that the column's type does not take."""
    made = expression.this.expressions if isinstance(expression.this, exp.Schema) else []
    added = expression.args.get("actions") or [] if isinstance(expression, exp.Alter) else []
    for column in (*made, *added):
        if isinstance(column, exp.ColumnDef) and column.kind is not None:
            for constraint in column.find_all(exp.DefaultColumnConstraint):
                _check(column, constraint.this, is_added=column in added)
    return expression


def _check(column: exp.ColumnDef, default: Expr, *, is_added: bool) -> None:
    assert column.kind is not None
    name, to = identifier(column.this), declared(column.kind)
    if to is None or kind(to) in (OBJECT, ARRAY):
        return
    if kind(to) == BINARY:
        raise errors.no_default_of_binary()
    value = Annotator(MappingSchema()).annotate(exp.select(default.copy())).selects[0]
    source = kind_of(value)
    if is_added:
        inner = value.this if isinstance(value, exp.Neg) else value
        if not isinstance(inner, exp.Literal | exp.Boolean | exp.Null):
            raise errors.invalid_default(value.sql(dialect="snowflake"))
        if kind_of(value) != NULL and kind(to) not in _LITERALS.get(kind_of(value), ()):
            raise errors.expression_type_mismatch(name_of(to), name_of(value.type), name)
    if source not in (NULL, UNKNOWN, BOOLEAN) and kind(to) not in _TAKEN_BY.get(source, (kind(to),)):
        raise errors.default_type_mismatch(name)
