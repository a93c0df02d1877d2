"""CREATE SCHEMA | DATABASE ... CLONE: copies of what is in a schema or database, in a new one.

Tables come with their rows, objects with their owners and with the privileges that were granted on them. Internal
stages are not cloned, nor are the pipes that load from them. https://docs.snowflake.com/en/user-guide/object-clone
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import cast

from sqlglot.dialects.duckdb import DuckDB

from .. import errors
from ..account import Object
from ..catalog import duckdb_tables, tracking
from ..catalog.keys import KEYS
from ..catalog.table_names import named_by, read_by
from ..language.names import duck_name, quoted, text_literal
from ..language.reader import Path, Value
from ..session import Session
from ..store.storage import whole
from . import table_copies
from .foreign_keys import moment
from .sequences import SEQUENCE

_CLONED = frozenset({"SCHEMA", "TABLE", "VIEW", "SEQUENCE", "FILE FORMAT"})
_LEFT_OUT = frozenset({"STAGE", "PIPE"})  # external ones would be cloned; here all are internal

Fill = Callable[[Object], None]


def clone(session: Session, source: Object, target: Path) -> Fill:
    """Checks that a schema or database can be cloned under that name; returns what fills the new one."""
    inside = [one for one in session.account.inside(source.path) if not one.is_temporary]
    content = [one for one in inside if one.kind not in _LEFT_OUT]
    for one in content:
        where = f"CREATE {source.kind} ... CLONE of what holds"
        if one.kind not in _CLONED:
            raise errors.not_emulated(f"{where} a {one.kind.lower()}")
        if one.properties.get("ICEBERG"):
            raise errors.not_emulated(f"{where} an Iceberg table")
        if one.kind == "TABLE" and table_copies.takes_numbers(session, one.path):
            raise errors.not_emulated(f"{where} a table with a sequence")
        if one.kind == "VIEW" and not _reads_alike(source, target, one):
            raise errors.not_emulated(f"{where} a view that names its own schema or database")
    return lambda new: _fill(session, source, new, content)


def _reads_alike(source: Object, target: Path, view: Object) -> bool:
    """Whether a copy of the view, by the same text, reads the copies of what it reads in the source, and the same else.

    A name that is written out goes on meaning what it meant.
    """
    unwritten = 3 - len(source.path)  # the parts of a name that leave its schema or database open
    for named, path in zip(named_by(view), read_by(view), strict=True):
        is_inside = path[: len(source.path)] == source.path
        if is_inside != (len(named) <= unwritten):
            return not is_inside and target[0] == source.path[0]
    return True


def _fill(session: Session, source: Object, new: Object, content: Sequence[Object]) -> None:
    """In one transaction of DuckDB's, then in one of the account's: what a kill leaves in between is swept away."""
    copies = _copies(session, source, new, content)
    with ExitStack() as locks:
        for database in sorted({source.path[0], new.path[0]}):
            locks.enter_context(session.locked(database))
        with whole(session.duck):
            _fill_duckdb(session, content, copies)
    with session.account.in_one():
        # A new database has a PUBLIC, which that of the source replaces, if there is one
        if new.kind == "DATABASE" and not any(copy.path == (new.name, "PUBLIC") for copy in copies):
            session.duck.execute(f"DROP SCHEMA {duck_name((new.name, 'PUBLIC'))}")
            session.remove(session.account.require("SCHEMA", (new.name, "PUBLIC")))
        for copy in copies:
            session.account.save(copy)
        # Privileges on what is inside, and future ones; none on the schema or database itself, and none of shares
        depth = len(source.path)
        inside = {_identity(one) for one in content}
        for grant in [*session.account.grants(), *session.account.grants(future=True)]:
            scope = tuple(part for part in (grant.database, grant.schema) if part)
            is_inside = scope[:depth] == source.path if grant.future else (grant.granted_on, grant.on_path) in inside
            if not is_inside or grant.granted_to == "SHARE":
                continue
            database, schema = new.path + (grant.database, grant.schema)[depth:]
            session.account.grant(replace(grant, database=database, schema=schema))


def _copies(session: Session, source: Object, new: Object, content: Sequence[Object]) -> list[Object]:
    """The objects of the clone, each made at a moment of its own: a table's foreign keys and stage go by that."""
    depth, now = len(source.path), session.account.clock()
    moments = {one: now + timedelta(microseconds=place) for place, one in enumerate(map(_identity, content))}
    made = {moment(one): moment(replace(one, created_on=moments[_identity(one)])) for one in content}
    copies = []
    for one in content:
        path = new.path + one.path[depth:]
        properties = {name: value for name, value in one.properties.items() if name != tracking.KEPT}
        if KEYS in properties:
            properties[KEYS] = [_referring(key, made) for key in cast(list[dict[str, Value]], properties[KEYS])]
        if one.kind == "SEQUENCE":
            properties["START"] = SEQUENCE.row(session, one)["next_value"]
        copies.append(Object.at(one.kind, path, moments[_identity(one)], one.owner, one.comment, properties))
    return copies


def _identity(one: Object) -> tuple[str, Path]:
    return one.kind, one.path


def _referring(key: dict[str, Value], made: dict[str, str]) -> Value:
    """A foreign key to a table that is cloned with its own refers to the clone."""
    return {**key, "TABLE": made[str(key["TABLE"])]} if key.get("TABLE") in made else key


def _fill_duckdb(session: Session, content: Sequence[Object], copies: Sequence[Object]) -> None:
    pairs = list(zip(content, copies, strict=True))
    for _, copy in pairs:
        if copy.kind == "SCHEMA":
            session.duck.execute(f"CREATE SCHEMA IF NOT EXISTS {duck_name(copy.path)}")
    for one, copy in pairs:
        if copy.kind == "TABLE":
            table_copies.copy(session, one.path, copy.path, rows=True)
        elif copy.kind == "SEQUENCE":
            SEQUENCE.created(session, copy)
    places = {one.path[1:]: duck_name(copy.path) for one, copy in pairs if copy.kind in ("TABLE", "VIEW")}
    views = {one.path: (one, copy) for one, copy in pairs if copy.kind == "VIEW"}
    while views:
        for one, copy in [pair for pair in views.values() if views.keys().isdisjoint(read_by(pair[0]))]:
            _copy_view(session, one, copy, places)
            del views[one.path]


def _copy_view(session: Session, view: Object, copy: Object, places: dict[Path, str]) -> None:
    """By what DuckDB has as the view's text: names of its own database stand there as schema and name."""
    at = "WHERE database_name = ? AND schema_name = ? AND view_name = ?"
    [(sql,)] = session.duck.execute(f"SELECT sql FROM duckdb_views() {at}", list(view.path)).fetchall()
    session.duck.execute(_renamed(sql, places))
    for name, comment in duckdb_tables.columns(session, view.path, "column_name", "comment"):
        if comment:
            column = f"{duck_name(copy.path)}.{quoted(name)}"
            session.duck.execute(f"COMMENT ON COLUMN {column} IS {text_literal(comment)}")


def _renamed(sql: str, places: dict[Path, str]) -> str:
    """The text with other names for the tables and views that are cloned, each written `schema.name`."""
    tokens = DuckDB().tokenize(sql)
    parts, at = [], 0
    for index in range(len(tokens) - 2):
        first, dot, second = tokens[index : index + 3]
        is_behind_dot = index > 0 and tokens[index - 1].text == "."
        place = places.get((first.text, second.text)) if dot.text == "." and not is_behind_dot else None
        if place is not None:
            parts += [sql[at : first.start], place]
            at = second.end + 1
    return "".join([*parts, sql[at:]])
