"""Shares on an account: each statement, the order, and that saying it twice changes nothing."""

from collections.abc import Iterator

import pytest
from snowflake.snowpark import Session

from src.config import Stamp
from src.data_sharing.shares import (
    Change,
    Grant,
    SharedObject,
    ShareSpec,
    add_accounts,
    alter_share,
    create_secure_view,
    create_share,
    describe,
    difference,
    drop_share,
    grant,
    reconcile,
    remove_accounts,
    require,
    revoke,
    share_view,
    wanted_grants,
)
from src.utils.errors import InputError, Refused
from src.utils.queries import QueryFailed, rows

STAMP = Stamp("SALES", "full")
ORDERS = SharedObject("TABLE", "PUBLIC", "ORDERS")
LAKE = SharedObject("ICEBERG TABLE", "LAKE", "EVENTS")
SPEC = ShareSpec("TO_PARTNERS", "SALES", (ORDERS,), STAMP, ("ORG.ONE",), "Orders.")


@pytest.fixture
def sales(session: Session) -> Iterator[Session]:
    """A database with a table and an Iceberg table, a second database, and no share."""
    for sql in (
        "CREATE DATABASE SALES",
        "CREATE SCHEMA SALES.LAKE",
        "CREATE TABLE SALES.PUBLIC.ORDERS (ID NUMBER(38,0), NOTE VARCHAR) CHANGE_TRACKING = TRUE",
        "CREATE ICEBERG TABLE SALES.LAKE.EVENTS (ID NUMBER(38,0)) CATALOG = 'SNOWFLAKE' "
        "EXTERNAL_VOLUME = 'SNOWFLAKE_MANAGED' BASE_LOCATION = 'events'",
        "CREATE DATABASE OTHER",
        "CREATE TABLE OTHER.PUBLIC.NAMES (ID NUMBER(38,0)) CHANGE_TRACKING = TRUE",
    ):
        rows(session, sql)
    yield session
    drop_share(session, "TO_PARTNERS", STAMP)
    rows(session, "DROP DATABASE SALES")
    rows(session, "DROP DATABASE OTHER")


def test_grants_stand_in_the_order_that_snowflake_demands() -> None:
    view = SharedObject("VIEW", "PUBLIC", "V", reads=("OTHER", "SALES"))
    assert [str(one) for one in wanted_grants(ShareSpec("S", "SALES", (view, ORDERS, LAKE), STAMP))] == [
        "USAGE ON DATABASE SALES",
        "REFERENCE_USAGE ON DATABASE OTHER",
        "USAGE ON SCHEMA SALES.PUBLIC",
        "USAGE ON SCHEMA SALES.LAKE",
        "SELECT ON VIEW SALES.PUBLIC.V",
        "SELECT ON TABLE SALES.PUBLIC.ORDERS",
        "SELECT ON ICEBERG TABLE SALES.LAKE.EVENTS",
    ]


def test_a_share_comes_to_its_description_and_shows_what_was_changed(sales: Session) -> None:
    seen: list[list[str]] = []
    reconcile(sales, SPEC, lambda changes: seen.append([str(one) for one in changes]))
    assert seen == [
        [
            "+ SHARE TO_PARTNERS",
            "+ USAGE ON DATABASE SALES",
            "+ USAGE ON SCHEMA SALES.PUBLIC",
            "+ SELECT ON TABLE SALES.PUBLIC.ORDERS",
            "+ ACCOUNT ORG.ONE",
        ]
    ]
    share = require(sales, SPEC.name)
    assert share.accounts == ("ORG.ONE",)
    assert share.comment == "Orders. [data-eng-demo SALES full]"
    assert list(share.grants) == wanted_grants(SPEC)


@pytest.mark.parametrize("shared", [ORDERS, LAKE], ids=["table", "iceberg table"])
def test_sharing_again_changes_nothing(sales: Session, shared: SharedObject) -> None:
    spec = ShareSpec(SPEC.name, "SALES", (shared,), STAMP, ("org.one",))
    assert reconcile(sales, spec)
    assert reconcile(sales, spec) == []


def test_what_is_too_much_is_taken_away_and_what_is_missing_comes(sales: Session) -> None:
    reconcile(sales, SPEC)
    other = ShareSpec(SPEC.name, "SALES", (LAKE,), STAMP, ("ORG.TWO",), "Orders.")
    assert [str(change) for change in reconcile(sales, other)] == [
        "- ACCOUNT ORG.ONE",
        "- SELECT ON TABLE SALES.PUBLIC.ORDERS",
        "- USAGE ON SCHEMA SALES.PUBLIC",
        "+ USAGE ON SCHEMA SALES.LAKE",
        "+ SELECT ON ICEBERG TABLE SALES.LAKE.EVENTS",
        "+ ACCOUNT ORG.TWO",
    ]
    assert difference(other, describe(sales, SPEC.name)) == []


def test_a_share_moves_to_another_database(sales: Session) -> None:
    reconcile(sales, SPEC)
    moved = ShareSpec(SPEC.name, "OTHER", (SharedObject("TABLE", "PUBLIC", "NAMES"),), STAMP, ("ORG.ONE",), "Orders.")
    reconcile(sales, moved)
    assert difference(moved, describe(sales, SPEC.name)) == []


