"""The words that say TEMPORARY.

https://docs.snowflake.com/en/sql-reference/sql/create-table, https://docs.snowflake.com/en/sql-reference/sql/create-view
SCOPED TEMPORARY is what Snowpark writes; outside of a procedure it is the same.
"""

from .reader import Reader

WORDS = tuple(
    (*before, word)
    for before, words in (
        ((), ("TEMPORARY", "TEMP", "VOLATILE")),
        (("LOCAL",), ("TEMPORARY", "TEMP", "VOLATILE")),
        (("GLOBAL",), ("TEMPORARY", "TEMP", "VOLATILE")),
        (("SCOPED",), ("TEMPORARY", "TEMP")),
    )
    for word in words
)


def accept(reader: Reader) -> bool:
    """Reads the words, if they are there."""
    return any(reader.accept(*words) for words in WORDS)
