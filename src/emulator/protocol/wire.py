"""The bodies of Snowflake's wire protocol: login, results and errors, as the connectors read them."""

import uuid
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from fakesnow.arrow import to_ipc, to_sf
from fakesnow.converter import from_binding
from fakesnow.rowtype import ColumnInfo
from fakesnow.statement_type import DML_TYPE_IDS, INSERT, SELECT
from fakesnow.transforms import SERVER_VERSION
from snowflake.connector.errors import Error

from .. import errors
from ..language.result import TEXT, Columns
from ..pipeline.cursor import Cursor
from ..session import Session
from ..sql import types
from ..sql.schema import type_of
from ..store.results import Spilled
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
                {"name": "CLIENT_STAGE_ARRAY_BINDING_THRESHOLD", "value": 0},
                {"name": "CLIENT_TELEMETRY_ENABLED", "value": False},
                # Without it, threads that share a Snowpark session share a cursor and lose results.
                {"name": "PYTHON_SNOWPARK_ENABLE_THREAD_SAFE_SESSION", "value": True},
                {"name": "TIMEZONE", "value": "Etc/UTC"},
            ],
            "sessionInfo": {
                "databaseName": session.database,
                "schemaName": session.schema,
                "warehouseName": session.warehouse,
                "roleName": session.role,
            },
        }
    )


def renewed(session: Session, token: str) -> Body:
    return _success({"sessionToken": token, "masterToken": token, "sessionId": int(session.id)})


def _success(data: Body | None) -> Body:
    return {"data": data, "code": None, "message": None, "success": True}


def acknowledged() -> Body:
    return _success(None)


def in_progress(url: str) -> Body:
    """The statement is running: where its answer is to be asked for."""
    return _success({"getResultUrl": url}) | {"code": "333333", "message": "Query execution in progress."}


def failure(error: Error) -> Body:
    """A Snowflake error. Sent with HTTP 200: a client repeats a request that HTTP says has failed."""
    code = f"{error.errno:06d}"
    return {
        "data": {"errorCode": code, "sqlState": error.sqlstate, "queryId": error.sfqid},
        "code": code,
        "message": error.raw_msg or error.msg,
        "success": False,
    }


def rowtype(columns: Columns) -> list[ColumnInfo]:
    """Snowflake's description of the columns; refuses by name a type that Snowflake's protocol has no word for."""
    return [_column(name, type_) for name, type_ in columns]


_WIRE = {types.NUMBER: "fixed", types.FLOAT: "real", types.VARCHAR: "text"}


def _column(name: str, type_name: str) -> ColumnInfo:
    type_ = type_of(type_name)
    if type_ is None:
        raise errors.not_emulated(f"a result for column type {type_name}")
    word = types.kind(type_)
    column: ColumnInfo = {
        "name": name,
        "database": "",
        "schema": "",
        "table": "",
        "nullable": True,
        "type": _WIRE.get(word, word.lower()),
        "byteLength": None,
        "length": None,
        "scale": None,
        "precision": None,
        "collation": None,
    }
    if word == types.NUMBER:
        column["precision"], column["scale"] = types.digits(type_)
    elif word == types.VARCHAR:
        column["length"] = types.length(type_)
        column["byteLength"] = min(types.MAX_LENGTH, 4 * types.length(type_))
    elif word == types.BINARY:
        column["length"] = column["byteLength"] = types.length(type_)
    elif word in (types.TIME, *types.TIMESTAMPS):
        column["precision"], column["scale"] = 0, types.fraction(type_)
    return column


def result(session: Session, cursor: Cursor) -> Body:
    if cursor.transfer is not None:
        return _success(cursor.transfer | {"queryId": cursor.sfqid})
    arrow = cursor._arrow_table
    rows: Body
    if arrow is not None and cursor.statement_type_id in DML_TYPE_IDS:
        # Clients read the counts of a DML statement from JSON.
        rows = {"queryResultFormat": "json", "rowset": _as_text(arrow)}
    elif cursor.spilled is not None:
        rows = _first_chunk(session, str(cursor.sfqid), cursor.spilled)
    elif arrow is not None and arrow.num_rows:
        rows = {"queryResultFormat": "arrow", "rowsetBase64": _base64(arrow, cursor.columns)}
    else:
        rows = {"queryResultFormat": "arrow", "rowsetBase64": ""}
    return _success(_described(session, cursor) | {"total": arrow.num_rows if arrow is not None else 0} | rows)


