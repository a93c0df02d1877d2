"""One cast of a typed expression, explicit or implicit, as DuckDB's expression for it.

https://docs.snowflake.com/en/sql-reference/data-type-conversion
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import Expr, exp

from . import types
from .macros import FAILURE, PLACE, call
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
    digits,
    kind,
    kind_of,
)

Type = exp.DataType


@dataclass(frozen=True)
class Cast:
    """How to cast: `safe` gives NULL where it cannot be done; `place` is the table and column that a write is for.

    `variant` is what the text to cast was taken out of.
    """

    to: Type
    safe: bool = False
    place: str = "|"
    from_: Type | None = None
    variant: Expr | None = None


def physical(type_: Type) -> str:
    """DuckDB's type for values of a type, in a result or a table."""
    word = kind(type_)
    if word == NUMBER:
        precision, scale = digits(type_)
        return "BIGINT" if (precision, scale) == (38, 0) else f"DECIMAL({precision},{scale})"
    return _PHYSICAL[word]


_PHYSICAL = {
    FLOAT: "DOUBLE",
    VARCHAR: "VARCHAR",
    BINARY: "BLOB",
    BOOLEAN: "BOOLEAN",
    DATE: "DATE",
    TIME: "TIME",
    NTZ: "TIMESTAMP",
    LTZ: "TIMESTAMP WITH TIME ZONE",
    TZ: "TIMESTAMP WITH TIME ZONE",
    VARIANT: "JSON",
    OBJECT: "JSON",
    ARRAY: "JSON",
}


def duck_cast(node: Expr, type_: str, *, safe: bool = False) -> Expr:
    """A cast in DuckDB's own words, which no later step looks into; a bare path would become its text."""
    node = exp.paren(node, copy=False) if isinstance(node, exp.JSONExtract) else node
    to = exp.DataType(this=exp.DType.USERDEFINED, kind=type_)
    return (exp.TryCast if safe else exp.Cast)(this=node, to=to)


def cast(node: Expr, to: Type, *, safe: bool = False, place: str = "|", from_: Type | None = None) -> Expr | None:
    """The expression of a type (`from_`, or the node's own) as another; None where the emulator knows no such cast."""
    source = kind(from_) if from_ is not None else kind_of(node)
    if source == UNKNOWN or kind(to) == UNKNOWN:
        return None
    if source == NULL:
        return _typed(duck_cast(node, physical(to)), to)
    rule = _CASTS.get((source, kind(to)))
    if rule is None:
        return None
    written = _typed(_cut(rule(node, Cast(to, safe, place, from_ or node.type)), source, to), to)
    if kind(to) == VARIANT and written is not node:
        written.meta[HELD] = DECIMAL if _keeps_scale(node, from_ or node.type) else source
    return written


def _cut(node: Expr, source: str, to: Type) -> Expr:
    """A time or timestamp with the digits of its type; but a NUMBER keeps those that it has.

    Recorded: frostlake/TemporalTextAndPrecisionTest.
    """
    unit = types.micros_of_digit(to)
    if unit is None or source in (NUMBER, DATE):
        return node
    return call("cut", node, exp.Literal.number(unit))


def _typed(node: Expr, type_: Type) -> Expr:
    node.type = type_
    return node


HELD = "held"  # under this key a VARIANT's node keeps the type of what was cast to it
DECIMAL = "DECIMAL"  # what TYPEOF calls a NUMBER with a scale, whatever its digits are


def wrapped(node: Expr) -> Expr:
    return exp.paren(node, copy=False) if isinstance(node, exp.Binary | exp.Unary | exp.Case) else node


def text_of(node: Expr) -> Expr:
    """An expression as the text that Snowflake makes of it; as it is, if its type is not known."""
    return cast(node, types.text()) or node


def fail(number: int, place: str, type_: str, *message: Expr | str) -> Expr:
    """An expression of DuckDB's type that fails: its message is the pieces; NULL if one of them is.

    It is a cast that cannot be done, and not DuckDB's function for errors, which no window may order by. It has to
    stand in a CASE, or DuckDB might do it before it is asked for.
    """
    joined: Expr = exp.Literal.string(f"{FAILURE}:{number}:{place}:")
    for piece in map(_piece, message):
        joined = exp.DPipe(this=joined, expression=piece)
    return duck_cast(duck_cast(duck_cast(exp.paren(joined), "INTEGER"), "VARCHAR"), type_)


