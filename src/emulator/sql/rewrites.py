"""Expressions that fakesnow would carry to DuckDB with another meaning, rewritten before it sees them."""

import re
from collections.abc import Callable, Iterator
from functools import cache

from sqlglot import Expr, exp

from .. import errors
from ..language.dialect import CALLED
from ..language.moment_formats import OF_TO_VARCHAR, to_duckdb
from ..store import confinement
from .flattening import into_rows
from .macros import call
from .passes import any_of, kinds_of, put
from .translation import formatted
from .types import DATE, NTZ, UNKNOWN, kind_of, of


def rewrite(expression: Expr) -> Expr:
    """The statement with every such expression rewritten, the outer ones first."""
    there = kinds_of(expression)
    for kind, rewritten in _REWRITES:
        for node in _found(expression, kind) if any_of(there, kind) else ():
            replacement = rewritten(node)
            if replacement is not node:
                if node.parent is None or node.arg_key is None:
                    node.replace(replacement)
                else:
                    put(replacement, node.parent, node.arg_key, node.index)
    return expression


def _found(expression: Expr, kind: type[Expr]) -> Iterator[Expr]:
    """The nodes of a kind, but not the statement itself, which cannot be replaced in its place."""
    return (node for node in list(expression.find_all(kind)) if node is not expression or kind is exp.Select)


def _read_by_format(node: Expr) -> Expr:
    """In what is not bound; sqlglot would parse its own SQL anew, and take REGEXP_REPLACE's last argument amiss."""
    if kind_of(node) == UNKNOWN:
        node.type = node.args.get("target_type") or (of(DATE) if isinstance(node, exp.TsOrDsToDate) else of(NTZ, 9))
    return formatted(node)


def _counted(node: Expr) -> Expr:
    """COUNT_IF of no rows is 0, as COUNT's is. https://docs.snowflake.com/en/sql-reference/functions/count_if"""
    return exp.Count(this=exp.Case().when(node.this, exp.Literal.number(1), copy=False), big_int=True)


def _try_timestamp(node: Expr) -> Expr:
    """TRY_CAST to a timestamp is NULL for a text that is none; fakesnow would cast in earnest.

    https://docs.snowflake.com/en/sql-reference/functions/try_cast
    """
    if node.args["to"].this in (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ):
        node.set("to", exp.DataType(this=exp.DataType.Type.DATETIME))
    return node


_OF_MOMENT = re.compile("YY|MM|MON|DD|DY|HH|MI|SS|FF", re.IGNORECASE)


def _formatted(node: Expr) -> Expr:
    """TO_CHAR of a date or time with a format; refuses formats of numbers, and elements that it does not know."""
    format_ = node.args.get("format")
    if format_ is None:
        return node
    format_ = _one_text(format_)
    if not isinstance(format_, exp.Literal) or not _OF_MOMENT.search(format_.name):
        raise errors.not_emulated(f"TO_VARCHAR with the format {format_.sql(dialect='snowflake')}")
    moment = exp.Cast(this=node.this, to=exp.DataType(this=exp.DataType.Type.DATETIME))
    written = to_duckdb(format_.name, OF_TO_VARCHAR, "TO_VARCHAR with the format element {element}")
    return exp.Anonymous(this="STRFTIME", expressions=[call("told", moment), exp.Literal.string(written)])


def _one_text(text: Expr) -> Expr:
    """`'a' || 'b'` as the one text that it is."""
    parts = [_one_text(part) for part in (text.left, text.right)] if isinstance(text, exp.DPipe) else []
    is_text = parts and all(isinstance(part, exp.Literal) and part.is_string for part in parts)
    return exp.Literal.string("".join(part.name for part in parts)) if is_text else text


def _bracketed(node: Expr) -> Expr:
    """MOD, BITAND and their kin are functions; sqlglot writes them as operators, which bind as those do.

    https://docs.snowflake.com/en/sql-reference/functions/bitand
    """
    if CALLED not in node.meta or not isinstance(node.parent, exp.Binary | exp.Unary):
        return node
    bare = node.copy()
    bare.meta.pop(CALLED)
    return exp.Paren(this=bare)


def _joined(node: Expr) -> Expr:
    """LISTAGG puts nothing between the values unless told; DuckDB would put a comma.

    https://docs.snowflake.com/en/sql-reference/functions/listagg
    """
    if node.args.get("separator") is None:
        node.set("separator", exp.Literal.string(""))
    return node


