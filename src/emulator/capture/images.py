"""The rows of a table as its change log tells them, as queries in DuckDB's words.

Those that are changes have METADATA$ACTION, METADATA$ISUPDATE and METADATA$ROW_ID behind the table's columns.
"""

from dataclasses import dataclass

from ..catalog import tracking
from ..catalog.tracking import BORN, DIED, OLD, ROW_ID, VERSION
from ..language.names import duck_name, quoted
from ..language.reader import Path


@dataclass(frozen=True)
class Window:
    """The versions that a read of a stream covers: after `start`, up to `end`; or, first, the rows at `start`."""

    start: int
    end: int
    initial: bool

    @property
    def holds(self) -> str:
        """A condition on the versions of a log."""
        return f"{VERSION} > {self.start} AND {VERSION} <= {self.end}"


def listed(columns: list[str], prefix: str = "") -> str:
    return ", ".join(prefix + quoted(column) for column in columns)


def _metadata(action: str, is_update: str, row_id: str) -> str:
    return (
        f'\'{action}\' AS "METADATA$ACTION", {is_update} AS "METADATA$ISUPDATE",'
        f' CAST({row_id} AS VARCHAR) AS "METADATA$ROW_ID"'
    )


def net(source: Path, span: Window, columns: list[str]) -> str:
    """The first old image and the last new image of each row: what is left of several changes to it.

    A row that came and went within the window leaves nothing; one that only changed leaves both images, ISUPDATE TRUE.
    https://docs.snowflake.com/en/user-guide/streams-intro#types-of-streams
    """
    log = tracking.log_name(source)
    images = listed(columns, '"c".')
    deleted = _metadata("DELETE", 'NOT "e"."_died"', f'"c".{ROW_ID}')
    inserted = _metadata("INSERT", 'NOT "e"."_born"', f'"c".{ROW_ID}')
    joined = f'FROM {log} AS "c" JOIN "_ends" AS "e" ON "c".{ROW_ID} = "e".{ROW_ID}'
    return f"""
        WITH "_ends" AS MATERIALIZED (
            SELECT {ROW_ID}, min({VERSION}) AS "_first", max({VERSION}) AS "_last",
                bool_or({BORN}) AS "_born", bool_or({DIED}) AS "_died"
            FROM {log} WHERE {span.holds} GROUP BY {ROW_ID})
        SELECT {images}, {deleted} {joined} AND "c".{VERSION} = "e"."_first"
        WHERE "c".{OLD} AND NOT "e"."_born" AND {span.holds}
        UNION ALL
        SELECT {images}, {inserted} {joined} AND "c".{VERSION} = "e"."_last"
        WHERE NOT "c".{OLD} AND NOT "e"."_died" AND {span.holds}
    """


def appended(source: Path, span: Window, columns: list[str]) -> str:
    return f"""
        SELECT {listed(columns)}, {_metadata("INSERT", "FALSE", ROW_ID)} FROM {tracking.log_name(source)}
        WHERE {BORN} AND {span.holds}
    """


def initial(source: Path, span: Window, columns: list[str]) -> str:
    """The rows that were there when the stream was created, as if they had been inserted.

    https://docs.snowflake.com/en/sql-reference/sql/create-stream (SHOW_INITIAL_ROWS)
    """
    rows = at(source, span.start, columns)
    return f"SELECT {listed(columns)}, {_metadata('INSERT', 'FALSE', ROW_ID)} FROM ({rows})"


def at(source: Path, version: int, columns: list[str]) -> str:
    """The rows as they were at a version, with their identities: today's, with what has happened since undone."""
    log = tracking.log_name(source)
    return f"""
        WITH "_since" AS MATERIALIZED (
            SELECT {ROW_ID}, min({VERSION}) AS "_first", bool_or({BORN}) AS "_born"
            FROM {log} WHERE {VERSION} > {version} GROUP BY {ROW_ID})
        SELECT {listed(columns)}, {ROW_ID} FROM {duck_name(source)}
        WHERE {ROW_ID} NOT IN (SELECT {ROW_ID} FROM "_since")
        UNION ALL
        SELECT {listed(columns, '"c".')}, "c".{ROW_ID}
        FROM {log} AS "c" JOIN "_since" AS "s" ON "c".{ROW_ID} = "s".{ROW_ID} AND "c".{VERSION} = "s"."_first"
        WHERE "c".{OLD} AND NOT "s"."_born"
    """


def changed(source: Path, span: Window) -> str:
    """The identities of the rows that have changed."""
    return f"SELECT {ROW_ID} FROM {tracking.log_name(source)} WHERE {span.holds}"
