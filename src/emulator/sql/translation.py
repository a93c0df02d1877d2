"""Typed expressions in DuckDB's words: implicit casts become explicit, and what DuckDB would answer otherwise is said.

A rule takes an expression whose arguments are translated already, and returns what stands in its place. A node that
has no rule means the same to DuckDB, or is rewritten later by its syntax alone.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from sqlglot import Expr, exp

from .. import errors
from ..language.dialect import CALLED, FORMAT
from ..language.from_functions import OF_ROWS
from ..language.moment_formats import of_output
from . import (
    bytes_functions,
    flattening,
    number_formats,
    row_numbers,
    text_functions,
    types,
    variant_functions,
    weeks,
    windows,
)
from .annotators import (
    case_results,
    common_of,
    converts_to_utc,
    decode_results,
    operand,
    set_operation_columns,
    set_operation_types,
    written_places,
)
from .arguments import (
    NO_BYTES,
    Rule,
    as_,
    booleans,
    branches_of,
    called_name,
    count,
    floats,
    moments,
    refuse,
    set_cast,
    strict_moments,
    texts,
    texts_or_bytes,
)
from .casts import DECIMAL, HELD, cast, duck_cast, exact, fail, in_utc, local, physical, text_of, wrapped
from .macros import FAILURE, PLACE, call
from .passes import put
from .sources import selects_of
from .stored import OF_NEW_TABLE, stored_in_new
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
    NUMERIC,
    OBJECT,
    SEMI_STRUCTURED,
    TIME,
    TIMESTAMPS,
    TZ,
    UNKNOWN,
    VARCHAR,
    VARIANT,
    digits,
    kind,
    kind_of,
    name_of,
    of,
)


def translate(root: Expr) -> Expr:
    """The statement with every typed expression translated, the inner ones first."""
    for node in reversed(list(root.walk(bfs=True))):
        for name in _WHOLE.get(type(node), ()):
            # A count or position is an integer to DuckDB, which does not take a DECIMAL for one; a literal is one
            # already. Of a short unit more than 32 bits may be added, which sqlglot's own cast of a literal has not
            value = node.args.get(name)
            written = value.this if isinstance(value, exp.Neg) else value
            adds = isinstance(node, exp.DateAdd | exp.TimeAdd) and node.text("unit").upper() in _SHORT
            is_small = isinstance(written, exp.Literal) and not (adds and abs(written_places(value) or 0) >= 2**31)
            if isinstance(value, Expr) and kind_of(value) == NUMBER and not is_small:
                whole = duck_cast(value, "BIGINT" if adds else "INTEGER")
                whole.type = types.number(18)
                node.set(name, whole)
        rule = _TRANSLATIONS.get(type(node))
        if rule is not None:
            parent, key, index, type_ = node.parent, node.arg_key, node.index, node.type
            replacement = rule(node)
            if replacement is not node:
                if kind(replacement.type) == UNKNOWN:
                    replacement.type = type_
                if node is root:
                    root = replacement
                elif parent is not None and key is not None:
                    put(replacement, parent, key, index)
    return root


# Arguments


_SHORT = frozenset({"MINUTE", "SECOND", "MILLISECOND", "MICROSECOND", "NANOSECOND"})
_WHOLE: Mapping[type[Expr], tuple[str, ...]] = {
    exp.SplitPart: ("part_index",),
    exp.Strtok: ("part_index",),
    exp.Substring: ("start", "length"),
    exp.Left: ("expression",),
    exp.Right: ("expression",),
    exp.Round: ("decimals",),
    exp.Trunc: ("decimals",),
    exp.DateAdd: ("expression",),
    exp.TimeAdd: ("expression",),
    exp.AddMonths: ("expression",),
    exp.StrPosition: ("position",),
    exp.RegexpReplace: ("position", "occurrence"),
    exp.RegexpExtract: ("position", "occurrence", "group"),
    exp.Stuff: ("start", "length"),
    exp.Lag: ("offset",),
    exp.Lead: ("offset",),
    exp.NthValue: ("offset",),
    exp.Ntile: ("this",),
    exp.DateFromParts: ("year", "month", "day"),
    exp.TimeFromParts: ("hour", "min", "sec"),
    **dict.fromkeys(
        (exp.TimestampFromParts, exp.TimestampLtzFromParts, exp.TimestampTzFromParts),
        ("year", "month", "day", "hour", "min", "sec"),
    ),
    exp.Interval: ("this",),
    exp.Factorial: ("this",),
}


def _predicate(name: str) -> Rule:
    """A filter is BOOLEAN, whatever could be cast to one. Recorded: frostlake/WholePredicateTypeTest."""

    def rule(node: Expr) -> Expr:
        condition = node.args.get(name)
        if isinstance(condition, Expr) and kind_of(condition) not in (BOOLEAN, NULL, UNKNOWN):
            raise errors.no_predicate(name_of(condition.type), _predicate_text(node, condition.unnest()))
        return node

    return rule


def _predicate_text(node: Expr, condition: Expr) -> str:
    """A condition as errors tell it; a column of UPDATE and DELETE has the name of their table."""
    if not isinstance(condition, exp.Column):
        return _written(condition)
    of_table = isinstance(node.parent, exp.Update | exp.Delete) and not condition.table
    parts = [node.parent.this.alias_or_name] if of_table and node.parent is not None else []
    return ".".join([*parts, *(part.name for part in condition.parts)])


def _written(value: Expr) -> str:
    """An expression as errors tell it."""
    return value.sql(dialect="snowflake").replace('"', "").replace(PLACE.upper(), "").replace("GET_PATH(", "GET(")


def _connected(node: exp.And | exp.Or) -> Expr:
    """A VARIANT that holds no BOOLEAN fails only where the other operand does not decide.

    Recorded: frostlake/WholePredicateTypeTest.
    """
    variants = [name for name in ("this", "expression") if kind_of(node.args[name]) == VARIANT]
    booleans("this", "expression")(node)
    if len(variants) != 1:
        return node
    other = exp.paren((node.expression if variants == ["this"] else node.this).copy(), copy=False)
    decides, answer = (exp.Not(this=other), False) if isinstance(node, exp.And) else (other, True)
    return exp.Case().when(decides, exp.Boolean(this=answer), copy=False).else_(node, copy=False)


# Comparisons

_COMPARED = {  # what two kinds are compared as; the order of the two does not matter
    frozenset({NUMBER, VARCHAR}): types.number(38, 12),
    frozenset({FLOAT, VARCHAR}): of(FLOAT),
    frozenset({VARCHAR, VARIANT}): types.text(),
    **{frozenset({BOOLEAN, other}): of(BOOLEAN) for other in (VARCHAR, *NUMERIC)},
    **{frozenset({moment, other}): of(moment) for moment in (DATE, TIME, *TIMESTAMPS) for other in (VARCHAR, VARIANT)},
}


def _comparable(values: list[Expr]) -> list[Expr]:
    """The values, cast so that they compare as Snowflake compares them: the first with each of the others."""
    kinds = {kind_of(value) for value in values} - {NULL}
    if VARIANT in kinds and kinds <= {VARIANT, BOOLEAN, OBJECT, ARRAY, *NUMERIC}:
        return _as_variants(values, kinds)
    if NUMBER in kinds and FLOAT in kinds:
        kinds -= {NUMBER}
    target = _COMPARED.get(frozenset(kinds))
    if target is None:
        _refuse_unlike(values, kinds)
    return values if target is None else [as_(value, target) for value in values]


def _as_variants(values: list[Expr], kinds: set[str]) -> list[Expr]:
    """Numbers are read as the VARIANT beside them; it is cast to a BOOLEAN, ARRAY or OBJECT that stands first.

    Recorded: frostlake/VariantTypedComparisonTest.
    """
    if kinds <= {VARIANT, *NUMERIC} and len(kinds) > 1:
        scales = [types.digits(one.type)[1] for one in values if one.type is not None and kind_of(one) == NUMBER]
        places = None if FLOAT in kinds else max(12, *scales)
        return [_beside_number(value, places) for value in values]
    first = values[0].type
    if first is not None and kind(first) in (BOOLEAN, ARRAY, OBJECT):
        values = [as_(value, first, (VARIANT,)) for value in values]
        if kind(first) == BOOLEAN:
            return [as_(value, first) for value in values]
    return [value if kind_of(value) == NULL else call("key", as_(value, of(VARIANT))) for value in values]


def _beside_number(value: Expr, places: int | None) -> Expr:
    """A number, or what a VARIANT is beside one: more than any number, unless it holds a number or a BOOLEAN.

    So many places are compared, and whether a VARIANT has more: as one digit more.
    """
    if places is None:
        to, type_, most = of(FLOAT), "DOUBLE", "NaN"
    else:
        to, type_ = types.number(38, places + 1), f"DECIMAL(38,{places + 1})"
        most = f"{'9' * (37 - places)}.{'9' * (places + 1)}"
    if kind_of(value) != VARIANT:
        return as_(value, to)
    least = "-inf" if places is None else f"-{most}"
    bounds = [exp.Literal.string(least), exp.Literal.string(most)]
    held = call("number_key", value, *bounds)
    if places is not None:
        more = exp.Literal.string(rf"(\.\d{{{places}}})\d*[1-9]\d*$")
        held = call("exact_key", held, more, *bounds)
    return duck_cast(held, type_)


_LIKE_ONE_ANOTHER = (frozenset(NUMERIC), frozenset({DATE, *TIMESTAMPS}), frozenset(SEMI_STRUCTURED))


def _refuse_unlike(values: list[Expr], kinds: set[str]) -> None:
    """Raises 002016 for values of kinds that none is cast to the other's of, such as a DATE and a NUMBER."""
    if len(kinds) < 2 or UNKNOWN in kinds or any(kinds <= alike for alike in _LIKE_ONE_ANOTHER):
        return
    if VARIANT in kinds and not kinds & {BINARY}:
        return
    first, *others = [value for value in values if kind_of(value) != NULL]
    other = next(value for value in others if kind_of(value) != kind_of(first))
    written = other.sql(dialect="snowflake").replace('"', "")
    raise errors.cannot_convert(written, name_of(other.type), name_of(first.type))


def _comparison(node: exp.Binary) -> Expr:
    if isinstance(node.parent, exp.Update) and node.arg_key == "expressions":
        return node  # SET column = value
    if isinstance(quantified := node.expression, exp.Any | exp.All):
        this, query = _compared_with_rows(node.this, quantified.this)
        node.set("this", this)
        quantified.set("this", query)
        return node
    left, right = _comparable([node.this, node.expression])
    node.set("this", left)
    node.set("expression", right)
    return node


def _between(node: exp.Between) -> Expr:
    names = ("this", "low", "high")
    kinds = {kind_of(node.args[name]) for name in names} - {NULL}
    if len(kinds) > 2:  # each is compared as its own two kinds are
        low = exp.GTE(this=node.this.copy(), expression=node.args["low"])
        high = exp.LTE(this=node.this, expression=node.args["high"])
        return exp.paren(exp.And(this=_comparison(low), expression=_comparison(high)), copy=False)
    for name, value in zip(names, _comparable([node.args[name] for name in names]), strict=True):
        node.set(name, value)
    return node


def _in(node: exp.In) -> Expr:
    query = node.args.get("query")
    if query is None:
        this, *rest = _comparable([node.this, *node.expressions])
        node.set("expressions", rest)
    else:
        this, query = _compared_with_rows(node.this, query)
        node.set("query", query)
    node.set("this", this)
    return node


