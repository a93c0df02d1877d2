"""Errors in Snowflake's own words: the message, the errno and the SQLSTATE that a client sees.

A statement that the emulator cannot run is refused here by name; it is never a silent success.
"""

import re
from collections.abc import Sequence

from snowflake.connector.errors import ProgrammingError


class Text(str):
    """A text that a statement gives in quotes: some messages show it in them."""


def failure(message: str, errno: int, sqlstate: str) -> ProgrammingError:
    return ProgrammingError(msg=message, errno=errno, sqlstate=sqlstate)


def compilation(message: str, errno: int, sqlstate: str) -> ProgrammingError:
    return failure(f"SQL compilation error:\n{message}", errno, sqlstate)


def line_and_column(sql: str, position: int) -> tuple[int, int]:
    """A position as Snowflake counts it: lines from 1, columns from 0."""
    before = sql[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1)


def syntax_error(sql: str, position: int, unexpected: str) -> ProgrammingError:
    """Says where the statement stops being Snowflake SQL: line, column and the word met there."""
    line, column = line_and_column(sql, position)
    return compilation(f"syntax error line {line} at position {column} unexpected '{unexpected}'.", 1003, "42000")


def does_not_exist(title: str, name: str) -> ProgrammingError:
    """The answer to a statement about an absent object: `Warehouse 'X' does not exist or not authorized.`"""
    return compilation(f"{title} '{name}' does not exist or not authorized.", 2003, "02000")


def scope_does_not_exist() -> ProgrammingError:
    """The answer to SHOW ... IN an absent database or schema."""
    return compilation("Object does not exist, or operation cannot be performed.", 2043, "02000")


def column_type_unchangeable(column: str, old: str, new: str, reason: str = "", number: int = 2108) -> ProgrammingError:
    because = f" because {reason} is not supported." if reason else ""
    return failure(
        f"SQL compilation error: cannot change column {column} from type {old} to {new}{because}", number, "22000"
    )


def full_path_required(name: str) -> ProgrammingError:
    return compilation(f"Must specify the full search path starting from database for {name}", 2003, "02000")


def limit_too_low(limit: int) -> ProgrammingError:
    """The end of the text is recorded: frostlake/ddl-show-scopes."""
    return compilation(f"invalid value [{limit}] for parameter 'LIMIT', it must be greater than 0", 1008, "22023")


def already_exists(name: str) -> ProgrammingError:
    return compilation(f"Object '{name}' already exists.", 2002, "42710")


def invalid_property(name: str, kind: str) -> ProgrammingError:
    return compilation(f"invalid property '{name}' for '{kind}'", 1420, "42601")


def not_enabled(name: str, feature: str) -> ProgrammingError:
    """What Standard edition answers to a property of a feature that it does not have, as public reports have it."""
    return compilation(f"invalid property '{name}'; feature '{feature}' not enabled", 1423, "22023")


def invalid_value(value: object, name: str) -> ProgrammingError:
    """A text keeps its quotes: recorded, frostlake/dml-copy-option-surface and frostlake/ddl-invalid-value-surface."""
    shown = f"'{value}'" if isinstance(value, Text) else value
    return compilation(f"invalid value [{shown}] for parameter '{name}'", 1008, "22023")


def invalid_property_value(value: object, name: str) -> ProgrammingError:
    """Recorded: frostlake/ddl-invalid-value-surface."""
    return compilation(f"invalid value '{value}' for property '{name}'", 1008, "22023")


def invalid_schedule() -> ProgrammingError:
    """Recorded: frostlake/ddl-invalid-value-surface. The number is ours."""
    return compilation(
        "Invalid schedule was specified. Please refer to the docs on what constitutes a valid schedule.", 1008, "22023"
    )


def duplicate_property(name: str) -> ProgrammingError:
    """Recorded: frostlake/ddl-duplicate-property. The number is ours."""
    return compilation(f"duplicate property '{name}';", 1422, "42601")


def invalid_parameter(name: str) -> ProgrammingError:
    return compilation(f"invalid parameter '{name}'", 1006, "22023")


def object_refuses(message: str) -> ProgrammingError:
    """The object is there, and its state does not allow the statement."""
    return compilation(message, 3002, "0A000")


