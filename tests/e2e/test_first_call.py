"""The main job whole: a caller complains over SIP, a handler opens the ticket in a browser, listens and reads."""

from __future__ import annotations

import os
import re
import urllib.error
from collections.abc import Callable
from functools import cache

import pytest
from playwright.sync_api import expect, sync_playwright

from bench.installation import Installation, wait_until
from ops.processes import PROGRAMS
from ops.processes_rpc import Supervisor
from ops.sip.script import CallScript, HangUp, Keys, Speak, Wait, WaitHangUp, WaitSound, WaitTone
from tests.torture.callers import babble, marked, new_number, signal_heard_at, user_agent

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="module")
def told_in(house: Installation) -> Callable[[str], str]:
    """What a demo call in a language told; each is placed once, from a number of its own."""

    @cache
    def place(language: str) -> str:
        return house.run("demo-call", "--lang", language, "--caller", new_number(), timeout=600).stdout

    return place


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("charged", "twice", "payment")), ("zh", ("投诉", "银行", "转账"))]
)
def test_the_demo_call_ends_with_the_spoken_words(
    told_in: Callable[[str], str], language: str, words: tuple[str, ...]
) -> None:
    told = told_in(language)
    assert re.search(r"ticket\s+\d{6}-\d{2}-\d{5} \(complaint\)", told)
    heard = told.lower()
    assert any(word in heard for word in words), told


def test_a_handler_opens_the_ticket_of_a_call(house: Installation, told_in: Callable[[str], str]) -> None:
    told = told_in("en")
    number = re.search(r"\d{6}-\d{2}-\d{5}", told)
    assert number, told
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(locale="en-GB")
        page.set_default_timeout(30_000)
        page.goto(f"{house.url}/login")
        page.get_by_label(re.compile("User name|用户名")).fill("handler")
        page.get_by_label(re.compile("Password|密码")).fill(house.accounts()["handler"]["password"])
        page.keyboard.press("Enter")
        page.wait_for_url("**/desk/")
        page.get_by_role("link", name=number[0], exact=True).click()
        transcript = page.locator("call-transcript").first
        expect(transcript.locator("li").first).to_be_visible()
        spoken = transcript.inner_text()
        assert "charged" in spoken.lower() or "payment" in spoken.lower(), spoken
        page.locator("call-player").first.get_by_role("button", name=re.compile("Play|播放")).click()
        expect(transcript.locator("li.is-now")).to_be_visible()
        browser.close()


def test_what_was_said_before_hanging_up_is_a_complaint(house: Installation) -> None:
    caller = new_number()
    steps = (WaitSound(), Wait(0.5), Keys("4"), Wait(0.4), Keys("1"), WaitTone(), Speak(babble(6, 1)), HangUp())
    with user_agent(house) as agent:
        result = agent.call(CallScript("95000", steps, caller=caller)).wait(90)
    assert result.answered
    ticket = wait_until("the unfinished complaint", lambda: next(iter(house.tickets(caller)), None), 120)
    assert ticket["kind"] == "complaint"
    recording = house.get(f"/recordings/{ticket['recording_ids'][0]}")
    assert recording["duration"] > 4
    assert "unfinished" in str(house.get(f"/tickets/{ticket['id']}"))


def test_a_loss_report_is_of_the_highest_priority_and_waits_in_music(house: Installation) -> None:
    caller = new_number()
    steps = (WaitSound(), Wait(0.5), Keys("2"), Wait(12.0), HangUp())
    with user_agent(house) as agent:
        result = agent.call(CallScript("95000", steps, caller=caller)).wait(90)
    assert result.ending == "ours"
    ticket = wait_until("the loss report", lambda: next(iter(house.tickets(caller, "manager")), None), 120)
    assert (ticket["kind"], ticket["priority"]) == ("loss_report", "P1")


def test_who_waits_long_is_offered_a_callback_and_gets_a_ticket(house: Installation) -> None:
    caller = new_number()
    script = CallScript("95000", (WaitSound(), Wait(0.5), Keys("0")), caller=caller, stay=True)
    with marked(house, "callback_offer"), user_agent(house) as agent:
        call = agent.call(script)
        wait_until("a callback is offered", lambda: signal_heard_at(call.heard()), 150)
        call.do(Keys("1"), WaitHangUp(90))
        assert call.wait(120).ending == "theirs"
    ticket = wait_until("the callback's ticket", lambda: next(iter(house.tickets(caller, "manager")), None), 120)
    assert ticket["kind"] == "callback"


def test_nobody_else_reads_a_ticket(house: Installation) -> None:
    caller = new_number()
    steps = (WaitSound(), Wait(0.5), Keys("2"), Wait(3.0), HangUp())
    with user_agent(house) as agent:
        agent.call(CallScript("95000", steps, caller=caller)).wait(90)
    ticket = wait_until("the loss report", lambda: next(iter(house.tickets(caller, "manager")), None), 120)
    with pytest.raises(urllib.error.HTTPError, match=r"40[34]"):
        house.get(f"/tickets/{ticket['id']}", user="agent2")


def test_background_work_gives_way_to_calls_and_screens(house: Installation) -> None:
    running = Supervisor(house.home / "run").processes()
    mine = os.getpriority(os.PRIO_PROCESS, 0)
    for program in PROGRAMS:
        pid = running[program.name].pid if program.name in running else None
        if pid is not None:
            assert os.getpriority(os.PRIO_PROCESS, pid) == min(19, mine + program.nice), program.name
    assert {"agi", "live", "web", "jobs", "asr"} <= running.keys()
