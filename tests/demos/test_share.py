"""The demo on a share, from the emulator's second account, FACTSET: followed itself, mirrored, and revoked."""

from collections.abc import Callable, Iterator

import pytest
import snowflake.connector

from demos.factset_etf_iceberg.deployment import deploy, run
from demos.factset_etf_iceberg.session import COMMAND, Demo
from demos.factset_etf_iceberg.source import detect
from demos.factset_etf_iceberg.status import status
from demos.factset_etf_iceberg.verification import verify
from src.emulator.protocol.serving import Address
from src.utils.errors import InputError

from .conftest import CONSTITUENTS, suspend_tasks

Provider = Callable[[str], object]


@pytest.fixture
def provider(address: Address) -> Iterator[Provider]:
    """Runs a statement in the provider's account."""
    connection = snowflake.connector.connect(
        **(address.parameters | {"account": "factset", "platform_detection_timeout_seconds": 0}),
        disable_ocsp_checks=True,
    )
    yield lambda sql: connection.cursor().execute(sql)
    connection.close()


def share(provider: Provider, demo: Demo, *, tracked: bool) -> None:
    """Constituents in the provider's account, shared to ours and imported as ETF_DATA."""
    consumer = demo.ask("SELECT CURRENT_ACCOUNT() AS NAME")[0]["NAME"]
    for sql in (
        "CREATE WAREHOUSE PROVIDER_WH INITIALLY_SUSPENDED = TRUE",
        "CREATE DATABASE FACTSET_DATA",
        f"CREATE TABLE FACTSET_DATA.PUBLIC.CONSTITUENTS ({CONSTITUENTS}) CHANGE_TRACKING = {str(tracked).upper()}",
        "INSERT INTO FACTSET_DATA.PUBLIC.CONSTITUENTS (FUND_ID, TICKER, WEIGHT) SELECT 'F0', 'FIRST', 1",
        "CREATE SHARE ETF_SHARE",
        "GRANT USAGE ON DATABASE FACTSET_DATA TO SHARE ETF_SHARE",
        "GRANT USAGE ON SCHEMA FACTSET_DATA.PUBLIC TO SHARE ETF_SHARE",
        "GRANT SELECT ON TABLE FACTSET_DATA.PUBLIC.CONSTITUENTS TO SHARE ETF_SHARE",
        f"ALTER SHARE ETF_SHARE ADD ACCOUNTS = {consumer}",
    ):
        provider(sql)
    demo.ask("CREATE DATABASE ETF_DATA FROM SHARE FACTSET.ETF_SHARE")


def proofs_hold(demo: Demo) -> bool:
    return all(proof.holds for proof in verify(demo))


def test_a_share_with_change_tracking_is_followed_itself(demo: Demo, provider: Provider) -> None:
    share(provider, demo, tracked=True)
    assert deploy(demo).kind == "share"
    suspend_tasks(demo)
    run(demo)
    provider("UPDATE FACTSET_DATA.PUBLIC.CONSTITUENTS SET TICKER = 'SECOND'")
    provider("INSERT INTO FACTSET_DATA.PUBLIC.CONSTITUENTS (FUND_ID, TICKER, WEIGHT) SELECT 'F1', 'THIRD', 2")
    run(demo)
    tickers = demo.ask("SELECT TICKER FROM DATA_ENG_DEMO.ICEBERG.CONSTITUENTS_ICEBERG ORDER BY TICKER")
    assert [row["TICKER"] for row in tickers] == ["SECOND", "THIRD"]
    assert proofs_hold(demo)


def test_a_share_without_change_tracking_is_mirrored(demo: Demo, provider: Provider) -> None:
    share(provider, demo, tracked=False)
    assert deploy(demo).kind == "mirror"
    suspend_tasks(demo)
    run(demo)
    provider("UPDATE FACTSET_DATA.PUBLIC.CONSTITUENTS SET TICKER = 'SECOND'")
    run(demo)
    assert proofs_hold(demo)


def test_a_share_without_change_tracking_cannot_be_chosen_as_one(demo: Demo, provider: Provider) -> None:
    share(provider, demo, tracked=False)
    demo.ask("CREATE SCHEMA DATA_ENG_DEMO.FACTSET")
    with pytest.raises(InputError, match=r"^--source share needs change tracking on ETF_DATA\.PUBLIC\.CONSTITUENTS: "):
        detect(demo, "share")
    assert demo.ask("SHOW STREAMS IN SCHEMA DATA_ENG_DEMO.FACTSET") == []


def test_a_revoked_share_is_named_with_what_mends_it(demo: Demo, provider: Provider) -> None:
    share(provider, demo, tracked=True)
    deploy(demo)
    suspend_tasks(demo)
    run(demo)
    provider("REVOKE SELECT ON TABLE FACTSET_DATA.PUBLIC.CONSTITUENTS FROM SHARE ETF_SHARE")
    provider("DROP SHARE ETF_SHARE")
    faults = [str(fault) for fault in status(demo).every_fault]
    revoked = f"The provider has revoked the share: ask for it to be granted again, then run: {COMMAND} run"
    assert len([fault for fault in faults if fault.endswith(revoked)]) == 2, faults
