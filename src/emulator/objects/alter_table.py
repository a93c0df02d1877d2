"""ALTER TABLE: the changes of a table's columns, keys, name and clustering key that the emulator carries out itself.

https://docs.snowflake.com/en/sql-reference/sql/alter-table
https://docs.snowflake.com/en/sql-reference/sql/alter-table-column
"""

import re
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

from sqlglot import exp

from .. import errors
from ..account import Object, temporary_place
from ..catalog import duckdb_tables, imported, keys, table_names, tracking
from ..catalog.known import forget
from ..language.dialect import refuse_reserved
from ..language.names import duck_name, quoted
from ..language.reader import Path, Reader, Value
from ..language.result import Result, done
from ..session import Session
from ..sql import defaults, schema, twins
from ..store.definitions import load_history
from ..store.storage import whole
from . import column_types, foreign_keys, table_copies, tables
from .databases import refuse_twin


@dataclass(frozen=True)
class Table:
    """The table that is altered: its name, what the account knows of it, and where DuckDB has it."""

    path: Path
    known: Object
    is_locked: bool = False  # its database, by who alters it

    @property
    def place(self) -> Path:
        return self.known.place

    def permanent(self, action: str) -> Object:
        if self.known.is_temporary:
            raise errors.not_emulated(f"ALTER TABLE ... {action} of a temporary table")
        return self.known


Action = Callable[[Session, Reader, Table], None]


def alter_table(session: Session, reader: Reader) -> Result:
    """`ALTER TABLE [IF EXISTS] t action`; raises 002003 if it is absent."""
    if_exists = reader.accept("IF", "EXISTS")
    path = session.qualify(reader.path(), "ALTER TABLE")
    imported.refuse_change(session, path, "table")
    with session.locked(".".join(path)):
        found = session.account.find("TABLE", path)
        if found is None and if_exists:
            return done()
        if found is None:
            raise errors.does_not_exist("Table", ".".join(path))
        act(session, reader, Table(path, found))
    return done()


def act(session: Session, reader: Reader, table: Table) -> None:
    """Carries out the action that the reader is before."""
    for words, action in _ACTIONS.items():
        if reader.accept(*words.split()):
            action(session, reader, table)
            return
    raise errors.not_emulated(f"ALTER TABLE ... {reader.rest}")


# Names


def _rename(session: Session, reader: Reader, table: Table) -> None:
    """The grants go with the table; it may move to another schema of its database."""
    old = table.known
    new = session.qualify(reader.path(), "ALTER TABLE")
    reader.finish()
    if session.account.find("SCHEMA", new[:2]) is None:
        raise errors.unknown_scope("Schema", ".".join(new[:2]))
    there = table_names.find(session, new)
    if there is not None and there.is_temporary != old.is_temporary:
        raise errors.not_emulated("ALTER TABLE ... RENAME TO a name that a temporary table would hide")
    if there is not None:
        raise errors.already_exists(new[-1])
    if new[0] != table.path[0]:
        raise errors.not_emulated("ALTER TABLE ... RENAME TO another database")
    if old.is_temporary and new[:2] != table.path[:2]:
        raise errors.not_emulated("ALTER TABLE ... RENAME TO another schema of a temporary table")
    refuse_reserved(new[-1])
    others = [one for one in session.account.objects("TABLE", *new[:2]) if one != old]
    refuse_twin(new[-1], [*others, *session.account.objects("VIEW", *new[:2])])
    _refuse_followed(session, table, "RENAME TO")
    with session.locked(table.path[0]):
        # Known by both names until DuckDB has committed: a process killed in between forgets the one that is not there.
        session.account.save_copy(old, new)
        with whole(session.duck):
            table_copies.move(session, old.place, temporary_place(new) if old.is_temporary else new)
            _move_load_history(session, old, new)
        session.account.remove(old)


