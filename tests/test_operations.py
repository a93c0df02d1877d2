"""docs/operations.md says what the product prints, and names what there is."""

import re
import runpy
import shlex
import sys
from pathlib import Path

import pytest

from config import CONFIG
from src.config.objects import GENERATIONS
from src.data_sharing.monitoring_command import REPORTS
from src.deployment.command import Options, perform
from src.pipelines.check_files import CHECKS

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
TROUBLE = re.findall(r"^\| `([^`]+)` \|", TEXT.partition("## Troubleshooting")[2], re.MULTILINE)
CHECK_TABLE = TEXT.partition("## Checks")[2].partition("\n## ")[0]
COMMANDS = [shlex.split(line, comments=True) for line in re.findall(r"^python -m (.*)", TEXT, re.MULTILINE)]
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "src").rglob("*.py")))


@pytest.mark.parametrize("message", [one for one in TROUBLE if not one.startswith("loaded")])
def test_a_message_is_one_that_the_product_prints(message: str) -> None:
    assert message in SOURCE


def test_there_are_messages() -> None:
    assert len(TROUBLE) > 10


def test_the_credits_of_the_warehouses_are_those_of_the_configuration() -> None:
    cost = TEXT.partition("## Cost")[2].partition("\n## ")[0]
    for warehouse in CONFIG.warehouses:
        assert re.search(rf"{warehouse.size}\D* {warehouse.credits_per_hour:g}\b", cost), warehouse
    assert f"{GENERATIONS['2']} times" in cost


def test_every_check_is_documented() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", CHECK_TABLE, re.MULTILINE)) == set(CHECKS)


def test_every_report_is_documented() -> None:
    assert re.findall(r"^python -m src\.data_sharing\.monitoring (\w+)", TEXT, re.MULTILINE) == list(REPORTS)


def test_its_commands_run_after_setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_ENG_DEMO_STATE", str(tmp_path / "state"))
    assert perform(Options("full", connection_name="local"), CONFIG).exit_code == 0
    assert ["src.infrastructure.roles", "audit"] in COMMANDS
    (tmp_path / "orders.csv").write_text("ORDER_ID,CUSTOMER,AMOUNT,UPDATED_AT\n1,Ann,10.50,2026-01-01 10:00:00\n")
    (tmp_path / "checks.toml").write_text('[[check]]\ntype = "Unique"\ncolumns = ["ORDER_ID"]\n')
    monkeypatch.chdir(tmp_path)
    load = ["src.pipelines", "load", "orders.csv", "--table", "ORDERS"]
    ended = {}
    for module, *words in [load, *COMMANDS]:
        monkeypatch.setattr(sys, "argv", [module, *words, "--connection_name", "local"])
        monkeypatch.delitem(sys.modules, module, raising=False)  # else runpy warns that it is there already
        with pytest.raises(SystemExit) as end:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        ended[" ".join(words)] = end.value.code
    assert set(ended.values()) == {0}, ended
