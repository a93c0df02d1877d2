"""What the page breaks, and what becomes of it on the emulator."""

from collections.abc import Iterator

import pytest

from demos.factset_etf_iceberg.page import acts, twin
from demos.factset_etf_iceberg.page.breaking import BREAKS, Break
from src.demo_kit.deployment import deploy
from src.demo_kit.session import Demo
from src.demo_kit.verification import verify
from src.utils.errors import Refused

from .conftest import make_provider, working

BY_TITLE = {one.title: one for one in BREAKS}
ABSORBED = ("Kill the task inside its MERGE", "Poison one row", "Run it twice at once")
BROKEN = {
    "Take the stage away": "Task CONSTITUENTS_AUDIT_TASK FAILED: ",
    "Let the streams go stale": "stream",
    "Revoke a grant": "DATA_ENG_ROLE cannot run CONSTITUENTS_ICEBERG_TASK: 003001 (42501)",
    "Change a row by hand": "that the Iceberg table equals the source: 1 changed; SIM-ETF-0001 SIM_CASH_USD",
}


@pytest.fixture
def beside(proven: Demo) -> Iterator[Demo]:
    """A second session."""
    with working() as other:
        yield other


def give_role(demo: Demo) -> None:
    """The role that runs the pipelines, as full makes it and deploy gives it its grants."""
    demo.ask("CREATE ROLE DATA_ENG_ROLE")
    demo.ask("GRANT ROLE DATA_ENG_ROLE TO ROLE SYSADMIN")
    demo.ask("GRANT USAGE ON DATABASE DATA_ENG_DEMO TO ROLE DATA_ENG_ROLE")
    deploy(demo)


def test_each_way_to_break_it_is_looked_at() -> None:
    assert sorted([*ABSORBED, *BROKEN]) == sorted(BY_TITLE)


@pytest.mark.parametrize("title", ABSORBED)
def test_what_the_demo_takes_is_absorbed_and_proven(proven: Demo, beside: Demo, title: str) -> None:
    verdict = BY_TITLE[title].act(proven, beside)
    assert (verdict.word, bool(verdict.by)) == ("ABSORBED", True)
    assert all(proof.holds for proof in verify(proven))


@pytest.mark.parametrize("title", BROKEN)
def test_what_it_does_not_take_is_broken_and_healed_by_the_way_back(proven: Demo, beside: Demo, title: str) -> None:
    way: Break = BY_TITLE[title]
    give_role(proven)
    verdict = way.act(proven, beside)
    assert (verdict.word, BROKEN[title] in verdict.by) == ("BROKEN", True)
    assert way.mend(proven).word == "HEALED"
    assert all(proof.holds for proof in verify(proven))


def test_without_the_role_that_runs_the_pipelines_none_of_its_grants_is_revoked(proven: Demo, beside: Demo) -> None:
    with pytest.raises(Refused, match="Role DATA_ENG_ROLE cannot be used, so nothing is taken from it: 002043"):
        BY_TITLE["Revoke a grant"].act(proven, beside)
    assert proven.ask("SELECT CURRENT_ROLE() AS ROLE") == [{"ROLE": "ACCOUNTADMIN"}]


def test_the_tasks_stand_as_before_after_a_break(proven: Demo, beside: Demo) -> None:
    acts.resume(proven)
    BY_TITLE["Run it twice at once"].act(proven, beside)
    assert {row["state"] for row in proven.ask("SHOW TASKS IN SCHEMA DATA_ENG_DEMO.FACTSET")} == {"started"}


def test_the_twin_begins_anew_with_the_streams(proven: Demo, beside: Demo) -> None:
    twin.make(proven)
    way = BY_TITLE["Let the streams go stale"]
    way.act(proven, beside)
    way.mend(proven)
    acts.rebalancing(acts.REBALANCING)(proven)
    acts.run_now(proven)


@pytest.mark.parametrize("title", BY_TITLE)
def test_nothing_is_broken_on_a_source_that_is_not_simulated(demo: Demo, title: str) -> None:
    make_provider(demo)
    deploy(demo)
    with pytest.raises(Refused, match="is not simulated: nothing is broken on it"):
        BY_TITLE[title].act(demo, demo)