def _compared_with_rows(this: Expr, query: Expr) -> tuple[Expr, Expr]:
    """A value and a query of one column, cast so that they compare; the column of a set operation behind it."""
    selected = query.unnest() if isinstance(query, exp.Subquery) else query
    if isinstance(selected, exp.SetOperation):
        return _compared_with_set(this, query, selected)
    if not isinstance(selected, exp.Select) or len(selected.selects) != 1:
        return this, query
    column = selected.selects[0]
    inner = column.this if isinstance(column, exp.Alias) else column
    left, value = _comparable([this, inner])
    if value is not inner:
        selected.set("expressions", [exp.alias_(value, column.alias_or_name, quoted=True)])
    return left, query


def _compared_with_set(this: Expr, query: Expr, selected: exp.SetOperation) -> tuple[Expr, Expr]:
    columns = set_operation_types(selected)
    if len(columns) != 1 or columns[0] is None:
        return this, query
    column = exp.column(exp.to_identifier("_emulator_value", quoted=True))
    column.type = columns[0]
    left, value = _comparable([this, column])
    if value is column:
        return left, query
    alias = exp.TableAlias(this=exp.to_identifier("_emulator_set", quoted=True), columns=[column.this.copy()])
    inner = exp.Subquery(this=selected.copy(), alias=alias)
    return left, exp.Subquery(this=exp.select(value, copy=False).from_(inner, copy=False))


def _nullif(node: exp.Nullif) -> Expr:
    left, right = node.this, node.expression
    compared = _comparable([left.copy(), right])
    return exp.Case().when(exp.EQ(this=compared[0], expression=compared[1]), exp.Null(), copy=False).else_(left)


# Branches


def _to_own_type(node: Expr, values: list[Expr]) -> list[Expr]:
    type_ = node.type
    if type_ is None or kind(type_) == UNKNOWN:
        kinds = {kind_of(value) for value in values} - {NULL}
        if types.common(value.type for value in values if kind_of(value) != NULL) is None:
            _refuse_unlike(values, kinds)
        return values
    return [as_(value, type_) for value in values]


def _set_operation(node: exp.SetOperation) -> Expr:
    """The branches of a set operation have the same types; the outermost one sees to all of them."""
    if isinstance(node.parent, exp.SetOperation):
        return node
    columns = set_operation_columns(node)
    named = dict(columns)
    for query in selects_of(node):
        if query.is_star:
            continue
        if node.args.get("by_name"):
            types_ = [named[select.alias_or_name] for select in query.expressions]
        else:
            types_ = [type_ for _, type_ in columns]
        if len(query.expressions) == len(types_):
            branches = zip(query.expressions, types_, strict=True)
            query.set("expressions", [_branch(select, type_) for select, type_ in branches])
    return node


def _rows(node: exp.Values) -> Expr:
    """The rows of VALUES have the same types, each column's by its rows in their order.

    Recorded: frostlake/MultiRowValuesFoldTest.
    """
    rows = [row for row in node.expressions if isinstance(row, exp.Tuple)]
    if len(rows) < 2 or len({len(row.expressions) for row in rows}) > 1:
        return node
    types_ = [_type_of_rows(cells) for cells in zip(*(row.expressions for row in rows), strict=True)]
    if any(types_):
        for row in rows:
            cells = zip(row.expressions, types_, strict=True)
            row.set("expressions", [cell if type_ is None else _cell(cell, type_) for cell, type_ in cells])
    return node


def _type_of_rows(cells: Sequence[Expr]) -> exp.DataType | None:
    """The type of a column of VALUES; None if all its rows have it, or that of one is not known."""
    kinds = {kind_of(cell) for cell in cells} - {NULL}
    if UNKNOWN in kinds or (len(kinds) < 2 and kinds != {NUMBER}):
        return None
    first: Expr | None = None
    for cell in cells:
        if kind_of(cell) == NULL:
            continue
        first = first or cell
        both = {kind_of(first), kind_of(cell)}
        is_unlike = BOOLEAN in both and bool(both & {*NUMERIC}) and kind_of(first) != BOOLEAN
        has_test = BOOLEAN in both and any(isinstance(one.unnest(), exp.Predicate) for one in (first, cell))
        if len(both) > 1 and (is_unlike or has_test or types.common([first.type, cell.type]) is None):
            raise errors.invalid_type_in_values(name_of(cell.type))
    return common_of(cells)


def _cell(cell: Expr, to: exp.DataType) -> Expr:
    source = kind_of(cell)
    if source == NULL or (source == kind(to) and (source != NUMBER or _scale(cell) == digits(to)[1])):
        return cell
    return cast(text_of(cell) if kind(to) == BOOLEAN else cell, to) or cell


def _branch(select: Expr, type_: exp.DataType | None) -> Expr:
    value = select.this if isinstance(select, exp.Alias) else select
    if type_ is None or kind_of(value) in (NULL, UNKNOWN, kind(type_)):
        return select
    written = exp.alias_(as_(value, type_), select.alias_or_name, quoted=True, copy=False)
    written.type = type_
    return written


def _same_branches(node: Expr) -> Expr:
    this, *rest = _to_own_type(node, [node.this, *node.expressions])
    node.set("this", this)
    node.set("expressions", rest)
    return node


def _coalesced(node: exp.Coalesce) -> Expr:
    """A CASE where a later branch can fail: DuckDB works out what two of COALESCE have in common, needed or not."""
    _same_branches(node)
    *first, last = branches = [node.this, *node.expressions]
    size = sum(1 for branch in branches for _ in branch.walk())
    if size > _MOST_NODES or not any(map(_can_fail, branches[1:])):
        return node
    case = exp.Case()
    for branch in first:
        case = case.when(exp.Not(this=exp.Is(this=wrapped(branch), expression=exp.Null())), branch.copy(), copy=False)
    return case.else_(last, copy=False)


_MOST_NODES = 500  # of a COALESCE that is said as a CASE, which says its branches twice


def _can_fail(node: Expr) -> bool:
    named = (one.name for one in node.find_all(exp.Anonymous, exp.Literal))
    return node.find(exp.Div, exp.Mod) is not None or any(name.startswith(_FAILING) for name in named)


_FAILING = (PLACE, FAILURE)


def _refuse_condition(condition: Expr, iff: exp.If | None) -> None:
    """Raises for a condition of CASE or IFF that is no BOOLEAN. Recorded: frostlake/BooleanPositionStrictTypeTest."""
    if kind_of(condition) in (BOOLEAN, NULL, UNKNOWN):
        return
    if iff is not None:
        arguments = [one for one in (condition, iff.args["true"], iff.args.get("false")) if one is not None]
        told = (NULL if kind_of(one) == NULL else name_of(one.type) for one in arguments)
        raise errors.wrong_arguments("IFF", ", ".join(told))
    raise errors.cannot_convert(_written(condition.unnest()), name_of(condition.type), BOOLEAN)


def _if(node: exp.If) -> Expr:
    if isinstance(node.parent, exp.Case):
        return node
    _refuse_condition(node.this, node)
    for name in ("true", "false"):
        if isinstance(value := node.args.get(name), Expr):
            node.set(name, _to_own_type(node, [value])[0])
    return node


def _nvl2(node: exp.Nvl2) -> Expr:
    for name in ("true", "false"):
        node.set(name, _to_own_type(node, [node.args[name]])[0])
    return node


def _case(node: exp.Case) -> Expr:
    branches = node.args["ifs"]
    if node.this is None:
        for branch in branches:
            _refuse_condition(branch.this, None)
    else:
        this, *tested = _comparable([node.this, *(branch.this for branch in branches)])
        node.set("this", this)
        for branch, value in zip(branches, tested, strict=True):
            branch.set("this", value)
    results = _to_own_type(node, case_results(node))
    for branch, result in zip(branches, results, strict=False):
        branch.set("true", result)
    if node.args.get("default") is not None:
        node.set("default", results[-1])
    return node


def _decode(node: exp.DecodeCase) -> Expr:
    arguments = list(node.expressions)
    searched = range(1, len(arguments) - 1, 2)
    this, *values = _comparable([arguments[0], *(arguments[at] for at in searched)])
    results = iter(_to_own_type(node, decode_results(node)))
    written = [this]
    for value in values:
        written += [value, next(results)]
    node.set("expressions", [*written, *results])
    return node


# Arithmetic


def _arithmetic(node: exp.Binary) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/operators-arithmetic"""
    type_ = node.type
    left, right = kind_of(node.this), kind_of(node.expression)
    _refuse_operands(node)
    if kind(type_) == DATE and DATE in (left, right):
        return _days(node)
    if kind(type_) == TZ and left == TZ:
        return in_utc(type(node)(this=local(node.this), expression=node.expression))
    if UNKNOWN in (left, right) or (NULL in (left, right) and kind(type_) != FLOAT):
        return node
    if left == DATE and right == DATE and isinstance(node, exp.Sub):
        return exp.Anonymous(this="date_diff", expressions=[exp.Literal.string("day"), node.expression, node.this])
    if kind(type_) == FLOAT:
        set_cast(node, "this", of(FLOAT), (VARCHAR, VARIANT))
        set_cast(node, "expression", of(FLOAT), (VARCHAR, VARIANT))
    elif kind(type_) == NUMBER:
        for name in ("this", "expression"):
            set_cast(node, name, types.number(*(operand(node.args[name]) or types.OF_TEXT)), (VARCHAR,))
        if isinstance(node, exp.Div) and type_ is not None:
            return quotient(node.this, node.expression, type_)
        if _may_be_too_narrow(node):
            whole = not _scale(node.this) and not _scale(node.expression)
            node.set("this", duck_cast(node.this, "HUGEINT" if whole else f"DECIMAL(38,{_scale(node.this)})"))
    return node


_SYMBOLS = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}


def _refuse_operands(node: exp.Binary) -> None:
    """Raises 001044 for operands that no arithmetic takes, such as a BOOLEAN and a NUMBER."""
    sides = [node.this, node.expression]
    if kind(node.type) != UNKNOWN or any(isinstance(side.unnest(), exp.Interval) for side in sides):
        return
    if {NULL, UNKNOWN} & {kind_of(side) for side in sides}:
        return
    if isinstance(node, exp.Sub) and all(kind_of(side) in (DATE, TIME, *TIMESTAMPS) for side in sides):
        raise errors.not_emulated("the difference of two timestamps, an INTERVAL")
    symbol = str(node.meta.get(CALLED) or _SYMBOLS[type(node)]).upper()
    raise errors.wrong_arguments(symbol, ", ".join(name_of(side.type) for side in sides))


def _negated(node: exp.Neg) -> Expr:
    """Recorded: frostlake/docs/operators.md (unary)."""
    refuse(node, kinds=(BOOLEAN, DATE, TIME, *TIMESTAMPS, BINARY, OBJECT, ARRAY), called="NEGATE")
    return floats("this")(node)


def _may_be_too_narrow(node: exp.Binary) -> bool:
    """Whether 18 digits, to which DuckDB keeps a product, or 64 bits may be too few for what comes of it."""
    if node.type is None or digits(node.type)[0] <= 18 or isinstance(node, exp.Mod):
        return False
    sides = (node.this, node.expression)
    literals = [side for side in sides if isinstance(side, exp.Literal)]
    is_step = len(literals) == 1 and len(literals[0].name) < 10
    return isinstance(node, exp.Mul) or not (is_step or any(map(_scale, sides)))


def _days(node: exp.Binary) -> Expr:
    date, days = (node.this, node.expression) if kind_of(node.this) == DATE else (node.expression, node.this)
    if isinstance(days.unnest(), exp.Interval):
        return duck_cast(exp.paren(node.copy(), copy=False), "DATE")
    if kind_of(days) not in NUMERIC:
        return node
    whole = wrapped(duck_cast(days, "INTEGER"))
    return type(node)(this=date, expression=whole)


def quotient(dividend: Expr, divisor: Expr, type_: exp.DataType) -> Expr:
    """A division of NUMBERs, exact to the scale of its type, half away from zero."""
    scale = digits(type_)[1]
    above, below = _scale(dividend), _scale(divisor)
    ratio = call("ratio", _unscaled(dividend, scale + below - above), _unscaled(divisor, 0))
    return duck_cast(exp.paren(exp.Mul(this=duck_cast(ratio, "HUGEINT"), expression=_fraction_of(scale))), exact(type_))


def _scale(node: Expr) -> int:
    return digits(node.type)[1] if node.type is not None and kind(node.type) == NUMBER else 0


def _unscaled(node: Expr, more: int) -> Expr:
    """The digits of a NUMBER as one whole number, with `more` zeros behind them."""
    scale = _scale(node)
    if scale and node.type is not None and digits(node.type)[0] + scale > types.MAX_PRECISION:
        # By its text: DuckDB's product would have the digits of both, which is more than it has room for.
        written = duck_cast(duck_cast(node, f"DECIMAL(38,{scale})"), "VARCHAR")
        point, none = exp.Literal.string("."), exp.Literal.string("")
        node = duck_cast(exp.Anonymous(this="replace", expressions=[written, point, none]), "HUGEINT")
    elif scale:
        value = exp.Mul(this=wrapped(duck_cast(node, f"DECIMAL(38,{scale})")), expression=_power(scale))
        node = duck_cast(exp.paren(value), "HUGEINT")
    else:
        node = duck_cast(node, "HUGEINT")
    if not more:
        return node
    return exp.paren(exp.Mul(this=node, expression=duck_cast(exp.Literal.number(10**more), "HUGEINT")))


def _average(node: exp.Avg) -> Expr:
    """AVG of a NUMBER is one too: https://docs.snowflake.com/en/sql-reference/functions/avg"""
    if kind(node.type) == FLOAT:
        return _aggregate_of_floats(node)
    return node


