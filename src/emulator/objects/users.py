"""Users: who may sign in, with which roles. All of them sign in with the token of the state folder."""

from typing import Any

from .. import errors
from ..account import Object
from ..language.reader import Value
from ..language.result import columns
from ..session import Session
from .kinds import Kind, Property, one_of, text, texts

ROLE, WAREHOUSE = "DEFAULT_ROLE", "DEFAULT_WAREHOUSE"
SECONDARY_ROLES = "DEFAULT_SECONDARY_ROLES"


def _name(name: str, value: Value) -> Value:
    """A name as it is kept: unquoted ones, which the reader gives in upper case, and texts."""
    return None if value is None else str(text(name, value)).upper()


def _secondary(name: str, value: Value) -> Value:
    """('ALL') or ()."""
    return [one_of("ALL")(name, item) for item in texts(name, value)]  # type: ignore[union-attr]


# What would be for nothing here, where everybody signs in with one token.
_REFUSED = (
    "DAYS_TO_EXPIRY DEFAULT_NAMESPACE DISABLED DISPLAY_NAME EMAIL FIRST_NAME LAST_NAME LOGIN_NAME MIDDLE_NAME"
    " MINS_TO_BYPASS_MFA MINS_TO_UNLOCK MUST_CHANGE_PASSWORD NETWORK_POLICY PASSWORD RSA_PUBLIC_KEY RSA_PUBLIC_KEY_2"
    " TYPE WORKLOAD_IDENTITY"
).split()


def _refuse(name: str, value: Value) -> Value:
    if value is not None:
        raise errors.not_emulated(f"CREATE USER ... {name}")
    return value


def _user_row(session: Session, object_: Object) -> dict[str, Any]:
    properties = object_.properties
    return {
        "name": object_.name,
        "created_on": object_.created_on,
        "login_name": object_.name,
        "display_name": object_.name,
        "comment": object_.comment,
        "disabled": "false",
        "must_change_password": "false",
        "snowflake_lock": "false",
        "default_warehouse": properties.get(WAREHOUSE),
        "default_role": properties.get(ROLE),
        "default_secondary_roles": '["ALL"]' if properties.get(SECONDARY_ROLES, ["ALL"]) else "[]",
        "owner": object_.owner,
        "has_password": "true",
        "has_rsa_public_key": "false",
        "type": "PERSON",
        "has_mfa": "false",
        "has_pat": "false",
        "has_workload_identity": "false",
        "is_from_organization_user": "false",
    }


# https://docs.snowflake.com/en/sql-reference/sql/create-user, https://docs.snowflake.com/en/sql-reference/sql/show-users
USER = Kind(
    name="USER",
    level="account",
    depth="executed",
    properties={
        ROLE: Property(None, _name),
        WAREHOUSE: Property(None, _name),
        SECONDARY_ROLES: Property(["ALL"], _secondary),
        **{name: Property(None, _refuse) for name in _REFUSED},
    },
    columns=columns(
        "name created_on:time login_name display_name first_name last_name email mins_to_unlock days_to_expiry comment"
        " disabled must_change_password snowflake_lock default_warehouse default_namespace default_role"
        " default_secondary_roles ext_authn_duo ext_authn_uid mins_to_bypass_mfa owner last_success_login:time"
        " expires_at_time:time locked_until_time:time has_password has_rsa_public_key"
        " type has_mfa has_pat has_workload_identity is_from_organization_user"
    ),
    # recorded: frostlake/ddl-show-modifier-matrix
    terse=columns(
        "name created_on:time display_name first_name last_name email comment has_password has_rsa_public_key type"
        " has_mfa has_pat has_workload_identity is_from_organization_user"
    ),
    row=_user_row,
    or_alter=False,
    privileges=frozenset({"MONITOR"}),
)
