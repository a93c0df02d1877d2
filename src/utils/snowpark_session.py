"""Opens the Snowpark session, on an account or on the emulator; the only module that knows of the emulator."""

import json
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from src.config import ConfigError
from src.emulator import SERVES, SERVICE_NAME, Listener, listener

from .arguments import checked
from .connections import Target, resolve_target
from .connector import without_collections
from .errors import DemoError, InputError
from .hints import typed
from .next_steps import next_step
from .patience import Patience, no_trouble
from .program import held
from .secrets import redact
from .sql import identifier

if TYPE_CHECKING:
    from snowflake.connector import SnowflakeConnection
    from snowflake.snowpark import Session

__all__ = [
    "Depth",
    "OpenSession",
    "Target",
    "context",
    "error_number",
    "explain",
    "open_session",
    "opened_before",
    "outcome",
    "resolve_target",
]

Served = TypeVar("Served")

APPLICATION = "DataEngDemo"
LOGIN_SECONDS = 30
# One opens the session and one closes it, where the connection signs in with what it holds.
SESSION_REQUESTS = 2
NETWORK_SECONDS = 120
# An emulator that does not answer on loopback has been killed, and will not come back where it was.
EMULATOR_SECONDS = 10
WATCH_SECONDS = 1.0


@dataclass(frozen=True)
class Depth:
    """How many statements the emulator executed, and how many it only recorded."""

    executed: int
    recorded: int


@dataclass(frozen=True)
class OpenSession:
    """A session, where it is, and how deep its statements went (None on an account: all the way).

    The target knows by now whether a connection to this machine leads to an emulator.
    """

    session: "Session"
    target: Target
    depth: Callable[[], Depth | None]

    @property
    def role(self) -> str:
        """What it works as, by the name that is stored; "" where it has no role."""
        return role_name(self.session.connection.role)


@contextmanager
def open_session(target: Target, *, query_tag: str) -> Iterator[OpenSession]:
    """Opens the target and closes it at the end. Raises DemoError that says what failed and what to do next."""
    with ExitStack() as stack:
        if target.active and target.role is not None:
            raise InputError("The session that Snowflake has opened here keeps its role. Leave --role out.")
        if target.active:
            yield OpenSession(stack.enter_context(_active_session(query_tag)), target, lambda: None)
            return
        with without_collections():
            parameters = _common_parameters(query_tag)
            if not target.unhurried:
                parameters["login_timeout"] = LOGIN_SECONDS
            if target.emulated:
                added, listener = _start_emulator(stack)
            else:
                added, listener = _named_connection(target)
            if listener is not None:
                stack.enter_context(_watched(listener))
            if target.role is not None:
                added |= {"role": target.role}
            session = stack.enter_context(_session(target, parameters | added))
            _check_role(session.connection, target)
            if listener is not None and serves_emulator(session.connection):
                target, listener.role = replace(target, emulated=True), SERVES
        yield OpenSession(session, target, lambda: _depth(session.connection) if target.emulated else None)


def opened_before(session: "Session") -> OpenSession:
    """A session that somebody else has opened, and closes; how deep its statements go is counted from here."""
    connection = session.connection
    if not serves_emulator(connection):
        return OpenSession(session, Target("session", False, ""), lambda: None)
    before = _depth(connection)

    def since() -> Depth | None:
        now = _depth(connection)
        return now and before and Depth(now.executed - before.executed, now.recorded - before.recorded)

    return OpenSession(session, Target("session", True, ""), since)


@contextmanager
def _active_session(query_tag: str) -> Iterator["Session"]:
    """The session of a worksheet, a notebook or a Streamlit app, with our query tag; it stays open, as it was.

    https://docs.snowflake.com/en/developer-guide/snowpark/reference/python/latest/snowpark/api/snowflake.snowpark.context.get_active_session
    """
    from snowflake.snowpark.context import get_active_session

    try:
        session = get_active_session()
    except client_errors() as error:
        raise DemoError(f"{explain(error)} Pass --connection_name.") from None
    before = session.query_tag
    _tag(session, query_tag)
    try:
        with context(session):
            yield session
    finally:
        _tag(session, before)


@checked
@contextmanager
def context(
    session: "Session",
    *,
    role: str | None = None,
    warehouse: str | None = None,
    database: str | None = None,
    schema: str | None = None,
) -> Iterator[None]:
    """Makes a role, a warehouse, a database and a schema the session's current ones, and puts back what was before.

    Names are as Snowflake keeps them: `LOAD_WH`. What was before is put back also after an error, and also where the
    block itself has sent a USE; what costs a request is what differs. Where nothing was current before, the new one
    stays: USE takes nothing away. Raises DemoError for what cannot be used. The threads of a session share its context.
    https://docs.snowflake.com/en/sql-reference/sql/use
    """
    before = _current(session)
    try:
        # USE DATABASE makes its PUBLIC the current schema, and what a name leads to depends on the role.
        for kind, name in {"role": role, "warehouse": warehouse, "database": database, "schema": schema}.items():
            if name is not None:
                _use_one(session, kind, identifier(name))
        yield
    except BaseException:
        with suppress(DemoError):
            _restore(session, before)
        raise
    _restore(session, before)


