"""Snowflake's number for each kind of statement, by which clients know what an answer holds, and its QUERY_TYPE.

The numbers are as the drivers read them: https://github.com/snowflakedb/snowflake-jdbc (SFStatementType.java). What is
not here has 0, which they take for one that answers with rows. The names are those of QUERY_HISTORY:
https://docs.snowflake.com/en/sql-reference/account-usage/query_history
"""

from collections.abc import Mapping
from typing import NamedTuple

from fakesnow.statement_type import (
    COPY,
    DDL,
    DELETE,
    DESCRIBE,
    INSERT,
    MERGE,
    MULTI_INSERT,
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


class StatementType(NamedTuple):
    """A kind of statement; without a `name` the history calls it by its words."""

    number: int
    name: str = ""


CREATE_TABLE_AS_SELECT = "CREATE_TABLE_AS_SELECT"
_BLOCK = StatementType(UNKNOWN)
_BEGIN = StatementType(TCL, "BEGIN_TRANSACTION")
_UNLOAD = StatementType(UNLOAD, "UNLOAD")

# By the words that a statement begins with, the longest first. CREATE and DROP name few of the kinds.
_TYPES: Mapping[str, StatementType] = (
    dict.fromkeys(("SELECT", "WITH", "(", "VALUES"), StatementType(SELECT, "SELECT"))
    | dict.fromkeys(("DESCRIBE", "DESC"), StatementType(DESCRIBE, "DESCRIBE"))
    | dict.fromkeys(("LIST", "LS"), StatementType(UNKNOWN, "LIST_FILES"))
    | dict.fromkeys(("REMOVE", "RM"), StatementType(UNKNOWN, "REMOVE_FILES"))
    | {
        f"CREATE {kind}": StatementType(DDL)
        for kind in ("TABLE", "ICEBERG TABLE", "VIEW", "STREAM", "TASK", "SEQUENCE", "ROLE", "USER")
    }
    | {f"DROP {kind}": StatementType(DDL) for kind in ("STREAM", "TASK")}
    | {
        "INSERT": StatementType(INSERT, "INSERT"),
        **dict.fromkeys(
            ("INSERT ALL", "INSERT FIRST", "INSERT OVERWRITE ALL", "INSERT OVERWRITE FIRST"),
            StatementType(MULTI_INSERT, "MULTI_TABLE_INSERT"),
        ),
        "UPDATE": StatementType(UPDATE, "UPDATE"),
        "DELETE": StatementType(DELETE, "DELETE"),
        "MERGE": StatementType(MERGE, "MERGE"),
        "COPY INTO": StatementType(COPY, "COPY"),
        "COPY FILES": StatementType(UNKNOWN, "COPY_FILES"),
        "PUT": StatementType(UNKNOWN, "PUT_FILES"),
        "GET": StatementType(UNKNOWN, "GET_FILES"),
        "ALTER SESSION": StatementType(ALTER_SESSION),
        "USE DATABASE": StatementType(USE + 0x01, "USE"),
        "USE SCHEMA": StatementType(USE + 0x02, "USE"),
        "USE WAREHOUSE": StatementType(USE + 0x03, "USE"),
        "USE": StatementType(USE, "USE"),
        "SHOW": StatementType(SHOW, "SHOW"),
        "SET": StatementType(SCL),
        "UNSET": StatementType(SCL),
        "START TRANSACTION": _BEGIN,
        "COMMIT": StatementType(TCL),
        "ROLLBACK": StatementType(TCL),
        "CREATE": StatementType(DDL, "CREATE"),
        "DROP": StatementType(DDL, "DROP"),
        "TRUNCATE": StatementType(DDL, "TRUNCATE_TABLE"),
    }
    | dict.fromkeys(("ALTER", "GRANT", "REVOKE", "COMMENT"), StatementType(DDL))
)


def statement_type(words: tuple[str, ...], reader: Reader) -> StatementType:
    """The type of the statement that begins with the words, which the reader has read."""
    found = _of_words(words, reader)
    return found if found.name else found._replace(name="_".join(words))


def _of_words(words: tuple[str, ...], reader: Reader) -> StatementType:
    if words == ("COPY", "INTO") and reader.sees_location():
        return _UNLOAD
    if words == ("BEGIN",):
        return _BLOCK if begins_block(reader) else _BEGIN
    for length in (3, 2, 1):
        if (found := _TYPES.get(" ".join(words[:length]))) is not None:
            return found
    return StatementType(UNKNOWN)
