"""rehearse: plays a script on an account of its own, and says what differs from what the script promises."""

import os
from pathlib import Path

import pytest

from config import CONFIG
from demos.factset_etf_iceberg.manifest import MANIFEST
from src.demo_kit.rehearsal import rehearse
from src.demo_kit.script import Block, blocks, parts

SCRIPT = Path(__file__).resolve().parents[2] / "demos" / "factset_etf_iceberg" / "docs" / "demo_script.md"

KEPT = """
| minutes (30) | minutes (45) | part |
|---|---|---|
| 0 to 4 | 0 to 5 | 1 The question |
| | 5 to 5 | 2 No time |

## Before

```bash
make quick
.venv/bin/python -m demos.factset_etf_iceberg status || echo "status exits with $?"
```

```text
...
status exits with 1
```

## 1 The question

```sql
CREATE DATABASE OTHER;
SELECT 1 AS ONE, NULL AS NOTHING;
```

```text
ONE | NOTHING
1 | None
```
"""
BROKEN = """
## 2 No time

```sql
SELECT 2 AS TWO;
```

```text
TWO
3
```

```sql
SELECT * FROM DATA_ENG_DEMO.RAW_DATA.NOWHERE;
```

```text
ONE
```

```bash
.venv/bin/python -m demos.factset_etf_iceberg status
```
"""


def played(folder: Path, text: str) -> tuple[bool, list[str]]:
    script = folder / "script.md"
    script.write_text(text)
    told: list[str] = []
    kept = rehearse(MANIFEST, CONFIG, script, told.append, lambda what: None)
    return kept, told


def test_a_script_that_keeps_its_promises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_ENG_DEMO_STATE", str(tmp_path / "mine"))
    kept, told = played(tmp_path, KEPT)
    assert kept
    assert [told[0], told[2]] == ["Before", "1 The question (4 minutes)"]
    assert told[1].startswith("  ok     ")
    assert told[1].endswith(" s  make quick ...")
    assert told[-1].startswith("2 of 2 blocks show what script.md promises; ")
    assert (os.environ["DATA_ENG_DEMO_STATE"], (tmp_path / "mine").exists()) == (str(tmp_path / "mine"), False)


def test_what_differs_is_told_with_what_was_promised_and_what_was_shown(tmp_path: Path) -> None:
    kept, told = played(tmp_path, KEPT.partition("## Before")[0] + "## Before\n```bash\nmake quick\n```\n" + BROKEN)
    assert not kept
    differs = next(number for number, line in enumerate(told) if line.startswith("  DIFFERS"))
    assert [line.strip() for line in told[differs + 1 : differs + 7]] == [
        "promised:",
        "TWO",
        "3",
        "shown:",
        "TWO",
        "2",
    ]
    assert any("does not exist or not authorized" in line for line in told)
    assert any(line.startswith("  LATE") and "in 0 minutes" in line for line in told)
    assert told[-1].startswith("2 of 4 blocks show what script.md promises; ")


def test_a_result_belongs_to_the_block_before_it_also_with_text_between() -> None:
    text = "```bash\none\n```\n\nIt ends with:\n\n```text\n1\n```\n\n```sql\ntwo\n```\n"
    assert blocks(text) == [Block("bash", "one\n", "1\n"), Block("sql", "two\n", None)]


def test_the_script_has_a_time_for_each_numbered_part() -> None:
    every = list(parts(SCRIPT.read_text()))
    assert [(part.title, part.minutes) for part in every if part.blocks or part.times] == [
        ("Before the audience comes", None),
        ("1 The question", 4),
        ("2 Deploy", 6),
        ("3 A rebalancing", 8),
        ("4 Proof", 7),
        ("5 What it costs, questions", 5),
        ("6 A failure", 5),
        ("7 Deep questions", 6),
        ("Afterwards", None),
    ]
