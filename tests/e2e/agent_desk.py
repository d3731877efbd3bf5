"""Agents at their desks for journeys: a browser each, with a voice of its own, and ears that can be read."""

from __future__ import annotations

import base64
import re
import subprocess
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import BrowserContext, Locator, Page, Playwright, expect

from bench.installation import Installation
from ops.prompts.listen import sound_of
from ops.sip.g711 import Samples

CHROMIUM = "/usr/bin/chromium"
RATE = 8000
_ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip
_EARS = """(() => {
  const Made = window.RTCPeerConnection;
  window.heard = [];
  window.RTCPeerConnection = class extends Made {
    constructor(...given) {
      super(...given);
      this.addEventListener('track', ({streams, track}) => {
        const chunks = [];
        window.heard = chunks;
        const recorder = new MediaRecorder(streams[0] ?? new MediaStream([track]));
        recorder.addEventListener('dataavailable', ({data}) => chunks.push(data));
        recorder.start(500);
      });
    }
  };
})()"""
"""Keeps what the newest leg of the page hears."""
_READ_EARS = """async () => {
  const bytes = new Uint8Array(await new Blob(window.heard).arrayBuffer());
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}"""


class Desk:
    """The agents' page of one agent."""

    def __init__(self, house: Installation, context: BrowserContext, user: str) -> None:
        self.house, self.context, self.user = house, context, user
        self.complaints: list[str] = []
        self.page = self._new_page()

    def _new_page(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        return page

    def log_in(self) -> None:
        """Log in, and come to the desk."""
        self.page.goto(f"{self.house.url}/login")
        self.page.get_by_label(re.compile("User name|用户名")).fill(self.user)
        self.page.get_by_label(re.compile("Password|密码")).fill(self.house.accounts()[self.user]["password"])
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(re.compile("/(agent|tickets|desk|board)/"))
        self.page.goto(f"{self.house.url}/account/")
        english = self.page.locator("button[name=language][value=en]")
        if english.count():
            english.click()
        self.open()

    def open(self) -> None:
        """Open the desk, and wait until its phone is ready."""
        self.page.goto(f"{self.house.url}/agent/")
        expect(self.page.locator("[data-role=registration]")).to_have_attribute("data-now", "registered")

    def open_again(self) -> None:
        """A new tab, after the old one was closed."""
        self.page = self._new_page()
        self.open()

    def say_available(self) -> None:
        """Take calls from now on."""
        self.pause()
        self.page.get_by_role("button", name="Available", exact=True).click()
        self.shows_state("available")

    def pause(self) -> None:
        """Take no calls, whatever he said the last time that he was here."""
        now = self.page.locator("[data-role=now]")
        expect(now).to_have_attribute("data-state", re.compile("available|paused|wrap_up"))
        if now.get_attribute("data-state") == "wrap_up":
            self.page.get_by_role("button", name="Available", exact=True).click()
            self.shows_state("available")
        self.page.locator("[data-role=pause-menu] summary").click()
        self.page.get_by_role("button", name="Break").click()
        self.shows_state("paused")

    def shows_state(self, state: str, timeout: float = 20_000) -> None:
        """Wait until the page shows this state of its agent."""
        expect(self.page.locator("[data-role=now]")).to_have_attribute("data-state", state, timeout=timeout)

    def phone_is(self, phase: str, timeout: float = 20_000) -> None:
        """Wait for a phase of the phone."""
        expect(self.page.locator("soft-phone")).to_have_attribute("data-phase", phase, timeout=timeout)

    @property
    def pop(self) -> Locator:
        """The card of who calls."""
        return self.page.locator("screen-pop")

    def heard(self) -> Samples:
        """What the newest leg of this page has heard so far, at 8 kHz."""
        recorded = base64.b64decode(self.page.evaluate(_READ_EARS))
        if not recorded:
            return np.zeros(0, np.int16)
        command = ["ffmpeg", "-v", "quiet", "-i", "-", "-f", "s16le", "-ac", "1", "-ar", str(RATE), "-"]
        decoded = subprocess.run(command, input=recorded, capture_output=True, check=False).stdout
        return np.frombuffer(decoded[: len(decoded) // 2 * 2], np.int16)


@contextmanager
def desk(playwright: Playwright, house: Installation, user: str, voice: Path, *switches: str) -> Iterator[Desk]:
    """An agent logged in at his desk, whose microphone says ``voice`` over and over; his browser has ``switches``."""
    arguments = [*_ARGUMENTS, f"--use-file-for-fake-audio-capture={voice}", *switches]
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
    try:
        context = browser.new_context(locale="en-GB", permissions=["microphone", "notifications"])
        context.set_default_timeout(20_000)
        context.add_init_script(_EARS)
        one = Desk(house, context, user)
        one.log_in()
        yield one
        assert one.complaints == []
    finally:
        browser.close()


def voice_of(file: Path, samples: Samples) -> Path:
    """A microphone's sound as a file; the browser says it over and over."""
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, RATE, len(samples), "NONE", ""))
        out.writeframes(samples.astype("<i2").tobytes())
    return file


def sentence(prompt: str) -> Samples:
    """A sentence that somebody says: the English sound of a prompt, without the silence around it."""
    return sound_of("en", [prompt])[RATE // 2 : -RATE // 2]
