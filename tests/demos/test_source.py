"""Which source is found, why, and what is refused; the mirror; and a real share."""

import pytest

from demos.factset_etf_iceberg.manifest import PIPELINES
from demos.factset_etf_iceberg.names import MIRROR_TASK
from demos.factset_etf_iceberg.source import detect
from src.demo_kit.deployment import deploy, run
from src.demo_kit.session import Demo
from src.demo_kit.streams import deployed
from src.demo_kit.tasks import run_tasks
from src.demo_kit.verification import verify
from src.utils.errors import InputError, Refused

from .conftest import CONSTITUENTS, make_provider, suspend_tasks

TABLE = "ETF_DATA.PUBLIC.CONSTITUENTS"
ROW = (
    "'F1', '{ticker}', 'Company', {weight}, 1, 2, 'Energy', NULL, 'US', '2026-01-02'::DATE, '2026-01-02'::TIMESTAMP_NTZ"
)


def insert(demo: Demo, ticker: str, weight: int = 1) -> None:
    demo.ask(f"INSERT INTO {TABLE} SELECT {ROW.format(ticker=ticker, weight=weight)}")


def test_no_database_is_simulated(demo: Demo) -> None:
    assert str(detect(demo)) == (
        "Source: simulated. ETF_DATA.PUBLIC.CONSTITUENTS, since there is no ETF_DATA database."
    )


def test_a_simulated_source_is_found_again(demo: Demo) -> None:
    deploy(demo)
    assert str(detect(demo)) == "Source: simulated. ETF_DATA.PUBLIC.CONSTITUENTS, since it was made before."
    assert deployed(demo).kind == "simulated"


def test_a_table_with_change_tracking_is_followed_itself(demo: Demo) -> None:
    make_provider(demo)
    assert str(detect(demo)) == (
        "Source: share. The streams read ETF_DATA.PUBLIC.CONSTITUENTS itself: it has change tracking."
    )


def test_a_table_without_change_tracking_is_mirrored_and_not_altered(demo: Demo) -> None:
    make_provider(demo, tracked=False)
    assert str(deploy(demo)) == (
        "Source: mirror. DATA_ENG_DEMO.FACTSET.CONSTITUENTS_MIRROR is kept in step with ETF_DATA.PUBLIC.CONSTITUENTS, "
        "since that has no change tracking."
    )
    [table] = demo.ask("SHOW TABLES IN SCHEMA ETF_DATA.PUBLIC")
    assert table["change_tracking"] == "OFF"
    assert deployed(demo).kind == "mirror"


def test_a_view_of_another_database_of_the_account_is_mirrored_and_not_altered(demo: Demo) -> None:
    demo.ask("CREATE DATABASE ETF_DATA COMMENT = 'A provider.'")
    demo.ask(f"CREATE TABLE ETF_DATA.PUBLIC.EVERY_ROW ({CONSTITUENTS})")
    demo.ask("CREATE VIEW ETF_DATA.PUBLIC.CONSTITUENTS AS SELECT * FROM ETF_DATA.PUBLIC.EVERY_ROW")
    demo.ask("INSERT INTO ETF_DATA.PUBLIC.EVERY_ROW (FUND_ID, TICKER, WEIGHT) SELECT 'F0', 'FIRST', 1")
    assert deploy(demo).kind == "mirror"
    run(demo)
    assert [str(proof) for proof in verify(demo) if not proof.holds] == []
    [table] = demo.ask("SHOW TABLES IN SCHEMA ETF_DATA.PUBLIC")
    assert table["change_tracking"] == "OFF"


@pytest.mark.parametrize("choice", ["share", "mirror"])
def test_a_share_that_is_not_there_cannot_be_chosen(demo: Demo, choice: str) -> None:
    with pytest.raises(
        InputError,
        match=rf"^--source {choice} needs a share in ETF_DATA, and there is no such database that the role sees",
    ):
        detect(demo, choice)


