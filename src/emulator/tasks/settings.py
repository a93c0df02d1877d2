"""What a task may be given besides its body: its properties, its parameters, and those of the session of its runs.

https://docs.snowflake.com/en/sql-reference/sql/create-task
"""

from collections.abc import Callable
from dataclasses import replace

from .. import errors
from ..account import Object
from ..errors import Text
from ..language.reader import Reader, Value
from ..objects.kinds import Property, boolean, integer, text
from ..objects.session_parameters import SESSION, Parameter
from ..objects.warehouses import SIZES, size
from .graph_config import parse_config
from .schedules import SHORTEST, check_schedule, seconds_of

WAREHOUSE, SCHEDULE, CONFIG, FINALIZE = "WAREHOUSE", "SCHEDULE", "CONFIG", "FINALIZE"
OVERLAP, ALLOW_OVERLAP = "OVERLAP_POLICY", "ALLOW_OVERLAPPING_EXECUTION"
COMPLETION = "TARGET_COMPLETION_INTERVAL"
INITIAL_SIZE = "USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE"
SMALLEST, LARGEST = "SERVERLESS_TASK_MIN_STATEMENT_SIZE", "SERVERLESS_TASK_MAX_STATEMENT_SIZE"
TRIGGER_INTERVAL = "USER_TASK_MINIMUM_TRIGGER_INTERVAL_IN_SECONDS"
FAILURES, RETRIES, TIMEOUT = "SUSPEND_TASK_AFTER_NUM_FAILURES", "TASK_AUTO_RETRY_ATTEMPTS", "USER_TASK_TIMEOUT_MS"

NO_OVERLAP, CHILD_OVERLAP = "NO_OVERLAP", "ALLOW_CHILD_OVERLAP"
_POLICIES = (NO_OVERLAP, CHILD_OVERLAP, "ALLOW_ALL_OVERLAP")


def _size(name: str, value: Value) -> Value:
    """Kept as it is written. Recorded: frostlake/TaskPropertyChecksTest."""
    plain = str(text(name, value))
    size(name, plain)
    return plain


def _rank(value: Value) -> int:
    return list(SIZES).index(str(size("", value)))


# https://docs.snowflake.com/en/sql-reference/parameters
PARAMETERS = {
    parameter.name: parameter
    for parameter in (
        Parameter(LARGEST, "XXLARGE", _size, "STRING", "The largest size that a serverless task may have."),
        Parameter(SMALLEST, "XSMALL", _size, "STRING", "The smallest size that a serverless task may have."),
        Parameter(
            FAILURES, 10, integer(0, 2**31 - 1), "NUMBER", "Failed runs in a row that suspend a task; 0 is none."
        ),
        Parameter(RETRIES, 0, integer(0, 30), "NUMBER", "How often a failed graph is run again at once."),
        Parameter(INITIAL_SIZE, "MEDIUM", _size, "STRING", "The size of a serverless task's first runs."),
        Parameter(TRIGGER_INTERVAL, 30, integer(10, 604800), "NUMBER", "Seconds between runs of a triggered task."),
        Parameter(TIMEOUT, 3600000, integer(0, 604800000), "NUMBER", "Milliseconds that a run may take."),
    )
}
_REFUSED = ("ERROR_INTEGRATION", "SUCCESS_INTEGRATION")


def _policy(name: str, value: Value) -> Value:
    if value not in _POLICIES:
        raise errors.invalid_property_value(value, name)
    return str(value)


def _config(name: str, value: Value) -> Value:
    parse_config(str(text(name, value)))
    return str(value)


def _completion(name: str, value: Value) -> Value:
    """10 seconds to a day."""
    seconds = seconds_of(str(text(name, value)))
    if seconds is None or not SHORTEST <= seconds <= 86400:
        raise errors.invalid_value(str(value), name)
    return str(value)


def _refuse(name: str, value: Value) -> Value:
    raise errors.not_emulated(f"CREATE TASK ... {name}")


