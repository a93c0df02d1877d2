"""docs/operations.md says what the product prints, and names what there is."""

import re
from pathlib import Path

import pytest

from src.data_sharing.monitoring_command import REPORTS
from src.pipelines.check_files import CHECKS

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
TROUBLE = re.findall(r"^\| `([^`]+)` \|", TEXT.partition("## Troubleshooting")[2], re.MULTILINE)
CHECK_TABLE = TEXT.partition("## Checks")[2].partition("\n## ")[0]
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "src").rglob("*.py")))


@pytest.mark.parametrize("message", [one for one in TROUBLE if not one.startswith("loaded")])
def test_a_message_is_one_that_the_product_prints(message: str) -> None:
    assert message in SOURCE


def test_there_are_messages() -> None:
    assert len(TROUBLE) > 10


def test_every_check_is_documented() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", CHECK_TABLE, re.MULTILINE)) == set(CHECKS)


def test_every_report_is_documented() -> None:
    assert re.findall(r"^python -m src\.data_sharing\.monitoring (\w+)", TEXT, re.MULTILINE) == list(REPORTS)