def _window(node: exp.Window) -> Expr:
    windows.refuse_frame(node)
    if isinstance(node.this, exp.ArrayAgg | exp.GroupConcat | exp.WithinGroup):
        return _collected(node)
    if isinstance(node.this, exp.Anonymous) and (rule := _OVER.get(str(node.this.this).upper())):
        return rule(node)
    if isinstance(node.this, exp.Variance | exp.VariancePop) and kind(node.this.type) == NUMBER:
        return duck_cast(node, exact(node.this.type or types.number(38)))
    if isinstance(node.this, exp.RegrSlope):
        return call("or_null", node)
    return _exact_average(node, node.this, lambda function: _over(node, function))


def _events(node: exp.Window) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/conditional_true_event"""
    condition = as_(node.this.expressions[0], of(BOOLEAN), (VARCHAR, VARIANT, *NUMERIC))
    one = exp.Case().when(condition, exp.Literal.number(1), copy=False)
    return _over(node, exp.Count(this=one, big_int=True))


_OVER: Mapping[str, Rule] = {
    "CONDITIONAL_TRUE_EVENT": _events,
}


def _over(window: exp.Window, function: Expr) -> Expr:
    copy = window.copy()
    copy.set("this", function)
    return copy


def _plain_average(node: exp.Avg) -> Expr:
    if isinstance(node.parent, exp.Window) and node.arg_key == "this":
        return node
    return _exact_average(node, node, lambda function: function)


def _exact_average(node: Expr, average: Expr, placed: Callable[[Expr], Expr]) -> Expr:
    if not isinstance(average, exp.Avg):
        return node
    if kind(average.type) == FLOAT:
        average = _aggregate_of_floats(average)
        return node
    if kind_of(average.this) in _NO_SUMMANDS:
        told = "AVG" if isinstance(node, exp.Window) else "SUM"
        raise errors.wrong_arguments(told, name_of(average.this.type))
    if kind(average.type) != NUMBER or average.type is None:
        return node
    argument, type_ = average.this, average.type
    inner = argument.expressions[0] if isinstance(argument, exp.Distinct) else argument
    total = placed(exp.Anonymous(this="SUM", expressions=[argument.copy()]))
    total.type = types.number(38, _scale(inner))
    count = placed(exp.Count(this=argument.copy(), big_int=True))
    count.type = types.number(18)
    none = exp.EQ(this=count.copy(), expression=exp.Literal.number(0))
    return exp.Case().when(none, exp.Null(), copy=False).else_(quotient(total, count, type_), copy=False)


def _aggregate_of_floats(node: Expr) -> Expr:
    """Recorded: frostlake/AggregateArgumentFamilyTest."""
    argument = node.this
    if kind_of(argument) in _NO_SUMMANDS:
        if isinstance(node, exp.Median):
            raise errors.incompatible_types(name_of(argument.type), "NUMBER(9,0)")
        told, times = (node.sql_name(), 1) if isinstance(node, exp.Sum | exp.Avg) else ("*", 2)
        raise errors.wrong_arguments(told, ", ".join([name_of(argument.type)] * times))
    if isinstance(argument, exp.Distinct):
        argument.set("expressions", [as_(one, of(FLOAT), (VARCHAR, VARIANT)) for one in argument.expressions])
    else:
        set_cast(node, "this", of(FLOAT), (VARCHAR, VARIANT))
    return node


_NO_SUMMANDS = (OBJECT, ARRAY, BINARY, BOOLEAN, DATE, TIME, *TIMESTAMPS)


def _median(node: exp.Median) -> Expr:
    """Half of the sum of two NUMBERs has three more digits: https://docs.snowflake.com/en/sql-reference/functions/median"""
    _aggregate_of_floats(node)
    node.set("this", _with_room(node.this))
    return node


def _with_room(value: Expr) -> Expr:
    """A NUMBER with three more digits behind the point, which DuckDB would round away."""
    if kind_of(value) != NUMBER or value.type is None:
        return value
    precision, scale = digits(value.type)
    return duck_cast(value, exact(types.number(precision + 3, scale + 3)))


def _of_numbers_exactly(node: Expr) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/variance"""
    _aggregate_of_floats(node)
    if kind(node.type) != NUMBER or node.type is None or isinstance(node.parent, exp.Window):
        return node
    return duck_cast(node, exact(node.type))


def _slope(node: exp.RegrSlope) -> Expr:
    """NULL where DuckDB has no number, as of one row. Recorded: frostlake/functions-regr."""
    floats("this", "expression")(node)
    return node if isinstance(node.parent, exp.Window) and node.arg_key == "this" else call("or_null", node)


def _together(node: exp.Corr | exp.CovarPop | exp.CovarSamp) -> Expr:
    """Of two texts, the second is read first: Snowpark's own tests (test_df_stat_corr)."""
    floats("this", "expression")(node)
    first, second = node.this, node.expression
    node.set("this", second)
    node.set("expression", first)
    is_corr = isinstance(node, exp.Corr) and not isinstance(node.parent, exp.Window)
    return call("corr", second, first) if is_corr else node


def _percentile(node: exp.ApproxQuantile) -> Expr:
    """Exact, as an account's is of few rows. Recorded: frostlake/functions-approx-percentile."""
    floats("this")(node)
    return exp.Anonymous(this="quantile_cont", expressions=[duck_cast(node.this, "DOUBLE"), node.args["quantile"]])


def _within_group(node: exp.WithinGroup) -> Expr:
    if isinstance(node.this, exp.PercentileCont | exp.PercentileDisc):
        for ordered in node.expression.expressions:
            if kind_of(ordered.this) in _NO_SUMMANDS:
                raise errors.incompatible_types(name_of(ordered.this.type), "NUMBER(9,0)")
            if isinstance(node.this, exp.PercentileCont):
                ordered.set("this", _with_room(ordered.this))
    return _collected(node)


_TEXTS = (BINARY, DATE, TIME, *TIMESTAMPS)  # what a VARIANT holds as a text of its own


def _collected(node: Expr) -> Expr:
    """ARRAY_AGG leaves NULLs out, and no rows are an empty array; LISTAGG of no rows is an empty text.

    https://docs.snowflake.com/en/sql-reference/functions/array_agg, https://docs.snowflake.com/en/sql-reference/functions/listagg
    """
    if isinstance(node.parent, exp.Window | exp.WithinGroup) and node.arg_key == "this":
        return node
    function = node.this if isinstance(node, exp.Window) else node
    aggregate = function.this if isinstance(function, exp.WithinGroup) else function
    if isinstance(aggregate, exp.GroupConcat):
        return exp.Coalesce(this=node, expressions=[exp.Literal.string("")])
    if not isinstance(aggregate, exp.ArrayAgg):
        return node
    inner = aggregate.this
    holder = inner if isinstance(inner, exp.Order | exp.Distinct) else aggregate
    name = "expressions" if isinstance(inner, exp.Distinct) else "this"
    values = branches_of(holder, (name,))
    listing = "elements_of" if any(map(_may_lose_digits, values)) else "array_of"
    before = values[0].copy() if isinstance(holder, exp.Distinct) and kind_of(values[0]) in _TEXTS else None
    set_cast(holder, name, of(VARIANT), _TEXTS)
    inner = aggregate.this
    if isinstance(function, exp.WithinGroup):
        orders = function.expression.expressions
        for order in orders:
            if order.this == before:  # DuckDB orders what is distinct by nothing else, and the texts are in order
                order.set("this", holder.expressions[0].copy())
        inner = exp.Order(this=inner, expressions=orders)
    listed: Expr = exp.Anonymous(this="LIST", expressions=[inner.copy()])
    listed = _over(node, listed) if isinstance(node, exp.Window) else listed
    if kind_of(values[0]) == NUMBER and values[0].type is not None:  # a list of numbers, which are in their order
        of_scale = _has_scale(values[0])
        listed = duck_cast(listed, f"{exact(values[0].type)}[]" if of_scale else "HUGEINT[]")
        listed = call("numbers_of", listed) if of_scale else listed
    return exp.Coalesce(this=call(listing, listed), expressions=[duck_cast(exp.Literal.string("[]"), "JSON")])


def _object_agg(node: exp.ObjectAgg) -> Expr:
    """The keys of an object are in order: https://docs.snowflake.com/en/sql-reference/functions/object_agg"""
    if kind_of(node.expression) in (VARCHAR, BINARY, DATE, TIME, *TIMESTAMPS):  # recorded: frostlake/docs/functions.md
        raise errors.wrong_arguments("OBJECT_AGG", f"{name_of(node.this.type)}, {name_of(node.expression.type)}")
    node.set("expression", _member(node.expression))
    if isinstance(node.parent, exp.Window):
        return node
    return duck_cast(call("sorted", node), "JSON")


