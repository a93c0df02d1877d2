"""Tables: made by fakesnow and DuckDB; what Snowflake keeps about one besides its rows is remembered in the account."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

from sqlglot import Expr, exp

from .. import errors
from ..account import SNOWFLAKE, Object
from ..catalog import imported, table_names, tracking
from ..catalog.keys import KEYS, take_keys
from ..language.reader import Path, Value
from ..language.result import Result, columns, done, status
from ..session import Session
from . import column_types
from .databases import RETENTION, refuse_twin, retention
from .kinds import TERSE, Kind, Property, boolean, checked, integer
from .objects import grant_future

# https://docs.snowflake.com/en/sql-reference/sql/create-table
_PROPERTIES: Mapping[str, Property] = {
    "CHANGE_TRACKING": Property(False, boolean),
    RETENTION: Property(None, integer(0, 90)),
    "ENABLE_SCHEMA_EVOLUTION": Property(False, boolean),
}


def check_names(session: Session, expression: Expr) -> None:
    """Raises 002003 for a database or schema that the account does not have, and a DROP or ALTER of what is not there.

    DuckDB has more of them than the account: its own, and those that the emulator keeps its tables in. A name of two
    parts is completed, since DuckDB would look for its first part among databases, too.
    """
    if isinstance(expression, exp.Show):  # it names databases and schemas, not tables
        return
    for node in expression.find_all(exp.Table):
        if node.db and isinstance(node.this, exp.Identifier):
            database, schema, _ = table_names.name_of(session, node, expression.key.upper())
            if database == SNOWFLAKE or schema == "INFORMATION_SCHEMA" or database in session.account.imported:
                continue
            node.set("catalog", exp.to_identifier(database, quoted=True))
            if session.account.find("DATABASE", (database,)) is None:
                raise errors.unknown_scope("Database", database)
            if session.account.find("SCHEMA", (database, schema)) is None:
                raise errors.unknown_scope("Schema", f"{database}.{schema}")
    if isinstance(expression, exp.Create):
        database, schema, name = table_names.name_of(session, _target(expression), "CREATE")
        for kind in ("TABLE", "VIEW"):
            refuse_twin(name, session.account.objects(kind, database, schema))
    for node in _named(expression):
        path = table_names.name_of(session, node, expression.key.upper())
        if not table_names.exists(session, path):
            raise errors.does_not_exist(str(expression.args["kind"]).capitalize(), ".".join(table_names.parts_of(node)))


def _named(expression: Expr) -> list[exp.Table]:
    """What a DROP or ALTER names, unless it need not be there."""
    if not isinstance(expression, exp.Drop | exp.Alter) or expression.args.get("exists"):
        return []
    named = [expression.this] if isinstance(expression, exp.Alter) else expression.args.get("tables") or []
    return [node for node in named if isinstance(node, exp.Table)]


def _target(expression: Expr) -> exp.Table:
    found = expression.this.this if isinstance(expression.this, exp.Schema) else expression.this
    assert isinstance(found, exp.Table)
    return found


def defining(session: Session, expression: Expr) -> AbstractContextManager[None]:
    """Held while a table or view is made or dropped: who does the same to it waits, and sees how it ended."""
    target = expression.find(exp.Table) if isinstance(expression, exp.Create | exp.Drop) else None
    if target is None:
        return nullcontext()
    command = f"{expression.key} {expression.args.get('kind')}".upper()
    return session.locked(".".join(table_names.name_of(session, target, command)))


def prepare_create(session: Session, expression: Expr) -> Expr:
    """Takes out of CREATE TABLE the properties that DuckDB does not know, and refuses the ones we do not."""
    if expression.args.get("clone"):
        raise errors.not_emulated("CREATE TABLE ... CLONE")
    _unsign_identities(expression)
    keys: dict[str, Value] = {KEYS: take_keys(expression.this)}
    _move_types_into_query(expression)
    properties = expression.args.get("properties")
    expression.set("emulated", checked("TABLE", _PROPERTIES, {}) | keys)
    if properties is None:
        return expression
    given = {prop.name.upper(): _value(prop) for prop in properties.expressions if type(prop) is exp.Property}
    transient = {"TRANSIENT": True} if properties.find(exp.TransientProperty) else {}
    expression.set("emulated", checked("TABLE", _PROPERTIES, given) | transient | keys)
    kept = [prop for prop in properties.expressions if not _is_ours(prop)]
    for prop in kept:
        if not isinstance(prop, exp.SchemaCommentProperty | exp.TemporaryProperty):
            raise errors.not_emulated(f"CREATE TABLE ... {prop.sql(dialect='snowflake')}")
    expression.set("properties", exp.Properties(expressions=kept) if kept else None)
    return expression


def _unsign_identities(expression: Expr) -> None:
    """Makes a negative START or INCREMENT one literal, the only form that fakesnow reads."""
    for identity in expression.find_all(exp.GeneratedAsIdentityColumnConstraint):
        for name in ("start", "increment"):
            if isinstance(identity.args.get(name), exp.Neg):
                identity.set(name, exp.Literal(this=f"-{identity.args[name].this.name}", is_string=False))


def _move_types_into_query(expression: Expr) -> None:
    """`CREATE TABLE t (a INT) AS q` becomes `CREATE TABLE t AS SELECT CAST(a AS INT) AS a FROM q (a)` for DuckDB."""
    query, schema = expression.args.get("expression"), expression.this
    if query is None or not isinstance(schema, exp.Schema):
        return
    names = [column.this.copy() for column in schema.expressions]
    casts = [
        exp.alias_(exp.cast(exp.column(name.copy()), column.kind), name.copy())
        if column.args.get("kind")
        else name.copy()
        for column, name in zip(schema.expressions, names, strict=True)
    ]
    alias = exp.TableAlias(this=exp.to_identifier("_emulator_query"), columns=names)
    expression.set("this", schema.this)
    expression.set("expression", exp.select(*casts).from_(exp.Subquery(this=query, alias=alias)))


def _is_ours(prop: Expr) -> bool:
    return type(prop) is exp.Property or isinstance(prop, exp.TransientProperty)


def _value(prop: exp.Property) -> Value:
    value = prop.args["value"]
    if isinstance(value, exp.Boolean):
        return bool(value.this)
    return int(value.name) if isinstance(value, exp.Literal) and not value.is_string else str(value.name)


def create_existing(session: Session, expression: Expr) -> Result | None:
    """Answers CREATE TABLE and CREATE VIEW IF NOT EXISTS of what is there.

    https://docs.snowflake.com/en/sql-reference/sql/create-table
    """
    path = table_names.name_of(session, _target(expression), "CREATE")
    if not expression.args.get("exists") or session.account.find(str(expression.args["kind"]), path) is None:
        return None
    return status(f"{path[-1]} already exists, statement succeeded.")


def record_create(session: Session, expression: Expr) -> None:
    """Remembers a table that has been made, unless it is temporary or was there, and gives its rows their identity."""
    properties = expression.args.get("properties")
    if properties is not None and properties.find(exp.TemporaryProperty):
        return
    path = table_names.name_of(session, _target(expression), "CREATE TABLE")
    known = session.account.find("TABLE", path)
    if known is not None and expression.args.get("exists"):
        return
    tracking.add_row_id(session, path)
    tracking.forget_log(session, path)
    kept = expression.args.get("emulated") or checked("TABLE", _PROPERTIES, {})
    comment = properties.find(exp.SchemaCommentProperty) if properties is not None else None
    text = comment.name if comment else ""
    new = Object.at("TABLE", path, session.account.clock(), session.role, text, kept)
    if known is not None:
        session.account.remove(known)
    session.account.save(new)
    grant_future(session, new)
    _sweep_iceberg(session, known)


def _sweep_iceberg(session: Session, gone: Object | None) -> None:
    if gone is not None and gone.properties.get("ICEBERG"):
        session.after_drop(session)


def truncate_absent(session: Session, expression: Expr) -> Result | None:
    """Answers TRUNCATE TABLE IF EXISTS of a table that is not there.

    https://docs.snowflake.com/en/sql-reference/sql/truncate-table
    """
    path = table_names.name_of(session, expression.expressions[0], "TRUNCATE TABLE")
    absent = session.account.find("TABLE", path) is None and not table_names.is_temporary(session, path)
    return done() if expression.args.get("exists") and absent else None


def prepare_truncate(session: Session, expression: Expr) -> Expr:
    """Takes the IF EXISTS away, which DuckDB does not read."""
    expression.set("exists", False)
    return expression


def drop_absent(session: Session, expression: Expr) -> Result | None:
    """Answers DROP TABLE and DROP VIEW IF EXISTS of what is not there.

    https://docs.snowflake.com/en/sql-reference/sql/drop-table
    """
    [target, *_] = expression.args.get("tables") or [None]
    if not expression.args.get("exists") or not isinstance(target, exp.Table):
        return None
    path = table_names.name_of(session, target, "DROP")
    if table_names.exists(session, path):
        return None
    return status(f"Drop statement executed successfully ({path[-1]} already dropped).")


def record_drop(session: Session, expression: Expr) -> None:
    for node in expression.args.get("tables") or []:
        found = session.account.find("TABLE", table_names.name_of(session, node, "DROP TABLE"))
        if found is not None:
            session.account.remove(found)
            _sweep_iceberg(session, found)


def alter(session: Session, expression: Expr) -> Result | None:
    """`ALTER TABLE t SET property = value ... | ADD COLUMN .. | DROP COLUMN .. | RENAME COLUMN ..`.

    None for one that fakesnow and DuckDB carry out as it is: a change of columns where no stream follows the table.
    https://docs.snowflake.com/en/sql-reference/sql/alter-table
    """
    actions = expression.args.get("actions") or []
    if not actions or not all(map(_is_emulated, actions)):
        raise errors.not_emulated(f"ALTER TABLE ... {' '.join(action.sql(dialect='snowflake') for action in actions)}")
    if isinstance(actions[0], exp.AlterSet | exp.Set):
        return set_property(session, expression, actions[0])
    path = table_names.name_of(session, _target(expression), "ALTER TABLE")
    for action in actions:
        if isinstance(action, exp.AlterColumn):
            column_types.refuse_change(session, path, action)
    return _alter_logged(session, expression, path) if tracking.has_log(session, path) else None


def _is_emulated(action: Expr) -> bool:
    if isinstance(action, exp.Drop):
        return action.args["kind"] == "COLUMN" and len(action.args["tables"]) == 1
    if isinstance(action, exp.AlterColumn):
        return bool(action.args.get("dtype"))
    if isinstance(action, exp.AlterSet):
        return bool(action.expressions) and not action.args.get("tag")
    if isinstance(action, exp.Set):
        return bool(action.args.get("unset")) and not action.args.get("tag")
    return isinstance(action, exp.ColumnDef | exp.RenameColumn)


def _alter_logged(session: Session, expression: Expr, path: Path) -> Result:
    with session.locked(path[0]):
        alter_columns(session, path, [expression])
    return done()


def alter_columns(session: Session, path: Path, changes: Sequence[Expr]) -> None:
    """Changes the columns of a table, and of its log if it has one, together. The caller holds the write lock."""
    logged = tracking.has_log(session, path)
    session.duck.execute("BEGIN")
    try:
        if logged:
            tracking.drop_triggers(session, path)
        for change in changes:
            for altered in (change, _on_log(change, path)) if logged else (change,):
                for sql in session.cursor().to_duck(altered):
                    session.duck.execute(sql)
        if logged:
            tracking.create_triggers(session, path)
    except BaseException:
        session.duck.execute("ROLLBACK")
        raise
    session.duck.execute("COMMIT")


def _on_log(change: Expr, path: Path) -> Expr:
    log = change.copy()
    log.this.replace(exp.maybe_parse(tracking.log_name(path), into=exp.Table, dialect="duckdb"))
    return log


def set_property(session: Session, expression: Expr, action: exp.AlterSet | exp.Set) -> Result:
    """`ALTER TABLE t SET name = value ... | UNSET name, ...`."""
    path = table_names.name_of(session, _target(expression), "ALTER TABLE")
    found = session.account.find("TABLE", path)
    if found is None and expression.args.get("exists"):
        return done()
    if found is None:
        raise errors.does_not_exist("Table", ".".join(path))
    written = [prop for group in action.expressions for prop in group.expressions]
    comments = [prop.name for prop in written if isinstance(prop, exp.SchemaCommentProperty)]
    given = {prop.name.upper(): _value(prop) for prop in written if type(prop) is exp.Property}
    if isinstance(action, exp.Set):
        names = [node.name.upper() for node in action.expressions]
        comments = [""] if "COMMENT" in names else []
        given = {name: _default(name) for name in names if name != "COMMENT"}
    every = checked("TABLE", _PROPERTIES, given)
    changed = {**found.properties, **{name: every[name] for name in given}}
    if changed.get("CHANGE_TRACKING") is False:
        changed.pop(tracking.KEPT, None)
    session.account.save(replace(found, comment=comments[0] if comments else found.comment, properties=changed))
    return done()


def _default(name: str) -> Value:
    return _PROPERTIES[name].default if name in _PROPERTIES else None


def set_change_tracking(session: Session, path: Path) -> None:
    """Turns change tracking on, as the first stream on a table does.

    https://docs.snowflake.com/en/sql-reference/sql/create-stream#access-control-requirements
    """
    found = session.account.require("TABLE", path)
    session.account.save(replace(found, properties={**found.properties, "CHANGE_TRACKING": True}))


def _row(session: Session, object_: Object) -> dict[str, Any]:
    return {
        "created_on": object_.created_on,
        "name": object_.name,
        "database_name": object_.database,
        "schema_name": object_.schema,
        "kind": "TRANSIENT" if object_.properties.get("TRANSIENT") else "TABLE",
        "comment": object_.comment,
        "cluster_by": "",
        "rows": imported.row_count(session, object_.path),
        "owner": object_.owner,
        "retention_time": str(retention(session, object_)),
        "automatic_clustering": "OFF",
        "change_tracking": "ON" if object_.properties.get("CHANGE_TRACKING") else "OFF",
        "search_optimization": "OFF",
        "is_external": "N",
        "enable_schema_evolution": "Y" if object_.properties.get("ENABLE_SCHEMA_EVOLUTION") else "N",
        "owner_role_type": "ROLE",
        "is_event": "N",
        "is_hybrid": "N",
        "is_iceberg": "Y" if object_.properties.get("ICEBERG") else "N",
        "is_dynamic": "N",
        "is_immutable": "N",
        "is_interactive": "N",
    }


# https://docs.snowflake.com/en/sql-reference/sql/show-tables; the order is recorded: frostlake/ddl-show-scopes.
# The bytes are not known, and NULL.
TABLE = Kind(
    name="TABLE",
    level="schema",
    depth="executed",
    properties=_PROPERTIES,
    columns=columns(
        "created_on:time name database_name schema_name kind comment cluster_by rows:number bytes:number owner"
        " retention_time automatic_clustering change_tracking search_optimization search_optimization_progress"
        " search_optimization_bytes is_external enable_schema_evolution owner_role_type is_event is_hybrid is_iceberg"
        " is_dynamic is_immutable is_interactive row_timestamp error_logging"
    ),
    terse=TERSE,
    row=_row,
    privileges=frozenset(
        {
            "APPLYBUDGET",
            "DELETE",
            "EVOLVE SCHEMA",
            "INSERT",
            "REFERENCES",
            "SELECT",
            "TRUNCATE",
            "UPDATE",
        }
    ),
)
