"""The limit of what setup can reach: its statements in its own waves, sent by the connector with nothing around it.

python tests/benchmarks/bare_connector.py WAVES: a JSON file with lists of statements. The connection is "emulator".
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

from snowflake.connector import ProgrammingError, connect

THREADS = 20


def allowed(sql: str) -> AbstractContextManager[None]:
    """A look into a database that is not there is answered by an error, and that is an answer."""
    return suppress(ProgrammingError) if sql.startswith("SHOW ") else nullcontext()


def main() -> None:
    waves = json.loads(Path(sys.argv[1]).read_text())
    connection = connect(connection_name="emulator", platform_detection_timeout_seconds=0)

    def run(sql: str) -> None:
        with connection.cursor() as cursor, allowed(sql):
            cursor.execute(sql)
            cursor.fetchall()

    with ThreadPoolExecutor(THREADS) as threads:
        for wave in waves:
            list(threads.map(run, wave))
    connection.close()


if __name__ == "__main__":
    main()
