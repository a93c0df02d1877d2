"""The page as its command serves it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 240.0


@contextmanager
def served() -> Iterator[int]:
    """Its port, until the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "demos.factset_etf_iceberg", "page", "--connection_name", "local", "--headless"]
    process = subprocess.Popen([*command, "--port", str(port)], cwd=ROOT, start_new_session=True)
    try:
        deadline = time.monotonic() + SECONDS
        while not _answers(port):
            assert time.monotonic() < deadline, "The page does not answer."
            time.sleep(0.2)
        yield port
    finally:
        os.killpg(process.pid, 15)
        process.wait()
        while _lives(process.pid):  # it closes its sessions and the emulator
            time.sleep(0.1)


def _answers(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
