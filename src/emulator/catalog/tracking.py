"""Row identity and change logs: what streams are made of.

Every table has a hidden column, ROW_ID, that identifies a row for life. While a table has a stream, triggers append
each statement's changes to the table's log, with the version (transactions.py) of the statement.
"""

from duckdb import CatalogException
from sqlglot import Expr, exp

from ..account import Object
from ..language.names import duck_name, quoted
from ..language.reader import Path
from ..session import Session
from ..session.transactions import HOME
from ..store.definitions import INTERNAL
from . import duckdb_tables
from .table_names import node_of

ROW_ID = '"_emulator_row_id"'
BELOW = "BELOW"  # a property of a stream on a view
KEPT = "LOG_KEPT_SINCE"  # a property of a shared table that another account's stream follows


# The hidden column


def add_row_id(session: Session, table: Path) -> None:
    """Gives the rows of a new table, and those to come, numbers that no other row of the database has had."""
    session.duck.execute(f"ALTER TABLE {duck_name(table)} ADD COLUMN {ROW_ID} BIGINT DEFAULT {_next_id(table)}")


def _next_id(table: Path) -> str:
    return f"nextval('{table[0]}.{INTERNAL}.row_ids')"


def number_rows(session: Session, table: Path) -> None:
    """Gives the rows that were inserted without a number theirs."""
    session.duck.execute(f"UPDATE {duck_name(table)} SET {ROW_ID} = {_next_id(table)} WHERE {ROW_ID} IS NULL")


def visible_columns(session: Session, table: Path) -> list[str]:
    """The columns that Snowflake would show, in order."""
    return [name for name, _ in column_types(session, table)]


def column_types(session: Session, table: Path) -> list[tuple[str, str]]:
    """The visible columns, each with its DuckDB type; none, if there is no such table."""
    try:
        found = session.duck.execute("SELECT name, type FROM pragma_table_info(?)", [duck_name(table)]).fetchall()
    except CatalogException:
        return []
    return [(name, type_) for name, type_ in found if name != ROW_ID.strip('"')]


def hidden_read(table: Path, alias: str) -> Expr:
    """Reads a table without its hidden column, under the name that the query knows it by."""
    star = exp.Star(except_=[exp.to_identifier(ROW_ID.strip('"'), quoted=True)])
    return exp.Subquery(
        this=exp.select(star).from_(node_of(table)),
        alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)),
    )


# The log: an image a row, under the version of the statement that changed it.

VERSION = '"_emulator_version"'
OLD = '"_emulator_old"'  # the image before the change; FALSE: after it
PAIRED = '"_emulator_paired"'  # the change has both images: an UPDATE
BORN = f"(NOT {OLD} AND NOT {PAIRED})"
DIED = f"({OLD} AND NOT {PAIRED})"


def log_name(table: Path) -> str:
    database, schema, name = table
    return f"{quoted(database)}.{INTERNAL}.{quoted(f'{schema}.{name}')}"


def below(stream: Object) -> list[list[str]]:
    """What a view that is followed reads, where it is: the kind, path and creation of each view and table."""
    found = stream.properties.get(BELOW)
    return [[*map(str, one)] for one in found if isinstance(one, list)] if isinstance(found, list) else []


def tables_of(stream: Object) -> list[Path]:
    """The tables whose changes a stream shows, where they are: in its account, or in the one that shares them.

    All are in one database.
    """
    if tables := [(database, schema, name) for kind, database, schema, name, _ in below(stream) if kind == "TABLE"]:
        return list[Path](tables)
    home = stream.properties.get(HOME)
    path = home[1:] if isinstance(home, list) else stream.properties["TABLE"]
    assert isinstance(path, list)
    return [tuple(map(str, path))]


def own_streams(session: Session) -> list[Object]:
    """The account's streams on tables and views of its own."""
    return [stream for stream in session.account.objects("STREAM") if HOME not in stream.properties]


def streams_on(session: Session, table: Path) -> list[Object]:
    return [stream for stream in own_streams(session) if table in tables_of(stream)]


def is_followed(session: Session, table: Path) -> bool:
    """Whether a stream needs the table's log: one of this account, or of another that the table is shared with."""
    found = session.account.permanent("TABLE", table)
    return bool(streams_on(session, table)) or (found is not None and kept_since(found) is not None)


def kept_since(table: Object) -> int | None:
    """The version since which the log of a shared table is whole; None if no other account's stream follows it."""
    version = table.properties.get(KEPT)
    return version if isinstance(version, int) else None


def start_log(session: Session, table: Path) -> None:
    """Begins to log a table's changes. A log that is there goes on.

    It is written as it is: to compress it costs a large UPDATE more than the rest of the log.
    """
    kept = ((VERSION, "BIGINT"), (OLD, "BOOLEAN"), (PAIRED, "BOOLEAN"), (ROW_ID, "BIGINT"))
    images = ((quoted(name), type_) for name, type_ in column_types(session, table))
    columns = ", ".join(f"{name} {type_} USING COMPRESSION uncompressed" for name, type_ in (*kept, *images))
    session.duck.execute(f"CREATE TABLE IF NOT EXISTS {log_name(table)} ({columns})")
    drop_triggers(session, table)
    create_triggers(session, table)


def create_triggers(session: Session, table: Path) -> None:
    log, name = log_name(table), duck_name(table)
    columns = ", ".join([ROW_ID, *map(quoted, visible_columns(session, table))])  # in the log's order, else slower
    version = f"(SELECT version FROM {quoted(table[0])}.{INTERNAL}.clock)"
    target = f"INSERT INTO {log} ({VERSION}, {OLD}, {PAIRED}, {columns})"
    bodies = {
        "INSERT": ("NEW TABLE AS n", f"{target} SELECT {version}, FALSE, FALSE, {columns} FROM n"),
        "DELETE": ("OLD TABLE AS o", f"{target} SELECT {version}, TRUE, FALSE, {columns} FROM o"),
        "UPDATE": (
            "OLD TABLE AS o NEW TABLE AS n",
            f"{target} SELECT {version}, TRUE, TRUE, {columns} FROM o"
            f" UNION ALL SELECT {version}, FALSE, TRUE, {columns} FROM n",
        ),
    }
    for event, (referencing, body) in bodies.items():
        session.duck.execute(
            f"CREATE TRIGGER _emulator_{event.lower()} AFTER {event} ON {name}"
            f" REFERENCING {referencing} FOR EACH STATEMENT {body}"
        )


def drop_triggers(session: Session, table: Path) -> None:
    for event in ("insert", "delete", "update"):
        session.duck.execute(f"DROP TRIGGER IF EXISTS _emulator_{event} ON {duck_name(table)}")


def stop_log(session: Session, table: Path) -> None:
    """Ends the log of a table that has no streams left; the table itself may be gone."""
    if visible_columns(session, table):
        drop_triggers(session, table)
    session.duck.execute(f"DROP TABLE IF EXISTS {log_name(table)}")


def forget_log(session: Session, table: Path) -> None:
    """Removes what a table of the same name, dropped or replaced, has left."""
    session.duck.execute(f"DROP TABLE IF EXISTS {log_name(table)}")


def has_log(session: Session, table: Path) -> bool:
    return duckdb_tables.is_there(session, (table[0], INTERNAL, f"{table[1]}.{table[2]}"))
