"""What the page shows, without Streamlit and without a browser."""

import base64
import re
import socket
import sys

import pytest

from demos.factset_etf_iceberg.__main__ import main
from demos.factset_etf_iceberg.another_engine import Reading
from demos.factset_etf_iceberg.page import acts, cues, details, flow, moments, parts, starting, time_machine, twin
from demos.factset_etf_iceberg.page.details import Details
from demos.factset_etf_iceberg.page.moments import Moment
from demos.factset_etf_iceberg.page.time_machine import Past
from demos.factset_etf_iceberg.page.twin import Wrong
from demos.factset_etf_iceberg.page.verdict import Verdict, Word
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
    shown = words_of(flow.picture(after, before, {1: 12.4}))
    assert shown[:3] == ["SOURCE TABLE", "1,000", "rows of 5 funds"]
    assert shown[3:6] == ["STREAM 1", "22", "rows pending"]
    assert shown[6:8] == ["TASK 1 · DELETE, MERGE", "suspended"]
    assert re.fullmatch(r"0 \+ 5 \u2212 0 at ..:..:..", shown[8])
    assert "12 s behind the source" in shown
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
    assert moment == Moment()
    assert words_of(flow.picture(moment)).count("none") == 7
    assert details.look(demo, moment, Details()) == Details()


def test_what_is_in_a_text_is_never_markup() -> None:
    assert "<script>" not in parts.judged("<script>", Verdict("BROKEN", "<script>"), "<script>")


# The batch, the twin and the time machine


def test_the_batch_shows_what_was_and_what_is_and_follows_a_renamed_company(proven: Demo) -> None:
    source = deployed(proven)
    acts.rebalancing(acts.REBALANCING)(proven)
    pending, renamed = moments.batch(proven, source), moments.renamed(proven, source)
    assert (pending.is_pending, pending.kinds, len(pending.changes)) == (True, {"ADD": 2, "UPDATE": 9, "DELETE": 2}, 7)
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


def test_the_credits_of_today_are_asked_for_and_are_none_on_the_emulator(proven: Demo) -> None:
    assert details.credits_of_today(proven, deployed(proven)) == 0.0


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


def test_a_light_says_what_is_the_same_and_leaves_out_what_only_a_machine_reads() -> None:
    compared = "ETF_DATA.PUBLIC.CONSTITUENTS 1,000 rows, hash 5; Iceberg 1,000 rows, hash 5"
    assert words_of(parts.lights([Proof("it holds", True, compared)], 0, ""))[-1] == "1,000 rows; Iceberg 1,000 rows"
    compared = "1,014 changes, of which 0 written twice, 0 not beginning where the one before ended"
    assert words_of(parts.lights([Proof("it holds", True, compared)], 0, ""))[-1] == "1,014 changes"
    compared = "pipeline 1 0 pending, pipeline 2 0 pending"
    assert words_of(parts.lights([Proof("it holds", True, compared)], 0, ""))[-1] == "0 pending, 0 pending"


def test_a_proof_that_fails_without_rows_that_differ_says_what_was_compared() -> None:
    proof = Proof("both streams are empty", False, "pipeline 1 9 pending, pipeline 2 0 pending")
    assert words_of(parts.lights([proof], 0, ""))[-1] == "9 pending, 0 pending"


@pytest.mark.parametrize(
    ("pending", "shown"),
    [(0, ["ours", "0", "rows wrong", "MERGE, then DELETE", "3", "rows wrong"]), (24, ["3", "rows to come"])],
)
def test_rows_that_are_still_to_come_are_not_wrong(pending: int, shown: list[str]) -> None:
    assert words_of(parts.twins(Wrong(twin=3, ours=0), pending, ""))[-len(shown) :] == shown


@pytest.mark.parametrize(
    ("word", "style"),
    [("PROVEN", "good"), ("ABSORBED", "good"), ("HEALED", "good"), ("WAITING", "warm"), ("BROKEN", "bad")],
)
def test_a_verdict_has_the_colour_of_what_it_says(word: Word, style: str) -> None:
    shown = parts.judged("Verify", Verdict(word, "by this"), "deploy")
    assert f'class="band {style}"' in shown
    assert ("The way back: deploy." in shown) == (word == "BROKEN")


def test_to_verify_waits_for_what_is_pending_and_names_the_row_that_was_changed(proven: Demo) -> None:
    assert acts.prove(proven) == Verdict("PROVEN", "4 of 4 proofs hold")
    acts.rebalancing(acts.REBALANCING)(proven)
    assert acts.prove(proven) == Verdict("WAITING", "1 of 4 proofs hold, and 44 rows are pending")
    acts.run_now(proven)
    proven.ask(
        "UPDATE DATA_ENG_DEMO.ICEBERG.CONSTITUENTS_ICEBERG SET WEIGHT = 1.5 "
        "WHERE TICKER = 'SIM_CASH_USD' AND FUND_ID = 'SIM-ETF-0001'"
    )
    verdict = acts.prove(proven)
    told = r"the proof fails that the Iceberg table equals the source: 1 changed; SIM-ETF-0001 SIM_CASH_USD \S+ WEIGHT "
    assert verdict.word == "BROKEN"
    assert re.fullmatch(told + r"expected 1\.\d+, found 1\.500000", verdict.by)
    acts.restore("audit")(proven)
    assert acts.prove(proven).word == "PROVEN"


@pytest.mark.parametrize(("holds", "told"), [(True, "the same rows"), (False, "not the same in SIM-ETF-0002")])
def test_another_engine_stands_beside_snowflake(holds: bool, told: str) -> None:
    reading = Reading("pyiceberg 0.12.0", "/state/v1.metadata.json", 1, 9, 999, 5, 1000, Proof("same", holds, told))
    shown = words_of(parts.engine(reading, ""))
    assert shown[1:5] == ["Snowflake", "1,000", "pyiceberg 0.12.0", "999"]
    assert told in shown
    assert shown[-1] == "· from v1.metadata.json"


def test_a_card_has_no_marks_of_markdown() -> None:
    assert cues.says("Say: run `status`, see [the guide](guide.md).\n\n```sql\nSELECT 1;\n```\n") == (
        "Run status, see the guide.",
    )


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


def test_a_port_that_is_taken_is_named_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(starting, "is_possible", lambda: True)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SystemExit) as ended:
            main(["page", "--port", str(port)])
    assert ended.value.code == 1
    assert capsys.readouterr().err == f"Error: {starting.TAKEN.format(port=port)}\n"


def test_nothing_is_shown_of_a_moment_that_has_not_been_looked_at() -> None:
    assert words_of(flow.picture(Moment()))[:3] == ["SOURCE TABLE", "none", "not deployed"]
