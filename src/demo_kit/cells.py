"""What the cells of a demo's notebook call: commands of this project, and statements, each with what it shows.

In a notebook of Snowflake's both use its session; elsewhere the connection that the commands use.
"""

import atexit
import io
import shlex
from contextlib import ExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from src.utils.snowpark_session import open_session, resolve_target

if TYPE_CHECKING:
    from snowflake.connector import SnowflakeConnection

PYTHON = ".venv/bin/python"


def words_of(line: str) -> list[str]:
    """The words behind `python` of a line of the script; of `make full`, those of what it runs.

    Raises ValueError for a line that is neither.
    """
    first, *words = shlex.split(line)
    if first == "make":
        return ["setup.py", "--mode", *words]
    if first.rpartition("/")[2] != "python":
        raise ValueError(f"{line}: neither python nor make.")
    return words


def command(line: str, otherwise: str = "ended with $?") -> None:
    """Runs `python -m demos.NAME ...`, `python setup.py ...` or `make full` in this process.

    Where it fails, `otherwise` is printed, with its exit code for `$?`.
    """
    words = words_of(line)
    name, arguments = ("setup", words[1:]) if words[0] == "setup.py" else (f"{words[1]}.__main__", words[2:])
    main: click.Command = import_module(name).main
    try:
        main.main(arguments, prog_name=name)
    except SystemExit as ended:
        if ended.code:
            print(otherwise.replace("$?", str(ended.code)))


def shown(text: str, connection: "SnowflakeConnection") -> str:
    """The rows of the last of the statements, under their names. Raises the connector's errors."""
    from snowflake.connector.util_text import split_statements

    lines = ""
    for statement, _ in split_statements(io.StringIO(text)):
        if statement and statement.strip():
            cursor: Any = connection.cursor().execute(statement)
            names = [column.name for column in cursor.description or ()]
            lines = "\n".join(" | ".join(map(str, row)) for row in [tuple(names), *cursor.fetchall()])
    return lines


class Worksheet:
    """The session of a notebook's statements, opened by the first one and closed with the process."""

    def __init__(self, query_tag: str) -> None:
        self._query_tag = query_tag
        self._stack = ExitStack()
        self._connection: SnowflakeConnection | None = None
        atexit.register(self.close)

    def sql(self, text: str) -> None:
        """Runs the statements, and prints the rows of the last one under their names."""
        if self._connection is None:
            opened = self._stack.enter_context(open_session(resolve_target(None), query_tag=self._query_tag))
            self._connection = opened.session.connection
        print(shown(text, self._connection))

    def close(self) -> None:
        """Closes the session, if it is open."""
        self._connection = None
        self._stack.close()
