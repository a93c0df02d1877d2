"""Errors in Snowflake's words: a table of rows, each with its number, its SQLSTATE, its words and their source.

A row is called with what fills its places: `raise errors.already_exists("T")`. A statement that the emulator cannot run
is refused here by name; it is never a silent success.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from string import Formatter
from typing import Literal

from snowflake.connector.errors import ProgrammingError


class Text(str):
    """A text that a statement gives in quotes: some messages show it in them."""


@dataclass(frozen=True)
class Source:
    """Where the words of an error are from, and whether its number is from there, too."""

    kind: Literal["documented", "observed", "ours"]
    where: str = ""
    has_number: bool = True


def documented(page: str, has_number: bool = True) -> Source:
    """A page of Snowflake's documentation shows the error, or states the rule that it tells."""
    return Source("documented", f"https://docs.snowflake.com/en/{page}", has_number)


def recorded(suite: str, has_number: bool = True) -> Source:
    """An account has answered so, and a public suite has recorded it."""
    return Source("observed", f"frostlake/{suite}", has_number)


def reported(where: str = "public reports", has_number: bool = True) -> Source:
    """Users of accounts quote it, in code and issues."""
    return Source("observed", where, has_number)


REPORTED, REPORTED_WORDS = reported(), reported(has_number=False)
OURS = Source("ours", has_number=False)  # nothing was to be found


@dataclass(frozen=True)
class Row:
    """One error. The template's places are filled in the order in which they first stand there."""

    number: int
    state: str
    template: str
    source: Source

    @cached_property
    def places(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(self.template) if name))

    def __call__(self, *values: object) -> ProgrammingError:
        filled = dict(zip(self.places, values, strict=True))
        return ProgrammingError(msg=self.template.format(**filled), errno=self.number, sqlstate=self.state)


def compilation(number: int, state: str, template: str, source: Source) -> Row:
    """An error that a statement meets before it runs."""
    return Row(number, state, f"SQL compilation error:\n{template}", source)


def refusal(template: str, source: Source) -> Row:
    """The object is there, and its state does not allow the statement."""
    return compilation(3002, "0A000", template, source)


def line_and_column(sql: str, position: int) -> tuple[int, int]:
    """A position as Snowflake counts it: lines from 1, columns from 0."""
    before = sql[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1)


# The emulator

not_emulated = Row(
    2,
    "0A000",
    "Unsupported feature: {what} is not emulated. docs/emulator.md lists what is; the rest takes an account.",
    OURS,
)
internal_error = Row(603, "XX000", "SQL execution internal error:\nThe emulator failed: {type_}: {error}", OURS)
disk_is_full = Row(
    603,
    "XX000",
    "The emulator's state cannot be written: {reason}. What was acknowledged is kept. "
    "Free some space, then run the command again.",
    OURS,
)
state_is_damaged = Row(
    603,
    "XX000",
    "The emulator's state is damaged: {what}. Nothing was changed. "
    "Put back a copy of the state folder, or move it away to start afresh.",
    OURS,
)
changed_meanwhile = Row(  # DuckDB saw another session change the same rows; Snowflake would have made it wait
    625,
    "57014",
    "Your statement was aborted because another transaction changed the same rows. Roll back and run it again.",
    OURS,
)
dropped_meanwhile = Row(  # at COMMIT; what an account answers then is not documented
    625,
    "57014",
    "Your transaction was rolled back: another session has dropped or replaced a table that it had changed.",
    OURS,
)
lock_timeout = Row(
    625,
    "57014",
    "Statement was aborted because the lock on database '{database}' was not released within {seconds:g} "
    "seconds (LOCK_TIMEOUT): another session has an open transaction that changes it.",
    OURS,
)
value_refused = Row(
    100035, "22007", "A function or cast of this statement has met a value that is out of its range.", OURS
)

DISK_IS_FULL = "(No space left on device|File too large|Disk quota exceeded)"


def why_full(text: str) -> str | None:
    """Why no file can grow, if that is what an error says."""
    match = re.search(DISK_IS_FULL, text)
    return match[1] if match else None


def internal(error: BaseException) -> ProgrammingError:
    """Wraps a failure inside the emulator, so that the client reads it instead of retrying an HTTP 500."""
    return internal_error(type(error).__name__, error)


def reserved_name(name: str) -> ProgrammingError:
    """Refuses a name that Snowflake takes, and that the emulator keeps for its own use."""
    return not_emulated(f'the name "{name}", which the emulator keeps for itself,')


def name_too_long(name: str, most: int) -> ProgrammingError:
    return not_emulated(f'a part of a path with more than {most} bytes ("{name[:40]}...")')


def two_databases(first: str, second: str) -> ProgrammingError:
    return not_emulated(f"a transaction that changes two databases ({second}, {first})")


def column_by_position(position: str) -> ProgrammingError:
    return not_emulated(f"a column by its position (${position}) of anything but a staged file")


def line_too_long(line: str, most: str, file: str) -> ProgrammingError:
    return not_emulated(f"a line of more than {int(most):,} bytes (file '{file}', line {line})")


# Sessions and their statements

wrong_password = Row(
    390100, "08001", "Incorrect username or password was specified.", documented("user-guide/admin-user-management")
)
_account_not_hosted = Row(390201, "08001", 'Account "{name}" is not emulated. Connect with account {accounts}.', OURS)


def account_not_hosted(name: str, hosted: Sequence[str]) -> ProgrammingError:
    return _account_not_hosted(name, " or ".join(f'"{account.lower()}"' for account in hosted))


_NO_CURRENT = (
    "Cannot perform {command}. This session does not have a current %s. Call 'USE %s', or use a qualified name."
)
no_current_database = Row(90105, "22000", _NO_CURRENT % ("database", "DATABASE"), REPORTED)
no_current_schema = Row(90106, "22000", _NO_CURRENT % ("schema", "SCHEMA"), REPORTED)
no_active_warehouse = Row(
    606,
    "57P03",
    "No active warehouse selected in the current session.  "
    "Select an active warehouse with the 'use warehouse' command.",
    REPORTED,
)
invalid_state = Row(90064, "22000", "Invalid state. Warehouse '{name}' cannot be {action}.", REPORTED)
statement_count = Row(
    8, "0A000", "Actual statement count {count} did not match the desired statement count {wanted}.", REPORTED
)
no_result = Row(709, "02000", "Statement {query_id} not found", REPORTED)
cancelled = Row(604, "57014", "SQL execution canceled", REPORTED)
not_executing = Row(605, "02000", "Identified SQL statement is not currently executing.", REPORTED)
statement_timeout = Row(
    630,
    "57014",
    "Statement reached its statement or warehouse timeout of {seconds:,} second(s) and was canceled.",
    documented("sql-reference/parameters#statement-timeout-in-seconds"),
)
no_transaction = refusal("Transaction {id_} is not running. SHOW TRANSACTIONS lists those that are.", OURS)


