"""Serves an engine to any Snowflake client over HTTP on loopback."""

import asyncio
import hmac
import json
import re
import secrets
import threading
import time
import uuid
import zlib
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import anyio
from snowflake.connector.errors import Error
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from .. import errors
from ..account import HOSTED, USER
from ..account.privileges import PUBLIC
from ..engine import Engine
from ..language import binds
from ..language.several import split
from ..objects import users
from ..objects.parameters import for_statement, set_from_client
from ..pipeline.cursor import Cursor
from ..pipeline.statement_types import LOOKS
from ..session import Session
from ..session.hosting import account_named
from ..sql.duckdb_errors import translated
from ..staging.transfers import NOWHERE
from ..store.results import Answer
from . import transfers, wire
from .clients import Clients
from .loopback import Loopback
from .rows import client_of
from .traffic import Traffic
from .wire import Body

SECONDS_OF_SILENCE = 3.0
SECONDS_TO_ANSWER = 30.0
MOST_ANSWERS = 64

Endpoint = Callable[[Request], Awaitable[JSONResponse]]


@dataclass(frozen=True)
class Asked:
    """A request to run a statement, and the answer, for which it may still wait."""

    session: Session
    request_id: str | None
    answer: asyncio.Future[Body]


class Server:
    """The endpoints of Snowflake's protocol that its clients use, on one engine.

    Requests of one session run one after another; requests of different sessions side by side. `latency_ms` delays each
    request before it waits for its session, so that requests sent together overlap, as over a network.
    """

    def __init__(self, engine: Engine, token: str, latency_ms: int = 0) -> None:
        self._engine = engine
        self._login_token = token
        self._latency = latency_ms / 1000
        self._sessions: dict[str, Session] = {}
        self._asked: dict[str, Asked] = {}  # whose answers have not been fetched yet, by query id
        self.clients = Clients()
        self._lock = threading.Lock()
        routes = Starlette(
            routes=[
                Route("/session/v1/login-request", self._delayed(self._login), methods=["POST"]),
                Route("/session", self._delayed(self._session), methods=["POST"]),
                Route("/session/token-request", self._delayed(self._renew), methods=["POST"]),
                Route("/session/heartbeat", self._delayed(self._session), methods=["POST"]),
                Route("/queries/v1/query-request", self._delayed(self._query), methods=["POST"]),
                Route("/queries/v1/abort-request", self._delayed(self._abort_request), methods=["POST"]),
                Route("/queries/{query_id}/result", self._delayed(self._result)),
                Route("/queries/{query_id}/abort-request", self._delayed(self._abort_query), methods=["POST"]),
                Route("/telemetry/send", self._delayed(self._telemetry), methods=["POST"]),
                Route("/monitoring/queries/{query_id:path}", self._delayed(self._monitor)),
                Route("/emulator/depth/{session_id}", self._depth),
                Route("/emulator/traffic", self._traffic),
                Route("/emulator/results/{form}/{query_id}/{token}/{index:int}", self._chunk),
                *transfers.routes(engine.hosting.storage),
                Route(NOWHERE, _nowhere, methods=["GET", "PUT"]),
                Route("/api/v2/{rest:path}", _rest, methods=["GET", "POST", "PUT", "DELETE"]),
            ]
        )
        self.app = Traffic(routes)
        self.served = Loopback(self.app)

    def busy_sessions(self) -> int:
        """The sessions that have not logged out and have sent something within the last seconds."""
        silent_since = time.monotonic() - SECONDS_OF_SILENCE
        return sum(1 for session in list(self._sessions.values()) if session.last_request > silent_since)

    def _delayed(self, endpoint: Endpoint) -> Endpoint:
        async def delayed(request: Request) -> JSONResponse:
            if self._latency:
                await anyio.sleep(self._latency)
            return await endpoint(request)

        return delayed

    async def _login(self, request: Request) -> JSONResponse:
        data = (await _read(request)).get("data")
        if not isinstance(data, dict) or not isinstance(account := data.get("ACCOUNT_NAME"), str):
            raise HTTPException(400)
        parameters = data.get("SESSION_PARAMETERS") or {}
        if not isinstance(parameters, dict):
            raise HTTPException(400)
        if not self._is_login_token(str(data.get("PASSWORD"))):
            return JSONResponse(wire.failure(errors.wrong_password()))
        url = str(request.base_url).rstrip("/")
        return await run_in_threadpool(self._open_session, account, data, parameters, dict(request.query_params), url)

    def _is_login_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._login_token.encode())

    def _open_session(
        self, account: str, data: Body, parameters: dict[str, Any], query: dict[str, str], url: str
    ) -> JSONResponse:
        name = account_named(account)
        if name is None:
            return JSONResponse(wire.failure(errors.account_not_hosted(account, HOSTED)))
        try:
            with ExitStack() as undone:
                session = self._engine.hosting.engine(name).open_session()
                undone.callback(session.close)
                session.url, session.client = url, client_of(data)
                for name, value in parameters.items():
                    set_from_client(session, name.upper(), value)
                _sign_in(session, str(data.get("LOGIN_NAME", "")).upper())
                _set_current(session, query)
                undone.pop_all()
        except Error as error:
            return JSONResponse(wire.failure(error))
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions[token] = session
        return JSONResponse(wire.login(session, token))

    def _session_of(self, request: Request) -> Session | None:
        """The session whose token the request has."""
        session = self._sessions.get(_token(request))
        if session is not None and request.client is not None:
            self.clients.sends((request.client.host, request.client.port), session)
        return session

    async def _session(self, request: Request) -> JSONResponse:
        token = _token(request)
        if token not in self._sessions:
            return _login_again()
        if request.query_params.get("delete"):
            with self._lock:
                session = self._sessions.pop(token)
            await run_in_threadpool(session.close)
        return JSONResponse(wire.acknowledged())

    async def _renew(self, request: Request) -> JSONResponse:
        """Answers a client that was told, on its way here, that its token has expired: tokens do not expire here."""
        token = _token(request)
        session = self._sessions.get(token)
        return _login_again() if session is None else JSONResponse(wire.renewed(session, token))

    async def _telemetry(self, request: Request) -> JSONResponse:
        return JSONResponse(wire.acknowledged())

    async def _abort_request(self, request: Request) -> JSONResponse:
        """Ends the statement of one of the session's requests, which may not have begun: a `timeout`, or Ctrl-C."""
        session = self._session_of(request)
        if session is None:
            return _login_again()
        request_id = (await _read(request)).get("requestId")
        session.cancelled.append(request_id)
        session.history.running.cancel(lambda entry: entry.session is session and session.request_id == request_id)
        return JSONResponse(wire.acknowledged())

    async def _abort_query(self, request: Request) -> JSONResponse:
        """Ends a statement by its query id: of the session's user, or of those whose statements it may end."""
        session = self._session_of(request)
        if session is None:
            return _login_again()
        query_id = request.path_params["query_id"]
        asked = self._asked.get(query_id)
        is_waiting = asked is not None and not asked.answer.done() and asked.session.asker == session.asker
        if asked is not None and is_waiting:  # it may not have begun
            asked.session.cancelled.append(asked.request_id)
        try:
            if session.history.running.cancel_for(session, lambda entry: entry.query_id == query_id) or is_waiting:
                return JSONResponse(wire.acknowledged())
        except Error as error:
            return JSONResponse(wire.failure(error))
        return JSONResponse(wire.failure(errors.not_executing()))

    async def _result(self, request: Request) -> JSONResponse:
        """The answer of a statement that ran on when its client asked last, of one of several, or of an earlier one."""
        session = self._session_of(request)
        if session is None:
            return _login_again()
        query_id = request.path_params["query_id"]
        if (asked := self._asked.get(query_id)) is not None and asked.session.asker == session.asker:
            return await self._answered(query_id)
        return JSONResponse(await run_in_threadpool(_kept, session, query_id))

    async def _monitor(self, request: Request) -> JSONResponse:
        """How far a statement is."""
        session = self._session_of(request)
        if session is None:
            return _login_again()
        query_id = request.path_params["query_id"].lstrip("/")  # connector 5 writes two
        asked = self._asked.get(query_id)
        if asked is None or asked.session.asker != session.asker:
            return JSONResponse(await run_in_threadpool(_outcome, session, query_id))
        return JSONResponse(
            _outcome_of(query_id, asked.answer.result()) if asked.answer.done() else wire.status(query_id, "RUNNING")
        )

    async def _chunk(self, request: Request) -> Response:
        """A part of a large result, for whoever has been told its address."""
        found = request.path_params
        result = self._engine.hosting.results.spilled(found["query_id"], found["token"])
        if result is None or found["index"] >= len(result.batch_rows):
            return Response(status_code=404)
        return Response(await run_in_threadpool(wire.chunk, result, found["index"], found["form"]))

    async def _depth(self, request: Request) -> JSONResponse:
        """How deep a session's statements went: not Snowflake's, for the setup's summary line."""
        if _token(request) not in self._sessions:
            return _login_again()
        return JSONResponse(
            await run_in_threadpool(self._engine.history.depth_of_session, request.path_params["session_id"])
        )

    async def _traffic(self, request: Request) -> JSONResponse:
        """What clients have sent so far: not Snowflake's, for the tests that hold how much setup sends."""
        if not self._is_login_token(request.headers.get("Authorization", "").removeprefix("Bearer ")):
            raise HTTPException(403)
        traffic = self.app
        return JSONResponse(
            {"requests": traffic.requests, "connections": len(traffic.connections), "under_way": traffic.under_way}
        )

    async def _query(self, request: Request) -> JSONResponse:
        session = self._session_of(request)
        if session is None:
            return _login_again()
        body = await _read(request)
        if not isinstance(body.get("sqlText"), str) or not wire.are_bindings(body.get("bindings")):
            raise HTTPException(400)
        self._end_at_once(session, body["sqlText"])
        request_id, query_id = request.query_params.get("requestId"), str(uuid.uuid4())
        answer = asyncio.ensure_future(run_in_threadpool(_answer, session, request_id, query_id, body))
        self._asked[query_id] = Asked(session, request_id, answer)
        if body.get("asyncExec"):
            done = [old for old, asked in self._asked.items() if asked.answer.done()]
            for old in done[:-MOST_ANSWERS]:
                del self._asked[old]
            return JSONResponse(wire.in_progress(query_id, detached=True))
        return await self._answered(query_id)

    def _end_at_once(self, session: Session, sql: str) -> None:
        """Ends what a session runs itself, if the statement asks for that: it would get its turn only afterwards."""
        if (asks := _CANCEL.fullmatch(sql)) is None:
            return
        under_way = {
            query_id: asked.request_id
            for query_id, asked in self._asked.items()
            if asked.session is session and not asked.answer.done()
        }
        meant = under_way if asks["all"] and asks["id"] == session.id else under_way.keys() & {asks["id"]}
        session.cancelled.extend(under_way[query_id] for query_id in meant)
        session.ended.update(meant)
        session.history.running.cancel(lambda entry: entry.query_id in meant)

    async def _answered(self, query_id: str) -> JSONResponse:
        """The answer, or after a while where to ask for it, since clients wait a minute at most.

        https://github.com/snowflakedb/snowflake-connector-python (network.py: QUERY_IN_PROGRESS_CODE)
        """
        answer = self._asked[query_id].answer
        await asyncio.wait({answer}, timeout=SECONDS_TO_ANSWER)
        if not answer.done():
            return JSONResponse(wire.in_progress(query_id))
        self._asked.pop(query_id, None)
        return JSONResponse(answer.result())


