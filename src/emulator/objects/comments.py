"""COMMENT ON: an object's comment, which SHOW shows."""

from dataclasses import replace

from .. import errors
from ..language.reader import Reader
from ..language.result import Result, done
from ..session import Session

_ACCOUNT = ("DATABASE", "ROLE", "SHARE", "WAREHOUSE")
_IN_SCHEMA = ("FILE FORMAT", "STAGE", "STREAM", "TABLE", "TASK", "VIEW")


def comment_on(session: Session, reader: Reader) -> Result:
    """`COMMENT [IF EXISTS] ON kind name IS 'text'`; raises 002003 for an absent object.

    https://docs.snowflake.com/en/sql-reference/sql/comment
    """
    if_exists = reader.accept("IF", "EXISTS")
    reader.expect("ON")
    kind = reader.take_word()
    if kind == "FILE":
        kind = f"{kind} {reader.take_word()}"
    path = reader.path()
    if kind in _IN_SCHEMA:
        path = session.qualify(path, "COMMENT")
    elif kind == "SCHEMA":
        path = session.qualify_schema(path, "COMMENT")
    elif kind not in _ACCOUNT:
        raise errors.not_emulated(f"COMMENT ON {kind}")
    reader.expect("IS")
    text = reader.text()
    reader.finish()
    if (found := session.account.find(kind, path)) is not None:
        session.account.save(replace(found, comment=text))
    elif not if_exists:
        raise errors.does_not_exist(kind.capitalize(), ".".join(path))
    return done()