def _swap(session: Session, reader: Reader, table: Table) -> None:
    """Recorded: frostlake/ddl-alter-table-surface."""
    old = table.permanent("SWAP WITH")
    path = session.qualify(reader.path(), "ALTER TABLE")
    reader.finish()
    found = session.account.find("TABLE", path)
    if found is None:
        raise errors.does_not_exist("Table", ".".join(path))
    other = Table(path, found)
    other.permanent("SWAP WITH")
    if path[:2] != table.path[:2]:
        raise errors.not_emulated("ALTER TABLE ... SWAP WITH a table of another schema")
    for one in (table, other):
        _refuse_followed(session, one, "SWAP WITH")
        if one.known.properties.get("ICEBERG"):
            raise errors.not_emulated("ALTER TABLE ... SWAP WITH an Iceberg table")
    between = (*path[:2], "_emulator_swapped")
    with session.locked(path[0]):
        with whole(session.duck):
            for source, target in ((table.path, between), (path, table.path), (between, path)):
                table_copies.move(session, source, target)
            _move_load_history(session, old, path)
            _move_load_history(session, other.known, table.path)
        session.account.save(replace(other.known, name=old.name))
        session.account.save(replace(old, name=other.known.name))


def _refuse_followed(session: Session, table: Table, action: str) -> None:
    if table.known.is_temporary:
        return
    if tracking.is_followed(session, table.path) or tracking.has_log(session, table.path):
        raise errors.not_emulated(f"ALTER TABLE ... {action} of a table that a stream follows")


def _move_load_history(session: Session, table: Object, new: Path) -> None:
    """A table that is renamed has been loaded from the same files."""
    history = load_history(table.database)
    if duckdb_tables.is_there(session, history):
        session.duck.execute(
            f"UPDATE {duck_name(history)} SET schema_name = ?, table_name = ?"
            " WHERE schema_name = ? AND table_name = ? AND identity = ?",
            [*new[1:], *table.path[1:], table.identity],
        )


# The clustering key, which changes nothing but what SHOW TABLES says


def _cluster_by(session: Session, reader: Reader, table: Table) -> None:
    key = tables.clustering_key(reader)
    reader.finish()
    _save(session, table.known, {tables.CLUSTERING: key, tables.RECLUSTERS: True})


def _drop_clustering_key(session: Session, reader: Reader, table: Table) -> None:
    reader.finish()
    _save(session, table.known, {tables.CLUSTERING: None})


def _recluster(resumes: bool) -> Action:
    """Recorded: frostlake/ddl-alter-table-properties."""

    def act(session: Session, reader: Reader, table: Table) -> None:
        reader.finish()
        known = table.known
        if not known.properties.get(tables.CLUSTERING):
            raise errors.not_clustered(table.path[-1])
        _save(session, known, {tables.RECLUSTERS: resumes})

    return act


def _save(session: Session, table: Object, changed: dict[str, Value]) -> None:
    session.account.save(replace(table, properties={**table.properties, **changed}))


# Columns


def _names(reader: Reader) -> list[str]:
    names = reader.several(reader.name)
    reader.finish()
    return names


def _columns(session: Session, table: Table) -> list[str]:
    return [name for name, _ in tracking.column_types(session, table.place)]


def _rename_column(session: Session, reader: Reader, table: Table) -> None:
    """Recorded, with its words: frostlake/ddl-alter-table-surface."""
    reader.accept("IF", "EXISTS")
    old = reader.name()
    reader.expect("TO")
    new = reader.name()
    reader.finish()
    refuse_reserved(new)
    there = _columns(session, table)
    if old not in there:
        raise errors.does_not_exist("Object", old)
    others = [name for name in there if name != old]
    if new in others:
        raise errors.already_exists(f"{table.path[-1]}.{new}")
    twins.refuse([*others, new])
    _change(session, table, [f"RENAME COLUMN {quoted(old)} TO {quoted(new)}"], on_log=True)
    _save(session, table.known, keys.with_renamed_column(table.known, old, new))


def _alter_columns(session: Session, reader: Reader, table: Table) -> None:
    """`ALTER | MODIFY [(] [COLUMN] c action [, [COLUMN] c action ...] [)]`; all of them, or none."""
    bracketed = reader.accept("(")
    changes = reader.several(lambda: _read_change(session, reader, table, bracketed))
    if bracketed:
        reader.expect(")")
    reader.finish()
    for change in changes:
        change()