def is_end_of_statement(error: BaseException) -> bool:
    """Whether a statement has been ended from outside, which no handler of a block catches."""
    return isinstance(error, ProgrammingError) and error.errno in (cancelled.number, statement_timeout.number)


# Syntax and features

_syntax_error_lines = compilation(1003, "42000", "{lines}", recorded("parser-stacked-syntax-error", has_number=False))


def syntax_error(sql: str, position: int, unexpected: str) -> ProgrammingError:
    """Says where the statement stops being Snowflake SQL: line, column and the word met there."""
    return syntax_errors(sql, [(position, unexpected)])


def syntax_errors(sql: str, places: Sequence[tuple[int, str]]) -> ProgrammingError:
    """The same with several places, a line for each."""
    lines = (
        "syntax error line {} at position {} unexpected '{}'.".format(*line_and_column(sql, position), word)
        for position, word in places
    )
    return _syntax_error_lines("\n".join(lines))


empty_statement = compilation(900, "42601", "Empty SQL statement.", recorded("parser-empty-sql-statement"))
_parse_error = compilation(
    1003,
    "42000",
    "parse error line {line} at position {column} near '<EOF>'.",
    recorded("parser-syntax-error-shape", has_number=False),
)


def parse_error(sql: str) -> ProgrammingError:
    """Says that a statement ends inside a text."""
    return _parse_error(*line_and_column(sql, len(sql)))


unsupported = compilation(  # Snowflake itself has no such statement
    2, "0A000", "Unsupported feature '{feature}'.", recorded("ddl-alter-table-surface")
)
no_json_to_unload = Row(
    2,
    "0A000",
    "Unsupported feature 'unloading of more than one column or non-json values'.",
    recorded("CopyUnloadOptionSurfaceTest", has_number=False),
)
not_enabled = compilation(  # what Standard edition answers to a property of a feature that it does not have
    1423, "22023", "invalid property '{name}'; feature '{feature}' not enabled", REPORTED
)
no_variable = compilation(
    2211, "02000", "error line 1 at position 0\nSession variable '{name}' does not exist", REPORTED
)
bind_variable_not_set = compilation(2049, "42601", "Bind variable {name} not set.", REPORTED)

no_external_access_on_trial = compilation(
    509009,
    "0A000",
    "External access is not supported for trial accounts.",
    reported("https://github.com/Snowflake-Labs/sfquickstarts/issues/2224"),
)

# Names

does_not_exist = compilation(
    2003, "02000", "{title} '{name}' does not exist or not authorized.", recorded("ddl-alter-table-surface")
)
no_table_to_load = compilation(  # COPY INTO of an absent table: Snowpark's write_pandas knows it by its last words
    2003,
    "02000",
    "Table '{name}' does not exist",
    reported("https://github.com/snowflakedb/snowpark-python: session.py", has_number=False),
)
unknown_scope = compilation(  # the database or schema that a table is named in
    2003, "42S02", "{title} '{name}' does not exist or not authorized.", documented("sql-reference/sql/create-table")
)
unknown_object = compilation(  # a table or view in a query
    2003, "42S02", "Object '{name}' does not exist or not authorized.", documented("user-guide/querying-errors")
)
scope_does_not_exist = compilation(  # SHOW ... IN an absent database or schema
    2043, "02000", "Object does not exist, or operation cannot be performed.", recorded("ddl-identifier-exactness")
)
full_path_required = compilation(
    2003,
    "02000",
    "Must specify the full search path starting from database for {name}",
    recorded("ddl-show-columns-kinds-scopes"),
)
not_restorable = Row(  # the number is Frostlake's, whose words are an account's
    90025, "02000", "{kind} {name} did not exist or was purged.", reported("public reports", has_number=False)
)
already_exists = compilation(2002, "42710", "Object '{name}' already exists.", recorded("ddl-alter-table-surface"))
other_kind = Row(
    2203,
    "02000",
    "SQL compilation error: Object found is of type '{kind}', not specified type '{named}'.",
    reported("https://github.com/arnoN7/dbt-incremental-stream/issues/8"),
)
_invalid_identifier = Row(
    904,
    "42000",
    "SQL compilation error: error line {line} at position {column}\ninvalid identifier '{name}'",
    recorded("ddl-alter-table-surface"),
)


invalid_key = compilation(904, "42000", "Invalid identifier {name}", recorded("CompileTimeTypingOrderTest"))


def invalid_identifier(name: str, sql: str = "", position: int = 0) -> ProgrammingError:
    return _invalid_identifier(*line_and_column(sql, position), name)


_assignment_not_permitted = Row(  # what assigns to the counter of a FOR
    904,
    "42000",
    "SQL compilation error: error line {line} at position {column}\n Assignment to variable '{name}' is not permitted.",
    recorded("ForCounterAssignmentTest", has_number=False),
)


def assignment_not_permitted(name: str, sql: str, position: int) -> ProgrammingError:
    return _assignment_not_permitted(*line_and_column(sql, position), name)


_too_many_expressions = compilation(
    1795,
    "42601",
    "error line {line} at position {position}\n"
    "maximum number of expressions in a list exceeded, expected at most {most}, got {count}",
    reported("users of drivers, and Snowpark's own tests: test_create_dataframe_large_without_batch_insert"),
)


def too_many_expressions(sql: str, position: int, most: int, count: int) -> ProgrammingError:
    return _too_many_expressions(*line_and_column(sql, position), f"{most:,}", f"{count:,}")


ambiguous_column = compilation(2028, "42702", "ambiguous column name '{name}'", REPORTED)
duplicate_alias = compilation(
    2027, "42712", "duplicate alias '{name}'", recorded("DuplicateSourceAliasTest", has_number=False)
)
_unreachable_merge = Row(
    1003,
    "42601",
    "SQL compilation error: error line {line} at position {column}\nUnreachable merge case.",
    recorded("MergeCompileTest", has_number=False),
)


def unreachable_merge(sql: str, position: int) -> ProgrammingError:
    return _unreachable_merge(*line_and_column(sql, position))


duplicate_column = compilation(
    2025, "42S21", "duplicate column name '{name}'", documented("sql-reference/sql/create-table")
)

# Properties and parameters

invalid_property = compilation(
    1420, "42601", "invalid property '{name}' for '{kind}'", recorded("ddl-alter-table-surface")
)
duplicate_property = compilation(
    1422, "42601", "duplicate property '{name}';", recorded("ddl-duplicate-property", has_number=False)
)
missing_property = compilation(2014, "42601", "Missing option(s): [{name}]", REPORTED)
invalid_parameter = compilation(1006, "22023", "invalid parameter '{name}'", recorded("dml-copy-option-surface"))
invalid_property_value = compilation(
    1008, "22023", "invalid value '{value}' for property '{name}'", recorded("ddl-invalid-value-surface")
)
_invalid_value = compilation(
    1008, "22023", "invalid value [{value}] for parameter '{name}'", recorded("ddl-invalid-value-surface")
)


