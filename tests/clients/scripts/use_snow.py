"""Snowflake CLI: https://docs.snowflake.com/en/developer-guide/snowflake-cli/command-reference/overview"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from snowflake.cli._app.cli_app import CliAppFactory
from trials import EMULATOR, does, equal, main
from typer.testing import CliRunner

Path("connections.toml").write_text(
    "[emulator]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in EMULATOR.items())
)
Path("connections.toml").chmod(0o600)


APP = CliAppFactory().create_or_get_app()
RUNNER = CliRunner()


def snow(*words: str) -> Any:
    """What a command answers, read from JSON. A start of the program takes seconds, so that its commands share one."""
    done = RUNNER.invoke(APP, [*words, "--connection", "emulator", "--format", "json"])
    if done.exit_code:
        raise RuntimeError(" ".join(done.output.translate(_BOX).split()) or repr(done.exception))
    return json.loads(done.stdout) if done.stdout.strip() else None


_BOX = str.maketrans("", "", "│╭─╮╰╯")


def sql(text: str) -> Any:
    return snow("sql", "-q", text)


MADE = """
    CREATE TABLE T (A INT, B VARCHAR);
    CREATE VIEW V AS SELECT * FROM T;
    CREATE STAGE S;
    CREATE STREAM ST ON TABLE T;
    CREATE TASK K WAREHOUSE = WH SCHEDULE = '60 MINUTES' AS SELECT 1;
    CREATE SCHEMA OTHER;
    CREATE ROLE R;
    USE SCHEMA PUBLIC
"""


@does("connection test, connection list")
def _() -> None:
    equal(snow("connection", "test")["Status"], "OK")


@does("sql -q with several statements and comments at the end")
def _() -> None:
    equal(sql("SELECT 1 AS A; SELECT 2 AS A; -- end\n"), [[{"A": 1}], [{"A": 2}]])
    sql(MADE)


@does("sql -f, sql -i, sql with --variable templates")
def _() -> None:
    Path("script.sql").write_text("-- first\nSELECT <% n %> AS A;\n\nSELECT 2 AS A;\n-- last\n")
    equal(snow("sql", "-f", "script.sql", "-D", "n=1"), [[{"A": 1}], [{"A": 2}]])


@does("sql with `>` for a statement that runs beside, !result, !queries")
def _() -> None:
    [[answer], *_] = [sql("SELECT 7 AS A;>")]
    query_id = next(iter(answer[0].values()) if isinstance(answer, list) else iter(answer.values()))
    equal(sql(f"!result {query_id}"), [{"A": 7}])


# Kinds of objects that exist here, as `snow object` calls them.
KINDS = (
    "database", "schema", "table", "view", "stage", "stream", "task", "warehouse", "role",
    "function", "procedure", "user",
)  # fmt: skip
DESCRIBED = {
    "database": "DEMO", "schema": "DEMO.PUBLIC", "table": "T", "view": "V", "stage": "S", "stream": "ST", "task": "K",
    "warehouse": "WH", "user": "PRESENTER",
}  # fmt: skip
DROPPED = {"stream": "ST", "task": "K", "view": "V", "stage": "S", "table": "T", "schema": "OTHER", "role": "R"}


def list_kind(kind: str) -> None:
    snow("object", "list", kind)


def describe_kind(kind: str) -> None:
    if not snow("object", "describe", kind, DESCRIBED[kind]):
        raise AssertionError("no rows")


def drop_kind(kind: str) -> None:
    snow("object", "drop", kind, DROPPED[kind])


REFUSED = {
    "list function": "an account lists its hundreds of built-in functions with their arguments, which no page lists",
    "list procedure": "an account lists its built-in procedures with their arguments, which no page lists",
    "describe user": "which 44 properties an account tells of a user, with defaults and descriptions, is in no page",
}
for _kind in KINDS:
    does(f"object list {_kind}", refused=REFUSED.get(f"list {_kind}", ""))(  # type: ignore[misc]
        lambda kind=_kind: list_kind(kind)
    )
for _kind in DESCRIBED:
    does(f"object describe {_kind}", refused=REFUSED.get(f"describe {_kind}", ""))(  # type: ignore[misc]
        lambda kind=_kind: describe_kind(kind)
    )


@does("object list with --like and --in")
def _() -> None:
    equal([row["name"] for row in snow("object", "list", "table", "--like", "T%", "--in", "database", "DEMO")], ["T"])


@does("stage create, list, describe")
def _() -> None:
    snow("stage", "create", "FILES")
    equal([row["name"] for row in snow("stage", "list", "--like", "FILES")], ["FILES"])
    snow("stage", "describe", "FILES")


@does("stage copy to and from, list-files, remove")
def _() -> None:
    Path("sent.sql").write_text("CREATE OR REPLACE TABLE EXECUTED (A INT);\nINSERT INTO EXECUTED VALUES (1);\n")
    Path("got").mkdir()
    snow("stage", "copy", "sent.sql", "@FILES", "--overwrite")
    equal([row["name"] for row in snow("stage", "list-files", "FILES")], ["files/sent.sql"])
    snow("stage", "copy", "@FILES/sent.sql", "got")
    equal(Path("got/sent.sql").read_text(), Path("sent.sql").read_text())


@does("stage copy --recursive")
def _() -> None:
    Path("tree/deep").mkdir(parents=True)
    Path("tree/deep/one.txt").write_text("1")
    snow("stage", "copy", "tree/", "@FILES/tree", "--recursive")
    equal([row["name"] for row in snow("stage", "list-files", "FILES/tree")], ["files/tree/deep/one.txt"])


@does("stage execute")
def _() -> None:
    snow("stage", "execute", "@FILES/sent.sql")
    equal(sql("SELECT * FROM EXECUTED"), [{"A": 1}])


@does("stage remove, drop")
def _() -> None:
    equal(snow("stage", "remove", "FILES", "sent.sql")["result"], "removed")
    snow("stage", "drop", "FILES")


@does("object create", refused="it speaks the REST API of objects, of which nothing is emulated")
def _() -> None:
    snow("object", "create", "database", "name=MADE")


for _kind in DROPPED:
    does(f"object drop {_kind}")(lambda kind=_kind: drop_kind(kind))  # type: ignore[misc]

main(version("snowflake-cli"))