def _extreme(node: exp.Min | exp.Max) -> Expr:
    """MIN and MAX of a VARIANT compare what it holds, not its text; an OBJECT or ARRAY has no order.

    Recorded: frostlake/docs/functions.md (where an OBJECT or ARRAY may not go).
    """
    if kind_of(node.this) in (OBJECT, ARRAY):
        raise errors.does_not_support(node.sql_name(), name_of(node.this.type))
    if kind_of(node.this) != VARIANT:
        return node
    name = "arg_min" if isinstance(node, exp.Min) else "arg_max"
    return exp.Anonymous(this=name, expressions=[node.this.copy(), call("key", node.this)])


def _ordered(node: exp.Ordered) -> Expr:
    if kind_of(node.this) == VARIANT and not isinstance(node.this.unnest(), exp.Literal):
        node.set("this", call("key", node.this))
    return node


def _order(node: exp.Order) -> Expr:
    """What an alias names stands itself where it is ordered by a key: DuckDB would take a column of the name in it."""
    select = node.parent
    if not isinstance(select, exp.Select):
        return node
    named = {one.alias: one.this for one in select.expressions if isinstance(one, exp.Alias)}
    for ordered in node.expressions:
        key = ordered.this
        column = key.expressions[0] if isinstance(key, exp.Anonymous) and key.name == f"{PLACE}key" else None
        if isinstance(column, exp.Column) and not column.table and column.name in named:
            column.replace(named[column.name].copy())
    return node


def _round(node: exp.Round | exp.Trunc | exp.Ceil | exp.Floor) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/round"""
    places = node.args.get("decimals")
    set_cast(node, "this", of(FLOAT) if places is None else types.number(*types.OF_TEXT), (VARCHAR,))
    set_cast(node, "this", of(FLOAT), (VARIANT,))
    if places is not None and places.find(exp.Column):  # DuckDB's DECIMAL has one scale for all rows
        node.set("this", duck_cast(node.this, "DOUBLE"))
    return node


def _up_or_down(node: exp.Ceil | exp.Floor) -> Expr:
    """Steps of a NUMBER are counted exactly: https://docs.snowflake.com/en/sql-reference/functions/ceil"""
    places = node.args.get("decimals")
    _round(node)
    kept = written_places(places)
    if kept is None or kind_of(node.this) != NUMBER:
        return node
    scale = digits(node.this.type)[1]
    if kept >= scale:
        return duck_cast(node.this, exact(node.this.type))
    if places is None:
        return node
    many, few = _power(abs(kept)), _fraction_of(abs(kept))
    times, unit = (many, few) if kept > 0 else (few, many)
    steps = exp.Mul(this=wrapped(duck_cast(node.this, f"DECIMAL(38,{scale})")), expression=times)
    return exp.paren(exp.Mul(this=type(node)(this=exp.paren(steps)), expression=unit))


def _finite(node: exp.Func) -> Expr:
    """SQRT(-1) and LN(0) are errors, where DuckDB answers NaN or infinity.

    https://docs.snowflake.com/en/sql-reference/functions/sqrt; the words are those that users report.
    """
    floats("this", "expression")(node)
    arguments = [duck_cast(one, "DOUBLE") for one in branches_of(node, ("this", "expression"))]
    return call("defined", node, exp.Literal.string(called_name(node).lower()), exp.Array(expressions=arguments))


def _bucket(node: exp.WidthBucket) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/width_bucket"""
    names = ("this", "min_value", "max_value", "num_buckets")
    floats(*names)(node)
    return call("bucket", *(duck_cast(node.args[name], "DOUBLE") for name in names))


def _of_bits(name: str) -> Rule:
    """https://docs.snowflake.com/en/sql-reference/functions/bitshiftleft and the pages beside it"""

    def rule(node: Expr) -> Expr:
        given = branches_of(node, ("this", "expression"))
        if any(kind_of(one) == BINARY for one in given):
            raise errors.not_emulated(f"{called_name(node)} of a BINARY")
        floats("this", "expression")(node)
        arguments = [duck_cast(one, "HUGEINT") for one in branches_of(node, ("this", "expression"))]
        return duck_cast(call(name, *arguments), exact(types.number(38)))

    return rule


def _of_all_bits(name: str) -> Rule:
    """https://docs.snowflake.com/en/sql-reference/functions/bitand_agg"""

    def rule(node: Expr) -> Expr:
        if kind_of(node.this) not in (*NUMERIC, VARCHAR, NULL, UNKNOWN):
            raise errors.wrong_arguments(called_name(node), name_of(node.this.type))
        return exp.Anonymous(this=name, expressions=[count(node.this)])

    return rule


def _is_array(node: exp.IsArray) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/is_array"""
    _refuse_no_variant(node)
    value = variant_functions.as_variant(node.this)
    kind_ = call("variant_kind", duck_cast(value, "JSON") if kind_of(value) == NULL else value)
    return exp.paren(exp.EQ(this=kind_, expression=exp.Literal.string("ARRAY")), copy=False)


def _power(digits_: int) -> Expr:
    return duck_cast(exp.Literal.number(10**digits_), f"DECIMAL({digits_ + 1},0)")


def _fraction_of(digits_: int) -> Expr:
    return duck_cast(
        exp.Literal.number(f"0.{'0' * (digits_ - 1)}1" if digits_ else "1"), f"DECIMAL({digits_ + 1},{digits_})"
    )


# Casts and conversions


def _cast(node: exp.Cast) -> Expr:
    to = node.type
    if to is None or kind(to) == UNKNOWN:
        return node
    if (table := node.meta.get(OF_NEW_TABLE)) is not None:
        return stored_in_new(node.this, to, table, node.this.name) or _no_cast(node, to)
    if isinstance(node, exp.TryCast) and node.args.get("requires_string"):
        source = kind_of(node.this)
        if node.args.get("safe") and source not in (VARCHAR, NULL, UNKNOWN):
            raise errors.try_cast_of_no_text(name_of(to), name_of(node.this.type))
    return cast(node.this, to, safe=isinstance(node, exp.TryCast)) or _no_cast(node, to)


def _no_cast(node: Expr, to: exp.DataType) -> Expr:
    source = kind_of(node.this)
    if UNKNOWN in (source, kind(to)) or (source, kind(to)) in _LATER:
        return node
    raise errors.invalid_cast(source, kind(to))


_LATER = frozenset({(TIME, NTZ), (VARCHAR, ARRAY), (VARCHAR, OBJECT)})


def _converted(node: Expr) -> Expr:
    """TO_DATE, TO_BOOLEAN, TO_DOUBLE and their kin, of one argument."""
    if node.args.get("format") is not None or node.type is None:
        return node
    if node.args.get("safe") and kind_of(node.this) not in (VARCHAR, UNKNOWN):
        raise errors.try_cast_of_no_text(name_of(node.type), name_of(node.this.type))
    return cast(node.this, node.type, safe=bool(node.args.get("safe"))) or _no_cast(node, node.type)


def _to_number(node: exp.ToNumber) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/to_decimal"""
    format_ = node.args.get("format")
    if isinstance(node.this, exp.Null):
        node.set("format", None)
    if not isinstance(format_, exp.Literal) or kind_of(node.this) != VARCHAR or node.type is None:
        return _converted(node)
    digits_, fits = number_formats.read(node.this, format_.name)
    read = cast(digits_, node.type, safe=bool(node.args.get("safe")), from_=types.text()) or node
    case = exp.Case().when(fits, read, copy=False)
    if node.args.get("safe"):
        return case
    unfit = ("Can't parse '", node.this, f"' as number with format '{format_.name}'")
    there = node.this.copy().is_(exp.Null()).not_()
    return case.when(there, fail(100096, "|", exact(node.type), *unfit), copy=False)


def _to_char(node: exp.ToChar) -> Expr:
    if node.args.get("format") is None:
        return text_of(node.this)
    if kind_of(node.this) == BINARY:
        return text_functions.text_of_bytes(node)
    if kind_of(node.this) in NUMERIC and isinstance(node.args["format"], exp.Literal):
        return number_formats.written(node.this, node.args["format"].name)
    if kind_of(node.this) in (LTZ, TZ) and (written := _with_offset(node)) is not None:
        return written
    set_cast(node, "this", of(NTZ, 9), (VARCHAR, VARIANT, TZ))
    if kind_of(node.this) == TIME:
        first_day = duck_cast(exp.Literal.string("1970-01-01"), "DATE")
        node.set("this", exp.paren(exp.Add(this=first_day, expression=node.this), copy=False))
    return node


def _with_offset(node: exp.ToChar) -> Expr | None:
    """A moment by a format that shows its offset; None for another format."""
    format_ = node.args["format"]
    if not isinstance(format_, exp.Literal) or "TZH" not in format_.name.upper():
        return None
    written = of_output(format_.name, kind_of(node.this), "TO_VARCHAR with the format element {element}")
    is_local = kind_of(node.this) == LTZ
    shown = duck_cast(node.this, "TIMESTAMP") if is_local else local(node.this)
    text = exp.Anonymous(this="strftime", expressions=[shown, exp.Literal.string(written)])
    return call("zoned", text, call("zone", node.this.copy()) if is_local else exp.Literal.string("+0000"))


def _months_between(node: exp.MonthsBetween) -> Expr:
    """Six digits behind the point. Recorded: frostlake/functions-months-between."""
    strict_moments("this", "expression", called="EXTRACT")(node)
    return duck_cast(node, "DECIMAL(27, 6)")


def _from_number(node: exp.UnixToTime) -> Expr:
    """A number of seconds, or of what a scale says: 3 for milliseconds, 9 for nanoseconds.

    https://docs.snowflake.com/en/sql-reference/functions/to_timestamp
    """
    scale = node.args.get("scale")
    if node.type is None or scale is None:
        return node if node.type is None else _moment_of(node, called_name(node), node.this)
    if not scale.is_int or not 0 <= int(scale.name) <= 9 or kind_of(node.this) != NUMBER or _scale(node.this):
        raise errors.not_emulated(f"TO_TIMESTAMP of {name_of(node.this.type)} with a scale of {scale.sql('snowflake')}")
    made = call("of_nanos", duck_cast(node.this, "HUGEINT"), exp.Literal.number(10 ** (9 - int(scale.name))))
    return made if kind(node.type) == NTZ else in_utc(made)


def _named(node: exp.Anonymous) -> Expr:
    rule = _FUNCTIONS.get(str(node.this).upper())
    return node if rule is None else rule(node)


def _named_conversion(node: exp.Anonymous) -> Expr:
    if len(node.expressions) != 1 or node.type is None:
        return node
    return _moment_of(node, str(node.this).upper(), node.expressions[0])


def _moment_of(node: Expr, called: str, value: Expr) -> Expr:
    """A date or time of a value. Raises 001007 for one that none is made of.

    Recorded: frostlake/functions-to-date, frostlake/DmlCompileBeforeRowsTest.
    """
    assert node.type is not None
    if kind(node.type) == DATE and kind_of(value) in NUMERIC and called == "DATE":  # its day since 1970
        moment = cast(value, of(NTZ, 9))
        return node if moment is None else duck_cast(moment, "DATE")
    made = cast(value, node.type, safe=bool(node.args.get("safe")))
    if made is not None or kind_of(value) == UNKNOWN or (kind_of(value), kind(node.type)) in _LATER:
        return made or node
    written = value.sql(dialect="snowflake").replace('"', "")
    raise errors.invalid_parameter_type(f"{called}({written})".upper(), called)