def _read_change(session: Session, reader: Reader, table: Table, bracketed: bool) -> Callable[[], None]:
    reader.accept("COLUMN")
    position, name = reader.position, reader.name()
    if name not in _columns(session, table):
        raise errors.invalid_identifier(name, reader.sql, position)
    column = quoted(name)
    if reader.accept("DROP", "DEFAULT"):
        return lambda: _change(session, table, [f"ALTER COLUMN {column} DROP DEFAULT"])
    if reader.accept("SET", "NOT", "NULL") or reader.accept("NOT", "NULL"):
        return lambda: _set_not_null(session, table, name)
    if reader.accept("DROP", "NOT", "NULL"):
        return lambda: _change(session, table, [f"ALTER COLUMN {column} DROP NOT NULL"])
    if reader.accept("COMMENT"):
        comment = reader.text()
        return lambda: schema.comment_on_column(session, table.place, name, comment)
    if reader.accept("UNSET", "COMMENT"):
        return lambda: schema.comment_on_column(session, table.place, name, None)
    if reader.sees("SET", "DEFAULT"):
        if reader.word(3) == "." or reader.word(5) == ".":
            raise errors.not_emulated("ALTER TABLE ... ALTER COLUMN ... SET DEFAULT of a sequence")
        raise errors.unsupported("Alter Column Set Default")
    for refused in ("SET MASKING", "UNSET MASKING", "SET PROJECTION", "UNSET PROJECTION", "SET TAG", "UNSET TAG"):
        if reader.sees(*refused.split()):
            raise errors.not_emulated(f"ALTER TABLE ... ALTER COLUMN ... {refused}")
    reader.accept("SET", "DATA")
    reader.accept("TYPE")
    return _read_type(session, reader, table, column, bracketed)


def _read_type(session: Session, reader: Reader, table: Table, column: str, bracketed: bool) -> Callable[[], None]:
    start = reader.position
    while not (reader.done or reader.sees(",") or (bracketed and reader.sees(")"))):
        reader.skip_whole()
    written = reader.sql[start : reader.position].rstrip().rstrip(";") or reader.fail()
    statement = session.cursor().parsed(f"ALTER TABLE T ALTER COLUMN {column} SET DATA TYPE {written}")
    [action] = statement.args.get("actions") or [None]
    if not isinstance(action, exp.AlterColumn) or not action.args.get("dtype"):
        raise errors.not_emulated(f"ALTER TABLE ... ALTER COLUMN {column} {written}")
    column_types.refuse_change(session, table.place, action)
    return lambda: _run(session, table, statement)


def _set_not_null(session: Session, table: Table, name: str) -> None:
    found = session.duck.execute(
        f"SELECT 1 FROM {duck_name(table.place)} WHERE {quoted(name)} IS NULL LIMIT 1"
    ).fetchall()
    if found:
        raise errors.contains_nulls(name)
    _change(session, table, [f"ALTER COLUMN {quoted(name)} SET NOT NULL"])


def _run(session: Session, table: Table, statement: exp.Expr) -> None:
    """Runs a change that is written as Snowflake writes it, and remembers the types that it names."""
    declared = schema.declared_in(statement)
    changes = tables.changes_of(session, table.place, statement.args["actions"])
    _change(session, table, changes, on_log=True)
    forget(session)
    schema.remember_types(session, table.place, declared, again=True)


def _change(session: Session, table: Table, changes: Sequence[str], *, on_log: bool = False) -> None:
    with nullcontext() if table.is_locked else session.locked(table.path[0]):
        tables.alter_columns(session, table.place, changes, on_log=on_log)


# Keys, which are kept and not enforced