def insufficient_privileges(target: str) -> ProgrammingError:
    return failure(f"SQL access control error:\nInsufficient privileges to operate on {target}", 3001, "42501")


def role_not_assigned(role: str) -> ProgrammingError:
    """USE of a role that the user has not been granted: as accounts are seen to answer.

    https://github.com/datalytyx/snowflake-webhooks/issues/4
    """
    return failure(
        f"SQL access control error:\nRequested role '{role}' is not assigned to the executing user. "
        "Specify another role to activate.",
        3013,
        "42501",
    )


def circle_of_roles(role: str, grantee: str) -> ProgrammingError:
    """https://docs.snowflake.com/en/sql-reference/sql/grant-role says that there may be none; the words are ours."""
    return failure(f"SQL access control error:\nRole '{grantee}' has been granted to role '{role}'.", 3001, "42501")


def default_role_not_granted(role: str) -> ProgrammingError:
    """As accounts are seen to answer: https://github.com/kulmam92/snowflake_flyway/issues/2"""
    return failure(
        f"User's configured default role '{role}' is not granted to this user. Contact your local system "
        "administrator, or attempt to login using a CLI client with a connect string selecting another role, "
        "e.g. PUBLIC.",
        390186,
        "08001",
    )


def role_not_granted(role: str) -> ProgrammingError:
    """A sign-in that names such a role."""
    return failure(
        f"Role '{role}' specified in the connect string is not granted to this user. Contact your local system "
        "administrator, or attempt to login with another role, e.g. PUBLIC.",
        390189,
        "08001",
    )


def no_current(kind: str, command: str) -> ProgrammingError:
    """No database (090105) or schema (090106) is current, and the name is not qualified."""
    errno = {"database": 90105, "schema": 90106}[kind]
    return failure(
        f"Cannot perform {command}. This session does not have a current {kind}. "
        f"Call 'USE {kind.upper()}', or use a qualified name.",
        errno,
        "22000",
    )


def no_active_warehouse() -> ProgrammingError:
    return failure(
        "No active warehouse selected in the current session.  "
        "Select an active warehouse with the 'use warehouse' command.",
        606,
        "57P03",
    )


def unsupported(feature: str) -> ProgrammingError:
    """Snowflake itself has no such statement."""
    return compilation(f"Unsupported feature '{feature}'.", 2, "0A000")


def not_emulated(what: str) -> ProgrammingError:
    """Refuses, by name, a statement or clause that Snowflake knows and the emulator does not."""
    return failure(
        f"Unsupported feature: {what} is not emulated. docs/emulator.md lists what is; the rest takes an account.",
        2,
        "0A000",
    )


def reserved_name(name: str) -> ProgrammingError:
    """Refuses a name that Snowflake takes, and that the emulator keeps for its own use."""
    return not_emulated(f'the name "{name}", which the emulator keeps for itself,')


def wrong_password() -> ProgrammingError:
    """https://docs.snowflake.com/en/user-guide/admin-user-management"""
    return failure("Incorrect username or password was specified.", 390100, "08001")


def name_too_long(name: str, most: int) -> ProgrammingError:
    return not_emulated(f'a part of a path with more than {most} bytes ("{name[:40]}...")')


DISK_IS_FULL = "(No space left on device|File too large|Disk quota exceeded)"


def why_full(text: str) -> str | None:
    """Why no file can grow, if that is what an error says."""
    found = re.search(DISK_IS_FULL, text)
    return found[1] if found else None


def internal(error: BaseException) -> ProgrammingError:
    """Wraps a failure inside the emulator, so that the client reads it instead of retrying an HTTP 500."""
    return failure(f"SQL execution internal error:\nThe emulator failed: {type(error).__name__}: {error}", 603, "XX000")


def disk_is_full(reason: str) -> ProgrammingError:
    return failure(
        f"The emulator's state cannot be written: {reason}. What was acknowledged is kept. "
        "Free some space, then run the command again.",
        603,
        "XX000",
    )


def state_is_damaged(what: str) -> ProgrammingError:
    return failure(
        f"The emulator's state is damaged: {what}. Nothing was changed. "
        "Put back a copy of the state folder, or move it away to start afresh.",
        603,
        "XX000",
    )


def invalid_state(message: str) -> ProgrammingError:
    """A warehouse cannot be suspended or resumed from the state it is in."""
    return failure(message, 90064, "22000")