def _hash(node: exp.Anonymous) -> Expr:
    """Equal numbers have equal hashes, whatever their types: https://docs.snowflake.com/en/sql-reference/functions/hash"""
    node.set(
        "expressions",
        [duck_cast(one, "DOUBLE") if kind_of(one) in (BOOLEAN, *NUMERIC) else one for one in node.expressions],
    )
    return node


# Dates and times


def _as_day_or_moment(node: Expr) -> Expr:
    """A DATE or TIMESTAMP_NTZ as its type says: DuckDB's functions make the one of the other.

    A TIMESTAMP_TZ has been looked at as a TIMESTAMP_NTZ.
    """
    if kind(node.type) == TZ:
        return in_utc(duck_cast(node, "TIMESTAMP"))
    return duck_cast(node, physical(node.type)) if kind(node.type) in (DATE, NTZ) and node.type is not None else node


def _truncated(node: Expr) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/date_trunc"""
    strict_moments("this", called="DATE_TRUNC")(node)
    if kind_of(node.this) == TIME and node.text("unit").upper() not in _OF_TIME:
        raise errors.no_part_of_time(node.text("unit").upper(), called_name(node))
    if _is_nanoseconds(node):
        moment: Expr = node.this
        return moment
    if weeks.is_week(node):
        return weeks.truncated(node)
    if kind_of(node.this) == TIME:
        return _truncated_time(node)
    return _as_day_or_moment(node)  # by whole days, DuckDB's is a date


def _truncated_time(node: Expr) -> Expr:
    if node.text("unit").upper() not in ("HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND"):
        raise errors.not_emulated("DATE_TRUNC of a TIME to more than an hour")
    day = exp.paren(exp.Add(this=duck_cast(exp.Literal.string("1970-01-01"), "DATE"), expression=wrapped(node.this)))
    node.set("this", day)
    return duck_cast(node, "TIME")


def _time_of_parts(node: exp.TimeFromParts) -> Expr:
    """Parts may be beyond their units: https://docs.snowflake.com/en/sql-reference/functions/time_from_parts"""
    parts = [node.args.get(name) or exp.Literal.number(0) for name in ("hour", "min", "sec", "nano")]
    return call("time_of_parts", *parts)


def _moment_of_parts(node: exp.TimestampFromParts) -> Expr:
    """Parts may be beyond their units: https://docs.snowflake.com/en/sql-reference/functions/timestamp_from_parts"""
    if node.args.get("year") is None:  # of a date and a time
        return node
    day = {name: node.args[name] for name in ("year", "month", "day")}
    midnight = duck_cast(exp.DateFromParts(**day, allow_overflow=True), "TIMESTAMP")
    clock = [node.args.get(name) or exp.Literal.number(0) for name in ("hour", "min", "sec", "nano")]
    since = exp.Anonymous(this="to_microseconds", expressions=[call("micros_of_parts", *clock)])
    return exp.paren(exp.Add(this=midnight, expression=since))


def _zoned_of_parts(node: exp.TimestampLtzFromParts | exp.TimestampTzFromParts) -> Expr:
    """The parts are those of the session's time zone: https://docs.snowflake.com/en/sql-reference/functions/timestamp_from_parts"""
    if node.args.get("zone") is not None:
        raise errors.not_emulated(f"{called_name(node)} with a time zone")
    moment = _moment_of_parts(exp.TimestampFromParts(**node.args))
    return cast(moment, of(LTZ if isinstance(node, exp.TimestampLtzFromParts) else TZ, 9), from_=of(NTZ, 9)) or node


def _since(node: exp.DateDiff) -> Expr:
    """A VARIANT is read as what stands beside it: https://docs.snowflake.com/en/sql-reference/functions/datediff

    Recorded: frostlake/VariantDateShiftTest.
    """
    for name, other in (("this", node.expression), ("expression", node.this)):
        if kind_of(other) in (DATE, TIME, *TIMESTAMPS):
            assert other.type is not None
            set_cast(node, name, other.type, (VARIANT,))
    if LTZ in {kind_of(node.this), kind_of(node.expression)}:  # looked at where the session is
        set_cast(node, "this", of(LTZ, 9), (TZ,))
        set_cast(node, "expression", of(LTZ, 9), (TZ,))
    moments("this", "expression")(node)
    if weeks.is_week(node):
        return weeks.since(node)
    if not _is_nanoseconds(node):
        return node
    node.set("unit", exp.var("MICROSECOND"))
    return exp.paren(exp.Mul(this=duck_cast(node, "HUGEINT"), expression=exp.Literal.number(1000)))


def _is_nanoseconds(node: Expr) -> bool:
    return node.text("unit").upper() == "NANOSECOND"


_OF_TIME = {"HOUR", *_SHORT}


def _added(node: exp.DateAdd | exp.TimeAdd) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/dateadd"""
    if kind_of(node.this) == TIME and node.text("unit").upper() not in _OF_TIME:
        raise errors.unknown_part_of_time(node.text("unit").upper(), called_name(node), name_of(node.this.type))
    moments("this")(node)
    if _is_nanoseconds(node):
        node.set("unit", exp.var("MICROSECOND"))
        node.set("expression", call("whole_micros", duck_cast(node.expression, "HUGEINT")))
    if kind(node.type) == TZ:
        return in_utc(node)
    return duck_cast(node, "DATE") if kind(node.type) == DATE else node


def _converted_zone(node: exp.ConvertTimezone) -> Expr:
    """What has no zone is in the session's, unless another is told.

    https://docs.snowflake.com/en/sql-reference/functions/convert_timezone
    """
    has_source = node.args.get("source_tz") is not None
    set_cast(node, "timestamp", of(NTZ if has_source else LTZ, 9), (DATE, VARCHAR, VARIANT, *TIMESTAMPS))
    moment: Expr = node.args["timestamp"]
    return moment if converts_to_utc(node) else node


def formatted(node: Expr) -> Expr:
    """A text read by a format, whose elements sqlglot has turned into DuckDB's, all but `HH`.

    https://docs.snowflake.com/en/sql-reference/date-time-input-output#about-the-elements-used-in-input-and-output-formats
    """
    format_ = node.args.get("format")
    if format_ is None and node.type is not None:
        return _moment_of(node, called_name(node), node.this)
    if not isinstance(format_, exp.Literal) or node.type is None:
        return node
    set_cast(node, "this", types.text())
    text = node.this
    if format_.name.upper() == "AUTO":
        return cast(node.this, node.type, safe=bool(node.args.get("safe"))) or node
    written = re.sub(r"%f_\w+", "%f", re.sub(r"(?<![%A-Za-z])[Hh]{2}(?![A-Za-z])", "%H", format_.name))
    written, value = _without_offset(re.sub("%[:-]z", "%z", written), call("own", node.this), kind(node.type))
    if "%f" in written:
        value = _replaced(value, r"(\.\d{6})0+\b", r"\1")
    if kind(node.type) == DATE and not re.search("%-?[Yyj]", written):  # the first year that is
        written, value = f"%Y {written}", exp.DPipe(this=exp.Literal.string("1970 "), expression=value)
    read: Expr = exp.Anonymous(this="try_strptime", expressions=[value, exp.Literal.string(written)])
    read = _or_refused(read, text, kind(node.type), written)
    if not node.args.get("safe"):
        read = _or_unfit(read, text, kind(node.type), str(node.meta.get(FORMAT, format_.name)))
    if kind(node.type) in TIMESTAMPS and not re.search("%-?[YyjdbBm]", written):
        # A time alone is of the first day that is: https://docs.snowflake.com/en/sql-reference/functions/to_timestamp
        midnight = exp.paren(exp.Add(this=exp.Literal.string("1970-01-01"), expression=duck_cast(read, "TIME")))
        midnight.this.set("this", duck_cast(exp.Literal.string("1970-01-01"), "DATE"))
        read = midnight
    moment = duck_cast(read, physical(node.type))
    return call("to_tz", moment) if kind(node.type) == TZ and "%z" not in written else moment


def _without_offset(written: str, value: Expr, type_: str) -> tuple[str, Expr]:
    """A format and its text; where the type has no offset, without that of the text, whose time of day stays.

    https://docs.snowflake.com/en/sql-reference/data-types-datetime#timestamp-ltz-timestamp-ntz-timestamp-tz
    """
    if "%z" not in written:
        return written, value
    if not written.endswith("%z") and type_ != LTZ:
        raise errors.not_emulated(f"a format of {type_} with an offset that is not its end")
    if type_ in (LTZ, TZ):
        return written, _replaced(value, "Z$", "+0000")  # DuckDB reads no Z
    return written.removesuffix("%z").rstrip(), _replaced(value, r"^(.*?)\s*(?:Z|[+-]\d{2}(?::?\d{2})?)$|^.*$", r"\1")


def _replaced(value: Expr, pattern: str, by: str) -> Expr:
    return exp.Anonymous(this="regexp_replace", expressions=[value, *map(exp.Literal.string, (pattern, by))])


def _or_refused(read: Expr, text: Expr, type_: str, written: str) -> Expr:
    """What has been read, or the refusal of what DuckDB has no place for: finer parts of a second, and offsets."""
    checks = []
    if "%f" in written:
        checks.append(("is_too_fine", "a time with more than six digits of a second"))
    if "%z" in written and type_ == TZ:
        checks.append(("ends_with_offset", "TIMESTAMP_TZ with an offset other than UTC"))
    case = exp.Case()
    for check, feature in checks:
        case = case.when(call(check, text.copy()), fail(2, "|", "TIMESTAMP", feature), copy=False)
    return case.else_(read, copy=False) if checks else read


def _or_unfit(read: Expr, text: Expr, type_: str, format_: str) -> Expr:
    """What has been read, or the error that the text does not fit its format.

    Recorded: frostlake/docs/functions.md (argument strictness); the number as users report it.
    """
    what = "timestamp" if type_ in TIMESTAMPS else type_.lower()
    failing = fail(100096, "|", "TIMESTAMP", "Can't parse '", text, f"' as {what} with format '{format_}'")
    there = exp.Not(this=exp.Is(this=wrapped(text.copy()), expression=exp.Null()))
    return exp.Coalesce(this=read, expressions=[exp.Case().when(there, failing, copy=False)])


# Semi-structured data


def _parsed(node: exp.ParseJSON) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/parse_json"""
    set_cast(node, "this", types.text(), NO_BYTES)
    return call("try_parse_json" if node.args.get("safe") else "parse_json", node.this)


def _key(name: str) -> str:
    """A key as DuckDB looks it up: by a path, or as it is where a path has no way to write it."""
    if re.fullmatch(r"[A-Za-z_]\w*", name):
        return f"$.{name}"
    if not name:
        return "/"
    return f'$."{name}"' if name[:1] in ("$", "/") else name


def _path(key: Expr) -> Expr | None:
    """An element's place, as DuckDB writes a path."""
    if isinstance(key, exp.Literal):
        return exp.Literal.string(_key(key.name) if key.is_string else f"$[{key.name}]")
    if kind_of(key) == VARCHAR:
        pieces = (exp.Literal.string('$."'), key, exp.Literal.string('"'))
    elif kind_of(key) == NUMBER:
        pieces = (exp.Literal.string("$["), duck_cast(key, "VARCHAR"), exp.Literal.string("]"))
    else:
        return None
    return exp.Anonymous(this="concat", expressions=list(pieces))


