"""What a Snowflake account remembers besides tables: objects, grants, in a DuckDB file that survives the process."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from duckdb import DuckDBPyConnection

from .. import errors
from ..editions import Edition
from ..language.reader import Path, Value
from ..store.storage import APART, whole
from . import dropped
from .dropped import Dropped
from .privileges import ACCOUNTADMIN, SYSTEM_ROLES, Privileges
from .runs import Runs

# The accounts that one state can hold: the presenter's own first, then the providers that share data with it.
HOSTED = tuple(files(__package__).joinpath("accounts.txt").read_text(encoding="ascii").split())

SNOWFLAKE = "SNOWFLAKE"  # the database that tells of the account's usage; no object
NOT_NULL = "NOT NULL"  # a property: the columns of a view that have no NULLs
TEMPORARY = "TEMPORARY"  # a property: the session that has the object to itself
# The stages that users and tables have, which are no objects of the account's.
USER_STAGE, TABLE_STAGE = "USER STAGE", "TABLE STAGE"
DROPPED = "DROPPED DATABASE"  # the kind under which a database is kept until its file has gone

EDITION = "EDITION"  # the kind under which an account remembers its edition, and whether it is a trial

USER = "PRESENTER"  # who everybody is that names no other user of the account

DEFINITIONS = (
    """
CREATE SCHEMA IF NOT EXISTS _fs_global.account;
CREATE TABLE IF NOT EXISTS _fs_global.account.objects (
    kind VARCHAR, database_name VARCHAR, schema_name VARCHAR, name VARCHAR,
    created_on TIMESTAMPTZ, owner VARCHAR, comment VARCHAR, properties VARCHAR,
    PRIMARY KEY (kind, database_name, schema_name, name));
CREATE TABLE IF NOT EXISTS _fs_global.account.grants (
    created_on TIMESTAMPTZ, privilege VARCHAR, granted_on VARCHAR,
    database_name VARCHAR, schema_name VARCHAR, name VARCHAR,
    granted_to VARCHAR, grantee VARCHAR, grant_option BOOLEAN, granted_by VARCHAR, future BOOLEAN);
"""
    + dropped.DEFINITIONS
)
# The names of its databases, before it is opened.
DATABASES = "SELECT name FROM _fs_global.account.objects WHERE kind = 'DATABASE' ORDER BY name"


def temporary_place(path: Path) -> Path:
    """Where DuckDB has a temporary table or view: in the catalogue that each connection has to itself."""
    return ("temp", "main", ".".join(path))


@dataclass(frozen=True)
class Object:
    """One object of the account. An account-level object has no database, a database's child no schema."""

    kind: str
    database: str
    schema: str
    name: str
    created_on: datetime
    owner: str
    comment: str = ""
    properties: dict[str, Value] = field(default_factory=dict)

    @classmethod
    def at(
        cls, kind: str, path: Path, created_on: datetime, owner: str, comment: str, properties: dict[str, Value]
    ) -> "Object":
        """The object that a path of one to three parts names."""
        return cls(kind, *_columns(path), created_on, owner, comment, properties)

    @property
    def path(self) -> Path:
        return tuple(part for part in (self.database, self.schema, self.name) if part)

    @property
    def qualified_name(self) -> str:
        return ".".join(self.path)

    @property
    def is_temporary(self) -> bool:
        return TEMPORARY in self.properties

    @property
    def place(self) -> Path:
        """Where DuckDB has a table or view."""
        return temporary_place(self.path) if self.is_temporary else self.path

    @property
    def identity(self) -> str:
        """What sets a table apart from any other that has had its name, or hides it."""
        return " ".join([self.created_on.isoformat(), *[str(self.properties.get(TEMPORARY))] * self.is_temporary])

    @property
    def never_null(self) -> frozenset[str]:
        """The columns of a view that have no NULLs."""
        names = self.properties.get(NOT_NULL)
        return frozenset(map(str, names)) if isinstance(names, list) else frozenset()

    @property
    def folder(self) -> Path:
        """What the files of a stage are kept under: no name has the character that sets what is not named apart.

        A table's stage goes by the moment of its table, which renaming keeps and neither replacing nor cloning does.
        """
        if self.kind == USER_STAGE:
            return (APART, "USERS", self.name)
        if self.kind == TABLE_STAGE:
            return (APART, "TABLES", self.created_on.astimezone(UTC).strftime("%Y%m%d%H%M%S%f"))
        session = self.properties.get(TEMPORARY)
        return self.path if session is None else (*self.path[:-1], f"{self.name}{APART}{session}")

    @property
    def stage(self) -> "Object":
        """The stage that every table has: https://docs.snowflake.com/en/user-guide/data-load-local-file-system-create-stage"""
        return replace(self, kind=TABLE_STAGE, name=f"%{self.name}", properties={})


