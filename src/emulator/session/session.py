"""One client session: its current database, schema, warehouse and role, and its parameters."""

import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import duckdb
from duckdb import DuckDBPyConnection
from sqlglot import Expr

from .. import errors
from ..account import USER, Account, Dropped, Object
from ..account.privileges import ACCOUNTADMIN, PUBLIC
from ..language.names import duck_name, text_literal
from ..language.reader import Path, Value
from ..language.result import Fetched, Result
from ..store.results import Answer
from ..store.storage import Storage
from .locks import Locks
from .temporary import SessionAccount

if TYPE_CHECKING:
    from .history import History
    from .hosting import Hosting
    from .statement import StatementContext
    from .transactions import Transaction

TIMEZONE = "TIMEZONE"
_TIMEOUT = "STATEMENT_TIMEOUT_IN_SECONDS"
SECONDS_IDLE = 300.0
SECONDS_TO_RETURN = 5.0  # a client whose connection was reset opens another one


@dataclass(frozen=True)
class PastLoad:
    """A COPY INTO of the session, and the errors that it has met; None where they cannot be asked for."""

    query_id: str
    table: Path
    errors: Result | None


class Cursor(Protocol):
    """Runs statements for a session: what the rooms below pipeline/cursor.py, which has it, know of it."""

    statement_type_id: int
    sfqid: str
    rowcount: int

    def execute(self, command: str) -> "Cursor": ...

    def fetched(self) -> Fetched: ...

    def ask(self, query: Expr) -> Fetched: ...

    def evaluate(self, expression: Expr) -> Fetched: ...

    def parsed(self, command: str) -> Expr: ...

    def transformed(self, query: Expr) -> Expr: ...

    def consumed(self, query: Expr) -> list[tuple[Path, str]]: ...

    def to_duck(self, expression: Expr) -> list[str]: ...

    def insert(self, inserts: Sequence[Expr]) -> list[int]: ...


@dataclass(frozen=True)
class GraphValues:
    """What the run of a task may know of its graph: its configuration, its enabled predecessors, what they returned."""

    config: str | None = None
    enabled: tuple[str, ...] = ()
    returned: Mapping[str, str | None] = field(default_factory=dict)  # by all tasks before it