def _first_chunk(session: Session, query_id: str, spilled: Spilled) -> Body:
    """The first rows of a large result, and where the client finds the others."""
    chunks = [
        {
            "url": f"{session.url}/emulator/results/{query_id}/{spilled.token}/{index}",
            "rowCount": rows,
            "uncompressedSize": spilled.size * rows // sum(spilled.batch_rows),
            "compressedSize": spilled.size * rows // sum(spilled.batch_rows),
        }
        for index, rows in enumerate(spilled.batch_rows)
    ]
    first = _base64(spilled.batch(0), spilled.columns)
    return {
        "queryResultFormat": "arrow",
        "rowsetBase64": first,
        "returned": spilled.batch_rows[0],
        "chunks": chunks[1:],
    }


def _base64(arrow: pa.Table, columns: Columns) -> str:
    return b64encode(rows_as_sent(arrow, columns)).decode("ascii")


def rows_as_sent(arrow: pa.Table, columns: Columns) -> pa.Buffer:
    """Rows as Snowflake's clients read them."""
    described = rowtype(columns)
    return to_ipc(_with_null_timestamps(arrow, to_sf(arrow, described), described))


def _with_null_timestamps(arrow: pa.Table, sent: pa.Table, described: list[ColumnInfo]) -> pa.Table:
    """Timestamps as clients read them: NULLs, which fakesnow sends as 1970, and no time zone but in TIMESTAMP_TZ."""
    for index, (column, told) in enumerate(zip(arrow.columns, described, strict=True)):
        if not pa.types.is_timestamp(column.type):
            continue
        field = sent.schema.field(index)
        structure = sent.column(index).combine_chunks()
        kept = [part for part in structure.type if part.name != "timezone" or told["type"] == "timestamp_tz"]
        parts = [structure.field(part.name).fill_null(0) for part in kept]
        masked = pa.StructArray.from_arrays(parts, fields=kept, mask=column.combine_chunks().is_null())
        sent = sent.set_column(index, pa.field(field.name, masked.type, metadata=field.metadata), masked)
    return sent


def several(session: Session, ids: Sequence[str], types: Sequence[int]) -> Body:
    """The answer to several statements in one text: where the client finds theirs."""
    cursor = Cursor(session)
    cursor.columns = [("multiple statement execution", TEXT)]
    return _success(
        _described(session, cursor)
        | {"queryId": str(uuid.uuid4()), "total": 1, "queryResultFormat": "json"}
        | {"rowset": [["Multiple statements executed successfully."]]}
        | {"resultIds": ",".join(ids), "resultTypes": ",".join(map(str, types))}
    )


def batch_result(session: Session, cursor: Cursor, count: int) -> Body:
    """The one answer to an array binding: the rows of all its executions."""
    rows = {"queryResultFormat": "json", "rowset": [[str(count)]], "total": 1}
    return _success(_described(session, cursor) | rows)


def description(session: Session, cursor: Cursor, columns: Columns, placeholders: int) -> Body:
    """The answer to a request that only asks what the statement would answer."""
    cursor.columns = columns
    is_query = cursor.statement_type_id == SELECT
    rows = (
        {"queryResultFormat": "arrow", "rowsetBase64": ""} if is_query else {"queryResultFormat": "json", "rowset": []}
    )
    return _success(
        _described(session, cursor)
        | {
            "total": 0,
            "returned": 0,
            "numberOfBinds": placeholders,
            "arrayBindSupported": cursor.statement_type_id == INSERT,
        }
        | rows
    )


def _described(session: Session, cursor: Cursor) -> Body:
    return {
        "parameters": [{"name": "TIMEZONE", "value": "Etc/UTC"}],
        "rowtype": rowtype(cursor.columns),
        "queryId": cursor.sfqid,
        "statementTypeId": cursor.statement_type_id,
        "finalDatabaseName": session.database,
        "finalSchemaName": session.schema,
        "finalWarehouseName": session.warehouse,
        "finalRoleName": session.role,
    }


def _as_text(arrow: pa.Table) -> list[list[str | None]]:
    columns = [column.to_pylist() for column in arrow.columns]
    return [[None if value is None else str(value) for value in row] for row in zip(*columns, strict=True)]


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
        return {name: from_binding(binding) for name, binding in bindings.items()}, None
    in_order: Sequence[Body] = [bindings[str(position)] for position in range(1, len(bindings) + 1)]
    if any(isinstance(binding["value"], list) for binding in in_order):
        columns = [[from_binding({**b, "value": value}) for value in b["value"]] for b in in_order]
        return None, list(zip(*columns, strict=True))
    return tuple(from_binding(binding) for binding in in_order), None
