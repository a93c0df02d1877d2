"""What doctor says of a session, by what the account answers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from src.deployment.doctor import NEEDED, Finding, examine
from src.deployment.sending import Sender
from src.utils.connections import Target
from src.utils.queries import Row

ACCOUNT = Target("demo", emulated=False, reason='Using the Snowflake connection "demo".')


def grant(privilege: str, on: str = "ACCOUNT", name: str = "ACC") -> Row:
    return {"privilege": privilege, "granted_on": on, "name": name}


def findings(grants: dict[str, list[Row]], role: str = "PRESENTER", ahead: float = 0.0) -> dict[str, Finding]:
    def execute(sql: str) -> list[Row]:
        if sql.startswith("SELECT"):
            now = datetime.now(UTC) + timedelta(seconds=ahead)
            row: dict[str, Any] = {"ACCOUNT": "A", "REGION": "AWS_EU", "USER_NAME": "ME", "ROLE_NAME": role, "NOW": now}
            return [row]
        return grants.get(sql.rpartition(" ")[2], [])

    with Sender(execute) as sender:
        return {one.what: one for one in examine(sender, ACCOUNT)}


def test_what_lacks_is_named_with_the_grant_that_mends_it() -> None:
    found = findings(
        {"PRESENTER": [grant("CREATE DATABASE"), grant("USAGE", "ROLE", "OTHER")], "OTHER": [grant("EXECUTE TASK")]}
    )
    assert [found[one].state for one in NEEDED] == ["ok", "lacks", "lacks", "ok", "lacks"]
    assert found["CREATE ROLE"].mend == "USE ROLE ACCOUNTADMIN; GRANT CREATE ROLE ON ACCOUNT TO ROLE PRESENTER;"


def test_an_administrators_privileges_are_not_guessed() -> None:
    assert findings({}, role="ACCOUNTADMIN")["privileges"].state == "unknown"


@pytest.mark.parametrize(("ahead", "state"), [(0, "ok"), (-45, "ok"), (300, "lacks"), (-300, "lacks")])
def test_a_clock_that_is_off_is_told(ahead: float, state: str) -> None:
    assert findings({}, ahead=ahead)["clock"].state == state


def test_what_no_statement_tells_is_unknown() -> None:
    found = findings({})
    assert (found["edition"].state, found["region"].state) == ("unknown", "unknown")