def _trimmed(node: Expr) -> Expr:
    """TRIM, LTRIM and RTRIM take away the characters of the second argument, else blanks; sqlglot would trim both ends.

    https://docs.snowflake.com/en/sql-reference/functions/rtrim
    """
    characters = node.args.get("expression") or exp.Literal.string(" ")
    name = {"LEADING": "LTRIM", "TRAILING": "RTRIM"}.get(node.args.get("position") or "", "TRIM")
    return exp.Anonymous(this=name, expressions=[node.this, characters])


def _wide(node: Expr) -> Expr:
    """Numbers of up to 38 digits are added and multiplied; DuckDB would overflow at 32 bits.

    More than 18 digits have got more room where they were bound.

    https://docs.snowflake.com/en/sql-reference/operators-arithmetic
    """
    left, right = node.this.unnest(), node.expression.unnest()
    if isinstance(left, exp.Literal) and left.is_int and isinstance(right, exp.Literal) and right.is_int:
        node.set("this", exp.cast(left, "BIGINT"))
    return node


def _part(node: Expr) -> Expr:
    """SPLIT_PART by a text and a number; sqlglot would write it nine times as long, in case they are '' or 0.

    https://docs.snowflake.com/en/sql-reference/functions/split_part
    """
    delimiter, index = node.args.get("delimiter"), node.args.get("part_index")
    is_number = isinstance(index, exp.Literal) and index.is_int and index.name != "0"
    if is_number and isinstance(delimiter, exp.Literal) and delimiter.name:
        return exp.Anonymous(this="SPLIT_PART", expressions=[node.this, delimiter, index])
    return node


def _of_38_digits(node: Expr) -> Expr:
    """A column of NUMBER(38, 0) holds 38 digits; fakesnow would give it 64 bits, as it does an INT.

    https://docs.snowflake.com/en/sql-reference/data-types-numeric#number
    """
    type_ = node.args.get("kind")
    if not isinstance(type_, exp.DataType) or type_.this != exp.DataType.Type.DECIMAL:
        return node
    if [parameter.name for parameter in type_.expressions] == ["38", "0"]:
        type_.set("expressions", type_.expressions[:1])
    return node


def _columns_by_position(node: Expr) -> Expr:
    """`$1` of VALUES is its first column: https://docs.snowflake.com/en/sql-reference/constructs/values"""
    from_ = node.args.get("from_")
    values = from_.this if from_ is not None else None
    if not isinstance(values, exp.Values) or not values.expressions:
        return node
    names = [f"COLUMN{number + 1}" for number in range(len(values.expressions[0].expressions))]
    alias = values.args.get("alias")
    if alias is not None and alias.args.get("columns"):
        names = [column.name for column in alias.args["columns"]]
    elif alias is not None:
        alias.set("columns", [exp.to_identifier(name, quoted=True) for name in names])
    for parameter in list(node.find_all(exp.Parameter)):
        position = parameter.name
        if position.isdigit() and 0 < int(position) <= len(names):
            parameter.replace(exp.column(exp.to_identifier(names[int(position) - 1], quoted=True)))
    return node


def by_all(node: Expr) -> Expr:
    """`ORDER BY ALL`: https://docs.snowflake.com/en/sql-reference/constructs/order-by"""
    ordered = node.expressions[0].this if len(node.expressions) == 1 else None
    if (
        isinstance(ordered, exp.Column)
        and not ordered.table
        and not ordered.this.quoted
        and ordered.name.upper() == "ALL"
    ):
        ordered.replace(exp.Var(this="ALL"))
    return node


def _by_key(node: Expr) -> Expr:
    """`v['key']` is the value of exactly that key, whatever characters it has; fakesnow would read some as a path.

    https://docs.snowflake.com/en/user-guide/querying-semistructured#traversing-semi-structured-data
    """
    key = node.expressions[0] if len(node.expressions) == 1 else None
    if not isinstance(key, exp.Literal) or not key.is_string:
        return node
    pointer = "/" + key.name.replace("~", "~0").replace("/", "~1")
    of_text = isinstance(node.parent, exp.Cast) and node.parent.to.this in exp.DataType.TEXT_TYPES
    called = "_emulator_get_text" if of_text else "_emulator_get"  # database_macros.py: a path would be read anew
    return exp.Anonymous(this=called, expressions=[node.this, exp.Literal.string(pointer)])


def _type_of(node: Expr) -> Expr:
    """TYPEOF of a VARIANT names Snowflake's type of the value. https://docs.snowflake.com/en/sql-reference/functions/typeof"""
    return exp.Anonymous(this="_emulator_typeof", expressions=[exp.Anonymous(this="TO_JSON", expressions=[node.this])])


