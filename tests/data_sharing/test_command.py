"""The commands of sharing and monitoring, run as a person runs them."""

import json

import pytest
from click.testing import CliRunner, Result
from snowflake.snowpark import Session

from config import CONFIG
from src.data_sharing.command_line import REPORTS, monitor
from src.data_sharing.command_line import share as main
from src.utils.queries import rows


def share(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--connection_name", "local"], obj=CONFIG)


def report(*arguments: str) -> Result:
    return CliRunner().invoke(monitor, [*arguments, "--connection_name", "local"], obj=CONFIG)


@pytest.fixture
def table(session: Session) -> str:
    rows(session, "CREATE TABLE IF NOT EXISTS DATA_ENG_DEMO.CURATED.ORDERS (ID NUMBER(38,0)) CHANGE_TRACKING = TRUE")
    return "curated.orders"


def test_a_share_is_created_opened_shown_closed_and_dropped(table: str) -> None:
    created = share("create", "orders_share", "--table", table, "--account", "org.one")
    assert created.exit_code == 0, created.stderr
    assert created.stdout.splitlines()[-1] == "+ ACCOUNT ORG.ONE"
    assert share("create", "orders_share", "--table", table).stdout == "Nothing to change.\n"
    assert share("add", "orders_share", "org.two").stdout.splitlines() == ["added", "ORG.TWO"]
    assert share("remove", "orders_share", "org.one").stdout.splitlines() == ["removed", "ORG.ONE"]
    shown = json.loads(share("status", "orders_share", "--output", "json").stdout)
    assert [row["holds"] for row in shown][-1] == "TABLE DATA_ENG_DEMO.CURATED.ORDERS"
    assert {row["open_to"] for row in shown} == {"ORG.TWO"}
    assert share("drop", "orders_share").stdout.splitlines() == ["dropped", "ORDERS_SHARE"]
    assert share("drop", "orders_share").stdout == "There is no such share.\n"


@pytest.mark.parametrize(
    ("option", "name", "message"),
    [
        ("--table", "curated.no_such", "There is no table DATA_ENG_DEMO.CURATED.NO_SUCH, or the role does not see it."),
        ("--view", "curated.no_such", "There is no view DATA_ENG_DEMO.CURATED.NO_SUCH, or the role does not see it."),
        ("--table", "no_such.orders", "GRANT USAGE ON SCHEMA DATA_ENG_DEMO.NO_SUCH"),
    ],
)
def test_what_is_to_be_shared_is_looked_for_before_anything_is_made(
    session: Session, option: str, name: str, message: str
) -> None:
    done = share("create", "half_share", option, name)
    assert (done.exit_code, done.stdout) == (2 if "There is no" in message else 1, "")
    assert message in done.stderr
    assert share("drop", "half_share").stdout == "There is no such share.\n"


def test_what_was_changed_before_a_statement_failed_is_shown(session: Session, table: str) -> None:
    plain = f"CREATE OR REPLACE VIEW DATA_ENG_DEMO.CURATED.PLAIN AS SELECT ID FROM DATA_ENG_DEMO.{table}"
    session.sql(plain).collect()
    done = share("create", "half_share", "--view", "curated.plain")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (1, "+ USAGE ON SCHEMA DATA_ENG_DEMO.CURATED")
    assert share("drop", "half_share").stdout.splitlines() == ["dropped", "HALF_SHARE"]
    share("drop", "half_share")


@pytest.mark.parametrize(
    ("arguments", "exit_code", "message"),
    [
        (("create", "S"), 2, "There is nothing to share. Pass --table, --iceberg-table or --view.\n"),
        (("create", "S", "--table", "orders"), 2, '"orders" names no object to share. Pass SCHEMA.NAME.\n'),
        (("add", "NO_SUCH", "ORG.ONE"), 2, "There is no share NO_SUCH. Found: "),
        (("create", "S", "--table", "curated.orders", "--account", "x"), 2, '"x" is no account. Pass ORGANIZATION.ACC'),
        (("status", "--prefix", "1!"), 2, "prefix is '1!'."),
        (("explode",), 2, "No such command 'explode'"),
    ],
)
def test_a_wrong_command_says_what_is_wrong(
    table: str, arguments: tuple[str, ...], exit_code: int, message: str
) -> None:
    done = share(*arguments)
    assert done.exit_code == exit_code
    assert message in done.stderr


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_one_json_document(table: str, name: str) -> None:
    done = report(name, "--output", "json")
    assert done.exit_code == 0, done.stderr
    assert isinstance(json.loads(done.stdout), list)


def test_a_report_is_a_table_for_a_person(table: str) -> None:
    assert any(line.startswith("CURATED") and "ORDERS" in line for line in report("storage").stdout.splitlines())


def test_listings_say_plainly_that_direct_shares_are_none() -> None:
    done = report("listings")
    assert (done.exit_code, done.stdout) == (0, "No rows.\n")
    assert "a direct share has no rows there. Run shares to see who has made a database of one." in done.stderr


def test_every_report_is_in_the_help() -> None:
    text = CliRunner().invoke(monitor, ["--help"]).stdout
    assert all(f"{name}:" in text for name in REPORTS)
