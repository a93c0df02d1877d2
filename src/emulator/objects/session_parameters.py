"""The session parameters: what each is by default, and what it may be here.

https://docs.snowflake.com/en/sql-reference/parameters
One that would change what a statement answers has one value here, its default, and the others are refused; what
clients act on is told to them; the rest is recorded.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .. import errors
from ..language.moment_formats import of_output
from ..language.reader import Value
from .kinds import boolean, integer, one_of, text


@dataclass(frozen=True)
class Parameter:
    """https://docs.snowflake.com/en/sql-reference/parameters"""

    name: str
    default: Value
    check: Callable[[str, Value], Value]
    type: str
    description: str = ""
    variable: Callable[[Value], Value] | None = None  # what of its value DuckDB's macros read by its name


def _only(*allowed: Value, others: Sequence[str] = ()) -> Callable[[str, Value], Value]:
    """For a parameter that would change results: the emulator has one behaviour and refuses the others by name.

    Where `others` says which Snowflake has, the rest is invalid.
    """
    words = {str(value).upper() for value in allowed}

    def check(name: str, value: Value) -> Value:
        if others and str(value).upper() not in {*words, *others}:
            raise errors.invalid_value(value, name)
        if str(value).upper() not in words:
            raise errors.not_emulated(f"{name} = {value}")
        return value

    return check


def _timezone(name: str, value: Value) -> Value:
    """Recorded: frostlake/ddl-invalid-value-surface."""
    try:
        ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise errors.invalid_value(value, name) from None
    if str(value) == "localtime":
        raise errors.not_emulated(f"{name} = {value}")
    return value


def _named_zone(value: Value) -> Value:
    return None if str(value).upper() in ("UTC", "ETC/UTC") else value


def _query_tag(name: str, value: Value) -> Value:
    """At most 2,000 characters: https://docs.snowflake.com/en/sql-reference/parameters#query-tag"""
    if len(str(text(name, value))) > 2000:
        raise errors.invalid_value(f"{str(value)[:20]}...", name)
    return value


def _as_it_is(value: Value) -> Value:
    return value


_TYPES: tuple[tuple[type, str, Callable[[str, Value], Value]], ...] = (
    (bool, "BOOLEAN", boolean),
    (int, "NUMBER", integer(0, 2**31)),
    (str, "STRING", text),
)


def _plain(name: str, default: Value) -> Parameter:
    type_, check = next((type_, check) for python, type_, check in _TYPES if isinstance(default, python))
    return Parameter(name, default, check, type_)


def _fixed(name: str, default: Value) -> Parameter:
    plain = _plain(name, default)
    return Parameter(name, default, _only(default), plain.type)


def _format(name: str) -> Parameter:
    """How a driver receives the rows of queries; its own documentation or tests name it."""
    return Parameter(name, "ARROW" if name in _READ_ARROW else "JSON", one_of("ARROW", "JSON"), "STRING")


def _output(name: str, default: str) -> Parameter:
    """How the values of a type are written; AUTO is none of its formats.

    https://docs.snowflake.com/en/release-notes/bcr-bundles/2025_07/bcr-2115
    """
    type_ = name.removesuffix("_OUTPUT_FORMAT")

    def written(value: Value) -> Value:
        return of_output(str(value), type_, f"{name} with the element {{element}}")

    def check(name: str, value: Value) -> Value:
        if str(text(name, value)).upper() == "AUTO":
            raise errors.invalid_value(value, name)
        if value != default and not (value and written(value)):
            raise errors.not_emulated(f"{name} = ''")
        return value

    return Parameter(name, default, check, "STRING", variable=written)


_READ_ARROW = ("PYTHON_CONNECTOR_QUERY_RESULT_FORMAT", "GO_QUERY_RESULT_FORMAT")