def invalid_privilege(privilege: str, kind: str) -> ProgrammingError:
    """The kind of object has no such privilege."""
    return compilation(f"Invalid object type '{kind}' for privilege '{privilege}'", 3008, "42501")


def unknown_function(name: str) -> ProgrammingError:
    return compilation(f"Unknown function {name}.", 2140, "42601")


def unsupported_data_type(name: str) -> ProgrammingError:
    return compilation(f"Unsupported data type '{name}'.", 2040, "42601")


def statement_count(count: int, wanted: int = 1) -> ProgrammingError:
    return failure(f"Actual statement count {count} did not match the desired statement count {wanted}.", 8, "0A000")


def failed(number: str, place: str, message: str) -> ProgrammingError:
    """What a macro of sql/macros.py has failed with; a write names its table and column.

    The words before the message are recorded ones.
    """
    if number == "2":
        return not_emulated(message)
    table, _, column = place.partition("|")
    written = f"DML operation to table {table} failed on column {column} with error: {message}" if table else message
    return failure(written, int(number), _STATES.get(number, "22018"))


_STATES = {
    "100051": "22012",
    "100082": "22000",
    "100107": "22000",
    "100072": "22000",
    "100069": "22P02",
    "100078": "22000",
    "100035": "22007",
    "100040": "22007",
}


def no_predicate(type_: str, predicate: str) -> ProgrammingError:
    return compilation(f"Invalid data type [{type_}] for predicate {predicate}", 2016, "22000")


def invalid_cast(from_: str, to: str) -> ProgrammingError:
    return compilation(f"invalid type [CAST({from_} AS {to})] for parameter", 1007, "22023")


def default_type_mismatch(column: str) -> ProgrammingError:
    """Recorded: frostlake/ddl-column-default-match. The number is ours."""
    return compilation(f"Default value data type does not match data type for column {column}", 2023, "22000")


def no_default_of_binary() -> ProgrammingError:
    """Recorded, on one line: frostlake/ddl-column-default-match. The number is ours."""
    return failure("SQL compilation error: Default values are not allowed on 'BINARY' columns.", 2023, "22000")


def invalid_default(written: str) -> ProgrammingError:
    """Recorded: frostlake/ddl-add-column-default. The number is ours."""
    return compilation(f"Invalid column default expression [{written}]", 2262, "22000")


def missing_column_specification() -> ProgrammingError:
    """A CREATE of a query with a column that has no name. Recorded: frostlake/ddl-ctas-checks."""
    return compilation("Missing column specification", 2022, "42601")


def invalid_column_list() -> ProgrammingError:
    """A CREATE that lists more or fewer columns than its query has. The number is ours.

    Recorded: frostlake/ddl-ctas-checks.
    """
    return compilation("Invalid column definition list", 2026, "42601")


def not_to_boolean(written: str) -> ProgrammingError:
    """Recorded: frostlake/docs/functions.md."""
    return compilation(f"invalid type [TO_BOOLEAN({written})] for parameter 'TO_BOOLEAN'", 1007, "22023")


def expression_type_mismatch(expected: str, got: str, column: str) -> ProgrammingError:
    return compilation(
        f"Expression type does not match column data type, expecting {expected} but got {got} for column {column}",
        2023,
        "22000",
    )


def incompatible_types(got: str, expected: str) -> ProgrammingError:
    return compilation(f"incompatible types: [{got}] and [{expected}]", 2023, "22000")


def no_result(query_id: str) -> ProgrammingError:
    """RESULT_SCAN of a statement whose result is not kept: unknown, of another session, or too long ago."""
    return failure(f"Statement {query_id} not found", 709, "02000")


def lock_timeout(database: str, seconds: float) -> ProgrammingError:
    return failure(
        f"Statement was aborted because the lock on database '{database}' was not released within {seconds:g} "
        "seconds (LOCK_TIMEOUT): another session has an open transaction that changes it.",
        625,
        "57014",
    )


def cancelled() -> ProgrammingError:
    """A statement that its client, or another one, has cancelled."""
    return failure("SQL execution canceled", 604, "57014")


def statement_timeout(seconds: int) -> ProgrammingError:
    """https://docs.snowflake.com/en/sql-reference/parameters#statement-timeout-in-seconds"""
    return failure(
        f"Statement reached its statement or warehouse timeout of {seconds:,} second(s) and was canceled.", 630, "57014"
    )


