"""What is in the account now: one wave of SHOWs, one for each kind of object, read into a snapshot.

Each reader follows the columns of its SHOW: https://docs.snowflake.com/en/sql-reference/sql/show
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from src.config import DemoConfig, Stamp, read_stamp, with_previous
from src.infrastructure.roles import ACCOUNT, GRANT, GRANTED
from src.infrastructure.settings import AS_THE_DATABASE
from src.utils.errors import DemoError
from src.utils.queries import Row
from src.utils.sql import Key, identifier, literal, qualified

from .sending import DOES_NOT_EXIST, INSUFFICIENT_PRIVILEGES, UNSUPPORTED, Answer, Sender

# https://docs.snowflake.com/en/sql-reference/sql/show#usage-notes
MOST_ROWS = 10_000
# The value of a property that this account's SHOW has no column for. It is not compared.
NOT_SHOWN = "not shown"
ACCELERATION = "enable_query_acceleration"
_TIMEOUT = "STATEMENT_TIMEOUT_IN_SECONDS"


@dataclass(frozen=True)
class ExistingObject:
    """An object as SHOW describes it. `ours` if it carries this deployment's stamp, or cannot carry one and is ours.

    The comment of an object of ours is that without what its stamp keeps.
    """

    kind: str
    name: str
    properties: Mapping[str, str]
    ours: bool
    stamp: Stamp | None = None

    @property
    def key(self) -> Key:
        return self.kind, self.name

    @property
    def adopted(self) -> bool:
        """Whether it is ours now and was another's before."""
        return self.ours and self.stamp is not None and self.stamp.previous is not None

    @property
    def previous(self) -> Mapping[str, str]:
        """Its values from before it was adopted."""
        return (self.stamp and self.stamp.previous) or {}

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class ExistingGrant:
    """What a role holds on one target: an object, or the future tables or views of a schema (`on` names either)."""

    target: str
    on: Key
    role: str
    privileges: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.target} TO ROLE {self.role}"


@dataclass(frozen=True)
class Snapshot:
    """A snapshot of the account; `unseen` says what this role could not look at."""

    objects: Mapping[Key, ExistingObject] = field(default_factory=dict)
    grants: tuple[ExistingGrant, ...] = ()
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Probe:
    """One SHOW: of a kind, or about one warehouse or role."""

    kind: str
    sql: str
    of: str = ""

    @property
    def key(self) -> Key:
        return self.kind, self.of


Seen = Mapping[Key, list[Row]]


def account_looks() -> list[Probe]:
    """The SHOWs of what the account holds outside databases."""
    return [
        Probe("DATABASE", "SHOW DATABASES"),
        Probe("WAREHOUSE", "SHOW WAREHOUSES"),
        Probe("ROLE", "SHOW ROLES"),
        Probe("RESOURCE MONITOR", "SHOW RESOURCE MONITORS"),
    ]


def looks(config: DemoConfig) -> list[Probe]:
    """The SHOWs that tell everything a configuration says."""
    return account_looks() + _looks_inside(config) + list(_warehouse_looks(config)) + list(_role_looks(config))


def looks_for_ours(config: DemoConfig) -> list[Probe]:
    """The SHOWs of all that a cleanup drops or gives back, or that is dropped along."""
    return [*account_looks(), *_looks_inside(config), Probe("SHARE", "SHOW SHARES")]


def _looks_inside(config: DemoConfig) -> list[Probe]:
    database = identifier(config.database.name)
    return [
        Probe("SCHEMA", f"SHOW SCHEMAS IN DATABASE {database}"),
        Probe("STAGE", f"SHOW STAGES IN DATABASE {database}"),
        Probe("FILE FORMAT", f"SHOW FILE FORMATS IN DATABASE {database}"),
    ]


def _warehouse_looks(config: DemoConfig) -> Iterator[Probe]:
    for warehouse in config.warehouses:
        name = identifier(warehouse.name)
        yield Probe("PARAMETER", f"SHOW PARAMETERS LIKE {literal(_TIMEOUT)} IN WAREHOUSE {name}", name)


def _role_looks(config: DemoConfig) -> Iterator[Probe]:
    for role in config.roles:
        name = identifier(role.name)
        yield Probe("GRANT TO", f"SHOW GRANTS TO ROLE {name}", name)
        yield Probe("FUTURE GRANT TO", f"SHOW FUTURE GRANTS TO ROLE {name}", name)
        yield Probe("GRANT OF", f"SHOW GRANTS OF ROLE {name}", name)


def look(sender: Sender, config: DemoConfig) -> Snapshot:
    """Everything that CONFIG speaks of, as it is now. Raises DemoError if the account does not answer."""
    return _look(sender, config, looks(config))


