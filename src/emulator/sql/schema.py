"""The catalogue as sqlglot reads it: each table of a statement with its columns and their Snowflake types.

A column's type is written in its comment in DuckDB where DuckDB's own type does not tell it, as VARCHAR(3) or ARRAY.
It goes with the column, wherever that goes.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlglot import Expr, exp
from sqlglot.schema import MappingSchema

from .. import errors
from ..catalog import duckdb_tables, known
from ..catalog.table_names import find, identifier, makes_temporary, name_of, parts_of, place_of
from ..catalog.tracking import ROW_ID
from ..language.dialect import StrictSnowflake
from ..language.names import duck_name, quoted, text_literal
from ..language.reader import Path
from ..session import Session
from . import annotators, identities, types
from .casts import physical

Columns = Mapping[str, exp.DataType]
Describe = Callable[[exp.Table], Sequence[tuple[str, str]]]

# DuckDB's types, as far as it has them in tables and answers.
_OF_DUCKDB = {
    "BIGINT": types.number(38),
    "BLOB": types.of(types.BINARY, types.MAX_BYTES),
    "BOOLEAN": types.of(types.BOOLEAN),
    "DATE": types.of(types.DATE),
    "DOUBLE": types.of(types.FLOAT),
    "FLOAT": types.of(types.FLOAT),
    "HUGEINT": types.number(38),
    "INTEGER": types.number(38),
    "JSON": types.of(types.VARIANT),
    "SMALLINT": types.number(38),
    "TIME": types.of(types.TIME, 9),
    "TIMESTAMP": types.of(types.NTZ, 9),
    "TIMESTAMP WITH TIME ZONE": types.of(types.LTZ, 9),
    "TIMESTAMP_NS": types.of(types.NTZ, 9),
    "TINYINT": types.number(38),
    "UBIGINT": types.number(38),
    "UINTEGER": types.number(38),
    "UUID": types.text(),
    "VARCHAR": types.text(),
    '"NULL"': types.text(),
}
_WORDS = "NUMBER|VARCHAR|BINARY|FLOAT|VARIANT|OBJECT|ARRAY|TIME|TIMESTAMP_NTZ|TIMESTAMP_LTZ|TIMESTAMP_TZ"
_WRITTEN = re.compile(rf"(?:{_WORDS})(?:\(\d+(?:,\d+)?\))?")


def type_of(name: str) -> exp.DataType | None:
    """A type by Snowflake's name or DuckDB's; None for one of DuckDB's that Snowflake has nothing like."""
    if (known := _OF_DUCKDB.get(name)) is not None:
        return known
    if name.startswith(("ARRAY(", "OBJECT(")):
        return _structured(name)
    if name.startswith("DECIMAL("):
        return types.parsed(name.replace("DECIMAL", "NUMBER"))
    return types.parsed(name) if _WRITTEN.fullmatch(name) else None


@cache
def _structured(name: str) -> exp.DataType | None:
    return annotators.declared(exp.DataType.build(name, dialect=StrictSnowflake))


def written_type(comment: str | None) -> str:
    """The type that is written in a column's comment, "" if none is."""
    first = (comment or "").partition("\n")[0]
    return first if type_of(first) is not None else ""


def written_comment(comment: str | None) -> str | None:
    """A column's own comment, without its type; None if it has none, which DESCRIBE tells from an empty one.

    Recorded: frostlake/ddl-comment-clause.
    """
    if not written_type(comment):
        return comment or None
    _, separator, own = (comment or "").partition("\n")
    return own if separator else None


def columns_of(session: Session, path: Path) -> Columns | None:
    """The visible columns of a table or view of that very name; None if there is none."""
    columns = known.of(session).get(path)
    if columns is None:
        columns = _read_columns(session, place_of(session, path))
        known.of(session).keep(path, columns)
    return columns or None