def _element(node: exp.Bracket | exp.GetExtract) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/get"""
    key = node.expression if isinstance(node, exp.GetExtract) else node.expressions[0]
    _refuse_plain(node.this, key)
    if kind_of(node.this) not in SEMI_STRUCTURED or (path := _path(key)) is None:
        return node
    element = exp.Anonymous(this="json_extract", expressions=[node.this, path])
    return call("strip_null", element) if node.this.meta.get(_ABSENT_NULLS) else element


def _element_of_any_case(node: exp.GetIgnoreCase) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/get_ignore_case"""
    value, key = node.this, node.expression
    if kind_of(value) not in (OBJECT, VARIANT) or kind_of(key) != VARCHAR:
        raise errors.not_emulated(f"GET_IGNORE_CASE of {name_of(value.type)} and {name_of(key.type)}")
    return call("get_ignore_case", value, key)


def _refuse_plain(value: Expr, key: Expr | None) -> None:
    """Raises 001044 for a path in what is no VARIANT. Recorded: frostlake/docs/functions.md (argument strictness)."""
    if kind_of(value) in (NULL, UNKNOWN, *SEMI_STRUCTURED):
        return
    key_type = name_of(key.type) if key is not None else f"VARCHAR({types.MAX_LENGTH})"
    raise errors.wrong_arguments("GET", f"{name_of(value.type)}, {key_type}")


def _by_path(node: exp.JSONExtract) -> Expr:
    """https://docs.snowflake.com/en/user-guide/querying-semistructured"""
    _refuse_plain(node.this, None)
    return node


def _text_by_path(node: exp.JSONExtractScalar) -> Expr:
    """Recorded: frostlake/functions-decoded-text-and-argument-refusal."""
    if kind_of(node.this) == OBJECT:
        path = ".".join(str(part.this) for part in node.expression.expressions[1:])
        raise errors.wrong_arguments("JSON_EXTRACT_PATH_TEXT", f"OBJECT, VARCHAR({max(1, len(path))})")
    return node


def _array(node: exp.Array) -> Expr:
    """An array's elements are of any type; one that is NULL stays in its place.

    https://docs.snowflake.com/en/sql-reference/functions/array_construct
    """
    elements = [wrapped(_inner(one)) for one in node.expressions]
    if not elements:
        return duck_cast(exp.Literal.string("[]"), "JSON")
    written = exp.Anonymous(this="json_array", expressions=elements)
    written.meta[_NEVER_NULL] = True
    if not any(kind_of(one) in (VARIANT, UNKNOWN) for one in node.expressions):
        written.meta[_ABSENT_NULLS] = True
    return written


def _object(node: exp.Struct) -> Expr:
    """Dates, times and bytes in an object are their texts.

    https://docs.snowflake.com/en/sql-reference/functions/object_construct
    """
    if any(not isinstance(pair, exp.PropertyEQ) for pair in node.expressions):
        return node
    _refuse_repeated_keys(node.expressions)
    pairs = [(_field_name(pair.this), _member(pair.expression)) for pair in node.expressions]
    there = [part for pair in pairs if all(map(_is_never_null, pair)) for part in pair]
    written: Expr = exp.Anonymous(this="json_object", expressions=there)
    if maybe := [call("pair", *pair) for pair in pairs if not all(map(_is_never_null, pair))]:
        others = exp.Array(expressions=maybe)
        written = call("object_with", written, others) if there else call("object_of", others)
    written.meta[_NEVER_NULL] = True
    return written


def _refuse_repeated_keys(pairs: list[Expr]) -> None:
    keys = [pair.this.name for pair in pairs]
    for at, key in enumerate(keys):
        if key in keys[:at] and isinstance(pairs[at].this, exp.Identifier | exp.Literal):
            raise errors.failed("100072", "|", f"Duplicate field key '{key}'")


def _object_with_nulls(node: exp.JSONObject) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/object_construct_keep_null"""
    _refuse_repeated_keys(node.expressions)
    pairs = [(_field_name(pair.this), _member(pair.expression)) for pair in node.expressions]
    if all(_is_never_null(key) for key, _ in pairs):
        written = exp.Anonymous(this="json_object", expressions=[part for pair in pairs for part in pair])
        written.meta[_NEVER_NULL] = True
        return written
    for pair, (_, value) in zip(node.expressions, pairs, strict=True):
        pair.set("expression", value)
    return node


_NEVER_NULL = "never NULL"  # under this key an object made here keeps that it is there


def _field_name(written: Expr) -> Expr:
    return exp.Literal.string(written.name) if isinstance(written, exp.Identifier) else text_of(written)


def _member(value: Expr) -> Expr:
    is_number = kind_of(value) == NUMBER and not isinstance(value, exp.Literal)
    return _inner(value) if is_number or kind_of(value) in (FLOAT, BINARY, VARIANT, DATE, TIME, *TIMESTAMPS) else value


def _inner(value: Expr) -> Expr:
    """A value as the VARIANT that an array or object takes, which keeps fewer digits of a fraction than one alone."""
    written = as_(value.copy(), of(VARIANT))
    if not _may_lose_digits(value):
        return written
    checked = call("element", written)
    scale = types.digits(value.type)[1] if value.type is not None and kind_of(value) == NUMBER else _HELD
    if scale >= _HELD:
        return checked
    size = exp.Anonymous(this="abs", expressions=[value])
    is_short = exp.LT(this=size, expression=exp.Literal.number(10 ** (_HELD - scale)))
    return exp.Case().when(is_short, written.copy(), copy=False).else_(checked, copy=False)


_HELD = 15  # a 64-bit float keeps every number of so many digits


def _may_lose_digits(value: Expr) -> bool:
    if value.type is not None and _has_scale(value):
        return types.digits(value.type)[0] > _HELD
    return kind_of(value) == VARIANT and not isinstance(value, exp.JSONExtract)  # what was inside has no more


def _has_scale(value: Expr) -> bool:
    return kind_of(value) == NUMBER and value.type is not None and types.digits(value.type)[1] > 0


def _is_never_null(node: Expr) -> bool:
    return isinstance(node, exp.Literal | exp.Boolean) or bool(node.meta.get(_NEVER_NULL))


def _of_list(name: str, *names: str) -> Rule:
    """A function on arrays that is one of DuckDB's on lists."""

    def rule(node: Expr) -> Expr:
        arguments = branches_of(node, names or ("this",))
        _refuse_no_array(node, *arguments)
        if any(kind_of(argument) not in (ARRAY, VARIANT) for argument in arguments):
            return node
        written: Expr = exp.Anonymous(this=name, expressions=[_elements(argument) for argument in arguments])
        return written if kind(node.type) == BOOLEAN else exp.Anonymous(this="to_json", expressions=[written])

    return rule


def _sorted(node: exp.SortArray) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/array_sort"""
    _refuse_no_array(node, node.this)
    order = [node.args.get(name) for name in ("asc", "nulls_first")]
    if any(one is not None and not isinstance(one, exp.Boolean) for one in order):
        raise errors.not_emulated("ARRAY_SORT with an order that is no constant")
    ascending, nulls_first = (None if one is None else bool(one.this) for one in order)
    sorted_ = call("array_sort" if ascending in (None, True) else "array_sort_desc", duck_cast(node.this, "JSON"))
    if nulls_first in (None, ascending is False):
        return sorted_
    return _no_unclear_null(sorted_, "ARRAY_SORT with nulls_first")


def _greatest(node: exp.ArrayMax) -> Expr:
    """A JSON null is the greatest, and what is not there counts for nothing; an array here has one for both.

    https://docs.snowflake.com/en/sql-reference/functions/array_max
    """
    _refuse_no_array(node, node.this)
    return call("array_max", _no_unclear_null(node.this, "ARRAY_MAX")) if kind_of(node.this) in _ARRAYS else node


def _no_unclear_null(array: Expr, called: str) -> Expr:
    """The array, or a refusal by name if it has a null that may be a JSON null or an element that is not there."""
    if array.meta.get(_ABSENT_NULLS):
        return array
    return call("without_nulls", duck_cast(array, "JSON"), exp.Literal.string(f"{called} of an array with a null"))


_ABSENT_NULLS = "absent nulls"  # under this key an array keeps that its nulls are elements that are not there


def _refuse_no_variant(node: exp.Func) -> None:
    """Raises 001044 for a value that becomes no VARIANT unasked, as a number does and a text does not.

    Recorded: frostlake/docs/functions.md (argument strictness), frostlake/functions-typeof.
    """
    refuse(node, kinds=variant_functions.NO_VARIANT)


def _typeof(node: exp.Typeof) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/typeof"""
    _refuse_no_variant(node)
    source = node.this.meta.get(HELD, kind_of(node.this))
    known = _STATIC.get(source)
    if source == NULL:
        return duck_cast(exp.Null(), "VARCHAR")
    if source == VARIANT:
        return call("variant_kind", node.this)
    if source == NUMBER and _has_scale(node.this) and not isinstance(node.this, exp.Literal):
        node.set("this", as_(node.this, of(VARIANT)))
        source = DECIMAL
    if source == NUMBER:
        return call("variant_kind", as_(node.this, of(VARIANT)))
    if source == DECIMAL:
        there = exp.Not(this=exp.Is(this=wrapped(node.this), expression=exp.Null()))
        return exp.Case().when(there, exp.Literal.string("DECIMAL"), copy=False)
    return node if known is None else exp.Literal.string(known)


_STATIC = {
    FLOAT: "DOUBLE", VARCHAR: "VARCHAR", BOOLEAN: "BOOLEAN", DATE: "DATE", TIME: "TIME", NTZ: NTZ, LTZ: LTZ, TZ: TZ,
    ARRAY: ARRAY, OBJECT: OBJECT, BINARY: BINARY,
}  # fmt: skip


def _to_json(node: exp.JSONFormat) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/to_json"""
    _refuse_no_variant(node)
    return call("json_text", variant_functions.as_variant(node.this))


def _keys(node: exp.JSONKeys) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/object_keys"""
    if kind_of(node.this) not in (NULL, *SEMI_STRUCTURED):
        raise errors.wrong_arguments("OBJECT_KEYS", name_of(node.this.type))
    keys = exp.Anonymous(this="json_keys", expressions=[node.this])
    return exp.Anonymous(this="to_json", expressions=[exp.Anonymous(this="list_sort", expressions=[keys])])


def _elements(node: Expr) -> Expr:
    return call("elements", node)


_ARRAYS = (ARRAY, VARIANT, NULL)


def _refuse_no_array(node: Expr, *arrays: Expr) -> None:
    """Raises 001044 where a function on arrays has none. Recorded: frostlake/docs/functions.md."""
    for one in arrays:
        if kind_of(one) not in (UNKNOWN, *_ARRAYS):
            refuse(node, kinds=(kind_of(one),))


def _array_macro(name: str, *names: str, value: str = "") -> Rule:
    """A function on arrays that is a macro: the arguments of these names, and one that becomes a VARIANT.

    https://docs.snowflake.com/en/sql-reference/functions-semistructured
    """

    def rule(node: Expr) -> Expr:
        _refuse_no_array(node, node.this)
        if kind_of(node.this) not in _ARRAYS:
            return node
        arguments = [duck_cast(node.this, "JSON") if kind_of(node.this) == NULL else node.this]
        for given in branches_of(node, names):
            arguments.append(duck_cast(given, "JSON") if kind_of(given) == NULL and not value else given)
        if value:
            element = node.args[value]
            arguments.append(duck_cast(element, "JSON") if kind_of(element) == NULL else _inner(element))
        return call(name, *arguments)

    return rule


