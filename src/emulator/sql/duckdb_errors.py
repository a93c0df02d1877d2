"""What DuckDB fails with, in Snowflake's words."""

import operator
import re
from collections.abc import Callable, Mapping
from functools import partial

import duckdb
from snowflake.connector.errors import ProgrammingError
from sqlglot.errors import UnsupportedError

from .. import errors
from ..language.function_names import NAMES
from . import types
from .schema import type_of


def translated(error: BaseException, sql: str = "") -> ProgrammingError:
    """A failure of DuckDB in Snowflake's words, where they are known; else an error that shows none of DuckDB's."""
    if isinstance(error, ProgrammingError):
        return error
    text = "" if isinstance(error, LookupError) else str(error)  # a fault of ours, in words like DuckDB's
    for pattern, answer in TRANSLATIONS:
        if (match := re.search(pattern, text)) and (found := answer(*match.groups())) is not None:
            return found
    if isinstance(error, duckdb.Error):
        return _of_duckdb(error, sql)
    if isinstance(error, OSError) and re.match(r"(?:Conversion|Invalid Input|Out of Range) Error: ", text):
        return errors.value_refused()  # as Arrow tells it, which reads the rows
    if isinstance(error, NotImplementedError | UnsupportedError):
        return errors.not_emulated(_feature(text))
    return errors.internal(error)


def _of_duckdb(error: duckdb.Error, sql: str) -> ProgrammingError:
    """A failure that no translation knows: what kind it is, and the word of the statement that it is at."""
    if isinstance(error, duckdb.ParserException):
        near = re.search(r'at or near "([^"]*)"', str(error))
        is_shown = near is not None and near[1] and near[1].upper() in sql.upper()
        return errors.not_emulated(f"this SQL near '{near[1]}'" if near and is_shown else "this SQL")
    if isinstance(error, duckdb.DataError | duckdb.InvalidInputException):
        return errors.value_refused()
    if isinstance(error, duckdb.ProgrammingError | duckdb.NotSupportedError):
        return errors.not_emulated("an expression of this statement, with arguments of these types,")
    return errors.internal(error)


def _feature(text: str) -> str:
    """What sqlglot or fakesnow cannot say in DuckDB's words: the function of Snowflake's that they name, or no name."""
    named = next((word for word in re.findall(r"[A-Z][A-Z0-9_]+", text) if word in NAMES), None)
    if named is not None:
        return f"the function {named}"
    is_of_ours = re.match(r"(?:the|a|an) ", text) is not None
    return text.strip().rstrip(".") if is_of_ours else "a function of this statement, with these arguments,"


def unbound(name: str) -> ProgrammingError:
    return errors.bind_variable_not_set(f":{name}")


def overflow(type_: str, operation: str) -> ProgrammingError:
    return errors.out_of_range(operation, snowflakes(type_ if "," in type_ else type_.replace(")", ",0)")))


def beyond_digits(first: str, sign: str, second: str) -> ProgrammingError:
    """A whole number that is beyond 128 bits, or has more digits than DuckDB keeps. A scaled one is told unscaled.

    Recorded: frostlake/ArithmeticCarrierOverflowTest.
    """
    result = _OF_WHOLES[sign](int(first), int(second))
    if -(2**127) <= result < 2**127:
        return errors.not_emulated("a number of 39 digits")
    return errors.result_out_of_range(f"{float(result):.6g}")


