"""What happened and what it cost: the queries of sql/monitoring, and what the shares hold and who uses them.

python -m src.data_sharing.monitoring queries|credits|storage|audit|objects|shares|listings
"""

import _signal  # type: ignore[import-not-found]  # built in: nothing is loaded before the handler is set
import os

if __name__ == "__main__":
    _signal.signal(_signal.SIGINT, lambda number, frame: os._exit(130))

    # The command ends the process, before anything below is loaded.
    from src.utils import program

    program.begin()

    from src.data_sharing.command_line import monitor

    monitor()

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from src.utils.arguments import checked
from src.utils.queries import Row, rows
from src.utils.sql import identifier, literal

if TYPE_CHECKING:
    from snowflake.snowpark import Session

FOLDER = Path(__file__).resolve().parents[2] / "sql" / "monitoring"

Query = Literal["query_history", "warehouse_credits", "table_storage", "access_audit", "object_access", "listing_usage"]

# The line of a file that a person edits before running it by hand, and the database that it names.
_SETTINGS = re.compile(r"^WITH SETTINGS AS \(.*\)$", re.MULTILINE)
_DATABASE = re.compile(r"\bDATA_ENG_DEMO\.")


@dataclass(frozen=True)
class ShareUse:
    """A share, what it holds, whom it is open to, and who of them has made a database of it."""

    share: str
    holds: tuple[str, ...]
    open_to: tuple[str, ...]
    used_by: tuple[str, ...]


@checked
def query_history(session: "Session", database: str, query_tag: str) -> list[Row]:
    """The last day's queries with the tag, the slowest first."""
    return rows(session, statement("query_history", database, QUERY_TAG=literal(query_tag)))


@checked
def warehouse_credits(session: "Session", database: str, price_per_credit: float) -> list[Row]:
    """Each warehouse's credits of the last seven days, and their cost. Raises QueryFailed without MONITOR USAGE."""
    return rows(session, statement("warehouse_credits", database, PRICE_PER_CREDIT=f"{price_per_credit:f}"))


@checked
def table_storage(session: "Session", database: str) -> list[Row]:
    """Rows and bytes of each table of the database."""
    return rows(session, statement("table_storage", database))


@checked
def access_audit(session: "Session", database: str, query_tag: str) -> list[Row]:
    """Who did what with the tag in the last seven days, by role and kind of statement."""
    return rows(session, statement("access_audit", database, QUERY_TAG=literal(query_tag)))


@checked
def object_access(session: "Session", database: str, query_tag: str) -> list[Row]:
    """Which objects queries with the tag read. Raises QueryFailed where ACCESS_HISTORY is not to be had."""
    return rows(session, statement("object_access", database, QUERY_TAG=literal(query_tag)))


@checked
def listing_usage(session: "Session", database: str) -> list[Row]:
    """How listings were used. Direct shares have no rows there; `share_use` is what can be known of them."""
    return rows(session, statement("listing_usage", database))


@checked
def share_use(session: "Session") -> list[ShareUse]:
    """The shares of this account, by name.

    https://docs.snowflake.com/en/sql-reference/sql/show-grants
    """
    outbound = [row for row in rows(session, "SHOW SHARES") if row["kind"] == "OUTBOUND"]
    return sorted((_use(session, row) for row in outbound), key=lambda use: use.share)


def _use(session: "Session", row: Row) -> ShareUse:
    share = str(row["name"]).rpartition(".")[2]
    holds = rows(session, f"SHOW GRANTS TO SHARE {identifier(share)}")
    used = rows(session, f"SHOW GRANTS OF SHARE {identifier(share)}")
    return ShareUse(
        share,
        tuple(f"{one['granted_on'].replace('_', ' ')} {one['name']}" for one in holds),
        tuple(name.strip() for name in (row["to"] or "").split(",") if name.strip()),
        tuple(str(one["account"]) for one in used),
    )


@checked
def statement(query: Query, database: str, **settings: str) -> str:
    """The query of sql/monitoring, with the database and the settings put into it, as a person would edit it."""
    text = (FOLDER / f"{query}.sql").read_text(encoding="utf-8")
    text = _DATABASE.sub(lambda _: f"{identifier(database)}.", text)
    if settings:
        columns = ", ".join(f"{value} AS {name}" for name, value in settings.items())
        text = _SETTINGS.sub(lambda _: f"WITH SETTINGS AS (SELECT {columns})", text)
    return text.strip().removesuffix(";")