def _array_concat(node: exp.ArrayConcat) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/array_cat"""
    _refuse_no_array(node, node.this, *node.expressions)
    whole: Expr = duck_cast(node.this, "JSON")
    for other in node.expressions:
        whole = call("array_cat", whole, duck_cast(other, "JSON"))
    return whole


def _array_intersection(node: exp.ArrayIntersect) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/array_intersection"""
    _refuse_no_array(node, *node.expressions)
    return call("array_intersection", *(duck_cast(one, "JSON") for one in node.expressions))


def _array_of(node: exp.ArrayConstructCompact) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/array_construct_compact"""
    values = [duck_cast(_inner(one), "JSON") for one in node.expressions]
    listed = exp.Anonymous(this="list_value", expressions=values)
    return call("array_of", duck_cast(listed, "JSON[]"))


def _array_range(node: exp.GenerateSeries) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/array_generate_range"""
    if not node.args.get("is_end_exclusive"):
        return node
    return call("array_range", node.args["start"], node.args["end"], node.args.get("step") or exp.Literal.number(1))


def _array_slice(node: exp.ArraySlice) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/array_slice"""
    if kind_of(node.this) not in _ARRAYS:
        return node
    bounds = (duck_cast(node.args[name], "BIGINT") for name in ("start", "end"))
    return call("array_slice", duck_cast(node.this, "JSON"), *bounds)


def _array_contains(node: exp.ArrayContains) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/array_contains"""
    if kind_of(node.this) not in (ARRAY, VARIANT) or kind_of(node.expression) == UNKNOWN:
        return node
    if kind_of(node.expression) in variant_functions.NO_VARIANT:
        raise errors.wrong_arguments("ARRAY_CONTAINS", f"{name_of(node.expression.type)}, ARRAY")
    value = as_(node.expression, of(VARIANT))
    return exp.Anonymous(this="list_contains", expressions=[_elements(node.this), value])


def _array_position(node: exp.ArrayPosition) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/array_position"""
    if kind_of(node.this) not in (ARRAY, VARIANT, NULL) or kind_of(node.expression) == UNKNOWN:
        return node
    if kind_of(node.expression) in variant_functions.NO_VARIANT:
        raise errors.wrong_arguments("ARRAY_POSITION", f"{name_of(node.expression.type)}, ARRAY")
    array = duck_cast(node.this, "JSON") if kind_of(node.this) == NULL else node.this
    value = as_(node.expression, of(VARIANT))
    place = exp.Anonymous(this="list_position", expressions=[_elements(array), value])
    return exp.paren(exp.Sub(this=place, expression=exp.Literal.number(1)))


def _object_insert(node: exp.ObjectInsert) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/object_insert"""
    if kind_of(node.this) not in SEMI_STRUCTURED or kind_of(node.args["value"]) == UNKNOWN:
        return node
    key, value = text_of(node.args["key"]), _inner(node.args["value"])
    may_replace = node.args.get("update_flag") or exp.Boolean(this=False)
    return call("object_insert", node.this, key, duck_cast(value, "JSON"), may_replace)


def _object_delete(node: exp.Anonymous) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/object_delete"""
    this, *keys = node.expressions
    if kind_of(this) not in SEMI_STRUCTURED:
        return node
    return call("object_keep", this, _plain_list(keys), exp.Boolean(this=False))


def _object_pick(node: exp.Anonymous) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/object_pick"""
    this, *keys = node.expressions
    if kind_of(this) not in SEMI_STRUCTURED or any(kind_of(key) == ARRAY for key in keys):
        return node
    return call("object_keep", this, _plain_list(keys), exp.Boolean(this=True))


def _plain_list(values: list[Expr]) -> Expr:
    return exp.Anonymous(this="list_value", expressions=[text_of(value) for value in values])


def _array_to_string(node: exp.ArrayToString) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/array_to_string"""
    _refuse_no_array(node, node.this)
    if kind_of(node.this) not in SEMI_STRUCTURED:
        return node
    return call("array_text", _no_unclear_null(node.this, "ARRAY_TO_STRING"), text_of(node.expression))


def _split(node: exp.Split) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/split; recorded: frostlake/functions-split-to-table."""
    for place, argument in enumerate((node.this, node.expression), start=1):
        if node.meta.get(OF_ROWS) and kind_of(argument) not in (VARCHAR, VARIANT, NULL, UNKNOWN):
            raise errors.invalid_parameter_type(name_of(argument.type), str(place))
    texts("this", "expression")(node)
    return node


def _to_array(node: exp.ToArray) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/to_array"""
    source = kind_of(node.this)
    if source in (UNKNOWN, ARRAY):
        return node if source == UNKNOWN else node.this
    if source == VARIANT:
        return call("to_array", node.this)
    return call("one_array", _inner(node.this))


def _months_added(node: exp.AddMonths) -> Expr:
    moments("this")(node)
    return _as_day_or_moment(node)


def _array_size(node: exp.ArraySize) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/array_size"""
    return call("array_size", node.this) if kind_of(node.this) in SEMI_STRUCTURED else node


def _extracted(node: exp.Extract) -> Expr:
    """Whole seconds since 1970, where DuckDB has a fraction, too."""
    has_utc = kind_of(node.expression) == TZ
    strict_moments("expression", called="EXTRACT")(node)
    if (of_week := weeks.extracted(node)) is not None:
        return of_week
    part = node.name.upper()
    if part in _OFFSET_PARTS:
        named = exp.Literal.string(_OFFSET_PARTS[part])
        offset = exp.Anonymous(this="date_part", expressions=[named, node.expression])
        return exp.Literal.number(0) if has_utc else duck_cast(offset, "INTEGER")
    if part.startswith("EPOCH") and kind_of(node.expression) == LTZ:
        node.set("expression", in_utc(node.expression))
    if (unit := _EPOCHS.get(part)) and kind_of(node.expression) != DATE:  # which DuckDB rounds to
        whole = exp.Anonymous(this="date_trunc", expressions=[exp.Literal.string(unit), node.expression])
        node.set("expression", whole)
    is_epoch = _EPOCHS.get(part) == "second"
    return duck_cast(exp.Anonymous(this="floor", expressions=[node]), "BIGINT") if is_epoch else node


_EPOCHS = {
    **dict.fromkeys(("EPOCH", "EPOCH_SECOND", "EPOCH_SECONDS"), "second"),
    **dict.fromkeys(("EPOCH_MILLISECOND", "EPOCH_MILLISECONDS"), "millisecond"),
}
_OFFSET_PARTS = {
    **dict.fromkeys(("TZH", "TIMEZONE_HOUR"), "TIMEZONE_HOUR"),
    **dict.fromkeys(("TZM", "TIMEZONE_MINUTE"), "TIMEZONE_MINUTE"),
}


def _similarity(node: exp.JarowinklerSimilarity) -> Expr:
    """Whole percents, not rounded: https://docs.snowflake.com/en/sql-reference/functions/jarowinkler_similarity"""
    texts = [exp.Lower(this=text_of(one)) for one in (node.this, node.expression)]
    return duck_cast(call("percent", exp.Anonymous(this="jaro_winkler_similarity", expressions=texts)), "INTEGER")


def _concat_ws(node: exp.ConcatWs) -> Expr:
    """One value alone needs no separator. Recorded: frostlake/ConcatWsTest."""
    texts("expressions")(node)
    if len(node.expressions) < 2:
        raise errors.not_enough_arguments("CONCAT_WS", 2, len(node.expressions))
    return text_of(node.expressions[1]) if len(node.expressions) == 2 else node


def _distance(node: exp.Levenshtein) -> Expr:
    """No distance is more than the one that is told, nor less than none. Recorded: frostlake/EditDistanceTest."""
    texts("this", "expression")(node)
    if (most := node.args.get("max_dist")) is not None:
        node.set("max_dist", call("or_none", most))
    return node


def _counted(node: exp.Count) -> Expr:
    """Distinct VARIANTs are those that compare as different. Recorded: frostlake/docs/functions.md."""
    more = node.expressions
    if more and not isinstance(node.this, exp.Distinct):  # the rows in which none is NULL
        there = [exp.Not(this=exp.Is(this=wrapped(one), expression=exp.Null())) for one in (node.this, *more)]
        counted = exp.Case().when(exp.and_(*there), exp.Literal.number(1), copy=False)
        return exp.Count(this=counted, big_int=True)
    if isinstance(node.this, exp.Distinct):
        values = node.this.expressions
        node.this.set("expressions", [call("key", one) if kind_of(one) == VARIANT else one for one in values])
    return node


def _limited(node: exp.Limit | exp.Offset) -> Expr:
    """An empty text and NULL are no limit, and no offset: https://docs.snowflake.com/en/sql-reference/constructs/limit"""
    count = node.expression
    if isinstance(count, exp.Literal) and not count.name:
        node.set("expression", exp.Null())
    return node


def _length(node: exp.Length) -> Expr:
    """Of a text, DuckDB need not ask whether it is a BLOB, in an expression that has it three times."""
    texts_or_bytes("this")(node)
    if kind_of(node.this) == VARCHAR:
        node.set("binary", None)
    return node


def _count_if(node: exp.CountIf) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/count_if"""
    if kind_of(node.this) not in (BOOLEAN, NULL, UNKNOWN):
        told = f"{name_of(node.this.type)}, NUMBER(1,0), NUMBER(1,0)"
        raise errors.wrong_arguments("IFF", told)
    return node


def _removed(node: exp.ArrayRemove) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/array_remove"""
    if kind_of(node.expression) in variant_functions.NO_VARIANT:
        raise errors.wrong_arguments("ARRAY_REMOVE", f"{name_of(node.this.type)}, {name_of(node.expression.type)}")
    return _array_macro("array_remove", value="expression")(node)


def _truths(node: exp.Func) -> Expr:
    """Numbers that are zero or not; a BOOLEAN is none. Recorded: frostlake/docs/functions.md (BOOLAND)."""
    refuse(node, kinds=(BOOLEAN,))
    return node


def _all_or_any(node: exp.LogicalAnd | exp.LogicalOr | exp.BoolxorAgg) -> Expr:
    """Recorded: frostlake/docs/functions.md (BOOLOR_AGG)."""
    if kind_of(node.this) in (FLOAT, DATE, TIME, BINARY, OBJECT, ARRAY, *TIMESTAMPS):
        raise errors.not_to_boolean(node.this.sql(dialect="snowflake").replace('"', ""))
    return booleans("this")(node)


def _by_pattern(node: Expr) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions-regexp"""
    pattern = node.args["expression"].unnest()
    if not isinstance(pattern, exp.Literal | exp.Null) or not (isinstance(pattern, exp.Null) or pattern.is_string):
        raise errors.not_emulated(f"{called_name(node)} with a pattern that is no constant")
    return texts("this", "expression")(node)


def _regexp_replaced(node: exp.RegexpReplace) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/regexp_replace

    Recorded: frostlake/functions-regexp.
    """
    _by_pattern(node)
    flags = node.args.get("modifiers")
    if not any((node.args.get("position"), node.args.get("occurrence"), flags)):
        return node
    if flags is not None and not (isinstance(flags, exp.Literal) and set(flags.name) <= set("cimse")):
        raise errors.not_emulated("REGEXP_REPLACE with these parameters")
    pattern, letters = node.expression, "".join(letter for letter in "ims" if flags and letter in flags.name)
    if letters:
        pattern = exp.DPipe(this=exp.Literal.string(f"(?{letters})"), expression=pattern)
    first, which = (node.args.get(name) or exp.Literal.number(at) for name, at in (("position", 1), ("occurrence", 0)))
    return call("replaced", node.this, pattern, node.args.get("replacement") or exp.Literal.string(""), first, which)