def _use_one(session: "Session", kind: str, name: str) -> None:
    try:
        session.sql(f"USE {kind.upper()} {name}").collect()
    except client_errors() as error:
        raise DemoError(f"The {kind} {name} cannot be used. {explain(error)}") from error


def _restore(session: "Session", before: dict[str, str | None]) -> None:
    """One that cannot be put back does not keep the others from it."""
    failures = []
    for kind, name in before.items():
        if name is not None and _current(session)[kind] != name:
            try:
                _use_one(session, kind, name)
            except DemoError as error:
                failures.append(error)
    if failures:
        raise failures[0]


def _current(session: "Session") -> dict[str, str | None]:
    """What is current, as SQL writes it: Snowflake says so beside each answer, and nothing is asked."""
    return {
        "role": session.get_current_role(),
        "warehouse": session.get_current_warehouse(),
        "database": session.get_current_database(),
        "schema": session.get_current_schema(),
    }


def _check_role(connection: "SnowflakeConnection", target: Target) -> None:
    """Raises DemoError if the login has passed over the role: all would be made as another."""
    if target.role is not None and role_name(connection.role) != role_name(target.role):
        raise DemoError(
            f'Role {target.role} cannot be used on "{target.connection_name}": it does not exist, or is not granted to '
            f"the user, whose session has {connection.role}. Pass another --role, or have it granted."
        )


def role_name(written: str | None) -> str:
    """The name of a role as it is stored: SQL and the connector write one that needs quotes with them."""
    text = (written or "").strip()
    return text[1:-1].replace('""', '"') if text[:1] == text[-1:] == '"' != text else text.upper()


def _tag(session: "Session", query_tag: str | None) -> None:
    """A Streamlit app runs with its owner's rights, which do not reach to ALTER SESSION: it goes without a tag."""
    with suppress(*client_errors()):
        session.query_tag = query_tag or ""


@contextmanager
def _session(target: Target, parameters: dict[str, Any]) -> Iterator["Session"]:
    """A Snowpark session on a connection of ours.

    https://docs.snowflake.com/en/developer-guide/snowpark/reference/python/latest/snowpark/api/snowflake.snowpark.Session
    """
    with held():
        from snowflake.snowpark import Session

    connection = _connect(target, parameters)
    session: Session = Session.builder.configs({"connection": connection}).create()
    session.telemetry_enabled = False
    try:
        yield session
    finally:
        # If the request fails, Snowflake ends the session when it has been idle for a while; what was done is done.
        with suppress(*client_errors()):
            # Nothing is under way: closing the connection first spares the two requests with which Snowpark cancels it.
            connection.close()
            session.close()


def _common_parameters(query_tag: str) -> dict[str, Any]:
    return {
        "application": APPLICATION,
        "backoff_policy": Patience(NETWORK_SECONDS).policy,
        "session_parameters": {
            "QUERY_TAG": query_tag,
            # Without it, the threads that share a Snowpark session share a cursor and lose results.
            "PYTHON_SNOWPARK_ENABLE_THREAD_SAFE_SESSION": True,
        },
        # Which cloud this machine runs in is told to telemetry alone, and finding out takes up to 0.2 s.
        "platform_detection_timeout_seconds": 0,
    }


def serves_emulator(connection: "SnowflakeConnection") -> bool:
    """Whether the other end has said at login that it is the emulator, and no way through to an account."""
    return getattr(connection, "service_name", None) == SERVICE_NAME  # the connection inside Snowflake has none


def _named_connection(target: Target) -> tuple[dict[str, Any], Listener | None]:
    """A connection of connections.toml, and the process that it leads to if that is on this machine.

    Raises DemoError if nothing listens there, or what does is stopped.
    """
    named = {"connection_name": target.connection_name}
    if target.port is None:
        return named, None
    listening = listener(target.port)
    if listening is None:
        serve = typed(f"python -m src.emulator serve --port {target.port}", connected=False)
        raise DemoError(
            f'Nothing listens on port {target.port} of this machine, where connection "{target.connection_name}" '
            f"leads. If that is the emulator, start it: {serve}; or pass --connection_name local."
        )
    if trouble := listening.trouble():
        raise DemoError(f"{trouble} Continue it or end it, then run the command again.")
    _pass_by_proxies("127.0.0.1")
    _pass_by_proxies("localhost")
    return named | {"backoff_policy": Patience(NETWORK_SECONDS, trouble=listening.trouble).policy}, listening


