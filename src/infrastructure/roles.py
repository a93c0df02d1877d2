"""The roles and what each may do. An account may refuse all of it, and the demo runs with the presenter's own role.

python -m src.infrastructure.roles audit
"""

import _signal  # type: ignore[import-not-found]  # built in: nothing is loaded before the handler is set
import os

if __name__ == "__main__":
    _signal.signal(_signal.SIGINT, lambda number, frame: os._exit(130))

from collections.abc import Iterator
from dataclasses import replace

from src.config import DemoConfig, Privilege, Role
from src.utils.sql import Key, identifier, literal

from .databases import database_key, schema_key
from .states import DesiredState
from .storage import stored_key
from .warehouses import warehouse_key

GRANT = "GRANT"
GRANTED = "granted"
# It has no name here: SHOW GRANTS has the one that the account goes by.
ACCOUNT: Key = ("ACCOUNT", "")
_OPTIONAL = "the presenter's own role runs the demo"


def role_key(role: Role) -> Key:
    return "ROLE", identifier(role.name)


def roles(config: DemoConfig) -> list[DesiredState]:
    """https://docs.snowflake.com/en/sql-reference/sql/create-role#create-or-alter-role"""
    return [
        DesiredState(
            kind,
            name,
            f"CREATE OR ALTER ROLE {name}\n  COMMENT = {literal(comment)}",
            shows={"comment": comment},
            optional=_OPTIONAL,
        )
        for role in config.roles
        for kind, name in [role_key(role)]
        for comment in [config.stamp.on(role.comment)]
    ]


def role_grants(config: DemoConfig) -> list[DesiredState]:
    """Each role granted to the role above it, so that administrators have what it has.

    https://docs.snowflake.com/en/user-guide/security-access-control-overview#role-hierarchy-and-privilege-inheritance
    """
    return [
        DesiredState(
            GRANT,
            name,
            f"GRANT {name}",
            shows={"USAGE": GRANTED},
            needs=(role_key(role),),
            optional=_OPTIONAL,
        )
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
        case _:
            stored = config.stages if privilege.on == "STAGE" else config.file_formats
            return [stored_key(config, object_) for object_ in stored if object_.name in privilege.of]


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
        optional=f"{role.name} does without; an administrator can grant it" if on_account else _OPTIONAL,
    )


if __name__ == "__main__":
    # The command stands above this room, in src.deployment; here is only its name.
    from src.config.reading import readable
    from src.utils import program

    program.begin()
    with readable():
        from config import CONFIG
    from src.deployment.audit import main

    main(obj=CONFIG)