_CANCEL = re.compile(
    r"\s*SELECT\s+SYSTEM\$CANCEL_(?P<all>ALL_)?QUER(?:Y|IES)\('?(?P<id>[\w-]+)'?\)[\s;]*", re.IGNORECASE
)


def _sign_in(session: Session, name: str) -> None:
    """Makes the session one of the user's, with what is the user's by default; an unknown name is the presenter's.

    Raises 390101 for a user who is disabled.

    https://docs.snowflake.com/en/sql-reference/sql/create-user
    """
    account = session.account
    user = users.of_login(account, name)
    if user is not None and user.properties.get(users.DISABLED):
        raise errors.user_disabled()
    if user is None or user.name == USER:
        return
    session.user, session.role = user.name, str(user.properties[users.ROLE] or PUBLIC)
    session.has_secondary_roles = user.properties[users.SECONDARY_ROLES] == ["ALL"]
    if (warehouse := user.properties[users.WAREHOUSE]) and account.find("WAREHOUSE", (str(warehouse),)):
        session.warehouse = str(warehouse)
    if namespace := user.properties.get(users.NAMESPACE):
        _set_namespace(session, *str(namespace).split("."))


def _set_namespace(session: Session, database: str, schema: str = "") -> None:
    """Makes a database, and a schema of it, current; one that is not there is passed over."""
    if database and session.account.find("DATABASE", (database,)):
        session.use_database(database)
        if schema and session.account.find("SCHEMA", (database, schema)):
            session.use_schema((database, schema))