def invalid_value(value: object, name: str) -> ProgrammingError:
    return _invalid_value(f"'{value}'" if isinstance(value, Text) else value, name)


invalid_schedule = compilation(
    1008,
    "22023",
    "Invalid schedule was specified. Please refer to the docs on what constitutes a valid schedule.",
    recorded("ddl-invalid-value-surface", has_number=False),
)
schedule_too_short = Row(
    1008,
    "22023",
    "Cannot set schedule less than 10 seconds.",
    recorded("TaskScheduleUnitsTest", has_number=False),
)
schedule_too_long = Row(
    1008,
    "22023",
    "Cannot set schedule greater than 11,520 minutes.",
    recorded("TaskScheduleUnitsTest", has_number=False),
)
limit_too_low = compilation(
    1008,
    "22023",
    "invalid value [{limit}] for parameter 'LIMIT', it must be greater than 0",
    recorded("ddl-show-scopes"),
)
property_unchangeable = refusal("Cannot change property '{name}' of {kind} '{object_}'.", OURS)
retention_too_long = refusal("Exceeds maximum allowable retention time (1 day(s)).", REPORTED_WORDS)
extension_too_long = compilation(
    3002,
    "0A000",
    "Exceeds maximum allowable extension time ({days}).",
    recorded("ddl-invalid-value-surface", has_number=False),
)
option_of_another_type = compilation(
    1420,
    "42601",
    "Option {name} is not valid for file format type {type}.",
    recorded("ddl-file-format-surface", has_number=False),
)
stage_is_internal = compilation(
    1008,
    "22023",
    "Cannot set URL, credentials, or encryption key of an internal or temporary stage.",
    recorded("ddl-stage-option-surface", has_number=False),
)
monitor_without_both = refusal(
    "FREQUENCY and START_TIMESTAMP of a resource monitor must be set together.",
    documented("sql-reference/sql/create-resource-monitor", has_number=False),
)
schema_name_reserved = refusal("Schema name '{name}' is reserved.", OURS)
sequence_stays_unordered = refusal(
    "Sequence '{name}' is NOORDER and cannot be changed to ORDER.",
    documented("sql-reference/sql/alter-sequence", has_number=False),
)

# Privileges

insufficient_privileges = Row(
    3001, "42501", "SQL access control error:\nInsufficient privileges to operate on {target}", REPORTED
)
ownership_missing = Row(  # as a session without secondary roles is told
    3001,
    "42501",
    "SQL access control error:\nInsufficient privileges to operate on {target}. Your primary role {role} must have "
    "OWNERSHIP granted on {kind} {name}.",
    recorded("OwnershipRequiredTest"),
)
partially_granted = Row(
    3011,
    "42501",
    "Grant partially executed: privileges [{privileges}] not granted.",
    reported("https://github.com/snowflakedb/terraform-provider-snowflake/issues/3507"),
)
dependent_grant = Row(
    3036,
    "23001",
    "SQL execution error:\nDependent grant of privilege '{privilege}' on securable '{name}' to role '{role}' exists.  "
    "It must be revoked first.  More than one dependent grant may exist: use 'SHOW GRANTS' command to view them.  To "
    "revoke all dependent grants while transferring object ownership, use convenience command 'GRANT OWNERSHIP ON "
    "<target_objects> TO <target_role> REVOKE CURRENT GRANTS'.",
    reported("https://github.com/snowflakedb/terraform-provider-snowflake/issues/152"),
)
ownership_is_only_transferred = Row(
    3002,
    "0A000",
    "SQL execution error: OWNERSHIP can only be transferred.",
    recorded("OwnershipTransferTest", has_number=False),
)
ownership_in_list = Row(
    3002, "0A000", "Cannot specify OWNERSHIP in privilege list.", recorded("OwnershipTransferTest", has_number=False)
)
only_of_ownership = refusal(
    "Only OWNERSHIP grant command may specify REVOKE CURRENT GRANTS option.",
    recorded("OwnershipTransferTest", has_number=False),
)
pipe_not_paused = Row(
    3002,
    "0A000",
    "SQL execution error:\nPipe {pipe} not in paused state. To pause pipe run ALTER PIPE {pipe} SET "
    "PIPE_EXECUTION_PAUSED=true",
    recorded("TaskPipeOwnershipTest", has_number=False),
)
execute_task_missing = Row(  # with the gap before the comma
    91089, "23001", "Cannot execute task , EXECUTE TASK privilege must be granted to owner role", REPORTED
)
execute_managed_task_missing = Row(  # found out by a run, not by CREATE or RESUME
    91089, "23001", "Cannot execute task , EXECUTE MANAGED TASK privilege must be granted to owner role", REPORTED
)
exists_without_privileges = compilation(  # a new object would have the name of one that its maker does not see
    3041,
    "42710",
    "Object '{name}' already exists, but current role has no privileges on it. If this is unexpected and you cannot "
    "resolve this problem, contact your system administrator. ACCOUNTADMIN role may be required to manage the "
    "privileges on the object.",
    REPORTED,
)
role_not_assigned = Row(  # USE of a role that the user has not been granted
    3013,
    "42501",
    "SQL access control error:\nRequested role '{role}' is not assigned to the executing user. "
    "Specify another role to activate.",
    reported("https://github.com/datalytyx/snowflake-webhooks/issues/4"),
)
circle_of_roles = Row(  # that there may be none is documented: sql-reference/sql/grant-role
    3001, "42501", "SQL access control error:\nRole '{grantee}' has been granted to role '{role}'.", OURS
)
user_disabled = Row(390101, "08001", "User access disabled. Contact your local system administrator.", REPORTED)
not_of_service_user = Row(
    3002,
    "0A000",
    "SQL execution error: Cannot set {name} on users with TYPE=SERVICE.",
    recorded("ddl-show-command-layouts", has_number=False),
)
default_role_not_granted = Row(
    390186,
    "08001",
    "User's configured default role '{role}' is not granted to this user. Contact your local system "
    "administrator, or attempt to login using a CLI client with a connect string selecting another role, "
    "e.g. PUBLIC.",
    reported("https://github.com/kulmam92/snowflake_flyway/issues/2"),
)
role_not_granted = Row(  # a sign-in that names such a role
    390189,
    "08001",
    "Role '{role}' specified in the connect string is not granted to this user. Contact your local system "
    "administrator, or attempt to login with another role, e.g. PUBLIC.",
    REPORTED,
)
invalid_privilege = compilation(  # the kind of object has no such privilege
    3008, "42501", "Invalid object type '{kind}' for privilege '{privilege}'.", REPORTED_WORDS
)
read_before_write = refusal("The READ privilege must be granted before the WRITE privilege on a stage.", OURS)

# Functions and their arguments

unknown_function = compilation(2140, "42601", "Unknown function {name}.", recorded("ddl-ctas-checks"))
_wrong_arguments = compilation(
    1044,
    "42P13",
    "Invalid argument types for function '{function}': ({types})",
    recorded("docs/functions.md#snowflake-argument-type-strictness"),
)


