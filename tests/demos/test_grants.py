"""What deploy grants to the role that runs and repairs the pipelines, and what status says of a grant that lacks."""

import pytest

from demos.factset_etf_iceberg import names
from demos.factset_etf_iceberg.pipeline2_parquet import AUDIT
from src.demo_kit.cleanup import clean_up
from src.demo_kit.deployment import deploy
from src.demo_kit.session import Demo
from src.demo_kit.status import status
from src.deployment.report import Report
from src.utils.hints import typed

from .conftest import make_provider

OPENING = {
    "USAGE ON SCHEMA DATA_ENG_DEMO.FACTSET",
    "USAGE ON SCHEMA DATA_ENG_DEMO.ICEBERG",
    "READ ON STAGE DATA_ENG_DEMO.FACTSET.FACTSET_ETF_STAGE",
    "WRITE ON STAGE DATA_ENG_DEMO.FACTSET.FACTSET_ETF_STAGE",
    "USAGE ON FILE_FORMAT DATA_ENG_DEMO.FACTSET.AUDIT_FORMAT",
}
SIMULATED = {
    "USAGE ON DATABASE ETF_DATA",
    "USAGE ON SCHEMA ETF_DATA.PUBLIC",
    "SELECT ON TABLE ETF_DATA.PUBLIC.CONSTITUENTS",
}
MIRROR = {
    "SELECT ON TABLE DATA_ENG_DEMO.FACTSET.CONSTITUENTS_MIRROR",
    "MONITOR ON TASK DATA_ENG_DEMO.FACTSET.CONSTITUENTS_MIRROR_TASK",
    "OPERATE ON TASK DATA_ENG_DEMO.FACTSET.CONSTITUENTS_MIRROR_TASK",
}
PIPELINE_1 = {
    *(f"{one} ON TABLE DATA_ENG_DEMO.ICEBERG.CONSTITUENTS_ICEBERG" for one in ("SELECT", "INSERT", "UPDATE", "DELETE")),
    "SELECT ON STREAM DATA_ENG_DEMO.FACTSET.CONSTITUENTS_ICEBERG_STREAM",
    "MONITOR ON TASK DATA_ENG_DEMO.FACTSET.CONSTITUENTS_ICEBERG_TASK",
    "OPERATE ON TASK DATA_ENG_DEMO.FACTSET.CONSTITUENTS_ICEBERG_TASK",
}
PIPELINE_2 = {
    "SELECT ON STREAM DATA_ENG_DEMO.FACTSET.CONSTITUENTS_AUDIT_STREAM",
    "MONITOR ON TASK DATA_ENG_DEMO.FACTSET.CONSTITUENTS_AUDIT_TASK",
    "OPERATE ON TASK DATA_ENG_DEMO.FACTSET.CONSTITUENTS_AUDIT_TASK",
}


def held(demo: Demo) -> set[str]:
    rows = demo.ask("SHOW GRANTS TO ROLE DATA_ENG_ROLE")
    return {f"{row['privilege']} ON {row['granted_on']} {row['name']}" for row in rows}


def lacking(demo: Demo) -> list[str]:
    return [str(fault) for fault in status(demo).role_faults]


@pytest.fixture
def with_role(demo: Demo) -> Demo:
    demo.ask("CREATE ROLE DATA_ENG_ROLE")
    return demo


def test_the_role_gets_what_running_and_repairing_take_and_status_names_what_lacks(with_role: Demo) -> None:
    demo = with_role
    deploy(demo)
    assert held(demo) == OPENING | SIMULATED | PIPELINE_1 | PIPELINE_2
    assert lacking(demo) == []
    demo.ask("REVOKE INSERT ON TABLE DATA_ENG_DEMO.ICEBERG.CONSTITUENTS_ICEBERG FROM ROLE DATA_ENG_ROLE")
    demo.ask("REVOKE WRITE ON STAGE DATA_ENG_DEMO.FACTSET.FACTSET_ETF_STAGE FROM ROLE DATA_ENG_ROLE")
    assert lacking(demo) == [
        "Role DATA_ENG_ROLE cannot do all of its work: it lacks WRITE on STAGE "
        "DATA_ENG_DEMO.FACTSET.FACTSET_ETF_STAGE; INSERT on TABLE DATA_ENG_DEMO.ICEBERG.CONSTITUENTS_ICEBERG. "
        f"Grant it again: {typed(names.COMMAND)} deploy"
    ]
    deploy(demo)
    assert lacking(demo) == []
    clean_up(demo, Report("cleanup"))
    assert held(demo) == set()


def test_of_a_pipeline_that_is_not_deployed_and_of_a_share_the_role_lacks_nothing(with_role: Demo) -> None:
    demo = with_role
    make_provider(demo, tracked=False)
    deploy(demo, (AUDIT,))
    assert held(demo) == OPENING | MIRROR | PIPELINE_2
    assert lacking(demo) == []


def test_without_the_role_the_owner_alone_runs_the_pipelines(demo: Demo) -> None:
    deploy(demo, (AUDIT,))
    assert lacking(demo) == []
