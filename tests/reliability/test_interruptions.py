"""A reader that leaves, Ctrl-C, a full disk, a server that is killed: what was done is told, kept, and completed."""

import json
import os
import pty
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from src.emulator.protocol.serving import Options, emulator
from tests.traffic import traffic

from . import victims
from .conftest import Copy
from .looking import missing, residue, serving
from .victims import perform

ROOT = Path(__file__).resolve().parents[2]


def test_a_reader_that_leaves_does_not_stop_the_work(copied: Copy) -> None:
    """`setup.py | head` builds everything; there is nowhere to say so."""
    state = copied("empty")
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "setup.py", "--connection_name", "local"],
        cwd=ROOT,
        env=os.environ | {"DATA_ENG_DEMO_STATE": str(state)},
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
    with serving(state):
        assert missing() == []


COMMANDS = {
    "setup": ["setup.py", "--connection_name", "local"],
    "demo": ["-m", "demos.factset_etf_iceberg", "deploy", "--connection_name", "local"],
    "pipelines": ["-m", "src.pipelines", "load", "x.csv", "--table", "T", "--connection_name", "local"],
    "sharing": ["-m", "src.data_sharing", "status", "--connection_name", "local"],
    "monitoring": ["-m", "src.data_sharing.monitoring", "storage", "--connection_name", "local"],
    "roles": ["-m", "src.infrastructure.roles", "audit", "--connection_name", "local"],
}


