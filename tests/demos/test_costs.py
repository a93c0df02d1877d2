"""What the demo says of its price, and that it says what the warehouses cost."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config import CONFIG
from demos.factset_etf_iceberg.manifest import MANIFEST
from src.config import ConfigError
from src.demo_kit import costs
from src.demo_kit.session import Demo
from src.utils.prices import Rate

ROOT = Path(__file__).resolve().parents[2]
LARGE, XSMALL = Rate("L", "LARGE", 300, 8), Rate("X", "XSMALL", 60, 1)


@pytest.mark.parametrize(
    ("rate", "run", "hourly", "every_five_minutes"),
    [
        (LARGE, 8 * 300 / 3600, 16, 192),
        (XSMALL, 1 / 60, 0.4, 4.8),
        (Rate("a minute is billed at least", "XSMALL", 30, 1), 1 / 60, 0.4, 4.8),
        (Rate("never asleep", "XSMALL", 0, 1), None, 24, 24),
        (Rate("generation 2", "LARGE", 300, 8 * 1.35), 0.9, 21.6, 259.2),
    ],
)
def test_a_run_and_a_day_cost_the_time_that_the_warehouse_is_awake(
    rate: Rate, run: float | None, hourly: float, every_five_minutes: float
) -> None:
    """A mirror that runs every five minutes never lets a warehouse sleep that waits for five."""
    assert rate.run == pytest.approx(run)
    assert (rate.day(60), rate.day(5)) == pytest.approx((hourly, every_five_minutes))


def test_the_price_is_that_of_the_warehouses_as_the_account_has_them() -> None:
    """After `quick`, both are XSMALL, whatever config.py says."""
    row: dict[str, Any] = {"type": "STANDARD", "size": "X-Small", "auto_suspend": 60, "name": "DATA_ENG_XFORM_WH"}
    other = row | {"name": "DATA_ENG_ANALYTICS_WH", "size": "Medium", "generation": "2", "auto_suspend": None}
    assert costs.rates_shown(MANIFEST, CONFIG, [other, row, row | {"name": "OTHER"}]) == [
        Rate("DATA_ENG_XFORM_WH", "XSMALL", 60, 1.0),
        Rate("DATA_ENG_ANALYTICS_WH", "MEDIUM", 0, 4 * 1.35, "2"),
    ]


@pytest.mark.parametrize("odd", [{"size": "Adaptive"}, {"type": "SNOWPARK-OPTIMIZED"}, {"generation": "3"}])
def test_a_price_that_is_not_known_is_not_made_up(odd: dict[str, Any]) -> None:
    row = {"name": "DATA_ENG_XFORM_WH", "type": "STANDARD", "size": "Large", "auto_suspend": 300} | odd
    rates = costs.rates_shown(MANIFEST, CONFIG, [row])
    assert rates == []
    assert "  tasks on DATA_ENG_XFORM_WH: not known" in list(costs.as_lines(MANIFEST, CONFIG, rates, "mirror"))


def test_deploy_says_both_prices() -> None:
    assert list(costs.as_lines(MANIFEST, CONFIG, costs.rates_of(MANIFEST, CONFIG), "mirror")) == [
        "Cost on an account, at 3.00 a credit (the emulator costs nothing):",
        "  tasks on DATA_ENG_XFORM_WH (LARGE, asleep 300 s after its work)",
        "    a run: 0.67 credits (2.00), and 0.13 credits (0.40) a minute of its work",
        "    left behind: 16.00 credits (48.00) a day and its work, as the mirror runs every 60 minutes; "
        "192.00 credits (576.00) a day at most",
        "  or, by factset.warehouse in config.py, tasks on DATA_ENG_ANALYTICS_WH (XSMALL, asleep 60 s after its work)",
        "    a run: 0.02 credits (0.05), and 0.02 credits (0.05) a minute of its work",
        "    left behind: 0.40 credits (1.20) a day and its work, as the mirror runs every 60 minutes; "
        "24.00 credits (72.00) a day at most",
        "  looking on DATA_ENG_ANALYTICS_WH, with run, status or verify: 0.02 credits (0.05); "
        "status --watch: 1.00 credits (3.00) an hour",
    ]


@pytest.mark.parametrize(
    ("kind", "left_behind"),
    [("simulated", "nothing, while nobody changes"), ("share", "a run for each change of the share, at most every 30")],
)
def test_what_a_demo_left_behind_costs_is_a_matter_of_its_source(kind: str, left_behind: str) -> None:
    assert any(f"left behind: {left_behind}" in line for line in costs.as_lines(MANIFEST, CONFIG, [LARGE_NAMED], kind))


LARGE_NAMED = replace(LARGE, warehouse="DATA_ENG_XFORM_WH")


@pytest.mark.parametrize(
    "document",
    [
        "README.md",
        "docs/operations.md",
        "demos/factset_etf_iceberg/QUICK_START.md",
        "demos/factset_etf_iceberg/docs/demo_script.md",
    ],
)
def test_the_documents_say_the_price_of_a_run_and_of_a_demo_left_behind(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    minutes = CONFIG.factset.mirror_minutes
    for rate in costs.rates_of(MANIFEST, CONFIG):
        assert re.search(rf"\b{rate.run:.2f}\b", text)
        assert re.search(rf"\b{rate.day(minutes):.2f}\b", text)


@pytest.mark.usefixtures("loaded")
def test_looking_wakes_the_small_warehouse_and_not_that_of_the_tasks(demo: Demo) -> None:
    from src.demo_kit.deployment import run
    from src.demo_kit.status import status
    from src.demo_kit.verification import verify

    for look in (status, verify, run):
        demo.ask("USE WAREHOUSE DATA_ENG_XFORM_WH")
        before = len(demo.sender.answers)
        look(demo)
        sent = [answer.sql for answer in demo.sender.answers[before:]]
        used = [sql for sql in sent if sql.startswith("USE WAREHOUSE")]
        assert used == ["USE WAREHOUSE DATA_ENG_ANALYTICS_WH"]
        first_read = next(index for index, sql in enumerate(sent) if " FROM " in sql)
        assert sent.index(used[0]) < first_read


def test_one_line_of_config_puts_the_tasks_on_another_warehouse(demo: Demo) -> None:
    from src.demo_kit.deployment import deploy

    small = replace(CONFIG, factset=replace(CONFIG.factset, warehouse="DATA_ENG_ANALYTICS_WH"))
    deploy(replace(demo, config=small))
    tasks = demo.ask("SHOW TASKS IN SCHEMA DATA_ENG_DEMO.FACTSET")
    assert {task["warehouse"] for task in tasks} == {"DATA_ENG_ANALYTICS_WH"}


@pytest.mark.parametrize("field", [{"mirror_minutes": 0}, {"mirror_minutes": 11521}, {"monitoring_warehouse": "A B"}])
def test_a_wrong_value_is_named(field: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(field))):
        replace(CONFIG, factset=replace(CONFIG.factset, **field))
