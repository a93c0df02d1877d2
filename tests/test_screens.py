"""Every command of every command line, played on one account: no line is wider than the screen."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from config import CONFIG
from src.emulator.protocol.serving import emulator
from src.utils.queries import rows
from src.utils.snowpark_session import open_session, resolve_target

from .generated import COMMANDS

WIDTHS = (100, 80)
# A command that a message names is one line, however long, so that it can be pasted.
PASTED = re.compile(r"\s*(Run:? )?\S*python\S* (-m \S+|\S*setup\.py)( \S+)*")
DEMO, SHARING = "python -m demos.factset_etf_iceberg", "python -m src.data_sharing"
MONITORING = f"{SHARING}.monitoring"
LINES = dict(COMMANDS)
EXPIRED = "[data-eng-demo ALICE_DATA_ENG_DEMO quick until 2026-01-01T00:00:00Z]"
ICEBERG_TABLE = "DATA_ENG_DEMO.ICEBERG.CONSTITUENTS_ICEBERG"

# What is played, in order: a command line and its words, or a statement that somebody sends beside it.
PLAY: tuple[tuple[str, str], ...] = (
    ("data-eng-demo doctor", ""),
    ("data-eng-demo plan", ""),
    ("python setup.py", "--mode validate"),
    (DEMO, "deploy"),
    ("python setup.py", ""),
    ("python setup.py", "--mode validate"),
    ("python setup.py", "--mode quick --prefix ALICE --ttl 1h"),
    ("sql", f"ALTER DATABASE ALICE_DATA_ENG_DEMO SET COMMENT = '{EXPIRED}'"),
    *(("sql", f"ALTER WAREHOUSE ALICE_{one.name} SET COMMENT = '{EXPIRED}'") for one in CONFIG.warehouses),
    ("python setup.py", "--mode validate --prefix ALICE"),
    ("data-eng-demo gc", ""),
    ("data-eng-demo gc", "--yes"),
    ("data-eng-demo gc", ""),
    (DEMO, "status"),
    (DEMO, "deploy"),
    (DEMO, "deploy --source share"),
    (DEMO, "run"),
    (DEMO, "simulate"),
    (DEMO, "simulate --deletes 5000"),
    (DEMO, "run"),
    (DEMO, "status"),
    (DEMO, "verify"),
    (DEMO, "read"),
    ("sql", f"UPDATE {ICEBERG_TABLE} SET CONSTITUENT_NAME = 'A name that is long' WHERE SECTOR = 'Cash'"),
    (DEMO, "verify"),
    (DEMO, "status"),
    (DEMO, "repair"),
    (DEMO, "repair --from audit"),
    ("sql", "REMOVE @DATA_ENG_DEMO.FACTSET.FACTSET_ETF_STAGE/constituents/"),
    (DEMO, "repair"),
    (DEMO, "repair --from audit"),
    ("sql", "ALTER WAREHOUSE DATA_ENG_LOAD_WH SET AUTO_SUSPEND = 7 COMMENT = 'x'"),
    ("sql", "REVOKE USAGE ON WAREHOUSE DATA_ENG_LOAD_WH FROM ROLE DATA_ENG_ROLE"),
    ("python setup.py", "--mode validate"),
    ("python -m src.infrastructure.roles", "audit"),
    ("python -m src.pipelines", "load {folder}/orders.csv --table ORDERS --key ID"),
    ("python -m src.pipelines", "load {folder}/orders.csv --table ORDERS --key NOPE"),
    ("python -m src.pipelines", "curate ORDERS --key ID"),
    ("python -m src.pipelines", "curate NOPE"),
    ("python -m src.pipelines", "check ORDERS --check {folder}/checks.toml --key ID"),
    ("python -m src.pipelines", "summarise ORDERS --by NAME --measure IDS=count(ID)"),
    ("python -m src.pipelines", "summarise ORDERS --by NAME --measure IDS=count(ID) --into NAMES"),
    (SHARING, "create ORDERS --table CURATED.ORDERS"),
    (SHARING, "create ORDERS --table CURATED.ORDERS --account ORG.OTHER"),
    (SHARING, "add ORDERS ORG.OTHER"),
    (SHARING, "status"),
    (SHARING, "remove ORDERS ORG.OTHER"),
    (SHARING, "drop ORDERS"),
    *((MONITORING, report) for report in ("queries", "credits", "storage", "audit", "objects", "shares", "listings")),
    (DEMO, "cleanup --pipelines 2"),
    (DEMO, "cleanup"),
    (DEMO, "cleanup"),
    ("python setup.py", "--mode cleanup"),
    ("python setup.py", "--mode cleanup"),
)


def commands(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for part in command.commands.values():
            yield from commands(f"{name} {part.name}", part)
    else:
        yield name, command


def too_wide(output: str, width: int) -> list[str]:
    wide = [line for line in output.splitlines() if len(line) > width and not PASTED.fullmatch(line)]
    return [line for line in wide if " " in line.strip()]  # a path is one word


def played(name: str, words: list[str], width: int) -> Result:
    return CliRunner(env={"COLUMNS": str(width)}).invoke(LINES[name], words, prog_name=name, terminal_width=width)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_of_any_command_is_wider_than_the_screen(
    width: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "orders.csv").write_text("id,name\n" + "".join(f"{n},{'text ' * 30}\n" for n in range(20)))
    (tmp_path / "checks.toml").write_text('[[check]]\ntype = "Unique"\ncolumns = ["NAME"]\n')
    monkeypatch.setenv("DATA_ENG_DEMO_STATE", str(tmp_path / "state"))
    wide: dict[str, list[str]] = {}
    with emulator(tmp_path / "state"):
        for name, words in PLAY:
            if name == "sql":
                with open_session(resolve_target("local"), query_tag="TEST") as opened:
                    rows(opened.session, "USE WAREHOUSE DATA_ENG_ANALYTICS_WH")
                    rows(opened.session, words)
                continue
            shown = played(name, words.format(folder=tmp_path).split(), width)
            print(f"### {name} {words} -> {shown.exit_code}\n{shown.output}")  # to be read: pytest -s
            if found := too_wide(shown.output, width):
                wide[f"{name} {words}"] = found
    assert wide == {}


@pytest.mark.parametrize("width", WIDTHS)
def test_no_help_is_wider_than_the_screen(width: int) -> None:
    wide = {
        name: found
        for line, command in LINES.items()
        for name, one in commands(line, command)
        if (found := too_wide(CliRunner().invoke(one, ["--help"], terminal_width=width).output, width))
    }
    assert wide == {}


def test_every_command_is_played() -> None:
    every = {name for line, command in LINES.items() for name, _ in commands(line, command)}
    done = {f"{name} {words}" for name, words in PLAY}
    # What they print is SQL to paste, plays all of this (test_rehearsal), or goes on for ever.
    left_out = {f"{DEMO} page", f"{DEMO} render", f"{DEMO} rehearse", "python -m src.emulator serve"}
    assert [name for name in sorted(every - left_out) if not any(one.startswith(name) for one in done)] == []
