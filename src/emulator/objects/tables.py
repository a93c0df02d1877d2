"""Tables: made by DuckDB; what Snowflake keeps about one besides its rows is remembered in the account."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import Any

from sqlglot import Expr, exp

from .. import errors
from ..account import SNOWFLAKE, TEMPORARY, Dropped, Object, temporary_place
from ..catalog import imported, table_names, tracking
from ..catalog.keys import KEYS, keys_in, refuse_duplicates, take_keys
from ..language.dialect import OR_ALTER
from ..language.names import duck_name, quoted
from ..language.reader import Path, Reader, Value
from ..language.result import Result, columns, done, status
from ..session import Session
from ..session.statement import StatementContext
from ..sql import schema
from ..sql.stored import OF_NEW_TABLE
from ..sql.twins import refuse_stored
from ..sql.writes import LISTED
from ..store.definitions import HIDDEN
from ..store.storage import whole
from . import dropped, foreign_keys, table_copies
from .databases import extension_days, refuse_twin
from .kinds import ON_RELATIONS, TERSE, Kind, Property, boolean, checked, integer
from .objects import grant_future
from .retention import EXTENSION, RETENTION, retention

CLUSTERING, RECLUSTERS = "CLUSTER BY", "RECLUSTERS"  # the clustering key as SHOW TABLES writes it, and if it is heeded

# https://docs.snowflake.com/en/sql-reference/sql/create-table
_PROPERTIES: Mapping[str, Property] = {
    "CHANGE_TRACKING": Property(False, boolean),
    RETENTION: Property(None, integer(0, 90)),
    EXTENSION: Property(None, extension_days),
    "ENABLE_SCHEMA_EVOLUTION": Property(False, boolean),
}

_REFUSED = frozenset(
    {"DEFAULT_DDL_COLLATION", "ERROR_LOGGING", "ROW_TIMESTAMP", "STAGE_COPY_OPTIONS", "STAGE_FILE_FORMAT"}
)


def _checked(given: Mapping[str, Value]) -> dict[str, Value]:
    if refused := [name for name in given if name in _REFUSED]:
        raise errors.not_emulated(f"{refused[0]} of a table")
    return checked("TABLE", _PROPERTIES, given)


def check_names(context: StatementContext, expression: Expr) -> Expr:
    """Raises 002003 for a database or schema that the account does not have, and a DROP or ALTER of what is not there.

    DuckDB has more of them than the account: its own, and those that the emulator keeps its tables in. A name of two
    parts is completed, since DuckDB would look for its first part among databases, too.
    """
    session = context.session
    if isinstance(expression, exp.Show):  # it names databases and schemas, not tables
        return expression
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
        database, schema, name = table_names.name_of(session, table_names.named_in(expression), "CREATE")
        for kind in ("TABLE", "VIEW"):
            refuse_twin(name, session.account.objects(kind, database, schema))
        refuse_stored(expression)
    for node in _named(expression):
        path = table_names.name_of(session, node, expression.key.upper())
        if not table_names.exists(session, path):
            raise errors.does_not_exist(str(expression.args["kind"]).capitalize(), ".".join(table_names.parts_of(node)))
    return expression


def _named(expression: Expr) -> list[exp.Table]:
    """What a DROP or ALTER names, unless it need not be there."""
    if not isinstance(expression, exp.Drop | exp.Alter) or expression.args.get("exists"):
        return []
    named = [expression.this] if isinstance(expression, exp.Alter) else expression.args.get("tables") or []
    return [node for node in named if isinstance(node, exp.Table)]


def defining(session: Session, expression: Expr) -> AbstractContextManager[None]:
    """Held while a table or view is made or dropped: who does the same to it waits, and sees how it ended."""
    target = expression.find(exp.Table) if isinstance(expression, exp.Create | exp.Drop) else None
    if target is None:
        return nullcontext()
    command = f"{expression.key} {expression.args.get('kind')}".upper()
    return session.locked(".".join(table_names.name_of(session, target, command)))


def prepare_create(context: StatementContext, expression: Expr) -> Expr:
    """Takes out of CREATE TABLE the properties that DuckDB does not know, and refuses the ones we do not."""
    _unsign_identities(expression)
    path = table_names.name_of(context.session, table_names.named_in(expression), "CREATE TABLE")
    keys: dict[str, Value] = {KEYS: take_keys(expression.this, foreign_keys.of_create(context.session, path))}
    refuse_duplicates(path[-1], keys_in(keys[KEYS]))
    _refuse_several_defaults(expression)
    context.column_comments = schema.take_comments(expression.this)
    context.not_null = _move_types_into_query(expression, path)
    properties = expression.args.get("properties")
    context.properties = _checked({}) | keys
    if properties is None:
        return expression
    written = [prop for prop in properties.expressions if type(prop) is exp.Property]
    names = [prop.name.upper() for prop in written]
    if repeated := [name for place, name in enumerate(names) if name in names[:place]]:
        raise errors.duplicate_property(repeated[0])
    given = {prop.name.upper(): _value(prop) for prop in written}
    if properties.find(exp.ClusterProperty):
        reader = Reader(context.sql)
        while not reader.accept("CLUSTER", "BY"):
            reader.skip_whole()
        keys[CLUSTERING] = clustering_key(reader)
    transient = {"TRANSIENT": True} if properties.find(exp.TransientProperty) else {}
    context.properties = _checked(given) | transient | keys
    others = [prop for prop in properties.expressions if type(prop) is not exp.Property]
    kept = [prop for prop in others if not isinstance(prop, exp.TransientProperty | exp.ClusterProperty)]
    for prop in kept:
        if not isinstance(prop, exp.SchemaCommentProperty | exp.TemporaryProperty):
            raise errors.not_emulated(f"CREATE TABLE ... {prop.sql(dialect='snowflake')}")
    expression.set("properties", exp.Properties(expressions=kept) if kept else None)
    return expression


def clustering_key(reader: Reader) -> str:
    """`[LINEAR](expression, ...)` as SHOW TABLES writes it. Recorded: frostlake/ddl-show-command-layouts."""
    reader.accept("LINEAR")
    start = reader.position + len("(")
    inside = reader.bracketed()
    return f"LINEAR({reader.sql[start : reader.sql.index(inside, start) + len(inside)]})"  # with the spaces before it


def _refuse_several_defaults(expression: Expr) -> None:
    kinds = (exp.DefaultColumnConstraint, exp.AutoIncrementColumnConstraint, exp.GeneratedAsIdentityColumnConstraint)
    for column in expression.this.expressions if isinstance(expression.this, exp.Schema) else []:
        constraints = column.args.get("constraints") or [] if isinstance(column, exp.ColumnDef) else []
        if sum(isinstance(one.kind, kinds) for one in constraints) > 1:
            raise errors.several_defaults(table_names.identifier(column.this))


def _unsign_identities(expression: Expr) -> None:
    """Makes a negative START or INCREMENT one literal, the only form that fakesnow reads."""
    for identity in expression.find_all(exp.GeneratedAsIdentityColumnConstraint):
        for name in ("start", "increment"):
            if isinstance(identity.args.get(name), exp.Neg):
                identity.set(name, exp.Literal(this=f"-{identity.args[name].this.name}", is_string=False))


def _move_types_into_query(expression: Expr, path: Path) -> list[str]:
    """`CREATE TABLE t (a INT) AS q` becomes `CREATE TABLE t AS SELECT CAST(a AS INT) AS a FROM q (a)` for DuckDB.

    The names of the columns that are NOT NULL, which DuckDB reads nowhere there.
    """
    query, schema = expression.args.get("expression"), expression.this
    if query is None or not isinstance(schema, exp.Schema):
        return []
    not_null = [table_names.identifier(column.this) for column in schema.expressions if _is_not_null(column)]
    # A column has a name alone, or a name and more.
    names = [(column if isinstance(column, exp.Identifier) else column.this).copy() for column in schema.expressions]
    casts: list[Expr] = [exp.column(name.copy()) for name in names]
    for at, column in enumerate(schema.expressions):
        if column.args.get("kind"):
            cast = exp.cast(casts[at], column.kind)
            cast.meta[OF_NEW_TABLE] = ".".join(path)
            casts[at] = exp.alias_(cast, names[at].copy())
    alias = exp.TableAlias(this=exp.to_identifier("_emulator_query"), columns=names)
    expression.meta[LISTED] = True
    expression.set("this", schema.this)
    expression.set("expression", exp.select(*casts).from_(exp.Subquery(this=query, alias=alias)))
    return not_null


def _is_not_null(column: Expr) -> bool:
    kinds = [one.kind for one in column.args.get("constraints") or []]
    return any(isinstance(kind, exp.NotNullColumnConstraint) and not kind.args.get("allow_null") for kind in kinds)


@contextmanager
def not_null_held(context: StatementContext, expression: Expr) -> Iterator[None]:
    """Around a CREATE TABLE ... AS with columns that are NOT NULL.

    Raises 100072 if its rows do not allow that, and what it would have replaced is still there.
    """
    if not context.not_null:
        yield
        return
    session = context.session
    path = table_names.name_of(session, table_names.named_in(expression), "CREATE TABLE")
    temporary = table_names.makes_temporary(expression)
    place = temporary_place(path) if temporary else path
    with whole(session.duck):
        yield
        for name in context.not_null:
            nulls = f"SELECT 1 FROM {duck_name(place)} WHERE {quoted(name)} IS NULL LIMIT 1"
            if session.duck.execute(nulls).fetchall():
                raise errors.null_in_not_null(path[-1].removeprefix(_NEW), name)
    for name in context.not_null:
        session.duck.execute(f"ALTER TABLE {duck_name(place)} ALTER COLUMN {quoted(name)} SET NOT NULL")


def _value(prop: exp.Property) -> Value:
    value = prop.args["value"]
    if isinstance(value, exp.Neg):
        return -int(value.this.name)
    if isinstance(value, exp.Boolean):
        return bool(value.this)
    return int(value.name) if isinstance(value, exp.Literal) and not value.is_string else str(value.name)


def create_existing(session: Session, expression: Expr) -> Result | None:
    """Answers CREATE TABLE and CREATE VIEW IF NOT EXISTS of what is there, and those that copy another table.

    https://docs.snowflake.com/en/sql-reference/sql/create-table
    """
    path = table_names.name_of(session, table_names.named_in(expression), "CREATE")
    if OR_ALTER in expression.meta:
        _refuse_or_alter(expression)
        return None
    temporary = table_names.makes_temporary(expression)
    namesake = session.account.namesake(str(expression.args["kind"]), path, temporary=temporary)
    if namesake is not None and expression.args.get("exists"):
        return status(f"{path[-1]} already exists, statement succeeded.")
    if temporary and not expression.args.get("replace") and table_names.find_temporary(session, path):
        raise errors.already_exists(path[-1])
    properties = expression.args.get("properties")
    like = properties.find(exp.LikeProperty) if properties is not None else None
    copied = like or expression.args.get("clone")
    return None if copied is None else _create_copy(session, expression, path, copied)


def _refuse_or_alter(expression: Expr) -> None:
    """https://docs.snowflake.com/en/sql-reference/sql/create-table#create-or-alter-table-usage-notes"""
    properties = expression.args.get("properties")
    forms = {
        "IF NOT EXISTS": expression.args.get("exists"),
        "... AS SELECT": expression.args.get("expression"),
        "... CLONE": expression.args.get("clone"),
        "... LIKE": properties is not None and properties.find(exp.LikeProperty),
        "... without columns": not isinstance(expression.this, exp.Schema),  # USING TEMPLATE
    }
    for words, is_written in forms.items():
        if is_written:
            raise errors.not_emulated(f"CREATE OR ALTER TABLE {words}")


