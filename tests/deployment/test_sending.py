"""Statements at once, again, and counted."""

import threading
import time
from typing import Any

import pytest
from pytest_mock import MockerFixture
from snowflake.connector.errors import OperationalError, ProgrammingError
from snowflake.snowpark import Row as SnowparkRow
from snowflake.snowpark.exceptions import SnowparkSQLException

from src.deployment.sending import Sender
from src.utils.queries import Row
from src.utils.snowpark_session import error_number


def test_statements_of_a_wave_run_at_the_same_time() -> None:
    together = threading.Barrier(16, timeout=5)

    def execute(sql: str) -> list[Row]:
        together.wait()
        return [{"sql": sql}]

    with Sender(execute) as sender:
        answers = sender.wave([f"S{number}" for number in range(16)], sender.send, repr)
    assert [answer.rows for answer in answers] == [[{"sql": f"S{number}"}] for number in range(16)]
    assert (sender.waves, len(sender.answers)) == (1, 16)


def test_rows_of_statements_at_once_keep_their_own_columns(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """Snowpark names the columns of all threads' rows in one place; whoever pauses there gets another's."""
    build = SnowparkRow._RowBuilder.build

    def pausing(*arguments: Any) -> Any:
        found = build(*arguments)
        time.sleep(0.02)
        return found

    monkeypatch.setattr(SnowparkRow._RowBuilder, "build", pausing)
    names = [f"C{number}" for number in range(16)]
    answers = sender.wave([f"SELECT 1 AS {name}" for name in names], sender.send, repr)
    assert [answer.rows for answer in answers] == [[{name: 1}] for name in names]


@pytest.mark.parametrize(
    ("error", "attempts"),
    [
        (OperationalError("The network is down.", errno=250003), 3),
        (OSError("Connection reset by peer"), 3),
        (ProgrammingError("Object 'X' already exists.", errno=2002), 3),
        (ProgrammingError("syntax error", errno=1003), 1),
        (ProgrammingError("Insufficient privileges", errno=3001), 1),
    ],
)
def test_only_a_failure_that_passes_is_tried_again(error: Exception, attempts: int, mocker: MockerFixture) -> None:
    network, pause = mocker.Mock(side_effect=error), mocker.Mock()
    answer = Sender(network, pause).send("SELECT 1")
    assert (answer.attempts, answer.error, network.call_count) == (attempts, error, attempts)
    assert pause.call_args_list == [mocker.call(0.2), mocker.call(0.8)][: attempts - 1]


@pytest.mark.parametrize(
    ("error", "number"),
    [
        (SnowparkSQLException("x", sql_error_code=2003), 2003),
        (SnowparkSQLException("x", conn_error=ProgrammingError("y", errno=3001)), 3001),
        (ProgrammingError("x", errno=1003), 1003),
        (ProgrammingError("002003 (02000): does not exist"), 2003),
        (OSError("reset"), 250003),
    ],
)
def test_the_number_of_an_error_is_found_wherever_it_is_kept(error: Exception, number: int) -> None:
    assert error_number(error) == number


def test_a_bug_is_not_an_answer() -> None:
    def execute(sql: str) -> list[Row]:
        raise TypeError("ours")

    with pytest.raises(TypeError, match="ours"):
        Sender(execute).send("SELECT 1")


def test_on_ctrl_c_what_is_under_way_ends_and_nothing_more_begins() -> None:
    begun: list[int] = []
    heard: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        time.sleep(0.2 if number else 0)
        return number

    def hear(number: int) -> None:
        heard.append(number)
        if number == 0:
            raise KeyboardInterrupt

    with Sender(lambda sql: []) as sender, pytest.raises(KeyboardInterrupt):
        sender.wave(range(100), work, hear)
    assert sorted(heard) == sorted(begun)
    assert len(begun) < 100


def test_a_late_failure_is_not_tried_again(mocker: MockerFixture) -> None:
    mocker.patch("time.monotonic", side_effect=[0.0, 61.0])
    network = mocker.Mock(side_effect=OperationalError("The network is down.", errno=250003))
    assert Sender(network).send("SELECT 1").attempts == 1
