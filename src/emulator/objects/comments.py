"""COMMENT ON: the comment of an object, which SHOW shows, or of a column, which DESCRIBE shows."""

from dataclasses import replace

from .. import errors
from ..catalog import table_names
from ..language.reader import Reader
from ..language.result import Result, done
from ..session import Session
from ..sql import schema
from .kinds import Kinds


def comment_on(kinds: Kinds, session: Session, reader: Reader) -> Result:
    """`COMMENT [IF EXISTS] ON kind name IS 'text'`; raises 002003 for an absent object.

    https://docs.snowflake.com/en/sql-reference/sql/comment
    """
    if_exists = reader.accept("IF", "EXISTS")
    reader.expect("ON")
    if reader.accept("COLUMN"):
        return _comment_on_column(session, reader, if_exists)
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


def _comment_on_column(session: Session, reader: Reader, if_exists: bool) -> Result:
    """`[[db.]schema.]table.column IS 'text'`; raises 002003 for an absent table or view, 000904 for a column."""
    position = reader.position
    *names, column = reader.path(most=4)
    if not names:
        reader.fail()
    path = session.qualify(tuple(names), "COMMENT")
    reader.expect("IS")
    text = reader.text()
    reader.finish()
    commented = table_names.find(session, path)
    if commented is None:
        if if_exists:
            return done()
        raise errors.does_not_exist("Table", ".".join(path))
    if column not in (schema.columns_of(session, path) or {}):
        raise errors.invalid_identifier(column, reader.sql, position)
    schema.comment_on_column(session, commented.place, column, text)
    return done()