def _create_copy(session: Session, expression: Expr, path: Path, copied: Expr) -> Result:
    """`CREATE TABLE t LIKE u` takes the columns and keys of u, `... CLONE u` its rows and properties, too.

    https://docs.snowflake.com/en/sql-reference/sql/create-clone
    """
    is_clone = isinstance(copied, exp.Clone)
    word = "CLONE" if is_clone else "LIKE"
    properties = expression.args.get("properties")
    kept = [prop for prop in (properties.expressions if properties else []) if prop is not copied]
    for prop in kept:
        if not isinstance(prop, exp.TransientProperty | exp.TemporaryProperty):
            raise errors.not_emulated(f"CREATE TABLE ... {word} with {prop.sql(dialect='snowflake')}")
    if copied.this.args.get("when") or copied.args.get("when"):
        raise errors.not_emulated(f"CREATE TABLE ... {word} ... AT | BEFORE")
    source = session.account.find("TABLE", table_names.name_of(session, copied.this, "CREATE TABLE"))
    if source is None:
        raise errors.does_not_exist("Table", ".".join(table_names.parts_of(copied.this)))
    if source.properties.get("ICEBERG") or source.database in session.account.imported:
        raise errors.not_emulated(f"CREATE TABLE ... {word} of an Iceberg or imported table")
    if table_copies.takes_numbers(session, source.place):
        raise errors.not_emulated(f"CREATE TABLE ... {word} of a table with a sequence")
    lifetime: dict[str, Value] = {"TRANSIENT": True} if kept else {}
    if table_names.makes_temporary(expression):
        lifetime = {TEMPORARY: session.id}
    if is_clone and not lifetime and source.is_temporary:
        raise errors.permanent_clone_of_temporary()
    if is_clone and not lifetime and source.properties.get("TRANSIENT"):
        raise errors.permanent_clone_of_transient()
    _make_copy(session, source, path, bool(expression.args.get("replace")), rows=is_clone, lifetime=lifetime)
    return status(f"Table {path[-1]} successfully created.")