def _piece(piece: Expr | str) -> Expr:
    return exp.Literal.string(piece) if isinstance(piece, str) else wrapped(piece.copy())


def _else_fail(tried: Expr, value: Expr, how: Cast, number: int, what: str) -> Expr:
    """The value, or the failure that names the text that is none."""
    if how.safe:
        return tried
    case = exp.Case()
    # An account does not say so of a text beside an operator. Recorded: frostlake/docs/operators.md
    if kind(how.to) == NUMBER and types.digits(how.to) != types.OF_TEXT and how.variant is None:
        beyond = fail(100039, how.place, between(how.to), f"{what} '", value, "' is out of range")
        is_number = exp.Anonymous(this="isfinite", expressions=[call("try_double", value.copy())])
        case = case.when(is_number, beyond, copy=False)
    there = exp.Not(this=exp.Is(this=wrapped(value.copy()), expression=exp.Null()))
    return exp.Coalesce(this=tried, expressions=[case.when(there, _refusal(value, how, number, what), copy=False)])


def _refusal(value: Expr, how: Cast, number: int, what: str) -> Expr:
    """The failure of a text that its type does not read, or of the VARIANT that holds it.

    https://docs.snowflake.com/en/sql-reference/functions/to_decimal and Snowpark's own tests of its reader
    """
    if how.variant is None:
        return fail(number, how.place, between(how.to), f"{what} '", value, "' is not recognized")
    held = duck_cast(exp.paren(how.variant.copy()), "VARCHAR")  # a cast of a bare path would be its text
    to = name_for_variants(how.to)
    return fail(100071, how.place, between(how.to), "Failed to cast variant value ", held, f" to {to}")


def name_for_variants(type_: Type | None) -> str:
    """What errors call a type that a VARIANT is cast to."""
    return {NUMBER: "FIXED", FLOAT: "REAL"}.get(kind(type_), kind(type_))


def _same(node: Expr, how: Cast) -> Expr:
    return node


def _text_to_number(node: Expr, how: Cast) -> Expr:
    tried = duck_cast(call("own", exp.Trim(this=node.copy())), exact(how.to), safe=True)
    return _else_fail(tried, node, how, 100038, "Numeric value")


def exact(type_: Type) -> str:
    """DuckDB's type for a NUMBER on its way, which may be wider than what a column keeps."""
    precision, scale = digits(type_)
    return f"DECIMAL({precision},{scale})"


def between(type_: Type | None) -> str:
    """DuckDB's type for values on their way, of any type."""
    assert type_ is not None
    return exact(type_) if kind(type_) == NUMBER else physical(type_)


_ISO = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])( ([01]\d|2[0-3])(:[0-5]\d){2}(\.\d{1,6})?)?")


def is_read_by_duckdb(node: Expr, to: Type) -> bool:
    """Whether it is a text of a date or timestamp that DuckDB reads as Snowflake does."""
    if not (isinstance(node, exp.Literal) and node.is_string and kind(to) in (DATE, *TIMESTAMPS)):
        return False
    return _ISO.fullmatch(node.name) is not None and (kind(to) != DATE or " " not in node.name)


def _by(macro: str, number: int, what: str) -> Callable[[Expr, Cast], Expr]:
    """By a macro; a text that DuckDB reads in the same way is left to it, which can then use it to skip rows."""

    def rule(node: Expr, how: Cast) -> Expr:
        if is_read_by_duckdb(node, how.to):
            read = duck_cast(node, physical(how.to))
            return call("to_tz", read) if kind(how.to) == TZ else read
        return _else_fail(call(macro, node.copy()), node, how, number, what)

    return rule


def _text_to_boolean(node: Expr, how: Cast) -> Expr:
    """By a CASE and not by COALESCE, whose parts DuckDB tears apart in a filter."""
    tried = call("try_boolean", node.copy())
    if how.safe:
        return tried
    failing = _refusal(node, how, 100037, "Boolean value")
    there = exp.Not(this=exp.Is(this=wrapped(node.copy()), expression=exp.Null()))
    case = exp.Case().when(tried, exp.Boolean(this=True), copy=False)
    case = case.when(exp.Not(this=tried.copy()), exp.Boolean(this=False), copy=False)
    return case.when(there, failing, copy=False)


