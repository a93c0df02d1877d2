"""The page in a headless Chromium: what a presenter presses, and what an audience sees. It writes the screenshots."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright

from tests.page.serving import ROOT, SECONDS, served

ARGUMENTS = """--no-sandbox --disable-gpu --disable-quic --disable-sync --disable-background-networking --no-first-run
    --disable-component-update""".split()
SIZES = {1280: 800, 1920: 1080}
ABSORBED = "the (transaction|MERGE|tasks), which|the transaction: "
# Each way to break it, and what the page says then.
BREAKS = {
    "Kill the task inside its MERGE": ABSORBED,
    "Take the stage away": "FAILED: ",
    "Revoke a grant": "003001 .* Insufficient privileges",
    "Poison one row": ABSORBED,
    "Run it twice at once": ABSORBED,
    "Change a row by hand": r"WEIGHT expected \d\.\d+, found \d\.\d+",
    "Let the streams go stale": "stream",
}


@pytest.fixture(scope="module")
def chromium() -> str:
    """Debian's browser, which is installed where that may be done."""
    if (found := shutil.which("chromium")) is None and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=quiet, capture_output=True, timeout=200, check=False)
        install = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", "chromium"]
        subprocess.run(install, env=quiet, capture_output=True, timeout=600, check=False)
        found = shutil.which("chromium")
    if found is None:
        pytest.skip("There is no Chromium, and it cannot be installed here: apt-get install chromium, as root")
    return found


@pytest.fixture
def page(chromium: str) -> Iterator[Page]:
    """The page, open; at the end nothing may have gone wrong in its console."""
    wrong: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            wrong.append(message.text)

    with served() as port, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        opened = browser.new_page(viewport={"width": 1920, "height": SIZES[1920]})
        opened.on("console", note)
        opened.on("pageerror", lambda error: wrong.append(str(error)))
        opened.goto(f"http://127.0.0.1:{port}")
        yield opened
        browser.close()
    assert wrong == []


def press(page: Page, name: str, ends: str = "") -> None:
    """Presses the button, and waits until its act has ended: a second one is refused until then."""
    button = page.get_by_role("button", name=name, exact=True)
    expect(button).to_be_enabled(timeout=SECONDS * 1000)
    button.click()
    sees(page, ends or rf"{re.escape(name)} done in")


def sees(page: Page, text: str) -> None:
    expect(page.locator("body")).to_contain_text(re.compile(text), timeout=SECONDS * 1000)


@pytest.mark.timeout(1500)
def test_a_presenter_plays_the_demo_and_the_audience_sees_it(page: Page) -> None:
    press(page, "Deploy both pipelines")
    sees(page, r"1,000 events")
    press(page, "Suspend the tasks")
    press(page, "Put the naive twin beside it")
    press(page, "Rebalance 2 + 4 - 2")
    sees(page, r"24\s*rows pending")
    sees(page, r"Pending, row by row · 14 changes")
    press(page, "Run both pipelines now")
    sees(page, r"1,014 events")
    sees(page, r"The last batch, row by row · 14 changes")
    sees(page, r"MERGE, then DELETE\s*3\s*rows wrong")
    sees(page, r"pyiceberg \S+\s*1,000\s*the same rows")
    sees(page, r"batch: 2 ADD, 2 DELETE, 10 UPDATE")
    for width, height in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(3000)
        expect(page.locator(".aged")).to_have_count(0, timeout=SECONDS * 1000)
        page.screenshot(path=ROOT / "docs" / f"page-{width}.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    for title, said in BREAKS.items():
        press(page, title, ends=rf"{title}: .*{said}")
        if said != ABSORBED:
            press(page, f"Heal: {title}", ends="HEALED")
        sees(page, r"equal, row by row")
    press(page, "Verify", ends="PROVEN")
    for state, shown in (("hidden", r"not looked at while nobody sees it"), ("visible", r"offline, free")):
        page.evaluate(f"Object.defineProperty(document, 'visibilityState', {{configurable: true, value: '{state}'}})")
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        sees(page, shown)
    expect(page.locator("body")).not_to_contain_text("not looked at", timeout=SECONDS * 1000)
