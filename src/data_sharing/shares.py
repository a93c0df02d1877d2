"""Shares: described as data, compared with the account, and brought to their description in the order it demands."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from src.config import Stamp, read_stamp
from src.utils.arguments import checked
from src.utils.errors import InputError, Refused
from src.utils.needs import OWNERSHIP, Need
from src.utils.preflight import Preflight
from src.utils.queries import Row, rows
from src.utils.sql import identifier, literal, qualified

if TYPE_CHECKING:
    from snowflake.snowpark import Session

Kind = Literal["TABLE", "ICEBERG TABLE", "VIEW"]
KINDS: tuple[Kind, ...] = ("TABLE", "ICEBERG TABLE", "VIEW")

# https://docs.snowflake.com/en/user-guide/admin-account-identifier#format-1-preferred-account-name-in-your-organization
_ACCOUNT = re.compile(r"[A-Za-z][A-Za-z0-9]*\.[A-Za-z][A-Za-z0-9_]*")


@checked
@dataclass(frozen=True)
class SharedObject:
    """A table, Iceberg table or secure view of the shared database, and the other databases that a view reads."""

    kind: Kind
    schema: str
    name: str
    reads: tuple[str, ...] = ()


@checked
@dataclass(frozen=True)
class ShareSpec:
    """A share as it should be. `accounts` None leaves the consumers as they are."""

    name: str
    database: str
    objects: tuple[SharedObject, ...]
    stamp: Stamp
    accounts: tuple[str, ...] | None = None
    comment: str = ""

    def __post_init__(self) -> None:
        check_accounts(self.accounts or ())

    @property
    def stamped_comment(self) -> str:
        return self.stamp.on(self.comment)


@checked
@dataclass(frozen=True)
class Grant:
    """A privilege of a share. `on` is the kind of the object, its `name` as SQL writes it."""

    privilege: str
    on: str
    name: str

    def __str__(self) -> str:
        return f"{self.privilege} ON {self.on} {self.name}"

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes two grants the same: an Iceberg table is a table to SHOW GRANTS."""
        return self.privilege, "TABLE" if self.on == "ICEBERG TABLE" else self.on, self.name


@dataclass(frozen=True)
class Share:
    """A share as it is."""

    name: str
    comment: str
    accounts: tuple[str, ...]
    grants: tuple[Grant, ...]


@dataclass(frozen=True)
class Change:
    """One statement that brings a share nearer to its description; `sign` is + or -."""

    sign: Literal["+", "-"]
    what: str
    sql: str

    def __str__(self) -> str:
        return f"{self.sign} {self.what}"


@checked
def check_accounts(accounts: Iterable[str]) -> None:
    """Raises InputError for what is not ORGANIZATION.ACCOUNT: Snowflake takes a wrong name without a word.

    https://docs.snowflake.com/en/user-guide/data-sharing-provider
    """
    for account in accounts:
        if not _ACCOUNT.fullmatch(account):
            raise InputError(
                f'"{account}" is no account. Pass ORGANIZATION.ACCOUNT, as the consumer\'s '
                "SELECT CURRENT_ORGANIZATION_NAME() || '.' || CURRENT_ACCOUNT_NAME() answers."
            )


@checked
def wanted_grants(spec: ShareSpec) -> list[Grant]:
    """The grants of a share in the order that Snowflake demands: database, other databases, schemas, objects.

    https://docs.snowflake.com/en/sql-reference/sql/grant-privilege-share
    """
    others = dict.fromkeys(name for shared in spec.objects for name in shared.reads if name != spec.database)
    schemas = dict.fromkeys(shared.schema for shared in spec.objects)
    return [
        Grant("USAGE", "DATABASE", identifier(spec.database)),
        *(Grant("REFERENCE_USAGE", "DATABASE", identifier(name)) for name in others),
        *(Grant("USAGE", "SCHEMA", qualified(spec.database, schema)) for schema in schemas),
        *(
            Grant("SELECT", shared.kind, qualified(spec.database, shared.schema, shared.name))
            for shared in spec.objects
        ),
    ]


# One statement each


@checked
def create_share(session: "Session", name: str, comment: str = "") -> None:
    """Creates an empty share that is not there, or sets the comment of one that is.

    https://docs.snowflake.com/en/sql-reference/sql/create-share#create-or-alter-share
    """
    rows(session, _create(name, comment))


@checked
def alter_share(session: "Session", name: str, comment: str) -> None:
    """Sets the comment of a share. Raises QueryFailed if there is none of the name.

    https://docs.snowflake.com/en/sql-reference/sql/alter-share
    """
    rows(session, f"ALTER SHARE {identifier(name)} SET COMMENT = {literal(comment)}")


@checked
def grant(session: "Session", share: str, grants: Sequence[Grant]) -> None:
    """Grants to a share, in the given order. Granting again changes nothing."""
    for one in grants:
        rows(session, _grant(share, one))