def _finer(macro: str, *, offset: bool = False) -> Callable[[Expr, Cast], Expr]:
    """A timestamp out of a text: digits that DuckDB has no place for, and offsets, are refused by name."""

    def rule(node: Expr, how: Cast) -> Expr:
        read = _by(macro, 100035, "Timestamp")(node, how)
        if is_read_by_duckdb(node, how.to):
            return read
        refused = [("is_too_fine", "a time with more than six digits of a second")]
        refused += [("has_offset", "TIMESTAMP_TZ with an offset other than UTC")] if offset else []
        case = exp.Case()
        literal = node.unnest()
        if how.place != "|" and isinstance(literal, exp.Literal) and _WIDE.search(literal.name):
            return fail(100035, how.place, between(how.to), f"Timestamp '{literal.name}' is not recognized")
        for check, feature in refused:
            if isinstance(literal, exp.Literal) and check == "is_too_fine" and "." not in literal.name:
                continue
            case = case.when(call(check, node.copy()), fail(2, how.place, between(how.to), feature), copy=False)
        return case.else_(read, copy=False) if case.args.get("ifs") else read

    return rule


# Recorded: a text that is written to a column may have no more digits than its format, one that is cast may.
_WIDE = re.compile(r"^\s*\d{5,}-|-\d{3,}|[ T:]\d{3,}")


def _shortened(node: Expr, how: Cast) -> Expr:
    """A text must fit, one that is cast as one that is written. Recorded: frostlake/DeclaredVariableTypeTest."""
    most = types.length(how.to)
    if how.from_ is not None and kind(how.from_) == VARCHAR and types.length(how.from_) <= most:
        return node
    if most >= types.MAX_LENGTH:
        return node
    fits = exp.LTE(this=exp.Anonymous(this="length", expressions=[node.copy()]), expression=exp.Literal.number(most))
    words = ("String '", node, "' is too long and would be truncated")
    failing: Expr = exp.Null() if how.safe else fail(100078, how.place, "VARCHAR", *words)
    is_null = exp.Is(this=wrapped(node.copy()), expression=exp.Null())
    return exp.Case().when(exp.or_(is_null, fits), node, copy=False).else_(failing, copy=False)


def _to_text(written: Callable[[Expr], Expr]) -> Callable[[Expr, Cast], Expr]:
    def rule(node: Expr, how: Cast) -> Expr:
        result = written(node)
        return _shortened(result, Cast(how.to, how.safe, how.place))

    return rule


def _macro(name: str) -> Callable[[Expr], Expr]:
    return lambda node: call(name, node)


def _number_text(node: Expr) -> Expr:
    """A NUMBER's text has all digits of its scale, whatever DuckDB has made of it."""
    assert node.type is not None
    return (
        duck_cast(duck_cast(node, exact(node.type)), "VARCHAR") if digits(node.type)[1] else duck_cast(node, "VARCHAR")
    )


def _decimal(node: Expr, how: Cast) -> Expr:
    if how.from_ is not None and kind(how.from_) == NUMBER:
        (precision, scale), (most, places) = digits(how.from_), digits(how.to)
        if scale == places and precision <= most:
            return node
    return duck_cast(node, exact(how.to), safe=how.safe)


def _duck(type_: str) -> Callable[[Expr, Cast], Expr]:
    return lambda node, how: duck_cast(node, type_, safe=how.safe)


def _to_tz(node: Expr, how: Cast) -> Expr:
    """The offset is that of the session's time zone."""
    return call("to_tz", duck_cast(node, "TIMESTAMP WITH TIME ZONE", safe=how.safe))


def _of_local(type_: str) -> Callable[[Expr, Cast], Expr]:
    return lambda node, how: duck_cast(local(node), type_, safe=how.safe)


def _is_not_zero(node: Expr, how: Cast) -> Expr:
    return exp.paren(exp.NEQ(this=wrapped(node), expression=exp.Literal.number(0)))


def _through_text(to: str, rule: Callable[[Expr, Cast], Expr]) -> Callable[[Expr, Cast], Expr]:
    """What a VARIANT holds is read as its text is; but a number is no BOOLEAN, DATE or TIME.

    Recorded: frostlake/VariantTypedComparisonTest, frostlake/WholePredicateTypeTest.
    """
    macro = "variant_word" if to in (BOOLEAN, DATE, TIME) else "variant_text"
    return lambda node, how: rule(call(macro, node), Cast(how.to, how.safe, how.place, types.text(), node))


