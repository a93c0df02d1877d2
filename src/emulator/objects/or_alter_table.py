"""CREATE OR ALTER TABLE: makes a table, or changes the one that is there into its definition, as ALTER TABLE would.

https://docs.snowflake.com/en/sql-reference/sql/create-or-alter
https://docs.snowflake.com/en/sql-reference/sql/create-table#create-or-alter-table-usage-notes
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlglot import Expr, exp

from .. import errors
from ..account import Object
from ..catalog import duckdb_tables, keys, table_names
from ..catalog.tracking import ROW_ID
from ..language.binds import literal
from ..language.dialect import OR_ALTER
from ..language.names import dotted, quoted
from ..language.reader import Path, Reader, Value
from ..language.result import done
from ..session import Session
from ..session.statement import StatementContext
from ..sql import schema, types
from ..store.definitions import HIDDEN
from ..store.storage import whole
from . import tables
from .alter_table import Table, act


@dataclass(frozen=True)
class _Column:
    """A column of a table; its default in DuckDB's words, and what AUTOINCREMENT makes of that."""

    type: str
    is_nullable: bool
    default: str | None
    identity: str | None
    comment: str | None


def alter_existing(context: StatementContext, expression: Expr) -> Expr:
    """Answers the statement if its table is there; all of its changes are made, or none."""
    session = context.session
    path = table_names.name_of(session, table_names.named_in(expression), "CREATE TABLE")
    found = session.account.find("TABLE", path) if OR_ALTER in expression.meta else None
    is_temporary = table_names.makes_temporary(expression)
    if found is None or (is_temporary and not found.is_temporary):
        return expression
    _refuse_other_kind(context, found, is_temporary)
    with session.locked(path[0]):
        there = _columns_of(session, found.place)
        wanted = _wanted(context, expression, path)
        known = replace(found, properties=found.properties | _keys(context, found))
        table = Table(path, known, is_locked=True)
        with whole(session.duck):
            for clause in _clauses(expression, there, wanted):
                reader = Reader(f"ALTER TABLE {dotted(path)} {clause}")
                reader.accept("ALTER", "TABLE")
                reader.path()
                act(session, reader, table)
            for name, column in wanted.items():
                if name not in there and column.comment is not None:
                    schema.comment_on_column(session, found.place, name, column.comment)
    _set_properties(context, expression, known)
    context.answer = done()
    return expression


def _refuse_other_kind(context: StatementContext, found: Object, is_temporary: bool) -> None:
    assert context.properties is not None
    if found.properties.get("ICEBERG"):
        raise errors.not_emulated("CREATE OR ALTER TABLE of an Iceberg table")
    if found.is_temporary and not is_temporary:
        raise errors.not_emulated("CREATE OR ALTER TABLE of a table that a temporary one hides")
    if bool(found.properties.get("TRANSIENT")) != bool(context.properties.get("TRANSIENT")):
        raise errors.not_emulated("CREATE OR ALTER TABLE that changes whether a table is transient")


# Columns


def _columns_of(session: Session, place: Path) -> dict[str, _Column]:
    facts = ("column_name", "data_type", "is_nullable", "column_default", "comment")
    columns = {}
    for name, type_, is_nullable, default, comment in duckdb_tables.columns(session, place, *facts):
        if name != ROW_ID.strip('"'):
            own, identity = schema.written_comment(comment), schema.shown_default(session, default)[1]
            declared = schema.type_of(schema.written_type(comment) or type_)
            written = types.name_of(declared) if declared is not None else type_
            columns[name] = _Column(written, is_nullable, None if default == "NULL" else default, identity, own)
    return columns


def _wanted(context: StatementContext, expression: Expr, path: Path) -> dict[str, _Column]:
    """The columns of the definition, as DuckDB would keep them: it makes such a table, and forgets it again."""
    session, scratch = context.session, expression.copy()
    place = (*path[:2], f"{HIDDEN}wanted")
    catalog, db, this = (exp.to_identifier(part, quoted=True) for part in place)
    scratch.this.set("this", exp.Table(this=this, db=db, catalog=catalog))
    scratch.set("properties", None)
    session.duck.begin()
    try:
        for sql in session.cursor().to_duck(scratch):
            session.duck.execute(sql)
        columns = _columns_of(session, place)
    finally:
        session.duck.rollback()
    return {
        name: replace(
            column,
            type=types.name_of(context.made[name]) if name in context.made else column.type,
            comment=context.column_comments.get(name),
        )
        for name, column in columns.items()
    }


