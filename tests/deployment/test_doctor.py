"""What doctor says of a session, by what the account answers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from snowflake.connector.errors import ProgrammingError

from config import CONFIG
from src.config import DemoConfig
from src.deployment.doctor import Finding, examine
from src.deployment.sending import Sender
from src.utils.connections import Target
from src.utils.queries import Row

ACCOUNT = Target("demo", emulated=False, reason='Using the Snowflake connection "demo".')


def grant(privilege: str, on: str = "ACCOUNT", name: str = "ACC", option: bool = False) -> Row:
    return {"privilege": privilege, "granted_on": on, "name": name, "grant_option": str(option).lower()}


HIDDEN: dict[str, list[Row]] = {}
NEEDED = {
    "CREATE DATABASE on the account": "CREATE DATABASE ON ACCOUNT TO ROLE PRESENTER",
    "CREATE WAREHOUSE on the account": "CREATE WAREHOUSE ON ACCOUNT TO ROLE PRESENTER",
    "CREATE ROLE on the account": "CREATE ROLE ON ACCOUNT TO ROLE PRESENTER",
    "EXECUTE TASK on the account": "EXECUTE TASK ON ACCOUNT TO ROLE PRESENTER",
    "EXECUTE TASK on the account WITH GRANT OPTION": "EXECUTE TASK ON ACCOUNT TO ROLE PRESENTER WITH GRANT OPTION",
    "CREATE SHARE on the account": "CREATE SHARE ON ACCOUNT TO ROLE PRESENTER",
}


def findings(
    grants: dict[str, list[Row]],
    role: str = "PRESENTER",
    ahead: float = 0.0,
    region: str = "AWS_EU_WEST_1",
    config: DemoConfig = CONFIG,
    **shown: list[Row],
) -> dict[str, Finding]:
    """`shown` are the rows of SHOW ACCOUNTS, SHOW DATABASES and SHOW WAREHOUSES."""

    def execute(sql: str) -> list[Row]:
        if sql.startswith("SELECT CURRENT_SECONDARY_ROLES()"):
            return [{"ROLES": '{"roles":"","value":""}'}]
        if sql.startswith("SELECT"):
            now = datetime.now(UTC) + timedelta(seconds=ahead)
            row: dict[str, Any] = {"ACCOUNT": "A", "REGION": region, "USER_NAME": "ME", "ROLE_NAME": role, "NOW": now}
            return [row]
        if sql in ("SHOW ACCOUNTS", "SHOW DATABASES", "SHOW WAREHOUSES"):
            return shown.get(sql.split()[1].lower(), [])
        if sql.endswith(" INCLUDE HIERARCHY"):
            if grants is HIDDEN:
                raise ProgrammingError("Insufficient privileges", errno=3001)
            return [row for rows in grants.values() for row in rows]
        if grants is HIDDEN and sql.startswith("SHOW GRANTS"):
            raise ProgrammingError("Insufficient privileges", errno=3001)
        return []

    with Sender(execute) as sender:
        return {one.what: one for one in examine(sender, ACCOUNT, config)}


def test_what_lacks_is_named_with_the_grant_that_mends_it() -> None:
    found = findings(
        {"PRESENTER": [grant("CREATE DATABASE"), grant("USAGE", "ROLE", "OTHER")], "OTHER": [grant("EXECUTE TASK")]}
    )
    assert [found[one].state for one in NEEDED] == ["ok", "lacks", "lacks", "ok", "lacks", "lacks"]
    for what, granted in NEEDED.items():
        assert found[what].mend == ("" if found[what].state == "ok" else f"USE ROLE ACCOUNTADMIN; GRANT {granted};")


def test_the_grant_option_is_asked_for_beside_the_privilege() -> None:
    found = findings({"PRESENTER": [grant("EXECUTE TASK", option=True)]})
    assert found["EXECUTE TASK on the account"].state == "ok"
    assert found["EXECUTE TASK on the account WITH GRANT OPTION"].state == "ok"


def test_what_is_there_and_would_be_changed_takes_its_owner() -> None:
    warehouse = {
        "name": "DATA_ENG_LOAD_WH",
        "comment": CONFIG.account_stamp.on("Old."),
        "size": "Small",
        "auto_suspend": 1,
        "auto_resume": "true",
        "resource_monitor": "null",
    }
    found = findings({"PRESENTER": [grant("USAGE", "WAREHOUSE", "DATA_ENG_LOAD_WH")]}, warehouses=[warehouse])
    one = found["MODIFY on WAREHOUSE DATA_ENG_LOAD_WH"]
    assert (one.state, one.mend) == (
        "lacks",
        "USE ROLE ACCOUNTADMIN; GRANT MODIFY ON WAREHOUSE DATA_ENG_LOAD_WH TO ROLE PRESENTER;",
    )


def test_an_administrator_has_what_the_account_has_to_give() -> None:
    found = findings({}, role="ACCOUNTADMIN")
    assert {found[one].state for one in NEEDED} == {"ok"}


def warehouse(name: str, owner: str) -> Row:
    return {
        "name": name,
        "comment": CONFIG.account_stamp.on("Old."),
        "size": "Small",
        "auto_suspend": 1,
        "auto_resume": "true",
        "resource_monitor": "null",
        "owner": owner,
    }


def test_an_administrator_has_what_it_owns_and_grants_on_all_that_is_there() -> None:
    names = [one.name for one in CONFIG.warehouses]
    found = findings({}, role="ACCOUNTADMIN", warehouses=[warehouse(name, "ACCOUNTADMIN") for name in names])
    of_warehouses = {what: one.state for what, one in found.items() if " on WAREHOUSE " in what}
    assert f"MODIFY on WAREHOUSE {names[0]}" in of_warehouses
    assert set(of_warehouses.values()) == {"ok"}


def test_what_an_administrator_does_not_own_is_one_line() -> None:
    names = [one.name for one in CONFIG.warehouses]
    found = findings({}, role="ACCOUNTADMIN", warehouses=[warehouse(name, "ANOTHER") for name in names])
    assert [one for one in found.values() if one.what.startswith("MODIFY on")] == [
        Finding(
            f"MODIFY on WAREHOUSE {names[0]} and {len(names) - 1} more",
            "unknown",
            "needed for setting something of what is there; "
            "the account does not list all that ACCOUNTADMIN has; full says which one it lacks",
        )
    ]


def test_grants_that_are_hidden_are_not_guessed() -> None:
    told = [one for one in findings(HIDDEN).values() if " on the account" in one.what]
    assert {one.state for one in told} == {"unknown"}
    assert len(told) == len({one.found for one in told})


@pytest.mark.parametrize(("ahead", "state"), [(0, "ok"), (-45, "ok"), (300, "lacks"), (-300, "lacks")])
def test_a_clock_that_is_off_is_told(ahead: float, state: str) -> None:
    assert findings({}, ahead=ahead)["clock"].state == state


def database(days: int, comment: str = "", origin: str = "") -> Row:
    return {"name": "D", "retention_time": str(days), "comment": comment, "origin": origin, "options": ""}


@pytest.mark.parametrize(
    ("shown", "state", "edition"),
    [
        ({}, "unknown", "ORGADMIN sees it"),
        ({"accounts": [{"account_locator": "A", "edition": "BUSINESS_CRITICAL"}]}, "ok", "BUSINESS_CRITICAL"),
        ({"accounts": [{"account_locator": "B", "edition": "STANDARD"}]}, "unknown", "ORGADMIN sees it"),
        ({"databases": [database(1), database(90)]}, "ok", "Enterprise or higher: D keeps 90 days of Time Travel"),
        ({"databases": [database(7, origin="PROVIDER.SHARE")]}, "unknown", "ORGADMIN sees it"),
        ({"databases": [database(1, "[data-eng-demo D full standard]")]}, "ok", "Standard: it refused more than a day"),
    ],
)
def test_the_edition_is_told_where_it_can_be_known(shown: dict[str, Any], state: str, edition: str) -> None:
    found = findings({}, **shown)["edition"]
    assert found.state == state
    assert found.found.startswith(edition)


@pytest.mark.parametrize(
    ("region", "state"),
    [
        ("AWS_US_WEST_2", "ok"),
        ("PUBLIC.AZURE_WESTEUROPE", "ok"),
        ("GCP_EUROPE_WEST4", "lacks"),
        ("AWS_US_GOV_WEST_1", "lacks"),
        ("AZURE_USGOVVIRGINIA", "lacks"),
        ("AWS_CN_NORTHWEST_1", "lacks"),
        ("SOMEWHERE", "unknown"),
    ],
)
def test_the_region_tells_where_iceberg_tables_may_be(region: str, state: str) -> None:
    assert findings({}, region=region)["region"].state == state


def test_a_volume_of_ones_own_will_do_in_any_region() -> None:
    config = replace(CONFIG, factset=replace(CONFIG.factset, external_volume="MY_VOLUME"))
    assert findings({}, region="GCP_EUROPE_WEST4", config=config)["region"].state == "ok"


def test_a_session_without_a_role_lacks_one() -> None:
    assert findings({}, role="")["role"].mend == "Pass --role, or add role to the connection."
