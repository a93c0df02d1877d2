"""Cleanup removes the demo and nothing else, from every state, and proves it."""

from dataclasses import replace
from functools import partial

import pytest

from config import CONFIG
from demos.factset_etf_iceberg.manifest import MANIFEST, PIPELINES
from demos.factset_etf_iceberg.pipeline1_iceberg import ICEBERG
from demos.factset_etf_iceberg.pipeline2_parquet import AUDIT
from src.demo_kit.cleanup import clean_up, drop_pipelines
from src.demo_kit.command import Options, cleaning, perform
from src.demo_kit.deployment import deploy, run
from src.demo_kit.session import Demo
from src.demo_kit.verification import verify
from src.deployment.report import Report
from src.emulator.protocol.serving import Address
from src.utils.errors import Refused

from .conftest import make_provider


def names(demo: Demo, shown: str) -> set[str]:
    return {row["name"] for row in demo.ask(f"SHOW {shown}")} - {"PUBLIC", "INFORMATION_SCHEMA"}


def cleaned(demo: Demo) -> Report:
    report = Report("cleanup", CONFIG.database.name, "local")
    clean_up(demo, report)
    return report


@pytest.fixture
def before(demo: Demo) -> dict[str, set[str]]:
    return look(demo)


def look(demo: Demo) -> dict[str, set[str]]:
    return {kind: names(demo, kind) for kind in ("DATABASES", "WAREHOUSES", "SCHEMAS IN DATABASE DATA_ENG_DEMO")}


def test_a_deployment_is_removed_without_a_trace(demo: Demo, before: dict[str, set[str]]) -> None:
    deploy(demo)
    run(demo)
    report = cleaned(demo)
    assert (report.exit_code, report.left, report.proven) == (0, [], True)
    assert look(demo) == before
    assert {str(outcome) for outcome in report.outcomes if outcome.result == "dropped"} == {
        "DATABASE ETF_DATA",
        "SCHEMA DATA_ENG_DEMO.FACTSET",
        "SCHEMA DATA_ENG_DEMO.ICEBERG",
        "TASK DATA_ENG_DEMO.FACTSET.CONSTITUENTS_ICEBERG_TASK",
        "TASK DATA_ENG_DEMO.FACTSET.CONSTITUENTS_AUDIT_TASK",
        "STREAM DATA_ENG_DEMO.FACTSET.CONSTITUENTS_ICEBERG_STREAM",
        "STREAM DATA_ENG_DEMO.FACTSET.CONSTITUENTS_AUDIT_STREAM",
        "ICEBERG TABLE DATA_ENG_DEMO.ICEBERG.CONSTITUENTS_ICEBERG",
        "STAGE DATA_ENG_DEMO.FACTSET.FACTSET_ETF_STAGE",
        "FILE FORMAT DATA_ENG_DEMO.FACTSET.AUDIT_FORMAT",
    }


def test_an_account_without_the_demo_is_clean_already(demo: Demo, before: dict[str, set[str]]) -> None:
    report = cleaned(demo)
    assert (report.exit_code, report.outcomes, report.proven) == (0, [], True)
    assert look(demo) == before


def test_an_account_without_infrastructure_is_clean_already(account: Demo) -> None:
    assert cleaned(account).exit_code == 0


def test_a_half_built_demo_is_removed(demo: Demo, before: dict[str, set[str]]) -> None:
    deploy(demo, [AUDIT])
    demo.ask("DROP SCHEMA DATA_ENG_DEMO.ICEBERG")
    assert cleaned(demo).exit_code == 0
    assert look(demo) == before


def test_a_provider_stays(demo: Demo) -> None:
    make_provider(demo, tracked=False)
    before = look(demo)
    deploy(demo)
    assert cleaned(demo).exit_code == 0
    assert look(demo) == before
    assert len(demo.ask("SELECT * FROM ETF_DATA.PUBLIC.CONSTITUENTS")) == 1


def test_a_schema_that_holds_more_than_the_demo_stays_and_is_named(demo: Demo) -> None:
    deploy(demo)
    demo.ask("CREATE TABLE DATA_ENG_DEMO.FACTSET.NOTES (N NUMBER)")
    report = cleaned(demo)
    assert report.exit_code == 1
    assert report.left == ["SCHEMA DATA_ENG_DEMO.FACTSET"]
    assert report.warnings == [
        "SCHEMA DATA_ENG_DEMO.FACTSET stays, since it holds NOTES. Move or drop that, then run cleanup again."
    ]
    assert names(demo, "TABLES IN SCHEMA DATA_ENG_DEMO.FACTSET") == {"NOTES"}
    assert "ETF_DATA" not in names(demo, "DATABASES")


