"""The views of the database SNOWFLAKE that the monitoring queries read, each as a query of what the emulator knows.

Only the columns that it knows; at once, where Snowflake is up to hours late. The database itself is not shown.
"""

from collections.abc import Mapping

from sqlglot import Expr, exp, parse_one

from .. import errors
from ..account import SNOWFLAKE
from ..account.privileges import ACCOUNTADMIN
from ..language.names import quoted
from ..language.reader import Path
from ..session import Session
from .query_history import QUERY_COLUMNS


def read(session: Session, path: Path, alias: str) -> Expr:
    """The rows of a view of the database SNOWFLAKE; refuses by name one that is not in `VIEWS`."""
    query = VIEWS.get(path[1:])
    if query is None:
        raise errors.not_emulated(".".join(path))
    if path[-1] == "ACCESS_HISTORY" and session.account.edition == "STANDARD":
        raise errors.not_emulated("ACCESS_HISTORY in Standard edition, which does not have it,")
    parsed = parse_one(query.format(history=session.history.table), read="duckdb")
    named = exp.TableAlias(this=exp.to_identifier(alias, quoted=True))
    return exp.Subquery(this=parsed, alias=named)


_KEPT = "FROM {history} WHERE end_time >= now() - INTERVAL 365 DAY"


def _listed(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{expression} AS {quoted(name)}" for name, expression in columns.items())


_ACCESS_COLUMNS = {
    "QUERY_ID": "query_id",
    "QUERY_START_TIME": "start_time",
    "USER_NAME": "user_name",
    "DIRECT_OBJECTS_ACCESSED": "direct_objects::JSON",
    "BASE_OBJECTS_ACCESSED": "base_objects::JSON",
}

# https://docs.snowflake.com/en/sql-reference/data-sharing-usage/listing-consumption-daily
_LISTING_COLUMNS = {
    "EVENT_DATE": "TIMESTAMP",
    "EXCHANGE_NAME": "VARCHAR",
    "SNOWFLAKE_REGION": "VARCHAR",
    "LISTING_NAME": "VARCHAR",
    "LISTING_DISPLAY_NAME": "VARCHAR",
    "LISTING_GLOBAL_NAME": "VARCHAR",
    "PROVIDER_ACCOUNT_LOCATOR": "VARCHAR",
    "PROVIDER_ACCOUNT_NAME": "VARCHAR",
    "SHARE_NAME": "VARCHAR",
    "CONSUMER_ACCOUNT_LOCATOR": "VARCHAR",
    "CONSUMER_ACCOUNT_NAME": "VARCHAR",
    "CONSUMER_ORGANIZATION": "VARCHAR",
    "JOBS": "BIGINT",
    "REGION_GROUP": "VARCHAR",
    "CONSUMER_NAME": "VARCHAR",
    "UNIQUE_USERS_1D": "BIGINT",
    "UNIQUE_USERS_7D": "BIGINT",
    "UNIQUE_USERS_28D": "BIGINT",
}


def may_read(session: Session) -> bool:
    """Whether the session's roles have IMPORTED PRIVILEGES on the database SNOWFLAKE, as ACCOUNTADMIN has.

    https://docs.snowflake.com/en/sql-reference/account-usage#enabling-the-snowflake-database-usage-for-other-roles
    """
    held = session.account.privileges.on(session.roles, "DATABASE", ("", "", SNOWFLAKE))
    return ACCOUNTADMIN in session.roles or bool(held)


VIEWS: Mapping[tuple[str, ...], str] = {
    # https://docs.snowflake.com/en/sql-reference/account-usage/access_history
    ("ACCOUNT_USAGE", "ACCESS_HISTORY"): f"SELECT {_listed(_ACCESS_COLUMNS)} {_KEPT}"
    " AND execution_status = 'SUCCESS' AND base_objects IS NOT NULL",
    # https://docs.snowflake.com/en/sql-reference/account-usage/query_history
    ("ACCOUNT_USAGE", "QUERY_HISTORY"): f"SELECT {_listed({n: e for n, (_, e) in QUERY_COLUMNS.items()})} {_KEPT}",
    # There are no listings, so there is nothing that they were used for.
    ("DATA_SHARING_USAGE", "LISTING_CONSUMPTION_DAILY"): "SELECT "
    + _listed({name: f"NULL::{type_}" for name, type_ in _LISTING_COLUMNS.items()})
    + " WHERE FALSE",
}