def is_end_of_statement(error: BaseException) -> bool:
    """Whether a statement has been ended from outside, which no handler of a block catches."""
    return isinstance(error, ProgrammingError) and error.errno in (604, 630)


def not_executing() -> ProgrammingError:
    """The answer to cancelling what does not run, as seen in practice."""
    return failure("Identified SQL statement is not currently executing.", 605, "02000")


def no_transaction(id_: str) -> ProgrammingError:
    """The text is ours."""
    return object_refuses(f"Transaction {id_} is not running. SHOW TRANSACTIONS lists those that are.")


def stream_without_table(table: str, stream: str) -> ProgrammingError:
    """The stream's table has been dropped or replaced. The text is one seen in practice; the docs have none."""
    return object_refuses(f"Base table '{table}' dropped, cannot read from stream '{stream}'.")


def stream_source_untracked(table: str) -> ProgrammingError:
    """A stream on a shared table whose provider does not track changes. The text is one seen in practice.

    https://docs.snowflake.com/en/user-guide/data-sharing-provider#streams-on-shared-objects
    """
    return failure(
        "SQL access control error:\nInsufficient privileges to operate on stream source without CHANGE_TRACKING "
        f"enabled '{table}'",
        3001,
        "42501",
    )


def change_tracking_missing(table: str) -> ProgrammingError:
    """The provider has stopped to track changes since the stream was made.

    The text is that of a dynamic table on a shared table, the one that is documented.
    """
    message = f"Change tracking is not enabled or has been missing for the time range requested on table '{table}'."
    return compilation(message, 91930, "2F003")


def stale_stream(stream: str) -> ProgrammingError:
    """The stream's offset has left the table's retention. The documentation gives no text: this one is ours."""
    return object_refuses(f"Stream '{stream}' is stale. Recreate it with CREATE OR REPLACE STREAM.")


def nondeterministic_merge() -> ProgrammingError:
    return failure("Duplicate row detected during DML action", 100090, "42P18")


def null_in_not_null(table: str, column: str) -> ProgrammingError:
    """The words are recorded ones."""
    return failed("100072", f"{table}|{column}", "NULL result in a non-nullable column")


def invalid_identifier(name: str, sql: str = "", position: int = 0) -> ProgrammingError:
    line, column = line_and_column(sql, position)
    return failure(
        f"SQL compilation error: error line {line} at position {column}\ninvalid identifier '{name}'", 904, "42000"
    )


def unknown_scope(title: str, name: str) -> ProgrammingError:
    """The database or schema that a table is named in is not there."""
    return compilation(f"{title} '{name}' does not exist or not authorized.", 2003, "42S02")


def unknown_object(name: str) -> ProgrammingError:
    """A table or view in a query that is not there: https://docs.snowflake.com/en/user-guide/querying-errors"""
    return compilation(f"Object '{name}' does not exist or not authorized.", 2003, "42S02")


def not_recognized(value: str, type_: str) -> ProgrammingError:
    """A text that a cast cannot read."""
    kind = "Numeric value" if re.match(r"INT|BIGINT|HUGEINT|DECIMAL|DOUBLE|FLOAT", type_) else type_.capitalize()
    errno = 100038 if kind == "Numeric value" else 100040
    return failure(f"{kind} '{value}' is not recognized", errno, "22018")


def no_hex(value: str) -> ProgrammingError:
    """https://docs.snowflake.com/en/sql-reference/functions/to_binary"""
    return failure(f"The following string is not a legal hex-encoded value: '{value}'", 100115, "22018")


def two_databases(first: str, second: str) -> ProgrammingError:
    return not_emulated(f"a transaction that changes two databases ({second}, {first})")


def changed_meanwhile() -> ProgrammingError:
    """DuckDB saw another session change what this transaction changes; Snowflake would have made it wait."""
    return failure(
        "Your statement was aborted because another transaction changed the same rows. Roll back and run it again.",
        625,
        "57014",
    )


def column_by_position(position: str) -> ProgrammingError:
    return not_emulated(f"a column by its position (${position}) of anything but a staged file")


def division_by_zero() -> ProgrammingError:
    return failure("Division by zero", 100051, "22012")


