"""The bodies of Snowflake's wire protocol: login, results and errors, as the connectors read them."""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
from fakesnow.converter import from_binding
from fakesnow.statement_type import INSERT, SELECT
from fakesnow.transforms import SERVER_VERSION
from snowflake.connector.errors import Error

from .. import errors
from ..language.result import TEXT, Columns, Result
from ..objects.parameters import session_parameter
from ..objects.session_parameters import TOLD
from ..pipeline.statement_types import SEVERAL
from ..session import Session
from ..sql import types
from ..store.results import Answer, Spilled
from . import rows
from .processes import SERVICE_NAME

Body = dict[str, Any]


def login(session: Session, token: str) -> Body:
    return _success(
        {
            "token": token,
            "masterToken": token,
            "serverVersion": SERVER_VERSION,
            "sessionId": int(session.id),
            "parameters": [
                {"name": "SERVICE_NAME", "value": SERVICE_NAME},
                {"name": "AUTOCOMMIT", "value": session.parameters.get("AUTOCOMMIT", True)},
                {"name": "CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY", "value": 3600},
                # Above it clients would send values as a file; 0 means never to some, and always to Node.
                {"name": "CLIENT_STAGE_ARRAY_BINDING_THRESHOLD", "value": 2**31 - 1},
                {"name": "CLIENT_TELEMETRY_ENABLED", "value": False},
                # Without it, threads that share a Snowpark session share a cursor and lose results.
                {"name": "PYTHON_SNOWPARK_ENABLE_THREAD_SAFE_SESSION", "value": True},
                *_told(session),
            ],
            "sessionInfo": {
                "databaseName": session.database,
                "schemaName": session.schema,
                "warehouseName": session.warehouse,
                "roleName": session.role,
            },
        }
    )


def _told(session: Session) -> list[Body]:
    """The parameters that clients act on when they show a value."""
    values = {name: session_parameter(session, name) for name in TOLD}
    if session.is_in_utc:
        values["TIMEZONE"] = "Etc/UTC"
    return [{"name": name, "value": value} for name, value in values.items()]


def renewed(session: Session, token: str) -> Body:
    return _success({"sessionToken": token, "masterToken": token, "sessionId": int(session.id)})


def _success(data: Body | None) -> Body:
    return {"data": data, "code": None, "message": None, "success": True}


def acknowledged() -> Body:
    return _success(None)


def in_progress(query_id: str, *, detached: bool = False) -> Body:
    """The statement is running: where its answer is to be asked for. `detached` if its client did not want to wait."""
    told = {"queryId": query_id, "getResultUrl": f"/queries/{query_id}/result", "queryAbortsAfterSecs": 604800}
    code, message = ("333334", "detached") if detached else ("333333", "in progress")
    return _success(told) | {"code": code, "message": f"Query execution {message}."}


def failure(error: Error) -> Body:
    """A Snowflake error. Sent with HTTP 200: a client repeats a request that HTTP says has failed."""
    code = f"{error.errno:06d}"
    return {
        "data": {"errorCode": code, "sqlState": error.sqlstate, "queryId": error.sfqid},
        "code": code,
        "message": error.raw_msg or error.msg,
        "success": False,
    }


def result(session: Session, answer: Answer) -> Body:
    """The answer of a statement. What is no query has its rows in JSON, whatever the client reads those in."""
    if answer.transfer is not None:
        return _success({**answer.transfer, "queryId": answer.query_id})
    form = rows.form(session) if answer.statement_type_id == SELECT else "json"
    if answer.spilled is not None:
        sent = _first_chunk(session, answer.query_id, answer.spilled, form)
    else:
        sent = _rows(answer.held, answer.columns, form)
        sent["returned"] = answer.held.num_rows if answer.held is not None else 0
    return _success(_described(session, answer) | {"total": sent["returned"]} | sent)


def _rows(arrow: pa.Table | None, columns: Columns, form: rows.Form) -> Body:
    if form == "arrow":
        base64 = rows.as_base64(arrow, columns) if arrow is not None else ""
        return {"queryResultFormat": "arrow", "rowsetBase64": base64}
    return {"queryResultFormat": "json", "rowset": rows.as_texts(arrow, columns) if arrow is not None else []}


def _first_chunk(session: Session, query_id: str, spilled: Spilled, form: rows.Form) -> Body:
    """The first rows of a large result, and where the client finds the others."""
    chunks = [
        {
            "url": f"{session.url}/emulator/results/{form}/{query_id}/{spilled.token}/{index}",
            "rowCount": count,
            "uncompressedSize": spilled.size * count // sum(spilled.batch_rows),
            "compressedSize": spilled.size * count // sum(spilled.batch_rows),
        }
        for index, count in enumerate(spilled.batch_rows)
    ]
    first = _rows(spilled.batch(0), spilled.columns, form)
    return first | {"returned": sum(spilled.batch_rows), "chunks": chunks[1:]}


