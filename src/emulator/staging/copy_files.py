"""COPY FILES: files of one stage onto another.

https://docs.snowflake.com/en/sql-reference/sql/copy-files
"""

import shutil
import uuid
from collections.abc import Mapping

from .. import errors
from ..language.reader import Reader
from ..language.result import NUMBER, TEXT, Result
from ..objects.kinds import Property, boolean, checked, text, texts
from ..session import Session
from . import files
from .files import Location, StagedFile

_OPTIONS: Mapping[str, Property] = {
    "FILES": Property(None, texts),
    "PATTERN": Property(None, text),
    "DETAILED_OUTPUT": Property(True, boolean),
}


def copy_files(session: Session, reader: Reader) -> Result:
    """`COPY FILES INTO @stage[/path/] FROM @stage[/path/] [FILES = (..)] [PATTERN = '..'] [DETAILED_OUTPUT = ..]`.

    Answers with the files' paths on the target, or with their number. A file that is there is replaced; a path is kept
    from the source's on. The columns are named as Snowpark's file_operation.py reads them.
    """
    target = files.in_folder(_named_stage(files.read_location(session, reader, "COPY FILES")))
    reader.expect("FROM")
    if reader.sees("("):
        raise errors.not_emulated("COPY FILES ... FROM a query")
    source = _named_stage(files.read_location(session, reader, "COPY FILES"))
    given = checked("COPY FILES", _OPTIONS, reader.properties())
    copied = [_copy(session, file, source, target) for file in _chosen(session, source, given)]
    if given["DETAILED_OUTPUT"]:
        return Result([("file", TEXT)], [(name,) for name in copied])
    return Result([("numOfFilesCopied", NUMBER)], [(len(copied),)])


def _named_stage(location: Location) -> Location:
    if location.stage.kind != "STAGE":
        raise errors.not_emulated("COPY FILES from or to the stage of a user or a table")
    return location


def _chosen(session: Session, source: Location, given: Mapping[str, object]) -> list[StagedFile]:
    names, pattern = given["FILES"], given["PATTERN"]
    if isinstance(names, list):
        return files.named(session, source, [str(name) for name in names])
    return files.find(session, source, None if pattern is None else str(pattern))


def _copy(session: Session, file: StagedFile, source: Location, target: Location) -> str:
    name = file.name[source.prefix.rfind("/") + 1 :]
    incoming = session.storage.incoming / uuid.uuid4().hex
    shutil.copyfile(file.path, incoming)
    try:
        files.publish(session, incoming, target.stage, files.target(session.storage, target, name))
    finally:
        incoming.unlink(missing_ok=True)
    return f"{target.prefix}{name}"