def wrong_arguments(function: str, types: str) -> ProgrammingError:
    return _wrong_arguments(function.upper(), types)


does_not_support = compilation(
    2016,
    "22000",
    "Function {function} does not support {type_} argument type",
    recorded("docs/functions.md#snowflake-argument-type-strictness"),
)
_missing_arguments = compilation(
    938, "22023", "not enough arguments for function [{function}()], missing {names}.", OURS
)


def missing_arguments(function: str, names: Sequence[str]) -> ProgrammingError:
    return _missing_arguments(function, ", ".join(names))


not_enough_arguments = compilation(
    938, "22023", "not enough arguments for function [{function}()], expected {expected}, got {count}", REPORTED
)
too_many_arguments = compilation(
    939, "22023", "too many arguments for function [{function}()] expected {expected}, got {count}", REPORTED
)
unknown_argument = compilation(1044, "42P13", "Invalid argument name '{name}' for function '{function}'", OURS)
no_columns = compilation(2057, "42601", "SELECT with no columns", recorded("functions-generator", has_number=False))
invalid_parameter_value = compilation(
    1008, "22023", "Invalid parameter value: {value}. Reason: {reason}", recorded("functions-seq", has_number=False)
)
not_a_date_part = compilation(  # what EXTRACT and DATE_PART say
    1008,
    "22023",
    "invalid value [{part}] for parameter '{function} date/time part'",
    recorded("docs/functions.md#the-component-vocabulary-extract-and-date_part-share", has_number=False),
)
unknown_date_part = Row(
    2151,
    "22023",
    "SQL compilation error: ['{part}'] is not a valid date/time component for function {function}.",
    REPORTED,
)
no_part_of_time = Row(
    2151,
    "22023",
    "SQL compilation error: [{part}] is not a valid date/time component for function {function} and type TIME.",
    recorded("DateTimeUnitCompileRefusalTest", has_number=False),
)
unknown_part_of_time = Row(
    2151,
    "22023",
    "SQL compilation error: ['{part}'] is not a valid date/time component for function {function} and type {type_}.",
    recorded("DateTimeUnitCompileRefusalTest", has_number=False),
)
_NOT_A_PATTERN = "Invalid regular expression: '{pattern}', {why}"
invalid_pattern = Row(100048, "2201B", _NOT_A_PATTERN, documented("sql-reference/functions-regexp", has_number=False))
range_too_old = Row(  # of a history function; the limit is documented
    707, "22023", "Cannot retrieve data from more than {age} ago.", OURS
)


def invalid_regular_expression(why: str, pattern: str) -> ProgrammingError:
    return invalid_pattern(pattern, why)


# Types and casts

unsupported_data_type = compilation(2040, "42601", "Unsupported data type '{name}'.", REPORTED)
invalid_precision = compilation(
    1008,
    "22023",
    "Invalid data type 'NUMBER({precision},{scale})': the precision is 1 to 38, the scale at most that.",
    OURS,
)
no_predicate = compilation(
    2016, "22000", "Invalid data type [{type_}] for predicate [{predicate}]", recorded("changelog", has_number=False)
)
invalid_parameter_type = compilation(
    1007, "22023", "invalid type [{type_}] for parameter '{parameter}'", recorded("functions-flatten", has_number=False)
)
missing_argument = compilation(
    938,
    "22023",
    "missing required argument [{argument}] for function [{function}]",
    recorded("functions-flatten", has_number=False),
)
unexpected_argument = compilation(
    938,
    "22023",
    "invalid argument for function [{function}] unexpected argument [{argument}] at position {place},",
    recorded("functions-flatten", has_number=False),
)
bad_flattening_mode = Row(
    100072,
    "22023",
    "Bad flattening mode '{mode}' (not 'BOTH', 'ARRAY', or 'OBJECT')",
    recorded("functions-flatten", has_number=False),
)
invalid_cast = compilation(1007, "22023", "invalid type [CAST({from_} AS {to})] for parameter", REPORTED)
not_to_boolean = compilation(
    1007,
    "22023",
    "invalid type [TO_BOOLEAN({written})] for parameter 'TO_BOOLEAN'",
    recorded("docs/functions.md"),
)
expression_type_mismatch = compilation(
    2023,
    "22000",
    "Expression type does not match column data type, expecting {expected} but got {actual} for column {column}",
    recorded("dml-insert-type-matching"),
)
incompatible_types = compilation(
    2023, "22000", "incompatible types: [{actual}] and [{expected}]", recorded("dml-insert-type-matching")
)
cannot_convert = compilation(
    2016,
    "22000",
    "Can not convert parameter '{parameter}' of type [{type_}] into expected type [{expected}]",
    recorded("docs/functions.md", has_number=False),
)
_try_cast_of_no_text = compilation(
    1065,
    "22023",
    "Function TRY_CAST cannot be used with arguments of types {from_} and {to}",
    documented("sql-reference/functions/try_cast"),
)


def try_cast_of_no_text(to: str, from_: str) -> ProgrammingError:
    return _try_cast_of_no_text(from_.upper(), to.upper())


# Values

division_by_zero = Row(100051, "22012", "Division by zero", documented("sql-reference/functions/mod"))
no_hex = Row(
    100115,
    "22018",
    "The following string is not a legal hex-encoded value: '{value}'",
    documented("sql-reference/functions/to_binary"),
)
_no_number = Row(100038, "22018", "Numeric value '{value}' is not recognized", REPORTED)
_no_moment = Row(100040, "22018", "{kind} '{value}' is not recognized", REPORTED)


def not_recognized(value: str, type_: str) -> ProgrammingError:
    """A text that a cast cannot read."""
    if re.match(r"INT|BIGINT|HUGEINT|DECIMAL|DOUBLE|FLOAT", type_):
        return _no_number(value)
    return _no_moment(type_.capitalize(), value)


_out_of_range = Row(
    100046,
    "22003",
    "Number out of representable range: type {type_}, value {value}",
    recorded("docs/functions.md", has_number=False),
)


def out_of_range(value: str, type_: str) -> ProgrammingError:
    """A number that its column's type cannot hold. Recorded with the bytes that so many digits take."""
    number = re.fullmatch(r"(?:DECIMAL|NUMBER)\((\d+),\s*(\d+)\)", type_)
    if number is None:
        return _out_of_range(type_, value)
    size = next(size for most, size in ((2, 1), (4, 2), (9, 4), (18, 8), (38, 16)) if int(number[1]) <= most)
    return _out_of_range(f"FIXED[SB{size}]({number[1]},{number[2]}){{nullable}}", value)


def result_out_of_range(value: str) -> ProgrammingError:
    """What arithmetic makes that 128 bits cannot hold. Recorded: frostlake/ArithmeticCarrierOverflowTest."""
    return _out_of_range("FIXED[SB16](38,0){not null}", value)


sum_overflow = Row(
    100046,
    "22003",
    "Value overflow in a SUM aggregate",
    recorded("ArithmeticCarrierOverflowTest", has_number=False),
)

