"""The privilege audit on the emulator: what is missing, what is too much, and that it changes nothing."""

import json

import pytest
from click.testing import CliRunner, Result

from config import CONFIG
from src.deployment.audit import Finding, audit, main
from src.deployment.sending import Sender

from .conftest import Command, Sql

LOAD = "WAREHOUSE DATA_ENG_LOAD_WH TO ROLE DATA_ENG_ROLE"
CURATED = "SCHEMA DATA_ENG_DEMO.CURATED TO ROLE ANALYST_ROLE"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["audit", "--connection_name", "local", *arguments], obj=CONFIG)


@pytest.mark.usefixtures("built")
def test_what_setup_built_is_as_configured(command: Command, sender: Sender) -> None:
    assert audit(sender, CONFIG) == []
    done = run()
    assert (done.exit_code, done.stdout) == (0, "The roles hold what config.py says, and nothing else.\n")


@pytest.mark.usefixtures("built")
def test_missing_and_surplus_privileges_are_named(command: Command, sql: Sql, sender: Sender) -> None:
    sql("REVOKE USAGE ON WAREHOUSE DATA_ENG_LOAD_WH FROM ROLE DATA_ENG_ROLE")
    sql("GRANT CREATE TABLE ON SCHEMA DATA_ENG_DEMO.CURATED TO ROLE ANALYST_ROLE")
    findings = [Finding("missing", "USAGE", LOAD), Finding("surplus", "CREATE TABLE", CURATED)]
    assert audit(sender, CONFIG) == findings
    assert audit(sender, CONFIG) == findings


@pytest.mark.usefixtures("built")
def test_the_command_ends_with_three_and_a_document(command: Command, sql: Sql) -> None:
    sql("REVOKE USAGE ON WAREHOUSE DATA_ENG_LOAD_WH FROM ROLE DATA_ENG_ROLE")
    done = run("--output", "json")
    assert done.exit_code == 3
    assert json.loads(done.stdout) == [{"state": "missing", "privileges": "USAGE", "on": LOAD}]


def test_a_quick_setup_has_no_roles_to_miss(command: Command, sender: Sender) -> None:
    command("quick")
    assert audit(sender, CONFIG) == []


def test_an_empty_account_lacks_everything(sender: Sender) -> None:
    findings = audit(sender, CONFIG)
    assert Finding("missing", "USAGE", LOAD) in findings
    assert {one.state for one in findings} == {"missing"}
