"""Functions on texts and bytes that DuckDB answers otherwise than Snowflake, or fails at in words of its own.

https://docs.snowflake.com/en/sql-reference/functions-string
"""

from collections.abc import Mapping

from sqlglot import Expr, exp

from .. import errors
from . import types
from .arguments import NO_BYTES, Rule, as_, count, set_cast, texts, texts_or_bytes
from .casts import decoded, duck_cast
from .macros import call
from .types import BINARY, NULL, kind_of


def _repeated(node: exp.Repeat) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/repeat"""
    texts("this")(node)
    text = duck_cast(node.this, "VARCHAR") if kind_of(node.this) == NULL else node.this
    return call("repeat", text, count(node.args["times"]))


def _no_zipf(node: exp.Zipf) -> Expr:
    """DuckDB would give every row the same number: https://docs.snowflake.com/en/sql-reference/functions/zipf"""
    raise errors.not_emulated("the function ZIPF")


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


def text_of_bytes(node: exp.ToChar) -> Expr:
    """TO_VARCHAR of bytes: https://docs.snowflake.com/en/sql-reference/functions/to_char"""
    format_ = node.args["format"]
    name = format_.name.upper() if isinstance(format_, exp.Literal) else ""
    if name in ("UTF-8", "UTF8"):
        return call("text_of_bytes", node.this, exp.Anonymous(this="hex", expressions=[node.this.copy()]))
    if name not in _ENCODINGS:
        raise errors.not_emulated(f"TO_VARCHAR of a BINARY with the format {format_.sql(dialect='snowflake')}")
    return exp.Anonymous(this=f"to_{_ENCODINGS[name]}", expressions=[node.this])


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
        texts_or_bytes("this")(node)
        return call(name, exp.Anonymous(this="md5", expressions=[node.this]))

    return rule


def _sha2(node: exp.SHA2 | exp.SHA2Digest) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/sha2"""
    length = node.args.get("length")
    if length is not None and length.name != "256":
        raise errors.not_emulated(f"SHA2 with {length.sql(dialect='snowflake')} bits")
    texts_or_bytes("this")(node)
    hashed = exp.Anonymous(this="sha256", expressions=[node.this])
    return hashed if isinstance(node, exp.SHA2) else exp.Anonymous(this="unhex", expressions=[hashed])


def _tokens(node: exp.StrtokToArray) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/strtok_to_array"""
    set_cast(node, "this", types.text(), NO_BYTES)
    delimiters = node.args.get("expression") or exp.Literal.string(" ")
    return call("tokens", node.this, as_(delimiters, types.text()))


TRANSLATIONS: Mapping[type[Expr], Rule] = {
    exp.Repeat: _repeated,
    # https://docs.snowflake.com/en/sql-reference/functions/space
    exp.Space: lambda node: call("repeat", exp.Literal.string(" "), count(node.this)),
    # One text a row, as its generator says: https://docs.snowflake.com/en/sql-reference/functions/randstr
    exp.Randstr: lambda node: call("randstr", count(node.this), node.args["generator"]),
    exp.Zipf: _no_zipf,
    # https://docs.snowflake.com/en/sql-reference/functions/chr
    exp.Chr: lambda node: call("chr", count(node.expressions[0])),
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
