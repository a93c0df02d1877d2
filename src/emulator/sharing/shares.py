"""Shares: what an account shows to others. Executed: an account that is added can read what has been granted."""

from dataclasses import replace
from operator import itemgetter
from typing import Any

from .. import errors
from ..account import HOSTED, Account, Grant, Object
from ..catalog.imported import ACCOUNTS, ORIGIN, accounts_of, database_of, granted
from ..language.names import organization_name
from ..language.reader import Path, Reader
from ..language.result import Result, columns, done, table
from ..objects.kinds import Kind, Property, boolean
from ..objects.objects import alter_object, drop, read_existing, show_records
from ..session import Session

SECURE_ONLY = "SECURE_OBJECTS_ONLY"


# The kind


def _check_secure_only(session: Session, old: Object, new: Object) -> None:
    """SECURE_OBJECTS_ONLY goes to FALSE, and not back. https://docs.snowflake.com/en/sql-reference/sql/create-share"""
    if new.properties[SECURE_ONLY] and not old.properties[SECURE_ONLY]:
        raise errors.secure_only_stays_off(SECURE_ONLY, old.name)


def _row(session: Session, object_: Object) -> dict[str, Any]:
    return _row_of(session.account, object_)


def _row_of(account: Account, object_: Object) -> dict[str, Any]:
    return {
        "created_on": object_.created_on,
        "kind": "OUTBOUND",
        "owner_account": organization_name(account.name),
        "name": object_.name,
        "database_name": database_of(account, object_.name) or "",
        "to": ", ".join(accounts_of(object_)),
        "owner": object_.owner,
        "comment": object_.comment,
        "listing_global_name": "",
        "secure_objects_only": str(object_.properties[SECURE_ONLY]).lower(),
    }


def show_shares(session: Session, reader: Reader) -> Result:
    """`SHOW SHARES [LIKE ..] [STARTS WITH ..] [LIMIT ..]`: the account's own, and the ones that others opened to it.

    https://docs.snowflake.com/en/sql-reference/sql/show-shares
    """
    own = [_row(session, share) for share in session.account.objects("SHARE")]
    every = sorted(own + _inbound(session), key=itemgetter("name"))
    return show_records(session, reader, "account", SHARE.columns, lambda scope: every)


def alter_share(session: Session, reader: Reader) -> Result:
    """`ALTER SHARE [IF EXISTS] s ADD | REMOVE ACCOUNTS = a, b | SET ACCOUNTS = ..  COMMENT = .. | UNSET COMMENT`.

    Raises 003516 if accounts are added before a database has been granted.
    https://docs.snowflake.com/en/sql-reference/sql/alter-share
    """
    share = read_existing(SHARE, session, reader, "ALTER")
    if share is None:
        return done()
    if reader.accept("ADD"):
        return _change_accounts(session, share, accounts_of(share) + _read_accounts(session, reader), reader)
    if reader.accept("REMOVE"):
        removed = _read_accounts(session, reader)
        return _change_accounts(session, share, [name for name in accounts_of(share) if name not in removed], reader)
    if reader.sees("SET", "ACCOUNTS"):
        reader.accept("SET")
        return _change_accounts(session, share, _read_accounts(session, reader), reader)
    return alter_object(SHARE, session, reader, share)


def _read_accounts(session: Session, reader: Reader) -> list[str]:
    """`ACCOUNTS = organization.account, account ...`. Raises 003029 for the account itself."""
    reader.expect("ACCOUNTS", "=")
    names = reader.several(lambda: _read_account(session, reader))
    if organization_name(session.account.name) in names:
        raise errors.cannot_share_with(session.account.name)
    return names


def _read_account(session: Session, reader: Reader) -> str:
    """An account's name: one that lives here always with its organization, any other as it is written.

    An account that does not live here is remembered; the documentation says that adding an unknown one has no effect.
    https://docs.snowflake.com/en/user-guide/data-sharing-provider
    """
    path = reader.path()
    hosted = [name for name in HOSTED if path in ((name,), tuple(organization_name(name).split(".")))]
    return organization_name(hosted[0]) if hosted else ".".join(path)


def _change_accounts(session: Session, share: Object, accounts: list[str], reader: Reader) -> Result:
    if reader.sees("SHARE_RESTRICTIONS"):
        raise errors.not_emulated("ALTER SHARE ... SHARE_RESTRICTIONS")
    if reader.accept("COMMENT"):
        reader.expect("=")
        share = replace(share, comment=reader.text())
    reader.finish()
    if accounts and database_of(session.account, share.name) is None:
        raise errors.share_without_database(share.name)
    kept: list[Any] = list(dict.fromkeys(accounts))
    session.account.save(replace(share, properties={**share.properties, ACCOUNTS: kept}))
    return done()


def drop_share(session: Session, reader: Reader) -> Result:
    """`DROP SHARE s`; its grammar has no IF EXISTS. The database stays.

    https://docs.snowflake.com/en/sql-reference/sql/drop-share
    """
    if reader.sees("IF"):
        reader.fail()
    return drop(SHARE, session, reader)


_DESCRIBED = columns("kind name shared_on:time")


