"""data-eng-demo: every command under one name, with the modules' own options and exit codes."""

import json
import os
import re
import shlex
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from src.commands import ENTRIES, main
from src.utils.needs import on_account
from src.utils.options import Command, connected, reported

from .commands import Done, as_process, python
from .generated import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
LOADED = """
import runpy, sys
sys.argv = sys.argv[1:]
try:
    if sys.argv[0] == "-m":
        del sys.argv[0]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit:
    pass
print(*sys.modules, file=sys.stderr)
"""
CLICK = """
import runpy, sys, click
try:
    click.Command("help").main(["--help"])
except SystemExit:
    pass
print(*sys.modules, file=sys.stderr)
"""
# Of the standard library what click does without, such as dataclasses and pathlib, in whichever version of Python.
MOST_MODULES = 25
# Ours that a help may load: of each room its package, and the module of its commands; and what these are made with.
ROOM = re.compile(r"(src|demos)\.\w+(\.command_line|\.__main__)?")
LIGHT = {
    *("setup", "src", "demos"),
    *("src.utils.arguments", "src.utils.command_line", "src.utils.errors", "src.utils.options"),
    *("src.utils.program", "src.utils.terminal", "src.emulator.editions"),
}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A machine without any Snowflake configuration, and an emulator of its own."""
    home = tmp_path_factory.mktemp("home")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SNOWFLAKE_", "DATA_ENG_"))}
    return kept | {"HOME": str(home), "DATA_ENG_DEMO_STATE": str(home / "state"), "COLUMNS": "100"}


def run(environment: dict[str, str], *words: str) -> Done:
    return python(["-m", "src", *words], ROOT, environment)


@pytest.mark.parametrize("name", ENTRIES)
def test_each_command_has_a_help_without_a_line_over_100(name: str) -> None:
    done = CliRunner().invoke(main, [name, "--help"], prog_name="data-eng-demo", terminal_width=100)
    assert done.exit_code == 0, done.output
    assert done.output.startswith(f"Usage: data-eng-demo {name} ")
    assert max(map(len, done.output.splitlines())) <= 100


@pytest.mark.parametrize(
    ("words", "nearest"), [(["lod", "x.csv"], "load"), (["demo", "factst", "run"], "factset_etf_iceberg")]
)
def test_a_misspelled_command_is_told_the_nearest(words: list[str], nearest: str) -> None:
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2
    assert f"Did you mean '{nearest}'?" in done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["serve", "--port", "99999"], "99999 is not in the range 0<=x<=65535"),
        (["serve", "--latency-ms", "-5"], "-5 is not in the range x>=0"),
        (["monitor", "credits", "--price-per-credit", "nan"], "'nan' is no number"),
        (["check", "T", "--check", "checks.toml", "--threshold", "nan"], "'nan' is no number"),
        (["demo", "factset", "run", "--timeout", "inf"], "'inf' is no number"),
    ],
)
def test_a_number_that_cannot_be_is_told_of_its_option(words: list[str], said: str) -> None:
    done = CliRunner().invoke(main, words)
    option = next(word for word in reversed(words) if word.startswith("--"))
    assert (done.exit_code, f"Invalid value for '{option}': {said}" in done.output) == (2, True), done.output


@pytest.mark.parametrize("words", [["nope"], ["demo", "nope"], ["demo", "factset", "nope"], ["plan", "--nope"], []])
def test_what_is_mistyped_is_a_usage_error(words: list[str]) -> None:
    assert CliRunner().invoke(main, words).exit_code == 2


def test_the_beginning_of_a_demos_name_will_do() -> None:
    for name in ("factset", "factset_etf_iceberg"):
        done = CliRunner().invoke(main, ["demo", name, "deploy", "--help"])
        assert (done.exit_code, "--seed" in done.output) == (0, True)


def test_a_plan_tells_what_full_would_do_and_changes_nothing(environment: dict[str, str]) -> None:
    for _ in range(2):
        planned = run(environment, "plan", "--output", "json")
        steps = json.loads(planned.stdout)["steps"]
        assert planned.returncode == 3
        assert {one["verb"] for one in steps} == {"create"}
    done = run(environment, "setup", "--output", "json")
    assert {(one["kind"], one["name"]) for one in json.loads(done.stdout)["objects"]} == {
        (one["kind"], one["name"]) for one in steps
    }
    again = run(environment, "plan")
    assert (again.returncode, "0 to create, 0 to change, 0 to drop" in again.stdout) == (0, True)
    assert "  DATA_ENG_XFORM_WH      LARGE   1           8.00 (24.00)  480.00 (1,440.00)" in again.stdout
    quick = json.loads(run(environment, "plan", "--quick", "--output", "json").stdout)
    changed = [change for one in quick["steps"] for change in one["changes"] if one["name"] == "DATA_ENG_XFORM_WH"]
    assert {"property": "size", "from": "Large", "to": "X-Small"} in changed


def test_a_doctor_finds_nothing_that_lacks_on_the_emulator_of_an_administrator(environment: dict[str, str]) -> None:
    done = run(environment, "doctor", "--output", "json")
    findings = {one["what"]: one["state"] for one in json.loads(done.stdout)}
    looked_at = ["versions", "connection", "session", "role", "clock", *map(str, on_account()), "edition", "region"]
    assert (done.returncode, findings) == (0, dict.fromkeys(looked_at, "ok"))


def test_a_role_wins_over_the_connections_and_owns_what_is_made(environment: dict[str, str], tmp_path: Path) -> None:
    apart = environment | {"DATA_ENG_DEMO_STATE": str(tmp_path / "state")}
    made = json.loads(run(apart, "setup", "--mode", "quick", "--role", "sysadmin", "--json").stdout)
    assert (made["status"], made["role"]) == ("done", "SYSADMIN")
    refused = run(apart, "setup", "--role", "NOPE")
    assert refused.returncode == 1
    assert "NOPE" in refused.stderr


def each(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=name)
        for part in command.list_commands(context):
            if (inner := command.get_command(context, part)) is not None:
                yield from each(f"{name} {part}", inner)


EVERY = dict(each("data-eng-demo", main))
SHARED = click.command()(connected(reported(lambda: None)))


# What opens no connection: it serves one, plays on an emulator of its own, or prints SQL.
APART = ("serve", "rehearse", "render")
CONNECTING = [name for name, one in EVERY.items() if not isinstance(one, click.Group) and name.split()[-1] not in APART]


@pytest.mark.parametrize("name", CONNECTING)
def test_every_command_that_connects_has_the_same_options(name: str) -> None:
    options = {word: one.help for one in EVERY[name].params if isinstance(one, click.Option) for word in one.opts}
    shared = {word: one.help for one in SHARED.params if isinstance(one, click.Option) for word in one.opts}
    if name.endswith(" page"):  # which answers in a browser
        shared = {word: help_ for word, help_ in shared.items() if word not in ("--output", "--json")}
    assert {word: options.get(word) for word in shared} == shared


@pytest.mark.parametrize("name", EVERY)
def test_every_help_is_whole_and_has_examples_that_can_be_typed(name: str) -> None:
    command = EVERY[name]
    shown = CliRunner().invoke(command, ["--help"], prog_name=name, terminal_width=80)
    assert shown.exit_code == 0
    assert not re.search(r"\.\.\.$", shown.output.partition("\n\n")[2], re.MULTILINE)
    if isinstance(command, Command):
        assert command.examples
        for words in command.examples:
            assert f"\n  {name} {words}".rstrip() in shown.output
            command.make_context(name, shlex.split(words), resilient_parsing=False).close()
    assert "\nExamples:\n" in shown.output or "\n  Examples:\n" in shown.output


MODULES = [name for name, _ in COMMANDS if name.startswith("python")]


@pytest.fixture(scope="module")
def clicks(environment: dict[str, str]) -> set[str]:
    """What a help costs at the least."""
    return set(as_process(["-c", CLICK], ROOT, environment).stderr.split())


@pytest.mark.parametrize("name", [*EVERY, *MODULES])
def test_a_help_loads_click_and_what_declares_the_command(
    name: str, environment: dict[str, str], clicks: set[str]
) -> None:
    words = name.replace("data-eng-demo", "-m src").removeprefix("python ").split()
    done = as_process(["-c", LOADED, *words, "--help"], ROOT, environment)
    assert done.stdout.startswith(f"Usage: {'setup.py' if name == 'python setup.py' else name} ")
    more = set(done.stderr.split()) - clicks
    ours = {one for one in more if one.partition(".")[0] in ("setup", "config", "src", "demos")}
    assert {one for one in ours - LIGHT if not ROOM.fullmatch(one)} == set()
    assert {one for one in more - ours if one.partition(".")[0] not in sys.stdlib_module_names} <= {"__mp_main__"}
    assert len(more) <= MOST_MODULES


def test_help_names_every_command(environment: dict[str, str]) -> None:
    assert all(f"\n  {name} " in run(environment, "--help").stdout for name in ENTRIES)


def test_the_installed_command_is_this_one() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert scripts == {"data-eng-demo": "src.__main__:run"}
    assert import_module("src.commands").main is main
