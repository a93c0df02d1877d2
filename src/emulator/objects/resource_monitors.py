"""Resource monitors. Recorded: remembered and shown; no credit is ever used, so none ever triggers."""

from typing import Any

from .. import errors
from ..account import Object
from ..language.reader import Reader, Value
from ..language.result import columns
from ..session import Session
from .kinds import Kind, Property, integer_or_null, one_of, text


def _checked_monitor(session: Session, object_: Object) -> Object:
    """FREQUENCY and START_TIMESTAMP go together.

    https://docs.snowflake.com/en/sql-reference/sql/create-resource-monitor
    """
    if (object_.properties["FREQUENCY"] is None) != (object_.properties["START_TIMESTAMP"] is None):
        raise errors.monitor_without_both()
    return object_


def _monitor_row(session: Session, object_: Object) -> dict[str, Any]:
    properties = object_.properties
    users = [
        warehouse
        for warehouse in session.account.objects("WAREHOUSE")
        if warehouse.properties["RESOURCE_MONITOR"] == object_.name
    ]
    quota = properties["CREDIT_QUOTA"]
    return {
        "credit_quota": None if quota is None else f"{quota:.2f}",
        "used_credits": "0.00",
        "remaining_credits": None if quota is None else f"{quota:.2f}",
        "level": "WAREHOUSE" if users else None,
        "frequency": properties["FREQUENCY"],
        "start_time": object_.created_on,
        "end_time": None,
        "notify_at": properties["NOTIFY"],
        "suspend_at": properties["SUSPEND"],
        "suspend_immediately_at": properties["SUSPEND_IMMEDIATE"],
        "comment": "",
    }


def _read(reader: Reader) -> dict[str, Value]:
    """`CREDIT_QUOTA = n ... [TRIGGERS ON n PERCENT DO action ...]`."""
    given = reader.properties(until="TRIGGERS")
    percents: dict[str, list[str]] = {}
    if reader.accept("TRIGGERS"):
        while reader.accept("ON"):
            percent = reader.value()
            reader.expect("PERCENT", "DO")
            percents.setdefault(reader.take_word(), []).append(f"{percent}%")
    return given | {action: ",".join(values) for action, values in percents.items()}


# https://docs.snowflake.com/en/sql-reference/sql/show-resource-monitors
RESOURCE_MONITOR = Kind(
    name="RESOURCE MONITOR",
    level="account",
    depth="recorded",
    or_alter=False,
    commented=False,
    properties={
        "CREDIT_QUOTA": Property(None, integer_or_null(0, 2**31)),
        "FREQUENCY": Property(None, one_of("MONTHLY", "DAILY", "WEEKLY", "YEARLY", "NEVER")),
        "START_TIMESTAMP": Property(None, text),
        "END_TIMESTAMP": Property(None, text),
        "NOTIFY": Property("", text),
        "SUSPEND": Property("", text),
        "SUSPEND_IMMEDIATE": Property("", text),
    },
    columns=columns(
        "name credit_quota used_credits remaining_credits level frequency start_time:time end_time:time notify_at"
        " suspend_at suspend_immediately_at created_on:time owner comment"
    ),
    read=_read,
    row=_monitor_row,
    privileges=frozenset({"MODIFY", "MONITOR"}),
    completed=_checked_monitor,
    dropped=lambda session, object_: session.account.rename_references("WAREHOUSE", "RESOURCE_MONITOR", object_.name),
)