class Session:
    """A connection to DuckDB, and what a Snowflake session has besides.

    `lock` is held while one of the session's statements runs: a session runs one statement at a time, as DuckDB's
    cursor demands. `hosting` knows the other accounts, and `visits` the sessions on them that this one needed;
    `history` is the account's.
    """

    hosting: "Hosting"
    history: "History"

    def __init__(
        self,
        duck_connection: DuckDBPyConnection,
        account: Account,
        storage: Storage,
        locks: Locks,
        make_cursor: "Callable[[Session, str | None], Cursor]",
        before_commit: "Sequence[Callable[[Session, Transaction], Callable[[], None]]]" = (),
        after_drop: "Callable[[Session], None]" = lambda session: None,
    ) -> None:
        self.duck = duck_connection
        self.database: str | None = None
        self.schema: str | None = None
        self.variables: dict[str, str] = {}  # what stands for `$name`, as Snowflake writes it
        self.variable_moments: dict[str, tuple[datetime, datetime]] = {}  # when each was made, and set last
        self.account = SessionAccount(account)
        self.storage = storage
        self.id = str(uuid.uuid4().int >> 70)
        self.lock = threading.Lock()
        self.role = ACCOUNTADMIN
        self.has_secondary_roles = True  # https://docs.snowflake.com/en/release-notes/bcr-bundles/2024_08/bcr-1692
        self.user = USER
        self.warehouse: str | None = None
        self.last_query_id: str | None = None
        self.last_request = time.monotonic()
        self.url = ""
        self.client = ""  # which driver reads the answers
        self.registered: list[str] = []
        self.request_id: str | None = None  # of the request that is being answered
        self.is_commit_skipped = False  # that request says so of its DDL
        self.cancelled: deque[str | None] = deque(maxlen=64)  # the last requests that the client has given up
        self.put_values: Sequence[Any] | Mapping[Any, Any] | None = None  # that were bound to the last PUT
        self.ended: set[str] = set()  # the statements that one which waits for its turn has cancelled on its way
        self.running: list[StatementContext] = []  # the statement that runs, and those inside it
        self._scratches: list[DuckDBPyConnection] = []
        self._interruptible = False
        self._guard = threading.Lock()
        self.client_gone_since: float | None = None  # when the last of the client's connections was closed
        self.client_has_ended: Callable[[], bool] = lambda: False  # the process that had it, if that can be known
        self.locks = locks
        self.transaction: Transaction | None = None
        self.after_drop = after_drop  # removes what a table has left, if it was more than rows
        self.before_commit: Sequence[Callable[[Session, Transaction], Callable[[], None]]] = before_commit
        self.parameters: dict[str, Value] = {}
        self._variables: dict[str, str] = {}  # the statements that set DuckDB's, by the names of parameters
        self.in_task = False
        self.graph = GraphValues()  # of the run of a task that this is the session of
        self.is_serverless = False
        self.longest_run: float | None = None  # seconds
        # The answers to the last requests that changed something, by request: more than a client sends at once.
        self.changes: deque[tuple[str | None, dict[str, Any]]] = deque(maxlen=64)
        self.loads: deque[PastLoad] = deque(maxlen=16)
        self.return_value: str | None = None
        self.parts: dict[str, dict[str, Any]] = {}  # the answers to statements sent together, until they are asked for
        self.visits: dict[str, Session] = {}
        self._make_cursor = make_cursor

    def cursor(self, query_id: str | None = None) -> Cursor:
        """`query_id` is that of the next statement, for whoever tells it before the statement ends."""
        return self._make_cursor(self, query_id)

    def close(self) -> None:
        """Ends the session; an open transaction is rolled back."""
        self.history.running.closed(self)
        self.roll_back()
        for visit in self.visits.values():
            visit.close()
        for gone in self.account.remove_temporary():
            self._remove_files(gone)
        self.duck.close()

    def remove(self, object_: Object) -> None:
        """Forgets an object with what it contains, and removes the files of the stages that tables and stages have."""
        for gone in self.account.remove(object_):
            self._remove_files(gone)

    def put_away(self, record: Dropped) -> None:
        """The same of an object that is kept as a dropped one: files of stages are not."""
        for gone in self.account.put_away(record):
            self._remove_files(gone)

    def _remove_files(self, gone: Object) -> None:
        if gone.kind in ("STAGE", "TABLE"):
            self.storage.remove_stages((gone if gone.kind == "STAGE" else gone.stage).folder)

    def set_variable(self, name: str, value: Value) -> None:
        """Sets what DuckDB's macros read by the name of a session parameter; None is the parameter's default."""
        written = "NULL" if value is None else text_literal(value) if isinstance(value, str) else str(value)
        self._variables[name] = f"SET VARIABLE {name} = {written}"
        if name == TIMEZONE:
            self._variables[name] += f"; SET TimeZone = {'UTC' if value is None else written}"
        for duck in (self.duck, *(visit.duck for visit in self.visits.values())):
            duck.execute(self._variables[name])

    def share_parameters(self, visit: "Session") -> None:
        """Gives this session's parameters to its session on another account, with what DuckDB knows of them."""
        visit.parameters, visit._variables = self.parameters, self._variables
        for sql in self._variables.values():
            visit.duck.execute(sql)

    @property
    def is_in_utc(self) -> bool:
        return TIMEZONE not in self._variables or "NULL" in self._variables[TIMEZONE]

    @contextmanager
    def scratch(self) -> Iterator[DuckDBPyConnection]:
        """Another DuckDB connection for a while: what it does is no part of the session's transaction."""
        scratch = self.duck.cursor()
        for sql in self._variables.values():
            scratch.execute(sql)
        self._scratches.append(scratch)
        try:
            yield scratch
        finally:
            self._scratches.remove(scratch)
            scratch.close()

    @property
    def roles(self) -> frozenset[str]:
        """Those whose privileges count: the current one, the secondary ones, and all that these have been granted.

        https://docs.snowflake.com/en/user-guide/security-access-control-overview#authorization-through-primary-role-and-secondary-roles
        """
        privileges = self.account.privileges
        secondary = privileges.roles_of_user(self.user) if self.has_secondary_roles else ()
        return privileges.below((self.role, *secondary))

    @property
    def asker(self) -> tuple[str, ...]:
        """Whose the session's answers are: the user's, those of a task its role's."""
        return (self.account.name, "ROLE", self.role) if self.in_task else (self.account.name, "USER", self.user)

    def result(self, query_id: str) -> Answer | None:
        """An earlier answer to the session's user, or to a task of its role; nobody sees those to others.

        https://docs.snowflake.com/en/sql-reference/functions/result_scan#usage-notes
        """
        kept = self.hosting.results.answer(query_id)
        ours = (self.asker, (self.account.name, "ROLE", self.role))
        return kept if kept is not None and kept.asked_by in ours else None

    def may_use(self, role: str) -> bool:
        """Whether the role has been granted to the session's user, or to a role of the user's."""
        privileges = self.account.privileges
        return role in privileges.below(privileges.roles_of_user(self.user))

    # The statement that runs

    @contextmanager
    def interruptible(self, allowed: bool = True) -> Iterator[None]:
        """What DuckDB does inside may be stopped from outside; what is done elsewhere is done to its end."""
        with self._guard:
            outer, self._interruptible = self._interruptible, allowed
        try:
            yield
        finally:
            with self._guard:
                self._interruptible = outer

    @property
    def statement(self) -> str:
        """The query id of the statement that runs."""
        return self.running[-1].query_id if self.running else ""

    def interrupt(self) -> None:
        """Stops what DuckDB does for the session now, where that is allowed; called from another thread."""
        with self._guard:
            if self._interruptible:
                for duck in (self.duck, *self._scratches, *(visit.duck for visit in self.visits.values())):
                    duck.interrupt()

    def check_running(self) -> None:
        """Raises if the statement that runs, or its request, has been cancelled, or if it is over its time."""
        if self.request_id is not None and self.request_id in self.cancelled:
            raise errors.cancelled()
        for entry in self.running:
            if entry.end is not None:
                raise entry.end()

    @property
    def has_compute(self) -> bool:
        """Whether a query has something to run on."""
        return self.is_serverless or self.warehouse is not None

    @property
    def statement_timeout(self) -> float:
        """Seconds that a statement may run: the lowest of the session's, the warehouse's and the task's; 0 is none.

        https://docs.snowflake.com/en/sql-reference/parameters#statement-timeout-in-seconds
        """
        warehouse = self.account.find("WAREHOUSE", (self.warehouse,)) if self.warehouse else None
        own, its = self.parameters.get(_TIMEOUT, 172800), warehouse.properties[_TIMEOUT] if warehouse else None
        seconds = min((float(str(limit)) for limit in (own, its, self.longest_run) if limit), default=604800.0)
        return int(seconds) if seconds.is_integer() else seconds

    # Its transaction

    def roll_back(self) -> None:
        """Undoes the open transaction, if there is one."""
        transaction, self.transaction = self.transaction, None
        if transaction is not None and transaction.database is not None:
            with self.interruptible(False), suppress(duckdb.TransactionException):  # a failed COMMIT has ended it
                self.duck.execute("ROLLBACK")
            self.locks.release(transaction.database)

    def abort_transaction(self) -> None:
        """Undoes the open transaction from outside. Its client is told by the next statement, and must roll back."""
        transaction = self.transaction
        self.roll_back()
        if transaction is not None and transaction.explicit:
            transaction.database, transaction.aborted = None, True
            self.transaction = transaction

    def abort_if_abandoned(self) -> bool:
        """Aborts the transaction, which blocks another, if its client is gone, or has been idle for five minutes.

        https://docs.snowflake.com/en/sql-reference/transactions#aborting-transactions
        """
        if self.running or self.transaction is None or not self.lock.acquire(blocking=False):
            return False
        try:
            now = time.monotonic()
            since = self.client_gone_since
            gone = since is not None and (now - since > SECONDS_TO_RETURN or self.client_has_ended())
            if self.running or not (gone or now - self.last_request > SECONDS_IDLE):
                return False
            self.abort_transaction()
            return True
        finally:
            self.lock.release()

    @property
    def in_transaction(self) -> bool:
        """Whether an explicit transaction is open."""
        return self.transaction is not None

    @property
    def autocommits(self) -> bool:
        return bool(self.parameters.get("AUTOCOMMIT", True))

    @property
    def lock_timeout(self) -> float:
        """Seconds to wait for another session's transaction."""
        return float(str(self.parameters.get("LOCK_TIMEOUT", 43200)))

    @contextmanager
    def locked(self, database: str, seconds: float | None = None) -> Iterator[None]:
        """Holds the write lock of a database, for a change that is no transaction's. Waits LOCK_TIMEOUT by default."""
        self.locks.acquire(database, self, self.lock_timeout if seconds is None else seconds)
        try:
            yield
        finally:
            self.locks.release(database)

    # Current objects

    def use_database(self, database: str) -> None:
        """Makes a database current, and its PUBLIC schema if it has one.

        Raises 002043 if there is no such database.
        https://docs.snowflake.com/en/sql-reference/sql/use-database
        """
        if self.account.find("DATABASE", (database,)) is None:
            raise errors.scope_does_not_exist()
        has_public = self.account.find("SCHEMA", (database, "PUBLIC")) is not None
        self._set_current(database, "PUBLIC" if has_public else None)

    def use_schema(self, path: Path) -> None:
        """Makes a schema, and the database it is in, current. Raises 002043 if there is no such schema."""
        database, schema = self.qualify_schema(path, "USE SCHEMA")
        if schema != "INFORMATION_SCHEMA" and self.account.find("SCHEMA", (database, schema)) is None:
            raise errors.scope_does_not_exist()
        self._set_current(database, schema)

    def _set_current(self, database: str | None, schema: str | None) -> None:
        self.database, self.schema = database, schema
        duck_schema = "_FS_INFORMATION_SCHEMA" if schema == "INFORMATION_SCHEMA" else schema
        if database in self.account.imported and duck_schema is not None:
            self.duck.execute(f"CREATE SCHEMA IF NOT EXISTS {duck_name((database, duck_schema))}")
        self.duck.execute(
            f"SET schema = {text_literal(duck_name((database, duck_schema or 'main')))}"
            if database
            else "USE memory.main"
        )

    def forget(self, kind: str, path: Path) -> None:
        """Leaves a database, schema, warehouse or role that has been dropped."""
        if kind == "DATABASE" and self.database == path[0]:
            self._set_current(None, None)
        elif kind == "SCHEMA" and (self.database, self.schema) == path:
            self._set_current(self.database, None)
        elif kind == "WAREHOUSE" and self.warehouse == path[0]:
            self.warehouse = None
        elif kind == "ROLE" and self.role == path[0]:
            self.role = PUBLIC

    def forget_dropped(self) -> None:
        """Leaves what is current and has been dropped by another session since."""
        for kind, path in (
            ("DATABASE", (self.database,)),
            ("SCHEMA", (self.database, self.schema)),
            ("WAREHOUSE", (self.warehouse,)),
        ):
            names = tuple(name for name in path if name is not None)
            if len(names) == len(path) and names[-1] != "INFORMATION_SCHEMA" and not self.account.find(kind, names):
                self.forget(kind, names)

    # Names

    def qualify(self, path: Path, command: str) -> Path:
        """Completes the name of a schema's object to (database, schema, name) from what is current.

        Raises 090105 or 090106 if what is missing is not current.
        https://docs.snowflake.com/en/sql-reference/name-resolution
        """
        if len(path) == 3:
            return path
        if len(path) == 2:
            return (self.current_database(command), *path)
        database = self.current_database(command)
        if not self.schema:
            raise errors.no_current_schema(command)
        return (database, self.schema, *path)

    def qualify_schema(self, path: Path, command: str) -> Path:
        """Completes the name of a schema to (database, schema)."""
        return path if len(path) == 2 else (self.current_database(command), *path)

    def current_database(self, command: str) -> str:
        if not self.database:
            raise errors.no_current_database(command)
        return self.database
