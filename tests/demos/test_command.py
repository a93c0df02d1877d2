"""The command line: options, exit codes, text and JSON."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from config import CONFIG
from demos.factset_etf_iceberg.__main__ import main
from demos.factset_etf_iceberg.manifest import MANIFEST, PIPELINES
from demos.factset_etf_iceberg.repair import repair
from demos.factset_etf_iceberg.source import simulate, simulating
from src.demo_kit.cleanup import clean_up, drop_pipelines
from src.demo_kit.command import Options, perform
from src.demo_kit.deployment import run
from src.demo_kit.session import Demo
from src.demo_kit.status import status
from src.demo_kit.streams import deployed
from src.demo_kit.verification import verify
from src.deployment.report import Report
from src.utils.hints import typed

from .conftest import suspend_tasks

Command = Callable[..., Result]


@pytest.fixture
def command() -> Command:
    return lambda *words: CliRunner().invoke(main, [*words])


@pytest.fixture
def local(command: Command, demo: Demo) -> Command:
    """On the emulator, with infrastructure."""
    return lambda *words: command(*words, "--connection_name", "local")


def document(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_presentation_from_deploy_to_cleanup(local: Command) -> None:
    for words in (["deploy"], ["simulate", "--adds", "2"], ["run"], ["verify"], ["status"], ["cleanup"]):
        result = local(*words)
        assert result.exit_code == 0, (words, result.output)
    assert "nothing of ours is left" in result.output


def test_a_cleanup_of_one_pipeline_says_what_stays(local: Command) -> None:
    assert local("deploy").exit_code == 0
    said = local("cleanup", "--pipelines", "1").output.splitlines()[-1]
    objects = "DATABASE ETF_DATA, SCHEMA DATA_ENG_DEMO.FACTSET, SCHEMA DATA_ENG_DEMO.ICEBERG"
    assert f"1 dropped; pipeline 2 ({PIPELINES[1].title}), {objects} stay (" in said


def test_a_deployment_shows_one_line_an_object_and_a_summary(local: Command) -> None:
    lines = local("deploy").output.splitlines()
    assert [line for line in lines if "successfully" in line or "executed" in line] == []
    assert sum(line.startswith(("created   ", "unchanged ")) for line in lines) == 12
    assert "created   TABLE ETF_DATA.PUBLIC.CONSTITUENTS: 1,000 rows" in lines
    assert re.fullmatch(r"DATA_ENG_DEMO factset: 11 created, 0 changed, 1 unchanged \(\d+\.\d s\)", lines[-2])
    assert lines[-1] == "The tasks load all rows by themselves now; run reports it."
    again = document(local("deploy", "--output", "json"))
    assert again["counts"] == {"unchanged": 12}
    assert {one["result"] for one in again["objects"]} == {"unchanged"}
    verbose = local("deploy", "--verbose").output
    assert "resumption: Statement executed successfully." in verbose
    assert "    CREATE OR ALTER STAGE DATA_ENG_DEMO.FACTSET.FACTSET_ETF_STAGE" in verbose
    assert "The tasks go on where they were." in verbose


@pytest.mark.usefixtures("loaded")
def test_verify_shows_four_passes(local: Command) -> None:
    assert [line[:4] for line in local("verify").output.splitlines()[1:]] == ["pass"] * 4


@pytest.mark.usefixtures("loaded")
def test_verify_exits_with_three_when_a_proof_does_not_hold(local: Command, demo: Demo) -> None:
    demo.ask("DELETE FROM DATA_ENG_DEMO.ICEBERG.CONSTITUENTS_ICEBERG WHERE SECTOR = 'Cash'")
    result = local("verify", "--output", "json")
    assert result.exit_code == 3
    assert (document(result)["status"], document(result)["exit_code"]) == ("drift", 3)
    assert [proof["holds"] for proof in document(result)["proofs"]] == [False, True, True, True]


@pytest.mark.usefixtures("loaded")
def test_verify_says_so_where_what_fails_may_only_wait(local: Command, demo: Demo) -> None:
    suspend_tasks(demo)
    demo.ask("DELETE FROM ETF_DATA.PUBLIC.CONSTITUENTS WHERE SECTOR = 'Cash'")
    last = local("verify").output.splitlines()[-1]
    assert last.startswith("What fails may only wait: 10 rows are pending. Run: ")
    assert last.endswith("-m demos.factset_etf_iceberg run --connection_name local")


@pytest.mark.usefixtures("loaded")
def test_repair_says_what_it_did_and_exits_with_three_when_something_is_lost(local: Command, demo: Demo) -> None:
    demo.ask("DELETE FROM DATA_ENG_DEMO.ICEBERG.CONSTITUENTS_ICEBERG WHERE SECTOR = 'Cash'")
    lines = local("repair").output.splitlines()[1:]
    source = "ETF_DATA.PUBLIC.CONSTITUENTS"
    assert lines[0] == f"Restored in the Iceberg table, from {source}, in one transaction: 5 missing"
    assert lines[1:3] == ["      SIM-ETF-0001 SIM_CASH_USD 2026-01-02", "        rows  expected 1, found 0"]
    assert lines[-1].startswith("pass  the Iceberg table equals the source: ")
    demo.ask("REMOVE @DATA_ENG_DEMO.FACTSET.FACTSET_ETF_STAGE/constituents/")
    result = local("repair", "--output", "json")
    assert (result.exit_code, document(result)["restored"]["kinds"]["missing"]) == (3, 0)
    assert [lost["what"] for lost in document(result)["lost"]] == [
        "the audit files have been changed, or some are missing: they do not rebuild the source: 1,000 missing"
    ]
    assert local("repair", "--from", "audit").exit_code == 4


def test_json_is_one_document_on_stdout_and_the_rest_is_beside_it(local: Command, demo: Demo) -> None:
    deployed = document(local("deploy", "--output", "json"))
    assert (deployed["status"], deployed["command"], deployed["connection"]) == ("done", "deploy", "local")
    assert deployed["source"]["kind"] == "simulated"
    suspend_tasks(demo)
    assert {run["state"] for run in document(local("run", "--output", "json"))["runs"]} <= {"SUCCEEDED", "SKIPPED"}
    changed = document(local("simulate", "--updates", "3", "--output", "json"))["changed"]
    assert changed["updates"] == 3
    status = document(local("status", "--output", "json"))
    assert [one["pending"] > 0 for one in status["pipelines"]] == [True, True]
    assert document(local("cleanup", "--output", "json"))["mode"] == "cleanup"


def test_a_failure_is_a_document_too(command: Command, account: Demo) -> None:
    result = command("deploy", "--connection_name", "local", "--output", "json")
    assert result.exit_code == 1
    hint = typed("python setup.py --mode full --connection_name local")
    assert document(result)["error"].endswith(f"Run: {hint}")


def test_a_refusal_exits_with_four(local: Command, demo: Demo) -> None:
    demo.ask("CREATE SCHEMA DATA_ENG_DEMO.ICEBERG COMMENT = 'Somebody else'")
    assert local("deploy").exit_code == 4


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["deploy", "--rows", "999"], "999 is not in the range 1000<=x<=1000000"),
        (["deploy", "--rows", "1000001"], "1000001 is not in the range"),
        (["simulate", "--adds", "-1"], "-1 is not in the range"),
        (["deploy", "--source", "kafka"], "'kafka' is not one of"),
        (["render", "nothing"], "There is no file nothing. Files: 00_initialization"),
        (["render", "--prefix", "A B"], "Allowed:"),
        (["fly"], "No such command 'fly'"),
    ],
)
def test_a_wrong_option_is_usage(command: Command, words: list[str], message: str) -> None:
    result = command(*words)
    assert result.exit_code == 2
    assert message in result.output


@pytest.mark.parametrize("name", ["deploy", "run", "cleanup"])
@pytest.mark.parametrize("numbers", ["3", "1,3", "one", "0", ","])
def test_wrong_pipelines_are_usage_before_any_connection(command: Command, name: str, numbers: str) -> None:
    result = command(name, "--pipelines", numbers, "--connection_name", "nowhere")
    assert result.exit_code == 2
    assert f"'--pipelines': {numbers!r} is not a choice. Allowed: 1, 2 or 1,2." in result.output
    assert "nowhere" not in result.output


@pytest.mark.parametrize(("text", "numbers"), [("1", (1,)), ("2", (2,)), ("1,2", (1, 2)), ("2, 1", (1, 2))])
def test_pipelines_are_named_by_their_numbers(text: str, numbers: tuple[int, ...]) -> None:
    context = main.commands["run"].make_context("run", ["--pipelines", text])
    assert context.params["pipelines"] == numbers
    assert MANIFEST.numbered(numbers) == tuple(PIPELINES[number - 1] for number in numbers)


def test_an_unknown_connection_is_usage(command: Command) -> None:
    assert command("status", "--connection_name", "nowhere").exit_code == 2


def test_render_prints_what_is_sent_and_opens_no_connection(command: Command) -> None:
    result = command("render", "01_pipeline1_iceberg.sql", "--prefix", "alice")
    assert result.exit_code == 0
    assert "<%" not in result.output
    assert "CREATE STREAM IF NOT EXISTS ALICE_DATA_ENG_DEMO.FACTSET.CONSTITUENTS_ICEBERG_STREAM" in result.output


def test_render_writes_every_file(command: Command, tmp_path: Path) -> None:
    result = command("render", "--directory", str(tmp_path / "sql"))
    assert result.output.splitlines() == [str(tmp_path / "sql" / f"{name}.sql") for name in MANIFEST.sql.names]
    assert sorted(path.name for path in (tmp_path / "sql").iterdir()) == sorted(
        path.name for path in MANIFEST.sql.folder.glob("*.sql")
    )


def test_render_tells_what_snowflake_cli_needs(command: Command) -> None:
    lines = command("render", "--define").output.splitlines()
    assert "-D database=DATA_ENG_DEMO" in lines
    assert "-D followed_table=ETF_DATA.PUBLIC.CONSTITUENTS" in lines


@pytest.mark.usefixtures("loaded")
def test_every_command_that_takes_long_says_what_it_is_doing(demo: Demo) -> None:
    heard: list[str] = []
    told = replace(demo, doing=heard.append)
    source = deployed(demo)
    said: dict[str, Callable[[], object]] = {
        "simulate": lambda: simulate(told, source, adds=1, updates=0, deletes=0, rekeys=0, seed=1),
        "run": lambda: run(told),
        "status": lambda: status(told),
        "verify": lambda: verify(told),
        "repair": lambda: repair(told, source),
        "cleanup --pipelines": lambda: drop_pipelines(told, PIPELINES[1:], Report("cleanup")),
        "cleanup": lambda: clean_up(told, Report("cleanup")),
    }
    for name, command in said.items():
        heard.clear()
        command()
        assert heard, name


def test_an_unexpected_error_says_how_to_see_more(demo: Demo) -> None:
    def broken(demo: Demo, result: object) -> None:
        raise ZeroDivisionError("division by zero")

    result = perform("status", Options("local"), MANIFEST, CONFIG, broken)
    assert (result.exit_code, result.error) == (
        1,
        "ZeroDivisionError: division by zero. Run with --verbose to see where.",
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("run", "Interrupted. Run it again to complete it."),
        ("verify", "Interrupted: nothing was changed."),
        ("status", "Interrupted: nothing was changed."),
    ],
)
def test_ctrl_c_is_an_interruption_and_says_what_is_left_to_do(demo: Demo, name: str, told: str) -> None:
    def interrupted(demo: Demo, result: object) -> None:
        raise KeyboardInterrupt

    result = perform(name, Options("local"), MANIFEST, CONFIG, interrupted)
    assert (result.exit_code, json.loads(result.as_json())["status"]) == (130, "interrupted")
    assert result.error == told


@pytest.mark.usefixtures("loaded")
def test_a_rebalancing_that_is_interrupted_is_there_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*arguments: object, **counts: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("demos.factset_etf_iceberg.source.simulate", interrupt)
    result = perform("simulate", Options("local"), MANIFEST, CONFIG, simulating({}))
    told = "Interrupted: ETF_DATA.PUBLIC.CONSTITUENTS has all of the changes, or none."
    assert (result.exit_code, result.error) == (130, told)


def test_ctrl_c_before_the_work_begins_is_an_interruption(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("src.config.reading.readable", interrupt)
    assert command("status").exit_code == 130


def test_status_of_an_account_without_the_demo_exits_with_one(local: Command) -> None:
    assert local("status").exit_code == 1


@pytest.mark.parametrize("words", [["status"], ["run"], ["verify"], ["simulate"], ["repair"]])
def test_without_infrastructure_every_command_says_what_to_run(
    account: Demo, command: Command, words: list[str]
) -> None:
    result = command(*words, "--connection_name", "local")
    assert result.exit_code == 1
    hint = typed("python -m demos.factset_etf_iceberg deploy --connection_name local")
    assert result.output.endswith(f"Error: The demo is not deployed in DATA_ENG_DEMO. Run: {hint}\n")
