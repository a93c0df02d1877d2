"""Roles. Recorded: remembered and shown; every session may do everything, whatever its role."""

from typing import Any

from .. import errors
from ..account import Object
from ..language.result import columns
from ..session import Session
from .kinds import Kind


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
        "comment": object_.comment or _COMMENTS.get(object_.name, ""),
        "is_from_organization_user_group": "N",
    }


# Recorded: frostlake/ddl-show-command-layouts
_COMMENTS = {"ACCOUNTADMIN": "Account administrator can manage all aspects of the account."}


# https://docs.snowflake.com/en/sql-reference/sql/show-roles
ROLE = Kind(
    name="ROLE",
    level="account",
    depth="recorded",
    properties={},
    columns=columns(
        "created_on:time name is_default is_current is_inherited assigned_to_users:number granted_to_roles:number"
        " granted_roles:number owner comment is_from_organization_user_group"
    ),
    row=_role_row,
    completed=_checked_role,
)