def no_variable(name: str) -> ProgrammingError:
    return compilation(f"error line 1 at position 0\nSession variable '{name}' does not exist", 2211, "02000")


def out_of_range(value: str, type_: str) -> ProgrammingError:
    """A number that its column's type cannot hold."""
    written = re.fullmatch(r"(?:DECIMAL|NUMBER)\((\d+),\s*(\d+)\)", type_)
    shown = f"FIXED[SB{_bytes(int(written[1]))}]({written[1]},{written[2]}){{nullable}}" if written else type_
    return failure(f"Number out of representable range: type {shown}, value {value}", 100046, "22003")


def _bytes(precision: int) -> int:
    """The bytes that a NUMBER of so many digits takes. Recorded: frostlake/docs/functions.md, .../operators.md."""
    return next(size for most, size in ((2, 1), (4, 2), (9, 4), (18, 8), (38, 16)) if precision <= most)


def value_refused() -> ProgrammingError:
    """A value that a function or cast cannot take, in words of ours: an account has others for each."""
    return failure("A function or cast of this statement has met a value that is out of its range.", 100035, "22007")


def cannot_convert(parameter: str, type_: str, expected: str) -> ProgrammingError:
    """Recorded: frostlake/docs/functions.md (the type-unification shape). The number is ours."""
    message = f"Can not convert parameter '{parameter}' of type [{type_}] into expected type [{expected}]"
    return compilation(message, 2016, "22000")


def try_cast_of_no_text(to: str, from_: str) -> ProgrammingError:
    """https://docs.snowflake.com/en/sql-reference/functions/try_cast"""
    message = f"Function TRY_CAST cannot be used with arguments of types {from_.upper()} and {to.upper()}"
    return compilation(message, 1065, "22023")


def ambiguous_column(name: str) -> ProgrammingError:
    return compilation(f"ambiguous column name '{name}'", 2028, "42702")


def not_in_group_by(name: str) -> ProgrammingError:
    message = f"'{name}' in select clause is neither an aggregate nor in the group by clause."
    return compilation(message, 979, "42601")


def duplicate_column(name: str) -> ProgrammingError:
    return compilation(f"duplicate column name '{name}'", 2025, "42S21")


def several_rows_of_subquery() -> ProgrammingError:
    return failure("Single-row subquery returns more than one row.", 90150, "22000")


def wrong_arguments(function: str, types: str) -> ProgrammingError:
    return compilation(f"Invalid argument types for function '{function.upper()}': ({types})", 1044, "42P13")


def does_not_support(function: str, type_: str) -> ProgrammingError:
    """Recorded: frostlake/docs/functions.md."""
    return compilation(f"Function {function} does not support {type_} argument type", 2016, "22000")


def value_list_mismatch(expected: int | str, found: int | str) -> ProgrammingError:
    return compilation(
        f"Insert value list does not match column list expecting {expected} but got {found}", 2020, "21S01"
    )


def copy_refused(message: str) -> ProgrammingError:
    """What COPY INTO answers on one line. The numbers are ours."""
    return failure(f"SQL compilation error: {message}", 3002, "0A000")


def repeated_format_option(name: str) -> ProgrammingError:
    return copy_refused(f"conflicting values file format parameter '{name}'")


def not_in_copy(function: str) -> ProgrammingError:
    """Seen in practice, too: https://docs.snowflake.com/en/user-guide/data-load-transform#supported-functions"""
    return failure(f"SQL Compilation error: Function '{function}' not supported within a COPY", 3002, "0A000")


def csv_fault(why: str) -> str:
    """What is wrong with a CSV record that DuckDB cannot read."""
    if "unicode" in why:
        return "Invalid UTF8 detected in string"
    return f"Error parsing CSV: {'a quote is not closed' if 'unterminated quote' in why else why.splitlines()[0]}"


def malformed_csv(line: str | int, why: str, file: str) -> ProgrammingError:
    """A CSV file that cannot be read, where no row of it can be named."""
    return failure(f"{csv_fault(why)}\n  File '{file}', line {line}", 100144, "22000")


def line_too_long(line: str, most: str, file: str) -> ProgrammingError:
    return not_emulated(f"a line of more than {int(most):,} bytes (file '{file}', line {line})")