def test_a_provider_cannot_be_simulated_over(demo: Demo) -> None:
    make_provider(demo)
    with pytest.raises(
        Refused, match=r"^ETF_DATA exists and was not made by this demo, so that nothing is written to it\."
    ):
        deploy(demo, choice="simulated")
    assert [row["name"] for row in demo.ask("SHOW STREAMS IN SCHEMA DATA_ENG_DEMO.FACTSET")] == []


def test_the_sql_file_itself_refuses_to_simulate_over_a_provider(demo: Demo) -> None:
    from demos.factset_etf_iceberg.manifest import MANIFEST
    from src.demo_kit.rendering import values

    make_provider(demo)
    [ownership] = [
        one
        for one in MANIFEST.sql.steps("00_source_simulated", values(MANIFEST, demo.config, "simulated"))
        if one.title == "ownership"
    ]
    assert "ETF_DATA is not the simulated source of this demo" in demo.sender.send(ownership.sql).message


def test_share_cannot_be_chosen_without_change_tracking(demo: Demo) -> None:
    make_provider(demo, tracked=False)
    with pytest.raises(InputError, match=rf"^--source share needs change tracking on {TABLE}: it is off\."):
        detect(demo, "share")


def test_a_database_without_the_table_names_what_to_set(demo: Demo) -> None:
    demo.ask("CREATE DATABASE ETF_DATA COMMENT = 'A provider.'")
    with pytest.raises(InputError, match=rf"^{TABLE} does not exist or is hidden from this role\. Set factset\."):
        detect(demo)


def test_another_source_than_the_deployed_one_is_refused(demo: Demo) -> None:
    make_provider(demo)
    deploy(demo)
    with pytest.raises(Refused, match=rf"its streams follow {TABLE}, not DATA_ENG_DEMO\.FACTSET\.CONSTITUENTS_MIRROR"):
        deploy(demo, choice="mirror")


def test_the_mirror_applies_only_what_differs(demo: Demo) -> None:
    make_provider(demo, tracked=False)
    for ticker in ("AAA", "BBB", "CCC"):
        insert(demo, ticker)
    deploy(demo)
    suspend_tasks(demo)
    run(demo)
    demo.ask(f"UPDATE {TABLE} SET WEIGHT = 5 WHERE TICKER = 'AAA'")
    demo.ask(f"DELETE FROM {TABLE} WHERE TICKER = 'BBB'")
    insert(demo, "DDD")
    run_tasks(demo, [MIRROR_TASK])
    for pipeline in PIPELINES:
        rows = demo.ask(
            "SELECT TICKER, METADATA$ACTION AS ACTION, METADATA$ISUPDATE AS IS_UPDATE "
            f"FROM DATA_ENG_DEMO.FACTSET.{pipeline.stream} ORDER BY TICKER, ACTION"
        )
        assert [tuple(row.values()) for row in rows] == [
            ("AAA", "DELETE", True),
            ("AAA", "INSERT", True),
            ("BBB", "DELETE", False),
            ("DDD", "INSERT", False),
        ]
    run(demo)
    assert [str(proof) for proof in verify(demo) if not proof.holds] == []


def test_a_mirror_of_an_unchanged_table_changes_nothing(demo: Demo) -> None:
    make_provider(demo, tracked=False)
    insert(demo, "AAA")
    demo.ask(f"INSERT INTO {TABLE} SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL")
    deploy(demo)
    suspend_tasks(demo)
    run(demo)
    returned = run_tasks(demo, [MIRROR_TASK])[MIRROR_TASK].returned
    assert returned == {"deleted": 0, "merged": 0}


def test_duplicates_in_the_provided_table_are_one_row_in_the_mirror(demo: Demo) -> None:
    make_provider(demo, tracked=False)
    insert(demo, "AAA", 1)
    insert(demo, "AAA", 2)
    deploy(demo)
    run(demo)
    [row] = demo.ask("SELECT COUNT(*) AS ROW_COUNT FROM DATA_ENG_DEMO.FACTSET.CONSTITUENTS_MIRROR")
    assert row["ROW_COUNT"] == 2
    assert [str(proof) for proof in verify(demo) if not proof.holds] == []
