"""The files on internal stages: what `@[db.schema.]stage/path` names, PUT, GET, LIST and REMOVE."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from snowflake.connector.errors import ProgrammingError

from .. import errors
from ..account import USER_STAGE, Object
from ..account.account import TABLE_STAGE
from ..account.privileges import OWNERSHIP
from ..language.names import dotted
from ..language.reader import Reader
from ..language.result import NUMBER, TEXT, Result, Transfer
from ..objects.kinds import Property, boolean, checked, integer, one_of
from ..session import Session, visible
from ..store import checksums, inventory
from ..store.storage import Storage
from .transfers import NOWHERE, Action, signed_url

_PART = r'(?:"(?:[^"]|"")+"|[A-Za-z_][\w$]*)'
_NAME = rf"(?P<above>(?:{_PART}\.){{0,2}})(?P<of_table>%?)(?P<last>{_PART})"
_REFERENCE = re.compile(rf"@(?:(?P<of_user>~)|{_NAME})(?:/(?P<path>.*))?", re.DOTALL)

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
MOST_BYTES = 255  # of a file's name, on the file systems that a state lies on


@dataclass(frozen=True)
class Location:
    """A stage, and how the names of the files meant begin; "" means all of them."""

    stage: Object
    prefix: str


@dataclass(frozen=True)
class StagedFile:
    """A complete file on a stage: where it lies, and its path within the stage."""

    stage: Object
    name: str
    path: Path

    @property
    def listed_name(self) -> str:
        """The name that LIST and COPY show: `stage/path/file`, on a user's or a table's stage `path/file`."""
        return f"{self.stage.name.lower()}/{self.name}" if self.stage.kind == "STAGE" else self.name

    @property
    def md5(self) -> str:
        return checksums.md5(self.path)

    @property
    def last_modified(self) -> datetime:
        return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)


# Names


def locate(session: Session, reference: str, command: str) -> Location:
    """The stage and prefix that `@[db.schema.]stage[/path]`, `@~[/path]` or `@[db.schema.]%table[/path]` means.

    Raises 001003 for any other text, 002003 for a stage that does not exist.
    https://docs.snowflake.com/en/user-guide/data-load-local-file-system-create-stage
    """
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise errors.invalid_location(reference)
    return Location(_stage(session, found, command), "/".join(_segments(found["path"] or "")))


def _stage(session: Session, reference: re.Match[str], command: str) -> Object:
    if reference["of_user"]:
        stage = Object(USER_STAGE, "", "", session.user, session.account.clock(), "")
    else:
        of_table = reference["of_table"]
        path = session.qualify(Reader(reference["above"] + reference["last"]).path(), command)
        session.account.require_parents(path)
        visible.require_way(session, path)
        found = session.account.find("TABLE" if of_table else "STAGE", path)
        if found is None:
            raise errors.stage_does_not_exist(dotted((*path[:-1], f"{of_table}{path[-1]}")))
        if not of_table:
            return found
        if found.properties.get("ICEBERG") or found.database in session.account.imported:
            raise errors.not_emulated(f"the stage of the table {found.qualified_name}, which has none of its own")
        stage = found.stage
    session.storage.stage_folder(stage.folder).mkdir(parents=True, exist_ok=True)
    return stage


def needed(location: Location, privileges: tuple[str, ...]) -> tuple[str, tuple[str, ...], tuple[str, ...]] | None:
    """What privileges on a location are privileges on; a table's stage is its owner's, and a user's own the user's."""
    stage = location.stage
    if stage.kind == TABLE_STAGE:
        return "TABLE", (*stage.path[:-1], stage.name.removeprefix("%")), (OWNERSHIP,)
    return ("STAGE", stage.path, privileges) if stage.kind == "STAGE" else None


def _segments(path: str) -> list[str]:
    """A path's parts; the last one is "" if the path ends in a slash. Refuses what would leave the stage."""
    first = path.lstrip("/").split("/")
    if any(part in (".", "..") for part in first) or _CONTROL.search(path):
        raise errors.invalid_location(path)
    if too_long := [part for part in first if len(part.encode()) > MOST_BYTES]:
        raise errors.name_too_long(too_long[0], MOST_BYTES)
    return [*(part for part in first[:-1] if part), first[-1]]


def read_location(session: Session, reader: Reader, command: str) -> Location:
    return locate(session, reader.location(), command)


