"""GRANT, REVOKE and SHOW GRANTS: who may hand on what is checked here, for each privilege that is granted."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from snowflake.connector.errors import ProgrammingError

from .. import errors
from ..account import SNOWFLAKE, Grant, Object
from ..account.privileges import ACCOUNTADMIN, MANAGE_GRANTS, PUBLIC
from ..catalog import table_names
from ..language.reader import Path, Reader
from ..language.result import TEXT, Result, columns, done, status, table
from ..session import Session
from ..session.visible import require_seen, sees
from .databases import MANAGED_ACCESS
from .kinds import Kinds

# What may be granted on the account; what on an object, its kind says.
# https://docs.snowflake.com/en/user-guide/security-access-control-privileges
_OF_ACCOUNT = frozenset(
    line.strip()
    for line in """
        APPLY AGGREGATION POLICY
        APPLY AUTHENTICATION POLICY
        APPLY MASKING POLICY
        APPLY PACKAGES POLICY
        APPLY PASSWORD POLICY
        APPLY PRIVACY POLICY
        APPLY PROJECTION POLICY
        APPLY ROW ACCESS POLICY
        APPLY SESSION POLICY
        APPLY TAG
        ATTACH POLICY
        AUDIT
        BIND SERVICE ENDPOINT
        CANCEL QUERY
        CREATE ACCOUNT
        CREATE API INTEGRATION
        CREATE APPLICATION
        CREATE APPLICATION PACKAGE
        CREATE COMPUTE POOL
        CREATE DATA EXCHANGE LISTING
        CREATE DATABASE
        CREATE EXTERNAL VOLUME
        CREATE FAILOVER GROUP
        CREATE INTEGRATION
        CREATE LISTING
        CREATE NETWORK POLICY
        CREATE REPLICATION GROUP
        CREATE ROLE
        CREATE SHARE
        CREATE USER
        CREATE WAREHOUSE
        EXECUTE ALERT
        EXECUTE DATA METRIC FUNCTION
        EXECUTE MANAGED ALERT
        EXECUTE MANAGED TASK
        EXECUTE TASK
        IMPORT SHARE
        MANAGE ACCOUNT SUPPORT CASES
        MANAGE EVENT SHARING
        MANAGE GRANTS
        MANAGE LISTING AUTO FULFILLMENT
        MANAGE ORGANIZATION SUPPORT CASES
        MANAGE SHARE TARGET
        MANAGE USER SUPPORT CASES
        MANAGE WAREHOUSES
        MODIFY LOG LEVEL
        MODIFY METRIC LEVEL
        MODIFY SESSION LOG LEVEL
        MODIFY SESSION METRIC LEVEL
        MODIFY SESSION TRACE LEVEL
        MODIFY TRACE LEVEL
        MONITOR
        MONITOR EXECUTION
        MONITOR SECURITY
        MONITOR USAGE
        OVERRIDE SHARE RESTRICTIONS
        PURCHASE DATA EXCHANGE LISTING
        READ SESSION
        RESOLVE ALL
    """.strip().splitlines()
)


@dataclass(frozen=True)
class Target:
    """What a privilege is granted on. A future grant has the kind and the place, and no name."""

    kind: str
    path: Path
    future: bool = False


# https://docs.snowflake.com/en/sql-reference/sql/grant-privilege
_OTHER_GRANTEES = frozenset({"APPLICATION", "DATABASE", "USER"})


def grant(kinds: Kinds, session: Session, reader: Reader) -> Result:
    """`GRANT privileges ON target TO ROLE r [WITH GRANT OPTION] | TO SHARE s` and `GRANT ROLE a TO ROLE b | USER u`.

    Raises 002003 for an absent object or role.
    https://docs.snowflake.com/en/sql-reference/sql/grant-privilege
    """
    if reader.accept("ROLE"):
        return _grant_role(session, reader, giving=True)
    return _grant_privileges(kinds, session, reader, giving=True)


def revoke(kinds: Kinds, session: Session, reader: Reader) -> Result:
    """`REVOKE privileges ON target FROM ROLE r`, `REVOKE ROLE a FROM ROLE b`; what is not granted is no error.

    https://docs.snowflake.com/en/sql-reference/sql/revoke-privilege
    """
    if reader.accept("ROLE"):
        return _grant_role(session, reader, giving=False)
    return _grant_privileges(kinds, session, reader, giving=False)


def _grant_role(session: Session, reader: Reader, *, giving: bool) -> Result:
    role = reader.name()
    reader.expect("TO" if giving else "FROM")
    grantee_kind = "USER" if reader.accept("USER") else "ROLE"
    if grantee_kind == "ROLE":
        reader.expect("ROLE")
    grantee = reader.name()
    reader.finish()
    granted = session.account.require("ROLE", (role,))
    session.account.require(grantee_kind, (grantee,))
    if granted.owner not in session.roles and not _manages_grants(session):
        raise errors.insufficient_privileges(f"role '{role}'")
    if grantee_kind == "ROLE" and giving and grantee in session.account.privileges.below([role]):
        raise errors.circle_of_roles(grantee, role)
    _record(session, "USAGE", Target("ROLE", (role,)), grantee_kind, grantee, giving=giving)
    return done()


def _manages_grants(session: Session) -> bool:
    return session.account.privileges.may_on_account(session.roles, MANAGE_GRANTS)


def _may_hand_on(session: Session, target: Target, privilege: str) -> bool:
    """Whether the session's roles may grant, or take back, a privilege: its owner, who has it WITH GRANT OPTION, or
    whoever manages grants. In a schema with managed access it is the schema's owner, and not the object's.

    https://docs.snowflake.com/en/user-guide/security-access-control-considerations#centralizing-grant-management-using-managed-access-schemas
    """
    account, roles = session.account, session.roles
    if _manages_grants(session):
        return True
    if target.kind == "ACCOUNT":
        columns = ("", "", account.name)
        return ACCOUNTADMIN in roles or privilege in account.privileges.to_hand_on(roles, "ACCOUNT", columns)
    schema = account.permanent("SCHEMA", target.path[:2])
    managed = schema is not None and bool(schema.properties.get(MANAGED_ACCESS))
    if schema is not None and managed and (target.future or len(target.path) > 2):
        return schema.owner in roles
    if target.future:
        return False
    found = account.find(target.kind, target.path)
    return found is not None and (
        found.owner in roles
        or privilege in account.privileges.to_hand_on(roles, found.kind, (found.database, found.schema, found.name))
    )


def _insufficient(session: Session, target: Target) -> ProgrammingError:
    if target.kind == "ACCOUNT":
        return errors.insufficient_privileges(f"account '{session.account.name}'")
    kind = ("DATABASE", "SCHEMA")[len(target.path) - 1] if target.future else target.kind
    return errors.insufficient_privileges(f"{kind.lower()} '{target.path[-1]}'")


@dataclass(frozen=True)
class Order:
    """What a GRANT or REVOKE of privileges asks for; `option` is WITH GRANT OPTION, or GRANT OPTION FOR."""

    giving: bool
    privileges: list[str]
    targets: list[Target]
    bulk: bool
    grantee_kind: str
    grantee: str
    option: bool


def _grant_privileges(kinds: Kinds, session: Session, reader: Reader, *, giving: bool) -> Result:
    option_only = not giving and reader.accept("GRANT", "OPTION", "FOR")
    privileges = _read_privileges(kinds, reader)
    reader.expect("ON")
    if privileges == ["OWNERSHIP"]:
        return _grant_ownership(kinds, session, reader, giving=giving)
    if "OWNERSHIP" in privileges:
        raise errors.ownership_in_list()
    order = _read_order(kinds, session, reader, privileges, giving=giving, option_only=option_only)
    kept_back: list[str] = []
    reached, affected = 0, set()
    for target in order.targets:
        held = _held(session, target, order.grantee_kind, order.grantee)
        allowed = _OF_ACCOUNT if target.kind == "ACCOUNT" else kinds[target.kind].privileges
        for privilege in _expanded(_imported_privileges(session, privileges, target), target.kind, allowed):
            if not _may_hand_on(session, target, privilege):
                kept_back.append(privilege)
                continue
            reached += 1
            if _carry_out(kinds, session, order, target, privilege, held):
                affected.add(target)
    if kept_back and not reached:
        raise _insufficient(session, order.targets[-1])
    if kept_back:
        raise errors.partially_granted(", ".join(sorted(set(kept_back))))
    counts = order.bulk or (not giving and not any(target.future for target in order.targets))
    return _answer(len(affected) if counts else None)


def _read_order(
    kinds: Kinds, session: Session, reader: Reader, privileges: list[str], *, giving: bool, option_only: bool
) -> Order:
    """What follows the ON."""
    bulk = reader.sees("ALL")
    targets = list(_read_targets(kinds, session, reader))
    reader.expect("TO" if giving else "FROM")
    grantee_kind = "SHARE" if reader.accept("SHARE") else "ROLE"
    if grantee_kind == "ROLE" and not reader.accept("ROLE") and reader.word() in _OTHER_GRANTEES:
        raise errors.not_emulated(f"GRANT ... TO {reader.word()}")
    grantee = reader.name()
    option = grantee_kind == "ROLE" and reader.accept("WITH", "GRANT", "OPTION")
    if not giving:
        reader.accept("CASCADE") or reader.accept("RESTRICT")
    of_ownership = giving and any(reader.accept(word, "CURRENT", "GRANTS") for word in ("COPY", "REVOKE"))
    reader.finish()
    session.account.require(grantee_kind, (grantee,))
    if of_ownership:
        raise errors.only_of_ownership()
    if bulk and any(target.kind == _NOT_IN_BULK[grantee_kind] for target in targets):
        verb, preposition = ("grant", "to") if giving else ("revoke", "from")
        raise errors.bulk_is_restricted(verb, _NOT_IN_BULK[grantee_kind], preposition, grantee_kind)
    return Order(giving, privileges, targets, bulk, grantee_kind, grantee, option or option_only)


# Of what a statement may not grant on ALL objects. Recorded: frostlake/GrantObjectsAffectedTest
_NOT_IN_BULK = {"ROLE": "PIPE", "SHARE": "VIEW"}


def _carry_out(
    kinds: Kinds, session: Session, order: Order, target: Target, privilege: str, held: dict[str, Grant]
) -> bool:
    """Gives or takes a privilege, or its grant option; whether a REVOKE has taken something."""
    if receives := kinds[order.grantee_kind].receives:
        if target.future:
            raise errors.future_grant_to_share()
        if order.giving:
            receives(session, privilege, target.kind, target.path, order.grantee)
    if order.giving:
        # WRITE on an internal stage needs READ before or with it:
        # https://docs.snowflake.com/en/sql-reference/sql/grant-privilege#usage-notes
        reads = {"READ", "ALL", "ALL PRIVILEGES"}.intersection((*order.privileges, *held))
        if (privilege, target.kind, target.future) == ("WRITE", "STAGE", False) and not reads:
            raise errors.read_before_write()
        _record(session, privilege, target, order.grantee_kind, order.grantee, giving=True, option=order.option)
        return True
    known = held.get(privilege)
    if known is None or (order.option and not known.grant_option):
        return False
    session.account.revoke(known)
    if order.option:
        session.account.grant(replace(known, grant_option=False))
    return True


def _answer(affected: int | None) -> Result:
    """A grant on ALL objects, and a REVOKE, tell how many they reached. Recorded: frostlake/GrantObjectsAffectedTest"""
    return done() if affected is None else status(f"{done().rows[0][0]} {affected} objects affected.")


def _held(session: Session, target: Target, grantee_kind: str, grantee: str) -> dict[str, Grant]:
    """What a grantee has been granted on a target."""
    of_target = (target.kind, target.path, grantee_kind, grantee)
    return {
        one.privilege: one
        for one in session.account.grants(future=target.future)
        if (one.granted_on, one.on_path, one.granted_to, one.grantee) == of_target
    }


def _grant_ownership(kinds: Kinds, session: Session, reader: Reader, *, giving: bool) -> Result:
    """`GRANT OWNERSHIP ON target TO ROLE r [REVOKE | COPY CURRENT GRANTS]`, by its owner or who manages grants.

    Without either of the last words the object must have no other grants. A task that runs is suspended. Of several
    objects, those before the one that is refused go over. Recorded: frostlake/OwnershipTransferTest
    https://docs.snowflake.com/en/sql-reference/sql/grant-ownership
    """
    bulk = reader.sees("ALL")
    targets = list(_read_targets(kinds, session, reader))
    if not giving and not all(target.future for target in targets):
        raise errors.ownership_is_only_transferred()
    reader.expect("TO" if giving else "FROM")
    if reader.sees("DATABASE"):
        raise errors.not_emulated("GRANT OWNERSHIP ... TO DATABASE ROLE")
    reader.expect("ROLE")
    role = reader.name()
    current = next((word for word in ("REVOKE", "COPY") if reader.accept(word, "CURRENT", "GRANTS")), "")
    reader.finish()
    session.account.require("ROLE", (role,))
    for target in targets:
        if target.kind == "ACCOUNT":
            raise errors.invalid_privilege("OWNERSHIP", target.kind)
        if not _may_hand_on(session, target, "OWNERSHIP"):
            raise _insufficient(session, target)
    for target in targets:
        if target.future:
            _record(session, "OWNERSHIP", target, "ROLE", role, giving=giving)
            continue
        object_ = session.account.require(target.kind, target.path)
        is_new = object_.owner != role
        with session.account.in_one():
            object_ = kinds[target.kind].transferred(session, object_, alone=len(targets) == 1 and is_new)
            _transfer(session, object_, role, current if is_new else "COPY")
    return _answer(len(targets) if bulk else None)


def _transfer(session: Session, object_: Object, role: str, current: str) -> None:
    account = session.account
    others = [one for one in account.grants() if (one.granted_on, one.on_path) == (object_.kind, object_.path)]
    if object_.kind == "ROLE":
        others = []
    if others and not current:
        first = min(others, key=lambda one: (one.grantee, one.privilege))
        raise errors.dependent_grant(first.privilege, object_.qualified_name, first.grantee)
    if object_.kind == "PIPE" and not object_.properties["PIPE_EXECUTION_PAUSED"]:
        raise errors.pipe_not_paused(object_.name)
    for one in others:
        if current == "REVOKE":
            account.revoke(one)
        elif one.granted_by == object_.owner:
            account.revoke(one)
            account.grant(replace(one, granted_by=role))
    account.save(replace(object_, owner=role))


def _read_privileges(kinds: Kinds, reader: Reader) -> list[str]:
    """Each begins with a word that a privilege begins with. Recorded: frostlake/PrivilegeByNameTest"""
    every = _OF_ACCOUNT.union(*(kind.privileges for kind in kinds.values()))
    leads = {"ALL", "DROP", "IMPORTED", "OWNERSHIP", *(privilege.split()[0] for privilege in every)}
    privileges = []
    while not reader.sees("ON"):
        if reader.word() not in leads:
            reader.fail()
        words = [reader.take_word()]
        while not (reader.sees(",") or reader.sees("ON")):
            words.append(reader.take_word())
        reader.accept(",")
        privileges.append(" ".join(words))
    return privileges or reader.fail()


def _imported_privileges(session: Session, privileges: list[str], target: Target) -> list[str]:
    """IMPORTED PRIVILEGES on an imported database, which is USAGE on it. Raises 003011 for any other privilege there.

    https://docs.snowflake.com/en/user-guide/data-share-consumers#granting-privileges-on-an-imported-database
    """
    if target.path[0] not in session.account.imported and target.path != (SNOWFLAKE,):
        return privileges
    if target.kind != "DATABASE" or privileges != ["IMPORTED PRIVILEGES"]:
        raise errors.individual_privileges_on_imported()
    return ["USAGE"]


def _expanded(privileges: list[str], kind: str, allowed: frozenset[str]) -> list[str]:
    """The privileges, ALL [PRIVILEGES] written out. Raises a syntax-like error for one that the kind does not have."""
    if privileges in (["ALL"], ["ALL PRIVILEGES"]):
        return sorted(allowed - _NOT_IN_ALL.get(kind, frozenset()))
    for privilege in privileges:
        if privilege not in allowed:
            raise errors.invalid_privilege("TABLE" if kind == "VIEW" else kind.replace(" ", "_"), privilege)
    return privileges


# What a share is granted, and what external stages have. Recorded: frostlake/GrantAllPrivilegesTest
_NOT_IN_ALL = {"DATABASE": frozenset({"REFERENCE_USAGE"}), "STAGE": frozenset({"USAGE"})}


def _read_targets(kinds: Kinds, session: Session, reader: Reader) -> Iterator[Target]:
    if reader.accept("ACCOUNT"):
        yield Target("ACCOUNT", (session.account.name,))
    elif reader.accept("FUTURE"):
        yield _read_future(kinds, session, reader)
    elif reader.accept("ALL"):
        future = _read_future(kinds, session, reader)
        for object_ in kinds[future.kind].listed(session):
            within = object_.path[: len(future.path)] == future.path
            if within and not object_.is_temporary and sees(session, object_):
                yield Target(object_.kind, object_.path)
    else:
        yield _read_object(kinds, session, reader)


def _read_object(kinds: Kinds, session: Session, reader: Reader) -> Target:
    kind = kinds.read(reader, "GRANT ... ON")
    written = reader.path()
    path = kind.qualify(session, written, "GRANT")
    if (kind.name, path) == ("DATABASE", (SNOWFLAKE,)) and session.account.find("DATABASE", path) is None:
        return Target("DATABASE", path)
    missing = errors.does_not_exist(kind.shown_name, ".".join(written if kind.name in _AS_WRITTEN else path))
    if kind.name in _RELATIONS:
        return _seen(session, table_names.find(session, path), missing)
    return _seen(
        session,
        session.account.find(kind.name, path) if kind.name in _AS_WRITTEN else kind.require(session, path),
        missing,
    )


# TABLE and VIEW are two words for either; and what an error names as it is written.
# Recorded: frostlake/RelationGrantKindTest, frostlake/GrantObjectKindTest
_RELATIONS = frozenset({"TABLE", "VIEW"})
_AS_WRITTEN = _RELATIONS | {"FILE FORMAT", "STREAM"}


def _read_relation(session: Session, reader: Reader) -> Target:
    """`SHOW GRANTS ON t`: a table or a view. Recorded: frostlake/GrantObjectKindTest"""
    written = reader.path()
    if not reader.done and "_" not in written[0]:
        raise errors.not_emulated(f"SHOW GRANTS ON {written[0]}")
    reader.finish()
    found = table_names.find(session, session.qualify(written, "SHOW"))
    return _seen(session, found, errors.does_not_exist("Object", ".".join(written)))


def _seen(session: Session, found: Object | None, missing: ProgrammingError) -> Target:
    if found is None:
        raise missing
    if found.is_temporary:
        raise errors.not_emulated(f"GRANT ... ON {found.kind} of a temporary one")
    require_seen(session, found, lambda: missing)
    return Target(found.kind, found.path)


def _read_future(kinds: Kinds, session: Session, reader: Reader) -> Target:
    """`TABLES IN SCHEMA db.s` or `TABLES IN DATABASE db`."""
    kind = kinds.by_plural.read(reader, "GRANT ... ON").name
    reader.expect("IN")
    place, path = _read_place(session, reader, "GRANT")
    object_ = session.account.require(place, path)
    require_seen(session, object_, lambda: errors.does_not_exist(object_.kind.capitalize(), object_.qualified_name))
    return Target(kind, path, future=True)


def _read_place(session: Session, reader: Reader, command: str) -> tuple[str, Path]:
    """`DATABASE db` or `SCHEMA s`."""
    if reader.accept("DATABASE"):
        return "DATABASE", reader.path(most=1)
    reader.expect("SCHEMA")
    return "SCHEMA", session.qualify_schema(reader.path(), command)


def _record(
    session: Session,
    privilege: str,
    target: Target,
    grantee_kind: str,
    grantee: str,
    *,
    giving: bool,
    option: bool = False,
) -> None:
    place = target.path if target.future else target.path[:-1]
    database, schema = (*place, "", "")[:2]
    name = "" if target.future else target.path[-1]
    granted = Grant(
        session.account.clock(),
        privilege,
        target.kind,
        database,
        schema,
        name,
        grantee_kind,
        grantee,
        option,
        session.role,
        target.future,
    )
    if giving:
        session.account.grant(granted)
    else:
        session.account.revoke(granted)


# SHOW GRANTS

_COLUMNS = columns("created_on:time privilege granted_on name granted_to grantee_name grant_option granted_by")
# https://docs.snowflake.com/en/release-notes/bcr-bundles/2025_01/bcr-1803
_TO_USER_COLUMNS = (*_COLUMNS[:4], ("role", TEXT), *_COLUMNS[4:])
_OF_ROLE_COLUMNS = columns("created_on:time role granted_to grantee_name granted_by")
_FUTURE_COLUMNS = columns("created_on:time privilege grant_on name grant_to grantee_name grant_option")


def show_grants(kinds: Kinds, session: Session, reader: Reader) -> Result:
    """`SHOW GRANTS TO ROLE | USER | SHARE x`, `OF ROLE | SHARE x`, `ON ACCOUNT | kind x`; alone, to the current user.

    `TO ROLE x INCLUDE HIERARCHY` lists also what x has by the roles below it, PUBLIC among them, each row with the role
    that holds it. Raises 002003 for an absent role or object.
    https://docs.snowflake.com/en/sql-reference/sql/show-grants
    https://docs.snowflake.com/en/release-notes/2026/other/2026-11-16-show-grants-include-hierarchy
    """
    if reader.accept("TO"):
        kind, name, grantees = _read_grantees(session, reader)
        return _show_to_user(session, name) if kind == "USER" else _show_to(kinds, session, kind, grantees)
    if reader.accept("OF"):
        kind, name = _read_name(session, reader)
        reader.finish()
        holders = kinds[kind].holders
        return _show_of(session, name) if holders is None else holders(session, name)
    if reader.accept("ON"):
        account = Target("ACCOUNT", (session.account.name,))
        if reader.accept("ACCOUNT"):
            target = account
        elif reader.word() in kinds or f"{reader.word()} {reader.word(1)}" in kinds:
            target = _read_object(kinds, session, reader)
        else:
            target = _read_relation(session, reader)
        reader.finish()
        shown = [_row(grant) for grant in _on(kinds, session, target)]
        return table((*_COLUMNS, ("granted_by_role_type", TEXT)), shown)
    reader.finish()
    return _show_to_user(session, session.user)


def _on(kinds: Kinds, session: Session, target: Target) -> list[Grant]:
    """The grants on an object. In a schema with managed access, its owner alone manages them.

    https://docs.snowflake.com/en/release-notes/bcr-bundles/2023_08/bcr-1397
    """
    of_target = [
        one for one in _all_grants(kinds, session) if (one.granted_on, one.on_path) == (target.kind, target.path)
    ]
    grants = sorted(of_target, key=lambda one: (one.grantee, one.privilege))
    schema = session.account.find("SCHEMA", target.path[:2])
    if schema is None or not schema.properties.get(MANAGED_ACCESS):
        return grants
    if target.kind == "SCHEMA":
        return [*grants, *(replace(one, privilege="MANAGE GRANTS") for one in grants if one.privilege == "OWNERSHIP")]
    return [replace(one, grant_option=False) for one in grants]


def show_future_grants(session: Session, reader: Reader) -> Result:
    """`SHOW FUTURE GRANTS TO ROLE r | IN SCHEMA s | IN DATABASE d`."""
    future = session.account.grants(future=True)
    if reader.accept("TO"):
        kind, _, grantees = _read_grantees(session, reader)
        shown = [grant for grant in future if grant.granted_to == kind and grant.grantee in grantees]
    else:
        reader.expect("IN")
        place, path = _read_place(session, reader, "SHOW")
        reader.finish()
        found = session.account.find(place, path)
        if found is None or not sees(session, found):
            raise errors.scope_does_not_exist()
        shown = [grant for grant in future if grant.on_path == path]
    return table(_FUTURE_COLUMNS, [_future_row(one) for one in sorted(shown, key=_by_object) if _is_seen(session, one)])


def _read_grantees(session: Session, reader: Reader) -> tuple[str, str, frozenset[str]]:
    """The kind and name of a grantee, and of a role with INCLUDE HIERARCHY all below it."""
    kind, name = _read_name(session, reader)
    grantees = frozenset({name})
    if reader.accept("INCLUDE", "HIERARCHY"):
        if kind != "ROLE":
            raise errors.not_emulated(f"SHOW GRANTS TO {kind} ... INCLUDE HIERARCHY")
        grantees = session.account.privileges.below(grantees)
    reader.finish()
    return kind, name, grantees


def _read_name(session: Session, reader: Reader) -> tuple[str, str]:
    kind = next((one for one in ("SHARE", "USER") if reader.accept(one)), "ROLE")
    if kind == "ROLE" and reader.word() in _OTHER_GRANTEES:
        raise errors.not_emulated(f"SHOW GRANTS ... {reader.word()}")
    if kind == "ROLE":
        reader.expect("ROLE")
    name = reader.name()
    session.account.require(kind, (name,))
    return kind, name


def _all_grants(kinds: Kinds, session: Session) -> list[Grant]:
    """The recorded grants, and the OWNERSHIP that every object's owner has."""
    owned = [_ownership(object_) for kind in kinds for object_ in session.account.objects(kind)]
    return [grant for grant in owned if grant.grantee] + session.account.grants()


