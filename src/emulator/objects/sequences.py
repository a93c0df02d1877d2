"""Sequences: one of DuckDB's each; `name.nextval` counts it up, in a query or as a column's default."""

from typing import Any

import duckdb
from sqlglot import exp

from .. import errors
from ..account import Object
from ..catalog.table_names import identifier
from ..language.names import duck_name
from ..language.reader import Reader, Value
from ..language.result import columns
from ..session import Session, visible
from .kinds import Kind, Property, as_shown, boolean, integer


def _read(reader: Reader) -> dict[str, Value]:
    """`[START [WITH] [=] n] [INCREMENT [BY] [=] n] [ORDER | NOORDER] [COMMENT = '..']`, in any order."""
    found: dict[str, Value] = {}
    while not reader.done:
        name = reader.take_word()
        if name in ("ORDER", "NOORDER"):
            found["ORDER"] = name == "ORDER"
            continue
        reader.accept({"START": "WITH", "INCREMENT": "BY"}.get(name, ""))
        if not reader.accept("=") and name == "COMMENT":
            reader.fail()
        if name in found:
            reader.repeated.append(name if name == "COMMENT" else f"SEQUENCE_{name}")
        found[name] = reader.value()
        reader.accept(",")
    return found


def _checked(session: Session, sequence: Object) -> Object:
    if sequence.properties["INCREMENT"] == 0:
        raise errors.invalid_property_value(0, "SEQUENCE_INCREMENT")
    return sequence


def _create(session: Session, sequence: Object) -> None:
    start, step = sequence.properties["START"], sequence.properties["INCREMENT"]
    bounds = f"MINVALUE {-(2**63)} MAXVALUE {2**63 - 1}"
    session.duck.execute(
        f"CREATE OR REPLACE SEQUENCE {duck_name(sequence.path)} INCREMENT BY {step} {bounds} START WITH {start}"
    )


def _check_same_step(session: Session, old: Object, new: Object) -> None:
    """The step changes one value late on an account. A sequence without order never gets one.

    https://docs.snowflake.com/en/sql-reference/sql/alter-sequence
    """
    if old.properties["INCREMENT"] != new.properties["INCREMENT"]:
        raise errors.not_emulated("ALTER SEQUENCE ... SET INCREMENT")
    if new.properties["ORDER"] and not old.properties["ORDER"]:
        raise errors.sequence_stays_unordered(old.name)


def _check_unused(session: Session, sequence: Object) -> None:
    """DuckDB keeps a sequence that a column's default uses."""
    session.duck.execute("BEGIN")
    try:
        session.duck.execute(f"DROP SEQUENCE IF EXISTS {duck_name(sequence.path)}")
    except duckdb.DependencyException:
        raise errors.not_emulated("to drop or replace a sequence that a column's default uses") from None
    finally:
        session.duck.execute("ROLLBACK")


def _drop(session: Session, sequence: Object) -> None:
    session.duck.execute(f"DROP SEQUENCE IF EXISTS {duck_name(sequence.path)}")


def _row(session: Session, sequence: Object) -> dict[str, Any]:
    step = int(str(sequence.properties["INCREMENT"]))
    sql = "SELECT last_value FROM duckdb_sequences() WHERE (database_name, schema_name, sequence_name) = (?, ?, ?)"
    [(last,)] = session.duck.execute(sql, list(sequence.path)).fetchall()
    return {
        "next_value": sequence.properties["START"] if last is None else last + step,
        "interval": step,
        "ordered": "Y" if sequence.properties["ORDER"] else "N",
    }


# https://docs.snowflake.com/en/sql-reference/sql/create-sequence, https://docs.snowflake.com/en/sql-reference/sql/show-sequences
SEQUENCE = Kind(
    name="SEQUENCE",
    level="schema",
    depth="executed",
    properties={
        "START": Property(1, integer(-(2**63), 2**63 - 1)),
        "INCREMENT": Property(1, integer(-(2**63), 2**63 - 1)),
        "ORDER": Property(False, boolean),
    },
    columns=columns(
        "name database_name schema_name next_value:number interval:number created_on:time owner comment owner_role_type"
        " ordered"
    ),
    read=_read,
    names_scope=True,
    inert=True,  # recorded: frostlake/ddl-show-modifier-matrix
    row=_row,
    described=as_shown,
    privileges=frozenset({"USAGE"}),
    fixed=frozenset({"START"}),
    completed=_checked,
    created=_create,
    altered=_check_same_step,
    droppable=_check_unused,
    dropped=_drop,
)


def resolve_next(node: exp.Column, session: Session) -> exp.Expr:
    """`[db.[schema.]]sequence.NEXTVAL`; anything else is left as it is.

    https://docs.snowflake.com/en/user-guide/querying-sequences
    """
    parts = [part for part in (node.args.get("catalog"), node.args.get("db"), node.args.get("table")) if part]
    if node.name.upper() != "NEXTVAL" or not parts or (len(parts) < 3 and not session.database):
        return node
    path = tuple(map(identifier, parts))
    if len(path) == 1 and not session.schema:
        return node
    qualified = session.qualify(path, "SELECT")
    if session.account.find("SEQUENCE", qualified) is None:
        if len(path) > 1:  # a single name may be that of what a query reads, with a column NEXTVAL
            raise errors.invalid_identifier(".".join((*path, node.name.upper())))
        return node
    visible.require(session, "SEQUENCE", qualified, ("USAGE",))
    return exp.Anonymous(this="NEXTVAL", expressions=[exp.Literal.string(duck_name(qualified))])