def target(storage: Storage, location: Location, name: str = "") -> Path:
    """Where a file lies whose path within the stage is the location's prefix and then `name`."""
    parts = [part for part in _segments(f"{location.prefix}{name}") if part]
    return storage.stage_folder(location.stage.folder).joinpath(*parts)


def publish(session: Session, incoming: Path, stage: Object, path: Path) -> None:
    """Gives a complete file its name on the stage. Raises 002003 if the stage has been dropped meanwhile."""
    if not session.storage.publish(incoming, path):
        raise errors.stage_does_not_exist(stage.qualified_name)


def in_folder(location: Location) -> Location:
    """The location as a folder: PUT takes `@stage/a` and `@stage/a/` for the same."""
    prefix = location.prefix
    return Location(location.stage, prefix if not prefix or prefix.endswith("/") else f"{prefix}/")


# Finding


def find(session: Session, location: Location, pattern: str | None = None) -> list[StagedFile]:
    """The files whose name begins with the location's prefix and matches the pattern, in the order of their names."""
    matches = _matching(pattern)
    folder = session.storage.stage_folder(location.stage.folder)
    inside = folder / location.prefix.rpartition("/")[0]
    paths = (Path(parent, name) for parent, _, names in os.walk(inside) for name in names)
    found = [StagedFile(location.stage, path.relative_to(folder).as_posix(), path) for path in paths]
    return sorted(
        (file for file in found if file.name.startswith(location.prefix) and matches(file)),
        key=lambda file: file.name,
    )


def _matching(pattern: str | None) -> Callable[[StagedFile], bool]:
    """Tells whether the pattern matches a file's whole path, with or without the stage's name before it.

    https://docs.snowflake.com/en/sql-reference/sql/list (PATTERN)
    """
    if pattern is None:
        return lambda file: True
    try:
        regex = re.compile(pattern, re.DOTALL)
    except re.error as error:
        raise errors.invalid_pattern(pattern, str(error)) from None
    return lambda file: any(regex.fullmatch(name) for name in (file.name, file.listed_name))


def named(session: Session, location: Location, names: list[str]) -> list[StagedFile]:
    """The files of a FILES list, each a path below the location. Raises 091016 for one that is not there.

    A list has 1,000 names at most; the text of the refusal is the one that a user of a driver reports.
    https://docs.snowflake.com/en/user-guide/data-load-considerations-load#lists-of-files
    """
    there, absent = split(session, location, names)
    for error in absent.values():
        raise error
    return there


def split(
    session: Session, location: Location, names: list[str]
) -> tuple[list[StagedFile], dict[str, ProgrammingError]]:
    """The files of a list that are there, and for each other name the 091016 that tells it."""
    if len(names) > 1000:
        raise errors.too_many_files()
    folder = in_folder(location)
    wanted = dict.fromkeys(f"{folder.prefix}{name.lstrip('/')}" for name in names)
    known = {file.name: file for file in find(session, folder)}
    stage = location.stage.name.lower()
    absent = {name: errors.remote_file_not_found(f"@{stage}/{name}") for name in wanted if name not in known}
    return [known[name] for name in wanted if name in known], absent


# LIST and REMOVE


def _read_selection(session: Session, reader: Reader, command: str) -> list[StagedFile]:
    location = read_location(session, reader, command)
    pattern = None
    if reader.accept("PATTERN"):
        reader.expect("=")
        pattern = reader.text()
    reader.finish()
    return find(session, location, pattern)


def list_files(session: Session, reader: Reader) -> Result:
    """`{LIST | LS} @stage[/path] [PATTERN = '..']`: complete files only.

    https://docs.snowflake.com/en/sql-reference/sql/list
    """
    columns = [("name", TEXT), ("size", NUMBER), ("md5", TEXT), ("last_modified", TEXT)]
    found = _read_selection(session, reader, "LIST")
    return Result(
        columns,
        [
            (file.listed_name, file.path.stat().st_size, file.md5, format_datetime(file.last_modified, usegmt=True))
            for file in found
        ],
    )


def remove_files(session: Session, reader: Reader) -> Result:
    """`{REMOVE | RM} @stage[/path] [PATTERN = '..']`.

    https://docs.snowflake.com/en/sql-reference/sql/remove
    """
    found = _read_selection(session, reader, "REMOVE")
    remove(session, found)
    return Result([("name", TEXT), ("result", TEXT)], [(file.listed_name, "removed") for file in found])