def _set_current(session: Session, query: dict[str, str]) -> None:
    """Makes current what the client names at login; a name that does not exist is passed over, as Snowflake does.

    Raises 390189 for a role that the user has not, and 390186 if that is the user's own where none is named.

    https://docs.snowflake.com/en/sql-reference/sql/use-database#usage-notes
    """
    account = session.account
    if (role := query.get("roleName", "").upper()) and account.find("ROLE", (role,)):
        if not session.may_use(role):
            raise errors.role_not_granted(role)
        session.role = role
    elif not session.may_use(session.role):
        raise errors.default_role_not_granted(session.role)
    if (warehouse := query.get("warehouse", "").upper()) and account.find("WAREHOUSE", (warehouse,)):
        session.warehouse = warehouse
    _set_namespace(session, query.get("databaseName", "").upper(), query.get("schemaName", "").upper())


def _answer(session: Session, request_id: str | None, query_id: str, body: Body) -> Body:
    """Runs one request's statement while no other of its session runs.

    A client that lost the answer, or has given up waiting for it, asks again under the same id: it runs once.
    """
    with session.lock:
        session.last_request = time.monotonic()
        session.request_id = request_id
        session.is_commit_skipped = _statement_parameter(body, "SNOWPARK_SKIP_TXN_COMMIT_IN_DDL") is True
        try:
            with for_statement(session, body.get("parameters")):
                return dict(session.changes).get(request_id) or _run(session, request_id, query_id, body)
        except Error as error:
            return _failed(session, body, error)
        except Exception as error:  # a client would repeat a request that ends in HTTP 500
            return _failed(session, body, translated(error))
        finally:
            session.request_id, session.is_commit_skipped = None, False
            session.last_request = time.monotonic()


