"""DuckDB's connections: confined to the state folder, whatever a statement makes DuckDB look for.

The statements are checked before DuckDB sees them; this holds where a check has been forgotten.
"""

from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from ..language.depth import DEEPEST
from ..language.names import text_literal, text_literals

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "lambda_syntax": "ENABLE_SINGLE_ARROW",
    "max_expression_depth": 20 * DEEPEST,  # what a statement becomes for DuckDB may be some levels deeper
    "allow_community_extensions": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",  # a table's name is no variable of this process
    "allow_persistent_secrets": "false",
}
SPILL = "spill"  # the folder for what does not fit in memory, which DuckDB makes when it is first asked to free some
# What a session changes: its current schema, and its time zone; and what upkeep asks for, to have memory freed.
_CHANGED_LATER = ("schema", "search_path", "TimeZone", "memory_limit")


def connect(*folders: Path) -> DuckDBPyConnection:
    """A DuckDB instance that reads and writes files below the folders, and no others; its settings are locked.

    It spills to the first of them, loads no extension and asks no network.
    """
    connection = duckdb.connect(":memory:", config=_CONFIG)
    # A state that is refused is left as it is. Who closes one that is in use writes the logs into the files.
    connection.execute("PRAGMA disable_checkpoint_on_shutdown")
    allowed = [str(path) for folder in folders for path in dict.fromkeys((folder.absolute(), folder.resolve()))]
    spill = f"{allowed[0]}/{SPILL}" if allowed else ""
    for name, value in (
        ("temp_directory", text_literal(spill)),
        ("allowed_directories", text_literals(allowed)),
        ("enable_external_access", "false"),
        ("TimeZone", "'UTC'"),
        # A log of changes is written twice otherwise: at the commit and, soon after, by a checkpoint.
        ("checkpoint_threshold", "'256MB'"),
        # What is refused before it runs leaves the transaction as it was.
        ("default_transaction_invalidation_policy", "'SYNTACTIC_ERRORS_DO_NOT_INVALIDATE'"),
        ("allowed_configs", text_literals(_CHANGED_LATER)),
        ("lock_configuration", "true"),
    ):
        connection.execute(f"SET GLOBAL {name} = {value}")
    return connection
