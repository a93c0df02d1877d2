"""Functions that take texts, or bytes as bytes: a BINARY stays one, and is never beside a text.

https://docs.snowflake.com/en/sql-reference/functions-string; recorded: frostlake/BinaryTextArgumentTest and
frostlake/functions-binary-argument-byte-semantics.
"""

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

from sqlglot import Expr, exp

from .. import errors
from .arguments import Rule, branches_of, count, texts, texts_or_bytes
from .casts import wrapped
from .macros import call
from .types import BINARY, NULL, UNKNOWN, kind_of, name_of


def _by_bytes(names: str, written: Callable[[Any], Expr], *, of_texts: Rule | None = None, called: str = "") -> Rule:
    """Of bytes where all arguments of these names are BINARY; else of texts, which refuse a BINARY with 001044."""
    among = tuple(names.split())
    by_characters = of_texts or texts(*among, called=called)

    def rule(node: Expr) -> Expr:
        kinds = {kind_of(one) for one in branches_of(node, among)} - {NULL, UNKNOWN}
        if kinds == {BINARY} and None not in (node.args.get(name) for name in among):
            return written(node)
        return by_characters(node)

    return rule


def _padded(node: exp.Pad) -> Expr:
    """Nothing is put in where the pad is empty: https://docs.snowflake.com/en/sql-reference/functions/lpad"""
    texts("this", "fill_pattern")(node)
    node.set("expression", call("within", count(node.expression), exp.Literal.number(1)))
    pad = node.args.get("fill_pattern")
    if pad is None or (isinstance(pad, exp.Literal) and pad.name):
        return node
    cut = exp.Anonymous(this="left", expressions=[node.this.copy(), node.expression.copy()])
    is_empty = exp.EQ(this=wrapped(pad.copy()), expression=exp.Literal.string(""))
    return cut if isinstance(pad, exp.Literal) else exp.Case().when(is_empty, cut, copy=False).else_(node, copy=False)


def _padded_bytes(node: exp.Pad) -> Expr:
    length = call("within", count(node.expression), exp.Literal.number(1))
    return call(
        "lpad_bytes" if node.args.get("is_left") else "rpad_bytes", node.this, length, node.args["fill_pattern"]
    )


def _part(node: exp.Substring) -> Expr:
    whole = exp.Anonymous(this="octet_length", expressions=[node.this.copy()])
    return call("bytes_from", node.this, node.args["start"], node.args.get("length") or whole)


def _place(node: exp.StrPosition) -> Expr:
    return call("place_of_bytes", node.args["substr"], node.this, node.args.get("position") or exp.Literal.number(1))


def _chained(node: exp.Concat) -> Expr:
    return reduce(lambda left, right: exp.DPipe(this=left, expression=wrapped(right)), map(wrapped, node.expressions))


def _put_in(node: exp.Stuff) -> Expr:
    return call("bytes_put_in", node.this, node.args["start"], node.args["length"], node.expression)


def _inserted(node: exp.Stuff) -> Expr:
    """A concatenation, by its errors. Recorded: frostlake/BinaryRewriteRefusalTest."""
    if {kind_of(node.this), kind_of(node.expression)} & {BINARY} and kind_of(node.this) != kind_of(node.expression):
        around, inside = name_of(node.this.type), name_of(node.expression.type)
        raise errors.wrong_arguments("||", f"{around}, {inside}, {around}")
    return texts("this", "expression")(node)


def _encoded(node: exp.Base64Encode) -> Expr:
    texts_or_bytes("this")(node)
    if kind_of(node.this) != BINARY:
        node.set("this", exp.Anonymous(this="encode", expressions=[node.this]))
    return node


def _of_two(name: str) -> Callable[[Expr], Expr]:
    return lambda node: call(name, node.this, node.expression)


def _size(bits: int) -> Rule:
    """https://docs.snowflake.com/en/sql-reference/functions/octet_length, .../bit_length"""

    def rule(node: Expr) -> Expr:
        texts_or_bytes("this")(node)
        name = "octet_length" if kind_of(node.this) == BINARY else "strlen"
        size = exp.Anonymous(this=name, expressions=[node.this])
        return size if bits == 1 else exp.paren(exp.Mul(this=size, expression=exp.Literal.number(bits)))

    return rule


TRANSLATIONS: Mapping[type[Expr], Rule] = {
    exp.Substring: _by_bytes("this", _part),
    exp.Left: _by_bytes("this", _of_two("first_bytes")),
    exp.Right: _by_bytes("this", _of_two("last_bytes")),
    exp.Reverse: _by_bytes("this", lambda node: call("bytes_reversed", node.this)),
    exp.Pad: _by_bytes("this fill_pattern", _padded_bytes, of_texts=_padded),
    exp.Stuff: _by_bytes("this expression", _put_in, of_texts=_inserted),
    exp.StrPosition: _by_bytes("this substr", _place),
    exp.Contains: _by_bytes("this expression", _of_two("bytes_contain")),
    exp.StartsWith: _by_bytes("this expression", _of_two("bytes_start")),
    exp.EndsWith: _by_bytes("this expression", _of_two("bytes_end")),
    exp.Concat: _by_bytes("expressions", _chained),
    exp.Base64Encode: _encoded,
    exp.ByteLength: _size(1),
    exp.BitLength: _size(8),
    exp.DPipe: _by_bytes("this expression", lambda node: node, called="||"),
}