_OF_A_WRITE = "DML operation to table {table} failed on column {column} with error: {message}"
_MACROS = recorded("constraints-write-violations")
_STATES = {
    "100039": "22003",
    "100051": "22012",
    "100071": "22000",
    "100082": "22000",
    "100107": "22000",
    "100072": "22000",
    "100069": "22P02",
    "100078": "22000",
    "100035": "22007",
    "100040": "22007",
}


def failed(number: str, place: str, message: str) -> ProgrammingError:
    """What a macro of sql/macros.py has failed with, which says the message; a write names its table and column."""
    if number == "2":
        return not_emulated(message)
    table, _, column = place.partition("|")
    state = _STATES.get(number, "22018")
    if table:
        return Row(int(number), state, _OF_A_WRITE, _MACROS)(table, column, message)
    return Row(int(number), state, "{message}", _MACROS)(message)


def null_in_not_null(table: str, column: str) -> ProgrammingError:
    return failed("100072", f"{table}|{column}", "NULL result in a non-nullable column")


# Queries

not_in_group_by = compilation(
    979,
    "42601",
    "[{name}] is not a valid group by expression",
    recorded("query-aggregate-in-order-by-and-qualify", has_number=False),
)
misplaced_aggregate = compilation(
    2303,
    "42601",
    "Invalid aggregate function in {clause} clause [{function}]",
    recorded("SubqueryOwnWhereAggregateTest", has_number=False),
)
not_in_order_by = compilation(
    979, "42601", "[{name}] is not a valid order by expression", recorded("DistinctOrderKeyScopeTest", has_number=False)
)
_not_grouped = Row(
    1104,
    "42601",
    "SQL compilation error: error line {line} at position {column}\n"
    "'{name}' in select clause is neither an aggregate nor in the group by clause.",
    recorded("query-grouping-sets", has_number=False),
)


def not_grouped(name: str, sql: str, position: int) -> ProgrammingError:
    return _not_grouped(*line_and_column(sql, position), name)


unsupported_subquery = compilation(
    2031,
    "42601",
    "Unsupported subquery type cannot be evaluated at line {line}, position {column}",
    recorded("query-correlated-subquery-over-flatten", has_number=False),
)
window_without_order = compilation(
    2303,
    "42601",
    "Window function type [{function}] requires ORDER BY in window specification.",
    recorded("WindowOrderByRequiredTest", has_number=False),
)
misplaced_window = compilation(
    2303,
    "42601",
    "Window function [{function}] appears outside of SELECT, QUALIFY, and ORDER BY clauses.",
    reported("Snowpark's own tests: test_window_function_inside_where_and_having_clauses", has_number=False),
)
_OF_WINDOW_FRAMES = reported("Snowpark's own tests: tests/integ/scala/test_window_frame_suite.py", has_number=False)
invalid_window_frame = compilation(2303, "42601", "Invalid window frame.", _OF_WINDOW_FRAMES)
mixed_window_frame = compilation(
    2303, "42601", "Mixing numeric and interval frames is not supported.", _OF_WINDOW_FRAMES
)
interval_frame_of_numbers = compilation(
    2303, "42601", "numeric ORDER BY clause only allows numeric window frame boundaries", _OF_WINDOW_FRAMES
)
_qualify_without_window = Row(
    2304,
    "42601",
    "SQL compilation error: error line {line} at position {column}\nfound QUALIFY clause but no window function.",
    recorded("parser-syntax-error-shape", has_number=False),
)


def qualify_without_window(sql: str = "", position: int = 0) -> ProgrammingError:
    return _qualify_without_window(*line_and_column(sql, position))


other_width = compilation(
    2057,
    "42601",
    "invalid number of result columns for set operator input branches, "
    "expected {expected}, got {found} in branch {branch}",
    REPORTED_WORDS,
)
several_rows_of_subquery = Row(90150, "22000", "Single-row subquery returns more than one row.", REPORTED)
invalid_match_condition = compilation(
    1003, "42000", "MATCH_CONDITION clause is invalid.", recorded("query-asof-join", has_number=False)
)
no_comparison_in_match_condition = compilation(
    1003,
    "42000",
    "MATCH_CONDITION clause is invalid: Only comparison operators '>=', '>', '<=' and '<' are allowed.",
    reported("Snowpark's own tests: test_asof_join_negative", has_number=False),
)
invalid_type_in_values = compilation(
    2014,
    "22000",
    "Invalid data type [{type_}] in VALUES clause",
    recorded("MultiRowValuesFoldTest", has_number=False),
)
no_constant_in_values = compilation(
    2014,
    "22000",
    "Invalid expression [{expression}] in VALUES clause",
    recorded("ValuesFoldRefusalTest", has_number=False),
)
value_list_mismatch = compilation(
    2020,
    "21S01",
    "Insert value list does not match column list expecting {expected} but got {count}",
    documented("sql-reference/sql/insert"),
)
nondeterministic_change = Row(100090, "42P18", "Duplicate row detected during DML action", REPORTED)
stream_unchangeable = refusal("Object '{name}' of type STREAM cannot be changed.", OURS)

# Tables and their columns

missing_column_specification = compilation(  # a CREATE of a query with a column that has no name
    2022, "42601", "Missing column specification", recorded("ddl-ctas-checks")
)
invalid_column_list = compilation(  # a CREATE that lists more or fewer columns than its query has
    2026, "42601", "Invalid column definition list", recorded("ddl-ctas-checks", has_number=False)
)
template_without_columns = refusal("The template of CREATE TABLE ... USING TEMPLATE lists no columns.", OURS)
no_column = compilation(904, "42000", "column '{name}' does not exist", recorded("ddl-alter-table-surface"))
column_exists = compilation(1110, "42711", "column '{name}' already exists", recorded("ddl-alter-table-surface"))
contains_nulls = compilation(
    100072, "22000", "Column '{column}' contains null values. Not null constraint cannot be added.", REPORTED_WORDS
)
_UNCHANGEABLE = "SQL compilation error: cannot change column {column} from type {old} to {new}"
_ALTER_COLUMN = documented("sql-reference/sql/alter-table-column")
column_type_unchangeable = Row(2108, "22000", _UNCHANGEABLE, _ALTER_COLUMN)
column_scale_unchangeable = Row(
    2108, "22000", f"{_UNCHANGEABLE} because changing the scale of a number is not supported.", _ALTER_COLUMN
)
column_length_unchangeable = Row(
    40050, "22000", f"{_UNCHANGEABLE} because reducing the byte-length of varchar is not supported.", _ALTER_COLUMN
)
default_type_mismatch = compilation(
    2023,
    "22000",
    "Default value data type does not match data type for column {column}",
    recorded("ddl-column-default-match", has_number=False),
)
no_default_of_binary = Row(  # on one line
    2023,
    "22000",
    "SQL compilation error: Default values are not allowed on 'BINARY' columns.",
    recorded("ddl-column-default-match", has_number=False),
)
invalid_default = compilation(
    2262,
    "22000",
    "Invalid column default expression [{written}]",
    recorded("ddl-add-column-default", has_number=False),
)
several_defaults = Row(  # with the space
    3002,
    "0A000",
    "SQL compilation error: \nMultiple DEFAULT or AUTOINCREMENT expressions declared for column {column}.",
    recorded("ddl-duplicate-property", has_number=False),
)
permanent_clone_of_temporary = compilation(
    2119,
    "0A000",
    "Temp table cannot be cloned to a permanent table; clone to a transient table instead.",
    REPORTED,
)
permanent_clone_of_transient = compilation(
    2120, "0A000", "Transient object cannot be cloned to a permanent object.", REPORTED
)
no_constraint = compilation(
    2003, "02000", "constraint '{name}' does not exist", recorded("ddl-alter-constraint", has_number=False)
)
second_primary_key = refusal(
    "primary key already exists for table '{table}'", recorded("ddl-duplicate-property", has_number=False)
)
same_key_twice = refusal(
    "constraint with the same signature already exists on table '{table}'",
    recorded("ddl-duplicate-property", has_number=False),
)
not_clustered = refusal("Table '{table}' is not clustered", recorded("ddl-alter-table-properties", has_number=False))

