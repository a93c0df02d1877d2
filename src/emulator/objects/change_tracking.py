"""CHANGE_TRACKING of tables and views, which their owners turn on: by itself, or by the first stream.

https://docs.snowflake.com/en/user-guide/streams-manage#enabling-change-tracking-on-views-and-underlying-tables
"""

from collections.abc import Iterable
from dataclasses import replace

from .. import errors
from ..account import Object
from ..language.reader import Path
from ..session import Session

CHANGE_TRACKING = "CHANGE_TRACKING"


def is_on(object_: Object) -> bool:
    return bool(object_.properties.get(CHANGE_TRACKING))


def check_owned(session: Session, sources: Iterable[Object]) -> None:
    """Raises 003001 for what is not tracked and belongs to a role that the session does not have."""
    for source in sources:
        if not is_on(source) and source.owner not in session.roles:
            raise errors.stream_source_untracked(source.qualified_name)


def turn_on(session: Session, sources: Iterable[Object]) -> None:
    for source in sources:
        if not is_on(source):
            session.account.save(replace(source, properties={**source.properties, CHANGE_TRACKING: True}))


def tables(session: Session, paths: Iterable[Path]) -> list[Object]:
    return [session.account.require("TABLE", path) for path in paths]