def _make_copy(
    session: Session, source: Object, path: Path, or_replace: bool, *, rows: bool, lifetime: dict[str, Value]
) -> None:
    if session.account.find("SCHEMA", path[:2]) is None:
        raise errors.unknown_scope("Schema", ".".join(path[:2]))
    refuse_twin(path[-1], session.account.objects("TABLE", *path[:2]))
    temporary = TEMPORARY in lifetime
    old = session.account.namesake("TABLE", path, temporary=temporary)
    if (old and not or_replace) or session.account.namesake("VIEW", path, temporary=temporary):
        raise errors.already_exists(path[-1])
    if old is not None and old.place == source.place:
        raise errors.not_emulated("CREATE OR REPLACE TABLE of itself")
    bare: dict[str, Value] = {KEYS: source.properties.get(KEYS, [])}
    properties = dict(source.properties) if rows else _checked({}) | bare
    not_copied = (tracking.KEPT, TEMPORARY, "TRANSIENT")
    properties = {name: value for name, value in properties.items() if name not in not_copied} | lifetime
    new = Object.at("TABLE", path, session.account.clock(), session.role, source.comment if rows else "", properties)
    with session.locked(path[0]), whole(session.duck):
        kept = dropped.about_to_go(session, old) if old is not None else None
        if kept is not None:
            dropped.hide(session, kept)
        elif old is not None:
            session.duck.execute(f"DROP TABLE {duck_name(old.place)}")
            if not temporary:
                tracking.forget_log(session, path)
        table_copies.copy(session, source.place, new.place, rows=rows, temporary=temporary)
    _replace_in_account(session, old, kept, new)


