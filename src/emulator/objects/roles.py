"""Roles, which have privileges, and which own what is made with them."""

from dataclasses import replace
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
    granted = [one for one in session.account.grants() if (one.granted_on, one.name) == ("ROLE", object_.name)]
    had = [one for one in session.account.grants() if one.granted_on == "ROLE" and one.granted_to == "ROLE"]
    return {
        "is_default": "N",
        "is_current": "Y" if session.role == object_.name else "N",
        "is_inherited": "N",
        "assigned_to_users": sum(one.granted_to == "USER" for one in granted),
        "granted_to_roles": sum(one.granted_to == "ROLE" for one in granted),
        "granted_roles": sum(one.grantee == object_.name for one in had),
        "comment": object_.comment or _COMMENTS.get(object_.name, ""),
        "is_from_organization_user_group": "N",
    }


# Recorded: frostlake/ddl-show-command-layouts
_COMMENTS = {"ACCOUNTADMIN": "Account administrator can manage all aspects of the account."}


def _hand_over(session: Session, role: Object) -> None:
    """Whoever drops a role gets what it owned. https://docs.snowflake.com/en/sql-reference/sql/drop-role"""
    for owned in session.account.owned_by(role.name):
        session.account.save(replace(owned, owner=session.role))


# https://docs.snowflake.com/en/sql-reference/sql/show-roles
ROLE = Kind(
    name="ROLE",
    level="account",
    depth="executed",
    properties={},
    columns=columns(
        "created_on:time name is_default is_current is_inherited assigned_to_users:number granted_to_roles:number"
        " granted_roles:number owner comment is_from_organization_user_group"
    ),
    # recorded: frostlake/ddl-show-modifier-matrix
    terse=columns("name is_default is_current is_inherited is_from_organization_user_group"),
    row=_role_row,
    completed=_checked_role,
    dropped=_hand_over,
)
