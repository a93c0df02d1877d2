"""Commands in processes of their own, which may be killed: forked from one that has everything imported already."""

import itertools
import multiprocessing
import os
import resource
import signal
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from snowflake.connector.cursor import SnowflakeCursorBase

from config import CONFIG
from demos.factset_etf_iceberg.manifest import MANIFEST
from src.demo_kit import command as demo
from src.deployment import command as setup
from src.deployment.report import as_text

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["snowflake.snowpark", "src.emulator.protocol.serving", "tests.reliability.victims"])

KILLED = -signal.SIGKILL


def start(
    state: Path,
    command: str,
    prefix: str = "",
    *,
    kill_after: int = 0,
    largest_file: int = resource.RLIM_INFINITY,
    output: Path | None = None,
) -> BaseProcess:
    """Starts a command on the emulator in `state`; it is killed when that many of its statements have been answered.

    The process ends with the command's exit code, or is KILLED. What it prints goes to `output`. No file of its can
    grow beyond `largest_file` bytes, as on a full disk.
    """
    arguments = (str(state), command, prefix, kill_after, largest_file, str(output or os.devnull))
    process = _FORKS.Process(target=_perform, args=arguments)
    process.start()
    assert isinstance(process, BaseProcess)
    return process


def run(state: Path, command: str, prefix: str = "", *, kill_after: int = 0) -> int:
    """How the command ended: its exit code, or KILLED."""
    process = start(state, command, prefix, kill_after=kill_after)
    process.join(120)
    assert process.exitcode is not None, f"{command} hangs"
    return process.exitcode


def perform(command: str, prefix: str = "") -> int:
    """Runs setup.py or, for `deploy`, `run` and the like, the demo's command on the emulator; its exit code."""
    if command in _WORK:
        result = demo.perform(command, demo.Options("local", prefix=prefix), MANIFEST, CONFIG, _WORK[command]())
        print(result.error)
        return result.exit_code
    report = setup.perform(setup.Options(command, "local", prefix=prefix), CONFIG)
    print(as_text(report))
    return report.exit_code


_WORK: dict[str, Any] = {
    "deploy": lambda: demo.deploying(demo.Options("local"), (1, 2), choice="simulated", rows=1000, seed=1),
    "run": lambda: demo.running((1, 2), 60),
    "verify": demo.verifying,
    "remove": lambda: demo.cleaning(demo.Options("local"), (), ""),
}


def _perform(state: str, command: str, prefix: str, kill_after: int, largest_file: int, output: str) -> None:
    os.environ["DATA_ENG_DEMO_STATE"] = state
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, resource.RLIM_INFINITY))
    with Path(output).open("w", buffering=1) as written:
        sys.stdout = sys.stderr = written
        if kill_after:
            _kill_after(kill_after)
        code = perform(command, prefix)
    sys.exit(code)


def _kill_after(count: int) -> None:
    """Ends this process, as a power cut would, when so many statements have been answered."""
    numbers = itertools.count(1)
    execute = SnowflakeCursorBase.execute

    def counted(self: SnowflakeCursorBase[Any], *arguments: Any, **options: Any) -> Any:
        try:
            return execute(self, *arguments, **options)
        finally:
            if next(numbers) == count:
                os.kill(os.getpid(), signal.SIGKILL)

    SnowflakeCursorBase.execute = counted  # type: ignore[method-assign]
