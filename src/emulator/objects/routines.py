"""SHOW of what cannot be created here, so that there is none to show.

SHOW FUNCTIONS and SHOW PROCEDURES, which list those of the system too, are refused.
https://docs.snowflake.com/en/sql-reference/sql/show-user-functions
https://docs.snowflake.com/en/sql-reference/sql/show-user-procedures
https://docs.snowflake.com/en/sql-reference/sql/show-tags and the others
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
_POLICIES = columns("created_on:time name database_name schema_name kind owner comment")

# By their names, with what is missing where a schema is not there. TERSE is read by all, and leaves no column out.
# Recorded: frostlake/ddl-show-modifier-matrix, frostlake/ddl-identifier-exactness.
OTHERS = {
    "TAGS": (
        columns(
            "created_on:time name database_name schema_name owner comment allowed_values owner_role_type propagate"
            " on_conflict multi_value"
        ),
        "Schema",
    ),
    "MASKING POLICIES": (_POLICIES, "Schema"),
    "ROW ACCESS POLICIES": (_POLICIES, "Schema"),
    "DYNAMIC TABLES": (
        columns(
            "created_on:time name database_name schema_name cluster_by rows:number bytes:number owner target_lag"
            " refresh_mode refresh_mode_reason warehouse comment text automatic_clustering scheduling_state"
            " last_suspended_on:time is_clone is_replica is_iceberg data_timestamp:time owner_role_type execute_as_user"
            " secondary_role_names insert_only_inputs immutable_where initialization_warehouse backfill_from scheduler"
            " frozen_where configured_refresh_mode"
        ),
        "",
    ),
}


def show_none(shown: Columns, session: Session, reader: Reader, missing: str = "Schema") -> Result:
    """`SHOW USER FUNCTIONS | TAGS | ... [LIKE ..] [IN ..]`: no rows.

    Raises 002003 of what is `missing`, else 002043, for a schema that is not there.
    """
    return show_records(session, reader, "schema", shown, lambda scope: (), missing)