_OF_WHOLES: Mapping[str, Callable[[int, int], int]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def unlike(first: str, second: str) -> ProgrammingError:
    return errors.incompatible_types(snowflakes(second), snowflakes(first))


def absent_function(name: str) -> ProgrammingError:
    """DuckDB has no such function: it is one of Snowflake's that is not emulated, or one of nobody's."""
    known = name.upper() in NAMES
    return errors.not_emulated(f"the function {name.upper()}") if known else errors.unknown_function(name.upper())


def wrong_arguments(function: str, given: str) -> ProgrammingError | None:
    """The arguments that a function of Snowflake's name has not taken; None for one of DuckDB's own."""
    if function.upper() not in NAMES and function not in _OPERATORS:
        return None
    listed = [one.strip() for one in re.findall(r"(?:[^,(]|\([^)]*\))+", given)]
    return errors.wrong_arguments(function, ", ".join(map(snowflakes, listed)))


def no_cast(from_: str, to: str) -> ProgrammingError:
    return errors.invalid_cast(snowflakes(from_), snowflakes(to))


def unfit(value: str, type_: str) -> ProgrammingError:
    return errors.out_of_range(value, _WHOLE.get(type_) or snowflakes(type_))


_WHOLE = {"INT32": "NUMBER(10,0)", "INT64": "NUMBER(19,0)"}  # the whole numbers of an Iceberg table


_OPERATORS = frozenset("+ - * / % || = <> < > <= >=".split())
_LITERALS = {"INTEGER_LITERAL": "NUMBER(38,0)", "STRING_LITERAL": "VARCHAR", '"NULL"': "NULL", "BIT": "BINARY"}


def snowflakes(type_: str) -> str:
    """Snowflake's name of one of DuckDB's types."""
    if type_ in _LITERALS:
        return _LITERALS[type_]
    if type_.endswith("[]"):
        return "ARRAY"
    if type_.startswith(("STRUCT", "MAP")):
        return "OBJECT"
    found = type_of(_SHORT.get(type_, type_))
    return types.name_of(found) if found is not None else "VARIANT"


_SHORT = {"INT32": "INTEGER", "INT64": "BIGINT", "INT128": "HUGEINT", "UINT64": "UBIGINT", "INT16": "SMALLINT"}


def null_in(quoted: str | None, plain: str, column: str) -> ProgrammingError:
    """A NULL for a NOT NULL column; DuckDB knows a temporary table by all three parts of its name, as one name."""
    return errors.null_in_not_null(quoted or plain, column)


def other_kind(name: str, kind: str, named: str) -> ProgrammingError:
    """`DROP TABLE` of a view, say."""
    return errors.other_kind(kind.upper(), named.upper())


_ANY, _IN_FOLDER = r"[\s\S]*?", r"(?:[^'\"]*/)?"
_CSV_FILE = r"\n  file = (?:.*/)?(.+)"
_PATTERN_FAULTS = "(?:missing|unexpected|invalid|bad|no argument|trailing)"  # as RE2 begins its complaints

# DuckDB's words, and what Snowflake would say.
TRANSLATIONS: tuple[tuple[str, Callable[..., ProgrammingError | None]], ...] = (
    (errors.DISK_IS_FULL, errors.disk_is_full),
    (r"(Corrupt database file[^\n]*|[^\n]*invalidated because of a previous fatal error)", errors.state_is_damaged),
    (r"Recursion level in ArrowSchema", lambda: errors.not_emulated("an array of arrays so deep")),
    (r"_emulator_nondeterministic_merge", errors.nondeterministic_change),
    (r"_emulator_division_by_zero", errors.division_by_zero),
    (r"_emulator_fail:(\d+):([^:]*):([\s\S]*?)' to INT32", errors.failed),
    (r"_emulator_try_cast_to:([^:]+):(\w+)", errors.try_cast_of_no_text),
    (r"Values were not provided for the following parameters: (\d+)", errors.column_by_position),
    (r"Values were not provided for the following parameters: (\w+)", unbound),
    (r"(?:Scalar|Table|Aggregate) Function with name (\S+) does not exist", absent_function),
    (r'does not have a column (?:with name|named) "([^"]+)"', errors.invalid_identifier),
    (r'Column "([^"]+)" referenced that exists in the SELECT clause', errors.invalid_identifier),
    (r"Referenced update column (\S+) not found", errors.invalid_identifier),
    (r"Sequence with name (\S+) does not exist", errors.invalid_identifier),
    (r'Ambiguous reference to column name "([^"]+)"', errors.ambiguous_column),
    (r'Star expression "[\s\S]*" resulted in an empty set of columns', errors.no_columns),
    (r"at least one window function must appear in the SELECT column or QUALIFY", errors.qualify_without_window),
    (r'column "([^"]+)" must appear in the GROUP BY clause', errors.not_in_group_by),
    (r"mismatch for insert on \S+: expected (\d+) columns but (\d+) values", errors.value_list_mismatch),
    (r"(View|Schema) with name (\S+?)!? does not exist", errors.does_not_exist),
    (r'(?:Table|View) with name "([^"]+)" already exists', errors.already_exists),
    (r'Column with name "?([^"]+?)"? already exists', errors.duplicate_column),
    (r'Existing object "?([^"]+?)"? is of type (\w+), trying to \w+ type (\w+)', other_kind),
    (r"Type with name (\w+) does not exist", errors.unsupported_data_type),
    (r"Type \w+ with value (-?[\d.e+]+) can't be cast .* destination type (\S+)", unfit),
    (r"Overflow in \w+ of (?:INT128|DECIMAL\(38\)) \((-?\d+) ([-+*]) (-?\d+)\)", beyond_digits),
    (r"Overflow in HUGEINT addition", errors.sum_overflow),
    (r"Overflow in SUM of DECIMAL", lambda: errors.not_emulated("a SUM of more than 38 digits")),
    (r"Overflow in \w+ of (\w+) \((.*)\)!?", overflow),
    (r"More than one row returned by a subquery", errors.several_rows_of_subquery),
    (r"No function matches the given name and argument types '([^(]+)\((.*?)\)'\.", wrong_arguments),
    (r'best candidate function for the function call "([^(]+)\((.*?)\)"', wrong_arguments),
    (r"Unimplemented type for cast \((.*?) -> (.*?)\)", no_cast),
    (
        r"Cannot (?:mix values|combine types|compare values) of (?:type )?(.*?) and (?:type )?(.*?)(?: in .*)? - an",
        unlike,
    ),
    (r'Casting value "(\S+)" to type (DECIMAL\(\d+,\d+\)) failed', unfit),
    (r"term out of range", lambda: errors.not_emulated("ORDER BY or GROUP BY of a place that no column has")),
    (r"Overflow in|[Vv]alue out of range|out of range", errors.value_refused),
    (
        r'NOT NULL constraint failed: (?:"(?:[^".]*\.[^".]*\.(?=[^"]+"\.))?([^"\n]+)"|([^"\n.]+))\."?([^"\n]+)"?',
        null_in,
    ),
    (r'Referenced column "?([^"]+?)"? (?:was )?not found', errors.invalid_identifier),
    (r'Alias with name "+([^"]+)"+ exists, but aliases cannot be used .* in the GROUP BY', errors.invalid_identifier),
    (r'Referenced table "([^"]+)" not found', errors.invalid_identifier),
    (r"Table with name (\S+) does not exist", errors.unknown_object),
    (r"""Could not convert string ['"](.*)['"] to '?(\w+)""", errors.not_recognized),
    (r'invalid timestamp field format: "([^"]*)"', partial(errors.not_recognized, type_="TIMESTAMP")),
    (r"Failed to cast decimal value (\S+) to type (\w+)", unfit),
    (r"Could not cast value (\S+) to (DECIMAL\(\d+,\d+\))", unfit),
    (r'write to database "(\w+)" in a transaction that has already modified database "(\w+)"', errors.two_databases),
    (r"TransactionContext Error: (?:Conflict|Catalog write-write)", errors.changed_meanwhile),
    (r"Failed to commit: .* (?:dropped by a different transaction|has dropped this table)", errors.dropped_meanwhile),
    (rf"CSV Error on Line: (\d+){_ANY}Maximum line size of (\d+) bytes{_ANY}{_CSV_FILE}", errors.line_too_long),
    (rf"CSV Error on Line: (\d+){_ANY}\n([^\n]+)\n\nPossible {_ANY}{_CSV_FILE}", errors.malformed_csv),
    (rf"Invalid Input Error: ({_PATTERN_FAULTS}[^:\n]*): (.*)", errors.invalid_regular_expression),
    (rf"Failed to read (?:Parquet )?file ['\"]{_IN_FOLDER}([^'\"/]+)['\"]: ([^\n]+)", errors.damaged_parquet),
    (rf"File '{_IN_FOLDER}([^'/]+)'( too small to be a Parquet file)", errors.damaged_parquet),
    (
        r"((?:TProtocolException|don't know what type|File is encrypted|No more data)[^\n]*)",
        partial(errors.damaged_parquet, ""),
    ),
    (rf'Parquet file "{_IN_FOLDER}([^"/]+)": value "(.*)" is not valid UTF8', errors.invalid_utf8_in_parquet),
)
