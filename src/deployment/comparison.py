"""The account against the configuration: what is absent, equal, different, not ours, or too much."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from src.config import DemoConfig, Mode
from src.infrastructure.databases import database_key
from src.infrastructure.roles import GRANT
from src.infrastructure.states import DesiredState
from src.utils.sql import Key, identifier

from .inspection import NOT_SHOWN, ExistingGrant, ExistingObject, Snapshot

State = Literal["absent", "equal", "different", "foreign"]

# What is lost with these cannot be had from CONFIG again, so that only cleanup drops them.
_HOLD_DATA = ("DATABASE", "SCHEMA", "STAGE")


@dataclass(frozen=True)
class Difference:
    """One property of one object that is not as CONFIG says. Without a property it is the object itself."""

    kind: str
    name: str
    property: str
    expected: str
    actual: str

    def __str__(self) -> str:
        what = f"{self.kind} {self.name}" + (f": {self.property}" if self.property else "")
        return f"{what} should be {self.expected}, and is {self.actual}"


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


@dataclass(frozen=True)
class Unmanaged:
    """Ours, and not in CONFIG: an object, or privileges of a role; `sql` takes it away, `holds_data` forbids that."""

    statement: DesiredState
    difference: Difference
    holds_data: bool = False


def in_its_mode(config: DemoConfig, snapshot: Snapshot) -> DemoConfig:
    """The configuration in the mode that was set up: quick if the database's stamp says so, else as it is."""
    database = snapshot.objects.get(database_key(config))
    is_quick = database is not None and database.ours and database.stamp is not None and database.stamp.part == "quick"
    return config.quick() if is_quick else config


def compare(statement: DesiredState, snapshot: Snapshot) -> Comparison:
    """The statement against the account. Where Snowflake refused it once, its fallback is right as well."""
    object_ = snapshot.objects.get(statement.seen_key)
    differences = _differences(statement, object_)
    if differences and stands_on_fallback(statement, object_):
        differences = ()
    return Comparison(statement, object_, differences)


def stands_on_fallback(statement: DesiredState, object_: ExistingObject | None) -> bool:
    """Whether the object is as the statement's fallback makes it."""
    fallback = statement.fallback
    return fallback is not None and object_ is not None and not _differences(fallback.statement, object_)


def _differences(statement: DesiredState, object_: ExistingObject | None) -> tuple[Difference, ...]:
    if object_ is None:
        return (Difference(*statement.seen_key, "", "present", "absent"),)
    return tuple(
        Difference(*statement.seen_key, name, expected, actual)
        for name, expected in statement.shows.items()
        for actual in [object_.properties.get(name, "absent")]
        if actual not in (expected, NOT_SHOWN)
    )


def unmanaged(statements: Iterable[DesiredState], snapshot: Snapshot) -> list[Unmanaged]:
    """What is ours and CONFIG does not say: stamped objects, and privileges on the objects that CONFIG names."""
    wanted = {statement.seen_key: statement for statement in statements}
    return [*_surplus_objects(wanted, snapshot), *_surplus_grants(wanted, snapshot)]


def _surplus_objects(wanted: dict[Key, DesiredState], snapshot: Snapshot) -> Iterator[Unmanaged]:
    for object_ in snapshot.objects.values():
        if object_.ours and not object_.adopted and object_.key not in wanted and _is_infrastructure(object_):
            yield Unmanaged(
                DesiredState(object_.kind, object_.name, f"DROP {object_.kind} IF EXISTS {object_.name}"),
                Difference(object_.kind, object_.name, "", "absent", "present"),
                object_.kind in _HOLD_DATA,
            )


def _is_infrastructure(object_: ExistingObject) -> bool:
    """A demo's own objects carry its name where ours carry the mode; of those without a stamp, the monitor counts."""
    return object_.stamp.part in get_args(Mode) if object_.stamp else object_.kind == "RESOURCE MONITOR"


def _surplus_grants(wanted: dict[Key, DesiredState], snapshot: Snapshot) -> Iterator[Unmanaged]:
    """Who is granted one of our roles is the administrator's affair, so that a role's grantees are never too many.

    So is what a role of another's holds, also when it is adopted.
    """
    for grant in snapshot.grants:
        role = snapshot.objects.get(("ROLE", grant.role))
        if role is not None and (role.adopted or not role.ours):
            continue
        statement = wanted.get((GRANT, grant.name))
        extra = [one for one in grant.privileges if statement is None or one not in statement.shows]
        if extra and grant.on in wanted and grant.on[0] != "ROLE":
            yield Unmanaged(_revoke(grant, extra), Difference(GRANT, grant.name, ", ".join(extra), "absent", "granted"))


def _revoke(grant: ExistingGrant, privileges: list[str]) -> DesiredState:
    sql = f"REVOKE {', '.join(privileges)} ON {grant.target} FROM ROLE {identifier(grant.role)}"
    return DesiredState(GRANT, grant.name, sql)
