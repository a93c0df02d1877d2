"""SEQ1, SEQ2, SEQ4 and SEQ8: the place of a row, counted from zero, which begins again where its bytes end.

https://docs.snowflake.com/en/sql-reference/functions/seq1; recorded: frostlake/functions-seq.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from sqlglot import Expr, exp

from .. import errors
from .arguments import Rule
from .types import number

_BYTES: Mapping[type[Expr], int] = {exp.Seq1: 1, exp.Seq2: 2, exp.Seq4: 4, exp.Seq8: 8}


def _numbered(node: exp.Func) -> Expr:
    """Without a sign it keeps to the half that is not negative."""
    if _is_signed(node.this):
        node.set("this", exp.Literal.number(1))
        return node
    node.set("this", None)
    return exp.paren(exp.Mod(this=node, expression=exp.Literal.number(_half(_BYTES[type(node)]))), copy=False)


def _half(size: int) -> int:
    """How many of the numbers of so many bytes are not negative."""
    return 1 << (8 * size - 1)


def _is_signed(sign: Expr | None) -> bool:
    if sign is None:
        return False
    value = sign.this if isinstance(sign, exp.Neg) else sign
    if isinstance(value, exp.Null):
        raise errors.invalid_parameter_value("NULL", "sign must not be NULL")
    if not isinstance(value, exp.Literal):
        raise errors.not_emulated(f"a sign that is no constant ({sign.sql(dialect='snowflake')})")
    try:
        given = Decimal(value.name) * (1 if value is sign else -1)
    except InvalidOperation:
        raise errors.failed("100038", "|", f"Numeric value '{value.name}' is not recognized") from None
    if given not in (0, 1):
        raise errors.invalid_parameter_value(sign.sql(dialect="snowflake"), "sign must be 0 or 1")
    return given == 1


TYPES: Mapping[type[Expr], exp.DataType] = {node: number(len(str(_half(size)))) for node, size in _BYTES.items()}
TRANSLATIONS: Mapping[type[Expr], Rule] = dict.fromkeys(_BYTES, _numbered)
