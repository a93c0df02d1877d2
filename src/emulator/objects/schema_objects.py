"""SHOW OBJECTS: the tables and views of a schema, in one list."""

from typing import Any

from ..account import Object
from ..language.reader import Reader
from ..language.result import Result, columns
from ..session import Session
from ..session.visible import seen
from .kinds import TERSE
from .objects import Scope, show_records
from .tables import TABLE
from .views import VIEW

# https://docs.snowflake.com/en/sql-reference/sql/show-objects
# The order is recorded: frostlake/ddl-show-command-layouts
_COLUMNS = columns(
    "created_on:time name database_name schema_name kind comment cluster_by rows:number bytes:number owner"
    " retention_time owner_role_type is_hybrid is_dynamic is_iceberg is_interactive"
)
_OF_ANY = {"cluster_by": "", "retention_time": "1", "is_hybrid": "N", "is_dynamic": "N", "is_interactive": "N"}


def show_objects(session: Session, reader: Reader, *, terse: bool = False) -> Result:
    """`SHOW [TERSE] OBJECTS [LIKE ..] [IN ..] [STARTS WITH ..] [LIMIT ..]`; a transient table is a TABLE here.

    https://docs.snowflake.com/en/sql-reference/sql/show-objects
    """

    def record(object_: Object) -> dict[str, Any]:
        kind = TABLE if object_.kind == "TABLE" else VIEW
        return {**_OF_ANY, "is_iceberg": "N", **kind.shown_row(session, object_), "kind": kind.name}

    def records(scope: Scope) -> list[dict[str, Any]]:
        every = [*TABLE.listed(session), *VIEW.listed(session)]
        held = seen(session, filter(scope.holds, every))
        return [record(one) for one in sorted(held, key=lambda one: one.path)]

    return show_records(session, reader, "schema", TERSE if terse else _COLUMNS, records)
