"""Deployments that expire: the stamp keeps the moment, no comparison sees it, and gc removes what is past it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from snowflake.connector.errors import OperationalError, ProgrammingError

from config import CONFIG
from src.config import ConfigError, DemoConfig, Stamp, read_stamp, read_ttl
from src.deployment import gc
from src.deployment.command_line import gc as gc_command
from src.deployment.lifetime import expired, last_of, shown
from src.deployment.sending import Sender
from src.emulator.protocol.serving import Options as Account
from src.utils.queries import Row

from .conftest import Command, Sql

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def stamps(*hours: int | None) -> list[Stamp]:
    return [Stamp("D", "full", until=None if one is None else NOW + timedelta(hours=one)) for one in hours]


@pytest.mark.parametrize(
    ("text", "time"), [("8h", timedelta(hours=8)), ("90m", timedelta(minutes=90)), ("2d", timedelta(days=2))]
)
def test_a_time_is_a_number_and_a_unit(text: str, time: timedelta) -> None:
    assert read_ttl("ttl", text) == time


@pytest.mark.parametrize("text", ["", "8", "0h", "-1h", "8 h", "8H", "1w", "99999d", "1e3h", None, 8])
def test_another_time_is_refused(text: object) -> None:
    with pytest.raises(ConfigError, match=r"Allowed: a number above 0 and m, h or d, such as 8h"):
        read_ttl("ttl", text)


@pytest.mark.parametrize(
    ("stamps", "is_expired"),
    [
        (stamps(-1), True),
        (stamps(0, -3), True),
        (stamps(1), False),
        (stamps(-1, 1), False),
        (stamps(None), False),
        (stamps(-1, None), False),
        ([], False),
    ],
)
def test_a_deployment_has_expired_when_all_of_its_stamps_have(stamps: list[Stamp], is_expired: bool) -> None:
    assert expired(stamps, NOW) == (last_of(stamps) if is_expired else None)


@pytest.mark.parametrize(("minutes", "text"), [(0, "0 min"), (5, "5 min"), (200, "3 h 20 min"), (3060, "2 d 3 h")])
def test_a_time_is_told_in_two_units_at_most(minutes: int, text: str) -> None:
    assert shown(timedelta(minutes=minutes)) == text


def test_a_stamp_whose_expiry_somebody_has_edited_has_none() -> None:
    stamp = read_stamp("[data-eng-demo D full until tomorrow]")
    assert stamp == Stamp("D", "full")


@pytest.mark.parametrize(
    ("deployment", "monitor"),
    [("ALICE_DATA_ENG_DEMO", "ALICE_DATA_ENG_MONITOR"), ("DATA_ENG_DEMO", "DATA_ENG_MONITOR")],
)
def test_a_deployment_is_removed_as_its_prefix_has_made_it(deployment: str, monitor: str) -> None:
    config = gc.config_of(CONFIG, deployment)
    assert (config.database.name, config.resource_monitor.name) == (deployment, monitor)
    assert gc.config_of(CONFIG, "OTHER").database.name == "OTHER"


def expiries(sql: Sql) -> set[datetime | None]:
    rows = [*sql("SHOW DATABASES"), *sql("SHOW WAREHOUSES"), *sql("SHOW ROLES")]
    return {stamp.until for row in rows if (stamp := read_stamp(row["comment"]))}


def collected(*words: str, config: DemoConfig = CONFIG) -> tuple[int, Any]:
    done = CliRunner().invoke(gc_command, [*words, "--connection_name", "local", "--json"], obj=config)
    return done.exit_code, json.loads(done.stdout)


REFUSED = ProgrammingError("Insufficient privileges to operate on account.", errno=3001)
DATABASES = [{"name": f"D{number}", "comment": "", "created_on": NOW} for number in range(10_000)]


@pytest.mark.usefixtures("address")
@pytest.mark.parametrize(
    ("answer", "exit_code", "line"),
    [
        (OperationalError("The network is down.", errno=250003), 1, "cannot be inspected: SHOW DATABASES failed."),
        (DATABASES, 1, "cannot be inspected: SHOW DATABASES answers 10,000 rows and no more."),
        (REFUSED, 0, "Not looked at: 003001: Insufficient privileges to operate on account."),
    ],
)
def test_what_cannot_be_seen_is_not_taken_for_nothing(
    answer: list[Row] | Exception, exit_code: int, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def execute(sql: str) -> list[Row]:
        if sql != "SHOW DATABASES":
            return [{"NOW": NOW}] if sql.startswith("SELECT") else []
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(Sender, "of", lambda session: Sender(execute, pause=lambda seconds: None))
    done = CliRunner().invoke(gc_command, ["--connection_name", "local"], obj=CONFIG)
    assert (done.exit_code, line in done.output) == (exit_code, True), done.output


@pytest.mark.parametrize("ttl", ["0h", "99999d", "8"])
def test_a_ttl_that_is_none_is_told_of_the_option(command: Command, ttl: str) -> None:
    said = f"--ttl is '{ttl}'. Allowed: a number above 0 and m, h or d, such as 8h; 3650d at most."
    done = command("quick", ttl=ttl)
    assert (done.error, done.exit_code) == (said, 2)


def test_only_ttl_renews_an_expiry(command: Command, sql: Sql) -> None:
    first = command("quick", ttl="8h")
    [until] = expiries(sql)
    assert first.expires == until
    assert command("quick").counts == {"unchanged": len(first.outcomes)}
    assert command("validate").differences == []
    sql("ALTER WAREHOUSE DATA_ENG_LOAD_WH SET AUTO_SUSPEND = 77")
    assert command("quick").counts["changed"] == 1
    assert expiries(sql) == {until}
    command("quick", ttl="3d")
    [later] = expiries(sql)
    assert later is not None
    assert until is not None
    assert later - until > timedelta(days=2)


def test_a_deployment_without_an_expiry_stays_so_whatever_config_says_later(command: Command, sql: Sql) -> None:
    command("quick")
    config = replace(CONFIG, operations=replace(CONFIG.operations, ttl="8h"))
    command("quick", config)
    assert expiries(sql) == {None}
    command("quick", config.with_prefix("ALICE"))
    assert len(expiries(sql)) == 2


def test_validate_warns_a_day_before(command: Command) -> None:
    assert command("quick", ttl="2d").exit_code == 0
    assert command("validate").warnings == []
    assert command("quick", ttl="8h").exit_code == 0
    [said] = command("validate").warnings
    assert said.startswith("DATA_ENG_DEMO expires in 7 h ")


def test_gc_removes_what_has_expired_and_nothing_else(
    command: Command, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("src.config.demo.expiry", lambda ttl: NOW - timedelta(days=365))
        command("quick", prefix="ALICE", ttl="8h")
    command("quick")
    sql("CREATE DATABASE OTHERS COMMENT = 'until 2020-01-01T00:00:00Z'")
    sql("CREATE SHARE ALICE_SHARE COMMENT = 'Of the demo. [data-eng-demo ALICE_DATA_ENG_DEMO quick]'")
    sql("CREATE TABLE ALICE_DATA_ENG_DEMO.RAW_DATA.T AS SELECT 1 AS A UNION ALL SELECT 2")
    exit_code, document = collected()
    [one] = document["expired"]
    assert exit_code == 3
    assert (one["deployment"], one["rows"], one["tables"], one["credits"]) == ("ALICE_DATA_ENG_DEMO", 2, 1, 0)
    assert "has expired" in " ".join(command("validate", prefix="ALICE").warnings)
    exit_code, document = collected("--yes")
    assert (exit_code, document["removed"]) == (0, [{"deployment": "ALICE_DATA_ENG_DEMO", "left": []}])
    assert {row["name"] for row in sql("SHOW DATABASES")} >= {"DATA_ENG_DEMO", "OTHERS"}
    assert not [row for row in sql("SHOW DATABASES") if row["name"].startswith("ALICE")]
    assert collected() == (0, {"expired": [], "removed": []})


def test_what_was_adopted_expires_with_the_rest_and_goes_back_without_a_trace(command: Command, sql: Sql) -> None:
    sql("CREATE WAREHOUSE DATA_ENG_LOAD_WH COMMENT = 'Theirs.'")
    command("quick", adopt=True, ttl="8h")
    [until] = expiries(sql)
    assert until is not None
    sql("ALTER WAREHOUSE DATA_ENG_LOAD_WH SET AUTO_SUSPEND = 77")
    assert command("quick").counts["changed"] == 1
    assert expiries(sql) == {until}
    command("quick", ttl="2d")
    assert len(expiries(sql) - {until}) == 1
    command("cleanup")
    [row] = sql("SHOW WAREHOUSES LIKE 'DATA_ENG_LOAD_WH'")
    assert row["comment"] == "Theirs."


def test_what_is_adopted_expires_as_config_says(command: Command, sql: Sql) -> None:
    sql("CREATE WAREHOUSE DATA_ENG_LOAD_WH COMMENT = 'Theirs.'")
    sql("CREATE DATABASE DATA_ENG_DEMO COMMENT = 'Theirs.'")
    sql("CREATE SCHEMA DATA_ENG_DEMO.RAW_DATA COMMENT = 'Theirs.'")
    command("quick", replace(CONFIG, operations=replace(CONFIG.operations, ttl="8h")), adopt=True)
    [until] = expiries(sql)
    assert until is not None
    stamps = [read_stamp(row["comment"]) for row in sql("SHOW SCHEMAS IN DATABASE DATA_ENG_DEMO")]
    assert {one.until for one in stamps if one} == {None}  # at the account's level alone


def test_what_is_adopted_later_expires_with_what_is_there(command: Command, sql: Sql) -> None:
    command("quick", ttl="8h")
    [until] = expiries(sql)
    assert until is not None
    sql("ALTER WAREHOUSE DATA_ENG_LOAD_WH SET COMMENT = 'Theirs.'")
    assert command("quick", adopt=True).counts["changed"] == 1
    assert expiries(sql) == {until}


@pytest.mark.parametrize("account", [Account(edition="STANDARD")])
def test_an_expiry_is_kept_and_renewed_on_standard_edition(command: Command, sql: Sql) -> None:
    command("full", ttl="8h")
    [until] = expiries(sql)
    assert command("full").failures == []
    assert expiries(sql) == {until}
    assert command("full", ttl="2d").failures == []
    assert len(expiries(sql) - {until}) == 1


@pytest.mark.parametrize("mode", ["validate", "cleanup"])
def test_an_expiry_is_set_by_full_and_quick_alone(mode: str, command: Command) -> None:
    assert command(mode, ttl="8h").error == f"--ttl goes with --mode full or quick, not {mode}. Leave it out."
