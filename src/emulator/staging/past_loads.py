"""VALIDATE: every error that an earlier COPY INTO of the session has met.

https://docs.snowflake.com/en/sql-reference/functions/validate
"""

from sqlglot import Expr, exp

from .. import errors
from ..catalog.scans import as_table
from ..catalog.table_names import identifier
from ..language.names import function_name
from ..language.reader import Path
from ..language.result import Result, columns
from ..session import Session
from ..session.session import PastLoad
from ..session.visible import require_seen

COLUMNS = columns(
    "ERROR FILE LINE:number CHARACTER:number BYTE_OFFSET:number CATEGORY CODE:number SQL_STATE COLUMN_NAME"
    " ROW_NUMBER:number ROW_START_LINE:number REJECTED_RECORD"
)
_CALL = "VALIDATE(table, JOB_ID => '...')"


def remember(session: Session, table: Path, errors_met: Result | None) -> None:
    """Keeps what the load that runs has met, for the rest of the session; None if its query changes what it loads."""
    session.loads.append(PastLoad(session.running[-1].query_id, table, errors_met))


def resolve(node: exp.TableFromRows, session: Session) -> Expr:
    """Replaces `TABLE(VALIDATE(t, JOB_ID => ..))` by the errors of that load.

    Raises 002003 for a table that is not seen, 001044 for a load that the session has not made into it. Loads of other
    sessions are refused by name.
    """
    if function_name(node.this) != "VALIDATE":
        return node
    written = node.this.expressions
    if len(written) != 2 or not isinstance(written[0], exp.Column) or not _is_job(written[1]):
        raise errors.not_emulated(f"VALIDATE other than {_CALL}")
    path = session.qualify(tuple(identifier(part) for part in written[0].parts), "SELECT")
    require_seen(
        session, session.account.require("TABLE", path), lambda: errors.does_not_exist("Table", ".".join(path))
    )
    load = _load(session, path, written[1].expression.name)
    if load.errors is None:
        raise errors.not_emulated("VALIDATE of a load by a query")
    found = as_table(session, f"_emulator_validate_{len(session.registered)}", load.errors.arrow())
    found.set("alias", node.args.get("alias"))
    return found


def _is_job(node: Expr) -> bool:
    is_named = isinstance(node, exp.Kwarg) and node.this.name.upper() == "JOB_ID"
    return is_named and isinstance(node.expression, exp.Literal | exp.Column)


def _load(session: Session, path: Path, job: str) -> PastLoad:
    """`_last` is the session's last load, whatever its table is."""
    if job.lower() == "_last":
        if not session.loads:
            raise errors.no_load_in_session()
        return session.loads[-1]
    found = next((load for load in session.loads if load.query_id == job), None)
    if found is None:
        raise errors.not_emulated(f"VALIDATE of a load that is none of this session's last {session.loads.maxlen}")
    if found.table != path:
        raise errors.load_of_another_table()
    return found
