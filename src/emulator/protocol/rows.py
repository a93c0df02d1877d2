"""How rows travel: as Arrow, or as texts in JSON, as the client asks.

The drivers say how they read either: https://github.com/snowflakedb/snowflake-connector-python (converter.py,
nanoarrow_arrow_iterator), https://github.com/snowflakedb/snowflake-connector-nodejs (column.js).
"""

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
from fakesnow.arrow import to_ipc, to_sf
from fakesnow.rowtype import ColumnInfo

from .. import errors
from ..language.result import Columns
from ..objects.parameters import session_parameter
from ..session import Session
from ..sql import types
from ..sql.schema import type_of
from . import semi_structured

Form = Literal["arrow", "json"]
Texts = list[list[str | None]]

PYTHON = "PythonConnector"
# The parameter by which each client, as it calls itself at login, chooses. The others read JSON alone.
_CHOICES = {
    PYTHON: "PYTHON_CONNECTOR_QUERY_RESULT_FORMAT",
    "Go": "GO_QUERY_RESULT_FORMAT",
    "JDBC": "JDBC_QUERY_RESULT_FORMAT",
    "ODBC": "ODBC_QUERY_RESULT_FORMAT",
    ".NET": "DOTNET_QUERY_RESULT_FORMAT",
}


def client_of(login: Mapping[str, Any]) -> str:
    """What reads the answers. Libraries on the Python connector give a name of their own, and tell of Python."""
    environment = login.get("CLIENT_ENVIRONMENT")
    is_python = isinstance(environment, dict) and "PYTHON_VERSION" in environment
    return PYTHON if is_python else str(login.get("CLIENT_APP_ID", ""))


def form(session: Session) -> Form:
    """What the session's client reads the rows of a query in."""
    choice = _CHOICES.get(session.client)
    return "arrow" if choice and session_parameter(session, choice) == "ARROW" else "json"


def rowtype(columns: Columns, never_null: Iterable[bool] = ()) -> list[ColumnInfo]:
    """Snowflake's description of the columns; refuses by name a type that Snowflake's protocol has no word for."""
    told = [_column(name, type_) for name, type_ in columns]
    for column, is_never_null in zip(told, never_null, strict=False):
        column["nullable"] = not is_never_null
    return told


_WIRE = {types.NUMBER: "fixed", types.FLOAT: "real", types.VARCHAR: "text"}


def _column(name: str, type_name: str) -> ColumnInfo:
    type_ = type_of(type_name)
    if type_ is None:
        raise errors.not_emulated(f"a result of the type of {name}")
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


# As Arrow


def as_base64(arrow: pa.Table, columns: Columns) -> str:
    return b64encode(as_arrow(arrow, columns)).decode("ascii") if arrow.num_rows else ""


def as_arrow(arrow: pa.Table, columns: Columns) -> pa.Buffer:
    described = rowtype(columns)
    arrow = _indented(_in_utc(arrow), described)
    return to_ipc(_with_null_timestamps(arrow, _in_its_scale(to_sf(arrow, described), described), described))


def _in_its_scale(sent: pa.Table, described: list[ColumnInfo]) -> pa.Table:
    """Times as numbers of their last digit, as clients read them; fakesnow counts the nanoseconds of all."""
    for index, told in enumerate(described):
        if told["type"] == "time" and (scale := told["scale"] or 0) < types.MAX_FRACTION:
            counted = pc.divide(sent.column(index), 10 ** (types.MAX_FRACTION - scale))
            sent = sent.set_column(index, sent.schema.field(index), counted)
    return sent


def _in_utc(arrow: pa.Table) -> pa.Table:
    """The moments as those of UTC, whatever the session's time zone: the client has that one."""
    for index, column in enumerate(arrow.columns):
        if pa.types.is_timestamp(column.type) and column.type.tz not in (None, "UTC"):
            arrow = arrow.set_column(index, arrow.field(index).name, column.cast(pa.timestamp("us", "UTC")))
    return arrow


def _indented(arrow: pa.Table, described: list[ColumnInfo]) -> pa.Table:
    for index, told in enumerate(described):
        if told["type"] in semi_structured.KINDS:
            arrow = arrow.set_column(index, arrow.field(index).name, semi_structured.indented(arrow.column(index)))
    return arrow


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


# As texts


def as_texts(arrow: pa.Table, columns: Columns) -> Texts:
    """Rows of texts, and None for NULL: a date in days since 1970, a time or timestamp in seconds, binary in hex."""
    if not arrow.num_rows:
        return []
    described = rowtype(columns)
    arrow = _indented(arrow, described)
    cells = [_in_text(column, told) for column, told in zip(arrow.columns, described, strict=True)]
    return [list(row) for row in zip(*cells, strict=True)]


def as_chunk(arrow: pa.Table, columns: Columns) -> bytes:
    """A part of a large result: clients put the brackets around its rows."""
    return json.dumps(as_texts(arrow, columns)).encode()[1:-1]


def _in_text(column: pa.ChunkedArray, told: ColumnInfo) -> Iterable[str | None]:
    type_ = told["type"]
    if type_ == "date":
        return column.cast(pa.int32()).cast(pa.string()).to_pylist()  # type: ignore[no-any-return]
    if type_ == "time" or type_.startswith("timestamp"):
        unit = pa.time64("us") if type_ == "time" else pa.timestamp("us", getattr(column.type, "tz", None))
        microseconds = column.cast(unit).cast(pa.int64()).to_pylist()
        zone = _ZONE_OF_UTC if type_ == "timestamp_tz" else ""
        return [None if one is None else _seconds(one, told["scale"] or 0) + zone for one in microseconds]
    written = _WRITTEN.get(type_, str)
    return [None if one is None else written(one) for one in column.to_pylist()]


_WRITTEN: Mapping[str, Callable[[Any], str]] = {
    "boolean": lambda value: "1" if value else "0",
    "fixed": lambda value: format(value, "f") if not isinstance(value, int) else str(value),
    "binary": lambda value: bytes(value).hex().upper(),
}
_ZONE_OF_UTC = " 1440"  # minutes of the zone's offset, counted from a day before


def _seconds(microseconds: int, scale: int) -> str:
    whole, fraction = divmod(abs(microseconds), 1_000_000)
    digits = f"{fraction:06d}000"[:scale]
    return f"{'-' if microseconds < 0 else ''}{whole}{'.' if digits else ''}{digits}"
