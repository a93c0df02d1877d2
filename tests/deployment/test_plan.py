"""Plan: what a full would do to an account that is set up, by kind and in colours, or as JSON."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner, Result

from config import CONFIG
from src.config import DemoConfig
from src.deployment.command_line import plan

from .conftest import Command, Sql

pytestmark = pytest.mark.usefixtures("built")
SMALLER = replace(
    CONFIG,
    warehouses=(replace(CONFIG.warehouses[0], size="XLARGE"), *CONFIG.warehouses[1:]),
    schemas=CONFIG.schemas[:2],
    roles=(),
    stages=(*CONFIG.stages, replace(CONFIG.stages[0], name="ONE_MORE")),
)
OTHERS = "ALTER SCHEMA DATA_ENG_DEMO.CURATED SET COMMENT = 'Mine now.'"


def run(*words: str, config: DemoConfig = CONFIG, color: bool = False) -> Result:
    return CliRunner().invoke(plan, [*words, "--connection_name", "local"], obj=config, color=color)


def test_what_is_as_configured_is_nothing_to_do() -> None:
    assert run().exit_code == 0
    assert "DATA_ENG_DEMO: 0 to create, 0 to change, 0 to drop, 0 to leave, 64 as configured\n" in run().stdout


def test_what_a_full_would_do_is_told_by_kind_and_done_by_none(command: Command) -> None:
    done = run(config=SMALLER)
    lines = done.stdout.splitlines()
    assert done.exit_code == 3
    for line in (
        "create  STAGE DATA_ENG_DEMO.RAW_DATA.ONE_MORE",
        "change  WAREHOUSE DATA_ENG_LOAD_WH: size from Medium to X-Large",
        "drop    ROLE ANALYST_ROLE",
        "leave   SCHEMA DATA_ENG_DEMO.ANALYTICS",
    ):
        assert line in lines
    kinds = [line.split()[1] for line in lines if line.startswith(("create", "change", "drop ", "leave"))]
    assert [kind for at, kind in enumerate(kinds) if kind in kinds[:at] and kind != kinds[at - 1]] == []
    assert command("validate").exit_code == 0


def test_the_colours_say_the_same_and_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[31mdrop    ROLE ANALYST_ROLE\x1b[0m\n" in run(config=SMALLER, color=True).stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run(config=SMALLER, color=True).stdout.replace("\x1b[0m", "")


def test_a_machine_gets_from_and_to_the_statement_and_the_price() -> None:
    done = run("--json", config=SMALLER)
    told = json.loads(done.stdout)
    steps = {(one["verb"], one["kind"], one["name"]): one for one in told["steps"]}
    resized = steps["change", "WAREHOUSE", "DATA_ENG_LOAD_WH"]
    assert resized["changes"] == [{"property": "size", "from": "Medium", "to": "X-Large"}]
    assert "WAREHOUSE_SIZE = " in resized["sql"]
    assert steps["drop", "ROLE", "ANALYST_ROLE"]["sql"] == "DROP ROLE IF EXISTS ANALYST_ROLE"
    assert (done.exit_code, told["exit_code"], told["refused"]) == (3, 3, [])
    assert told["prices"]["price_per_credit"] == CONFIG.operations.price_per_credit


def test_what_full_would_refuse_is_told_with_its_exit_code(sql: Sql, command: Command) -> None:
    sql(OTHERS)
    done = run()
    [why] = json.loads(run("--json").stdout)["refused"]
    assert (done.exit_code, done.stdout.splitlines()[0]) == (4, f"refused {why}")
    assert command("full").refusals == [why]