def not_null_of(session: Session, path: Path) -> frozenset[str]:
    """The NOT NULL columns of a table, or those that a view shows so."""
    key = ("NOT NULL", path)
    columns: frozenset[str] | None = known.of(session).get(key)
    if columns is None:
        found = duckdb_tables.columns(session, place_of(session, path), "column_name", "is_nullable")
        view = find(session, path)
        columns = frozenset(str(name) for name, nullable in found if not nullable)
        columns |= view.never_null if view is not None else frozenset()
        known.of(session).keep(key, columns)
    return columns


def _read_columns(session: Session, place: Path) -> Columns:
    columns: dict[str, exp.DataType] = {}
    for name, type_, comment in duckdb_tables.columns(session, place, "column_name", "data_type", "comment"):
        if name != ROW_ID.strip('"'):
            written = (comment or "").partition("\n")[0]
            columns[name] = type_of(written) or type_of(type_) or types.of_unknown()
    return columns


def refuse_other_letters(session: Session, path: Path) -> None:
    """Raises 002003 for a name that only DuckDB would find, as CUST for "cust".

    https://docs.snowflake.com/en/sql-reference/identifiers-syntax
    """
    found = session.duck.execute(
        "SELECT table_name FROM duckdb_columns() WHERE lower(table_name) = lower(?) AND database_name = ?"
        " AND schema_name = ?",
        [path[2], path[0], path[1]],
    ).fetchall()
    if found and path[2] not in {name for (name,) in found}:
        raise errors.unknown_object(path[2])


def shown_default(session: Session, default: str | None) -> tuple[str | None, str | None]:
    """A column's default as DESCRIBE and SHOW COLUMNS write it, and what AUTOINCREMENT makes of it.

    Recorded: frostlake/ddl-show-commands-ext.
    """
    taken = re.fullmatch(r"nextval\('(.*)'\)", default or "")
    if taken is None:
        return (None if default == "NULL" else default), None
    name = taken[1].replace('"', "")
    if not name.split(".")[-1].lower().startswith(identities.PREFIX):
        return f"{name}.NEXTVAL", None
    found = session.duck.execute(
        "SELECT start_value, increment_by FROM duckdb_sequences() WHERE lower(sequence_name) = lower(?)",
        [name.split(".")[-1]],
    ).fetchall()
    return None, "IDENTITY START {} INCREMENT {} NOORDER".format(*found[0] if found else (1, 1))


def defaults_of(session: Session, path: Path) -> dict[str, str]:
    """What a table's columns hold where nothing is given, in DuckDB's words."""
    found = duckdb_tables.columns(session, path, "column_name", "column_default")
    return {name: default for name, default in found if default is not None}


def declared_in(expression: Expr) -> Columns:
    """The columns that CREATE or ALTER TABLE names with their types; what DuckDB would not read of one is left out."""
    columns: dict[str, exp.DataType] = {}
    for column, written in _typed(expression):
        if (type_ := annotators.declared(written)) is not None:
            columns[identifier(column)] = type_
            if types.kind(type_) in (types.BINARY, types.TIME):
                written.set("expressions", None)
    return columns


def _typed(expression: Expr) -> Iterator[tuple[Expr, exp.DataType]]:
    """The columns that a statement gives a type, each with it."""
    made = expression.this.expressions if isinstance(expression.this, exp.Schema) else []
    changed = expression.args.get("actions") or [] if isinstance(expression, exp.Alter) else []
    for column in made if isinstance(expression, exp.Create) else changed:
        if isinstance(column, exp.ColumnDef) and column.kind is not None:
            yield column.this, column.kind
        elif isinstance(column, exp.AlterColumn) and isinstance(column.args.get("dtype"), exp.DataType):
            named: Expr = column.this
            yield (named.this if isinstance(named, exp.Column) else named), column.args["dtype"]


def record_types(session: Session, expression: Expr, columns: Columns) -> None:
    """Remembers the types of a table or view that has been made."""
    if not isinstance(expression, exp.Create | exp.Alter) or not columns:
        return
    target = expression.this.this if isinstance(expression.this, exp.Schema) else expression.this
    path = name_of(session, target, "SELECT")
    hides = isinstance(expression, exp.Create) and not makes_temporary(expression)
    place = path if hides else place_of(session, path)
    known.forget(session)
    if set(columns) <= set(_read_columns(session, place)):
        remember_types(session, place, columns, again=isinstance(expression, exp.Alter))
        known.forget(session)


