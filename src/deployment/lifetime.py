"""How long a deployment lasts: the expiry in the stamps of its objects at the account's level."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import get_args

from src.config import DemoConfig, Mode, Stamp, expiry, read_ttl
from src.infrastructure.kinds import BY_NAME
from src.infrastructure.states import ExistingObject, Snapshot

# From when on a person is warned.
_NEAR = timedelta(days=1)


def bears_expiry(one: ExistingObject) -> bool:
    """Whether setup.py makes it, at the account's level: a demo's database, and a share, go with the deployment."""
    kind = BY_NAME[one.kind]
    return one.stamp is not None and one.stamp.part in get_args(Mode) and kind.is_account_level and bool(kind.steps)


def stamps_of(objects: Iterable[ExistingObject]) -> list[Stamp]:
    return [one.stamp for one in objects if one.stamp and bears_expiry(one)]


def lasting(config: DemoConfig, snapshot: Snapshot) -> DemoConfig:
    """The configuration with the expiry that its deployment has; where that is not there yet, with CONFIG's own."""
    if config.renewed:
        return config
    stamps = stamps_of(one for one in snapshot.objects.values() if one.ours)
    if not stamps and config.operations.ttl:
        return config.expiring(expiry(read_ttl("operations.ttl", config.operations.ttl)))
    return config.expiring(last_of(stamps))


def last_of(stamps: Iterable[Stamp]) -> datetime | None:
    return max((one.until for one in stamps if one.until), default=None)


def expired(stamps: list[Stamp], now: datetime) -> datetime | None:
    """When the deployment of these stamps has expired; None where it has not, or where one of them has no expiry."""
    until = last_of(stamps)
    return until if until is not None and until <= now and all(one.until for one in stamps) else None


def warning(name: str, until: datetime | None) -> str:
    """What a person is told from a day before on; "" before, and of a deployment that does not expire."""
    left = None if until is None else until - datetime.now(UTC)
    if until is None or left is None or left > _NEAR:
        return ""
    when = "has expired" if left <= timedelta(0) else f"expires in {shown(left)}"
    return f"{name} {when} ({until:%Y-%m-%d %H:%M} UTC). gc --yes removes it then; setup --ttl renews it."


def shown(time: timedelta) -> str:
    """`2 d 3 h`, `3 h 20 min`, `5 min`."""
    minutes = max(0, int(time.total_seconds() // 60))
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {rest} min" if hours else f"{rest} min"
