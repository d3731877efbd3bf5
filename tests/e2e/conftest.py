"""One whole installation for all journeys of a run; a browser for each file, a page for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bench.installation import Installation, installation
from tests.e2e.pages import CHROMIUM


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Everything running, with the stand-in recogniser; a callback is offered after the first round in a queue."""
    home = Path(tmp_path_factory.mktemp("house")) / "home"
    with installation(home, HUIYIN_CALLBACK_AFTER="15") as one:
        yield one


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not os.access(CHROMIUM, os.X_OK):
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        )
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    with chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900}) as one:
        one.set_default_timeout(30_000)
        yield one


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which no script fails and nothing is refused by the Content-Security-Policy."""
    complaints: list[str] = []
    one = context.new_page()
    one.on("pageerror", lambda error: complaints.append(str(error)))
    one.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    one.on("dialog", lambda dialog: complaints.append(f"a script ran: {dialog.message}"))
    yield one
    assert complaints == []