# Files: COPY INTO, stages and formats


def copy_refusal(template: str, source: Source) -> Row:
    """What COPY INTO answers on one line."""
    return Row(3002, "0A000", f"SQL compilation error: {template}", source)


repeated_copy_option = copy_refusal(
    "conflicting values for copy option '{name}'", recorded("ddl-duplicate-property", has_number=False)
)
repeated_format_option = copy_refusal(
    "conflicting values file format parameter '{name}'", recorded("ddl-duplicate-property", has_number=False)
)
match_with_transform = copy_refusal("match_by_column_name is not supported with copy transform", REPORTED_WORDS)
match_without_header = copy_refusal(
    "match_by_column_name option is not supported for file format CSV without PARSE_HEADER = TRUE", REPORTED_WORDS
)
header_without_match = refusal(
    'Invalid file format "PARSE_HEADER" is only allowed for CSV INFER_SCHEMA and MATCH_BY_COLUMN_NAME', REPORTED_WORDS
)
header_and_skip = refusal("Invalid file format: PARSE_HEADER is not allowed together with SKIP_HEADER.", OURS)
validation_with_transform = refusal(
    "VALIDATION_MODE does not support COPY with transform.",
    documented("sql-reference/sql/copy-into-table", has_number=False),
)
validation_with_match = refusal(
    "MATCH_BY_COLUMN_NAME cannot be used with VALIDATION_MODE.",
    documented("sql-reference/sql/copy-into-table", has_number=False),
)
metadata_without_match = refusal(
    "INCLUDE_METADATA can only be used with MATCH_BY_COLUMN_NAME.",
    documented("sql-reference/sql/copy-into-table", has_number=False),
)
not_in_copy = Row(
    3002,
    "0A000",
    "SQL Compilation error: Function '{function}' not supported within a COPY",
    documented("user-guide/data-load-transform#supported-functions", has_number=False),
)
simple_select_only = refusal(
    "COPY statement only supports simple SELECT from stage statements for import.",
    documented("user-guide/data-load-transform", has_number=False),
)
one_variant_column = compilation(
    2019,
    "0A000",
    "{type_} file format can produce one and only one column of type variant, object, or array. Load data into "
    "separate columns using the MATCH_BY_COLUMN_NAME copy option or copy with transformation.",
    REPORTED,
)
no_load_in_session = compilation(
    1044,
    "42P13",
    "Invalid argument [We couldn't find a copy for this table which occurred during this session ]",
    REPORTED_WORDS,
)
load_of_another_table = compilation(
    1044,
    "42P13",
    "Invalid argument [The specified Job UUID does not load into the specified table]",
    REPORTED_WORDS,
)
too_many_files = refusal("The number of files exceeds the 1,000 limit.", REPORTED_WORDS)
remote_file_not_found = Row(
    91016,
    "22000",
    "Remote file '{name}' was not found. There are several potential causes. The file might not exist. "
    "The required credentials may be missing or invalid. If you are running a copy command, please make sure files "
    "are not deleted when they are being loaded or files are not being loaded into two different tables "
    "concurrently with auto purge option.",
    REPORTED,
)
invalid_location = compilation(
    1003,
    "42000",
    "Invalid stage location '{reference}'. Name it as @stage, @schema.stage/path or @db.schema.stage/path.",
    OURS,
)


def stage_does_not_exist(name: str) -> ProgrammingError:
    return does_not_exist("Stage", name)


_malformed_csv = Row(100144, "22000", "{fault}\n  File '{file}', line {line}", REPORTED_WORDS)


def csv_fault(why: str) -> str:
    """What is wrong with a CSV record that DuckDB cannot read."""
    if "unicode" in why:
        return "Invalid UTF8 detected in string"
    return f"Error parsing CSV: {'a quote is not closed' if 'unterminated quote' in why else why.splitlines()[0]}"


def malformed_csv(line: str | int, why: str, file: str) -> ProgrammingError:
    """A CSV file that cannot be read, where no row of it can be named."""
    return _malformed_csv(csv_fault(why), file, line)


_malformed_json = Row(
    100069,
    "22P02",
    "Error parsing JSON: {why}, line {line}, pos {position}\n  File '{file}', line {line}",
    REPORTED,
)


def malformed_json(file: str, why: str, line: int, position: int) -> ProgrammingError:
    return _malformed_json(why, line, position, file)


_damaged_parquet = Row(100150, "22000", "Error parsing the parquet file: Invalid: {why}{where}", REPORTED_WORDS)


def damaged_parquet(file: str, why: str) -> ProgrammingError:
    """What is not a Parquet file, or is damaged or encrypted."""
    return _damaged_parquet(why.strip(), f"\n  File '{file}'" if file else "")


_invalid_utf8_in_parquet = Row(
    100144, "22000", "Invalid UTF8 detected in string '{value}'\n  File '{file}'{column}", REPORTED_WORDS
)


def invalid_utf8_in_parquet(file: str, value: str, column: str = "") -> ProgrammingError:
    return _invalid_utf8_in_parquet(value, file, f", column {column}" if column else "")


options_clash = refusal(
    "COPY INTO location does not allow {first} together with {second}.",
    documented("sql-reference/sql/copy-into-location", has_number=False),
)
files_exist = Row(
    1030,
    "22000",
    "Files already existing at the unload destination: {place}. Use overwrite option to force unloading.",
    REPORTED,
)
no_time_zone_in_parquet = refusal(
    "Error encountered when unloading to PARQUET: TIMESTAMP_TZ and LTZ types are not supported for unloading to "
    "Parquet. Cast column {column} to TIMESTAMP_NTZ.",
    documented("sql-reference/sql/copy-into-location", has_number=False),
)

# Scripting and tasks


