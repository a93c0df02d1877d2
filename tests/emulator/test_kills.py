"""kill -9 at any moment: what was committed is there, what was not is gone, streams go on where they were."""

import json
import random
from collections import Counter
from collections.abc import Callable, Set
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from src.emulator.engine import Engine
from tests.lengths import length

from .cursors import fetched
from .killing import Say, kill_after

Rows = Counter[tuple[Any, ...]]
Run = Callable[[str], list[tuple[Any, ...]]]

SET_UP = (
    "CREATE DATABASE DEMO",
    "CREATE WAREHOUSE WH",
    "CREATE TABLE T (ID INT, NAME VARCHAR)",
    "CREATE ICEBERG TABLE ICE (ID INT, NAME STRING)",
    "CREATE TABLE SINK (ID INT, NAME VARCHAR, ACTION VARCHAR)",
    "CREATE TABLE TASK_SINK (ID INT, NAME VARCHAR, ACTION VARCHAR)",
    "CREATE STREAM INSERTED ON TABLE T",
    "CREATE STREAM UNLOADED ON TABLE T",
    "CREATE VIEW SEEN AS SELECT ID, NAME FROM T",
    "CREATE STREAM FOLLOWED ON VIEW SEEN",
    "CREATE STAGE ST",
    "CREATE FILE FORMAT PQ TYPE = PARQUET",
    "CREATE TASK FOLLOW WAREHOUSE = WH WHEN SYSTEM$STREAM_HAS_DATA('FOLLOWED')"
    " AS INSERT INTO TASK_SINK SELECT ID, NAME, METADATA$ACTION FROM FOLLOWED",
    "ALTER TASK FOLLOW RESUME",
)
TRANSACTION = (
    "BEGIN",
    "INSERT INTO T VALUES ({n}, 'new')",
    "INSERT INTO ICE VALUES ({n}, 'new')",
    "UPDATE T SET NAME = 'old' WHERE ID = {n} - 1",
    "UPDATE ICE SET NAME = 'old' WHERE ID = {n} - 1",
    "INSERT INTO SINK SELECT ID, NAME, METADATA$ACTION FROM INSERTED",
    "DELETE FROM T WHERE ID = {n} - 3",
    "DELETE FROM ICE WHERE ID = {n} - 3",
    "COMMIT",
)
UNLOAD = (
    "COPY INTO @ST/{n}/ FROM (SELECT ID, NAME, METADATA$ACTION AS ACTION FROM UNLOADED)"
    " FILE_FORMAT = (FORMAT_NAME = 'PQ') HEADER = TRUE"
)
EVERY = 3  # so many transactions, one unload


@dataclass(frozen=True)
class Answered:
    """The transaction of this number has answered that it is committed, or the unload after it that it is done."""

    number: int
    is_unload: bool = False


@dataclass(frozen=True)
class Found:
    """What a process finds when it opens the state: rows, and what the changes seen by each consumer come to.

    `consumed` counts the changes that each consumer has had; `changes` has those and the ones its stream still shows.
    """

    table: Rows
    iceberg: Rows
    on_disk: Rows
    consumed: dict[str, int]
    changes: dict[str, Rows]
    unloads: frozenset[int]

    @property
    def last(self) -> int:
        """The transaction that changed the table last."""
        return max((row[0] for row in self.table), default=0)


def rows_after(last: int) -> Rows:
    """The table after so many transactions."""
    return Counter((number, "new" if number == last else "old") for number in range(max(1, last - 2), last + 1))


# In the process that is killed


def set_up(folder: Path) -> None:
    engine = Engine(folder)
    run = runner(engine)
    for sql in SET_UP:
        run(sql)
    engine.close()


def runner(engine: Engine) -> Run:
    session = engine.open_session()
    return lambda sql: fetched(session, sql)


