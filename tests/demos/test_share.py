"""The demo on a share, from the emulator's second account, FACTSET: followed itself, mirrored, and revoked."""

from collections.abc import Callable, Iterator

import pytest
import snowflake.connector
from snowflake.connector.errors import OperationalError, ProgrammingError

from demos.factset_etf_iceberg import names
from demos.factset_etf_iceberg.source import detect
from src.demo_kit.deployment import deploy, run
from src.demo_kit.session import Demo
from src.demo_kit.status import status
from src.demo_kit.verification import verify
from src.emulator.protocol.serving import Address
from src.utils.errors import DemoError, InputError
from src.utils.hints import typed
from src.utils.queries import Row

from .conftest import CONSTITUENTS, suspend_tasks

EVERY_ROW = "FACTSET_DATA.PUBLIC.EVERY_ROW"
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


def share(provider: Provider, demo: Demo, *, tracked: bool, view: bool = False) -> None:
    """Constituents in the provider's account, or a secure view of them, shared to ours and imported as ETF_DATA."""
    exposed, table = "FACTSET_DATA.PUBLIC.CONSTITUENTS", EVERY_ROW if view else "FACTSET_DATA.PUBLIC.CONSTITUENTS"
    consumer = demo.ask("SELECT CURRENT_ACCOUNT() AS NAME")[0]["NAME"]
    for sql in (
        "CREATE WAREHOUSE PROVIDER_WH INITIALLY_SUSPENDED = TRUE",
        "CREATE DATABASE FACTSET_DATA",
        f"CREATE TABLE {table} ({CONSTITUENTS}) CHANGE_TRACKING = {str(tracked).upper()}",
        f"INSERT INTO {table} (FUND_ID, TICKER, WEIGHT) SELECT 'F0', 'FIRST', 1",
        *([f"CREATE SECURE VIEW {exposed} AS SELECT * FROM {table}"] if view else []),
        *([f"ALTER VIEW {exposed} SET CHANGE_TRACKING = TRUE"] if view and tracked else []),
        "CREATE SHARE ETF_SHARE",
        "GRANT USAGE ON DATABASE FACTSET_DATA TO SHARE ETF_SHARE",
        "GRANT USAGE ON SCHEMA FACTSET_DATA.PUBLIC TO SHARE ETF_SHARE",
        f"GRANT SELECT ON {'VIEW' if view else 'TABLE'} {exposed} TO SHARE ETF_SHARE",
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


def test_a_share_that_exposes_a_secure_view_is_followed_itself(demo: Demo, provider: Provider) -> None:
    share(provider, demo, tracked=True, view=True)
    source = deploy(demo)
    assert (source.kind, source.followed_form) == ("share", "VIEW")
    suspend_tasks(demo)
    run(demo)
    provider(f"UPDATE {EVERY_ROW} SET TICKER = 'SECOND'")
    provider(f"INSERT INTO {EVERY_ROW} (FUND_ID, TICKER, WEIGHT) SELECT 'F1', 'THIRD', 2")
    run(demo)
    tickers = demo.ask("SELECT TICKER FROM DATA_ENG_DEMO.ICEBERG.CONSTITUENTS_ICEBERG ORDER BY TICKER")
    assert [row["TICKER"] for row in tickers] == ["SECOND", "THIRD"]
    assert proofs_hold(demo)
    assert deploy(demo).followed_form == "VIEW"


def test_a_share_that_exposes_a_secure_view_without_change_tracking_is_mirrored(demo: Demo, provider: Provider) -> None:
    share(provider, demo, tracked=False, view=True)
    source = deploy(demo)
    assert source.kind == "mirror"
    assert source.reason.endswith("since that has no change tracking.")
    suspend_tasks(demo)
    run(demo)
    provider(f"UPDATE {EVERY_ROW} SET TICKER = 'SECOND'")
    run(demo)
    assert proofs_hold(demo)
    assert deploy(demo).kind == "mirror"


@pytest.mark.parametrize(
    ("form", "statement"),
    [("TABLE", "ON TABLE ETF_DATA.PUBLIC.CONSTITUENTS"), ("VIEW", "ON VIEW ETF_DATA.PUBLIC.CONSTITUENTS")],
)
def test_a_stream_that_an_account_makes_settles_the_source(
    demo: Demo, provider: Provider, monkeypatch: pytest.MonkeyPatch, form: str, statement: str
) -> None:
    share(provider, demo, tracked=True, view=form == "VIEW")
    demo.ask("CREATE SCHEMA DATA_ENG_DEMO.FACTSET")
    probes = answering_the_probe(demo, monkeypatch, None)
    found = detect(demo)
    assert (found.kind, found.followed_form) == ("share", form)
    assert [statement in probe for probe in probes] == [True]


def answering_the_probe(demo: Demo, monkeypatch: pytest.MonkeyPatch, error: Exception | None) -> list[str]:
    """Answers the stream that is made to see whether one is allowed; returns what was sent for it."""
    execute, probes = demo.sender.execute, list[str]()

    def answering(sql: str) -> list[Row]:
        if not sql.startswith("CREATE OR REPLACE STREAM"):
            return execute(sql)
        probes.append(sql)
        if error:
            raise error
        return []

    monkeypatch.setattr(demo.sender, "execute", answering)
    monkeypatch.setattr(demo.sender, "pause", lambda seconds: None)
    return probes


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (3001, "SQL access control error: Insufficient privileges to operate on stream source"),
        (2027, "SQL compilation error: a text that nobody has seen before"),
        (1420, "Streams are not supported on this object"),
        (2, "Unsupported feature 'STREAM ON SHARED SECURE VIEW'."),
    ],
)
def test_a_refusal_in_words_that_nobody_knows_leads_to_the_mirror(
    demo: Demo, provider: Provider, monkeypatch: pytest.MonkeyPatch, number: int, text: str
) -> None:
    share(provider, demo, tracked=True)
    demo.ask("CREATE SCHEMA DATA_ENG_DEMO.FACTSET")
    answering_the_probe(demo, monkeypatch, ProgrammingError(text, errno=number))
    found = detect(demo)
    assert found.kind == "mirror"
    assert f"since no stream can follow that: {number:06d}: {text.rstrip('.')}" in found.reason
    with pytest.raises(InputError, match=r"^--source share needs change tracking on"):
        detect(demo, "share")


def test_a_network_that_fails_is_no_refusal(demo: Demo, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    share(provider, demo, tracked=True)
    demo.ask("CREATE SCHEMA DATA_ENG_DEMO.FACTSET")
    answering_the_probe(demo, monkeypatch, OperationalError("the network failed", errno=250003))
    with pytest.raises(DemoError, match=r"^The share cannot be read: "):
        detect(demo)


def test_a_revoked_share_is_named_with_what_mends_it(demo: Demo, provider: Provider) -> None:
    share(provider, demo, tracked=True)
    deploy(demo)
    suspend_tasks(demo)
    run(demo)
    provider("REVOKE SELECT ON TABLE FACTSET_DATA.PUBLIC.CONSTITUENTS FROM SHARE ETF_SHARE")
    provider("DROP SHARE ETF_SHARE")
    faults = [str(fault) for fault in status(demo).every_fault]
    revoked = (
        f"The provider has revoked the share: ask for it to be granted again, then run: {typed(names.COMMAND)} run"
    )
    assert len([fault for fault in faults if fault.endswith(revoked)]) == 2, faults
