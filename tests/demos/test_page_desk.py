"""The presenter's desk: it looks while somebody sees it, and does one act at a time."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from config import CONFIG
from demos.factset_etf_iceberg.manifest import MANIFEST
from demos.factset_etf_iceberg.page import acts, moments
from demos.factset_etf_iceberg.page.desk import Desk
from demos.factset_etf_iceberg.page.moments import Moment
from src.demo_kit.cleanup import clean_up
from src.demo_kit.session import Demo
from src.deployment.report import Report
from src.utils.errors import DemoError
from src.utils.options import Where

SECONDS = 180.0
pytestmark = pytest.mark.timeout(2 * SECONDS)


@pytest.fixture
def desk(proven: Demo) -> Iterator[Desk]:
    desk = Desk(MANIFEST, CONFIG, Where("local"))
    yield desk
    desk.close()


def until(desk: Desk, holds: Callable[[], object]) -> None:
    """Sees the page until that holds."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        desk.watch()
        time.sleep(0.05)


def test_it_looks_only_while_somebody_sees_it(desk: Desk) -> None:
    time.sleep(1.0)
    assert (desk.moment.rows, desk.watched) == (None, 0.0)
    until(desk, lambda: desk.moment.rows == 1000)
    assert desk.watched >= desk.every


def test_it_tells_how_long_a_pipeline_has_been_behind_and_what_another_engine_reads(desk: Desk) -> None:
    until(desk, lambda: desk.details.engine)
    assert desk.waits == {}
    desk.begin("Rebalance", acts.rebalancing(acts.REBALANCING))
    until(desk, lambda: set(desk.waits) == {1, 2})
    assert 0 <= desk.waits[1] < SECONDS
    known = desk.details.engine
    desk.begin("Run", acts.run_now)
    until(desk, lambda: not desk.busy and not desk.waits and desk.details.engine is not known)
    assert desk.act is not None
    assert desk.act.lines[-1] == "Into the Iceberg table: 2 adds, 9 updates, 2 deletes."
    assert desk.details.engine is not None
    assert desk.details.engine.proof.holds
    assert not desk.details.problems


def test_it_sees_a_change_behind_the_pipelines_back_when_the_act_has_ended(desk: Desk) -> None:
    until(desk, lambda: desk.moment.status)

    def delete(demo: Demo) -> None:
        demo.use_looking_warehouse()
        demo.ask("DELETE FROM DATA_ENG_DEMO.ICEBERG.CONSTITUENTS_ICEBERG WHERE SECTOR = 'Cash'")

    desk.begin("Delete", delete)
    until(desk, lambda: desk.moment.iceberg and desk.moment.iceberg.rows == 995)
    until(desk, lambda: desk.moment.status and desk.moment.status.faults)


def test_what_cannot_be_looked_at_is_shown_as_it_was_last(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    until(desk, lambda: desk.moment.rows == 1000)
    monkeypatch.setattr(moments, "look", lambda *looked: Moment(problem="The account does not answer."))
    until(desk, lambda: desk.moment.problem == "The account does not answer.")
    assert desk.moment.rows == 1000


def test_a_look_that_has_no_answer_is_known_by_its_seconds(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    until(desk, lambda: desk.moment.rows == 1000)
    answers = threading.Event()

    def look(demo: Demo, before: Moment | None = None) -> Moment:
        answers.wait(SECONDS)
        return Moment()

    monkeypatch.setattr(moments, "look", look)
    until(desk, lambda: desk.unanswered > 0.2)
    answers.set()
    until(desk, lambda: desk.moment == Moment())
    assert desk.unanswered < SECONDS


def test_what_is_behind_a_moment_is_asked_again_after_it_could_not_be(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(demo: Demo) -> None:
        raise DemoError("The account does not answer.")

    until(desk, lambda: desk.moment.status)
    with monkeypatch.context() as patch:
        patch.setattr(Demo, "use_looking_warehouse", refuse)
        until(desk, lambda: desk.details.problems)
    desk.begin("Look", lambda demo: None)
    until(desk, lambda: desk.details.proofs and not desk.details.problems)


def test_an_act_is_told_no_longer_when_the_demo_has_been_removed_beside(desk: Desk, demo: Demo) -> None:
    until(desk, lambda: desk.moment.status)
    act = desk.begin("Look", lambda demo: None)
    until(desk, lambda: not act.under_way and desk.is_current)
    assert desk.told is act
    clean_up(demo, Report("cleanup", CONFIG.database.name, "", emulated=True))
    until(desk, lambda: desk.told is None)
    assert desk.act is act


def test_a_second_act_is_refused_while_one_is_under_way(desk: Desk) -> None:
    goes_on = threading.Event()

    def waits(demo: Demo) -> None:
        goes_on.wait(SECONDS)

    desk.begin("The first", waits)
    with pytest.raises(DemoError, match='"The first" is under way'):
        desk.begin("The second", acts.run_now)
    goes_on.set()
    until(desk, lambda: not desk.busy)


def test_an_act_that_fails_says_why_and_the_page_goes_on(desk: Desk) -> None:
    def drops(demo: Demo) -> None:
        demo.ask("DROP TABLE DATA_ENG_DEMO.FACTSET.NOWHERE")

    desk.begin("Wrong", drops)
    until(desk, lambda: not desk.busy)
    assert desk.act is not None
    assert "NOWHERE" in desk.act.error
    assert desk.act.statements == ["DROP TABLE DATA_ENG_DEMO.FACTSET.NOWHERE"]
