"""The types of expressions: sqlglot's rules for Snowflake, and a table of those that it lacks or has otherwise.

A rule is a function from an expression, whose arguments have their types, to a type; None if it is not known.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlglot import exp
from sqlglot.optimizer.annotate_types import TypeAnnotator
from sqlglot.optimizer.scope import Scope, find_all_in_scope, traverse_scope

from ..language.dialect import StrictSnowflake
from . import row_numbers, types, variant_functions
from .arguments import branches_of
from .current_time import digits as digits_of_now
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
    TIME,
    TIMESTAMPS,
    TZ,
    UNKNOWN,
    VARCHAR,
    VARIANT,
    as_number,
    common,
    digits,
    kind,
    kind_of,
    number,
    of,
    text,
)

Type = exp.DataType | None
Rule = Callable[[Any], Type]


def _literal(node: exp.Literal) -> Type:
    """`1.25` is a NUMBER(3,2), and 'ab' a VARCHAR(2); a number that has kept its exponent is a FLOAT."""
    if node.is_string:
        return text(max(1, len(node.name)))
    whole, _, fraction = node.name.partition(".")
    if not (whole + fraction).isdigit():
        return of(FLOAT)
    return number(max(1, len(whole.lstrip("0"))) + len(fraction), len(fraction))


def _operands(node: exp.Binary) -> tuple[str, str]:
    return kind_of(node.this), kind_of(node.expression)


def _arithmetic(combined: Callable[[int, int, int, int], Type]) -> Rule:
    """Operators on numbers; FLOAT as soon as one operand is, or comes from a VARIANT, or a text is beside no number.

    https://docs.snowflake.com/en/sql-reference/operators-arithmetic; of texts: recorded, frostlake/docs/operators.md.
    """

    def rule(node: exp.Binary) -> Type:
        kinds = set(_operands(node)) - {NULL}
        if not kinds <= {*NUMERIC, VARCHAR, VARIANT}:
            return None
        if FLOAT in kinds or VARIANT in kinds or kinds == {VARCHAR}:
            return of(FLOAT)
        left, right = operand(node.this), operand(node.expression)
        if left is None or right is None:
            left = right = left or right
        return combined(*left, *right) if left and right else None

    return rule


def operand(node: exp.Expr) -> tuple[int, int] | None:
    """Precision and scale of what stands beside a NUMBER; a text has 18 digits, a literal those of its fraction."""
    inner = node.unnest()
    if isinstance(inner, exp.Literal) and inner.is_string:
        written = re.fullmatch(r"\s*[+-]?\d+(?:\.(\d*))?\s*", inner.name)
        return as_number(inner.type) if written is None else (18, min(5, len(written[1] or "")))
    return as_number(node.type)


def _sum(p1: int, s1: int, p2: int, s2: int) -> Type:
    scale = max(s1, s2)
    return number(max(p1 - s1, p2 - s2) + 1 + scale, scale)


def _product(p1: int, s1: int, p2: int, s2: int) -> Type:
    scale = min(s1 + s2, max(s1, s2, 12))
    return number(p1 - s1 + p2 - s2 + scale, scale)


def _quotient(p1: int, s1: int, p2: int, s2: int) -> Type:
    scale = max(s1, min(s1 + 6, 12))
    return number(p1 - s1 + s2 + scale, scale)


def _remainder(p1: int, s1: int, p2: int, s2: int) -> Type:
    scale = max(s1, s2)
    return number(max(p1 - s1, p2 - s2) + scale, scale)


def _plus_or_minus(node: Any) -> Type:
    """Days are added to a DATE; two dates are days apart."""
    left, right = _operands(node)
    interval = next((side for side in (node.this, node.expression) if isinstance(side.unnest(), exp.Interval)), None)
    if interval is not None:
        moment = node.expression if interval is node.this else node.this
        unit = interval.unnest().text("unit").upper().rstrip("S")
        return of(NTZ, 9) if kind_of(moment) == DATE and unit not in _DAYS_OR_MORE else moment.type
    if left == DATE and right == DATE and isinstance(node, exp.Sub):
        return number(9)
    if left == DATE and right in NUMERIC:
        return _type(node.this)
    if right == DATE and left in NUMERIC and isinstance(node, exp.Add):
        return _type(node.expression)
    return _arithmetic(_sum)(node)


_DAYS_OR_MORE = frozenset({"DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "DECADE", "CENTURY", "MILLENNIUM", ""})


def _total(node: exp.Sum) -> Type:
    """https://docs.snowflake.com/en/sql-reference/functions/sum"""
    argument = _aggregated(node)
    if kind(argument) == NUMBER and argument is not None:
        precision, scale = digits(argument)
        return number(precision + 12, scale)
    return of(FLOAT) if kind(argument) in (FLOAT, VARCHAR, VARIANT) else None


