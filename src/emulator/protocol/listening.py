"""Answers HTTP on loopback with an engine on a state folder, on a thread of this process."""

import asyncio
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from ..engine import Engine
from ..store.storage import StateError
from .guests import has_guests
from .processes import HOST
from .server import Server
from .serving import ADDRESS_FILE, Options

_SECONDS_FOR_OTHERS = 60.0


@contextmanager
def serving(folder: Path, port: int, options: Options, token: str) -> Iterator[int]:
    """An engine on the folder, answering HTTP; waits at the end for other processes that use it.

    Meanwhile what this process writes is readable by its user alone.
    """
    mask = os.umask(0o077)
    try:
        with _serving(folder, port, options, token) as bound:
            yield bound
    finally:
        os.umask(mask)


@contextmanager
def _serving(folder: Path, port: int, options: Options, token: str) -> Iterator[int]:
    engine = Engine(
        folder, edition=options.edition, is_trial=options.is_trial, may_create_roles=options.may_create_roles
    )
    try:
        server = Server(engine, token, options.latency_ms)
        engine.hosting.start_tasks()
        with listening(server, port) as bound:
            address = folder / ADDRESS_FILE
            address.write_text(json.dumps({"port": bound, "pid": os.getpid()}))
            try:
                yield bound
                _wait_for_others(server, folder)
            finally:
                address.unlink(missing_ok=True)
    finally:
        engine.close()


class _Http(uvicorn.Server):
    """uvicorn, stopped at once: on its own it takes two tenths of a second."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()  # `stop` may come right after it
        await super().startup(sockets)

    async def main_loop(self) -> None:
        await self._stopped.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listener in (listener for server in self.servers for listener in server.sockets):
            self._loop.remove_reader(listener)
        for _ in range(_ROUNDS_TO_CONNECT):
            await asyncio.sleep(0)
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        deadline = time.monotonic() + _SECONDS_FOR_ANSWERS
        while self.server_state.connections and time.monotonic() < deadline:
            await asyncio.sleep(0.001)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)  # what is aborted is closed in the loop's next round

    def stop(self) -> None:
        """Ends the server; the sessions have been waited for, so what is open is idle."""
        self.should_exit = True
        self._loop.call_soon_threadsafe(self._stopped.set)


_ROUNDS_TO_CONNECT = 3  # of the loop: asyncio forgets what it has accepted, but not connected, when its server closes
_SECONDS_FOR_ANSWERS = 1.0  # those that are being written when the server ends
_SECONDS_OF_SILENCE = 86400  # a connection that the server closes would look as if its client were gone


def _protocol(server: Server) -> type[H11Protocol]:
    class Protocol(H11Protocol):
        """uvicorn's, which tells the server that a connection has been closed."""

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            if self.client is not None:
                server.clients.closed(self.client)

    return Protocol


@contextmanager
def listening(server: Server, port: int) -> Iterator[int]:
    """Answers HTTP on a thread of this process."""
    # asyncio switches Nagle's algorithm off only where the protocol is named; with it, each answer waits 40 ms.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError as error:
        bound.close()
        raise StateError(f"Port {port} cannot be used: {error.strerror}. Pass another one with --port.") from error
    config = uvicorn.Config(
        server.served,
        loop="asyncio",
        http=_protocol(server),
        log_config=None,
        log_level="critical",
        lifespan="off",
        timeout_keep_alive=_SECONDS_OF_SILENCE,
    )
    http = _Http(config)
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


def _wait_for_others(server: Server, folder: Path) -> None:
    """Lets other processes finish: a guest until it leaves, a session until it logs out or has been silent for a while.

    The address goes before the last look for guests: who has read it by then is one, and who has not serves by himself.
    """
    address = folder / ADDRESS_FILE
    text = address.read_text()
    deadline = time.monotonic() + _SECONDS_FOR_OTHERS
    while time.monotonic() < deadline:
        if not server.busy_sessions():
            address.unlink()
            if not has_guests(folder):
                return
            address.write_text(text)
        time.sleep(0.05)