_TIMESTAMPS = ("TIMESTAMP_LTZ", "TIMESTAMP_TZ")
_ACTED_ON = (
    Parameter("AUTOCOMMIT", True, boolean, "BOOLEAN", "Each statement outside a transaction commits at once."),
    Parameter("ERROR_ON_NONDETERMINISTIC_MERGE", True, _only(True), "BOOLEAN"),
    Parameter("ERROR_ON_NONDETERMINISTIC_UPDATE", False, boolean, "BOOLEAN"),
    Parameter("LOCK_TIMEOUT", 43200, integer(0, 2**31), "NUMBER"),
    Parameter("MULTI_STATEMENT_COUNT", 1, integer(0, 2**31), "NUMBER"),
    Parameter("QUERY_TAG", "", _query_tag, "STRING", "A text that QUERY_HISTORY shows with each statement."),
    Parameter("STATEMENT_TIMEOUT_IN_SECONDS", 172800, integer(0, 604800), "NUMBER"),
    Parameter("STATEMENT_QUEUED_TIMEOUT_IN_SECONDS", 0, integer(0, 604800), "NUMBER"),
    Parameter("TIMEZONE", "UTC", _timezone, "STRING", "What TIMESTAMP_LTZ is shown in.", _named_zone),
    Parameter("TIMESTAMP_TYPE_MAPPING", "TIMESTAMP_NTZ", _only("TIMESTAMP_NTZ", others=_TIMESTAMPS), "STRING"),
    Parameter("WEEK_OF_YEAR_POLICY", 0, integer(0, 1), "NUMBER", "Whether 1 January begins a year's weeks.", _as_it_is),
    Parameter("WEEK_START", 0, integer(0, 7), "NUMBER", "The first day of the week, 1 for Monday.", _as_it_is),
    *map(
        _format,
        (
            "PYTHON_CONNECTOR_QUERY_RESULT_FORMAT",
            "GO_QUERY_RESULT_FORMAT",
            "JDBC_QUERY_RESULT_FORMAT",
            "ODBC_QUERY_RESULT_FORMAT",
            "DOTNET_QUERY_RESULT_FORMAT",
        ),
    ),
    _output("DATE_OUTPUT_FORMAT", "YYYY-MM-DD"),
    _output("TIME_OUTPUT_FORMAT", "HH24:MI:SS"),
    _output("TIMESTAMP_OUTPUT_FORMAT", "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM"),
    _output("TIMESTAMP_NTZ_OUTPUT_FORMAT", "YYYY-MM-DD HH24:MI:SS.FF3"),
    _output("TIMESTAMP_LTZ_OUTPUT_FORMAT", ""),  # that of TIMESTAMP_OUTPUT_FORMAT
    _output("TIMESTAMP_TZ_OUTPUT_FORMAT", ""),
)
# They would change what a statement answers.
_FIXED: dict[str, Value] = {
    "BINARY_INPUT_FORMAT": "HEX",
    "BINARY_OUTPUT_FORMAT": "HEX",
    "CSV_TIMESTAMP_FORMAT": "",
    "DATE_INPUT_FORMAT": "AUTO",
    "DEFAULT_NULL_ORDERING": "LAST",
    "GEOGRAPHY_OUTPUT_FORMAT": "GeoJSON",
    "GEOMETRY_OUTPUT_FORMAT": "GeoJSON",
    "JSON_INDENT": 2,
    "QUOTED_IDENTIFIERS_IGNORE_CASE": False,
    "ROWS_PER_RESULTSET": 0,
    "SEARCH_PATH": "$current, $public",
    "SIMULATED_DATA_SHARING_CONSUMER": "",
    "STRICT_JSON_OUTPUT": False,
    "TIMESTAMP_DAY_IS_ALWAYS_24H": False,
    "TIMESTAMP_INPUT_FORMAT": "AUTO",
    "TIME_INPUT_FORMAT": "AUTO",
    "TRANSACTION_ABORT_ON_ERROR": False,
    "TRANSACTION_DEFAULT_ISOLATION_LEVEL": "READ COMMITTED",
    "TWO_DIGIT_CENTURY_START": 1970,
    "UNSUPPORTED_DDL_ACTION": "ignore",
}
# Clients act on them, or nobody here does.
_RECORDED: dict[str, Value] = {
    "ABORT_DETACHED_QUERY": False,
    "ACTIVE_PYTHON_PROFILER": "",
    "CLIENT_ENABLE_LOG_INFO_STATEMENT_PARAMETERS": False,
    "CLIENT_MEMORY_LIMIT": 1536,
    "CLIENT_METADATA_REQUEST_USE_CONNECTION_CTX": False,
    "CLIENT_METADATA_USE_SESSION_DATABASE": False,
    "CLIENT_PREFETCH_THREADS": 4,
    "CLIENT_RESULT_CHUNK_SIZE": 160,
    "CLIENT_RESULT_COLUMN_CASE_INSENSITIVE": False,
    "CLIENT_SESSION_KEEP_ALIVE": False,
    "CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY": 3600,
    "CLIENT_TIMESTAMP_TYPE_MAPPING": "TIMESTAMP_LTZ",
    "ENABLE_UNLOAD_PHYSICAL_TYPE_OPTIMIZATION": True,
    "HYBRID_TABLE_LOCK_TIMEOUT": 3600,
    "JDBC_TREAT_DECIMAL_AS_INT": True,
    "JDBC_TREAT_TIMESTAMP_NTZ_AS_UTC": False,
    "JDBC_USE_SESSION_TIMEZONE": True,
    "JS_TREAT_INTEGER_AS_BIGINT": False,
    "LOG_LEVEL": "OFF",
    "METRIC_LEVEL": "NONE",
    "NOORDER_SEQUENCE_AS_DEFAULT": True,
    "ODBC_TREAT_DECIMAL_AS_INT": False,
    "PYTHON_PROFILER_MODULES": "",
    "PYTHON_PROFILER_TARGET_STAGE": "",
    "S3_STAGE_VPCE_DNS_NAME": "",
    "TRACE_LEVEL": "OFF",
    "USE_CACHED_RESULT": True,
}

SESSION = {
    parameter.name: parameter
    for parameter in (
        *_ACTED_ON,
        *(_fixed(name, default) for name, default in _FIXED.items()),
        *(_plain(name, default) for name, default in _RECORDED.items()),
    )
}

# What drivers show values by; they are told it with each answer.
TOLD = (
    "TIMEZONE",
    *(name for name in SESSION if name.endswith(("_OUTPUT_FORMAT",)) and not name.startswith("GEO")),
    "JS_TREAT_INTEGER_AS_BIGINT",
    "CLIENT_RESULT_COLUMN_CASE_INSENSITIVE",
)