@dataclass(frozen=True)
class Grant:
    """A privilege on an object (or, if `future`, on the objects of a kind yet to come) to a role or share."""

    created_on: datetime
    privilege: str
    granted_on: str
    database: str
    schema: str
    name: str
    granted_to: str
    grantee: str
    grant_option: bool
    granted_by: str
    future: bool

    @property
    def on_path(self) -> Path:
        return tuple(part for part in (self.database, self.schema, self.name) if part)


class Account:
    """The account's objects and grants. Safe to use from several threads; every change is durable at once.

    They are read from the file once, and looked up in memory: each statement looks up several.
    `lock` keeps a change of several objects together. Looking does not take it: a transaction that holds a database's
    write lock may look while a CREATE or DROP that holds `lock` waits for that database.
    """

    def __init__(
        self,
        connection: DuckDBPyConnection,
        *,
        name: str,
        edition: Edition | None,
        is_trial: bool | None,
        may_create_roles: bool,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self.may_create_roles = may_create_roles
        self.clock = clock
        self.lock = threading.RLock()
        self._guard = threading.RLock()  # one statement on the connection, together with what it makes of the memory
        # What imported databases show: a function from a kind to the objects, by the name of the database.
        self.imported: dict[str, Callable[[str], list[Object]]] = {}
        self._connection = connection
        self._in_one = False
        self._privileges: Privileges | None = None
        self._read_objects()
        self._read_grants()
        self._read_dropped()
        self.runs = Runs(connection.cursor())
        for role in SYSTEM_ROLES:
            if self.find("ROLE", (role,)) is None:
                self.save(Object("ROLE", "", "", role, self.clock(), owner=""))
        if self.find("USER", (USER,)) is None:
            self._save_user()
        self.edition, self.is_trial = self._remembered(edition, is_trial)

    def _remembered(self, edition: Edition | None, is_trial: bool | None) -> tuple[Edition, bool]:
        """What the account is from now on: what is given here, else what it was before."""
        found = self.find(EDITION, (self.name,))
        before: dict[str, Any] = dict(found.properties) if found else {"EDITION": "ENTERPRISE", "TRIAL": False}
        now: dict[str, Any] = {
            "EDITION": before["EDITION"] if edition is None else edition,
            "TRIAL": before["TRIAL"] if is_trial is None else is_trial,
        }
        if now != before:
            self.save(Object(EDITION, "", "", self.name, self.clock(), owner="", properties=now))
        return now["EDITION"], now["TRIAL"]

    def _save_user(self) -> None:
        """The first user, who has every role that there is: up to the state's version before, everybody had them."""
        with self.in_one():
            self.save(Object("USER", "", "", USER, self.clock(), owner=""))
            for role in (ACCOUNTADMIN, *(role.name for role in self.objects("ROLE") if role.name not in SYSTEM_ROLES)):
                self.grant(
                    Grant(self.clock(), "USAGE", "ROLE", "", "", role, "USER", USER, False, granted_by="", future=False)
                )

    @property
    def privileges(self) -> Privileges:
        """What roles may do, as things stand."""
        found = self._privileges
        if found is None:
            found = self._privileges = Privileges(self.name, self.grants())
        return found

    def _query(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        with self._guard:
            return self._connection.execute(sql, parameters or []).fetchall()

    def read(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """Rows of the account's own tables, as committed, whatever transaction a session is in."""
        return self._query(sql, parameters)

    @contextmanager
    def in_one(self) -> Iterator[None]:
        """What is changed inside is kept whole, or not at all: if it fails, or the process is killed."""
        with self.lock, self._guard:
            if self._in_one:
                yield
                return
            self._in_one = True
            try:
                with whole(self._connection):
                    yield
            except BaseException:
                self._read_objects()
                self._read_grants()
                self._read_dropped()
                raise
            finally:
                self._in_one = False

    # Objects

    def _read_objects(self) -> None:
        with self._guard:
            rows = self._query("SELECT * FROM _fs_global.account.objects")
            self._objects: dict[tuple[str, ...], tuple[Any, ...]] = {row[:4]: row for row in rows}

    def objects(self, kind: str, database: str = "", schema: str = "") -> list[Object]:
        """All objects of a kind, of one database or schema if named, in the order of their names."""
        kept = [
            (key, row)
            for key, row in self._objects.copy().items()
            if key[0] == kind and database in ("", key[1]) and schema in ("", key[2])
        ]
        own = [_to_object(row) for _, row in sorted(kept)]
        return own if not self.imported else sorted(own + self._shared(kind, database, schema), key=lambda o: o.path)

    def _shared(self, kind: str, database: str, schema: str) -> list[Object]:
        """The objects of imported databases, under the same conditions as the account's own."""
        listings = [listing for name, listing in list(self.imported.items()) if database in ("", name)]
        return [found for listing in listings for found in listing(kind) if schema in ("", found.schema)]

    def inside(self, path: Path) -> list[Object]:
        """Everything of the account's own in a database or schema, in the order of kinds and names."""
        kept = [item for item in self._objects.copy().items() if item[0][1 : 1 + len(path)] == path]
        return [_to_object(row) for _, row in sorted(kept)]

    def owned_by(self, role: str) -> list[Object]:
        """Everything of the account's own that a role owns."""
        return [_to_object(row) for row in list(self._objects.values()) if row[5] == role]

    def owner_of(self, kind: str, path: Path) -> str:
        """The role that owns one of the account's own objects; "" if nobody does, or it is not there."""
        row = self._objects.get((kind, *_columns(path)))
        return str(row[5]) if row else ""

    def find(self, kind: str, path: Path) -> Object | None:
        row = self._objects.get((kind, *_columns(path)))
        if row or len(path) == 1 or path[0] not in self.imported:
            return _to_object(row) if row else None
        return next((found for found in self.imported[path[0]](kind) if found.path == path), None)

    def require(self, kind: str, path: Path) -> Object:
        """Returns the object; raises 002003 `... does not exist or not authorized.`"""
        found = self.find(kind, path)
        if found is None:
            raise errors.does_not_exist(kind.capitalize(), ".".join(path))
        return found

    def require_parents(self, path: Path) -> None:
        """Raises 002003 for a database or schema that is not there, and that the path is in."""
        for kind, length in (("DATABASE", 1), ("SCHEMA", 2)):
            if len(path) > length:
                self.require(kind, path[:length])

    def save(self, object_: Object) -> None:
        key = (object_.kind, object_.database, object_.schema, object_.name)
        row = (*key, object_.created_on, object_.owner, object_.comment, json.dumps(object_.properties))
        with self._guard:
            or_replace = "OR REPLACE " if key in self._objects else ""
            self._query(
                f"INSERT {or_replace}INTO _fs_global.account.objects VALUES (?, ?, ?, ?, ?, ?, ?, ?)", list(row)
            )
            self._objects[key] = row

    def save_copy(self, object_: Object, path: Path) -> None:
        """Keeps the object under another name besides its own, with its grants, of which a temporary one has none."""
        with self.in_one():
            database, schema, name = _columns(path)
            self.save(replace(object_, database=database, schema=schema, name=name))
            for grant in () if object_.is_temporary else self.grants():
                if grant.granted_on == object_.kind and grant.on_path == object_.path:
                    self.grant(replace(grant, database=database, schema=schema, name=name))

    def remove(self, object_: Object) -> list[Object]:
        """Forgets the object, what it contains, and every grant on or to one of them; returns what has gone.

        Of a database it is noted that its file is about to go.
        """
        before = self._objects
        with self.in_one():
            if object_.kind == "DATABASE":
                self.save(replace(object_, kind=DROPPED))
            for table, kind in (("objects", "kind"), ("grants", "granted_on")):
                self._query(
                    f"DELETE FROM _fs_global.account.{table}"
                    f" WHERE {kind} = ? AND database_name = ? AND schema_name = ? AND name = ?",
                    [object_.kind, object_.database, object_.schema, object_.name],
                )
                if object_.kind in ("DATABASE", "SCHEMA"):
                    self._query(
                        f"DELETE FROM _fs_global.account.{table} WHERE database_name = ? AND (? OR schema_name = ?)",
                        [object_.path[0], object_.kind == "DATABASE", object_.name],
                    )
            if object_.kind in ("ROLE", "SHARE", "USER"):
                self._query(
                    "DELETE FROM _fs_global.account.grants WHERE granted_to = ? AND grantee = ?",
                    [object_.kind, object_.name],
                )
            self._read_objects()
            self._read_grants()
            return [_to_object(row) for key, row in before.items() if key not in self._objects]

    def forget_dropped(self, database: str) -> None:
        """The file of a database that was dropped has gone."""
        if (noted := self.find(DROPPED, (database,))) is not None:
            self.remove(noted)

    def rename_references(self, kind: str, property_: str, name: str) -> None:
        """Unsets a property that names a dropped object, such as a warehouse's RESOURCE_MONITOR."""
        for object_ in self.objects(kind):
            if object_.properties.get(property_) == name:
                self.save(replace(object_, properties={**object_.properties, property_: None}))

    # What was dropped

    def _read_dropped(self) -> None:
        rows = self._query("SELECT number, dropped_on, until, content FROM _fs_global.account.dropped")
        self._dropped = {row[0]: dropped.read(row, Object, Grant) for row in rows}

    def dropped(self) -> list[Dropped]:
        """What has been dropped and not been removed for good, the last one first."""
        return sorted(self._dropped.copy().values(), key=lambda one: -one.number)

    def put_away(self, record: Dropped) -> list[Object]:
        """Keeps an object as a dropped one; returns what has gone with it."""
        with self.in_one():
            self._query("INSERT INTO _fs_global.account.dropped VALUES (?, ?, ?, ?)", record.row())
            self._dropped[record.number] = record
            return self.remove(record.object_)

    def bring_back(self, record: Dropped) -> None:
        """Makes it an object again, with what it contained and the privileges of the roles and shares that there are.

        What a role owned that has been dropped since is ACCOUNTADMIN's.
        """
        with self.in_one():
            for one in record.content:
                has_owner = not one.owner or self.find("ROLE", (one.owner,)) is not None
                self.save(one if has_owner else replace(one, owner=ACCOUNTADMIN))
            for grant in record.grants:
                if self.find(grant.granted_to, (grant.grantee,)) is not None:
                    self.grant(grant)
            self.forget(record)

    def forget(self, record: Dropped) -> None:
        """What was dropped has been brought back, or removed for good."""
        with self._guard:
            self._query("DELETE FROM _fs_global.account.dropped WHERE number = ?", [record.number])
            self._dropped.pop(record.number, None)

    # Grants

    def _read_grants(self) -> None:
        with self._guard:
            rows = self._query("SELECT * FROM _fs_global.account.grants ORDER BY created_on, rowid")
            self._grants = {_same_grant(grant): grant for grant in (Grant(*row) for row in rows)}
            self._privileges = None

    def grants(self, *, future: bool = False) -> list[Grant]:
        """All grants, the oldest first."""
        of_all = [grant for grant in self._grants.copy().values() if grant.future == future]
        return sorted(of_all, key=lambda grant: grant.created_on)

    def grant(self, grant: Grant) -> None:
        """Records the grant once; granting again only raises the grant option."""
        with self.in_one():
            known = self._grants.get(_same_grant(grant))
            if known and (known.grant_option or not grant.grant_option):
                return
            self.revoke(grant)
            self._query(
                "INSERT INTO _fs_global.account.grants VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                list(vars(grant).values()),
            )
            self._grants[_same_grant(grant)] = grant
            self._privileges = None

    def revoke(self, grant: Grant) -> None:
        """Removes the grant; one that is not there is no error (as REVOKE answers)."""
        same = _same_grant(grant)
        with self._guard:
            if same in self._grants:
                self._query(f"DELETE FROM _fs_global.account.grants WHERE {_SAME_GRANT}", list(same))
                del self._grants[same]
                self._privileges = None


_SAME_GRANT = (
    "privilege = ? AND granted_on = ? AND database_name = ? AND schema_name = ? AND name = ?"
    " AND granted_to = ? AND grantee = ? AND future = ?"
)


def _same_grant(grant: Grant) -> tuple[Any, ...]:
    return (
        grant.privilege,
        grant.granted_on,
        grant.database,
        grant.schema,
        grant.name,
        grant.granted_to,
        grant.grantee,
        grant.future,
    )


def _columns(path: Path) -> tuple[str, str, str]:
    """A path of one to three parts as (database, schema, name)."""
    database, schema = (*path[:-1], "", "")[:2]
    return database, schema, path[-1]


def _to_object(row: tuple[Any, ...]) -> Object:
    kind, database, schema, name, created_on, owner, comment, properties = row
    return Object(kind, database, schema, name, created_on, owner, comment, json.loads(properties))
