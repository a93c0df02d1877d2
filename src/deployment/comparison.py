"""The account against the configuration: what is absent, equal, different, not ours, or too much."""

from collections.abc import Iterable

from src.config import DemoConfig
from src.infrastructure.databases import database_key
from src.infrastructure.kinds import BY_NAME
from src.infrastructure.states import Comparison, DesiredState, ExistingObject, Snapshot, Unmanaged


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