def _add_key(session: Session, reader: Reader, table: Table) -> None:
    """`ADD [CONSTRAINT name] PRIMARY KEY | UNIQUE (column, ...)`, `... FOREIGN KEY (column, ...) REFERENCES ..`."""
    known = table.known
    name = reader.name() if reader.accept("CONSTRAINT") else ""
    kind = _read_kind(reader)
    columns = _key_columns(reader)
    there = _columns(session, table)
    for column in columns:
        if column not in there:
            raise errors.invalid_identifier(column)
    key = keys.Key(kind, name, tuple(columns))
    if kind == keys.FOREIGN:
        reader.expect("REFERENCES")
        path = session.qualify(reader.path(), "ALTER TABLE")
        key = replace(
            foreign_keys.refer(session, path, columns, _key_columns(reader) if reader.sees("(") else ()), name=name
        )
    options = reader.rest.upper()  # RELY and the like: no key is enforced
    reader.skip_rest()
    if kind == keys.FOREIGN and keys.has_action(re.findall(r"ON (?:DELETE|UPDATE) (?:NO ACTION|\w+)", options)):
        return
    changed = keys.with_key(known, replace(key, rely="RELY" in options.split()))
    if kind == keys.PRIMARY:
        for column in columns:
            _set_not_null(session, table, column)
    _save(session, known, changed)


def _key_columns(reader: Reader) -> list[str]:
    inner = Reader(reader.bracketed())
    return _names(inner)


def _read_kind(reader: Reader) -> str:
    kinds = (keys.PRIMARY, keys.FOREIGN, keys.UNIQUE)
    return next((kind for kind in kinds if reader.accept(*kind.split())), "") or reader.fail()


def _drop_key(session: Session, reader: Reader, table: Table) -> None:
    """`DROP PRIMARY KEY | {UNIQUE | FOREIGN KEY} (column, ...) | CONSTRAINT name`; the columns stay NOT NULL."""
    known = table.known
    if reader.accept("CONSTRAINT"):
        name = reader.name()
        changed = keys.without_key(known, lambda key: key.name == name)
        missing = errors.no_constraint(name)
    elif reader.accept("PRIMARY", "KEY"):
        changed, missing = keys.without_key(known, lambda key: key.kind == keys.PRIMARY), errors.no_constraint("")
    else:
        kind = _read_kind(reader)
        columns = tuple(_key_columns(reader))
        changed = keys.without_key(known, lambda key: key.kind == kind and key.columns == columns)
        missing = errors.no_constraint("")
    reader.accept("CASCADE") or reader.accept("RESTRICT")
    reader.finish()
    if changed is None:
        raise missing
    _save(session, known, changed)


def _rename_constraint(session: Session, reader: Reader, table: Table) -> None:
    """Recorded: frostlake/ddl-alter-constraint."""
    old = reader.name()
    reader.expect("TO")
    new = reader.name()
    reader.finish()

    def renamed(known: Object) -> dict[str, Value] | None:
        return keys.with_changed(known, old, lambda key: replace(key, name=new))

    if renamed(table.known) is None:
        raise errors.no_constraint(old)
    with session.account.in_one():
        foreign_keys.rename_key(session, table.known, old, new)
        known = session.account.require("TABLE", table.path)  # a table may refer to itself
        _save(session, known, renamed(known) or {})


def _alter_constraint(session: Session, reader: Reader, table: Table) -> None:
    """RELY is shown; whether a key is enforced is not. Recorded: frostlake/ddl-alter-constraint."""
    name = reader.name()
    rely: bool | None = None
    while not reader.done:
        if reader.accept("RELY") or reader.sees("NORELY"):
            rely = not reader.accept("NORELY")
        elif not (reader.accept("ENFORCED") or reader.accept("NOT", "ENFORCED")):
            reader.fail()
    known = table.known
    changed = keys.with_changed(known, name, lambda key: key if rely is None else replace(key, rely=rely))
    if changed is None:
        raise errors.does_not_exist("Object", name)
    _save(session, known, changed)


def _unread(part: str) -> Action:
    """An action that begins with a word which the one after it does not take away."""

    def act(session: Session, reader: Reader, table: Table) -> None:
        raise errors.not_emulated(f"ALTER TABLE ... {part}")

    return act


def _sees_key(reader: Reader) -> bool:
    return any(reader.sees(*words.split()) for words in ("CONSTRAINT", keys.PRIMARY, keys.UNIQUE, keys.FOREIGN))