def _run(session: Session, request_id: str | None, query_id: str, body: Body) -> Body:
    sql, cursor = body["sqlText"], Cursor(session, query_id)
    parameters, batch = wire.read_bindings(body.get("bindings"))
    if _is_put(sql) and "?" in sql:  # whose values a client does not send again when it asks for the place of each file
        parameters = session.put_values = parameters or session.put_values
    if body.get("describeOnly"):
        columns = cursor.describe_columns(sql, parameters)
        told = Answer(query_id, cursor.statement_type_id, columns, never_null=cursor.never_null)
        return wire.description(session, told, sql.count("?"))
    statements, wanted = split(sql), _wanted_count(session, body)
    if wanted not in (0, len(statements)):
        raise errors.statement_count(len(statements), wanted)
    if len(statements) > 1:
        if batch:
            raise errors.not_emulated("rows of values bound to several statements in one text")
        answer = _run_several(session, query_id, statements, parameters)
    elif batch:
        answer = wire.result(session, cursor.execute_batch(sql, batch).answer())
    else:
        answer = wire.result(session, cursor.execute(sql, parameters).answer())
    if request_id and cursor.statement_type_id not in LOOKS:
        session.changes.append((request_id, answer))
    return answer


def _statement_parameter(body: Body, name: str) -> object:
    """A parameter that a client has sent with one statement."""
    sent = body.get("parameters")
    return sent.get(name) if isinstance(sent, dict) else None


def _wanted_count(session: Session, body: Body) -> int:
    """How many statements the client says that it sends; 0 is any number.

    https://docs.snowflake.com/en/sql-reference/parameters#multi-statement-count
    """
    count = _statement_parameter(body, "MULTI_STATEMENT_COUNT")
    if count is None:
        count = session.parameters.get("MULTI_STATEMENT_COUNT", 1)
    return int(str(count)) if str(count).isdigit() else 1


