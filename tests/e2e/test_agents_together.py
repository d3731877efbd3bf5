"""Agents in two browsers: keys, a torn line, a blind transfer, and a conference in which everybody hears everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect, sync_playwright

from bench.installation import Installation, wait_until
from bench.line import Line
from ops.sip.script import Speak
from tests.e2e.agent_desk import Desk, desk, voice_of
from tests.e2e.conversation import calling, mute, sayings, speech, take_call, until_heard
from tests.torture.callers import new_number, user_agent

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=20_000)
    with sync_playwright() as one:
        yield one
    expect.set_options(timeout=5_000)


def test_keys_a_torn_line_a_blind_transfer_and_a_conference(
    house: Installation, playwright: Playwright, tmp_path: Path
) -> None:
    lines = sayings()
    voices = {who: voice_of(tmp_path / f"{who}.wav", speech(lines[who])) for who in ("first", "second")}
    with (
        Line(int(house.environment["HUIYIN_WS_PORT"])) as line,
        desk(playwright, house, "agent1", voices["first"], line.switch) as first,
        desk(playwright, house, "agent2", voices["second"]) as second,
        user_agent(house) as telephone,
    ):
        second.pause()
        first.say_available()
        call = telephone.call(calling(new_number()))
        take_call(first)
        press_keys(first, "15#")
        wait_until("the keys reach the caller", lambda: call.keys == "15#", 20)
        lose_the_line(first, line)
        choose(first, "Transfer Agent Two")
        take_call(second)
        first.phone_is("idle")
        until_heard("the caller hears the second agent", lines["second"], lambda: call.heard(12.0))
        choose(second, "Conference Agent One")
        take_call(first)
        for agent in (first, second):
            mute(agent)
        call.do(Speak(speech(lines["caller"] * 2)))
        until_heard("the first agent hears the caller", lines["caller"], first.heard)
        until_heard("the second agent hears the caller", lines["caller"], second.heard)
        mute(first, muted=False)
        until_heard("the caller hears the first agent", lines["first"], lambda: call.heard(12.0))
        until_heard("the second agent hears the first", lines["first"], second.heard)
        mute(first)
        mute(second, muted=False)
        until_heard("the caller hears the second agent again", lines["second"], lambda: call.heard(12.0))
        until_heard("the first agent hears the second", lines["second"], first.heard)
        lose_the_line(first, line)
        call.hang_up()
        second.phone_is("idle")
        first.phone_is("idle")


def press_keys(agent: Desk, keys: str) -> None:
    """Press them on the page's keypad."""
    agent.page.keyboard.press("k")
    for key in keys:
        agent.page.locator(f"[data-tone='{key}']").click()
    agent.page.keyboard.press("k")


def choose(agent: Desk, button: str) -> None:
    """Open the colleagues, and press this button."""
    agent.page.keyboard.press("t")
    agent.page.get_by_role("button", name=re.compile(button)).click()


def lose_the_line(agent: Desk, line: Line) -> None:
    """The phone registers anew, and the call goes on meanwhile."""
    registration = agent.page.locator("[data-role=registration]")
    line.tear()
    expect(registration).not_to_have_attribute("data-now", "registered")
    agent.phone_is("talking")
    expect(registration).to_have_attribute("data-now", "registered")
    agent.phone_is("talking")
