"""Large results come in chunks: the rows are the same, and the server does not keep them in memory."""

import gc
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
import snowflake.connector
from snowflake.connector import SnowflakeConnection
from snowflake.connector.errors import DatabaseError

from src.emulator.protocol.serving import Address, emulator
from tests.emulator.conftest import QUIET, into_demo, run_on
from tests.lengths import length

ROWS = 250_000
QUERY = """
SELECT ID, 'name of ' || ID AS NAME, ID * 1.5 AS AMOUNT,
    IFF(ID % 2 = 0, NULL, DATEADD('second', ID, '2024-01-01'::TIMESTAMP_NTZ)) AS MADE
FROM (SELECT SEQ8() AS ID FROM TABLE(GENERATOR(ROWCOUNT => {})))
"""


def test_all_rows_arrive_in_order_and_with_their_values(module_account: SnowflakeConnection) -> None:
    cursor = module_account.cursor()
    cursor.execute(f"SELECT * FROM ({QUERY.format(ROWS)}) ORDER BY ID DESC")
    rows = cursor.fetchall()
    assert len(cursor.get_result_batches() or []) > 1
    assert [row[0] for row in rows] == list(range(ROWS - 1, -1, -1))
    assert rows[-2] == (1, "name of 1", Decimal("1.5"), datetime(2024, 1, 1, 0, 0, 1))
    assert rows[0][3] == datetime(2024, 1, 3, 21, 26, 39)
    assert rows[1][3] is None


def test_batches_and_result_scan_read_the_same_rows(module_account: SnowflakeConnection) -> None:
    cursor = module_account.cursor().execute(QUERY.format(ROWS))
    assert cursor is not None
    assert sum(len(batch) for batch in cursor.fetch_arrow_batches()) == ROWS
    query = f"SELECT COUNT(*), SUM(ID), COUNT(MADE) FROM TABLE(RESULT_SCAN('{cursor.sfqid}'))"
    assert run_on(module_account, query) == [(ROWS, ROWS * (ROWS - 1) // 2, ROWS // 2)]


def test_a_query_that_fails_after_many_rows_fails_as_any_does(module_account: SnowflakeConnection) -> None:
    query = f"SELECT ID, NAME, 1 / (ID - 200000) FROM ({QUERY.format(ROWS)})"
    with pytest.raises(DatabaseError, match="Division by zero"):
        run_on(module_account, query)
    assert run_on(module_account, "SELECT 1") == [(1,)]


def test_a_result_that_nobody_can_fetch_any_more_leaves_no_file(
    module_account: SnowflakeConnection, module_address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("src.emulator.store.results._KEPT_BYTES", 0)
    for _ in range(3):
        module_account.cursor().execute(QUERY.format(ROWS))
    gc.collect()
    assert len(list((module_address.folder / "incoming").glob("*.arrow"))) == 1


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[int, SnowflakeConnection]]:
    """A process of its own that serves, and a session on it."""
    command = [sys.executable, "-m", "src.emulator", "serve", "--port", "0", "--state-dir", str(tmp_path / "state")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while process.stdout.readline() != "ready\n":
            assert process.poll() is None
        with emulator(tmp_path / "state") as address:
            connection = snowflake.connector.connect(**(address.parameters | QUIET))
            run_on(connection, "CREATE DATABASE DEMO")
            run_on(connection, "CREATE WAREHOUSE WH")
            yield process.pid, into_demo(connection)
            connection.close()
        process.terminate()


def megabytes(pid: int, what: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(what))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_the_server_does_not_keep_the_rows_in_memory(served: tuple[int, SnowflakeConnection]) -> None:
    pid, connection = served
    before = megabytes(pid, "VmRSS")
    mapped = []
    for rows in (length(200_000, 1_000_000), length(400_000, 2_000_000), length(400_000, 2_000_000)):
        cursor = connection.cursor().execute(QUERY.format(rows))
        assert cursor is not None
        assert sum(len(batch) for batch in cursor.fetch_arrow_batches()) == rows
        mapped.append(megabytes(pid, "RssFile"))
    assert megabytes(pid, "VmHWM") < 400
    assert megabytes(pid, "VmRSS") < before + 100
    assert mapped[2] < mapped[1] + 2  # what was looked at of a result that is kept is given back
