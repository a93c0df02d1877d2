"""The process that serves an emulator, seen from another one: who it is, and whether it runs."""

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
# What the connector shows as connection.service_name: it has it from the answer to the login.
SERVICE_NAME = "data-eng-emulator"
SERVES = "serves the emulator"


@dataclass
class Listener:
    """The process behind a port of this machine; no `pid` where the system does not tell it.

    `role` says what it does there, as far as that is known.
    """

    port: int
    pid: int | None
    role: str = ""

    def trouble(self) -> str:
        """What is wrong with it; "" as long as it runs."""
        if self.pid is None:
            return "" if listens(self.port) else f"Nothing listens any more on port {self.port} of this machine."
        process = f"Process {self.pid}, which {self.role or f'answers on port {self.port} of this machine'}"
        if self.is_stopped():
            return f"{process}, is stopped (kill -CONT {self.pid} continues it)."
        return f"{process}, has ended." if has_ended(self.pid) else ""

    def is_stopped(self) -> bool:
        return self.pid is not None and _state(self.pid) in ("T", "t")


def listener(port: int) -> Listener | None:
    """What a connection to the port of this machine reaches; None if nothing listens there."""
    return Listener(port, _owner(port, _LISTENING)) if listens(port) else None


def client(port: int) -> int | None:
    """The process whose open connection has the port of this machine on its side, as far as the system tells it."""
    return _owner(port, _CONNECTED)


def has_ended(pid: int) -> bool:
    return _state(pid) in ("", "Z", "X")


def listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


_CONNECTED, _LISTENING = "01", "0A"  # states of a socket


def _owner(port: int, state: str) -> int | None:
    """This user's process with the socket in that state; None if it is another's, and where there is no /proc.

    https://man7.org/linux/man-pages/man5/proc_pid_net.5.html
    """
    with suppress(OSError):
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        sockets = {f"socket:[{row[9]}]" for row in rows if row[3] == state and row[1].endswith(f":{port:04X}")}
        for opened in Path("/proc").glob("[0-9]*/fd"):
            with suppress(OSError):
                if not sockets.isdisjoint(_opened(opened)):
                    return int(opened.parent.name)
    return None


def _opened(folder: Path) -> Iterator[str]:
    """What a process has open now; a file that it closes meanwhile is none."""
    for descriptor in folder.iterdir():
        with suppress(OSError):
            yield str(descriptor.readlink())


def _state(pid: int) -> str:
    """The state of a process, as one letter; "" if there is none. Where there is no /proc, one that is there runs.

    https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    """
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return ""
        except PermissionError:
            pass
        return "R"
