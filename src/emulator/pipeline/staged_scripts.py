"""EXECUTE IMMEDIATE FROM: the statements of a file on a stage, one after another.

https://docs.snowflake.com/en/sql-reference/sql/execute-immediate-from
"""

import re

from .. import errors
from ..language.reader import Reader
from ..language.result import Result
from ..language.several import split
from ..session import Session
from ..staging import files

MOST_BYTES = 10_000_000
MOST_NESTED = 5
_TEMPLATE = re.compile(r"\ufeff?\s{0,10}(?:--|#)!jinja")


def execute(session: Session, reader: Reader) -> Result:
    """`EXECUTE IMMEDIATE FROM @stage/path/f.sql`: answers with its last statement, or fails with the first that does.

    What ran before a statement that fails stays. Templates and relative paths are refused by name.
    """
    if not reader.sees_location():
        raise errors.not_emulated("EXECUTE IMMEDIATE FROM a relative path")
    location = files.read_location(session, reader, "EXECUTE IMMEDIATE FROM")
    if not reader.done:
        raise errors.not_emulated(f"EXECUTE IMMEDIATE FROM ... {reader.word() or reader.rest}")
    found = [file for file in files.find(session, location) if file.name == location.prefix]
    if not found:
        raise errors.remote_file_not_found(location.prefix)
    if (size := found[0].path.stat().st_size) > MOST_BYTES:
        raise errors.not_emulated(f"EXECUTE IMMEDIATE FROM a file of {size:,} bytes (10 MB is the limit)")
    try:
        text = found[0].path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise errors.not_emulated("EXECUTE IMMEDIATE FROM a file that is compressed or not UTF-8") from None
    if _TEMPLATE.match(text):
        raise errors.not_emulated("EXECUTE IMMEDIATE FROM a Jinja2 template")
    if sum(entry.query_type == "EXECUTE_IMMEDIATE_FROM" for entry in session.running) > MOST_NESTED:
        raise errors.not_emulated(f"EXECUTE IMMEDIATE FROM files that run one another {MOST_NESTED} deep")
    cursor = session.cursor()
    for statement in split(text):
        cursor.execute(statement)
    return cursor.fetched()
