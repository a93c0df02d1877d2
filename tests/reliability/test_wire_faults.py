"""Whatever goes wrong between the client and the account: a run ends, and what it says is so."""

import json
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count

import pytest

from config import CONFIG
from src.deployment.command import Options, perform
from src.deployment.report import Report, as_text
from src.deployment.steps import batches
from src.emulator.protocol.serving import emulator
from src.utils import patience, snowpark_session

from ..lengths import LONG
from . import wire
from .looking import residue
from .wire import Fault, Proxy, proxy_before

# All kinds of requests that the whole configuration leads to, in the same order, and few of each.
SMALL = replace(
    CONFIG,
    schemas=CONFIG.schemas[:1],
    warehouses=CONFIG.warehouses[1:2],
    factset=replace(CONFIG.factset, monitoring_warehouse=None),
    stages=CONFIG.stages[:1],
    file_formats=CONFIG.file_formats[:1],
    roles=(),
)
MODES = ("full", "cleanup")


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Between the connection `far`, taken for a way through to an account, and an emulator, which is `local`."""
    state = tmp_path_factory.mktemp("wire") / "state"
    with pytest.MonkeyPatch.context() as patch, emulator(state) as address, proxy_before(address.port) as proxy:
        parameters = address.parameters | {"port": proxy.port, "disable_ocsp_checks": True}
        lines = [f"{name} = {json.dumps(value)}" for name, value in parameters.items()]
        connection = ["[far]", *lines, "platform_detection_timeout_seconds = 0"]
        patch.setenv("DATA_ENG_DEMO_STATE", str(state))
        patch.setenv("SNOWFLAKE_CONNECTIONS", "\n".join(connection))
        patch.setattr(patience, "_PAUSES", (0,))
        patch.setattr("src.utils.snowpark_session.serves_emulator", lambda connection: False)
        yield proxy


def disturbed(proxy: Proxy, mode: str, number: int, fault: Fault, *, lasting: bool = False) -> Report:
    """What the run reports whose request of that number goes wrong."""
    set_up("cleanup" if mode == "full" else "full")
    proxy.disturb(number, fault, lasting=lasting)
    report = perform(Options(mode, "far", yes=True), SMALL)
    assert report.exit_code in (0, 1)
    return report


def set_up(mode: str) -> None:
    report = perform(Options(mode, "local"), SMALL)
    assert report.exit_code == 0, as_text(report)


def undone(mode: str) -> set[str]:
    """What the run should have made or removed and has not, seen by a session that the proxy does not disturb."""
    if mode == "cleanup":
        return {re.sub(r"^(\w+)S: ", r"\1 ", one) for one in residue() if ": " in one}
    report = perform(Options("validate", "local"), SMALL)
    assert not report.error
    return {f"{difference.kind} {difference.name}" for difference in report.differences}


def told(report: Report) -> set[str]:
    """What the run says it could not make or remove."""
    return {str(outcome) for outcome in report.outcomes if outcome.result in ("failed", "skipped")} | set(report.left)


# At which request: every one in the long form, and in the short form each fault at another one.
PASSING = [
    (fault, mode, count(2) if LONG else (2 + 2 * index,))
    for index, fault in enumerate(wire.PASSING)
    for mode in (MODES if LONG else MODES[:1])
]
DONE = {"full": {"created": sum(map(len, batches(SMALL)))}, "cleanup": {"dropped": 2}}


@pytest.mark.parametrize(("fault", "mode", "numbers"), PASSING)
def test_a_fault_that_passes_is_got_over(
    fault: Fault, mode: str, numbers: Iterable[int], proxy: Proxy, capfd: pytest.CaptureFixture[str]
) -> None:
    """Also what is done twice, since its answer was lost, counts once."""
    for number in numbers:
        report = disturbed(proxy, mode, number, fault)
        if not proxy.struck:
            break
        assert (report.exit_code, report.counts) == (0, DONE[mode]), f"request {number}: {as_text(report)}"
        assert undone(mode) == set(), f"request {number}"
    assert "Traceback" not in "".join(capfd.readouterr())


@pytest.fixture
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The documented limits, in seconds instead of minutes."""
    monkeypatch.setattr(snowpark_session, "LOGIN_SECONDS", 1)
    monkeypatch.setattr(snowpark_session, "NETWORK_SECONDS", 1)
    monkeypatch.setattr("snowflake.connector.network.DEFAULT_SOCKET_CONNECT_TIMEOUT", 1)
    monkeypatch.setattr(patience, "_PAUSES", (0, 1))


# Every kind at some request, and some kinds at every one.
LASTING = [
    (fault, mode, count(1) if LONG else (3 + 5 * (index % 3),))
    for index, fault in enumerate(wire.LASTING)
    for mode in (MODES if LONG else MODES[index % 2 :][:1])
]


@pytest.mark.usefixtures("impatience")
@pytest.mark.parametrize(("fault", "mode", "numbers"), LASTING if LONG else LASTING[::3])
def test_when_a_fault_lasts_a_run_ends_and_says_what_is_missing(
    fault: Fault, mode: str, numbers: Iterable[int], proxy: Proxy, capfd: pytest.CaptureFixture[str]
) -> None:
    for number in numbers:
        begun = time.monotonic()
        report = disturbed(proxy, mode, number, fault, lasting=True)
        struck, seconds = proxy.struck, time.monotonic() - begun
        proxy.disturb(0, wire.nothing)
        if not struck:
            break
        assert seconds < 60, "the limits of this test come to less than 10 s"
        assert is_so(report, undone(mode)), f"request {number}: {as_text(report)}"
    assert "Traceback" not in "".join(capfd.readouterr())


def is_so(report: Report, undone: set[str]) -> bool:
    """Whether the run tells all that it has not done; or that it cannot tell, and then what it knows to be done is."""
    if report.exit_code == 0:
        return not undone
    done = {str(outcome) for outcome in report.outcomes if outcome.result in ("created", "dropped")}
    return not done & undone and (undone <= told(report) or bool(report.error))
