"""Views: made by DuckDB; their text, owner and whether they are secure is remembered in the account."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlglot import Expr, exp

from .. import errors
from ..account import NOT_NULL, SNOWFLAKE, TEMPORARY, Object
from ..catalog import duckdb_tables, tracked_views
from ..catalog.table_names import find, makes_temporary, name_of, named_in, place_of, read_by, source_tables
from ..language.reader import Path, Reader, Value
from ..language.result import Result, columns, done, status
from ..session import Session
from ..session.statement import StatementContext
from ..session.visible import may_read_text
from ..sql import schema
from . import change_tracking
from .change_tracking import CHANGE_TRACKING
from .kinds import ON_RELATIONS, TERSE, Kind, boolean
from .objects import grant_future


def _written(expression: Expr) -> list[Expr]:
    properties = expression.args.get("properties")
    return list(properties.expressions) if properties is not None else []


def prepare_create(context: StatementContext, expression: Expr) -> Expr:
    """Keeps what DuckDB has no place for: SECURE, COMMENT, the text the databases read. Refuses other properties."""
    written = _written(expression)
    for prop in written:
        if not isinstance(prop, _PROPERTIES) and not _is_tracking(prop):
            raise errors.not_emulated(f"CREATE VIEW ... {prop.sql(dialect='snowflake')}")
    for table in expression.find_all(exp.Table):
        if (when := table.args.get("when")) is not None:
            raise errors.not_emulated(f"CREATE VIEW ... {when.this}")
    # Leaves of the columns that are listed their names alone, which is what DuckDB reads of a view
    context.column_comments = schema.take_comments(expression.this)
    for column in expression.this.expressions if isinstance(expression.this, exp.Schema) else []:
        if isinstance(column, exp.ColumnDef):
            if column.kind is not None or column.args.get("constraints"):
                raise errors.not_emulated(f"a column of a view with {column.sql(dialect='snowflake')}")
            column.replace(column.this)
    comments = [prop.name for prop in written if isinstance(prop, exp.SchemaCommentProperty)]
    context.comment = comments[0] if comments else ""
    context.properties = _properties(context, expression)
    context.copies_grants = any(isinstance(prop, exp.CopyGrantsProperty) for prop in written)
    temporary = expression.find(exp.TemporaryProperty)
    expression.set("properties", exp.Properties(expressions=[temporary]) if temporary else None)
    return expression


_PROPERTIES = (exp.SecureProperty, exp.SchemaCommentProperty, exp.CopyGrantsProperty, exp.TemporaryProperty)


def _is_tracking(prop: Expr) -> bool:
    is_named = type(prop) is exp.Property and prop.name.upper() == CHANGE_TRACKING
    return is_named and isinstance(prop.args["value"], exp.Boolean)


def _properties(context: StatementContext, expression: Expr) -> dict[str, Value]:
    session = context.session
    target = named_in(expression)
    path = name_of(session, target, "CREATE VIEW")
    sources = [name_of(session, source, "CREATE VIEW") for source in source_tables(expression, target)]
    _refuse_circle(session, path, sources)
    temporary = makes_temporary(expression)
    if not temporary and any((found := find(session, source)) and found.is_temporary for source in sources):
        raise errors.not_emulated("CREATE VIEW on a temporary table or view")
    read = {source[0] for source in sources}
    if shared := sorted(read & session.account.imported.keys()):
        raise errors.not_emulated(f"CREATE VIEW on the imported database {shared[0]}")
    if SNOWFLAKE in read and session.account.find("DATABASE", (SNOWFLAKE,)) is None:
        raise errors.not_emulated(f"CREATE VIEW on the database {SNOWFLAKE}")
    others: list[Value] = [*sorted(read - {path[0]})]
    secure = expression.find(exp.SecureProperty) is not None
    properties: dict[str, Value] = {"TEXT": context.sql, "SECURE": secure, "DATABASES": others}
    if any(_is_tracking(prop) and prop.args["value"].this for prop in _written(expression)):
        if temporary:
            raise errors.not_emulated(f"CREATE TEMPORARY VIEW ... {CHANGE_TRACKING}")
        tables = tracked_views.tables_of_query(session, expression.expression, path[:2])
        change_tracking.check_owned(session, change_tracking.tables(session, tables))
        properties[CHANGE_TRACKING] = True
    return properties | ({TEMPORARY: session.id} if temporary else {})


def _refuse_circle(session: Session, path: Path, sources: Iterable[Path]) -> None:
    """Refuses by name a view that reads itself, also through others, which only a recursive one may.

    https://docs.snowflake.com/en/sql-reference/sql/create-view
    """
    for source in sources:
        if source == path:
            raise errors.not_emulated("a view that reads itself")
        below = find(session, source)
        if below is not None and below.kind == "VIEW":
            _refuse_circle(session, path, read_by(below))


def record_create(context: StatementContext, expression: Expr) -> None:
    """Remembers a view that has been made, unless it was there; one replaced without COPY GRANTS loses its grants.

    https://docs.snowflake.com/en/sql-reference/sql/create-view
    """
    session = context.session
    path = name_of(session, named_in(expression), "CREATE VIEW")
    known = session.account.namesake("VIEW", path, temporary=makes_temporary(expression))
    if known is not None and expression.args.get("exists"):
        return
    context.answer = status(f"View {path[-1]} successfully created.")
    now = session.account.clock()
    # The view's properties with the names of its NOT NULL columns, which DuckDB does not tell of a view
    place = place_of(context.session, path)
    names = [name for (name,) in duckdb_tables.columns(context.session, place, "column_name")]
    found: list[Value] = [name for name, is_set in zip(names, context.never_null, strict=False) if is_set]
    new = Object.at(
        "VIEW",
        path,
        now,
        session.role,
        context.comment,
        {**(context.properties or {}), **({NOT_NULL: found} if found else {})},
    )
    keeps_grants = known is not None and context.copies_grants
    if known is not None and not keeps_grants:
        session.account.remove(known)
    session.account.save(new)
    for column, text in context.column_comments.items():
        schema.comment_on_column(session, new.place, column, text)
    if not keeps_grants:
        grant_future(session, new)
    if change_tracking.is_on(new):
        _track_tables(session, new)


def _track_tables(session: Session, view: Object) -> None:
    """Turns on the change tracking of the tables that a view reads, where that is asked for.

    https://docs.snowflake.com/en/user-guide/streams-manage#explicitly-enable-change-tracking-on-the-underlying-tables
    """
    tables = change_tracking.tables(session, tracked_views.base_tables(session, view))
    change_tracking.check_owned(session, tables)
    change_tracking.turn_on(session, tables)


def record_drop(context: StatementContext, expression: Expr) -> None:
    session = context.session
    for node in expression.args.get("tables") or [expression.this]:
        found = session.account.find("VIEW", name_of(session, node, "DROP VIEW"))
        if found is not None:
            session.account.remove(found)
            context.answer = status(f"{found.name} successfully dropped.")


def alter_view(session: Session, reader: Reader) -> Result:
    """`ALTER VIEW [IF EXISTS] v SET SECURE | COMMENT = '..' | CHANGE_TRACKING = ..`, or `UNSET SECURE | COMMENT`.

    https://docs.snowflake.com/en/sql-reference/sql/alter-view
    """
    if_exists = reader.accept("IF", "EXISTS")
    path = session.qualify(reader.path(), "ALTER VIEW")
    view = session.account.find("VIEW", path)
    if view is None and if_exists:
        return done()
    view = session.account.require("VIEW", path)
    tracks = reader.sees("SET", CHANGE_TRACKING)
    changed = _altered(view, reader)
    reader.finish()
    if tracks and change_tracking.is_on(changed):
        _track_tables(session, changed)
    session.account.save(changed)
    return done()


def _altered(view: Object, reader: Reader) -> Object:
    setting = reader.accept("SET")
    if not setting and not reader.accept("UNSET"):
        raise errors.not_emulated(f"ALTER VIEW ... {reader.word() or reader.rest}")
    if reader.accept("SECURE"):
        return replace(view, properties={**view.properties, "SECURE": setting})
    if setting and reader.accept(CHANGE_TRACKING):
        reader.expect("=")
        return replace(view, properties={**view.properties, CHANGE_TRACKING: boolean(CHANGE_TRACKING, reader.value())})
    if not reader.accept("COMMENT"):
        raise errors.not_emulated(f"ALTER VIEW ... {'SET' if setting else 'UNSET'} {reader.word() or reader.rest}")
    if setting:
        reader.expect("=")
    return replace(view, comment=reader.text() if setting else "")


def _row(session: Session, object_: Object) -> dict[str, Any]:
    return {
        "reserved": "",
        "text": object_.properties["TEXT"] if may_read_text(session, object_) else "",
        "is_secure": str(bool(object_.properties["SECURE"])).lower(),
        "is_materialized": "false",
        "owner_role_type": "ROLE" if object_.owner else "",
        "change_tracking": "ON" if change_tracking.is_on(object_) else "OFF",
        "kind": "VIEW",
    }


# https://docs.snowflake.com/en/sql-reference/sql/show-views
VIEW = Kind(
    name="VIEW",
    level="schema",
    depth="executed",
    properties={},
    columns=columns(
        "created_on:time name reserved database_name schema_name owner comment text is_secure is_materialized"
        " owner_role_type change_tracking"
    ),
    terse=TERSE,
    row=_row,
    privileges=ON_RELATIONS | {"VIEW EXPANDED QUERY PROFILE"},
)
