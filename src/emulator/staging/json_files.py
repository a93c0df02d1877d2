"""What a JSON file holds that would not come out of it as Snowflake reads it.

https://docs.snowflake.com/en/sql-reference/sql/create-file-format#type-json
"""

import json
from decimal import Decimal
from functools import partial

import duckdb
from duckdb import DuckDBPyConnection

from .. import errors
from . import csv_files, staged
from .conversions import Options
from .files import StagedFile
from .json_keys import Twice, deeply, once

_BATCH = 10_000
# Records that may have a key twice, a number that a 64-bit float does not hold, a comma after the last value or a word
# such as `inf`: they are looked at one by one.
_SUSPECT = (
    "json_type(c1) = 'OBJECT' AND len(json_keys(c1)) <> len(list_distinct(json_keys(c1)))"
    " OR contains(substr(CAST(c1 AS VARCHAR), 2), '{')"
    " OR regexp_matches(CAST(c1 AS VARCHAR), '[0-9][0-9.]{16}|[0-9][eE]-[0-9]{3}"
    "|,\\s*[]}]|[:,[]\\s*[+-]?([iIN]|n[^u])')"
)


def refuse_values(scratch: DuckDBPyConnection, file: StagedFile, options: Options, source: str) -> None:
    """Raises 100069 for an object with a key twice, as ALLOW_DUPLICATE = FALSE says; both values cannot be kept.

    Refuses by name a fraction of more digits than the emulator keeps of one, and what DuckDB reads and JSON does not
    have, such as a comma after the last value: no page says what becomes of it.
    """
    numbered = f"SELECT row_number() OVER () AS n, c1 FROM {source}"
    try:
        rows = scratch.execute(f"SELECT n, CAST(c1 AS VARCHAR) FROM ({numbered}) WHERE {_SUSPECT}")
    except duckdb.Error:
        _refuse_unread(file, options)
        return  # it is damaged, and the load says where
    decoder = json.JSONDecoder(object_pairs_hook=once, parse_float=_held)
    while batch := rows.fetchmany(_BATCH):
        for number, text in batch:
            try:
                deeply(partial(decoder.decode, text))
            except json.JSONDecodeError:
                where = f"file '{file.listed_name}', line {_line(file, options, number)}"
                raise errors.not_emulated(f"JSON that is not to the letter ({where})") from None
            except Twice as twice:
                line = _line(file, options, number)
                raise errors.malformed_json(
                    file.listed_name, f'duplicate object attribute "{twice}"', line, 1
                ) from None
            except _NotHeld as value:
                where = f"file '{file.listed_name}', line {_line(file, options, number)}"
                raise errors.not_emulated(
                    f"a fraction of more digits than a FLOAT keeps in JSON, {value} ({where}),"
                ) from None


def _refuse_unread(file: StagedFile, options: Options) -> None:
    """Refuses by name what is JSON and DuckDB does not read: lone surrogates, and bare values beside others.

    Raises 100144 for what is not UTF-8.
    """
    csv_files.refuse_other_encodings(file, options)
    content = staged.json_content(file, options)
    for text, line in content.values if content.damage is None else ():
        where = f"(file '{file.listed_name}', line {line})"
        if text[0] not in "{[":
            raise errors.not_emulated(f"a bare value in JSON beside objects or arrays {where}")
        try:
            deeply(partial(_encoded, text))
        except UnicodeEncodeError:
            raise errors.not_emulated(f"a lone surrogate in JSON {where}") from None


def _encoded(text: str) -> bytes:
    return json.dumps(json.loads(text), ensure_ascii=False).encode()


class _NotHeld(Exception):
    """A number that a 64-bit float would change."""


def _held(text: str) -> None:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        return  # kept as it is written
    if Decimal(repr(value)) != Decimal(text):
        raise _NotHeld(text)


def _line(file: StagedFile, options: Options, number: int) -> int:
    """Where the value of the number begins, or is damaged."""
    content = staged.json_content(file, options)
    if number > len(content.values) and content.damage is not None:
        return content.damage.lineno
    return content.values[number - 1][1]
