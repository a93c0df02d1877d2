"""What the commands after setup have in common."""

import datetime
from decimal import Decimal

import pytest

from config import CONFIG
from src.utils.command import refuse_without_leave, session_for, show, warehouse_for
from src.utils.connections import Target
from src.utils.errors import DemoError, InputError, Refused
from src.utils.options import Where


def test_a_warehouse_is_found_by_its_purpose_also_with_a_prefix() -> None:
    assert warehouse_for(Where(prefix="alice").of(CONFIG), "LOAD_WH") == "ALICE_DATA_ENG_LOAD_WH"
    with pytest.raises(InputError, match=r"ends in TEA_WH\. Add one, and run setup\.py\.$"):
        warehouse_for(CONFIG, "TEA_WH")


def test_an_account_asks_for_leave_and_the_emulator_does_not() -> None:
    account = Target("prod", False, "")
    with pytest.raises(Refused, match=r'^Dropping it on the Snowflake connection "prod" needs leave\. Pass --yes\.$'):
        refuse_without_leave(account, yes=False, what="Dropping it")
    refuse_without_leave(account, yes=True, what="Dropping it")
    refuse_without_leave(Target("local", True, ""), yes=False, what="Dropping it")


def test_an_account_without_setup_says_what_to_run(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_ENG_DEMO_STATE", str(tmp_path_factory.mktemp("empty") / "state"))
    with pytest.raises(
        DemoError, match=r"^The warehouse DATA_ENG_LOAD_WH cannot be used\. .* Run: .*setup\.py --mode full$"
    ):
        session_for(CONFIG, Where("local"), "DATA_ENG_LOAD_WH").__enter__()


def test_rows_are_a_table_with_short_cells(capsys: pytest.CaptureFixture[str]) -> None:
    show([{"A": None, "B": "x\ny"}, {"A": 12, "B": "z" * 200}], "text")
    assert capsys.readouterr().out.splitlines() == ["A   B", "    x y", f"12  {'z' * 97}..."]


def test_a_person_reads_seconds_and_digits(capsys: pytest.CaptureFixture[str]) -> None:
    moment = datetime.datetime(2026, 1, 2, 3, 4, 5, 678, datetime.UTC)
    show([{"AT": moment, "CREDITS": Decimal("0E-9"), "KEY": bytearray(b"\x00\xff")}], "text")
    assert capsys.readouterr().out.splitlines()[1] == "2026-01-02 03:04:05  0.000000000  00FF"


def test_no_rows_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    show([], "text")
    show([], "json")
    assert capsys.readouterr().out == "No rows.\n[]\n"
