"""The columns of an answer by Snowflake's types, and the casts that DuckDB's values need for them."""

from collections.abc import Sequence

from sqlglot import exp

from ..language.result import Columns
from . import types
from .casts import physical
from .schema import type_of
from .types import FLOAT, LTZ, NUMBER, SEMI_STRUCTURED, TZ, digits, kind

IN_ORDER = "keys in order"  # instead of a cast: a VARIANT is answered with its objects' keys in order
Types = Sequence[exp.DataType | None]


def shown(duck_columns: Columns, declared: Types) -> tuple[list[tuple[str, str]], list[str | None]]:
    """Each column with the name of its declared type, and the DuckDB type that its values are to be cast to.

    What DuckDB answers in another kind of type keeps that. No cast is needed where the two have the same form.
    """
    told = list(declared) if len(declared) == len(duck_columns) else [None] * len(duck_columns)
    found = [_column(duck_type, type_) for (_, duck_type), type_ in zip(duck_columns, told, strict=True)]
    names = [name for name, _ in duck_columns]
    return [(name, type_) for name, (type_, _) in zip(names, found, strict=True)], [cast for _, cast in found]


def _column(duck_type: str, type_: exp.DataType | None) -> tuple[str, str | None]:
    has = type_of(duck_type)
    if type_ is None or has is None or kind(type_) == types.UNKNOWN:
        return duck_type, None
    name, word, duck_word = types.name_of(type_), kind(type_), kind(has)
    if duck_type == '"NULL"':
        return name, physical(type_)
    if word == duck_word == NUMBER:
        scale = digits(type_)[1]
        return name, None if digits(has)[1] == scale else f"DECIMAL(38,{scale})"
    if {word, duck_word} == {FLOAT, NUMBER}:
        return name, "DOUBLE" if word == FLOAT else f"DECIMAL(38,{digits(type_)[1]})"
    if duck_type == "JSON" and word in SEMI_STRUCTURED:
        return name, IN_ORDER
    if word == duck_word or {word, duck_word} <= {*SEMI_STRUCTURED} or {word, duck_word} == {LTZ, TZ}:
        return name, None
    return duck_type, None