@contextmanager
def _watched(listener: Listener) -> Iterator[None]:
    """Says on stderr that the process has been stopped: what waits for its answer goes on when it is continued."""
    over = threading.Event()

    def watch() -> None:
        told = False
        while not over.wait(WATCH_SECONDS):
            stopped = listener.is_stopped()
            if stopped and not told:
                print(f"{listener.trouble()} Until then this command waits.", file=sys.stderr, flush=True)
            told = stopped

    threading.Thread(target=watch, name="watch", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _start_emulator(stack: ExitStack) -> tuple[dict[str, Any], Listener | None]:
    with held():
        from src.emulator import StateError, emulator, options_of_environment, state_folder

    try:
        address = stack.enter_context(_held(emulator(state_folder(), options=options_of_environment())))
    except StateError as error:
        raise DemoError(str(error)) from None
    # Nothing leaves the machine: no certificate checks, no proxy.
    _pass_by_proxies(address.parameters["host"])
    patience = Patience(EMULATOR_SECONDS, trouble=address.listener.trouble if address.listener else no_trouble)
    return address.parameters | {"disable_ocsp_checks": True, "backoff_policy": patience.policy}, address.listener


@contextmanager
def _held(serving: AbstractContextManager[Served]) -> Iterator[Served]:
    """DuckDB makes anything of an exception in the middle of its start or its end: an error of its own, or an abort."""
    with held():
        address = serving.__enter__()
    try:
        yield address
    finally:
        with held():
            serving.__exit__(*sys.exc_info())


def _pass_by_proxies(host: str) -> None:
    """Tells this process not to ask a proxy for the host; the connector's own no_proxy does not outdo HTTP_PROXY."""
    for name in ("NO_PROXY", "no_proxy"):
        known = os.environ.get(name, "")
        if host not in known.split(","):
            os.environ[name] = f"{known},{host}" if known else host


def _connect(target: Target, parameters: dict[str, Any]) -> "SnowflakeConnection":
    from snowflake.connector import connect

    try:
        connection = connect(**parameters)
    # The connector checks few of its parameters: a wrong one from a file ends in whatever Python makes of it.
    except Exception as error:
        raise DemoError(f'Cannot connect with "{target.connection_name}". {explain(error)}') from None
    # What the connector tells of its use would be one more request before the session can end.
    connection.telemetry_enabled = False
    return connection


def _depth(connection: "SnowflakeConnection") -> Depth | None:
    import urllib.request  # with it come http and email, which a --help has no use for

    url = f"http://{connection.host}:{connection.port}/emulator/depth/{connection.session_id}"
    token = connection.rest.token if connection.rest else ""
    request = urllib.request.Request(url, headers={"Authorization": f'Snowflake Token="{token}"'})
    try:
        with urllib.request.urlopen(request, timeout=1) as answer:
            return Depth(**json.load(answer))
    except OSError:  # it has been killed, which the statements have told
        return None


def explain(error: BaseException, sql: str = "", role: str = "") -> str:
    """What failed, in one paragraph without secrets, and the next step where one is known.

    `sql` is the statement that failed, and `role` what it was sent as: by them a refusal names the missing privilege.
    """
    fact = redact(" ".join(redact(str(getattr(error, "message", None) or error)).split()))
    step = next_step(fact, sql, role)
    return f"{fact.rstrip('.')}. {step}" if step else fact


def error_number(error: BaseException) -> int | None:
    """Snowflake's number of an error, wherever Snowpark and the connector keep it."""
    if isinstance(error, OSError):
        return 250003
    number: int | None = getattr(error, "sql_error_code", getattr(error, "errno", None))
    leading = re.match(r"\(?(\d{6})\b", str(error))
    return int(leading[1]) if number in (None, -1) and leading else number


def client_errors() -> tuple[type[Exception], ...]:
    """What Snowpark, the connector and the network below them raise."""
    from snowflake.connector.errors import Error
    from snowflake.snowpark.exceptions import SnowparkClientException

    return (Error, OSError, SnowparkClientException)


def outcome(error: BaseException) -> tuple[str, int]:
    """What a command says of the error that ended it, and its exit code."""
    if isinstance(error, ConfigError):
        mended = "" if error.field.startswith("--") else " Fix config.py or --prefix."
        return f"{error}{mended}", InputError.exit_code
    if isinstance(error, DemoError):
        return str(error), error.exit_code
    return f"{type(error).__name__}: {redact(str(error))}. Run with --verbose to see where.", DemoError.exit_code