def _ownership(object_: Object) -> Grant:
    return Grant(
        object_.created_on,
        "OWNERSHIP",
        object_.kind,
        object_.database,
        object_.schema,
        object_.name,
        "ROLE",
        object_.owner,
        True,
        object_.owner,
        False,
    )


def _show_to(kinds: Kinds, session: Session, kind: str, grantees: frozenset[str]) -> Result:
    every = [one for one in _all_grants(kinds, session) if one.granted_to == kind and one.grantee in grantees]
    seen_ones = [one for one in every if _is_seen(session, one)]
    return table(_COLUMNS, [_row(one) for one in (sorted(seen_ones, key=_by_object) if kind == "ROLE" else seen_ones)])


def _is_seen(session: Session, grant: Grant) -> bool:
    """Whether the session sees what is granted, or for a future grant where: the account and roles everybody does.

    Reported for SHOW GRANTS, and documented for the view that tells the same:
    https://docs.snowflake.com/en/sql-reference/info-schema/object_privileges#usage-notes
    """
    kind = ("DATABASE", "SCHEMA")[len(grant.on_path) - 1] if grant.future else grant.granted_on
    found = session.account.find(kind, grant.on_path)
    return found is None or sees(session, found)


def _by_object(grant: Grant) -> tuple[str, tuple[str, ...], str]:
    """The order of what a role has been granted. Recorded: frostlake/ShowGrantsToRoleOrderTest"""
    return grant.granted_on, grant.on_path, grant.privilege


