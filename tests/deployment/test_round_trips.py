"""What setup sends, and how deep: neither grows unseen, since on an account each round trip is time."""

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config import CONFIG
from src.config import DemoConfig
from src.deployment.inspection import probes, probes_for_ours
from src.deployment.script import script, waves
from src.deployment.sending import THREADS, Sender
from src.deployment.steps import batches
from src.emulator.protocol.serving import Address
from tests.large_config import large_config
from tests.traffic import traffic

from .conftest import Command, Sql

OBJECTS = sum(map(len, batches(CONFIG)))
LOOKS = len(probes(CONFIG))
LOOKS_FOR_OURS = len(probes_for_ours(CONFIG))


def counted(address: Address) -> tuple[Counter[str], int]:
    """The requests by path, and the connections that they came on."""
    found = traffic(address)
    return Counter(found["requests"]), found["connections"]


# waves: the looks, the batches of BATCHES or of cleanup's DROPS that are not empty, the looks again.
# round trips: opens, looks once, the batches (of the last one 29 statements on 16 threads), looks again, closes.
EXPECTED: list[tuple[str, str, int, int, int]] = [
    ("full", "nothing is there", 6, 9, OBJECTS + 2 * LOOKS),
    ("full", "full has run", 1, 3, LOOKS),
    ("cleanup", "full has run", 4, 6, 6 + 2 * LOOKS_FOR_OURS),
    ("cleanup", "nothing is there", 1, 3, LOOKS_FOR_OURS),
    ("validate", "full has run", 1, 3, LOOKS),
]


@pytest.mark.parametrize(("mode", "before", "waves", "round_trips", "statements"), EXPECTED)
def test_the_round_trips_do_not_grow_unseen(
    mode: str, before: str, waves: int, round_trips: int, statements: int, command: Command, address: Address
) -> None:
    if before == "full has run":
        command("full")
    earlier, _ = counted(address)
    report = command(mode)
    requests, connections = counted(address)
    assert (report.waves, report.round_trips, report.statements) == (waves, round_trips, statements)
    assert requests - earlier == {
        "/session/v1/login-request": 1,
        "/queries/v1/query-request": statements,
        "/session": 1,
    }
    assert report.requests == (requests - earlier).total()
    assert connections <= 2 * (THREADS + 1)


def test_the_whole_full_takes_one_connection_a_thread(command: Command, address: Address) -> None:
    command("full")
    assert traffic(address)["connections"] <= THREADS + 1


def test_the_looks_before_and_after_are_one_round_trip_each(sender: Sender) -> None:
    sender.wave(probes(CONFIG), lambda one: sender.send(one.sql), str)
    assert sender.depth == 1


@pytest.mark.parametrize("mode", ["full", "cleanup"])
def test_the_waves_as_printed_are_what_is_sent(mode: str, command: Command) -> None:
    if mode == "cleanup":
        command("full")
    report = command(mode)
    planned = waves(mode, CONFIG)
    assert (report.waves, report.statements) == (len(planned), sum(map(len, planned)))
    assert {outcome.sql for outcome in report.outcomes} == {sql for wave in planned[1:-1] for sql in wave}


@pytest.mark.parametrize("mode", ["full", "cleanup"])
def test_many_objects_are_sent_in_as_many_waves_as_few(mode: str) -> None:
    assert len(waves(mode, large_config())) == len(waves(mode, CONFIG))


@pytest.mark.usefixtures("built")
def test_a_full_that_finds_nothing_to_change_sends_no_ddl_and_no_use(command: Command, sql: Sql) -> None:
    history = "SELECT QUERY_TEXT FROM TABLE(DATA_ENG_DEMO.INFORMATION_SCHEMA.QUERY_HISTORY(RESULT_LIMIT => 1000))"
    before = Counter(row["QUERY_TEXT"] for row in sql(history))
    command("full")
    again = Counter(row["QUERY_TEXT"] for row in sql(history)) - before
    assert {text.split()[0] for text in again} - {"SELECT"} == {"SHOW"}


@pytest.mark.parametrize("config", [CONFIG, large_config(20, 3, 40)], ids=["small", "large"])
def test_there_is_one_show_for_each_kind_however_many_objects_there_are(config: DemoConfig) -> None:
    """Snowflake tells a warehouse's parameters and a role's grants of one at a time only."""
    inside = f"IN DATABASE {config.database.name}"
    of_one = [probe for probe in probes(config) if probe.of]
    assert sorted(probe.sql for probe in probes(config) if not probe.of) == [
        "SHOW DATABASES",
        f"SHOW FILE FORMATS {inside}",
        "SHOW RESOURCE MONITORS",
        "SHOW ROLES",
        f"SHOW SCHEMAS {inside}",
        f"SHOW STAGES {inside}",
        "SHOW WAREHOUSES",
    ]
    assert len(of_one) == len(config.warehouses) + 3 * len(config.roles)


def test_statements_that_one_item_sends_one_after_another_are_as_deep_as_they_are_many() -> None:
    with Sender(lambda sql: []) as sender:
        sender.wave([1, 3], lambda times: [sender.send("S") for _ in range(times)], str)
        assert (sender.depth, sender.sent) == (3, 4)
        sender.wave(range(THREADS + 1), lambda item: sender.send("S"), str)
        assert (sender.depth, sender.sent) == (5, 4 + THREADS + 1)


def calls(work: Callable[[], Any]) -> int:
    """How many functions the work calls: its cost, and the same on every machine."""
    count = 0

    def profile(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def test_the_cost_of_a_plan_grows_with_what_is_planned(tmp_path: Path) -> None:
    def cost(times: int) -> int:
        return calls(lambda: script("full", large_config(50 * times, 10 * times, 100 * times)))

    assert cost(2) < 2.2 * cost(1)
