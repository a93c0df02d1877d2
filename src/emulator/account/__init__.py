"""What an account remembers besides rows: its objects and grants, and the runs of its tasks."""

from .account import (
    DROPPED,
    HOSTED,
    NOT_NULL,
    SNOWFLAKE,
    TEMPORARY,
    USER,
    USER_STAGE,
    Account,
    Grant,
    Object,
    temporary_place,
)
from .dropped import Dropped

__all__ = [
    "DROPPED",
    "HOSTED",
    "NOT_NULL",
    "SNOWFLAKE",
    "TEMPORARY",
    "USER",
    "USER_STAGE",
    "Account",
    "Dropped",
    "Grant",
    "Object",
    "temporary_place",
]
