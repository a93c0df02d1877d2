"""What the page shows, without Streamlit and without a browser."""

import base64
import re
import sys

import pytest

from demos.factset_etf_iceberg.__main__ import main
from demos.factset_etf_iceberg.page import acts, cues, details, flow, moments, parts, starting, time_machine, twin
from demos.factset_etf_iceberg.page.breaking import Verdict
from demos.factset_etf_iceberg.page.details import Details
from demos.factset_etf_iceberg.page.moments import Moment
from demos.factset_etf_iceberg.page.time_machine import Past
from src.demo_kit.manifest import Proof
from src.demo_kit.session import Demo
from src.demo_kit.streams import deployed
from src.utils.options import Where


def words_of(html: str) -> list[str]:
    """The texts of a part, in order."""
    return [text for text in re.findall(r">([^<]+)<", html) if text.strip()]


def picture_of(html: str) -> str:
    [encoded] = re.findall(r"base64,([^\"]+)", html)
    return base64.b64decode(encoded).decode()


# The flow


def test_the_flow_says_what_a_moment_has_and_lights_what_is_pending(proven: Demo) -> None:
    before = moments.look(proven)
    acts.rebalancing(acts.REBALANCING)(proven)
    after = moments.look(proven)
    shown = words_of(flow.picture(after, before))
    assert shown[:3] == ["SOURCE TABLE", "1,000", "rows of 5 funds"]
    assert shown[3:6] == ["STREAM 1", "22", "rows pending"]
    assert shown[6:8] == ["TASK 1 · DELETE, MERGE", "suspended"]
    assert shown[9:12] == ["STREAM 2", "22", "rows pending"]
    assert [word for word in shown if word.endswith(("rows", "events"))] == ["1,000 rows", "1,005 events"]
    assert picture_of(flow.picture(before, before)).count("<animate") == 0
    assert picture_of(flow.picture(after, before)).count("<animate") == 2
    assert flow.spoken(after) == (
        "The source has 1000 rows; stream 1 has 22 rows pending, stream 2 has 22 rows pending, "
        "the Iceberg table has 1000 rows."
    )


def test_the_flow_of_what_is_not_deployed_says_so(demo: Demo) -> None:
    moment = moments.look(demo)
    assert moment.problem.startswith("The demo is not deployed in DATA_ENG_DEMO.")
    assert words_of(flow.picture(moment)).count("none") == 7
    assert details.look(demo, moment, Details()) == Details()


def test_what_is_in_a_text_is_never_markup() -> None:
    assert "<script>" not in parts.judged("<script>", Verdict("BROKEN", "<script>"), "<script>")


# The batch, the twin and the time machine


def test_the_batch_shows_what_was_and_what_is_and_follows_a_renamed_company(proven: Demo) -> None:
    source = deployed(proven)
    acts.rebalancing(acts.REBALANCING)(proven)
    pending, renamed = moments.batch(proven, source), moments.renamed(proven, source)
    assert (pending.is_pending, pending.count, len(pending.changes)) == (True, 13, 9)
    assert renamed is not None
    assert [place for place, here in renamed.places.items() if here] == ["source", "stream 1", "stream 2"]
    acts.run_now(proven)
    last, renamed = moments.batch(proven, source), moments.renamed(proven, source)
    assert (last.is_pending, last.changes) == (False, pending.changes)
    assert renamed is not None
    assert [place for place, here in renamed.places.items() if here] == ["source", "Iceberg", "audit"]


def test_the_twin_goes_wrong_where_ours_does_not_and_goes_with_cleanup(proven: Demo) -> None:
    source = deployed(proven)
    assert twin.wrong(proven, source) is None
    twin.make(proven)
    assert twin.wrong(proven, source) == twin.Wrong(twin=0, ours=0)
    acts.rebalancing(acts.REBALANCING)(proven)
    acts.run_now(proven)
    assert twin.wrong(proven, source) == twin.Wrong(twin=3, ours=0)  # two that left, and one under its old name
    acts.reset(proven)
    assert twin.wrong(proven, source) is None
    assert moments.look(proven).rows == 1000


