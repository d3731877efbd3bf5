"""The agents' page over the event stream: the card of who calls, what is stale, what is hostile, keys, and axe."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from redis import Redis
from sqlalchemy import update
from werkzeug.serving import make_server

from crm.db.models import User
from crm.domain.live import STREAM, TO_AGENTS, Event, LiveAgent, Message, to_user
from crm.services.live_events import Broadcaster
from tests.asterisk_fixture import wait_until
from tests.e2e.pages import CHROMIUM, SIZES, need_the_front_end, serious
from tests.factories import HOSTILE, PASSWORD, make_app, make_house
from tests.redis_fixture import RedisServer

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")]
CALL_ID = "huiyin01-1763770000.7"
POP = {
    "call_id": CALL_ID, "caller_number": "13800138001", "kind": "queue", "queue": "complaints", "waited_s": 83.2,
    "language": "en", "menu_path": ["complaints"],
    "customers": [{"id": 1, "name": "Wang Xiuying", "elderly": True}, {"id": 2, "name": "Wang Qiang"}],
    "open_tickets": [
        {"id": 7, "number": "2611210100042", "kind": "complaint", "is_complaint": True, "status": "investigating",
         "legal_due_at": "2026-11-20T00:00:00.000Z", "internal_due_at": None, "text": "Charged twice."},
    ],
}  # fmt: skip
Tell = Callable[..., None]


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = RedisServer(tmp_path_factory.mktemp("r"))
    server.start()
    yield server.url
    server.kill()


@pytest.fixture(scope="module")
def address(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Pages of a house whose agent Alice has a phone, and whose exchange cannot be reached."""
    need_the_front_end()
    house = make_house(tmp_path_factory.mktemp("desk") / "house")
    with house.database.write() as session:
        session.execute(update(User).where(User.username == "alice").values(sip_user="alice"))
    events = Broadcaster(redis_url)
    server = make_server("127.0.0.1", 0, make_app(house, events=events, ws_port=9, sip_key=b"k" * 32), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    events.close()
    server.shutdown()
    thread.join()
    server.server_close()
    house.database.dispose()


@pytest.fixture(scope="module")
def desk(address: str) -> Iterator[Page]:
    """Alice at her desk; no script fails and the Content-Security-Policy refuses nothing."""
    if not os.access(CHROMIUM, os.X_OK):
        pytest.skip("no Chromium is installed")
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"],
        )
        page = browser.new_context(locale="en-GB", permissions=["microphone"]).new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
        page.on("dialog", lambda dialog: complaints.append(f"a script ran: {dialog.message}"))
        page.goto(f"{address}/login")
        page.get_by_label("User name").fill("alice")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/agent/")
        yield page
        browser.close()
    assert complaints == []


@pytest.fixture
def tell(desk: Page, redis_url: str, address: str) -> Tell:
    """A way to tell the page something, once it listens."""
    sit_down(desk, address)

    def send(event: str, data: dict[str, Any], to: str = "user:alice") -> None:
        with Redis.from_url(redis_url) as client:
            client.xadd(STREAM, Message(to, event, data).to_fields())

    return send


def sit_down(desk: Page, address: str) -> None:
    """Open the page and wait until it listens: then it asks who else is there. The bell has a stream of its own."""
    desk.goto("about:blank")  # else what the page before asked may be taken for this one's
    with desk.expect_response("**/api/v1/agents"):
        desk.goto(f"{address}/agent/")


def card(desk: Page) -> Any:
    return desk.locator("screen-pop")


def test_who_begins_the_day_comes_to_the_desk_with_a_phone(desk: Page, tell: Tell) -> None:
    expect(desk.locator("[data-role=registration]")).to_have_attribute("data-now", "lost")
    assert desk.locator("soft-phone").get_attribute("data-password") is None
    assert "ws://127.0.0.1:9" in str(desk.request.get(desk.url).headers["content-security-policy"])


def test_a_ring_draws_the_card_and_its_end_takes_it_away(desk: Page, tell: Tell) -> None:
    tell(Event.POP, POP)
    expect(card(desk)).to_have_attribute("data-call", CALL_ID)
    for text in (
        "138••••8001",
        "Not identified",
        "waited 1:23",
        "2 customers",
        "Elderly",
        "261121-01-00042",
        "overdue by",
    ):
        expect(card(desk)).to_contain_text(text)
    tell(Event.POP_END, {"call_id": "another", "reason": "missed"})
    tell(Event.POP_END, {"call_id": CALL_ID, "reason": "abandoned"})
    expect(card(desk)).to_contain_text("Nobody on the line")
    tell(Event.POP, POP)
    tell(Event.POP_END, {"call_id": CALL_ID, "reason": "answered"})
    expect(card(desk)).to_have_attribute("data-call", CALL_ID)


def test_a_colleagues_ring_is_not_shown(desk: Page, tell: Tell) -> None:
    tell(Event.POP, POP, to_user("amy"))
    tell(Event.POP, {**POP, "call_id": "mine"})
    expect(card(desk)).to_have_attribute("data-call", "mine")