def begin(command: list[str], state: Path, **streams: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=os.environ | {"DATA_ENG_DEMO_STATE": str(state), "SNOWFLAKE_HOME": str(state.parent)},
        text=True,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, f"{out or ''}{err or ''}"


# What the emulator's start imports, in this order, when the first line has been printed.
IMPORTS = ("duckdb", "uvicorn", "src.emulator.engine", "sqlglot", "pyarrow", "src.emulator.protocol.server")
INTERRUPTING_A_START = """
import os, sys, threading

def interrupt(event, arguments):
    if event == "import" and arguments[0] == os.environ.get("INTERRUPT_AT"):
        del os.environ["INTERRUPT_AT"]
        threading.Timer(float(os.environ["INTERRUPT_AFTER"]), os.kill, (os.getpid(), 2)).start()

sys.addaudithook(interrupt)
"""


@pytest.fixture
def ctrl_c_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that is begun next is interrupted shortly after a random import, when libraries make errors of it."""
    (tmp_path / "sitecustomize.py").write_text(INTERRUPTING_A_START)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("INTERRUPT_AT", random.choice(IMPORTS))
    monkeypatch.setenv("INTERRUPT_AFTER", str(random.uniform(0, 0.05)))


@pytest.mark.usefixtures("ctrl_c_at_the_start")
@pytest.mark.parametrize("command", COMMANDS)
def test_ctrl_c_while_the_engine_starts_ends_with_130_and_says_so(command: str, tmp_path: Path) -> None:
    code, text = ended(begin(COMMANDS[command], tmp_path / "state"))
    assert code == 130
    assert "Using the emulator (local).\n" in text
    assert "Interrupted" in text
    assert [word for word in ("Traceback", "nanobind", "ImportError", "Query interrupted") if word in text] == []


def test_ctrl_c_while_a_command_loads_ends_with_130_in_one_line(tmp_path: Path) -> None:
    process = begin(
        ["-c", "from src.utils import program; program.begin(); print(1, flush=True); input()"], tmp_path, stdin=-1
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert ended(process) == (130, "Interrupted: nothing was changed.\n")


INTERRUPTING = """
import os, sys

begun = []

def interrupt(event, arguments):
    if event == "exec" and arguments[0].co_filename.endswith(sys.orig_argv[-1]):
        begun.append(True)
    elif begun and event == "import":
        os.kill(os.getpid(), 2)

sys.addaudithook(interrupt)
"""
PROGRAMS = {
    "setup.py": ["setup.py"],
    "factset_etf_iceberg/__main__.py": ["-m", "demos.factset_etf_iceberg"],
    "pipelines/__main__.py": ["-m", "src.pipelines"],
    "data_sharing/__main__.py": ["-m", "src.data_sharing"],
    "data_sharing/monitoring.py": ["-m", "src.data_sharing.monitoring"],
    "infrastructure/roles.py": ["-m", "src.infrastructure.roles"],
    "emulator/__main__.py": ["-m", "src.emulator"],
}


@pytest.mark.parametrize("file", PROGRAMS)
def test_ctrl_c_at_the_first_import_of_a_program_ends_it_with_130_and_no_traceback(file: str, tmp_path: Path) -> None:
    """https://docs.python.org/3/library/audit_events.html"""
    (tmp_path / "sitecustomize.py").write_text(INTERRUPTING)
    done = subprocess.run(
        [sys.executable, *PROGRAMS[file], file],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.parametrize("command", ["sharing", "demo"])
def test_a_second_ctrl_c_while_the_statement_is_cancelled_ends_with_130(command: str, copied: Copy) -> None:
    """The connector answers it with SystemExit."""
    with emulator(copied("full"), options=Options(latency_ms=2000)) as address:
        process = begin(COMMANDS[command], address.folder)
        for path in ("query-request", "abort-request"):
            while f"/queries/v1/{path}" not in traffic(address)["requests"]:
                assert process.poll() is None
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
        code, text = ended(process)
    assert (code, "Interrupted" in text, "Traceback" in text) == (130, True, False)


@pytest.mark.usefixtures("ctrl_c_at_the_start")
def test_ctrl_c_ends_serve_with_130_before_it_is_ready(tmp_path: Path) -> None:
    code, text = ended(begin(["-m", "src.emulator", "serve", "--port", "0"], tmp_path / "state"))
    assert (code, "Traceback" in text, "ready" in text) == (130, False, False)


def test_ctrl_c_ends_serve_with_0_when_it_is_ready(tmp_path: Path) -> None:
    process = begin(["-m", "src.emulator", "serve", "--port", "0"], tmp_path / "state")
    assert process.stdout is not None
    while process.stdout.readline() != "ready\n":
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert ended(process) == (0, "")


@pytest.mark.parametrize("command", ["setup", "sharing"])
def test_an_output_that_is_closed_or_full_ends_nothing_and_is_told_in_one_line(
    command: str, copied: Copy, tmp_path: Path
) -> None:
    state = copied("full")
    with Path("/dev/full").open("w") as full:
        code, text = ended(begin(COMMANDS[command], state, stdout=full))
    lines = [line for line in text.splitlines() if line != "Using the emulator (local)."]
    assert (code, lines) == (0, ["The output cannot be written: No space left on device."])
    process = begin(COMMANDS[command], state, stdout=None, preexec_fn=partial(os.close, 1))
    code, text = ended(process)
    assert (code, text.replace("Using the emulator (local).\n", "")) == (0, "")


AS_ON_AN_ACCOUNT = """
import runpy, sys
from src.utils import snowpark_session
snowpark_session.serves_emulator = lambda connection: False
sys.argv = sys.argv[1:]
run = runpy.run_path if sys.argv[0].endswith(".py") else runpy.run_module
run(sys.argv[0], run_name="__main__")
"""


def test_serve_serves_also_where_its_output_cannot_be_written(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with Path("/dev/full").open("w") as full:
        process = begin(["-m", "src.emulator", "serve", "--port", "0"], state, stdout=full)
        assert process.stderr is not None
        assert process.stderr.readline() == "The output cannot be written: No space left on device.\n"
        with emulator(state) as address:
            assert not address.own
        process.send_signal(signal.SIGINT)
        assert ended(process) == (0, "")


@pytest.mark.parametrize("mode", ["setup", "demo"])
def test_ctrl_c_at_the_question_drops_nothing(mode: str, copied: Copy) -> None:
    with (
        emulator(copied("deployed")) as address,
        pytest.MonkeyPatch.context() as patch,
    ):
        lines = [f"{name} = {json.dumps(value)}" for name, value in address.parameters.items()]
        patch.setenv("SNOWFLAKE_CONNECTIONS", "\n".join(["[presales]", *lines]))
        patch.delenv("SNOWFLAKE_HOME", raising=False)
        command = ["setup.py", "--mode"] if mode == "setup" else ["demos.factset_etf_iceberg"]
        ours, theirs = pty.openpty()
        process = begin(
            ["-c", AS_ON_AN_ACCOUNT, *command, "cleanup", "--connection_name", "presales"], address.folder, stdin=theirs
        )
        assert process.stderr is not None
        text = ""
        while "Drop them?" not in text:
            text += process.stderr.read(1)
            assert process.poll() is None
        time.sleep(0.5)  # what is pressed before the terminal is read is not noticed
        process.send_signal(signal.SIGINT)
        code, text = ended(process)
        os.close(ours)
        os.close(theirs)
    assert (code, "Interrupted: nothing was dropped." in text, "Abort" in text) == (130, True, False)


def wait_for(process: BaseProcess, output: Path, words: str) -> None:
    while True:
        alive, told = process.is_alive(), output.read_text() if output.exists() else ""
        if words in told:
            return
        assert alive, told
        time.sleep(0.01)


def interrupt(process: BaseProcess) -> int | None:
    assert process.pid is not None
    os.kill(process.pid, signal.SIGINT)
    process.join(60)
    return process.exitcode


def test_ctrl_c_in_a_cleanup_tells_what_was_dropped_and_the_next_one_drops_the_rest(copied: Copy) -> None:
    state, output = copied("full"), Path(f"{copied('empty')}.out")
    with emulator(state, options=Options(latency_ms=1000)):
        process = victims.start(state, "cleanup", output=output)
        wait_for(process, output, "dropped   ")
        assert interrupt(process) == 130
    assert "Interrupted: DATA_ENG_DEMO cleanup: 4 dropped. Run it again to complete it." in output.read_text()
    with serving(state):
        assert (perform("cleanup"), residue()) == (0, [])


@pytest.mark.parametrize(("largest_file", "words"), [(20_000, "cannot be written"), (60_000, "File too large")])
def test_on_a_full_disk_a_run_says_so_and_what_was_acknowledged_is_kept(
    largest_file: int, words: str, copied: Copy
) -> None:
    state = copied("empty")
    output = state.with_suffix(".out")
    process = victims.start(state.with_name("new"), "full", largest_file=largest_file, output=output)
    process.join(60)
    assert process.exitcode == 1
    assert words in output.read_text()
    assert "Free some space, then run the command again." in output.read_text()
    assert "Traceback" not in output.read_text()
    created = output.read_text().count("created   ")
    with serving(state.with_name("new")):
        assert perform("validate") == 3
        report_of_the_next = perform("full")
        assert (report_of_the_next, missing()) == (0, [])
        assert created == 0 or created > 10


def test_when_the_process_that_serves_is_killed_the_one_beside_it_ends_with_a_message(copied: Copy) -> None:
    """Two begin where nothing serves: one takes the lock and serves both, and is killed in the middle."""
    state = copied("empty")
    outputs = [state.with_suffix(f".{number}") for number in range(2)]
    first = victims.start(state, "full", kill_after=10, output=outputs[0])
    wait_for(first, outputs[0], "Using")
    second = victims.start(state, "full", output=outputs[1])
    for process in (first, second):
        process.join(120)
    assert first.exitcode == victims.KILLED
    assert second.exitcode in (0, 1)
    assert "Traceback" not in outputs[1].read_text()
    with serving(state):
        assert (perform("full"), missing()) == (0, [])
        assert (perform("cleanup"), residue()) == (0, [])


@pytest.fixture
def server(copied: Copy) -> Iterator[tuple[Path, subprocess.Popen[str]]]:
    """An account that a process of its own serves, from afar."""
    state = copied("empty")
    command = ["-m", "src.emulator", "serve", "--port", "0", "--latency-ms", "500", "--state-dir", str(state)]
    process = begin(command, state)
    assert process.stdout is not None
    while process.stdout.readline() != "ready\n":
        assert process.poll() is None
    yield state, process
    process.kill()
    ended(process)


def test_an_emulator_that_is_killed_under_a_command_is_named_within_five_seconds(
    server: tuple[Path, subprocess.Popen[str]], copied: Copy
) -> None:
    state, process = server
    output = state.with_suffix(".out")
    command = victims.start(state, "full", output=output)
    wait_for(command, output, "created")
    process.kill()
    begun = time.monotonic()
    command.join(60)
    assert (command.exitcode, time.monotonic() - begun < 5) == (1, True)
    assert (
        f"Process {process.pid}, which serves the emulator, has ended. "
        "What it acknowledged is kept: run the command again."
    ) in output.read_text()
    assert "network" not in output.read_text()


def test_an_emulator_that_is_stopped_is_named_within_five_seconds(
    server: tuple[Path, subprocess.Popen[str]], copied: Copy
) -> None:
    state, process = server
    output = state.with_suffix(".out")
    process.send_signal(signal.SIGSTOP)
    command = victims.start(state, "validate", output=output)
    command.join(5)
    assert command.exitcode == 1
    assert (
        f"Process {process.pid}, which serves the emulator, is stopped (kill -CONT {process.pid} continues it). "
        "Continue it or end it, then run the command again."
    ) in output.read_text()


def through_a_connection(state: Path, mode: str, output: Path) -> subprocess.Popen[str]:
    """setup.py on the emulator that `serve` serves, by a connection that it has been told to write."""
    served = json.loads((state / "serving.json").read_text())
    values = {"account": "emulator", "user": "PRESENTER", "password": (state / "token").read_text()}
    reached = {"host": "127.0.0.1", "port": served["port"], "protocol": "http"}
    lines = [f"{name} = {json.dumps(value)}" for name, value in (values | reached).items()]
    environment = os.environ | {"SNOWFLAKE_CONNECTIONS": "\n".join(["[served]", *lines])}
    with output.open("w") as written:
        return subprocess.Popen(
            [sys.executable, "setup.py", "--mode", mode],
            cwd=ROOT,
            env=environment,
            stdout=written,
            stderr=written,
            text=True,
        )


def wait_for_words(process: subprocess.Popen[str], output: Path, words: str) -> float:
    """The seconds until then."""
    begun = time.monotonic()
    while words not in output.read_text():
        assert process.poll() is None, output.read_text()
        time.sleep(0.05)
    return time.monotonic() - begun


def test_a_served_emulator_that_is_killed_or_stopped_is_named_within_five_seconds(
    server: tuple[Path, subprocess.Popen[str]],
) -> None:
    """Reached by a connection of connections.toml: stopped under a command, killed under it, and absent before it."""
    state, serving = server
    output = state.with_suffix(".out")
    command = through_a_connection(state, "full", output)
    wait_for_words(command, output, "created")
    serving.send_signal(signal.SIGSTOP)
    process = f"Process {serving.pid}, which serves the emulator,"
    assert wait_for_words(command, output, f"{process} is stopped (kill -CONT {serving.pid} continues it).") < 5
    serving.send_signal(signal.SIGCONT)
    serving.kill()
    assert wait_for_words(command, output, f"{process} has ended.") < 5
    assert command.wait(60) == 1
    told = output.read_text()
    assert f"{process} has ended. What it acknowledged is kept: run the command again." in told
    command = through_a_connection(state, "validate", output)
    assert command.wait(60) == 1
    assert re.search(
        'of this machine, where connection "served" leads. If that is the emulator, start it: '
        r"\S*python\S* -m src\.emulator serve --port \d+; or",
        output.read_text(),
    )
    assert "network" not in told + output.read_text()


def test_a_served_emulator_that_is_stopped_before_a_command_is_named_within_five_seconds(
    server: tuple[Path, subprocess.Popen[str]],
) -> None:
    state, serving = server
    output = state.with_suffix(".out")
    serving.send_signal(signal.SIGSTOP)
    command = through_a_connection(state, "validate", output)
    wait_for_words(command, output, "Using the connection to port")
    begun = time.monotonic()
    assert (command.wait(60), time.monotonic() - begun < 5) == (1, True)
    assert (
        f"of this machine, is stopped (kill -CONT {serving.pid} continues it). "
        "Continue it or end it, then run the command again."
    ) in output.read_text()