def chunk(spilled: Spilled, index: int, form: str) -> bytes:
    """A part of a large result, in the form that its first part had."""
    write = rows.as_chunk if form == "json" else rows.as_arrow
    return bytes(write(spilled.batch(index), spilled.columns))


_OF_SEVERAL = Result([("multiple statement execution", TEXT)], [("Multiple statements executed successfully.",)])


def answer_of_several(session: Session, query_id: str) -> Answer:
    """What RESULT_SCAN reads of several statements in one text: the connector looks there before it asks for theirs."""
    return Answer(query_id, SEVERAL, _OF_SEVERAL.columns, _OF_SEVERAL.arrow(), asked_by=session.asker)


def several(session: Session, query_id: str, parts: Sequence[Answer]) -> Body:
    """The answer to several statements in one text: where the client finds theirs."""
    return _success(
        _described(session, answer_of_several(session, query_id))
        | {"queryResultFormat": "json", "rowset": [[_OF_SEVERAL.rows[0][0]]], "total": 1, "returned": 1}
        | {"resultIds": ",".join(one.query_id for one in parts)}
        | {"resultTypes": ",".join(str(one.statement_type_id) for one in parts)}
    )


def description(session: Session, answer: Answer, placeholders: int) -> Body:
    """The answer to a request that only asks what the statement would answer."""
    form = rows.form(session) if answer.statement_type_id == SELECT else "json"
    return _success(
        _described(session, answer)
        | {
            "total": 0,
            "returned": 0,
            "numberOfBinds": placeholders,
            "arrayBindSupported": answer.statement_type_id == INSERT,
        }
        | _rows(None, answer.columns, form)
    )


def _described(session: Session, answer: Answer) -> Body:
    return {
        "parameters": _told(session),
        "rowtype": rows.rowtype(answer.columns, answer.never_null),
        "version": 1,  # of how a TIMESTAMP_TZ is written in JSON
        "queryId": answer.query_id,
        "statementTypeId": answer.statement_type_id,
        "finalDatabaseName": session.database,
        "finalSchemaName": session.schema,
        "finalWarehouseName": session.warehouse,
        "finalRoleName": session.role,
    }


def status(query_id: str, status: str, code: str | None = None, message: str | None = None) -> Body:
    """How far a statement is, in the words of the drivers' QueryStatus."""
    told = {"id": query_id, "status": status, "state": status}
    failed = {"errorCode": code, "errorMessage": message} if code else {}
    return _success({"queries": [told | failed]})


def are_bindings(bindings: object) -> bool:
    """Whether a request's bindings have the form that clients give them: a type and a value under each name."""
    if bindings is None:
        return True
    return isinstance(bindings, dict) and all(
        isinstance(binding, dict) and "value" in binding and isinstance(binding.get("type"), str)
        for binding in bindings.values()
    )


def read_bindings(bindings: Body | None) -> tuple[Any, list[tuple[Any, ...]] | None]:
    """The parameters of a request: named, positional, or (second value) rows of an array binding."""
    if not bindings:
        return None, None
    if not all(key.isdigit() for key in bindings):
        return {name: _bound(binding) for name, binding in bindings.items()}, None
    in_order: Sequence[Body] = [bindings[str(position)] for position in range(1, len(bindings) + 1)]
    if any(isinstance(binding["value"], list) for binding in in_order):
        columns = [[_bound({**b, "value": value}) for value in b["value"]] for b in in_order]
        return None, list(zip(*columns, strict=True))
    return tuple(_bound(binding) for binding in in_order), None


def _bound(binding: Body) -> Any:
    """A bound value. Raises for a text that its type cannot hold, as a cast of it does."""
    value, type_ = binding["value"], binding["type"].upper()
    if value is None:
        return None
    if type_ == "FIXED" and _DECIMAL.fullmatch(str(value)):
        return Decimal(str(value))
    try:
        bound = from_binding({"type": type_, "value": str(value)})
        # It has no zone, and is that time of day in any session's.
        return bound.replace(tzinfo=None) if type_ == "TIMESTAMP_NTZ" and isinstance(bound, datetime) else bound
    except (ValueError, OverflowError, OSError):
        raise (errors.no_hex(value) if type_ == "BINARY" else errors.not_recognized(value, _CAST[type_])) from None


_DECIMAL = re.compile(r"[+-]?\d*\.\d+")  # which the connector binds as it does whole numbers
_CAST = {"FIXED": "INT", "DATE": "DATE", "TIME": "TIME"} | dict.fromkeys(types.TIMESTAMPS, "TIMESTAMP")