def _run_several(session: Session, query_id: str, statements: list[str], bound: Any) -> Body:
    """Runs one after another, up to the first that fails; the client asks for their answers by their ids.

    https://docs.snowflake.com/en/developer-guide/python-connector/python-connector-example#executing-multiple-statements
    """
    shares = binds.shares(statements, bound)
    session.parts.clear()
    answers = []
    for sql, share in zip(statements, shares, strict=True):
        answer = Cursor(session).execute(sql, share).answer()
        session.parts[answer.query_id] = wire.result(session, answer)
        answers.append(answer)
    session.hosting.results.keep(wire.answer_of_several(session, query_id))
    session.parts[query_id] = told = wire.several(session, query_id, answers)
    return told


def _kept(session: Session, query_id: str) -> Body:
    """What one of several statements has answered, once, or one of the session's last ones."""
    part = session.parts.pop(query_id, None)
    if part is not None:
        return part
    answer = session.result(query_id)
    return wire.failure(errors.no_result(query_id)) if answer is None else wire.result(session, answer)


def _outcome(session: Session, query_id: str) -> Body:
    found = session.history.outcome(session, query_id)
    return wire.failure(errors.no_result(query_id)) if found is None else wire.status(query_id, *found)


def _outcome_of(query_id: str, answer: Body) -> Body:
    if answer["success"]:
        return wire.status(query_id, "SUCCESS")
    return wire.status(query_id, "FAILED_WITH_ERROR", answer["code"], answer["message"])


async def _nowhere(request: Request) -> Response:
    return PlainTextResponse("The PUT was refused.", status_code=422)


async def _rest(request: Request) -> JSONResponse:
    """Refuses the REST API by name: Snowflake CLI takes an address that is not there for a database that is not.

    https://docs.snowflake.com/en/developer-guide/snowflake-rest-api/snowflake-rest-api
    """
    error = errors.not_emulated(f"the REST API ({request.method} {request.url.path})")
    return JSONResponse(wire.failure(error), status_code=422)


def _failed(session: Session, body: Body, error: Error) -> Body:
    """A failure; that of a PUT says where its file may be sent, and that is nowhere.

    A client asks for the place of each file by another PUT, passes over its failure, and would ask a public host then.
    """
    answer = wire.failure(error)
    if _is_put(body["sqlText"]):
        answer["data"] |= {"stageInfo": {"presignedUrl": f"{session.url}{NOWHERE}"}}
    return answer


def _is_put(sql: str) -> bool:
    return sql.lstrip()[:3].upper() == "PUT"


MOST_BYTES = 256_000_000  # of a request, unpacked


async def _read(request: Request) -> Body:
    """A request's JSON object. Ends the request with 400 for what is none, and with 413 for more than the limit."""
    packed = bytearray()
    async for chunk in request.stream():
        packed += chunk
        if len(packed) > MOST_BYTES:
            raise HTTPException(413)
    try:
        body = _unpacked(bytes(packed)) if request.headers.get("Content-Encoding") == "gzip" else bytes(packed)
        read: Body = json.loads(body)
        if rb"\ud" in body.lower():  # half of a surrogate pair, which no answer and no file can hold, is no Unicode
            json.dumps(read, ensure_ascii=False).encode()
    except (ValueError, zlib.error, RecursionError):
        raise HTTPException(400) from None
    if not isinstance(read, dict):
        raise HTTPException(400)
    return read


def _unpacked(packed: bytes) -> bytes:
    unpacking = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    body = unpacking.decompress(packed, MOST_BYTES)
    if unpacking.unconsumed_tail:
        raise HTTPException(413)
    if not unpacking.eof:
        raise HTTPException(400)
    return body


def _token(request: Request) -> str:
    """The session's token out of `Authorization: Snowflake Token="..."`."""
    return request.headers.get("Authorization", "").removeprefix('Snowflake Token="').removesuffix('"')


def _login_again() -> JSONResponse:
    return JSONResponse(
        {
            "data": None,
            "code": "390104",
            "message": "User must login again to access the service.",
            "success": False,
        }
    )
