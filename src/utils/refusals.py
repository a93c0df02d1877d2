"""Which privilege a refused statement takes, on what object, and the GRANT that gives it."""

import re
from typing import Literal

from .needs import ACCOUNTADMIN, OWNERSHIP
from .sql import identifier

Refusal = Literal["insufficient", "hidden", "in the way", "not granted", ""]

# What Snowflake says of an object that the role sees, of one that it does not see or that is not there, and of one that
# is in the way.
_INSUFFICIENT = re.compile(r"Insufficient privileges to operate on ([a-z_ ]+?) '([^']+)'")
_HIDDEN = re.compile(r"\b([A-Z][a-z]+(?: [a-z]+)*) '([^']+)' does not exist or not authorized")
_ABSENT = "Object does not exist, or operation cannot be performed"
_PLACE = re.compile(r"\b(?:USE|IN) (WAREHOUSE|DATABASE|SCHEMA) (\S+)$")
_IN_THE_WAY = re.compile(r"Object '([^']+)' already exists, but current role has no privileges on it")
_NOT_GRANTED = re.compile(r"Grant partially executed: privileges \[([^\]]+)\] not granted|Grant not executed")

_KIND = (
    r"(ICEBERG TABLE|EXTERNAL VOLUME|RESOURCE MONITOR|FILE FORMAT|DATABASE|SCHEMA|WAREHOUSE|ROLE|SHARE|TABLE|VIEW|STAGE"
    r"|STREAM|TASK|PIPE|SEQUENCE|USER)"
)
_CREATE = re.compile(rf"CREATE(?: OR (?:ALTER|REPLACE))?(?: TRANSIENT| SECURE)* {_KIND}\b")
# On what is in a schema with managed access, its owner alone grants.
_GRANT = re.compile(r"GRANT ([A-Z ,]+?) ON (ACCOUNT|DATABASE|WAREHOUSE|SCHEMA)(?: (\S+))? TO ")

# By how a statement begins: the privilege, and the kind of object that it is on; "" is the kind that is named.
# https://docs.snowflake.com/en/user-guide/security-access-control-privileges
_STATEMENTS: tuple[tuple[str, str, str], ...] = (
    (r"(?:SELECT|WITH)\b", "SELECT", "TABLE"),
    (r"SELECT\b.*\.NEXTVAL\b", "USAGE", "SEQUENCE"),
    (r"SELECT\b.*\bWAREHOUSE_METERING_HISTORY\b", "MONITOR USAGE", "ACCOUNT"),
    (r"INSERT\b", "INSERT", "TABLE"),
    (r"UPDATE\b", "UPDATE", "TABLE"),
    (r"DELETE\b", "DELETE", "TABLE"),
    (r"TRUNCATE\b", "TRUNCATE", "TABLE"),
    (r"COPY INTO @", "WRITE", "STAGE"),
    (r"COPY INTO\b", "INSERT", "TABLE"),
    (r"(?:PUT|REMOVE|RM)\b", "WRITE", "STAGE"),
    (r"(?:SELECT|WITH|COPY|LIST|LS|GET)\b", "READ", "STAGE"),
    (r"(?:SELECT|COPY|ALTER|CREATE)\b", "USAGE", "FILE FORMAT"),
    (r"(?:EXECUTE TASK|ALTER TASK \S+ (?:SUSPEND|RESUME))\b", "OPERATE", "TASK"),
    (r"ALTER WAREHOUSE \S+ (?:SUSPEND|RESUME)\b", "OPERATE", "WAREHOUSE"),
    (r"ALTER (?:WAREHOUSE|DATABASE|SCHEMA) \S+ (?:SET|UNSET)\b", "MODIFY", ""),
    (r"ALTER RESOURCE MONITOR\b", "MODIFY", "RESOURCE MONITOR"),
    (r"ALTER PIPE \S+ (?:SET|REFRESH)\b", "OPERATE", "PIPE"),
    (r"USE WAREHOUSE\b", "USAGE", "WAREHOUSE"),
    (rf"(?:ALTER|DROP|COMMENT ON|CREATE OR (?:ALTER|REPLACE)) {_KIND}\b", OWNERSHIP, ""),
)
_TRANSFER = " COPY CURRENT GRANTS"
# What makes visible what a name leads through, whatever the statement does there.
_WAY = {"WAREHOUSE": "USAGE", "DATABASE": "USAGE", "SCHEMA": "USAGE"}