def malformed_json(file: str, why: str, line: int, position: int) -> ProgrammingError:
    return failure(
        f"Error parsing JSON: {why}, line {line}, pos {position}\n  File '{file}', line {line}", 100069, "22P02"
    )


def invalid_regular_expression(why: str, pattern: str) -> ProgrammingError:
    """https://docs.snowflake.com/en/sql-reference/functions-regexp"""
    return failure(f"Invalid regular expression: '{pattern}', {why}", 100048, "2201B")


def damaged_parquet(file: str, why: str) -> ProgrammingError:
    """What is not a Parquet file, or is damaged or encrypted."""
    named = f"\n  File '{file}'" if file else ""
    return failure(f"Error parsing the parquet file: Invalid: {why.strip()}{named}", 100150, "22000")


def invalid_utf8_in_parquet(file: str, value: str) -> ProgrammingError:
    return failure(f"Invalid UTF8 detected in string '{value}'\n  File '{file}'", 100144, "22000")


def invalid_match_condition() -> ProgrammingError:
    """Recorded: frostlake/query-asof-join. The number is ours."""
    return compilation("MATCH_CONDITION clause is invalid.", 1003, "42000")


def bind_variable_not_set(name: str) -> ProgrammingError:
    """A `:name` in a statement of a block that is no variable of it, or a `?` that no value is bound to."""
    return compilation(f"Bind variable {name} not set.", 2049, "42601")


def uncaught(kind: str, code: int, state: str, message: str, line: int, column: int) -> ProgrammingError:
    """An exception that no handler of a block has caught, with the code and SQLSTATE of what raised it.

    https://docs.snowflake.com/en/sql-reference/snowflake-scripting/raise
    """
    told = f" : {message}" if message else ""
    return failure(f"Uncaught exception of type '{kind}' on line {line} at position {column}{told}", code, state)


def rows_of_select_into(count: int) -> ProgrammingError:
    return failure(f"A SELECT INTO statement expects exactly 1 returned row, but got {count}.", 3002, "02000")


def incomplete_transaction() -> ProgrammingError:
    """A block has ended without ending the transaction that it began.

    https://docs.snowflake.com/en/sql-reference/transactions#scoped-transactions
    """
    return failure(
        "Scoped transaction started in stored procedure is incomplete and it was rolled back.", 90232, "22000"
    )


def task_not_suspended(name: str) -> ProgrammingError:
    """A task that runs is not altered: https://docs.snowflake.com/en/sql-reference/sql/alter-task"""
    return failure(
        f"Unable to update graph with root task {name} since that root task is not suspended.", 91421, "22000"
    )


def not_in_a_task(function: str) -> ProgrammingError:
    return failure(f"{function} can be called from a task only.", 3002, "0A000")


def invalid_condition(found: str) -> ProgrammingError:
    """https://docs.snowflake.com/en/sql-reference/sql/create-task (WHEN)"""
    return compilation(
        f"Invalid expression for task condition expression: {found}. Expecting one of the following: "
        "[SYSTEM$STREAM_HAS_DATA, SYSTEM$GET_PREDECESSOR_RETURN_VALUE], comparisons, AND, OR, NOT, casts.",
        3002,
        "0A000",
    )


def range_too_old(age: str) -> ProgrammingError:
    """A history function asked for what it no longer keeps. The documentation names the limit; the text is ours."""
    return failure(f"Cannot retrieve data from more than {age} ago.", 707, "22023")


def missing_arguments(function: str, names: Sequence[str]) -> ProgrammingError:
    return compilation(f"not enough arguments for function [{function}()], missing {', '.join(names)}.", 938, "22023")


def not_enough_arguments(function: str, expected: int, found: int) -> ProgrammingError:
    message = f"not enough arguments for function [{function}()], expected {expected}, got {found}"
    return compilation(message, 938, "22023")


def not_a_date_part(part: str, function: str) -> ProgrammingError:
    """What EXTRACT and DATE_PART say. Recorded: frostlake/docs/functions.md; the number is that of other values."""
    return compilation(f"invalid value [{part}] for parameter '{function} date/time part'", 1008, "22023")


def unknown_date_part(part: str, function: str) -> ProgrammingError:
    return compilation(f"['{part}'] is not a valid date/time component for function {function}.", 2151, "22023")


