"""UNDROP: what was dropped or replaced, with what it contained. https://docs.snowflake.com/en/sql-reference/sql/undrop"""

from .. import errors
from ..account import Dropped
from ..language.reader import Path, Reader
from ..language.result import Result, status
from ..session import Session
from ..store.storage import whole
from . import dropped
from .databases import attach
from .kinds import Kind
from .objects import read_path


def undrop(kind: Kind, session: Session, reader: Reader) -> Result:
    """`UNDROP {TABLE | SCHEMA | DATABASE} name`: the version of the name that was dropped last.

    Raises 002002 if the name is in use, and 090025 if nothing of the name was dropped, or its retention is over.
    """
    path = read_path(kind, session, reader, f"UNDROP {kind.name}")
    reader.finish()
    session.account.require_parents(path)
    namesakes = ("TABLE", "VIEW") if kind.name == "TABLE" else (kind.name,)
    if any(session.account.permanent(one, path) for one in namesakes):
        raise errors.already_exists(path[-1])
    record = last(session, kind.name, path)
    if record is None:
        raise errors.not_restorable(kind.shown_name, path[-1])
    if kind.name == "DATABASE":
        _bring_back_database(session, record)
    else:
        with session.locked(path[0]), session.account.lock:
            with whole(session.duck):
                dropped.show_again(session, record)
            _remember(session, record)
    return status(f"{kind.shown_title} {path[-1]} successfully restored.")


def last(session: Session, kind: str, path: Path) -> Dropped | None:
    """What of that name was dropped last, and can be brought back."""
    return next((one for one in dropped.versions(session, kind) if one.path == path), None)


def _bring_back_database(session: Session, record: Dropped) -> None:
    name = record.object_.name
    with session.account.lock:
        session.storage.bring_back_database(record.number, name)
        try:
            attach(session, name)
        except BaseException:
            session.storage.put_away_database(name, record.number)
            raise
        _remember(session, record)


def _remember(session: Session, record: Dropped) -> None:
    """Makes the stages' folders, whose files have gone, then the objects."""
    for one in record.content:
        if one.kind == "STAGE":
            session.storage.stage_folder(one.folder).mkdir(parents=True, exist_ok=True)
    session.account.bring_back(record)
