"""The arguments of a function or operator, cast to what it takes: rules of `translation.py` are made of these."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlglot import Expr, exp

from .. import errors
from ..language.dialect import CALLED
from . import types
from .casts import cast, duck_cast
from .types import (
    ARRAY,
    BINARY,
    BOOLEAN,
    DATE,
    FLOAT,
    NTZ,
    NULL,
    NUMBER,
    NUMERIC,
    OBJECT,
    SEMI_STRUCTURED,
    TIME,
    TIMESTAMPS,
    TZ,
    UNKNOWN,
    VARCHAR,
    VARIANT,
    kind,
    kind_of,
    name_of,
    of,
)

Rule = Callable[[Any], Expr]


def branches_of(node: Expr, names: tuple[str, ...]) -> list[Expr]:
    """The arguments of these names, those that are lists too."""
    values = [node.args.get(name) for name in names]
    return [one for value in values if value is not None for one in (value if isinstance(value, list) else [value])]


def refuse(node: Expr, *, kinds: Iterable[str] = (OBJECT, ARRAY), called: str = "") -> None:
    """Raises 001044 if one of the arguments is of these kinds: an OBJECT or ARRAY is cast to nothing unasked.

    Recorded: frostlake/docs/functions.md (where an OBJECT or ARRAY may not go).
    """
    names = _ORDER.get(type(node), tuple(node.args))
    arguments = [one for one in branches_of(node, names) if isinstance(one, Expr) and one.type is not None]
    if any(kind_of(one) in kinds for one in arguments):
        told = ", ".join(name_of(one.type) for one in arguments)
        raise errors.wrong_arguments(called or called_name(node), told)


_ORDER: Mapping[type[Expr], tuple[str, ...]] = {exp.StrPosition: ("substr", "this", "position")}  # as they are written


def called_name(node: Expr) -> str:
    """The name that a function was called by."""
    written = node.meta.get(CALLED) or _WRITTEN.get(type(node))
    return str(written or (node.sql_name() if isinstance(node, exp.Func) else node.key)).upper()


_WRITTEN: Mapping[type[Expr], str] = {  # where the parser does not keep the name
    exp.StrPosition: "POSITION",
    exp.GroupConcat: "LISTAGG",
}


def set_cast(node: Expr, name: str, to: exp.DataType, only: Iterable[str] | None = None) -> None:
    """Casts the argument of a name, or each of its list, that is of another kind than `to` (and of `only`, if told)."""
    value = node.args.get(name)
    if isinstance(value, list):
        node.set(name, [as_(one, to, only) for one in value])
    elif isinstance(value, Expr):
        node.set(name, as_(value, to, only))


def as_(value: Expr, to: exp.DataType, only: Iterable[str] | None = None) -> Expr:
    source = kind_of(value)
    if isinstance(value, exp.Any | exp.All | exp.Tuple | exp.Star):
        return value
    if source in (NULL, UNKNOWN, kind(to)) or (only is not None and source not in only):
        return value
    return cast(value, to) or value


def texts(*names: str, called: str = "") -> Rule:
    """The arguments are texts, and no bytes: https://docs.snowflake.com/en/sql-reference/functions-string

    Recorded: frostlake/BinaryTextArgumentTest.
    """

    def rule(node: Expr) -> Expr:
        refuse(node, kinds=(BINARY, OBJECT, ARRAY), called=called)
        return _with_texts(node, names)

    return rule


def texts_or_bytes(*names: str) -> Rule:
    """The arguments are texts, or bytes as they are."""

    def rule(node: Expr) -> Expr:
        refuse(node)
        return _with_texts(node, names)

    return rule


def _with_texts(node: Expr, names: Iterable[str]) -> Expr:
    for name in names:
        set_cast(node, name, types.text(), NO_BYTES)
    return node


NO_BYTES = frozenset({NUMBER, FLOAT, BOOLEAN, DATE, TIME, *TIMESTAMPS, *SEMI_STRUCTURED})


def floats(*names: str) -> Rule:
    """The arguments are numbers; a text or a VARIANT becomes a FLOAT."""

    def rule(node: Expr) -> Expr:
        refuse(node, kinds=_NO_NUMBER)
        for name in names:
            set_cast(node, name, of(FLOAT), (VARCHAR, VARIANT))
        return node

    return rule


_NO_NUMBER = frozenset({BOOLEAN, BINARY, DATE, TIME, OBJECT, ARRAY, *TIMESTAMPS})


def strict_moments(*names: str, called: str = "") -> Rule:
    """The arguments are dates or times, and a text is refused, also a literal, as is a VARIANT.

    Recorded: frostlake/docs/functions.md (argument strictness), frostlake/CompileTimeTypingOrderTest.
    """

    def rule(node: Expr) -> Expr:
        for name in names:
            if kind_of(node.args[name]) in _NO_MOMENT:
                raise errors.does_not_support(called or called_name(node), name_of(node.args[name].type))
        return moments(*names)(node)

    return rule


_NO_MOMENT = frozenset({VARCHAR, NUMBER, FLOAT, BOOLEAN, BINARY, *SEMI_STRUCTURED})


def moments(*names: str) -> Rule:
    """The arguments are dates or times; a text or a VARIANT becomes a TIMESTAMP_NTZ.

    So does a TIMESTAMP_TZ, which is looked at where it is, and not where the session is.
    """

    def rule(node: Expr) -> Expr:
        for name in names:
            set_cast(node, name, of(NTZ, 9), (VARCHAR, VARIANT, TZ))
        return node

    return rule


def booleans(*names: str) -> Rule:
    def rule(node: Expr) -> Expr:
        for name in names:
            set_cast(node, name, of(BOOLEAN), (VARCHAR, VARIANT, *NUMERIC))
        return node

    return rule


def count(value: Expr) -> Expr:
    """A number of characters or of copies, or that of a character, as DuckDB's integer."""
    return duck_cast(as_(value, types.number(38), (VARCHAR, VARIANT, FLOAT)), "HUGEINT")