def variant_in(node: Expr) -> Expr | None:
    """The VARIANT whose text an expression casts, if it does."""
    macros = (f"{PLACE}variant_text", f"{PLACE}variant_word")
    called = (one for one in node.find_all(exp.Anonymous) if one.name in macros)
    return next((one.expressions[0] for one in called), None)


def _variant_to_object(node: Expr, how: Cast) -> Expr:
    """Recorded: frostlake/VariantTypedComparisonTest."""
    held = exp.Anonymous(this="json_type", expressions=[node.copy()])
    case = exp.Case().when(exp.EQ(this=held, expression=exp.Literal.string("OBJECT")), node, copy=False)
    there = exp.NEQ(this=held.copy(), expression=exp.Literal.string("NULL"))
    if how.safe:
        return case
    return case.when(there, _refusal(node, Cast(how.to, how.safe, how.place, how.from_, node), 100071, ""), copy=False)


def _to_json(node: Expr, how: Cast) -> Expr:
    return exp.Anonymous(this="to_json", expressions=[node])


def _number_to_json(node: Expr, how: Cast) -> Expr:
    """Without the zeros of its scale, and with all its other digits. Recorded: frostlake/DecimalVariantKindTest."""
    if how.from_ is None or isinstance(node, exp.Literal):
        return _to_json(node, how)
    if not _keeps_scale(node, how.from_):  # which may have any: the digits of a column's type, or none
        return _to_json(duck_cast(node, "HUGEINT"), how)
    return call("number_json", duck_cast(duck_cast(node, exact(how.from_)), "VARCHAR"))


def _keeps_scale(node: Expr, type_: Type | None) -> bool:
    """Whether its values are DECIMAL in a VARIANT; a literal is what its digits are."""
    return kind(type_) == NUMBER and type_ is not None and digits(type_)[1] > 0 and not isinstance(node, exp.Literal)


def _moment_to_json(written: str) -> Callable[[Expr, Cast], Expr]:
    return lambda node, how: _to_json(call(written, node), how)


def _epoch(node: Expr, how: Cast) -> Expr:
    """A number is seconds since 1970: https://docs.snowflake.com/en/sql-reference/functions/to_timestamp"""
    is_whole = how.from_ is not None and digits(how.from_)[1] == 0
    seconds = duck_cast(node, "HUGEINT") if is_whole else wrapped(node)
    micros = exp.Mul(this=seconds, expression=exp.Literal.number(1000000))
    name = "make_timestamp" if kind(how.to) == NTZ else "make_timestamptz"
    return exp.Anonymous(this=name, expressions=[duck_cast(exp.paren(micros), "BIGINT")])


def local(node: Expr) -> Expr:
    """The time of day that a TIMESTAMP_TZ has where it is, as a TIMESTAMP_NTZ."""
    return _typed(in_utc(node), types.of(NTZ, 9))


def in_utc(node: Expr) -> Expr:
    """A moment as UTC's time of day, or UTC's time of day as a moment."""
    return exp.Anonymous(this="timezone", expressions=[exp.Literal.string("UTC"), node])


def _variant_to_binary(node: Expr, how: Cast) -> Expr:
    """Of the digits that a VARIANT has of what was BINARY: https://docs.snowflake.com/en/sql-reference/functions/to_binary"""
    failure = _refusal(node.copy(), Cast(how.to, how.safe, how.place, how.from_, node), 100071, "")
    return decoded(call("variant_word", node), "hex", safe=how.safe, failure=failure)


def decoded(text: Expr, encoding: str, *, safe: bool = False, place: str = "|", failure: Expr | None = None) -> Expr:
    """The bytes that a text writes in an encoding; NULL or an error for one that is none.

    Recorded: frostlake/docs/functions.md (TO_BINARY). The number is ours.
    """
    tried = call(f"try_{encoding}", text.copy())
    if safe:
        return tried
    told = f"The following string is not a legal {encoding}-encoded value: '"
    there = exp.Not(this=exp.Is(this=wrapped(text.copy()), expression=exp.Null()))
    failing = exp.Case().when(there, failure or fail(100115, place, "BLOB", told, text, "'"), copy=False)
    return exp.Coalesce(this=tried, expressions=[failing])


