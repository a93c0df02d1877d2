"""SHOW of user-defined functions and procedures: none can be created here, so there are none to show.

SHOW FUNCTIONS and SHOW PROCEDURES, which list those of the system too, are refused.
https://docs.snowflake.com/en/sql-reference/sql/show-user-functions
https://docs.snowflake.com/en/sql-reference/sql/show-user-procedures
"""

from ..language.reader import Reader
from ..language.result import Columns, Result, columns
from ..session import Session
from .objects import show_records

_EITHER = (
    "created_on:time name schema_name is_builtin is_aggregate is_ansi min_num_arguments:number max_num_arguments:number"
    " arguments description catalog_name is_table_function valid_for_clustering is_secure secrets"
    " external_access_integrations"
)
FUNCTIONS = columns(f"{_EITHER} is_external_function language is_memoizable is_data_metric")
PROCEDURES = columns(_EITHER)


def show_none(shown: Columns, session: Session, reader: Reader) -> Result:
    """`SHOW USER FUNCTIONS | PROCEDURES [LIKE ..] [IN ..]`: no rows. Raises 002003 for a schema that is not there."""
    return show_records(session, reader, "schema", shown, lambda scope: (), "Schema")