def _average(node: exp.Avg) -> Type:
    """The sum divided by the count: https://docs.snowflake.com/en/sql-reference/functions/avg"""
    argument = _aggregated(node)
    if kind(argument) == NUMBER and argument is not None:
        precision, scale = digits(argument)
        window = node.parent if isinstance(node.parent, exp.Window) else None
        if window is not None and (window.args.get("spec") or not window.args.get("order")):
            return number(precision + 15, scale + 3)  # Recorded: frostlake/docs/functions.md
        return _quotient(min(38, precision + 12), scale, 18, 0)
    return of(FLOAT) if kind(argument) in (FLOAT, VARCHAR, VARIANT) else None


def _variance(node: exp.AggFunc) -> Type:
    """https://docs.snowflake.com/en/sql-reference/functions/variance; the digits are recorded."""
    argument = _aggregated(node)
    if kind(argument) == NUMBER and argument is not None:
        return number(38, min(12, 2 * digits(argument)[1] + 6))
    return of(FLOAT) if kind(argument) in (FLOAT, VARCHAR, VARIANT) else None


def _ordered_set(node: exp.WithinGroup) -> Type:
    """PERCENTILE_CONT has the type of what it orders, a NUMBER with three more digits behind the point.

    https://docs.snowflake.com/en/sql-reference/functions/percentile_cont
    """
    if not isinstance(node.this, exp.PercentileCont | exp.PercentileDisc):
        return _type(node.this)
    type_ = _type(node.expression.expressions[0].this)
    if kind(type_) != NUMBER or type_ is None or isinstance(node.this, exp.PercentileDisc):
        return type_
    precision, scale = digits(type_)
    return number(precision + 3, scale + 3)


def _aggregated(node: exp.AggFunc) -> Type:
    inner = node.this
    return _type(inner.expressions[0] if isinstance(inner, exp.Distinct) else inner)


def _type(node: exp.Expr) -> Type:
    return node.type


def _same(node: Any) -> Type:
    return _aggregated(node) if isinstance(node, exp.AggFunc) else node.this.type


def _branches(*names: str) -> Rule:
    def rule(node: exp.Expr) -> Type:
        return common_of(branches_of(node, names))

    return rule


def common_of(nodes: Sequence[exp.Expr]) -> Type:
    """The type that values are chosen as; a text that spells a number is that number beside others.

    Recorded: frostlake/ConditionalFoldFamiliesTest.
    """
    there = [node for node in nodes if kind_of(node) != NULL]
    is_spelled = {kind_of(node) for node in there} == {NUMBER, VARCHAR}
    return common(
        [_spelled(node) if is_spelled else node.type for node in there],
        has_null=any(kind_of(node) == NULL for node in nodes),
    )


def _spelled(node: exp.Expr) -> Type:
    written = node.unnest()
    if not isinstance(written, exp.Literal) or not _NUMBER_IN_TEXT.fullmatch(written.name):
        return node.type
    return _literal(exp.Literal(this=format(Decimal(written.name).copy_abs().normalize(), "f"), is_string=False))


_NUMBER_IN_TEXT = re.compile(r"[-+]?\d{1,38}(\.\d{1,37})?")


def case_results(node: exp.Case) -> list[exp.Expr]:
    results = [branch.args["true"] for branch in node.args["ifs"]]
    return [*results, node.args["default"]] if node.args.get("default") is not None else results