def uncaught(kind: str, code: int, state: str, message: str, line: int, column: int) -> ProgrammingError:
    """An exception that no handler of a block has caught, with the code and SQLSTATE of what raised it."""
    template = "Uncaught exception of type '{kind}' on line {line} at position {column}{told}"
    source = documented("sql-reference/snowflake-scripting/raise")
    return Row(code, state, template, source)(kind, line, column, f" : {message}" if message else "")


unknown_label = compilation(  # of BREAK or CONTINUE
    904, "42000", "Label '{name}' not found", recorded("scripting-loop-label", has_number=False)
)
cursor_not_open = Row(  # of FETCH and CLOSE
    2000, "02000", "CURSOR {name} is not open.", recorded("scripting-cursor-manual-fetch", has_number=False)
)
rows_of_select_into = Row(
    3002,
    "02000",
    "A SELECT INTO statement expects exactly 1 returned row, but got {count}.",
    REPORTED_WORDS,
)
incomplete_transaction = Row(  # a block has ended without ending the transaction that it began
    90232,
    "22000",
    "Scoped transaction started in stored procedure is incomplete and it was rolled back.",
    documented("sql-reference/transactions#scoped-transactions"),
)
task_not_suspended = Row(
    91421,
    "22000",
    "Unable to update graph with root task {name} since that root task is not suspended.",
    documented("sql-reference/sql/alter-task"),
)
not_in_a_task = Row(
    3002,
    "0A000",
    "Function {function} must be called from within a task.",
    recorded("TaskGraphConfigTest", has_number=False),
)
invalid_condition = compilation(
    3002,
    "0A000",
    "Invalid expression for task condition expression: {expression}. Expecting one of the following: "
    "[SYSTEM$STREAM_HAS_DATA, SYSTEM$GET_PREDECESSOR_RETURN_VALUE], comparisons, AND, OR, NOT, casts.",
    documented("sql-reference/sql/create-task", has_number=False),
)

# Properties and graphs of tasks


def of_tasks(template: str, suite: str = "TaskGraphRulesTest", number: int = 0) -> Row:
    """What an account has said of a task that does not go together with its graph; its number is seldom known."""
    return Row(number or 3002, "0A000", template, recorded(suite, has_number=bool(number)))


_CLAUSES, _CHECKS = "TaskGraphClausesTest", "TaskPropertyChecksTest"

nonexistent_warehouse = of_tasks("Nonexistent warehouse {name} was specified.", _CHECKS)
invalid_config = of_tasks("Invalid config. Must be a string representation of a valid JSON Object.", _CLAUSES)
parameter_not_of_tasks = of_tasks(
    "The parameter {name} is not supported with Tasks. Remove the parameter and try again.", _CLAUSES
)
overlap_given_twice = of_tasks(
    "Cannot specify ALLOW_OVERLAPPING_EXECUTION and OVERLAP_POLICY to different values in the same command.", _CLAUSES
)
not_serverless = of_tasks("Cannot set {name} on a non-serverless task.", _CLAUSES)
completion_not_serverless = Row(
    91857,
    "42601",
    "TARGET_COMPLETION_INTERVAL is only allowed for serverless Tasks. {task} is not a serverless task.",
    reported("snowflakedb/terraform-provider-snowflake, tasks_gen_integration_test.go"),
)
completion_missing = Row(
    3002,
    "0A000",
    "TARGET_COMPLETION_INTERVAL is required for a serverless triggered task.",
    documented("sql-reference/sql/create-task", has_number=False),
)
smallest_over_largest = of_tasks(
    "SERVERLESS_TASK_MIN_STATEMENT_SIZE ({smallest}) cannot be greater than SERVERLESS_TASK_MAX_STATEMENT_SIZE"
    " ({largest}).",
    _CLAUSES,
)
initial_under_smallest = of_tasks(
    "USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE ({initial}) cannot be less than SERVERLESS_TASK_MIN_STATEMENT_SIZE"
    " ({smallest}).",
    _CLAUSES,
)
schedule_of_child = Row(
    91400,
    "0A000",
    "Task {task} cannot have both a schedule and a predecessor.",
    recorded("task-execution", has_number=False),
)
schedule_of_finalizer = of_tasks("Task {task} cannot have a schedule and be a finalizer task.")
config_of_child = of_tasks("Task {task} cannot both be a non-root task and have a config.")
overlap_of_child = of_tasks("Cannot set overlap policy on non-root task {task}.", _CLAUSES)
allow_overlap_of_child = of_tasks("Cannot set allow_overlapping_execution on non-root task {task}.")
parameter_of_child = of_tasks(
    "Cannot set parameter {parameter} on non-root task {task}. Non-root tasks use the parameter setting from their root"
    " task. Please set this on the root task for this task instead."
)
unknown_predecessor = of_tasks("Invalid predecessor {name} was specified.")
predecessor_elsewhere = of_tasks("Cannot have predecessor {name} from a different schema.")
predecessor_of_itself = of_tasks("Task {task} cannot use itself as its predecessor.")
not_a_predecessor = of_tasks("Task {task} does not have predecessor {name}.")
owners_of_graph = Row(
    3002,
    "0A000",
    "All tasks in a task graph must have the same owner: {task} and {other} have not.",
    documented("user-guide/tasks-graphs", has_number=False),
)
unknown_finalized = of_tasks("Invalid finalized root task {name} was specified.")
finalized_elsewhere = of_tasks("Cannot finalize graph {name} in a different schema.")
finalized_is_child = of_tasks("Task {task} cannot finalize a non-root task {root}.")
finalizes_itself = of_tasks("Task {task} cannot finalize itself.")
finalized_already = of_tasks("Finalize target {root} already have finalizer.", _CLAUSES)
finalizer_with_predecessors = of_tasks("Task {task} cannot have predecessors as a finalizer task.")
finalizer_with_children = of_tasks("Task {task} cannot have children as a finalizer task.")
child_with_finalizer = of_tasks(
    "This task has a finalizer and cannot be made a child task. Please remove the finalizer before adding a"
    " predecessor."
)
replaced_with_child = of_tasks(
    "Cannot replace task {task} with a non-root task because it has a finalizer task. Please remove the finalizer task"
    " first."
)
_TERRAFORM = reported("snowflakedb/terraform-provider-snowflake, tasks_gen_integration_test.go", has_number=False)
graph_has_cycle = Row(3002, "0A000", "Graph has at least one cycle containing task {task}.", _TERRAFORM)
graph_has_roots = Row(
    3002, "0A000", "The graph has more than one root task (one without predecessors): {tasks}.", _TERRAFORM
)
executes_child = of_tasks(
    "Execute task cannot be called on non-root task {task}. Call EXECUTE TASK on the root task of its graph instead.",
    _CLAUSES,
    91435,
)
no_return_value = Row(
    3002,
    "0A000",
    "SYSTEM$GET_PREDECESSOR_RETURN_VALUE needs the name of an enabled predecessor; this task has: {names}.",
    documented("sql-reference/functions/system_get_predecessor_return_value", has_number=False),
)
no_such_task = Row(
    3002,
    "0A000",
    "Invalid value [{name}] for function '{function}', parameter 1: must be a valid task name",
    recorded("TaskScheduleUnitsTest", has_number=False),
)