def remove(session: Session, files: list[StagedFile]) -> None:
    """Removes files, and the folders that are empty then."""
    for file in files:
        folder = session.storage.stage_folder(file.stage.folder)
        inventory.leaving(folder, file.path)
        file.path.unlink(missing_ok=True)
        for parent in file.path.parents:
            if parent == folder or any(parent.iterdir()):
                break
            parent.rmdir()


# PUT and GET

_COMPRESSIONS = one_of("AUTO_DETECT", "GZIP", "BZ2", "BROTLI", "ZSTD", "DEFLATE", "RAW_DEFLATE", "NONE")
# https://docs.snowflake.com/en/sql-reference/sql/put
_PUT_OPTIONS: Mapping[str, Property] = {
    "PARALLEL": Property(4, integer(1, 99)),
    "AUTO_COMPRESS": Property(True, boolean),
    "SOURCE_COMPRESSION": Property("AUTO_DETECT", _COMPRESSIONS),
    "OVERWRITE": Property(False, boolean),
}


_LITERAL, _WILDCARD = re.compile(r"\[[*?[]\]"), re.compile("[*?]")  # `[*]` in a pattern is a `*`


def put(session: Session, reader: Reader) -> Result:
    """`PUT file://path @stage[/path] [PARALLEL = n] [AUTO_COMPRESS = ..] [SOURCE_COMPRESSION = ..] [OVERWRITE = ..]`.

    Answers with what the client needs to send the file: a URL that takes it. The client asks once more for each file,
    by the name that it will have on the stage. A client that does not ask has one URL for all files of a pattern: that
    takes none of them. A file is there when all of it has arrived. Without OVERWRITE a file that is there stays as it
    is; the clients report it as UPLOADED, since such a URL does not tell them.

    Refuses a path with an apostrophe or a control character: the clients look for its end at the first apostrophe or
    line, and would ask for another file.
    https://docs.snowflake.com/en/sql-reference/sql/put
    """
    source = _local_path(reader)
    location = in_folder(read_location(session, reader, "PUT"))
    options = checked("PUT", _PUT_OPTIONS, reader.properties())
    if "'" in source or _CONTROL.search(source):
        raise errors.not_emulated(f"PUT of a file with an apostrophe or a control character in its path ({source!r})")
    path = target(session.storage, location, Path(source).name)
    action: Action = "replace" if options["OVERWRITE"] else "add"
    if options["AUTO_COMPRESS"] and "/" in source:  # the name that a file has at its end comes without a folder
        target(session.storage, location, f"{Path(source).name}.gz")  # refuses one that would be too long
        action = "replace-packed" if options["OVERWRITE"] else "add-packed"
    is_pattern = "/" in source and bool(_WILDCARD.search(_LITERAL.sub("", Path(source).name)))
    url = f"{session.url}{NOWHERE}" if is_pattern else signed_url(session, path, action)
    return Transfer(
        data={
            "command": "UPLOAD",
            "src_locations": [source],
            "parallel": options["PARALLEL"],
            "autoCompress": options["AUTO_COMPRESS"],
            "sourceCompression": str(options["SOURCE_COMPRESSION"]).lower(),
            "overwrite": options["OVERWRITE"],
            "stageInfo": _stage_info(location) | {"presignedUrl": url},
        }
    )


def get(session: Session, reader: Reader) -> Result:
    """`GET @stage[/path] file://folder [PARALLEL = n] [PATTERN = '..']`.

    https://docs.snowflake.com/en/sql-reference/sql/get
    """
    location = read_location(session, reader, "GET")
    folder = _local_path(reader)
    given = reader.properties()
    pattern = given.pop("PATTERN", None)
    options = checked("GET", {"PARALLEL": Property(10, integer(1, 99))}, given)
    found = find(session, location, None if pattern is None else str(pattern))
    return Transfer(
        data={
            "command": "DOWNLOAD",
            "src_locations": [file.name for file in found],
            "presignedUrls": [signed_url(session, file.path, "get") for file in found],
            "localLocation": folder,
            "parallel": options["PARALLEL"],
            "stageInfo": _stage_info(location),
        }
    )


def _stage_info(location: Location) -> dict[str, object]:
    """The connectors send to a plain HTTP address only in the way that Google's storage takes files."""
    place = f"{location.stage.name.lower()}/{location.prefix}"
    return {"locationType": "GCS", "location": place, "region": "", "creds": {}}


def _local_path(reader: Reader) -> str:
    found = reader.location()
    if not found.lower().startswith("file://"):
        reader.fail()
    return found[len("file://") :]
