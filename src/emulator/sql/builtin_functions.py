"""Functions and operators that DuckDB answers otherwise than Snowflake, or that only one of the two has."""

from functools import cache

from sqlglot import Expr, exp

from .. import errors
from ..language.dialect import CALLED
from ..language.function_names import NAMES
from ..language.names import function_name
from ..session import Session
from ..store import confinement
from . import current_time, date_parts


def check_divisor(node: exp.Div | exp.Mod, session: Session) -> Expr:
    """Makes a division by zero the error that it is in Snowflake, where DuckDB answers NULL.

    https://docs.snowflake.com/en/sql-reference/operators-arithmetic
    """
    if _is_checked(node.expression):
        return node
    divisor = node.expression.copy()
    failing = exp.func("ERROR", exp.Literal.string(DIVISION_BY_ZERO))
    checked = exp.Case().when(exp.paren(divisor.copy()).eq(0), failing).else_(divisor)
    node.set("expression", exp.paren(checked))
    return node


DIVISION_BY_ZERO = "_emulator_division_by_zero"


def _is_checked(divisor: Expr) -> bool:
    """Whether the divisor is a number that is not zero, or has been looked at before."""
    inner = divisor.unnest()
    if isinstance(inner, exp.Literal):
        return not inner.is_string and float(inner.name) != 0
    return any(node.name == DIVISION_BY_ZERO for node in inner.find_all(exp.Literal))


_EVERY_COLUMN = exp.Var(this="*COLUMNS(*)")  # DuckDB's way to hand all columns to a function


def resolve_hash(node: exp.HashAgg | exp.Anonymous, session: Session) -> Expr:
    """HASH and HASH_AGG as signed 64-bit numbers. Equal rows have equal hashes; the numbers are not Snowflake's.

    https://docs.snowflake.com/en/sql-reference/functions/hash, https://docs.snowflake.com/en/sql-reference/functions/hash_agg
    """
    if isinstance(node, exp.HashAgg):
        distinct = isinstance(node.this, exp.Distinct)
        hashed = exp.cast(
            _hash(node.this.expressions if distinct else [node.this, *node.expressions]), "HUGEINT", dialect="duckdb"
        )
        total = exp.Anonymous(this="SUM", expressions=[exp.Distinct(expressions=[hashed]) if distinct else hashed])
        return _signed(exp.Mod(this=exp.paren(total), expression=exp.Literal.number(2**64)))
    if function_name(node) == "HASH":
        return _signed(exp.cast(_hash(node.expressions), "HUGEINT", dialect="duckdb"))
    return node


def _hash(arguments: list[Expr]) -> Expr:
    columns = [_EVERY_COLUMN.copy() if isinstance(argument, exp.Star) else argument.copy() for argument in arguments]
    return exp.Anonymous(this="HASH", expressions=columns)


def _signed(unsigned: Expr) -> Expr:
    shifted = exp.Sub(this=exp.paren(unsigned), expression=exp.Literal.number(2**63))
    return exp.cast(exp.paren(shifted), "BIGINT", dialect="duckdb")


def resolve_array_slice(node: exp.ArraySlice, session: Session) -> Expr:
    """ARRAY_SLICE of an array, which is JSON here; refuses bounds that are not plain numbers.

    https://docs.snowflake.com/en/sql-reference/functions/array_slice
    """
    start, end = node.args["start"], node.args["end"]
    if not (isinstance(start, exp.Literal) and isinstance(end, exp.Literal)):
        raise errors.not_emulated("ARRAY_SLICE with bounds other than numbers from 0")
    elements = exp.Anonymous(this="FROM_JSON", expressions=[node.this.copy(), exp.Literal.string('["JSON"]')])
    first = exp.Literal.number(int(start.name) + 1)
    sliced = exp.Anonymous(this="LIST_SLICE", expressions=[elements, first, end.copy()])
    return exp.Anonymous(this="TO_JSON", expressions=[sliced])