def take_comments(made: Expr) -> dict[str, str]:
    """Takes the comments out of the columns that CREATE TABLE or VIEW lists: DuckDB reads none there."""
    found = {}
    for column in made.expressions if isinstance(made, exp.Schema) else []:
        for constraint in column.args.get("constraints") or []:
            if isinstance(constraint.kind, exp.CommentColumnConstraint):
                found[identifier(column.this)] = str(constraint.kind.this.name)
        if isinstance(column, exp.ColumnDef):
            every = column.args.get("constraints") or []
            column.set("constraints", [one for one in every if not isinstance(one.kind, exp.CommentColumnConstraint)])
    return found


def comment_on_column(session: Session, place: Path, column: str, comment: str | None) -> None:
    """Keeps a column's comment, after its type; None takes it away."""
    _write(session, place, column, types.name_of(_read_columns(session, place)[column]), comment)


def comments_of(session: Session, path: Path) -> dict[str, str]:
    """The comments of a table's or view's columns, without their types."""
    found = duckdb_tables.columns(session, path, "column_name", "comment")
    return {name: own for name, comment in found if (own := written_comment(comment)) is not None}


def _write(session: Session, path: Path, column: str, type_: str, comment: str | None) -> None:
    written = text_literal(type_ if comment is None else f"{type_}\n{comment}")
    session.duck.execute(f"COMMENT ON COLUMN {duck_name(path)}.{quoted(column)} IS {written}")


def remember_types(session: Session, path: Path, declared: Columns, *, again: bool = False) -> None:
    """Writes the types of columns beside them, where DuckDB's do not tell them or (`again`) another may stand there."""
    comments = comments_of(session, path)
    for name, type_ in declared.items():
        if types.kind(type_) != types.UNKNOWN and (again or type_of(physical(type_)) != type_):
            _write(session, path, name, types.name_of(type_), comments.get(name))


def tables_in(expression: Expr) -> list[exp.Table]:
    """The tables that a statement names, less those that it defines itself."""
    made = expression.this if isinstance(expression, exp.Create) else None
    made = made.this if isinstance(made, exp.Schema) else made
    ctes = {cte.alias_or_name for cte in expression.find_all(exp.CTE)} if expression.find(exp.CTE) else set()
    folded = {name.upper() for name in ctes}
    return [
        table
        for table in expression.find_all(exp.Table)
        if isinstance(table.this, exp.Identifier)
        and table is not made
        and (table.db or table.name.upper() not in folded)
    ]


def of_statement(
    session: Session, expression: Expr, columns: Callable[[exp.Table, Path], Columns | None]
) -> MappingSchema | None:
    """A schema of the tables that the statement names; None if one of them cannot be looked up."""
    mapping: dict[str, Any] = {}
    for table in tables_in(expression):
        names = parts_of(table)
        if len(names) < 3 and not (session.database and (session.schema or len(names) == 2)):
            return None
        path = session.qualify(names, "SELECT")
        found = columns(table, path)
        if found is None and names == ("DUAL",):
            continue
        if found is None:
            return None
        mapping.setdefault(path[0], {}).setdefault(path[1], {})[path[2]] = found
    return MappingSchema(mapping, dialect=StrictSnowflake, normalize=False)


def every_column(catalogue: MappingSchema) -> set[str]:
    mapping: Any = catalogue.mapping
    tables = (table for database in mapping.values() for schema in database.values() for table in schema.values())
    return {name for table in tables for name in table}


def names_of(table: exp.Table, session: Session, catalogue: MappingSchema) -> list[str] | None:
    """The names of a table's columns, in order."""
    database, schema, name = name_of(session, table, "SELECT")
    mapping: Any = catalogue.mapping
    found = mapping.get(database, {}).get(schema, {}).get(name)
    return None if found is None else list(found)