def look_for_ours(sender: Sender, config: DemoConfig) -> Snapshot:
    """What carries our stamp whatever CONFIG says now: at the account's level, and inside the database."""
    return _look(sender, config, looks_for_ours(config))


def _look(sender: Sender, config: DemoConfig, wanted: list[Probe]) -> Snapshot:
    answers = sender.wave(wanted, lambda one: sender.send(one.sql), done=_rows)
    seen = {one.key: _rows(answer) for one, answer in zip(wanted, answers, strict=True)}
    unseen = tuple(answer.message for answer in answers if answer.errno in INSUFFICIENT_PRIVILEGES)
    objects = [found for kind, read in _READERS.items() for found in read(seen, kind, config)]
    grants = _together(grant for read in (_object_grants, _future_grants, _role_grants) for grant in read(seen))
    objects += [ExistingObject(GRANT, grant.name, dict.fromkeys(grant.privileges, GRANTED), True) for grant in grants]
    return Snapshot({found.key: found for found in objects}, grants, unseen)


def _rows(answer: Answer) -> list[Row]:
    """The rows; none where the object of the SHOW is absent, or the account has no such kind, or hides it."""
    if answer.error is not None and answer.errno not in DOES_NOT_EXIST | INSUFFICIENT_PRIVILEGES | UNSUPPORTED:
        raise DemoError(f"The account cannot be inspected: {answer.sql} failed. {answer.message}") from answer.error
    if len(answer.rows) >= MOST_ROWS:
        raise DemoError(
            f"The account cannot be inspected: {answer.sql} answers {MOST_ROWS:,} rows and no more. "
            "Use a role that sees fewer objects."
        )
    return answer.rows


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _stamped(config: DemoConfig, kind: str, name: str, row: Row, properties: Mapping[str, str]) -> ExistingObject:
    comment = _text(row["comment"])
    stamp = read_stamp(comment)
    ours = stamp is not None and stamp.deployment == config.database.name
    comment = with_previous(comment, None) if ours else comment
    return ExistingObject(kind, name, {**properties, "comment": comment}, ours, stamp)


def _databases(seen: Seen, kind: str, config: DemoConfig) -> Iterator[ExistingObject]:
    for row in seen.get((kind, ""), ()):
        properties = {"retention_time": _text(row["retention_time"]), "transient": _transient(row)}
        yield _stamped(config, kind, identifier(row["name"]), row, properties)


def _transient(row: Row) -> str:
    return str("TRANSIENT" in _text(row["options"])).lower()


def _schemas(seen: Seen, kind: str, config: DemoConfig) -> Iterator[ExistingObject]:
    days = {row["name"]: _text(row["retention_time"]) for row in seen.get(("DATABASE", ""), ())}
    for row in seen.get((kind, ""), ()):
        own = _text(row["retention_time"])
        retention = AS_THE_DATABASE if own == days.get(row["database_name"]) else own
        name = qualified(row["database_name"], row["name"])
        properties = {
            "retention_time": retention,
            "transient": _transient(row),
            "managed_access": str("MANAGED ACCESS" in _text(row["options"])).lower(),
        }
        yield _stamped(config, kind, name, row, properties)


def _warehouses(seen: Seen, kind: str, config: DemoConfig) -> Iterator[ExistingObject]:
    for row in seen.get((kind, ""), ()):
        name = identifier(row["name"])
        properties = {
            "size": _text(row["size"]),
            "generation": _text(row.get("generation", NOT_SHOWN)),
            ACCELERATION: _text(row.get(ACCELERATION, NOT_SHOWN)),
            "auto_suspend": _text(row["auto_suspend"] or 0),
            "auto_resume": _text(row["auto_resume"]),
        }
        for parameter in seen.get(("PARAMETER", name), ()):
            if parameter["key"] == _TIMEOUT:
                properties["statement_timeout_in_seconds"] = _text(parameter["value"])
        yield _stamped(config, kind, name, row, properties)


def _query_accelerations(seen: Seen, kind: str, config: DemoConfig) -> Iterator[ExistingObject]:
    for warehouse in _warehouses(seen, "WAREHOUSE", config):
        yield ExistingObject(kind, warehouse.name, {ACCELERATION: warehouse.properties[ACCELERATION]}, True)


def _monitor_of(warehouse: Row) -> str:
    monitor = _text(warehouse["resource_monitor"])
    return "" if monitor == "null" else monitor


def _monitored_warehouses(seen: Seen, kind: str, config: DemoConfig) -> Iterator[ExistingObject]:
    for row in seen.get(("WAREHOUSE", ""), ()):
        if monitor := _monitor_of(row):
            yield ExistingObject(kind, identifier(row["name"]), {"resource_monitor": identifier(monitor)}, True)