def describe_share(session: Session, reader: Reader) -> Result:
    """`DESC SHARE s | account.s`: the objects in it; `<DB>` stands for a provider's database that is not imported.

    https://docs.snowflake.com/en/sql-reference/sql/desc-share
    """
    path = reader.path()
    reader.finish()
    account: Account = session.account
    database = None
    if len(path) > 1 and path[-2] != session.account.name:
        account, database = _provider_of(session, path)
    account.require("SHARE", path[-1:])
    return table(_DESCRIBED, [_described(grant, database) for grant in granted(account, path[-1])])


def _provider_of(session: Session, path: Path) -> tuple[Account, str]:
    """The account that shares something with this one, and the name of the database here."""
    for row in _inbound(session):
        if (row["owner_account"], row["name"]) == (organization_name(path[-2]), path[-1]):
            provider = session.hosting.account(path[-2])
            assert provider is not None
            return provider, row["database_name"] or "<DB>"
    raise errors.does_not_exist("Share", ".".join(path))


def _described(grant: Grant, database: str | None) -> dict[str, Any]:
    path = grant.on_path if database is None else (database, *grant.on_path[1:])
    return {"kind": grant.granted_on.replace(" ", "_"), "name": ".".join(path), "shared_on": grant.created_on}


# GRANT ... TO SHARE

_SHARED: dict[str, tuple[str, ...]] = {
    "DATABASE": ("USAGE", "REFERENCE_USAGE"),
    "SCHEMA": ("USAGE",),
    "TABLE": ("SELECT",),
    "ICEBERG TABLE": ("SELECT",),
    "VIEW": ("SELECT",),
}


def check_grant(session: Session, privilege: str, kind: str, path: tuple[str, ...], share: str) -> None:
    """Holds the documented order: USAGE on the database, then on the schema, then SELECT.

    Raises 003008 for a privilege that a share cannot have, 003033 for an object of another database, 500130 for
    REFERENCE_USAGE before USAGE, 090838 for a view that is not secure.
    https://docs.snowflake.com/en/sql-reference/sql/grant-privilege-share
    """
    if privilege not in _SHARED.get(kind, ()):
        raise errors.invalid_privilege(kind, privilege)
    database = database_of(session.account, share)
    if privilege == "REFERENCE_USAGE":
        if database is None:
            raise errors.reference_usage_before_usage(path[0], share)
    elif kind == "DATABASE":
        if database not in (None, path[0]):
            raise errors.not_of_shared_database(kind.capitalize(), path[-1])
    else:
        if database != path[0]:
            raise errors.not_of_shared_database(kind.capitalize(), path[-1])
        if kind != "SCHEMA" and not _holds(session, share, "SCHEMA", path[:2]):
            raise errors.select_before_usage(kind, path, share)
        if kind == "VIEW":
            _check_view(session, path, share)


def _holds(session: Session, share: str, kind: str, path: tuple[str, ...]) -> bool:
    return any((grant.granted_on, grant.on_path) == (kind, path) for grant in granted(session.account, share))


def _check_view(session: Session, path: tuple[str, ...], share: str) -> None:
    """Only secure views, unless SECURE_OBJECTS_ONLY is FALSE; other databases that it reads need REFERENCE_USAGE.

    https://docs.snowflake.com/en/user-guide/data-sharing-multiple-db
    """
    view = session.account.require("VIEW", path)
    if not view.properties.get("SECURE") and session.account.require("SHARE", (share,)).properties[SECURE_ONLY]:
        raise errors.not_secure()
    read = view.properties.get("DATABASES")
    for database in read if isinstance(read, list) else []:
        if not _holds(session, share, "DATABASE", (str(database),)):
            raise errors.view_reads_other_database(path[-1], str(database), share)


# Consumers

_OF_SHARE = columns("created_on:time share granted_to grantee_name granted_by")


def show_consumers(session: Session, share: str) -> Result:
    """`SHOW GRANTS OF SHARE s`: the accounts that have made a database from the share.

    https://docs.snowflake.com/en/sql-reference/sql/show-grants
    """
    made = [
        {
            "created_on": database.created_on,
            "share": share,
            "granted_to": "ACCOUNT",
            "grantee_name": organization_name(account.name),
        }
        for account in session.hosting.others(session.account.name)
        for database in account.objects("DATABASE")
        if database.properties.get(ORIGIN) == f"{session.account.name}.{share}"
    ]
    return table(_OF_SHARE, made)


def _inbound(session: Session) -> list[dict[str, Any]]:
    """The shares that other accounts have opened to this one, with the database made from each."""
    own = organization_name(session.account.name)
    made = {str(database.properties.get(ORIGIN)): database.name for database in session.account.objects("DATABASE")}
    return [
        _row_of(provider, share)
        | {"kind": "INBOUND", "database_name": made.get(f"{provider.name}.{share.name}", ""), "to": "", "owner": ""}
        for provider in session.hosting.others(session.account.name)
        for share in provider.objects("SHARE")
        if own in accounts_of(share)
    ]


# https://docs.snowflake.com/en/sql-reference/sql/show-shares
SHARE = Kind(
    name="SHARE",
    level="account",
    depth="executed",
    properties={SECURE_ONLY: Property(True, boolean)},
    columns=columns(
        "created_on:time kind owner_account name database_name to owner comment listing_global_name secure_objects_only"
    ),
    row=_row,
    altered=_check_secure_only,
    receives=check_grant,
    holders=show_consumers,
)