def _if(node: exp.If) -> Type:
    """IFF and what sqlglot reads as one: ZEROIFNULL, whose zero counts as two digits, DIV0 and their kin."""
    otherwise = node.args.get("false")
    if otherwise is None or node.args["true"] != exp.Literal.number(0):
        return _branches("true", "false")(node)
    if isinstance(node.this, exp.Is):
        return common([otherwise.type, number(2)]) if kind_of(otherwise) == NUMBER else _type(otherwise)
    if isinstance(otherwise, exp.Div):
        return _type(otherwise)
    return _branches("true", "false")(node)


def decode_results(node: exp.DecodeCase) -> list[exp.Expr]:
    arguments = node.expressions
    results = arguments[2::2]
    return [*results, arguments[-1]] if len(arguments) % 2 == 0 else results


def _rounded(node: Any) -> Type:
    """One digit more for what is carried, and what a negative scale needs.

    Recorded: frostlake/docs/functions.md (what the rounding family declares).
    """
    places = node.args.get("decimals")
    if kind_of(node.this) == VARCHAR and places is not None:
        precision, scale = types.OF_TEXT
    elif kind_of(node.this) == NUMBER:
        precision, scale = digits(node.this.type)
    else:
        return of(FLOAT) if kind_of(node.this) in (FLOAT, VARCHAR, VARIANT) else None
    kept = written_places(places)
    if kept is None:
        return number(max(18, precision + 1), scale)
    if kept >= scale:
        return number(precision, scale)
    return number(precision + 1 + max(0, scale - kept - precision), max(kept, 0))


def written_places(places: exp.Expr | None) -> int | None:
    """The digits that ROUND and its kin are told to keep; None if they are no literal."""
    inner = places.this if isinstance(places, exp.Neg) else places
    if places is None or (isinstance(inner, exp.Literal) and inner.is_int and not inner.is_string):
        return 0 if inner is None else int(inner.name) * (-1 if inner is not places else 1)
    return None


def _magnitude(node: exp.Abs) -> Type:
    """Recorded: frostlake/docs/functions.md (what the rounding family declares)."""
    if kind_of(node.this) != NUMBER or node.this.type is None:
        return _float(node)
    precision, scale = digits(node.this.type)
    return number(max(precision, scale + 2), scale)


def _float(node: exp.Expr) -> Type:
    return of(FLOAT) if kind_of(node.this) in (FLOAT, VARCHAR, VARIANT) else None


def _added(node: exp.DateAdd | exp.TimeAdd) -> Type:
    """A DATE stays one unless hours or less are added: https://docs.snowflake.com/en/sql-reference/functions/dateadd"""
    moment = node.this.type
    if kind(moment) == DATE:
        return moment if node.text("unit").upper() in _DAYS_OR_MORE else of(NTZ, 9)
    return of(NTZ, 9) if kind(moment) in (VARCHAR, VARIANT) else moment


def _truncated(node: exp.TimestampTrunc) -> Type:
    return of(NTZ, 9) if kind(node.this.type) in (VARCHAR, VARIANT) else node.this.type


def _cast(node: exp.Cast) -> Type:
    return declared(node.to)


def declared(type_: exp.DataType) -> exp.DataType | None:
    """A type as it is written, with the parameters that it has when they are left out."""
    word = kind(type_)
    if word == NUMBER:
        return number(*digits(type_)) if type_.this == exp.DType.DECIMAL else number(38)
    if word in (VARCHAR, BINARY):
        return of(word, types.length(type_))
    if word in (TIME, *TIMESTAMPS):
        return of(word, types.fraction(type_))
    if word in (ARRAY, OBJECT) and type_.expressions:
        return _structured(type_)
    return None if word in (UNKNOWN, NULL) else of(word)


def _structured(type_: exp.DataType) -> exp.DataType:
    """An ARRAY of one type, or an OBJECT of named ones.

    https://docs.snowflake.com/en/sql-reference/data-types-structured
    """
    parts = [
        exp.ColumnDef(this=part.this.copy(), kind=part.kind and declared(part.kind))
        if isinstance(part, exp.ColumnDef)
        else declared(part)
        for part in type_.expressions
    ]
    return exp.DataType(this=type_.this, expressions=parts, nested=True)


