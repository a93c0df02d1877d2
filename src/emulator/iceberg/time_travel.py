"""Time Travel on Iceberg tables: what a query reads AT or BEFORE a point in time is that time's snapshot on disk.

https://docs.snowflake.com/en/sql-reference/constructs/at-before
"""

from datetime import datetime, timedelta

from sqlglot import Expr, exp

from .. import errors
from ..account import Object
from ..catalog import scans
from ..catalog.tracking import column_types
from ..language.names import quoted
from ..language.reader import Path
from ..objects.retention import retention
from ..session import Session
from . import iceberg_catalog, iceberg_commits
from .iceberg_catalog import Metadata, Snapshot
from .iceberg_commits import identifier, moment


def is_past(source: exp.Table) -> bool:
    """Whether a table in a query has an AT, BEFORE or CHANGES clause."""
    return bool(source.args.get("when") or source.args.get("changes") or source.args.get("version"))


def read(session: Session, source: exp.Table, path: Path, alias: str) -> Expr:
    """The rows of a table at the time that its AT or BEFORE clause means, as a subquery.

    Raises 000707 beyond the retention or before the table was created, 000709 for an unknown statement. Refuses by name
    tables that are not Iceberg tables, and CHANGES.
    """
    when = source.args.get("when")
    if not isinstance(when, exp.HistoricalData):
        raise errors.not_emulated("the CHANGES clause")
    table = iceberg_commits.find(session, path)
    if table is None:
        raise errors.not_emulated(f"{when.this} on '{path[-1]}', which is no Iceberg table")
    metadata = iceberg_commits.bring_in_step(session, table)
    return _subquery(session, table, _snapshot(session, table, metadata, when), alias)


def _subquery(session: Session, table: Object, snapshot: Snapshot | None, alias: str) -> exp.Subquery:
    from .iceberg_storage import read_snapshot

    rows = read_snapshot(session.storage, identifier(table), snapshot.id if snapshot else None)
    source = scans.as_table(session, f"_emulator_past_{len(session.registered)}", rows)
    # The snapshot's columns, with the types that the table's columns have in DuckDB
    types = dict(column_types(session, table.path))
    columns: list[Expr] = [
        exp.maybe_parse(f"CAST({quoted(name)} AS {types[name]}) AS {quoted(name)}", dialect="duckdb")
        for name in rows.column_names
    ]
    return exp.Subquery(
        this=exp.select(*columns).from_(source), alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True))
    )


# Which snapshot


def _snapshot(session: Session, table: Object, metadata: Metadata, when: exp.HistoricalData) -> Snapshot | None:
    """The snapshot that a clause means; None for the time before the first one, when the table had no rows."""
    point, kind = str(when.this).upper(), str(when.args["kind"]).upper()
    if kind == "STATEMENT":
        return _by_statement(session, table, metadata, point, when.expression)
    if point != "AT" or kind not in ("TIMESTAMP", "OFFSET"):
        raise errors.not_emulated(f"{point} ({kind} => ...)")
    now = session.account.clock()
    if kind == "OFFSET":
        at = now + timedelta(seconds=float(_value(session, when.expression, "DOUBLE")))
    else:
        at = moment(int(_value(session, when.expression, "TIMESTAMP WITH TIME ZONE")))
    return _by_time(session, table, metadata, at, now)


def _value(session: Session, expression: Expr, type_: str) -> float:
    """The value of a constant expression: a number, or a timestamp as microseconds, in UTC if it has no time zone."""
    if expression.find(exp.Placeholder):
        raise errors.not_emulated("a bound value in AT | BEFORE")
    [sql] = session.cursor().to_duck(exp.select(expression.copy()))
    cast = f"CAST(({sql}) AS {type_})"
    shown = f"epoch_us({cast})" if type_.startswith("TIMESTAMP") else cast
    [(value,)] = session.duck.execute(f"SELECT {shown}").fetchall()
    if value is None:
        raise errors.invalid_value("NULL", "AT | BEFORE")
    return float(value) if type_ == "DOUBLE" else int(value)


def _by_time(session: Session, table: Object, metadata: Metadata, at: datetime, now: datetime) -> Snapshot | None:
    if at < table.created_on or at < now - timedelta(days=retention(session, table)):
        raise errors.no_time_travel_data(table.name)
    found = next((snapshot for snapshot in reversed(metadata.snapshots) if snapshot.committed_on <= at), None)
    if found is None and not metadata.is_whole:  # the retention has been longer since than when they were removed
        raise errors.no_time_travel_data(table.name)
    return found


def _by_statement(session: Session, table: Object, metadata: Metadata, point: str, expression: Expr) -> Snapshot | None:
    """After, or before, the transaction that the statement was part of.

    For a statement that did not change the table: when it ended.
    """
    if not isinstance(expression, exp.Literal) or not expression.is_string:
        raise errors.not_emulated(f"{point} (STATEMENT => ...) of anything but a query id")
    now = session.account.clock()
    for number, snapshot in enumerate(metadata.snapshots):
        if expression.name in snapshot.statements:
            found = _by_time(session, table, metadata, snapshot.committed_on, now)
            assert found is not None
            if point == "AT" or number:
                return snapshot if point == "AT" else metadata.snapshots[number - 1]
            if not metadata.is_whole:
                raise errors.no_time_travel_data(table.name)
            return None
    ended = session.account.read(
        f"SELECT epoch_us(end_time) FROM {session.history.table} WHERE query_id = ?", [expression.name]
    )
    if not ended:
        raise errors.no_result(expression.name)
    return _by_time(session, table, metadata, moment(ended[0][0]), now)


# Expiring

_GRACE = timedelta(hours=1)  # for a query that has begun within the retention


def expire(session: Session, table: Object) -> None:
    """Removes the snapshots that the table's retention has left behind, and their files. The write lock is held.

    The one that was current when the retention begins stays: Time Travel reads it. Streams read logs of their own.
    https://docs.snowflake.com/en/user-guide/tables-iceberg-metadata
    """
    metadata = iceberg_catalog.read(session.storage, identifier(table))
    begins = session.account.clock() - timedelta(days=retention(session, table)) - _GRACE
    past = [snapshot.id for snapshot in metadata.snapshots if snapshot.committed_on <= begins] if metadata else []
    if len(past) > 1:
        from .iceberg_storage import Files

        Files(session.storage, identifier(table)).expire(past[:-1])
