"""What is really there, seen by a session that had no part in it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config import CONFIG
from src.deployment.command import Options, perform
from src.deployment.sending import Sender
from src.emulator.protocol import server
from src.emulator.protocol.serving import Address, emulator, state_folder
from src.utils.queries import Row
from src.utils.snowpark_session import open_session, resolve_target
from tests.traffic import traffic

SYSTEM_ROLES = ("ACCOUNTADMIN", "SECURITYADMIN", "USERADMIN", "SYSADMIN", "PUBLIC")
KINDS = ("DATABASES", "WAREHOUSES", "ROLES", "RESOURCE MONITORS", "SHARES", "TASKS IN ACCOUNT", "STAGES IN ACCOUNT")
FOLDERS = ("databases", "stages", "incoming")


@contextmanager
def serving(state: Path) -> Iterator[Address]:
    """This process serves the state, and finds it there; at the end it does not wait for sessions of the dead."""
    with pytest.MonkeyPatch.context() as patch, emulator(state) as served:
        patch.setenv("DATA_ENG_DEMO_STATE", str(state))
        patch.setattr(server, "SECONDS_OF_SILENCE", 0.1)
        yield served


def wait_for_the_dead(served: Address) -> None:
    """Returns when the account has answered all that it was sent, also by clients that are gone."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if traffic(served)["under_way"] == 0:
            return
        time.sleep(0.02)
    raise AssertionError("The account is still at work.")


def residue() -> list[str]:
    """All that an account that was never used would not show, and the files that would not be there."""
    with open_session(resolve_target("local"), query_tag="TEST") as opened, Sender.of(opened.session) as sender:
        shown = [f"{kind}: {row['name']}" for kind in KINDS for row in _rows(sender, f"SHOW {kind}")]
        grants = [f"GRANT: {row}" for role in SYSTEM_ROLES for row in _rows(sender, f"SHOW GRANTS TO ROLE {role}")]
    return [one for one in shown if one not in {f"ROLES: {role}" for role in SYSTEM_ROLES}] + grants + _files()


def _files() -> list[str]:
    """What lies in the folders, but for the emulator's Iceberg catalog; a task that is under way is waited for."""
    state = state_folder()
    deadline = time.monotonic() + 60
    while any((state / "incoming").iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    files = [path.relative_to(state) for name in FOLDERS for path in (state / name).rglob("*") if path.is_file()]
    return [str(file) for file in files if file.name != "catalog.db"]


def _rows(sender: Sender, sql: str) -> list[Row]:
    answer = sender.send(sql)
    assert answer.error is None, answer.message
    return answer.rows


def missing(prefix: str = "") -> list[str]:
    """What `validate` finds to be otherwise than config.py says."""
    report = perform(Options("validate", "local", prefix=prefix), CONFIG)
    assert not report.error, report.error
    return [str(difference) for difference in report.differences]
