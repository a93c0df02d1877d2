"""Functions on texts and bytes that DuckDB answers otherwise than Snowflake, or fails at in words of its own.

https://docs.snowflake.com/en/sql-reference/functions-string
"""

from collections.abc import Mapping

from sqlglot import Expr, exp

from .. import errors
from . import types
from .arguments import NO_BYTES, Rule, as_, set_cast, texts
from .casts import decoded, duck_cast, wrapped
from .macros import call
from .types import BINARY, NULL, VARCHAR, kind_of


def _count(value: Expr) -> Expr:
    """A number of characters or of copies, or that of a character, as DuckDB's integer."""
    return duck_cast(as_(value, types.number(38), (VARCHAR, types.VARIANT, types.FLOAT)), "HUGEINT")


def _repeated(node: exp.Repeat) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/repeat"""
    texts("this")(node)
    text = duck_cast(node.this, "VARCHAR") if kind_of(node.this) == NULL else node.this
    return call("repeat", text, _count(node.args["times"]))


def _spaces(node: exp.Space) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/space"""
    return call("repeat", exp.Literal.string(" "), _count(node.this))


def _random_text(node: exp.Randstr) -> Expr:
    """One text a row, as its generator says: https://docs.snowflake.com/en/sql-reference/functions/randstr"""
    return call("randstr", _count(node.this), node.args["generator"])


def _no_zipf(node: exp.Zipf) -> Expr:
    """DuckDB would give every row the same number: https://docs.snowflake.com/en/sql-reference/functions/zipf"""
    raise errors.not_emulated("the function ZIPF")


def _padded(node: exp.Pad) -> Expr:
    """Nothing is put in where the pad is empty: https://docs.snowflake.com/en/sql-reference/functions/lpad"""
    texts("this", "fill_pattern")(node)
    node.set("expression", call("within", _count(node.expression), exp.Literal.number(1)))
    pad = node.args.get("fill_pattern")
    if pad is None or (isinstance(pad, exp.Literal) and pad.name) or kind_of(node.this) == BINARY:
        return node
    cut = exp.Anonymous(this="left", expressions=[node.this.copy(), node.expression.copy()])
    is_empty = exp.EQ(this=wrapped(pad.copy()), expression=exp.Literal.string(""))
    return cut if isinstance(pad, exp.Literal) else exp.Case().when(is_empty, cut, copy=False).else_(node, copy=False)


def _character(node: exp.Chr) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/chr"""
    return call("chr", _count(node.expressions[0]))


def _first_byte(node: exp.Ascii) -> Expr:
    """Recorded: frostlake/docs/functions.md (string functions)."""
    texts("this")(node)
    return call("ascii", node.this)


_ENCODINGS = {"HEX": "hex", "BASE64": "base64"}


def _bytes_of(node: exp.ToBinary) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/to_binary"""
    if kind_of(node.this) == BINARY:
        given: Expr = node.this
        return given
    format_ = node.args.get("format")
    if format_ is not None and not isinstance(format_, exp.Literal):
        raise errors.not_emulated("TO_BINARY with a format that is no constant")
    name = format_.name.upper() if format_ is not None else "HEX"
    text = as_(node.this, types.text())
    if name in ("UTF-8", "UTF8"):
        return exp.Anonymous(this="encode", expressions=[text])
    if name not in _ENCODINGS:
        raise errors.not_emulated(f"TO_BINARY with the format '{name}'")
    return decoded(text, _ENCODINGS[name], safe=bool(node.args.get("safe")))


def _decodes(encoding: str, *, to_text: bool, safe: bool = False) -> Rule:
    """https://docs.snowflake.com/en/sql-reference/functions/hex_decode_string, .../base64_decode_string"""

    def rule(node: exp.Func) -> Expr:
        if node.args.get("expression") or node.args.get("alphabet"):
            raise errors.not_emulated("an alphabet of BASE64")
        text = as_(node.this, types.text())
        read = decoded(text, encoding, safe=safe)
        if not to_text:
            return read
        return call("try_text_of_bytes", read) if safe else call("text_of_bytes", read, text.copy())

    return rule


def _half_of_md5(name: str) -> Rule:
    """https://docs.snowflake.com/en/sql-reference/functions/md5_number_lower64, .../md5_number_upper64"""

    def rule(node: exp.Func) -> Expr:
        texts("this")(node)
        return call(name, exp.Anonymous(this="md5", expressions=[node.this]))

    return rule


def _sha2(node: exp.SHA2 | exp.SHA2Digest) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/sha2"""
    length = node.args.get("length")
    if length is not None and length.name != "256":
        raise errors.not_emulated(f"SHA2 with {length.sql(dialect='snowflake')} bits")
    texts("this")(node)
    hashed = exp.Anonymous(this="sha256", expressions=[node.this])
    return hashed if isinstance(node, exp.SHA2) else exp.Anonymous(this="unhex", expressions=[hashed])


def _tokens(node: exp.StrtokToArray) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/strtok_to_array"""
    set_cast(node, "this", types.text(), NO_BYTES)
    delimiters = node.args.get("expression") or exp.Literal.string(" ")
    return call("tokens", node.this, as_(delimiters, types.text()))


TRANSLATIONS: Mapping[type[Expr], Rule] = {
    exp.Repeat: _repeated,
    exp.Space: _spaces,
    exp.Randstr: _random_text,
    exp.Zipf: _no_zipf,
    exp.Pad: _padded,
    exp.Chr: _character,
    exp.Ascii: _first_byte,
    exp.ToBinary: _bytes_of,
    exp.Unhex: _decodes("hex", to_text=False),
    exp.HexDecodeString: _decodes("hex", to_text=True),
    exp.TryHexDecodeBinary: _decodes("hex", to_text=False, safe=True),
    exp.TryHexDecodeString: _decodes("hex", to_text=True, safe=True),
    exp.Base64DecodeBinary: _decodes("base64", to_text=False),
    exp.Base64DecodeString: _decodes("base64", to_text=True),
    exp.TryBase64DecodeBinary: _decodes("base64", to_text=False, safe=True),
    exp.TryBase64DecodeString: _decodes("base64", to_text=True, safe=True),
    exp.MD5NumberLower64: _half_of_md5("md5_lower"),
    exp.MD5NumberUpper64: _half_of_md5("md5_upper"),
    exp.SHA2: _sha2,
    exp.SHA2Digest: _sha2,
    exp.StrtokToArray: _tokens,
}
