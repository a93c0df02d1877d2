"""What each role may do, and who has the role. An account may refuse all of it."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import replace
from itertools import chain

from src.config import DemoConfig, Privilege, Role
from src.utils.needs import OWNERSHIP, Need
from src.utils.sql import Key, Row, identifier, split_qualified

from .databases import database_key
from .file_formats import file_format_key
from .kind import DesiredStates, Kind, text
from .roles import GRANTED_HERE, OPTIONAL, role_key
from .schemas import schema_key
from .stages import stage_key
from .states import Answers, Comparison, DesiredState, Difference, ExistingObject, Probe, Snapshot, Unmanaged
from .warehouses import warehouse_key

GRANT = "GRANT"
GRANTED = "granted"
# It has no name here: SHOW GRANTS has the one that the account goes by.
ACCOUNT: Key = ("ACCOUNT", "")


def role_grants(config: DemoConfig) -> list[DesiredState]:
    """Each role granted to the role above it, so that administrators have what it has.

    https://docs.snowflake.com/en/user-guide/security-access-control-overview#role-hierarchy-and-privilege-inheritance
    """
    return [
        DesiredState(GRANT, name, f"GRANT {name}", {"USAGE": GRANTED}, needs=(role_key(role),), optional=OPTIONAL)
        for role in config.roles
        for name in [f"ROLE {identifier(role.name)} TO ROLE {identifier(role.granted_to)}"]
    ]


def account_grants(config: DemoConfig) -> list[DesiredState]:
    """The privileges on the account, the warehouses and the database."""
    return _object_grants(config, "ACCOUNT", "WAREHOUSE", "DATABASE")


def schema_grants(config: DemoConfig) -> list[DesiredState]:
    """The privileges on the schemas."""
    return _object_grants(config, "SCHEMA")


def storage_grants(config: DemoConfig) -> list[DesiredState]:
    """The privileges on file formats and stages."""
    return _object_grants(config, "FILE FORMAT", "STAGE")


def content_grants(config: DemoConfig) -> list[DesiredState]:
    """The privileges on the tables and views of the schemas: those that are there, and those to come."""
    return [
        statement
        for role in config.roles
        for privilege in role.privileges
        if privilege.on in ("TABLES", "VIEWS")
        for schema in privilege.of
        for statement in _content_grants(privilege, schema_key(config, schema), role)
    ]


def _content_grants(privilege: Privilege, schema: Key, role: Role) -> Iterator[DesiredState]:
    """The grant on future objects, and its twin on those that are there, which is needed when that one is.

    https://docs.snowflake.com/en/sql-reference/sql/grant-privilege#future-grants-on-database-or-schema-objects
    """
    target = f"{privilege.on} IN SCHEMA {schema[1]}"
    future = _grant(privilege, f"FUTURE {target}", schema, role)
    yield future
    yield replace(_grant(privilege, f"ALL {target}", schema, role), seen_as=future.name)


def _object_grants(config: DemoConfig, *kinds: str) -> list[DesiredState]:
    return [
        _grant(privilege, f"{kind} {name}".strip(), (kind, name), role)
        for role in config.roles
        for privilege in role.privileges
        if privilege.on in kinds
        for kind, name in _targets(config, privilege)
    ]


def _targets(config: DemoConfig, privilege: Privilege) -> list[Key]:
    match privilege.on:
        case "ACCOUNT":
            return [ACCOUNT]
        case "DATABASE":
            return [database_key(config)]
        case "WAREHOUSE":
            return [warehouse_key(name) for name in privilege.of]
        case "SCHEMA":
            return [schema_key(config, name) for name in privilege.of]
        case "STAGE":
            return [stage_key(config, stage) for stage in config.stages if stage.name in privilege.of]
        case _:
            return [file_format_key(config, one) for one in config.file_formats if one.name in privilege.of]


def _grant(privilege: Privilege, target: str, object_: Key, role: Role) -> DesiredState:
    """A grant is named for what it is on and to whom; it shows its privileges.

    https://docs.snowflake.com/en/sql-reference/sql/grant-privilege
    """
    name = f"{target} TO ROLE {identifier(role.name)}"
    on_account = object_ == ACCOUNT
    return DesiredState(
        GRANT,
        name,
        f"GRANT {', '.join(privilege.privileges)} ON {name}",
        shows=dict.fromkeys(privilege.privileges, GRANTED),
        needs=(role_key(role),) if on_account else (object_, role_key(role)),
        optional=f"{role.name} does without; an administrator can grant it" if on_account else OPTIONAL,
    )


# What a role holds: the target as a grant names it, the object that it is or is in, the role, the privilege.
Held = tuple[str, Key, str, str]


class GrantKind(Kind):
    """What a role holds on one target: an object, or the future tables or views of a schema.

    https://docs.snowflake.com/en/sql-reference/sql/show-grants
    """

    name = GRANT
    steps = (
        (1, role_grants),
        (1, account_grants),
        (2, schema_grants),
        (3, storage_grants),
        (3, content_grants),
    )
    keeps = GRANTED_HERE
    adds_up = True

    def probes(self, config: DemoConfig) -> list[Probe]:
        return [
            Probe(words, f"SHOW {words.replace('GRANT', 'GRANTS')} ROLE {name}", name)
            for role in config.roles
            for name in [identifier(role.name)]
            for words in ("GRANT TO", "FUTURE GRANT TO", "GRANT OF")
        ]

    def read(self, answers: Answers, config: DemoConfig) -> Iterator[ExistingObject]:
        """One for each target and role, with all its privileges."""
        privileges: dict[tuple[str, Key, str], list[str]] = {}
        for target, on, role, privilege in chain(_on_objects(answers), _on_future_objects(answers), _of_roles(answers)):
            privileges.setdefault((target, on, role), []).append(privilege)
        for (target, on, role), granted in privileges.items():
            shown = dict.fromkeys(granted, GRANTED)
            yield ExistingObject(GRANT, f"{target} TO ROLE {role}", shown, True, needs=(on, ("ROLE", role)))

    def unmanaged(self, existing: ExistingObject, desired: DesiredStates, snapshot: Snapshot) -> Unmanaged | None:
        """Privileges on the objects that CONFIG names, and that it does not say.

        Who is granted one of our roles is the administrator's affair, so that a role's grantees are never too many. So
        is what a role of another's holds, also when it is adopted.
        """
        on, role = existing.needs
        privileges = desired[existing.key].shows if existing.key in desired else {}
        extra = ", ".join(one for one in existing.properties if one not in privileges)
        if not extra or on not in desired or on[0] == "ROLE" or snapshot.stays(role):
            return None
        revoke = f"REVOKE {extra} ON {existing.name.removesuffix(f' TO ROLE {role[1]}')} FROM ROLE {role[1]}"
        difference = Difference(*existing.key, extra, "absent", GRANTED)
        return Unmanaged(DesiredState(*existing.key, revoke), difference)

    def previous_values(self, comparison: Comparison) -> Mapping[str, str]:
        """What takes the privileges back."""
        desired = comparison.statement
        on, _, role = desired.name.rpartition(" TO ROLE ")
        privileges = [one.property for one in comparison.differences if one.property] or list(desired.shows)
        what = on if desired.sql == f"GRANT {desired.name}" else f"{', '.join(privileges)} ON {on}"
        return {GRANTED_HERE: f"{what} FROM ROLE {role}"}

    def needs(self, statement: DesiredState, sql: str, made: Set[Key], *, is_there: bool) -> Iterator[Need]:
        """Each privilege WITH GRANT OPTION; what is in a schema with managed access, the schema's owner grants on.

        https://docs.snowflake.com/en/sql-reference/sql/grant-privilege#access-control-requirements
        """
        target, _, _ = statement.name.rpartition(" TO ROLE ")
        if target == ACCOUNT[0]:
            yield from (Need(privilege, to_grant=True) for privilege in statement.shows)
            return
        for kind, name in statement.needs[:1]:
            place = split_qualified(name)[:2]
            if not made.isdisjoint({(kind, name), ("SCHEMA", ".".join(place))}):
                continue
            if kind == "ROLE" or target.startswith(("FUTURE ", "ALL ")):
                yield Need(OWNERSHIP, kind, name, to_grant=True)
            elif kind in ("STAGE", "FILE FORMAT"):
                yield Need(OWNERSHIP, "SCHEMA", ".".join(place), to_grant=True)
            else:
                yield from (Need(privilege, kind, name, to_grant=True) for privilege in statement.shows)

    def keepers(self, desired: DesiredState) -> tuple[Key, ...]:
        """The role; a grant goes with the object that it is on."""
        return desired.needs


def _on_objects(answers: Answers) -> Iterator[Held]:
    """What was granted on objects one by one; on the account, which SHOW GRANTS calls by its name, too.

    What a role has by an inherited grant on all objects of a kind is the administrator's affair, and is not asked for.
    https://docs.snowflake.com/en/user-guide/inherited-grants-intro
    """
    for role, row in _rows(answers, "GRANT TO"):
        is_inherited = text(row.get("is_inherited")).upper() in ("TRUE", "Y", "YES")
        if row["privilege"] == "OWNERSHIP" or is_inherited:
            continue
        kind = row["granted_on"].replace("_", " ")
        on = ACCOUNT if kind == "ACCOUNT" else (kind, row["name"])
        yield " ".join(on).strip(), on, role, row["privilege"]


def _on_future_objects(answers: Answers) -> Iterator[Held]:
    """SHOW FUTURE GRANTS names the target `DATABASE.SCHEMA.<TABLE>`."""
    for role, row in _rows(answers, "FUTURE GRANT TO"):
        schema = row["name"].rpartition(".")[0]
        target = f"FUTURE {row['grant_on'].replace('_', ' ')}S IN SCHEMA {schema}"
        yield target, ("SCHEMA", schema), role, row["privilege"]


def _of_roles(answers: Answers) -> Iterator[Held]:
    for role, row in _rows(answers, "GRANT OF"):
        if row["granted_to"] == "ROLE":
            yield f"ROLE {role}", ("ROLE", role), identifier(row["grantee_name"]), "USAGE"


def _rows(answers: Answers, words: str) -> Iterator[tuple[str, Row]]:
    return ((role, row) for (of, role), rows in answers.items() if of == words for row in rows)