def _clauses(expression: Expr, there: dict[str, _Column], wanted: dict[str, _Column]) -> Iterator[str]:
    """What ALTER TABLE is told. New columns come first: a table is never without columns."""
    added = [name for name in wanted if name not in there]
    if [*(name for name in there if name in wanted), *added] != list(wanted):
        raise errors.not_emulated("CREATE OR ALTER TABLE with its columns in another order")
    for part in expression.this.expressions:
        _refuse_others(part)
    written = {table_names.identifier(column.this): column for column in expression.this.expressions}
    for name in added:
        column = written[name].copy()
        column.set("kind", exp.DataType.build(wanted[name].type, dialect="snowflake"))
        yield f"ADD COLUMN {column.sql(dialect='snowflake')}"
    for name in there:
        if name in wanted:
            for change in _changes(written[name], there[name], wanted[name]):
                yield f"ALTER COLUMN {quoted(name)} {change}"
    if gone := [quoted(name) for name in there if name not in wanted]:
        yield f"DROP COLUMN {', '.join(gone)}"


def _refuse_others(part: Expr) -> None:
    """Refuses by name what ALTER TABLE is not told of here: columns that are worked out, and checks."""
    constraints = part.args.get("constraints") or [] if isinstance(part, exp.ColumnDef) else [part]
    for constraint in constraints:
        if not isinstance(constraint.args.get("kind"), _TOLD):
            raise errors.not_emulated(f"CREATE OR ALTER TABLE with {constraint.sql(dialect='snowflake')}")


_TOLD = (
    exp.NotNullColumnConstraint,
    exp.DefaultColumnConstraint,
    exp.AutoIncrementColumnConstraint,
    exp.GeneratedAsIdentityColumnConstraint,
)


def _changes(written: Expr, old: _Column, new: _Column) -> Iterator[str]:
    if old.type != new.type:
        yield f"SET DATA TYPE {new.type}"
    if (old.identity or old.default) != (new.identity or new.default):
        if old.identity or new.identity:
            raise errors.not_emulated("CREATE OR ALTER TABLE that changes AUTOINCREMENT of a column")
        default = written.find(exp.DefaultColumnConstraint)
        if default is None or new.default is None:
            yield "DROP DEFAULT"
        else:
            yield f"SET DEFAULT {default.this.sql(dialect='snowflake')}"
    if old.is_nullable != new.is_nullable:
        yield f"{'DROP' if new.is_nullable else 'SET'} NOT NULL"
    if old.comment != new.comment:
        yield "UNSET COMMENT" if new.comment is None else f"COMMENT {literal(new.comment)}"


# What the account keeps


def _keys(context: StatementContext, found: Object) -> dict[str, Value]:
    """The keys of the definition; one that is there, and that it gives no other name, keeps its name."""
    assert context.properties is not None
    written = context.properties.get(keys.KEYS)
    named = [bool(key.get("NAME")) for key in written if isinstance(key, dict)] if isinstance(written, list) else []
    known = replace(found, properties=found.properties | {keys.KEYS: []})
    for key, has_name in zip(keys.keys_in(written), named, strict=True):
        alike = [
            one
            for one in keys.all_keys(found)
            if replace(one, name=key.name) == key and (one.name == key.name or not has_name)
        ]
        added = alike[0] if alike else key if has_name else replace(key, name="")
        known = replace(known, properties=known.properties | keys.with_key(known, added))
    return {keys.KEYS: known.properties[keys.KEYS]}


def _set_properties(context: StatementContext, expression: Expr, known: Object) -> None:
    """What the definition does not name gets its default, but for CHANGE_TRACKING, which stays."""
    assert context.properties is not None
    properties = expression.args.get("properties")
    comment = properties.find(exp.SchemaCommentProperty) if properties is not None else None
    given = {name: context.properties.get(name) for name in tables.TABLE.properties}
    if not any(prop.name.upper() == "CHANGE_TRACKING" for prop in _written_properties(context)):
        given.pop("CHANGE_TRACKING")
    clustering = {tables.CLUSTERING: context.properties.get(tables.CLUSTERING)}
    clustered = replace(known, properties=known.properties | clustering)
    tables.set_properties(context.session, clustered, given | {"COMMENT": comment.name if comment else ""})


def _written_properties(context: StatementContext) -> list[Expr]:
    written = context.session.cursor().parsed(context.sql).args.get("properties")
    return written.expressions if written is not None else []
