"""The connector asks again for as long as it should, and not at all on a connection that is lost."""

import pytest
from pytest_mock import MockerFixture
from snowflake.connector.errors import OperationalError

from src.utils.patience import Patience


def test_the_pauses_grow_to_16_seconds_until_the_time_is_over(mocker: MockerFixture) -> None:
    mocker.patch("time.monotonic", side_effect=[0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 48.0, 64.0, 121.0])
    policy = Patience(120).policy()
    assert [next(policy) for _ in range(8)] == [1, 1, 2, 4, 8, 16, 16, 16]
    with pytest.raises(OperationalError, match=r"No answer for 120 s: the connection is lost\.$"):
        next(policy)


def test_on_a_lost_connection_nothing_is_asked_and_another_is_not_lost() -> None:
    lost, other = Patience(0), Patience(60)
    for _ in range(2):
        with pytest.raises(OperationalError, match="is lost"):
            next(lost.policy())
    assert next(other.policy()) == 1


def test_a_server_in_trouble_is_asked_once_since_one_that_is_stopped_may_be_continued() -> None:
    patience = Patience(60, trouble=lambda: "It is stopped.")
    asked = patience.policy()
    assert next(asked) == 1
    for policy in (asked, patience.policy()):
        with pytest.raises(OperationalError, match=r"It is stopped\.$"):
            next(policy)
