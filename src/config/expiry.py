"""How long a deployment lasts: a number and a unit, such as 8h, and the moment that it makes of now."""

import re
from datetime import UTC, datetime, timedelta

from .checks import ConfigError

_TTL = re.compile(r"([1-9][0-9]{0,4})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_LONGEST = timedelta(days=3650)


def read_ttl(field: str, text: object) -> timedelta:
    """The time that is meant. Raises ConfigError for anything but a number and m, h or d."""
    match = _TTL.fullmatch(text) if isinstance(text, str) else None
    ttl = timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else None
    if ttl is None or ttl > _LONGEST:
        raise ConfigError(field, text, "a number above 0 and m, h or d, such as 8h; 3650d at most")
    return ttl


def expiry(ttl: timedelta) -> datetime:
    """The moment, to the second, at which what is made now expires."""
    return (datetime.now(UTC) + ttl).replace(microsecond=0)


def written(moment: datetime) -> str:
    """The moment as a stamp has it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_moment(text: str) -> datetime | None:
    """The moment that a stamp has; None where somebody has edited it into something else."""
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC)