def _to_number(node: exp.ToNumber) -> Type:
    precision, scale = node.args.get("precision"), node.args.get("scale")
    return number(
        int(precision.name) if isinstance(precision, exp.Literal) else 38,
        int(scale.name) if isinstance(scale, exp.Literal) else 0,
    )


def converts_to_utc(node: exp.Expr) -> bool:
    """Whether the answer is a TIMESTAMP_TZ, which is UTC's alone here; that of another zone is its time of day.

    https://docs.snowflake.com/en/sql-reference/functions/convert_timezone
    """
    target = node.args["target_tz"]
    is_utc = isinstance(target, exp.Literal) and target.name.upper() in ("UTC", "ETC/UTC")
    return is_utc and node.args.get("source_tz") is None


def _to_time_type(node: exp.Expr) -> Type:
    target = node.args.get("target_type")
    return declared(target) if isinstance(target, exp.DataType) else of(NTZ, 9)


def _bucket(node: exp.WidthBucket) -> Type:
    """Recorded: frostlake/docs/functions.md (what SIGN and WIDTH_BUCKET declare)."""
    count = node.args["num_buckets"]
    return number(max(2, len(count.name)) if isinstance(count, exp.Literal) else 38)


def _subquery(node: exp.Subquery) -> Type:
    query = node.this
    return query.selects[0].type if isinstance(query, exp.Query) and len(query.selects) == 1 else None


def _text_or_bytes(*names: str) -> Rule:
    """A BINARY as soon as one argument is, of all their bytes; else a VARCHAR.

    Recorded: frostlake/BinaryConcatenationWidthTest.
    """

    def rule(node: exp.Expr) -> Type:
        sizes = [types.length(one.type) for one in branches_of(node, names) if one.type and kind_of(one) == BINARY]
        return of(BINARY, min(sum(sizes), types.MAX_BYTES)) if sizes else text()

    return rule


def _part(node: exp.Expr) -> Type:
    return _type(node.this) if kind_of(node.this) in (VARCHAR, BINARY) else text()


def _bits(*names: str, more: int = 0) -> Rule:
    """As many digits as the widest of these arguments has before the point.

    Recorded: frostlake/BitwiseResultWidthTest.
    """

    def rule(node: exp.Expr) -> Type:
        widths = [_digits_before_point(one, float_=18 if more else 2) for one in branches_of(node, names)]
        return number(min(38, max(widths) + more) if max(widths) > 1 else 2)

    return rule


def _digits_before_point(node: exp.Expr, *, float_: int) -> int:
    if kind_of(node) == NUMBER and node.type is not None:
        precision, scale = digits(node.type)
        return precision - scale
    return {VARCHAR: max(13, float_), FLOAT: float_, VARIANT: float_}.get(kind_of(node), 0)


def _always(type_: exp.DataType) -> Rule:
    return lambda node: type_


