"""The screen-pop to the eye: from the INVITE that Asterisk sends to an agent's browser to the drawn card.

One agent in a Chromium whose phone reaches the exchange by way of a line of ours, which notes when each INVITE came
out of Asterisk. The page itself notes when it drew the card of which call. Callers come through the menu one after
another, and hang up when their card is there.
"""

from __future__ import annotations

import contextlib
import json
import random
import re
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from bench.figures import Figure
from bench.installation import Installation, installation, wait_until
from bench.line import Line
from ops.sip.agent import UserAgent
from ops.sip.script import CallScript, Keys, WaitHangUp, WaitSound

RINGS = 50
AGENT = "agent1"
CHROMIUM = "/usr/bin/chromium"
_SWITCHES = (
    "--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip
_INVITATION = re.compile(rb"INVITE sip:.*?\r\nX-Call-ID: ([^\r]+)\r\n", re.DOTALL)
_DRAWN = """() => performance.getEntriesByName('pop').map(
  (one) => [one.detail, performance.timeOrigin + one.startTime + one.duration])"""


class Invitations:
    """When the first INVITE of each call came out of Asterisk, epoch in ms by call id."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}

    def notice(self, data: bytes) -> None:
        """Look at what Asterisk says to the browser."""
        now = time.time() * 1000
        for found in _INVITATION.finditer(data):
            self.at.setdefault(found[1].decode(), now)


def run(rings: int = RINGS) -> list[Figure]:
    """Measure in an installation of its own."""
    with tempfile.TemporaryDirectory(prefix="huiyin-bench-") as folder, installation(Path(folder) / "home") as house:
        house.run("stop", "asr")
        invitations = Invitations()
        line = Line(int(house.environment["HUIYIN_WS_PORT"]), invitations.notice)
        with line, desk(house, line) as page:
            _ring(house, page, 3)  # everything has been used once
            warm = set(_drawn(page))
            _ring(house, page, rings)
            drawn = {call: at for call, at in _drawn(page).items() if call not in warm}
    if len(drawn) != rings or not drawn.keys() <= invitations.at.keys():
        raise AssertionError(f"{rings} rings, {len(drawn)} cards, {len(invitations.at)} INVITEs")
    times = sorted(at - invitations.at[call] for call, at in drawn.items())
    value = times[min(len(times) - 1, round(0.95 * (len(times) - 1)))]
    return [Figure("pop_drawn_p95_ms", value, "ms", "rings at one Chromium", rings, (times[0], times[-1]))]


def _drawn(page: Page) -> dict[str, float]:
    """When each call's card was drawn, epoch in ms."""
    return {str(call): float(at) for call, at in page.evaluate(_DRAWN)}


def _more_than(page: Page, cards: int) -> bool:
    return len(_drawn(page)) > cards


@contextlib.contextmanager
def desk(house: Installation, line: Line, script: str = "") -> Iterator[Page]:
    """The agents' page of an agent who takes calls; ``script`` runs in it before its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*_SWITCHES, line.switch])
        try:
            page = browser.new_context(permissions=["microphone"]).new_page()
            page.add_init_script(script)
            page.goto(f"{house.url}/login")
            page.locator("input[name=username]").fill(AGENT)
            page.locator("input[name=password]").fill(house.accounts()[AGENT]["password"])
            page.keyboard.press("Enter")
            page.wait_for_url(re.compile("/(agent|tickets)/"))
            page.goto(f"{house.url}/agent/")
            expect(page.locator("[data-role=registration]")).to_have_attribute("data-now", "registered", timeout=20_000)
            be_available(house, page)
            yield page
        finally:
            browser.close()


def be_available(house: Installation, page: Page) -> None:
    """Have the agent take calls, and wait until his page says so."""
    headers = {"Authorization": f"Bearer {house.token(AGENT)}", "Content-Type": "application/json"}
    body = json.dumps({"state": "available"}).encode()
    request = urllib.request.Request(f"{house.url}/api/v1/agents/me/state", body, headers)
    urllib.request.urlopen(request, timeout=10).close()
    expect(page.locator("[data-role=now]")).to_have_attribute("data-state", "available", timeout=20_000)


def _ring(house: Installation, page: Page, rings: int) -> None:
    """So many callers, one after another; each hangs up when his card is there."""
    with UserAgent(("127.0.0.1", int(house.environment["HUIYIN_SIP_PORT"]))) as telephone:
        for _ in range(rings):
            before = len(_drawn(page))
            steps = (WaitSound(), Keys("0"), WaitHangUp())
            caller = f"136{random.randrange(10**8):08}"
            call = telephone.call(CallScript("95000", steps, caller=caller, keeps_sound=False))
            wait_until("the card is drawn", partial(_more_than, page, before), 60)
            call.hang_up()
            expect(page.locator("[data-role=now]")).to_have_attribute("data-state", "available", timeout=20_000)
            expect(page.locator("soft-phone")).to_have_attribute("data-phase", "idle", timeout=20_000)
