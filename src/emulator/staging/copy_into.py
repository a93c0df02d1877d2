"""COPY INTO: into a table it loads, into a location it unloads."""

from ..language.reader import Reader
from ..language.result import Result
from ..session import Session
from . import load, unload


def copy_into(session: Session, reader: Reader) -> Result:
    """`COPY INTO {table | @stage/path} FROM ..`.

    https://docs.snowflake.com/en/sql-reference/sql/copy-into-table
    https://docs.snowflake.com/en/sql-reference/sql/copy-into-location
    """
    with session.interruptible():
        if reader.sees_location():
            return unload.copy_into_location(session, reader)
        return load.copy_into_table(session, reader)