def _show_of(session: Session, role: str) -> Result:
    grants = [one for one in session.account.grants() if (one.granted_on, one.name) == ("ROLE", role)]
    return table(_OF_ROLE_COLUMNS, [_row(grant) | {"role": grant.name} for grant in grants])


def _show_to_user(session: Session, user: str) -> Result:
    """What every user has of PUBLIC is not listed. Recorded: frostlake/security-user-role."""
    grants = [one for one in session.account.grants() if (one.granted_to, one.grantee) == ("USER", user)]
    shown = [_row(grant) | {"role": grant.name} for grant in grants if grant.name != PUBLIC]
    return table(_TO_USER_COLUMNS, shown)


def _row(grant: Grant) -> dict[str, Any]:
    return {
        "created_on": grant.created_on,
        "privilege": grant.privilege,
        "granted_on": grant.granted_on.replace(" ", "_"),
        "name": ".".join(grant.on_path),
        "granted_to": grant.granted_to,
        "grantee_name": grant.grantee,
        "grant_option": str(grant.grant_option).lower(),
        "granted_by": grant.granted_by,
        "granted_by_role_type": "ROLE" if grant.granted_by else "",
    }


def _future_row(grant: Grant) -> dict[str, Any]:
    return {
        "created_on": grant.created_on,
        "privilege": grant.privilege,
        "grant_on": grant.granted_on.replace(" ", "_"),
        "name": ".".join((*grant.on_path, f"<{grant.granted_on}>")),
        "grant_to": grant.granted_to,
        "grantee_name": grant.grantee,
        "grant_option": str(grant.grant_option).lower(),
    }