def _monitors(seen: Seen, kind: str, config: DemoConfig) -> Iterator[ExistingObject]:
    """A resource monitor has no comment: it is ours if its name is, and only our warehouses use it."""
    ours = {found.name for found in _warehouses(seen, "WAREHOUSE", config) if found.ours}
    for row in seen.get((kind, ""), ()):
        users = [w["name"] for w in seen.get(("WAREHOUSE", ""), ()) if _monitor_of(w) == row["name"]]
        only_ours = row["level"] != "ACCOUNT" and all(identifier(user) in ours for user in users)
        yield ExistingObject(
            kind,
            identifier(row["name"]),
            {"credit_quota": f"{float(row['credit_quota'] or 0):g}"},
            row["name"] == config.resource_monitor.name and only_ours,
        )


def _roles(seen: Seen, kind: str, config: DemoConfig) -> Iterator[ExistingObject]:
    for row in seen.get((kind, ""), ()):
        yield _stamped(config, kind, identifier(row["name"]), row, {})


def _stored_name(row: Row) -> str:
    return qualified(row["database_name"], row["schema_name"], row["name"])


def _stages(seen: Seen, kind: str, config: DemoConfig) -> Iterator[ExistingObject]:
    for row in seen.get((kind, ""), ()):
        properties = {"type": _text(row["type"]), "directory_enabled": _text(row["directory_enabled"])}
        yield _stamped(config, kind, _stored_name(row), row, properties)


def _file_formats(seen: Seen, kind: str, config: DemoConfig) -> Iterator[ExistingObject]:
    for row in seen.get((kind, ""), ()):
        options = {name: json.dumps(value) for name, value in json.loads(row["format_options"] or "{}").items()}
        yield _stamped(config, kind, _stored_name(row), row, {**options, "type": _text(row["type"])})


def _shares(seen: Seen, kind: str, config: DemoConfig) -> Iterator[ExistingObject]:
    for row in seen.get((kind, ""), ()):
        if row["kind"] == "OUTBOUND":
            yield _stamped(config, kind, identifier(row["name"]), row, {})


Reader = Callable[[Seen, str, DemoConfig], Iterator[ExistingObject]]
_READERS: Mapping[str, Reader] = {
    "DATABASE": _databases,
    "SCHEMA": _schemas,
    "WAREHOUSE": _warehouses,
    "QUERY ACCELERATION": _query_accelerations,
    "MONITORED WAREHOUSE": _monitored_warehouses,
    "RESOURCE MONITOR": _monitors,
    "ROLE": _roles,
    "STAGE": _stages,
    "FILE FORMAT": _file_formats,
    "SHARE": _shares,
}


def _object_grants(seen: Seen) -> Iterator[ExistingGrant]:
    """What was granted on objects one by one; on the account, which SHOW GRANTS calls by its name, too.

    What a role has by an inherited grant on all objects of a kind is the administrator's affair, and is not asked for.
    https://docs.snowflake.com/en/user-guide/inherited-grants-intro
    """
    for role, row in _grant_rows(seen, "GRANT TO"):
        if row["privilege"] == "OWNERSHIP" or _is_inherited(row):
            continue
        kind = row["granted_on"].replace("_", " ")
        on = ACCOUNT if kind == "ACCOUNT" else (kind, row["name"])
        yield ExistingGrant(" ".join(on).strip(), on, role, (row["privilege"],))


def _is_inherited(row: Row) -> bool:
    return _text(row.get("is_inherited")).upper() in ("TRUE", "Y", "YES")


def _future_grants(seen: Seen) -> Iterator[ExistingGrant]:
    """SHOW FUTURE GRANTS names the target `DATABASE.SCHEMA.<TABLE>`."""
    for role, row in _grant_rows(seen, "FUTURE GRANT TO"):
        schema = row["name"].rpartition(".")[0]
        target = f"FUTURE {row['grant_on'].replace('_', ' ')}S IN SCHEMA {schema}"
        yield ExistingGrant(target, ("SCHEMA", schema), role, (row["privilege"],))


def _role_grants(seen: Seen) -> Iterator[ExistingGrant]:
    for role, row in _grant_rows(seen, "GRANT OF"):
        if row["granted_to"] == "ROLE":
            yield ExistingGrant(f"ROLE {role}", ("ROLE", role), identifier(row["grantee_name"]), ("USAGE",))


def _grant_rows(seen: Seen, kind: str) -> Iterator[tuple[str, Row]]:
    return ((role, row) for (of_kind, role), rows in seen.items() if of_kind == kind for row in rows)


def _together(grants: Iterable[ExistingGrant]) -> tuple[ExistingGrant, ...]:
    """One grant for each target and role, with all its privileges."""
    merged: dict[str, ExistingGrant] = {}
    for grant in grants:
        known = merged.get(grant.name)
        merged[grant.name] = replace(grant, privileges=(*known.privileges, *grant.privileges)) if known else grant
    return tuple(merged.values())
