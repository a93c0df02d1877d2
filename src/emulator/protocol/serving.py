"""One process serves a state folder; the others find it there and connect to it, without loading an engine."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from filelock import FileLock, Timeout

from ..editions import EDITIONS, Edition
from ..store.storage import StateError, login_token, why_closed
from .guests import guest
from .processes import HOST, SERVES, Listener, listens

ADDRESS_FILE = "serving.json"
EDITION_VARIABLE, TRIAL_VARIABLE = "DATA_ENG_DEMO_EDITION", "DATA_ENG_DEMO_TRIAL"
_SECONDS_TO_FIND = 30.0  # the other process may still load its engine


@dataclass(frozen=True)
class Options:
    """What kind of account is emulated, and how far away it seems; a folder keeps the kind that it was given last."""

    edition: Edition | None = None
    may_create_roles: bool = True
    latency_ms: int = 0
    is_trial: bool | None = None


@dataclass(frozen=True)
class Address:
    """Where the emulator answers; `folder` is its state, `own` says that this process serves it, and not `pid`.

    `token` is the password: who cannot read the state folder does not get in.
    """

    port: int
    folder: Path
    own: bool
    token: str = field(repr=False)
    pid: int = 0

    @property
    def parameters(self) -> dict[str, Any]:
        """The connection parameters for the Snowflake connector. Nothing leaves the machine."""
        return {
            "account": "emulator",
            "user": "PRESENTER",
            "password": self.token,
            "host": HOST,
            "port": self.port,
            "protocol": "http",
        }

    @property
    def listener(self) -> Listener | None:
        """The other process that serves; None if it is this one."""
        return None if self.own else Listener(self.port, self.pid, SERVES)


def state_folder() -> Path:
    """Where the state lives: DATA_ENG_DEMO_STATE, else .local-snowflake in the current folder."""
    return Path(os.environ.get("DATA_ENG_DEMO_STATE") or ".local-snowflake").absolute()


def options_of_environment() -> Options:
    """The kind of account that DATA_ENG_DEMO_EDITION and DATA_ENG_DEMO_TRIAL name.

    Raises StateError for a value that they do not take.
    """
    edition, trial = (os.environ.get(name, "").upper() or None for name in (EDITION_VARIABLE, TRIAL_VARIABLE))
    for name, value, taken in ((EDITION_VARIABLE, edition, EDITIONS), (TRIAL_VARIABLE, trial, ("TRUE", "FALSE"))):
        if value is not None and value not in taken:
            raise StateError(f"{name} is {value}. Set it to {' or '.join(taken)}, or unset it.")
    return Options(cast("Edition | None", edition), is_trial=None if trial is None else trial == "TRUE")


@contextmanager
def emulator(folder: Path, *, port: int = 0, options: Options | None = None) -> Iterator[Address]:
    """Serves the state in `folder`, or finds the process that does, which then serves until this one has left it.

    Raises StateError if neither can be done.
    """
    deadline = time.monotonic() + _SECONDS_TO_FIND
    while (lock := _try_lock(folder)) is None:
        with guest(folder):
            if (found := _find(folder)) is not None:
                if found.listener and (trouble := found.listener.trouble()):
                    raise StateError(f"{trouble} Continue it or end it, then run the command again.")
                yield replace(found, token=_login_token(folder))
                return
        if time.monotonic() > deadline:
            raise StateError(
                f'Another process holds "{folder / "lock"}" and serves nothing. End it, or name another folder with '
                "DATA_ENG_DEMO_STATE."
            )
        time.sleep(0.05)  # it is about to start or to end
    try:
        from .listening import serving

        token = _login_token(folder)
        with serving(folder, port, options or Options(), token) as bound:
            yield Address(bound, folder, own=True, token=token)
    finally:
        lock.release()


def _login_token(folder: Path) -> str:
    try:
        return login_token(folder)
    except OSError as error:
        raise why_closed(folder, error) from error


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


def _find(folder: Path) -> Address | None:
    """The process that serves the folder, if it listens."""
    try:
        found = json.loads((folder / ADDRESS_FILE).read_text())
        address = Address(int(found["port"]), folder, own=False, token="", pid=int(found["pid"]))
    except (OSError, ValueError, KeyError):
        return None
    return address if listens(address.port) else None