def _added(session: Session, reader: Reader, table: Table) -> None:
    if _sees_key(reader):
        _add_key(session, reader, table)
    else:
        # Existing ones are passed over if IF NOT EXISTS allows it. Recorded: frostlake/ddl-alter-table-surface
        statement = session.cursor().parsed(reader.sql)
        added = statement.args.get("actions") or [] if isinstance(statement, exp.Alter) else []
        if not added or not all(isinstance(column, exp.ColumnDef) for column in added):
            raise errors.not_emulated(f"ALTER TABLE ... ADD {reader.rest}")
        if statement.find(exp.Reference):
            raise errors.not_emulated("ALTER TABLE ... ADD COLUMN with a foreign key")
        if statement.find(exp.AutoIncrementColumnConstraint, exp.GeneratedAsIdentityColumnConstraint):
            raise errors.not_emulated("ALTER TABLE ... ADD COLUMN with AUTOINCREMENT")
        defaults.refuse_others(statement)
        there = _columns(session, table)
        kept = []
        for column in added:
            name = table_names.identifier(column.this)
            if name not in there:
                twins.refuse([*there, name])
                kept.append(column)
                there.append(name)
            elif not any(one.args.get("exists") for one in added):
                raise errors.column_exists(name)
        if kept:
            statement.set("actions", kept)
            _run(session, table, statement)


def _dropped(session: Session, reader: Reader, table: Table) -> None:
    if _sees_key(reader):
        _drop_key(session, reader, table)
    else:
        reader.accept("COLUMN")
        if_exists = reader.accept("IF", "EXISTS")
        names, there = _names(reader), _columns(session, table)
        for name in names:
            if name not in there and not if_exists:
                raise errors.no_column(name)
        dropped = [name for name in dict.fromkeys(names) if name in there]
        if set(dropped) == set(there):
            raise errors.not_emulated("ALTER TABLE ... DROP COLUMN of every column")
        if keys.columns_of_keys(table.known) & set(dropped):
            raise errors.not_emulated("ALTER TABLE ... DROP COLUMN of a column of a key")
        _change(session, table, [f"DROP COLUMN {quoted(name)}" for name in dropped], on_log=True)


def _set(session: Session, reader: Reader, table: Table) -> None:
    """`SET name = value [[,] ...]`, where a name may be given twice. Recorded: frostlake/ddl-alter-table-properties."""
    if reader.sees("TAG"):
        raise errors.not_emulated("ALTER TABLE ... SET TAG")
    given = reader.properties()
    if not given:
        reader.fail()
    tables.set_properties(session, table.known, given)


def _unset(session: Session, reader: Reader, table: Table) -> None:
    if reader.sees("TAG"):
        raise errors.not_emulated("ALTER TABLE ... UNSET TAG")
    names = reader.several(reader.take_word)
    reader.finish()
    tables.set_properties(session, table.known, dict.fromkeys(names))


# By the words that an action begins with, the longer before the shorter.
_ACTIONS: dict[str, Action] = {
    "RENAME TO": _rename,
    "RENAME COLUMN": _rename_column,
    "RENAME CONSTRAINT": _rename_constraint,
    "SWAP WITH": _swap,
    "CLUSTER BY": _cluster_by,
    "DROP CLUSTERING KEY": _drop_clustering_key,
    "SUSPEND RECLUSTER": _recluster(False),
    "RESUME RECLUSTER": _recluster(True),
    **{
        f"{verb} {what}": _unread(f"{verb} {what}")
        for verb in ("ADD", "DROP")
        for what in ("ROW ACCESS", "AGGREGATION POLICY", "JOIN POLICY", "SEARCH OPTIMIZATION")
    },
    "DROP ALL": _unread("DROP ALL ROW ACCESS POLICIES"),
    "ADD": _added,
    "DROP": _dropped,
    "ALTER CONSTRAINT": _alter_constraint,
    "MODIFY CONSTRAINT": _alter_constraint,
    "ALTER": _alter_columns,
    "MODIFY": _alter_columns,
    "SET": _set,
    "UNSET": _unset,
}