def too_many_arguments(function: str, expected: int, found: int) -> ProgrammingError:
    message = f"too many arguments for function [{function}()] expected {expected}, got {found}"
    return compilation(message, 939, "22023")


def unknown_argument(function: str, name: str) -> ProgrammingError:
    """A named argument that the function does not have. The documentation gives no text: this one is ours."""
    return compilation(f"Invalid argument name '{name}' for function '{function}'", 1044, "42P13")


# Shares. What the documentation gives no text for is as seen in practice, unless it says that it is ours.


def not_of_shared_database(kind: str, name: str) -> ProgrammingError:
    """A share holds the objects of one database."""
    return compilation(
        f"{kind.capitalize()} '{name}' does not belong to the database that is being shared.", 3033, "0A000"
    )


def reference_usage_before_usage(database: str, share: str) -> ProgrammingError:
    """https://docs.snowflake.com/en/release-notes/bcr-bundles/2025_07/bcr-2136"""
    return failure(
        f"Cannot grant REFERENCE_USAGE on database {database} to share {share}. "
        "Grant USAGE on a database to share prior to granting REFERENCE_USAGE.",
        500130,
        "22000",
    )


def select_before_usage(kind: str, path: Sequence[str], share: str) -> ProgrammingError:
    """The order is documented, the text is ours."""
    return object_refuses(
        f"Cannot grant SELECT on {kind.lower()} {'.'.join(path)} to share {share}. "
        f"Grant USAGE on schema {'.'.join(path[:2])} to share prior to granting SELECT."
    )


def not_secure() -> ProgrammingError:
    return failure(
        'Non-secure object can only be granted to shares with "secure_objects_only" property set to false.',
        90838,
        "0A000",
    )


def view_reads_other_database(view: str, database: str, share: str) -> ProgrammingError:
    """https://docs.snowflake.com/en/user-guide/data-sharing-multiple-db asks for the grant; the advice is ours."""
    return object_refuses(
        "A view or function being shared cannot reference objects from other databases. "
        f"View '{view}' reads database '{database}'. "
        f"GRANT REFERENCE_USAGE ON DATABASE {database} TO SHARE {share} first."
    )


def share_without_database(share: str) -> ProgrammingError:
    """Accounts cannot be added yet. The text is ours."""
    return failure(
        f"Share '{share}' does not currently have a database. "
        "Grant USAGE on a database to the share before accounts are added.",
        3516,
        "55000",
    )


def cannot_share_with(account: str) -> ProgrammingError:
    return compilation(f"Following accounts cannot be added to this share: {account}.", 3029, "0A000")


def bulk_grant_to_share(kind: str) -> ProgrammingError:
    return object_refuses(f"Bulk grant on objects of type {kind} to SHARE is restricted.")


def future_grant_to_share() -> ProgrammingError:
    return object_refuses("Future grant on objects to SHARE is restricted.")


def shared_database_gone() -> ProgrammingError:
    """An imported database whose share has been dropped, or closed to the account."""
    return compilation(
        "Shared database is no longer available for use. It will need to be re-created if and when the publisher makes "
        "it available again.",
        3030,
        "02000",
    )


def already_imported(share: str, database: str) -> ProgrammingError:
    """An account makes one database from a share. The text is ours."""
    return object_refuses(f"Share '{share}' is already imported as database '{database}'.")


def individual_privileges_on_imported() -> ProgrammingError:
    return compilation(
        "Granting individual privileges on imported database is not allowed. Use 'GRANT IMPORTED PRIVILEGES' instead.",
        3011,
        "42501",
    )


def account_not_hosted(name: str, hosted: Sequence[str]) -> ProgrammingError:
    listed = " or ".join(f'"{account.lower()}"' for account in hosted)
    return failure(f'Account "{name}" is not emulated. Connect with account {listed}.', 390201, "08001")


def invalid_location(reference: str) -> ProgrammingError:
    """What should name files on a stage does not."""
    return compilation(
        f"Invalid stage location '{reference}'. Name it as @stage, @schema.stage/path or @db.schema.stage/path.",
        1003,
        "42000",
    )


def stage_does_not_exist(name: str) -> ProgrammingError:
    return compilation(f"Stage '{name}' does not exist or not authorized.", 2003, "02000")


def invalid_pattern(pattern: str, why: str) -> ProgrammingError:
    return failure(f"Invalid regular expression: '{pattern}', {why}", 100048, "2201B")


