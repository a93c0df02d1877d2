"""Users: who may sign in, with which roles. All of them sign in with the token of the state folder."""

from importlib.resources import files
from typing import Any

from .. import errors
from ..account import Account, Object
from ..language.reader import Value
from ..language.result import Result, columns, table
from ..session import Session, visible
from .kinds import Kind, Property, boolean, one_of, text, texts

ROLE, WAREHOUSE, NAMESPACE = "DEFAULT_ROLE", "DEFAULT_WAREHOUSE", "DEFAULT_NAMESPACE"
SECONDARY_ROLES = "DEFAULT_SECONDARY_ROLES"
LOGIN, DISABLED, TYPE = "LOGIN_NAME", "DISABLED", "TYPE"
PERSON, SERVICE = "PERSON", "SERVICE"
_OF_PERSONS = ("FIRST_NAME", "MIDDLE_NAME", "LAST_NAME", "MUST_CHANGE_PASSWORD")


def _name(name: str, value: Value) -> Value:
    """A name as it is kept: unquoted ones, which the reader gives in upper case, and texts."""
    return None if value is None else str(text(name, value)).upper()


def _text(name: str, value: Value) -> Value:
    return None if value is None else text(name, value)


def _secondary(name: str, value: Value) -> Value:
    """('ALL') or ()."""
    return [one_of("ALL")(name, item) for item in texts(name, value)]  # type: ignore[union-attr]


def _type(name: str, value: Value) -> Value:
    return None if value is None else one_of(PERSON, SERVICE, "LEGACY_SERVICE")(name, value)


# What would be for nothing here, where everybody signs in with one token.
_REFUSED = (
    "DAYS_TO_EXPIRY MINS_TO_BYPASS_MFA MINS_TO_UNLOCK NETWORK_POLICY PASSWORD RSA_PUBLIC_KEY RSA_PUBLIC_KEY_2"
    " WORKLOAD_IDENTITY"
).split()


def _refuse(name: str, value: Value) -> Value:
    if value is not None:
        raise errors.not_emulated(f"CREATE USER ... {name}")
    return value


def of_login(account: Account, name: str) -> Object | None:
    """The user who signs in by a name, which is the user's own where it is not another."""
    by_name = {str(user.properties.get(LOGIN) or user.name): user for user in account.objects("USER")}
    return by_name.get(name) or account.find("USER", (name,))


def _checked(session: Session, user: Object) -> Object:
    """Refuses a second user of a login name: what an account answers is not known."""
    other = of_login(session.account, str(user.properties.get(LOGIN) or user.name))
    if other is not None and other.name != user.name:
        raise errors.not_emulated("two users with one LOGIN_NAME")
    return user


def _check_new(session: Session, user: Object) -> None:
    for name in _OF_PERSONS if user.properties.get(TYPE) == SERVICE else ():
        if user.properties.get(name):
            raise errors.not_of_service_user(name)


def _check_changed(session: Session, old: Object, new: Object) -> None:
    """A service cannot be given what persons have; a person who has it may become a service."""
    for name in _OF_PERSONS if new.properties.get(TYPE) == SERVICE else ():
        if new.properties.get(name) and new.properties[name] != old.properties.get(name):
            raise errors.not_of_service_user(name)


def _may_be_told(session: Session, user: Object) -> bool:
    roles = session.roles
    return user.owner in roles or session.account.privileges.may_on_account(roles, "CREATE USER")


def _shown_row(session: Session, user: Object) -> dict[str, Any]:
    """What there is to know of a user, to its owner and to who may make users; to others the name.

    https://docs.snowflake.com/en/release-notes/bcr-bundles/2023_06/bcr-975
    """
    return _row(session, user) if _may_be_told(session, user) else {"created_on": None, "owner": None, "comment": None}


def _row(session: Session, user: Object) -> dict[str, Any]:
    properties = user.properties
    return {
        "name": user.name,
        "created_on": user.created_on,
        "login_name": properties.get(LOGIN) or user.name,
        "display_name": properties.get("DISPLAY_NAME") or user.name,
        "first_name": properties.get("FIRST_NAME"),
        "last_name": properties.get("LAST_NAME"),
        "email": properties.get("EMAIL"),
        "comment": user.comment,
        "disabled": _flag(properties.get(DISABLED)),
        "must_change_password": _flag(properties.get("MUST_CHANGE_PASSWORD")),
        "snowflake_lock": "false",
        "default_warehouse": properties.get(WAREHOUSE),
        "default_namespace": properties.get(NAMESPACE),
        "default_role": properties.get(ROLE),
        "default_secondary_roles": '["ALL"]' if properties.get(SECONDARY_ROLES, ["ALL"]) else "[]",
        "owner": user.owner,
        "has_password": "true",
        "has_rsa_public_key": "false",
        "type": properties.get(TYPE) or PERSON,
        "has_mfa": "false",
        "has_pat": "false",
        "has_workload_identity": "false",
        "is_from_organization_user": "false",
    }


def _flag(value: object) -> str:
    return "true" if value else "false"


_DESCRIPTION = columns("property value default description")
_LOCKS = ("Admin", "Mfa", "MfaOTP", "MfaTOTP", "Password", "Snowflake")
# What it tells of that no user here has another value.
_FIXED = {
    "ALLOWED_INTERFACES": "[ALL]",
    "LOCK_DETAILS": "{{{}}}".format(",".join(f'"is{one}Locked":false' for one in _LOCKS)),
}


def _described(kind: Kind, session: Session, user: Object) -> Result:
    """A row for each property; what has no value is the text `null`. Raises 003001 of another who may not be told of.

    https://docs.snowflake.com/en/sql-reference/sql/desc-user; the rows as Frostlake tells them of an account.
    """
    if user.name != session.user and not _may_be_told(session, user):
        raise visible.refused(session, user)
    told = _row(session, user) | {"middle_name": user.properties.get("MIDDLE_NAME")}
    rows = []
    written = files(__package__).joinpath("user_properties.txt").read_text(encoding="ascii")
    for name, default, description in (line.split(" / ") for line in written.splitlines()):
        value = _FIXED.get(name) or told.get(name.lower()) or default
        rows.append({"property": name, "value": value, "default": default, "description": description})
    return table(_DESCRIPTION, rows)


# https://docs.snowflake.com/en/sql-reference/sql/create-user, https://docs.snowflake.com/en/sql-reference/sql/show-users
USER = Kind(
    name="USER",
    level="account",
    depth="executed",
    properties={
        ROLE: Property(None, _name),
        WAREHOUSE: Property(None, _name),
        NAMESPACE: Property(None, _name),
        SECONDARY_ROLES: Property(["ALL"], _secondary),
        LOGIN: Property(None, _name),
        **{name: Property(None, _text) for name in ("DISPLAY_NAME", "FIRST_NAME", "MIDDLE_NAME", "LAST_NAME", "EMAIL")},
        **{name: Property(False, boolean) for name in ("MUST_CHANGE_PASSWORD", DISABLED)},
        TYPE: Property(None, _type),
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
    row=_shown_row,
    described=_described,
    or_alter=False,
    privileges=frozenset({"MONITOR"}),
    completed=_checked,
    created=_check_new,
    altered=_check_changed,
)
