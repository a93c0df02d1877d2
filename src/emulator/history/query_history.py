"""What ran, as the Information Schema tells it: QUERY_HISTORY, QUERY_HISTORY_BY_SESSION, WAREHOUSE_METERING_HISTORY."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from .. import errors
from ..account.privileges import ACCOUNTADMIN
from ..language.arguments import moment
from ..language.result import BOOLEAN, CREDITS, NUMBER, TEXT, TIMESTAMP, Result
from ..session import Session

DAYS_OF_QUERIES = 7
DAYS_OF_METERING = 183
_DEFAULT_LIMIT, _LARGEST_LIMIT = 100, 10000

# What each column is made of. The emulator queues nothing and bills nothing, so those numbers are true zeros; what it
# does not measure is NULL.
QUERY_COLUMNS: Mapping[str, tuple[str, str]] = {
    "QUERY_ID": (TEXT, "query_id"),
    "QUERY_TEXT": (TEXT, "query_text"),
    "DATABASE_NAME": (TEXT, "database_name"),
    "SCHEMA_NAME": (TEXT, "schema_name"),
    "QUERY_TYPE": (TEXT, "query_type"),
    "SESSION_ID": (NUMBER, "session_id::BIGINT"),
    "USER_NAME": (TEXT, "user_name"),
    "ROLE_NAME": (TEXT, "role_name"),
    "WAREHOUSE_NAME": (TEXT, "warehouse_name"),
    "WAREHOUSE_SIZE": (TEXT, "NULL"),
    "WAREHOUSE_TYPE": (TEXT, "NULL"),
    "CLUSTER_NUMBER": (NUMBER, "NULL"),
    "QUERY_TAG": (TEXT, "query_tag"),
    "EXECUTION_STATUS": (TEXT, "execution_status"),
    "ERROR_CODE": (TEXT, "error_code"),
    "ERROR_MESSAGE": (TEXT, "error_message"),
    "START_TIME": (TIMESTAMP, "start_time"),
    "END_TIME": (TIMESTAMP, "end_time"),
    "TOTAL_ELAPSED_TIME": (NUMBER, "date_diff('millisecond', start_time, coalesce(end_time, now()))"),
    "BYTES_SCANNED": (NUMBER, "NULL"),
    "ROWS_PRODUCED": (NUMBER, "rows_produced"),
    "COMPILATION_TIME": (NUMBER, "NULL"),
    "EXECUTION_TIME": (NUMBER, "date_diff('millisecond', start_time, coalesce(end_time, now()))"),
    "QUEUED_PROVISIONING_TIME": (NUMBER, "0"),
    "QUEUED_REPAIR_TIME": (NUMBER, "0"),
    "QUEUED_OVERLOAD_TIME": (NUMBER, "0"),
    "TRANSACTION_BLOCKED_TIME": (NUMBER, "NULL"),
    "CREDITS_USED_CLOUD_SERVICES": (CREDITS, "0::DECIMAL(38, 9)"),
    "IS_CLIENT_GENERATED_STATEMENT": (BOOLEAN, "FALSE"),
}


def query_history(session: Session, arguments: Mapping[str, Any]) -> Result:
    """The statements that ended in the time range or run, the latest first, at most RESULT_LIMIT of them.

    They are the user's own, those in warehouses that the role may MONITOR or OPERATE, and everybody's for ACCOUNTADMIN.
    The range and the limit apply before the query's WHERE. Raises 001008 for a limit outside 1 to 10000 and 000707 for
    a range older than 7 days. https://docs.snowflake.com/en/sql-reference/functions/query_history
    """
    return _queries(session, arguments, "TRUE", [])


def query_history_by_session(session: Session, arguments: Mapping[str, Any]) -> Result:
    """As QUERY_HISTORY, of one session: SESSION_ID, else the current one.

    https://docs.snowflake.com/en/sql-reference/functions/query_history
    """
    return _queries(session, arguments, "session_id = ?", [str(arguments.get("SESSION_ID", session.id))])


def _queries(session: Session, arguments: Mapping[str, Any], condition: str, values: list[Any]) -> Result:
    limit = arguments.get("RESULT_LIMIT", _DEFAULT_LIMIT)
    if not isinstance(limit, int) or not 1 <= limit <= _LARGEST_LIMIT:
        raise errors.invalid_value(limit, "RESULT_LIMIT")
    oldest = session.account.clock() - timedelta(days=DAYS_OF_QUERIES)
    start = moment(arguments, "END_TIME_RANGE_START", oldest)
    end = moment(arguments, "END_TIME_RANGE_END", datetime.max.replace(tzinfo=UTC))
    if start < oldest or end < oldest:
        raise errors.range_too_old(f"{DAYS_OF_QUERIES} days")
    shown = ", ".join(expression for _, expression in QUERY_COLUMNS.values())
    own = {entry.query_id for entry in session.running}  # the statement that asks, and those around it
    others = [row for row in session.history.rows_running() if row[0] not in own]
    running = [] if "END_TIME_RANGE_END" in arguments else others
    also = "".join(f" UNION ALL VALUES ({', '.join('?' * len(row))})" for row in running)
    visible, of_whom = _visible(session)
    rows = session.account.read(
        f"SELECT {shown} FROM (FROM {session.history.table}{also}) WHERE (end_time IS NULL OR end_time BETWEEN ? AND ?)"
        f" AND {condition} AND {visible} ORDER BY start_time DESC LIMIT ?",
        [*(value for row in running for value in row), start, end, *values, *of_whom, limit],
    )
    return Result([(name, type_) for name, (type_, _) in QUERY_COLUMNS.items()], rows)


def _visible(session: Session) -> tuple[str, list[Any]]:
    """A condition on the statements that the session may see, and its values."""
    if ACCOUNTADMIN in session.roles:
        return "TRUE", []
    may = session.account.privileges.may
    warehouses = session.account.objects("WAREHOUSE")
    watched = [one.name for one in warehouses if may(session.roles, one, ("MONITOR", "OPERATE"))]
    return "(user_name = ? OR list_contains(?::VARCHAR[], warehouse_name))", [session.user, watched]


_METERING_COLUMNS = [
    ("START_TIME", TIMESTAMP),
    ("END_TIME", TIMESTAMP),
    ("WAREHOUSE_NAME", TEXT),
    ("CREDITS_USED", CREDITS),
    ("CREDITS_USED_COMPUTE", CREDITS),
    ("CREDITS_USED_CLOUD_SERVICES", CREDITS),
]


def warehouse_metering_history(session: Session, arguments: Mapping[str, Any]) -> Result:
    """One row for each hour in which a warehouse was a statement's: 0 credits, since the emulator costs nothing.

    Raises 000707 for a range older than six months, 003001 without MONITOR USAGE.
    https://docs.snowflake.com/en/sql-reference/functions/warehouse_metering_history
    """
    if not session.account.privileges.may_on_account(session.roles, "MONITOR USAGE"):
        raise errors.insufficient_privileges(f"account '{session.account.name}'")
    now = session.account.clock()
    start = moment(arguments, "DATE_RANGE_START", now)
    if start < now - timedelta(days=DAYS_OF_METERING):
        raise errors.range_too_old("6 months")
    end = moment(arguments, "DATE_RANGE_END", now)
    name = str(arguments.get("WAREHOUSE_NAME", "")).upper()
    hours = session.account.read(
        f"SELECT DISTINCT date_trunc('hour', start_time) AS hour, warehouse_name FROM {session.history.table}"
        " WHERE warehouse_name IS NOT NULL AND (? = '' OR warehouse_name = ?) AND hour BETWEEN date_trunc('hour', ?)"
        " AND ? ORDER BY hour, warehouse_name",
        [name, name, start, end],
    )
    zero = Decimal(0)
    rows = [(hour, hour + timedelta(hours=1), warehouse, zero, zero, zero) for hour, warehouse in hours]
    return Result(_METERING_COLUMNS, rows)
