"""What the warehouses cost, as data and as lines; what cannot be known is not made up."""

from dataclasses import replace

import pytest

from config import CONFIG
from src.utils.prices import Rate, as_data, as_lines

SECOND = replace(CONFIG, warehouses=tuple(replace(one, generation="2") for one in CONFIG.warehouses))
AWAKE = replace(CONFIG, warehouses=tuple(replace(one, auto_suspend_seconds=0) for one in CONFIG.warehouses))


@pytest.mark.parametrize(
    ("rate", "weekend", "run"),
    [
        (Rate("W", "XSMALL", 60, 1), 60, 1 / 60),
        (Rate("W", "LARGE", 300, 8), 480, 2 / 3),
        (Rate("W", "LARGE", 300, 8 * 1.35, "2"), 648, 0.9),
        (Rate("W", "LARGE", 0, 8), 480, None),
    ],
)
def test_a_weekend_and_a_run_follow_from_the_hour(rate: Rate, weekend: float, run: float | None) -> None:
    assert rate.weekend_awake == pytest.approx(weekend)
    assert rate.run == pytest.approx(run)


@pytest.mark.parametrize("width", [100, 80])
def test_the_table_has_every_warehouse_and_the_tasks_of_every_demo(width: int) -> None:
    lines = list(as_lines(CONFIG, width))
    assert lines[0] == "What it costs on an account, in credits (and at 3.00 a credit):"
    assert "  DATA_ENG_LOAD_WH       MEDIUM  1           4.00 (12.00)  240.00 (720.00)" in lines
    assert "  of factset  DATA_ENG_XFORM_WH  0.67 (2.00)      0.13 (0.40)" in lines
    assert any("storage (90 days of Time Travel" in line for line in lines)


def test_what_is_assumed_of_generation_2_is_said_where_there_is_one() -> None:
    assert not [line for line in as_lines(CONFIG, 100) if "Azure" in line]
    assert [line for line in as_lines(SECOND, 100) if "on Azure it is 1.25 times" in line]
    assert as_data(SECOND)["warehouses"][1]["credits_per_hour"] == pytest.approx(10.8)


def test_a_run_on_a_warehouse_that_never_sleeps_has_no_price() -> None:
    assert "  of factset  DATA_ENG_XFORM_WH  never sleeps     0.13 (0.40)" in list(as_lines(AWAKE, 100))
    assert as_data(AWAKE)["tasks"][0]["run"] is None
