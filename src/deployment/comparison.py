"""The account against the configuration: what is absent, equal, different, not ours, or too much."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from src.config import DemoConfig
from src.infrastructure.databases import database_key
from src.infrastructure.kinds import BY_NAME
from src.infrastructure.states import DesiredState, Difference, ExistingObject, Snapshot, Unmanaged

State = Literal["absent", "equal", "different", "foreign"]


@dataclass(frozen=True)
class Comparison:
    """A statement, the object it is about, and what is not as the statement would make it."""

    statement: DesiredState
    existing: ExistingObject | None
    differences: tuple[Difference, ...]

    @property
    def state(self) -> State:
        if self.existing is None:
            return "absent"
        if not self.existing.ours:
            return "foreign"
        return "different" if self.differences else "equal"

    @property
    def stamped_by(self) -> str:
        """The deployment whose stamp the object carries; "" without any."""
        return self.existing.stamp.deployment if self.existing and self.existing.stamp else ""

    @property
    def unalterable(self) -> tuple[Difference, ...]:
        return tuple(one for one in self.differences if one.property in self.statement.fixed)


def in_its_mode(config: DemoConfig, snapshot: Snapshot) -> DemoConfig:
    """The configuration in the mode that was set up: quick if the database's stamp says so, else as it is."""
    database = snapshot.objects.get(database_key(config))
    is_quick = database is not None and database.ours and database.stamp is not None and database.stamp.part == "quick"
    return config.quick() if is_quick else config


def compare(statement: DesiredState, snapshot: Snapshot) -> Comparison:
    """The statement against the account. Where Snowflake refused it once, its fallback is right as well."""
    existing = snapshot.objects.get(statement.seen_key)
    differences = BY_NAME[statement.kind].compare(statement, existing)
    if differences and stands_on_fallback(statement, existing):
        differences = ()
    return Comparison(statement, existing, differences)


def stands_on_fallback(statement: DesiredState, existing: ExistingObject | None) -> bool:
    """Whether the object is as the statement's fallback makes it."""
    fallback = statement.fallback
    if fallback is None or existing is None:
        return False
    return not BY_NAME[statement.kind].compare(fallback.statement, existing)


def unmanaged(statements: Iterable[DesiredState], snapshot: Snapshot) -> list[Unmanaged]:
    """What is ours and CONFIG does not say: stamped objects, and privileges on the objects that CONFIG names."""
    desired = {statement.seen_key: statement for statement in statements}
    every = (BY_NAME[one.kind].unmanaged(one, desired, snapshot) for one in snapshot.objects.values())
    return [one for one in every if one]