# Streams

stream_without_table = refusal(  # which has been dropped or replaced
    "Base table '{table}' dropped, cannot read from stream '{stream}'.", REPORTED_WORDS
)
stream_source_untracked = Row(  # on a shared table whose provider does not track changes
    3001,
    "42501",
    "SQL access control error:\nInsufficient privileges to operate on stream source without CHANGE_TRACKING "
    "enabled '{table}'",
    REPORTED,
)
change_tracking_missing = compilation(  # the words of a dynamic table on a shared table, which are documented
    91930,
    "2F003",
    "Change tracking is not enabled or has been missing for the time range requested on table '{table}'.",
    documented("user-guide/data-sharing-provider#streams-on-shared-objects", has_number=False),
)
_UNTRACKABLE = "Change tracking is not supported on queries with"
untrackable_clause = compilation(  # LIMIT is quoted, DISTINCT and QUALIFY follow it
    91926, "0A000", f"{_UNTRACKABLE} {{clause}}.", recorded("stream-on-view-cdc", has_number=False)
)
untrackable_join = compilation(
    91926, "0A000", f"{_UNTRACKABLE} joins of type '[{{join}}]'.", recorded("stream-on-view-cdc", has_number=False)
)
untrackable_function = compilation(
    91926,
    "0A000",
    "Query contains the function '{name}', but change tracking is not supported on queries with non-deterministic "
    "functions.",
    REPORTED_WORDS,
)
insert_only_stream_on_view = Row(  # the table is the first that the view reads
    91926,
    "0A000",
    "SQL compilation error: line 0 at position -1:\nChange tracking of type INSERT_ONLY is not supported on queries "
    "with 'TABLE' inside views, saw '{table}'. (inside view '{view}').",
    reported("https://github.com/mlorek/frostlake: StreamSourceRulesTest", has_number=False),
)
insert_only_stream = Row(
    3002,
    "0A000",
    "Streams of type INSERT_ONLY can only be created on external tables or Iceberg tables with an external catalog "
    "integration.",
    reported("https://github.com/mlorek/frostlake: StreamSourceRulesTest", has_number=False),
)
stale_stream = refusal("Stream '{stream}' is stale. Recreate it with CREATE OR REPLACE STREAM.", OURS)
stream_of_other_table = refusal("Stream '{stream}' is not on table '{table}'.", OURS)

# Shares and imported databases

not_of_shared_database = compilation(  # a share holds the objects of one database
    3033, "0A000", "{kind} '{name}' does not belong to the database that is being shared.", REPORTED
)
reference_usage_before_usage = Row(
    500130,
    "22000",
    "Cannot grant REFERENCE_USAGE on database {database} to share {share}. "
    "Grant USAGE on a database to share prior to granting REFERENCE_USAGE.",
    documented("release-notes/bcr-bundles/2025_07/bcr-2136"),
)
_select_before_usage = refusal(  # the order is documented
    "Cannot grant SELECT on {kind} {name} to share {share}. "
    "Grant USAGE on schema {schema} to share prior to granting SELECT.",
    OURS,
)


def select_before_usage(kind: str, path: Sequence[str], share: str) -> ProgrammingError:
    return _select_before_usage(kind.lower(), ".".join(path), share, ".".join(path[:2]))


not_secure = Row(
    90838,
    "0A000",
    'Non-secure object can only be granted to shares with "secure_objects_only" property set to false.',
    REPORTED,
)
view_reads_other_database = refusal(
    "A view or function being shared cannot reference objects from other databases. "
    "View '{view}' reads database '{database}'. "
    "GRANT REFERENCE_USAGE ON DATABASE {database} TO SHARE {share} first.",
    documented("user-guide/data-sharing-multiple-db", has_number=False),
)
share_without_database = Row(  # accounts cannot be added yet
    3516,
    "55000",
    "Share '{share}' does not currently have a database. "
    "Grant USAGE on a database to the share before accounts are added.",
    OURS,
)
cannot_share_with = compilation(3029, "0A000", "Following accounts cannot be added to this share: {account}.", REPORTED)
bulk_is_restricted = refusal(
    "Bulk {verb} on objects of type {kind} {preposition} {grantee} is restricted.", REPORTED_WORDS
)
future_grant_to_share = refusal("Future grant on objects to SHARE is restricted.", REPORTED_WORDS)
secure_only_stays_off = refusal(
    "Cannot change property '{name}' of share '{share}' back to TRUE.",
    documented("sql-reference/sql/create-share", has_number=False),
)
_still_shared = refusal(
    "Database '{database}' cannot be dropped. It is still shared by {count} shares, including shares {names}.",
    REPORTED_WORDS,
)


def still_shared(database: str, shares: Sequence[str]) -> ProgrammingError:
    return _still_shared(database, len(shares), ", ".join(f"'{name}'" for name in shares))


shared_database_gone = compilation(  # the share has been dropped, or closed to the account
    3030,
    "02000",
    "Shared database is no longer available for use. It will need to be re-created if and when the publisher makes "
    "it available again.",
    REPORTED,
)
already_imported = refusal("Share '{share}' is already imported as database '{database}'.", OURS)
individual_privileges_on_imported = compilation(
    3011,
    "42501",
    "Granting individual privileges on imported database is not allowed. Use 'GRANT IMPORTED PRIVILEGES' instead.",
    REPORTED,
)
no_time_travel_on_imported = refusal(
    "Time Travel is not supported on imported database '{database}'.",
    documented("user-guide/data-share-consumers", has_number=False),
)

# Iceberg tables and Time Travel

not_an_iceberg_type = Row(
    91386,
    "42601",
    "SQL Compilation error:\nUnsupported data type '{type_}' for iceberg tables.",
    documented("user-guide/tables-iceberg-data-types"),
)
only_max_length = Row(
    91386,
    "42601",
    "SQL Compilation error:\nFor Iceberg tables, only max length ({length:,}) is supported for '{written}' "
    "or use {plain} directly.",
    REPORTED_WORDS,
)
not_an_iceberg_table = refusal("Table '{name}' is not an Iceberg table.", OURS)
float_in_primary_key = refusal(
    "Column '{column}' of type FLOAT cannot be in the PRIMARY KEY of an Iceberg table.", OURS
)
volume_name_reserved = refusal("External volume name '{name}' is reserved.", OURS)
volume_in_use = refusal(
    "External volume '{volume}' is used by table '{table}'.",
    documented("sql-reference/sql/drop-external-volume", has_number=False),
)
no_time_travel_data = Row(
    707,
    "02000",
    "Time travel data is not available for table {table}. The requested time is either beyond the allowed "
    "time travel period or before the object creation time.",
    documented("sql-reference/constructs/at-before#troubleshooting"),
)