def _replace_in_account(session: Session, old: Object | None, kept: Dropped | None, new: Object) -> None:
    with session.account.in_one():
        if kept is not None:
            session.put_away(kept)
        elif old is not None:
            session.remove(old)
        session.account.save(new)
        grant_future(session, new)
    _sweep_iceberg(session, old)
    if kept is not None and not session.in_transaction:
        dropped.expire(session)


@contextmanager
def old_kept(context: StatementContext, expression: Expr) -> Iterator[None]:
    """Around a CREATE OR REPLACE TABLE whose old table is kept: the new one takes its name when it is complete."""
    session = context.session
    old = _replaced(session, expression)
    kept = (
        dropped.about_to_go(session, old)
        if old is not None and not session.locks.held_by_another(session, old.database)
        else None
    )
    if old is None or kept is None:
        yield
        return
    target, name, new = table_names.named_in(expression), table_names.named_in(expression).this, f"{_NEW}{old.name}"
    is_inside = session.transaction is not None and session.transaction.database is not None
    target.set("this", exp.to_identifier(new, quoted=True))
    try:
        yield
    except BaseException:
        if not is_inside:
            session.duck.execute(f"DROP TABLE IF EXISTS {duck_name((*old.path[:2], new))}")
        raise
    finally:
        target.set("this", name)
    with nullcontext() if is_inside else whole(session.duck):
        dropped.hide(session, kept)
        session.duck.execute(f"ALTER TABLE {duck_name((*old.path[:2], new))} RENAME TO {quoted(old.name)}")
    context.replaced = kept


