"""Snowflake's number for each kind of statement, by which clients know what an answer holds, and its QUERY_TYPE.

The numbers are as the drivers read them: https://github.com/snowflakedb/snowflake-jdbc (SFStatementType.java). What is
not here has 0, which they take for one that answers with rows. The names are those of QUERY_HISTORY:
https://docs.snowflake.com/en/sql-reference/account-usage/query_history
"""

from collections.abc import Mapping
from contextlib import suppress
from copy import copy
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
from snowflake.connector.errors import ProgrammingError

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
    | {f"DROP {kind}": StatementType(DDL) for kind in ("STREAM", "TASK", "ROLE", "USER")}
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
        "ALTER USER": StatementType(DDL),
        "ALTER": StatementType(DDL, "ALTER"),
        "CREATE": StatementType(DDL, "CREATE"),
        "DROP": StatementType(DDL, "DROP"),
        "TRUNCATE": StatementType(DDL, "TRUNCATE_TABLE"),
    }
    | dict.fromkeys(("UNDROP", "GRANT", "REVOKE", "COMMENT"), StatementType(DDL))
)

# By the kind that is altered, and the words that follow its name, the longest first; "" is any other word. So the
# histories of accounts name them that public code works through.
_CONSTRAINTS = ("CONSTRAINT", "PRIMARY KEY", "UNIQUE", "FOREIGN KEY")
_OF_TABLE: Mapping[str, str] = (
    {f"ADD {one}": "CREATE_CONSTRAINT" for one in _CONSTRAINTS}
    | {f"DROP {one}": "DROP_CONSTRAINT" for one in _CONSTRAINTS}
    | {
        "RENAME COLUMN": "RENAME_COLUMN",
        "RENAME TO": "RENAME_TABLE",
        "DROP CLUSTERING": "ALTER_TABLE",
        "ADD": "ALTER_TABLE_ADD_COLUMN",
        "DROP": "ALTER_TABLE_DROP_COLUMN",
        "MODIFY": "ALTER_TABLE_MODIFY_COLUMN",
        "ALTER": "ALTER_TABLE_MODIFY_COLUMN",
        "": "ALTER_TABLE",
    }
)
_ALTERED: Mapping[str, Mapping[str, str]] = {
    "TABLE": _OF_TABLE,
    "ICEBERG TABLE": _OF_TABLE,
    "WAREHOUSE": {"SUSPEND": "ALTER_WAREHOUSE_SUSPEND", "RESUME": "ALTER_WAREHOUSE_RESUME"},
}


def statement_type(words: tuple[str, ...], reader: Reader) -> StatementType:
    """The type of the statement that begins with the words, which the reader has read."""
    found = _of_words(words, reader)
    return found if found.name else found._replace(name="_".join(words))


def _of_words(words: tuple[str, ...], reader: Reader) -> StatementType:
    if words == ("COPY", "INTO") and reader.sees_location():
        return _UNLOAD
    if words == ("BEGIN",):
        return _BLOCK if begins_block(reader) else _BEGIN
    if words[:1] == ("ALTER",) and (named := _of_clause(" ".join(words[1:]), copy(reader))):
        return StatementType(DDL, named)
    for length in (3, 2, 1):
        if (found := _TYPES.get(" ".join(words[:length]))) is not None:
            return found
    return StatementType(UNKNOWN)


def _of_clause(kind: str, ahead: Reader) -> str:
    """What the clause of an ALTER is called; "" for one that has no name of its own, or breaks off."""
    clauses = _ALTERED.get(kind, {})
    with suppress(ProgrammingError):
        ahead.accept("IF", "EXISTS")
        ahead.path()
        return next((named for clause, named in clauses.items() if ahead.sees(*clause.split())), "")
    return ""
