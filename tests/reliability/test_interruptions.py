"""A reader that leaves, Ctrl-C, a full disk, a server that is killed: what was done is told, kept, and completed."""

import os
import signal
import subprocess
import sys
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from src.emulator.protocol.serving import Options, emulator

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
