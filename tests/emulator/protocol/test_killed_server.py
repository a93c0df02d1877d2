"""kill -9 of a served emulator under its clients: what they were told is there once, and nothing is half there."""

import random
import shutil
import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import snowflake.connector
from snowflake.connector import SnowflakeConnection
from snowflake.connector.errors import ProgrammingError

from src.emulator.protocol.serving import emulator
from tests.emulator.conftest import QUIET, into_demo, run_on
from tests.emulator.killing import Say, working
from tests.lengths import length

TABLES = (
    "CREATE TABLE FIRST (CLIENT INT, N INT)",
    "CREATE ICEBERG TABLE SECOND (CLIENT INT, N INT)",
    "CREATE STREAM CHANGES ON TABLE FIRST",
    "CREATE TABLE SEEN (CLIENT INT, N INT)",
)
WRITE = (
    "BEGIN",
    "INSERT INTO FIRST VALUES ({client}, {n})",
    "INSERT INTO SECOND VALUES ({client}, {n})",
    "COMMIT",
)
READ = ("INSERT INTO SEEN SELECT CLIENT, N FROM CHANGES",)


@dataclass
class Client:
    """Runs its statements, numbered, until the server is gone."""

    number: int
    statements: tuple[str, ...]
    sent: int = 0
    acknowledged: set[int] = field(default_factory=set)

    def work(self, connection: SnowflakeConnection, answered: threading.Semaphore) -> None:
        while True:
            self.sent += 1
            for sql in self.statements:
                run_on(connection, sql.format(client=self.number, n=self.sent))
            self.acknowledged.add(self.sent)
            answered.release()


def serve(folder: Path, say: Say, port: int) -> None:
    with emulator(folder, port=port) as address:
        say(address.parameters)
        threading.Event().wait()


def connect(parameters: dict[str, Any]) -> SnowflakeConnection:
    return into_demo(snowflake.connector.connect(**(parameters | QUIET)))


def test_what_clients_were_told_before_the_server_was_killed_is_there_once(demo_state: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(demo_state, tmp_path / "state")
    chance, kills, port = random.Random(7), length(4, 31), 0
    clients = [Client(1, WRITE), Client(2, WRITE), Client(3, READ)]
    at_work: list[tuple[Future[None], SnowflakeConnection]] = []
    with ThreadPoolExecutor() as pool:
        for round_ in range(kills + 1):
            with working(partial(serve, port=port), folder) as saying:
                parameters = next(saying)
                port = parameters["port"]  # so that what a client sends again reaches the next server
                for future, connection in at_work:
                    error = future.exception(timeout=60)
                    assert isinstance(error, ProgrammingError)
                    assert error.errno == 390104, error  # the session went with its server
                    connection.close(retry=False)
                connections = [connect(parameters) for _ in clients]
                if round_ == kills:
                    assert_nothing_is_lost(connections[0], clients)
                    for connection in connections:
                        connection.close()
                    break
                for sql in () if round_ else TABLES:
                    run_on(connections[0], sql)
                answered = threading.Semaphore(0)
                at_work = [
                    (pool.submit(client.work, connection, answered), connection)
                    for client, connection in zip(clients, connections, strict=True)
                ]
                for _ in range(chance.randrange(2, 12)):
                    assert answered.acquire(timeout=60)


def assert_nothing_is_lost(connection: SnowflakeConnection, clients: list[Client]) -> None:
    first, second, seen = (Counter(run_on(connection, f"SELECT * FROM {name}")) for name in ("FIRST", "SECOND", "SEEN"))
    assert set(first.values()) == {1}
    assert second == first
    assert seen + Counter(run_on(connection, "SELECT CLIENT, N FROM CHANGES")) == first
    for client in clients[:2]:
        there = {n for number, n in first if number == client.number}
        assert client.acknowledged <= there <= set(range(1, client.sent + 1))