_NEW = f"{HIDDEN}by_"  # begins the name of a table that is to replace another one


def _replaced(session: Session, expression: Expr) -> Object | None:
    """The table that a CREATE OR REPLACE TABLE is to replace; None for any other statement."""
    if not isinstance(expression, exp.Create) or expression.args.get("kind") != "TABLE":
        return None
    if not expression.args.get("replace") or table_names.makes_temporary(expression):
        return None
    return session.account.permanent(
        "TABLE", table_names.name_of(session, table_names.named_in(expression), "CREATE TABLE")
    )


def record_create(context: StatementContext, expression: Expr) -> None:
    """Remembers a table that has been made, unless it was there, and gives its rows their identity.

    The rows of a temporary table have none: no stream follows it.
    """
    session = context.session
    properties = expression.args.get("properties")
    path = table_names.name_of(session, table_names.named_in(expression), "CREATE TABLE")
    temporary = table_names.makes_temporary(expression)
    known = session.account.namesake("TABLE", path, temporary=temporary)
    if known is not None and expression.args.get("exists"):
        return
    kept = context.properties or _checked({})
    if temporary:
        kept |= {TEMPORARY: session.id}
    comment = properties.find(exp.SchemaCommentProperty) if properties is not None else None
    new = Object.at("TABLE", path, session.account.clock(), session.role, comment.name if comment else "", kept)
    if not temporary:
        tracking.add_row_id(session, path)
        tracking.forget_log(session, path)
    _replace_in_account(session, known, context.replaced, new)
    for column, text in context.column_comments.items():
        schema.comment_on_column(session, new.place, column, text)
    context.answer = status(f"Table {path[-1]} successfully created.")


def _sweep_iceberg(session: Session, gone: Object | None) -> None:
    if gone is not None and gone.properties.get("ICEBERG"):
        session.after_drop(session)


def truncate_absent(session: Session, expression: Expr) -> Result | None:
    """Answers TRUNCATE TABLE IF EXISTS of a table that is not there.

    https://docs.snowflake.com/en/sql-reference/sql/truncate-table
    """
    path = table_names.name_of(session, expression.expressions[0], "TRUNCATE TABLE")
    absent = session.account.find("TABLE", path) is None
    return done() if expression.args.get("exists") and absent else None


def prepare_truncate(context: StatementContext, expression: Expr) -> Expr:
    """Takes the IF EXISTS away, which DuckDB does not read."""
    expression.set("exists", False)
    return expression


def drop_absent(session: Session, expression: Expr) -> Result | None:
    """Answers DROP TABLE of what is kept for UNDROP, and DROP TABLE and DROP VIEW IF EXISTS of what is not there.

    https://docs.snowflake.com/en/sql-reference/sql/drop-table
    """
    [target, *_] = expression.args.get("tables") or [None]
    if not isinstance(target, exp.Table):
        return None
    path = table_names.name_of(session, target, "DROP")
    if (found := table_names.find(session, path)) is not None:
        is_table = found.kind == expression.args["kind"] == "TABLE"
        if is_table:
            session.locks.wait_for_others(path[0], session)
        return status(f"{found.name} successfully dropped.") if is_table and dropped.put_away(session, found) else None
    if not expression.args.get("exists"):
        return None
    return status(f"Drop statement executed successfully ({path[-1]} already dropped).")


