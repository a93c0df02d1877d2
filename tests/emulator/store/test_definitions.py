"""What a DuckDB file of the state holds beside a user's rows is made once, by the statements of today's code."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from src.emulator.store.definitions import define

TABLE = "CREATE TABLE IF NOT EXISTS d.main.kept (a INT)"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as opened:
        opened.execute(f"ATTACH '{tmp_path / 'file.duckdb'}' AS d")
        yield opened


def count(connection: duckdb.DuckDBPyConnection) -> int:
    [(found,)] = connection.execute("SELECT count(*) FROM d.main.kept").fetchall()
    return int(found)


def test_the_same_statements_run_once(connection: duckdb.DuckDBPyConnection) -> None:
    sql = f"{TABLE}; INSERT INTO d.main.kept VALUES (1)"
    define(connection, "d", sql)
    define(connection, "d", sql)
    assert count(connection) == 1


def test_other_statements_run_on_what_is_there(connection: duckdb.DuckDBPyConnection) -> None:
    define(connection, "d", TABLE)
    define(connection, "d", f"{TABLE}; INSERT INTO d.main.kept VALUES (1)")
    assert count(connection) == 1


def test_a_statement_that_fails_leaves_nothing_of_the_others(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.CatalogException):
        define(connection, "d", f"{TABLE}; INSERT INTO d.main.absent VALUES (1)")
    assert connection.execute("SELECT count(*) FROM duckdb_tables() WHERE database_name = 'd'").fetchall() == [(0,)]
    define(connection, "d", TABLE)
    assert count(connection) == 0