def test_consumers_that_the_description_does_not_name_stay(sales: Session) -> None:
    reconcile(sales, SPEC)
    assert reconcile(sales, ShareSpec(SPEC.name, "SALES", (ORDERS,), STAMP, comment="Orders.")) == []
    assert require(sales, SPEC.name).accounts == ("ORG.ONE",)


def test_a_comment_is_brought_in_line(sales: Session) -> None:
    reconcile(sales, SPEC)
    alter_share(sales, SPEC.name, "edited [data-eng-demo SALES full]")
    assert [change.what for change in reconcile(sales, SPEC)] == ["COMMENT 'Orders. [data-eng-demo SALES full]'"]


def test_accounts_come_and_go_once(sales: Session) -> None:
    reconcile(sales, SPEC)
    assert add_accounts(sales, SPEC.name, ["org.two", "ORG.ONE"]) == ("ORG.TWO",)
    assert add_accounts(sales, SPEC.name, ["ORG.TWO"]) == ()
    assert remove_accounts(sales, SPEC.name, ["ORG.ONE", "ORG.NONE"]) == ("ORG.ONE",)
    assert remove_accounts(sales, SPEC.name, ["ORG.ONE"]) == ()
    assert require(sales, SPEC.name).accounts == ("ORG.TWO",)


@pytest.mark.parametrize("account", ["ab12345", "org-acc", "org.acc.x", "org.a'c", ".acc", "o rg.acc", "1org.acc"])
def test_what_is_no_account_is_refused(account: str) -> None:
    with pytest.raises(InputError, match=r"is no account\. Pass ORGANIZATION\.ACCOUNT"):
        ShareSpec("S", "SALES", (), STAMP, (account,))


def test_an_account_before_a_database_is_snowflakes_error(sales: Session) -> None:
    create_share(sales, SPEC.name, str(STAMP))
    with pytest.raises(QueryFailed) as caught:
        add_accounts(sales, SPEC.name, ["ORG.ONE"])
    assert caught.value.errno == 3516


def test_grants_come_in_order_and_go_in_reverse(sales: Session) -> None:
    create_share(sales, SPEC.name, str(STAMP))
    grants = wanted_grants(SPEC)
    for _ in range(2):
        grant(sales, SPEC.name, grants)
    assert list(require(sales, SPEC.name).grants) == grants
    revoke(sales, SPEC.name, grants)
    assert require(sales, SPEC.name).grants == ()


def test_a_secure_view_is_made_once_and_stays_shared_when_it_changes(sales: Session) -> None:
    view = ("SALES", "PUBLIC", "ORDERS_SHARED")
    create_share(sales, SPEC.name, str(STAMP))
    share_view(sales, SPEC.name, view, "SELECT ID FROM SALES.PUBLIC.ORDERS")
    assert not create_secure_view(sales, view, "SELECT ID FROM SALES.PUBLIC.ORDERS")
    assert create_secure_view(sales, view, "SELECT ID, NOTE FROM SALES.PUBLIC.ORDERS")
    assert Grant("SELECT", "VIEW", "SALES.PUBLIC.ORDERS_SHARED") in require(sales, SPEC.name).grants
    [found] = rows(sales, "SHOW VIEWS LIKE 'ORDERS_SHARED' IN SCHEMA SALES.PUBLIC")
    assert found["is_secure"] == "true"


def test_a_view_that_reads_another_database_needs_reference_usage(sales: Session) -> None:
    create_share(sales, SPEC.name, str(STAMP))
    view = ("SALES", "PUBLIC", "NAMED")
    query = "SELECT O.ID FROM SALES.PUBLIC.ORDERS O JOIN OTHER.PUBLIC.NAMES N ON N.ID = O.ID"
    grants = share_view(sales, SPEC.name, view, query, reads=["OTHER"])
    assert Grant("REFERENCE_USAGE", "DATABASE", "OTHER") in grants
    assert set(require(sales, SPEC.name).grants) == set(grants)


def test_a_share_that_is_not_ours_is_left_alone(sales: Session) -> None:
    create_share(sales, "THEIRS", "somebody's")
    for attempt in (
        lambda: drop_share(sales, "THEIRS", STAMP),
        lambda: reconcile(sales, ShareSpec("THEIRS", "SALES", (ORDERS,), STAMP)),
    ):
        with pytest.raises(Refused, match=r"^Share THEIRS exists and is not ours"):
            attempt()
    assert require(sales, "THEIRS").comment == "somebody's"
    rows(sales, "DROP SHARE THEIRS")


def test_a_share_is_dropped_once(sales: Session) -> None:
    reconcile(sales, SPEC)
    assert drop_share(sales, SPEC.name, STAMP)
    assert not drop_share(sales, SPEC.name, STAMP)


def test_a_share_that_does_not_exist_is_named_with_those_that_do(sales: Session) -> None:
    reconcile(sales, SPEC)
    with pytest.raises(InputError, match=r"^There is no share NO_SUCH\. Found: .*TO_PARTNERS"):
        add_accounts(sales, "NO_SUCH", ["ORG.ONE"])


def test_a_name_with_an_underscore_is_no_pattern(sales: Session) -> None:
    create_share(sales, "TOXPARTNERS", str(STAMP))
    assert describe(sales, "TO_PARTNERS") is None
    assert drop_share(sales, "TOXPARTNERS", STAMP)


def test_a_change_reads_like_a_line_of_a_diff() -> None:
    assert str(Change("-", "ACCOUNT ORG.ONE", "ALTER SHARE ...")) == "- ACCOUNT ORG.ONE"