def record_drop(context: StatementContext, expression: Expr) -> None:
    session = context.session
    for node in expression.args.get("tables") or []:
        found = session.account.find("TABLE", table_names.name_of(session, node, "DROP TABLE"))
        if found is not None:
            session.remove(found)
            _sweep_iceberg(session, found)
            context.answer = status(f"{found.name} successfully dropped.")


def alter_columns(session: Session, place: Path, changes: Sequence[str], *, on_log: bool = True) -> None:
    """Changes a table, each change being what DuckDB reads after ALTER TABLE; its log as well, if its columns change.

    The caller holds the write lock.
    """
    names = [duck_name(place)]
    with whole(session.duck):
        logged = tracking.has_log(session, place)
        if logged:
            tracking.drop_triggers(session, place)
            names += [tracking.log_name(place)] if on_log else []
        for change in changes:
            for name in names:
                session.duck.execute(f"ALTER TABLE {name} {change}")
        if logged:
            tracking.create_triggers(session, place)


def changes_of(session: Session, place: Path, actions: Sequence[Expr]) -> list[str]:
    """What DuckDB reads after ALTER TABLE for actions of Snowflake's."""
    catalog, db, this = (exp.to_identifier(part, quoted=True) for part in place)
    target = exp.Table(this=this, db=db, catalog=catalog)
    prefix = f"ALTER TABLE {target.sql(dialect='duckdb')} "
    statements = [exp.Alter(this=target.copy(), kind="TABLE", actions=[action]) for action in actions]
    return [sql.removeprefix(prefix) for one in statements for sql in session.cursor().to_duck(one)]


def written_properties(action: exp.AlterSet) -> dict[str, Value]:
    """What `SET name = value ...` gives."""
    written = [prop for group in action.expressions for prop in group.expressions]
    given: dict[str, Value] = {prop.name.upper(): _value(prop) for prop in written if type(prop) is exp.Property}
    comments = [prop.name for prop in written if isinstance(prop, exp.SchemaCommentProperty)]
    return given | ({"COMMENT": comments[-1]} if comments else {})


def set_properties(session: Session, found: Object, given: Mapping[str, Value]) -> Result:
    """Changes properties of a table and its comment; None is their default."""
    rest = {name: value for name, value in given.items() if name != "COMMENT"}
    unset = [name for name, value in rest.items() if value is None and name in _PROPERTIES]
    every = _checked({name: value for name, value in rest.items() if name not in unset})
    changed = {**found.properties, **{name: every[name] for name in rest}}
    if changed.get("CHANGE_TRACKING") is False:
        changed.pop(tracking.KEPT, None)
    comment = str(given["COMMENT"] or "") if "COMMENT" in given else found.comment
    session.account.save(replace(found, comment=comment, properties=changed))
    return done()


def _row(session: Session, object_: Object) -> dict[str, Any]:
    reclusters = object_.properties.get(CLUSTERING) and object_.properties.get(RECLUSTERS, True)
    return {
        "kind": next((kind for kind in (TEMPORARY, "TRANSIENT") if object_.properties.get(kind)), "TABLE"),
        "cluster_by": object_.properties.get(CLUSTERING) or "",
        "rows": object_.properties[dropped.ROWS]
        if dropped.ROWS in object_.properties
        else imported.row_count(session, object_.path),
        "retention_time": str(retention(session, object_)),
        "automatic_clustering": "ON" if reclusters else "OFF",
        "change_tracking": "ON" if object_.properties.get("CHANGE_TRACKING") else "OFF",
        "search_optimization": "OFF",
        "is_external": "N",
        "enable_schema_evolution": "Y" if object_.properties.get("ENABLE_SCHEMA_EVOLUTION") else "N",
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
    privileges=ON_RELATIONS,
)
