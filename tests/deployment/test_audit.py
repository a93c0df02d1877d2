"""The privilege audit on the emulator: what is missing, what is too much, and that it changes nothing."""

import json

import pytest
from click.testing import CliRunner, Result

from config import CONFIG
from src.deployment.audit import Finding, audit
from src.deployment.command_line import roles as main
from src.deployment.inspection import look
from src.deployment.sending import Sender

from .conftest import Command, Sql

LOAD = "WAREHOUSE DATA_ENG_LOAD_WH TO ROLE DATA_ENG_ROLE"
CURATED = "SCHEMA DATA_ENG_DEMO.CURATED TO ROLE ANALYST_ROLE"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["audit", "--connection_name", "local", *arguments], obj=CONFIG)


@pytest.mark.usefixtures("built")
def test_what_setup_built_is_as_configured(command: Command, sender: Sender) -> None:
    assert audit(look(sender, CONFIG), CONFIG) == []
    done = run()
    assert (done.exit_code, done.stdout) == (0, "The roles hold what config.py says, and nothing else.\n")


@pytest.mark.usefixtures("built")
def test_missing_and_surplus_privileges_are_named(command: Command, sql: Sql, sender: Sender) -> None:
    sql("REVOKE USAGE ON WAREHOUSE DATA_ENG_LOAD_WH FROM ROLE DATA_ENG_ROLE")
    sql("GRANT CREATE TABLE ON SCHEMA DATA_ENG_DEMO.CURATED TO ROLE ANALYST_ROLE")
    sql("REVOKE SELECT ON FUTURE VIEWS IN SCHEMA DATA_ENG_DEMO.ANALYTICS FROM ROLE ANALYST_ROLE")
    views = "VIEWS IN SCHEMA DATA_ENG_DEMO.ANALYTICS TO ROLE ANALYST_ROLE"
    findings = [
        Finding("missing", "USAGE", LOAD, f"GRANT USAGE ON {LOAD};"),
        Finding(
            "missing", "SELECT", f"FUTURE {views}", f"GRANT SELECT ON FUTURE {views}; GRANT SELECT ON ALL {views};"
        ),
        Finding(
            "surplus",
            "CREATE TABLE",
            CURATED,
            "REVOKE CREATE TABLE ON SCHEMA DATA_ENG_DEMO.CURATED FROM ROLE ANALYST_ROLE;",
        ),
    ]
    assert audit(look(sender, CONFIG), CONFIG) == findings
    for one in findings:
        for statement in one.mend.split("; "):
            sql(statement.removesuffix(";"))
    assert audit(look(sender, CONFIG), CONFIG) == []


@pytest.mark.usefixtures("built")
def test_the_command_ends_with_three_and_a_document(command: Command, sql: Sql) -> None:
    sql("REVOKE USAGE ON WAREHOUSE DATA_ENG_LOAD_WH FROM ROLE DATA_ENG_ROLE")
    done = run("--output", "json")
    assert done.exit_code == 3
    mend = f"GRANT USAGE ON {LOAD};"
    assert json.loads(done.stdout) == [{"state": "missing", "privileges": "USAGE", "on": LOAD, "mend": mend}]
    assert run().stdout == f"missing USAGE on {LOAD}\n        {mend}\n"


def test_a_quick_setup_has_no_roles_to_miss(command: Command, sender: Sender) -> None:
    command("quick")
    assert audit(look(sender, CONFIG), CONFIG) == []
    done = run()
    absent = "Roles that are absent, and that --mode quick does not make: DATA_ENG_ROLE, ANALYST_ROLE. Run: "
    assert (done.exit_code, done.stdout.startswith(absent)) == (0, True)
    assert done.stdout.endswith(" setup.py --mode full --connection_name local\n")
    assert absent in run("--output", "json").stderr


def test_an_empty_account_lacks_everything(sender: Sender) -> None:
    findings = audit(look(sender, CONFIG), CONFIG)
    assert Finding("missing", "USAGE", LOAD, f"GRANT USAGE ON {LOAD};") in findings
    assert {one.state for one in findings} == {"missing"}
    not_set_up = "DATA_ENG_DEMO is not set up here, nor are its roles: DATA_ENG_ROLE, ANALYST_ROLE. Run: "
    done = run()
    assert (done.exit_code, done.stdout.startswith(not_set_up), done.stdout.count("\n")) == (3, True, 1)
    assert len(json.loads(run("--output", "json").stdout)) == len(findings)
