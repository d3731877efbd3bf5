"""A supervisor at his browser's phone: he listens, breaks in and takes over, and the agent's record says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect, sync_playwright

from bench.installation import Installation
from ops.sip.script import Speak
from tests.e2e.agent_desk import RATE, desk, voice_of
from tests.e2e.conversation import calling, mute, sayings, speech, take_call, until_heard
from tests.torture.callers import new_number, user_agent

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=20_000)
    with sync_playwright() as one:
        yield one
    expect.set_options(timeout=5_000)


def join_in(board: Page, way: str) -> None:
    """Press the button of the board that is beside the agent's call."""
    button = board.locator(f"#join-agent1-{way}")
    expect(button).to_be_enabled()
    button.click()


def test_he_listens_breaks_in_and_takes_over(house: Installation, playwright: Playwright, tmp_path: Path) -> None:
    lines = sayings()
    voices = {who: voice_of(tmp_path / f"{who}.wav", speech(lines[who])) for who in ("first", "second")}
    with (
        desk(playwright, house, "agent1", voices["first"]) as agent,
        desk(playwright, house, "supervisor", voices["second"]) as lead,
        user_agent(house) as telephone,
    ):
        lead.pause()
        agent.say_available()
        call = telephone.call(calling(new_number()))
        take_call(agent)
        board = lead.context.new_page()
        board.goto(f"{house.url}/board/")
        join_in(board, "listen")
        lead.phone_is("talking")
        until_heard("the supervisor hears the agent", lines["first"], lead.heard)
        mute(agent)  # he speaks all the time: who listens to both at once hears neither
        call.do(Speak(speech(lines["caller"] * 20)))
        until_heard("the supervisor hears the caller", lines["caller"], lambda: lead.heard()[-12 * RATE :])
        join_in(board, "barge")
        until_heard("the caller hears the supervisor", lines["second"], lambda: call.heard(12.0))
        join_in(board, "take-over")
        agent.phone_is("idle")
        until_heard("the caller hears him still", lines["second"], lambda: call.heard(12.0))
        call.hang_up()
        lead.phone_is("idle")
        board.goto(f"{house.url}/board/agents/agent1")
        joined = board.locator("section", has=board.locator("#joined-title")).locator("li")
        expect(joined).to_have_count(3)
