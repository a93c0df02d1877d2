"""A statement nested a thousand levels deep runs; one that is deeper is refused by name, and kills nothing."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import snowflake.connector
from snowflake.connector import SnowflakeConnection
from snowflake.connector.errors import ProgrammingError

from src.emulator.protocol.serving import emulator
from tests.emulator.conftest import QUIET, into_demo, run_on
from tests.lengths import LONG

SHAPES: dict[str, Callable[[int], str]] = {
    "parentheses": lambda n: "SELECT " + "(" * n + "1" + ")" * n,
    "functions": lambda n: "SELECT " + "ABS(" * n + "1" + ")" * n,
    "IFF": lambda n: "SELECT " + "IFF(TRUE, " * n + "1" + ", 2)" * n,
    "CASE": lambda n: "SELECT " + "CASE WHEN TRUE THEN " * n + "1" + " END" * n,
    "sums": lambda n: "SELECT " + " + ".join(["1"] * n),
    "texts": lambda n: "SELECT " + " || ".join(["'a'"] * n),
    "conditions": lambda n: "SELECT ID FROM DEEP WHERE " + " OR ".join(["ID = 1"] * n),
    "NOT": lambda n: "SELECT " + "NOT " * n + "TRUE",
    "minus": lambda n: "SELECT " + "- " * n + "1",
    "casts": lambda n: "SELECT 1" + "::INT" * n,
    "indices": lambda n: "SELECT PARSE_JSON('1')" + "[0]" * n,
    "paths": lambda n: "SELECT PARSE_JSON('1'):a" + ".b" * n,
    "UNION": lambda n: " UNION ALL ".join(["SELECT 1"] * n),
    "subqueries": lambda n: "SELECT * FROM (" * n + "SELECT 1 AS X" + ")" * n,
    "WITH": lambda n: "WITH " + ", ".join(f"C{i} AS (SELECT 1 X)" for i in range(n)) + " SELECT * FROM C0",
    "blocks": lambda n: "BEGIN " * n + "NULL; " + "END; " * n,
    "IF": lambda n: "BEGIN " + "IF (TRUE) THEN " * n + "NULL; " + "END IF; " * n + "END",
}
FLAT: dict[str, Callable[[int], str]] = {
    "IN": lambda n: "SELECT 1 IN (" + ", ".join(["1"] * n) + ")",
    "columns": lambda n: "SELECT " + ", ".join(["ABS(1) + 1"] * n),
    "WHEN": lambda n: "SELECT CASE " + "WHEN 1 = 2 AND TRUE THEN 1 + 1 " * n + "END",
    "VALUES": lambda n: "INSERT INTO DEEP VALUES " + ", ".join(["(-1)"] * n),
    "array": lambda n: "SELECT ARRAY_SIZE([" + ", ".join(["1"] * n) + "])",
}


@pytest.fixture(scope="module")
def account(demo_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SnowflakeConnection]:
    """A session on an emulator that is a process of its own: a stack that overflows would end it."""
    folder = shutil.copytree(demo_state, tmp_path_factory.mktemp("deep") / "state")
    command = [sys.executable, "-m", "src.emulator", "serve", "--port", "0", "--state-dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while process.stdout.readline() != "ready\n":
            assert process.poll() is None
        with (
            emulator(folder) as served,
            snowflake.connector.connect(**(served.parameters | QUIET)) as connection,
        ):
            yield into_demo(connection)
        process.terminate()


@pytest.mark.parametrize("name", SHAPES)
def test_a_thousand_levels_run(account: SnowflakeConnection, name: str) -> None:
    run_on(account, "CREATE TABLE IF NOT EXISTS DEEP (ID INT)")
    run_on(account, SHAPES[name](1000))


@pytest.mark.parametrize(
    ("name", "levels"),
    [(name, 5_000) for name in SHAPES] + [(name, 100_000) for name in (SHAPES if LONG else ["parentheses"])],
)
def test_more_levels_are_refused_by_name(account: SnowflakeConnection, name: str, levels: int) -> None:
    with pytest.raises(ProgrammingError, match="a statement of more than 1,500 levels is not emulated"):
        run_on(account, SHAPES[name](levels))
    assert run_on(account, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("name", FLAT)
def test_a_long_statement_is_not_a_deep_one(account: SnowflakeConnection, name: str) -> None:
    run_on(account, "CREATE TABLE IF NOT EXISTS DEEP (ID INT)")
    run_on(account, FLAT[name](1_600))


MULTIPLYING = [
    "DIV0({}, 2)",
    "LENGTH({})",
    "NULLIF({}, 1)",
    "ZEROIFNULL({})",
    "GREATEST({}, 1)",
    "CONCAT_WS('a', {}, 'b')",
    "SPLIT_PART({}, 'a', 1)",
    "TRY_CAST({}::VARCHAR AS VARCHAR)",
    "SQRT({})",
    "INITCAP({})",
    "TO_CHAR({})",
    "({} / 2)",
    "ABS(LENGTH({}))",
]


@pytest.mark.parametrize("shape", MULTIPLYING)
def test_what_says_its_argument_more_than_once_runs_within_itself_or_is_refused(
    account: SnowflakeConnection, shape: str
) -> None:
    text = "'1'"
    for _ in range(2):
        text = shape.format(text)
    run_on(account, f"SELECT {text}")
    for _ in range(60):
        text = shape.format(text)
    with pytest.raises(ProgrammingError, match="functions so deep in one another"):
        run_on(account, f"SELECT {text}")
    with pytest.raises(ProgrammingError, match="functions so deep in one another"):
        run_on(account, "SELECT " + " / ".join(["8"] * 60))


def test_what_stands_beside_one_another_does_not_multiply(account: SnowflakeConnection) -> None:
    run_on(account, "SELECT " + ", ".join(["LENGTH(NULLIF('a', 'b')) / 2"] * 100))
    run_on(account, "SELECT " + " + ".join(["DIV0(4, 2) / 2"] * 100))


@pytest.mark.parametrize("function", ["PARSE_JSON", "TRY_PARSE_JSON"])
@pytest.mark.parametrize("text", ["[" * 60_000 + "]" * 60_000, '{"a":' * 60_000 + "1" + "}" * 60_000])
def test_a_json_text_of_many_levels_is_refused_by_name(account: SnowflakeConnection, function: str, text: str) -> None:
    """DuckDB's stack would overflow, and the server with it."""
    with pytest.raises(ProgrammingError, match="of a text of more than 5,000 levels"):
        run_on(account, f"SELECT {function}('{text}')")
    assert run_on(account, "SELECT ARRAY_SIZE(PARSE_JSON('[" + ",".join(['{"a":[{}]}'] * 20_000) + "]'))") == [
        (20_000,)
    ]