_COUNT = number(18)
_RULES: Mapping[type[exp.Expr], Rule] = {
    exp.Literal: _literal,
    exp.HexString: lambda node: of(BINARY, max(1, len(node.name) // 2)),
    exp.Add: _plus_or_minus,
    exp.Sub: _plus_or_minus,
    exp.Mul: _arithmetic(_product),
    exp.Div: _arithmetic(_quotient),
    exp.Mod: _arithmetic(_remainder),
    exp.Neg: lambda node: of(FLOAT) if kind_of(node.this) in (VARCHAR, VARIANT) else node.this.type,
    exp.Sum: _total,
    exp.Avg: _average,
    **dict.fromkeys((exp.Variance, exp.VariancePop), _variance),
    exp.MonthsBetween: lambda _: number(27, 6),
    exp.WithinGroup: _ordered_set,
    exp.Case: lambda node: common_of(case_results(node)),
    exp.If: _if,
    exp.Coalesce: _branches("this", "expressions"),
    exp.Greatest: _branches("this", "expressions"),
    exp.Least: _branches("this", "expressions"),
    exp.Nvl2: _branches("true", "false"),
    exp.DecodeCase: lambda node: common_of(decode_results(node)),
    exp.Nullif: _same,
    exp.Round: _rounded,
    exp.Floor: _rounded,
    exp.Ceil: _rounded,
    exp.Trunc: _rounded,
    exp.DateAdd: _added,
    exp.TimeAdd: _added,
    exp.TimestampTrunc: _truncated,
    exp.DateTrunc: _truncated,
    exp.AddMonths: _truncated,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.ToNumber: _to_number,
    exp.StrToTime: _to_time_type,
    exp.UnixToTime: _to_time_type,
    exp.Bracket: lambda node: of(VARIANT) if kind_of(node.this) in types.SEMI_STRUCTURED else None,
    exp.Anonymous: lambda node: _NAMED.get(str(node.this).upper()) or variant_functions.type_of(node),
    exp.Subquery: _subquery,
    exp.Abs: _magnitude,
    # Recorded: frostlake/docs/functions.md (what SIGN and WIDTH_BUCKET declare)
    exp.Sign: lambda node: number(2) if kind_of(node.this) == NUMBER else _float(node),
    exp.WidthBucket: _bucket,
    exp.CountIf: _always(number(13)),
    exp.Levenshtein: _always(number(9)),
    **dict.fromkeys((exp.Max, exp.Min, exp.AnyValue, exp.FirstValue, exp.LastValue), _same),
    **dict.fromkeys((exp.Lag, exp.Lead, exp.NthValue, exp.Mode), _same),
    **dict.fromkeys((exp.Count, exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile), _always(_COUNT)),
    **dict.fromkeys((exp.Length, exp.StrPosition, exp.RegexpCount, exp.RegexpInstr), _always(_COUNT)),
    exp.ApproxDistinct: _always(_COUNT),
    exp.DateDiff: _always(number(9)),
    exp.ArraySize: _always(number(9)),
    **dict.fromkeys((exp.BitwiseAnd, exp.BitwiseXor), _bits("this", "expression")),
    **dict.fromkeys((exp.BitwiseNot, exp.BitwiseRightShift), _bits("this")),
    exp.BitwiseOr: _bits("this", "expression", more=1),
    exp.BitwiseLeftShift: _always(number(38)),
    **dict.fromkeys((exp.RegrSlope, exp.ApproxQuantile), _always(of(FLOAT))),
    **{node: _always(type_) for node, type_ in row_numbers.TYPES.items()},
    exp.ArrayPosition: _always(number(9)),
    **dict.fromkeys((exp.JSONExtract, exp.GetExtract, exp.ParseJSON, exp.ToVariant), _always(of(VARIANT))),
    **dict.fromkeys((exp.Struct, exp.ObjectInsert, exp.JSONObject), _always(of(OBJECT))),
    **dict.fromkeys((exp.Array, exp.ArrayConcat, exp.ArrayAppend, exp.ArrayPrepend, exp.JSONKeys), _always(of(ARRAY))),
    **dict.fromkeys((exp.ArraySlice, exp.ArrayDistinct, exp.SortArray, exp.ArrayCompact), _always(of(ARRAY))),
    exp.ArrayOverlaps: _always(of(BOOLEAN)),
    **dict.fromkeys((exp.ArrayIntersect, exp.ArrayExcept, exp.ArrayInsert, exp.ArrayRemove), _always(of(ARRAY))),
    **dict.fromkeys((exp.ArrayRemoveAt, exp.ArrayReverse, exp.Flatten, exp.GenerateSeries), _always(of(ARRAY))),
    exp.StrtokToArray: _always(of(ARRAY)),
    exp.RegexpExtractAll: _always(of(ARRAY)),
    exp.StripNullValue: _always(of(VARIANT)),
    exp.GetIgnoreCase: _always(of(VARIANT)),
    exp.ArrayMin: _always(of(VARIANT)),
    exp.ArrayMax: _always(of(VARIANT)),
    **dict.fromkeys((exp.ToArray, exp.Split, exp.ArrayAgg, exp.ArrayConstructCompact), _always(of(ARRAY))),
    **dict.fromkeys((exp.ToChar, exp.JSONFormat, exp.ConcatWs), _always(text())),
    exp.DPipe: _text_or_bytes("this", "expression"),
    exp.Concat: _text_or_bytes("expressions"),
    exp.Stuff: _text_or_bytes("this", "expression", "this"),
    exp.Pad: _text_or_bytes("this", "fill_pattern"),
    **dict.fromkeys((exp.Substring, exp.Left, exp.Right, exp.Reverse), _part),
    **dict.fromkeys((exp.ArrayToString, exp.Typeof, exp.GroupConcat, exp.Dayname, exp.Monthname), _always(text())),
    **dict.fromkeys((exp.Upper, exp.Lower, exp.Trim, exp.Initcap, exp.Replace), _always(text())),
    **dict.fromkeys((exp.Translate, exp.Space, exp.Repeat, exp.Randstr), _always(text())),
    **dict.fromkeys((exp.IsNullValue, exp.IsArray, exp.ArrayContains, exp.ToBoolean), _always(of(BOOLEAN))),
    **dict.fromkeys((exp.LogicalAnd, exp.LogicalOr, exp.NullSafeEQ, exp.EqualNull, exp.Escape), _always(of(BOOLEAN))),
    exp.CurrentTimestamp: lambda node: of(NTZ if node.args.get("sysdate") else LTZ, digits_of_now(node) or 0),
    exp.Localtimestamp: lambda node: of(LTZ, digits_of_now(node) or 0),
    **dict.fromkeys((exp.CurrentTime, exp.Localtime), lambda node: of(TIME, digits_of_now(node) or 0)),
    exp.TsOrDsToDate: _always(of(DATE)),
    exp.ConvertTimezone: lambda node: of(TZ if converts_to_utc(node) else NTZ, 9),
    exp.TimestampLtzFromParts: _always(of(LTZ, 9)),
    exp.TimestampTzFromParts: _always(of(TZ, 9)),
    exp.TsOrDsToTime: _always(of(TIME, 9)),
    exp.Time: _always(of(TIME, 9)),
    **dict.fromkeys((exp.ToDouble, exp.Corr), _always(of(FLOAT))),
    exp.ToBinary: _always(of(BINARY, types.MAX_BYTES)),
    exp.LastDay: _always(of(DATE)),
    **dict.fromkeys((exp.MD5NumberLower64, exp.MD5NumberUpper64), _always(number(20))),
    **dict.fromkeys((exp.Unhex, exp.TryHexDecodeBinary, exp.Base64DecodeBinary), _always(of(BINARY, types.MAX_BYTES))),
    exp.TryBase64DecodeBinary: _always(of(BINARY, types.MAX_BYTES)),
}

_NAMED: Mapping[str, exp.DataType] = {
    "TO_DATE": of(DATE),
    "DATE": of(DATE),
    "TO_TIMESTAMP": of(NTZ, 9),
    "TO_TIMESTAMP_NTZ": of(NTZ, 9),
    "TO_TIMESTAMP_LTZ": of(LTZ, 9),
    "TO_TIMESTAMP_TZ": of(TZ, 9),
    "TO_TIME": of(TIME, 9),
    "TO_OBJECT": of(OBJECT),
    "OBJECT_DELETE": of(OBJECT),
    "OBJECT_PICK": of(OBJECT),
    "HASH": number(19),
    "CONDITIONAL_TRUE_EVENT": number(18),
    "CONDITIONAL_CHANGE_EVENT": number(18),
}


def _annotating(rule: Rule) -> Callable[[TypeAnnotator, exp.Expr], exp.Expr]:
    return lambda annotator, node: annotator._set_type(node, rule(node))


_METADATA: Any = {
    **StrictSnowflake.EXPRESSION_METADATA,
    **{node: {"annotator": _annotating(rule)} for node, rule in _RULES.items()},
}

# https://docs.snowflake.com/en/sql-reference/functions/flatten#output
FLATTEN: Mapping[str, exp.DataType] = {
    "SEQ": number(38),
    "KEY": text(),
    "PATH": text(),
    "INDEX": number(38),
    "VALUE": of(VARIANT),
    "THIS": of(VARIANT),
}


class Annotator(TypeAnnotator):
    """sqlglot's walk over a statement, with our rules; columns of FLATTEN and of set operations by ours as well."""

    def __init__(self, schema: Any) -> None:
        super().__init__(schema, expression_metadata=_METADATA)

    def annotate(self, expression: Any, annotate_scope: bool = True) -> Any:
        if isinstance(expression, exp.Update | exp.Delete | exp.Merge):
            for scope in traverse_scope(expression):
                self.annotate_scope(scope)
            self._annotate_columns(expression)
            annotate_scope = False
        return super().annotate(expression, annotate_scope)

    def _annotate_columns(self, statement: exp.Update | exp.Delete | exp.Merge) -> None:
        """The columns of the statement itself, which sqlglot has no scope for."""
        sources = {source.alias_or_name: self._columns_of(source) for source in _sources(statement)}
        for column in find_all_in_scope(statement, exp.Column):
            of_table = [sources[column.table]] if column.table in sources else list(sources.values())
            found = [columns[column.name] for columns in of_table if column.name in columns]
            if len(found) == 1 and id(column) not in self._visited:
                self._set_type(column, found[0])

    def _columns_of(self, source: exp.Expr) -> dict[str, Any]:
        if isinstance(source, exp.Subquery):
            return {select.alias_or_name: select.type for select in source.selects}
        if isinstance(source, exp.Lateral | exp.TableFromRows):
            return dict(zip(source.alias_column_names, FLATTEN.values(), strict=False))
        if isinstance(source, exp.Values):
            return dict(zip(source.alias_column_names, values_types(source), strict=False))
        schema: Any = self.schema
        found = schema.find(source, raise_on_missing=False, ensure_data_types=True) if source.this else None
        return dict(found) if isinstance(found, dict) else {}

    def _get_source_scope_selects(self, source: Scope) -> Any:
        expression = source.expression
        if isinstance(expression, exp.Lateral | exp.TableFromRows) and isinstance(expression.this, exp.Explode):
            names = expression.alias_column_names or list(FLATTEN)
            return dict(zip(names, FLATTEN.values(), strict=False))
        if isinstance(expression, exp.Values):
            return dict(zip(expression.alias_column_names, values_types(expression), strict=False))
        return super()._get_source_scope_selects(source)

    def _get_setop_column_types(self, setop: Any) -> Any:
        columns = set_operation_types(setop)
        return {
            select.alias_or_name: type_ for select, type_ in zip(setop.this.selects, columns, strict=False) if type_
        }


def _sources(statement: exp.Update | exp.Delete | exp.Merge) -> list[exp.Expr]:
    """The tables and queries that a statement changes or reads itself."""
    using, from_ = statement.args.get("using"), statement.args.get("from_")
    read = [*(using if isinstance(using, list) else [using]), from_.this if from_ else None]
    sources = [source for source in (statement.this, *read) if isinstance(source, exp.Expr)]
    return [*sources, *(join.this for source in (*sources, from_) if source for join in source.args.get("joins") or [])]


def values_types(values: exp.Values) -> list[Type]:
    rows = [row.expressions for row in values.expressions]
    return [common_of(cells) for cells in zip(*rows, strict=False)]


def set_operation_columns(query: Any) -> list[tuple[str, Type]]:
    """The columns of a query with their types, those of a set operation by all its branches.

    https://docs.snowflake.com/en/sql-reference/operators-query
    """
    if isinstance(query, exp.Subquery):
        return set_operation_columns(query.this)
    if not isinstance(query, exp.SetOperation):
        return [(select.alias_or_name, select.type) for select in query.selects]
    left, right = set_operation_columns(query.this), set_operation_columns(query.expression)
    if not query.args.get("by_name"):
        return [(name, _of_both(one, other)) for (name, one), (_, other) in zip(left, right, strict=False)]
    ours, theirs = dict(left), dict(right)
    both = [(name, _of_both(type_, theirs[name]) if name in theirs else type_) for name, type_ in left]
    return [*both, *((name, type_) for name, type_ in right if name not in ours)]


def _of_both(one: Type, other: Type) -> Type:
    kinds = {kind(one), kind(other)}
    return of(VARIANT) if VARIANT in kinds and UNKNOWN not in kinds else common([one, other])


def set_operation_types(query: Any) -> list[Type]:
    return [type_ for _, type_ in set_operation_columns(query)]
