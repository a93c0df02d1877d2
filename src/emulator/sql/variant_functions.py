"""IS_* and AS_* of a VARIANT: what it holds, and that as a value of its type, else NULL.

https://docs.snowflake.com/en/sql-reference/functions-semistructured
"""

from collections.abc import Mapping

from sqlglot import Expr, exp

from .. import errors
from . import types
from .arguments import Rule, as_
from .casts import cast
from .macros import call
from .types import (
    ARRAY,
    BINARY,
    BOOLEAN,
    DATE,
    FLOAT,
    NULL,
    NUMBER,
    OBJECT,
    SEMI_STRUCTURED,
    TIME,
    TIMESTAMPS,
    UNKNOWN,
    VARCHAR,
    VARIANT,
    kind_of,
    name_of,
    of,
)

NO_VARIANT = frozenset({VARCHAR, DATE, TIME, BINARY, *TIMESTAMPS})  # what becomes a VARIANT only when it is cast

# The kinds of values, as TYPEOF calls them, for which each of them is.
_HELD = {
    "ARRAY": ("ARRAY",),
    "OBJECT": ("OBJECT",),
    "BOOLEAN": ("BOOLEAN",),
    "CHAR": ("VARCHAR",),
    "VARCHAR": ("VARCHAR",),
    "INTEGER": ("INTEGER",),
    "DECIMAL": ("INTEGER", "DECIMAL"),
    "NUMBER": ("INTEGER", "DECIMAL"),
    "DOUBLE": ("INTEGER", "DECIMAL", "DOUBLE"),
    "REAL": ("INTEGER", "DECIMAL", "DOUBLE"),
}
_TYPES = {
    "ARRAY": of(ARRAY),
    "OBJECT": of(OBJECT),
    "BOOLEAN": of(BOOLEAN),
    "CHAR": types.text(),
    "VARCHAR": types.text(),
    "INTEGER": types.number(38),
    "DECIMAL": types.number(38),
    "NUMBER": types.number(38),
    "DOUBLE": of(FLOAT),
    "REAL": of(FLOAT),
}


def _holds(value: Expr, kinds: tuple[str, ...]) -> Expr:
    return exp.In(this=call("variant_kind", value.copy()), expressions=[exp.Literal.string(one) for one in kinds])


def as_variant(value: Expr) -> Expr:
    """The VARIANT that a number or a boolean becomes unasked; another value as it is."""
    return as_(value, of(VARIANT), (NUMBER, FLOAT, BOOLEAN))


def _variant(node: exp.Anonymous) -> Expr:
    """The argument as a VARIANT, which a text or a date does not become unasked."""
    value: Expr = node.expressions[0]
    if kind_of(value) in NO_VARIANT:
        raise errors.wrong_arguments(str(node.this), name_of(value.type))
    if kind_of(value) in (NULL, UNKNOWN):
        raise errors.not_emulated(f"{str(node.this).upper()} of an expression without a type")
    return as_variant(value)


def _is(name: str) -> Rule:
    """https://docs.snowflake.com/en/sql-reference/functions/is_integer and the pages beside it"""

    def rule(node: exp.Anonymous) -> Expr:
        return exp.paren(_holds(_variant(node), _HELD[name]), copy=False)

    return rule


def _as(name: str) -> Rule:
    """https://docs.snowflake.com/en/sql-reference/functions/as_integer and the pages beside it"""

    def rule(node: exp.Anonymous) -> Expr:
        value = _variant(node)
        value.type = value.type if kind_of(value) in SEMI_STRUCTURED else of(VARIANT)
        read = cast(value.copy(), as_type(node), from_=of(VARIANT))
        assert read is not None
        return exp.Case().when(_holds(value, _HELD[name]), read, copy=False)

    return rule


def as_type(node: exp.Anonymous) -> exp.DataType:
    """The type of an AS_ function; AS_NUMBER and AS_DECIMAL are told their digits."""
    name = str(node.this).upper().removeprefix("AS_")
    digits = [one.name for one in node.expressions[1:]]
    if name in ("NUMBER", "DECIMAL") and digits:
        if not all(one.isdigit() for one in digits):
            raise errors.not_emulated(f"AS_{name} with digits that are no constants")
        return types.number(*map(int, digits))
    return _TYPES[name]


def type_of(node: exp.Anonymous) -> exp.DataType | None:
    """The type of one of these functions; None for any other."""
    name = str(node.this).upper()
    if name not in FUNCTIONS:
        return None
    return as_type(node) if name.startswith("AS_") else of(BOOLEAN)


FUNCTIONS: Mapping[str, Rule] = {
    **{f"IS_{name}": _is(name) for name in _HELD if name not in ("ARRAY", "NUMBER")},
    **{f"AS_{name}": _as(name) for name in _TYPES},
}