def advice(fact: str, sql: str, role: str) -> str | None:
    """What gives a role what an error says that it lacks; None where the statement does not tell.

    `fact` is what Snowflake says to the statement, on one line.
    """
    refusal, kind, name = _told(fact, sql.strip())
    lacking = _lacking(" ".join(sql.split()), kind, name, refusal) if refusal else None
    if lacking is None:
        return None
    privilege, on, option = lacking
    given = f"GRANT {privilege} ON {on} TO ROLE {identifier(role) if role else '...'}{option};"
    match refusal:
        case "hidden" if role == ACCOUNTADMIN:
            return f"Check the name. If it is there, another role owns it, and this gives {role} what it lacks: {given}"
        case "in the way" if role == ACCOUNTADMIN:
            return f"Another role owns it: take another name (--prefix), or take it over: {given}"
        case "insufficient" | "not granted" if role == ACCOUNTADMIN:
            return f"The role lacks {privilege} on {on}, and may give it to itself: {given}"
        case "in the way":
            return f"Another role owns it: take another name (--prefix), or ask an administrator for {given}"
        case "hidden":
            return f"If it is there, the role does not see it: ask its owner or an administrator for {given}"
        case _:
            return f"The role lacks {privilege} on {on}: ask an administrator for {given}"


def _told(fact: str, sql: str) -> tuple[Refusal, str, str]:
    """How an object is refused, its kind as SQL writes it, and its name as the error does."""
    if found := _INSUFFICIENT.search(fact):
        return "insufficient", found[1].upper().replace("_", " "), found[2]
    if found := _HIDDEN.search(fact):
        return "hidden", found[1].upper(), found[2]
    if _ABSENT in fact and (found := _PLACE.search(sql)):
        return "hidden", found[1], found[2]
    if found := _IN_THE_WAY.search(fact):
        return "in the way", "", found[1]
    if found := _NOT_GRANTED.search(fact):
        return "not granted", "", found[1] or ""
    return "", "", ""


def _lacking(sql: str, kind: str, name: str, refusal: Refusal) -> tuple[str, str, str] | None:
    """The privilege, what it is on, and how it is granted."""
    created, granted = _CREATE.match(sql), _GRANT.match(sql)
    if refusal == "in the way":
        return (OWNERSHIP, f"{created[1]} {_written(sql, name)}", _TRANSFER) if created else None
    if granted and (refusal == "not granted" or (refusal == "insufficient" and kind == granted[2])):
        privileges = name if refusal == "not granted" and name else granted[1]
        return privileges, f"{granted[2]} {granted[3] or ''}".strip(), " WITH GRANT OPTION"
    if kind == "ACCOUNT" and created:
        return f"CREATE {created[1]}", "ACCOUNT", ""
    if refusal == "insufficient" and kind == "ROLE" and re.match(r"(?:GRANT|REVOKE) ROLE\b", sql):
        return OWNERSHIP, f"ROLE {_written(sql, name)}", _TRANSFER
    if refusal == "hidden" and (kind, name) == ("DATABASE", "SNOWFLAKE"):
        return "IMPORTED PRIVILEGES", "DATABASE SNOWFLAKE", ""
    if refusal == "hidden" and kind in _WAY:
        return _WAY[kind], f"{kind} {_written(sql, name, kind)}", ""
    if created and kind in ("DATABASE", "SCHEMA") and created[1] != kind:
        return f"CREATE {created[1]}", f"{kind} {_written(sql, name, kind)}", ""
    return _by_statement(sql, "TABLE" if kind == "OBJECT" else kind, name)


def _by_statement(sql: str, kind: str, name: str) -> tuple[str, str, str] | None:
    of = "TABLE" if kind in ("VIEW", "ICEBERG TABLE", "STREAM") else kind
    if of == "TABLE" and sql.startswith("MERGE ") and (changes := re.findall(r"\bTHEN (INSERT|UPDATE|DELETE)\b", sql)):
        return ", ".join(dict.fromkeys(changes)), f"{kind} {_written(sql, name, kind)}", ""
    for begin, privilege, of_kind in _STATEMENTS:
        if of_kind in ("", of) and re.match(begin, sql):
            on = "ACCOUNT" if kind == "ACCOUNT" else f"{kind} {_written(sql, name, kind)}"
            return privilege, on, _TRANSFER if privilege == OWNERSHIP else ""
    return None


def _written(sql: str, name: str, kind: str = "") -> str:
    """The name as the statement writes it, with what it is in; as the error does where the statement has no such."""
    own = re.escape(name.rpartition(".")[2])
    end = r'(?![\w$"])' if kind in (*_WAY, "SEQUENCE") else r'(?![\w$".])'
    found = re.finditer(rf'(?<![\w$".])(?:[\w$]+\.|"[^"]+"\.)*"?{own}"?{end}', sql, re.IGNORECASE)
    return max([name, *(one[0] for one in found)], key=len)
