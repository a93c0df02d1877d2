"""GET_DDL: tables, views, sequences and schemas as statements that make them anew.

What has no documented or recorded form is refused by name, the other kinds too.
https://docs.snowflake.com/en/sql-reference/functions/get_ddl; recorded: frostlake/functions-get-ddl.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NoReturn

from .. import errors
from ..account import TEMPORARY, Object
from ..catalog import duckdb_tables
from ..catalog.keys import FOREIGN, all_keys
from ..catalog.tracking import ROW_ID
from ..language.binds import literal
from ..language.names import dotted, shown
from ..language.reader import Reader
from ..session import Session, visible
from ..sql import schema, types
from . import change_tracking
from .foreign_keys import relations
from .retention import RETENTION
from .tables import CLUSTERING

_WRITTEN_DEFAULT = re.compile(r"-?\d+(\.\d+)?|'([^']|'')*'|(?i:true|false)|.*\.NEXTVAL")
GENERATED = "SYS_CONSTRAINT_"  # of the names that keys are given


def get_ddl(session: Session, kind: str, name: str, qualified: bool = False) -> str:
    """The text for an object; `qualified` writes its own name, and those of what it holds, in full."""
    if (describe := _KINDS.get(kind.upper())) is None:
        _refuse(f"the type {kind.upper()}")
    written = Reader(name).path()
    if kind.upper() == "SCHEMA":
        path = session.qualify_schema(written, "GET_DDL")
    else:
        path = session.qualify(written, "GET_DDL")
    found = visible.require(session, kind.upper(), path)
    if found.database in session.account.imported:
        _refuse("an imported database")
    return describe(session, found, qualified)


def _refuse(what: str) -> NoReturn:
    raise errors.not_emulated(f"GET_DDL of {what}")


def _name(object_: Object, qualified: bool) -> str:
    return dotted(object_.path) if qualified else shown(object_.name)


# Tables


def _table(session: Session, table: Object, qualified: bool) -> str:
    for word in ("ICEBERG", RETENTION, "CHANGE_TRACKING", "ENABLE_SCHEMA_EVOLUTION"):
        if table.properties.get(word) not in (None, False):
            _refuse(f"a table with {word}" if word != "ICEBERG" else "an Iceberg table")
    word = next((f"{word} " for word in (TEMPORARY, "TRANSIENT") if table.properties.get(word)), "")
    lines = ",\n".join(f"\t{line}" for line in (*_columns(session, table), *_keys(session, table)))
    end = f")COMMENT={literal(table.comment)}\n;" if table.comment else ");"
    # The clustering key as it was written (Snowpark's test_write_table_with_clustering_keys_and_comment), before the
    # columns: https://github.com/xnuinside/simple-ddl-parser/issues/234
    key = table.properties.get(CLUSTERING)
    clustered = f"cluster by {str(key).removeprefix('LINEAR')}" if key else ""
    return f"create or replace {word}TABLE {_name(table, qualified)} {clustered}(\n{lines}\n{end}"


def _columns(session: Session, table: Object) -> Iterator[str]:
    typed = schema.columns_of(session, table.path) or {}
    facts = ("column_name", "data_type", "is_nullable", "column_default", "comment")
    for name, type_, is_nullable, kept, comment in duckdb_tables.columns(session, table.place, *facts):
        if name == ROW_ID.strip('"'):
            continue
        default, identity = schema.shown_default(session, kept)
        if default and not _WRITTEN_DEFAULT.fullmatch(default):
            _refuse("a table with a default that is worked out")
        text = schema.written_comment(comment)
        parts = (
            shown(name),
            types.name_of(typed[name]) if name in typed else type_,
            "" if is_nullable else "NOT NULL",
            identity.replace("IDENTITY", "autoincrement").lower() if identity else "",
            f"DEFAULT {default}" if default else "",
            f"COMMENT {literal(text)}" if text else "",
        )
        yield " ".join(filter(None, parts))


def _keys(session: Session, table: Object) -> Iterator[str]:
    of_table = {one.foreign.name: one for one in relations(session) if one.child.path == table.path}
    for key in all_keys(table):
        columns = ", ".join(map(shown, key.columns))
        constraint = "" if key.name.startswith(GENERATED) else f"constraint {shown(key.name)} "
        line = f"{constraint}{key.kind.lower()} ({columns})"
        if key.kind != FOREIGN:
            yield line
        elif (relation := of_table.get(key.name)) is not None:
            yield f"{line} references {dotted(relation.parent.path)}({', '.join(map(shown, relation.key.columns))})"


# Views, sequences, schemas


def _view(session: Session, view: Object, qualified: bool) -> str:
    if not visible.may_read_text(session, view):
        raise errors.insufficient_privileges(f"view '{view.name}'")
    if view.comment:
        _refuse("a view with a comment")
    if view.is_temporary:
        _refuse("a temporary view")
    if change_tracking.is_on(view):
        _refuse("a view with CHANGE_TRACKING")
    if schema.comments_of(session, view.place):
        _refuse("a view with a column's comment")
    secure = "secure " if view.properties["SECURE"] else ""
    names = duckdb_tables.columns(session, view.place, "column_name")
    columns = ",\n".join(f"\t{shown(name)}" for (name,) in names)
    # The query of a view as it was written, behind the AS of its CREATE
    reader = Reader(str(view.properties["TEXT"]))
    while not reader.accept("AS"):
        reader.skip_whole()
    return f"create or replace {secure}view {_name(view, qualified)}(\n{columns}\n) as {reader.rest};"


def _sequence(session: Session, sequence: Object, qualified: bool) -> str:
    if sequence.comment:
        _refuse("a sequence with a comment")
    start, step = sequence.properties["START"], sequence.properties["INCREMENT"]
    order = "order" if sequence.properties["ORDER"] else "noorder"
    name = _name(sequence, qualified)
    return f"create or replace sequence {name} start with {start} increment by {step} {order};"


_HELD: Mapping[str, Callable[[Session, Object, bool], str]] = {"TABLE": _table, "VIEW": _view, "SEQUENCE": _sequence}


def _schema(session: Session, schema_: Object, qualified: bool) -> str:
    """Of what a schema holds, stages are never a part."""
    for kind in ("FILE FORMAT", "PIPE", "STREAM", "TASK"):
        if session.account.objects(kind, schema_.database, schema_.name):
            _refuse(f"a schema with a {kind.lower()}")
    if schema_.comment:
        _refuse("a schema with a comment")
    parts = [f"create or replace schema {_name(schema_, qualified)};\n"]
    for kind, describe in _HELD.items():
        held = session.account.objects(kind, schema_.database, schema_.name)
        parts += [describe(session, one, qualified) for one in held]
    return "\n".join(parts)


_KINDS = {**_HELD, "SCHEMA": _schema}