def remote_file_not_found(name: str) -> ProgrammingError:
    return failure(
        f"Remote file '{name}' was not found. There are several potential causes. The file might not exist. "
        "The required credentials may be missing or invalid. If you are running a copy command, please make sure files "
        "are not deleted when they are being loaded or files are not being loaded into two different tables "
        "concurrently with auto purge option.",
        91016,
        "22000",
    )


# Iceberg tables and Time Travel


def not_an_iceberg_type(type_: str) -> ProgrammingError:
    """A type that Iceberg tables of version 2 lack: https://docs.snowflake.com/en/user-guide/tables-iceberg-data-types"""
    return failure(f"SQL Compilation error:\nUnsupported data type '{type_}' for iceberg tables.", 91386, "42601")


def only_max_length(written: str, plain: str, length: int) -> ProgrammingError:
    """A shorter VARCHAR or BINARY in an Iceberg table; the text as seen in practice, the number is ours."""
    return failure(
        f"SQL Compilation error:\nFor Iceberg tables, only max length ({length:,}) is supported for '{written}' "
        f"or use {plain} directly.",
        91386,
        "42601",
    )


def invalid_precision(precision: int, scale: int) -> ProgrammingError:
    """The text is ours."""
    message = f"Invalid data type 'NUMBER({precision},{scale})': the precision is 1 to 38, the scale at most that."
    return compilation(message, 1008, "22023")


def not_an_iceberg_table(name: str) -> ProgrammingError:
    """The statement is for Iceberg tables, and the table is of another kind. The text is ours."""
    return object_refuses(f"Table '{name}' is not an Iceberg table.")


def no_time_travel_data(table: str) -> ProgrammingError:
    """https://docs.snowflake.com/en/sql-reference/constructs/at-before#troubleshooting"""
    return failure(
        f"Time travel data is not available for table {table}. The requested time is either beyond the allowed "
        "time travel period or before the object creation time.",
        707,
        "02000",
    )


def missing_property(name: str) -> ProgrammingError:
    return compilation(f"Missing option(s): [{name}]", 2014, "42601")


def no_column(name: str) -> ProgrammingError:
    """Recorded: frostlake/ddl-alter-table-surface."""
    return compilation(f"column '{name}' does not exist", 904, "42000")


def several_defaults(column: str) -> ProgrammingError:
    """Recorded, with the space: frostlake/ddl-duplicate-property. The number is ours."""
    message = f"Multiple DEFAULT or AUTOINCREMENT expressions declared for column {column}."
    return failure(f"SQL compilation error: \n{message}", 3002, "0A000")


def no_constraint(name: str) -> ProgrammingError:
    """Recorded: frostlake/ddl-alter-constraint. The number is ours."""
    return compilation(f"constraint '{name}' does not exist", 2003, "02000")


def contains_nulls(column: str) -> ProgrammingError:
    """As seen in practice; the number is ours."""
    return compilation(f"Column '{column}' contains null values. Not null constraint cannot be added.", 100072, "22000")


def column_exists(name: str) -> ProgrammingError:
    return compilation(f"column '{name}' already exists", 1110, "42711")


def one_variant_column(type_: str) -> ProgrammingError:
    return compilation(
        f"{type_} file format can produce one and only one column of type variant, object, or array. Load data into "
        "separate columns using the MATCH_BY_COLUMN_NAME copy option or copy with transformation.",
        2019,
        "0A000",
    )


def simple_select_only() -> ProgrammingError:
    """https://docs.snowflake.com/en/user-guide/data-load-transform"""
    return object_refuses("COPY statement only supports simple SELECT from stage statements for import.")


def files_exist(place: str) -> ProgrammingError:
    return failure(
        f"Files already existing at the unload destination: {place}. Use overwrite option to force unloading.",
        1030,
        "22000",
    )


def no_time_zone_in_parquet(column: str) -> ProgrammingError:
    """https://docs.snowflake.com/en/sql-reference/sql/copy-into-location (usage notes)"""
    return object_refuses(
        "Error encountered when unloading to PARQUET: TIMESTAMP_TZ and LTZ types are not supported for unloading to "
        f"Parquet. Cast column {column} to TIMESTAMP_NTZ."
    )