def test_the_time_machine_finds_both_ways_equal_and_not_where_the_table_was_changed(proven: Demo) -> None:
    source = deployed(proven)
    known = time_machine.past(proven, source, {})
    assert [one.equal for one in known.values()] == [True] * len(known)
    proven.ask("DELETE FROM DATA_ENG_DEMO.ICEBERG.CONSTITUENTS_ICEBERG WHERE SECTOR = 'Cash'")
    acts.rebalancing({"adds": 1, "updates": 0, "deletes": 0, "rekeys": 0, "seed": 7})(proven)
    acts.run_now(proven)
    every = time_machine.past(proven, source, known)
    *before, last = every.values()
    assert before == list(known.values())
    assert not last.equal
    assert last.changes["ADD"] == 1


def test_a_moment_to_go_back_to_is_one_at_which_both_had_run() -> None:
    runs = [("a", 1), ("a", 2), ("b", 3), ("b", 4), ("a", 5), ("b", 6)]
    assert list(time_machine.both_ran(runs)) == [3, 5]


@pytest.mark.parametrize(("differing", "told"), [(0, "equal, row by row"), (5, "5 rows differ")])
def test_the_time_machine_says_whether_both_are_equal(differing: int, told: str) -> None:
    assert told in words_of(parts.past_of(Past(1000, 1000, differing, {"ADD": 1}), "12:00:00"))


def test_reading_goes_on_where_a_part_cannot_be_read(proven: Demo) -> None:
    proven.ask("DROP STREAM DATA_ENG_DEMO.FACTSET.CONSTITUENTS_AUDIT_STREAM")
    moment = moments.look(proven)
    seen = details.look(proven, moment, Details())
    assert set(seen.problems) == {"batch", "renamed"}
    assert seen.proofs


# The lights and the cards


@pytest.mark.parametrize(
    ("holds", "pending", "style"), [(True, 0, "light "), (False, 24, "light waiting"), (False, 0, "light broken")]
)
def test_a_light_is_red_only_for_what_is_broken(holds: bool, pending: int, style: str) -> None:
    assert f'class="{style}"' in parts.lights([Proof("it holds", holds, "1 row, hash 5; 1 row, hash 5")], pending, "")


@pytest.mark.parametrize(("length", "count"), [(30, 5), (45, 7)])
def test_the_cue_cards_are_the_parts_of_the_script(length: int, count: int) -> None:
    every = cues.cards(length)
    assert [card.title[0] for card in every] == [str(number) for number in range(1, count + 1)]
    assert [card.begin for card in every[1:]] == [card.end for card in every[:-1]]
    assert every[-1].end == length
    assert all(card.says for card in every)
    assert cues.card_at(every, 0.0) == every[0]
    assert cues.card_at(every, 99.0) == every[-1]


# Starting


def test_streamlit_is_started_for_this_machine_alone() -> None:
    words = starting.command(Where("prod", "DEPLOYER", "ALICE"), 8600, headless=False)
    assert words[:4] == [sys.executable, "-m", "streamlit", "run"]
    options = dict(zip(words[5 : words.index("--")][::2], words[5 : words.index("--")][1::2], strict=True))
    assert options == {
        "--server.address": "127.0.0.1",
        "--server.port": "8600",
        "--server.headless": "false",
        "--server.fileWatcherType": "none",
        "--browser.gatherUsageStats": "false",
        "--theme.base": "light",
        "--theme.primaryColor": "#1f9ed8",
    }
    assert words[words.index("--") + 1 :] == ["--connection_name", "prod", "--role", "DEPLOYER", "--prefix", "ALICE"]


def test_where_streamlit_is_missing_it_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["page"])
    assert ended.value.code == 1
    assert capsys.readouterr().err == f"Error: {starting.MISSING}\n"


def test_nothing_is_shown_of_a_moment_that_has_not_been_looked_at() -> None:
    assert words_of(flow.picture(Moment()))[:3] == ["SOURCE TABLE", "none", "not deployed"]
