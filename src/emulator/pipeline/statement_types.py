"""Snowflake's number for each kind of statement, by which clients know what an answer holds.

As the drivers read them: https://github.com/snowflakedb/snowflake-jdbc (SFStatementType.java). What is not here has 0,
which they take for one that answers with rows.
"""

from collections.abc import Mapping

from fakesnow.statement_type import (
    COPY,
    DDL,
    DELETE,
    DESCRIBE,
    INSERT,
    MERGE,
    SCL,
    SELECT,
    SHOW,
    TCL,
    UPDATE,
    USE,
)

from ..language.reader import Reader
from ..tasks.script_parser import begins_block

UNKNOWN = 0
UNLOAD = 0x3700
ALTER_SESSION = SCL + 0x100
SEVERAL = 0xA000  # in one text

LOOKS = frozenset({SELECT, SHOW, DESCRIBE})  # they change nothing

# By the words that a statement begins with, the longest first.
_TYPES: Mapping[str, int] = {
    "SELECT": SELECT,
    "WITH": SELECT,
    "(": SELECT,
    "VALUES": SELECT,
    "INSERT": INSERT,
    "UPDATE": UPDATE,
    "DELETE": DELETE,
    "MERGE": MERGE,
    "COPY INTO": COPY,
    "ALTER SESSION": ALTER_SESSION,
    "USE DATABASE": USE + 0x01,
    "USE SCHEMA": USE + 0x02,
    "USE WAREHOUSE": USE + 0x03,
    "USE": USE,
    "SHOW": SHOW,
    "DESCRIBE": DESCRIBE,
    "DESC": DESCRIBE,
    "SET": SCL,
    "UNSET": SCL,
    "START TRANSACTION": TCL,
    "COMMIT": TCL,
    "ROLLBACK": TCL,
} | dict.fromkeys(("CREATE", "ALTER", "DROP", "UNDROP", "GRANT", "REVOKE", "COMMENT", "TRUNCATE"), DDL)


def statement_type(words: tuple[str, ...], reader: Reader) -> int:
    """The number of the statement that begins with the words, which the reader has read."""
    if words == ("COPY", "INTO") and reader.sees_location():
        return UNLOAD
    if words == ("BEGIN",):
        return UNKNOWN if begins_block(reader) else TCL
    for length in (2, 1):
        if (found := _TYPES.get(" ".join(words[:length]))) is not None:
            return found
    return UNKNOWN