@checked
def revoke(session: "Session", share: str, grants: Sequence[Grant]) -> None:
    """Takes grants from a share, the last first. Revoking again changes nothing.

    https://docs.snowflake.com/en/sql-reference/sql/revoke-privilege-share
    """
    for one in reversed(grants):
        rows(session, _revoke(share, one))


@checked
def add_accounts(session: "Session", share: str, accounts: Sequence[str]) -> tuple[str, ...]:
    """Opens a share to accounts and returns those that it was not open to.

    Raises InputError for what is no account or no share, QueryFailed if no database has been granted.
    https://docs.snowflake.com/en/sql-reference/sql/alter-share
    """
    check_accounts(accounts)
    known = require(session, share).accounts
    new = tuple(account for account in dict.fromkeys(map(str.upper, accounts)) if account not in known)
    if new:
        rows(session, _accounts("ADD", share, new))
    return new


@checked
def remove_accounts(session: "Session", share: str, accounts: Sequence[str]) -> tuple[str, ...]:
    """Closes a share to accounts and returns those that it was open to. Their databases lose the data at once.

    Raises InputError for what is no account or no share.
    """
    check_accounts(accounts)
    known = require(session, share).accounts
    old = tuple(account for account in dict.fromkeys(map(str.upper, accounts)) if account in known)
    if old:
        rows(session, _accounts("REMOVE", share, old))
    return old


@checked
def drop_share(session: "Session", name: str, stamp: Stamp) -> bool:
    """Drops a share of ours, and says whether there was one. Raises Refused for one without our stamp.

    DROP SHARE has no IF EXISTS: https://docs.snowflake.com/en/sql-reference/sql/drop-share
    """
    found = describe(session, name)
    if found is None:
        return False
    _refuse_foreign(found, stamp)
    rows(session, f"DROP SHARE {identifier(name)}")
    return True


@checked
def create_secure_view(session: "Session", view: Sequence[str], query: str, *, comment: str = "") -> bool:
    """Makes a secure view of the query, and says whether it changed. It stays in the shares that it is in.

    `view` is database, schema and name. A replaced view would drop out of its shares without COPY GRANTS:
    https://docs.snowflake.com/en/sql-reference/sql/create-view
    """
    sql = (
        f"CREATE OR REPLACE SECURE VIEW {qualified(*view)}\n  COPY GRANTS\n  COMMENT = {literal(comment)}\nAS\n{query}"
    )
    database, schema, name = view
    found = rows(session, f"SHOW VIEWS LIKE {literal(_like(name))} IN SCHEMA {qualified(database, schema)}")
    if any(row["name"] == name and str(row["text"]).strip().rstrip(";") == sql for row in found):
        return False
    rows(session, sql)
    return True


@checked
def share_view(
    session: "Session", share: str, view: Sequence[str], query: str, *, reads: Sequence[str] = ()
) -> list[Grant]:
    """Makes a secure view of the query, puts it into a share, and returns its grants in order.

    `reads` are the other databases that the query reads; each needs REFERENCE_USAGE before the view is granted.
    https://docs.snowflake.com/en/user-guide/data-sharing-multiple-db
    """
    database, schema, name = view
    create_secure_view(session, view, query)
    shared = SharedObject("VIEW", schema, name, tuple(reads))
    grants = wanted_grants(ShareSpec(share, database, (shared,), Stamp(database, "share")))
    grant(session, share, grants)
    return grants


# The whole share


@checked
def describe(session: "Session", name: str) -> Share | None:
    """A share of this account as it is, None if there is none.

    https://docs.snowflake.com/en/sql-reference/sql/show-shares
    """
    for row in rows(session, f"SHOW SHARES LIKE {literal(_like(name))}"):
        if row["kind"] == "OUTBOUND" and _own_name(row) == name:
            listed = tuple(name.strip().upper() for name in (row["to"] or "").split(",") if name.strip())
            found = rows(session, f"SHOW GRANTS TO SHARE {identifier(name)}")
            return Share(
                name,
                row["comment"] or "",
                listed,
                tuple(Grant(row["privilege"], row["granted_on"].replace("_", " "), row["name"]) for row in found),
            )
    return None


@checked
def require(session: "Session", name: str) -> Share:
    """The share. Raises InputError that names the shares there are."""
    found = describe(session, name)
    if found is None:
        names = [_own_name(row) for row in rows(session, "SHOW SHARES") if row["kind"] == "OUTBOUND"]
        raise InputError(f"There is no share {name}. Found: {', '.join(names) or 'none'}.")
    return found


