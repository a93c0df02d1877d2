"""The page as Streamlit runs it, without a browser; and who is let in."""

import http.client
import socket
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from tests.page.serving import ROOT, SECONDS, served

APP = ROOT / "demos" / "factset_etf_iceberg" / "page" / "app.py"


@pytest.fixture(scope="module")
def app() -> Iterator[AppTest]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["app.py", "--connection_name", "local"])
        yield AppTest.from_file(str(APP), default_timeout=SECONDS)


def until(app: AppTest, holds: Callable[[str], bool]) -> str:
    """What the page says, run again until that holds."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        app.run()
        assert not app.exception
        text = " ".join(block.body for block in app.get("html"))
        if holds(text):
            return text
        time.sleep(0.3)
    raise AssertionError(text)


def press(app: AppTest, label: str) -> None:
    until(app, lambda _: any(button.label == label and not button.disabled for button in app.button))
    next(button for button in app.button if button.label == label).click()


@pytest.mark.timeout(1500)
def test_the_demo_is_deployed_changed_run_broken_and_repaired_from_the_page(app: AppTest) -> None:
    text = until(app, lambda text: "Nothing is here yet. Deploy both pipelines" in text)
    assert [one.label for one in app.button if one.label] == ["Deploy both pipelines"]
    press(app, "Deploy both pipelines")
    until(app, lambda text: "1,000 rows" in text and "1,000 events" in text)
    press(app, "Suspend the tasks")
    press(app, "Rebalance 2 + 4 - 2")
    until(
        app,
        lambda text: text.count(">24<") == 2 and "Pending, row by row · 14 changes: 2 ADD, 10 UPDATE, 2 DELETE" in text,
    )
    press(app, "Run both pipelines now")
    until(app, lambda text: "1,014 events" in text and "The last batch, row by row · 14 changes" in text)
    press(app, "Change a row by hand")
    text = until(app, lambda text: "BROKEN" in text and "light broken" in text)
    assert "The way back: repair" in text
    press(app, "Heal: Change a row by hand")
    text = until(app, lambda text: "HEALED" in text and text.count('"light "') == 4)
    assert "equal, row by row" in text


# Who is let in


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served() as number:
        yield number


@pytest.mark.parametrize(("origin", "status"), [("http://localhost", 101), ("http://evil.example", 403)])
def test_a_page_of_another_site_gets_no_connection(port: int, origin: str, status: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {
        "Origin": origin if status == 403 else f"{origin}:{port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version": "13",
    }
    connection.request("GET", "/_stcore/stream", headers=headers)
    assert connection.getresponse().status == status


def test_it_is_served_on_loopback_alone(port: int) -> None:
    with socket.socket() as other:
        outside = socket.gethostbyname(socket.gethostname())
        if not outside.startswith("127."):
            assert other.connect_ex((outside, port)) != 0
