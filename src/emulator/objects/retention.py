"""How long what was can be asked for: https://docs.snowflake.com/en/user-guide/data-time-travel#data-retention-period"""

from ..account import Object
from ..session import Session

RETENTION = "DATA_RETENTION_TIME_IN_DAYS"
EXTENSION = "MAX_DATA_EXTENSION_TIME_IN_DAYS"


def retention(session: Session, object_: Object) -> int:
    """The Time Travel days in force: the object's own, else its schema's or database's, else 1.

    https://docs.snowflake.com/en/user-guide/data-time-travel#specifying-the-data-retention-period-for-an-object
    """
    return _in_force(session, object_, RETENTION, 1)


def extension(session: Session, object_: Object) -> int:
    """The days that a stream may extend the Time Travel of a table by; 14 unless something is set.

    https://docs.snowflake.com/en/sql-reference/parameters#max-data-extension-time-in-days
    """
    return _in_force(session, object_, EXTENSION, 14)


def _in_force(session: Session, object_: Object, name: str, default: int) -> int:
    own = object_.properties.get(name)
    if isinstance(own, int):
        return own
    if len(object_.path) == 1:
        return default
    parent = session.account.find("SCHEMA" if len(object_.path) == 3 else "DATABASE", object_.path[:-1])
    return _in_force(session, parent, name, default) if parent else default
