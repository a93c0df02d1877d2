"""What a statement reads and changes: streams become their rows, hidden columns stay hidden."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import Expr, exp

from .. import errors
from ..account import SNOWFLAKE, Object, temporary_place
from ..capture import streams
from ..catalog import imported, table_names, tracking
from ..history import account_usage
from ..iceberg import time_travel
from ..language.dialect import is_reserved
from ..language.reader import Path
from ..session import Session
from ..session.accesses import TABLE, VIEW
from ..session.statement import StatementContext
from . import context_functions


@dataclass(frozen=True)
class Plan:
    """The tables that a statement changes, and the streams that its commit moves on (each with its clock)."""

    tables: list[Path]
    streams: list[tuple[Path, str]]


def plan(session: Session, expression: Expr) -> Plan:
    """What a statement changes, and which streams it consumes; nothing, for a query.

    Raises for a change of a stream, and refuses a view on a stream.
    """
    target = table_names.target_of(expression)
    if target is None or (
        isinstance(expression.args.get("kind"), str) and expression.args["kind"] not in ("TABLE", "VIEW")
    ):
        return Plan([], [])
    path = table_names.name_of(session, target, expression.key.upper())
    if session.account.find("STREAM", path):
        raise errors.stream_unchangeable(path[-1])
    if not isinstance(expression, exp.Create) and not table_names.exists(session, path):
        raise errors.unknown_object(".".join(table_names.parts_of(target)))
    moved = list(consumed(session, expression, target))
    if moved and expression.args.get("kind") == "VIEW":
        raise errors.not_emulated("CREATE VIEW on a stream")
    if expression.args.get("kind") == "VIEW" and context_functions.asks_about_session(expression):
        raise errors.not_emulated("CREATE VIEW with a function that asks about the session")
    return Plan([path], moved)


def consumed(session: Session, expression: Expr, target: exp.Table | None) -> Iterator[tuple[Path, str]]:
    for source in table_names.source_tables(expression, target):
        if not source.db and not session.schema:
            continue
        path = table_names.name_of(session, source, "SELECT")
        if (stream := session.account.find("STREAM", path)) is not None:
            yield path, streams.clock_of(stream)


def resolve_reads(context: StatementContext, expression: Expr) -> Expr:
    """Puts in each stream's place its rows, and in each table's place its visible columns."""
    if not isinstance(expression, _READING):
        return expression
    session = context.session
    target = table_names.target_of(expression)
    if isinstance(expression, exp.Update | exp.Delete | exp.Merge) and target is not None:
        # Raises 000904 for DuckDB's number of a row, which a statement sees of the table that it changes
        found = [column for column in expression.find_all(exp.Column) if column.name.upper() == "ROWID"]
        own = [column for column in found if column.table.upper() in ("", target.alias_or_name.upper())]
        place = table_names.place_of(session, table_names.name_of(session, target, "UPDATE"))
        if own and "ROWID" not in tracking.visible_columns(session, place):
            raise errors.invalid_identifier(own[0].name)
    if isinstance(expression, exp.Insert | exp.Merge) and target is not None:
        _name_columns(session, expression, target)
    for source in table_names.source_tables(expression, target):
        if (replacement := _replacement(context, source)) is not None:
            _strip_qualifiers(expression, source)
            source.replace(replacement)
    return expression


_READING = (exp.Query, exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create)


def _name_columns(session: Session, expression: exp.Insert | exp.Merge, target: exp.Table) -> None:
    """Writes the visible columns into an INSERT that names none, also into those of a MERGE."""
    path = table_names.name_of(session, target, "INSERT")
    if session.account.find("TABLE", path) is None:
        return
    place = table_names.place_of(session, path)
    columns = [exp.to_identifier(name, quoted=True) for name in tracking.visible_columns(session, place)]
    if isinstance(expression, exp.Insert):
        if not isinstance(expression.this, exp.Schema):
            expression.set("this", exp.Schema(this=target, expressions=columns))
        return
    for when in expression.args["whens"].expressions:
        if isinstance(insert := when.args["then"], exp.Insert) and not insert.this:
            insert.set("this", exp.Tuple(expressions=[exp.column(column) for column in columns]))


def _replacement(context: StatementContext, source: exp.Table) -> Expr | None:
    session = context.session
    if is_reserved(source.name):  # what stands for a stage, say
        return None
    if not source.db and not session.schema:
        raise errors.unknown_object(source.name)
    path = table_names.name_of(session, source, "SELECT")
    found = _read(context, source, path, source.alias or path[-1])
    if found is None:
        # DuckDB would look for files, and for tables of its own catalogue, too.
        if path[1] != "INFORMATION_SCHEMA" and not table_names.exists(session, path):
            raise errors.unknown_object(".".join(table_names.parts_of(source)))
        return None
    for part in ("joins", "pivots", "sample"):
        if (value := source.args.get(part)) is not None:
            found.set(part, value)
    if (named := source.args.get("alias")) is not None and named.args.get("columns"):
        found.args["alias"].set("columns", named.args["columns"])
    return found


def _read(context: StatementContext, source: exp.Table, path: Path, alias: str) -> Expr | None:
    """What is read in the source's place; None for what DuckDB reads by itself. The statement's accesses are noted."""
    session, accesses = context.session, context.accesses
    if path[0] == SNOWFLAKE and session.account.find("DATABASE", path[:1]) is None:
        return account_usage.read(session, path, alias)
    if (stream := session.account.find("STREAM", path)) is not None:
        accesses.add_stream(path, streams.read_by(stream))
        return streams.read(session, stream, alias)
    if (shared := imported.read(session, source, path, alias)) is not None:
        accesses.add(path, VIEW if session.account.find("VIEW", path) else TABLE)
        return shared
    found = table_names.find(session, path)
    if found is not None and found.kind == "VIEW":
        accesses.add_view(path, _tables_below(session, found))
    elif found is not None or time_travel.is_past(source):
        accesses.add(path, TABLE)
    if time_travel.is_past(source):
        if found is not None and found.is_temporary:
            raise errors.not_emulated("Time Travel on a temporary table")
        return time_travel.read(session, source, path, alias)
    if found is not None and found.is_temporary:
        return exp.alias_(table_names.node_of(found.place), alias, quoted=True, table=True)
    return tracking.hidden_read(path, alias) if found is not None and found.kind == "TABLE" else None


def placed(session: Session, expression: Expr) -> Expr:
    """The statement with the temporary tables and views that it makes, changes or drops where DuckDB has them."""
    temporary = table_names.makes_temporary(expression)
    if not temporary and (not session.account.has_temporary or isinstance(expression, exp.Create)):
        return expression
    expression = expression.copy()
    for target in list(_targets(expression)):
        path = table_names.name_of(session, target, expression.key.upper())
        place = temporary_place(path) if temporary else table_names.place_of(session, path)
        if place != path:
            node = table_names.node_of(place)
            if isinstance(expression, exp.Update | exp.Delete | exp.Merge):
                node.set("alias", target.args.get("alias") or exp.TableAlias(this=target.this))
                _strip_qualifiers(expression, target)
            target.replace(node)
    if temporary:  # what is there is of a schema that has gone, else the statement has been refused or answered
        expression.set("replace", True)
        expression.set("exists", False)
    return expression


def _tables_below(session: Session, view: Object) -> Iterator[Path]:
    for path in table_names.read_by(view):
        below = table_names.find(session, path)
        if below is not None and below.kind == "VIEW":
            yield from _tables_below(session, below)
        elif below is not None:
            yield path


def _strip_qualifiers(expression: Expr, source: exp.Table) -> None:
    """`db.schema.t.column` becomes `t.column`, since t is a subquery now."""
    for column in expression.find_all(exp.Column):
        if column.args.get("db") and column.table.upper() == source.name.upper():
            column.set("db", None)
            column.set("catalog", None)


# What is imported


def refuse_changes(context: StatementContext, expression: Expr) -> Expr:
    """Raises 003001 for a statement that would change an imported database."""
    session = context.session
    for target in _targets(expression):
        if target.db or session.schema:
            path = table_names.name_of(session, target, expression.key.upper())
            imported.refuse_change(session, path, "schema" if isinstance(expression, exp.Create) else "table")
    return expression


def _targets(expression: Expr) -> Iterator[exp.Table]:
    """The tables that a statement changes, makes, drops or comments on."""
    if not isinstance(expression, _CHANGING):
        return
    named = expression.this.this if isinstance(expression.this, exp.Schema) else expression.this
    for node in [named, *(expression.args.get("tables") or []), *(expression.args.get("expressions") or [])]:
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            yield node


_CHANGING = (
    exp.Insert,
    exp.Update,
    exp.Delete,
    exp.Merge,
    exp.TruncateTable,
    exp.Create,
    exp.Drop,
    exp.Alter,
    exp.Comment,
)
