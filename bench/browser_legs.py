"""Legs to a browser that stay silent on a side: rings that an agent answers in a Chromium, one after another.

The caller sends a steady tone, the browser's microphone beeps. A leg has sound when the page's own statistics of the
connection say that it heard something, and the caller hears something from a second after the answer on, when the
music of the queue has ended.
"""

from __future__ import annotations

import contextlib
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect

from bench.figures import Figure
from bench.installation import Installation, installation, wait_until
from bench.line import Line
from bench.pop_drawn import be_available, desk
from ops.sip import sound
from ops.sip.agent import UserAgent
from ops.sip.call import Call
from ops.sip.g711 import Samples
from ops.sip.script import CallScript, Keys, Speak, WaitHangUp, WaitSound

RINGS = 50
PATIENCE = 10.0
"""Seconds after which a leg without sound is called silent."""
_SETTLED = 1.0
_KEEP_LINES = """(() => {
  const Made = window.RTCPeerConnection;
  window.lines = [];
  window.RTCPeerConnection = class extends Made {
    constructor(...given) { super(...given); window.lines.push(this); }
  };
})()"""
_HEARD = """async () => {
  let energy = 0;
  const stats = await window.lines.at(-1).getStats();
  stats.forEach((one) => { if (one.type === 'inbound-rtp' && one.kind === 'audio') energy = one.totalAudioEnergy; });
  return energy ?? 0;
}"""
_LEAST = 1e-4
"""Energy of the samples that were played; silence stays at nothing."""


def run(rings: int = RINGS) -> list[Figure]:
    """Measure in an installation of its own."""
    with tempfile.TemporaryDirectory(prefix="huiyin-bench-") as folder, installation(Path(folder) / "home") as house:
        house.run("stop", "asr")
        with Line(int(house.environment["HUIYIN_WS_PORT"])) as line, desk(house, line, _KEEP_LINES) as page:
            legs = [_leg(house, page) for _ in range(rings)]
    silent = [float(len(sides)) for sides in legs]
    beside = f"sides of {rings} legs that an agent's browser answered"
    return [Figure("browser_legs_silent", sum(silent), "sides", beside, rings, (min(silent), max(silent)))]


def _leg(house: Installation, page: Page) -> list[str]:
    """One call; the sides that heard nothing."""
    with UserAgent(("127.0.0.1", int(house.environment["HUIYIN_SIP_PORT"]))) as telephone:
        caller = f"136{random.randrange(10**8):08}"
        steps = (WaitSound(), Keys("0"), Speak(_tone(60.0)), WaitHangUp())
        call = telephone.call(CallScript("95000", steps, caller=caller))
        phone = page.locator("soft-phone")
        expect(phone).to_have_attribute("data-phase", "ringing", timeout=60_000)
        page.keyboard.press("a")
        expect(phone).to_have_attribute("data-phase", "talking", timeout=20_000)
        answered = call.heard_seconds
        sides = {
            "agent": lambda: float(page.evaluate(_HEARD)) > _LEAST,
            "caller": lambda: _hears(call, answered + _SETTLED),
        }
        silent = [side for side, hears in sides.items() if not _soon(side, hears)]
        call.hang_up()
    expect(phone).to_have_attribute("data-phase", "idle", timeout=20_000)
    be_available(house, page)
    return silent


def _soon(side: str, hears: Callable[[], bool]) -> bool:
    with contextlib.suppress(AssertionError):
        return wait_until(f"the {side} hears something", hears, PATIENCE)
    return False


def _hears(call: Call, since: float) -> bool:
    seconds = call.heard_seconds - since
    return seconds > _SETTLED / 4 and not sound.is_quiet(call.heard(seconds))


def _tone(seconds: float) -> Samples:
    beats = np.arange(round(seconds * sound.RATE)) / sound.RATE
    return (np.sin(2 * np.pi * 440 * beats) * 8000).astype(np.int16)