def work(folder: Path, say: Say, answered: Set[int]) -> None:
    """Opens the state, says what it finds, and changes it until it is killed; `answered` are the unloads known of."""
    engine = Engine(folder)
    run = runner(engine)
    run("USE SCHEMA DEMO.PUBLIC")
    run("USE WAREHOUSE WH")
    remove_uncommitted(run, answered)
    found = look(run)
    say(found)
    engine.account.runs.fail_interrupted(engine.account.clock())
    for number in count(found.last + 1):
        for sql in TRANSACTION:
            run(sql.format(n=number))
        say(Answered(number))
        if number % EVERY == 0:
            run(UNLOAD.format(n=number))
            say(Answered(number, is_unload=True))
        engine.scheduler.tick()


def remove_uncommitted(run: Run, answered: Set[int]) -> None:
    """Removes the file of an unload that was killed before its commit: its stream still has the rows."""
    files = unloaded(run)
    for number in files.keys() - answered:
        if changes(run, flat(files, without=number), "UNLOADED") == Counter(run("SELECT * FROM T")):
            run(f"REMOVE @ST/{number}/")


def unloaded(run: Run) -> dict[int, list[tuple[Any, ...]]]:
    """The changes in the files of each unload that is listed."""
    found: dict[int, list[tuple[Any, ...]]] = {int(name.split("/")[1]): [] for name, *_ in run("LIST @ST")}
    columns = "METADATA$FILENAME, $1:ID::INT, $1:NAME::VARCHAR, $1:ACTION::VARCHAR"
    for name, *change in run(f"SELECT {columns} FROM @ST (FILE_FORMAT => 'PQ')") if found else []:
        found[int(name.split("/")[0])].append(tuple(change))
    return found


def flat(files: dict[int, list[tuple[Any, ...]]], without: int = 0) -> list[tuple[Any, ...]]:
    return [change for number, changes in files.items() if number != without for change in changes]


def look(run: Run) -> Found:
    from pyiceberg.table import StaticTable

    [(information,)] = run("SELECT SYSTEM$GET_ICEBERG_TABLE_INFORMATION('ICE')")
    on_disk = StaticTable.from_metadata(json.loads(information)["metadataLocation"]).scan().to_arrow().to_pylist()
    files = unloaded(run)
    consumers = {
        "INSERT": (run("SELECT * FROM SINK"), "INSERTED"),
        "task": (run("SELECT * FROM TASK_SINK"), "FOLLOWED"),
        "COPY INTO": (flat(files), "UNLOADED"),
    }
    return Found(
        table=Counter(run("SELECT * FROM T")),
        iceberg=Counter(run("SELECT * FROM ICE")),
        on_disk=Counter(tuple(row.values()) for row in on_disk),
        consumed={name: len(consumed) for name, (consumed, _) in consumers.items()},
        changes={name: changes(run, *consumer) for name, consumer in consumers.items()},
        unloads=frozenset(files),
    )


def changes(run: Run, consumed: list[tuple[Any, ...]], stream: str) -> Rows:
    """What the consumed changes and those that the stream still shows come to."""
    total: Rows = Counter()
    for id_, name, action in [*consumed, *run(f"SELECT ID, NAME, METADATA$ACTION FROM {stream}")]:
        total[id_, name] += 1 if action == "INSERT" else -1
    return Counter({row: times for row, times in total.items() if times})


# In the process that looks


def check(found: Found, known: int) -> None:
    """Nothing is lost, half there, or read twice."""
    assert found.last >= known
    assert found.table == rows_after(found.last)
    assert found.iceberg == found.table
    assert found.on_disk == found.table
    assert found.changes == dict.fromkeys(found.changes, found.table)


def test_after_a_kill_what_was_committed_is_there_once_and_nothing_else(tmp_path: Path) -> None:
    kills, known = length(10, 60), 0
    answered: set[int] = set()
    chance = random.Random(7)
    set_up(tmp_path / "state")
    for messages in [*(chance.randrange(6) for _ in range(kills)), 1]:
        worker = partial(work, answered=answered)
        for message in kill_after(worker, tmp_path / "state", messages, chance.uniform(0, 0.06)):
            match message:
                case Found():
                    check(message, known)
                    known, answered = message.last, set(message.unloads)
                    consumed = message.consumed
                case Answered(number, is_unload=True):
                    answered.add(number)
                case Answered(number):
                    known = number
    assert known > kills
    assert all(consumed.values())
