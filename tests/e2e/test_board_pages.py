"""Boards in a real browser: each picture is drawn above its table, at a desk and on a telephone, and axe is content."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import expect, sync_playwright
from sqlalchemy import select

from crm.db.contact_centre import CallLeg, Disposition, QueueVisit, WrapUp
from crm.db.people import User
from crm.domain.kpi_facts import Source
from crm.services import kpi_sums
from tests.e2e.pages import CHROMIUM, Site, log_in, need_the_front_end, violations
from tests.factories import NOW, ZONE, House, make_house

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")]
DAY = NOW.astimezone(ZONE).date()


def fill(house: House) -> None:
    """A wait, a conversation and its wrap-up for the calls that there are."""
    with house.database.write() as session:
        alice = session.scalars(select(User).where(User.username == "alice")).one()
        reason = session.scalars(select(Disposition.code).order_by(Disposition.code)).first()
        for number, call_id in enumerate(sorted(house.call_ids.values())):
            at = NOW - timedelta(hours=number, minutes=5)
            session.add(QueueVisit(call_id=call_id, seq=1, queue="cards", priority=0, entered_at=at,
                                   left_at=at + timedelta(seconds=12), wait_time=12.0, outcome="answered"))  # fmt: skip
            session.add(CallLeg(call_id=call_id, leg=f"leg-{number}", agent="alice", queue="cards", kind="queue",
                                rang_at=at, answered_at=at, ended_at=at + timedelta(minutes=3), talk_time=180.0,
                                hold_time=0.0, outcome="answered"))  # fmt: skip
            session.add(WrapUp(call_id=call_id, user_id=alice.id, queue="cards", state="done", started_at=at,
                               limit_at=at, finished_at=at, note="", acw_time=20.0, disposition=reason))  # fmt: skip
        for back in range(3):
            kpi_sums.recount(session, Source.CALLS, DAY - timedelta(days=back), zone=ZONE, now=NOW)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    need_the_front_end()
    house = make_house(tmp_path_factory.mktemp("boards") / "house")
    fill(house)
    with Site(house) as one:
        yield one


def test_a_board_is_drawn_wide_and_narrow(site: Site) -> None:
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900}).new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        log_in(page, site, "dora", start="/desk/")
        for width, height in ((1280, 900), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            page.goto(f"{site.address}/boards/calls?first={DAY - timedelta(days=6)}&last={DAY}")
            pictures = page.locator("figure-chart")
            assert pictures.count() >= 5
            expect(page.locator("figure-chart:not(:has(canvas))")).to_have_count(0)
            assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
            assert violations(page) == []
        browser.close()
    assert complaints == []
