"""What the work of the commands after setup has in common: how it connects, and what it prints."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from src.config import DemoConfig

from .connections import Target
from .connector import load_lean
from .documents import hexadecimal, json_document
from .errors import DemoError, InputError, Refused
from .hints import typed
from .logging_utils import heard_by
from .options import Where
from .snowpark_session import open_session
from .terminal import columns, say, shortened, table
from .working import working

if TYPE_CHECKING:
    from snowflake.snowpark import Session

    from .needs import Command, Need
    from .preflight import Preflight
    from .queries import Row

LONGEST_CELL = 100


@contextmanager
def session_for(
    config: DemoConfig,
    where: Where,
    warehouse: str | None,
    needs: "tuple[Command, Iterable[Need]] | None" = None,
) -> Iterator["tuple[Session, Target]"]:
    """A session with CONFIG's query tag and a warehouse. Raises DemoError for all that its role lacks of the needs.

    Where it is, and the step that is under way, go to stderr, beside what a command prints.
    """
    target = where.target()
    say(target.reason, sys.stderr)
    load_lean(target)
    with working(sys.stderr) as doing, heard_by(doing), open_session(target, query_tag=config.query_tag) as opened:
        doing("asking the account")
        preflight = _preflight(opened.session) if needs is not None else None
        refused = None if warehouse is None else _refusal_of_warehouse(opened.session, warehouse)
        if preflight is not None and needs is not None:
            preflight.require(*needs)
        if refused is not None:
            raise refused
        yield opened.session, opened.target


def _preflight(session: "Session") -> "Preflight":
    from .preflight import Preflight

    return Preflight(session)


def _refusal_of_warehouse(session: "Session", warehouse: str) -> DemoError | None:
    """Why the warehouse cannot be the session's; None if it is now."""
    from .queries import QueryFailed, rows
    from .sql import identifier

    try:
        rows(session, f"USE WAREHOUSE {identifier(warehouse)}")
    except QueryFailed as error:
        return DemoError(
            f"The warehouse {warehouse} cannot be used. {error} Run: {typed('python setup.py --mode full')}"
        )
    return None


def warehouse_for(config: DemoConfig, purpose: str) -> str:
    """The warehouse whose name ends in the purpose: LOAD_WH, XFORM_WH, ANALYTICS_WH. Raises InputError without one."""
    for warehouse in config.warehouses:
        if warehouse.name.endswith(purpose):
            return warehouse.name
    raise InputError(f"No warehouse in config.py has a name that ends in {purpose}. Add one, and run setup.py.")


def refuse_without_leave(target: Target, *, yes: bool, what: str) -> None:
    """Raises Refused on a Snowflake account, unless --yes says that it may."""
    if not (target.emulated or yes):
        raise Refused(f'{what} on the Snowflake connection "{target.connection_name}" needs leave. Pass --yes.')


def show(found: "list[Row]", output: str, *, nothing: str = "No rows.") -> None:
    """The rows as a table, or as one JSON document."""
    if output == "json":
        click.echo(json_document(found))
    else:
        say("\n".join(_table(found)) if found else nothing, sys.stdout)


def _table(found: "list[Row]") -> list[str]:
    names = list(found[0])
    return table([names, *([_cell(row[name]) for name in names] for row in found)], columns(sys.stdout))


def _cell(value: object) -> str:
    """On one line; of a moment a person reads date and seconds, of numbers and bytes the digits, of lists the parts."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bytes | bytearray):
        value = hexadecimal(value)
    if isinstance(value, tuple):
        value = ", ".join(map(str, value))
    return shortened("" if value is None else " ".join(str(value).split()), LONGEST_CELL)