_TIMES = (DATE, *TIMESTAMPS)
_WRITERS = {NTZ: "ntz_text", LTZ: "ltz_text", TZ: "tz_text", TIME: "time_text", DATE: "date_text"}
# By the session's output formats, which what a VARIANT holds does not follow.
_SHOWN = {NTZ: "shown_ntz", LTZ: "shown_ltz", TZ: "shown_tz", TIME: "shown_time", DATE: "shown_date"}
_FROM_TEXT: dict[str, Callable[[Expr, Cast], Expr]] = {
    NUMBER: _text_to_number,
    FLOAT: lambda node, how: _else_fail(call("try_double", node.copy()), node, how, 100038, "Numeric value"),
    BOOLEAN: _text_to_boolean,
    DATE: _by("try_date", 100040, "Date"),
    TIME: _by("try_time", 100108, "Time"),
    NTZ: _finer("try_ntz"),
    LTZ: _finer("try_ltz"),
    TZ: _finer("try_ltz", offset=True),
}

_CASTS: dict[tuple[str, str], Callable[[Expr, Cast], Expr]] = {
    **{(VARCHAR, to): rule for to, rule in _FROM_TEXT.items()},
    **{(VARIANT, to): _through_text(to, rule) for to, rule in _FROM_TEXT.items()},
    (VARCHAR, VARCHAR): _shortened,
    # https://docs.snowflake.com/en/sql-reference/binary-input-output
    (VARCHAR, BINARY): lambda node, how: decoded(node, "hex", safe=how.safe, place=how.place),
    (VARCHAR, VARIANT): _to_json,
    (VARIANT, VARCHAR): _to_text(_macro("variant_text")),
    (OBJECT, VARCHAR): _to_text(_macro("json_text")),
    (ARRAY, VARCHAR): _to_text(_macro("json_text")),
    (NUMBER, VARCHAR): _to_text(_number_text),
    (FLOAT, VARCHAR): _to_text(_macro("float_text")),
    (BOOLEAN, VARCHAR): _to_text(lambda node: duck_cast(node, "VARCHAR")),
    (BINARY, VARCHAR): _to_text(lambda node: exp.Anonymous(this="hex", expressions=[node])),
    **{(word, VARCHAR): _to_text(_macro(macro)) for word, macro in _SHOWN.items()},
    (NUMBER, NUMBER): _decimal,
    (FLOAT, NUMBER): _decimal,
    (NUMBER, FLOAT): _duck("DOUBLE"),
    (BOOLEAN, NUMBER): lambda node, how: duck_cast(duck_cast(node, "INTEGER"), exact(how.to)),
    (NUMBER, BOOLEAN): _is_not_zero,
    (FLOAT, BOOLEAN): _is_not_zero,
    (NUMBER, NTZ): _epoch,
    (NUMBER, LTZ): _epoch,
    **{(before, DATE): _duck("DATE") for before in _TIMES},
    (NTZ, TIME): _duck("TIME"),
    (LTZ, TIME): lambda node, how: duck_cast(duck_cast(node, "TIMESTAMP"), "TIME", safe=how.safe),
    **{(before, NTZ): _duck("TIMESTAMP") for before in _TIMES},
    **{(before, LTZ): _duck("TIMESTAMP WITH TIME ZONE") for before in _TIMES},
    **{(before, TZ): _to_tz for before in _TIMES},
    **{(TZ, to): _of_local(type_) for to, type_ in ((DATE, "DATE"), (TIME, "TIME"), (NTZ, "TIMESTAMP"))},
    **{(word, VARIANT): _to_json for word in (FLOAT, BOOLEAN)},
    (NUMBER, VARIANT): _number_to_json,
    (VARIANT, BINARY): _variant_to_binary,
    (BINARY, VARIANT): lambda node, how: _to_json(exp.Anonymous(this="hex", expressions=[node]), how),
    **{(word, VARIANT): _moment_to_json(macro) for word, macro in _WRITERS.items()},
    **{(before, to): _same for before in (VARIANT, OBJECT, ARRAY) for to in (VARIANT, OBJECT, ARRAY)},
    (VARIANT, ARRAY): lambda node, how: call("to_array", node),
    (VARIANT, OBJECT): _variant_to_object,
    **{(word, word): _same for word in (FLOAT, BINARY, BOOLEAN, DATE, TIME, NTZ, LTZ, TZ)},
}
