"""What VALUES may not hold: what Snowflake's compiler makes no constant of. INSERT ... SELECT takes it.

Recorded: frostlake/ValuesFoldRefusalTest; SHA2 and what answers VARIANT, ARRAY or OBJECT as users report it.
"""

from collections.abc import Mapping

from sqlglot import Expr, exp
from sqlglot.helper import ensure_list

from .. import errors
from ..language.dialect import CALLED
from . import types
from .arguments import called_name
from .types import FLOAT, NUMERIC, SEMI_STRUCTURED, kind_of, name_of

_OF_FLOATS = frozenset(
    "SQRT EXP LN LOG POWER POW SIN COS TAN COT ASIN ACOS ATAN ATAN2 SINH COSH TANH ASINH ACOSH ATANH SQUARE CBRT "
    "HAVERSINE".split()
)
_FUNCTIONS = _OF_FLOATS.union(
    "ROUND CEIL TRUNC TRUNCATE SIGN FACTORIAL BITAND BITXOR BITNOT BITSHIFTLEFT HASH WIDTH_BUCKET SHA2".split()
)


def refuse_no_constants(statement: Expr) -> None:
    """Raises 002014 for the first cell of VALUES that is no constant."""
    for values in statement.find_all(exp.Values):
        for row in values.expressions:
            for cell in row.expressions if isinstance(row, exp.Tuple) else [row]:
                if isinstance(cell, exp.Literal):
                    continue
                parts = cell.walk(prune=_guards_division)
                if not cell.find(exp.Query, exp.Column) and any(map(_is_no_constant, parts)):
                    raise errors.no_constant_in_values(_written(cell))


def _guards_division(node: Expr) -> bool:
    return _name(node) in ("DIV0", "DIV0NULL")


def _is_no_constant(node: Expr) -> bool:
    if isinstance(node, exp.DataType):
        return False
    if kind_of(node) in SEMI_STRUCTURED:
        return not isinstance(node, exp.Null) and not isinstance(node.this, exp.Null)
    return isinstance(node, exp.Div) or _name(node) in _FUNCTIONS


_NAMES = {"ARRAY": "ARRAY_CONSTRUCT", "STRUCT": "OBJECT_CONSTRUCT"}


def _name(node: Expr) -> str:
    if not isinstance(node, exp.Func | exp.Binary | exp.Unary):
        return ""
    name = node.name.upper() if isinstance(node, exp.Anonymous) else called_name(node)
    return _NAMES.get(name, name)


_SIGNS: Mapping[type[Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}


def _written(node: Expr, *, as_float: bool = False) -> str:
    """A cell as Snowflake says it: a number that becomes a FLOAT with its fraction, TO_VARCHAR as a CAST."""
    node = node.unnest()
    as_float = as_float or kind_of(node) == FLOAT
    if isinstance(node, exp.Neg):
        inner = node.this.unnest()
        text = _written(inner, as_float=as_float)
        return f"-{text}" if isinstance(inner, exp.Literal) else f"NEGATE({text})"
    if isinstance(node, exp.Literal):
        return str(float(node.name)) if as_float else node.sql(dialect="snowflake")
    if isinstance(node, exp.Cast | exp.ToChar | exp.ToVariant):
        is_float = kind_of(node) == FLOAT and isinstance(node.this, exp.Literal)
        return _written(node.this, as_float=True) if is_float else _written_cast(node.this, node.type)
    if isinstance(node, exp.Binary) and CALLED not in node.meta and (sign := _SIGNS.get(type(node))):
        return f" {sign} ".join(_written_side(side, as_float=as_float) for side in (node.left, node.right))
    if (arguments := _arguments(node)) and not isinstance(node, exp.Case):
        return f"{_name(node)}({', '.join(arguments)})"
    return node.sql(dialect="snowflake")


def _written_cast(value: Expr, type_: exp.DataType | None) -> str:
    return f"CAST({_written(value)} AS {name_of(type_).replace('VARCHAR(16777216)', 'VARCHAR(134217728)')})"


def _written_side(node: Expr, *, as_float: bool) -> str:
    text = _written(node, as_float=as_float)
    is_one = isinstance(node.unnest(), exp.Literal | exp.Neg | exp.Cast)
    return text if is_one else f"({text})"


def _arguments(node: Expr) -> list[str]:
    """What a function is called with, as it is written out; nothing for what is no function."""
    name = _name(node)
    values = [one for key in node.arg_types if name for one in ensure_list(node.args.get(key)) if isinstance(one, Expr)]
    values = [side for one in values for side in ((one.left, one.right) if isinstance(one, exp.PropertyEQ) else (one,))]
    if name == "CONCAT":
        return [_written_cast(one, types.text()) if kind_of(one) in NUMERIC else _written(one) for one in values]
    values = values[:1] if name == "SQUARE" else values  # which is read as a product
    return [_written(one, as_float=name in _OF_FLOATS) for one in values]
