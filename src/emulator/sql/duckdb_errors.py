"""What DuckDB fails with, in Snowflake's words."""

import re
from collections.abc import Callable
from functools import partial

import duckdb
from snowflake.connector.errors import ProgrammingError
from sqlglot.errors import UnsupportedError

from .. import errors
from ..language.function_names import NAMES


def translated(error: BaseException) -> ProgrammingError:
    """A failure of DuckDB in Snowflake's words, where they are known; else an internal error.

    Raised by fakesnow, the error may stand behind one of its own: that one's cause is looked at.
    """
    cause = error.__cause__ if isinstance(error.__cause__, duckdb.Error) else error
    text = str(cause)
    for pattern, answer in _TRANSLATIONS:
        if match := re.search(pattern, text):
            return answer(*match.groups())
    if isinstance(cause, duckdb.Error):
        return _of_duckdb(cause)
    if isinstance(error, NotImplementedError | UnsupportedError):
        return errors.not_emulated(str(error).strip().rstrip("."))
    return error if isinstance(error, ProgrammingError) else errors.internal(error)


def _of_duckdb(error: duckdb.Error) -> ProgrammingError:
    """A failure that no translation knows: what Snowflake would call it, told in DuckDB's first sentence."""
    sentence = next(iter(str(error).partition(": ")[2].splitlines()), type(error).__name__)
    if isinstance(error, duckdb.ParserException):
        near = re.search(r'at or near "([^"]*)"', sentence)
        return errors.not_emulated(f"this SQL near '{near[1]}'" if near else f"this SQL ({sentence})")
    if isinstance(error, duckdb.BinderException | duckdb.CatalogException):
        return errors.compilation(sentence, 1003, "42000")
    if isinstance(error, duckdb.DataError | duckdb.InvalidInputException):
        return errors.failure(sentence, 100035, "22007")
    return errors.internal(error)


def unbound(name: str) -> ProgrammingError:
    return errors.bind_variable_not_set(f":{name}")


def overflow(type_: str, operation: str) -> ProgrammingError:
    return errors.out_of_range(operation, type_)


def absent_function(name: str) -> ProgrammingError:
    """DuckDB has no such function: it is one of Snowflake's that is not emulated, or one of nobody's."""
    known = name.upper() in NAMES
    return errors.not_emulated(f"the function {name.upper()}") if known else errors.unknown_function(name.upper())


def other_kind(name: str, found: str, named: str) -> ProgrammingError:
    """`DROP TABLE` of a view, say. The text is ours."""
    return errors.object_refuses(f"Object '{name}' is of type {found.upper()}, not of type {named.upper()}.")


_ANY, _IN_FOLDER = r"[\s\S]*?", r"(?:[^'\"]*/)?"
_CSV_FILE = r"\n  file = (?:.*/)?(.+)"
_PATTERN_FAULTS = "(?:missing|unexpected|invalid|bad|no argument|trailing)"  # as RE2 begins its complaints

# DuckDB's words, and what Snowflake would say.
_TRANSLATIONS: tuple[tuple[str, Callable[..., ProgrammingError]], ...] = (
    (errors.DISK_IS_FULL, errors.disk_is_full),
    (r"(Corrupt database file[^\n]*|[^\n]*invalidated because of a previous fatal error)", errors.state_is_damaged),
    (r"Recursion level in ArrowSchema", lambda: errors.not_emulated("an array of arrays so deep")),
    (r"_emulator_nondeterministic_merge", errors.nondeterministic_merge),
    (r"_emulator_division_by_zero", errors.division_by_zero),
    (r"_emulator_fail:(\d+):([^:]*):([\s\S]*?)' to INT32", errors.failed),
    (r"_emulator_try_cast_to:([^:]+):(\w+)", errors.try_cast_of_no_text),
    (r"Values were not provided for the following parameters: (\d+)", errors.column_by_position),
    (
        r"Values were not provided for the following parameters: (\w+)",
        lambda name: errors.bind_variable_not_set(f":{name}"),
    ),
    (r"(?:Scalar|Table|Aggregate) Function with name (\S+) does not exist", absent_function),
    (r'does not have a column (?:with name|named) "([^"]+)"', errors.invalid_identifier),
    (r'Column "([^"]+)" referenced that exists in the SELECT clause', errors.invalid_identifier),
    (r"Referenced update column (\S+) not found", errors.invalid_identifier),
    (r"Sequence with name (\S+) does not exist", errors.invalid_identifier),
    (r'Ambiguous reference to column name "([^"]+)"', errors.ambiguous_column),
    (r'column "([^"]+)" must appear in the GROUP BY clause', errors.not_in_group_by),
    (r"mismatch for insert on \S+: expected (\d+) columns but (\d+) values", errors.value_list_mismatch),
    (r"(View|Schema) with name (\S+?)!? does not exist", errors.does_not_exist),
    (r'(?:Table|View) with name "([^"]+)" already exists', errors.already_exists),
    (r'Column with name "?([^"]+?)"? already exists', errors.duplicate_column),
    (r'Existing object "?([^"]+?)"? is of type (\w+), trying to \w+ type (\w+)', other_kind),
    (r"Type with name (\w+) does not exist", errors.unsupported_data_type),
    (r"Type INT128 with value (-?\d+) can't be cast .* destination type (\w+)", errors.out_of_range),
    (r"Overflow in \w+ of (\w+) \((.*)\)!?", overflow),
    (r"More than one row returned by a subquery", errors.several_rows_of_subquery),
    (r"No function matches the given name and argument types '([^(]+)\((.*?)\)'\.", errors.wrong_arguments),
    (r'best candidate function for the function call "([^(]+)\((.*?)\)"', errors.wrong_arguments),
    (r'NOT NULL constraint failed: "?([^"\n.]+)"?\."?([^"\n]+)"?', errors.null_in_not_null),
    (r'Referenced column "([^"]+)" not found', errors.invalid_identifier),
    (r'Referenced table "([^"]+)" not found', errors.invalid_identifier),
    (r"Table with name (\S+) does not exist", errors.unknown_object),
    (r"""Could not convert string ['"](.*)['"] to '?(\w+)""", errors.not_recognized),
    (r'invalid timestamp field format: "([^"]*)"', partial(errors.not_recognized, type_="TIMESTAMP")),
    (r"Failed to cast decimal value (\S+) to type (\w+)", errors.out_of_range),
    (r"Could not cast value (\S+) to (DECIMAL\(\d+,\d+\))", errors.out_of_range),
    (r'write to database "(\w+)" in a transaction that has already modified database "(\w+)"', errors.two_databases),
    (r"TransactionContext Error: (?:Conflict|Catalog write-write)", errors.changed_meanwhile),
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