def check_try_casts(expression: Expr) -> Expr:
    """Makes TRY_CAST of what is no text the error that it is in Snowflake; DuckDB would cast.

    https://docs.snowflake.com/en/sql-reference/functions/try_cast
    """
    for node in list(expression.find_all(exp.TryCast)):
        type_ = exp.Anonymous(this="PG_TYPEOF", expressions=[node.this.copy()])
        # With the value, or DuckDB would fail before it has seen a row.
        parts = [exp.Literal.string(f"{TRY_CAST_TO}{node.to.sql(dialect='snowflake')}:"), type_.copy()]
        told = exp.func("CONCAT", *parts, exp.Literal.string(":"), node.this.copy())
        is_text = exp.In(this=type_, expressions=[exp.Literal.string(name) for name in ("varchar", '"null"')])
        # A cast that fails, since DuckDB tries nothing that has ERROR in it.
        failing = exp.Case().when(exp.cast(told, exp.DType.BOOLEAN), exp.null())
        node.replace(exp.Case().when(is_text, node.copy()).else_(failing))
    return expression


TRY_CAST_TO = "_emulator_try_cast_to:"


# Snowflake's functions that sqlglot gives no type and that mean the same in DuckDB.
_SHARED = frozenset({"HASH", "TO_TIMESTAMP"})


def _refuse_qualified(node: exp.Anonymous) -> None:
    """In the database SNOWFLAKE an account has schemas of functions, such as CORTEX; elsewhere there is none here."""
    qualified = node.parent.sql("snowflake").partition("(")[0].upper() if node.parent else ""
    if qualified.startswith("SNOWFLAKE."):
        raise errors.not_emulated(f"the function {qualified}")
    if not node.find_ancestor(exp.TableFromRows):
        raise errors.unknown_function(qualified)


def refuse_foreign(expression: Expr) -> None:
    """Raises 002140 for a function that Snowflake does not have; refuses by name one that means another thing here.

    https://docs.snowflake.com/en/sql-reference/functions-system
    """
    for node in expression.find_all(exp.Anonymous):
        name = function_name(node)
        if isinstance(node.parent, exp.Dot):
            _refuse_qualified(node)
        if name not in NAMES and name.startswith("SYSTEM$"):  # an account has more of them than any page lists
            raise errors.not_emulated(f"the function {name}")
        if name not in NAMES:
            raise errors.unknown_function(name)
        if name not in _SHARED and name in _duckdb_functions():
            raise errors.not_emulated(f"the function {name}")
    for count in expression.find_all(exp.Count):
        if count.this is None:
            raise errors.not_enough_arguments("COUNT", 1, 0)
        if isinstance(count.this, exp.Column) and count.this.is_star:  # rows without a NULL, which DuckDB counts, too
            raise errors.not_emulated(f"COUNT({count.this.sql('snowflake')})")
    for function in expression.find_all(exp.Func):
        refuse_missing(function)
    if expression.find(exp.Unnest):
        raise errors.unknown_function("UNNEST")
    if expression.find(exp.Lambda):
        raise errors.not_emulated("a lambda expression")
    current_time.refuse_arguments(expression)
    date_parts.refuse_unknown(expression)


# What Snowflake needs, and sqlglot does not. Recorded: frostlake/docs/functions.md.
_MORE = {
    "COALESCE": {"expressions"},
    "IFF": {"true", "false"},
    "OBJECT_AGG": {"expression"},
    "SUBSTRING": {"start"},
    "SPLIT_PART": {"delimiter", "part_index"},
}


def refuse_missing(node: exp.Func) -> None:
    """Raises 000938 for a call with fewer arguments than the function needs."""
    called = str(node.meta.get(CALLED, node.sql_name())).upper()
    required = {name for name, is_required in node.arg_types.items() if is_required} | _MORE.get(called, set())
    given = {name for name in node.arg_types if node.args.get(name) not in (None, [])}
    is_known = CALLED in node.meta or called in _MORE or "this" in required - given
    if is_known and not required <= given:
        written = [node.args[name] for name in given if not isinstance(node.args[name], bool)]
        count = sum(len(one) if isinstance(one, list) else 1 for one in written)
        raise errors.not_enough_arguments(called, len(required), count)


@cache
def _duckdb_functions() -> frozenset[str]:
    rows = confinement.connect().execute("SELECT DISTINCT upper(function_name) FROM duckdb_functions()").fetchall()
    return frozenset(name for (name,) in rows)
