"""The constructs of a query, INSERT, UPDATE, DELETE or MERGE that are Snowflake's, by sqlglot's names for them.

sqlglot reads those of twenty databases, and DuckDB runs many of them: what is not in this table is refused by name.
Functions have a table of their own, in function_names.py.
https://docs.snowflake.com/en/sql-reference/constructs
"""

from sqlglot import ErrorLevel, Expr, exp

from .. import errors

_SET_OPERATION = "this expression distinct by_name order limit offset with_"
_TABLE = f"""
    Alias: this alias
    Between: this low high
    BitwiseLeftShift: this expression requires_int128
    BitwiseRightShift: this expression requires_int128
    Block: expressions
    Bracket: this expressions
    CTE: this alias
    Changes: information at_before end
    Column: this table db catalog
    Cube: expressions
    DataType: this expressions nested values kind
    Delete: this using where tables
    Distinct: expressions
    Except: {_SET_OPERATION}
    Fetch: direction count limit_options
    FileFormatProperty: this expressions
    Group: expressions all cube rollup grouping_sets
    GroupingSets: expressions
    HistoricalData: this kind expression
    Identifier: this quoted
    In: this expressions query
    Insert: this expression overwrite
    Intersect: {_SET_OPERATION}
    Interval: this unit
    Into: this expressions
    JSONPath: expressions
    JSONPathKey: this quoted
    Join: this kind side method on using match_condition directed
    Lambda: this expressions
    Lateral: this alias
    Limit: expression
    LimitOptions: rows
    Literal: this is_string
    Merge: this using on whens
    Offset: expression
    Order: this expressions
    Ordered: this desc nulls_first
    PivotAlias: this alias
    Placeholder: this kind
    Rollup: expressions
    Schema: this expressions
    Select: with_ expressions distinct from_ joins laterals where group having qualify order limit offset into
    Star: except_ ilike rename replace
    Subquery: this alias joins with_ order limit offset pivots sample
    Table: this db catalog alias joins laterals pivots sample changes when format pattern
    TableAlias: this columns
    TableFromRows: this alias joins pivots sample
    TableSample: method percent size seed
    Tuple: expressions
    Union: {_SET_OPERATION}
    Update: this expressions from_ where
    Values: alias expressions
    When: matched source condition then
    Whens: expressions
    Window: this partition_by order spec over
    WindowSpec: kind start start_side end end_side
    With: expressions recursive
"""
_OF_ONE = """
    All Any BitwiseNot Boolean DataTypeParam Having From HexString IgnoreNulls JSONPathRoot JSONPathSubscript Neg Not
    Null Paren Parameter PivotAny Qualify RawString RespectNulls Var Where
"""
_OF_TWO = """
    Add BitwiseAnd BitwiseOr BitwiseXor DPipe Div Dot EQ Escape GT GTE ILike Is JSONKeyValue Kwarg LT LTE Like Mod Mul
    NEQ NullSafeEQ NullSafeNEQ PropertyEQ Sub WithinGroup
"""
_OF_PIVOT = """
    alias columns default_on_null expressions fields identify_pivot_strings include_nulls pivot_column_naming unpivot
"""
_ALLOWED: dict[type[Expr], frozenset[str]] = {
    getattr(exp, name): frozenset(arguments)
    for name, arguments in [
        *((line.partition(":")[0].strip(), line.partition(":")[2].split()) for line in _TABLE.strip().splitlines()),
        ("Pivot", _OF_PIVOT.split()),
        *((name, ["this"]) for name in _OF_ONE.split()),
        *((name, ["this", "expression", "safe", "typed"]) for name in _OF_TWO.split()),
    ]
}
_CHECKED = (exp.Query, exp.Insert, exp.Update, exp.Delete, exp.Merge)


def refuse_unknown(statement: Expr) -> None:
    """Raises 000002 for the first construct that is not in the table; of a CREATE, its query is looked at."""
    checked = statement.expression if isinstance(statement, exp.Create) else statement
    if not isinstance(checked, _CHECKED):
        return
    for node in checked.walk():
        if isinstance(node, exp.Func):
            continue
        allowed = _ALLOWED.get(type(node), frozenset())
        if type(node) not in _ALLOWED or any(value and name not in allowed for name, value in node.args.items()):
            written = node.sql("snowflake", unsupported_level=ErrorLevel.IGNORE)
            raise errors.not_emulated(f"this SQL ({' '.join(written.split())[:60]})")