def test_a_schema_of_another_is_refused_and_nothing_is_dropped(demo: Demo) -> None:
    demo.ask("CREATE SCHEMA DATA_ENG_DEMO.FACTSET COMMENT = 'Somebody else'")
    demo.ask("CREATE SCHEMA DATA_ENG_DEMO.ICEBERG COMMENT = '[data-eng-demo DATA_ENG_DEMO factset]'")
    with pytest.raises(Refused, match=r"^SCHEMA DATA_ENG_DEMO\.FACTSET does not carry the demo's stamp"):
        cleaned(demo)
    assert "ICEBERG" in names(demo, "SCHEMAS IN DATABASE DATA_ENG_DEMO")


def test_an_answer_of_no_drops_nothing(demo: Demo) -> None:
    deploy(demo)
    asked: list[list[str]] = []

    def no(doomed: list[str]) -> bool:
        asked.append(doomed)
        return False

    with pytest.raises(Refused, match=r"^Nothing was dropped: the answer was no\.$"):
        clean_up(demo, Report("cleanup"), no)
    assert asked == [["DATABASE ETF_DATA", "SCHEMA DATA_ENG_DEMO.FACTSET", "SCHEMA DATA_ENG_DEMO.ICEBERG"]]
    assert "ETF_DATA" in names(demo, "DATABASES")


@pytest.mark.usefixtures("loaded")
def test_one_pipeline_can_be_begun_anew(demo: Demo) -> None:
    drop_pipelines(demo, [ICEBERG], Report("cleanup"))
    assert names(demo, "STREAMS IN SCHEMA DATA_ENG_DEMO.FACTSET") == {AUDIT.stream}
    deploy(demo)
    run(demo)
    assert [proof.title for proof in verify(demo) if not proof.holds] == []


@pytest.mark.usefixtures("loaded")
def test_dropped_pipelines_leave_no_files(demo: Demo) -> None:
    drop_pipelines(demo, PIPELINES, Report("cleanup"))
    assert demo.ask("LIST @DATA_ENG_DEMO.FACTSET.FACTSET_ETF_STAGE") == []


RENAMED = replace(CONFIG, database=replace(CONFIG.database, name="OTHER"))


@pytest.mark.usefixtures("loaded")
def test_after_a_rename_of_the_database_cleanup_says_whose_demo_is_here(demo: Demo) -> None:
    report = Report("cleanup", "OTHER")
    clean_up(replace(demo, config=RENAMED), report)
    assert (report.exit_code, report.outcomes) == (4, [])
    assert report.refusals == [
        "Nothing carries the stamp of OTHER. DATABASE ETF_DATA, SCHEMA DATA_ENG_DEMO.FACTSET, "
        "SCHEMA DATA_ENG_DEMO.ICEBERG carry that of DATA_ENG_DEMO, which was set up under that name. "
        "Pass --deployment DATA_ENG_DEMO to remove that one."
    ]


@pytest.mark.usefixtures("loaded")
def test_after_a_rename_of_the_database_cleanup_offers_to_remove_the_demo_that_is_here(demo: Demo) -> None:
    said: list[str] = []
    asked: list[list[str]] = []
    renamed = replace(demo, config=RENAMED, say=said.append)

    def answer(yes: bool, doomed: list[str]) -> bool:
        asked.append(doomed)
        return yes

    with pytest.raises(Refused, match=r"^Nothing was dropped: the answer was no\.$"):
        clean_up(renamed, Report("cleanup"), offer=partial(answer, False))
    report = Report("cleanup", "OTHER")
    clean_up(renamed, report, offer=partial(answer, True))
    assert (report.exit_code, report.left, report.deployment) == (0, [], "DATA_ENG_DEMO")
    assert asked == [["DATABASE ETF_DATA", "SCHEMA DATA_ENG_DEMO.FACTSET", "SCHEMA DATA_ENG_DEMO.ICEBERG"]] * 2
    assert said[0].startswith("Nothing carries the stamp of OTHER. DATABASE ETF_DATA, ")


@pytest.mark.usefixtures("loaded")
def test_a_demo_of_another_with_other_names_is_no_concern_of_a_cleanup(demo: Demo) -> None:
    report = Report("cleanup", "BOB_DATA_ENG_DEMO")
    clean_up(replace(demo, config=CONFIG.with_prefix("BOB")), report)
    assert (report.exit_code, report.refusals, report.proven) == (0, [], True)


@pytest.mark.usefixtures("loaded")
def test_the_command_removes_the_demo_of_the_deployment_that_it_is_told(address: Address) -> None:
    options = Options("local", yes=True)
    result = perform("cleanup", options, MANIFEST, RENAMED, cleaning(options, (), ""))
    assert (result.exit_code, result.deployment) == (4, "OTHER")
    result = perform("cleanup", options, MANIFEST, RENAMED, cleaning(options, (), "DATA_ENG_DEMO"))
    assert (result.exit_code, result.deployment, result.error) == (0, "DATA_ENG_DEMO", "")
