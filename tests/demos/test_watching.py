"""status --watch: a clock, a step each time, and it goes on whatever happens beside it."""

import io
import re
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from src.demo_kit import cleanup
from src.demo_kit.session import Demo
from src.demo_kit.status import movements
from src.demo_kit.watching import looks, watch
from src.deployment.report import Report
from src.deployment.sending import Answer
from src.utils.errors import DemoError

from .test_verification import ICEBERG_TABLE

TABLE = "ETF_DATA.PUBLIC.CONSTITUENTS"


class Heard(io.StringIO):
    """What each look has shown."""

    @property
    def looks(self) -> list[str]:
        return re.split(r"(?m)^(?=\d\d:\d\d:\d\d  )", self.getvalue())[1:]


def watched(demo: Demo, between: Iterator[object], seconds: float = 60) -> list[str]:
    """What is shown before each thing that happens between two looks, and after the last."""
    stream = Heard()

    def pause(seconds: float) -> None:
        if next(between, None) is None:
            raise KeyboardInterrupt

    with looks(demo, "local", seconds) as lines:
        watch(lines, stream, seconds, pause=pause)
    return stream.looks


def happens(demo: Demo) -> Iterator[str]:
    demo.ask(f"DELETE FROM {TABLE} WHERE SECTOR = 'Cash'")
    yield "changes"
    cleanup.clean_up(demo, Report("cleanup"))
    yield "a cleanup"


@pytest.mark.usefixtures("loaded")
def test_watching_has_a_clock_sees_what_is_pending_and_goes_on_after_a_cleanup(demo: Demo) -> None:
    at_first, changed, removed = watched(replace(demo, emulated=True), happens(demo))
    assert re.match(r"\d\d:\d\d:\d\d  DATA_ENG_DEMO factset on local\nSource: simulated", at_first)
    assert "Pipeline 1 (Iceberg table): 0 pending" in at_first
    assert "Pipeline 1 (Iceberg table): 5 pending" in changed
    assert "The demo is not deployed in DATA_ENG_DEMO. Run: " in removed


@pytest.mark.usefixtures("loaded")
def test_what_the_pipelines_have_made_is_looked_at_beside_the_steps(demo: Demo) -> None:
    with looks(replace(demo, emulated=True), "local", 0.2) as lines:
        while not any(line.startswith("Iceberg table: 1,000 rows of 5 funds") for line in lines()):
            pass
        demo.ask(f"UPDATE {ICEBERG_TABLE} SET COUNTRY = 'XX' WHERE SECTOR = 'Cash'")
        while not any("Fault: The Iceberg table differs" in line for line in lines()):
            pass


@pytest.mark.usefixtures("loaded")
def test_the_clock_goes_on_while_a_look_takes_longer_and_shows_what_was_there_before(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()
    with looks(replace(demo, emulated=True), "local", 60) as lines:
        assert "Pipeline 1 (Iceberg table): 0 pending, task suspended" in list(lines())
    send = demo.sender.send
    with looks(replace(demo, emulated=True), "local", 0.1) as lines:
        monkeypatch.setattr(demo.sender, "send", lambda sql: (free.wait(60), send(sql))[1])
        shown = list(lines())
        assert re.fullmatch(r"The account is being looked at since \d\d:\d\d:\d\d \.\.\.", shown[-1])
        free.set()
        while not any(line.startswith("Pipeline 1") for line in lines()):
            pass


@pytest.mark.usefixtures("loaded")
def test_a_step_reads_nothing_that_grows_with_what_the_pipelines_have_made(demo: Demo) -> None:
    sent = len(demo.sender.answers)
    movements(demo)
    read = [answer.sql for answer in demo.sender.answers[sent:]]
    assert [sql for sql in read if ICEBERG_TABLE in sql or "FACTSET_ETF_STAGE" in sql] == []


@pytest.mark.usefixtures("loaded")
def test_on_an_account_watching_says_what_looking_costs(demo: Demo) -> None:
    [first] = watched(replace(demo, emulated=False), iter([]))
    assert first.splitlines()[1] == (
        "Looking keeps DATA_ENG_ANALYTICS_WH awake: 1.00 credits (3.00) an hour, 0.02 credits (0.05) so far."
    )


@pytest.mark.usefixtures("loaded")
def test_an_account_that_is_not_to_be_reached_ends_it(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = ConnectionError("the network is gone")
    with looks(replace(demo, emulated=True), "local", 60) as lines:
        answer = Answer("", [], 0.0, error=lost, errno=250003, message="the network is gone")
        monkeypatch.setattr(demo.sender, "send", lambda sql: answer)
        with pytest.raises(DemoError, match="the network is gone"):
            list(lines())


def test_on_a_terminal_watching_shows_each_look_in_the_place_of_the_one_before() -> None:
    heard: list[str] = []
    looks = iter(["1 pending", "0 pending"])

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

        def write(self, text: str) -> int:
            heard.append(text)
            return len(text)

    watch(lambda: [next(looks)], Terminal(), 1, pause=lambda seconds: None, times=2)
    shown = "".join(heard)
    assert shown.index("1 pending") < shown.index("\x1b[2K") < shown.index("0 pending")
