"""Roles. Recorded: remembered and shown; every session may do everything, whatever its role."""

from typing import Any

from . import errors
from .account import Object
from .kinds import Kind
from .result import NUMBER, TEXT, TIMESTAMP
from .session import Session


def _checked_role(session: Session, object_: Object) -> Object:
    if not session.account.may_create_roles:
        raise errors.insufficient_privileges(f"account '{session.account.name}'")
    return object_


def _role_row(session: Session, object_: Object) -> dict[str, Any]:
    grants = [grant for grant in session.account.grants() if grant.granted_on == "ROLE" or grant.granted_to == "ROLE"]
    return {
        "created_on": object_.created_on,
        "name": object_.name,
        "is_default": "N",
        "is_current": "Y" if session.role == object_.name else "N",
        "is_inherited": "N",
        "assigned_to_users": 0,
        "granted_to_roles": sum(1 for grant in grants if grant.granted_on == "ROLE" and grant.name == object_.name),
        "granted_roles": sum(1 for grant in grants if grant.granted_on == "ROLE" and grant.grantee == object_.name),
        "owner": object_.owner,
        "comment": object_.comment,
    }


# https://docs.snowflake.com/en/sql-reference/sql/show-roles
ROLE = Kind(
    name="ROLE",
    level="account",
    depth="recorded",
    properties={},
    columns=[
        ("created_on", TIMESTAMP),
        ("name", TEXT),
        ("is_default", TEXT),
        ("is_current", TEXT),
        ("is_inherited", TEXT),
        ("assigned_to_users", NUMBER),
        ("granted_to_roles", NUMBER),
        ("granted_roles", NUMBER),
        ("owner", TEXT),
        ("comment", TEXT),
    ],
    row=_role_row,
    completed=_checked_role,
)
