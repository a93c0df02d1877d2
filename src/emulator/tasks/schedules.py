"""When a task with a SCHEDULE is due: every so often, or by a cron expression in a time zone.

https://docs.snowflake.com/en/sql-reference/sql/create-task (SCHEDULE)
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from .. import errors
from ..language.reader import Value

SHORTEST, LONGEST = 10, 8 * 86400  # in seconds

_SECONDS = {"H": 3600, "M": 60, "S": 1}
_INTERVAL = re.compile(r"\+?(\d+)[ \t\r\n](?:(H)(?:OURS?)?|(M)(?:INUTES?)?|(S)(?:ECONDS?)?)\s*", re.IGNORECASE)
_TOO_LARGE = 2**63 // 1000  # for an account, which counts milliseconds
_CRON = re.compile(r"USING\s+CRON\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(\S+)", re.IGNORECASE)


@dataclass(frozen=True)
class Interval:
    """Counted from when the task was resumed.

    https://docs.snowflake.com/en/sql-reference/sql/alter-task
    """

    length: timedelta

    def latest(self, now: datetime, since: datetime) -> datetime | None:
        """The last time that was due, up to now and after `since`."""
        passed = (now - since) // self.length
        return since + passed * self.length if passed > 0 else None

    def next(self, now: datetime, since: datetime) -> datetime:
        return since + ((now - since) // self.length + 1) * self.length


@dataclass(frozen=True)
class Cron:
    expression: str
    zone: ZoneInfo

    def latest(self, now: datetime, since: datetime) -> datetime | None:
        """The last time that was due, up to now and after `since`."""
        after = now.astimezone(self.zone).replace(microsecond=0) + timedelta(seconds=1)
        found = next(CronSim(self.expression, after, reverse=True)).astimezone(UTC)
        return found if found > since else None

    def next(self, now: datetime, since: datetime) -> datetime:
        return next(CronSim(self.expression, now.astimezone(self.zone))).astimezone(UTC)


Schedule: TypeAlias = Interval | Cron


def seconds_of(text: str) -> int | None:
    """The length of `n HOURS | MINUTES | SECONDS`, or None if it is none. Recorded: frostlake/TaskScheduleUnitsTest."""
    if (match := _INTERVAL.fullmatch(text)) is None:
        return None
    number, *units = match.groups()
    seconds = int(number) * _SECONDS[next(unit for unit in units if unit).upper()]
    return seconds if 0 < seconds < _TOO_LARGE else None


def parse_schedule(text: str) -> Schedule:
    """Reads `n HOURS | MINUTES | SECONDS` (10 seconds to 8 days) or `USING CRON expression zone`.

    Raises 001008 for any other.
    """
    if (seconds := seconds_of(text)) is not None:
        if seconds < SHORTEST:
            raise errors.schedule_too_short()
        if seconds > LONGEST:
            raise errors.schedule_too_long()
        return Interval(timedelta(seconds=seconds))
    if match := _CRON.fullmatch(text.strip()):
        return _cron(text, *match.groups())
    raise errors.invalid_schedule()


def _cron(text: str, expression: str, zone: str) -> Cron:
    try:
        cron = Cron(expression, ZoneInfo(zone))
        cron.next(datetime.now(UTC), datetime.now(UTC))
    except (CronSimError, StopIteration, ZoneInfoNotFoundError, ValueError):
        raise errors.invalid_schedule() from None
    return cron


def check_schedule(name: str, value: Value) -> Value:
    """The check of the property SCHEDULE; None is no schedule."""
    if value is not None:
        parse_schedule(value if isinstance(value, str) else str(value))
    return value
