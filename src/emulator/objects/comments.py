"""COMMENT ON: an object's comment, which SHOW shows."""

from dataclasses import replace

from .. import errors
from ..language.reader import Reader
from ..language.result import Result, done
from ..session import Session
from .kinds import Kinds


def comment_on(kinds: Kinds, session: Session, reader: Reader) -> Result:
    """`COMMENT [IF EXISTS] ON kind name IS 'text'`; raises 002003 for an absent object.

    https://docs.snowflake.com/en/sql-reference/sql/comment
    """
    if_exists = reader.accept("IF", "EXISTS")
    reader.expect("ON")
    kind = kinds.read(reader, "COMMENT ON")
    if not kind.commented:
        raise errors.not_emulated(f"COMMENT ON {kind.name}")
    path = kind.qualify(session, reader.path(), "COMMENT")
    reader.expect("IS")
    text = reader.text()
    reader.finish()
    if if_exists and session.account.find(kind.kept_as or kind.name, path) is None:
        return done()
    session.account.save(replace(kind.require(session, path), comment=text))
    return done()
