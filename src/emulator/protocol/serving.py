"""One process serves a state folder; the others find it there and connect to it."""

import asyncio
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from filelock import FileLock, Timeout

from ..account import Edition
from ..engine import Engine
from ..storage import StateError
from .server import Server

HOST = "127.0.0.1"
_ADDRESS = "serving.json"
_SECONDS_TO_FIND = 10.0
_SECONDS_FOR_GUESTS = 60.0


@dataclass(frozen=True)
class Options:
    """What kind of account is emulated, and how far away it seems."""

    edition: Edition = "ENTERPRISE"
    may_create_roles: bool = True
    latency_ms: int = 0


@dataclass(frozen=True)
class Address:
    """Where the emulator answers; `folder` is its state, `own` says that this process serves it."""

    port: int
    folder: Path
    own: bool

    @property
    def parameters(self) -> dict[str, Any]:
        """The connection parameters for the Snowflake connector. Nothing leaves the machine."""
        return {
            "account": "emulator",
            "user": "PRESENTER",
            "password": "emulator",
            "host": HOST,
            "port": self.port,
            "protocol": "http",
        }


def state_folder() -> Path:
    """Where the state lives: DATA_ENG_DEMO_STATE, else .local-snowflake in the current folder."""
    return Path(os.environ.get("DATA_ENG_DEMO_STATE") or ".local-snowflake").absolute()


@contextmanager
def emulator(folder: Path, *, port: int = 0, options: Options | None = None) -> Iterator[Address]:
    """Serves the state in `folder`, or finds the process that does. Raises StateError if neither can be done."""
    lock = _try_lock(folder)
    if lock is None:
        yield Address(_find_port(folder), folder, own=False)
        return
    try:
        with _serving(folder, port, options or Options()) as bound:
            yield Address(bound, folder, own=True)
    finally:
        lock.release()


def _try_lock(folder: Path) -> FileLock | None:
    """The folder's lock, which the system releases even if the process is killed; None if another process has it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "lock")
        lock.acquire(blocking=False)
    except Timeout:
        return None
    except OSError as error:
        raise StateError(
            f'The emulator cannot use the folder "{folder}": {error.strerror}. '
            "Name another one with DATA_ENG_DEMO_STATE."
        ) from error
    return lock


@contextmanager
def _serving(folder: Path, port: int, options: Options) -> Iterator[int]:
    engine = Engine(folder, edition=options.edition, may_create_roles=options.may_create_roles)
    try:
        server = Server(engine, options.latency_ms)
        engine.hosting.start_tasks()
        with _listening(server, port) as bound:
            address = folder / _ADDRESS
            address.write_text(json.dumps({"port": bound, "pid": os.getpid()}))
            try:
                yield bound
                _wait_for_guests(server)
            finally:
                address.unlink(missing_ok=True)
    finally:
        engine.close()


class _Http(uvicorn.Server):
    """uvicorn, stopped at once: on its own it takes two tenths of a second."""

    async def main_loop(self) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        await self._stopped.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()

    def stop(self) -> None:
        """Ends the server; the sessions have been waited for, so what is open is idle."""
        self.should_exit = True
        self._loop.call_soon_threadsafe(self._stopped.set)


@contextmanager
def _listening(server: Server, port: int) -> Iterator[int]:
    """Answers HTTP on a thread of this process."""
    bound = _bind(port)
    http = _Http(uvicorn.Config(server.app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=http.run, kwargs={"sockets": [bound]}, name="emulator", daemon=True)
    thread.start()
    while not http.started and thread.is_alive():
        time.sleep(0.002)
    try:
        yield int(bound.getsockname()[1])
    finally:
        http.stop()
        thread.join()
        bound.close()


def _bind(port: int) -> socket.socket:
    # asyncio switches Nagle's algorithm off only where the protocol is named; with it, each answer waits 40 ms.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError as error:
        bound.close()
        raise StateError(f"Port {port} cannot be used: {error.strerror}. Pass another one with --port.") from error
    return bound


def _wait_for_guests(server: Server) -> None:
    """Lets other processes finish: a session counts until it logs out or has been silent for a while."""
    deadline = time.monotonic() + _SECONDS_FOR_GUESTS
    while server.busy_sessions() and time.monotonic() < deadline:
        time.sleep(0.05)


def _find_port(folder: Path) -> int:
    """The port of the process that serves the folder; it may be about to start or to end."""
    deadline = time.monotonic() + _SECONDS_TO_FIND
    while time.monotonic() < deadline:
        try:
            port = int(json.loads((folder / _ADDRESS).read_text())["port"])
            socket.create_connection((HOST, port), timeout=1).close()
            return port
        except (OSError, ValueError, KeyError):
            time.sleep(0.05)
    raise StateError(
        f'Another process holds "{folder / "lock"}" and serves nothing. End it, or name another folder with '
        "DATA_ENG_DEMO_STATE."
    )