def _like(node: exp.Like | exp.ILike) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/like_any"""
    texts("this", "expression")(node)
    return node if isinstance(node.parent, exp.Escape) else _of_patterns(node, node)


def _of_patterns(like: Expr, whole: Expr) -> Expr:
    """LIKE ANY and LIKE ALL, with what stands around it: a pattern that is NULL does not count, unless all are.

    Recorded: frostlake/query-like-any-all.
    """
    quantified = like.args.get("expression")
    listed = quantified.this.unnest() if isinstance(quantified, exp.Any | exp.All) else None
    if listed is None or isinstance(listed, exp.Query):
        return whole
    patterns = listed.expressions if isinstance(listed, exp.Tuple) else [listed]
    if all(isinstance(pattern, exp.Literal) for pattern in patterns):
        return whole
    is_one = exp.or_(*(pattern.copy().is_(exp.Null()).not_() for pattern in patterns))
    if isinstance(quantified, exp.Any):
        is_none = exp.Case().when(exp.and_(like.this.copy().is_(exp.Null()).not_(), is_one), exp.false())
        return exp.Coalesce(this=whole.copy(), expressions=[is_none])
    for pattern in patterns:
        pattern.replace(exp.Coalesce(this=pattern.copy(), expressions=[exp.Literal.string("%")]))
    return exp.Case().when(is_one, whole.copy())


_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.EqualNull)
_ONE_TEXT = (exp.Upper, exp.Lower, exp.Initcap, exp.Unicode, exp.Soundex)
_TEXT_OR_BYTES = (exp.MD5, exp.MD5Digest, exp.SHA, exp.SHA1Digest, exp.Hex)
_TWO_TEXTS = (
    *(exp.Trim, exp.RegexpLike),
    *(exp.RegexpCount, exp.RegexpInstr),
)
_ONE_NUMBER = (
    *(exp.Abs, exp.Sign, exp.Cbrt),
    *(exp.Sin, exp.Cos, exp.Degrees, exp.Radians, exp.Factorial),
)
_OF_LIMITED_RANGE = (
    *(exp.Sqrt, exp.Exp, exp.Ln, exp.Acos, exp.Asin, exp.Acosh, exp.Atanh, exp.Cosh, exp.Sinh, exp.Cot, exp.Tan),
    *(exp.Log, exp.Pow),
)
_OF_NUMBERS = (exp.Sum, exp.Stddev, exp.StddevPop, exp.StddevSamp)
_ONE_MOMENT = (
    *(exp.Year, exp.Month, exp.Day, exp.Quarter, exp.Hour, exp.Minute, exp.Second),
    *(exp.DayOfMonth, exp.DayOfYear, exp.DayOfWeekIso, exp.WeekOfYear, exp.YearOfWeekIso),
)

_TRANSLATIONS: Mapping[type[Expr], Rule] = {
    **text_functions.TRANSLATIONS,
    **bytes_functions.TRANSLATIONS,
    **row_numbers.TRANSLATIONS,
    **weeks.TRANSLATIONS,
    **flattening.TRANSLATIONS,
    **dict.fromkeys(_COMPARISONS, _comparison),
    **dict.fromkeys(_ONE_TEXT, texts("this")),
    **dict.fromkeys(_TEXT_OR_BYTES, texts_or_bytes("this")),
    **dict.fromkeys(_TWO_TEXTS, texts("this", "expression")),
    **dict.fromkeys((exp.Like, exp.ILike), _like),
    exp.Escape: lambda node: _of_patterns(node.this, node),
    **dict.fromkeys(_ONE_NUMBER, floats("this")),
    **dict.fromkeys(_OF_NUMBERS, _aggregate_of_floats),
    **dict.fromkeys(_ONE_MOMENT, strict_moments("this", called="EXTRACT")),
    **dict.fromkeys((exp.Dayname, exp.Monthname, exp.NextDay, exp.PreviousDay), moments("this")),
    exp.RegexpReplace: _regexp_replaced,
    exp.RegexpExtract: _by_pattern,
    **dict.fromkeys((exp.Where, exp.Having, exp.Qualify), _predicate("this")),
    **dict.fromkeys((exp.Join, exp.Merge), _predicate("on")),
    exp.And: _connected,
    exp.Or: _connected,
    exp.Not: booleans("this"),
    exp.Between: _between,
    exp.In: _in,
    exp.Nullif: _nullif,
    exp.Coalesce: _coalesced,
    exp.Values: _rows,
    exp.Greatest: _same_branches,
    exp.Least: _same_branches,
    exp.If: _if,
    exp.Nvl2: _nvl2,
    exp.Case: _case,
    exp.DecodeCase: _decode,
    exp.Add: _arithmetic,
    exp.Sub: _arithmetic,
    exp.Mul: _arithmetic,
    exp.Div: _arithmetic,
    exp.Mod: _arithmetic,
    exp.Neg: _negated,
    exp.Avg: _plain_average,
    exp.Window: _window,
    exp.Min: _extreme,
    exp.Max: _extreme,
    exp.Ordered: _ordered,
    exp.Order: _order,
    exp.CountIf: _count_if,
    exp.Count: _counted,
    exp.Limit: _limited,
    exp.Offset: _limited,
    exp.Round: _round,
    exp.Trunc: _round,
    exp.WidthBucket: _bucket,
    exp.BitwiseNot: _of_bits("bits_not"),
    exp.BitwiseAnd: _of_bits("bits_and"),
    exp.BitwiseOr: _of_bits("bits_or"),
    exp.BitwiseXor: _of_bits("bits_xor"),
    exp.BitwiseLeftShift: _of_bits("bits_left"),
    exp.BitwiseRightShift: _of_bits("bits_right"),
    exp.BitwiseAndAgg: _of_all_bits("bit_and"),
    exp.BitwiseOrAgg: _of_all_bits("bit_or"),
    exp.BitwiseXorAgg: _of_all_bits("bit_xor"),
    exp.RegrSlope: _slope,
    **dict.fromkeys((exp.Corr, exp.CovarPop, exp.CovarSamp), _together),
    exp.ApproxQuantile: _percentile,
    exp.IsArray: _is_array,
    exp.Ceil: _up_or_down,
    exp.Floor: _up_or_down,
    **dict.fromkeys(_OF_LIMITED_RANGE, _finite),
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.ToBoolean: _converted,
    exp.ToDouble: _converted,
    exp.ToNumber: _to_number,
    exp.ToVariant: _converted,
    exp.Time: _converted,
    exp.ToChar: _to_char,
    exp.MonthsBetween: _months_between,
    exp.UnixToTime: _from_number,
    exp.ConvertTimezone: _converted_zone,
    exp.Anonymous: _named,
    exp.StrToTime: formatted,
    exp.TsOrDsToDate: formatted,
    exp.TsOrDsToTime: formatted,
    exp.ParseJSON: _parsed,
    **dict.fromkeys((exp.Union, exp.Except, exp.Intersect), _set_operation),
    exp.TimestampTrunc: _truncated,
    exp.DateTrunc: _truncated,
    exp.TimeFromParts: _time_of_parts,
    exp.TimestampFromParts: _moment_of_parts,
    **dict.fromkeys((exp.TimestampLtzFromParts, exp.TimestampTzFromParts), _zoned_of_parts),
    exp.DateAdd: _added,
    exp.TimeAdd: _added,
    exp.AddMonths: _months_added,
    exp.DateDiff: _since,
    exp.Extract: _extracted,
    exp.Bracket: _element,
    exp.GetExtract: _element,
    exp.GetIgnoreCase: _element_of_any_case,
    exp.JSONExtract: _by_path,
    exp.JSONExtractScalar: _text_by_path,
    exp.Array: _array,
    exp.ArrayConcat: _array_concat,
    exp.ArrayAppend: _array_macro("array_append", value="expression"),
    exp.ArrayPrepend: _array_macro("array_prepend", value="expression"),
    exp.ArrayReverse: _array_macro("array_reverse"),
    exp.Flatten: _array_macro("array_flatten"),
    exp.ArrayInsert: _array_macro("array_insert", "position", value="expression"),
    exp.ArrayRemove: _removed,
    **dict.fromkeys((exp.Booland, exp.Boolor, exp.Boolnot, exp.Xor), _truths),
    **dict.fromkeys((exp.LogicalAnd, exp.LogicalOr, exp.BoolxorAgg), _all_or_any),
    exp.ArrayRemoveAt: _array_macro("array_remove_at", "position"),
    exp.ArrayExcept: _array_macro("array_except", "expression"),
    exp.ArraySlice: _array_slice,
    exp.ArrayConstructCompact: _array_of,
    exp.GenerateSeries: _array_range,
    exp.StripNullValue: _array_macro("strip_null"),
    exp.ArrayContains: _array_contains,
    exp.ArrayPosition: _array_position,
    exp.ArrayToString: _array_to_string,
    exp.ArraySize: _array_size,
    exp.ObjectInsert: _object_insert,
    exp.Struct: _object,
    exp.JSONObject: _object_with_nulls,
    exp.ArrayDistinct: _of_list("list_distinct"),
    exp.ArrayCompact: _array_macro("array_compact"),
    exp.SortArray: _sorted,
    exp.ArrayMin: _array_macro("array_min"),
    exp.ArrayMax: _greatest,
    exp.ArrayOverlaps: _array_macro("arrays_overlap", "expression"),
    exp.ArrayIntersect: _array_intersection,
    exp.Median: _median,
    exp.WithinGroup: _within_group,
    exp.ArrayAgg: _collected,
    exp.ObjectAgg: _object_agg,
    exp.Variance: _of_numbers_exactly,
    exp.VariancePop: _of_numbers_exactly,
    exp.ToArray: _to_array,
    exp.JSONKeys: _keys,
    exp.JSONFormat: _to_json,
    # https://docs.snowflake.com/en/sql-reference/functions/is_null_value
    exp.IsNullValue: lambda node: call("is_null_value", node.this) if kind_of(node.this) == VARIANT else node,
    exp.Typeof: _typeof,
    exp.Split: _split,
    exp.JarowinklerSimilarity: _similarity,
    exp.ConcatWs: _concat_ws,
    exp.Levenshtein: _distance,
    exp.Translate: texts("this", "from_", "to"),
    exp.Replace: texts("this", "expression", "replacement"),
    exp.Length: _length,
    exp.SplitPart: texts("this", "delimiter"),
    exp.Strtok: texts("this", "delimiter"),
    exp.GroupConcat: lambda node: _collected(texts("this", "separator", called="LISTAGG")(node)),
}

_FUNCTIONS: Mapping[str, Rule] = {
    **dict.fromkeys(("TO_DATE", "DATE", "TO_TIMESTAMP", "TO_TIMESTAMP_NTZ", "TO_TIMESTAMP_LTZ"), _named_conversion),
    **dict.fromkeys(("TO_TIMESTAMP_TZ", "TO_TIME"), _named_conversion),
    **variant_functions.FUNCTIONS,
    "HASH": _hash,
    "OBJECT_DELETE": _object_delete,
    "OBJECT_PICK": _object_pick,
}