@checked
def difference(spec: ShareSpec, found: Share | None) -> list[Change]:
    """What brings a share to its description: consumers leave first and come last, so that none sees a half."""
    share = found or Share(spec.name, "", (), ())
    wanted = wanted_grants(spec)
    known, kept = {one.identity for one in share.grants}, {one.identity for one in wanted}
    accounts = share.accounts if spec.accounts is None else tuple(map(str.upper, spec.accounts))
    gone = tuple(name for name in share.accounts if name not in accounts)
    new = tuple(name for name in accounts if name not in share.accounts)
    return [
        *(_created(spec) if found is None else _altered(spec, found)),
        *_account_changes("-", spec.name, gone),
        *(
            Change("-", str(one), _revoke(spec.name, one))
            for one in _last_first(share.grants)
            if one.identity not in kept
        ),
        *(Change("+", str(one), _grant(spec.name, one)) for one in wanted if one.identity not in known),
        *_account_changes("+", spec.name, new),
    ]


def _needs(spec: ShareSpec, found: Share | None, changes: Sequence[Change]) -> Iterator[Need]:
    """What the role needs to make these changes of a share."""
    if found is None:
        yield Need("CREATE SHARE")
    elif changes:
        yield Need(OWNERSHIP, "SHARE", identifier(spec.name))


@checked
def reconcile(
    session: "Session", spec: ShareSpec, show: Callable[[list[Change]], object] = lambda changes: None
) -> list[Change]:
    """Brings the share to its description, shows what it changed, and returns that.

    Before anything is changed it raises Refused for a share of the name that is not ours, DemoError for what the role
    lacks, and InputError for what is to be shared and is not there. Raises QueryFailed for the first statement that
    fails: what was done before it is shown and stays, and the next call goes on from there.
    """
    preflight = Preflight(session)
    found = describe(session, spec.name)
    if found is not None:
        _refuse_foreign(found, spec.stamp)
    changes = difference(spec, found)
    preflight.require("share", _needs(spec, found, changes))
    _require_objects(session, spec, found)
    done: list[Change] = []
    try:
        for change in changes:
            rows(session, change.sql)
            done.append(change)
    finally:
        if done or not changes:
            show(done)
    return changes


def _require_objects(session: "Session", spec: ShareSpec, found: Share | None) -> None:
    """Raises InputError for what the share does not hold yet and the role does not see."""
    held = {one.name for one in found.grants} if found else set()
    for one in spec.objects:
        name, kind = qualified(spec.database, one.schema, one.name), one.kind.split()[-1]
        look = f"SHOW {kind}S LIKE {literal(_like(one.name))} IN SCHEMA {qualified(spec.database, one.schema)}"
        if name in held or any(row["name"] == one.name for row in rows(session, look)):
            continue
        raise InputError(f"There is no {kind.lower()} {name}, or the role does not see it. Nothing was changed.")


def _refuse_foreign(found: Share, stamp: Stamp) -> None:
    carried = read_stamp(found.comment)
    if carried is None or carried.deployment != stamp.deployment:
        raise Refused(
            f"Share {found.name} exists and is not ours: its comment does not end in our stamp. Take another name."
        )


def _created(spec: ShareSpec) -> list[Change]:
    return [Change("+", f"SHARE {spec.name}", _create(spec.name, spec.stamped_comment))]


def _altered(spec: ShareSpec, found: Share) -> list[Change]:
    if found.comment == spec.stamped_comment:
        return []
    return [Change("+", f"COMMENT {literal(spec.stamped_comment)}", _create(spec.name, spec.stamped_comment))]


def _account_changes(sign: Literal["+", "-"], share: str, accounts: tuple[str, ...]) -> list[Change]:
    verb = "ADD" if sign == "+" else "REMOVE"
    return [Change(sign, f"ACCOUNT {', '.join(accounts)}", _accounts(verb, share, accounts))] if accounts else []


_REVOKED_IN_ORDER = ("SELECT", "USAGE SCHEMA", "REFERENCE_USAGE", "USAGE DATABASE")


def _last_first(grants: tuple[Grant, ...]) -> list[Grant]:
    """What stands on another grant goes before it."""
    keys = {("USAGE", "SCHEMA"): "USAGE SCHEMA", ("USAGE", "DATABASE"): "USAGE DATABASE"}
    return sorted(grants, key=lambda one: _REVOKED_IN_ORDER.index(keys.get((one.privilege, one.on), one.privilege)))


def _own_name(row: Row) -> str:
    """SHOW SHARES puts organization and account before the name on some accounts."""
    return str(row["name"]).rpartition(".")[2]


def _like(name: str) -> str:
    """The name as a LIKE pattern that stands for nothing but it."""
    return re.sub(r"([\\%_])", r"\\\1", name)


def _create(name: str, comment: str) -> str:
    return f"CREATE OR ALTER SHARE {identifier(name)}\n  COMMENT = {literal(comment)}"


def _grant(share: str, one: Grant) -> str:
    return f"GRANT {one} TO SHARE {identifier(share)}"


def _revoke(share: str, one: Grant) -> str:
    return f"REVOKE {one} FROM SHARE {identifier(share)}"


def _accounts(verb: str, share: str, accounts: tuple[str, ...]) -> str:
    return f"ALTER SHARE {identifier(share)} {verb} ACCOUNTS = {', '.join(accounts)}"