def quote_reserved(node: exp.Identifier) -> Expr:
    """A name that is a word of DuckDB's language alone, as AT or ASOF, is in quotes."""
    if not node.quoted and node.name.lower() in _reserved():
        node.set("quoted", True)
    return node


@cache
def _reserved() -> frozenset[str]:
    rows = confinement.connect().execute(
        "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category IN ('reserved', 'type_function')"
    )
    return frozenset(word for (word,) in rows.fetchall()) - {"default"}


def _crossed(node: Expr) -> Expr:
    """A join without a condition, but for the comma between sources: DuckDB reads none inside brackets.

    https://docs.snowflake.com/en/sql-reference/constructs/join
    """
    bare = not any(node.args.get(part) for part in ("on", "using", "side", "method"))
    if bare and (
        node.args.get("kind") == "INNER"
        or (not node.args.get("kind") and not isinstance(node.parent, exp.Select | exp.Update | exp.Delete | exp.Merge))
    ):
        node.set("kind", "CROSS")
    return node


def _sampled(node: Expr) -> Expr:
    """As many rows as are asked for, or each row with its probability; how many rows a block has is not said.

    https://docs.snowflake.com/en/sql-reference/constructs/sample
    """
    node.set("method", exp.var("RESERVOIR" if node.args.get("size") else "BERNOULLI"))
    return node


def _ordered_by_chance(node: Expr) -> Expr:
    """The order of a window may be RANDOM(): DuckDB takes no order that changes, but a column that has it.

    The windows of a query share it, since a name in QUALIFY is the window that it names once more.
    """
    select, order = node.find_ancestor(exp.Select), node.args.get("order")
    rands = list(order.find_all(exp.Rand)) if order is not None else []
    source = select.args["from_"].this if select is not None and select.args.get("from_") else None
    if not rands or select is None or select.is_star or any(select.args.get(clause) for clause in _OF_SEVERAL):
        return node
    if not isinstance(source, exp.Table | exp.Subquery) or not source.alias:
        return node
    if _CHANCE not in (source.this.named_selects if isinstance(source, exp.Subquery) else ()):
        read = exp.select(exp.Star(), exp.alias_(rands[0].copy(), _CHANCE, quoted=True)).from_(source.copy())
        source.replace(read.subquery(exp.to_identifier(source.alias, quoted=True)))
    for rand in rands:
        rand.replace(exp.column(exp.to_identifier(_CHANCE, quoted=True), exp.to_identifier(source.alias, quoted=True)))
    return node


_CHANCE = "_emulator_random"
_OF_SEVERAL = ("joins", "laterals", "group")


def _random(node: Expr) -> Expr:
    """Any of the numbers of 64 bits; with a seed, one of each row that is the same again.

    https://docs.snowflake.com/en/sql-reference/functions/random
    """
    if node.this is None:
        return call("any_integer", exp.Anonymous(this="uuid"))
    outer = node.find_ancestor(
        exp.AggFunc, exp.Window, exp.Where, exp.Group, exp.Order, exp.Join, exp.Qualify, exp.Select
    )
    if not isinstance(outer, exp.Select) or outer.args.get("group"):
        raise errors.not_emulated("RANDOM with a seed in anything but what a query selects")
    place = exp.Window(this=exp.RowNumber())
    return call("any_integer", exp.Anonymous(this="list_value", expressions=[node.this, place]))


_REWRITES: tuple[tuple[type[Expr], Callable[[Expr], Expr]], ...] = (
    (exp.ColumnDef, _of_38_digits),
    (exp.StrToTime, _read_by_format),
    (exp.TsOrDsToDate, _read_by_format),
    (exp.SplitPart, _part),
    (exp.Select, _columns_by_position),
    (exp.Select, into_rows),
    (exp.Join, _crossed),
    (exp.Order, by_all),
    # SUM of numbers is exact; fakesnow would sum doubles. https://docs.snowflake.com/en/sql-reference/functions/sum
    (exp.Sum, lambda node: exp.Anonymous(this="SUM", expressions=[node.this])),
    (exp.CountIf, _counted),
    (exp.TableSample, _sampled),
    (exp.Mod, _bracketed),
    (exp.GroupConcat, _joined),
    (exp.Trim, _trimmed),
    (exp.Bracket, _by_key),
    (exp.Typeof, _type_of),
    (exp.Add, _wide),
    (exp.Sub, _wide),
    (exp.Mul, _wide),
    (exp.TryCast, _try_timestamp),
    (exp.ToChar, _formatted),
    (exp.Window, _ordered_by_chance),
    (exp.Rand, _random),
)
