"""Rows as lines of JSON: each is the value of one column.

https://docs.snowflake.com/en/user-guide/data-unload-considerations#unloading-a-relational-table-to-json
"""

from collections.abc import Sequence

from .. import errors
from ..language.names import quoted
from ..language.reader import Value
from ..sql.casts import fail
from ..sql.macros import PLACE


def line(columns: Sequence[tuple[str, str]], has_header: Value) -> str:
    """The expression of a row's line. Raises 000002 for all but one VARIANT, OBJECT or ARRAY, and for a NULL in it."""
    if has_header:
        raise errors.not_emulated("COPY INTO location with TYPE = JSON and HEADER = TRUE")
    [(name, type_), *others] = columns
    if others or type_ != "JSON":
        raise errors.no_json_to_unload()
    refusal = fail(2, "|", "VARCHAR", "COPY INTO location with TYPE = JSON of a NULL").sql(dialect="duckdb")
    return f"CASE WHEN {quoted(name)} IS NULL THEN {refusal} ELSE {PLACE}json_text({quoted(name)}) END"