def _as_written(name: str, value: Value) -> Value:
    return value


def _in_session(parameter: Parameter) -> Callable[[str, Value], Value]:
    """A session parameter of a task's runs. Recorded: frostlake/TaskGraphClausesTest."""

    def check(name: str, value: Value) -> Value:
        if name == "SEARCH_PATH" or (name == "AUTOCOMMIT" and value is False):
            raise errors.parameter_not_of_tasks("AUTOCOMMIT = false" if name == "AUTOCOMMIT" else name)
        plain = str(value) if isinstance(value, Text) and parameter.type == "STRING" else value
        return parameter.check(name, plain)

    return check


# None is what has not been set. The names in small letters are clauses of their own.
PROPERTIES = {
    **{name: Property(None, _in_session(parameter)) for name, parameter in SESSION.items()},
    **{name: Property(None, parameter.check) for name, parameter in PARAMETERS.items()},
    **{name: Property(None, _refuse) for name in _REFUSED},
    WAREHOUSE: Property(None, text),
    SCHEDULE: Property(None, check_schedule),
    CONFIG: Property(None, _config),
    OVERLAP: Property(None, _policy),
    ALLOW_OVERLAP: Property(None, boolean),
    COMPLETION: Property(None, _completion),
    FINALIZE: Property(None, text),
    "after": Property(None, _as_written),
    "condition": Property(None, _as_written),
    "definition": Property(None, _as_written),
}


def has(task: Object, name: str) -> bool:
    """Whether it is set; what an older version has kept as None is not."""
    return task.properties.get(name) is not None


def setting(task: Object, name: str) -> Value:
    """A parameter of the task's, which has its default where it is not set."""
    value = task.properties.get(name)
    return PARAMETERS[name].default if value is None else value


def number(task: Object, name: str) -> int:
    return int(str(setting(task, name)))


def config_of(task: Object) -> str | None:
    config = task.properties.get(CONFIG)
    return None if config is None else str(config)


def session_parameters(task: Object) -> dict[str, Value]:
    """What the session of each of the task's runs is given."""
    return {name: value for name in SESSION if (value := task.properties.get(name)) is not None}


def read_properties(reader: Reader, until: tuple[str, ...] = ()) -> dict[str, Value]:
    """`NAME = value ...`. ALLOW_OVERLAPPING_EXECUTION is another word for two of the policies.

    https://docs.snowflake.com/en/sql-reference/sql/create-task#usage-notes
    """
    given = reader.properties(until=until)
    if (allowed := given.get(ALLOW_OVERLAP)) is not None:
        policy = CHILD_OVERLAP if allowed is True else NO_OVERLAP
        if given.setdefault(OVERLAP, policy) != policy:
            raise errors.overlap_given_twice()
    return given


def check_compute(task: Object, given: dict[str, Value]) -> None:
    """What only a serverless task has is not given to one with a warehouse; sizes are in their order.

    Recorded: frostlake/TaskGraphClausesTest.
    """
    if task.properties.get(WAREHOUSE) is not None:
        for name in (INITIAL_SIZE, LARGEST, SMALLEST):
            if name in given:
                raise errors.not_serverless(name)
        if has(task, COMPLETION):
            raise errors.completion_not_serverless(task.qualified_name)
    smallest, largest, initial = (task.properties.get(name) for name in (SMALLEST, LARGEST, INITIAL_SIZE))
    if smallest is None or given.keys().isdisjoint((SMALLEST, LARGEST, INITIAL_SIZE)):
        return
    if largest is not None and _rank(smallest) > _rank(largest):
        raise errors.smallest_over_largest(smallest, largest)
    if initial is not None and _rank(initial) < _rank(smallest):
        raise errors.initial_under_smallest(initial, smallest)


def with_properties(task: Object, **changed: Value) -> Object:
    """The task with other properties; None takes one away."""
    properties: dict[str, Value] = {
        n: value for n, value in {**task.properties, **changed}.items() if value is not None
    }
    return replace(task, properties=properties)
