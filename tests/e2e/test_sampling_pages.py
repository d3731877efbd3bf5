"""The pages of sampling in a real browser: read by keyboard, narrow and wide, in both languages, nothing refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from crm.jobs import sampling as jobs
from crm.services import quality_looks
from tests.e2e.pages import CHROMIUM, Site, log_in, need_the_front_end, violations
from tests.factories import NOW, ZONE, House, make_house
from tests.sampled_calls import TALK, call_of

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")]
LAST_WEEK = NOW - timedelta(days=8)
WEEK = "2026-W46"


def fill(house: House) -> None:
    """A drawn week with a call that went badly."""
    jobs.run(house.database, ZONE, LAST_WEEK - timedelta(days=8))
    with house.database.write() as session:
        for number in range(7):
            for agent in ("alice", "amy"):
                at = LAST_WEEK + timedelta(hours=number, minutes=len(agent))
                call_of(session, agent, number * 10 + len(agent), at, said=TALK if number == 0 else ())
    first = LAST_WEEK + timedelta(minutes=5)
    with house.database.write() as session:
        quality_looks.look(session, f"huiyin01-{int(first.timestamp())}.5", zone=ZONE, now=NOW - timedelta(hours=2))
    jobs.run(house.database, ZONE, NOW - timedelta(hours=1))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    need_the_front_end()
    house = make_house(tmp_path_factory.mktemp("sampling") / "house")
    fill(house)
    with Site(house) as one:
        yield one


def stays_in_its_width(page: Page) -> bool:
    found: bool = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth <= 0")
    return found


def test_a_scorer_looks_at_all_of_it_and_takes_the_next_call(site: Site) -> None:
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]) as browser,
    ):
        context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
        context.set_default_timeout(20_000)
        page = context.new_page()
        log_in(page, site, "quinn", start="/tickets/")
        paths = ["/sampling/", "/sampling/1", f"/sampling/weeks/?week={WEEK}", f"/sampling/weeks/{WEEK}/draw",
                 "/sampling/plan/"]  # fmt: skip
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            for path in paths:
                page.goto(site.address + path)
                assert violations(page) == [], path
                assert stays_in_its_width(page), path
        page.goto(f"{site.address}/sampling/")
        page.get_by_role("button", name="Score the next call").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/evaluations/*/score")
        page.goto(f"{site.address}/sampling/")
        expect(page.get_by_role("heading", name="Claimed by you")).to_be_visible()
        assert violations(page) == []
        context.close()