def test_what_callers_send_is_text(desk: Page, tell: Tell) -> None:
    hostile = {"number": HOSTILE, "id": 1, "kind": HOSTILE, "status": HOSTILE, "text": HOSTILE}
    tell(
        Event.POP,
        {**POP, "caller_number": HOSTILE, "queue": HOSTILE, "language": HOSTILE, "menu_path": [HOSTILE],
         "customers": [{"id": 1, "name": HOSTILE, "grade": HOSTILE}], "open_tickets": [hostile]},
    )  # fmt: skip
    expect(card(desk)).to_contain_text(HOSTILE)
    assert card(desk).get_by_text(HOSTILE).count() > 5
    assert card(desk).locator("script").count() == 0


def test_the_ticket_of_the_call_is_chosen_by_keys_and_kept(desk: Page, tell: Tell) -> None:
    tell(Event.POP, POP)
    desk.get_by_role("radio", name="Continue 261121-01-00042").focus()
    desk.keyboard.press("Space")
    tell(Event.POP, POP)
    expect(desk.get_by_role("radio", name="Continue 261121-01-00042")).to_have_attribute("aria-checked", "true")
    expect(desk.get_by_role("radio", name="New ticket")).to_have_attribute("aria-checked", "false")


def test_a_state_is_shown_with_its_reason(desk: Page, tell: Tell) -> None:
    since = datetime.now(UTC) - timedelta(seconds=65)
    tell(Event.AGENT, LiveAgent("alice", "Alice", "paused", since, "meal").to_document(), TO_AGENTS)
    expect(desk.locator("[data-role=now]")).to_have_attribute("data-state", "paused")
    expect(desk.locator("[data-role=now]")).to_contain_text("Meal")
    expect(desk.locator("[data-role=now]")).to_contain_text("1:0")


def test_keys_do_nothing_while_somebody_types_and_can_be_switched_off(desk: Page, tell: Tell) -> None:
    dialog = desk.locator("#keys-dialog")
    desk.locator("[data-role=knowledge] input[type=search]").focus()
    desk.keyboard.type("?")
    expect(dialog).not_to_be_visible()
    desk.locator("h1").evaluate("() => document.activeElement.blur()")
    desk.keyboard.press("?")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Single keys work").uncheck()
    desk.keyboard.press("Escape")
    desk.keyboard.press("?")
    expect(dialog).not_to_be_visible()
    desk.locator("[data-role=help]").click()
    dialog.get_by_label("Single keys work").check()
    desk.keyboard.press("Escape")


_SOUNDED = """() => {
  const play = HTMLMediaElement.prototype.play;
  window.sounded = [];
  HTMLMediaElement.prototype.play = function () {
    window.sounded.push(this.sinkId);
    return play.call(this);
  };
}"""
"""Notes the device to which each sound of the page goes."""


def test_the_bell_rings_at_the_device_that_was_chosen(desk: Page, tell: Tell) -> None:
    desk.evaluate(_SOUNDED)
    dialog = desk.locator("#sound-dialog")
    desk.locator("soft-phone [data-role=sound]").click()
    choice = dialog.locator("select[data-device=bell]")
    other = choice.locator("option:not([value=''])").last
    expect(other).to_be_attached()
    device = str(other.get_attribute("value"))
    choice.select_option(value=device)
    dialog.get_by_role("button", name="Ring once").click()
    wait_until(lambda: desk.evaluate("window.sounded") == [device], "the bell rings there")
    choice.select_option(value="")
    dialog.get_by_role("button", name="Ring once").click()
    wait_until(lambda: desk.evaluate("window.sounded") == [device, ""], "the bell rings at the usual device")
    desk.keyboard.press("Escape")


def test_links_to_other_pages_open_beside_the_phone(desk: Page, tell: Tell) -> None:
    with desk.context.expect_page() as opened:
        desk.get_by_role("link", name="Tickets").click()
    expect(opened.value).to_have_url(re.compile("/tickets/"))
    opened.value.close()
    with desk.context.expect_page() as found:
        desk.get_by_label("Ticket number, telephone number or name").fill("13800138000")
        desk.keyboard.press("Enter")
    expect(found.value).to_have_url(re.compile("/search/"))
    found.value.close()
    expect(desk).to_have_url(re.compile("/agent/"))


def speak(desk: Page, address: str, language: str) -> None:
    """Have the screens in this language."""
    desk.goto(f"{address}/account/")
    button = desk.locator(f"button[name=language][value={language}]")
    if button.count():
        button.click()
        desk.wait_for_load_state()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_has_no_serious_finding_and_fits(
    desk: Page, tell: Tell, address: str, language: str, tmp_path: Path
) -> None:
    pictures = Path(os.environ.get("TEST_PICTURES", tmp_path))
    speak(desk, address, language)
    sit_down(desk, address)
    tell(Event.POP, POP)
    expect(card(desk)).to_have_attribute("data-call", CALL_ID)
    findings = []
    for size, (width, height) in SIZES.items():
        desk.set_viewport_size({"width": width, "height": height})
        desk.screenshot(path=pictures / f"agent-{language}-{size}.png", full_page=True)
        if desk.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            findings.append(f"{size}: runs over the edge")
        findings += serious(desk)
    desk.locator("[data-role=help]").click()
    findings += serious(desk)
    desk.keyboard.press("Escape")
    desk.set_viewport_size({"width": 1280, "height": 900})
    speak(desk, address, "en")
    assert findings == []
